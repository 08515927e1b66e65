//! Operations that several kernels use, and most loads and stores.

#![allow(unsafe_code)] // loads and stores of whole vectors, each through a reference that is long enough

use crate::params::Q;
use core::arch::aarch64::*;

/// Coefficients in a vector.
pub(super) const LANES: usize = 4;

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load(from: &[i32; LANES]) -> int32x4_t {
    // SAFETY: the reference points to 16 bytes.
    unsafe { vld1q_s32(from.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn store(to: &mut [i32; LANES], v: int32x4_t) {
    // SAFETY: the reference points to 16 bytes.
    unsafe { vst1q_s32(to.as_mut_ptr(), v) }
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load_bytes(from: &[u8; 16]) -> uint8x16_t {
    // SAFETY: the reference points to 16 bytes; no alignment is asked for.
    unsafe { vld1q_u8(from.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn store_bytes(to: &mut [u8; 16], v: uint8x16_t) {
    // SAFETY: the reference points to 16 bytes; no alignment is asked for.
    unsafe { vst1q_u8(to.as_mut_ptr(), v) }
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load_eight_bytes(from: &[u8; 8]) -> uint8x8_t {
    // SAFETY: the reference points to 8 bytes; no alignment is asked for.
    unsafe { vld1_u8(from.as_ptr()) }
}

/// 16 consecutive coefficients, transposed: lane j of vector k is coefficient 4j + k.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load_transposed(from: &[i32; 4 * LANES]) -> [int32x4_t; 4] {
    // SAFETY: the reference points to 64 bytes.
    let int32x4x4_t(a, b, c, d) = unsafe { vld4q_s32(from.as_ptr()) };
    [a, b, c, d]
}

/// The inverse of [`load_transposed`].
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn store_transposed(to: &mut [i32; 4 * LANES], [a, b, c, d]: [int32x4_t; 4]) {
    // SAFETY: the reference points to 64 bytes.
    unsafe { vst4q_s32(to.as_mut_ptr(), int32x4x4_t(a, b, c, d)) }
}

/// Three vectors of bytes: the first, second and third byte of 16 triples.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load_triples_by_byte(from: &[u8; 48]) -> [uint8x16_t; 3] {
    // SAFETY: the reference points to 48 bytes; no alignment is asked for.
    let uint8x16x3_t(a, b, c) = unsafe { vld3q_u8(from.as_ptr()) };
    [a, b, c]
}

/// Hides where a reference points from the optimiser. It would otherwise replace each lane of a constant table by a load of
/// its own.
#[inline(always)]
pub(super) fn opaque<T>(table: &'static T) -> &'static T {
    let mut pointer = core::ptr::from_ref(table);
    #[cfg(not(miri))] // Miri supports no assembly, and has no optimiser
    #[allow(clippy::pointers_in_nomem_asm_block)] // it does not follow the pointer
    // SAFETY: the block contains no instruction, so the pointer does not change.
    unsafe {
        core::arch::asm!("/* {0} */", inout(reg) pointer, options(pure, nomem, nostack, preserves_flags))
    };
    // SAFETY: it is still the pointer to `table`.
    unsafe { &*pointer }
}

/// Hides the value of a vector from the optimiser. It would otherwise replace multiplications by q by several instructions.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn opaque_vector(mut v: int32x4_t) -> int32x4_t {
    #[cfg(not(miri))] // as above
    // SAFETY: the block contains no instruction.
    unsafe {
        core::arch::asm!("/* {0:v} */", inout(vreg) v, options(pure, nomem, nostack, preserves_flags))
    };
    v
}

/// q in each lane.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn splat_q() -> int32x4_t {
    opaque_vector(vdupq_n_s32(Q))
}

/// w mod q in 0..q for −q ≤ w < q: the smaller of w and w + q as unsigned numbers.
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn to_unsigned(w: int32x4_t) -> int32x4_t {
    let above = vaddq_s32(w, vdupq_n_s32(Q));
    vreinterpretq_s32_u32(vminq_u32(vreinterpretq_u32_s32(w), vreinterpretq_u32_s32(above)))
}
