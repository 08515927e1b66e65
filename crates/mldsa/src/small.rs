//! The operations on a small stack, for microcontrollers, kernels and small threads. The keys and signatures are the same;
//! the operations are slower.
//!
//! ```
//! use mldsa::{Context, MlDsa87, Rnd, Seed, SigningKey, small};
//!
//! // Memory for the results: a `static`, the memory of a task, or as here the caller's stack.
//! let (mut key, mut signature) = (None, None);
//! let key: &SigningKey<MlDsa87> = small::from_seed(&Seed::from_bytes([7; 32]), &mut key);
//! let signature = small::sign(key, b"message", Context::EMPTY, &Rnd::from_bytes([9; 32]), &mut signature);
//! small::verify(key.verifying_key(), b"message", Context::EMPTY, signature)?;
//! # Ok::<(), mldsa::InvalidSignature>(())
//! ```
//!
//! The largest stack that a call needs in a release build, on any back end, without the results, which are in the caller's
//! memory (`tests/stack.rs` measures this, and fails above these limits):
//!
//! | | ML-DSA-44 | ML-DSA-65 | ML-DSA-87 |
//! |---|---:|---:|---:|
//! | [`from_seed`], [`from_expanded`] | 9 KiB | 9 KiB | 9 KiB |
//! | [`sign`], [`sign_mu`] | 14 KiB | 16 KiB | 19 KiB |
//! | [`verify`], [`verify_mu`] | 9 KiB | 9 KiB | 9 KiB |
//! | with a workspace, each | 4 KiB | 4 KiB | 4 KiB |
//! | [`KeygenWorkspace`], bytes | 4,864 | 4,864 | 4,864 |
//! | [`SignWorkspace`], bytes | 10,816 | 12,864 | 15,168 |
//! | [`VerifyWorkspace`], bytes | 5,120 | 5,120 | 5,120 |
//! | [`SigningKey`] (its public key included), bytes | 3,905 | 6,017 | 7,521 |
//! | [`VerifyingKey`], bytes | 1,312 | 1,952 | 2,592 |
//! | [`Signature`], bytes | 2,420 | 3,309 | 4,627 |
//!
//! The methods of [`SigningKey`] and [`VerifyingKey`] need two to five times as much. The functions here compute intermediate
//! values again instead of storing them: each attempt at a signature expands A again, one polynomial at a time, on one sponge
//! instead of up to eight. Signing takes 1.7 to 3 times as long with portable code, and up to twelve times as long if the fast
//! schedule has AVX-512 (`docs/performance.md`, "Small machines"). An expanded key is the opposite trade-off.
//!
//! # Workspaces
//!
//! Most of this stack is a workspace. The functions whose names end in `_in` take it from the caller, and need 2 KiB of stack
//! beside it on a Cortex-M4 (`docs/embedded.md`). Any previous contents are overwritten.
//!
//! ```
//! use mldsa::{Context, MlDsa44, Rnd, Seed, small};
//!
//! let (mut key, mut signature) = (None, None);
//! let key = small::from_seed_in::<MlDsa44>(&Seed::from_bytes([7; 32]), &mut key, &mut small::KeygenWorkspace::default());
//! // The memory that a program has left: four polynomials of the matrix A stay from one attempt to the next.
//! let mut workspace = small::SignWorkspace::<MlDsa44, 4>::NEW;
//! let rnd = Rnd::from_bytes([9; 32]);
//! let signature = small::sign_in(key, b"message", Context::EMPTY, &rnd, &mut signature, &mut workspace);
//! let mut workspace = small::VerifyWorkspace::NEW;
//! small::verify_in(key.verifying_key(), b"message", Context::EMPTY, signature, &mut workspace)?;
//! # Ok::<(), mldsa::InvalidSignature>(())
//! ```
//!
//! No atomics, no alloc, no std. A program can use both schedules; the linker removes the unused code.

pub use crate::workspace::{KeygenWorkspace, SignWorkspace, VerifyWorkspace};

use crate::backend::with_best;
use crate::error::{InvalidSignature, MalformedKey};
use crate::hazmat;
use crate::key::{Signature, SigningKey, VerifyingKey};
use crate::mu::{Context, Mu};
use crate::params::ParameterSet;
use crate::seed::{Rnd, Seed};

/// [`SigningKey::from_seed`], into the caller's memory. A previous key in this memory is wiped.
pub fn from_seed<'k, P: ParameterSet>(seed: &Seed, key: &'k mut Option<SigningKey<P>>) -> &'k SigningKey<P> {
    from_seed_in(seed, key, &mut { KeygenWorkspace::NEW })
}

/// [`from_seed`], in a workspace.
#[doc(alias = "keygen_in")]
pub fn from_seed_in<'k, P: ParameterSet>(
    seed: &Seed,
    key: &'k mut Option<SigningKey<P>>,
    workspace: &mut KeygenWorkspace,
) -> &'k SigningKey<P> {
    with_best!(backend => hazmat::from_seed_in(backend, seed, key, workspace))
}

/// [`SigningKey::from_expanded`], into the caller's memory. A previous key in this memory is wiped. After an error there is
/// no key.
///
/// # Errors
/// [`MalformedKey`]: wrong length, s1 or s2 out of range, or t0 or tr inconsistent with the other parts.
pub fn from_expanded<'k, P: ParameterSet>(
    bytes: &[u8],
    key: &'k mut Option<SigningKey<P>>,
) -> Result<&'k SigningKey<P>, MalformedKey> {
    from_expanded_in(bytes, key, &mut { KeygenWorkspace::NEW })
}

/// [`from_expanded`], in a workspace.
///
/// # Errors
/// The same.
pub fn from_expanded_in<'k, P: ParameterSet>(
    bytes: &[u8],
    key: &'k mut Option<SigningKey<P>>,
    workspace: &mut KeygenWorkspace,
) -> Result<&'k SigningKey<P>, MalformedKey> {
    with_best!(backend => hazmat::from_expanded_in(backend, bytes, key, workspace))
}

/// [`SigningKey::sign`], into the caller's memory.
pub fn sign<'s, P: ParameterSet>(
    key: &SigningKey<P>,
    message: &[u8],
    context: Context<'_>,
    rnd: &Rnd,
    signature: &'s mut Option<Signature<P>>,
) -> &'s Signature<P> {
    sign_in(key, message, context, rnd, signature, &mut { SignWorkspace::<P>::NEW })
}

/// [`sign`], in a workspace.
pub fn sign_in<'s, P: ParameterSet, const KEPT: usize>(
    key: &SigningKey<P>,
    message: &[u8],
    context: Context<'_>,
    rnd: &Rnd,
    signature: &'s mut Option<Signature<P>>,
    workspace: &mut SignWorkspace<P, KEPT>,
) -> &'s Signature<P> {
    sign_mu_in(key, &mu_of(key, message, context), rnd, signature, workspace)
}

#[inline(never)] // so that its stack frame does not add to that of signing
fn mu_of<P: ParameterSet>(key: &SigningKey<P>, message: &[u8], context: Context<'_>) -> Mu {
    Mu::of_message(key.tr(), context, message)
}

/// [`SigningKey::sign_mu`], into the caller's memory.
pub fn sign_mu<'s, P: ParameterSet>(
    key: &SigningKey<P>,
    mu: &Mu,
    rnd: &Rnd,
    signature: &'s mut Option<Signature<P>>,
) -> &'s Signature<P> {
    sign_mu_in(key, mu, rnd, signature, &mut { SignWorkspace::<P>::NEW })
}

/// [`sign_mu`], in a workspace.
pub fn sign_mu_in<'s, P: ParameterSet, const KEPT: usize>(
    key: &SigningKey<P>,
    mu: &Mu,
    rnd: &Rnd,
    signature: &'s mut Option<Signature<P>>,
    workspace: &mut SignWorkspace<P, KEPT>,
) -> &'s Signature<P> {
    with_best!(backend => hazmat::sign_mu_in(backend, key, mu, rnd, signature, workspace))
}

/// [`VerifyingKey::verify`].
///
/// # Errors
/// [`InvalidSignature`], for any reason.
pub fn verify<P: ParameterSet>(
    key: &VerifyingKey<P>,
    message: &[u8],
    context: Context<'_>,
    signature: &Signature<P>,
) -> Result<(), InvalidSignature> {
    verify_in(key, message, context, signature, &mut { VerifyWorkspace::NEW })
}

/// [`verify`], in a workspace.
///
/// # Errors
/// [`InvalidSignature`], for any reason.
pub fn verify_in<P: ParameterSet>(
    key: &VerifyingKey<P>,
    message: &[u8],
    context: Context<'_>,
    signature: &Signature<P>,
    workspace: &mut VerifyWorkspace,
) -> Result<(), InvalidSignature> {
    with_best!(backend => hazmat::verify_in(backend, key, message, context, signature, workspace))
}

/// [`VerifyingKey::verify_mu`].
///
/// # Errors
/// [`InvalidSignature`], for any reason.
pub fn verify_mu<P: ParameterSet>(
    key: &VerifyingKey<P>,
    mu: &Mu,
    signature: &Signature<P>,
) -> Result<(), InvalidSignature> {
    verify_mu_in(key, mu, signature, &mut { VerifyWorkspace::NEW })
}

/// [`verify_mu`], in a workspace.
///
/// # Errors
/// [`InvalidSignature`], for any reason.
pub fn verify_mu_in<P: ParameterSet>(
    key: &VerifyingKey<P>,
    mu: &Mu,
    signature: &Signature<P>,
    workspace: &mut VerifyWorkspace,
) -> Result<(), InvalidSignature> {
    with_best!(backend => hazmat::verify_mu_in(backend, key, mu, signature, workspace))
}
