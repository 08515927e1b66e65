//! Signing: hedged by the operating system's randomness, hedged by the caller's, deterministic; a message or its mu.

use crate::buffer::{Output, array, input};
use crate::result::{Outcome, modsig_mldsa_result};
use crate::storage::{self, modsig_mldsa_signing_key};
use mldsa::dynamic::AnySigningKey;
use mldsa::{Context, Mu, Rnd};

/// Signs a message (FIPS 204, algorithm 2), hedged with randomness of the operating system: what to use if in doubt.
///
/// The context names what signatures are for, at most MODSIG_MLDSA_MAX_CONTEXT_LEN bytes; it may be NULL with the length
/// 0, and so may the message. `signature_len` must be modsig_mldsa_signature_len of the key's set.
///
/// Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH, _ERR_CONTEXT, _ERR_EMPTY, _ERR_RANDOM. On an error nothing is
/// written.
///
/// # Safety
/// `key` points to a key that was filled, or whose bytes are all zero; the given lengths can be read at `message` and
/// `context`, and written at `signature`, which does not lie in `key`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_sign(
    key: *const modsig_mldsa_signing_key,
    message: *const u8,
    message_len: usize,
    context: *const u8,
    context_len: usize,
    signature: *mut u8,
    signature_len: usize,
) -> modsig_mldsa_result {
    // SAFETY: the caller's promises are the same.
    unsafe {
        let message = message_of(message, message_len, context, context_len);
        sign(key, message, system_rnd, signature, signature_len)
    }
}

/// As modsig_mldsa_sign, hedged with randomness of the caller's.
///
/// `rnd_len` must be MODSIG_MLDSA_RND_LEN. The bytes must be fresh for each signature, from a cryptographic generator.
///
/// # Safety
/// As for modsig_mldsa_sign; `rnd_len` bytes can be read at `rnd`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_sign_with_rnd(
    key: *const modsig_mldsa_signing_key,
    message: *const u8,
    message_len: usize,
    context: *const u8,
    context_len: usize,
    rnd: *const u8,
    rnd_len: usize,
    signature: *mut u8,
    signature_len: usize,
) -> modsig_mldsa_result {
    // SAFETY: the caller's promises are the same.
    unsafe {
        let message = message_of(message, message_len, context, context_len);
        sign(key, message, || callers_rnd(rnd, rnd_len), signature, signature_len)
    }
}

/// As modsig_mldsa_sign, deterministic: the same key and message give the same signature. Whoever can disturb the
/// computation may learn the key from two of them.
///
/// # Safety
/// As for modsig_mldsa_sign.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_sign_deterministic(
    key: *const modsig_mldsa_signing_key,
    message: *const u8,
    message_len: usize,
    context: *const u8,
    context_len: usize,
    signature: *mut u8,
    signature_len: usize,
) -> modsig_mldsa_result {
    // SAFETY: the caller's promises are the same.
    unsafe {
        let message = message_of(message, message_len, context, context_len);
        sign(key, message, || Ok(Rnd::DETERMINISTIC), signature, signature_len)
    }
}

/// Signs a message representative (FIPS 204, algorithm 7 from line 7 on) that modsig_mldsa_mu_finish,
/// modsig_mldsa_mu_of_digest or somebody else has computed; hedged with randomness of the operating system.
///
/// `mu_len` must be MODSIG_MLDSA_MU_LEN. Else as modsig_mldsa_sign. The signature is that of the message.
///
/// # Safety
/// As for modsig_mldsa_sign; `mu_len` bytes can be read at `mu`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_sign_mu(
    key: *const modsig_mldsa_signing_key,
    mu: *const u8,
    mu_len: usize,
    signature: *mut u8,
    signature_len: usize,
) -> modsig_mldsa_result {
    // SAFETY: the caller's promises are the same.
    unsafe { sign(key, |_| mu_of(mu, mu_len), system_rnd, signature, signature_len) }
}

/// As modsig_mldsa_sign_mu, hedged with randomness of the caller's, as in modsig_mldsa_sign_with_rnd.
///
/// # Safety
/// As for modsig_mldsa_sign_mu; `rnd_len` bytes can be read at `rnd`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_sign_mu_with_rnd(
    key: *const modsig_mldsa_signing_key,
    mu: *const u8,
    mu_len: usize,
    rnd: *const u8,
    rnd_len: usize,
    signature: *mut u8,
    signature_len: usize,
) -> modsig_mldsa_result {
    // SAFETY: the caller's promises are the same.
    unsafe { sign(key, |_| mu_of(mu, mu_len), || callers_rnd(rnd, rnd_len), signature, signature_len) }
}

/// As modsig_mldsa_sign_mu, deterministic, as in modsig_mldsa_sign_deterministic.
///
/// # Safety
/// As for modsig_mldsa_sign_mu.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_sign_mu_deterministic(
    key: *const modsig_mldsa_signing_key,
    mu: *const u8,
    mu_len: usize,
    signature: *mut u8,
    signature_len: usize,
) -> modsig_mldsa_result {
    // SAFETY: the caller's promises are the same.
    unsafe { sign(key, |_| mu_of(mu, mu_len), || Ok(Rnd::DETERMINISTIC), signature, signature_len) }
}

/// The one road of all signatures. Everything is checked before randomness is drawn.
///
/// # Safety
/// As for [`modsig_mldsa_sign`].
unsafe fn sign(
    key: *const modsig_mldsa_signing_key,
    mu: impl FnOnce(&AnySigningKey) -> Result<Mu, modsig_mldsa_result>,
    rnd: impl FnOnce() -> Result<Rnd, modsig_mldsa_result>,
    signature: *mut u8,
    signature_len: usize,
) -> modsig_mldsa_result {
    let sign = || -> Outcome {
        // SAFETY: the caller's promise is the same.
        let key = unsafe { storage::value(key) }?;
        // SAFETY: the caller's promise is the same.
        let output = unsafe { Output::new(signature, signature_len, key.parameters().signature_len()) }?;
        let mu = mu(key)?;
        output.write(key.sign_mu(&mu, &rnd()?).as_bytes());
        Ok(())
    };
    sign().into()
}

/// How to get mu of a message.
///
/// # Safety
/// As for [`modsig_mldsa_sign`], as long as the closure is used.
unsafe fn message_of(
    message: *const u8,
    message_len: usize,
    context: *const u8,
    context_len: usize,
) -> impl FnOnce(&AnySigningKey) -> Result<Mu, modsig_mldsa_result> {
    move |key| {
        // SAFETY: the caller's promise is the same.
        let (message, context) = unsafe { (input(message, message_len)?, input(context, context_len)?) };
        Ok(Mu::of_message(key.tr(), Context::new(context)?, message))
    }
}

/// A mu that a caller gives.
///
/// # Safety
/// As for [`input`].
pub(crate) unsafe fn mu_of(mu: *const u8, mu_len: usize) -> Result<Mu, modsig_mldsa_result> {
    // SAFETY: the caller's promise is the same.
    unsafe { array(mu, mu_len) }.map(|mu| Mu::from_bytes(*mu))
}

/// Randomness that a caller gives.
///
/// # Safety
/// As for [`input`].
unsafe fn callers_rnd(rnd: *const u8, rnd_len: usize) -> Result<Rnd, modsig_mldsa_result> {
    // SAFETY: the caller's promise is the same.
    unsafe { array(rnd, rnd_len) }.map(|rnd| Rnd::from_bytes(*rnd))
}

fn system_rnd() -> Result<Rnd, modsig_mldsa_result> {
    let mut rnd = [0; 32];
    random(&mut rnd)?;
    Ok(Rnd::from_bytes(rnd))
}

/// Randomness of the operating system.
pub(crate) fn random(bytes: &mut [u8; 32]) -> Outcome {
    #[cfg(feature = "getrandom")]
    let filled = getrandom::fill(bytes).map_err(|_| modsig_mldsa_result::MODSIG_MLDSA_ERR_RANDOM);
    #[cfg(not(feature = "getrandom"))]
    let filled = {
        let _ = bytes;
        Err(modsig_mldsa_result::MODSIG_MLDSA_ERR_RANDOM)
    };
    filled
}
