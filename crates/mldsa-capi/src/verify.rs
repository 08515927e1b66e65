//! Verification. All inputs are public, so the time may depend on them.

use crate::buffer::input;
use crate::result::{Outcome, modsig_mldsa_result};
use crate::sign::mu_of;
use crate::sizes::parameters;
use mldsa::Context;
use mldsa::dynamic::AnyVerifyingKey;

/// Verifies the signature of a message (FIPS 204, algorithm 3).
///
/// `public_key_len` must be modsig_mldsa_public_key_len(set). The context must be that of the signer. Message and context
/// may be NULL with the length 0. A signature with another length than modsig_mldsa_signature_len(set) is invalid.
///
/// Returns MODSIG_MLDSA_OK (0) if and only if the signature is valid; MODSIG_MLDSA_INVALID_SIGNATURE if it is not; and
/// _ERR_POINTER, _ERR_LENGTH, _ERR_SET or _ERR_CONTEXT if nothing was verified.
///
/// Example: accept a message only if its signature is valid.
///
/// ```c
/// if (modsig_mldsa_verify(MODSIG_MLDSA_65, public_key, sizeof public_key, message, message_len, NULL, 0,
///                         signature, signature_len) != MODSIG_MLDSA_OK)
///     return -1;
/// ```
///
/// # Safety
/// * `public_key_len` bytes can be read at `public_key`.
/// * `message_len` bytes can be read at `message`. `message` may be NULL if `message_len` is 0.
/// * `context_len` bytes can be read at `context`. `context` may be NULL if `context_len` is 0.
/// * `signature_len` bytes can be read at `signature`. `signature` may be NULL if `signature_len` is 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_verify(
    set: u32,
    public_key: *const u8,
    public_key_len: usize,
    message: *const u8,
    message_len: usize,
    context: *const u8,
    context_len: usize,
    signature: *const u8,
    signature_len: usize,
) -> modsig_mldsa_result {
    let verify = || -> Outcome {
        // SAFETY: `public_key_len`, `message_len`, `context_len` and `signature_len` bytes can be read at their pointers
        // (# Safety).
        let (key, message, context, signature) = unsafe {
            (
                public_key_of(set, public_key, public_key_len)?,
                input(message, message_len)?,
                input(context, context_len)?,
                input(signature, signature_len)?,
            )
        };
        Ok(key.verify(message, Context::new(context)?, signature)?)
    };
    verify().into()
}

/// Verifies the signature of a message representative (FIPS 204, algorithm 8 from line 8 on) from modsig_mldsa_mu_finish,
/// modsig_mldsa_mu_of_digest or another implementation.
///
/// `mu_len` must be MODSIG_MLDSA_MU_LEN. Lengths and results are otherwise those of modsig_mldsa_verify.
///
/// # Safety
/// * `public_key_len` bytes can be read at `public_key`.
/// * `mu_len` bytes can be read at `mu`.
/// * `signature_len` bytes can be read at `signature`. `signature` may be NULL if `signature_len` is 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_verify_mu(
    set: u32,
    public_key: *const u8,
    public_key_len: usize,
    mu: *const u8,
    mu_len: usize,
    signature: *const u8,
    signature_len: usize,
) -> modsig_mldsa_result {
    let verify = || -> Outcome {
        // SAFETY: `public_key_len`, `mu_len` and `signature_len` bytes can be read at their pointers (# Safety).
        let (key, mu, signature) = unsafe {
            (
                public_key_of(set, public_key, public_key_len)?,
                mu_of(mu, mu_len)?,
                input(signature, signature_len)?,
            )
        };
        Ok(key.verify_mu(&mu, signature)?)
    };
    verify().into()
}

/// Reads a public key from the caller's memory.
///
/// # Safety
/// `public_key_len` bytes can be read at `public_key`.
pub(crate) unsafe fn public_key_of(
    set: u32,
    public_key: *const u8,
    public_key_len: usize,
) -> Result<AnyVerifyingKey, modsig_mldsa_result> {
    let set = parameters(set)?;
    // SAFETY: `public_key_len` bytes can be read at `public_key` (# Safety).
    let bytes = unsafe { input(public_key, public_key_len) }?;
    Ok(AnyVerifyingKey::from_bytes(set, bytes)?)
}
