//! The number-theoretic transform: four layers between a load and a store, twice.
//!
//! The first half combines vectors that are 16 coefficients apart. The second half works on 16 consecutive coefficients, which
//! it transposes for the last two layers. `st4` and `ld4` transpose them back, and again in the inverse.

use super::vector::{LANES, load, load_transposed, opaque, splat_q, store, store_transposed};
use crate::field::{Factor, centered, power};
use crate::params::{N, Q, ZETA};
use crate::poly::{NttPoly, Poly};
use crate::twiddles::{INV_NTT_SCALE, ZETAS};
use core::arch::aarch64::*;

/// Four [`Factor`]s, or one for each lane.
#[derive(Clone, Copy)]
struct Factors {
    value: int32x4_t,
    half_quotient: int32x4_t,
}

/// The same in memory. `sqdmulh` doubles the product, so it takes half of the quotient, which is even.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct StoredFactors {
    value: [i32; LANES],
    half_quotient: [i32; LANES],
}

impl StoredFactors {
    const fn new(factors: [Factor; LANES]) -> Self {
        let mut stored = Self { value: [0; LANES], half_quotient: [0; LANES] };
        let mut lane = 0;
        while lane < LANES {
            stored.value[lane] = factors[lane].value;
            stored.half_quotient[lane] = factors[lane].quotient / 2;
            lane += 1;
        }
        stored
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn load(&self) -> Factors {
        Factors { value: load(&self.value), half_quotient: load(&self.half_quotient) }
    }
}

/// [`Factor::mul`] in each lane, by the factor of the same lane: the same numbers.
#[inline]
#[target_feature(enable = "neon")]
fn mul(a: int32x4_t, by: Factors, q: int32x4_t) -> int32x4_t {
    let t = vqdmulhq_s32(a, by.half_quotient);
    vmlsq_s32(vmulq_s32(a, by.value), t, q)
}

/// [`Factor::mul`] in each lane, by factor number `LANE`.
#[inline]
#[target_feature(enable = "neon")]
fn mul_lane<const LANE: i32>(a: int32x4_t, by: Factors, q: int32x4_t) -> int32x4_t {
    let t = vqdmulhq_laneq_s32::<LANE>(a, by.half_quotient);
    vmlsq_s32(vmulq_laneq_s32::<LANE>(a, by.value), t, q)
}

/// [`mul_lane`] by factor number M of four vectors of factors.
#[inline]
#[target_feature(enable = "neon")]
fn mul_number<const M: usize>(a: int32x4_t, by: &[Factors], q: int32x4_t) -> int32x4_t {
    match M % LANES {
        0 => mul_lane::<0>(a, by[M / LANES], q),
        1 => mul_lane::<1>(a, by[M / LANES], q),
        2 => mul_lane::<2>(a, by[M / LANES], q),
        _ => mul_lane::<3>(a, by[M / LANES], q),
    }
}

/// Cooley and Tukey's butterfly: (a + t, a − t), where t is b times zeta.
#[inline]
#[target_feature(enable = "neon")]
fn butterfly(a: int32x4_t, t: int32x4_t) -> (int32x4_t, int32x4_t) {
    (vaddq_s32(a, t), vsubq_s32(a, t))
}

/// The factors of the first half: ZETAS\[0..16\].
static OUTER: [StoredFactors; 4] = [
    four_zetas([0, 1, 2, 3]),
    four_zetas([4, 5, 6, 7]),
    four_zetas([8, 9, 10, 11]),
    four_zetas([12, 13, 14, 15]),
];

/// The factors of the inverse's last layer: the scale, and −zeta^BitRev8(1) times the scale, which multiplies a − b.
static SCALES: StoredFactors = {
    const LAST: Factor = Factor::new(centered(-(power(ZETA, 128) as i64) * INV_NTT_SCALE.value as i64));
    StoredFactors::new([INV_NTT_SCALE, LAST, INV_NTT_SCALE, LAST])
};

const fn four_zetas(m: [usize; LANES]) -> StoredFactors {
    StoredFactors::new([ZETAS[m[0]], ZETAS[m[1]], ZETAS[m[2]], ZETAS[m[3]]])
}

/// The factors of the second half for 16 consecutive coefficients.
struct Inner {
    /// Layer 8, layer 4 twice, unused.
    layers_8_4: StoredFactors,
    /// Layer 2: one for each four coefficients.
    layer_2: StoredFactors,
    /// Layer 1: of the first and of the second pair of each four.
    layer_1: [StoredFactors; 2],
}

/// For each 16 coefficients. The inverse uses ZETAS backwards.
const fn inner(inverse: bool) -> [Inner; N / 16] {
    const EMPTY: StoredFactors = StoredFactors { value: [0; LANES], half_quotient: [0; LANES] };
    /// The index in ZETAS of the butterfly whose low half is coefficient `low` of layer `len`.
    const fn index(len: usize, low: usize, inverse: bool) -> usize {
        let (block, blocks) = (low / (2 * len), N / (2 * len));
        if inverse { 2 * blocks - 1 - block } else { blocks + block }
    }
    let mut rows = [const { Inner { layers_8_4: EMPTY, layer_2: EMPTY, layer_1: [EMPTY; 2] } }; N / 16];
    let mut row = 0;
    while row < N / 16 {
        let at = 16 * row;
        let four = index(4, at + 8, inverse);
        rows[row].layers_8_4 = four_zetas([index(8, at, inverse), index(4, at, inverse), four, four]);
        let (mut two, mut one, mut other) = ([0; LANES], [0; LANES], [0; LANES]);
        let mut lane = 0;
        while lane < LANES {
            two[lane] = index(2, at + 4 * lane, inverse);
            one[lane] = index(1, at + 4 * lane, inverse);
            other[lane] = index(1, at + 4 * lane + 2, inverse);
            lane += 1;
        }
        rows[row].layer_2 = four_zetas(two);
        rows[row].layer_1 = [four_zetas(one), four_zetas(other)];
        row += 1;
    }
    rows
}

static INNER: [Inner; N / 16] = inner(false);
static INV_INNER: [Inner; N / 16] = inner(true);

/// Transposes: lane j of vector k becomes lane k of vector j.
#[inline]
#[target_feature(enable = "neon")]
fn transpose([a, b, c, d]: [int32x4_t; 4]) -> [int32x4_t; 4] {
    let pairs = |v| vreinterpretq_s64_s32(v);
    let (ab0, ab1) = (pairs(vtrn1q_s32(a, b)), pairs(vtrn2q_s32(a, b)));
    let (cd0, cd1) = (pairs(vtrn1q_s32(c, d)), pairs(vtrn2q_s32(c, d)));
    [
        vreinterpretq_s32_s64(vtrn1q_s64(ab0, cd0)),
        vreinterpretq_s32_s64(vtrn1q_s64(ab1, cd1)),
        vreinterpretq_s32_s64(vtrn2q_s64(ab0, cd0)),
        vreinterpretq_s32_s64(vtrn2q_s64(ab1, cd1)),
    ]
}

/// 16 vectors that are 16 coefficients apart.
type Column = [int32x4_t; 16];

/// The butterflies of block M of the layer that combines vectors `LEN` apart, with ZETAS\[M\].
#[inline]
#[target_feature(enable = "neon")]
fn block<const LEN: usize, const M: usize>(v: &mut Column, zetas: &[Factors; 4], q: int32x4_t) {
    let first = const { (M - 8 / LEN) * 2 * LEN };
    let mut i = first;
    while i < first + LEN {
        (v[i], v[i + LEN]) = butterfly(v[i], mul_number::<M>(v[i + LEN], zetas, q));
        i += 1;
    }
}

/// FIPS 204, Algorithm 41 (NTT): see [`Backend::ntt`](crate::backend::Backend::ntt).
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn ntt(w: &Poly, w_hat: &mut NttPoly) {
    let q = splat_q();
    let (from, to) = (w.0.as_chunks::<LANES>().0, w_hat.0.as_chunks_mut::<LANES>().0);
    let zetas = opaque(&OUTER);
    let zetas = [zetas[0].load(), zetas[1].load(), zetas[2].load(), zetas[3].load()];
    for column in 0..4 {
        let mut v = [q; 16];
        let mut i = 0;
        while i < 16 {
            v[i] = load(&from[4 * i + column]);
            i += 1;
        }
        block::<8, 1>(&mut v, &zetas, q);
        block::<4, 2>(&mut v, &zetas, q);
        block::<4, 3>(&mut v, &zetas, q);
        block::<2, 4>(&mut v, &zetas, q);
        block::<2, 5>(&mut v, &zetas, q);
        block::<2, 6>(&mut v, &zetas, q);
        block::<2, 7>(&mut v, &zetas, q);
        block::<1, 8>(&mut v, &zetas, q);
        block::<1, 9>(&mut v, &zetas, q);
        block::<1, 10>(&mut v, &zetas, q);
        block::<1, 11>(&mut v, &zetas, q);
        block::<1, 12>(&mut v, &zetas, q);
        block::<1, 13>(&mut v, &zetas, q);
        block::<1, 14>(&mut v, &zetas, q);
        block::<1, 15>(&mut v, &zetas, q);
        let mut i = 0;
        while i < 16 {
            store(&mut to[4 * i + column], v[i]);
            i += 1;
        }
    }
    for (sixteen, row) in w_hat.0.as_chunks_mut::<16>().0.iter_mut().zip(&INNER) {
        let fours = sixteen.as_chunks::<LANES>().0;
        let [a, b, c, d] = [load(&fours[0]), load(&fours[1]), load(&fours[2]), load(&fours[3])];
        let zetas = row.layers_8_4.load();
        let (a, c) = butterfly(a, mul_lane::<0>(c, zetas, q));
        let (b, d) = butterfly(b, mul_lane::<0>(d, zetas, q));
        let (a, b) = butterfly(a, mul_lane::<1>(b, zetas, q));
        let (c, d) = butterfly(c, mul_lane::<2>(d, zetas, q));
        let [a, b, c, d] = transpose([a, b, c, d]);
        let zetas = row.layer_2.load();
        let (a, c) = butterfly(a, mul(c, zetas, q));
        let (b, d) = butterfly(b, mul(d, zetas, q));
        let (a, b) = butterfly(a, mul(b, row.layer_1[0].load(), q));
        let (c, d) = butterfly(c, mul(d, row.layer_1[1].load(), q));
        store_transposed(sixteen, [a, b, c, d]);
    }
}

/// Gentleman and Sande's butterfly before its multiplication: (a + b, b − a), the standard's −(a − b).
#[inline]
#[target_feature(enable = "neon")]
fn inv_butterfly(a: int32x4_t, b: int32x4_t) -> (int32x4_t, int32x4_t) {
    (vaddq_s32(a, b), vsubq_s32(b, a))
}

/// The butterflies of the inverse whose factor is ZETAS\[M\].
#[inline]
#[target_feature(enable = "neon")]
fn inv_block<const LEN: usize, const M: usize>(v: &mut Column, zetas: &[Factors; 4], q: int32x4_t) {
    let first = const { (16 / LEN - 1 - M) * 2 * LEN };
    let mut i = first;
    while i < first + LEN {
        let (sum, difference) = inv_butterfly(v[i], v[i + LEN]);
        (v[i], v[i + LEN]) = (sum, mul_number::<M>(difference, zetas, q));
        i += 1;
    }
}

/// FIPS 204, Algorithm 42 (NTT^−1), scaled: see [`Backend::inv_ntt`](crate::backend::Backend::inv_ntt).
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn inv_ntt(w_hat: &NttPoly, w: &mut Poly) {
    let q = splat_q();
    let sixteens = w_hat.0.as_chunks::<16>().0.iter().zip(w.0.as_chunks_mut::<16>().0);
    for ((from, to), row) in sixteens.zip(&INV_INNER) {
        let [a, b, c, d] = load_transposed(from);
        let (a, b) = inv_butterfly(a, b);
        let b = mul(b, row.layer_1[0].load(), q);
        let (c, d) = inv_butterfly(c, d);
        let d = mul(d, row.layer_1[1].load(), q);
        let zetas = row.layer_2.load();
        let (a, c) = inv_butterfly(a, c);
        let (b, d) = inv_butterfly(b, d);
        let [a, b, c, d] = transpose([a, b, mul(c, zetas, q), mul(d, zetas, q)]);
        let zetas = row.layers_8_4.load();
        let (a, b) = inv_butterfly(a, b);
        let (c, d) = inv_butterfly(c, d);
        let (b, d) = (mul_lane::<1>(b, zetas, q), mul_lane::<2>(d, zetas, q));
        let (a, c) = inv_butterfly(a, c);
        let (b, d) = inv_butterfly(b, d);
        let fours = to.as_chunks_mut::<LANES>().0;
        store(&mut fours[0], a);
        store(&mut fours[1], b);
        store(&mut fours[2], mul_lane::<0>(c, zetas, q));
        store(&mut fours[3], mul_lane::<0>(d, zetas, q));
    }
    let (zetas, scales) = (opaque(&OUTER), opaque(&SCALES).load());
    let zetas = [zetas[0].load(), zetas[1].load(), zetas[2].load(), zetas[3].load()];
    let largest = vdupq_n_s32((Q - 1) / 2);
    let vectors = w.0.as_chunks_mut::<LANES>().0;
    for column in 0..4 {
        let mut v = [q; 16];
        let mut i = 0;
        while i < 16 {
            v[i] = load(&vectors[4 * i + column]);
            i += 1;
        }
        inv_block::<1, 15>(&mut v, &zetas, q);
        inv_block::<1, 14>(&mut v, &zetas, q);
        inv_block::<1, 13>(&mut v, &zetas, q);
        inv_block::<1, 12>(&mut v, &zetas, q);
        inv_block::<1, 11>(&mut v, &zetas, q);
        inv_block::<1, 10>(&mut v, &zetas, q);
        inv_block::<1, 9>(&mut v, &zetas, q);
        inv_block::<1, 8>(&mut v, &zetas, q);
        inv_block::<2, 7>(&mut v, &zetas, q);
        inv_block::<2, 6>(&mut v, &zetas, q);
        inv_block::<2, 5>(&mut v, &zetas, q);
        inv_block::<2, 4>(&mut v, &zetas, q);
        inv_block::<4, 3>(&mut v, &zetas, q);
        inv_block::<4, 2>(&mut v, &zetas, q);
        let mut i = 0;
        while i < 8 {
            let (low, high) = (v[i], v[i + 8]);
            let sum = mul_lane::<0>(vaddq_s32(low, high), scales, q);
            let difference = mul_lane::<1>(vsubq_s32(low, high), scales, q);
            store(&mut vectors[4 * i + column], center(sum, largest, q));
            store(&mut vectors[4 * i + column + 32], center(difference, largest, q));
            i += 1;
        }
    }
}

/// [`center`](crate::field::center) in each lane.
#[inline]
#[target_feature(enable = "neon")]
fn center(v: int32x4_t, largest: int32x4_t, q: int32x4_t) -> int32x4_t {
    // The mask is −1 or 0.
    vmlaq_s32(v, vreinterpretq_s32_u32(vcgtq_s32(v, largest)), q)
}
