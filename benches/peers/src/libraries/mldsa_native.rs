//! `mldsa-native-rs`: mldsa-native's C with its AVX2 assembly, through the crate's safe wrapper.
//!
//! Reading a signing key computes its public key, as a check. Nothing is kept expanded.

use super::{Job, Jobs, Key, Operation};
use crate::inputs::{Inputs, Set};
use mldsa_native_rs::parameter_sets::{ML_DSA_44, ML_DSA_65, ML_DSA_87};
use mldsa_native_rs::{MlDsaSeed, ParameterSet, SeededSigner, Signature, SigningKey, Verifier, VerifyingKey};

pub(super) fn jobs(inputs: &'static Inputs) -> Vec<Job> {
    match inputs.set {
        Set::MlDsa44 => of_set::<ML_DSA_44>(inputs),
        Set::MlDsa65 => of_set::<ML_DSA_65>(inputs),
        Set::MlDsa87 => of_set::<ML_DSA_87>(inputs),
    }
}

fn of_set<P: ParameterSet + 'static>(inputs: &'static Inputs) -> Vec<Job> {
    let read = || SigningKey::<P>::try_from(inputs.signing_key.as_slice()).expect("a good private key");
    let read_public =
        || VerifyingKey::<P>::try_from(inputs.public_key.as_slice()).expect("a good public key");
    let verify = |key: &VerifyingKey<P>, i: usize| {
        Signature::try_from(inputs.signatures[i].as_slice())
            .and_then(|signature| key.verify(&inputs.messages[i], &signature))
            .is_ok()
    };
    let (held, held_public) = (read(), read_public());

    Jobs::of("mldsa-native-rs")
        .add(Operation::Keygen, Key::None, |i, out| {
            let seed: &MlDsaSeed = inputs.seeds[i].as_slice().try_into().expect("32 bytes");
            let (_, key) = mldsa_native_rs::keygen_from_seed::<P>(seed).expect("keygen");
            out.copy_from_slice(key.as_ref());
        })
        .add(Operation::Sign, Key::Read, move |i, out| {
            out.copy_from_slice(read().sign_with_seed(&[0; 32], &inputs.messages[i]).as_ref());
        })
        .add(Operation::Sign, Key::Held, move |i, out| {
            out.copy_from_slice(held.sign_with_seed(&[0; 32], &inputs.messages[i]).as_ref());
        })
        .add(Operation::Verify, Key::Read, move |i, out| out[0] = verify(&read_public(), i).into())
        .add(Operation::Verify, Key::Held, move |i, out| out[0] = verify(&held_public, i).into())
        .jobs
}
