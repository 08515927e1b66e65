//! `module-key`: creates keys with their certificates, and shows, converts and checks them.

mod authority;
mod certify;
mod check;
mod convert;
mod generate;
mod output;
mod public;
mod recipe;
mod request;
mod self_sign;
mod show;
mod sign_prepared;

use crate::error::CliError;
use crate::exit::EXIT_CODES_HELP;
use crate::files::clean_up;
use crate::terminal::Terminal;
use crate::usage::{HELP_WIDTH, Loudness, run_program};
use clap::{CommandFactory, Parser, Subcommand};
use std::path::Path;
use std::process::ExitCode;

const PROGRAM: &str = "module-key";

/// Create, show, convert and check keys and certificates for signing kernel modules
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, after_long_help = format!("{EXAMPLES}\n{EXIT_CODES_HELP}"), max_term_width = HELP_WIDTH)]
struct Arguments {
    #[command(flatten)]
    loudness: Loudness,
    #[command(subcommand)]
    operation: Operation,
}

const EXAMPLES: &str = "\
Examples:
  A private key with its certificate:
    module-key generate --out signing_key.pem

  For kernels without ML-DSA:
    module-key generate --algorithm rsa-4096 --out key.pem

  What is in these files? Do they belong together, and does Linux accept them?
    module-key show signing_key.pem signing_key.x509
    module-key check signing_key.pem

  Encrypt a private key:
    module-key convert --encrypt signing_key.pem --out locked.pem

  A certificate by an authority:
    module-key request --common-name 'Example Corp' key.pem --out key.csr
    module-key certify --ca-key ca.pem key.csr --out key.x509

More examples: module-key generate --help
";

#[derive(Debug, Subcommand)]
enum Operation {
    Generate(generate::Arguments),
    Show(show::Arguments),
    Check(check::Arguments),
    Convert(convert::Arguments),
    Public(public::Arguments),
    Request(request::Arguments),
    Certify(certify::Arguments),
    SignPrepared(sign_prepared::Arguments),
}

impl Operation {
    /// The files that the operation will write.
    fn outputs(&self) -> Vec<&Path> {
        match self {
            Self::Generate(arguments) => arguments.outputs(),
            Self::Show(_) | Self::Check(_) => Vec::new(),
            Self::Convert(arguments) => arguments.outputs(),
            Self::Public(arguments) => arguments.output().into_iter().collect(),
            Self::Request(arguments) => vec![arguments.output()],
            Self::Certify(arguments) => vec![arguments.output()],
            Self::SignPrepared(arguments) => arguments.output().into_iter().collect(),
        }
    }
}

/// The command line, for the man page and the completions.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    run_program(PROGRAM, |arguments: &Arguments| arguments.loudness, run)
}

fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), CliError> {
    clean_up(arguments.operation.outputs(), terminal);
    match &arguments.operation {
        Operation::Generate(arguments) => generate::run(arguments, terminal),
        Operation::Show(arguments) => {
            show::run(arguments, terminal);
            Ok(())
        }
        Operation::Check(arguments) => check::run(arguments, terminal),
        Operation::Convert(arguments) => convert::run(arguments, terminal),
        Operation::Public(arguments) => public::run(arguments, terminal),
        Operation::Request(arguments) => request::run(arguments, terminal),
        Operation::Certify(arguments) => certify::run(arguments, terminal),
        Operation::SignPrepared(arguments) => sign_prepared::run(arguments, terminal),
    }
}
