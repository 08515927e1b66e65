//! Signing a message or its mu: hedged with randomness of the operating system or of the caller, or deterministic.

use crate::buffer::{Output, array, input};
use crate::result::{Outcome, modsig_mldsa_result};
use crate::storage::{self, modsig_mldsa_signing_key};
use mldsa::dynamic::AnySigningKey;
use mldsa::{Context, Mu, Rnd};

/// Signs a message (FIPS 204, algorithm 2), hedged with randomness of the operating system. If in doubt, use this
/// function.
///
/// The context names the purpose of the signature, in at most MODSIG_MLDSA_MAX_CONTEXT_LEN bytes. Message and context may
/// be NULL with the length 0. `signature_len` must be modsig_mldsa_signature_len of the key's set.
///
/// Returns MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH, _ERR_CONTEXT, _ERR_EMPTY or _ERR_RANDOM. After an error nothing is
/// written.
///
/// Example: sign a message without a context.
///
/// ```c
/// uint8_t signature[MODSIG_MLDSA_65_SIGNATURE_LEN];
///
/// if (modsig_mldsa_sign(&key, message, message_len, NULL, 0, signature, sizeof signature) != MODSIG_MLDSA_OK)
///     return -1;
/// ```
///
/// # Safety
/// * `key` points to a key that was filled, or whose bytes are all zero. No other thread fills or wipes it during the call.
/// * `message_len` bytes can be read at `message`. `message` may be NULL if `message_len` is 0.
/// * `context_len` bytes can be read at `context`. `context` may be NULL if `context_len` is 0.
/// * `signature_len` bytes can be written at `signature`, and do not overlap `key`.
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
    // SAFETY: `key`, the inputs and `signature` fulfil the conditions of the functions called here (# Safety).
    unsafe {
        let message = message_of(message, message_len, context, context_len);
        sign(key, message, system_rnd, signature, signature_len)
    }
}

/// Signs a message like modsig_mldsa_sign, hedged with randomness of the caller.
///
/// `rnd_len` must be MODSIG_MLDSA_RND_LEN. The bytes must be fresh for each signature, from a cryptographic generator.
/// Returns the same results as modsig_mldsa_sign, except _ERR_RANDOM.
///
/// # Safety
/// * `key` points to a key that was filled, or whose bytes are all zero. No other thread fills or wipes it during the call.
/// * `message_len` bytes can be read at `message`. `message` may be NULL if `message_len` is 0.
/// * `context_len` bytes can be read at `context`. `context` may be NULL if `context_len` is 0.
/// * `rnd_len` bytes can be read at `rnd`.
/// * `signature_len` bytes can be written at `signature`, and do not overlap `key`.
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
    // SAFETY: `key`, the inputs and `signature` fulfil the conditions of the functions called here (# Safety).
    unsafe {
        let message = message_of(message, message_len, context, context_len);
        sign(key, message, || given_rnd(rnd, rnd_len), signature, signature_len)
    }
}

/// Signs a message like modsig_mldsa_sign, deterministically: the same key and message give the same signature. An attacker
/// who can disturb the computation may learn the key from two such signatures.
///
/// Returns the same results as modsig_mldsa_sign, except _ERR_RANDOM.
///
/// # Safety
/// * `key` points to a key that was filled, or whose bytes are all zero. No other thread fills or wipes it during the call.
/// * `message_len` bytes can be read at `message`. `message` may be NULL if `message_len` is 0.
/// * `context_len` bytes can be read at `context`. `context` may be NULL if `context_len` is 0.
/// * `signature_len` bytes can be written at `signature`, and do not overlap `key`.
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
    // SAFETY: `key`, the inputs and `signature` fulfil the conditions of the functions called here (# Safety).
    unsafe {
        let message = message_of(message, message_len, context, context_len);
        sign(key, message, || Ok(Rnd::DETERMINISTIC), signature, signature_len)
    }
}

/// Signs a message representative (FIPS 204, algorithm 7 from line 7 on) from modsig_mldsa_mu_finish,
/// modsig_mldsa_mu_of_digest or another implementation, hedged with randomness of the operating system.
///
/// `mu_len` must be MODSIG_MLDSA_MU_LEN. The result is the signature of the message. Returns the same results as
/// modsig_mldsa_sign, except _ERR_CONTEXT.
///
/// # Safety
/// * `key` points to a key that was filled, or whose bytes are all zero. No other thread fills or wipes it during the call.
/// * `mu_len` bytes can be read at `mu`.
/// * `signature_len` bytes can be written at `signature`, and do not overlap `key`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_sign_mu(
    key: *const modsig_mldsa_signing_key,
    mu: *const u8,
    mu_len: usize,
    signature: *mut u8,
    signature_len: usize,
) -> modsig_mldsa_result {
    // SAFETY: `key`, the inputs and `signature` fulfil the conditions of the functions called here (# Safety).
    unsafe { sign(key, |_| mu_of(mu, mu_len), system_rnd, signature, signature_len) }
}

/// Signs a message representative like modsig_mldsa_sign_mu, hedged with randomness of the caller like
/// modsig_mldsa_sign_with_rnd.
///
/// # Safety
/// * `key` points to a key that was filled, or whose bytes are all zero. No other thread fills or wipes it during the call.
/// * `mu_len` bytes can be read at `mu`.
/// * `rnd_len` bytes can be read at `rnd`.
/// * `signature_len` bytes can be written at `signature`, and do not overlap `key`.
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
    // SAFETY: `key`, the inputs and `signature` fulfil the conditions of the functions called here (# Safety).
    unsafe { sign(key, |_| mu_of(mu, mu_len), || given_rnd(rnd, rnd_len), signature, signature_len) }
}

/// Signs a message representative like modsig_mldsa_sign_mu, deterministically like modsig_mldsa_sign_deterministic.
///
/// # Safety
/// * `key` points to a key that was filled, or whose bytes are all zero. No other thread fills or wipes it during the call.
/// * `mu_len` bytes can be read at `mu`.
/// * `signature_len` bytes can be written at `signature`, and do not overlap `key`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_sign_mu_deterministic(
    key: *const modsig_mldsa_signing_key,
    mu: *const u8,
    mu_len: usize,
    signature: *mut u8,
    signature_len: usize,
) -> modsig_mldsa_result {
    // SAFETY: `key`, the inputs and `signature` fulfil the conditions of the functions called here (# Safety).
    unsafe { sign(key, |_| mu_of(mu, mu_len), || Ok(Rnd::DETERMINISTIC), signature, signature_len) }
}

/// The implementation of all signing functions. Checks every argument before it draws randomness.
///
/// # Safety
/// * `key` was filled or is all zero, and nothing writes to it during the call.
/// * `signature_len` bytes can be written at `signature`, and do not overlap `key`.
unsafe fn sign(
    key: *const modsig_mldsa_signing_key,
    mu: impl FnOnce(&AnySigningKey) -> Result<Mu, modsig_mldsa_result>,
    rnd: impl FnOnce() -> Result<Rnd, modsig_mldsa_result>,
    signature: *mut u8,
    signature_len: usize,
) -> modsig_mldsa_result {
    let sign = || -> Outcome {
        // SAFETY: `key` was filled or is all zero, and nothing writes to it during the call (# Safety).
        let key = unsafe { storage::value(key) }?;
        // SAFETY: `signature_len` bytes can be written at `signature` (# Safety).
        let output = unsafe { Output::new(signature, signature_len, key.parameters().signature_len()) }?;
        let mu = mu(key)?;
        output.write(key.sign_mu(&mu, &rnd()?).as_bytes());
        Ok(())
    };
    sign().into()
}

/// Returns a closure that computes mu of a message.
///
/// # Safety
/// While the closure is in use, `message_len` and `context_len` bytes can be read at `message` and `context`.
unsafe fn message_of(
    message: *const u8,
    message_len: usize,
    context: *const u8,
    context_len: usize,
) -> impl FnOnce(&AnySigningKey) -> Result<Mu, modsig_mldsa_result> {
    move |key| {
        // SAFETY: `message_len` and `context_len` bytes can be read at `message` and `context` (# Safety).
        let (message, context) = unsafe { (input(message, message_len)?, input(context, context_len)?) };
        Ok(Mu::of_message(key.tr(), Context::new(context)?, message))
    }
}

/// Reads mu from the caller's memory.
///
/// # Safety
/// `mu_len` bytes can be read at `mu`.
pub(crate) unsafe fn mu_of(mu: *const u8, mu_len: usize) -> Result<Mu, modsig_mldsa_result> {
    // SAFETY: `mu_len` bytes can be read at `mu` (# Safety).
    unsafe { array(mu, mu_len) }.map(|mu| Mu::from_bytes(*mu))
}

/// Reads rnd from the caller's memory.
///
/// # Safety
/// `rnd_len` bytes can be read at `rnd`.
unsafe fn given_rnd(rnd: *const u8, rnd_len: usize) -> Result<Rnd, modsig_mldsa_result> {
    // SAFETY: `rnd_len` bytes can be read at `rnd` (# Safety).
    unsafe { array(rnd, rnd_len) }.map(|rnd| Rnd::from_bytes(*rnd))
}

fn system_rnd() -> Result<Rnd, modsig_mldsa_result> {
    let mut rnd = [0; 32];
    random(&mut rnd)?;
    Ok(Rnd::from_bytes(rnd))
}

/// Fills `bytes` with randomness of the operating system.
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
