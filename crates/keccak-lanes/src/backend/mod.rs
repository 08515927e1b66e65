//! The leaf kernels: permutations only. Everything else in this crate exists once.

#[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
#[allow(unsafe_code)] // the feature boundary, and intrinsics that load and store
mod avx2;
#[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
#[allow(unsafe_code)] // the feature boundary, and intrinsics that load and store
mod avx512;
mod portable;
mod round;
mod scalar;
mod select;

use crate::lanes::States;
#[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
pub use avx2::Avx2;
#[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
pub use avx512::Avx512;
pub use portable::Portable;
pub use select::{Best, Visitor, best, with_best, with_each};

mod sealed {
    pub trait Sealed {}
}

/// A set of permutation kernels. Values are zero-sized tokens: one exists only on a CPU that can run it.
pub trait Backend: sealed::Sealed + Copy + Send + Sync + core::fmt::Debug + 'static {
    /// Its name, as `--cfg mldsa_backend="…"` spells it.
    const NAME: &'static str;

    /// How many lanes one permutation serves at (nearly) the price of one: 1, 4 or 8. Callers fill as many.
    const WIDTH: usize;

    /// The token, if this CPU has what it takes.
    fn detect() -> Option<Self>;

    /// Keccak-f[1600] on one state.
    fn permute(self, state: &mut [u64; 25]);

    /// Keccak-f[1600] on the first `active` of eight states; the others are left in any state.
    /// `active` over 8 counts as 8.
    fn permute_lanes(self, states: &mut States, active: usize);

    /// `permute_lanes`, and `permute` on one more state, which a wide back end runs between the lanes'
    /// instructions nearly for free.
    #[inline]
    fn permute_lanes_and_chain(self, states: &mut States, active: usize, chain: &mut [u64; 25]) {
        self.permute_lanes(states, active);
        self.permute(chain);
    }
}
