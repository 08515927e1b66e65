//! AVX2: four states in ymm registers, and one in general registers with BMI1 and BMI2.

mod blocks;
mod permutation;

use super::{Backend, sealed::Sealed};
use crate::state::{LANES, States};

cpufeatures::new!(cpu_has_avx2, "avx2", "bmi1", "bmi2");

/// Proof that the CPU has AVX2, BMI1 and BMI2, and the back end that uses them.
///
/// Only [`detect`](Backend::detect) creates a value, so code that has one may call functions that need these features.
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
        unsafe { permutation::permute_1(state) }
    }

    #[inline]
    fn permute_lanes(self, states: &mut States, active: usize) {
        // SAFETY: holding an `Avx2` proves that the CPU has the kernel's features.
        unsafe { permutation::permute_lanes(states, active) }
    }

    #[inline]
    fn permute_lanes_and_extra(self, states: &mut States, active: usize, extra: &mut [u64; 25]) {
        // SAFETY: holding an `Avx2` proves that the CPU has the kernel's features.
        unsafe { permutation::permute_lanes_and_extra(states, active, extra) }
    }

    #[inline]
    fn xor_blocks(self, states: &mut States, blocks: [&[u8]; LANES]) {
        // SAFETY: holding an `Avx2` proves that the CPU has the kernel's features.
        unsafe { blocks::xor_blocks(states, blocks) }
    }

    #[inline]
    fn copy_blocks(self, states: &States, blocks: [&mut [u8]; LANES]) {
        // SAFETY: holding an `Avx2` proves that the CPU has the kernel's features.
        unsafe { blocks::copy_blocks(states, blocks) }
    }
}
