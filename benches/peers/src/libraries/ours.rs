//! This repository's `mldsa`, on each back end that the CPU has.

use super::{Job, Jobs, Key, Operation};
use crate::inputs::{Inputs, Set};
use mldsa::backend::{Backend, Portable};
use mldsa::{
    Context, MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed, Signature, SigningKey, VerifyingKey,
    hazmat,
};

pub(super) fn jobs(inputs: &'static Inputs) -> Vec<Job> {
    match inputs.set {
        Set::MlDsa44 => of_set::<MlDsa44>(inputs),
        Set::MlDsa65 => of_set::<MlDsa65>(inputs),
        Set::MlDsa87 => of_set::<MlDsa87>(inputs),
    }
}

fn of_set<P: ParameterSet>(inputs: &'static Inputs) -> Vec<Job> {
    let mut jobs = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        use mldsa::backend::{Avx2, Avx512};
        if let Some(backend) = Avx512::detect() {
            jobs.extend(on::<P, _>("ours, AVX-512", backend, inputs));
        }
        if let Some(backend) = Avx2::detect() {
            jobs.extend(on::<P, _>("ours, AVX2", backend, inputs));
        }
    }
    jobs.extend(on::<P, _>("ours, portable", Portable, inputs));
    jobs
}

/// mu goes through the best Keccak of the CPU on every back end: two permutations of these short messages.
fn mu(tr: &[u8; 64], message: &[u8]) -> Mu {
    Mu::of_message(tr, Context::EMPTY, message)
}

fn on<P: ParameterSet, B: Backend>(library: &'static str, backend: B, inputs: &'static Inputs) -> Vec<Job> {
    let read = move || -> SigningKey<P> {
        hazmat::from_expanded(backend, &inputs.signing_key).expect("a good private key")
    };
    let read_public = || VerifyingKey::<P>::from_bytes(&inputs.public_key).expect("a good public key");
    let held = read();
    let expanded = hazmat::expand_signing_key(backend, &held);
    let held_public = read_public();
    let expanded_public = hazmat::expand_verifying_key(backend, &held_public);
    let signature = |i: usize| Signature::<P>::from_bytes(&inputs.signatures[i]);

    Jobs::of(library)
        .add(Operation::Keygen, Key::None, move |i, out| {
            let key = hazmat::from_seed::<P, B>(backend, &Seed::from_bytes(inputs.seeds[i]));
            out.copy_from_slice(key.verifying_key().as_bytes());
        })
        .add(Operation::Sign, Key::Read, move |i, out| {
            let key = read();
            let mu = mu(key.tr(), &inputs.messages[i]);
            let signature = hazmat::sign_mu(backend, &key, &mu, &Rnd::DETERMINISTIC);
            out.copy_from_slice(signature.as_bytes());
        })
        .add(Operation::Sign, Key::Held, move |i, out| {
            let mu = mu(held.tr(), &inputs.messages[i]);
            let signature = hazmat::sign_mu(backend, &held, &mu, &Rnd::DETERMINISTIC);
            out.copy_from_slice(signature.as_bytes());
        })
        .add(Operation::Sign, Key::Expanded, move |i, out| {
            let mu = mu(expanded.tr(), &inputs.messages[i]);
            let signature = hazmat::sign_mu_expanded(backend, &expanded, &mu, &Rnd::DETERMINISTIC);
            out.copy_from_slice(signature.as_bytes());
        })
        .add(Operation::Verify, Key::Read, move |i, out| {
            let key = read_public();
            let mu = mu(&hazmat::tr(backend, &key), &inputs.messages[i]);
            let verdict =
                signature(i).and_then(|signature| hazmat::verify_mu(backend, &key, &mu, &signature));
            out[0] = verdict.is_ok().into();
        })
        .add(Operation::Verify, Key::Held, move |i, out| {
            let mu = mu(&hazmat::tr(backend, &held_public), &inputs.messages[i]);
            let verdict =
                signature(i).and_then(|signature| hazmat::verify_mu(backend, &held_public, &mu, &signature));
            out[0] = verdict.is_ok().into();
        })
        .add(Operation::Verify, Key::Expanded, move |i, out| {
            let mu = mu(expanded_public.tr(), &inputs.messages[i]);
            let verdict = signature(i)
                .and_then(|signature| hazmat::verify_mu_expanded(backend, &expanded_public, &mu, &signature));
            out[0] = verdict.is_ok().into();
        })
        .jobs
}
