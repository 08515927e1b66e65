//! Fault injection: a back end that flips one bit of one output of another back end's kernels (`checks/faults.sh`).

use super::{Backend, Eta, Gamma2, HintPoly, NttPoly, Poly, UniformPoly, sealed::Sealed};
use crate::fault::{Flip, Site, point};
use crate::params::N;
use crate::poly::UNIFORM_LEN;

/// `B` with the fault that `MLDSA_FAULT` describes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Faulty<B>(pub(crate) B);

impl<B> Sealed for Faulty<B> {}

impl Flip for HintPoly {
    fn flip(&mut self, index: usize, _: u32) {
        self.0[index % N / 64] ^= 1 << (index % 64);
    }
}

impl<B: Backend> Backend for Faulty<B> {
    type Keccak = B::Keccak;

    const NAME: &'static str = B::NAME;

    fn detect() -> Option<Self> {
        B::detect().map(Self)
    }

    fn keccak(self) -> Self::Keccak {
        self.0.keccak()
    }

    fn ntt(self, w: &Poly, w_hat: &mut NttPoly) {
        self.0.ntt(w, w_hat);
        point(Site::Ntt, &mut w_hat.0);
    }

    fn inv_ntt(self, w_hat: &NttPoly, w: &mut Poly) {
        self.0.inv_ntt(w_hat, w);
        point(Site::InvNtt, &mut w.0);
    }

    fn dot(self, row: &[UniformPoly], v: &[NttPoly], minus: Option<(&NttPoly, &NttPoly)>, out: &mut NttPoly) {
        self.0.dot(row, v, minus, out);
        point(Site::Dot, &mut out.0);
    }

    fn accumulate(self, a: &UniformPoly, b: &NttPoly, sum: &mut [i32; N]) {
        self.0.accumulate(a, b, sum);
        point(Site::Dot, sum);
    }

    fn mul(self, a: &NttPoly, b: &NttPoly, out: &mut NttPoly) {
        self.0.mul(a, b, out);
        point(Site::Mul, &mut out.0);
    }

    fn mul_add(self, a: &NttPoly, b: &NttPoly, c: &NttPoly, out: &mut NttPoly) {
        self.0.mul_add(a, b, c, out);
        point(Site::MulAdd, &mut out.0);
    }

    fn add(self, a: &mut Poly, b: &Poly) {
        self.0.add(a, b);
        point(Site::Add, &mut a.0);
    }

    fn sub(self, a: &mut Poly, b: &Poly) {
        self.0.sub(a, b);
        point(Site::Sub, &mut a.0);
    }

    fn vartime_reject_uniform(self, triples: &mut [u8; UNIFORM_LEN]) -> usize {
        let accepted = self.0.vartime_reject_uniform(triples);
        point(Site::RejectUniform, &mut triples[..3 * accepted]);
        accepted
    }

    fn reject_bounded(self, eta: Eta, bytes: &[u8], out: &mut Poly, filled: usize) -> usize {
        let filled = self.0.reject_bounded(eta, bytes, out, filled);
        point(Site::RejectBounded, &mut out.0);
        filled
    }

    fn pack<const BITS: usize>(self, from: Option<i32>, w: &Poly, out: &mut [u8]) {
        self.0.pack::<BITS>(from, w, out);
        point(Site::Pack, &mut out[..N / 8 * BITS]);
    }

    fn unpack<const BITS: usize>(self, from: Option<i32>, bytes: &[u8], w: &mut Poly) {
        self.0.unpack::<BITS>(from, bytes, w);
        point(Site::Unpack, &mut w.0);
    }

    fn power2round(self, t: &mut Poly, t1: &mut Poly) {
        self.0.power2round(t, t1);
        point(Site::Power2Round, &mut t.0);
        point(Site::Power2Round, &mut t1.0);
    }

    fn decompose(self, gamma2: Gamma2, w: &mut Poly, w1: &mut Poly) {
        self.0.decompose(gamma2, w, w1);
        point(Site::DecomposeLow, &mut w.0);
        point(Site::DecomposeHigh, &mut w1.0);
    }

    fn make_hint(self, gamma2: Gamma2, low: &Poly, high: &Poly) -> HintPoly {
        let mut hint = self.0.make_hint(gamma2, low, high);
        point(Site::MakeHint, &mut hint);
        hint
    }

    fn use_hint(self, gamma2: Gamma2, hint: &HintPoly, w: &mut Poly) {
        self.0.use_hint(gamma2, hint, w);
    }

    fn norm_reaches(self, w: &Poly, bound: i32) -> bool {
        let mut reaches = self.0.norm_reaches(w, bound);
        point(Site::NormReaches, &mut reaches);
        reaches
    }
}
