//! `verify-module`: reports for each file whether it is good, who signed it and how, or what is wrong with it, and what Linux
//! answers.
//!
//! | module | holds |
//! |---|---|
//! | `trusted` | the certificates of `--trust` |
//! | `file_verifier` | one batch of files on one core: read, verified together, drawn |
//! | `report` | the report on one file |
//! | `run` | all batches on all cores, printed in order |
//! | `text` | lines for people |
//! | `json` | lines for machines |
//! | `explain` | the drawing of one file |
//! | `summary` | the counts at the end |

mod explain;
mod file_verifier;
mod json;
mod report;
mod run;
mod summary;
mod text;
mod trusted;

use crate::error::{CliError, InFile as _};
use crate::exit::EXIT_CODES_HELP;
use crate::files::Inputs;
use crate::kernel_choice::KernelArguments;
use crate::policy_file::read_policy;
use crate::terminal::Terminal;
use crate::usage::{Jobs, Loudness, run_program};
use clap::{CommandFactory, Parser};
use file_verifier::{FileVerifier, Wanted};
use report::Labels;
use std::path::PathBuf;
use std::process::ExitCode;

const PROGRAM: &str = "verify-module";

const EXAMPLES: &str = "\
Examples:
  Is this module signed by this certificate's key?
    verify-module --trust signing_key.x509 dummy.ko

  All modules of a kernel, compressed or not, on all cores:
    verify-module --trust /etc/modsig/trusted.d /lib/modules/7.2.0

  Only ML-DSA-87, and the answer of Debian's kernel:
    verify-module --trust signing_key.x509 --policy cnsa2 --kernel debian-7.2 dummy.ko

  What is in this file, and what is wrong with it?
    verify-module --explain --trust signing_key.x509 dummy.ko

  For programs: one JSON object a line, one line for each file, and a summary:
    find /lib/modules -name '*.ko*' -print0 |
        verify-module --json --trust distro.pem -0 --files-from - > audit.jsonl

  For scripts: problems only, on standard error, and the exit code:
    verify-module -q --trust signing_key.x509 dummy.ko || echo \"not good: $?\"

Good modules are listed on standard output; problems go to standard error: what is
wrong, where, what to do, and on the next line what Linux 7.2 answers (signatures
enforced, the same certificates trusted; --kernel 6.12 predicts another one).
";

/// Verify the signatures of Linux kernel modules
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, after_help = format!("{EXAMPLES}\n{EXIT_CODES_HELP}"))]
struct Arguments {
    /// Trust the certificates in this file or directory: PEM, PEM bundle, DER, or several DER certificates in a row (may
    /// be given several times)
    #[arg(long, value_name = "CERT", required_unless_present = "explain")]
    trust: Vec<PathBuf>,
    /// What to accept: default, cnsa2 (ML-DSA-87 only), kernel (what Linux loads), or a policy file
    #[arg(long, value_name = "NAME|FILE", default_value = "default")]
    policy: PathBuf,
    #[command(flatten)]
    kernel: KernelArguments,
    /// Draw each file: its parts, the CMS as a tree, every check, and the kernel's answer
    #[arg(long, conflicts_with_all = ["json", "quiet"])]
    explain: bool,
    /// Print JSON: one object a line, one line for each file, then a summary
    #[arg(long, conflicts_with_all = ["quiet", "verbose"])]
    json: bool,
    #[command(flatten)]
    jobs: Jobs,
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
    run_program(PROGRAM, |arguments: &Arguments| arguments.loudness, verify)
}

fn verify(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), CliError> {
    let named = read_policy(&arguments.policy).in_file(&arguments.policy)?;
    let kernel = arguments.kernel.choose(named.kernel)?;
    let labels = Labels {
        policy: named.name,
        linux: kernel.label(),
        version: kernel.config.version,
        kernel: kernel.name,
    };
    let policy = named.policy.with_kernel(kernel.config);
    let trust = trusted::read(&arguments.trust, policy.kernel(), &labels.linux(), terminal)?;
    let inputs = arguments.inputs.find(terminal)?;
    let wanted = Wanted {
        drawing: arguments.explain.then(explain::Style::of_standard_output),
        changes: arguments.json || arguments.explain || arguments.loudness.is_verbose(),
    };
    let verifier = FileVerifier::new(&trust, &policy, wanted);
    let output = if arguments.json { run::Output::Json } else { run::Output::Text };
    run::run(&verifier, inputs, arguments.jobs.get(), output, &labels, terminal);
    Ok(())
}
