//! Â times a vector (FIPS 204, Algorithm 48 (MatrixVectorNTT)), a row at a time: of a vector that is [`Kept`] in NTT form, or
//! of one whose polynomials are made again for each row, [`OneByOne`].

use crate::backend::Backend;
use crate::ntt::ntt;
use crate::params::{Array, N, ParameterSet, RHO_LEN};
use crate::poly::{NttPoly, Poly, UniformPoly};
use crate::sampling::{Beside, ElementOfA, ExpandA};
use zeroize::Zeroize;

/// Â times a vector v of L polynomials. v may be secret.
pub(crate) trait Product<P: ParameterSet> {
    /// Takes v\[j\], |v\[j\]| ≤ q. Called for each j before the first row.
    fn load(&mut self, j: usize, v: &Poly);

    /// (Σ Â\[i\]\[j\]∘NTT(v\[j\]) − a∘b)·2^−32, where `minus` is (a, b), |a|, |b| < 10q. Out: |out| < 0.84q.
    ///
    /// i counts from 0 to K − 1. `again` gives v\[j\] once more, if asked. A hash may go on `beside`.
    fn row(
        &mut self,
        i: usize,
        again: impl FnMut(usize, &mut Poly),
        minus: Option<(&NttPoly, &NttPoly)>,
        beside: Beside<'_>,
        out: &mut NttPoly,
    );
}

/// Where whole rows of Â come from.
pub(crate) trait Rows {
    /// Row i. [`ExpandA`] makes them in order.
    fn vartime_row(&mut self, i: usize, beside: Beside<'_>) -> &[UniformPoly];
}

impl<P: ParameterSet, B: Backend> Rows for ExpandA<'_, P, B> {
    #[inline]
    fn vartime_row(&mut self, _: usize, beside: Beside<'_>) -> &[UniformPoly] {
        self.vartime_next_row(beside)
    }
}

/// The rows of an expanded key.
pub(crate) struct Matrix<'k, P: ParameterSet>(pub(crate) &'k P::Matrix);

impl<P: ParameterSet> Rows for Matrix<'_, P> {
    #[inline]
    fn vartime_row(&mut self, i: usize, _: Beside<'_>) -> &[UniformPoly] {
        &self.0.as_ref()[i * P::L..(i + 1) * P::L]
    }
}

/// The vector is transformed once and kept: L KiB. Wiped on drop.
pub(crate) struct Kept<P: ParameterSet, B: Backend, R: Rows> {
    backend: B,
    rows: R,
    pub(crate) v_hat: P::NttL,
}

impl<P: ParameterSet, B: Backend, R: Rows> Kept<P, B, R> {
    #[inline]
    pub(crate) fn new(backend: B, rows: R) -> Self {
        Self { backend, rows, v_hat: P::NttL::ZEROED }
    }
}

impl<'a, P: ParameterSet, B: Backend> From<(B, &'a [u8; RHO_LEN])> for Kept<P, B, ExpandA<'a, P, B>> {
    #[inline]
    fn from((backend, rho): (B, &'a [u8; RHO_LEN])) -> Self {
        Self::new(backend, ExpandA::new(backend, rho))
    }
}

impl<P: ParameterSet, B: Backend, R: Rows> Product<P> for Kept<P, B, R> {
    #[inline]
    fn load(&mut self, j: usize, v: &Poly) {
        ntt(self.backend, v, &mut self.v_hat.as_mut()[j]);
    }

    #[inline]
    fn row(
        &mut self,
        i: usize,
        _: impl FnMut(usize, &mut Poly),
        minus: Option<(&NttPoly, &NttPoly)>,
        beside: Beside<'_>,
        out: &mut NttPoly,
    ) {
        self.backend.dot(self.rows.vartime_row(i, beside), self.v_hat.as_ref(), minus, out);
    }
}

impl<P: ParameterSet, B: Backend, R: Rows> Drop for Kept<P, B, R> {
    fn drop(&mut self) {
        self.v_hat.as_mut().iter_mut().for_each(Zeroize::zeroize);
    }
}

/// One polynomial of Â and one of the vector at a time: K·L transforms instead of L, and 2.8 KiB. Wiped on drop.
pub(crate) struct OneByOne<'a, P: ParameterSet, B: Backend> {
    backend: B,
    a: ElementOfA<'a, P, B>,
    v: Poly,
    v_hat: NttPoly,
}

impl<'a, P: ParameterSet, B: Backend> From<(B, &'a [u8; RHO_LEN])> for OneByOne<'a, P, B> {
    #[inline]
    fn from((backend, rho): (B, &'a [u8; RHO_LEN])) -> Self {
        Self { backend, a: ElementOfA::new(backend, rho), v: Poly([0; N]), v_hat: NttPoly([0; N]) }
    }
}

impl<P: ParameterSet, B: Backend> Product<P> for OneByOne<'_, P, B> {
    #[inline]
    fn load(&mut self, _: usize, _: &Poly) {}

    #[inline]
    fn row(
        &mut self,
        i: usize,
        mut again: impl FnMut(usize, &mut Poly),
        minus: Option<(&NttPoly, &NttPoly)>,
        _: Beside<'_>,
        out: &mut NttPoly,
    ) {
        match minus {
            Some((a, b)) => {
                self.backend.mul(a, b, out);
                out.0.iter_mut().for_each(|out| *out = -*out);
            }
            None => out.0.fill(0),
        }
        for j in 0..P::L {
            again(j, &mut self.v);
            ntt(self.backend, &self.v, &mut self.v_hat);
            self.backend.accumulate(self.a.vartime_element(i, j), &self.v_hat, &mut out.0);
        }
    }
}

impl<P: ParameterSet, B: Backend> Drop for OneByOne<'_, P, B> {
    fn drop(&mut self) {
        self.v.zeroize();
        self.v_hat.zeroize();
    }
}
