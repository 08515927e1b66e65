//! `fips204`: portable Rust.
//!
//! Its keys hold the NTT forms of s1, s2, t0 and t1, and tr, but not the matrix A.

use super::{Job, Jobs, Key, Operation};
use crate::inputs::{Inputs, Set};
use fips204::traits::{KeyGen, SerDes, Signer, Verifier};

macro_rules! of_set {
    ($inputs:expr, $set:ident) => {{
        use fips204::$set::{KG, PrivateKey, PublicKey};
        let inputs: &'static Inputs = $inputs;
        let read = || -> PrivateKey {
            let bytes = inputs.signing_key.as_slice().try_into().expect("its length");
            PrivateKey::try_from_bytes(bytes).expect("a good private key")
        };
        let read_public = || -> PublicKey {
            let bytes = inputs.public_key.as_slice().try_into().expect("its length");
            PublicKey::try_from_bytes(bytes).expect("a good public key")
        };
        let verify = |key: &PublicKey, i: usize| {
            key.verify(
                &inputs.messages[i],
                inputs.signatures[i].as_slice().try_into().expect("its length"),
                b"",
            )
        };
        let (expanded, expanded_public) = (read(), read_public());

        Jobs::of("fips204")
            .add(Operation::Keygen, Key::None, |i, out| {
                out.copy_from_slice(&KG::keygen_from_seed(&inputs.seeds[i]).0.into_bytes());
            })
            .add(Operation::Sign, Key::Read, move |i, out| {
                let signature = read().try_sign_with_seed(&[0; 32], &inputs.messages[i], b"").expect("sign");
                out.copy_from_slice(&signature);
            })
            .add(Operation::Sign, Key::Expanded, move |i, out| {
                let signature =
                    expanded.try_sign_with_seed(&[0; 32], &inputs.messages[i], b"").expect("sign");
                out.copy_from_slice(&signature);
            })
            .add(Operation::Verify, Key::Read, move |i, out| out[0] = verify(&read_public(), i).into())
            .add(Operation::Verify, Key::Expanded, move |i, out| out[0] = verify(&expanded_public, i).into())
            .jobs
    }};
}

pub(super) fn jobs(inputs: &'static Inputs) -> Vec<Job> {
    match inputs.set {
        Set::MlDsa44 => of_set!(inputs, ml_dsa_44),
        Set::MlDsa65 => of_set!(inputs, ml_dsa_65),
        Set::MlDsa87 => of_set!(inputs, ml_dsa_87),
    }
}
