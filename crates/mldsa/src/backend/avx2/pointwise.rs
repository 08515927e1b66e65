//! Products in the NTT domain: 64-bit sums of the even and of the odd coefficients, one Montgomery reduction at the end.

use super::vector::{LANES, load, load_halves, montgomery_reduce, odd_lanes, opaque, store};
use crate::params::Q;
use crate::poly::{NttPoly, UniformPoly};
use core::arch::x86_64::*;

/// Bytes of eight coefficients of a [`UniformPoly`].
const TRIPLES: usize = 3 * LANES;

/// 64-bit sums for eight coefficients: the even ones, and the odd ones.
#[derive(Clone, Copy)]
struct Sums(__m256i, __m256i);

impl Sums {
    #[inline]
    #[target_feature(enable = "avx2")]
    fn product(a: __m256i, b: __m256i) -> Self {
        Self(_mm256_mul_epi32(a, b), _mm256_mul_epi32(odd_lanes(a), odd_lanes(b)))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn plus(self, other: Self) -> Self {
        Self(_mm256_add_epi64(self.0, other.0), _mm256_add_epi64(self.1, other.1))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn reduce(self) -> __m256i {
        montgomery_reduce(self.0, self.1)
    }
}

/// Eight coefficients from three bytes each, the ignored bit cleared.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load_triples(bytes: &[u8; TRIPLES]) -> __m256i {
    // Four triples lie at the start of the low half; four at the end of the high one, which begins at byte 8.
    let shuffle = _mm256_setr_epi8(
        0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1, //
        4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15, -1,
    );
    let (Some(low), Some(high)) = (bytes.first_chunk(), bytes.last_chunk()) else { unreachable!() };
    let spread = _mm256_shuffle_epi8(load_halves(low, high), shuffle);
    _mm256_and_si256(spread, _mm256_set1_epi32(0x7f_ffff))
}

#[target_feature(enable = "avx2")]
pub(super) fn dot(
    row: &[UniformPoly],
    v: &[NttPoly],
    minus: Option<(&NttPoly, &NttPoly)>,
    out: &mut NttPoly,
) {
    let (out, _) = out.0.as_chunks_mut::<LANES>();
    for (i, out) in out.iter_mut().enumerate() {
        let zero = _mm256_setzero_si256();
        let mut sums = Sums(zero, zero);
        if let Some((a, b)) = minus {
            let a = _mm256_sub_epi32(zero, load(&a.0.as_chunks().0[i]));
            sums = Sums::product(a, load(&b.0.as_chunks().0[i]));
        }
        for (a, b) in row.iter().zip(v) {
            let a = opaque(load_triples(&a.0.as_chunks().0[i]));
            sums = sums.plus(Sums::product(a, load(&b.0.as_chunks().0[i])));
        }
        store(out, sums.reduce());
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn mul(a: &NttPoly, b: &NttPoly, out: &mut NttPoly) {
    let (a, b, out) = (a.0.as_chunks().0, b.0.as_chunks().0, out.0.as_chunks_mut().0);
    for ((a, b), out) in a.iter().zip(b).zip(out) {
        store(out, Sums::product(load(a), load(b)).reduce());
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn mul_add(a: &NttPoly, b: &NttPoly, c: &NttPoly, out: &mut NttPoly) {
    let (a, b, c) = (a.0.as_chunks().0, b.0.as_chunks().0, c.0.as_chunks().0);
    for (((a, b), c), out) in a.iter().zip(b).zip(c).zip(out.0.as_chunks_mut().0) {
        // Positive, so that zeros extend it to 64 bits.
        let c = _mm256_add_epi32(load(c), _mm256_set1_epi32(10 * Q));
        let even = _mm256_blend_epi32::<0b1010_1010>(c, _mm256_setzero_si256());
        let c = Sums(even, _mm256_srli_epi64::<32>(c));
        store(out, Sums::product(load(a), load(b)).plus(c).reduce());
    }
}
