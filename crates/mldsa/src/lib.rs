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
//! # Guide
//!
//! [Choosing a parameter set](guide::parameter_sets) · [Hedged and deterministic](guide::hedged_and_deterministic) ·
//! [External mu: streams and HSMs](guide::external_mu) · [Constant time and its limits](guide::constant_time) ·
//! Keys in files: module `pkcs8` · [Coming from other crates](guide::migrating)
//!
//! # Panics, memory and stack
//!
//! No function panics, whatever its arguments. None allocates, except those behind the feature `alloc`. In a release build,
//! signing needs at most 96 KiB of stack, everything else 32 KiB (the limits of a test that measures it:
//! `cargo test --release -p modsig-mldsa --test stack -- --nocapture`). An expanded key has up to 61 KiB, in memory of the
//! caller. For smaller stacks use [`small`].
//!
//! # Features
//!
//! Features are additive. `default = ["rand_core"]`. Without features, the crate depends on `keccak_lanes` (part of this
//! project), `subtle`, `zeroize` and `cpufeatures`.
//!
//! | feature | adds | heap |
//! |---|---|---|
//! | `rand_core` | `generate` with a generator of `rand_core` 0.10 | no |
//! | `getrandom` | `try_generate` with randomness of the operating system | no |
//! | `signature` | `Signer`, `RandomizedSigner`, `Verifier`, `Keypair`, `SignatureEncoding` and their variants, of `signature` 3 | no |
//! | `digest` | `digest::Update` for [`MuHasher`]; with `signature`, `DigestSigner` and `DigestVerifier` | no |
//! | `pkcs8` | key files in DER, module `pkcs8`: all forms of RFC 9881; with `alloc`, also the traits that write them | no |
//! | `pem` | the same in PEM | yes |
//! | `serde` | [`VerifyingKey`], [`Signature`] and [`Mu`] as bytes, or hexadecimal in human-readable formats; no secrets | no |
//! | `alloc` | functions of `pkcs8` and `signature` that return heap memory | yes |
//! | `std` | `std::io::Write` for [`MuHasher`]; reading and writing files by the traits of `pkcs8` | yes |
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`key`](SigningKey), [`expanded`](ExpandedSigningKey), [`dynamic`] | the types that callers use |
//! | `operations` | their operations, on the best back end of the CPU |
//! | `mu`, [`prehash`] | the message representative: streamed, prehashed, external |
//! | `keygen`, `signing`, `verifying` | algorithms 1 to 8 |
//! | `encoding` | 9 to 28 |
//! | `sampling` | 29 to 34 |
//! | `rounding` | 35 to 40 |
//! | `ntt`, `twiddles`, `field` | 41 to 49 |
//! | [`backend`] | kernels on whole polynomials; [`hazmat`] runs the operations on an explicit back end |
//! | `pkcs8`, `traits`, `convert` | key files; traits of other crates; arrays and slices |
//! | [`small`], `schedule`, `matrix` | the operations on a small stack, and the differences to the fast ones; Â times a vector |
//! | `params`, `poly`, `ct`, `error`, `seed`, `fault` | used by the other modules |
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
mod fault;
mod field;
#[cfg(any(doc, doctest))]
pub mod guide;
pub mod hazmat;
mod key;
mod keygen;
#[cfg(test)]
mod literal;
mod matrix;
mod mu;
mod ntt;
mod operations;
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
mod twiddles;
mod verifying;
mod workspace;

/// The hook of the constant-time check. Ordinary builds do not contain it.
#[cfg(mldsa_ct_check)]
pub use ct::memcheck as ct_check;
pub use error::{ContextTooLong, DigestLength, InvalidSignature, MalformedKey};
pub use expanded::{ExpandedSigningKey, ExpandedVerifyingKey};
pub use key::{Signature, SigningKey, VerifyingKey};
pub use mu::{Context, Mu, MuHasher};
pub use params::{MU_LEN, MlDsa44, MlDsa65, MlDsa87, ParameterSet, SEED_LEN};
/// The crate whose generators `generate` takes, in the version that this one uses.
#[cfg(feature = "rand_core")]
pub use rand_core;
#[cfg(feature = "getrandom")]
pub use seed::NoRandomness;
pub use seed::{Rnd, Seed};
/// The crate whose traits keys and signatures implement, in the version that this one uses.
#[cfg(feature = "signature")]
pub use signature;
