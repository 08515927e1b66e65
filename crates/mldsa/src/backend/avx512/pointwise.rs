//! Products in the NTT domain: separate 64-bit sums of the even and of the odd coefficients, each reduced once.

use super::vector::{LANES, load, load_bytes_at, montgomery_reduce, odd_lanes, opaque_lanes, store};
use crate::poly::{NttPoly, Poly, UniformPoly};
use core::arch::x86_64::*;

/// Bytes of a vector of [`UniformPoly`].
pub(super) const TRIPLES: usize = 3 * LANES;
/// Vectors that are loaded together.
pub(super) const GROUP: usize = 4;
/// Their bytes: three whole vectors.
pub(super) const GROUP_LEN: usize = GROUP * TRIPLES;

/// For `vpermb`: three bytes for each 32-bit lane, the first of them at `start`. The fourth is arbitrary.
const fn spread_from(start: usize) -> [i32; LANES] {
    let mut lanes = [0; LANES];
    let mut lane = 0;
    while lane < LANES {
        let first = (start + 3 * lane) as i32;
        lanes[lane] = first | (first + 1) << 8 | (first + 2) << 16;
        lane += 1;
    }
    lanes
}

static SPREAD: [i32; LANES] = spread_from(0);
static SPREAD_LAST: [i32; LANES] = spread_from(64 - TRIPLES);

/// Three bytes in each 32-bit lane, and an arbitrary fourth. The last load is moved back so that its 64 bytes end with the group.
#[inline]
#[target_feature(enable = "avx512bw,avx512vbmi")]
pub(super) fn spread(triples: &[u8; GROUP_LEN]) -> [__m512i; GROUP] {
    let (start, last) = (load(&SPREAD), load(&SPREAD_LAST));
    [
        _mm512_permutexvar_epi8(start, load_bytes_at::<0>(triples)),
        _mm512_permutexvar_epi8(start, load_bytes_at::<TRIPLES>(triples)),
        _mm512_permutexvar_epi8(start, load_bytes_at::<{ 2 * TRIPLES }>(triples)),
        _mm512_permutexvar_epi8(last, load_bytes_at::<{ GROUP_LEN - 64 }>(triples)),
    ]
}

/// FIPS 204, Algorithm 14 (CoeffFromThreeBytes), before its comparison with q. Out: 0..2^23.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn coeff_from_three_bytes(spread: __m512i) -> __m512i {
    _mm512_and_si512(spread, opaque_lanes((1 << 23) - 1))
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
    const COEFFICIENTS: usize = GROUP * LANES;
    for (group, out) in out.0.as_chunks_mut::<COEFFICIENTS>().0.iter_mut().enumerate() {
        let mut even = [_mm512_setzero_si512(); GROUP];
        let mut odd = even;
        for (a, b) in row.iter().zip(v) {
            let a = spread(&a.0.as_chunks().0[group]);
            let b = b.0.as_chunks::<COEFFICIENTS>().0[group].as_chunks().0;
            for i in 0..GROUP {
                let (a, b) = (coeff_from_three_bytes(a[i]), load(&b[i]));
                let a_odd = _mm512_srli_epi64::<32>(a);
                even[i] = _mm512_add_epi64(even[i], _mm512_mul_epi32(a, b));
                odd[i] = _mm512_add_epi64(odd[i], _mm512_mul_epi32(a_odd, odd_lanes(b)));
            }
        }
        if let Some((a, b)) = minus {
            let a = a.0.as_chunks::<COEFFICIENTS>().0[group].as_chunks().0;
            let b = b.0.as_chunks::<COEFFICIENTS>().0[group].as_chunks().0;
            for i in 0..GROUP {
                let (e, o) = products(load(&a[i]), load(&b[i]));
                (even[i], odd[i]) = (_mm512_sub_epi64(even[i], e), _mm512_sub_epi64(odd[i], o));
            }
        }
        for (i, out) in out.as_chunks_mut().0.iter_mut().enumerate() {
            store(out, montgomery_reduce(even[i], odd[i]));
        }
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

/// a += b.
#[target_feature(enable = "avx512f")]
pub(super) fn add(a: &mut Poly, b: &Poly) {
    for (a, b) in a.0.as_chunks_mut().0.iter_mut().zip(b.0.as_chunks().0) {
        store(a, _mm512_add_epi32(load(a), load(b)));
    }
}

/// a −= b.
#[target_feature(enable = "avx512f")]
pub(super) fn sub(a: &mut Poly, b: &Poly) {
    for (a, b) in a.0.as_chunks_mut().0.iter_mut().zip(b.0.as_chunks().0) {
        store(a, _mm512_sub_epi32(load(a), load(b)));
    }
}
