//! Keys created in place, on the heap: a function that returns a key by value leaves copies of it on the stack.
//!
//! Each function here needs 110 KiB of stack, whatever the parameter set: it wipes the stack memory from which the box is
//! initialised.

use super::{AnyExpandedSigningKey, AnySigningKey, AnyVerifyingKey, Parameters};
use crate::backend::with_best;
use crate::expanded::ExpandedSigningKey;
use crate::hazmat;
use crate::key::{SigningKey, VerifyingKey};
use crate::params::Array;
use crate::poly::wipe_stack;
use crate::seed::Seed;
use crate::signing;
use alloc::boxed::Box;

/// Bytes of stack to wipe before a key is allocated: a stack frame contains the key once or twice.
const FRAME: usize = 2 * size_of::<AnyExpandedSigningKey>() + 4096;

/// Allocates an empty key. Keys of smaller parameter sets do not fill the enum, and the unused bytes are copied from the stack.
/// Therefore the stack is wiped first, so that no other data (such as a passphrase) gets into the box.
fn allocate<T>(create: fn(Parameters) -> Box<T>, parameters: Parameters) -> Box<T> {
    wipe_stack::<FRAME>();
    // Not inlined: its stack frame must be the memory that was wiped.
    core::hint::black_box(create)(parameters)
}

/// An empty private key of a set, to be filled in place.
pub(crate) fn allocate_signing_key(parameters: Parameters) -> Box<AnySigningKey> {
    allocate(signing_key, parameters)
}

fn signing_key(parameters: Parameters) -> Box<AnySigningKey> {
    Box::new(match parameters {
        Parameters::MlDsa44 => AnySigningKey::MlDsa44(SigningKey::EMPTY),
        Parameters::MlDsa65 => AnySigningKey::MlDsa65(SigningKey::EMPTY),
        Parameters::MlDsa87 => AnySigningKey::MlDsa87(SigningKey::EMPTY),
    })
}

fn expanded_key(parameters: Parameters) -> Box<AnyExpandedSigningKey> {
    Box::new(match parameters {
        Parameters::MlDsa44 => AnyExpandedSigningKey::MlDsa44(ExpandedSigningKey(signing::Expanded::EMPTY)),
        Parameters::MlDsa65 => AnyExpandedSigningKey::MlDsa65(ExpandedSigningKey(signing::Expanded::EMPTY)),
        Parameters::MlDsa87 => AnyExpandedSigningKey::MlDsa87(ExpandedSigningKey(signing::Expanded::EMPTY)),
    })
}

fn verifying_key(parameters: Parameters) -> Box<AnyVerifyingKey> {
    Box::new(match parameters {
        Parameters::MlDsa44 => AnyVerifyingKey::MlDsa44(VerifyingKey(Array::ZEROED)),
        Parameters::MlDsa65 => AnyVerifyingKey::MlDsa65(VerifyingKey(Array::ZEROED)),
        Parameters::MlDsa87 => AnyVerifyingKey::MlDsa87(VerifyingKey(Array::ZEROED)),
    })
}

impl AnySigningKey {
    /// [`AnySigningKey::from_seed`], on the heap, without a copy elsewhere. Needs 110 KiB of stack.
    pub fn boxed_from_seed(parameters: Parameters, seed: &Seed) -> Box<Self> {
        let mut key = allocate_signing_key(parameters);
        super::each!(&mut *key, key => with_best!(backend => hazmat::from_seed_into(backend, seed, key)));
        key
    }

    /// [`AnySigningKey::expand`], on the heap, without a copy elsewhere. Needs 110 KiB of stack.
    pub fn expand_boxed(&self) -> Box<AnyExpandedSigningKey> {
        let mut expanded = allocate(expanded_key, self.parameters());
        match (self, &mut *expanded) {
            (Self::MlDsa44(key), AnyExpandedSigningKey::MlDsa44(expanded)) => expanded.refill(key),
            (Self::MlDsa65(key), AnyExpandedSigningKey::MlDsa65(expanded)) => expanded.refill(key),
            (Self::MlDsa87(key), AnyExpandedSigningKey::MlDsa87(expanded)) => expanded.refill(key),
            // Impossible: allocated for the same set above.
            _ => {}
        }
        expanded
    }

    /// [`AnySigningKey::verifying_key`], on the heap, without bytes of the private key in unused parts of the box. Needs 110 KiB of stack.
    pub fn boxed_verifying_key(&self) -> Box<AnyVerifyingKey> {
        let mut public = allocate(verifying_key, self.parameters());
        match (self, &mut *public) {
            (Self::MlDsa44(key), AnyVerifyingKey::MlDsa44(public)) => public.clone_from(key.verifying_key()),
            (Self::MlDsa65(key), AnyVerifyingKey::MlDsa65(public)) => public.clone_from(key.verifying_key()),
            (Self::MlDsa87(key), AnyVerifyingKey::MlDsa87(public)) => public.clone_from(key.verifying_key()),
            // Impossible: allocated for the same set above.
            _ => {}
        }
        public
    }
}
