//! The C interface of `mldsa`: ML-DSA (FIPS 204) for programs in C, and in languages that can call C.
//!
//! cbindgen generates `include/modsig_mldsa.h` from this source, and a test compares the two. Both contain the documentation
//! of each function. The rules for all functions are at the top of the header (`cbindgen.toml`).
//!
//! | module | contents |
//! |---|---|
//! | `result` | the results of functions |
//! | `sizes` | parameter sets and lengths |
//! | `buffer` | pointers and lengths to slices: nearly all unsafe code |
//! | `storage` | Rust values in the caller's memory |
//! | `signing_key`, `sign`, `verify`, `mu` | the functions |
//!
//! # Design
//!
//! *Only secrets and hash states are objects.* A private key must be checked once, when it is read, and wiped correctly, so it
//! is an opaque object. Every string of the right length is a public key, and a signature is only examined when it is
//! verified. An object for either would add a step and check nothing, so they are bytes.
//!
//! *No allocation.* The objects are complete types in the header, of fixed size with spare space, in memory of the caller.
//! They hold no pointers.
//!
//! *One function for three sets.* The set is an argument when a key is created and when bytes are verified. A key stores
//! its set.
//!
//! *Every buffer comes with its length*, buffers of fixed length too, and the length must be exact: what C cannot check at
//! compile time is checked at run time.
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

/// Nothing in these libraries panics, but a program without std must have a panic handler.
#[cfg(all(feature = "panic-handler", not(feature = "std")))]
#[panic_handler]
fn stop(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
