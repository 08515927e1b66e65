//! The number-theoretic transform: each layer is one loop over memory.
//!
//! The sixteen pairs of vectors of a layer are independent, so their latencies overlap. This is faster than computing two or
//! more layers between a load and a store, whose longer dependency chains leave too few independent instructions (107 ns
//! instead of 131 ns on a Zen 5). Loads and stores run in parallel with the arithmetic.
//!
//! In the last three layers, both halves of a butterfly are in one vector. There, a pair of vectors (16 consecutive
//! coefficients) is shuffled so that one vector holds all low halves and the other all high halves. The order is then
//!
//! | layer | low | high |
//! |---|---|---|
//! | 4 | 0 1 2 3 8 9 10 11 | 4 5 6 7 12 13 14 15 |
//! | 2 | 0 4 1 5 8 12 9 13 | 2 6 3 7 10 14 11 15 |
//! | 1 | 0 2 4 6 8 10 12 14 | 1 3 5 7 9 11 13 15 |
//!
//! and the tables of zetas have the same order.

use super::vector::{LANES, high_halves, load, odd_lanes, opaque, store};
use crate::field::{Factor, centered, power};
use crate::params::{N, Q, ZETA};
use crate::poly::{NttPoly, Poly};
use crate::twiddles::{INV_NTT_SCALE, ZETAS};
use core::arch::x86_64::*;

/// A [`Factor`] for each lane, ready for [`mul`].
#[derive(Clone, Copy)]
struct Factors {
    value: __m256i,
    quotient: __m256i,
    /// The quotients of the odd lanes, in the even lanes.
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

/// The zetas of one of the last three layers: a row for each 16 consecutive coefficients. In layer 1 these use eight zetas;
/// in the others fewer, but still one for each lane.
#[repr(align(32))]
struct LaneZetas<const FIELDS: usize>([[[i32; LANES]; FIELDS]; N / 16]);

/// The index in ZETAS of the factor of the butterfly whose low half is coefficient `low` of layer `len` of the NTT, or of the
/// inverse, which uses the table backwards.
const fn zeta_index(len: usize, low: usize, inverse: bool) -> usize {
    let block = low / (2 * len);
    let blocks = N / (2 * len);
    if inverse { 2 * blocks - 1 - block } else { blocks + block }
}

impl<const FIELDS: usize> LaneZetas<FIELDS> {
    /// `low`: which of the 16 coefficients are in the low vector, in order.
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
                    rows[row][2][lane & !1] =
                        ZETAS[zeta_index(len, 16 * row + low[lane | 1], inverse)].quotient;
                }
                lane += 1;
            }
            row += 1;
        }
        Self(rows)
    }
}

/// A row of [`LaneZetas`].
#[inline]
#[target_feature(enable = "avx2")]
fn lane_factors<const FIELDS: usize>(fields: &[[i32; LANES]; FIELDS]) -> Factors {
    let quotient = load(&fields[1]);
    let odd_quotient = if FIELDS > 2 { load(&fields[2]) } else { quotient };
    Factors { value: load(&fields[0]), quotient, odd_quotient }
}

/// The low halves of layer 4: adjacent lanes have the same zeta.
const LOW_4: [usize; LANES] = [0, 1, 2, 3, 8, 9, 10, 11];
/// The low halves of layer 2.
const LOW_2: [usize; LANES] = [0, 4, 1, 5, 8, 12, 9, 13];
/// The low halves of layer 1.
const LOW_1: [usize; LANES] = [0, 2, 4, 6, 8, 10, 12, 14];

static ZETAS_4: LaneZetas<2> = LaneZetas::new(4, LOW_4, false);
static ZETAS_2: LaneZetas<3> = LaneZetas::new(2, LOW_2, false);
static ZETAS_1: LaneZetas<3> = LaneZetas::new(1, LOW_1, false);
static INV_ZETAS_4: LaneZetas<2> = LaneZetas::new(4, LOW_4, true);
static INV_ZETAS_2: LaneZetas<3> = LaneZetas::new(2, LOW_2, true);
static INV_ZETAS_1: LaneZetas<3> = LaneZetas::new(1, LOW_1, true);

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

/// The inverse of [`interleave`].
#[inline]
#[target_feature(enable = "avx2")]
fn deinterleave(a: __m256i, b: __m256i) -> (__m256i, __m256i) {
    let (a, b) = (_mm256_castsi256_ps(a), _mm256_castsi256_ps(b));
    let even = _mm256_castps_si256(_mm256_shuffle_ps::<0b10_00_10_00>(a, b));
    (opaque(even), _mm256_castps_si256(_mm256_shuffle_ps::<0b11_01_11_01>(a, b)))
}

/// FIPS 204, Algorithm 41 (NTT): see [`Backend::ntt`](crate::backend::Backend::ntt).
#[target_feature(enable = "avx2")]
pub(super) fn ntt(w: &Poly, w_hat: &mut NttPoly) {
    let (vectors, _) = w_hat.0.as_chunks_mut::<LANES>();
    first_layer(w, vectors);
    layer(64, vectors);
    layer(32, vectors);
    layer(16, vectors);
    let (pairs, _) = vectors.as_chunks_mut::<2>();
    for (i, pair) in pairs.iter_mut().enumerate() {
        let (a, b) = butterfly(load(&pair[0]), load(&pair[1]), zeta(8, 16 * i));
        store_pair(pair, exchange_halves(a, b));
    }
    for (pair, zetas) in pairs.iter_mut().zip(&ZETAS_4.0) {
        let (a, b) = butterfly(load(&pair[0]), load(&pair[1]), lane_factors(zetas));
        store_pair(pair, interleave(a, b));
    }
    for (pair, zetas) in pairs.iter_mut().zip(&ZETAS_2.0) {
        let (a, b) = butterfly(load(&pair[0]), load(&pair[1]), lane_factors(zetas));
        store_pair(pair, interleave(a, b));
    }
    for (pair, zetas) in pairs.iter_mut().zip(&ZETAS_1.0) {
        let (a, b) = butterfly(load(&pair[0]), load(&pair[1]), lane_factors(zetas));
        let (a, b) = interleave(a, b);
        store_pair(pair, exchange_halves(a, b));
    }
}

/// Layer 128, from one polynomial to the other.
#[inline]
#[target_feature(enable = "avx2")]
fn first_layer(w: &Poly, to: &mut [[i32; LANES]]) {
    let by = zeta(128, 0);
    let (from_low, from_high) = w.0.as_chunks::<LANES>().0.split_at(128 / LANES);
    let (low, high) = to.split_at_mut(128 / LANES);
    for (((from_low, from_high), low), high) in from_low.iter().zip(from_high).zip(low).zip(high) {
        let (a, b) = butterfly(load(from_low), load(from_high), by);
        store(low, a);
        store(high, b);
    }
}

/// Layer `len`, one of those that combine whole vectors.
#[inline]
#[target_feature(enable = "avx2")]
fn layer(len: usize, vectors: &mut [[i32; LANES]]) {
    for (i, block) in vectors.chunks_exact_mut(2 * len / LANES).enumerate() {
        let by = zeta(len, 2 * len * i);
        let (low, high) = block.split_at_mut(len / LANES);
        for (low, high) in low.iter_mut().zip(high) {
            let (a, b) = butterfly(load(low), load(high), by);
            store(low, a);
            store(high, b);
        }
    }
}

/// FIPS 204, Algorithm 42 (NTT^−1), scaled: see [`Backend::inv_ntt`](crate::backend::Backend::inv_ntt).
#[target_feature(enable = "avx2")]
pub(super) fn inv_ntt(w_hat: &NttPoly, w: &mut Poly) {
    let (vectors, _) = w.0.as_chunks_mut::<LANES>();
    let (pairs, _) = vectors.as_chunks_mut::<2>();
    let from = w_hat.0.as_chunks::<LANES>().0.as_chunks::<2>().0;
    for ((from, pair), zetas) in from.iter().zip(pairs.iter_mut()).zip(&INV_ZETAS_1.0) {
        let (a, b) = exchange_halves(load(&from[0]), load(&from[1]));
        let (a, b) = deinterleave(a, b);
        let (a, b) = inv_butterfly(a, b, lane_factors(zetas));
        store_pair(pair, deinterleave(a, b));
    }
    for (pair, zetas) in pairs.iter_mut().zip(&INV_ZETAS_2.0) {
        let (a, b) = inv_butterfly(load(&pair[0]), load(&pair[1]), lane_factors(zetas));
        store_pair(pair, deinterleave(a, b));
    }
    for (pair, zetas) in pairs.iter_mut().zip(&INV_ZETAS_4.0) {
        let (a, b) = inv_butterfly(load(&pair[0]), load(&pair[1]), lane_factors(zetas));
        store_pair(pair, exchange_halves(a, b));
    }
    inv_layer(8, vectors);
    inv_layer(16, vectors);
    inv_layer(32, vectors);
    inv_layer(64, vectors);
    inv_last_layer(vectors);
}

/// Layer `len` of the inverse, one of those that combine whole vectors.
#[inline]
#[target_feature(enable = "avx2")]
fn inv_layer(len: usize, vectors: &mut [[i32; LANES]]) {
    for (i, block) in vectors.chunks_exact_mut(2 * len / LANES).enumerate() {
        let by = inv_zeta(len, 2 * len * i);
        let (low, high) = block.split_at_mut(len / LANES);
        for (low, high) in low.iter_mut().zip(high) {
            let (a, b) = inv_butterfly(load(low), load(high), by);
            store(low, a);
            store(high, b);
        }
    }
}

/// Layer 128 of the inverse, with the scale.
#[inline]
#[target_feature(enable = "avx2")]
fn inv_last_layer(vectors: &mut [[i32; LANES]]) {
    /// −zeta^BitRev8(1), times the scale: here it multiplies a − b.
    const LAST: Factor = Factor::new(centered(-(power(ZETA, 128) as i64) * INV_NTT_SCALE.value as i64));

    let (scale, last) = (broadcast(INV_NTT_SCALE), broadcast(LAST));
    let (low, high) = vectors.split_at_mut(128 / LANES);
    for (low, high) in low.iter_mut().zip(high) {
        let (a, b) = (load(low), load(high));
        store(low, center(mul(_mm256_add_epi32(a, b), scale)));
        store(high, center(mul(_mm256_sub_epi32(a, b), last)));
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_pair(to: &mut [[i32; LANES]; 2], (a, b): (__m256i, __m256i)) {
    store(&mut to[0], a);
    store(&mut to[1], b);
}

/// [`center`](crate::field::center) in each lane.
#[inline]
#[target_feature(enable = "avx2")]
fn center(v: __m256i) -> __m256i {
    let above = _mm256_cmpgt_epi32(v, _mm256_set1_epi32((Q - 1) / 2));
    _mm256_sub_epi32(v, _mm256_and_si256(above, _mm256_set1_epi32(Q)))
}
