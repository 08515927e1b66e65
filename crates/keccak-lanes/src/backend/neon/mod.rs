//! AArch64: two states in vector registers while two more, one after the other, are in general registers. With FEAT_SHA3,
//! `eor3`, `rax1`, `xar` and `bcax` halve the number of vector instructions: two states, all in vectors.
//!
//! `docs/decisions/0028-states-on-aarch64.md` says why.

#[rustfmt::skip]
#[macro_use]
mod steps;

mod blocks;
mod hybrid;
mod pairs;
mod permutation;
mod word;

use super::{Backend, sealed::Sealed};
use crate::state::{LANES, States};

// Linux and Android: `getauxval`. Apple: `sysctlbyname`. Elsewhere, and if the build enables the feature: what the build says.
cpufeatures::new!(cpu_has_sha3, "sha3");

/// Proof that the build enables Advanced SIMD, and the back end that uses it.
#[derive(Clone, Copy, Debug)]
pub struct Neon(());

/// Proof that the CPU has FEAT_SHA3 (Apple M1, Neoverse V1 and N2, Cortex-X2 with cryptography, and later), and the back end
/// that uses it.
///
/// Only [`detect`](Backend::detect) creates a value.
#[derive(Clone, Copy, Debug)]
pub struct NeonSha3(());

impl NeonSha3 {
    /// [`detect`](Backend::detect) where this back end is the best, else `None`: on Apple's systems, or with
    /// `--cfg mldsa_backend="neon-sha3"`. Other cores execute FEAT_SHA3 on one vector unit, and [`Neon`] uses all units.
    #[inline]
    pub fn detect_best() -> Option<Self> {
        if cfg!(any(mldsa_backend = "neon-sha3", all(target_vendor = "apple", not(mldsa_backend = "neon")))) {
            Self::detect()
        } else {
            None
        }
    }
}

impl Sealed for Neon {}
impl Sealed for NeonSha3 {}

impl Backend for Neon {
    const NAME: &'static str = "neon";
    const WIDTH: usize = 4;

    #[inline]
    fn detect() -> Option<Self> {
        Some(Self(()))
    }

    #[inline]
    fn permute(self, state: &mut [u64; 25]) {
        word::permute(state);
    }

    #[inline]
    fn permute_lanes(self, states: &mut States, active: usize) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { permutation::permute_lanes(states, active) }
    }

    #[inline]
    fn permute_lanes_and_extra(self, states: &mut States, active: usize, extra: &mut [u64; 25]) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { permutation::permute_lanes_and_extra(states, active, extra) }
    }

    #[inline]
    fn xor_blocks(self, states: &mut States, blocks: [&[u8]; LANES]) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { blocks::xor_blocks(states, blocks) }
    }

    #[inline]
    fn copy_blocks(self, states: &States, blocks: [&mut [u8]; LANES]) {
        // SAFETY: this module is compiled only if the whole build enables the feature "neon".
        unsafe { blocks::copy_blocks(states, blocks) }
    }
}

impl Backend for NeonSha3 {
    const NAME: &'static str = "neon-sha3";
    const WIDTH: usize = 2;

    #[inline]
    fn detect() -> Option<Self> {
        cpu_has_sha3::get().then_some(Self(()))
    }

    #[inline]
    fn permute(self, state: &mut [u64; 25]) {
        // SAFETY: holding a `NeonSha3` proves that the CPU has the kernel's features.
        unsafe { permutation::sha3::permute_1(state) }
    }

    #[inline]
    fn permute_lanes(self, states: &mut States, active: usize) {
        // SAFETY: holding a `NeonSha3` proves that the CPU has the kernel's features.
        unsafe { permutation::sha3::permute_lanes(states, active) }
    }

    #[inline]
    fn permute_lanes_and_extra(self, states: &mut States, active: usize, extra: &mut [u64; 25]) {
        // SAFETY: holding a `NeonSha3` proves that the CPU has the kernel's features.
        unsafe { permutation::sha3::permute_lanes_and_extra(states, active, extra) }
    }

    #[inline]
    fn xor_blocks(self, states: &mut States, blocks: [&[u8]; LANES]) {
        // SAFETY: FEAT_SHA3 includes Advanced SIMD.
        unsafe { blocks::xor_blocks(states, blocks) }
    }

    #[inline]
    fn copy_blocks(self, states: &States, blocks: [&mut [u8]; LANES]) {
        // SAFETY: FEAT_SHA3 includes Advanced SIMD.
        unsafe { blocks::copy_blocks(states, blocks) }
    }
}
