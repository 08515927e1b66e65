//! `verify-module`: says for each file whether it is good, signed by whom and with what, or why not, and what Linux
//! answers to it.
//!
//! | room | holds |
//! |---|---|
//! | `trusted` | the certificates of `--trust` |
//! | `judge` | one group of files on one core: read, verified in lanes, drawn |
//! | `run` | all groups on all cores, told in order |
//! | `text` | lines for people |
//! | `json` | lines for machines |
//! | `explain` | the drawing of one file |
//! | `summary` | how many of what, at the end |

mod explain;
mod json;
mod judge;
mod run;
mod summary;
mod text;
mod trusted;

use crate::exit::EXIT_CODES_HELP;
use crate::failure::Failure;
use crate::files::Inputs;
use crate::interrupt::survive_file_size_limit;
use crate::kernel_choice::KernelArguments;
use crate::policy_file::read_policy;
use crate::terminal::Terminal;
use crate::usage::{Loudness, jobs, parse};
use clap::{CommandFactory, Parser};
use judge::{Judge, Wanted};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

const PROGRAM: &str = "verify-module";

const EXAMPLES: &str = "\
Examples:
  Is this module signed by this certificate's key?
    verify-module --trust signing_key.x509 dummy.ko

  All modules of a kernel, compressed or not, on all cores:
    verify-module --trust /etc/modsig/trusted.d /lib/modules/7.2.0

  Only ML-DSA-87, and what Debian's kernel says:
    verify-module --trust signing_key.x509 --policy cnsa2 --kernel debian-7.2 dummy.ko

  What is in this file, byte by byte, and what is wrong with it?
    verify-module --explain --trust signing_key.x509 dummy.ko

  For programs: one JSON object a line, one line a file, and a summary:
    find /lib/modules -name '*.ko*' -print0 |
        verify-module --json --trust distro.pem -0 --files-from - > audit.jsonl

  For scripts: problems only, on standard error; the exit code says the rest:
    verify-module -q --trust signing_key.x509 dummy.ko || echo \"not good: $?\"

Good modules are told on standard output, all others on standard error: what is
wrong, where, what to do, and what Linux 7.2 answers (signatures enforced, the
same certificates trusted; --kernel asks another one).
";

/// Verify the signatures of Linux kernel modules
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, after_help = format!("{EXAMPLES}\n{EXIT_CODES_HELP}"))]
struct Arguments {
    /// Trust the certificates in this file or directory: PEM, PEM bundle, DER, or DER after DER (may be given several
    /// times)
    #[arg(long, value_name = "CERT", required_unless_present = "explain")]
    trust: Vec<PathBuf>,
    /// What to accept: default, cnsa2 (ML-DSA-87 alone), kernel (what Linux loads), or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "default")]
    policy: PathBuf,
    #[command(flatten)]
    kernel: KernelArguments,
    /// Draw each file: its parts, the CMS as a tree, every check, and what Linux says
    #[arg(long, conflicts_with_all = ["json", "quiet"])]
    explain: bool,
    /// Write JSON: one object a line, one line a file, then a summary
    #[arg(long, conflicts_with_all = ["quiet", "verbose"])]
    json: bool,
    /// How many cores to use [default: all]
    #[arg(long, value_name = "N", value_parser = jobs)]
    jobs: Option<NonZeroUsize>,
    #[command(flatten)]
    loudness: Loudness,
    #[command(flatten)]
    inputs: Inputs,
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
    if let Err((path, failure)) = verify(&arguments, &mut terminal) {
        match path {
            Some(path) => terminal.failure(&path, &failure),
            None => terminal.problem(&failure),
        }
    }
    terminal.finish()
}

/// A failure that ends the program, and the file that it is about, if there is one.
type Fatal = (Option<PathBuf>, Failure);

fn verify(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), Fatal> {
    let about = |path: PathBuf| |failure| (Some(path), failure);
    let named = read_policy(&arguments.policy).map_err(about(arguments.policy.clone()))?;
    let kernel = arguments.kernel.choose(named.kernel)?;
    let policy = named.policy.with_kernel(kernel.config);
    let labels = summary::Labels { policy: named.name, kernel: kernel.name };
    let trust = trusted::read(&arguments.trust, policy.kernel(), &labels.linux(), terminal)
        .map_err(|(path, failure)| (Some(path), failure))?;
    let inputs = arguments.inputs.find(terminal).map_err(|(path, failure)| (Some(path), failure))?;
    let wanted = Wanted {
        drawing: arguments.explain.then(explain::Style::of_standard_output),
        changes: arguments.json || arguments.explain || arguments.loudness.is_verbose(),
    };
    let judge = Judge::new(&trust, &policy, wanted);
    let output = if arguments.json { run::Output::Json } else { run::Output::Text };
    run::run(&judge, inputs, arguments.jobs, output, &labels, terminal);
    Ok(())
}
