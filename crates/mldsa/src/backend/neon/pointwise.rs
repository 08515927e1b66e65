//! Products in the NTT domain.

use super::vector::{LANES, load, load_bytes, splat_q, store};
use crate::field::Q_INV;
use crate::params::N;
use crate::poly::{NttPoly, Poly, UniformPoly};
use core::arch::aarch64::*;

/// Coefficients that [`dot`] sums at once: eight vectors of 64-bit sums.
const STEP: usize = 16;

/// 64-bit sums of the low and of the high two lanes of a vector.
#[derive(Clone, Copy)]
struct Sums(int64x2_t, int64x2_t);

impl Sums {
    #[inline]
    #[target_feature(enable = "neon")]
    fn zero() -> Self {
        Self(vdupq_n_s64(0), vdupq_n_s64(0))
    }

    /// Extends to 64 bits.
    #[inline]
    #[target_feature(enable = "neon")]
    fn from(c: int32x4_t) -> Self {
        Self(vmovl_s32(vget_low_s32(c)), vmovl_high_s32(c))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn plus_product(self, a: int32x4_t, b: int32x4_t) -> Self {
        Self(vmlal_s32(self.0, vget_low_s32(a), vget_low_s32(b)), vmlal_high_s32(self.1, a, b))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    fn minus_product(self, a: int32x4_t, b: int32x4_t) -> Self {
        Self(vmlsl_s32(self.0, vget_low_s32(a), vget_low_s32(b)), vmlsl_high_s32(self.1, a, b))
    }

    /// [`montgomery_reduce`](crate::field::montgomery_reduce) of each sum: the same numbers.
    #[inline]
    #[target_feature(enable = "neon")]
    fn reduce(self, q: int32x4_t, q_inv: int32x4_t) -> int32x4_t {
        let low = vuzp1q_s32(vreinterpretq_s32_s64(self.0), vreinterpretq_s32_s64(self.1));
        let Self(a, b) = self.minus_product(vmulq_s32(low, q_inv), q);
        vuzp2q_s32(vreinterpretq_s32_s64(a), vreinterpretq_s32_s64(b))
    }
}

/// a·b·2^−32: [`montgomery_reduce`](crate::field::montgomery_reduce) of the product, the same number. `sqdmulh` gives the upper
/// halves of 2ab and of 2tq. Their lower halves are equal, so the difference is exact, and half of it is (ab − tq)/2^32.
#[inline]
#[target_feature(enable = "neon")]
fn montgomery_product(a: int32x4_t, b: int32x4_t, q: int32x4_t, q_inv: int32x4_t) -> int32x4_t {
    let t = vmulq_s32(vmulq_s32(a, b), q_inv);
    vhsubq_s32(vqdmulhq_s32(a, b), vqdmulhq_s32(t, q))
}

/// For `tbl`: four triples from byte `first` on, each with a zero byte.
const fn spread(first: u8) -> [u8; 16] {
    let mut table = [0xff; 16];
    let mut i = 0;
    while i < 12 {
        table[4 * (i / 3) + i % 3] = first + i as u8;
        i += 1;
    }
    table
}

static SPREAD: [u8; 16] = spread(0);
static SPREAD_LAST: [u8; 16] = spread(4);

/// 16 coefficients from three bytes each, the ignored bit cleared.
#[inline]
#[target_feature(enable = "neon")]
fn load_triples(bytes: &[u8; 3 * STEP]) -> [int32x4_t; 4] {
    let at = |first: usize| bytes[first..].first_chunk().unwrap_or(&[0; 16]);
    let (spread, last) = (load_bytes(&SPREAD), load_bytes(&SPREAD_LAST));
    let vectors = [
        vqtbl1q_u8(load_bytes(at(0)), spread),
        vqtbl1q_u8(load_bytes(at(12)), spread),
        vqtbl1q_u8(load_bytes(at(24)), spread),
        vqtbl1q_u8(load_bytes(at(32)), last),
    ];
    vectors.map(|v| vandq_s32(vreinterpretq_s32_u8(v), vdupq_n_s32(0x7f_ffff)))
}

/// FIPS 204, Algorithm 48 (MatrixVectorNTT), one row: see [`Backend::dot`](crate::backend::Backend::dot).
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn dot(
    row: &[UniformPoly],
    v: &[NttPoly],
    minus: Option<(&NttPoly, &NttPoly)>,
    out: &mut NttPoly,
) {
    let (q, q_inv) = (splat_q(), vdupq_n_s32(Q_INV));
    for (i, out) in out.0.as_chunks_mut::<STEP>().0.iter_mut().enumerate() {
        let mut sums = [Sums::zero(); STEP / LANES];
        if let Some((a, b)) = minus {
            let fours = sixteen(a, i).iter().zip(sixteen(b, i));
            for (sums, (a, b)) in sums.iter_mut().zip(fours) {
                *sums = sums.minus_product(load(a), load(b));
            }
        }
        for (a, b) in row.iter().zip(v) {
            let a = load_triples(&a.0.as_chunks().0[i]);
            for ((sums, a), b) in sums.iter_mut().zip(a).zip(sixteen(b, i)) {
                *sums = sums.plus_product(a, load(b));
            }
        }
        for (out, sums) in out.as_chunks_mut().0.iter_mut().zip(sums) {
            store(out, sums.reduce(q, q_inv));
        }
    }
}

/// The vectors of coefficients 16i to 16i + 15.
#[inline]
fn sixteen(a: &NttPoly, i: usize) -> &[[i32; LANES]; STEP / LANES] {
    const { assert!(size_of::<[[i32; LANES]; STEP / LANES]>() * (N / STEP) == size_of::<NttPoly>()) };
    &a.0.as_chunks::<LANES>().0.as_chunks().0[i]
}

/// sum += a∘b·2^−32: see [`Backend::accumulate`](crate::backend::Backend::accumulate).
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn accumulate(a: &UniformPoly, b: &NttPoly, sum: &mut [i32; N]) {
    let (q, q_inv) = (splat_q(), vdupq_n_s32(Q_INV));
    for (i, sum) in sum.as_chunks_mut::<STEP>().0.iter_mut().enumerate() {
        let a = load_triples(&a.0.as_chunks().0[i]);
        for ((sum, a), b) in sum.as_chunks_mut().0.iter_mut().zip(a).zip(sixteen(b, i)) {
            let x = vaddq_s32(load(sum), montgomery_product(a, load(b), q, q_inv));
            // [`reduce`](crate::field::reduce): minus q times x/2^23, rounded.
            store(sum, vmlsq_s32(x, vrshrq_n_s32::<23>(x), q));
        }
    }
}

/// FIPS 204, Algorithm 45 (MultiplyNTT): see [`Backend::mul`](crate::backend::Backend::mul).
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn mul(a: &NttPoly, b: &NttPoly, out: &mut NttPoly) {
    let (q, q_inv) = (splat_q(), vdupq_n_s32(Q_INV));
    for (i, out) in out.0.as_chunks_mut::<STEP>().0.iter_mut().enumerate() {
        let fours = sixteen(a, i).iter().zip(sixteen(b, i));
        for (out, (a, b)) in out.as_chunks_mut().0.iter_mut().zip(fours) {
            store(out, montgomery_product(load(a), load(b), q, q_inv));
        }
    }
}

/// a∘b + c: see [`Backend::mul_add`](crate::backend::Backend::mul_add).
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn mul_add(a: &NttPoly, b: &NttPoly, c: &NttPoly, out: &mut NttPoly) {
    let (q, q_inv) = (splat_q(), vdupq_n_s32(Q_INV));
    for (i, out) in out.0.as_chunks_mut::<STEP>().0.iter_mut().enumerate() {
        let fours = sixteen(a, i).iter().zip(sixteen(b, i)).zip(sixteen(c, i));
        for (out, ((a, b), c)) in out.as_chunks_mut().0.iter_mut().zip(fours) {
            store(out, Sums::from(load(c)).plus_product(load(a), load(b)).reduce(q, q_inv));
        }
    }
}

/// a += b.
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn add(a: &mut Poly, b: &Poly) {
    for (a, b) in a.0.as_chunks_mut().0.iter_mut().zip(b.0.as_chunks().0) {
        store(a, vaddq_s32(load(a), load(b)));
    }
}

/// a −= b.
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn sub(a: &mut Poly, b: &Poly) {
    for (a, b) in a.0.as_chunks_mut().0.iter_mut().zip(b.0.as_chunks().0) {
        store(a, vsubq_s32(load(a), load(b)));
    }
}
