//! `pqcrypto-mldsa`: the AVX2 C of PQClean, which comes from pq-crystals.
//!
//! It takes neither seed nor rnd: keys and signatures are drawn at random (with a system call, about 0.2 µs).
//! Reading a key copies it. Nothing is kept expanded.

use super::{Job, Jobs, Key, Operation};
use crate::inputs::{Inputs, Set};
use pqcrypto_traits::sign::{DetachedSignature as _, PublicKey as _, SecretKey as _};

macro_rules! of_set {
    ($inputs:expr, $set:ident) => {{
        use pqcrypto_mldsa::$set::{
            DetachedSignature, PublicKey, SecretKey, detached_sign, keypair, verify_detached_signature,
        };
        let inputs: &'static Inputs = $inputs;
        let read = || SecretKey::from_bytes(&inputs.signing_key).expect("a good private key");
        let read_public = || PublicKey::from_bytes(&inputs.public_key).expect("a good public key");
        let verify = |key: &PublicKey, i: usize| {
            let signature =
                DetachedSignature::from_bytes(&inputs.signatures[i]).expect("a signature's length");
            verify_detached_signature(&signature, &inputs.messages[i], key).is_ok()
        };
        let (held, held_public) = (read(), read_public());

        Jobs::of("pqcrypto-mldsa")
            .add_random(Operation::Keygen, Key::None, |_, out| out.copy_from_slice(keypair().0.as_bytes()))
            .add_random(Operation::Sign, Key::Read, move |i, out| {
                out.copy_from_slice(detached_sign(&inputs.messages[i], &read()).as_bytes());
            })
            .add_random(Operation::Sign, Key::Held, move |i, out| {
                out.copy_from_slice(detached_sign(&inputs.messages[i], &held).as_bytes());
            })
            .add(Operation::Verify, Key::Read, move |i, out| out[0] = verify(&read_public(), i).into())
            .add(Operation::Verify, Key::Held, move |i, out| out[0] = verify(&held_public, i).into())
            .jobs
    }};
}

pub(super) fn jobs(inputs: &'static Inputs) -> Vec<Job> {
    match inputs.set {
        Set::MlDsa44 => of_set!(inputs, mldsa44),
        Set::MlDsa65 => of_set!(inputs, mldsa65),
        Set::MlDsa87 => of_set!(inputs, mldsa87),
    }
}
