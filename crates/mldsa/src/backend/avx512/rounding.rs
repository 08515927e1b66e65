//! Rounding, hints and norms: [`rounding`](crate::rounding), sixteen coefficients at a time.

use super::vector::{LANES, load, store, to_unsigned};
use crate::backend::HintPoly;
use crate::params::{D, Gamma2, N};
use crate::poly::Poly;
use core::arch::x86_64::*;

#[target_feature(enable = "avx512f")]
pub(super) fn power2round(t: &mut Poly, t1: &mut Poly) {
    let half = _mm512_set1_epi32((1 << (D - 1)) - 1);
    for (t, t1) in t.0.as_chunks_mut().0.iter_mut().zip(t1.0.as_chunks_mut().0) {
        let r = to_unsigned(load(t));
        let r1 = _mm512_srai_epi32::<D>(_mm512_add_epi32(r, half));
        store(t1, r1);
        store(t, _mm512_sub_epi32(r, _mm512_slli_epi32::<D>(r1)));
    }
}

/// The constants of [`decompose`](crate::rounding::decompose), in each lane.
#[derive(Clone, Copy)]
struct Steps {
    /// gamma2 − 1.
    half: __m512i,
    /// 2·gamma2.
    step: __m512i,
    magic: __m512i,
    shift: __m128i,
    bits: __m128i,
    /// m, the number of high parts.
    parts: __m512i,
}

impl Steps {
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn new(gamma2: Gamma2) -> Self {
        let step = gamma2.step();
        Self {
            half: _mm512_set1_epi32(gamma2.value() - 1),
            step: _mm512_set1_epi32(2 * gamma2.value()),
            magic: _mm512_set1_epi32(step.magic),
            shift: _mm_cvtsi32_si128(step.shift as i32),
            bits: _mm_cvtsi32_si128(step.bits as i32),
            parts: _mm512_set1_epi32(gamma2.high_parts()),
        }
    }

    /// (r1, r0) with r = r1·2·gamma2 + r0. In: r in 0..q. Out: r1 in 0..=m; the standard replaces r1 = m by 0, and r0 by
    /// r0 − 1.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn divide(self, r: __m512i) -> (__m512i, __m512i) {
        let shifted = _mm512_srl_epi32(_mm512_add_epi32(r, self.half), self.shift);
        let r1 = _mm512_srl_epi32(_mm512_mullo_epi32(shifted, self.magic), self.bits);
        (r1, _mm512_sub_epi32(r, _mm512_mullo_epi32(r1, self.step)))
    }
}

/// x mod m for 0 ≤ x < 2m: the smaller of x − m and x as unsigned numbers.
#[inline]
#[target_feature(enable = "avx512f")]
fn wrap(x: __m512i, m: __m512i) -> __m512i {
    _mm512_min_epu32(x, _mm512_sub_epi32(x, m))
}

#[target_feature(enable = "avx512f")]
pub(super) fn decompose(gamma2: Gamma2, w: &mut Poly, w1: &mut Poly) {
    let steps = Steps::new(gamma2);
    for (w, w1) in w.0.as_chunks_mut().0.iter_mut().zip(w1.0.as_chunks_mut().0) {
        let (r1, r0) = steps.divide(to_unsigned(load(w)));
        let high = wrap(r1, steps.parts);
        store(w1, high);
        // The last step wraps.
        let top = _mm512_srai_epi32::<31>(_mm512_sub_epi32(high, r1));
        store(w, _mm512_add_epi32(r0, top));
    }
}

/// For `vpermd`: restores the order of the four coefficients per lane that three `vpack` of four vectors return.
static UNPACKED: [i32; LANES] = [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15];

#[target_feature(enable = "avx512bw")]
pub(super) fn make_hint(gamma2: Gamma2, low: &Poly, high: &Poly) -> HintPoly {
    let (gamma2, one) = (_mm512_set1_epi32(gamma2.value()), _mm512_set1_epi32(1));
    let mut hints = HintPoly::default();
    let words = low.0.as_chunks::<64>().0.iter().zip(high.0.as_chunks::<64>().0);
    for (hints, (low, high)) in hints.0.iter_mut().zip(words) {
        // Negative where low is not in −gamma2 + 1..=gamma2, nor in −gamma2..=gamma2 below high part 0.
        let mut inside = [_mm512_setzero_si512(); 4];
        for (inside, (low, high)) in inside.iter_mut().zip(low.as_chunks().0.iter().zip(high.as_chunks().0)) {
            let (low, high) = (load(low), load(high));
            let from_edge = _mm512_sub_epi32(_mm512_add_epi32(low, gamma2), _mm512_min_epu32(high, one));
            *inside = _mm512_min_epi32(from_edge, _mm512_sub_epi32(gamma2, low));
        }
        // Saturation keeps the signs.
        let [a, b, c, d] = inside;
        let bytes = _mm512_packs_epi16(_mm512_packs_epi32(a, b), _mm512_packs_epi32(c, d));
        *hints = _mm512_movepi8_mask(_mm512_permutexvar_epi32(load(&UNPACKED), bytes));
    }
    hints
}

#[target_feature(enable = "avx512f")]
pub(super) fn use_hint(gamma2: Gamma2, hint: &HintPoly, w: &mut Poly) {
    let steps = Steps::new(gamma2);
    for (&hints, w) in hint.0.iter().zip(w.0.as_chunks_mut::<64>().0) {
        for (i, w) in w.as_chunks_mut().0.iter_mut().enumerate() {
            let hint = (hints >> (LANES * i)) as __mmask16;
            // r1 = m needs no wrap here: its r0 is not positive, with or without the subtraction of 1, and m − 1 is 0 − 1 mod m.
            let (r1, r0) = steps.divide(to_unsigned(load(w)));
            // −1 where r0 > 0, else 1.
            let below = _mm512_srai_epi32::<31>(_mm512_sub_epi32(_mm512_setzero_si512(), r0));
            let below = _mm512_or_si512(below, _mm512_set1_epi32(1));
            let moved = _mm512_mask_sub_epi32(r1, hint, r1, below);
            // mod m, for −1..=m
            let moved = _mm512_min_epu32(moved, _mm512_add_epi32(moved, steps.parts));
            store(w, wrap(moved, steps.parts));
        }
    }
}

#[target_feature(enable = "avx512f")]
pub(super) fn norm_reaches(w: &Poly, bound: i32) -> bool {
    // Four maxima, to shorten the dependency chain.
    let mut largest = [_mm512_setzero_si512(); N / LANES / 4];
    for quarter in w.0.as_chunks::<{ 4 * LANES }>().0 {
        for (largest, w) in largest.iter_mut().zip(quarter.as_chunks().0) {
            *largest = _mm512_max_epu32(*largest, _mm512_abs_epi32(load(w)));
        }
    }
    let [a, b, c, d] = largest;
    let largest = _mm512_max_epu32(_mm512_max_epu32(a, b), _mm512_max_epu32(c, d));
    _mm512_cmpge_epu32_mask(largest, _mm512_set1_epi32(bound)) != 0
}
