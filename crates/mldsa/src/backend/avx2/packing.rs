//! Packing at any number of bits up to 20.

use super::vector::{LANES, load, load_halves, load_twice, store, store_bytes, store_last_bytes};
use crate::params::N;
use crate::poly::Poly;
use core::arch::x86_64::*;

/// Eight numbers, one in each lane.
type Lanes32 = [i32; LANES];

/// `even` in even lanes, `odd` in odd ones.
#[inline]
#[target_feature(enable = "avx2")]
fn alternate(even: i32, odd: i32) -> __m256i {
    _mm256_setr_epi32(even, odd, even, odd, even, odd, even, odd)
}

/// Packs pairs, then pairs of pairs, until each of the four 64-bit lanes holds as many whole coefficients as fit. Then joins two
/// lanes in each 128-bit half and stores the halves, each over the padding of the previous one.
#[target_feature(enable = "avx2")]
pub(super) fn pack<const BITS: usize>(from: Option<i32>, w: &Poly, out: &mut [u8]) {
    match from {
        None => pack_each::<BITS>(|i| load(&w.0.as_chunks().0[i]), out),
        Some(from) => {
            let from = _mm256_set1_epi32(from);
            pack_each::<BITS>(|i| _mm256_sub_epi32(from, load(&w.0.as_chunks().0[i])), out);
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn pack_each<const BITS: usize>(vector: impl Fn(usize) -> __m256i, out: &mut [u8]) {
    // Callers slice `out` by the same lengths, so the whole polynomial fits.
    let out = &mut out[..N / 8 * BITS];
    // Vectors that are packed together, and the bytes of each of the two resulting halves.
    let (step, len) = match BITS {
        0..=8 => (4, 2 * BITS),
        9..=16 => (2, BITS),
        _ => (1, BITS / 2),
    };
    let mut at = 0;
    for i in (0..N / LANES).step_by(step) {
        let packed = match step {
            4 => pairs::<BITS, 4>(bytes::<BITS>([vector(i), vector(i + 1), vector(i + 2), vector(i + 3)])),
            2 => pairs::<BITS, 2>(words::<BITS>([vector(i), vector(i + 1)])),
            _ => pairs::<BITS, 1>(vector(i)),
        };
        for half in [_mm256_castsi256_si128(packed), _mm256_extracti128_si256::<1>(packed)] {
            match out[at..].first_chunk_mut() {
                Some(bytes) => store_bytes(bytes, half),
                None => store_last_bytes(out, at, half),
            }
            at += len;
        }
    }
}

/// 32 coefficients of at most 8 bits, in 32-bit lanes of four.
#[inline]
#[target_feature(enable = "avx2")]
fn bytes<const BITS: usize>([a, b, c, d]: [__m256i; 4]) -> __m256i {
    let bytes = _mm256_packus_epi16(_mm256_packus_epi32(a, b), _mm256_packus_epi32(c, d));
    let bytes = _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    let pairs = _mm256_maddubs_epi16(bytes, _mm256_set1_epi16(1 | 1 << (BITS + 8)));
    _mm256_madd_epi16(pairs, _mm256_set1_epi32(1 | 1 << (2 * BITS + 16)))
}

/// 16 coefficients of at most 16 bits, in 32-bit lanes of two.
#[inline]
#[target_feature(enable = "avx2")]
fn words<const BITS: usize>([a, b]: [__m256i; 2]) -> __m256i {
    let words = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_packus_epi32(a, b));
    _mm256_madd_epi16(words, _mm256_set1_epi32(1 | 1 << (BITS + 16)))
}

/// Joins the four 32-bit lanes of each half, which hold `COUNT` coefficients each.
#[inline]
#[target_feature(enable = "avx2")]
fn pairs<const BITS: usize, const COUNT: usize>(v: __m256i) -> __m256i {
    let bits = BITS * COUNT;
    // Shift even lanes up, so that they touch the odd ones; then shift both down.
    let gap = 32 - bits as i32;
    let touching = _mm256_sllv_epi32(v, alternate(gap, 0));
    let pairs = _mm256_srlv_epi64(touching, _mm256_set1_epi64x(gap.into()));
    // The same for 64-bit lanes: the low part of the odd lane joins the even one, the rest is shifted down.
    let bits = 2 * bits as i64;
    let low = _mm256_sllv_epi64(_mm256_bsrli_epi128::<8>(pairs), _mm256_set1_epi64x(bits));
    let rest = _mm256_srlv_epi64(pairs, _mm256_setr_epi64x(0, 64 - bits, 0, 64 - bits));
    _mm256_or_si256(rest, low)
}

/// How to extract eight coefficients from one vector of bytes: which bytes a lane needs, and where in them its bits begin.
struct Fields {
    shuffle: [[u8; 16]; 2],
    shift: Lanes32,
}

impl Fields {
    const fn new(bits: usize) -> Self {
        let mut fields = Self { shuffle: [[0x80; 16]; 2], shift: [0; LANES] };
        let mut lane = 0;
        while lane < LANES {
            let first = bits * lane;
            let last = first + bits - 1;
            // From 16 bits on the high half holds the last 16 bytes.
            let base = if bits >= 16 && lane >= 4 { bits - 16 } else { 0 };
            let mut byte = first / 8;
            while byte <= last / 8 {
                fields.shuffle[lane / 4][4 * (lane % 4) + byte - first / 8] = (byte - base) as u8;
                byte += 1;
            }
            fields.shift[lane] = (first % 8) as i32;
            lane += 1;
        }
        fields
    }
}

/// The first of at least 16 bytes.
#[inline]
fn first_16(bytes: &[u8]) -> &[u8; 16] {
    bytes.first_chunk().unwrap_or(&[0; 16])
}

/// The last of at least 16 bytes.
#[inline]
fn last_16(bytes: &[u8]) -> &[u8; 16] {
    bytes.last_chunk().unwrap_or(&[0; 16])
}

/// Unpacks: each lane selects the bytes that contain its bits, then shifts and masks them.
#[target_feature(enable = "avx2")]
pub(super) fn unpack<const BITS: usize>(from: Option<i32>, bytes: &[u8], w: &mut Poly) {
    match from {
        None => unpack_each::<BITS>(bytes, w, |v| v),
        Some(from) => {
            let from = _mm256_set1_epi32(from);
            unpack_each::<BITS>(bytes, w, |v| _mm256_sub_epi32(from, v));
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn unpack_each<const BITS: usize>(bytes: &[u8], w: &mut Poly, finish: impl Fn(__m256i) -> __m256i) {
    let fields = const { Fields::new(BITS) };
    // Callers slice `bytes` by the same lengths, so they contain the whole polynomial.
    let bytes = &bytes[..N / 8 * BITS];
    let shuffle = load_halves(&fields.shuffle[0], &fields.shuffle[1]);
    let shift = load(&fields.shift);
    let mask = _mm256_set1_epi32((1 << BITS) - 1);
    for (i, (eight, w)) in bytes.as_chunks::<BITS>().0.iter().zip(w.0.as_chunks_mut().0).enumerate() {
        let spread = if BITS >= 16 {
            _mm256_shuffle_epi8(load_halves(first_16(eight), last_16(eight)), shuffle)
        } else if BITS * i + 16 <= bytes.len() {
            _mm256_shuffle_epi8(load_twice(first_16(&bytes[BITS * i..])), shuffle)
        } else {
            // Close to the end: load the last 16 bytes, in which these begin later.
            let later = BITS * i + 16 - bytes.len();
            let shuffle = _mm256_add_epi8(shuffle, _mm256_set1_epi8(later as i8));
            _mm256_shuffle_epi8(load_twice(last_16(bytes)), shuffle)
        };
        store(w, finish(_mm256_and_si256(_mm256_srlv_epi32(spread, shift), mask)));
    }
}
