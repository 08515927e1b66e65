//! Converts pointers and lengths from C to slices, or to errors. NULL with the length 0 is the empty slice.

use crate::result::modsig_mldsa_result::{self, MODSIG_MLDSA_ERR_LENGTH, MODSIG_MLDSA_ERR_POINTER};
use core::{ptr, slice};

/// The bytes of an input of the caller.
///
/// # Safety
/// If `len` is not 0 and `bytes` is not NULL: `len` bytes can be read there, and nothing writes to them during `'a`.
pub(crate) unsafe fn input<'a>(bytes: *const u8, len: usize) -> Result<&'a [u8], modsig_mldsa_result> {
    if len == 0 {
        return Ok(&[]);
    }
    if bytes.is_null() {
        return Err(MODSIG_MLDSA_ERR_POINTER);
    }
    if len > isize::MAX as usize {
        return Err(MODSIG_MLDSA_ERR_LENGTH); // larger than any object, and than a slice may be
    }
    // SAFETY: not NULL, and not longer than a slice may be (checked above); `len` bytes can be read, and nothing writes to
    // them (# Safety). u8 is always aligned.
    Ok(unsafe { slice::from_raw_parts(bytes, len) })
}

/// Exactly `N` bytes of an input of the caller.
///
/// # Safety
/// If `len` is `N` and `bytes` is not NULL: `len` bytes can be read there, and nothing writes to them during `'a`.
pub(crate) unsafe fn array<'a, const N: usize>(
    bytes: *const u8,
    len: usize,
) -> Result<&'a [u8; N], modsig_mldsa_result> {
    if len != N {
        return Err(MODSIG_MLDSA_ERR_LENGTH);
    }
    // SAFETY: `len` bytes can be read, and nothing writes to them (# Safety).
    let bytes = unsafe { input(bytes, len) }?;
    bytes.try_into().map_err(|_| MODSIG_MLDSA_ERR_LENGTH)
}

/// Memory of the caller for an output. Never a reference: it may overlap an input, and may be uninitialised.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    start: *mut u8,
    len: usize,
}

impl Output {
    /// Memory for exactly `expected` (not 0) bytes.
    ///
    /// # Safety
    /// If `len` is `expected` and `start` is not NULL: `len` bytes can be written there while this value is in use.
    pub(crate) unsafe fn new(
        start: *mut u8,
        len: usize,
        expected: usize,
    ) -> Result<Self, modsig_mldsa_result> {
        if len != expected {
            return Err(MODSIG_MLDSA_ERR_LENGTH);
        }
        if start.is_null() {
            return Err(MODSIG_MLDSA_ERR_POINTER);
        }
        Ok(Self { start, len })
    }

    /// Writes `bytes`, up to the length of the memory.
    pub(crate) fn write(self, bytes: &[u8]) {
        debug_assert_eq!(bytes.len(), self.len);
        // SAFETY: `bytes` is a slice, `len` bytes can be written at `start` (`new`, # Safety), and the number of bytes is at
        // most either length. `copy` allows overlap.
        unsafe { ptr::copy(bytes.as_ptr(), self.start, bytes.len().min(self.len)) }
    }
}
