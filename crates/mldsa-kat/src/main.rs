//! The program `mldsa-kat`: reads files, calls the library, prints the report and sets the exit code.

mod checkpoint;
mod cli;
mod commands;
mod files;
mod printer;
mod progress;

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use mldsa_kat::document::{About, Time};

use cli::Cli;

/// Exit code for wrong usage; clap uses the same. `Verdict::exit_code` has the others.
const USAGE: u8 = 2;

/// clap's message and its tips on one line, as the other programs of this project print them.
fn one_line(error: &clap::Error) -> String {
    let rendered = error.render().to_string();
    let kept = rendered
        .split("\n\n")
        .map(str::trim)
        .filter(|text| text.starts_with("error:") || text.starts_with("tip:"));
    let joined = kept.map(|text| text.trim_start_matches("error:").trim()).collect::<Vec<_>>().join("; ");
    let words = joined.split_whitespace().collect::<Vec<_>>().join(" ");
    // The operation whose options are meant, if the words call one.
    let known = Cli::command();
    let operation = env::args().skip(1).find(|word| known.find_subcommand(word).is_some());
    let space = if operation.is_some() { " " } else { "" };
    format!("{words}: see mldsa-kat{space}{} --help", operation.unwrap_or_default())
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error)
            if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand =>
        {
            error.exit()
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "mldsa-kat: {}", one_line(&error));
            return ExitCode::from(USAGE);
        }
    };
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
