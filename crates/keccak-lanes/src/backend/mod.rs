//! The leaf kernels: the permutations, and the transfer of bytes into and out of lanes. Everything else in this crate
//! exists once.
//!
//! # What runs when, and why
//!
//! Nanoseconds per call: medians of undisturbed samples on one core of a Zen 5 server (AMD EPYC, family 26 model 2, 3.9 GHz, native
//! 512-bit units), Rust 1.95, November 2026: `taskset -c 1 cargo run --release -p modsig-keccak --example ratios`.
//!
//! | | one state | 2 lanes | 4 | 5 | 8 | 4 and one extra | 7 and one extra | 8 and one extra |
//! |---|---|---|---|---|---|---|---|---|
//! | `Portable` | 245 | 486 | 963 | 1204 | 1924 | 1207 | 1925 | 2170 |
//! | `Avx2` | 223 | 369 | 369 | 501 | 732 | 483 | 751 | 861 |
//! | `Avx512` | 200 | 199 | 200 | 203 | 202 | 210 | 209 | 301 |
//!
//! * One state: AVX2 uses general registers with `andn` and `rorx`. AVX-512 uses xmm registers and leaves half of each idle:
//!   `vprolq` and `vpternlogq` halve the number of instructions, and 32 registers hold the state.
//! * `Avx512` uses the narrowest registers that hold the active lanes. They cost the same here, and half as much on a Zen 4,
//!   which splits 512-bit instructions in two.
//! * An extra state takes a free lane if there is one. If there is none, its instructions in general registers are
//!   interleaved with those of the lanes, round by round. That adds 100 ns on AVX-512 and 114 ns on AVX2, less than a
//!   separate permutation. A caller that can choose should use seven lanes and one extra state, not eight and one.
//! * The fifth lane on AVX2 is interleaved in the same way.
//! * Each loop iteration computes one round, except in general registers: more unrolling gained nothing or cost time.
//!
//! A kernel needs at most 1.3 KiB of stack. What it spills there is not wiped: portable code cannot do that.

#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
#[allow(unsafe_code)] // the feature boundary, and intrinsics that load and store
#[clippy::msrv = "1.89"] // build.rs
mod avx2;
#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
#[allow(unsafe_code)] // the feature boundary, and intrinsics that load and store
#[clippy::msrv = "1.89"] // build.rs
mod avx512;
#[cfg(mldsa_counting)]
pub mod counting;
#[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
#[allow(unsafe_code)] // the feature boundary, and intrinsics that load and store
#[clippy::msrv = "1.89"] // build.rs
mod neon;
mod portable;
mod round;
mod scalar;
mod select;

use crate::state::{LANES, States};
#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
pub use avx2::Avx2;
#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
pub use avx512::Avx512;
#[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
pub use neon::{Neon, NeonSha3};
pub use portable::Portable;
pub use select::{Best, Visitor, best, with_best, with_each};

mod sealed {
    pub trait Sealed {}
}

/// A set of permutation kernels. Its values are tokens, zero-sized except for [`Best`]: a token exists only on a CPU that
/// can run its kernels.
pub trait Backend: sealed::Sealed + Copy + Send + Sync + core::fmt::Debug + 'static {
    /// The name, as `--cfg mldsa_backend="…"` spells it.
    const NAME: &'static str;

    /// How many lanes one permutation processes at (nearly) the cost of one lane: 1, 2, 4 or 8. Callers fill that many.
    const WIDTH: usize;

    /// Returns the token if the CPU supports this back end.
    fn detect() -> Option<Self>;

    /// Returns [`WIDTH`](Self::WIDTH); [`Best`] returns that of the back end that it chose at run time.
    #[inline]
    fn width(self) -> usize {
        Self::WIDTH
    }

    /// Keccak-f\[1600\] on one state.
    fn permute(self, state: &mut [u64; 25]);

    /// Keccak-f\[1600\] on the first `active` of eight states. The contents of the others are unspecified afterwards.
    /// An `active` above 8 counts as 8.
    fn permute_lanes(self, states: &mut States, active: usize);

    /// `permute_lanes`, and `permute` on one extra state. The extra state is nearly free if `active` is not a multiple of
    /// the back end's width: it then takes an unused lane.
    #[inline]
    fn permute_lanes_and_extra(self, states: &mut States, active: usize, extra: &mut [u64; 25]) {
        self.permute_lanes(states, active);
        self.permute(extra);
    }

    /// XORs `blocks[lane]` into the start of each lane's state. The blocks may differ in length; bytes after the 200th
    /// are ignored.
    #[inline]
    fn xor_blocks(self, states: &mut States, blocks: [&[u8]; LANES]) {
        portable::xor_blocks(states, blocks);
    }

    /// Fills `blocks[lane]` from the start of each lane's state. The blocks may differ in length; bytes after the 200th
    /// are not written.
    #[inline]
    fn copy_blocks(self, states: &States, blocks: [&mut [u8]; LANES]) {
        portable::copy_blocks(states, blocks);
    }
}
