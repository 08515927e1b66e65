//! C libraries, behind the features `openssl` and `wolfssl`: `c/`.
//!
//! OpenSSL reads a private key with the checks of FIPS 204; it computes the public key. Its objects hold vectors, decoded;
//! Â is expanded in each operation. wolfSSL expands an object when it reads a private key, or verifies for the first time.

use super::{Job, Jobs, Key, Operation};
use crate::inputs::{Inputs, Set};
use c_peers::Library;

pub(super) fn jobs(inputs: &'static Inputs) -> Vec<Job> {
    let mut jobs = Vec::new();
    #[cfg(feature = "openssl")]
    jobs.extend(of(c_peers::openssl(), Key::Held, inputs));
    #[cfg(feature = "wolfssl")]
    jobs.extend(of(c_peers::wolfssl(), Key::Expanded, inputs));
    jobs
}

/// `object`: what an object holds after its first operation.
fn of(library: Library, object: Key, inputs: &'static Inputs) -> Vec<Job> {
    let level = match inputs.set {
        Set::MlDsa44 => 44,
        Set::MlDsa65 => 65,
        Set::MlDsa87 => 87,
    };
    let private = || library.private(level, &inputs.signing_key);
    let public = || library.public(level, &inputs.public_key);
    let (mut held, mut read, mut held_public, mut read_public) = (private(), private(), public(), public());

    Jobs::of(library.name)
        .add(Operation::Keygen, Key::None, move |i, out| library.keygen(level, &inputs.seeds[i], out))
        .add(Operation::Sign, Key::Read, move |i, out| {
            read.read_again(&inputs.signing_key);
            read.sign(&inputs.messages[i], out);
        })
        .add(Operation::Sign, object, move |i, out| held.sign(&inputs.messages[i], out))
        .add(Operation::Verify, Key::Read, move |i, out| {
            read_public.read_again(&inputs.public_key);
            out[0] = read_public.verify(&inputs.messages[i], &inputs.signatures[i]).into();
        })
        .add(Operation::Verify, object, move |i, out| {
            out[0] = held_public.verify(&inputs.messages[i], &inputs.signatures[i]).into();
        })
        .jobs
}
