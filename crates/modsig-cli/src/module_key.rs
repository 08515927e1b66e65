//! `module-key`: makes keys with their certificates, and shows what a file of them holds.

mod generate;
mod show;

use crate::exit::EXIT_CODES_HELP;
use crate::terminal::Terminal;
use crate::usage::{Loudness, parse};
use clap::{Parser, Subcommand};
use std::process::ExitCode;

const PROGRAM: &str = "module-key";

/// Make and show keys and certificates for signing kernel modules
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
  module-key show signing_key.pem signing_key.x509
";

#[derive(Debug, Subcommand)]
enum Verb {
    Generate(generate::Arguments),
    Show(show::Arguments),
}

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    let arguments: Arguments = match parse(PROGRAM) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    let mut terminal = Terminal::new(PROGRAM, arguments.loudness.verbosity());
    match &arguments.verb {
        Verb::Generate(arguments) => generate::run(arguments, &mut terminal),
        Verb::Show(arguments) => show::run(arguments, &mut terminal),
    }
    terminal.finish()
}
