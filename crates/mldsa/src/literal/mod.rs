//! FIPS 204, transcribed literally and independently of the code under test: one coefficient, one byte, one bit at a time, with
//! divisions. The reference for the samplers, the transforms and signing as a whole.

extern crate std;

mod kernels;
mod sampling;
mod sign;

use crate::backend::Backend;
use crate::params::{N, Q};
use shake::digest::{ExtendableOutput, Update, XofReader};
use std::vec::Vec;

const Q64: i64 = Q as i64;

/// A polynomial or its NTT, coefficients mod q.
type Coefficients = [i64; N];

/// The output of SHAKE256 (H of section 3.7), byte by byte.
struct Bytes<R>(R);

impl<R: XofReader> Bytes<R> {
    fn next(&mut self) -> u8 {
        let mut byte = [0];
        self.0.read(&mut byte);
        byte[0]
    }
}

/// H of section 3.7.
fn h(parts: &[&[u8]]) -> Bytes<impl XofReader + use<>> {
    let mut hash = shake::Shake256::default();
    parts.iter().for_each(|part| hash.update(part));
    Bytes(hash.finalize_xof())
}

/// G of section 3.7.
fn g(seed: &[u8]) -> Bytes<impl XofReader + use<>> {
    let mut hash = shake::Shake128::default();
    hash.update(seed);
    Bytes(hash.finalize_xof())
}

fn take(mut stream: Bytes<impl XofReader>, len: usize) -> Vec<u8> {
    (0..len).map(|_| stream.next()).collect()
}

/// Section 2.3: mod±.
pub(crate) fn mod_pm(r: i64, m: i64) -> i64 {
    let r = r.rem_euclid(m);
    if r > m / 2 { r - m } else { r }
}

fn power(base: i64, exponent: u32) -> i64 {
    (0..exponent).fold(1, |product, _| product * base % Q64)
}

/// Algorithm 43 (BitRev8), by its bits.
fn bit_rev8(m: usize) -> u32 {
    (0..8).fold(0, |r, i| 2 * r + (m >> i & 1) as u32)
}

/// Appendix B: zeta^BitRev8(m).
fn zetas() -> Coefficients {
    core::array::from_fn(|m| power(1753, bit_rev8(m)))
}

/// Algorithm 41 (NTT).
fn ntt(w: &Coefficients) -> Coefficients {
    let (zetas, mut w, mut m, mut len) = (zetas(), *w, 0, 128);
    while len >= 1 {
        let mut start = 0;
        while start < 256 {
            m += 1;
            for j in start..start + len {
                let t = zetas[m] * w[j + len] % Q64;
                w[j + len] = (w[j] - t).rem_euclid(Q64);
                w[j] = (w[j] + t).rem_euclid(Q64);
            }
            start += 2 * len;
        }
        len /= 2;
    }
    w
}

/// Algorithm 42 (NTT^−1).
fn inv_ntt(w_hat: &Coefficients) -> Coefficients {
    let (zetas, mut w, mut m, mut len) = (zetas(), *w_hat, 256, 1);
    while len < 256 {
        let mut start = 0;
        while start < 256 {
            m -= 1;
            for j in start..start + len {
                let t = w[j];
                w[j] = (t + w[j + len]).rem_euclid(Q64);
                w[j + len] = (-zetas[m] * (t - w[j + len])).rem_euclid(Q64);
            }
            start += 2 * len;
        }
        len *= 2;
    }
    w.map(|w| w * 8_347_681 % Q64)
}

/// Algorithm 36 (Decompose).
pub(crate) fn decompose(gamma2: i64, r: i64) -> (i64, i64) {
    let r = r.rem_euclid(Q64);
    let r0 = mod_pm(r, 2 * gamma2);
    if r - r0 == Q64 - 1 { (0, r0 - 1) } else { ((r - r0) / (2 * gamma2), r0) }
}

/// Something to run on every back end that the CPU supports.
trait OnEach {
    fn on<B: Backend>(&self, backend: B);
}

fn on_each(test: &impl OnEach) {
    test.on(crate::backend::Portable);
    #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
    {
        // `equality.rs` asserts that the CPU's back ends run.
        crate::backend::Avx2::detect().into_iter().for_each(|backend| test.on(backend));
        crate::backend::Avx512::detect().into_iter().for_each(|backend| test.on(backend));
    }
    #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
    {
        crate::backend::Neon::detect().into_iter().for_each(|backend| test.on(backend));
        crate::backend::NeonSha3::detect().into_iter().for_each(|backend| test.on(backend));
    }
}
