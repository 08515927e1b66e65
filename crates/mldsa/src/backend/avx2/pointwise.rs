//! Products in the NTT domain: 64-bit sums of the even and of the odd coefficients, one Montgomery reduction at the end.

use super::vector::{LANES, load, load_bytes, load_halves, montgomery_reduce, odd_lanes, opaque, store};
use crate::params::Q;
use crate::poly::{NttPoly, Poly, UniformPoly};
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
    // Four triples are at the start of the low half, and four at the end of the high half, which begins at byte 8.
    let shuffle = _mm256_setr_epi8(
        0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1, //
        4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15, -1,
    );
    // 24 bytes have a first and a last 16.
    let (Some(low), Some(high)) = (bytes.first_chunk(), bytes.last_chunk()) else { unreachable!() };
    let spread = _mm256_shuffle_epi8(load_halves(low, high), shuffle);
    _mm256_and_si256(spread, _mm256_set1_epi32(0x7f_ffff))
}

/// The same, with four more bytes on each side: one load; its halves meet between the fourth and the fifth triple.
#[inline]
#[target_feature(enable = "avx2")]
fn load_inner_triples(bytes: &[u8; TRIPLES + 8]) -> __m256i {
    let shuffle = _mm256_setr_epi8(
        4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15, -1, //
        0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1,
    );
    let spread = _mm256_shuffle_epi8(load_bytes(bytes), shuffle);
    _mm256_and_si256(spread, _mm256_set1_epi32(0x7f_ffff))
}

/// a∘b for eight coefficients, from 8·i on.
#[inline]
#[target_feature(enable = "avx2")]
fn edge_product(a: &UniformPoly, b: &NttPoly, i: usize) -> Sums {
    Sums::product(opaque(load_triples(&a.0.as_chunks().0[i])), load(&b.0.as_chunks().0[i]))
}

/// The same for any but the first and the last eight, in two instructions less: there is memory on both sides, so one load
/// reads the bytes of a and another the odd coefficients of b.
#[inline]
#[target_feature(enable = "avx2")]
fn inner_product(a: &UniformPoly, b: &NttPoly, i: usize) -> Sums {
    let bytes = a.0[TRIPLES * i - 4..].first_chunk();
    let odd = b.0[LANES * i + 1..].first_chunk();
    let (Some(bytes), Some(odd)) = (bytes, odd) else { return edge_product(a, b, i) };
    let a = opaque(load_inner_triples(bytes));
    let even = _mm256_mul_epi32(a, load(&b.0.as_chunks().0[i]));
    Sums(even, _mm256_mul_epi32(odd_lanes(a), load(odd)))
}

/// FIPS 204, Algorithm 48 (MatrixVectorNTT), one row: see [`Backend::dot`](crate::backend::Backend::dot).
#[target_feature(enable = "avx2")]
pub(super) fn dot(
    row: &[UniformPoly],
    v: &[NttPoly],
    minus: Option<(&NttPoly, &NttPoly)>,
    out: &mut NttPoly,
) {
    let (out, _) = out.0.as_chunks_mut::<LANES>();
    let last = out.len() - 1;
    columns::<1>(row, v, minus, 0, out, |a, b, i| edge_product(a, b, i));
    for i in (1..last).step_by(2) {
        columns::<2>(row, v, minus, i, out, |a, b, i| inner_product(a, b, i));
    }
    columns::<1>(row, v, minus, last, out, |a, b, i| edge_product(a, b, i));
}

/// `COUNT` vectors of the sum, from vector `first` on.
#[inline]
#[target_feature(enable = "avx2")]
fn columns<const COUNT: usize>(
    row: &[UniformPoly],
    v: &[NttPoly],
    minus: Option<(&NttPoly, &NttPoly)>,
    first: usize,
    out: &mut [[i32; LANES]],
    product: impl Fn(&UniformPoly, &NttPoly, usize) -> Sums,
) {
    let zero = _mm256_setzero_si256();
    let mut sums = [Sums(zero, zero); COUNT];
    if let Some((a, b)) = minus {
        for (i, sums) in (first..).zip(&mut sums) {
            let a = _mm256_sub_epi32(zero, load(&a.0.as_chunks().0[i]));
            *sums = Sums::product(a, load(&b.0.as_chunks().0[i]));
        }
    }
    for (a, b) in row.iter().zip(v) {
        for (i, sums) in (first..).zip(&mut sums) {
            *sums = sums.plus(product(a, b, i));
        }
    }
    for (i, sums) in (first..).zip(sums) {
        store(&mut out[i], sums.reduce());
    }
}

/// FIPS 204, Algorithm 45 (MultiplyNTT): see [`Backend::mul`](crate::backend::Backend::mul). Six `vpmuldq` for eight
/// coefficients are its bound: 25 ns at two a cycle and 3.8 GHz.
#[target_feature(enable = "avx2")]
pub(super) fn mul(a: &NttPoly, b: &NttPoly, out: &mut NttPoly) {
    let (a, b, out) = (a.0.as_chunks().0, b.0.as_chunks().0, out.0.as_chunks_mut().0);
    for ((a, b), out) in a.iter().zip(b).zip(out) {
        store(out, Sums::product(load(a), load(b)).reduce());
    }
}

/// a∘b + c: see [`Backend::mul_add`](crate::backend::Backend::mul_add).
#[target_feature(enable = "avx2")]
pub(super) fn mul_add(a: &NttPoly, b: &NttPoly, c: &NttPoly, out: &mut NttPoly) {
    let (a, b, c) = (a.0.as_chunks().0, b.0.as_chunks().0, c.0.as_chunks().0);
    for (((a, b), c), out) in a.iter().zip(b).zip(c).zip(out.0.as_chunks_mut().0) {
        // Not negative, so that zero extension to 64 bits is correct.
        let c = _mm256_add_epi32(load(c), _mm256_set1_epi32(10 * Q));
        let even = _mm256_blend_epi32::<0b1010_1010>(c, _mm256_setzero_si256());
        let c = Sums(even, _mm256_srli_epi64::<32>(c));
        store(out, Sums::product(load(a), load(b)).plus(c).reduce());
    }
}

/// a += b.
#[target_feature(enable = "avx2")]
pub(super) fn add(a: &mut Poly, b: &Poly) {
    for (a, b) in a.0.as_chunks_mut().0.iter_mut().zip(b.0.as_chunks().0) {
        store(a, _mm256_add_epi32(load(a), load(b)));
    }
}

/// a −= b.
#[target_feature(enable = "avx2")]
pub(super) fn sub(a: &mut Poly, b: &Poly) {
    for (a, b) in a.0.as_chunks_mut().0.iter_mut().zip(b.0.as_chunks().0) {
        store(a, _mm256_sub_epi32(load(a), load(b)));
    }
}
