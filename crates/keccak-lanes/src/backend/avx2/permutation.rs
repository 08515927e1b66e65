//! The permutations on AVX2 and in general registers.

use crate::backend::round::{column_parities, keccak_round};
use crate::backend::scalar::{self, word};
use crate::state::{LANES, States};
use core::arch::x86_64::*;
use zeroize::Zeroize;

#[target_feature(enable = "bmi1,bmi2")]
pub(super) fn permute_1(state: &mut [u64; 25]) {
    *state = scalar::keccak_f1600(*state);
}

/// Two and three lanes cost as much as four, and less than two in general registers.
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn permute_lanes(states: &mut States, active: usize) {
    match active {
        0 => {}
        1 => states.set_lane(0, &scalar::keccak_f1600(states.lane(0))),
        2..=4 => permute_4::<0>(states),
        5 => {
            let mut fifth = states.lane(4);
            permute_4_and_1::<0>(states, &mut fifth);
            states.set_lane(4, &fifth);
            fifth.zeroize();
        }
        _ => {
            permute_4::<0>(states);
            permute_4::<4>(states);
        }
    }
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) fn permute_lanes_and_extra(states: &mut States, active: usize, extra: &mut [u64; 25]) {
    match active {
        0 => permute_1(extra),
        4 => permute_4_and_1::<0>(states, extra),
        1..LANES => {
            states.set_lane(active, extra);
            permute_lanes(states, active + 1);
            *extra = states.lane(active);
        }
        _ => {
            permute_4::<0>(states);
            permute_4_and_1::<4>(states, extra);
        }
    }
}

/// The lanes `FIRST..FIRST + 4`.
#[target_feature(enable = "avx2")]
fn permute_4<const FIRST: usize>(states: &mut States) {
    let mut a = load::<FIRST>(states);
    let mut c = column_parities!(ymm, a);
    let mut round = 0;
    while round < 24 {
        keccak_round!(ymm, a, c, round);
        c = column_parities!(ymm, a);
        round += 1;
    }
    store::<FIRST>(states, a);
}

/// The lanes `FIRST..FIRST + 4`, and one extra state in general registers, whose instructions use the execution slots
/// that the vector instructions leave free.
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn permute_4_and_1<const FIRST: usize>(states: &mut States, extra: &mut [u64; 25]) {
    let mut a = load::<FIRST>(states);
    let mut b = *extra;
    let mut c = column_parities!(ymm, a);
    let mut e = column_parities!(word, b);
    let mut round = 0;
    while round < 24 {
        keccak_round!(ymm, a, c, round);
        c = column_parities!(ymm, a);
        keccak_round!(word, b, e, round);
        e = column_parities!(word, b);
        keccak_round!(ymm, a, c, round + 1);
        c = column_parities!(ymm, a);
        keccak_round!(word, b, e, round + 1);
        e = column_parities!(word, b);
        round += 2;
    }
    store::<FIRST>(states, a);
    *extra = b;
}

#[inline]
#[target_feature(enable = "avx2")]
fn load<const FIRST: usize>(states: &States) -> [__m256i; 25] {
    const { assert!(FIRST + 4 <= LANES) };
    let mut a = [_mm256_setzero_si256(); 25];
    for (register, words) in a.iter_mut().zip(&states.0) {
        // SAFETY: the four words from FIRST on are inside the row (asserted above).
        *register = unsafe { _mm256_loadu_si256(words.as_ptr().add(FIRST).cast()) };
    }
    a
}

#[inline]
#[target_feature(enable = "avx2")]
fn store<const FIRST: usize>(states: &mut States, a: [__m256i; 25]) {
    const { assert!(FIRST + 4 <= LANES) };
    for (words, register) in states.0.iter_mut().zip(a) {
        // SAFETY: the four words from FIRST on are inside the row (asserted above).
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().add(FIRST).cast(), register) };
    }
}

/// The five operations of `keccak_round` on four lanes.
mod ymm {
    use core::arch::x86_64::*;

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn xor(a: __m256i, b: __m256i) -> __m256i {
        _mm256_xor_si256(a, b)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn xor5(a: __m256i, b: __m256i, c: __m256i, d: __m256i, e: __m256i) -> __m256i {
        xor(xor(xor(a, b), xor(c, d)), e)
    }

    /// AVX2 has no rotation: two shifts, or one byte shuffle where N is a multiple of 8.
    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn rol<const N: i32>(a: __m256i) -> __m256i {
        match N {
            0 => a,
            1 => xor(_mm256_add_epi64(a, a), _mm256_srli_epi64::<63>(a)),
            8 => _mm256_shuffle_epi8(a, byte_rotation(0x0605_0403_0201_0007)),
            56 => _mm256_shuffle_epi8(a, byte_rotation(0x0007_0605_0403_0201)),
            // The counts are constants, so these become shifts by an immediate.
            _ => xor(
                _mm256_sll_epi64(a, _mm_cvtsi64_si128(N.into())),
                _mm256_srl_epi64(a, _mm_cvtsi64_si128((64 - N).into())),
            ),
        }
    }

    /// The shuffle that sets byte i of each word to byte number `bytes`[i] of that word.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn byte_rotation(bytes: i64) -> __m256i {
        let upper = bytes + 0x0808_0808_0808_0808;
        _mm256_set_epi64x(upper, bytes, upper, bytes)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn chi<const I: usize>(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
        xor(a, _mm256_andnot_si256(b, c))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn splat(constant: u64) -> __m256i {
        _mm256_set1_epi64x(constant as i64)
    }
}
