//! Kernels for AArch64 with Advanced SIMD.
//!
//! A vector holds four coefficients. Each kernel is a safe function with its target feature, which the whole build enables. The
//! kernels are the same with and without FEAT_SHA3; only the permutations of Keccak differ.

#![allow(unsafe_code)] // the calls of functions with target features: the build enables them

mod ntt;
mod packing;
mod pointwise;
mod rejection;
mod rounding;
mod vector;

use super::{Backend, HintPoly, sealed::Sealed};
use crate::params::{Eta, Gamma2, N};
use crate::poly::{NttPoly, Poly, UNIFORM_LEN, UniformPoly};
use keccak_lanes::backend as keccak;

/// The back end for AArch64, with the permutations of Keccak `K`.
#[derive(Clone, Copy, Debug)]
pub struct Kernels<K>(K);

/// The back end for every AArch64 CPU.
pub type Neon = Kernels<keccak::Neon>;

/// The back end for AArch64 CPUs with FEAT_SHA3, and proof that the CPU has it.
pub type NeonSha3 = Kernels<keccak::NeonSha3>;

impl<K> Sealed for Kernels<K> {}

impl<K: keccak::Backend> Backend for Kernels<K> {
    type Keccak = K;
    const NAME: &'static str = K::NAME;

    #[inline]
    fn detect() -> Option<Self> {
        K::detect().map(Self)
    }

    #[inline]
    fn keccak(self) -> Self::Keccak {
        self.0
    }

    #[inline(always)]
    fn ntt(self, w: &Poly, w_hat: &mut NttPoly) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { ntt::ntt(w, w_hat) }
    }

    #[inline(always)]
    fn inv_ntt(self, w_hat: &NttPoly, w: &mut Poly) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { ntt::inv_ntt(w_hat, w) }
    }

    #[inline(always)]
    fn dot(self, row: &[UniformPoly], v: &[NttPoly], minus: Option<(&NttPoly, &NttPoly)>, out: &mut NttPoly) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { pointwise::dot(row, v, minus, out) }
    }

    #[inline(always)]
    fn accumulate(self, a: &UniformPoly, b: &NttPoly, sum: &mut [i32; N]) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { pointwise::accumulate(a, b, sum) }
    }

    #[inline(always)]
    fn mul(self, a: &NttPoly, b: &NttPoly, out: &mut NttPoly) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { pointwise::mul(a, b, out) }
    }

    #[inline(always)]
    fn mul_add(self, a: &NttPoly, b: &NttPoly, c: &NttPoly, out: &mut NttPoly) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { pointwise::mul_add(a, b, c, out) }
    }

    #[inline(always)]
    fn vartime_reject_uniform(self, triples: &mut [u8; UNIFORM_LEN]) -> usize {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { rejection::vartime_reject_uniform(triples) }
    }

    #[inline(always)]
    fn reject_bounded(self, eta: Eta, bytes: &[u8], out: &mut Poly, filled: usize) -> usize {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { rejection::reject_bounded(eta, bytes, out, filled) }
    }

    #[inline(always)]
    fn pack<const BITS: usize>(self, from: Option<i32>, w: &Poly, out: &mut [u8]) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { packing::pack::<BITS>(from, w, out) }
    }

    #[inline(always)]
    fn unpack<const BITS: usize>(self, from: Option<i32>, bytes: &[u8], w: &mut Poly) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { packing::unpack::<BITS>(from, bytes, w) }
    }

    #[inline(always)]
    fn power2round(self, t: &mut Poly, t1: &mut Poly) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { rounding::power2round(t, t1) }
    }

    #[inline(always)]
    fn decompose(self, gamma2: Gamma2, w: &mut Poly, w1: &mut Poly) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { rounding::decompose(gamma2, w, w1) }
    }

    #[inline(always)]
    fn make_hint(self, gamma2: Gamma2, low: &Poly, high: &Poly) -> HintPoly {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { rounding::make_hint(gamma2, low, high) }
    }

    #[inline(always)]
    fn use_hint(self, gamma2: Gamma2, hint: &HintPoly, w: &mut Poly) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { rounding::use_hint(gamma2, hint, w) }
    }

    #[inline(always)]
    fn add(self, a: &mut Poly, b: &Poly) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { pointwise::add(a, b) }
    }

    #[inline(always)]
    fn sub(self, a: &mut Poly, b: &Poly) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { pointwise::sub(a, b) }
    }

    #[inline(always)]
    fn norm_reaches(self, w: &Poly, bound: i32) -> bool {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { rounding::norm_reaches(w, bound) }
    }
}
