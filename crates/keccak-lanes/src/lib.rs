//! Keccak-f\[1600\] on one state or on up to eight side by side, and SHAKE built on both.
//!
//! * [`Backend`]: a token for what the CPU can do. Holding an `Avx512` is the proof that the CPU has it,
//!   so the safe functions that take one are sound.
//! * [`Shake`]: one message, one chain of permutations.
//! * [`Lanes`]: eight states side by side. Each lane has its own input, length and rate; only the
//!   permutation is shared, so unlike jobs can ride together.
//! * [`OneLane`]: one state with the calls of `Lanes`, where stack is short; [`Sponges`] is what both can do.
//! * [`shake256_many`]: any number of messages of any lengths, in lanes.
//! * [`best`]: the best back end of the CPU, for callers that do not want to name one.
//!
//! No std, no alloc, no panics on any input.
#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod backend;
mod chain;
mod lanes;
mod many;
mod shake;
mod sponges;
mod state;

pub use backend::{Backend, Best, Portable, best};
pub use chain::Chain;
pub use lanes::Lanes;
pub use many::shake256_many;
pub use shake::{RATE128, RATE256, Shake, Shake128, Shake256, ShakeReader};
pub use sponges::{OneLane, Sponges};
pub use state::{LANES, STATE_BYTES, States};
