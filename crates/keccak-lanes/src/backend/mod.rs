//! The leaf kernels: permutations, and the ways of bytes into and out of lanes. Everything else in this crate
//! exists once.
//!
//! # What runs when, and why
//!
//! Nanoseconds a call, medians of quiet moments on one core of a Zen 5 server (AMD EPYC, family 26 model 2, 3.9 GHz, native
//! 512-bit units), Rust 1.95, November 2026: `taskset -c 1 cargo run --release -p modsig-keccak --example ratios`.
//!
//! | | one state | 2 lanes | 4 | 5 | 8 | 4 and a chain | 7 and a chain | 8 and a chain |
//! |---|---|---|---|---|---|---|---|---|
//! | `Portable` | 245 | 486 | 963 | 1204 | 1924 | 1207 | 1925 | 2170 |
//! | `Avx2` | 223 | 369 | 369 | 501 | 732 | 483 | 751 | 861 |
//! | `Avx512` | 200 | 199 | 200 | 203 | 202 | 210 | 209 | 301 |
//!
//! * One state: general registers with `andn` and `rorx` on AVX2; xmm registers, of which half is idle, on AVX-512:
//!   `vprolq` and `vpternlogq` halve the instructions, and 32 registers hold the state.
//! * `Avx512` takes the narrowest registers that hold the active lanes: the same price here, half of it on a Zen 4, which
//!   runs 512-bit instructions in two turns.
//! * A chain beside lanes takes a free lane if there is one. Where there is none, its instructions in general registers are
//!   mixed with the lanes' round by round: 100 ns more on AVX-512, and 114 on AVX2, less than after one another. So where a
//!   caller has the choice, seven lanes and a chain are better than eight and a chain.
//! * The fifth lane on AVX2 is mixed in the same way.
//! * One round a turn of the loop everywhere but in general registers: more unrolling gained nothing or lost.
//!
//! A kernel needs at most 1.3 KiB of stack. What it spills there is not wiped: no portable code could.

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

use crate::state::{LANES, States};
#[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
pub use avx2::Avx2;
#[cfg(all(target_arch = "x86_64", not(mldsa_backend = "portable")))]
pub use avx512::Avx512;
pub use portable::Portable;
pub use select::{Best, Visitor, best, with_best, with_each};

mod sealed {
    pub trait Sealed {}
}

/// A set of permutation kernels. Values are tokens (zero-sized, but for [`Best`]): one exists only on a CPU that can run it.
pub trait Backend: sealed::Sealed + Copy + Send + Sync + core::fmt::Debug + 'static {
    /// Its name, as `--cfg mldsa_backend="…"` spells it.
    const NAME: &'static str;

    /// How many lanes one permutation serves at (nearly) the price of one: 1, 4 or 8. Callers fill as many.
    const WIDTH: usize;

    /// The token, if this CPU has what it takes.
    fn detect() -> Option<Self>;

    /// [`WIDTH`](Self::WIDTH), also where it is known only at run time ([`Best`]).
    #[inline]
    fn width(self) -> usize {
        Self::WIDTH
    }

    /// Keccak-f\[1600\] on one state.
    fn permute(self, state: &mut [u64; 25]);

    /// Keccak-f\[1600\] on the first `active` of eight states; the others are left in any state.
    /// `active` over 8 counts as 8.
    fn permute_lanes(self, states: &mut States, active: usize);

    /// `permute_lanes`, and `permute` on one more state, which is nearly free where `active` is not a multiple of
    /// the back end's width: it takes a lane.
    #[inline]
    fn permute_lanes_and_chain(self, states: &mut States, active: usize, chain: &mut [u64; 25]) {
        self.permute_lanes(states, active);
        self.permute(chain);
    }

    /// Xors `blocks[lane]` (at most 200 bytes count, each its own length) into the front of each lane's state.
    #[inline]
    fn xor_blocks(self, states: &mut States, blocks: [&[u8]; LANES]) {
        portable::xor_blocks(states, blocks);
    }

    /// Fills `blocks[lane]` (at most 200 bytes are written, each its own length) from the front of each lane's state.
    #[inline]
    fn copy_blocks(self, states: &States, blocks: [&mut [u8]; LANES]) {
        portable::copy_blocks(states, blocks);
    }
}
