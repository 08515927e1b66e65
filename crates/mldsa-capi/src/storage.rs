//! Rust values in memory of the caller's.

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
    /// Not for the caller, who may set all of it to zero: that is a key which holds nothing.
    // Not all of it is written when it is filled: a Rust value has gaps. To copy `u64`s which nobody wrote were undefined.
    pub opaque: [MaybeUninit<u64>; 1024],
}

/// A message representative (mu) in the making. It holds no pointers: to copy it is to fork the message.
#[repr(C)]
#[allow(non_camel_case_types, missing_debug_implementations)]
pub struct modsig_mldsa_mu_state {
    /// Not for the caller, who may set all of it to zero: that is a state which holds nothing.
    pub opaque: [MaybeUninit<u64>; 48],
}

/// What an opaque type really is: a word that says whether there is a value, and the value.
#[repr(C)]
pub(crate) struct Slot<T> {
    state: u64,
    value: MaybeUninit<T>,
}

/// An opaque type, and what lies in it.
///
/// # Safety
/// A [`Slot`] of `Value` fits into `Self`, in size and alignment, and `Value` needs no drop but wiping.
pub(crate) unsafe trait Opaque: Sized {
    /// What lies in it.
    type Value;
    /// [`Slot::state`] of one that is filled: other than that of all other types, and than zero.
    const FILLED: u64;
}

/// Whether a `Slot<O::Value>` fits into an `O`.
const fn fits<O: Opaque>() -> bool {
    size_of::<Slot<O::Value>>() <= size_of::<O>() && align_of::<Slot<O::Value>>() <= align_of::<O>()
}

const _: () = assert!(fits::<modsig_mldsa_signing_key>() && fits::<modsig_mldsa_mu_state>());

// SAFETY: the assertion above. Arrays of bytes; dropping them wipes and does nothing else.
unsafe impl Opaque for modsig_mldsa_signing_key {
    type Value = AnySigningKey;
    const FILLED: u64 = u64::from_le_bytes(*b"ML-DSA k");
}

// SAFETY: the assertion above. A hash state on its own: arrays of words.
unsafe impl Opaque for modsig_mldsa_mu_state {
    type Value = MuHasher;
    const FILLED: u64 = u64::from_le_bytes(*b"ML-DSA m");
}

/// NULL and pointers that are not aligned are none.
fn check<O: Opaque>(object: *const O) -> Result<*const Slot<O::Value>, modsig_mldsa_result> {
    if object.is_null() || !object.is_aligned() { Err(MODSIG_MLDSA_ERR_POINTER) } else { Ok(object.cast()) }
}

/// The value in an object.
///
/// # Safety
/// If `object` is neither NULL nor misaligned: it was filled by [`fill`] or is all zero, and nobody writes to it during `'a`.
pub(crate) unsafe fn value<'a, O: Opaque>(object: *const O) -> Result<&'a O::Value, modsig_mldsa_result> {
    let slot = check(object)?;
    // SAFETY: aligned and initialised, says the caller; a Slot fits.
    if unsafe { (*slot).state } != O::FILLED {
        return Err(MODSIG_MLDSA_ERR_EMPTY);
    }
    // SAFETY: the state says that `fill` has written a value.
    Ok(unsafe { (*slot).value.assume_init_ref() })
}

/// The value in an object, to change it.
///
/// # Safety
/// As for [`value`], and nobody else reads it either.
pub(crate) unsafe fn value_mut<'a, O: Opaque>(
    object: *mut O,
) -> Result<&'a mut O::Value, modsig_mldsa_result> {
    let slot = check(object)?.cast_mut();
    // SAFETY: aligned and initialised, says the caller; a Slot fits.
    if unsafe { (*slot).state } != O::FILLED {
        return Err(MODSIG_MLDSA_ERR_EMPTY);
    }
    // SAFETY: the state says that `fill` has written a value, and the caller that we are alone with it.
    Ok(unsafe { (*slot).value.assume_init_mut() })
}

/// Makes an object hold nothing: all of it becomes zero, in a way that compilers do not leave out.
///
/// # Safety
/// If `object` is neither NULL nor misaligned: it can be written, and nobody else uses it. It need not be initialised.
pub(crate) unsafe fn wipe<O: Opaque>(object: *mut O) -> Result<(), modsig_mldsa_result> {
    check(object)?;
    // SAFETY: it can be written, says the caller; MaybeUninit needs no initialised bytes.
    let bytes = unsafe { core::slice::from_raw_parts_mut(object.cast::<MaybeUninit<u8>>(), size_of::<O>()) };
    bytes.zeroize();
    Ok(())
}

/// Puts what `make` gives into an object; if it fails, the object holds nothing.
///
/// # Safety
/// As for [`wipe`]; `make` does not use `object`.
pub(crate) unsafe fn fill<O: Opaque>(
    object: *mut O,
    make: impl FnOnce() -> Result<O::Value, modsig_mldsa_result>,
) -> Result<(), modsig_mldsa_result> {
    // SAFETY: the caller's promise is the same. What lies there needs no drop but wiping, as `Opaque` says.
    unsafe { wipe(object) }?;
    // SAFETY: `wipe` has found it aligned; it can be written, and a Slot fits.
    let made = unsafe { put(object.cast(), make) };
    scrub();
    made?;
    // SAFETY: as above.
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
    // SAFETY: the caller's promise is the same.
    unsafe { ptr::addr_of_mut!((*slot).value).cast::<T>().write(make()?) };
    Ok(())
}

/// Overwrites the stack of the call before. A key that is returned by value moves through the frames of those who pass it
/// on, and a move leaves the bytes behind: `mldsa` wipes what it computes with, but not these. How many copies there
/// are is the compiler's choice: tests/leftovers.rs looks for them, in debug builds too.
#[inline(never)]
fn scrub() {
    /// More than all copies take, and less than making a key. Unoptimised code makes more copies.
    const WORDS: usize = if cfg!(debug_assertions) { 80 } else { 40 } * 1024 / 8;
    let mut stack = [0_u64; WORDS];
    stack.zeroize();
}

/// Bytes of a modsig_mldsa_signing_key, for languages that cannot read the header. Memory for it must be aligned to
/// 8 bytes, as that of malloc is.
#[unsafe(no_mangle)]
pub extern "C" fn modsig_mldsa_signing_key_size() -> usize {
    size_of::<modsig_mldsa_signing_key>()
}

/// Bytes of a modsig_mldsa_mu_state, for languages that cannot read the header. Memory for it must be aligned to
/// 8 bytes, as that of malloc is.
#[unsafe(no_mangle)]
pub extern "C" fn modsig_mldsa_mu_state_size() -> usize {
    size_of::<modsig_mldsa_mu_state>()
}
