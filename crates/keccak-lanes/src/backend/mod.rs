//! The leaf kernels: permutations only. Everything else in this crate exists once.

mod portable;

use crate::lanes::States;
pub use portable::Portable;

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

/// The best back end that was compiled in and that this CPU has, chosen at run time.
///
/// For long messages on one state; the choice costs a branch a permutation.
#[derive(Clone, Copy, Debug)]
pub struct Best(());

/// The best back end.
pub fn best() -> Best {
    Best(())
}

impl sealed::Sealed for Best {}

impl Backend for Best {
    const NAME: &'static str = "best";
    const WIDTH: usize = Portable::WIDTH;

    fn detect() -> Option<Self> {
        Some(best())
    }

    #[inline]
    fn permute(self, state: &mut [u64; 25]) {
        Portable.permute(state);
    }

    #[inline]
    fn permute_lanes(self, states: &mut States, active: usize) {
        Portable.permute_lanes(states, active);
    }
}
