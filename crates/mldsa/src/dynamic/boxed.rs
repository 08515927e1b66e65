//! Keys made where they stay, on the heap: a function that returns one by value leaves copies of it on the stack.

use super::{AnyExpandedSigningKey, AnySigningKey, Parameters};
use crate::backend::with_best;
use crate::expanded::ExpandedSigningKey;
use crate::hazmat;
use crate::key::SigningKey;
use crate::seed::Seed;
use crate::signing;
use alloc::boxed::Box;

impl AnySigningKey {
    /// Room for a key.
    fn empty(parameters: Parameters) -> Box<Self> {
        Box::new(match parameters {
            Parameters::MlDsa44 => Self::MlDsa44(SigningKey::EMPTY),
            Parameters::MlDsa65 => Self::MlDsa65(SigningKey::EMPTY),
            Parameters::MlDsa87 => Self::MlDsa87(SigningKey::EMPTY),
        })
    }

    /// [`AnySigningKey::from_seed`], on the heap, without a copy elsewhere.
    pub fn boxed_from_seed(parameters: Parameters, seed: &Seed) -> Box<Self> {
        let mut key = Self::empty(parameters);
        super::each!(&mut *key, key => with_best!(backend => hazmat::from_seed_into(backend, seed, key)));
        key
    }

    /// [`AnySigningKey::from_private_key_choice`], on the heap, without a copy elsewhere.
    ///
    /// # Errors
    /// The same.
    #[cfg(feature = "pkcs8")]
    pub fn boxed_from_private_key_choice(
        parameters: Parameters,
        bytes: &[u8],
    ) -> Result<Box<Self>, crate::pkcs8::ReadError> {
        let mut key = Self::empty(parameters);
        super::each!(&mut *key, key => key.set_choice(bytes))?;
        Ok(key)
    }

    /// [`AnySigningKey::expand`], on the heap, without a copy elsewhere.
    pub fn expand_boxed(&self) -> Box<AnyExpandedSigningKey> {
        let mut expanded = Box::new(match self {
            Self::MlDsa44(_) => AnyExpandedSigningKey::MlDsa44(ExpandedSigningKey(signing::Expanded::EMPTY)),
            Self::MlDsa65(_) => AnyExpandedSigningKey::MlDsa65(ExpandedSigningKey(signing::Expanded::EMPTY)),
            Self::MlDsa87(_) => AnyExpandedSigningKey::MlDsa87(ExpandedSigningKey(signing::Expanded::EMPTY)),
        });
        match (self, &mut *expanded) {
            (Self::MlDsa44(key), AnyExpandedSigningKey::MlDsa44(expanded)) => expanded.refill(key),
            (Self::MlDsa65(key), AnyExpandedSigningKey::MlDsa65(expanded)) => expanded.refill(key),
            (Self::MlDsa87(key), AnyExpandedSigningKey::MlDsa87(expanded)) => expanded.refill(key),
            // Made of the same set above.
            _ => {}
        }
        expanded
    }
}
