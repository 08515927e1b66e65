//! `aws-lc-rs`: AWS-LC's build of mldsa-native's C.
//!
//! Keys are made from a seed; signatures draw their own rnd. Reading a signing key computes its public key. Its
//! key objects hold the encoding.

use super::{Job, Jobs, Key, Operation};
use crate::inputs::{Inputs, Set};
use aws_lc_rs::signature::{
    KeyPair, ML_DSA_44_SIGNING, ML_DSA_65_SIGNING, ML_DSA_87_SIGNING, ParsedPublicKey, PqdsaKeyPair,
    PqdsaSigningAlgorithm, PqdsaVerificationAlgorithm, UnparsedPublicKey,
};

pub(super) fn jobs(inputs: &'static Inputs) -> Vec<Job> {
    use aws_lc_rs::signature::{ML_DSA_44, ML_DSA_65, ML_DSA_87};
    match inputs.set {
        Set::MlDsa44 => with(&ML_DSA_44_SIGNING, &ML_DSA_44, inputs),
        Set::MlDsa65 => with(&ML_DSA_65_SIGNING, &ML_DSA_65, inputs),
        Set::MlDsa87 => with(&ML_DSA_87_SIGNING, &ML_DSA_87, inputs),
    }
}

fn with(
    signing: &'static PqdsaSigningAlgorithm,
    verifying: &'static PqdsaVerificationAlgorithm,
    inputs: &'static Inputs,
) -> Vec<Job> {
    let read = move || {
        PqdsaKeyPair::from_raw_private_key(signing, &inputs.signing_key)
            .unwrap_or_else(|error| panic!("a good private key: {error}"))
    };
    let held = read();
    let held_public = ParsedPublicKey::new(verifying, &inputs.public_key)
        .unwrap_or_else(|error| panic!("a good public key: {error}"));

    Jobs::of("aws-lc-rs")
        .add(Operation::Keygen, Key::None, move |i, out| {
            let key = PqdsaKeyPair::from_seed(signing, &inputs.seeds[i])
                .unwrap_or_else(|error| panic!("keygen: {error}"));
            out.copy_from_slice(key.public_key().as_ref());
        })
        .add_random(Operation::Sign, Key::Read, move |i, out| {
            read().sign(&inputs.messages[i], out).unwrap_or_else(|error| panic!("sign: {error}"));
        })
        .add_random(Operation::Sign, Key::Held, move |i, out| {
            held.sign(&inputs.messages[i], out).unwrap_or_else(|error| panic!("sign: {error}"));
        })
        .add(Operation::Verify, Key::Read, move |i, out| {
            let key = UnparsedPublicKey::new(verifying, &inputs.public_key);
            out[0] = key.verify(&inputs.messages[i], &inputs.signatures[i]).is_ok().into();
        })
        .add(Operation::Verify, Key::Held, move |i, out| {
            out[0] = held_public.verify_sig(&inputs.messages[i], &inputs.signatures[i]).is_ok().into();
        })
        .jobs
}
