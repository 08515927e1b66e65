//! Transfer of bytes into and out of lanes: four words of four lanes at a time, transposed in registers.
//! When less than four words of a lane's block are left, they are moved separately.

use crate::state::{LANES, STATE_BYTES, States};
use core::arch::x86_64::*;

/// The words of each lane, and the lanes, that are moved at once.
const SIDE: usize = 4;
const SIDE_BYTES: usize = 8 * SIDE;

#[target_feature(enable = "avx2")]
pub(super) fn xor_blocks(states: &mut States, blocks: [&[u8]; LANES]) {
    for (half, group) in blocks.as_chunks::<SIDE>().0.iter().enumerate() {
        let longest = group.iter().map(|block| block.len()).fold(0, usize::max).min(STATE_BYTES);
        let (squares, _) = states.0.as_chunks_mut::<SIDE>();
        for (n, rows) in squares.iter_mut().enumerate().take(longest / SIDE_BYTES) {
            let mut columns = [_mm256_setzero_si256(); SIDE];
            for (column, block) in columns.iter_mut().zip(group) {
                if let Some(bytes) = block.as_chunks::<SIDE_BYTES>().0.get(n) {
                    *column = load(bytes);
                }
            }
            for (row, words) in rows.iter_mut().zip(transpose(columns)) {
                let lanes = &mut row.as_chunks_mut::<SIDE>().0[half];
                store_words(lanes, _mm256_xor_si256(load_words(lanes), words));
            }
        }
        for (i, block) in group.iter().enumerate() {
            let whole = block.len().min(STATE_BYTES) / SIDE_BYTES;
            states.xor_lane(half * SIDE + i, whole * SIDE, &block[whole * SIDE_BYTES..]);
        }
    }
}

#[target_feature(enable = "avx2")]
pub(super) fn copy_blocks(states: &States, mut blocks: [&mut [u8]; LANES]) {
    for (half, group) in blocks.as_chunks_mut::<SIDE>().0.iter_mut().enumerate() {
        let longest = group.iter().map(|block| block.len()).fold(0, usize::max).min(STATE_BYTES);
        if longest == 0 {
            continue;
        }
        let (squares, _) = states.0.as_chunks::<SIDE>();
        for (n, rows) in squares.iter().enumerate().take(longest / SIDE_BYTES) {
            let mut words = [_mm256_setzero_si256(); SIDE];
            for (words, row) in words.iter_mut().zip(rows) {
                *words = load_words(&row.as_chunks::<SIDE>().0[half]);
            }
            for (block, column) in group.iter_mut().zip(transpose(words)) {
                if let Some(bytes) = block.as_chunks_mut::<SIDE_BYTES>().0.get_mut(n) {
                    store(bytes, column);
                }
            }
        }
        for (i, block) in group.iter_mut().enumerate() {
            let whole = block.len().min(STATE_BYTES) / SIDE_BYTES;
            states.copy_lane(half * SIDE + i, whole * SIDE, &mut block[whole * SIDE_BYTES..]);
        }
    }
}

/// Transposes: row i of the result is column i of the input.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose(r: [__m256i; SIDE]) -> [__m256i; SIDE] {
    let even_01 = _mm256_unpacklo_epi64(r[0], r[1]);
    let odd_01 = _mm256_unpackhi_epi64(r[0], r[1]);
    let even_23 = _mm256_unpacklo_epi64(r[2], r[3]);
    let odd_23 = _mm256_unpackhi_epi64(r[2], r[3]);
    [
        _mm256_permute2x128_si256::<0x20>(even_01, even_23),
        _mm256_permute2x128_si256::<0x20>(odd_01, odd_23),
        _mm256_permute2x128_si256::<0x31>(even_01, even_23),
        _mm256_permute2x128_si256::<0x31>(odd_01, odd_23),
    ]
}

#[inline]
#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; SIDE_BYTES]) -> __m256i {
    // SAFETY: the array is as long as the register; no alignment is asked for.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(bytes: &mut [u8; SIDE_BYTES], value: __m256i) {
    // SAFETY: the array is as long as the register; no alignment is asked for.
    unsafe { _mm256_storeu_si256(bytes.as_mut_ptr().cast(), value) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_words(words: &[u64; SIDE]) -> __m256i {
    // SAFETY: the array is as long as the register; no alignment is asked for.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store_words(words: &mut [u64; SIDE], value: __m256i) {
    // SAFETY: the array is as long as the register; no alignment is asked for.
    unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), value) }
}
