//! The message representative mu: of a streamed message, or of a digest (HashML-DSA).

use crate::buffer::{Output, input};
use crate::result::Outcome;
use crate::result::modsig_mldsa_result::{self, MODSIG_MLDSA_ERR_HASH};
use crate::sizes::MODSIG_MLDSA_MU_LEN;
use crate::storage::{self, modsig_mldsa_mu_state};
use crate::verify::public_key_of;
use mldsa::{Context, Mu, prehash};

/// SHA-256. The number of a hash function is the last arc x of its object identifier 2.16.840.1.101.3.4.2.x.
pub const MODSIG_MLDSA_HASH_SHA256: u32 = 1;
/// SHA-384.
pub const MODSIG_MLDSA_HASH_SHA384: u32 = 2;
/// SHA-512.
pub const MODSIG_MLDSA_HASH_SHA512: u32 = 3;
/// SHA-224.
pub const MODSIG_MLDSA_HASH_SHA224: u32 = 4;
/// SHA-512/224.
pub const MODSIG_MLDSA_HASH_SHA512_224: u32 = 5;
/// SHA-512/256.
pub const MODSIG_MLDSA_HASH_SHA512_256: u32 = 6;
/// SHA3-224.
pub const MODSIG_MLDSA_HASH_SHA3_224: u32 = 7;
/// SHA3-256.
pub const MODSIG_MLDSA_HASH_SHA3_256: u32 = 8;
/// SHA3-384.
pub const MODSIG_MLDSA_HASH_SHA3_384: u32 = 9;
/// SHA3-512.
pub const MODSIG_MLDSA_HASH_SHA3_512: u32 = 10;
/// SHAKE128 with 32 bytes of output.
pub const MODSIG_MLDSA_HASH_SHAKE128: u32 = 11;
/// SHAKE256 with 64 bytes of output.
pub const MODSIG_MLDSA_HASH_SHAKE256: u32 = 12;

/// Starts to compute mu of a message that arrives in pieces, for signing or verifying under `public_key`.
///
/// `public_key_len` must be modsig_mldsa_public_key_len(set). The context has the meaning that it has in modsig_mldsa_sign.
/// Returns MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH, _ERR_SET or _ERR_CONTEXT. After an error the state is empty.
///
/// Example: compute mu of a message in two pieces.
///
/// ```c
/// modsig_mldsa_mu_state state;
/// uint8_t mu[MODSIG_MLDSA_MU_LEN];
///
/// if (modsig_mldsa_mu_init(&state, MODSIG_MLDSA_65, public_key, sizeof public_key, NULL, 0) != MODSIG_MLDSA_OK ||
///     modsig_mldsa_mu_update(&state, first, first_len) != MODSIG_MLDSA_OK ||
///     modsig_mldsa_mu_update(&state, second, second_len) != MODSIG_MLDSA_OK ||
///     modsig_mldsa_mu_finish(&state, mu, sizeof mu) != MODSIG_MLDSA_OK)
///     return -1;
/// ```
///
/// # Safety
/// * `state` points to memory of the size of a modsig_mldsa_mu_state, initialised or not, that no other code uses during
///   the call.
/// * `public_key_len` bytes can be read at `public_key`, and do not overlap `state`.
/// * `context_len` bytes can be read at `context`, and do not overlap `state`. `context` may be NULL if `context_len` is 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_mu_init(
    state: *mut modsig_mldsa_mu_state,
    set: u32,
    public_key: *const u8,
    public_key_len: usize,
    context: *const u8,
    context_len: usize,
) -> modsig_mldsa_result {
    let make = || {
        // SAFETY: `public_key_len` and `context_len` bytes can be read at their pointers (# Safety).
        let (key, context) =
            unsafe { (public_key_of(set, public_key, public_key_len)?, input(context, context_len)?) };
        Ok(key.mu_hasher(Context::new(context)?))
    };
    // SAFETY: `state` points to memory of its type that no other code uses, and no input overlaps it (# Safety).
    unsafe { storage::fill(state, make) }.into()
}

/// Absorbs the next bytes of the message. The number of bytes may be 0.
///
/// Returns MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH or _ERR_EMPTY. After an error the state is unchanged.
///
/// # Safety
/// * `state` points to a state that was filled, or whose bytes are all zero, and that no other code uses during the call.
/// * `data_len` bytes can be read at `data`, and do not overlap `state`. `data` may be NULL if `data_len` is 0.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_mu_update(
    state: *mut modsig_mldsa_mu_state,
    data: *const u8,
    data_len: usize,
) -> modsig_mldsa_result {
    let update = || -> Outcome {
        // SAFETY: `state` was filled or is all zero, no other code uses it, and `data_len` bytes outside of it can be read
        // at `data` (# Safety).
        let (state, data) = unsafe { (storage::value_mut(state)?, input(data, data_len)?) };
        state.update(data);
        Ok(())
    };
    update().into()
}

/// Ends the message and writes mu. The state is empty afterwards.
///
/// `mu_len` must be MODSIG_MLDSA_MU_LEN. Returns MODSIG_MLDSA_OK, _ERR_POINTER, _ERR_LENGTH or _ERR_EMPTY. After an error
/// the state is unchanged.
///
/// # Safety
/// * `state` points to a state that was filled, or whose bytes are all zero, and that no other code uses during the call.
/// * `mu_len` bytes can be written at `mu`, and do not overlap `state`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_mu_finish(
    state: *mut modsig_mldsa_mu_state,
    mu: *mut u8,
    mu_len: usize,
) -> modsig_mldsa_result {
    let finish = || -> Outcome {
        // SAFETY: `state` was filled or is all zero, no other code uses it, and `mu_len` bytes can be written at `mu`
        // (# Safety).
        let (hasher, output) =
            unsafe { (storage::value(state)?, Output::new(mu, mu_len, MODSIG_MLDSA_MU_LEN)?) };
        output.write(hasher.clone().finalize().as_bytes());
        // SAFETY: no other code uses `state` (# Safety), and `hasher`, which borrows from it, is not used again.
        unsafe { storage::wipe(state) }
    };
    finish().into()
}

/// Computes mu of a digest. With modsig_mldsa_sign_mu and modsig_mldsa_verify_mu this is HashML-DSA (FIPS 204, algorithms 4
/// and 5). `digest` is the digest of the message under the hash function `hash`, one of MODSIG_MLDSA_HASH_....
///
/// HashML-DSA and ML-DSA signatures of the same message differ. To stream a message, use modsig_mldsa_mu_init instead.
///
/// `digest_len` must be that of the hash function, `public_key_len` modsig_mldsa_public_key_len(set), and `mu_len`
/// MODSIG_MLDSA_MU_LEN. The context has the meaning that it has in modsig_mldsa_sign. Returns MODSIG_MLDSA_OK,
/// _ERR_POINTER, _ERR_LENGTH, _ERR_SET, _ERR_CONTEXT or _ERR_HASH.
///
/// # Safety
/// * `public_key_len` bytes can be read at `public_key`.
/// * `context_len` bytes can be read at `context`. `context` may be NULL if `context_len` is 0.
/// * `digest_len` bytes can be read at `digest`.
/// * `mu_len` bytes can be written at `mu`.
#[must_use]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn modsig_mldsa_mu_of_digest(
    set: u32,
    public_key: *const u8,
    public_key_len: usize,
    context: *const u8,
    context_len: usize,
    hash: u32,
    digest: *const u8,
    digest_len: usize,
    mu: *mut u8,
    mu_len: usize,
) -> modsig_mldsa_result {
    let compute = || -> Outcome {
        // SAFETY: `public_key_len`, `context_len` and `digest_len` bytes can be read at their pointers, and `mu_len` bytes can
        // be written at `mu` (# Safety).
        let (key, context, digest, output) = unsafe {
            (
                public_key_of(set, public_key, public_key_len)?,
                input(context, context_len)?,
                input(digest, digest_len)?,
                Output::new(mu, mu_len, MODSIG_MLDSA_MU_LEN)?,
            )
        };
        output.write(of_digest(&key.tr(), Context::new(context)?, hash, digest)?.as_bytes());
        Ok(())
    };
    compute().into()
}

/// [`Mu::of_digest`] with the hash function that has this number.
fn of_digest(
    tr: &[u8; 64],
    context: Context<'_>,
    hash: u32,
    digest: &[u8],
) -> Result<Mu, modsig_mldsa_result> {
    Ok(match hash {
        MODSIG_MLDSA_HASH_SHA256 => Mu::of_digest::<prehash::Sha256>(tr, context, digest),
        MODSIG_MLDSA_HASH_SHA384 => Mu::of_digest::<prehash::Sha384>(tr, context, digest),
        MODSIG_MLDSA_HASH_SHA512 => Mu::of_digest::<prehash::Sha512>(tr, context, digest),
        MODSIG_MLDSA_HASH_SHA224 => Mu::of_digest::<prehash::Sha224>(tr, context, digest),
        MODSIG_MLDSA_HASH_SHA512_224 => Mu::of_digest::<prehash::Sha512_224>(tr, context, digest),
        MODSIG_MLDSA_HASH_SHA512_256 => Mu::of_digest::<prehash::Sha512_256>(tr, context, digest),
        MODSIG_MLDSA_HASH_SHA3_224 => Mu::of_digest::<prehash::Sha3_224>(tr, context, digest),
        MODSIG_MLDSA_HASH_SHA3_256 => Mu::of_digest::<prehash::Sha3_256>(tr, context, digest),
        MODSIG_MLDSA_HASH_SHA3_384 => Mu::of_digest::<prehash::Sha3_384>(tr, context, digest),
        MODSIG_MLDSA_HASH_SHA3_512 => Mu::of_digest::<prehash::Sha3_512>(tr, context, digest),
        MODSIG_MLDSA_HASH_SHAKE128 => Mu::of_digest::<prehash::Shake128>(tr, context, digest),
        MODSIG_MLDSA_HASH_SHAKE256 => Mu::of_digest::<prehash::Shake256>(tr, context, digest),
        _ => return Err(MODSIG_MLDSA_ERR_HASH),
    }?)
}
