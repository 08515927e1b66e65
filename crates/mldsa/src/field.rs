//! Z_q, on signed 32-bit representatives.

use crate::params::Q;

/// q^−1 mod 2^32, by Newton's iteration: each step doubles the number of correct bits.
pub const Q_INV: i32 = {
    let mut inverse = 1i32;
    let mut step = 0;
    while step < 5 {
        inverse = inverse.wrapping_mul(2i32.wrapping_sub(Q.wrapping_mul(inverse)));
        step += 1;
    }
    inverse
};

const _: () = assert!(Q.wrapping_mul(Q_INV) == 1);

/// The representative of x mod q in −(q − 1)/2..=(q − 1)/2. For constants.
pub const fn centered(x: i64) -> i32 {
    let q = Q as i64;
    let r = x.rem_euclid(q);
    (if r > (q - 1) / 2 { r - q } else { r }) as i32
}

/// base^exponent mod q, centered. For constants.
pub const fn power(base: i32, mut exponent: u32) -> i32 {
    let (mut result, mut square) = (1i64, base as i64);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = centered(result * square) as i64;
        }
        square = centered(square * square) as i64;
        exponent >>= 1;
    }
    centered(result)
}

/// FIPS 204, Algorithm 49 (MontgomeryReduce): a·2^−32 mod q.
///
/// In: |a| < 2^31·q. Out: |r| ≤ q/2 + |a|/2^32 < q. The signed form: the quotient is taken in −2^31..2^31.
#[inline(always)]
pub const fn montgomery_reduce(a: i64) -> i32 {
    let t = (a as i32).wrapping_mul(Q_INV);
    ((a - t as i64 * Q as i64) >> 32) as i32
}

/// A constant of Z_q prepared for [`Factor::mul`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Factor {
    /// The constant, |value| ≤ (q − 1)/2.
    pub value: i32,
    /// The even number closest to value·2^32/q: |quotient| < 2^31 as |value| < q/2. Even, because `sqdmulh` of AArch64 doubles
    /// its product and takes half of the quotient.
    pub quotient: i32,
}

impl Factor {
    /// Prepares a constant.
    pub const fn new(value: i32) -> Self {
        let value = centered(value as i64);
        let scaled = (value as i64) << 32;
        let half = (scaled + Q as i64).div_euclid(2 * Q as i64);
        Self { value, quotient: 2 * half as i32 }
    }

    /// a·value mod q, by Barrett's reduction with a precomputed quotient (Shoup; Becker, Hwang, Kannwischer, Yang and
    /// Yang, "Neon NTT", 2021): three multiplications, and no 64-bit product is stored.
    ///
    /// In: any a. Out: in −e..q + e with e = |a|·q/2^32, so (−q/2 − 1, 3q/2 + 1) in the worst case:
    /// with quotient = (value·2^32 + d)/q, |d| ≤ q, and its product floored by f in 0..1,
    /// the result is f·q − a·d/2^32.
    #[inline(always)]
    pub const fn mul(self, a: i32) -> i32 {
        let t = ((a as i64 * self.quotient as i64) >> 32) as i32;
        a.wrapping_mul(self.value).wrapping_sub(t.wrapping_mul(Q))
    }
}

/// x mod± q for −q/2 ≤ x < 3q/2: subtracts q where x > (q − 1)/2, without a branch.
#[inline(always)]
pub const fn center(x: i32) -> i32 {
    let above = ((Q - 1) / 2 - x) >> 31;
    x - (above & Q)
}

/// x minus approximately the nearest multiple of q: |x| ≤ 2^30 gives |r| ≤ 2^22 + (2^13 − 1)·2^7 < 0.63q, and |x| < 2q
/// gives |r| < 0.51q. The quotient uses 2^23 in place of q.
#[inline(always)]
pub const fn reduce(x: i32) -> i32 {
    x - ((x + (1 << 22)) >> 23) * Q
}

/// x mod q in 0..q for −q ≤ x < q, without a branch.
#[inline(always)]
pub const fn to_unsigned(x: i32) -> i32 {
    x + ((x >> 31) & Q)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn montgomery_at_its_bounds() {
        let r_inverse = power(centered(1 << 32), Q as u32 - 2) as i64;
        let bound = (1i64 << 31) * Q as i64 - 1;
        for a in [-bound, -bound / 3, -1, 0, 1, 12345678901234, bound / 7, bound] {
            let r = montgomery_reduce(a) as i64;
            assert_eq!(r.rem_euclid(Q as i64), (centered(a) as i64 * r_inverse).rem_euclid(Q as i64));
            assert!(2 * r.abs() <= Q as i64 + 2 * (a.abs() >> 32) + 2);
        }
    }

    #[test]
    fn reduce_stays_in_its_range() {
        for x in (-(1 << 30)..=1 << 30).step_by(997).chain([1 << 30, 2 * Q - 1, -2 * Q + 1]) {
            let r = reduce(x);
            assert_eq!((x - r) % Q, 0, "{x}");
            let bound = if x.abs() < 2 * Q { 51 } else { 63 };
            assert!(100 * i64::from(r).abs() < bound * i64::from(Q), "{x} {r}");
        }
    }

    #[test]
    fn factor_stays_in_its_range() {
        for value in [0, 1, -1, 1753, (Q - 1) / 2, -(Q - 1) / 2, 4_000_000] {
            let factor = Factor::new(value);
            for a in [i32::MIN, i32::MAX, 0, 1, -1, Q, -Q, 9 * Q, -9 * Q, 255 * Q, -255 * Q, 77_777_777] {
                let r = i64::from(factor.mul(a));
                assert_eq!((r - i64::from(a) * i64::from(value)).rem_euclid(i64::from(Q)), 0);
                let e = ((i64::from(a).abs() * i64::from(Q)) >> 32) + 1;
                assert!(-e <= r && r < i64::from(Q) + e, "{a} {value} {r}");
            }
        }
    }
}
