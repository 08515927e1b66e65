//! ML-DSA of this repository and of others, measured side by side in one process.
//!
//! * [`inputs`]: the keys, messages and signatures that every library gets.
//! * [`libraries`]: what is measured: one file a library, each operation as a [`Job`](libraries::Job).
//! * [`agreement`]: every job gives the bytes it should before any of them is timed.
//! * [`clock`]: one core, and which times can be believed.
//! * [`rounds`]: the jobs in alternation.
//! * [`report`]: tables and JSON. [`plot`]: the SVG made from that JSON.

pub mod agreement;
pub mod clock;
pub mod inputs;
pub mod libraries;
pub mod plot;
pub mod report;
pub mod rounds;
