//! Kernels for CPUs with AVX-512 F, BW, DQ, VL, VBMI and VBMI2.

use super::{Backend, sealed::Sealed};

cpufeatures::new!(
    cpu,
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

/// The back end for such CPUs: a proof that this one is.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

impl Sealed for Avx512 {}

impl Backend for Avx512 {
    type Keccak = keccak_lanes::Portable;
    const NAME: &'static str = "avx512";

    #[inline]
    fn detect() -> Option<Self> {
        cpu::get().then_some(Self(()))
    }

    #[inline]
    fn keccak(self) -> Self::Keccak {
        keccak_lanes::Portable
    }
}
