//! AVX2: four states in ymm registers, and one in general registers with BMI1 and BMI2.

use super::{Backend, round::keccak_round, scalar, sealed::Sealed};
use crate::lanes::{LANES, States};
use core::arch::x86_64::*;

cpufeatures::new!(cpu_has_avx2, "avx2", "bmi1", "bmi2");

/// The proof that the CPU has AVX2, BMI1 and BMI2, and the back end that uses them.
///
/// Only [`detect`](Backend::detect) makes one, so whoever holds one may call functions that need these features.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Sealed for Avx2 {}

impl Backend for Avx2 {
    const NAME: &'static str = "avx2";
    const WIDTH: usize = 4;

    #[inline]
    fn detect() -> Option<Self> {
        cpu_has_avx2::get().then_some(Self(()))
    }

    #[inline]
    fn permute(self, state: &mut [u64; 25]) {
        // SAFETY: holding an `Avx2` proves that the CPU has the kernel's features.
        unsafe { permute_1(state) }
    }

    #[inline]
    fn permute_lanes(self, states: &mut States, active: usize) {
        // SAFETY: holding an `Avx2` proves that the CPU has the kernels' features.
        unsafe { permute_lanes(states, active) }
    }
}

#[target_feature(enable = "bmi1,bmi2")]
pub(super) fn permute_1(state: &mut [u64; 25]) {
    scalar::keccak_f1600(state);
}

#[target_feature(enable = "avx2,bmi1,bmi2")]
fn permute_lanes(states: &mut States, active: usize) {
    match active {
        0 => {}
        1 => permute_lane(states, 0),
        2..=4 => permute_4::<0>(states),
        5 => {
            permute_4::<0>(states);
            permute_lane(states, 4);
        }
        _ => {
            permute_4::<0>(states);
            permute_4::<4>(states);
        }
    }
}

#[target_feature(enable = "bmi1,bmi2")]
fn permute_lane(states: &mut States, lane: usize) {
    let mut state = states.lane(lane);
    permute_1(&mut state);
    states.set_lane(lane, &state);
}

/// The lanes `FIRST..FIRST + 4`.
#[target_feature(enable = "avx2")]
fn permute_4<const FIRST: usize>(states: &mut States) {
    const { assert!(FIRST + 4 <= LANES) };
    let mut a = [_mm256_setzero_si256(); 25];
    for (register, words) in a.iter_mut().zip(&states.0) {
        // SAFETY: the 32 bytes from word FIRST on are inside the row of LANES words.
        *register = unsafe { _mm256_loadu_si256(words.as_ptr().add(FIRST).cast()) };
    }
    let mut round = 0;
    while round < 24 {
        keccak_round!(ymm, a, round);
        round += 1;
    }
    for (words, register) in states.0.iter_mut().zip(a) {
        // SAFETY: the 32 bytes from word FIRST on are inside the row of LANES words.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().add(FIRST).cast(), register) };
    }
}

/// The five operations of `keccak_round` on four lanes.
mod ymm {
    use super::*;

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

    /// The shuffle that takes in each word the bytes named by `bytes`.
    #[inline]
    #[target_feature(enable = "avx2")]
    fn byte_rotation(bytes: i64) -> __m256i {
        let upper = bytes + 0x0808_0808_0808_0808;
        _mm256_set_epi64x(upper, bytes, upper, bytes)
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn chi(a: __m256i, b: __m256i, c: __m256i) -> __m256i {
        xor(a, _mm256_andnot_si256(b, c))
    }

    #[inline]
    #[target_feature(enable = "avx2")]
    pub(super) fn splat(constant: u64) -> __m256i {
        _mm256_set1_epi64x(constant as i64)
    }
}
