//! Operations that several kernels use, and the only loads and stores.

#![allow(unsafe_code)] // loads and stores of whole vectors, each through a reference that is long enough

use crate::field::Q_INV;
use crate::params::Q;
use core::arch::x86_64::*;

/// Coefficients in a vector.
pub(super) const LANES: usize = 16;

/// Hides a mask from the optimiser, which turns a shuffle under a known mask into `vpermt2d`. That is slower than the masked
/// shuffle: the NTT takes 10 % longer.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn opaque(mut mask: __mmask16) -> __mmask16 {
    #[cfg(not(miri))] // Miri supports no assembly, and has no optimiser
    // SAFETY: the block contains no instruction.
    unsafe {
        core::arch::asm!("/* {0} */", inout(kreg) mask, options(pure, nomem, nostack, preserves_flags))
    };
    mask
}

/// A number in all lanes, hidden from the optimiser, which would split one operation under a known mask into two on halves of
/// the lanes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn opaque_lanes(value: i32) -> __m512i {
    let mut lanes = _mm512_set1_epi32(value);
    #[cfg(not(miri))] // Miri supports no assembly, and has no optimiser
    // SAFETY: the block contains no instruction.
    unsafe {
        core::arch::asm!("/* {0} */", inout(zmm_reg) lanes, options(pure, nomem, nostack, preserves_flags))
    };
    lanes
}

/// The even 32-bit lanes.
pub(super) const EVEN: __mmask16 = 0x5555;
/// The odd 32-bit lanes.
pub(super) const ODD: __mmask16 = !EVEN;

/// Each odd lane twice, as an immediate of `vpshufd`.
const ODD_TWICE: _MM_PERM_ENUM = 0b11_11_01_01;

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load(from: &[i32; LANES]) -> __m512i {
    // SAFETY: the reference points to 64 bytes; the instruction needs no alignment.
    unsafe { _mm512_loadu_si512(from.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn store(to: &mut [i32; LANES], v: __m512i) {
    // SAFETY: the reference points to 64 bytes; the instruction needs no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), v) }
}

/// `LEN` bytes (at most 64), then zeros.
#[inline]
#[target_feature(enable = "avx512bw")]
pub(super) fn load_bytes<const LEN: usize>(from: &[u8; LEN]) -> __m512i {
    // SAFETY: the mask selects only the `LEN` bytes of the reference.
    unsafe { _mm512_maskz_loadu_epi8(first_bytes(LEN), from.as_ptr().cast()) }
}

/// 64 bytes from `START` on.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn load_bytes_at<const START: usize>(from: &[u8; 192]) -> __m512i {
    const { assert!(START + 64 <= 192) };
    // SAFETY: 64 bytes can be read there (asserted above); the instruction needs no alignment.
    unsafe { _mm512_loadu_si512(from.as_ptr().add(START).cast()) }
}

/// The first `LEN` bytes (at most 64).
#[inline]
#[target_feature(enable = "avx512bw")]
pub(super) fn store_bytes<const LEN: usize>(to: &mut [u8; LEN], v: __m512i) {
    // SAFETY: the mask selects only the `LEN` bytes of the reference.
    unsafe { _mm512_mask_storeu_epi8(to.as_mut_ptr().cast(), first_bytes(LEN), v) }
}

/// The first 48 bytes: faster than under a mask.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn store_triples(to: &mut [u8; 48], v: __m512i) {
    // SAFETY: 32 and 16 bytes fit into the reference; the instructions need no alignment.
    unsafe {
        _mm256_storeu_si256(to.as_mut_ptr().cast(), _mm512_castsi512_si256(v));
        _mm_storeu_si128(to[32..].as_mut_ptr().cast(), _mm512_extracti32x4_epi32::<2>(v));
    }
}

/// The bytes (at most 32), then zeros.
#[inline]
#[target_feature(enable = "avx512bw,avx512vl")]
pub(super) fn load_up_to_32_bytes(from: &[u8]) -> __m256i {
    // SAFETY: the mask selects only the first `from.len()` bytes, at most 32.
    unsafe { _mm256_maskz_loadu_epi8(first_bytes(from.len().min(32)) as __mmask32, from.as_ptr().cast()) }
}

/// The first `to.len()` lanes (at most 16).
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn store_up_to_16(to: &mut [i32], v: __m512i) {
    // SAFETY: the mask selects only the first `to.len()` lanes, at most 16.
    unsafe {
        _mm512_mask_storeu_epi32(to.as_mut_ptr().cast(), first_bytes(to.len().min(LANES)) as __mmask16, v)
    }
}

/// A mask of the first `len` (at most 64) lanes.
#[inline]
pub(super) const fn first_bytes(len: usize) -> __mmask64 {
    if len >= 64 { !0 } else { (1 << len) - 1 }
}

/// Copies each odd lane to the even lane below it, where `vpmuldq` reads.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn odd_lanes(v: __m512i) -> __m512i {
    _mm512_shuffle_epi32::<ODD_TWICE>(v)
}

/// The upper halves of 64-bit lanes: those of `even` in the even lanes, those of `odd` in the odd lanes.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn high_halves(even: __m512i, odd: __m512i) -> __m512i {
    _mm512_mask_shuffle_epi32::<ODD_TWICE>(odd, opaque(EVEN), even)
}

/// [`montgomery_reduce`](crate::field::montgomery_reduce) of 64-bit sums, those of the even and those of the odd
/// coefficients: the same range.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn montgomery_reduce(even: __m512i, odd: __m512i) -> __m512i {
    let (q, q_inv) = (_mm512_set1_epi32(Q), _mm512_set1_epi32(Q_INV));
    let t_even = _mm512_mul_epi32(_mm512_mullo_epi32(even, q_inv), q);
    let t_odd = _mm512_mul_epi32(_mm512_mullo_epi32(odd, q_inv), q);
    // The low halves are equal, so there is no borrow.
    high_halves(_mm512_sub_epi64(even, t_even), _mm512_sub_epi64(odd, t_odd))
}

/// w mod q in 0..q for −q ≤ w < q: the smaller of w and w + q as unsigned numbers.
#[inline]
#[target_feature(enable = "avx512f")]
pub(super) fn to_unsigned(w: __m512i) -> __m512i {
    _mm512_min_epu32(w, _mm512_add_epi32(w, _mm512_set1_epi32(Q)))
}
