//! `ml-dsa` of RustCrypto: portable Rust.
//!
//! Its keys hold the matrix A, the NTT forms and tr. Reading a private key checks nothing.

use super::{Job, Jobs, Key, Operation};
use crate::inputs::{Inputs, Set};
use ml_dsa::{
    ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Signature, SigningKey, VerifyingKey,
};

pub(super) fn jobs(inputs: &'static Inputs) -> Vec<Job> {
    match inputs.set {
        Set::MlDsa44 => of_set::<MlDsa44>(inputs),
        Set::MlDsa65 => of_set::<MlDsa65>(inputs),
        Set::MlDsa87 => of_set::<MlDsa87>(inputs),
    }
}

#[allow(deprecated, reason = "reading the expanded encoding is, and is what the other libraries do here")]
fn read<P: MlDsaParams>(inputs: &Inputs) -> ExpandedSigningKey<P> {
    ExpandedSigningKey::from_expanded(inputs.signing_key.as_slice().try_into().expect("its length"))
}

fn of_set<P: MlDsaParams + 'static>(inputs: &'static Inputs) -> Vec<Job> {
    let read_public = || -> VerifyingKey<P> {
        VerifyingKey::decode(inputs.public_key.as_slice().try_into().expect("its length"))
    };
    let verify = |key: &VerifyingKey<P>, i: usize| {
        Signature::<P>::try_from(inputs.signatures[i].as_slice())
            .is_ok_and(|signature| key.verify_with_context(&inputs.messages[i], b"", &signature))
    };
    let (expanded, expanded_public) = (read::<P>(inputs), read_public());

    Jobs::of("ml-dsa")
        .add(Operation::Keygen, Key::None, |i, out| {
            let key = SigningKey::<P>::from_seed(&inputs.seeds[i].into());
            out.copy_from_slice(AsRef::<VerifyingKey<P>>::as_ref(&key).encode().as_slice());
        })
        .add(Operation::Sign, Key::Read, |i, out| {
            let signature = read::<P>(inputs).sign_deterministic(&inputs.messages[i], b"").expect("sign");
            out.copy_from_slice(signature.encode().as_slice());
        })
        .add(Operation::Sign, Key::Expanded, move |i, out| {
            let signature = expanded.sign_deterministic(&inputs.messages[i], b"").expect("sign");
            out.copy_from_slice(signature.encode().as_slice());
        })
        .add(Operation::Verify, Key::Read, move |i, out| out[0] = verify(&read_public(), i).into())
        .add(Operation::Verify, Key::Expanded, move |i, out| out[0] = verify(&expanded_public, i).into())
        .jobs
}
