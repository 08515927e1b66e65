//! Transfer of bytes into and out of lanes: two words of two lanes at a time, transposed in registers. What is left of a
//! lane's block is moved separately.

use crate::state::{LANES, STATE_BYTES, States};
use core::arch::aarch64::*;

/// The words of each lane, and the lanes, that are moved at once.
const SIDE: usize = 2;
const SIDE_BYTES: usize = 8 * SIDE;

#[target_feature(enable = "neon")]
pub(super) fn xor_blocks(states: &mut States, blocks: [&[u8]; LANES]) {
    for (pair, group) in blocks.as_chunks::<SIDE>().0.iter().enumerate() {
        // Often only the first pair is in use.
        if group.iter().all(|block| block.is_empty()) {
            continue;
        }
        let [a, b] = group.map(|block| block.as_chunks::<SIDE_BYTES>().0);
        let whole = a.len().min(b.len()).min(STATE_BYTES / SIDE_BYTES);
        let squares = states.0.as_chunks_mut::<SIDE>().0.iter_mut();
        for ((rows, a), b) in squares.zip(&a[..whole]).zip(&b[..whole]) {
            let (a, b) = (load(a), load(b));
            for (row, words) in rows.iter_mut().zip([vzip1q_u64(a, b), vzip2q_u64(a, b)]) {
                let lanes = &mut row.as_chunks_mut::<SIDE>().0[pair];
                store_words(lanes, veorq_u64(load_words(lanes), words));
            }
        }
        for (i, block) in group.iter().enumerate() {
            states.xor_lane(pair * SIDE + i, whole * SIDE, &block[whole * SIDE_BYTES..]);
        }
    }
}

#[target_feature(enable = "neon")]
pub(super) fn copy_blocks(states: &States, mut blocks: [&mut [u8]; LANES]) {
    for (pair, group) in blocks.as_chunks_mut::<SIDE>().0.iter_mut().enumerate() {
        if group.iter().all(|block| block.is_empty()) {
            continue;
        }
        let [a, b] = group.each_mut().map(|block| block.as_chunks_mut::<SIDE_BYTES>().0);
        let whole = a.len().min(b.len()).min(STATE_BYTES / SIDE_BYTES);
        let squares = states.0.as_chunks::<SIDE>().0.iter();
        for ((rows, a), b) in squares.zip(&mut a[..whole]).zip(&mut b[..whole]) {
            let [x, y] = rows.each_ref().map(|row| row.as_chunks::<SIDE>().0[pair]);
            let (x, y) = (load_words(&x), load_words(&y));
            store(a, vzip1q_u64(x, y));
            store(b, vzip2q_u64(x, y));
        }
        for (i, block) in group.iter_mut().enumerate() {
            states.copy_lane(pair * SIDE + i, whole * SIDE, &mut block[whole * SIDE_BYTES..]);
        }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn load(bytes: &[u8; SIDE_BYTES]) -> uint64x2_t {
    // SAFETY: the array is as long as the register; no alignment is asked for.
    vreinterpretq_u64_u8(unsafe { vld1q_u8(bytes.as_ptr()) })
}

#[inline]
#[target_feature(enable = "neon")]
fn store(bytes: &mut [u8; SIDE_BYTES], value: uint64x2_t) {
    // SAFETY: the array is as long as the register; no alignment is asked for.
    unsafe { vst1q_u8(bytes.as_mut_ptr(), vreinterpretq_u8_u64(value)) }
}

#[inline]
#[target_feature(enable = "neon")]
fn load_words(words: &[u64; SIDE]) -> uint64x2_t {
    // SAFETY: the array is as long as the register.
    unsafe { vld1q_u64(words.as_ptr()) }
}

#[inline]
#[target_feature(enable = "neon")]
fn store_words(words: &mut [u64; SIDE], value: uint64x2_t) {
    // SAFETY: the array is as long as the register.
    unsafe { vst1q_u64(words.as_mut_ptr(), value) }
}
