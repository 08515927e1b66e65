//! The program `mldsa-kat`: reads files, calls the library, prints the report and sets the exit code.

mod cli;
mod commands;
mod files;
mod printer;
mod progress;

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use mldsa_kat::document::{About, Time};

use cli::Cli;

/// Exit code for wrong usage; clap uses the same. `Verdict::exit_code` has the others.
const USAGE: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let usage = |message: &dyn std::fmt::Display| {
        let _ = writeln!(io::stderr(), "mldsa-kat: {message}");
        ExitCode::from(USAGE)
    };
    let kernels = match cli.backend.kernels() {
        Ok(kernels) => kernels,
        Err(unavailable) => return usage(&format_args!("--backend: {unavailable}")),
    };
    let time = match env::var_os("SOURCE_DATE_EPOCH") {
        _ if cli.no_time => None,
        epoch => match Time::now(epoch.as_deref()) {
            Ok(time) => Some(time),
            Err(invalid) => return usage(&invalid),
        },
    };
    let about = About::new(cli.backend, kernels, time);
    match commands::run(&cli, kernels, about) {
        Ok(verdict) => ExitCode::from(verdict.exit_code()),
        Err(error) => {
            // A message that cannot be written is lost.
            let _ = writeln!(io::stderr(), "mldsa-kat: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}
