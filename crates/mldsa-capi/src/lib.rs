//! The C interface of `mldsa`: ML-DSA (FIPS 204) for programs in C, or in whatever calls C.
//!
//! `include/modsig_mldsa.h` is made from this source by cbindgen, and a test compares them; the documentation of a
//! function is in both. The rules that all functions share stand at the head of that file (`cbindgen.toml`).
//!
//! | file | holds |
//! |---|---|
//! | `result` | what functions answer |
//! | `sizes` | parameter sets and lengths |
//! | `buffer` | pointers and lengths become slices: nearly all that is unsafe |
//! | `storage` | Rust values in memory of the caller's |
//! | `signing_key`, `sign`, `verify`, `mu` | the functions |
//!
//! # Why this shape
//!
//! *Only secrets and running hashes are objects.* A private key must be checked once, when it is read, and wiped
//! by those who know how: so it is an opaque object. Every string of the right length is a public key, and a signature
//! is only looked at when it is verified: an object for either would add a step and check nothing, so they are bytes.
//!
//! *No allocation.* The objects are complete types in the header, of fixed size with room to spare, and lie where the
//! caller puts them. They hold no pointers.
//!
//! *One function for three sets.* The set is an argument when a key is made and when bytes are verified, and belongs to
//! the key from then on.
//!
//! *Every buffer comes with its length*, fixed ones too, and the length must be the exact one: what C cannot check when
//! it compiles is checked when it runs.
#![no_std]

#[cfg(feature = "std")]
extern crate std;

mod buffer;
mod mu;
mod result;
mod sign;
mod signing_key;
mod sizes;
mod storage;
mod verify;

pub use mu::*;
pub use result::*;
pub use sign::*;
pub use signing_key::*;
pub use sizes::*;
pub use storage::{
    modsig_mldsa_mu_state, modsig_mldsa_mu_state_size, modsig_mldsa_signing_key,
    modsig_mldsa_signing_key_size,
};
pub use verify::*;

/// Nothing in these libraries panics; a program without std must have one all the same.
#[cfg(all(feature = "panic-handler", not(feature = "std")))]
#[panic_handler]
fn stop(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
