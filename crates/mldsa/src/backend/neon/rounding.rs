//! Roundings, hints and norms: [`rounding`](crate::rounding), four coefficients at a time.

use super::vector::{LANES, load, store, to_unsigned};
use crate::backend::HintPoly;
use crate::params::{D, Gamma2};
use crate::poly::Poly;
use core::arch::aarch64::*;

/// FIPS 204, Algorithm 35 (Power2Round).
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn power2round(t: &mut Poly, t1: &mut Poly) {
    let half = vdupq_n_s32((1 << (D - 1)) - 1);
    for (t, t1) in t.0.as_chunks_mut().0.iter_mut().zip(t1.0.as_chunks_mut().0) {
        let r = to_unsigned(load(t));
        let r1 = vshrq_n_s32::<{ D as i32 }>(vaddq_s32(r, half));
        store(t, vsubq_s32(r, vshlq_n_s32::<{ D as i32 }>(r1)));
        store(t1, r1);
    }
}

/// gamma2 as a type, with the constants of a division by 2·gamma2.
trait Known {
    const GAMMA2: Gamma2;
    /// r/(2·gamma2) is round(floor(r·MAGIC/2^31)/2^BITS), halves rounded down: MAGIC = floor(2^(31 + BITS)/(2·gamma2)) fits i32,
    /// and consecutive r differ by more than half a unit before the rounding. `equality.rs` compares all r.
    const MAGIC: i32;

    fn round(scaled: int32x4_t) -> int32x4_t;
}

const fn magic(gamma2: Gamma2, bits: u32) -> i32 {
    let magic = (1i64 << (31 + bits)) / (2 * gamma2.value() as i64);
    assert!(magic < 1 << 31);
    magic as i32
}

struct Q88;
struct Q32;

impl Known for Q88 {
    const GAMMA2: Gamma2 = Gamma2::Q88;
    const MAGIC: i32 = magic(Gamma2::Q88, 17);

    #[inline(always)]
    fn round(scaled: int32x4_t) -> int32x4_t {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { vrshrq_n_s32::<17>(scaled) }
    }
}

impl Known for Q32 {
    const GAMMA2: Gamma2 = Gamma2::Q32;
    const MAGIC: i32 = magic(Gamma2::Q32, 18);

    #[inline(always)]
    fn round(scaled: int32x4_t) -> int32x4_t {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { vrshrq_n_s32::<18>(scaled) }
    }
}

/// The high part of r in 0..q before it wraps, 0..=m.
#[inline]
#[target_feature(enable = "neon")]
fn high_part<K: Known>(r: int32x4_t) -> int32x4_t {
    K::round(vqdmulhq_s32(r, vdupq_n_s32(K::MAGIC)))
}

/// FIPS 204, Algorithm 36 (Decompose).
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn decompose(gamma2: Gamma2, w: &mut Poly, w1: &mut Poly) {
    match gamma2 {
        Gamma2::Q88 => decompose_by::<Q88>(w, w1),
        Gamma2::Q32 => decompose_by::<Q32>(w, w1),
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn decompose_by<K: Known>(w: &mut Poly, w1: &mut Poly) {
    let largest = vdupq_n_s32(K::GAMMA2.high_parts() - 1);
    let step = vdupq_n_s32(2 * K::GAMMA2.value());
    for (w, w1) in w.0.as_chunks_mut().0.iter_mut().zip(w1.0.as_chunks_mut().0) {
        let r = to_unsigned(load(w));
        let r1 = high_part::<K>(r);
        // The last step wraps to r1 = 0, with r0 − 1.
        let top = vreinterpretq_s32_u32(vcgtq_s32(r1, largest));
        store(w, vaddq_s32(vmlsq_s32(r, r1, step), top));
        store(w1, vbicq_s32(r1, top));
    }
}

/// Bit 4i + j in lane j of vector i: the positions of the hints of 32 coefficients.
static HINT_BITS: [[i32; LANES]; 8] = {
    let mut bits = [[0; LANES]; 8];
    let mut i = 0;
    while i < 32 {
        bits[i / LANES][i % LANES] = 1 << i;
        i += 1;
    }
    bits
};

/// FIPS 204, Algorithm 39 (MakeHint), on parts: see [`rounding::make_hint`](crate::rounding::make_hint).
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn make_hint(gamma2: Gamma2, low: &Poly, high: &Poly) -> HintPoly {
    let most = vdupq_n_s32(gamma2.value());
    // The smallest low part without a hint: −gamma2 below high part 0, elsewhere one more.
    let least = vdupq_n_s32(1 - gamma2.value());
    let mut hints = HintPoly::default();
    let halves = low.0.as_chunks::<32>().0.iter().zip(high.0.as_chunks::<32>().0);
    for (half, (low, high)) in halves.enumerate() {
        let mut set = vdupq_n_u32(0);
        for ((low, high), bits) in low.as_chunks().0.iter().zip(high.as_chunks().0).zip(&HINT_BITS) {
            let low = load(low);
            let least = vaddq_s32(least, vreinterpretq_s32_u32(vceqzq_s32(load(high))));
            let hint = vorrq_u32(vcgtq_s32(low, most), vcgtq_s32(least, low));
            set = vbslq_u32(vreinterpretq_u32_s32(load(bits)), hint, set);
        }
        hints.0[half / 2] |= u64::from(vaddvq_u32(set)) << (32 * (half % 2));
    }
    hints
}

/// FIPS 204, Algorithm 40 (UseHint).
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn use_hint(gamma2: Gamma2, hint: &HintPoly, w: &mut Poly) {
    match gamma2 {
        Gamma2::Q88 => use_hint_by::<Q88>(hint, w),
        Gamma2::Q32 => use_hint_by::<Q32>(hint, w),
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn use_hint_by<K: Known>(hint: &HintPoly, w: &mut Poly) {
    let step = vdupq_n_s32(2 * K::GAMMA2.value());
    let one = vdupq_n_s32(1);
    let m = vdupq_n_s32(K::GAMMA2.high_parts());
    for (i, w) in w.0.as_chunks_mut::<32>().0.iter_mut().enumerate() {
        let set = vdupq_n_s32((hint.0[i / 2] >> (32 * (i % 2))) as i32);
        for (w, bits) in w.as_chunks_mut().0.iter_mut().zip(&HINT_BITS) {
            let hint = vreinterpretq_s32_u32(vtstq_s32(set, load(bits)));
            let r = to_unsigned(load(w));
            let r1 = high_part::<K>(r);
            // −1 where r0 > 0, else 1. In the last step r0 ≤ 0 and r1 = m: the following code turns it into m − 1 or 0, as if it
            // had been wrapped before.
            let positive = vreinterpretq_s32_u32(vcgtzq_s32(vmlsq_s32(r, r1, step)));
            let moved = vsubq_s32(r1, vandq_s32(vorrq_s32(positive, one), hint));
            // mod m, for −1..=m: −1 is the largest unsigned number.
            let above = vreinterpretq_u32_s32(vaddq_s32(moved, m));
            let wrapped = vreinterpretq_s32_u32(vminq_u32(vreinterpretq_u32_s32(moved), above));
            store(w, vandq_s32(wrapped, vreinterpretq_s32_u32(vcgtq_s32(m, wrapped))));
        }
    }
}

/// Whether ‖w‖∞ ≥ bound.
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn norm_reaches(w: &Poly, bound: i32) -> bool {
    let mut largest = [vdupq_n_s32(0); 4];
    for four in w.0.as_chunks::<{ 4 * LANES }>().0 {
        for (largest, w) in largest.iter_mut().zip(four.as_chunks().0) {
            *largest = vmaxq_s32(*largest, vabsq_s32(load(w)));
        }
    }
    let [a, b, c, d] = largest;
    vmaxvq_s32(vmaxq_s32(vmaxq_s32(a, b), vmaxq_s32(c, d))) >= bound
}
