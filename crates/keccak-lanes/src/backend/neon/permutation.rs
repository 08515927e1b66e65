//! The permutations on pairs of states, compiled for two sets of features.

use super::word;
use crate::backend::round::{column_parities, keccak_round};
use crate::state::{LANES, States};
use core::arch::aarch64::*;
use zeroize::Zeroize;

/// A lane without a partner costs less in general registers.
#[target_feature(enable = "neon")]
pub(super) fn permute_lanes(states: &mut States, active: usize) {
    let active = active.min(LANES);
    for first in (0..active - active % 2).step_by(2) {
        simd::permute(states, first);
    }
    if active % 2 == 1 {
        let mut last = states.lane(active - 1);
        word::permute(&mut last);
        states.set_lane(active - 1, &last);
        last.zeroize();
    }
}

#[target_feature(enable = "neon")]
pub(super) fn permute_lanes_and_extra(states: &mut States, active: usize, extra: &mut [u64; 25]) {
    if active < LANES && active % 2 == 1 {
        states.set_lane(active, extra);
        permute_lanes(states, active + 1);
        *extra = states.lane(active);
    } else {
        permute_lanes(states, active);
        word::permute(extra);
    }
}

/// The rotation counts of rho and theta: an arm for each, because an immediate cannot be computed from a parameter.
macro_rules! rotate {
    ($n:ident, $a:ident, $($count:literal)+) => {
        match $n {
            $($count => veorq_u64(vshlq_n_u64::<$count>($a), vshrq_n_u64::<{ 64 - $count }>($a)),)+
            _ => $a,
        }
    };
}

/// The five operations of `keccak_round` on pairs, and the permutation. With "sha3", the compiler joins the
/// operations: exclusive or with one to `eor3`, `rax1`, `xar`; chi is `bcax`. The test of `checks/aarch64.sh` counts them.
macro_rules! pairs {
    ($name:ident, $features:literal) => {
        pub(super) mod $name {
            use super::*;

            /// The lanes `first` and `first + 1` (at most 7).
            #[target_feature(enable = $features)]
            pub(in super::super) fn permute(states: &mut States, first: usize) {
                let pair = first / 2 % (LANES / 2);
                let mut a = [vdupq_n_u64(0); 25];
                for (register, words) in a.iter_mut().zip(&states.0) {
                    // SAFETY: the array is as long as the register.
                    *register = unsafe { vld1q_u64(words.as_chunks::<2>().0[pair].as_ptr()) };
                }
                let a = rounds(a);
                for (words, register) in states.0.iter_mut().zip(a) {
                    // SAFETY: the array is as long as the register.
                    unsafe { vst1q_u64(words.as_chunks_mut::<2>().0[pair].as_mut_ptr(), register) };
                }
            }

            #[inline]
            #[target_feature(enable = $features)]
            pub(in super::super) fn rounds(mut a: [uint64x2_t; 25]) -> [uint64x2_t; 25] {
                let mut round = 0;
                while round < 24 {
                    let c = column_parities!($name, a);
                    keccak_round!($name, a, c, round);
                    round += 1;
                }
                a
            }

            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn xor(a: uint64x2_t, b: uint64x2_t) -> uint64x2_t {
                veorq_u64(a, b)
            }

            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn xor5(
                a: uint64x2_t,
                b: uint64x2_t,
                c: uint64x2_t,
                d: uint64x2_t,
                e: uint64x2_t,
            ) -> uint64x2_t {
                xor(xor(xor(xor(a, b), c), d), e)
            }

            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn rol<const N: i32>(a: uint64x2_t) -> uint64x2_t {
                rotate!(N, a, 1 2 3 6 8 10 14 15 18 20 21 25 27 28 36 39 41 43 44 45 55 56 61 62)
            }

            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn chi<const I: usize>(a: uint64x2_t, b: uint64x2_t, c: uint64x2_t) -> uint64x2_t {
                xor(a, vbicq_u64(c, b))
            }

            #[inline]
            #[target_feature(enable = $features)]
            pub(super) fn splat(constant: u64) -> uint64x2_t {
                vdupq_n_u64(constant)
            }
        }
    };
}

pairs!(simd, "neon");
pairs!(sha3_pairs, "neon,sha3");

/// The same with FEAT_SHA3, where a pair of states needs fewer instructions than one in general registers.
pub(super) mod sha3 {
    use super::*;

    #[target_feature(enable = "neon,sha3")]
    pub(in super::super) fn permute_lanes(states: &mut States, active: usize) {
        for first in (0..active.min(LANES)).step_by(2) {
            sha3_pairs::permute(states, first);
        }
    }

    #[target_feature(enable = "neon,sha3")]
    pub(in super::super) fn permute_lanes_and_extra(states: &mut States, active: usize, extra: &mut [u64; 25]) {
        if active < LANES && active % 2 == 1 {
            states.set_lane(active, extra);
            permute_lanes(states, active + 1);
            *extra = states.lane(active);
        } else {
            permute_lanes(states, active);
            permute_1(extra);
        }
    }

    /// One state, in both halves of the registers.
    #[target_feature(enable = "neon,sha3")]
    pub(in super::super) fn permute_1(state: &mut [u64; 25]) {
        let mut a = [vdupq_n_u64(0); 25];
        for (register, word) in a.iter_mut().zip(&*state) {
            *register = vdupq_n_u64(*word);
        }
        let a = sha3_pairs::rounds(a);
        for (word, register) in state.iter_mut().zip(a) {
            *word = vgetq_lane_u64::<0>(register);
        }
    }
}
