//! Â times a vector (FIPS 204, Algorithm 48 (MatrixVectorNTT)), one row at a time. The vector is transformed once and stored
//! ([`CachedVector`]), or its polynomials are transformed again for each row ([`StreamedVector`]).

use crate::backend::Backend;
use crate::ntt::ntt;
use crate::params::{Array, N, ParameterSet, RHO_LEN};
use crate::poly::{NttPoly, Poly, UniformPoly};
use crate::sampling::{ElementOfA, ExpandA, PiggybackHash};
use crate::schedule::{Fast, Schedule, Small};
use zeroize::Zeroize;

/// How a schedule multiplies Â by a vector.
pub(crate) trait MatrixSchedule: Schedule {
    /// Â, expanded from rho, times a vector.
    type Product<'a, P: ParameterSet, B: Backend>: Product<P> + From<(B, &'a [u8; RHO_LEN])>;
}

impl MatrixSchedule for Fast {
    type Product<'a, P: ParameterSet, B: Backend> = CachedVector<P, B, ExpandA<'a, P, B>>;
}

impl MatrixSchedule for Small {
    type Product<'a, P: ParameterSet, B: Backend> = StreamedVector<'a, P, B>;
}

/// Â times a vector v of L polynomials. v may be secret.
pub(crate) trait Product<P: ParameterSet> {
    /// Sets v\[j\], |v\[j\]| ≤ q. The caller calls this for each j before the first row.
    fn load(&mut self, j: usize, v: &Poly);

    /// (Σ Â\[i\]\[j\]∘NTT(v\[j\]) − a∘b)·2^−32, where `minus` is (a, b), |a|, |b| < 10q. Out: |out| < 0.84q.
    ///
    /// The caller passes i = 0, 1, … K − 1 in this order. `again` computes v\[j\] a second time, for products that do not
    /// store it. The permutations of `piggyback` run together with those that expand Â.
    fn row(
        &mut self,
        i: usize,
        again: impl FnMut(usize, &mut Poly),
        minus: Option<(&NttPoly, &NttPoly)>,
        piggyback: PiggybackHash<'_>,
        out: &mut NttPoly,
    );
}

/// A source of whole rows of Â.
pub(crate) trait Rows {
    /// Returns row i. [`ExpandA`] expands the rows in order, whatever i is.
    fn vartime_row(&mut self, i: usize, piggyback: PiggybackHash<'_>) -> &[UniformPoly];
}

impl<P: ParameterSet, B: Backend> Rows for ExpandA<'_, P, B> {
    #[inline]
    fn vartime_row(&mut self, _: usize, piggyback: PiggybackHash<'_>) -> &[UniformPoly] {
        self.vartime_next_row(piggyback)
    }
}

/// The rows of an expanded key.
pub(crate) struct Matrix<'k, P: ParameterSet>(pub(crate) &'k P::Matrix);

impl<P: ParameterSet> Rows for Matrix<'_, P> {
    #[inline]
    fn vartime_row(&mut self, i: usize, _: PiggybackHash<'_>) -> &[UniformPoly] {
        &self.0.as_ref()[i * P::L..(i + 1) * P::L]
    }
}

/// The vector is transformed once and stored: L KiB. Wiped on drop.
pub(crate) struct CachedVector<P: ParameterSet, B: Backend, R: Rows> {
    backend: B,
    rows: R,
    pub(crate) v_hat: P::NttL,
}

impl<P: ParameterSet, B: Backend, R: Rows> CachedVector<P, B, R> {
    #[inline]
    pub(crate) fn new(backend: B, rows: R) -> Self {
        Self { backend, rows, v_hat: P::NttL::ZEROED }
    }
}

impl<'a, P: ParameterSet, B: Backend> From<(B, &'a [u8; RHO_LEN])> for CachedVector<P, B, ExpandA<'a, P, B>> {
    #[inline]
    fn from((backend, rho): (B, &'a [u8; RHO_LEN])) -> Self {
        Self::new(backend, ExpandA::new(backend, rho))
    }
}

impl<P: ParameterSet, B: Backend, R: Rows> Product<P> for CachedVector<P, B, R> {
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
        piggyback: PiggybackHash<'_>,
        out: &mut NttPoly,
    ) {
        self.backend.dot(self.rows.vartime_row(i, piggyback), self.v_hat.as_ref(), minus, out);
    }
}

impl<P: ParameterSet, B: Backend, R: Rows> Drop for CachedVector<P, B, R> {
    fn drop(&mut self) {
        self.v_hat.as_mut().iter_mut().for_each(Zeroize::zeroize);
    }
}

/// Stores one polynomial of Â and one of the vector at a time: K·L transforms instead of L, and 2.8 KiB. Wiped on drop.
pub(crate) struct StreamedVector<'a, P: ParameterSet, B: Backend> {
    backend: B,
    a: ElementOfA<'a, P, B>,
    v: Poly,
    v_hat: NttPoly,
}

impl<'a, P: ParameterSet, B: Backend> From<(B, &'a [u8; RHO_LEN])> for StreamedVector<'a, P, B> {
    #[inline]
    fn from((backend, rho): (B, &'a [u8; RHO_LEN])) -> Self {
        Self { backend, a: ElementOfA::new(backend, rho), v: Poly([0; N]), v_hat: NttPoly([0; N]) }
    }
}

impl<P: ParameterSet, B: Backend> Product<P> for StreamedVector<'_, P, B> {
    #[inline]
    fn load(&mut self, _: usize, _: &Poly) {}

    #[inline]
    fn row(
        &mut self,
        i: usize,
        mut again: impl FnMut(usize, &mut Poly),
        minus: Option<(&NttPoly, &NttPoly)>,
        _: PiggybackHash<'_>,
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

impl<P: ParameterSet, B: Backend> Drop for StreamedVector<'_, P, B> {
    fn drop(&mut self) {
        self.v.zeroize();
        self.v_hat.zeroize();
    }
}
