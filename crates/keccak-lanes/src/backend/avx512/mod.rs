//! AVX-512: `vprolq` rotates and `vpternlogq` does chi in one instruction, and 32 registers hold the whole state.

mod blocks;
mod permutation;

use super::{Backend, sealed::Sealed};
use crate::state::{LANES, States};

cpufeatures::new!(
    cpu_has_avx512,
    "avx2",
    "bmi1",
    "bmi2",
    "avx512f",
    "avx512bw",
    "avx512dq",
    "avx512vl",
    "avx512vbmi",
    "avx512vbmi2"
);

/// Proof that the CPU has AVX-512 F, BW, DQ, VL, VBMI and VBMI2, AVX2, BMI1 and BMI2 (Intel Ice Lake,
/// AMD Zen 4, and later), and the back end that uses them.
///
/// Only [`detect`](Backend::detect) creates a value, so code that has one may call functions that need these
/// features. (Keccak itself needs F and VL; the kernels of ML-DSA need the others.)
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

impl Sealed for Avx512 {}

impl Backend for Avx512 {
    const NAME: &'static str = "avx512";
    const WIDTH: usize = 8;

    #[inline]
    fn detect() -> Option<Self> {
        cpu_has_avx512::get().then_some(Self(()))
    }

    #[inline]
    fn permute(self, state: &mut [u64; 25]) {
        // SAFETY: holding an `Avx512` proves that the CPU has the kernel's features.
        unsafe { permutation::permute_1(state) }
    }

    #[inline]
    fn permute_lanes(self, states: &mut States, active: usize) {
        // SAFETY: holding an `Avx512` proves that the CPU has the kernel's features.
        unsafe { permutation::permute_lanes(states, active) }
    }

    #[inline]
    fn permute_lanes_and_extra(self, states: &mut States, active: usize, extra: &mut [u64; 25]) {
        // SAFETY: holding an `Avx512` proves that the CPU has the kernel's features.
        unsafe { permutation::permute_lanes_and_extra(states, active, extra) }
    }

    #[inline]
    fn xor_blocks(self, states: &mut States, blocks: [&[u8]; LANES]) {
        // SAFETY: holding an `Avx512` proves that the CPU has the kernel's features.
        unsafe { blocks::xor_blocks(states, blocks) }
    }

    #[inline]
    fn copy_blocks(self, states: &States, blocks: [&mut [u8]; LANES]) {
        // SAFETY: holding an `Avx512` proves that the CPU has the kernel's features.
        unsafe { blocks::copy_blocks(states, blocks) }
    }
}
