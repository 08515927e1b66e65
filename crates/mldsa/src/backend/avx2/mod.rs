//! Kernels for CPUs with AVX2, BMI1 and BMI2.

#![allow(unsafe_code)] // the calls into code that needs the CPU's features: the token proves that it has them

mod ntt;
mod vector;

use super::{Backend, HintPoly, sealed::Sealed};
use crate::params::{Eta, Gamma2};
use crate::poly::{NttPoly, Poly, UNIFORM_LEN, UniformPoly};

/// The back end for such CPUs: a proof that this one is.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(keccak_lanes::backend::Avx2);

impl Sealed for Avx2 {}

impl Backend for Avx2 {
    type Keccak = keccak_lanes::backend::Avx2;
    const NAME: &'static str = "avx2";

    #[inline]
    fn detect() -> Option<Self> {
        keccak_lanes::Backend::detect().map(Self)
    }

    #[inline]
    fn keccak(self) -> Self::Keccak {
        self.0
    }

    #[inline(always)]
    fn ntt(self, w: &Poly, w_hat: &mut NttPoly) {
        // SAFETY: the token proves the features.
        unsafe { ntt::ntt(w, w_hat) }
    }

    #[inline(always)]
    fn inv_ntt(self, w_hat: &NttPoly, w: &mut Poly) {
        // SAFETY: the token proves the features.
        unsafe { ntt::inv_ntt(w_hat, w) }
    }
}
