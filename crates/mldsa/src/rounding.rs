//! High-order and low-order bits, and hints (FIPS 204, section 7.4), on one coefficient.
//!
//! Without branches and divisions, because signing runs these on secrets. The back ends have the same functions on vectors.

use crate::ct;
use crate::params::{D, Gamma2, Q};

/// FIPS 204, Algorithm 35 (Power2Round). In: r in 0..q. Out: (r1, r0) with r = r1·2^d + r0,
/// r1 in 0..2^10, r0 in −2^12 + 1..=2^12.
#[inline(always)]
pub const fn power2round(r: i32) -> (i32, i32) {
    let r1 = (r + (1 << (D - 1)) - 1) >> D;
    (r1, r - (r1 << D))
}

/// Division by 2·gamma2 without a division instruction: 2·gamma2 = odd·2^shift, and n/odd = n·magic >> bits for every n that
/// occurs.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// The power of two in 2·gamma2.
    pub shift: u32,
    /// floor(2^bits/odd) + 1.
    pub magic: i32,
    /// The shift of the product.
    pub bits: u32,
}

impl Step {
    /// Division by 2·gamma2 of n in 0..q + gamma2.
    const fn new(gamma2: Gamma2) -> Self {
        let shift = (2 * gamma2.value()).trailing_zeros();
        let odd = (2 * gamma2.value() as i64) >> shift;
        let largest = ((Q + gamma2.value()) as i64) >> shift;
        // The smallest shift whose error, largest·(magic·odd − 2^bits), stays below one step.
        let mut bits = 0;
        loop {
            let magic = (1i64 << bits) / odd + 1;
            if largest * (magic * odd - (1 << bits)) < 1 << bits {
                assert!(largest * magic < 1 << 31);
                return Self { shift, magic: magic as i32, bits };
            }
            bits += 1;
        }
    }
}

impl Gamma2 {
    /// The division by 2·gamma2.
    #[inline(always)]
    pub const fn step(self) -> Step {
        match self {
            Gamma2::Q88 => const { Step::new(Gamma2::Q88) },
            Gamma2::Q32 => const { Step::new(Gamma2::Q32) },
        }
    }
}

/// FIPS 204, Algorithm 36 (Decompose). In: r in 0..q. Out: (r1, r0) with r ≡ r1·2·gamma2 + r0 mod q,
/// r1 in 0..m, r0 in −gamma2..=gamma2.
#[inline(always)]
pub const fn decompose(gamma2: Gamma2, r: i32) -> (i32, i32) {
    let step = gamma2.step();
    // r0 is in (−gamma2, gamma2], so r1 is (r + gamma2 − 1)/(2·gamma2), rounded down.
    let mut r1 = (((r + gamma2.value() - 1) >> step.shift) * step.magic) >> step.bits;
    let r0 = r - r1 * (2 * gamma2.value());
    // The last step, r − r0 = q − 1, wraps to r1 = 0 with r0 − 1.
    let top = (gamma2.high_parts() - 1 - r1) >> 31;
    r1 &= !top;
    // There r − r1·2·gamma2 was taken with r1 = m, and m·2·gamma2 = q − 1: r0 already is r − (q − 1).
    (r1, r0 + top)
}

/// FIPS 204, Algorithm 37 (HighBits). In: r in 0..q. Out: 0..m.
#[inline(always)]
#[cfg_attr(not(test), expect(dead_code, reason = "the standard's name for a half of decompose"))]
pub const fn high_bits(gamma2: Gamma2, r: i32) -> i32 {
    decompose(gamma2, r).0
}

/// FIPS 204, Algorithm 38 (LowBits). In: r in 0..q. Out: −gamma2..=gamma2.
#[inline(always)]
#[cfg_attr(not(test), expect(dead_code, reason = "the standard's name for a half of decompose"))]
pub const fn low_bits(gamma2: Gamma2, r: i32) -> i32 {
    decompose(gamma2, r).1
}

/// FIPS 204, Algorithm 39 (MakeHint), on known parts: with r = w − c·s2 + c·t0 and z = −c·t0 of the standard,
/// `low` = LowBits(w) − c·s2 + c·t0 and `high` = HighBits(w), given |LowBits(w) − c·s2| < gamma2 − beta.
/// Then HighBits(w − c·s2) = `high`, and adding c·t0 does not change it exactly if `low` is in −gamma2 + 1..=gamma2, or is
/// −gamma2 below high part 0, where the wrapped step is one longer. Out: 1 if the hint is needed, else 0.
///
/// In: |low| < 2·gamma2 + gamma2, high in 0..m.
#[inline(always)]
pub const fn make_hint(gamma2: Gamma2, low: i32, high: i32) -> i32 {
    let above = (gamma2.value() - low) >> 31;
    let below = (low + gamma2.value()) >> 31;
    let edge = ct::eq_mask(low, -gamma2.value()) & !ct::eq_mask(high, 0);
    (above | below | edge) & 1
}

/// FIPS 204, Algorithm 40 (UseHint). In: r in 0..q, hint 0 or 1. Out: the corrected high part, 0..m.
#[inline(always)]
pub const fn use_hint(gamma2: Gamma2, hint: i32, r: i32) -> i32 {
    let (r1, r0) = decompose(gamma2, r);
    // +1 where r0 > 0, else −1; 0 without a hint.
    let positive = (-r0) >> 31;
    let moved = r1 + (((positive & 2) - 1) & -hint);
    // mod m, for −1..=m
    let m = gamma2.high_parts();
    let wrapped = moved + ((moved >> 31) & m);
    wrapped - (((m - 1 - wrapped) >> 31) & m)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::literal::{decompose as literal_decompose, mod_pm};

    /// Algorithm 40, literally.
    fn literal_use_hint(gamma2: i64, hint: bool, r: i64) -> i64 {
        let m = (i64::from(Q) - 1) / (2 * gamma2);
        let (r1, r0) = literal_decompose(gamma2, r);
        match (hint, r0 > 0) {
            (true, true) => (r1 + 1).rem_euclid(m),
            (true, false) => (r1 - 1).rem_euclid(m),
            (false, _) => r1,
        }
    }

    #[test]
    fn all_q_values_against_the_standards_text() {
        for r in 0..Q {
            let (r1, r0) = power2round(r);
            let literal0 = mod_pm(i64::from(r), 1 << D);
            assert_eq!((i64::from(r1), i64::from(r0)), ((i64::from(r) - literal0) >> D, literal0));
            for gamma2 in [Gamma2::Q88, Gamma2::Q32] {
                let g = i64::from(gamma2.value());
                let (r1, r0) = decompose(gamma2, r);
                assert_eq!((i64::from(r1), i64::from(r0)), literal_decompose(g, i64::from(r)));
                assert_eq!((high_bits(gamma2, r), low_bits(gamma2, r)), (r1, r0));
                for hint in [false, true] {
                    let expected = literal_use_hint(g, hint, i64::from(r));
                    assert_eq!(i64::from(use_hint(gamma2, hint.into(), r)), expected, "{r} {hint}");
                }
            }
        }
    }

    /// MakeHint by its definition: do the high bits of r and r + z differ?
    #[test]
    fn make_hint_is_a_change_of_high_bits() {
        for gamma2 in [Gamma2::Q88, Gamma2::Q32] {
            let g = gamma2.value();
            let beta = 120;
            for high in 0..gamma2.high_parts() {
                // w − c·s2, where its low part is in range, moved by c·t0 close to each edge.
                for low0 in [-(g - beta - 1), -1, 0, 1, g - beta - 1] {
                    let wrap = |x: i32| x.rem_euclid(Q);
                    let base = wrap(high * 2 * g + low0);
                    for target in [-g - 2, -g - 1, -g, -g + 1, -1, 0, 1, g - 1, g, g + 1, g + 2] {
                        let sum = wrap(base + target - low0);
                        let expected = high_bits(gamma2, base) != high_bits(gamma2, sum);
                        assert_eq!(make_hint(gamma2, target, high) == 1, expected, "{high} {low0} {target}");
                    }
                }
            }
        }
    }

    fn hex_literal(text: &str) -> [u8; 32] {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).expect("hex");
        bytes
    }

    /// C2SP CCTV: the hash of every function of this file over all of Z_q, as text. Kills: any wrong value, sign or edge.
    #[test]
    fn cctv_field_operations() {
        use core::fmt::Write;
        use shake::digest::{ExtendableOutput, Update, XofReader};

        struct Lines(shake::Shake128);
        impl Write for Lines {
            fn write_str(&mut self, line: &str) -> core::fmt::Result {
                self.0.update(line.as_bytes());
                Ok(())
            }
        }

        let mut lines = Lines(shake::Shake128::default());
        for r in 0..Q {
            let centered = crate::field::center(r);
            let (r1, r0) = power2round(r);
            let power2 = [centered, centered.abs(), r1, crate::field::to_unsigned(r0)];
            let rounded = [Gamma2::Q88, Gamma2::Q32].map(|gamma2| {
                assert_eq!(use_hint(gamma2, 0, r), high_bits(gamma2, r));
                let low = low_bits(gamma2, r);
                [high_bits(gamma2, r), use_hint(gamma2, 1, r), low, low.abs()]
            });
            for value in power2.iter().chain(rounded.as_flattened()) {
                writeln!(lines, "{value}").expect("hashing does not fail");
            }
        }
        let mut hash = [0u8; 32];
        lines.0.finalize_xof().read(&mut hash);
        assert_eq!(hash, hex_literal("f930663417278156ab05d940294a77210a809c924d8ab63ec72f4526247602c7"));
    }
}
