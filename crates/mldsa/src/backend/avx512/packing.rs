//! Bit packing, sixteen coefficients at a time, in 2·`BITS` bytes.
//!
//! Packing joins two adjacent coefficients in each 64-bit lane, shifts them to their bit position within the bytes, and
//! collects these bytes; a byte with bits from two lanes is the OR of both. Unpacking moves to each 32-bit lane the bytes that
//! contain its coefficient, and shifts.

use super::vector::{LANES, load, load_bytes, store, store_bytes};
use crate::poly::Poly;
use core::arch::x86_64::*;

/// A vector of bytes: indices of `vpermb`, shifts of `vpmultishiftqb`.
#[repr(C, align(64))]
struct Bytes([u8; 64]);

impl Bytes {
    #[inline]
    #[target_feature(enable = "avx512bw")]
    fn load(&self) -> __m512i {
        load_bytes(&self.0)
    }
}

/// The positions of the bits, at `BITS` bits per coefficient.
struct Layout<const BITS: usize>;

impl<const BITS: usize> Layout<BITS> {
    /// Bits of the two coefficients in a 64-bit lane.
    const PAIR: usize = 2 * BITS;

    /// For each 64-bit lane, the bit at which each of its bytes begins. Lane j begins in the middle of a byte of the result, so
    /// its first byte begins up to 7 bits earlier, in the zeros at the end of the lane.
    const ALIGN: Bytes = {
        let mut starts = [0; 64];
        let mut i = 0;
        while i < 64 {
            let (lane, byte) = (i / 8, i % 8);
            starts[i] = ((64 + 8 * byte - lane * Self::PAIR % 8) % 64) as u8;
            i += 1;
        }
        Bytes(starts)
    };

    /// For byte i of the result, its byte in the aligned lanes: of the lane with its first bit or with its last.
    const fn gather(last: bool) -> Bytes {
        let mut from = [0; 64];
        let mut i = 0;
        while i < Self::PAIR {
            let lane = (8 * i + if last { 7 } else { 0 }) / Self::PAIR;
            let first_byte = lane * Self::PAIR / 8;
            from[i] = (8 * lane + i - first_byte) as u8;
            i += 1;
        }
        Bytes(from)
    }

    const FIRST: Bytes = Self::gather(false);
    const LAST: Bytes = Self::gather(true);

    /// For `vpermb`: for each 32-bit lane, the four bytes from the first byte of its coefficient on.
    const SPREAD: Bytes = {
        let mut from = [0; 64];
        let mut i = 0;
        while i < 64 {
            from[i] = (i / 4 * BITS / 8 + i % 4) as u8;
            i += 1;
        }
        Bytes(from)
    };

    /// The bit of its first byte at which each coefficient begins.
    const SHIFTS: [i32; LANES] = {
        let mut shifts = [0; LANES];
        let mut lane = 0;
        while lane < LANES {
            shifts[lane] = (lane * BITS % 8) as i32;
            lane += 1;
        }
        shifts
    };
}

/// Packs 16 coefficients, each in 0..2^BITS.
#[inline]
#[target_feature(enable = "avx512bw,avx512vbmi")]
fn pack_vector<const BITS: usize>(w: __m512i) -> __m512i {
    // Shift the even coefficient to the top of its half, then both down.
    let to_top = _mm512_sllv_epi32(w, _mm512_set1_epi64(32 - BITS as i64));
    let pairs = _mm512_srlv_epi64(to_top, _mm512_set1_epi64(32 - BITS as i64));
    let aligned = _mm512_multishift_epi64_epi8(const { &Layout::<BITS>::ALIGN }.load(), pairs);
    let first = _mm512_permutexvar_epi8(const { &Layout::<BITS>::FIRST }.load(), aligned);
    let last = _mm512_permutexvar_epi8(const { &Layout::<BITS>::LAST }.load(), aligned);
    // For a byte with bits from one lane only, both are the same.
    _mm512_or_si512(first, last)
}

/// Unpacks 16 coefficients.
#[inline]
#[target_feature(enable = "avx512bw,avx512vbmi")]
fn unpack_vector<const BITS: usize>(bytes: __m512i) -> __m512i {
    let spread = _mm512_permutexvar_epi8(const { &Layout::<BITS>::SPREAD }.load(), bytes);
    let shifted = _mm512_srlv_epi32(spread, load(const { &Layout::<BITS>::SHIFTS }));
    _mm512_and_si512(shifted, _mm512_set1_epi32((1 << BITS) - 1))
}

/// `BYTES` is 2·`BITS`.
#[target_feature(enable = "avx512bw,avx512vbmi")]
pub(super) fn pack<const BITS: usize, const BYTES: usize>(from: Option<i32>, w: &Poly, out: &mut [u8]) {
    let vectors = w.0.as_chunks().0.iter().zip(out.as_chunks_mut::<BYTES>().0);
    match from {
        None => {
            for (w, out) in vectors {
                store_bytes(out, pack_vector::<BITS>(load(w)));
            }
        }
        Some(from) => {
            let from = _mm512_set1_epi32(from);
            for (w, out) in vectors {
                store_bytes(out, pack_vector::<BITS>(_mm512_sub_epi32(from, load(w))));
            }
        }
    }
}

/// `BYTES` is 2·`BITS`.
#[target_feature(enable = "avx512bw,avx512vbmi")]
pub(super) fn unpack<const BITS: usize, const BYTES: usize>(from: Option<i32>, bytes: &[u8], w: &mut Poly) {
    let vectors = w.0.as_chunks_mut().0.iter_mut().zip(bytes.as_chunks::<BYTES>().0);
    match from {
        None => {
            for (w, bytes) in vectors {
                store(w, unpack_vector::<BITS>(load_bytes(bytes)));
            }
        }
        Some(from) => {
            let from = _mm512_set1_epi32(from);
            for (w, bytes) in vectors {
                store(w, _mm512_sub_epi32(from, unpack_vector::<BITS>(load_bytes(bytes))));
            }
        }
    }
}
