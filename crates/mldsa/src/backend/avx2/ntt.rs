//! The number-theoretic transform in two passes over memory: the layers 128 and 64 on four vectors at a time, and the
//! other six on blocks of eight vectors, which are 64 neighbours.
//!
//! In the last three layers both halves of a butterfly lie in one vector. There vectors are taken in pairs, 16
//! neighbours, and shuffled so that one holds all low halves and the other all high ones. The coefficients then lie
//!
//! | layer | low | high |
//! |---|---|---|
//! | 4 | 0 1 2 3 8 9 10 11 | 4 5 6 7 12 13 14 15 |
//! | 2 | 0 4 1 5 8 12 9 13 | 2 6 3 7 10 14 11 15 |
//! | 1 | 0 2 4 6 8 10 12 14 | 1 3 5 7 9 11 13 15 |
//!
//! and the tables of zetas follow that order.

use super::vector::{LANES, high_halves, load, odd_lanes, store};
use crate::field::{Factor, centered, power};
use crate::ntt::{INV_NTT_SCALE, ZETAS};
use crate::params::{N, Q, ZETA};
use crate::poly::{NttPoly, Poly};
use core::arch::x86_64::*;

/// Vectors in the blocks of the layers below 64.
const BLOCK: usize = 8;

/// A [`Factor`] for each lane, ready for [`mul`].
#[derive(Clone, Copy)]
struct Factors {
    value: __m256i,
    quotient: __m256i,
    /// The odd lanes' quotients, in the even lanes.
    odd_quotient: __m256i,
}

/// The same factor in all lanes.
#[inline]
#[target_feature(enable = "avx2")]
fn broadcast(factor: Factor) -> Factors {
    let quotient = _mm256_set1_epi32(factor.quotient);
    Factors { value: _mm256_set1_epi32(factor.value), quotient, odd_quotient: quotient }
}

/// [`Factor::mul`] in each lane: the same ranges.
#[inline]
#[target_feature(enable = "avx2")]
fn mul(a: __m256i, by: Factors) -> __m256i {
    let even = _mm256_mul_epi32(a, by.quotient);
    let odd = _mm256_mul_epi32(odd_lanes(a), by.odd_quotient);
    let t = _mm256_mullo_epi32(high_halves(even, odd), _mm256_set1_epi32(Q));
    _mm256_sub_epi32(_mm256_mullo_epi32(a, by.value), t)
}

/// The zetas of one of the last three layers: a row for each 16 neighbours, which take eight of them in layer 1, and
/// fewer, but still one a lane, in the others.
#[repr(align(32))]
struct LaneZetas<const FIELDS: usize>([[[i32; LANES]; FIELDS]; N / 16]);

/// Where ZETAS has the factor of the butterfly whose low half is coefficient `low` of NTT's layer `len`, or of the
/// inverse's, which takes the table from its end.
const fn zeta_index(len: usize, low: usize, inverse: bool) -> usize {
    let block = low / (2 * len);
    let blocks = N / (2 * len);
    if inverse { 2 * blocks - 1 - block } else { blocks + block }
}

impl<const FIELDS: usize> LaneZetas<FIELDS> {
    /// `low`: which of the 16 neighbours lie in the low vector, in order.
    const fn new(len: usize, low: [usize; LANES], inverse: bool) -> Self {
        let mut rows = [[[0; LANES]; FIELDS]; N / 16];
        let mut row = 0;
        while row < N / 16 {
            let mut lane = 0;
            while lane < LANES {
                let factor = ZETAS[zeta_index(len, 16 * row + low[lane], inverse)];
                rows[row][0][lane] = factor.value;
                rows[row][1][lane] = factor.quotient;
                if FIELDS > 2 {
                    rows[row][2][lane & !1] = ZETAS[zeta_index(len, 16 * row + low[lane | 1], inverse)].quotient;
                }
                lane += 1;
            }
            row += 1;
        }
        Self(rows)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    fn row(&self, row: usize) -> Factors {
        let fields = &self.0[row];
        let quotient = load(&fields[1]);
        let odd_quotient = if FIELDS > 2 { load(&fields[2]) } else { quotient };
        Factors { value: load(&fields[0]), quotient, odd_quotient }
    }
}

/// Layer 4's low halves: neighbouring lanes have the same zeta.
const LOW_4: [usize; LANES] = [0, 1, 2, 3, 8, 9, 10, 11];
/// Layer 2's low halves.
const LOW_2: [usize; LANES] = [0, 4, 1, 5, 8, 12, 9, 13];
/// Layer 1's low halves.
const LOW_1: [usize; LANES] = [0, 2, 4, 6, 8, 10, 12, 14];

static ZETAS_4: LaneZetas<2> = LaneZetas::new(4, LOW_4, false);
static ZETAS_2: LaneZetas<3> = LaneZetas::new(2, LOW_2, false);
static ZETAS_1: LaneZetas<3> = LaneZetas::new(1, LOW_1, false);
static INV_ZETAS_4: LaneZetas<2> = LaneZetas::new(4, LOW_4, true);
static INV_ZETAS_2: LaneZetas<2> = LaneZetas::new(2, [0, 1, 4, 5, 8, 9, 12, 13], true);
static INV_ZETAS_1: LaneZetas<3> = LaneZetas::new(1, [0, 4, 2, 6, 8, 12, 10, 14], true);

/// The zeta of the butterfly whose low half is coefficient `low` of layer `len`.
#[inline]
#[target_feature(enable = "avx2")]
fn zeta(len: usize, low: usize) -> Factors {
    broadcast(ZETAS[zeta_index(len, low, false)])
}

/// The same for the inverse.
#[inline]
#[target_feature(enable = "avx2")]
fn inv_zeta(len: usize, low: usize) -> Factors {
    broadcast(ZETAS[zeta_index(len, low, true)])
}

/// Cooley and Tukey's butterfly: (a + zeta·b, a − zeta·b).
#[inline]
#[target_feature(enable = "avx2")]
fn butterfly(a: __m256i, b: __m256i, zeta: Factors) -> (__m256i, __m256i) {
    let t = mul(b, zeta);
    (_mm256_add_epi32(a, t), _mm256_sub_epi32(a, t))
}

/// Gentleman and Sande's butterfly: (a + b, (b − a)·zeta), the standard's (a − b)·(−zeta).
#[inline]
#[target_feature(enable = "avx2")]
fn inv_butterfly(a: __m256i, b: __m256i, zeta: Factors) -> (__m256i, __m256i) {
    (_mm256_add_epi32(a, b), mul(_mm256_sub_epi32(b, a), zeta))
}

/// (a0 a1, b0 b1) becomes (a0 b0, a1 b1), in 128-bit halves. Its own inverse.
#[inline]
#[target_feature(enable = "avx2")]
fn exchange_halves(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    (_mm256_permute2x128_si256::<0x20>(a, b), _mm256_permute2x128_si256::<0x31>(a, b))
}

/// In each half, (a0 a1 a2 a3, b0 b1 b2 b3) becomes (a0 b0 a1 b1, a2 b2 a3 b3).
#[inline]
#[target_feature(enable = "avx2")]
fn interleave(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b))
}

/// In each half, (a0 a1 a2 a3, b0 b1 b2 b3) becomes (a0 a1 b0 b1, a2 a3 b2 b3).
#[inline]
#[target_feature(enable = "avx2")]
fn interleave_pairs(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    (_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b))
}

/// In each half, (a0 a1 a2 a3, b0 b1 b2 b3) becomes (a0 b0 a2 b2, a1 b1 a3 b3).
#[inline]
#[target_feature(enable = "avx2")]
fn deinterleave(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    let even_of_b = _mm256_shuffle_epi32::<0b10_10_00_00>(b);
    (_mm256_blend_epi32::<0b1010_1010>(a, even_of_b), _mm256_blend_epi32::<0b1010_1010>(odd_lanes(a), b))
}

/// FIPS 204, Algorithm 41 (NTT): see [`Backend::ntt`](crate::backend::Backend::ntt).
#[target_feature(enable = "avx2")]
pub(super) fn ntt(w: &Poly, w_hat: &mut NttPoly) {
    let (from, _) = w.0.as_chunks::<LANES>();
    let (to, _) = w_hat.0.as_chunks_mut::<LANES>();
    let zetas = [zeta(128, 0), zeta(64, 0), zeta(64, 128)];
    for i in 0..8 {
        let v = [i, i + 8, i + 16, i + 24];
        let done = two_layers(v.map(|j| load(&from[j])), zetas);
        v.into_iter().zip(done).for_each(|(j, v)| store(&mut to[j], v));
    }
    for (i, block) in to.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let zetas = [zeta(32, 64 * i), zeta(16, 64 * i), zeta(16, 64 * i + 32)];
        for j in 0..2 {
            let v = [j, j + 2, j + 4, j + 6];
            let done = two_layers(v.map(|j| load(&block[j])), zetas);
            v.into_iter().zip(done).for_each(|(j, v)| store(&mut block[j], v));
        }
    }
    for (i, [v0, v1]) in to.as_chunks_mut::<2>().0.iter_mut().enumerate() {
        let (a, b) = butterfly(load(v0), load(v1), zeta(8, 16 * i));
        let (a, b) = exchange_halves(a, b);
        let (a, b) = butterfly(a, b, ZETAS_4.row(i));
        store(v0, a);
        store(v1, b);
    }
    for (i, [v0, v1]) in to.as_chunks_mut::<2>().0.iter_mut().enumerate() {
        let (a, b) = interleave(load(v0), load(v1));
        let (a, b) = butterfly(a, b, ZETAS_2.row(i));
        let (a, b) = interleave(a, b);
        let (a, b) = butterfly(a, b, ZETAS_1.row(i));
        let (a, b) = interleave(a, b);
        let (a, b) = exchange_halves(a, b);
        store(v0, a);
        store(v1, b);
    }
}

/// Two layers on four vectors at equal distances.
#[inline]
#[target_feature(enable = "avx2")]
fn two_layers([a, b, c, d]: [__m256i; 4], zetas: [Factors; 3]) -> [__m256i; 4] {
    let (a, c) = butterfly(a, c, zetas[0]);
    let (b, d) = butterfly(b, d, zetas[0]);
    let (a, b) = butterfly(a, b, zetas[1]);
    let (c, d) = butterfly(c, d, zetas[2]);
    [a, b, c, d]
}

/// FIPS 204, Algorithm 42 (NTT^−1), scaled: see [`Backend::inv_ntt`](crate::backend::Backend::inv_ntt).
#[target_feature(enable = "avx2")]
pub(super) fn inv_ntt(w_hat: &NttPoly, w: &mut Poly) {
    /// The last layer's zeta with the scale.
    const LAST: Factor =
        Factor::new(centered(-(power(ZETA, 128) as i64) * INV_NTT_SCALE.value as i64));

    let (from, _) = w_hat.0.as_chunks::<LANES>();
    let (to, _) = w.0.as_chunks_mut::<LANES>();
    let pairs = from.as_chunks::<2>().0.iter().zip(to.as_chunks_mut::<2>().0);
    for (i, ([from0, from1], [v0, v1])) in pairs.enumerate() {
        let (a, b) = exchange_halves(load(from0), load(from1));
        let (a, b) = deinterleave(a, b);
        let (a, b) = inv_butterfly(a, b, INV_ZETAS_1.row(i));
        let (a, b) = interleave(a, b);
        let (a, b) = inv_butterfly(a, b, INV_ZETAS_2.row(i));
        store(v0, a);
        store(v1, b);
    }
    for (i, [v0, v1]) in to.as_chunks_mut::<2>().0.iter_mut().enumerate() {
        let (a, b) = interleave_pairs(load(v0), load(v1));
        let (a, b) = inv_butterfly(a, b, INV_ZETAS_4.row(i));
        let (a, b) = exchange_halves(a, b);
        let (a, b) = inv_butterfly(a, b, inv_zeta(8, 16 * i));
        store(v0, a);
        store(v1, b);
    }
    for (i, block) in to.as_chunks_mut::<8>().0.iter_mut().enumerate() {
        let zetas = [inv_zeta(16, 64 * i), inv_zeta(16, 64 * i + 32), inv_zeta(32, 64 * i)];
        for j in 0..2 {
            let v = [j, j + 2, j + 4, j + 6];
            let [a, b, c, d] = v.map(|j| load(&block[j]));
            let (a, b) = inv_butterfly(a, b, zetas[0]);
            let (c, d) = inv_butterfly(c, d, zetas[1]);
            let (a, c) = inv_butterfly(a, c, zetas[2]);
            let (b, d) = inv_butterfly(b, d, zetas[2]);
            v.into_iter().zip([a, b, c, d]).for_each(|(j, v)| store(&mut block[j], v));
        }
    }
    let zetas = [inv_zeta(64, 0), inv_zeta(64, 128)];
    let (scale, last) = (broadcast(INV_NTT_SCALE), broadcast(LAST));
    for i in 0..8 {
        let v = [i, i + 8, i + 16, i + 24];
        let [a, b, c, d] = v.map(|j| load(&to[j]));
        let (a, b) = inv_butterfly(a, b, zetas[0]);
        let (c, d) = inv_butterfly(c, d, zetas[1]);
        let low = [_mm256_add_epi32(a, c), _mm256_add_epi32(b, d)].map(|v| center(mul(v, scale)));
        let high = [_mm256_sub_epi32(a, c), _mm256_sub_epi32(b, d)].map(|v| center(mul(v, last)));
        v.into_iter().zip([low[0], low[1], high[0], high[1]]).for_each(|(j, v)| store(&mut to[j], v));
    }
}

/// [`center`](crate::field::center) in each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn center(v: __m256i) -> __m256i {
    let above = _mm256_cmpgt_epi32(v, _mm256_set1_epi32((Q - 1) / 2));
    _mm256_sub_epi32(v, _mm256_and_si256(above, _mm256_set1_epi32(Q)))
}
