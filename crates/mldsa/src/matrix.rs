//! Â times a vector (FIPS 204, Algorithm 48 (MatrixVectorNTT)), one row at a time. The vector is transformed once and stored
//! ([`CachedVector`]), or its polynomials are transformed again for each row ([`StreamedVector`]).

use crate::backend::Backend;
use crate::ntt::ntt;
use crate::params::{Array, N, ParameterSet, RHO_LEN};
use crate::poly::{NttPoly, Poly, UNIFORM_LEN, UniformPoly, wipe};
use crate::sampling::{ExpandA, OneByOne, PiggybackHash, RidingHash};
use crate::schedule::{Fast, Schedule, Small};
use zeroize::Zeroize;

/// How a schedule multiplies Â by a vector.
pub(crate) trait MatrixSchedule: Schedule {
    /// The memory of a product that its caller provides.
    type Memory: Memory;
    /// Â, expanded from rho, times a vector.
    type Product<'a, P: ParameterSet, B: Backend>: Product<P>;

    /// Prepares a product.
    fn product<'a, P: ParameterSet, B: Backend>(
        backend: B,
        rho: &'a [u8; RHO_LEN],
        memory: &'a mut Self::Memory,
    ) -> Self::Product<'a, P, B>;
}

/// Memory that a caller provides.
pub(crate) trait Memory: Zeroize {
    /// All zero.
    const NEW: Self;
}

impl Memory for () {
    const NEW: Self = ();
}

impl MatrixSchedule for Fast {
    /// A product has its own.
    type Memory = ();
    type Product<'a, P: ParameterSet, B: Backend> = CachedVector<P, B, ExpandA<'a, P, B>>;

    #[inline]
    fn product<'a, P: ParameterSet, B: Backend>(
        backend: B,
        rho: &'a [u8; RHO_LEN],
        (): &'a mut (),
    ) -> Self::Product<'a, P, B> {
        CachedVector::new(backend, ExpandA::new(backend, rho, RidingHash::Growing))
    }
}

impl MatrixSchedule for Small {
    type Memory = Streamed;
    type Product<'a, P: ParameterSet, B: Backend> = StreamedVector<'a, P, B>;

    #[inline]
    fn product<'a, P: ParameterSet, B: Backend>(
        backend: B,
        rho: &'a [u8; RHO_LEN],
        memory: &'a mut Streamed,
    ) -> Self::Product<'a, P, B> {
        StreamedVector::new(backend, rho, memory)
    }
}

/// Â times a vector v of L polynomials. v may be secret.
pub(crate) trait Product<P: ParameterSet> {
    /// Sets v\[j\], |v\[j\]| ≤ q. The caller calls this for each j before the first row.
    fn load(&mut self, j: usize, v: &Poly);

    /// Σ Â\[i\]\[j\]∘NTT(v\[j\])·2^−32. Out: |out| < 0.84q.
    ///
    /// The caller passes i = 0, 1, … K − 1 in this order. `again` computes v\[j\] a second time, into `v`, for products that do
    /// not store it. The permutations of `piggyback` run together with those that expand Â.
    fn row(
        &mut self,
        i: usize,
        again: impl FnMut(usize, &mut Poly),
        v: &mut Poly,
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

    /// (Σ Â\[i\]\[j\]∘NTT(v\[j\]) − a∘b)·2^−32, where `minus` is (a, b), |a|, |b| < 10q. Out: |out| < 0.84q.
    ///
    /// As [`Product::row`].
    #[inline]
    pub(crate) fn row_minus(
        &mut self,
        i: usize,
        minus: Option<(&NttPoly, &NttPoly)>,
        piggyback: PiggybackHash<'_>,
        out: &mut NttPoly,
    ) {
        self.backend.dot(self.rows.vartime_row(i, piggyback), self.v_hat.as_ref(), minus, out);
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
        _: &mut Poly,
        piggyback: PiggybackHash<'_>,
        out: &mut NttPoly,
    ) {
        self.row_minus(i, None, piggyback, out);
    }
}

impl<P: ParameterSet, B: Backend, R: Rows> Drop for CachedVector<P, B, R> {
    fn drop(&mut self) {
        self.v_hat.as_mut().iter_mut().for_each(Zeroize::zeroize);
    }
}

/// The memory of a [`StreamedVector`]: 1.8 KiB.
pub(crate) struct Streamed {
    v_hat: NttPoly,
    a: UniformPoly,
}

impl Memory for Streamed {
    const NEW: Self = Self { v_hat: NttPoly([0; N]), a: UniformPoly([0; UNIFORM_LEN]) };
}

impl Zeroize for Streamed {
    fn zeroize(&mut self) {
        let Self { v_hat, a } = self;
        v_hat.zeroize();
        wipe(&mut a.0);
    }
}

/// Stores one polynomial of Â and one of the vector at a time: K·L transforms instead of L. Its caller wipes the memory.
pub(crate) struct StreamedVector<'a, P: ParameterSet, B: Backend> {
    backend: B,
    rho: &'a [u8; RHO_LEN],
    a: OneByOne<'a, B>,
    /// NTT(v\[j\]); unused between rows.
    pub(crate) v_hat: &'a mut NttPoly,
    _parameters: core::marker::PhantomData<P>,
}

impl<'a, P: ParameterSet, B: Backend> StreamedVector<'a, P, B> {
    #[inline]
    pub(crate) fn new(backend: B, rho: &'a [u8; RHO_LEN], memory: &'a mut Streamed) -> Self {
        let Streamed { v_hat, a } = memory;
        Self { backend, rho, a: OneByOne::new(backend, a), v_hat, _parameters: core::marker::PhantomData }
    }

    /// sum += Σ Â\[i\]\[j\]∘NTT(v\[j\])·2^−32. `v` computes v\[j\], into `v_j`. In: |sum| < 0.7q. Out: |sum| < 0.7q.
    #[inline]
    pub(crate) fn add_row(
        &mut self,
        i: usize,
        mut v: impl FnMut(usize, &mut Poly),
        v_j: &mut Poly,
        sum: &mut NttPoly,
    ) {
        for j in 0..P::L {
            v(j, v_j);
            ntt(self.backend, v_j, self.v_hat);
            self.backend.accumulate(self.a.vartime_a::<P>(self.rho, i, j), self.v_hat, &mut sum.0);
        }
    }
}

impl<P: ParameterSet, B: Backend> Product<P> for StreamedVector<'_, P, B> {
    #[inline]
    fn load(&mut self, _: usize, _: &Poly) {}

    #[inline]
    fn row(
        &mut self,
        i: usize,
        again: impl FnMut(usize, &mut Poly),
        v: &mut Poly,
        _: PiggybackHash<'_>,
        out: &mut NttPoly,
    ) {
        out.0.fill(0);
        self.add_row(i, again, v, out);
    }
}
