//! Kernels for CPUs with AVX2, BMI1 and BMI2.

use super::{Backend, sealed::Sealed};

/// The back end for such CPUs: a proof that this one is.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(keccak_lanes::backend::Avx2);

impl Sealed for Avx2 {}

impl Backend for Avx2 {
    type Keccak = keccak_lanes::backend::Avx2;
    const NAME: &'static str = "avx2";

    #[inline]
    fn detect() -> Option<Self> {
        keccak_lanes::Backend::detect().map(Self)
    }

    #[inline]
    fn keccak(self) -> Self::Keccak {
        self.0
    }
}
