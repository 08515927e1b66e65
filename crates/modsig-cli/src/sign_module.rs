//! `sign-module`: signs kernel modules, one or thousands; removes, extracts and attaches signatures.
//!
//! | module | holds |
//! |---|---|
//! | `arguments` | the command line, as typed |
//! | `plan` | the command line, resolved: which operation on which modules |
//! | `operation` | what an operation gets and returns |
//! | `sign` | signing, and `--detached` |
//! | `strip` | `--strip` and `--extract` |
//! | `attach` | `--attach`, and `attach` for the signatures of an HSM |
//! | `repack` | `--repack` |
//! | `prepare` | `prepare`: what an HSM shall sign |
//! | `by_command` | `--sign-command`: the same in one step, signed by a program of the user |
//! | `add` | `--add`: a second signer in the CMS |
//! | `signatures` | the signatures that a file has already |
//! | `json` | lines for machines |
//! | `run` | one run over many modules: all cores; staged, synced and renamed in batches; printed in order |

mod add;
mod arguments;
mod attach;
mod by_command;
mod json;
mod operation;
mod phrase;
mod plan;
mod prepare;
mod repack;
mod run;
mod sign;
mod signatures;
mod strip;

use crate::usage::run_program;
use arguments::Arguments;
use clap::CommandFactory;
use std::process::ExitCode;

const PROGRAM: &str = "sign-module";

/// The command line, for the man page and the completions.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// The program.
#[must_use]
pub fn main() -> ExitCode {
    run_program(
        PROGRAM,
        |arguments: &Arguments| arguments.loudness,
        |arguments, terminal| arguments.resolve()?.run(terminal),
    )
}
