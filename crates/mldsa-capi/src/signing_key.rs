//! Private keys: made, read, written, wiped.

use crate::buffer::{Output, array, input};
use crate::result::Outcome;
use crate::result::modsig_mldsa_result::{self, MODSIG_MLDSA_ERR_NO_SEED};
use crate::sizes::{MODSIG_MLDSA_SEED_LEN, number, parameters};
use crate::storage::{self, modsig_mldsa_signing_key};
use mldsa::Seed;
use mldsa::dynamic::AnySigningKey;

/// Makes a key pair from randomness of the operating system (FIPS 204, algorithm 1).
///
/// Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_SET, _ERR_RANDOM. On an error the key holds nothing.
///
/// # Safety
/// `key` points to memory for a modsig_mldsa_signing_key, initialised or not, that nobody else uses.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_generate(
    key: *mut modsig_mldsa_signing_key,
    set: u32,
) -> modsig_mldsa_result {
    let make = || {
        let set = parameters(set)?;
        let mut seed = [0; MODSIG_MLDSA_SEED_LEN];
        let filled = crate::sign::random(&mut seed);
        let key = filled.map(|()| AnySigningKey::from_seed(set, &Seed::from_bytes(seed)));
        zeroize::Zeroize::zeroize(&mut seed);
        key
    };
    // SAFETY: the caller's promise is the same.
    unsafe { storage::fill(key, make) }.into()
}

/// Makes the key pair of a seed (FIPS 204, algorithm 6). The same seed gives the same pair.
///
/// `seed_len` must be MODSIG_MLDSA_SEED_LEN. Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH, _ERR_SET. On an error
/// the key holds nothing.
///
/// # Safety
/// `key` as for modsig_mldsa_signing_key_generate; `seed_len` bytes can be read at `seed`, which do not lie in `key`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_from_seed(
    key: *mut modsig_mldsa_signing_key,
    set: u32,
    seed: *const u8,
    seed_len: usize,
) -> modsig_mldsa_result {
    let make = || {
        let set = parameters(set)?;
        // SAFETY: the caller's promise is the same.
        let seed = unsafe { array(seed, seed_len) }?;
        Ok(AnySigningKey::from_seed(set, &Seed::from_bytes(*seed)))
    };
    // SAFETY: the caller's promise is the same; the seed does not lie in the key.
    unsafe { storage::fill(key, make) }.into()
}

/// Reads an expanded private key (FIPS 204, algorithm 25). Its public key is computed from it, and everything in it
/// that can be checked is (FIPS 204, section 3.6.1): s1 and s2 in range, t0 and tr as they follow from the rest.
///
/// `expanded_len` must be modsig_mldsa_expanded_key_len(set). Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH,
/// _ERR_SET, _ERR_MALFORMED_KEY. On an error the key holds nothing.
///
/// # Safety
/// `key` as for modsig_mldsa_signing_key_generate; `expanded_len` bytes can be read at `expanded`, which do not lie in
/// `key`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_from_expanded(
    key: *mut modsig_mldsa_signing_key,
    set: u32,
    expanded: *const u8,
    expanded_len: usize,
) -> modsig_mldsa_result {
    let make = || {
        let set = parameters(set)?;
        // SAFETY: the caller's promise is the same.
        let expanded = unsafe { input(expanded, expanded_len) }?;
        Ok(AnySigningKey::from_expanded(set, expanded)?)
    };
    // SAFETY: the caller's promise is the same; the expanded key does not lie in the key.
    unsafe { storage::fill(key, make) }.into()
}

/// The set of a key; 0 if it holds nothing, or is NULL or not aligned.
///
/// # Safety
/// `key` points to a key that was filled, or whose bytes are all zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_set(key: *const modsig_mldsa_signing_key) -> u32 {
    // SAFETY: the caller's promise is the same.
    unsafe { storage::value(key) }.map_or(0, |key| number(key.parameters()))
}

/// Writes the seed: a secret.
///
/// `seed_len` must be MODSIG_MLDSA_SEED_LEN. Answers MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH, _ERR_EMPTY, and
/// _ERR_NO_SEED for a key that was read in the expanded form.
///
/// # Safety
/// `key` as for modsig_mldsa_signing_key_set; `seed_len` bytes can be written at `seed`, which do not lie in `key`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_seed(
    key: *const modsig_mldsa_signing_key,
    seed: *mut u8,
    seed_len: usize,
) -> modsig_mldsa_result {
    let get = || -> Outcome {
        // SAFETY: the caller's promise is the same.
        let (key, output) =
            unsafe { (storage::value(key)?, Output::new(seed, seed_len, MODSIG_MLDSA_SEED_LEN)?) };
        output.write(key.seed().ok_or(MODSIG_MLDSA_ERR_NO_SEED)?.as_bytes());
        Ok(())
    };
    get().into()
}

/// Writes the expanded private key (FIPS 204, algorithm 24): a secret.
///
/// `expanded_len` must be modsig_mldsa_expanded_key_len of the key's set. Answers MODSIG_MLDSA_OK, _ERR_POINTER,
/// _ERR_LENGTH, _ERR_EMPTY.
///
/// # Safety
/// `key` as for modsig_mldsa_signing_key_set; `expanded_len` bytes can be written at `expanded`, which do not lie in
/// `key`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_expanded(
    key: *const modsig_mldsa_signing_key,
    expanded: *mut u8,
    expanded_len: usize,
) -> modsig_mldsa_result {
    let get = || -> Outcome {
        // SAFETY: the caller's promise is the same.
        let key = unsafe { storage::value(key) }?;
        // SAFETY: the caller's promise is the same.
        unsafe { Output::new(expanded, expanded_len, key.parameters().expanded_key_len()) }?
            .write(key.as_expanded_bytes());
        Ok(())
    };
    get().into()
}

/// Writes the public key (FIPS 204, algorithm 22).
///
/// `public_key_len` must be modsig_mldsa_public_key_len of the key's set. Answers MODSIG_MLDSA_OK, _ERR_POINTER,
/// _ERR_LENGTH, _ERR_EMPTY.
///
/// # Safety
/// `key` as for modsig_mldsa_signing_key_set; `public_key_len` bytes can be written at `public_key`, which do not lie in
/// `key`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_public(
    key: *const modsig_mldsa_signing_key,
    public_key: *mut u8,
    public_key_len: usize,
) -> modsig_mldsa_result {
    let get = || -> Outcome {
        // SAFETY: the caller's promise is the same.
        let key = unsafe { storage::value(key) }?;
        // SAFETY: the caller's promise is the same.
        unsafe { Output::new(public_key, public_key_len, key.parameters().verifying_key_len()) }?
            .write(key.verifying_key().as_bytes());
        Ok(())
    };
    get().into()
}

/// Wipes a key, which then holds nothing. To be called for each that was filled, also of those that were copied as
/// bytes; calling it twice does no harm. Does nothing with NULL, or with a pointer that is not aligned.
///
/// # Safety
/// `key` as for modsig_mldsa_signing_key_generate.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_wipe(key: *mut modsig_mldsa_signing_key) {
    // SAFETY: the caller's promise is the same.
    let _no_key = unsafe { storage::wipe(key) };
}
