//! [`super::declassify`] in a build with `--cfg mldsa_ct_check`: it marks the bytes as defined for valgrind's memcheck.
//! `checks/constant-time` first marks the secrets as undefined. Memcheck then reports each branch and each address that depends
//! on a value that was not declassified.
//!
//! Outside valgrind, a client request is a few rotations that cancel each other: it does nothing.
#![allow(unsafe_code)] // one instruction sequence

use core::arch::asm;
use core::sync::atomic::{AtomicU32, Ordering};

use super::Reason;

/// `VG_USERREQ__MAKE_MEM_DEFINED` of memcheck: 'M' and 'C' in the upper bytes, request 2.
const MAKE_MEM_DEFINED: u64 = (b'M' as u64) << 24 | (b'C' as u64) << 16 | 2;

/// The reasons that are ignored, one bit each. The check uses this to prove that it detects a missing declassification.
static OMITTED: AtomicU32 = AtomicU32::new(0);

/// All reasons, as they are written.
pub const REASONS: [&str; 7] =
    ["RejectedHalfByte", "RejectedAttempt", "Challenge", "Signature", "PublicSeed", "PublicKey", "KeyCheck"];

/// Ignores the declassifications with reason number `index` of [`REASONS`] from now on; `None` ignores none.
pub fn omit(index: Option<usize>) {
    OMITTED.store(index.map_or(0, |index| 1 << index), Ordering::Relaxed);
}

/// Marks `len` bytes from `start` as defined, unless this reason is omitted.
pub(super) fn make_defined(start: *const u8, len: usize, reason: Reason) {
    if OMITTED.load(Ordering::Relaxed) >> (reason as u32) & 1 == 1 {
        return;
    }
    let arguments: [u64; 6] = [MAKE_MEM_DEFINED, start as u64, len as u64, 0, 0, 0];
    // SAFETY: valgrind's client request for x86-64: four rotations of rdi that add up to 128 bits, and an exchange
    // of rbx with itself. On a processor they change only flags. Under valgrind, the six words that
    // rax points to are read, and rdx gets the result. Valgrind only marks the memory and does not change it.
    unsafe {
        asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") 0u64 => _,
            // not `nomem`: computed values must be in memory before, and must be read again after
            options(nostack),
        );
    }
}
