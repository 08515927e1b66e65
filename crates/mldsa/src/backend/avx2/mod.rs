//! Kernels for CPUs with AVX2, BMI1 and BMI2.

use super::{Backend, sealed::Sealed};

cpufeatures::new!(cpu, "avx2", "bmi1", "bmi2");

/// The back end for such CPUs: a proof that this one is.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Sealed for Avx2 {}

impl Backend for Avx2 {
    type Keccak = keccak_lanes::Portable;
    const NAME: &'static str = "avx2";

    #[inline]
    fn detect() -> Option<Self> {
        cpu::get().then_some(Self(()))
    }

    #[inline]
    fn keccak(self) -> Self::Keccak {
        keccak_lanes::Portable
    }
}
