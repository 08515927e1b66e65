//! The traits of other crates do the same as the methods of the types.

use digest::Update;
use mldsa::dynamic::{
    AnyExpandedSigningKey, AnyExpandedVerifyingKey, AnySignature, AnySigningKey, AnyVerifyingKey, Parameters,
};
use mldsa::rand_core::{TryCryptoRng, TryRng};
use mldsa::signature::{
    DigestSigner, DigestVerifier, Error, Keypair, MultipartSigner, MultipartVerifier,
    RandomizedMultipartSigner, RandomizedSigner, SignatureEncoding, Signer, Verifier,
};
use mldsa::{
    Context, InvalidSignature, MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed, Signature, SigningKey,
    VerifyingKey,
};
use serde_test::{Configure, Token, assert_de_tokens, assert_de_tokens_error, assert_tokens};
use std::fmt;
use std::io::Write;

/// Counts upwards, or fails.
struct Generator(Option<u8>);

#[derive(Debug)]
struct Failed;

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no randomness")
    }
}

impl std::error::Error for Failed {}

impl TryRng for Generator {
    type Error = Failed;

    fn try_next_u32(&mut self) -> Result<u32, Failed> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Failed> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Failed> {
        let next = self.0.as_mut().ok_or(Failed)?;
        for byte in bytes {
            *byte = *next;
            *next = next.wrapping_add(1);
        }
        Ok(())
    }
}

impl TryCryptoRng for Generator {}

/// The first bytes of [`Generator`].
fn counted(from: u8) -> Rnd {
    Rnd::from_bytes(std::array::from_fn(|i| from.wrapping_add(i as u8)))
}

const MESSAGE: &[u8] = b"one message in three parts";
const PARTS: [&[u8]; 4] = [b"one message", b"", b" in three ", b"parts"];

/// A signer and its verifier in generic code. `plain` signs with the method of the type.
fn signs_and_verifies<S, V, T>(signer: &S, verifier: &V, plain: impl Fn(&Rnd) -> T) -> usize
where
    S: Signer<T> + MultipartSigner<T> + RandomizedSigner<T> + RandomizedMultipartSigner<T>,
    S: DigestSigner<mldsa::MuHasher, T>,
    V: Verifier<T> + MultipartVerifier<T> + DigestVerifier<mldsa::MuHasher, T>,
    T: PartialEq + fmt::Debug,
{
    let deterministic = plain(&Rnd::DETERMINISTIC);
    assert_eq!(signer.sign(MESSAGE), deterministic);
    assert_eq!(signer.multipart_sign(&PARTS), deterministic);
    assert_eq!(signer.multipart_sign(&[MESSAGE]), deterministic);
    let in_parts = |hasher: &mut mldsa::MuHasher| PARTS.iter().for_each(|part| Update::update(hasher, part));
    assert_eq!(signer.sign_digest(in_parts), deterministic);
    assert!(signer.try_sign_digest(|_| Err(Error::new())).is_err());

    let hedged = plain(&counted(5));
    assert_eq!(signer.try_sign_with_rng(&mut Generator(Some(5)), MESSAGE).expect("randomness"), hedged);
    assert_eq!(
        signer.try_multipart_sign_with_rng(&mut Generator(Some(5)), &PARTS).expect("randomness"),
        hedged
    );
    assert!(signer.try_sign_with_rng(&mut Generator(None), MESSAGE).is_err());
    assert!(signer.try_multipart_sign_with_rng(&mut Generator(None), &PARTS).is_err());

    for signature in [&deterministic, &hedged] {
        verifier.verify(MESSAGE, signature).expect("good");
        verifier.multipart_verify(&PARTS, signature).expect("good");
        verifier
            .verify_digest(
                |hasher| {
                    in_parts(hasher);
                    Ok(())
                },
                signature,
            )
            .expect("good");
        verifier.verify(b"another", signature).expect_err("bad");
        verifier.multipart_verify(&PARTS[1..], signature).expect_err("bad");
        verifier.verify_digest(|_| Ok(()), signature).expect_err("bad");
    }
    1
}

fn each_set<P: ParameterSet>(parameters: Parameters) -> usize {
    let key = SigningKey::<P>::from_seed(&Seed::from_bytes([3; 32]));
    let plain = |rnd: &Rnd| key.sign(MESSAGE, Context::EMPTY, rnd);
    let any = AnySigningKey::from_seed(parameters, &Seed::from_bytes([3; 32]));
    let plain_any = |rnd: &Rnd| any.sign(MESSAGE, Context::EMPTY, rnd);
    let public: VerifyingKey<P> = Keypair::verifying_key(&key);
    let any_public: AnyVerifyingKey = Keypair::verifying_key(&any);
    assert_eq!(any_public.as_bytes(), public.as_bytes());
    signs_and_verifies(&key, &public, plain)
        + signs_and_verifies(&key.expand(), &public.expand(), plain)
        + signs_and_verifies(&any, &any_public, plain_any)
        + signs_and_verifies(&any.expand(), &any_public.expand(), plain_any)
}

#[test]
fn the_traits_of_signature_do_what_the_methods_do() {
    let ran = each_set::<MlDsa44>(Parameters::MlDsa44)
        + each_set::<MlDsa65>(Parameters::MlDsa65)
        + each_set::<MlDsa87>(Parameters::MlDsa87);
    assert_eq!(ran, 12);
}

#[test]
fn signatures_encode_as_arrays() {
    fn generic<S: SignatureEncoding + PartialEq + fmt::Debug>(signature: &S, len: usize) {
        assert_eq!(signature.encoded_len(), len);
        let bytes = signature.to_bytes();
        assert!(S::try_from(bytes.as_ref()).is_ok_and(|again| again == *signature));
        assert!(S::try_from(&bytes.as_ref()[1..]).is_err());
        assert_eq!(signature.to_vec(), bytes.as_ref());
    }
    let signature44 = Signature::<MlDsa44>::from_array([1; 2420]);
    let signature65 = Signature::<MlDsa65>::from_array([2; 3309]);
    let signature87 = Signature::<MlDsa87>::from_array([3; 4627]);
    generic(&signature44, 2420);
    generic(&signature65, 3309);
    generic(&signature87, 4627);
    assert_eq!(<[u8; 3309]>::from(signature65.clone()), *signature65.as_array());
    assert_eq!(Signature::from([2; 3309]), signature65);
    let key = VerifyingKey::<MlDsa87>::from([4; 2592]);
    assert_eq!(key.as_array(), &[4; 2592]);
    assert_eq!(<[u8; 2592]>::from(key), [4; 2592]);
    assert!(VerifyingKey::<MlDsa87>::try_from(&[4; 2591][..]).is_err());
    assert!(Seed::try_from(&[0; 31][..]).is_err());
    assert_eq!(Seed::try_from(&[9; 32][..]), Ok(Seed::from_bytes([9; 32])));
}

/// An object of the wrong set is rejected, not misread.
#[test]
fn a_signature_of_another_set_does_not_verify() {
    let key = AnySigningKey::from_seed(Parameters::MlDsa44, &Seed::from_bytes([3; 32]));
    let other = AnySigningKey::from_seed(Parameters::MlDsa65, &Seed::from_bytes([3; 32]));
    let signature: AnySignature = Signer::sign(&other, MESSAGE);
    Verifier::verify(&other.verifying_key(), MESSAGE, &signature).expect("good");
    Verifier::verify(&key.verifying_key(), MESSAGE, &signature).expect_err("of another set");
    Verifier::verify(&key.verifying_key().expand(), MESSAGE, &signature).expect_err("of another set");
}

/// Kills: results at the wrong index after a signature of the wrong length; a signature that takes the verdict of another.
#[test]
fn batches_of_any_set_have_the_verdicts_of_each() {
    let mut count = 0;
    for parameters in Parameters::ALL {
        let key = AnySigningKey::from_seed(parameters, &Seed::from_bytes([3; 32]));
        let (signer, verifier): (AnyExpandedSigningKey, AnyExpandedVerifyingKey) =
            (key.expand(), key.verifying_key().expand());
        assert_eq!((signer.parameters(), verifier.parameters()), (parameters, parameters));
        assert_eq!((signer.tr(), verifier.tr()), (key.tr(), key.tr()));
        let mus: Vec<Mu> = (0..19).map(|i| Mu::from_bytes([i; 64])).collect();
        let mut signatures: Vec<Vec<u8>> =
            mus.iter().map(|mu| signer.sign_mu(mu, &Rnd::DETERMINISTIC).as_bytes().to_vec()).collect();
        signatures[0].pop();
        signatures[2].push(0);
        signatures[5].clear();
        signatures[9][40] ^= 1;
        signatures.swap(11, 12);
        let bad = [0, 2, 5, 9, 11, 12];
        let batch: Vec<(Mu, &[u8])> = mus.iter().zip(&signatures).map(|(mu, s)| (*mu, &s[..])).collect();
        let mut verdicts = [Ok(()); 21];
        verifier.verify_batch(&batch, &mut verdicts);
        for (i, verdict) in verdicts.into_iter().enumerate() {
            let expected = if bad.contains(&i) || i >= 19 { Err(InvalidSignature) } else { Ok(()) };
            assert_eq!(verdict, expected, "{parameters}, {i}");
            if let Some((mu, signature)) = batch.get(i) {
                assert_eq!(verifier.verify_mu(mu, signature), expected);
                assert_eq!(key.verifying_key().verify_mu(mu, signature), expected);
            }
            count += 1;
        }
        let signature = signer.sign(MESSAGE, Context::EMPTY, &Rnd::DETERMINISTIC);
        assert_eq!(signature, key.sign(MESSAGE, Context::EMPTY, &Rnd::DETERMINISTIC));
        assert_eq!(AnySignature::from_bytes(parameters, signature.as_bytes()), Ok(signature.clone()));
        verifier.verify(MESSAGE, Context::EMPTY, signature.as_bytes()).expect("good");
    }
    assert_eq!(count, 3 * 21);
}

#[test]
fn mu_hashers_take_what_is_written_to_them() {
    let key = SigningKey::<MlDsa44>::from_seed(&Seed::from_bytes([3; 32]));
    let expected = Mu::of_message(key.tr(), Context::EMPTY, MESSAGE);
    let mut hasher = key.mu_hasher(Context::EMPTY);
    let copied = std::io::copy(&mut &MESSAGE[..], &mut hasher).expect("never fails");
    hasher.flush().expect("never fails");
    assert_eq!((copied, hasher.finalize()), (MESSAGE.len() as u64, expected));
    assert_eq!(key.mu_hasher(Context::EMPTY).chain(PARTS[0]).chain(&MESSAGE[11..]).finalize(), expected);
}

/// Two keys from the system's generator differ, and differ from the key of a zero seed.
#[test]
fn the_system_s_randomness_is_used() {
    let [a, b] = [(); 2].map(|()| SigningKey::<MlDsa44>::try_generate().expect("randomness"));
    assert_ne!(a, b);
    let seeds = [(); 2].map(|()| Seed::try_generate().expect("randomness"));
    assert_ne!(seeds[0], seeds[1]);
    let rnds = [(); 2].map(|()| Rnd::try_generate().expect("randomness"));
    assert_ne!(rnds[0].as_bytes(), rnds[1].as_bytes());
    for seed in [a.seed().expect("a seed"), &seeds[0], &seeds[1]] {
        assert_ne!(seed.as_bytes(), &[0; 32]);
    }
    assert_ne!(rnds[0].as_bytes(), Rnd::DETERMINISTIC.as_bytes());
    assert_eq!(
        AnySigningKey::try_generate(Parameters::MlDsa87).expect("randomness").parameters(),
        Parameters::MlDsa87
    );
}

/// Kills: zeros used after a failure of the generator.
#[test]
fn generators_are_used_and_their_failures_passed_on() {
    let bytes: [u8; 32] = std::array::from_fn(|i| i as u8);
    assert_eq!(Seed::try_from_rng(&mut Generator(Some(0))).expect("randomness").as_bytes(), &bytes);
    assert_eq!(Rnd::try_from_rng(&mut Generator(Some(0))).expect("randomness").as_bytes(), &bytes);
    assert!(Seed::try_from_rng(&mut Generator(None)).is_err());
    assert!(Rnd::try_from_rng(&mut Generator(None)).is_err());
}

#[test]
fn serde_writes_bytes_for_machines_and_hexadecimal_for_people() {
    let bytes: [u8; 64] = std::array::from_fn(|i| (i * 37) as u8);
    let digits: &'static str = hex::encode(bytes).leak();
    let raw: &'static [u8] = bytes.to_vec().leak();
    let mu = Mu::from_bytes(bytes);
    assert_tokens(&mu.compact(), &[Token::Bytes(raw)]);
    assert_tokens(&mu.readable(), &[Token::Str(digits)]);
    let capitals: &'static str = digits.to_uppercase().leak();
    assert_de_tokens(&mu.readable(), &[Token::Str(capitals)]);
    let numbers: Vec<Token> =
        [Token::Seq { len: None }].into_iter().chain(bytes.map(Token::U8)).chain([Token::SeqEnd]).collect();
    assert_de_tokens(&mu.compact(), &numbers);

    // One too few, one too many, half a byte, no digits.
    type Compact = serde_test::Compact<Mu>;
    type Readable = serde_test::Readable<Mu>;
    let wanted = "expected 64 bytes, or 128 hexadecimal digits";
    let longer: &'static [u8] = [raw, &[0]].concat().leak();
    assert_de_tokens_error::<Compact>(&[Token::Bytes(&raw[1..])], &format!("invalid length 63, {wanted}"));
    assert_de_tokens_error::<Compact>(&[Token::Bytes(longer)], &format!("invalid length 65, {wanted}"));
    assert_de_tokens_error::<Readable>(&[Token::Str(&digits[1..])], &format!("invalid length 127, {wanted}"));
    assert_de_tokens_error::<Readable>(&[Token::Str(&digits[2..])], &format!("invalid length 126, {wanted}"));
    let longer: &'static str = format!("{digits}0").leak();
    assert_de_tokens_error::<Readable>(&[Token::Str(longer)], &format!("invalid length 129, {wanted}"));
    let other: &'static str = digits.replacen('0', "g", 1).leak();
    assert_de_tokens_error::<Readable>(&[Token::Str(other)], "not a hexadecimal digit");
    let short = [&numbers[..64], &[Token::SeqEnd]].concat();
    assert_de_tokens_error::<Compact>(&short, &format!("invalid length 63, {wanted}"));
}

#[test]
fn keys_and_signatures_travel_as_json() {
    fn check<P: ParameterSet>() {
        let key = SigningKey::<P>::from_seed(&Seed::from_bytes([3; 32]));
        let signature = key.sign(MESSAGE, Context::EMPTY, &Rnd::DETERMINISTIC);
        let json = serde_json::to_string(&(key.verifying_key(), &signature)).expect("serializes");
        let digits = [key.verifying_key().as_bytes(), signature.as_bytes()].map(hex::encode);
        assert_eq!(json, format!("[\"{}\",\"{}\"]", digits[0], digits[1]));
        let (verifying_key, again): (VerifyingKey<P>, Signature<P>) =
            serde_json::from_str(&json).expect("reads");
        assert_eq!((&verifying_key, &again), (key.verifying_key(), &signature));
        assert!(serde_json::from_str::<(Signature<P>, Signature<P>)>(&json).is_err());
    }
    check::<MlDsa44>();
    check::<MlDsa65>();
    check::<MlDsa87>();
}
