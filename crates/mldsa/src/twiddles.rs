//! The constants of the number-theoretic transform (FIPS 204, section 7.5 and appendix B).

use crate::field::{Factor, centered, power};
use crate::params::{N, ZETA};

/// FIPS 204, Algorithm 43 (BitRev8).
pub const fn bit_rev8(m: u8) -> u8 {
    m.reverse_bits()
}

/// zeta^BitRev8(m) for m in 0..256: the twiddle factors of algorithms 41 and 42 (FIPS 204, appendix B).
pub static ZETAS: [Factor; N] = {
    let mut zetas = [Factor { value: 0, quotient: 0 }; N];
    let mut m = 0;
    while m < N {
        zetas[m] = Factor::new(power(ZETA, bit_rev8(m as u8) as u32));
        m += 1;
    }
    zetas
};

/// 256^−1·2^32 mod q: the last factor of NTT^−1, which also cancels Montgomery's 2^−32.
pub const INV_NTT_SCALE: Factor = Factor::new(centered(1 << (32 - 8)));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Q;

    /// The first entries of the table in FIPS 204, appendix B, and the order of the root.
    #[test]
    fn zetas_are_those_of_appendix_b() {
        let unsigned = |m: usize| i64::from(ZETAS[m].value).rem_euclid(i64::from(Q));
        assert_eq!(unsigned(0), 1);
        assert_eq!((unsigned(1), unsigned(2), unsigned(3)), (4808194, 3765607, 3761513));
        assert_eq!(centered(i64::from(power(ZETA, 256))), -1);
    }
}
