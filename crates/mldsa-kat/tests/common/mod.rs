//! Helpers of the test files.

#![allow(dead_code)] // each test file uses a part of this module

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use mldsa_kat::backend::{Backend, Kernels};
use mldsa_kat::input;

/// A file of `test-vectors/`.
pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-vectors").join(name)
}

/// The text of such a file.
pub fn read(name: &str) -> String {
    input::read(&path(name)).unwrap()
}

/// Every back end of this build that the CPU supports; prints the names of the others.
pub fn back_ends() -> Vec<(Backend, Kernels)> {
    let (found, missing): (Vec<_>, Vec<_>) =
        Backend::value_variants().iter().map(|&b| (b, b.kernels())).partition(|(_, kernels)| kernels.is_ok());
    for (_, unavailable) in missing {
        println!("not run: {}", unavailable.unwrap_err());
    }
    found.into_iter().map(|(backend, kernels)| (backend, kernels.unwrap())).collect()
}
