//! What [`super::declassify`] does when it is built with `--cfg mldsa_ct_check`, and only then: it tells valgrind's
//! memcheck that the bytes are defined from here on. `checks/constant-time` marks the secrets as undefined before; memcheck
//! then reports each branch and each address that depends on what was not declassified.
//!
//! Outside valgrind a client request is a few rotations that cancel each other: it does nothing.
#![allow(unsafe_code)] // one instruction sequence

use core::arch::asm;
use core::sync::atomic::{AtomicU32, Ordering};

use super::Reason;

/// `VG_USERREQ__MAKE_MEM_DEFINED` of memcheck: 'M' and 'C' in the upper bytes, request 2.
const MAKE_MEM_DEFINED: u64 = (b'M' as u64) << 24 | (b'C' as u64) << 16 | 2;

/// Which reasons are not honoured, one bit each: how the check proves that it would see a missing one.
static OMITTED: AtomicU32 = AtomicU32::new(0);

/// All reasons, as they are written.
pub const REASONS: [&str; 7] =
    ["RejectedHalfByte", "RejectedAttempt", "Challenge", "Signature", "PublicSeed", "PublicKey", "KeyCheck"];

/// From here on the declassifications for reason number `index` of [`REASONS`] are not made; `None`: all are.
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
    // of rbx with itself. On a processor they change nothing but flags. Under valgrind the six words that
    // rax points to are read and rdx gets the result. The memory named is only marked.
    unsafe {
        asm!(
            "rol rdi, 3", "rol rdi, 13", "rol rdi, 61", "rol rdi, 51", "xchg rbx, rbx",
            in("rax") arguments.as_ptr(),
            inout("rdx") 0u64 => _,
            // not `nomem`: what was computed must be in memory before, and be read again after
            options(nostack),
        );
    }
}
