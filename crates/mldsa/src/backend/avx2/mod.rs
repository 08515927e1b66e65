//! Kernels for CPUs with AVX2, BMI1 and BMI2.
//!
//! A vector holds eight coefficients. Each kernel is a safe function with its target features. Only the methods below call
//! kernels from code without these features.

#![allow(unsafe_code)] // the calls of functions with target features: the token proves that the CPU has them

mod ntt;
mod packing;
mod pointwise;
mod rejection;
mod rounding;
mod vector;

use super::{Backend, HintPoly, sealed::Sealed};
use crate::params::{Eta, Gamma2};
use crate::poly::{NttPoly, Poly, UNIFORM_LEN, UniformPoly};

/// The back end for CPUs with these features, and proof that the CPU has them.
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
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { ntt::ntt(w, w_hat) }
    }

    #[inline(always)]
    fn inv_ntt(self, w_hat: &NttPoly, w: &mut Poly) {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { ntt::inv_ntt(w_hat, w) }
    }

    #[inline(always)]
    fn dot(self, row: &[UniformPoly], v: &[NttPoly], minus: Option<(&NttPoly, &NttPoly)>, out: &mut NttPoly) {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { pointwise::dot(row, v, minus, out) }
    }

    #[inline(always)]
    fn mul(self, a: &NttPoly, b: &NttPoly, out: &mut NttPoly) {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { pointwise::mul(a, b, out) }
    }

    #[inline(always)]
    fn mul_add(self, a: &NttPoly, b: &NttPoly, c: &NttPoly, out: &mut NttPoly) {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { pointwise::mul_add(a, b, c, out) }
    }

    #[inline(always)]
    fn vartime_reject_uniform(self, triples: &mut [u8; UNIFORM_LEN]) -> usize {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { rejection::vartime_reject_uniform(triples) }
    }

    #[inline(always)]
    fn reject_bounded(self, eta: Eta, bytes: &[u8], out: &mut Poly, filled: usize) -> usize {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { rejection::reject_bounded(eta, bytes, out, filled) }
    }

    #[inline(always)]
    fn pack<const BITS: usize>(self, from: Option<i32>, w: &Poly, out: &mut [u8]) {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { packing::pack::<BITS>(from, w, out) }
    }

    #[inline(always)]
    fn unpack<const BITS: usize>(self, from: Option<i32>, bytes: &[u8], w: &mut Poly) {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { packing::unpack::<BITS>(from, bytes, w) }
    }

    #[inline(always)]
    fn power2round(self, t: &mut Poly, t1: &mut Poly) {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { rounding::power2round(t, t1) }
    }

    #[inline(always)]
    fn decompose(self, gamma2: Gamma2, w: &mut Poly, w1: &mut Poly) {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { rounding::decompose(gamma2, w, w1) }
    }

    #[inline(always)]
    fn make_hint(self, gamma2: Gamma2, low: &Poly, high: &Poly) -> HintPoly {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { rounding::make_hint(gamma2, low, high) }
    }

    #[inline(always)]
    fn use_hint(self, gamma2: Gamma2, hint: &HintPoly, w: &mut Poly) {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { rounding::use_hint(gamma2, hint, w) }
    }

    #[inline(always)]
    fn add(self, a: &mut Poly, b: &Poly) {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { pointwise::add(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: &mut Poly, b: &Poly) {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { pointwise::sub(a, b) }
    }

    #[inline(always)]
    fn norm_reaches(self, w: &Poly, bound: i32) -> bool {
        // SAFETY: `self` proves that the CPU has the kernel's target features.
        unsafe { rounding::norm_reaches(w, bound) }
    }
}
