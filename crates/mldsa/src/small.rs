//! The operations in little stack: for microcontrollers, kernels, small threads. Same keys, same signatures, slower.
//!
//! ```
//! use mldsa::{Context, MlDsa87, Rnd, Seed, SigningKey, small};
//!
//! // Room for the results: in a `static`, a task's own memory, or as here on the caller's stack.
//! let (mut key, mut signature) = (None, None);
//! let key: &SigningKey<MlDsa87> = small::from_seed(&Seed::from_bytes([7; 32]), &mut key);
//! let signature = small::sign(key, b"message", Context::EMPTY, &Rnd::from_bytes([9; 32]), &mut signature);
//! small::verify(key.verifying_key(), b"message", Context::EMPTY, signature)?;
//! # Ok::<(), mldsa::InvalidSignature>(())
//! ```
//!
//! Most bytes of stack that a call needs in a release build, whatever the back end; beside them stand the results, which lie
//! where the caller wants them (`tests/stack.rs` measures, and fails above these):
//!
//! | | ML-DSA-44 | ML-DSA-65 | ML-DSA-87 |
//! |---|---:|---:|---:|
//! | [`from_seed`], [`from_expanded`] | 10 KiB | 10 KiB | 10 KiB |
//! | [`sign`], [`sign_mu`] | 15 KiB | 17 KiB | 19 KiB |
//! | [`verify`], [`verify_mu`] | 11 KiB | 11 KiB | 11 KiB |
//! | [`SigningKey`] (its public key included), bytes | 3,905 | 6,017 | 7,521 |
//! | [`VerifyingKey`], bytes | 1,312 | 1,952 | 2,592 |
//! | [`Signature`], bytes | 2,420 | 3,309 | 4,627 |
//!
//! The methods of [`SigningKey`] and [`VerifyingKey`] need two to five times as much. What is saved is made again where it is
//! needed: each attempt at a signature computes A anew, one polynomial at a time, on one sponge instead of up to eight. So
//! signing takes 1.7 to 3 times as long with portable code, and up to twelve times as long where the fast schedule has
//! AVX-512 (`docs/performance.md`, "Small machines"). An expanded key is the opposite choice.
//!
//! No atomics, no alloc, no std; both schedules can be used in one program, and the linker drops what is not.

use crate::backend::with_best;
use crate::error::{InvalidSignature, MalformedKey};
use crate::hazmat;
use crate::key::{Signature, SigningKey, VerifyingKey};
use crate::mu::{Context, Mu};
use crate::params::ParameterSet;
use crate::seed::{Rnd, Seed};

/// [`SigningKey::from_seed`], into memory of the caller's. A key that is there already is wiped.
pub fn from_seed<'k, P: ParameterSet>(seed: &Seed, key: &'k mut Option<SigningKey<P>>) -> &'k SigningKey<P> {
    with_best!(backend => hazmat::from_seed_small(backend, seed, key))
}

/// [`SigningKey::from_expanded`], into memory of the caller's. A key that is there already is wiped, and after an error
/// there is none.
///
/// # Errors
/// [`MalformedKey`]: another length, s1 or s2 out of range, t0 or tr that do not belong.
pub fn from_expanded<'k, P: ParameterSet>(
    bytes: &[u8],
    key: &'k mut Option<SigningKey<P>>,
) -> Result<&'k SigningKey<P>, MalformedKey> {
    with_best!(backend => hazmat::from_expanded_small(backend, bytes, key))
}

/// [`SigningKey::sign`], into memory of the caller's.
pub fn sign<'s, P: ParameterSet>(
    key: &SigningKey<P>,
    message: &[u8],
    context: Context<'_>,
    rnd: &Rnd,
    signature: &'s mut Option<Signature<P>>,
) -> &'s Signature<P> {
    sign_mu(key, &mu_of(key, message, context), rnd, signature)
}

#[inline(never)] // so that its stack and that of signing are not held together
fn mu_of<P: ParameterSet>(key: &SigningKey<P>, message: &[u8], context: Context<'_>) -> Mu {
    Mu::of_message(key.tr(), context, message)
}

/// [`SigningKey::sign_mu`], into memory of the caller's.
pub fn sign_mu<'s, P: ParameterSet>(
    key: &SigningKey<P>,
    mu: &Mu,
    rnd: &Rnd,
    signature: &'s mut Option<Signature<P>>,
) -> &'s Signature<P> {
    with_best!(backend => hazmat::sign_mu_small(backend, key, mu, rnd, signature))
}

/// [`VerifyingKey::verify`].
///
/// # Errors
/// [`InvalidSignature`], whatever the reason.
pub fn verify<P: ParameterSet>(
    key: &VerifyingKey<P>,
    message: &[u8],
    context: Context<'_>,
    signature: &Signature<P>,
) -> Result<(), InvalidSignature> {
    with_best!(backend => hazmat::verify_small(backend, key, message, context, signature))
}

/// [`VerifyingKey::verify_mu`].
///
/// # Errors
/// [`InvalidSignature`], whatever the reason.
pub fn verify_mu<P: ParameterSet>(
    key: &VerifyingKey<P>,
    mu: &Mu,
    signature: &Signature<P>,
) -> Result<(), InvalidSignature> {
    with_best!(backend => hazmat::verify_mu_small(backend, key, mu, signature))
}
