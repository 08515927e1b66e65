//! Kernels for CPUs with AVX-512 F, BW, DQ, VL, VBMI and VBMI2.

use super::{Backend, sealed::Sealed};

/// The back end for such CPUs: a proof that this one is.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(keccak_lanes::backend::Avx512);

impl Sealed for Avx512 {}

impl Backend for Avx512 {
    type Keccak = keccak_lanes::backend::Avx512;
    const NAME: &'static str = "avx512";

    #[inline]
    fn detect() -> Option<Self> {
        keccak_lanes::Backend::detect().map(Self)
    }

    #[inline]
    fn keccak(self) -> Self::Keccak {
        self.0
    }
}
