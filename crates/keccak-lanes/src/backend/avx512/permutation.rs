//! The permutations on AVX-512, at three register widths.

use crate::backend::round::{column_parities, keccak_round};
use crate::backend::scalar::word;
use crate::state::{LANES, States};
use core::arch::x86_64::*;

#[target_feature(enable = "avx512f,avx512vl")]
pub(super) fn permute_lanes(states: &mut States, active: usize) {
    match active {
        0 => {}
        1..=2 => xmm::permute(states),
        3..=4 => ymm::permute(states),
        _ => zmm::permute(states),
    }
}

#[target_feature(enable = "avx512f,avx512vl,bmi1,bmi2")]
pub(super) fn permute_lanes_and_extra(states: &mut States, active: usize, extra: &mut [u64; 25]) {
    match active {
        0 => permute_1(extra),
        // A free lane costs nearly nothing.
        1 => xmm::permute_and_extra(states, active, extra),
        2..=3 => ymm::permute_and_extra(states, active, extra),
        4..LANES => zmm::permute_and_extra(states, active, extra),
        _ => permute_8_and_1(states, extra),
    }
}

/// One state, in the low words of xmm registers.
#[target_feature(enable = "avx512f,avx512vl")]
pub(super) fn permute_1(state: &mut [u64; 25]) {
    let mut a = [_mm_setzero_si128(); 25];
    for (register, word) in a.iter_mut().zip(&*state) {
        *register = _mm_cvtsi64_si128(*word as i64);
    }
    let mut round = 0;
    while round < 24 {
        let c = column_parities!(xmm, a);
        keccak_round!(xmm, a, c, round);
        round += 1;
    }
    for (word, register) in state.iter_mut().zip(a) {
        *word = _mm_cvtsi128_si64(register) as u64;
    }
}

/// All eight lanes, and one extra state in general registers, whose instructions use the execution slots that
/// the vector instructions leave free.
#[target_feature(enable = "avx512f,avx512vl,bmi1,bmi2")]
fn permute_8_and_1(states: &mut States, extra: &mut [u64; 25]) {
    let mut a = zmm::load(states);
    let mut b = *extra;
    let mut e = column_parities!(word, b);
    let mut round = 0;
    while round < 24 {
        let c = column_parities!(zmm, a);
        keccak_round!(zmm, a, c, round);
        keccak_round!(word, b, e, round);
        e = column_parities!(word, b);
        let c = column_parities!(zmm, a);
        keccak_round!(zmm, a, c, round + 1);
        keccak_round!(word, b, e, round + 1);
        e = column_parities!(word, b);
        round += 2;
    }
    zmm::store(states, a);
    *extra = b;
}

/// vpternlogq's truth table of a ^ b ^ c: index 4a + 2b + c.
const XOR3: i32 = 0b1001_0110;
/// vpternlogq's truth table of a ^ (!b & c): index 4a + 2b + c.
const CHI: i32 = 0b1101_0010;

/// For one width of registers: the five operations of `keccak_round`, and the permutation of as many
/// lanes, from lane 0 on, as a register holds words.
macro_rules! width {
    ($name:ident, $register:ident, $zero:ident, $load:ident, $store:ident,
     $xor:ident, $ternary:ident, $rol:ident, $splat:ident, $insert:ident) => {
        mod $name {
            use super::*;

            #[target_feature(enable = "avx512f,avx512vl")]
            pub(super) fn permute(states: &mut States) {
                let mut a = load(states);
                let mut round = 0;
                while round < 24 {
                    let c = column_parities!($name, a);
                    keccak_round!($name, a, c, round);
                    round += 1;
                }
                store(states, a);
            }

            /// `permute` with the state `extra` in place of lane number `lane`.
            #[target_feature(enable = "avx512f,avx512vl")]
            pub(super) fn permute_and_extra(states: &mut States, lane: usize, extra: &mut [u64; 25]) {
                let mut a = load(states);
                for (register, word) in a.iter_mut().zip(&*extra) {
                    *register = $insert(*register, 1 << lane, *word as i64);
                }
                let mut round = 0;
                while round < 24 {
                    let c = column_parities!($name, a);
                    keccak_round!($name, a, c, round);
                    round += 1;
                }
                store(states, a);
                *extra = states.lane(lane);
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512vl")]
            pub(super) fn load(states: &States) -> [$register; 25] {
                const { assert!(size_of::<$register>() <= 8 * LANES) };
                let mut a = [$zero(); 25];
                for (register, words) in a.iter_mut().zip(&states.0) {
                    // SAFETY: `words` is as long as the longest register (asserted above); no alignment is asked for.
                    *register = unsafe { $load(words.as_ptr().cast()) };
                }
                a
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512vl")]
            pub(super) fn store(states: &mut States, a: [$register; 25]) {
                for (words, register) in states.0.iter_mut().zip(a) {
                    // SAFETY: `words` is as long as the longest register (asserted in `load`); no alignment is asked for.
                    unsafe { $store(words.as_mut_ptr().cast(), register) };
                }
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512vl")]
            pub(super) fn xor(a: $register, b: $register) -> $register {
                $xor(a, b)
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512vl")]
            pub(super) fn xor5(
                a: $register,
                b: $register,
                c: $register,
                d: $register,
                e: $register,
            ) -> $register {
                $ternary::<XOR3>($ternary::<XOR3>(a, b, c), d, e)
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512vl")]
            pub(super) fn rol<const N: i32>(a: $register) -> $register {
                if N == 0 { a } else { $rol::<N>(a) }
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512vl")]
            pub(super) fn chi<const I: usize>(a: $register, b: $register, c: $register) -> $register {
                $ternary::<CHI>(a, b, c)
            }

            #[inline]
            #[target_feature(enable = "avx512f,avx512vl")]
            pub(super) fn splat(constant: u64) -> $register {
                $splat(constant as i64)
            }
        }
    };
}

width!(
    xmm,
    __m128i,
    _mm_setzero_si128,
    _mm_loadu_si128,
    _mm_storeu_si128,
    _mm_xor_si128,
    _mm_ternarylogic_epi64,
    _mm_rol_epi64,
    _mm_set1_epi64x,
    _mm_mask_set1_epi64
);
width!(
    ymm,
    __m256i,
    _mm256_setzero_si256,
    _mm256_loadu_si256,
    _mm256_storeu_si256,
    _mm256_xor_si256,
    _mm256_ternarylogic_epi64,
    _mm256_rol_epi64,
    _mm256_set1_epi64x,
    _mm256_mask_set1_epi64
);
width!(
    zmm,
    __m512i,
    _mm512_setzero_si512,
    _mm512_loadu_si512,
    _mm512_storeu_si512,
    _mm512_xor_si512,
    _mm512_ternarylogic_epi64,
    _mm512_rol_epi64,
    _mm512_set1_epi64,
    _mm512_mask_set1_epi64
);
