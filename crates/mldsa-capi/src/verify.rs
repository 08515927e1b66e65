//! Verifying. Everything here is public, and takes the time that it takes.

use crate::buffer::input;
use crate::result::{Outcome, modsig_mldsa_result};
use crate::sign::mu_of;
use crate::sizes::parameters;
use mldsa::Context;
use mldsa::dynamic::AnyVerifyingKey;

/// Verifies the signature of a message (FIPS 204, algorithm 3).
///
/// `public_key_len` must be modsig_mldsa_public_key_len(set). The context is that of the signer; it may be NULL with the
/// length 0, and so may the message. A signature of another length than modsig_mldsa_signature_len(set) is invalid.
///
/// Answers MODSIG_MLDSA_OK (0) if the signature is good and for nothing else; MODSIG_MLDSA_INVALID_SIGNATURE;
/// _ERR_POINTER, _ERR_LENGTH, _ERR_SET, _ERR_CONTEXT if nothing was verified.
///
/// # Safety
/// The given lengths can be read at `public_key`, `message`, `context` and `signature`.
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
        // SAFETY: the caller's promises are the same.
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

/// Verifies the signature of a message representative (FIPS 204, algorithm 8 from line 8 on), which
/// modsig_mldsa_mu_finish, modsig_mldsa_mu_of_digest or somebody else has computed.
///
/// `mu_len` must be MODSIG_MLDSA_MU_LEN. Else as modsig_mldsa_verify.
///
/// # Safety
/// The given lengths can be read at `public_key`, `mu` and `signature`.
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
        // SAFETY: the caller's promises are the same.
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

/// A public key that a caller gives.
///
/// # Safety
/// As for [`input`].
pub(crate) unsafe fn public_key_of(
    set: u32,
    public_key: *const u8,
    public_key_len: usize,
) -> Result<AnyVerifyingKey, modsig_mldsa_result> {
    let set = parameters(set)?;
    // SAFETY: the caller's promise is the same.
    let bytes = unsafe { input(public_key, public_key_len) }?;
    Ok(AnyVerifyingKey::from_bytes(set, bytes)?)
}
