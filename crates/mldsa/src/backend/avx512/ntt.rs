//! The NTT and its inverse, all 256 coefficients in 16 registers.
//!
//! Bits 7..5 and 4 of the index of a coefficient are the number of the register, bits 3..0 the lane. The layers of distance
//! 128 to 16 pair registers. For those of distance 8 to 1, two adjacent registers exchange blocks of as many lanes, so that
//! the two coefficients of a butterfly are in the same lane. Afterwards the first register holds the even and the second the
//! odd coefficients, and one more permutation interleaves them.

use super::vector::{EVEN, LANES, ODD, high_halves, load, odd_lanes, opaque, store};
use crate::field::{Factor, centered};
use crate::params::{N, Q};
use crate::poly::{NttPoly, Poly};
use crate::twiddles::{INV_NTT_SCALE, ZETAS};
use core::arch::x86_64::*;

/// Registers that hold a polynomial.
const REGISTERS: usize = N / LANES;

/// [`Factor`]s, one in each lane.
#[derive(Clone, Copy)]
struct Factors {
    value: __m512i,
    /// The quotients of the even lanes, in even lanes.
    even: __m512i,
    /// The quotients of the odd lanes, in even lanes.
    odd: __m512i,
}

impl Factors {
    /// The same in all lanes.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn all(factor: Factor) -> Self {
        let quotient = _mm512_set1_epi32(factor.quotient);
        Self { value: _mm512_set1_epi32(factor.value), even: quotient, odd: quotient }
    }

    /// [`Factor::mul`]: the same range.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn mul(self, a: __m512i) -> __m512i {
        let t = high_halves(_mm512_mul_epi32(a, self.even), _mm512_mul_epi32(odd_lanes(a), self.odd));
        let tq = _mm512_mullo_epi32(t, _mm512_set1_epi32(Q));
        _mm512_sub_epi32(_mm512_mullo_epi32(a, self.value), tq)
    }
}

/// Repeats a statement for each pair of registers. Written out, because an array that is indexed in a loop would be in memory.
macro_rules! each_pair {
    ($pair:ident => $body:block) => {
        each_pair!($pair => $body; 0 1 2 3 4 5 6 7)
    };
    ($pair:ident => $body:block; $($number:literal)*) => {
        $({
            const $pair: usize = $number;
            $body
        })*
    };
}

/// The [`Factor`]s of the lanes of two registers, at one layer.
#[repr(C, align(64))]
#[derive(Clone, Copy)]
struct LaneFactors {
    value: [i32; LANES],
    quotient: [i32; LANES],
}

impl LaneFactors {
    /// For a layer of distance `W`: from 2 on, an odd lane has the same factor as the even lane before it.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load<const W: usize>(&self) -> Factors {
        let quotient = load(&self.quotient);
        let odd = if W == 1 { odd_lanes(quotient) } else { quotient };
        Factors { value: load(&self.value), even: quotient, odd }
    }
}

/// The two registers (a, b), cut into blocks of `W` lanes, a0 a1 a2 … and b0 b1 b2 …, become
/// a0 b0 a2 b2 … and a1 b1 a3 b3 …. Its own inverse.
#[inline]
#[target_feature(enable = "avx512f")]
fn exchange<const W: usize>(a: __m512i, b: __m512i) -> (__m512i, __m512i) {
    match W {
        8 => (_mm512_shuffle_i64x2::<0b01_00_01_00>(a, b), _mm512_shuffle_i64x2::<0b11_10_11_10>(a, b)),
        4 => (
            _mm512_mask_shuffle_i64x2::<0b10_10_00_00>(a, 0b1100_1100, b, b),
            _mm512_mask_shuffle_i64x2::<0b11_11_01_01>(b, 0b0011_0011, a, a),
        ),
        2 => (_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b)),
        _ => (
            _mm512_mask_shuffle_epi32::<0b10_10_00_00>(a, opaque(ODD), b),
            _mm512_mask_shuffle_epi32::<0b11_11_01_01>(b, opaque(EVEN), a),
        ),
    }
}

/// The factors of the layer of distance `w`, for each pair of registers, in the lanes to which [`exchange`] moves the
/// coefficients. The inverse uses the zetas backwards.
const fn lane_factors(w: usize, inverse: bool) -> [LaneFactors; REGISTERS / 2] {
    let (mut a, mut b) = ([0; LANES], [0; LANES]);
    let mut lane = 0;
    while lane < LANES {
        (a[lane], b[lane]) = (lane, LANES + lane);
        lane += 1;
    }
    let mut block = LANES / 2;
    while block >= w {
        let (old_a, old_b) = (a, b);
        lane = 0;
        while lane < LANES {
            if (lane / block).is_multiple_of(2) {
                b[lane] = old_a[lane + block];
            } else {
                a[lane] = old_b[lane - block];
            }
            lane += 1;
        }
        block /= 2;
    }
    let mut factors = [LaneFactors { value: [0; LANES], quotient: [0; LANES] }; REGISTERS / 2];
    let mut pair = 0;
    while pair < REGISTERS / 2 {
        lane = 0;
        while lane < LANES {
            let number = (2 * LANES * pair + a[lane]) / (2 * w);
            let zeta = ZETAS[if inverse { N / w - 1 - number } else { N / 2 / w + number }];
            factors[pair].value[lane] = zeta.value;
            factors[pair].quotient[lane] = zeta.quotient;
            lane += 1;
        }
        pair += 1;
    }
    factors
}

/// The layers of distance 8, 4, 2, 1 of the NTT.
static NTT_FACTORS: [[LaneFactors; REGISTERS / 2]; 4] =
    [lane_factors(8, false), lane_factors(4, false), lane_factors(2, false), lane_factors(1, false)];
/// The layers of distance 1, 2, 4, 8 of its inverse.
static INV_NTT_FACTORS: [[LaneFactors; REGISTERS / 2]; 4] =
    [lane_factors(1, true), lane_factors(2, true), lane_factors(4, true), lane_factors(8, true)];

/// The lanes of (a, b) that interleave two registers, first and second half, and those of the inverse.
const INTERLEAVE: [[i32; LANES]; 2] = [
    [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23],
    [8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31],
];
const SEPARATE: [[i32; LANES]; 2] = [
    [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30],
    [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31],
];

#[inline]
#[target_feature(enable = "avx512f")]
fn permute(lanes: &[[i32; LANES]; 2], a: __m512i, b: __m512i) -> (__m512i, __m512i) {
    let [first, second] = lanes;
    (_mm512_permutex2var_epi32(a, load(first), b), _mm512_permutex2var_epi32(a, load(second), b))
}

/// Cooley-Tukey, between registers `LEN` apart.
#[inline]
#[target_feature(enable = "avx512f")]
fn ntt_registers<const LEN: usize>(x: &mut [__m512i; REGISTERS]) {
    each_pair!(PAIR => {
        let (block, i) = (PAIR / LEN, PAIR + PAIR / LEN * LEN);
        let zeta = Factors::all(ZETAS[REGISTERS / 2 / LEN + block]);
        (x[i], x[i + LEN]) = ntt_butterfly(x[i], x[i + LEN], zeta);
    });
}

/// Cooley-Tukey, between lanes `W` apart.
#[inline]
#[target_feature(enable = "avx512f")]
fn ntt_lanes<const W: usize>(x: &mut [__m512i; REGISTERS], factors: &[LaneFactors; REGISTERS / 2]) {
    each_pair!(PAIR => {
        let (a, b) = exchange::<W>(x[2 * PAIR], x[2 * PAIR + 1]);
        (x[2 * PAIR], x[2 * PAIR + 1]) = ntt_butterfly(a, b, factors[PAIR].load::<W>());
    });
}

#[inline]
#[target_feature(enable = "avx512f")]
fn ntt_butterfly(a: __m512i, b: __m512i, zeta: Factors) -> (__m512i, __m512i) {
    let t = zeta.mul(b);
    (_mm512_add_epi32(a, t), _mm512_sub_epi32(a, t))
}

#[target_feature(enable = "avx512f")]
pub(super) fn ntt(w: &Poly, w_hat: &mut NttPoly) {
    let mut x = read(&w.0);
    ntt_registers::<8>(&mut x);
    ntt_registers::<4>(&mut x);
    ntt_registers::<2>(&mut x);
    ntt_registers::<1>(&mut x);
    ntt_lanes::<8>(&mut x, &NTT_FACTORS[0]);
    ntt_lanes::<4>(&mut x, &NTT_FACTORS[1]);
    ntt_lanes::<2>(&mut x, &NTT_FACTORS[2]);
    ntt_lanes::<1>(&mut x, &NTT_FACTORS[3]);
    each_pair!(PAIR => {
        (x[2 * PAIR], x[2 * PAIR + 1]) = permute(&INTERLEAVE, x[2 * PAIR], x[2 * PAIR + 1]);
    });
    write(&x, &mut w_hat.0);
}

/// Gentleman-Sande: (b − a)·zeta is the standard's (a − b)·(−zeta).
#[inline]
#[target_feature(enable = "avx512f")]
fn inv_ntt_butterfly(a: __m512i, b: __m512i, zeta: Factors) -> (__m512i, __m512i) {
    (_mm512_add_epi32(a, b), zeta.mul(_mm512_sub_epi32(b, a)))
}

/// Gentleman-Sande, between registers `LEN` apart.
#[inline]
#[target_feature(enable = "avx512f")]
fn inv_ntt_registers<const LEN: usize>(x: &mut [__m512i; REGISTERS]) {
    each_pair!(PAIR => {
        let (block, i) = (PAIR / LEN, PAIR + PAIR / LEN * LEN);
        let zeta = Factors::all(ZETAS[REGISTERS / LEN - 1 - block]);
        (x[i], x[i + LEN]) = inv_ntt_butterfly(x[i], x[i + LEN], zeta);
    });
}

/// Gentleman-Sande, between lanes `W` apart.
#[inline]
#[target_feature(enable = "avx512f")]
fn inv_ntt_lanes<const W: usize>(x: &mut [__m512i; REGISTERS], factors: &[LaneFactors; REGISTERS / 2]) {
    each_pair!(PAIR => {
        let (a, b) = inv_ntt_butterfly(x[2 * PAIR], x[2 * PAIR + 1], factors[PAIR].load::<W>());
        (x[2 * PAIR], x[2 * PAIR + 1]) = exchange::<W>(a, b);
    });
}

/// The last layer, which also scales.
#[inline]
#[target_feature(enable = "avx512f")]
fn inv_ntt_last(x: &mut [__m512i; REGISTERS]) {
    /// −zeta^BitRev8(1), times the scale.
    const LAST: Factor = Factor::new(centered(-(ZETAS[1].value as i64) * INV_NTT_SCALE.value as i64));
    let (scale, last) = (Factors::all(INV_NTT_SCALE), Factors::all(LAST));
    each_pair!(PAIR => {
        let (a, b) = (x[PAIR], x[PAIR + REGISTERS / 2]);
        x[PAIR] = center(scale.mul(_mm512_add_epi32(a, b)));
        x[PAIR + REGISTERS / 2] = center(last.mul(_mm512_sub_epi32(a, b)));
    });
}

/// [`center`](crate::field::center): the same range.
#[inline]
#[target_feature(enable = "avx512f")]
fn center(x: __m512i) -> __m512i {
    let above = _mm512_cmpgt_epi32_mask(x, _mm512_set1_epi32((Q - 1) / 2));
    _mm512_mask_sub_epi32(x, above, x, _mm512_set1_epi32(Q))
}

#[target_feature(enable = "avx512f")]
pub(super) fn inv_ntt(w_hat: &NttPoly, w: &mut Poly) {
    let mut x = read(&w_hat.0);
    each_pair!(PAIR => {
        (x[2 * PAIR], x[2 * PAIR + 1]) = permute(&SEPARATE, x[2 * PAIR], x[2 * PAIR + 1]);
    });
    inv_ntt_lanes::<1>(&mut x, &INV_NTT_FACTORS[0]);
    inv_ntt_lanes::<2>(&mut x, &INV_NTT_FACTORS[1]);
    inv_ntt_lanes::<4>(&mut x, &INV_NTT_FACTORS[2]);
    inv_ntt_lanes::<8>(&mut x, &INV_NTT_FACTORS[3]);
    inv_ntt_registers::<1>(&mut x);
    inv_ntt_registers::<2>(&mut x);
    inv_ntt_registers::<4>(&mut x);
    inv_ntt_last(&mut x);
    write(&x, &mut w.0);
}

#[inline]
#[target_feature(enable = "avx512f")]
fn read(coefficients: &[i32; N]) -> [__m512i; REGISTERS] {
    let vectors = coefficients.as_chunks().0;
    let mut x = [_mm512_setzero_si512(); REGISTERS];
    each_pair!(PAIR => {
        x[2 * PAIR] = load(&vectors[2 * PAIR]);
        x[2 * PAIR + 1] = load(&vectors[2 * PAIR + 1]);
    });
    x
}

#[inline]
#[target_feature(enable = "avx512f")]
fn write(x: &[__m512i; REGISTERS], coefficients: &mut [i32; N]) {
    let vectors = coefficients.as_chunks_mut().0;
    each_pair!(PAIR => {
        store(&mut vectors[2 * PAIR], x[2 * PAIR]);
        store(&mut vectors[2 * PAIR + 1], x[2 * PAIR + 1]);
    });
}
