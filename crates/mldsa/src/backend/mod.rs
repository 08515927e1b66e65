//! The leaf kernels: only operations on whole polynomials that are faster with vector instructions.
//!
//! Every algorithm of FIPS 204 exists once, outside this module, and calls these kernels. A back end overrides the kernels in
//! which it is faster. Each must give the same bytes as those of [`Portable`].

#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
#[clippy::msrv = "1.89"] // build.rs
mod avx2;
#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
#[clippy::msrv = "1.89"] // build.rs
mod avx512;
#[cfg(test)]
mod bounds;
#[cfg(mldsa_counting)]
pub mod counting;
#[cfg(all(test, any(modsig_x86, modsig_neon), not(mldsa_backend = "portable")))]
mod equality;
#[cfg(mldsa_fault)]
mod faulty;
mod layers;
#[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
#[clippy::msrv = "1.89"] // build.rs
mod neon;
mod portable;

use crate::params::N;
pub use crate::params::{Eta, Gamma2};
use crate::poly::UNIFORM_LEN;
pub use crate::poly::{NttPoly, Poly, UniformPoly};
#[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
pub use neon::{Neon, NeonSha3};
pub use portable::Portable;
#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
pub use {avx2::Avx2, avx512::Avx512};

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// Which coefficients of a polynomial carry a hint: bit i%64 of word i/64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HintPoly(pub [u64; 4]);

impl HintPoly {
    /// Returns the number of hints.
    pub fn weight(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

/// A set of kernels. Its values are zero-sized tokens: a token exists only on a CPU that can run the kernels. Sealed.
#[allow(private_bounds)]
pub trait Backend: sealed::Sealed + Copy + Send + Sync + core::fmt::Debug + 'static {
    /// The Keccak kernels for the same CPU features.
    type Keccak: keccak_lanes::Backend;

    /// The name, as `--cfg mldsa_backend="…"` spells it.
    const NAME: &'static str;

    /// Returns the token if the CPU supports this back end.
    fn detect() -> Option<Self>;

    /// Returns the token of the Keccak kernels.
    fn keccak(self) -> Self::Keccak;

    /// FIPS 204, Algorithm 41 (NTT). In: |w| ≤ q. Out: |ŵ| < 10q, not reduced.
    #[inline(always)]
    fn ntt(self, w: &Poly, w_hat: &mut NttPoly) {
        portable::ntt(w, w_hat);
    }

    /// FIPS 204, Algorithm 42 (NTT^−1), times 2^32. In: |ŵ| < 0.84q. Out: w mod± q, |w| ≤ (q − 1)/2.
    #[inline(always)]
    fn inv_ntt(self, w_hat: &NttPoly, w: &mut Poly) {
        portable::inv_ntt(w_hat, w);
    }

    /// (Σ row\[j\]∘v\[j\] − a∘b)·2^−32, where `minus` is (a, b): one row of A times a vector.
    /// In: at most 7 products; |v| < 10q; |a|, |b| < 10q. Out: |out| < 0.84q: Montgomery leaves q/2 and (7·10 + 10·10)·q²/2^32.
    #[inline(always)]
    fn dot(self, row: &[UniformPoly], v: &[NttPoly], minus: Option<(&NttPoly, &NttPoly)>, out: &mut NttPoly) {
        portable::dot(row, v, minus, out);
    }

    /// sum += a∘b·2^−32 mod q: one product of [`dot`](Self::dot), for callers that do not have a whole row of A. The sum is a
    /// plain array because its caller may store another kind of polynomial there. In: |sum| < 0.7q, |b| < 10q.
    /// Out: |sum| < 0.6q.
    #[inline(always)]
    fn accumulate(self, a: &UniformPoly, b: &NttPoly, sum: &mut [i32; N]) {
        portable::accumulate(a, b, sum);
    }

    /// a∘b·2^−32. In: |a|, |b| < 10q. Out: |out| < 0.7q.
    #[inline(always)]
    fn mul(self, a: &NttPoly, b: &NttPoly, out: &mut NttPoly) {
        portable::mul(a, b, out);
    }

    /// (a∘b + c)·2^−32. In: |a|, |b|, |c| < 10q. Out: |out| < 0.7q.
    #[inline(always)]
    fn mul_add(self, a: &NttPoly, b: &NttPoly, c: &NttPoly, out: &mut NttPoly) {
        portable::mul_add(a, b, c, out);
    }

    /// a += b, coefficient by coefficient. The sums must fit i32.
    #[inline(always)]
    fn add(self, a: &mut Poly, b: &Poly) {
        portable::add(a, b);
    }

    /// a −= b, coefficient by coefficient. The differences must fit i32.
    #[inline(always)]
    fn sub(self, a: &mut Poly, b: &Poly) {
        portable::sub(a, b);
    }

    /// The rejections of FIPS 204, Algorithm 30 (RejNTTPoly): moves the triples of bytes below q (their highest bit
    /// ignored) to the front and returns their number. The bytes after them are unspecified.
    #[inline(always)]
    fn vartime_reject_uniform(self, triples: &mut [u8; UNIFORM_LEN]) -> usize {
        portable::vartime_reject_uniform(triples)
    }

    /// The rejections of FIPS 204, Algorithm 31 (RejBoundedPoly): appends the coefficients of the accepted half-bytes of
    /// `bytes` to the `filled` (≤ 256) coefficients in `out`, and returns the new number, at most 256.
    #[inline(always)]
    fn reject_bounded(self, eta: Eta, bytes: &[u8], out: &mut Poly, filled: usize) -> usize {
        portable::reject_bounded(eta, bytes, out, filled)
    }

    /// Packs w, or `from` − w, at `BITS` bits per coefficient into `out` (32·BITS bytes; further bytes are not written).
    /// In: the packed numbers are in 0..2^BITS.
    #[inline(always)]
    fn pack<const BITS: usize>(self, from: Option<i32>, w: &Poly, out: &mut [u8]) {
        portable::pack::<BITS>(from, w, out);
    }

    /// The inverse of [`pack`](Self::pack). Out: −2^BITS < w ≤ max(from, 2^BITS − 1).
    #[inline(always)]
    fn unpack<const BITS: usize>(self, from: Option<i32>, bytes: &[u8], w: &mut Poly) {
        portable::unpack::<BITS>(from, bytes, w);
    }

    /// FIPS 204, Algorithm 35 (Power2Round) of t mod q. In: |t| < q. Out: t becomes t0, and t1.
    #[inline(always)]
    fn power2round(self, t: &mut Poly, t1: &mut Poly) {
        portable::power2round(t, t1);
    }

    /// FIPS 204, Algorithm 36 (Decompose) of w mod q. In: |w| < q. Out: w becomes w0, and w1.
    #[inline(always)]
    fn decompose(self, gamma2: Gamma2, w: &mut Poly, w1: &mut Poly) {
        portable::decompose(gamma2, w, w1);
    }

    /// FIPS 204, Algorithm 39 (MakeHint), on LowBits(w) − c·s2 + c·t0 and HighBits(w). In: |low| < 3·gamma2, high in 0..m.
    #[inline(always)]
    fn make_hint(self, gamma2: Gamma2, low: &Poly, high: &Poly) -> HintPoly {
        portable::make_hint(gamma2, low, high)
    }

    /// FIPS 204, Algorithm 40 (UseHint) on w mod q. In: |w| < q. Out: w becomes the high parts.
    #[inline(always)]
    fn use_hint(self, gamma2: Gamma2, hint: &HintPoly, w: &mut Poly) {
        portable::use_hint(gamma2, hint, w);
    }

    /// Whether ‖w‖∞ ≥ bound. In: |w| < 2^30, 0 < bound < 2^30. No early exit.
    #[inline(always)]
    fn norm_reaches(self, w: &Poly, bound: i32) -> bool {
        portable::norm_reaches(w, bound)
    }
}

/// Runs an expression with the best back end that the CPU supports. Only this macro chooses a back end.
///
/// `--cfg mldsa_backend="portable"` builds without the others. `"avx2"`, `"avx512"`, `"neon"` and `"neon-sha3"` never choose a
/// better back end than the named one, and fall back to the portable one on a CPU that lacks it.
macro_rules! with_best {
    ($backend:ident => $body:expr) => {{
        #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
        {
            use $crate::backend::Backend as _;
            if let Some(best) = $crate::backend::best_avx512() {
                let $backend = $crate::backend::chosen(best);
                $body
            } else if let Some(best) = $crate::backend::Avx2::detect() {
                let $backend = $crate::backend::chosen(best);
                $body
            } else {
                let $backend = $crate::backend::chosen($crate::backend::Portable);
                $body
            }
        }
        #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
        {
            use $crate::backend::Backend as _;
            if let Some(best) = $crate::backend::best_neon_sha3() {
                let $backend = $crate::backend::chosen(best);
                $body
            } else if let Some(best) = $crate::backend::Neon::detect() {
                let $backend = $crate::backend::chosen(best);
                $body
            } else {
                let $backend = $crate::backend::chosen($crate::backend::Portable);
                $body
            }
        }
        #[cfg(not(any(
            all(modsig_x86, not(mldsa_backend = "portable")),
            all(modsig_neon, not(mldsa_backend = "portable"))
        )))]
        {
            let $backend = $crate::backend::chosen($crate::backend::Portable);
            $body
        }
    }};
}
pub(crate) use with_best;

/// Returns the back end unchanged.
#[cfg(not(mldsa_fault))]
#[inline(always)]
pub(crate) const fn chosen<B: Backend>(best: B) -> B {
    best
}

/// The back end with fault injection (`checks/faults.sh`).
#[cfg(mldsa_fault)]
pub(crate) const fn chosen<B: Backend>(best: B) -> faulty::Faulty<B> {
    faulty::Faulty(best)
}

/// [`Avx512`], unless `--cfg mldsa_backend="avx2"` excludes it.
#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
#[inline]
pub(crate) fn best_avx512() -> Option<Avx512> {
    if cfg!(mldsa_backend = "avx2") { None } else { Avx512::detect() }
}

/// [`NeonSha3`] where it is the best: see `keccak_lanes`' `NeonSha3::detect_best`.
#[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
#[inline]
pub(crate) fn best_neon_sha3() -> Option<NeonSha3> {
    keccak_lanes::backend::NeonSha3::detect_best().and_then(|_| NeonSha3::detect())
}
