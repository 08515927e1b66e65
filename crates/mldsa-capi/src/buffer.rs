//! Pointers and lengths from C become slices, or errors. NULL with the length 0 is the empty slice.

use crate::result::modsig_mldsa_result::{self, MODSIG_MLDSA_ERR_LENGTH, MODSIG_MLDSA_ERR_POINTER};
use core::{ptr, slice};

/// The bytes that a caller gives.
///
/// # Safety
/// If `len` is not 0 and `bytes` not NULL: `len` bytes can be read there, and nobody writes to them during `'a`.
pub(crate) unsafe fn input<'a>(bytes: *const u8, len: usize) -> Result<&'a [u8], modsig_mldsa_result> {
    if len == 0 {
        return Ok(&[]);
    }
    if bytes.is_null() {
        return Err(MODSIG_MLDSA_ERR_POINTER);
    }
    if len > isize::MAX as usize {
        return Err(MODSIG_MLDSA_ERR_LENGTH); // no object is so large, and no slice may be
    }
    // SAFETY: not NULL, not longer than a slice may be; that it can be read is the caller's promise. u8 is always aligned.
    Ok(unsafe { slice::from_raw_parts(bytes, len) })
}

/// Exactly `N` bytes that a caller gives.
///
/// # Safety
/// As for [`input`].
pub(crate) unsafe fn array<'a, const N: usize>(
    bytes: *const u8,
    len: usize,
) -> Result<&'a [u8; N], modsig_mldsa_result> {
    if len != N {
        return Err(MODSIG_MLDSA_ERR_LENGTH);
    }
    // SAFETY: the caller's promise is the same.
    let bytes = unsafe { input(bytes, len) }?;
    bytes.try_into().map_err(|_| MODSIG_MLDSA_ERR_LENGTH)
}

/// Where a caller wants bytes. Never a reference: it may overlap with what was read before, and need not be initialised.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    start: *mut u8,
    len: usize,
}

impl Output {
    /// Room for exactly `expected` (not 0) bytes.
    ///
    /// # Safety
    /// If `len` is `expected` and `start` not NULL: `len` bytes can be written there as long as this value is in use.
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

    /// Writes `bytes`, as many as there is room for.
    pub(crate) fn write(self, bytes: &[u8]) {
        debug_assert_eq!(bytes.len(), self.len);
        // SAFETY: `bytes` can be read, `start` can be written (`new`), neither further than its length. `copy` allows overlap.
        unsafe { ptr::copy(bytes.as_ptr(), self.start, bytes.len().min(self.len)) }
    }
}
