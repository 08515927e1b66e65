//! Helpers of the test files.

#![allow(dead_code)] // each test file uses a part of this module

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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

/// The program, with the time of reports fixed by no variable of the caller.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mldsa-kat"));
    command.env_remove("SOURCE_DATE_EPOCH");
    command
}

/// Runs the program.
pub fn run(args: &[&str]) -> Output {
    program().args(args).output().unwrap()
}

/// The path of a file of `test-vectors/`, as an argument.
pub fn path_text(name: &str) -> String {
    path(name).to_str().unwrap().to_owned()
}

/// Exit code, standard output, standard error.
pub fn parts(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}
