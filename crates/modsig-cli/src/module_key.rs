//! `module-key`: makes keys with their certificates, shows, converts and checks them.

mod check;
mod convert;
mod generate;
mod output;
mod public;
mod request;
mod show;

use crate::exit::EXIT_CODES_HELP;
use crate::files::clear_up;
use crate::interrupt::survive_file_size_limit;
use crate::terminal::Terminal;
use crate::usage::{Loudness, parse};
use clap::{CommandFactory, Parser, Subcommand};
use std::path::Path;
use std::process::ExitCode;

const PROGRAM: &str = "module-key";

/// Make, show, convert and check keys and certificates for signing kernel modules
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, after_help = format!("{EXAMPLES}\n{EXIT_CODES_HELP}"))]
struct Arguments {
    #[command(flatten)]
    loudness: Loudness,
    #[command(subcommand)]
    verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  module-key generate --out signing_key.pem
  module-key generate --algorithm ml-dsa-87 --common-name 'Example Corp' --out key.pem
  module-key generate --algorithm rsa-4096 --out key.pem
  module-key show signing_key.pem signing_key.x509
  module-key check signing_key.pem
  module-key convert --encrypt signing_key.pem --out locked.pem
  module-key public signing_key.x509
  module-key request --common-name 'Example Corp' key.pem --out key.csr
";

#[derive(Debug, Subcommand)]
enum Verb {
    Generate(generate::Arguments),
    Show(show::Arguments),
    Check(check::Arguments),
    Convert(convert::Arguments),
    Public(public::Arguments),
    Request(request::Arguments),
}

impl Verb {
    /// The files that it will write.
    fn outputs(&self) -> Vec<&Path> {
        match self {
            Self::Generate(arguments) => arguments.outputs(),
            Self::Show(_) | Self::Check(_) => Vec::new(),
            Self::Convert(arguments) => vec![arguments.output()],
            Self::Public(arguments) => arguments.output().into_iter().collect(),
            Self::Request(arguments) => vec![arguments.output()],
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
    survive_file_size_limit();
    let arguments: Arguments = match parse(PROGRAM) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    let mut terminal = Terminal::new(PROGRAM, arguments.loudness.verbosity());
    clear_up(arguments.verb.outputs(), &mut terminal);
    match &arguments.verb {
        Verb::Generate(arguments) => generate::run(arguments, &mut terminal),
        Verb::Show(arguments) => show::run(arguments, &mut terminal),
        Verb::Check(arguments) => check::run(arguments, &mut terminal),
        Verb::Convert(arguments) => convert::run(arguments, &mut terminal),
        Verb::Public(arguments) => public::run(arguments, &mut terminal),
        Verb::Request(arguments) => request::run(arguments, &mut terminal),
    }
    terminal.finish()
}
