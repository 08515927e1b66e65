//! `libcrux-ml-dsa`: verified Rust, AVX2 and portable.
//!
//! Its keys are arrays that hold the encoding: reading one copies it. Nothing is kept expanded.

use super::{Job, Jobs, Key, Operation};
use crate::inputs::{Inputs, Set};
use libcrux_ml_dsa::{MLDSASignature, MLDSASigningKey, MLDSAVerificationKey};

macro_rules! of_variant {
    ($inputs:expr, $name:literal, $set:ident, $variant:ident) => {{
        use libcrux_ml_dsa::$set::$variant::{generate_key_pair, sign, verify};
        let inputs: &'static Inputs = $inputs;
        let read = || MLDSASigningKey::new(inputs.signing_key.as_slice().try_into().expect("its length"));
        let read_public =
            || MLDSAVerificationKey::new(inputs.public_key.as_slice().try_into().expect("its length"));
        let signature =
            |i: usize| MLDSASignature::new(inputs.signatures[i].as_slice().try_into().expect("its length"));
        let (held, held_public) = (read(), read_public());

        Jobs::of($name)
            .add(Operation::Keygen, Key::None, |i, out| {
                out.copy_from_slice(generate_key_pair(inputs.seeds[i]).verification_key.as_slice());
            })
            .add(Operation::Sign, Key::Read, move |i, out| {
                let signature = sign(&read(), &inputs.messages[i], b"", [0; 32]).expect("sign");
                out.copy_from_slice(signature.as_slice());
            })
            .add(Operation::Sign, Key::Held, move |i, out| {
                let signature = sign(&held, &inputs.messages[i], b"", [0; 32]).expect("sign");
                out.copy_from_slice(signature.as_slice());
            })
            .add(Operation::Verify, Key::Read, move |i, out| {
                out[0] = verify(&read_public(), &inputs.messages[i], b"", &signature(i)).is_ok().into();
            })
            .add(Operation::Verify, Key::Held, move |i, out| {
                out[0] = verify(&held_public, &inputs.messages[i], b"", &signature(i)).is_ok().into();
            })
            .jobs
    }};
}

macro_rules! of_set {
    ($inputs:expr, $set:ident) => {{
        let mut jobs = Vec::new();
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            jobs.extend(of_variant!($inputs, "libcrux-ml-dsa, AVX2", $set, avx2));
        }
        jobs.extend(of_variant!($inputs, "libcrux-ml-dsa, portable", $set, portable));
        jobs
    }};
}

pub(super) fn jobs(inputs: &'static Inputs) -> Vec<Job> {
    match inputs.set {
        Set::MlDsa44 => of_set!(inputs, ml_dsa_44),
        Set::MlDsa65 => of_set!(inputs, ml_dsa_65),
        Set::MlDsa87 => of_set!(inputs, ml_dsa_87),
    }
}
