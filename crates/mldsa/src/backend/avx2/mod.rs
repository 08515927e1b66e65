//! Kernels for CPUs with AVX2, BMI1 and BMI2.
//!
//! Eight coefficients a vector. Each kernel is a safe function that carries its CPU features; the methods below are the
//! one place where code without them calls it.

#![allow(unsafe_code)] // the calls into code that needs the CPU's features: the token proves that it has them

mod ntt;
mod packing;
mod pointwise;
mod rejection;
mod rounding;
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

    #[inline(always)]
    fn vartime_reject_uniform(self, triples: &mut [u8; UNIFORM_LEN]) -> usize {
        // SAFETY: the token proves the features.
        unsafe { rejection::vartime_reject_uniform(triples) }
    }

    #[inline(always)]
    fn reject_bounded(self, eta: Eta, bytes: &[u8], out: &mut Poly, filled: usize) -> usize {
        // SAFETY: the token proves the features.
        unsafe { rejection::reject_bounded(eta, bytes, out, filled) }
    }

    #[inline(always)]
    fn pack<const BITS: usize>(self, from: Option<i32>, w: &Poly, out: &mut [u8]) {
        // SAFETY: the token proves the features.
        unsafe { packing::pack::<BITS>(from, w, out) }
    }

    #[inline(always)]
    fn unpack<const BITS: usize>(self, from: Option<i32>, bytes: &[u8], w: &mut Poly) {
        // SAFETY: the token proves the features.
        unsafe { packing::unpack::<BITS>(from, bytes, w) }
    }

    #[inline(always)]
    fn power2round(self, t: &mut Poly, t1: &mut Poly) {
        // SAFETY: the token proves the features.
        unsafe { rounding::power2round(t, t1) }
    }

    #[inline(always)]
    fn decompose(self, gamma2: Gamma2, w: &mut Poly, w1: &mut Poly) {
        // SAFETY: the token proves the features.
        unsafe { rounding::decompose(gamma2, w, w1) }
    }

    #[inline(always)]
    fn make_hint(self, gamma2: Gamma2, low: &Poly, high: &Poly) -> HintPoly {
        // SAFETY: the token proves the features.
        unsafe { rounding::make_hint(gamma2, low, high) }
    }

    #[inline(always)]
    fn use_hint(self, gamma2: Gamma2, hint: &HintPoly, w: &mut Poly) {
        // SAFETY: the token proves the features.
        unsafe { rounding::use_hint(gamma2, hint, w) }
    }

    #[inline(always)]
    fn add(self, a: &mut Poly, b: &Poly) {
        // SAFETY: the token proves the features.
        unsafe { pointwise::add(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: &mut Poly, b: &Poly) {
        // SAFETY: the token proves the features.
        unsafe { pointwise::sub(a, b) }
    }

    #[inline(always)]
    fn norm_reaches(self, w: &Poly, bound: i32) -> bool {
        // SAFETY: the token proves the features.
        unsafe { rounding::norm_reaches(w, bound) }
    }
}
