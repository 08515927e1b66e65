//! Plain Rust, for every target, and the reference that the other back ends are tested against.

use super::{Backend, HintPoly, layers, sealed::Sealed};
use crate::ct::{Reason, declassify};
use crate::field::{montgomery_reduce, reduce, to_unsigned};
use crate::params::{Eta, Gamma2, N, Q};
use crate::poly::{NttPoly, Poly, UNIFORM_LEN, UniformPoly};
use crate::rounding;

/// The back end in plain Rust.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

impl Sealed for Portable {}

impl Backend for Portable {
    type Keccak = keccak_lanes::Portable;
    const NAME: &'static str = "portable";

    #[inline]
    fn detect() -> Option<Self> {
        Some(Self)
    }

    #[inline]
    fn keccak(self) -> Self::Keccak {
        keccak_lanes::Portable
    }
}

pub(super) fn ntt(w: &Poly, w_hat: &mut NttPoly) {
    w_hat.0 = w.0;
    layers::ntt(&mut w_hat.0);
}

pub(super) fn inv_ntt(w_hat: &NttPoly, w: &mut Poly) {
    w.0 = w_hat.0;
    layers::inv_ntt(&mut w.0);
}

pub(super) fn dot(
    row: &[UniformPoly],
    v: &[NttPoly],
    minus: Option<(&NttPoly, &NttPoly)>,
    out: &mut NttPoly,
) {
    /// Coefficients that are computed together: the sums of all 256 would need 2 KiB of stack.
    const STEP: usize = 64;

    for (step, out) in out.0.chunks_exact_mut(STEP).enumerate() {
        let range = step * STEP..(step + 1) * STEP;
        let mut sums = [0i64; STEP];
        if let Some((a, b)) = minus {
            for ((sum, &a), &b) in sums.iter_mut().zip(&a.0[range.clone()]).zip(&b.0[range.clone()]) {
                *sum = -(i64::from(a) * i64::from(b));
            }
        }
        for (a, b) in row.iter().zip(v) {
            let twelves = a.0[3 * range.start..3 * range.end].chunks_exact(12);
            let fours = sums.chunks_exact_mut(4).zip(b.0[range.clone()].chunks_exact(4));
            for ((sums, b), twelve) in fours.zip(twelves) {
                let a = four_coefficients(twelve);
                for i in 0..4 {
                    sums[i] += i64::from(a[i]) * i64::from(b[i]);
                }
            }
        }
        for (out, sum) in out.iter_mut().zip(sums) {
            *out = montgomery_reduce(sum);
        }
    }
}

pub(super) fn accumulate(a: &UniformPoly, b: &NttPoly, sum: &mut [i32; N]) {
    let fours = sum.chunks_exact_mut(4).zip(b.0.chunks_exact(4));
    for ((sums, b), twelve) in fours.zip(a.0.chunks_exact(12)) {
        let a = four_coefficients(twelve);
        for i in 0..4 {
            // |product| < q/2 + 10q²/2^32 < 0.53q, so the argument of `reduce` is below 1.23q.
            sums[i] = reduce(sums[i] + montgomery_reduce(i64::from(a[i]) * i64::from(b[i])));
        }
    }
}

pub(super) fn mul(a: &NttPoly, b: &NttPoly, out: &mut NttPoly) {
    for ((out, &a), &b) in out.0.iter_mut().zip(&a.0).zip(&b.0) {
        *out = montgomery_reduce(i64::from(a) * i64::from(b));
    }
}

pub(super) fn mul_add(a: &NttPoly, b: &NttPoly, c: &NttPoly, out: &mut NttPoly) {
    for (((out, &a), &b), &c) in out.0.iter_mut().zip(&a.0).zip(&b.0).zip(&c.0) {
        *out = montgomery_reduce(i64::from(a) * i64::from(b) + i64::from(c));
    }
}

pub(super) fn add(a: &mut Poly, b: &Poly) {
    for (a, b) in a.0.iter_mut().zip(&b.0) {
        *a += b;
    }
}

pub(super) fn sub(a: &mut Poly, b: &Poly) {
    for (a, b) in a.0.iter_mut().zip(&b.0) {
        *a -= b;
    }
}

/// FIPS 204, Algorithm 14 (CoeffFromThreeBytes), before its comparison with q. Out: 0..2^23.
#[inline(always)]
pub(super) fn coeff_from_three_bytes(b0: u8, b1: u8, b2: u8) -> i32 {
    i32::from(b0) | i32::from(b1) << 8 | i32::from(b2 & 0x7f) << 16
}

/// [`coeff_from_three_bytes`], four times. In: 12 bytes, from `chunks_exact(12)` (`as_chunks` needs Rust 1.88).
#[inline(always)]
fn four_coefficients(bytes: &[u8]) -> [i32; 4] {
    const MASK: u64 = 0x7f_ffff;
    let low = u64::from_le_bytes(core::array::from_fn(|i| bytes[i]));
    let high = u64::from(u32::from_le_bytes(core::array::from_fn(|i| bytes[8 + i])));
    [low, low >> 24, low >> 48 | high << 16, high >> 8].map(|triple| (triple & MASK) as i32)
}

pub(super) fn vartime_reject_uniform(triples: &mut [u8; UNIFORM_LEN]) -> usize {
    // In three of four polynomials, no triple is rejected: check this before moving any.
    let rejected = |four: &[u8]| four_coefficients(four).into_iter().any(|value| value >= Q);
    let Some(first) = triples.chunks_exact(12).position(rejected) else {
        return N;
    };
    let mut kept = 4 * first;
    for i in 4 * first..N {
        let [b0, b1, b2] = [triples[3 * i], triples[3 * i + 1], triples[3 * i + 2]];
        if coeff_from_three_bytes(b0, b1, b2) < Q {
            triples[3 * kept] = b0;
            triples[3 * kept + 1] = b1;
            triples[3 * kept + 2] = b2;
            kept += 1;
        }
    }
    kept
}

/// FIPS 204, Algorithm 15 (CoeffFromHalfByte). In: 0..16. Out: whether the half-byte is accepted, and the coefficient.
#[inline(always)]
pub(super) fn coeff_from_half_byte(eta: Eta, b: i32) -> (bool, i32) {
    match eta {
        // b mod 5 without a division: 205·b >> 10 is b/5 for b < 16.
        Eta::Two => (b < 15, 2 - (b - 5 * ((205 * b) >> 10))),
        Eta::Four => (b < 9, 4 - b),
    }
}

pub(super) fn reject_bounded(eta: Eta, bytes: &[u8], out: &mut Poly, mut filled: usize) -> usize {
    for &byte in bytes {
        for half in [byte & 15, byte >> 4] {
            let (accepted, coefficient) = coeff_from_half_byte(eta, i32::from(half));
            if declassify(accepted, Reason::RejectedHalfByte) && filled < N {
                out.0[filled] = coefficient;
                filled += 1;
            }
        }
    }
    filled
}

pub(super) fn pack<const BITS: usize>(from: Option<i32>, w: &Poly, out: &mut [u8]) {
    for (eight, bytes) in w.0.chunks_exact(8).zip(out.chunks_exact_mut(BITS)) {
        let mut pending = 0u64;
        let mut bits = 0;
        let mut at = 0;
        for &w in eight {
            let value = from.map_or(w, |from| from - w);
            pending |= u64::from(value as u32) << bits;
            bits += BITS;
            while bits >= 8 {
                bytes[at] = pending as u8;
                at += 1;
                pending >>= 8;
                bits -= 8;
            }
        }
    }
}

pub(super) fn unpack<const BITS: usize>(from: Option<i32>, bytes: &[u8], w: &mut Poly) {
    for (eight, bytes) in w.0.chunks_exact_mut(8).zip(bytes.chunks_exact(BITS)) {
        let mut pending = 0u64;
        let mut bits = 0;
        let mut at = 0;
        for w in eight {
            while bits < BITS {
                pending |= u64::from(bytes[at]) << bits;
                at += 1;
                bits += 8;
            }
            let value = (pending & ((1 << BITS) - 1)) as i32;
            pending >>= BITS;
            bits -= BITS;
            *w = from.map_or(value, |from| from - value);
        }
    }
}

pub(super) fn power2round(t: &mut Poly, t1: &mut Poly) {
    for (t, t1) in t.0.iter_mut().zip(&mut t1.0) {
        (*t1, *t) = rounding::power2round(to_unsigned(*t));
    }
}

pub(super) fn decompose(gamma2: Gamma2, w: &mut Poly, w1: &mut Poly) {
    for (w, w1) in w.0.iter_mut().zip(&mut w1.0) {
        (*w1, *w) = rounding::decompose(gamma2, to_unsigned(*w));
    }
}

pub(super) fn make_hint(gamma2: Gamma2, low: &Poly, high: &Poly) -> HintPoly {
    let mut hints = HintPoly::default();
    for (i, (&low, &high)) in low.0.iter().zip(&high.0).enumerate() {
        hints.0[i / 64] |= (rounding::make_hint(gamma2, low, high) as u64) << (i % 64);
    }
    hints
}

#[inline(never)] // so that its copy is on the stack during this call only
pub(super) fn use_hint(gamma2: Gamma2, hint: &HintPoly, w: &mut Poly) {
    let mut unhinted = [0; 64];
    for (w, &bits) in w.0.chunks_exact_mut(64).zip(&hint.0) {
        unhinted.copy_from_slice(w);
        for w in &mut *w {
            *w = rounding::use_hint(gamma2, 0, to_unsigned(*w));
        }
        // Few coefficients have a hint, and all values here are public.
        let mut bits = bits;
        while bits != 0 {
            let i = bits.trailing_zeros() as usize;
            w[i] = rounding::use_hint(gamma2, 1, to_unsigned(unhinted[i]));
            bits &= bits - 1;
        }
    }
}

pub(super) fn norm_reaches(w: &Poly, bound: i32) -> bool {
    let mut reached = 0;
    for &w in &w.0 {
        let sign = w >> 31;
        let absolute = (w ^ sign) - sign;
        reached |= (bound - 1 - absolute) >> 31;
    }
    reached != 0
}
