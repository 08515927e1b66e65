//! Private keys: create, read, write, wipe.

use crate::buffer::{Output, array, input};
use crate::result::Outcome;
use crate::result::modsig_mldsa_result::{self, MODSIG_MLDSA_ERR_NO_SEED};
use crate::sizes::{MODSIG_MLDSA_SEED_LEN, number, parameters};
use crate::storage::{self, modsig_mldsa_signing_key};
use mldsa::Seed;
use mldsa::dynamic::AnySigningKey;

/// Creates a key pair from randomness of the operating system (FIPS 204, algorithm 1).
///
/// Returns MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_SET or _ERR_RANDOM. After an error the key is empty.
///
/// Example: create a key, write its public key, wipe it.
///
/// ```c
/// modsig_mldsa_signing_key key;
/// uint8_t public_key[MODSIG_MLDSA_65_PUBLIC_KEY_LEN];
///
/// if (modsig_mldsa_signing_key_generate(&key, MODSIG_MLDSA_65) != MODSIG_MLDSA_OK)
///     return -1;
/// if (modsig_mldsa_signing_key_public(&key, public_key, sizeof public_key) != MODSIG_MLDSA_OK)
///     return -1;
/// modsig_mldsa_signing_key_wipe(&key);
/// ```
///
/// # Safety
/// * `key` points to memory of the size of a modsig_mldsa_signing_key, initialised or not, that no other code uses during
///   the call.
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
    // SAFETY: `key` points to memory of its type that no other code uses (# Safety); `make` does not use it.
    unsafe { storage::fill(key, make) }.into()
}

/// Creates the key pair of a seed (FIPS 204, algorithm 6). The same seed gives the same key pair.
///
/// `seed_len` must be MODSIG_MLDSA_SEED_LEN. Returns MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH or _ERR_SET. After an
/// error the key is empty.
///
/// # Safety
/// * `key` points to memory of the size of a modsig_mldsa_signing_key, initialised or not, that no other code uses during
///   the call.
/// * `seed_len` bytes can be read at `seed`, and do not overlap `key`.
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
        // SAFETY: `seed_len` bytes can be read at `seed` (# Safety).
        let seed = unsafe { array(seed, seed_len) }?;
        Ok(AnySigningKey::from_seed(set, &Seed::from_bytes(*seed)))
    };
    // SAFETY: `key` points to memory of its type that no other code uses, and `seed` does not overlap it (# Safety).
    unsafe { storage::fill(key, make) }.into()
}

/// Reads an expanded private key (FIPS 204, algorithm 25) and computes its public key. Checks everything that can be
/// checked (FIPS 204, section 3.6.1): s1 and s2 are in range, t0 and tr follow from the other parts.
///
/// `expanded_len` must be modsig_mldsa_expanded_key_len(set). Returns MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH,
/// _ERR_SET or _ERR_MALFORMED_KEY. After an error the key is empty.
///
/// # Safety
/// * `key` points to memory of the size of a modsig_mldsa_signing_key, initialised or not, that no other code uses during
///   the call.
/// * `expanded_len` bytes can be read at `expanded`, and do not overlap `key`.
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
        // SAFETY: `expanded_len` bytes can be read at `expanded` (# Safety).
        let expanded = unsafe { input(expanded, expanded_len) }?;
        Ok(AnySigningKey::from_expanded(set, expanded)?)
    };
    // SAFETY: `key` points to memory of its type that no other code uses, and `expanded` does not overlap it (# Safety).
    unsafe { storage::fill(key, make) }.into()
}

/// Returns the parameter set of a key; 0 if the key is empty, or if the pointer is NULL or misaligned.
///
/// # Safety
/// * `key` points to a key that was filled, or whose bytes are all zero. No other thread fills or wipes it during the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_set(key: *const modsig_mldsa_signing_key) -> u32 {
    // SAFETY: `key` was filled or is all zero, and nothing writes to it during the call (# Safety).
    unsafe { storage::value(key) }.map_or(0, |key| number(key.parameters()))
}

/// Writes the seed, which is secret.
///
/// `seed_len` must be MODSIG_MLDSA_SEED_LEN. Returns MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH or _ERR_EMPTY, and
/// _ERR_NO_SEED for a key that was read in the expanded form.
///
/// # Safety
/// * `key` points to a key that was filled, or whose bytes are all zero. No other thread fills or wipes it during the call.
/// * `seed_len` bytes can be written at `seed`, and do not overlap `key`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_seed(
    key: *const modsig_mldsa_signing_key,
    seed: *mut u8,
    seed_len: usize,
) -> modsig_mldsa_result {
    let get = || -> Outcome {
        // SAFETY: `key` was filled or is all zero, nothing writes to it during the call, and `seed_len` bytes can be written
        // at `seed` (# Safety).
        let (key, output) =
            unsafe { (storage::value(key)?, Output::new(seed, seed_len, MODSIG_MLDSA_SEED_LEN)?) };
        output.write(key.seed().ok_or(MODSIG_MLDSA_ERR_NO_SEED)?.as_bytes());
        Ok(())
    };
    get().into()
}

/// Writes the expanded private key (FIPS 204, algorithm 24), which is secret.
///
/// `expanded_len` must be modsig_mldsa_expanded_key_len of the key's set. Returns MODSIG_MLDSA_OK, _ERR_POINTER,
/// _ERR_LENGTH or _ERR_EMPTY.
///
/// # Safety
/// * `key` points to a key that was filled, or whose bytes are all zero. No other thread fills or wipes it during the call.
/// * `expanded_len` bytes can be written at `expanded`, and do not overlap `key`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_expanded(
    key: *const modsig_mldsa_signing_key,
    expanded: *mut u8,
    expanded_len: usize,
) -> modsig_mldsa_result {
    let get = || -> Outcome {
        // SAFETY: `key` was filled or is all zero, and nothing writes to it during the call (# Safety).
        let key = unsafe { storage::value(key) }?;
        // SAFETY: `expanded_len` bytes can be written at `expanded` (# Safety).
        unsafe { Output::new(expanded, expanded_len, key.parameters().expanded_key_len()) }?
            .write(key.as_expanded_bytes());
        Ok(())
    };
    get().into()
}

/// Writes the public key (FIPS 204, algorithm 22).
///
/// `public_key_len` must be modsig_mldsa_public_key_len of the key's set. Returns MODSIG_MLDSA_OK, _ERR_POINTER,
/// _ERR_LENGTH or _ERR_EMPTY.
///
/// # Safety
/// * `key` points to a key that was filled, or whose bytes are all zero. No other thread fills or wipes it during the call.
/// * `public_key_len` bytes can be written at `public_key`, and do not overlap `key`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_public(
    key: *const modsig_mldsa_signing_key,
    public_key: *mut u8,
    public_key_len: usize,
) -> modsig_mldsa_result {
    let get = || -> Outcome {
        // SAFETY: `key` was filled or is all zero, and nothing writes to it during the call (# Safety).
        let key = unsafe { storage::value(key) }?;
        // SAFETY: `public_key_len` bytes can be written at `public_key` (# Safety).
        unsafe { Output::new(public_key, public_key_len, key.parameters().verifying_key_len()) }?
            .write(key.verifying_key().as_bytes());
        Ok(())
    };
    get().into()
}

/// Wipes a key, which is empty afterwards. Call it for each key that was filled, and for each copy of its bytes. A second
/// call does no harm. Does nothing if the pointer is NULL or misaligned.
///
/// # Safety
/// * `key` points to memory of the size of a modsig_mldsa_signing_key, initialised or not, that no other code uses during
///   the call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_signing_key_wipe(key: *mut modsig_mldsa_signing_key) {
    // SAFETY: `key` points to memory of its type that no other code uses (# Safety).
    let _null_or_misaligned = unsafe { storage::wipe(key) };
}
