//! The results of functions.

use core::ffi::{CStr, c_char, c_int};

/// The result of a function. Zero means success; every other value means that nothing was done.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types)] // C's names, so that a search finds both
pub enum modsig_mldsa_result {
    /// Success. For verification: the signature is valid.
    MODSIG_MLDSA_OK = 0,
    /// The signature does not verify, or has the wrong length. No further reason is given.
    MODSIG_MLDSA_INVALID_SIGNATURE = 1,
    /// A pointer is NULL where bytes are needed, or the pointer to an object is misaligned.
    MODSIG_MLDSA_ERR_POINTER = 2,
    /// A length is not the required one, or exceeds half of the address space.
    MODSIG_MLDSA_ERR_LENGTH = 3,
    /// The set is not MODSIG_MLDSA_44, MODSIG_MLDSA_65 or MODSIG_MLDSA_87.
    MODSIG_MLDSA_ERR_SET = 4,
    /// The context is longer than MODSIG_MLDSA_MAX_CONTEXT_LEN.
    MODSIG_MLDSA_ERR_CONTEXT = 5,
    /// A part of the expanded private key is out of range, or its parts are inconsistent.
    MODSIG_MLDSA_ERR_MALFORMED_KEY = 6,
    /// The object is empty: it was never filled, was wiped, or filling it failed.
    MODSIG_MLDSA_ERR_EMPTY = 7,
    /// The key was not created from a seed, and the seed cannot be computed from the key.
    MODSIG_MLDSA_ERR_NO_SEED = 8,
    /// The operating system returned no randomness, or the library was built without this feature.
    MODSIG_MLDSA_ERR_RANDOM = 9,
    /// The hash function is not one of MODSIG_MLDSA_HASH_...
    MODSIG_MLDSA_ERR_HASH = 10,
}

use modsig_mldsa_result::*;

/// The results and their texts, for [`modsig_mldsa_result_text`].
const TEXTS: [(modsig_mldsa_result, &CStr); 11] = [
    (MODSIG_MLDSA_OK, c"success"),
    (MODSIG_MLDSA_INVALID_SIGNATURE, c"the signature does not verify"),
    (MODSIG_MLDSA_ERR_POINTER, c"a pointer is NULL or misaligned"),
    (MODSIG_MLDSA_ERR_LENGTH, c"a length is not the required one"),
    (MODSIG_MLDSA_ERR_SET, c"no such parameter set"),
    (MODSIG_MLDSA_ERR_CONTEXT, c"the context is longer than 255 bytes"),
    (MODSIG_MLDSA_ERR_MALFORMED_KEY, c"the parts of the expanded private key are inconsistent"),
    (MODSIG_MLDSA_ERR_EMPTY, c"the object is empty"),
    (MODSIG_MLDSA_ERR_NO_SEED, c"the key was not created from a seed"),
    (MODSIG_MLDSA_ERR_RANDOM, c"no randomness from the operating system"),
    (MODSIG_MLDSA_ERR_HASH, c"no such hash function"),
];

/// Returns a description of a result in English: a static, zero-terminated string. Never NULL, whatever the number.
///
/// Example: report why signing failed.
///
/// ```c
/// fprintf(stderr, "cannot sign: %s\n", modsig_mldsa_result_text(result));
/// ```
#[unsafe(no_mangle)]
pub extern "C" fn modsig_mldsa_result_text(result: c_int) -> *const c_char {
    let known = TEXTS.iter().find(|(known, _)| *known as c_int == result);
    known.map_or(c"no such result", |(_, text)| text).as_ptr()
}

/// Returns the version of the library, such as "0.1.0": a static, zero-terminated string.
#[unsafe(no_mangle)]
pub extern "C" fn modsig_mldsa_version() -> *const c_char {
    const VERSION: &CStr =
        match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
            Ok(version) => version,
            Err(_) => panic!("a version has no zero in it"), // at compile time
        };
    VERSION.as_ptr()
}

/// The result inside the functions, for use with `?`.
pub(crate) type Outcome = Result<(), modsig_mldsa_result>;

impl From<Outcome> for modsig_mldsa_result {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Ok(()) => MODSIG_MLDSA_OK,
            Err(result) => result,
        }
    }
}

impl From<mldsa::InvalidSignature> for modsig_mldsa_result {
    fn from(_: mldsa::InvalidSignature) -> Self {
        MODSIG_MLDSA_INVALID_SIGNATURE
    }
}

impl From<mldsa::ContextTooLong> for modsig_mldsa_result {
    fn from(_: mldsa::ContextTooLong) -> Self {
        MODSIG_MLDSA_ERR_CONTEXT
    }
}

impl From<mldsa::DigestLength> for modsig_mldsa_result {
    fn from(_: mldsa::DigestLength) -> Self {
        MODSIG_MLDSA_ERR_LENGTH
    }
}

impl From<mldsa::MalformedKey> for modsig_mldsa_result {
    fn from(error: mldsa::MalformedKey) -> Self {
        match error {
            mldsa::MalformedKey::Length { .. } => MODSIG_MLDSA_ERR_LENGTH,
            _ => MODSIG_MLDSA_ERR_MALFORMED_KEY,
        }
    }
}
