//! The schedule for small stacks gives the same results as the fast one, on every back end that the CPU supports. It also passes
//! all vectors: `crates/mldsa-kat/tests`, back ends `Small` and `SmallPortable`. `zeroize.rs` tests that it wipes its stack.

use mldsa::backend::{Backend, Portable};
use mldsa::{
    Context, InvalidSignature, MalformedKey, MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed,
    Signature, SigningKey, hazmat, small,
};

/// Keys and messages for each set and back end: together over 300 attempts. `signing/rejections.rs` tests every kind of rejection.
const ROUNDS: u8 = 24;

/// Runs a function on each back end that the CPU supports; returns their number.
macro_rules! on_each {
    ($function:ident) => {{
        #[allow(unused_mut)] // without vector back ends
        let mut ran = 1;
        $function::<MlDsa44, _>(Portable);
        $function::<MlDsa65, _>(Portable);
        $function::<MlDsa87, _>(Portable);
        #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
        {
            if let Some(backend) = mldsa::backend::Avx2::detect() {
                $function::<MlDsa44, _>(backend);
                $function::<MlDsa65, _>(backend);
                $function::<MlDsa87, _>(backend);
                ran += 1;
            }
            if let Some(backend) = mldsa::backend::Avx512::detect() {
                $function::<MlDsa44, _>(backend);
                $function::<MlDsa65, _>(backend);
                $function::<MlDsa87, _>(backend);
                ran += 1;
            }
        }
        #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
        {
            if let Some(backend) = mldsa::backend::Neon::detect() {
                $function::<MlDsa44, _>(backend);
                $function::<MlDsa65, _>(backend);
                $function::<MlDsa87, _>(backend);
                ran += 1;
            }
            if let Some(backend) = mldsa::backend::NeonSha3::detect() {
                $function::<MlDsa44, _>(backend);
                $function::<MlDsa65, _>(backend);
                $function::<MlDsa87, _>(backend);
                ran += 1;
            }
        }
        println!("{} on {ran} back ends", stringify!($function));
    }};
}

fn same_bytes<P: ParameterSet, B: Backend>(backend: B) {
    let (mut key, mut read, mut signature) = (None, None, None);
    for round in 0..ROUNDS {
        let seed = Seed::from_bytes([round; 32]);
        let fast = hazmat::from_seed::<P, B>(backend, &seed);
        // The memory contains the key of the previous iteration.
        let key = hazmat::from_seed_small::<P, B>(backend, &seed, &mut key);
        assert!(*key == fast, "{} {} {round}", P::NAME, B::NAME);
        assert_eq!(key.verifying_key(), fast.verifying_key());
        assert!(key.seed().is_some());
        let read =
            hazmat::from_expanded_small::<P, B>(backend, fast.as_expanded_bytes(), &mut read).expect("good");
        assert!(*read == fast && read.verifying_key() == fast.verifying_key());

        let mu = Mu::from_bytes([round ^ 0x55; 64]);
        let rnd = Rnd::from_bytes([round.wrapping_mul(7); 32]);
        let expected = hazmat::sign_mu(backend, &fast, &mu, &rnd);
        let signature = hazmat::sign_mu_small(backend, key, &mu, &rnd, &mut signature);
        assert_eq!(*signature, expected, "{} {} {round}", P::NAME, B::NAME);
        assert_eq!(hazmat::verify_mu_small(backend, key.verifying_key(), &mu, signature), Ok(()));
    }
}

#[test]
fn both_schedules_give_the_same_bytes() {
    on_each!(same_bytes);
}

/// With one changed bit anywhere, both schedules must reject the signature.
fn same_verdicts<P: ParameterSet, B: Backend>(backend: B) {
    let key = hazmat::from_seed::<P, B>(backend, &Seed::from_bytes([11; 32]));
    let (public, mu) = (key.verifying_key(), Mu::of_message(key.tr(), Context::EMPTY, b"message"));
    let good = hazmat::sign_mu(backend, &key, &mu, &Rnd::DETERMINISTIC);
    assert_eq!(hazmat::verify_small(backend, public, b"message", Context::EMPTY, &good), Ok(()));
    let wrong = Err(InvalidSignature);
    assert_eq!(hazmat::verify_small(backend, public, b"massage", Context::EMPTY, &good), wrong);
    for at in (0..P::SIGNATURE_LEN).step_by(61).chain(P::SIGNATURE_LEN - P::OMEGA - P::K..P::SIGNATURE_LEN) {
        let mut bytes = good.as_bytes().to_vec();
        bytes[at] ^= 1 << (at % 8);
        let changed = Signature::from_bytes(&bytes).expect("its length");
        assert_eq!(hazmat::verify_mu_small(backend, public, &mu, &changed), wrong, "{} {at}", P::NAME);
        assert_eq!(hazmat::verify_mu(backend, public, &mu, &changed), wrong, "{} {at}", P::NAME);
    }
}

#[test]
fn both_schedules_refuse_the_same_signatures() {
    on_each!(same_verdicts);
}

/// Kills: memory that keeps the previous key or its seed; an error that leaves half a key.
fn reading_is_checked<P: ParameterSet>() {
    let good = SigningKey::<P>::from_seed(&Seed::from_bytes([12; 32]));
    let read = |bytes: &[u8], memory: &mut Option<SigningKey<P>>| small::from_expanded(bytes, memory).err();
    let mut memory = None;
    assert!(small::from_seed::<P>(&Seed::from_bytes([13; 32]), &mut memory).seed().is_some());
    assert_eq!(read(good.as_expanded_bytes(), &mut memory), None);
    assert!(memory.as_ref().is_some_and(|key| *key == good && key.seed().is_none()));

    let s_len = (P::K + P::L) * 32 * P::ETA.bits();
    for (at, expected) in [
        (64, MalformedKey::TrMismatch),
        (128, MalformedKey::SecretRange),
        (128 + s_len, MalformedKey::T0Mismatch),
    ] {
        let mut bytes = good.as_expanded_bytes().to_vec();
        bytes[at] = if expected == MalformedKey::SecretRange { 0xff } else { bytes[at] ^ 1 };
        assert_eq!(SigningKey::<P>::from_expanded(&bytes).err(), Some(expected), "{} {at}", P::NAME);
        let mut memory = Some(good.clone());
        assert_eq!(read(&bytes, &mut memory), Some(expected), "{} {at}", P::NAME);
        assert!(memory.is_none());
    }
    let mut memory = None;
    let expected = MalformedKey::Length { expected: P::SIGNING_KEY_LEN, found: P::SIGNING_KEY_LEN - 1 };
    assert_eq!(read(&good.as_expanded_bytes()[1..], &mut memory), Some(expected));
    assert!(memory.is_none());
}

#[test]
fn keys_that_are_read_are_checked() {
    reading_is_checked::<MlDsa44>();
    reading_is_checked::<MlDsa65>();
    reading_is_checked::<MlDsa87>();
}
