//! Signatures computed without a private key, exactly at the limits of verification.
//!
//! Under a public key whose t1 is zero, w' = A·z does not depend on the challenge, so c̃ can be computed for any z and any
//! hints. Each such signature satisfies the equation of algorithm 8, and only the checks of z and the hints can reject it.

use super::*;
use crate::backend::Portable;
use crate::encoding::pack_mask;
use crate::encoding::signature::SignatureWriter;
use crate::params::{MlDsa44, MlDsa65, MlDsa87};
use crate::sampling::{ExpandA, RidingHash};

const MESSAGE: &[u8] = b"not signed with a private key";

/// The key rho‖0, and its signature with these z and hints.
fn craft<P: ParameterSet>(z: &P::NttL, hint: &HintPoly) -> (P::VerifyingKeyBytes, P::SignatureBytes) {
    let mut pk = P::VerifyingKeyBytes::ZEROED;
    pk.as_mut()[0] = 7;
    let mut signature = P::SignatureBytes::ZEROED;
    let mut writer = SignatureWriter::new::<P>(&mut signature);
    let parts = PublicKeyParts::new::<P>(&pk);
    let mut product =
        CachedVector::<P, _, _>::new(Portable, ExpandA::<P, _>::new(Portable, parts.rho, RidingHash::None));
    for (j, z) in z.as_ref().iter().enumerate() {
        let z = Poly(z.0);
        pack_mask(Portable, P::GAMMA1, &z, writer.z(j));
        product.load(j, &z);
    }
    let mut input = P::ChallengeInput::ZEROED;
    let tr = crate::sampling::public_key_hash(Portable, pk.as_ref());
    input.as_mut()[..MU_LEN].copy_from_slice(Mu::of_message(&tr, Context::EMPTY, MESSAGE).as_bytes());
    writer.clear_hints();
    let (mut w_hat, mut w) = (NttPoly([0; N]), Poly([0; N]));
    let w1 = input.as_mut()[MU_LEN..].chunks_exact_mut(packed_len(P::GAMMA2.bits()));
    for (i, w1) in w1.enumerate() {
        product.row_minus(i, None, PiggybackHash::NONE, &mut w_hat);
        inv_ntt(Portable, &w_hat, &mut w);
        // All hints are in the last row.
        let hint = if i == P::K - 1 { *hint } else { HintPoly::default() };
        Portable.use_hint(P::GAMMA2, &hint, &mut w);
        pack_w1(Portable, P::GAMMA2, &w, w1);
        assert!(writer.vartime_hint_bit_pack(i, &hint));
    }
    h(Portable, &[input.as_ref()], writer.c_tilde());
    drop(product);
    (pk, signature)
}

/// The verdict. All ways to verify must agree.
fn verdict<P: ParameterSet>(pk: &P::VerifyingKeyBytes, signature: &P::SignatureBytes) -> bool {
    let tr = crate::sampling::public_key_hash(Portable, pk.as_ref());
    let mu = Mu::of_message(&tr, Context::EMPTY, MESSAGE);
    let mut expanded = Expanded::<P>::EMPTY;
    expanded.fill(Portable, pk);
    let verify = |key: &mut dyn FnMut(Representative<'_>) -> bool| {
        let by_mu = key(Representative::Mu(mu.as_bytes()));
        assert_eq!(key(Representative::Message(Context::EMPTY, MESSAGE)), by_mu);
        by_mu
    };
    let fast = verify(&mut |r| {
        let mut key =
            StreamingPublicKeySource::<P, _>::new(Portable, pk, matches!(r, Representative::Message(..)));
        vartime_verify_internal::<P, _>(Portable, &mut key, r, signature)
    });
    let small =
        verify(&mut |r| vartime_verify_small::<P, _>(Portable, pk, r, signature, &mut { SmallMemory::NEW }));
    let expanded_verdict = verify(&mut |r| {
        vartime_verify_internal::<P, _>(Portable, &mut expanded.public_key(Portable), r, signature)
    });
    let batch = vartime_verify_batch(Portable, &expanded, [(&mu, signature)].into_iter());
    assert_eq!(batch[1..], [false; LANES - 1]);
    assert_eq!([small, expanded_verdict, batch[0]], [fast; 3], "{}", P::NAME);
    fast
}

fn norm<P: ParameterSet>() {
    let bound = P::GAMMA1.value() - P::BETA;
    for (at, value, expected) in [
        ((0, 0), bound - 1, true),
        ((0, 0), bound, false),
        ((P::L - 1, N - 1), 1 - bound, true),
        ((P::L - 1, N - 1), -bound, false),
        ((1, 100), P::GAMMA1.value(), false),
    ] {
        let mut z = P::NttL::ZEROED;
        z.as_mut()[at.0].0[at.1] = value;
        let (pk, signature) = craft::<P>(&z, &HintPoly::default());
        assert_eq!(verdict::<P>(&pk, &signature), expected, "{} {at:?} {value}", P::NAME);
    }
}

/// RUSTSEC-2026-0077. Kills: a bound that is off by one, or by beta; a polynomial or a sign that is not checked.
#[test]
fn z_at_its_bound() {
    norm::<MlDsa44>();
    norm::<MlDsa65>();
    norm::<MlDsa87>();
}

fn hints<P: ParameterSet>() {
    let mut z = P::NttL::ZEROED;
    z.as_mut()[0].0.fill(1000);
    let mut hint = HintPoly::default();
    (0..P::OMEGA).for_each(|i| hint.0[3 * i / 64] |= 1 << (3 * i % 64));
    let (pk, mut signature) = craft::<P>(&z, &hint);
    assert!(verdict::<P>(&pk, &signature));
    // One byte of c̃, of the hints, of z.
    for at in [P::C_TILDE_LEN - 1, P::SIGNATURE_LEN - P::K - 1, P::C_TILDE_LEN] {
        signature.as_mut()[at] ^= 1;
        assert!(!verdict::<P>(&pk, &signature), "{} {at}", P::NAME);
        signature.as_mut()[at] ^= 1;
    }
}

/// The largest permitted number of hints, all in one row.
#[test]
fn omega_hints_are_good() {
    hints::<MlDsa44>();
    hints::<MlDsa65>();
    hints::<MlDsa87>();
}
