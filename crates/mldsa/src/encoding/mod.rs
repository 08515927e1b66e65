//! Data type conversions and encodings (FIPS 204, sections 7.1 and 7.2).
//!
//! | FIPS 204 | here |
//! |---|---|
//! | 9–13, bits, bytes and integers | the shifts in the kernels `pack` and `unpack`; literally in the tests |
//! | 14 CoeffFromThreeBytes, 15 CoeffFromHalfByte | `backend::portable`, next to the rejections that use them |
//! | 16–19 SimpleBitPack, BitPack, SimpleBitUnpack, BitUnpack | this file |
//! | 20, 21 HintBitPack, HintBitUnpack; 26–28 sigEncode, sigDecode, w1Encode | [`signature`] |
//! | 22–25 pkEncode, pkDecode, skEncode, skDecode | [`keys`] |

pub(crate) mod keys;
#[cfg(test)]
mod literal;
pub(crate) mod signature;

use crate::backend::Backend;
use crate::params::{D, Eta, Gamma1, Gamma2, T0_BITS, T1_BITS};
use crate::poly::Poly;

/// FIPS 204, Algorithm 16 (SimpleBitPack) at 10 bits. In: 0..2^10. Out: 320 bytes.
#[inline(always)]
pub(crate) fn pack_t1<B: Backend>(backend: B, t1: &Poly, out: &mut [u8]) {
    backend.pack::<T1_BITS>(None, t1, out);
}

/// FIPS 204, Algorithm 18 (SimpleBitUnpack) at 10 bits. Out: 0..2^10; every input is an encoding.
#[inline(always)]
pub(crate) fn unpack_t1<B: Backend>(backend: B, bytes: &[u8], t1: &mut Poly) {
    backend.unpack::<T1_BITS>(None, bytes, t1);
}

/// FIPS 204, Algorithm 17 (BitPack) of t0. In: −2^12 + 1..=2^12. Out: 416 bytes.
#[inline(always)]
pub(crate) fn pack_t0<B: Backend>(backend: B, t0: &Poly, out: &mut [u8]) {
    backend.pack::<T0_BITS>(Some(1 << (D - 1)), t0, out);
}

/// FIPS 204, Algorithm 19 (BitUnpack) of t0. Out: −2^12 + 1..=2^12; every input is an encoding.
#[inline(always)]
pub(crate) fn unpack_t0<B: Backend>(backend: B, bytes: &[u8], t0: &mut Poly) {
    backend.unpack::<T0_BITS>(Some(1 << (D - 1)), bytes, t0);
}

/// FIPS 204, Algorithm 17 (BitPack) of s1 or s2. In: −eta..=eta. Out: 96 or 128 bytes.
#[inline(always)]
pub(crate) fn pack_secret<B: Backend>(backend: B, eta: Eta, s: &Poly, out: &mut [u8]) {
    match eta {
        Eta::Two => backend.pack::<{ Eta::Two.bits() }>(Some(Eta::Two.value()), s, out),
        Eta::Four => backend.pack::<{ Eta::Four.bits() }>(Some(Eta::Four.value()), s, out),
    }
}

/// FIPS 204, Algorithm 19 (BitUnpack) of s1 or s2. Out: eta − 2^bits + 1..=eta; below −eta, the input was not an encoding.
#[inline(always)]
pub(crate) fn unpack_secret<B: Backend>(backend: B, eta: Eta, bytes: &[u8], s: &mut Poly) {
    match eta {
        Eta::Two => backend.unpack::<{ Eta::Two.bits() }>(Some(Eta::Two.value()), bytes, s),
        Eta::Four => backend.unpack::<{ Eta::Four.bits() }>(Some(Eta::Four.value()), bytes, s),
    }
}

/// FIPS 204, Algorithm 17 (BitPack) of z. In: −gamma1 + 1..=gamma1. Out: 576 or 640 bytes.
#[inline(always)]
pub(crate) fn pack_mask<B: Backend>(backend: B, gamma1: Gamma1, z: &Poly, out: &mut [u8]) {
    match gamma1 {
        Gamma1::Pow17 => backend.pack::<{ Gamma1::Pow17.bits() }>(Some(Gamma1::Pow17.value()), z, out),
        Gamma1::Pow19 => backend.pack::<{ Gamma1::Pow19.bits() }>(Some(Gamma1::Pow19.value()), z, out),
    }
}

/// FIPS 204, Algorithm 19 (BitUnpack) of y or z. Out: −gamma1 + 1..=gamma1; every input is an encoding.
#[inline(always)]
pub(crate) fn unpack_mask<B: Backend>(backend: B, gamma1: Gamma1, bytes: &[u8], y: &mut Poly) {
    match gamma1 {
        Gamma1::Pow17 => backend.unpack::<{ Gamma1::Pow17.bits() }>(Some(Gamma1::Pow17.value()), bytes, y),
        Gamma1::Pow19 => backend.unpack::<{ Gamma1::Pow19.bits() }>(Some(Gamma1::Pow19.value()), bytes, y),
    }
}

/// FIPS 204, Algorithm 28 (w1Encode), one polynomial: SimpleBitPack at 6 or 4 bits. In: 0..m. Out: 192 or 128 bytes.
#[inline(always)]
pub(crate) fn pack_w1<B: Backend>(backend: B, gamma2: Gamma2, w1: &Poly, out: &mut [u8]) {
    match gamma2 {
        Gamma2::Q88 => backend.pack::<{ Gamma2::Q88.bits() }>(None, w1, out),
        Gamma2::Q32 => backend.pack::<{ Gamma2::Q32.bits() }>(None, w1, out),
    }
}

/// The inverse of [`pack_w1`].
#[inline(always)]
pub(crate) fn unpack_w1<B: Backend>(backend: B, gamma2: Gamma2, bytes: &[u8], w1: &mut Poly) {
    match gamma2 {
        Gamma2::Q88 => backend.unpack::<{ Gamma2::Q88.bits() }>(None, bytes, w1),
        Gamma2::Q32 => backend.unpack::<{ Gamma2::Q32.bits() }>(None, bytes, w1),
    }
}
