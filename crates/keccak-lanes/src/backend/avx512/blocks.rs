//! Transfer of bytes into and out of lanes: eight words of eight lanes at a time, transposed in registers. The last,
//! shorter step of each lane is masked.

use crate::state::{LANES, STATE_BYTES, States};
use core::arch::x86_64::*;

/// The words of each lane that are moved at once.
const SIDE: usize = 8;
const SIDE_BYTES: usize = 8 * SIDE;
const _: () = assert!(SIDE == LANES);
/// The bytes of a state that whole squares of words cover. No SHAKE has a longer rate.
const SQUARES_BYTES: usize = STATE_BYTES / SIDE_BYTES * SIDE_BYTES;

#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn xor_blocks(states: &mut States, blocks: [&[u8]; LANES]) {
    let longest = blocks.iter().map(|block| block.len()).fold(0, usize::max);
    for (n, rows) in states.0.as_chunks_mut::<SIDE>().0.iter_mut().enumerate() {
        if n * SIDE_BYTES >= longest {
            return;
        }
        let mut columns = [_mm512_setzero_si512(); SIDE];
        for (column, block) in columns.iter_mut().zip(blocks) {
            *column = load(block.get(n * SIDE_BYTES..).unwrap_or_default());
        }
        for (row, words) in rows.iter_mut().zip(transpose(columns)) {
            store_words(row, _mm512_xor_si512(load_words(row), words));
        }
    }
    if longest > SQUARES_BYTES {
        for (lane, block) in blocks.iter().enumerate() {
            states.xor_lane(lane, SQUARES_BYTES / 8, block.get(SQUARES_BYTES..).unwrap_or_default());
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn copy_blocks(states: &States, mut blocks: [&mut [u8]; LANES]) {
    let longest = blocks.iter().map(|block| block.len()).fold(0, usize::max);
    for (n, rows) in states.0.as_chunks::<SIDE>().0.iter().enumerate() {
        if n * SIDE_BYTES >= longest {
            return;
        }
        let mut words = [_mm512_setzero_si512(); SIDE];
        for (words, row) in words.iter_mut().zip(rows) {
            *words = load_words(row);
        }
        for (block, column) in blocks.iter_mut().zip(transpose(words)) {
            store(block.get_mut(n * SIDE_BYTES..).unwrap_or_default(), column);
        }
    }
    if longest > SQUARES_BYTES {
        for (lane, block) in blocks.iter_mut().enumerate() {
            states.copy_lane(lane, SQUARES_BYTES / 8, block.get_mut(SQUARES_BYTES..).unwrap_or_default());
        }
    }
}

/// Transposes: row i of the result is column i of the input.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose(r: [__m512i; SIDE]) -> [__m512i; SIDE] {
    // Words in pairs: `even[k]` holds the columns 0, 2, 4, 6 of the rows 2k and 2k + 1, one pair in each quarter.
    let mut even = [_mm512_setzero_si512(); SIDE / 2];
    let mut odd = even;
    for (k, pair) in r.as_chunks::<2>().0.iter().enumerate() {
        even[k] = _mm512_unpacklo_epi64(pair[0], pair[1]);
        odd[k] = _mm512_unpackhi_epi64(pair[0], pair[1]);
    }
    let [c0, c2, c4, c6] = transpose_quarters(even);
    let [c1, c3, c5, c7] = transpose_quarters(odd);
    [c0, c1, c2, c3, c4, c5, c6, c7]
}

/// Transposes four rows of four 128-bit quarters.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose_quarters(r: [__m512i; 4]) -> [__m512i; 4] {
    const EVEN: i32 = 0b10_00_10_00;
    const ODD: i32 = 0b11_01_11_01;
    let even_01 = _mm512_shuffle_i64x2::<EVEN>(r[0], r[1]);
    let odd_01 = _mm512_shuffle_i64x2::<ODD>(r[0], r[1]);
    let even_23 = _mm512_shuffle_i64x2::<EVEN>(r[2], r[3]);
    let odd_23 = _mm512_shuffle_i64x2::<ODD>(r[2], r[3]);
    [
        _mm512_shuffle_i64x2::<EVEN>(even_01, even_23),
        _mm512_shuffle_i64x2::<EVEN>(odd_01, odd_23),
        _mm512_shuffle_i64x2::<ODD>(even_01, even_23),
        _mm512_shuffle_i64x2::<ODD>(odd_01, odd_23),
    ]
}

/// The mask of the first `len` of 64 bytes, `len` < 64.
#[inline]
fn mask(len: usize) -> u64 {
    (1 << (len % SIDE_BYTES)) - 1
}

/// Loads the first 64 bytes; a shorter slice is followed by zeros. An empty slice is not accessed: a load with an empty
/// mask at the dangling address of an empty slice takes hundreds of cycles.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load(bytes: &[u8]) -> __m512i {
    if let Some(bytes) = bytes.first_chunk::<SIDE_BYTES>() {
        // SAFETY: the array is as long as the register; no alignment is asked for.
        unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
    } else if bytes.is_empty() {
        _mm512_setzero_si512()
    } else {
        // SAFETY: only the bytes under the mask are read, and these are `bytes`.
        unsafe { _mm512_maskz_loadu_epi8(mask(bytes.len()), bytes.as_ptr().cast()) }
    }
}

/// Stores as many of the 64 bytes as fit. Like [`load`], does not access an empty slice.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn store(bytes: &mut [u8], value: __m512i) {
    if let Some(bytes) = bytes.first_chunk_mut::<SIDE_BYTES>() {
        // SAFETY: the array is as long as the register; no alignment is asked for.
        unsafe { _mm512_storeu_si512(bytes.as_mut_ptr().cast(), value) }
    } else if !bytes.is_empty() {
        // SAFETY: only the bytes under the mask are written, and these are `bytes`.
        unsafe { _mm512_mask_storeu_epi8(bytes.as_mut_ptr().cast(), mask(bytes.len()), value) }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_words(words: &[u64; LANES]) -> __m512i {
    // SAFETY: the array is as long as the register; no alignment is asked for.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store_words(words: &mut [u64; LANES], value: __m512i) {
    // SAFETY: the array is as long as the register; no alignment is asked for.
    unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), value) }
}
