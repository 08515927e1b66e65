//! Four states: two in vector registers, and two, one after the other, in general registers. While the vector units compute
//! one round of a pair, the other units compute two rounds of a single state.
//!
//! A block of assembly, because no register is left for the compiler, and because the instructions for the two kinds of
//! registers must alternate: a core looks only some tens of instructions ahead for one that it can execute.

use super::pairs::{load, simd, store};
use super::word::{chi, mask, moved, parity_turn, theta, to_frames, to_words};
use crate::backend::round::{ROTATIONS, ROUND_CONSTANTS};
use crate::state::States;
use core::arch::aarch64::*;

/// Of one round in vectors and two in general registers: the constants of the three, and whether rounds follow.
type Constants = [u64; 4];

/// The vectors do the rounds `first` to `first` + 11, the general registers all 24.
const fn half(first: usize) -> [Constants; 12] {
    let mut table = [[0; 4]; 12];
    let mut i = 0;
    while i < 12 {
        table[i] =
            [ROUND_CONSTANTS[first + i], ROUND_CONSTANTS[2 * i], ROUND_CONSTANTS[2 * i + 1], (i < 11) as u64];
        i += 1;
    }
    table
}

static HALVES: [[Constants; 12]; 2] = [half(0), half(12)];

/// How far rho rotates word I, and the rest to 64.
const fn left(i: usize) -> i32 {
    ROTATIONS[i]
}
const fn right(i: usize) -> i32 {
    64 - ROTATIONS[i]
}

/// Twelve rounds on two states in vectors (`a`: word by word) and all 24 on `state`.
#[rustfmt::skip]
#[inline]
#[target_feature(enable = "neon")]
fn rounds<const HALF: usize>(a: &mut [uint64x2_t; 25], state: &mut [u64; 25]) {
    to_frames(state);
    let [a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23,
        a24] = a;
    // At [sp]: x19 and x29; the next row of the table; word 1 of the state, while its register is needed for theta.
    // SAFETY: the block reads the table, whose last row says that none follows, and uses 32 bytes below the stack pointer,
    // which it wipes of the state and gives back. It restores x19 and x29, which may not be named as operands.
    unsafe {
        on_words!(
            state, &HALVES[HALF],
            "stp x19, x29, [sp, #-32]!", "str x27, [sp, #16]", "2:",
            v_parity!(25: 0 5 10 15 20), s_parity!(1: 6 11 16 21), "str x1, [sp, #24]",
            v_parity!(26: 1 6 11 16 21), s_parity!(0: 5 10 15 20), s_parity!(2: 7 12 17 22),
            v_parity!(27: 2 7 12 17 22), s_parity!(3: 8 13 18 23), v_parity!(28: 3 8 13 18 23),
            s_parity!(4: 9 14 19 24), v_parity!(29: 4 9 14 19 24), s_theta!(), v_theta!(29 26: 0 5 10 15 20),
            s_move!(0 0 + 0), s_move!(1 6 + 1), s_move!(6 9 + 4), s_move!(9 22 + 2), s_move!(22 14 + 4),
            v_theta!(25 27: 1 6 11 16 21), s_move!(14 20 + 0), s_move!(20 2 + 2), s_move!(2 12 + 2),
            s_move!(12 13 + 3), s_move!(13 19 + 4), s_move!(19 23 + 3), s_move!(23 15 + 0), s_move!(15 4 + 4),
            s_move!(4 24 + 4), s_move!(24 21 + 1), s_move!(21 8 + 3), s_move!(8 16 + 1),
            v_theta!(26 28: 2 7 12 17 22), s_move!(16 5 + 0), s_move!(5 3 + 3), s_move!(3 18 + 3),
            s_move!(18 17 + 2), s_move!(17 11 + 1), s_move!(11 7 + 2), s_move!(7 10 + 0), "ldr x10, [sp, #24]",
            s_move!(10 10 + 1), s_mask!(0 1 2 3 4), v_theta!(27 29: 3 8 13 18 23), s_chi!(0 1 2 3 4),
            "ldr x27, [sp, #16]", "ldr x28, [x27, #8]", "eor x0, x0, x28", s_mask!(5 6 7 8 9),
            v_theta!(28 25: 4 9 14 19 24), s_chi!(5 6 7 8 9), s_mask!(10 11 12 13 14), v_move!(31 1), v_move!(1 6),
            s_chi!(10 11 12 13 14), v_move!(6 9), v_move!(9 22), s_mask!(15 16 17 18 19), v_move!(22 14),
            s_chi!(15 16 17 18 19), v_move!(14 20), v_move!(20 2), s_mask!(20 21 22 23 24), v_move!(2 12),
            v_move!(12 13), s_chi!(20 21 22 23 24), v_move!(13 19), v_move!(19 23), s_parity!(1: 6 11 16 21),
            v_move!(23 15), "str x1, [sp, #24]", v_move!(15 4), s_parity!(0: 5 10 15 20), v_move!(4 24),
            s_parity!(2: 7 12 17 22), v_move!(24 21), v_move!(21 8), s_parity!(3: 8 13 18 23), v_move!(8 16),
            v_move!(16 5), s_parity!(4: 9 14 19 24), v_move!(5 3), s_theta!(), v_move!(3 18), v_move!(18 17),
            v_move!(17 11), v_move!(11 7), s_move!(0 0 + 0), s_move!(1 6 + 1), v_move!(7 10), s_move!(6 9 + 4),
            s_move!(9 22 + 2), s_move!(22 14 + 4), v_mask!(31 11 12 13 14), s_move!(14 20 + 0), s_move!(20 2 + 2),
            s_move!(2 12 + 2), s_move!(12 13 + 3), s_move!(13 19 + 4), s_move!(19 23 + 3), s_move!(23 15 + 0),
            v_chi!(31: 10 11 12 13 14), s_move!(15 4 + 4), s_move!(4 24 + 4), s_move!(24 21 + 1),
            s_move!(21 8 + 3), s_move!(8 16 + 1), s_move!(16 5 + 0), s_move!(5 3 + 3), s_move!(3 18 + 3),
            v_mask!(0 1 2 3 4), s_move!(18 17 + 2), s_move!(17 11 + 1), s_move!(11 7 + 2), s_move!(7 10 + 0),
            "ldr x10, [sp, #24]", s_move!(10 10 + 1), s_mask!(0 1 2 3 4), v_chi!(0: 0 1 2 3 4), s_chi!(0 1 2 3 4),
            v_mask!(5 6 7 8 9), s_mask!(5 6 7 8 9), v_chi!(5: 5 6 7 8 9), s_chi!(5 6 7 8 9),
            s_mask!(10 11 12 13 14), v_mask!(15 16 17 18 19), s_chi!(10 11 12 13 14), v_chi!(15: 15 16 17 18 19),
            s_mask!(15 16 17 18 19), s_chi!(15 16 17 18 19), v_mask!(20 21 22 23 24), s_mask!(20 21 22 23 24),
            v_chi!(20: 20 21 22 23 24), s_chi!(20 21 22 23 24),
            "ldr x27, [sp, #16]", "ldp x28, x30, [x27, #16]", "eor x0, x0, x28",
            "ld1r {{v31.2d}}, [x27]", "add x27, x27, #32", "str x27, [sp, #16]", "eor v0.16b, v0.16b, v31.16b",
            "cbnz x30, 2b", "str xzr, [sp, #24]", "ldp x19, x29, [sp], #32",
            inout("v0") *a0, inout("v1") *a1, inout("v2") *a2, inout("v3") *a3, inout("v4") *a4,
            inout("v5") *a5, inout("v6") *a6, inout("v7") *a7, inout("v8") *a8, inout("v9") *a9,
            inout("v10") *a10, inout("v11") *a11, inout("v12") *a12, inout("v13") *a13, inout("v14") *a14,
            inout("v15") *a15, inout("v16") *a16, inout("v17") *a17, inout("v18") *a18, inout("v19") *a19,
            inout("v20") *a20, inout("v21") *a21, inout("v22") *a22, inout("v23") *a23, inout("v24") *a24,
            out("v25") _, out("v26") _, out("v27") _, out("v28") _, out("v29") _, out("v30") _, out("v31") _,
            left1 = const left(1), left2 = const left(2), left3 = const left(3), left4 = const left(4),
            left5 = const left(5), left6 = const left(6), left7 = const left(7), left8 = const left(8),
            left9 = const left(9), left10 = const left(10), left11 = const left(11), left12 = const left(12),
            left13 = const left(13), left14 = const left(14), left15 = const left(15), left16 = const left(16),
            left17 = const left(17), left18 = const left(18), left19 = const left(19), left20 = const left(20),
            left21 = const left(21), left22 = const left(22), left23 = const left(23), left24 = const left(24),
            right1 = const right(1), right2 = const right(2), right3 = const right(3), right4 = const right(4),
            right5 = const right(5), right6 = const right(6), right7 = const right(7), right8 = const right(8),
            right9 = const right(9), right10 = const right(10), right11 = const right(11), right12 = const right(12),
            right13 = const right(13), right14 = const right(14), right15 = const right(15), right16 = const right(16),
            right17 = const right(17), right18 = const right(18), right19 = const right(19), right20 = const right(20),
            right21 = const right(21), right22 = const right(22), right23 = const right(23), right24 = const right(24),
        );
    }
    to_words(state);
}

/// The lanes `first`, `first + 1` and `first + 2` (at most 7).
#[target_feature(enable = "neon")]
pub(super) fn permute_3(states: &mut States, first: usize) {
    with_lane::<0>(states, first, first + 2);
    simd::permute(states, first, &ROUND_CONSTANTS[12..]);
}

/// The lanes `first` to `first + 3` (at most 7).
#[target_feature(enable = "neon")]
pub(super) fn permute_4(states: &mut States, first: usize) {
    with_lane::<0>(states, first, first + 2);
    with_lane::<1>(states, first, first + 3);
}

/// The lanes `first` and `first + 1` (at most 7) and a state that is no lane.
#[target_feature(enable = "neon")]
pub(super) fn permute_2_and_extra(states: &mut States, first: usize, extra: &mut [u64; 25]) {
    with_extra::<0>(states, first, extra);
    simd::permute(states, first, &ROUND_CONSTANTS[12..]);
}

/// The lanes `first` to `first + 2` (at most 7) and a state that is no lane.
#[target_feature(enable = "neon")]
pub(super) fn permute_3_and_extra(states: &mut States, first: usize, extra: &mut [u64; 25]) {
    with_extra::<0>(states, first, extra);
    with_lane::<1>(states, first, first + 2);
}

/// Half 0 or 1 of the permutation of two lanes, all of that of another lane.
#[inline(never)] // the scan for secret branches then sees where the table's address comes from
#[target_feature(enable = "neon")]
fn with_lane<const HALF: usize>(states: &mut States, first: usize, other: usize) {
    let (mut a, mut state) = (load(states, first), states.lane(other));
    rounds::<HALF>(&mut a, &mut state);
    store(states, first, a);
    states.set_lane(other, &state);
}

/// The same with a state that is no lane.
#[inline(never)] // as above
#[target_feature(enable = "neon")]
fn with_extra<const HALF: usize>(states: &mut States, first: usize, extra: &mut [u64; 25]) {
    let mut a = load(states, first);
    rounds::<HALF>(&mut a, extra);
    store(states, first, a);
}
