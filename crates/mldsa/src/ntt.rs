//! The number-theoretic transform (FIPS 204, section 7.5) and the arithmetic on its results.
//!
//! | FIPS 204 | here |
//! |---|---|
//! | 41 NTT, 42 NTT^−1 | [`ntt`], [`inv_ntt`] |
//! | 43 BitRev8 | [`bit_rev8`](crate::twiddles::bit_rev8) |
//! | 44 AddNTT, 45 MultiplyNTT, 46–48 on vectors | the kernels `dot`, `mul`, `mul_add` of [`Backend`] |
//! | 49 MontgomeryReduce | [`montgomery_reduce`](crate::field::montgomery_reduce) |
//!
//! Products of two variables carry a factor 2^−32 from Montgomery's reduction; `inv_ntt` removes it.

use crate::backend::Backend;
use crate::poly::{NttPoly, Poly};

/// FIPS 204, Algorithm 41 (NTT). In: |w| ≤ q. Out: |ŵ| < 10q, not reduced: each of the eight layers adds
/// less than 1.02q.
#[inline(always)]
pub(crate) fn ntt<B: Backend>(backend: B, w: &Poly, w_hat: &mut NttPoly) {
    backend.ntt(w, w_hat);
}

/// FIPS 204, Algorithm 42 (NTT^−1), times 2^32. In: |ŵ| < 0.84q, as the product kernels leave it; a sum doubles
/// in each layer, and 2^8·0.84q < 2^31. Out: w mod± q, |w| ≤ (q − 1)/2.
#[inline(always)]
pub(crate) fn inv_ntt<B: Backend>(backend: B, w_hat: &NttPoly, w: &mut Poly) {
    backend.inv_ntt(w_hat, w);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Portable;
    use crate::field::{centered, power};
    use crate::params::{N, Q, ZETA};
    use crate::twiddles::bit_rev8;

    /// Each output of NTT is w evaluated at an odd power of zeta: the definition, as a quadratic loop.
    #[test]
    fn ntt_evaluates_at_the_roots() {
        let w = Poly(core::array::from_fn(|i| ((i * i * 7919 + 13) % Q as usize) as i32 - Q / 2));
        let mut w_hat = NttPoly([0; N]);
        ntt(Portable, &w, &mut w_hat);
        for (j, &value) in w_hat.0.iter().enumerate() {
            let root = i64::from(power(ZETA, 2 * u32::from(bit_rev8(j as u8)) + 1));
            let mut sum = 0i64;
            for &c in w.0.iter().rev() {
                sum = i64::from(centered(sum * root + i64::from(c)));
            }
            assert_eq!(i64::from(centered(i64::from(value))), sum, "at {j}");
        }
    }
}
