//! The few operations that the kernels share, and the only loads and stores.

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
    // SAFETY: 32 bytes lie behind the reference; unaligned is allowed.
    unsafe { _mm256_loadu_si256(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store(to: &mut [i32; LANES], v: __m256i) {
    // SAFETY: 32 bytes lie behind the reference; unaligned is allowed.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), v) }
}

/// The odd lanes, each moved to the even one beside it too: what `vpmuldq` reads.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn odd_lanes(v: __m256i) -> __m256i {
    _mm256_castps_si256(_mm256_movehdup_ps(_mm256_castsi256_ps(v)))
}

/// The upper halves of 64-bit lanes: those of `even` in the even places, those of `odd` in the odd ones.
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
    // The low halves are equal: nothing is borrowed.
    high_halves(_mm256_sub_epi64(even, t_even), _mm256_sub_epi64(odd, t_odd))
}

/// w mod q in 0..q for −q ≤ w < q: of w and w + q, the smaller without sign.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn to_unsigned(w: __m256i) -> __m256i {
    _mm256_min_epu32(w, _mm256_add_epi32(w, _mm256_set1_epi32(Q)))
}
