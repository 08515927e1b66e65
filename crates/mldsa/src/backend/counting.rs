//! A back end that counts the calls of another one's kernels, for `benches/overhead`. Compiled only with
//! `--cfg mldsa_counting`.

use super::{Backend, Eta, Gamma2, HintPoly, NttPoly, Poly, UniformPoly, sealed::Sealed};
use crate::params::N;
use crate::poly::UNIFORM_LEN;
use keccak_lanes::backend::counting::count;
pub use keccak_lanes::backend::counting::{Call, counts};

/// `B`, with its calls counted.
#[derive(Clone, Copy, Debug)]
pub struct Counting<B>(pub B);

impl<B> Sealed for Counting<B> {}

impl<B: Backend> Backend for Counting<B> {
    type Keccak = keccak_lanes::backend::counting::Counting<B::Keccak>;

    const NAME: &'static str = B::NAME;

    fn detect() -> Option<Self> {
        B::detect().map(Self)
    }

    fn keccak(self) -> Self::Keccak {
        keccak_lanes::backend::counting::Counting(self.0.keccak())
    }

    fn ntt(self, w: &Poly, w_hat: &mut NttPoly) {
        count(("ntt", 0, 0));
        self.0.ntt(w, w_hat);
    }

    fn inv_ntt(self, w_hat: &NttPoly, w: &mut Poly) {
        count(("inv_ntt", 0, 0));
        self.0.inv_ntt(w_hat, w);
    }

    fn dot(self, row: &[UniformPoly], v: &[NttPoly], minus: Option<(&NttPoly, &NttPoly)>, out: &mut NttPoly) {
        count(("dot", row.len(), minus.is_some().into()));
        self.0.dot(row, v, minus, out);
    }

    fn accumulate(self, a: &UniformPoly, b: &NttPoly, sum: &mut [i32; N]) {
        count(("accumulate", 0, 0));
        self.0.accumulate(a, b, sum);
    }

    fn mul(self, a: &NttPoly, b: &NttPoly, out: &mut NttPoly) {
        count(("mul", 0, 0));
        self.0.mul(a, b, out);
    }

    fn mul_add(self, a: &NttPoly, b: &NttPoly, c: &NttPoly, out: &mut NttPoly) {
        count(("mul_add", 0, 0));
        self.0.mul_add(a, b, c, out);
    }

    fn add(self, a: &mut Poly, b: &Poly) {
        count(("add", 0, 0));
        self.0.add(a, b);
    }

    fn sub(self, a: &mut Poly, b: &Poly) {
        count(("sub", 0, 0));
        self.0.sub(a, b);
    }

    fn vartime_reject_uniform(self, triples: &mut [u8; UNIFORM_LEN]) -> usize {
        let accepted = self.0.vartime_reject_uniform(triples);
        count(("reject_uniform", (accepted == N).into(), 0));
        accepted
    }

    fn reject_bounded(self, eta: Eta, bytes: &[u8], out: &mut Poly, filled: usize) -> usize {
        count(("reject_bounded", eta.value().unsigned_abs() as usize, filled / (N / 2)));
        self.0.reject_bounded(eta, bytes, out, filled)
    }

    fn pack<const BITS: usize>(self, from: Option<i32>, w: &Poly, out: &mut [u8]) {
        count(("pack", BITS, from.is_some().into()));
        self.0.pack::<BITS>(from, w, out);
    }

    fn unpack<const BITS: usize>(self, from: Option<i32>, bytes: &[u8], w: &mut Poly) {
        count(("unpack", BITS, from.is_some().into()));
        self.0.unpack::<BITS>(from, bytes, w);
    }

    fn power2round(self, t: &mut Poly, t1: &mut Poly) {
        count(("power2round", 0, 0));
        self.0.power2round(t, t1);
    }

    fn decompose(self, gamma2: Gamma2, w: &mut Poly, w1: &mut Poly) {
        count(("decompose", gamma2.value().unsigned_abs() as usize, 0));
        self.0.decompose(gamma2, w, w1);
    }

    fn make_hint(self, gamma2: Gamma2, low: &Poly, high: &Poly) -> HintPoly {
        count(("make_hint", gamma2.value().unsigned_abs() as usize, 0));
        self.0.make_hint(gamma2, low, high)
    }

    fn use_hint(self, gamma2: Gamma2, hint: &HintPoly, w: &mut Poly) {
        count(("use_hint", gamma2.value().unsigned_abs() as usize, 0));
        self.0.use_hint(gamma2, hint, w);
    }

    fn norm_reaches(self, w: &Poly, bound: i32) -> bool {
        count(("norm_reaches", 0, 0));
        self.0.norm_reaches(w, bound)
    }
}
