//! Keccak-f\[1600\] on one state or on up to eight in parallel, and SHAKE built on both.
//!
//! * [`Backend`]: a token for a set of CPU features. A value of type `Avx512` proves that the CPU has AVX-512, so the
//!   safe functions that take one are sound.
//! * [`Shake`]: hashes one message, one permutation after another.
//! * [`Lanes`]: eight states in parallel. Each lane has its own input, length and rate; they share only the
//!   permutation, so different computations can run together.
//! * [`InterleavedShake`]: hashes one message with permutations that run together with those of [`Lanes`].
//! * [`OneLane`]: one state with the methods of `Lanes`, for small stacks; [`Sponges`] is the trait of both.
//! * [`shake256_many`]: any number of messages of any lengths, in lanes.
//! * [`best`]: the best back end of the CPU, for callers that do not want to name one.
//!
//! No std, no alloc, no panics on any input.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod backend;
mod interleaved;
mod lanes;
mod many;
mod shake;
mod sponges;
mod state;

pub use backend::{Backend, Best, Portable, best};
pub use interleaved::InterleavedShake;
pub use lanes::Lanes;
pub use many::shake256_many;
pub use shake::{RATE128, RATE256, Shake, Shake128, Shake256, ShakeReader};
pub use sponges::{OneLane, Sponges};
pub use state::{LANES, STATE_BYTES, States};
