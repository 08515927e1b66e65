//! The layers of the NTT and of its inverse, generic over types with the three operations of a butterfly: `i32`, and
//! intervals for the proof that no `i32` ever overflows (`bounds.rs`). The vector back ends do the same operations
//! in the same order on each coefficient.

use crate::field::{Factor, center, centered, power};
use crate::params::{N, ZETA};
use crate::twiddles::{INV_NTT_SCALE, ZETAS};
use core::ops::{Add, Sub};

/// A type on which a butterfly can compute.
pub(super) trait Coefficient: Copy + Add<Output = Self> + Sub<Output = Self> {
    /// [`Factor::mul`].
    fn times(self, factor: Factor) -> Self;

    /// [`center`].
    fn center(self) -> Self;
}

impl Coefficient for i32 {
    #[inline(always)]
    fn times(self, factor: Factor) -> Self {
        factor.mul(self)
    }

    #[inline(always)]
    fn center(self) -> Self {
        center(self)
    }
}

/// Eight layers of Cooley-Tukey butterflies.
#[inline(always)]
pub(super) fn ntt<C: Coefficient>(w: &mut [C; N]) {
    let mut m = 0;
    let mut len = 128;
    while len > 0 {
        for block in w.chunks_exact_mut(2 * len) {
            m += 1;
            let zeta = ZETAS[m];
            let (low, high) = block.split_at_mut(len);
            for (a, b) in low.iter_mut().zip(high) {
                let t = b.times(zeta);
                *b = *a - t;
                *a = *a + t;
            }
        }
        len /= 2;
    }
}

/// Eight layers of Gentleman-Sande butterflies; the last one also scales.
#[inline(always)]
pub(super) fn inv_ntt<C: Coefficient>(w: &mut [C; N]) {
    /// −zeta^BitRev8(1), times the scale: the last layer's factor.
    const LAST: Factor = Factor::new(centered(-(power(ZETA, 128) as i64) * INV_NTT_SCALE.value as i64));

    let mut m = N;
    let mut len = 1;
    while len < 128 {
        for block in w.chunks_exact_mut(2 * len) {
            m -= 1;
            let zeta = ZETAS[m];
            let (low, high) = block.split_at_mut(len);
            for (a, b) in low.iter_mut().zip(high) {
                // (b − a)·zeta is the standard's (a − b)·(−zeta).
                let difference = *b - *a;
                *a = *a + *b;
                *b = difference.times(zeta);
            }
        }
        len *= 2;
    }
    let (low, high) = w.split_at_mut(128);
    for (a, b) in low.iter_mut().zip(high) {
        let (sum, difference) = (*a + *b, *a - *b);
        *a = sum.times(INV_NTT_SCALE).center();
        *b = difference.times(LAST).center();
    }
}
