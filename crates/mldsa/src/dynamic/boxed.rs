//! Keys made where they stay, on the heap: a function that returns one by value leaves copies of it on the stack.
//!
//! Each function here takes 110 KiB of stack, whatever the parameter set: it wipes what the room for the key is copied from.

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

/// How much of the stack is wiped before room for a key is made: a frame has it once or twice.
const FRAME: usize = 2 * size_of::<AnyExpandedSigningKey>() + 4096;

/// Room for a key. The sets' keys have different lengths, and what the smaller ones leave of it is copied from the stack as it is:
/// so the stack is wiped first, of whatever others left there (a passphrase, say).
fn room<T>(make: fn(Parameters) -> Box<T>, parameters: Parameters) -> Box<T> {
    wipe_stack::<FRAME>();
    // Not inlined here: its frame shall be the memory that was wiped.
    core::hint::black_box(make)(parameters)
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
    /// [`AnySigningKey::from_seed`], on the heap, without a copy elsewhere. Takes 110 KiB of stack.
    pub fn boxed_from_seed(parameters: Parameters, seed: &Seed) -> Box<Self> {
        let mut key = room(signing_key, parameters);
        super::each!(&mut *key, key => with_best!(backend => hazmat::from_seed_into(backend, seed, key)));
        key
    }

    /// [`AnySigningKey::from_private_key_choice`], on the heap, without a copy elsewhere. Takes 110 KiB of stack.
    ///
    /// # Errors
    /// The same.
    #[cfg(feature = "pkcs8")]
    pub fn boxed_from_private_key_choice(
        parameters: Parameters,
        bytes: &[u8],
    ) -> Result<Box<Self>, crate::pkcs8::ReadError> {
        let mut key = room(signing_key, parameters);
        super::each!(&mut *key, key => key.set_choice(bytes))?;
        Ok(key)
    }

    /// [`AnySigningKey::expand`], on the heap, without a copy elsewhere. Takes 110 KiB of stack.
    pub fn expand_boxed(&self) -> Box<AnyExpandedSigningKey> {
        let mut expanded = room(expanded_key, self.parameters());
        match (self, &mut *expanded) {
            (Self::MlDsa44(key), AnyExpandedSigningKey::MlDsa44(expanded)) => expanded.refill(key),
            (Self::MlDsa65(key), AnyExpandedSigningKey::MlDsa65(expanded)) => expanded.refill(key),
            (Self::MlDsa87(key), AnyExpandedSigningKey::MlDsa87(expanded)) => expanded.refill(key),
            // Made of the same set above.
            _ => {}
        }
        expanded
    }

    /// [`AnySigningKey::verifying_key`], on the heap, where nothing of the private key gets beside it. Takes 110 KiB of stack.
    pub fn boxed_verifying_key(&self) -> Box<AnyVerifyingKey> {
        let mut public = room(verifying_key, self.parameters());
        match (self, &mut *public) {
            (Self::MlDsa44(key), AnyVerifyingKey::MlDsa44(public)) => public.clone_from(key.verifying_key()),
            (Self::MlDsa65(key), AnyVerifyingKey::MlDsa65(public)) => public.clone_from(key.verifying_key()),
            (Self::MlDsa87(key), AnyVerifyingKey::MlDsa87(public)) => public.clone_from(key.verifying_key()),
            // Made of the same set above.
            _ => {}
        }
        public
    }
}
