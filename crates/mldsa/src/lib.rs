//! ML-DSA (FIPS 204) signatures: ML-DSA-44, ML-DSA-65 and ML-DSA-87. No std, no alloc, no panics, constant time.
//!
//! ```
//! use mldsa::{Context, MlDsa65, Rnd, Seed, SigningKey};
//!
//! // 32 random bytes each, from your generator (or `SigningKey::generate(&mut rng)`, `Rnd::generate(&mut rng)`).
//! let key = SigningKey::<MlDsa65>::from_seed(&Seed::from_bytes([7; 32]));
//! let signature = key.sign(b"message", Context::EMPTY, &Rnd::from_bytes([9; 32]));
//! key.verifying_key().verify(b"message", Context::EMPTY, &signature)?;
//! # Ok::<(), mldsa::InvalidSignature>(())
//! ```
//!
//! | room | holds |
//! |---|---|
//! | [`key`](SigningKey), [`expanded`](ExpandedSigningKey), [`dynamic`] | the types that callers use |
//! | `mu`, [`prehash`] | the message representative: streamed, prehashed, external |
//! | `keygen`, `signing`, `verifying` | algorithms 1 to 8 |
//! | `encoding` | 9 to 28 |
//! | `sampling` | 29 to 34 |
//! | `rounding` | 35 to 40 |
//! | `ntt`, `field` | 41 to 49 |
//! | [`backend`] | kernels on whole polynomials; [`hazmat`] runs the operations on a chosen one |
//! | [`small`], `schedule`, `matrix` | the operations in little stack, and what differs in them; Â times a vector |
//! | `params`, `poly`, `ct`, `error`, `seed` | what the others share |
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod backend;
mod convert;
mod ct;
pub mod dynamic;
mod encoding;
mod error;
mod expanded;
mod field;
pub mod hazmat;
mod key;
mod keygen;
mod matrix;
mod mu;
mod ntt;
mod params;
#[cfg(feature = "pkcs8")]
pub mod pkcs8;
mod poly;
pub mod prehash;
mod rounding;
mod sampling;
mod schedule;
mod seed;
mod signing;
pub mod small;
mod traits;
mod verifying;

/// The hook of the constant-time check: not there in ordinary builds.
#[cfg(mldsa_ct_check)]
pub use ct::memcheck as ct_check;
pub use error::{ContextTooLong, DigestLength, InvalidSignature, MalformedKey};
pub use expanded::{ExpandedSigningKey, ExpandedVerifyingKey};
pub use key::{Signature, SigningKey, VerifyingKey};
pub use mu::{Context, Mu, MuHasher};
pub use params::{MU_LEN, MlDsa44, MlDsa65, MlDsa87, ParameterSet, SEED_LEN};
#[cfg(feature = "getrandom")]
pub use seed::NoRandomness;
pub use seed::{Rnd, Seed};
