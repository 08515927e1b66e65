//! One state in general registers.
//!
//! `eor` and `bic` rotate their second operand at no cost. So rho is not computed: each word is stored rotated, and the
//! instructions of the next step rotate it back. A round has 106 instructions instead of 125.

use crate::backend::Backend;
use crate::backend::round::{ROTATIONS, ROUND_CONSTANTS, pi_source};

/// Between rounds, word i is `stored.rotate_left(FRAMES[i])`: the rotation that rho owes it.
const FRAMES: [u32; 25] = {
    let mut frames = [0; 25];
    let mut i = 0;
    while i < 25 {
        frames[i] = ROTATIONS[pi_source(i)] as u32;
        i += 1;
    }
    frames
};

/// How far to rotate a value of frame `from` to the right so that it has frame `to`.
const fn turn(from: u32, to: u32) -> u32 {
    (64 + to - from) % 64
}

/// How far to the right the second operand of each instruction is rotated: a parity into its true position,
pub(super) const fn parity_turn(x: usize) -> u32 {
    turn(FRAMES[x], 0)
}
/// word I into the frame of the first of its column,
pub(super) const fn theta(i: usize) -> u32 {
    turn(FRAMES[i], FRAMES[i % 5])
}
/// the word that pi moves to I into its true position,
pub(super) const fn moved(i: usize) -> u32 {
    turn(FRAMES[pi_source(i)], 0)
}
/// the word after I in its row into the frame of the one after that,
pub(super) const fn mask(i: usize) -> u32 {
    turn(FRAMES[after(i, 1)], FRAMES[after(i, 2)])
}
/// and that frame into the one of word I.
pub(super) const fn chi(i: usize) -> u32 {
    turn(FRAMES[after(i, 2)], FRAMES[i])
}

const fn after(i: usize, steps: usize) -> usize {
    i / 5 * 5 + (i + steps) % 5
}

/// Rotates the words of a state into their frames.
#[inline(always)]
pub(super) fn to_frames(state: &mut [u64; 25]) {
    for (word, frame) in state.iter_mut().zip(FRAMES) {
        *word = word.rotate_right(frame);
    }
}

/// Rotates them back.
#[inline(always)]
pub(super) fn to_words(state: &mut [u64; 25]) {
    for (word, frame) in state.iter_mut().zip(FRAMES) {
        *word = word.rotate_left(frame);
    }
}

/// The round constants and a zero, which says that none follows.
static CONSTANTS: [u64; 25] = {
    let mut constants = [0; 25];
    let mut round = 0;
    while round < 24 {
        constants[round] = ROUND_CONSTANTS[round];
        round += 1;
    }
    constants
};

/// FIPS 202, section 3.3: KECCAK-p[1600, 24].
#[inline(never)] // the scan for secret branches then sees where the table's address comes from
pub(super) fn permute(state: &mut [u64; 25]) {
    if cfg!(miri) {
        return crate::Portable.permute(state); // Miri supports no assembly
    }
    to_frames(state);
    rounds(state);
    to_words(state);
}

/// All rounds on words in their frames. A block of assembly, because the compiler would spill registers.
#[rustfmt::skip]
#[inline(always)]
fn rounds(state: &mut [u64; 25]) {
    // At [sp]: x19 and x29; the next constant; word 1 of the state, while its register is needed for theta.
    // SAFETY: the block reads the table, whose last word says that none follows, and uses 32 bytes below the stack pointer,
    // which it wipes of the state and gives back. It restores x19 and x29, which may not be named as operands.
    unsafe {
        on_words!(
            state, &CONSTANTS,
            "stp x19, x29, [sp, #-32]!", "str x27, [sp, #16]", "2:",
            s_parity!(1: 6 11 16 21), "str x1, [sp, #24]", s_parity!(0: 5 10 15 20), s_parity!(2: 7 12 17 22),
            s_parity!(3: 8 13 18 23), s_parity!(4: 9 14 19 24), s_theta!(),
            s_move!(0 0 + 0), s_move!(1 6 + 1), s_move!(6 9 + 4), s_move!(9 22 + 2), s_move!(22 14 + 4),
            s_move!(14 20 + 0), s_move!(20 2 + 2), s_move!(2 12 + 2), s_move!(12 13 + 3), s_move!(13 19 + 4),
            s_move!(19 23 + 3), s_move!(23 15 + 0), s_move!(15 4 + 4), s_move!(4 24 + 4), s_move!(24 21 + 1),
            s_move!(21 8 + 3), s_move!(8 16 + 1), s_move!(16 5 + 0), s_move!(5 3 + 3), s_move!(3 18 + 3),
            s_move!(18 17 + 2), s_move!(17 11 + 1), s_move!(11 7 + 2), s_move!(7 10 + 0),
            "ldr x10, [sp, #24]", s_move!(10 10 + 1),
            s_mask!(0 1 2 3 4), s_chi!(0 1 2 3 4), s_mask!(5 6 7 8 9), s_chi!(5 6 7 8 9),
            s_mask!(10 11 12 13 14), s_chi!(10 11 12 13 14), s_mask!(15 16 17 18 19), s_chi!(15 16 17 18 19),
            s_mask!(20 21 22 23 24), s_chi!(20 21 22 23 24),
            "ldr x27, [sp, #16]", "ldp x28, x30, [x27], #8", "str x27, [sp, #16]", "eor x0, x0, x28",
            "cbnz x30, 2b", "str xzr, [sp, #24]", "ldp x19, x29, [sp], #32",
        );
    }
}
