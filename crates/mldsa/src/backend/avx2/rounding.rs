//! Roundings, hints and norms: [`rounding`](crate::rounding), eight coefficients at a time.

use super::vector::{LANES, load, store, to_unsigned};
use crate::backend::HintPoly;
use crate::params::{D, Gamma2};
use crate::poly::Poly;
use core::arch::x86_64::*;

/// FIPS 204, Algorithm 35 (Power2Round).
#[target_feature(enable = "avx2")]
pub(super) fn power2round(t: &mut Poly, t1: &mut Poly) {
    let half = _mm256_set1_epi32((1 << (D - 1)) - 1);
    for (t, t1) in t.0.as_chunks_mut().0.iter_mut().zip(t1.0.as_chunks_mut().0) {
        let r = to_unsigned(load(t));
        let r1 = _mm256_srli_epi32::<{ D as i32 }>(_mm256_add_epi32(r, half));
        store(t, _mm256_sub_epi32(r, _mm256_slli_epi32::<{ D as i32 }>(r1)));
        store(t1, r1);
    }
}

/// gamma2 as a type: constants that are known at compile time are loaded directly, others are selected first.
trait Known {
    const GAMMA2: Gamma2;
}

struct Q88;
struct Q32;

impl Known for Q88 {
    const GAMMA2: Gamma2 = Gamma2::Q88;
}

impl Known for Q32 {
    const GAMMA2: Gamma2 = Gamma2::Q32;
}

/// Division by 2·gamma2.
#[derive(Clone, Copy)]
struct Divider {
    gamma2: __m256i,
    shift: __m256i,
    magic: __m256i,
    bits: __m256i,
}

impl Divider {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn new(gamma2: Gamma2) -> Self {
        let step = gamma2.step();
        Self {
            gamma2: _mm256_set1_epi32(gamma2.value()),
            shift: _mm256_set1_epi32(step.shift as i32),
            magic: _mm256_set1_epi32(step.magic),
            bits: _mm256_set1_epi32(step.bits as i32),
        }
    }

    /// The high part of r in 0..q before it wraps, 0..=m, and 2·gamma2 times it.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn high_part(self, r: __m256i) -> (__m256i, __m256i) {
        let shifted = _mm256_add_epi32(r, _mm256_sub_epi32(self.gamma2, _mm256_set1_epi32(1)));
        let odd_part = _mm256_mullo_epi32(_mm256_srlv_epi32(shifted, self.shift), self.magic);
        let r1 = _mm256_srav_epi32(odd_part, self.bits);
        (r1, _mm256_mullo_epi32(r1, _mm256_add_epi32(self.gamma2, self.gamma2)))
    }
}

/// FIPS 204, Algorithm 36 (Decompose).
#[target_feature(enable = "avx2")]
pub(super) fn decompose(gamma2: Gamma2, w: &mut Poly, w1: &mut Poly) {
    match gamma2 {
        Gamma2::Q88 => decompose_by::<Q88>(w, w1),
        Gamma2::Q32 => decompose_by::<Q32>(w, w1),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn decompose_by<K: Known>(w: &mut Poly, w1: &mut Poly) {
    let divider = Divider::new(K::GAMMA2);
    let largest = _mm256_set1_epi32(K::GAMMA2.high_parts() - 1);
    for (w, w1) in w.0.as_chunks_mut().0.iter_mut().zip(w1.0.as_chunks_mut().0) {
        let r = to_unsigned(load(w));
        let (r1, multiple) = divider.high_part(r);
        // The last step wraps to r1 = 0, with r0 − 1.
        let top = _mm256_cmpgt_epi32(r1, largest);
        store(w, _mm256_add_epi32(_mm256_sub_epi32(r, multiple), top));
        store(w1, _mm256_andnot_si256(top, r1));
    }
}

/// FIPS 204, Algorithm 39 (MakeHint), on parts: see [`rounding::make_hint`](crate::rounding::make_hint).
#[target_feature(enable = "avx2")]
pub(super) fn make_hint(gamma2: Gamma2, low: &Poly, high: &Poly) -> HintPoly {
    let zero = _mm256_setzero_si256();
    let most = _mm256_set1_epi32(gamma2.value());
    // The smallest low part without a hint: −gamma2 below high part 0, elsewhere one more.
    let least = _mm256_set1_epi32(1 - gamma2.value());
    let mut hints = HintPoly::default();
    let low = low.0.as_chunks::<64>().0.iter();
    for ((low, high), word) in low.zip(high.0.as_chunks::<64>().0).zip(&mut hints.0) {
        for (i, (low, high)) in low.as_chunks().0.iter().zip(high.as_chunks().0).enumerate() {
            let low = load(low);
            let least = _mm256_add_epi32(least, _mm256_cmpeq_epi32(load(high), zero));
            let hint = _mm256_or_si256(_mm256_cmpgt_epi32(low, most), _mm256_cmpgt_epi32(least, low));
            let bits = _mm256_movemask_ps(_mm256_castsi256_ps(hint)) as u64;
            *word |= bits << (LANES * i);
        }
    }
    hints
}

/// FIPS 204, Algorithm 40 (UseHint).
#[target_feature(enable = "avx2")]
pub(super) fn use_hint(gamma2: Gamma2, hint: &HintPoly, w: &mut Poly) {
    match gamma2 {
        Gamma2::Q88 => use_hint_by::<Q88>(hint, w),
        Gamma2::Q32 => use_hint_by::<Q32>(hint, w),
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn use_hint_by<K: Known>(hint: &HintPoly, w: &mut Poly) {
    let divider = Divider::new(K::GAMMA2);
    let one = _mm256_set1_epi32(1);
    let m = _mm256_set1_epi32(K::GAMMA2.high_parts());
    for (i, w) in w.0.as_chunks_mut::<{ 4 * LANES }>().0.iter_mut().enumerate() {
        let bits = _mm256_set1_epi32((hint.0[i / 2] >> (32 * (i % 2))) as i32);
        for (w, to_top) in w.as_chunks_mut().0.iter_mut().zip(&TO_TOP) {
            let hint = _mm256_srai_epi32::<31>(_mm256_sllv_epi32(bits, load(to_top)));
            let r = to_unsigned(load(w));
            let (r1, multiple) = divider.high_part(r);
            // −1 where r0 > 0, else 1. In the last step r0 ≤ 0 and r1 = m: the following code turns it into m − 1 or 0, as if it
            // had been wrapped before.
            let minus_step = _mm256_or_si256(_mm256_cmpgt_epi32(r, multiple), one);
            let moved = _mm256_sub_epi32(r1, _mm256_and_si256(minus_step, hint));
            // mod m, for −1..=m: −1 is the largest unsigned number.
            let wrapped = _mm256_min_epu32(moved, _mm256_add_epi32(moved, m));
            store(w, _mm256_and_si256(wrapped, _mm256_cmpgt_epi32(m, wrapped)));
        }
    }
}

/// For each of 32 bits, how far it is from the top.
static TO_TOP: [[i32; LANES]; 4] = [
    [31, 30, 29, 28, 27, 26, 25, 24],
    [23, 22, 21, 20, 19, 18, 17, 16],
    [15, 14, 13, 12, 11, 10, 9, 8],
    [7, 6, 5, 4, 3, 2, 1, 0],
];

/// Whether ‖w‖∞ ≥ bound.
#[target_feature(enable = "avx2")]
pub(super) fn norm_reaches(w: &Poly, bound: i32) -> bool {
    let mut largest = [_mm256_setzero_si256(); 4];
    for four in w.0.as_chunks::<{ 4 * LANES }>().0 {
        for (largest, w) in largest.iter_mut().zip(four.as_chunks().0) {
            *largest = _mm256_max_epi32(*largest, _mm256_abs_epi32(load(w)));
        }
    }
    let [a, b, c, d] = largest;
    let largest = _mm256_max_epi32(_mm256_max_epi32(a, b), _mm256_max_epi32(c, d));
    _mm256_movemask_epi8(_mm256_cmpgt_epi32(largest, _mm256_set1_epi32(bound - 1))) != 0
}
