//! Kernels for CPUs with AVX-512 F, BW, DQ, VL, VBMI and VBMI2.
//!
//! Sixteen coefficients a vector. Each kernel is a safe function that carries its CPU features; the methods below are the
//! one place where code without them calls it.

#![allow(unsafe_code)] // the calls into code that needs the CPU's features: the token proves that it has them

mod ntt;
mod pointwise;
mod vector;

use super::{Backend, HintPoly, sealed::Sealed};
use crate::params::{Eta, Gamma2};
use crate::poly::{NttPoly, Poly, UNIFORM_LEN, UniformPoly};

/// The back end for such CPUs: a proof that this one is.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(keccak_lanes::backend::Avx512);

impl Sealed for Avx512 {}

impl Backend for Avx512 {
    type Keccak = keccak_lanes::backend::Avx512;
    const NAME: &'static str = "avx512";

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

    #[inline(always)]
    fn dot(self, row: &[UniformPoly], v: &[NttPoly], minus: Option<(&NttPoly, &NttPoly)>, out: &mut NttPoly) {
        // SAFETY: the token proves the features.
        unsafe { pointwise::dot(row, v, minus, out) }
    }

    #[inline(always)]
    fn mul(self, a: &NttPoly, b: &NttPoly, out: &mut NttPoly) {
        // SAFETY: the token proves the features.
        unsafe { pointwise::mul(a, b, out) }
    }

    #[inline(always)]
    fn mul_add(self, a: &NttPoly, b: &NttPoly, c: &NttPoly, out: &mut NttPoly) {
        // SAFETY: the token proves the features.
        unsafe { pointwise::mul_add(a, b, c, out) }
    }
}
