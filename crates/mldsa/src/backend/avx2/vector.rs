//! Operations that several kernels use, and the only loads and stores.

#![allow(unsafe_code)] // loads and stores of whole vectors, each through a reference that is long enough

use crate::field::Q_INV;
use crate::params::Q;
use core::arch::x86_64::*;

/// Coefficients in a vector.
pub(super) const LANES: usize = 8;

/// The odd 32-bit lanes, as an immediate of `vpblendd`.
const ODD: i32 = 0b1010_1010;

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load(from: &[i32; LANES]) -> __m256i {
    // SAFETY: the reference points to 32 bytes; the instruction needs no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store(to: &mut [i32; LANES], v: __m256i) {
    // SAFETY: the reference points to 32 bytes; the instruction needs no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), v) }
}

/// Hides the value of a vector from the optimiser, which would otherwise choose slower instructions: two `vpmuludq` and shifts
/// for `vpmuldq` of lanes that are not negative, `vphaddd` for sums of shuffled vectors.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn opaque(mut v: __m256i) -> __m256i {
    #[cfg(not(miri))] // Miri supports no assembly, and has no optimiser
    // SAFETY: the block contains no instruction.
    unsafe {
        core::arch::asm!("/* {0} */", inout(ymm_reg) v, options(pure, nomem, nostack, preserves_flags))
    };
    v
}

/// Copies each odd lane to the even lane below it, where `vpmuldq` reads.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn odd_lanes(v: __m256i) -> __m256i {
    _mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(v)))
}

/// The upper halves of 64-bit lanes: those of `even` in the even lanes, those of `odd` in the odd lanes.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn high_halves(even: __m256i, odd: __m256i) -> __m256i {
    _mm256_blend_epi32::<ODD>(odd_lanes(even), odd)
}

/// [`montgomery_reduce`](crate::field::montgomery_reduce) of 64-bit sums, those of the even and those of the odd
/// coefficients: the same range.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn montgomery_reduce(even: __m256i, odd: __m256i) -> __m256i {
    let (q, q_inv) = (_mm256_set1_epi64x(Q as i64), _mm256_set1_epi64x(Q_INV as i64));
    let t_even = _mm256_mul_epi32(_mm256_mul_epi32(even, q_inv), q);
    let t_odd = _mm256_mul_epi32(_mm256_mul_epi32(odd, q_inv), q);
    // The low halves are equal, so there is no borrow.
    high_halves(_mm256_sub_epi64(even, t_even), _mm256_sub_epi64(odd, t_odd))
}

/// w mod q in 0..q for −q ≤ w < q: the smaller of w and w + q as unsigned numbers.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn to_unsigned(w: __m256i) -> __m256i {
    _mm256_min_epu32(w, _mm256_add_epi32(w, _mm256_set1_epi32(Q)))
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_bytes(from: &[u8; 32]) -> __m256i {
    // SAFETY: the reference points to 32 bytes; the instruction needs no alignment.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

/// Two halves.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_halves(low: &[u8; 16], high: &[u8; 16]) -> __m256i {
    // SAFETY: each reference points to 16 bytes; the instructions need no alignment.
    unsafe { _mm256_loadu2_m128i(high.as_ptr().cast(), low.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_bytes_16(from: &[u8; 16]) -> __m128i {
    // SAFETY: the reference points to 16 bytes; the instruction needs no alignment.
    unsafe { _mm_loadu_si128(from.as_ptr().cast()) }
}

/// The same 16 bytes in both halves.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_twice(from: &[u8; 16]) -> __m256i {
    _mm256_broadcastsi128_si256(load_bytes_16(from))
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store_bytes(to: &mut [u8; 16], v: __m128i) {
    // SAFETY: the reference points to 16 bytes; the instruction needs no alignment.
    unsafe { _mm_storeu_si128(to.as_mut_ptr().cast(), v) }
}

/// Stores the bytes from `at` on, up to the end of `to`, which is at most 16 bytes away.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store_last_bytes(to: &mut [u8], at: usize, v: __m128i) {
    /// From 16 − n on: the indices that move bytes up by n; negative where bytes do not move.
    const UP: [i8; 32] = {
        let mut up = [-1; 32];
        let mut i = 0;
        while i < 16 {
            up[16 + i] = i as i8;
            i += 1;
        }
        up
    };
    let by = (at + 16).saturating_sub(to.len()).min(16);
    let Some(last) = to.last_chunk_mut::<16>() else { return };
    // SAFETY: by ≤ 16, so 16 of the 32 bytes can be read there; and `last` points to 16 bytes.
    unsafe {
        let up = _mm_loadu_si128(UP.as_ptr().add(16 - by).cast());
        let before = _mm_loadu_si128(last.as_ptr().cast());
        _mm_storeu_si128(last.as_mut_ptr().cast(), _mm_blendv_epi8(_mm_shuffle_epi8(v, up), before, up));
    }
}

/// Eight bytes, then zeros.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_eight_bytes(from: &[u8; 8]) -> __m128i {
    _mm_cvtsi64_si128(i64::from_le_bytes(*from))
}

/// The first `to.len()` lanes (at most 8).
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store_first(to: &mut [i32], v: __m256i) {
    let len = _mm256_set1_epi32(to.len().min(LANES) as i32);
    let first = _mm256_cmpgt_epi32(len, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    // SAFETY: the mask selects only `to.len()` lanes, which `to` contains.
    unsafe { _mm256_maskstore_epi32(to.as_mut_ptr(), first, v) }
}
