//! Proofs for all inputs: the code of `layers.rs` on intervals, and enumerations. `docs/assurance/proofs.md` explains how the proofs
//! depend on each other.
//!
//! The long ones take some minutes with `RUSTFLAGS='--cfg mldsa_exhaustive' cargo test --release --package
//! modsig-mldsa bounds`. Without this option they check every 9,973rd value.

use super::layers::{self, Coefficient};
use super::{Backend, Portable};
use crate::field::{Factor, Q_INV, center, centered, montgomery_reduce, reduce, to_unsigned};
use crate::params::{Gamma2, N, Q};
use crate::poly::Poly;
use crate::rounding::{decompose, make_hint};
use crate::twiddles::{INV_NTT_SCALE, ZETAS};
use core::ops::{Add, Sub};

const STEP: usize = if cfg!(mldsa_exhaustive) { 1 } else { 9_973 };
const Q64: i64 = Q as i64;

/// All integers from `low` to `high`, both included, and both within the range of i32.
#[derive(Clone, Copy, Debug)]
struct Interval {
    low: i64,
    high: i64,
}

impl Interval {
    fn new(low: i64, high: i64) -> Self {
        assert!(
            i64::from(i32::MIN) <= low && low <= high && high <= i64::from(i32::MAX),
            "{low}..={high} overflows"
        );
        Self { low, high }
    }

    fn magnitude(self) -> i64 {
        self.low.abs().max(self.high.abs())
    }
}

impl Add for Interval {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self::new(self.low + other.low, self.high + other.high)
    }
}

impl Sub for Interval {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self::new(self.low - other.high, self.high - other.low)
    }
}

/// The distance of `quotient` from value·2^32/q, times q: |d| ≤ q.
fn rounding_error(factor: Factor) -> i64 {
    i64::from(factor.quotient) * Q64 - (i64::from(factor.value) << 32)
}

impl Coefficient for Interval {
    /// The result for a·value mod q is f·q − a·d/2^32 with f in 0..1 (see [`Factor::mul`]), here rounded outwards.
    fn times(self, factor: Factor) -> Self {
        let error =
            ((i128::from(self.magnitude()) * i128::from(rounding_error(factor).abs())) >> 32) as i64 + 1;
        Self::new(-error, Q64 + error)
    }

    /// [`center`] is correct only for −q/2 ≤ x < 3q/2.
    fn center(self) -> Self {
        assert!(-Q64 / 2 <= self.low && 2 * self.high < 3 * Q64, "{self:?} cannot be centered");
        Self::new(-(Q64 - 1) / 2, (Q64 - 1) / 2)
    }
}

/// The contract of `Backend::ntt`: from |w| ≤ q, no butterfly overflows, and |ŵ| < 10q.
#[test]
fn ntt_stays_below_10q() {
    let mut w = [Interval::new(-Q64, Q64); N];
    layers::ntt(&mut w);
    let largest = w.iter().map(|w| w.magnitude()).max();
    assert!(largest < Some(10 * Q64), "{largest:?}");
}

/// The contract of `Backend::inv_ntt`: from |ŵ| < 0.84q, no butterfly overflows, and the argument of `center` is in its range.
#[test]
fn inverse_ntt_from_below_0_84_q() {
    let bound = Q64 * 84 / 100;
    let mut w = [Interval::new(-bound, bound); N];
    layers::inv_ntt(&mut w);
}

/// The proof can fail: a wider input overflows in the last layers.
#[test]
#[should_panic(expected = "overflows")]
fn inverse_ntt_from_q_and_more_would_overflow() {
    let bound = Q64 + Q64 / 100;
    let mut w = [Interval::new(-bound, bound); N];
    layers::inv_ntt(&mut w);
}

/// The contracts of `dot`, `mul`, `mul_add`: their sums are in the range of Montgomery's reduction, whose result is at most
/// q/2 + |a|/2^32; and that is in the range of the inverse NTT.
#[test]
fn products_stay_below_what_the_inverse_takes() {
    let ten_q = 10 * i128::from(Q);
    let dot = 7 * i128::from(Q - 1) * ten_q + ten_q * ten_q;
    let mul_add = ten_q * ten_q + ten_q;
    for (sum, percent) in [(dot, 84), (mul_add, 70)] {
        assert!(sum < i128::from(Q) << 31, "Montgomery's reduction cannot take {sum}");
        let out = i128::from(Q) / 2 + 1 + (sum >> 32);
        assert!(100 * out < percent * i128::from(Q), "{out} is not below 0.{percent} q");
    }
}

/// The contract of `accumulate`: from a sum below 0.7q and one product, the result of `reduce` is below 0.6q; and that is in
/// the range of the inverse NTT and of `accumulate` itself.
#[test]
fn accumulated_sums_stay_below_what_the_inverse_takes() {
    let product = i128::from(Q) / 2 + 1 + ((i128::from(Q - 1) * 10 * i128::from(Q)) >> 32);
    let sum = (i128::from(Q) * 7 / 10 + product) as i32;
    for x in (-sum..=sum).step_by(if STEP == 1 { 1 } else { 61 }) {
        let r = reduce(x);
        assert!(10 * i64::from(r).abs() < 6 * Q64 && (x - r) % Q == 0, "{x}");
    }
}

/// montgomery_reduce for every lower half: a − t·q ends in 32 zeros, with t in i32. Then r = (a − t·q)/2^32 exactly, so
/// r·2^32 ≡ a mod q, whatever the upper half; and |r| ≤ |a|/2^32 + q/2 as |t| ≤ 2^31.
#[test]
fn montgomery_for_every_lower_half() {
    assert_eq!(Q.wrapping_mul(Q_INV), 1);
    for low in (0..1i64 << 32).step_by(STEP) {
        let t = i64::from((low as i32).wrapping_mul(Q_INV));
        assert_eq!((low - t * Q64) & 0xffff_ffff, 0);
        assert_eq!(i64::from(montgomery_reduce(low)), (low - t * Q64) >> 32);
    }
}

/// Every factor that the transforms use, on inputs over all of i32 (the proof for each of them is algebra, at
/// [`Factor::mul`]): a·value − r is a multiple of q, and r is in the computed interval.
#[test]
fn factors_over_all_of_i32() {
    let factors = ZETAS.iter().copied().chain([INV_NTT_SCALE]);
    for (number, factor) in factors.enumerate() {
        assert!(
            rounding_error(factor).abs() <= Q64
                && factor.quotient % 2 == 0
                && 2 * i64::from(factor.value).abs() < Q64,
            "{number}"
        );
        let error = |a: i64| ((a.abs() * rounding_error(factor).abs()) >> 32) + 1;
        for a in (i64::from(i32::MIN)..=i64::from(i32::MAX)).step_by(STEP.max(61)) {
            let r = i64::from(factor.mul(a as i32));
            let t = (a * i64::from(factor.quotient)) >> 32;
            // 64 bits do not wrap: r is this value, so it differs from a·value by t·q.
            assert_eq!(r, a * i64::from(factor.value) - t * Q64);
            assert!(-error(a) <= r && r <= Q64 + error(a));
        }
    }
}

/// center and to_unsigned on all permitted arguments.
#[test]
fn representatives_on_every_input() {
    for x in -(Q / 2)..=(Q + Q / 2) {
        let r = center(x);
        assert!(2 * r.abs() < Q && (x - r) % Q == 0, "{x}");
    }
    for x in -Q..Q {
        assert!((0..Q).contains(&to_unsigned(x)) && (x - to_unsigned(x)) % Q == 0, "{x}");
    }
}

/// make_hint on the whole range of low bits with every high part, against algorithm 39: with r = high·2·gamma2 + low, do the
/// high bits of `r` differ from `high`?
#[test]
fn make_hint_on_every_input() {
    for gamma2 in [Gamma2::Q88, Gamma2::Q32] {
        let g = gamma2.value();
        for high in 0..gamma2.high_parts() {
            // |low| < 2·gamma2: gamma2 − beta and c·t0 below gamma2.
            for low in (-2 * g + 1..2 * g).step_by(STEP.min(7)) {
                let r = (high * 2 * g + low).rem_euclid(Q);
                assert_eq!(make_hint(gamma2, low, high) == 1, decompose(gamma2, r).0 != high, "{high} {low}");
            }
        }
    }
}

/// The vector back ends do the same operations as the portable one, in the same order on each coefficient. Therefore even the
/// representatives agree, also far outside of the contract, where wrapping would reveal any other order.
#[cfg(all(any(modsig_x86, modsig_neon), not(mldsa_backend = "portable")))]
fn same_schedule<B: Backend>(backend: B) {
    use crate::poly::NttPoly;
    let mut state = 0x9e37_79b9u32;
    for _ in 0..1000 {
        let input: [i32; N] = core::array::from_fn(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state as i32) >> 6
        });
        let (mut ours, mut theirs) = (NttPoly([0; N]), NttPoly([0; N]));
        backend.ntt(&Poly(input), &mut ours);
        Portable.ntt(&Poly(input), &mut theirs);
        assert_eq!(ours.0, theirs.0, "ntt on {}", B::NAME);
        let (mut ours, mut theirs) = (Poly([0; N]), Poly([0; N]));
        let small = NttPoly(input.map(|x| x >> 3));
        backend.inv_ntt(&small, &mut ours);
        Portable.inv_ntt(&small, &mut theirs);
        assert_eq!(ours.0, theirs.0, "inverse ntt on {}", B::NAME);
    }
}

#[test]
#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
fn vector_back_ends_keep_the_schedule() {
    // `equality.rs` asserts that the CPU's back ends run.
    super::Avx2::detect().into_iter().for_each(same_schedule);
    super::Avx512::detect().into_iter().for_each(same_schedule);
}

#[test]
#[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
fn neon_keeps_the_schedule() {
    super::Neon::detect().into_iter().for_each(same_schedule);
}

/// Every value of every width, at every index of a group of eight, between coefficients of all ones and all zeros, against
/// the bit strings of the standard (algorithms 16 to 19): the packed bits of a coefficient do not depend on others.
fn packs_every_value<B: Backend, const BITS: usize>(backend: B) {
    let mask = (1 << BITS) - 1;
    let mut seen = 0u64;
    let step = if cfg!(mldsa_exhaustive) { 1 } else { 1 + (1 << BITS) / 1024 };
    for value in (0..=mask).step_by(step) {
        for place in 0..8 {
            for others in [0, mask] {
                let w = Poly(core::array::from_fn(|i| if i % 8 == place { value } else { others }));
                let (mut ours, mut back) = ([0; 640], Poly([0; N]));
                backend.pack::<BITS>(None, &w, &mut ours[..32 * BITS]);
                backend.unpack::<BITS>(None, &ours[..32 * BITS], &mut back);
                assert_eq!(back.0, w.0, "{BITS} bits, {value} at {place}");
                // Bit b of coefficient i is bit i·BITS + b of the string.
                for (i, &w) in w.0.iter().enumerate().take(8) {
                    for b in 0..BITS {
                        let at = i * BITS + b;
                        assert_eq!(
                            ours[at / 8] >> (at % 8) & 1,
                            (w >> b & 1) as u8,
                            "{BITS} bits, {value} at {place}"
                        );
                    }
                }
                seen += 1;
            }
        }
    }
    assert!(seen >= 16 * 8);
}

fn packs_all<B: Backend>(backend: B) {
    packs_every_value::<B, 3>(backend);
    packs_every_value::<B, 4>(backend);
    packs_every_value::<B, 6>(backend);
    packs_every_value::<B, 10>(backend);
    packs_every_value::<B, 13>(backend);
    packs_every_value::<B, 18>(backend);
    packs_every_value::<B, 20>(backend);
}

#[test]
fn packing_of_every_value() {
    packs_all(Portable);
    #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
    {
        super::Avx2::detect().into_iter().for_each(packs_all);
        super::Avx512::detect().into_iter().for_each(packs_all);
    }
    #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
    super::Neon::detect().into_iter().for_each(packs_all);
}

/// The constants of the transforms, derived again from zeta = 1753, without the tables.
#[test]
fn constants_are_what_they_say() {
    assert_eq!(
        i64::from(centered(256 * i64::from(INV_NTT_SCALE.value))),
        (1i64 << 32) % Q64 - if (1i64 << 32) % Q64 > Q64 / 2 { Q64 } else { 0 }
    );
    for (m, factor) in ZETAS.iter().enumerate() {
        let mut power = 1i64;
        for _ in 0..(m as u8).reverse_bits() {
            power = power * 1753 % Q64;
        }
        assert_eq!(i64::from(factor.value).rem_euclid(Q64), power, "zeta {m}");
    }
}
