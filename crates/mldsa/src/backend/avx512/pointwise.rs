//! Products in the NTT domain: 64-bit sums, the even and the odd coefficients apart, reduced once.

use super::vector::{LANES, load, load_bytes, montgomery_reduce, odd_lanes, store};
use crate::poly::{NttPoly, UniformPoly};
use core::arch::x86_64::*;

/// Bytes of a vector of [`UniformPoly`].
pub(super) const TRIPLES: usize = 3 * LANES;

/// For `vpermb`: three bytes to each 32-bit lane, and the first of all as the fourth.
static SPREAD: [i32; LANES] = {
    let mut lanes = [0; LANES];
    let mut lane = 0;
    while lane < LANES {
        let first = 3 * lane as i32;
        lanes[lane] = first | (first + 1) << 8 | (first + 2) << 16;
        lane += 1;
    }
    lanes
};

/// Three bytes to each 32-bit lane, and any fourth.
#[inline]
#[target_feature(enable = "avx512bw,avx512vbmi")]
pub(super) fn spread(triples: __m512i) -> __m512i {
    _mm512_permutexvar_epi8(load(&SPREAD), triples)
}

/// FIPS 204, Algorithm 14 (CoeffFromThreeBytes), before its comparison with q. Out: 0..2^23.
#[inline]
#[target_feature(enable = "avx512bw,avx512vbmi")]
pub(super) fn coeffs_from_three_bytes(triples: __m512i) -> __m512i {
    _mm512_and_si512(spread(triples), _mm512_set1_epi32(0x7f_ffff))
}

/// 64-bit products of the even lanes, and of the odd lanes.
#[inline]
#[target_feature(enable = "avx512f")]
fn products(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
    (_mm512_mul_epi32(a, b), _mm512_mul_epi32(odd_lanes(a), odd_lanes(b)))
}

#[target_feature(enable = "avx512bw,avx512vbmi")]
pub(super) fn dot(
    row: &[UniformPoly],
    v: &[NttPoly],
    minus: Option<(&NttPoly, &NttPoly)>,
    out: &mut NttPoly,
) {
    for (i, out) in out.0.as_chunks_mut().0.iter_mut().enumerate() {
        let (mut even, mut odd) = (_mm512_setzero_si512(), _mm512_setzero_si512());
        for (a, b) in row.iter().zip(v) {
            let a = coeffs_from_three_bytes(load_bytes::<TRIPLES>(&a.0.as_chunks().0[i]));
            let (e, o) = products(a, load(&b.0.as_chunks().0[i]));
            (even, odd) = (_mm512_add_epi64(even, e), _mm512_add_epi64(odd, o));
        }
        if let Some((a, b)) = minus {
            let (e, o) = products(load(&a.0.as_chunks().0[i]), load(&b.0.as_chunks().0[i]));
            (even, odd) = (_mm512_sub_epi64(even, e), _mm512_sub_epi64(odd, o));
        }
        store(out, montgomery_reduce(even, odd));
    }
}

#[target_feature(enable = "avx512f")]
pub(super) fn mul(a: &NttPoly, b: &NttPoly, out: &mut NttPoly) {
    let factors = a.0.as_chunks().0.iter().zip(b.0.as_chunks().0);
    for ((a, b), out) in factors.zip(out.0.as_chunks_mut().0) {
        let (even, odd) = products(load(a), load(b));
        store(out, montgomery_reduce(even, odd));
    }
}

#[target_feature(enable = "avx512f")]
pub(super) fn mul_add(a: &NttPoly, b: &NttPoly, c: &NttPoly, out: &mut NttPoly) {
    let factors = a.0.as_chunks().0.iter().zip(b.0.as_chunks().0);
    for (((a, b), c), out) in factors.zip(c.0.as_chunks().0).zip(out.0.as_chunks_mut().0) {
        let (even, odd) = products(load(a), load(b));
        let c = load(c);
        let c_even = _mm512_srai_epi64::<32>(_mm512_slli_epi64::<32>(c));
        let c_odd = _mm512_srai_epi64::<32>(c);
        let (even, odd) = (_mm512_add_epi64(even, c_even), _mm512_add_epi64(odd, c_odd));
        store(out, montgomery_reduce(even, odd));
    }
}
