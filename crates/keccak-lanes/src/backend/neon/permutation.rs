//! Which registers permute which lanes, with and without FEAT_SHA3.

use super::pairs::{self, simd};
use super::{hybrid, word};
use crate::backend::{Backend, round::ROUND_CONSTANTS};
use crate::state::{LANES, States};
use core::arch::aarch64::*;
use zeroize::Zeroize;

/// Four lanes at a time, then what is left of them.
#[target_feature(enable = "neon")]
pub(super) fn permute_lanes(states: &mut States, active: usize) {
    if cfg!(miri) {
        return crate::Portable.permute_lanes(states, active); // Miri supports no assembly
    }
    let active = active.min(LANES);
    for first in (0..active).step_by(4) {
        match active - first {
            1 => {
                // A lane without a partner costs less in general registers.
                let mut one = states.lane(first);
                word::permute(&mut one);
                states.set_lane(first, &one);
                one.zeroize();
            }
            2 => simd::permute(states, first, &ROUND_CONSTANTS),
            3 => hybrid::permute_3(states, first),
            _ => hybrid::permute_4(states, first),
        }
    }
}

/// The extra state takes the place of a lane, if one of four is free.
#[target_feature(enable = "neon")]
pub(super) fn permute_lanes_and_extra(states: &mut States, active: usize, extra: &mut [u64; 25]) {
    if cfg!(miri) {
        return crate::Portable.permute_lanes_and_extra(states, active, extra);
    }
    let active = active.min(LANES);
    let first = active / 4 * 4;
    permute_lanes(states, first);
    match active - first {
        0 => word::permute(extra),
        1 => {
            states.set_lane(active, extra);
            simd::permute(states, first, &ROUND_CONSTANTS);
            *extra = states.lane(active);
        }
        2 => hybrid::permute_2_and_extra(states, first, extra),
        _ => hybrid::permute_3_and_extra(states, first, extra),
    }
}

/// The same with FEAT_SHA3.
pub(super) mod sha3 {
    use super::*;

    #[target_feature(enable = "neon,sha3")]
    pub(in super::super) fn permute_lanes(states: &mut States, active: usize) {
        // A lane without a partner takes an unused one with it: that needs less than moving it.
        for first in (0..active.min(LANES)).step_by(2) {
            pairs::sha3::permute(states, first, &ROUND_CONSTANTS);
        }
    }

    #[target_feature(enable = "neon,sha3")]
    pub(in super::super) fn permute_lanes_and_extra(
        states: &mut States,
        active: usize,
        extra: &mut [u64; 25],
    ) {
        if active < LANES && active % 2 == 1 {
            states.set_lane(active, extra);
            permute_lanes(states, active + 1);
            *extra = states.lane(active);
        } else {
            permute_lanes(states, active);
            permute_1(extra);
        }
    }

    /// One state. Apple's cores execute the instructions of FEAT_SHA3 on all four vector units; Arm's cores before Cortex-X4 on
    /// one, where general registers are faster in spite of more instructions.
    #[target_feature(enable = "neon,sha3")]
    pub(in super::super) fn permute_1(state: &mut [u64; 25]) {
        if cfg!(target_vendor = "apple") { permute_1_in_vectors(state) } else { word::permute(state) }
    }

    /// One state, in both halves of the registers.
    #[target_feature(enable = "neon,sha3")]
    fn permute_1_in_vectors(state: &mut [u64; 25]) {
        let mut a = [vdupq_n_u64(0); 25];
        for (register, word) in a.iter_mut().zip(&*state) {
            *register = vdupq_n_u64(*word);
        }
        let a = pairs::sha3::rounds(a, &ROUND_CONSTANTS);
        for (word, register) in state.iter_mut().zip(a) {
            *word = vgetq_lane_u64::<0>(register);
        }
    }

    /// On other systems than Apple's, only this test runs it.
    #[test]
    fn one_state_in_vectors() {
        let mut state: [u64; 25] = core::array::from_fn(|i| 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(i as u64));
        let mut expected = state;
        crate::Portable.permute(&mut expected);
        if super::super::NeonSha3::detect().is_some() {
            // SAFETY: the CPU has FEAT_SHA3.
            unsafe { permute_1_in_vectors(&mut state) };
            assert_eq!(state, expected);
        }
    }
}
