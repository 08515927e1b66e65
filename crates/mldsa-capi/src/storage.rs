//! Rust values in the caller's memory.

use crate::result::modsig_mldsa_result::{self, MODSIG_MLDSA_ERR_EMPTY, MODSIG_MLDSA_ERR_POINTER};
use core::mem::MaybeUninit;
use core::ptr;
use mldsa::MuHasher;
use mldsa::dynamic::AnySigningKey;
use zeroize::Zeroize;

/// A private key with its public key, of any set. Secret: call modsig_mldsa_signing_key_wipe when it is no longer needed.
///
/// It holds no pointers: it may be moved and copied as bytes, and each copy must be wiped.
/// Several threads may use one at the same time, as long as none of them fills or wipes it.
#[repr(C)]
#[allow(non_camel_case_types, missing_debug_implementations)]
pub struct modsig_mldsa_signing_key {
    /// Private, but the caller may set all bytes to zero: that is an empty key.
    // Filling a key does not write all bytes, because a Rust value has padding. Copying uninitialised `u64`s would be
    // undefined behaviour.
    pub opaque: [MaybeUninit<u64>; 1024],
}

/// The state of a computation of mu, the message representative. It holds no pointers: a copy continues independently.
#[repr(C)]
#[allow(non_camel_case_types, missing_debug_implementations)]
pub struct modsig_mldsa_mu_state {
    /// Private, but the caller may set all bytes to zero: that is an empty state.
    pub opaque: [MaybeUninit<u64>; 48],
}

/// The contents of an opaque type: a word that says whether there is a value, and the value.
#[repr(C)]
pub(crate) struct Slot<T> {
    state: u64,
    value: MaybeUninit<T>,
}

/// An opaque type and the type of the value in it.
///
/// # Safety
/// * A [`Slot`] of `Value` fits into `Self`, in size and alignment.
/// * Wiping the bytes of a `Value` may replace dropping it.
pub(crate) unsafe trait Opaque: Sized {
    /// The type of the value.
    type Value;
    /// [`Slot::state`] of a filled object: not zero, and different for each type.
    const FILLED: u64;
}

/// Whether a `Slot<O::Value>` fits into an `O`.
#[allow(dead_code)] // used below, which Rust 1.85 does not see
const fn fits<O: Opaque>() -> bool {
    size_of::<Slot<O::Value>>() <= size_of::<O>() && align_of::<Slot<O::Value>>() <= align_of::<O>()
}

const _: () = assert!(fits::<modsig_mldsa_signing_key>() && fits::<modsig_mldsa_mu_state>());

// SAFETY: the assertion above checks that it fits. The value consists of arrays of bytes; dropping it only wipes them.
unsafe impl Opaque for modsig_mldsa_signing_key {
    type Value = AnySigningKey;
    const FILLED: u64 = u64::from_le_bytes(*b"ML-DSA k");
}

// SAFETY: the assertion above checks that it fits. The value is a hash state: arrays of words; dropping it only wipes them.
unsafe impl Opaque for modsig_mldsa_mu_state {
    type Value = MuHasher;
    const FILLED: u64 = u64::from_le_bytes(*b"ML-DSA m");
}

/// Rejects NULL and misaligned pointers.
fn check<O: Opaque>(object: *const O) -> Result<*const Slot<O::Value>, modsig_mldsa_result> {
    if object.is_null() || !object.is_aligned() { Err(MODSIG_MLDSA_ERR_POINTER) } else { Ok(object.cast()) }
}

/// The value in an object.
///
/// # Safety
/// If `object` is neither NULL nor misaligned: [`fill`] has filled it, or it is all zero; and nothing writes to it during `'a`.
pub(crate) unsafe fn value<'a, O: Opaque>(object: *const O) -> Result<&'a O::Value, modsig_mldsa_result> {
    let slot = check(object)?;
    // SAFETY: not NULL and aligned (`check`); filled or all zero (# Safety), so `state` is initialised; a Slot fits (`Opaque`).
    if unsafe { (*slot).state } != O::FILLED {
        return Err(MODSIG_MLDSA_ERR_EMPTY);
    }
    // SAFETY: the state says that `fill` has written a value.
    Ok(unsafe { (*slot).value.assume_init_ref() })
}

/// The value in an object, mutable.
///
/// # Safety
/// If `object` is neither NULL nor misaligned: [`fill`] has filled it, or it is all zero; and no other code uses it during
/// `'a`.
pub(crate) unsafe fn value_mut<'a, O: Opaque>(
    object: *mut O,
) -> Result<&'a mut O::Value, modsig_mldsa_result> {
    let slot = check(object)?.cast_mut();
    // SAFETY: not NULL and aligned (`check`); filled or all zero (# Safety), so `state` is initialised; a Slot fits (`Opaque`).
    if unsafe { (*slot).state } != O::FILLED {
        return Err(MODSIG_MLDSA_ERR_EMPTY);
    }
    // SAFETY: the state says that `fill` has written a value, and no other code uses it (# Safety).
    Ok(unsafe { (*slot).value.assume_init_mut() })
}

/// Empties an object: sets all bytes to zero in a way that compilers do not remove.
///
/// # Safety
/// If `object` is neither NULL nor misaligned: it can be written, and no other code uses it. It may be uninitialised.
pub(crate) unsafe fn wipe<O: Opaque>(object: *mut O) -> Result<(), modsig_mldsa_result> {
    check(object)?;
    // SAFETY: not NULL (`check`); `size_of::<O>()` bytes can be written, and no other code uses them (# Safety). MaybeUninit
    // needs no initialised bytes.
    let bytes = unsafe { core::slice::from_raw_parts_mut(object.cast::<MaybeUninit<u8>>(), size_of::<O>()) };
    bytes.zeroize();
    Ok(())
}

/// Stores the result of `make` in an object. If `make` fails, the object is empty.
///
/// # Safety
/// * If `object` is neither NULL nor misaligned: it can be written, and no other code uses it. It may be uninitialised.
/// * `make` does not use `object`.
pub(crate) unsafe fn fill<O: Opaque>(
    object: *mut O,
    make: impl FnOnce() -> Result<O::Value, modsig_mldsa_result>,
) -> Result<(), modsig_mldsa_result> {
    // SAFETY: `object` can be written, and no other code uses it (# Safety). Wiping may replace dropping the old value
    // (`Opaque`).
    unsafe { wipe(object) }?;
    // SAFETY: not NULL and aligned (`wipe` has checked it); it can be written (# Safety), and a Slot fits (`Opaque`).
    let made = unsafe { put(object.cast(), make) };
    scrub();
    made?;
    // SAFETY: the same as for `put`.
    unsafe { ptr::addr_of_mut!((*object.cast::<Slot<O::Value>>()).state).write(O::FILLED) };
    Ok(())
}

/// The part of [`fill`] whose stack [`scrub`] overwrites.
///
/// # Safety
/// `slot` is aligned and can be written.
#[inline(never)]
unsafe fn put<T>(
    slot: *mut Slot<T>,
    make: impl FnOnce() -> Result<T, modsig_mldsa_result>,
) -> Result<(), modsig_mldsa_result> {
    // SAFETY: `slot` is aligned and can be written (# Safety).
    unsafe { ptr::addr_of_mut!((*slot).value).cast::<T>().write(make()?) };
    Ok(())
}

/// Overwrites the stack of the previous call. A key that is returned by value moves through several stack frames, and each
/// move leaves a copy behind: `mldsa` wipes its intermediate values, but not these copies. Their number depends on the
/// compiler: tests/leftovers.rs searches for them, in debug builds too.
#[inline(never)]
fn scrub() {
    /// More than all copies together, and less stack than key generation needs. Unoptimised code makes more copies.
    const WORDS: usize = if cfg!(debug_assertions) { 80 } else { 40 } * 1024 / 8;
    let mut stack = [0_u64; WORDS];
    stack.zeroize();
}

/// Returns the bytes of a modsig_mldsa_signing_key, for languages that cannot read the header. The memory must be
/// aligned to 8 bytes, as the memory from malloc is.
#[unsafe(no_mangle)]
pub extern "C" fn modsig_mldsa_signing_key_size() -> usize {
    size_of::<modsig_mldsa_signing_key>()
}

/// Returns the bytes of a modsig_mldsa_mu_state, for languages that cannot read the header. The memory must be
/// aligned to 8 bytes, as the memory from malloc is.
#[unsafe(no_mangle)]
pub extern "C" fn modsig_mldsa_mu_state_size() -> usize {
    size_of::<modsig_mldsa_mu_state>()
}
