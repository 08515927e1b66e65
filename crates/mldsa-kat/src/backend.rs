//! The choice of the back end of `mldsa` that runs the vectors.

use std::fmt;

#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
use mldsa::backend::{Avx2, Avx512};
use mldsa::backend::{Backend as _, Portable};
#[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
use mldsa::backend::{Neon, NeonSha3};

/// The back ends that a user can name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Backend {
    /// The back end that `mldsa` chooses by default
    #[default]
    Auto,
    /// Plain Rust
    Portable,
    /// x86-64 with AVX2
    Avx2,
    /// x86-64 with AVX-512
    Avx512,
    /// AArch64
    Neon,
    /// AArch64 with the instructions for SHA-3
    NeonSha3,
    /// The schedule for small stacks, `mldsa::small`, on the back end that it chooses by default
    Small,
    /// The schedule for small stacks in plain Rust, as on a microcontroller
    SmallPortable,
}

/// A back end that the CPU supports: the token of `mldsa` is the proof.
#[derive(Clone, Copy, Debug)]
pub enum Kernels {
    /// No token: the methods that choose the back end.
    Auto,
    /// [`Backend::Portable`].
    Portable(Portable),
    /// [`Backend::Avx2`].
    #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
    Avx2(Avx2),
    /// [`Backend::Avx512`].
    #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
    Avx512(Avx512),
    /// [`Backend::Neon`].
    #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
    Neon(Neon),
    /// [`Backend::NeonSha3`].
    #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
    NeonSha3(NeonSha3),
    /// [`Backend::Small`]: the functions of `mldsa::small`, in workspaces.
    Small,
    /// [`Backend::SmallPortable`].
    SmallPortable(Portable),
}

/// The build or the CPU does not support the requested back end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable(Backend);

impl Backend {
    /// Returns the kernels with this name.
    ///
    /// # Errors
    /// [`Unavailable`]; the vectors never run on another back end instead.
    pub fn kernels(self) -> Result<Kernels, Unavailable> {
        match self {
            Self::Auto => Some(Kernels::Auto),
            Self::Portable => Portable::detect().map(Kernels::Portable),
            Self::Small => Some(Kernels::Small),
            Self::SmallPortable => Portable::detect().map(Kernels::SmallPortable),
            #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
            Self::Avx2 => Avx2::detect().map(Kernels::Avx2),
            #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
            Self::Avx512 => Avx512::detect().map(Kernels::Avx512),
            #[cfg(not(all(modsig_x86, not(mldsa_backend = "portable"))))]
            Self::Avx2 | Self::Avx512 => None,
            #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
            Self::Neon => Neon::detect().map(Kernels::Neon),
            #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
            Self::NeonSha3 => NeonSha3::detect().map(Kernels::NeonSha3),
            #[cfg(not(all(modsig_neon, not(mldsa_backend = "portable"))))]
            Self::Neon | Self::NeonSha3 => None,
        }
        .ok_or(Unavailable(self))
    }

    /// Returns the name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
            Self::Neon => "neon",
            Self::NeonSha3 => "neon-sha3",
            Self::Small => "small",
            Self::SmallPortable => "small-portable",
        }
    }
}

impl Kernels {
    /// Returns the name of the back end that runs; for `auto` and `small` that of the choice of `mldsa`.
    pub fn name(self) -> &'static str {
        match (self, best()) {
            (Self::Auto, Backend::Avx512) => "avx512",
            (Self::Auto, Backend::Avx2) => "avx2",
            (Self::Auto, Backend::NeonSha3) => "neon-sha3",
            (Self::Auto, Backend::Neon) => "neon",
            (Self::Auto, _) => "portable",
            (Self::Small, Backend::Avx512) => "small, avx512",
            (Self::Small, Backend::Avx2) => "small, avx2",
            (Self::Small, Backend::NeonSha3) => "small, neon-sha3",
            (Self::Small, Backend::Neon) => "small, neon",
            (Self::Small, _) => "small, portable",
            (Self::SmallPortable(_), _) => "small, portable",
            (Self::Portable(_), _) => "portable",
            #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
            (Self::Avx2(_), _) => "avx2",
            #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
            (Self::Avx512(_), _) => "avx512",
            #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
            (Self::Neon(_), _) => "neon",
            #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
            (Self::NeonSha3(_), _) => "neon-sha3",
        }
    }
}

/// The back end that `mldsa` chooses: its macro `with_best`, in the same order.
fn best() -> Backend {
    #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
    {
        if !cfg!(mldsa_backend = "avx2") && Avx512::detect().is_some() {
            return Backend::Avx512;
        }
        if Avx2::detect().is_some() {
            return Backend::Avx2;
        }
    }
    #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
    {
        if cfg!(any(mldsa_backend = "neon-sha3", all(target_vendor = "apple", not(mldsa_backend = "neon"))))
            && NeonSha3::detect().is_some()
        {
            return Backend::NeonSha3;
        }
        if Neon::detect().is_some() {
            return Backend::Neon;
        }
    }
    Backend::Portable
}

/// Runs one of four expressions: the one for `auto` or for `small`, or with the token `$b` of a forced back end, or `$s` of
/// one for the small schedule.
macro_rules! on {
    ($kernels:expr, auto => $auto:expr, $b:ident => $forced:expr, small => $small:expr, small $s:ident => $forced_small:expr $(,)?) => {
        match $kernels {
            $crate::backend::Kernels::Auto => $auto,
            $crate::backend::Kernels::Small => $small,
            $crate::backend::Kernels::SmallPortable($s) => $forced_small,
            $crate::backend::Kernels::Portable($b) => $forced,
            #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
            $crate::backend::Kernels::Avx2($b) => $forced,
            #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
            $crate::backend::Kernels::Avx512($b) => $forced,
            #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
            $crate::backend::Kernels::Neon($b) => $forced,
            #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
            $crate::backend::Kernels::NeonSha3($b) => $forced,
        }
    };
}
pub(crate) use on;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0.name();
        write!(f, "this build or this CPU does not support the back end {name}")
    }
}

impl std::error::Error for Unavailable {}

#[cfg(test)]
mod tests {
    /// Kills: a build script that cannot read `rustc --version`, and silently leaves out the fast back ends.
    #[test]
    fn a_compiler_that_can_builds_the_vector_back_ends() {
        let minor =
            env!("MLDSA_KAT_BUILD_COMPILER").split('.').nth(1).and_then(|minor| minor.parse::<u32>().ok());
        let target = cfg!(any(
            target_arch = "x86_64",
            all(target_arch = "aarch64", target_feature = "neon", target_endian = "little")
        ));
        assert_eq!(cfg!(any(modsig_x86, modsig_neon)), target && minor.unwrap() >= 89);
    }
}
