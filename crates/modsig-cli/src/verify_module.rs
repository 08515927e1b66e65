//! `verify-module`: reports for each file whether it is good, who signed it and how, or what is wrong with it, and what Linux
//! answers.
//!
//! | module | holds |
//! |---|---|
//! | `trusted` | the certificates of `--trust` |
//! | `origins` | those of `--trust-kernel` and `--trust-efi` |
//! | `file_verifier` | one batch of files on one core: read, verified together, drawn |
//! | `report` | the report on one file |
//! | `run` | all batches on all cores, delivered in order |
//! | `text` | lines for people, one for each file |
//! | `groups`, `grouped` | many files for people: one sentence, then groups by reason |
//! | `machine` | `--running`, `--root`: the kernels of a machine or an image, and their facts |
//! | `vermagic` | whether a module was built for the kernel |
//! | `listing` | who signed what, without a judgement |
//! | `kernel_result` | what is found out about one kernel |
//! | `json` | lines for machines |
//! | `short` | three columns for scripts |
//! | `explain` | the drawing of one file |
//! | `summary` | the counts at the end |

mod explain;
mod file_verifier;
mod grouped;
mod groups;
mod json;
mod kernel_result;
mod listing;
mod machine;
mod origins;
mod report;
mod run;
mod short;
mod summary;
mod text;
mod trusted;
mod vermagic;

use crate::batching::amount;
use crate::error::{CliError, InFile as _};
use crate::exit::EXIT_CODES_HELP;
use crate::files::{Input, Inputs};
use crate::kernel_choice::KernelArguments;
use crate::memory::Share;
use crate::policy_file::read_policy;
use crate::progress::Counter;
use crate::spelling::policies;
use crate::terminal::{Terminal, Verbosity};
use crate::usage::{HELP_WIDTH, Jobs, Loudness, run_program, usage_error};
use clap::{CommandFactory, Parser, ValueEnum};
use file_verifier::{FileVerifier, Wanted};
use grouped::Grouped;
use groups::Names;
use machine::Subject;
use origins::OriginArguments;
use report::{Labels, Report};
use run::{Output, run};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use summary::Summary;
use trusted::TrustArguments;

const PROGRAM: &str = "verify-module";

const EXAMPLES: &str = "\
Examples:
  Is this module signed by this certificate's key?
    verify-module --trust signing_key.x509 dummy.ko

  All modules of a kernel, compressed or not, on all cores:
    verify-module --trust /etc/modsig/trusted.d /lib/modules/7.2.0

  Only ML-DSA-87, and the answer of Debian's kernel:
    verify-module --trust signing_key.x509 --policy cnsa2 --kernel debian-7.2 \\
        dummy.ko

  Who signed what here? (No certificate is needed, and nothing is verified.)
    verify-module /lib/modules

  Will the modules of this machine load on its kernel? Those of an image?
    verify-module --running
    verify-module --root /mnt/image

  Why was this module refused here?
    verify-module --running --explain dummy.ko

  What would stop loading if this kernel enforced signatures?
    verify-module --running --kernel-option MODULE_SIG_FORCE=y

  What is in this file, and what is wrong with it?
    verify-module --explain --trust signing_key.x509 dummy.ko

  For programs: one JSON object a line, one line for each file, and a summary:
    find /lib/modules -name '*.ko*' -print0 |
        verify-module --json --trust distro.pem -0 --files-from - > audit.jsonl

  For scripts: problems only, on standard error, and the exit code:
    verify-module -q --trust signing_key.x509 dummy.ko || echo \"not good: $?\"

Good modules are listed on standard output; problems go to standard error:
what is wrong, where, what to do, and on the next line what Linux 7.2 answers
(signatures enforced, the same certificates trusted; --kernel 6.12 predicts
another one).
";

/// Words that are no commands of this program, and what to write.
const COMMANDS: [(&str, &str); 6] = [
    ("verify", "leave the word out: verify-module --trust CERT MODULE"),
    ("check", "leave the word out: verify-module --trust CERT MODULE"),
    ("list", "leave the word out: verify-module MODULE"),
    ("show", "leave the word out: verify-module MODULE"),
    ("explain", "write --explain"),
    ("sign", "use sign-module"),
];

/// Verify the signatures of Linux kernel modules
#[derive(Debug, Parser)]
#[command(name = PROGRAM, version, after_long_help = format!("{EXAMPLES}\n{EXIT_CODES_HELP}"), max_term_width = HELP_WIDTH)]
#[command(mut_arg("modules", |modules| modules.required_unless_present_any(["root", "running"])))]
struct Arguments {
    #[command(flatten)]
    trust: TrustArguments,
    #[command(flatten)]
    origins: OriginArguments,
    /// What to accept: default, cnsa2 (ML-DSA-87 only), kernel (what Linux loads), or a policy file [default: default; with
    /// --running and --root: kernel]
    #[arg(long, value_name = "NAME|FILE", hide_possible_values = true, value_parser = policies())]
    policy: Option<PathBuf>,
    #[command(flatten)]
    kernel: KernelArguments,
    /// Audit the running system: its kernel, with its own configuration, certificates and state, and all its modules, or
    /// those that are named
    #[arg(long, conflicts_with_all = ["root", "files_from", "null", "kernel", "kernel_config"])]
    running: bool,
    /// Audit an unpacked image or a chroot: each kernel in it, with its own configuration and certificates, and all its
    /// modules. No link leads out of DIR
    #[arg(long, value_name = "DIR", conflicts_with_all = ["modules", "files_from", "null", "explain", "kernel", "kernel_config"])]
    root: Option<PathBuf>,
    /// Draw each file: its parts, the CMS as a tree, every check, and the kernel's answer
    #[arg(long, conflicts_with_all = ["json", "quiet"])]
    explain: bool,
    /// Print JSON: one object a line, one line for each file, then a summary
    #[arg(long, conflicts_with_all = ["quiet", "verbose"])]
    json: bool,
    /// Form of the output: text, or short (for scripts): a line for each file with verdict, Linux's answer and name
    #[arg(long, value_enum, value_name = "FORM", hide_possible_values = true, conflicts_with_all = ["json", "explain", "quiet", "verbose", "root", "running"])]
    format: Option<Format>,
    /// Also fail (exit code 9) if a file is good, but Linux would refuse it, or load it and be tainted: kernel
    #[arg(long, value_enum, value_name = "WHAT", hide_possible_values = true)]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    jobs: Jobs,
    #[command(flatten)]
    loudness: Loudness,
    #[command(flatten)]
    inputs: Inputs,
}

/// A form of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people
    Text,
    /// One line for each file, in three columns
    Short,
}

/// What else is a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FailOn {
    /// The predicted Linux disagrees about a good file
    Kernel,
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
    if arguments.fail_on.is_some() {
        terminal.fail_on_kernel();
    }
    if let Some(subject) = arguments.subject() {
        return machine::audit(&subject, arguments, terminal);
    }
    arguments.inputs.reject_commands(PROGRAM, &COMMANDS)?;
    let names = arguments.names();
    if arguments.lists() {
        if arguments.policy.is_some() || arguments.kernel.is_given() {
            let what = "--policy and --kernel judge nothing without certificates: give --trust CERT";
            return Err(usage_error(PROGRAM, what));
        }
        if arguments.fail_on.is_some() {
            return Err(usage_error(
                PROGRAM,
                "--fail-on judges nothing without certificates: give --trust CERT",
            ));
        }
        let inputs = arguments.inputs.find(terminal)?;
        let output = arguments.output().unwrap_or(Output::Grouped);
        listing::list(inputs, arguments.jobs.get(), output, names, terminal);
        return Ok(());
    }
    let policy = arguments.policy.as_deref().unwrap_or(Path::new("default"));
    let named = read_policy(policy).in_file(policy)?;
    let mut kernel = arguments.kernel.choose(named.kernel)?;
    let origins = arguments.origins.read(terminal)?;
    origins.set_boot(&mut kernel, terminal);
    let labels = Labels::new(named.name, &kernel, None);
    let policy = named.policy.with_kernel(kernel.config);
    let trust = trusted::read(&arguments.trust, &origins, policy.kernel(), &labels.linux, terminal)?;
    let inputs = arguments.inputs.find(terminal)?;
    let one_by_one = arguments.explain || arguments.loudness.verbosity() == Verbosity::Quiet;
    let output = arguments.output().unwrap_or_else(|| Output::of_text(inputs.len(), one_by_one));
    let wanted = Wanted {
        drawing: arguments.explain.then(explain::Style::of_standard_output),
        // Too much to compute for many files of which only groups are printed.
        changes: output != Output::Grouped
            && (arguments.json || arguments.explain || arguments.loudness.is_verbose()),
    };
    let verifier = FileVerifier::new(&trust, &policy, &labels.linux, wanted);
    let shown = Shown { output, names, labels: &labels };
    let Judged { summary, grouped } = judge(&verifier, inputs, arguments.jobs.get(), shown, terminal, |_| {});
    match output {
        Output::Lines => summary.print(&labels, names == Names::All, terminal),
        Output::Grouped => grouped.print(&summary, names, &labels, terminal),
        Output::Json => {
            let exit = terminal.highest_exit();
            terminal.document(&json::summary(&summary, &grouped, exit, &labels));
        }
        Output::Short => {}
    }
    Ok(())
}

/// How results are shown.
#[derive(Clone, Copy, Debug)]
struct Shown<'a> {
    output: Output,
    names: Names,
    labels: &'a Labels,
}

/// The counts and groups of all files.
struct Judged {
    summary: Summary,
    grouped: Grouped,
}

/// Verifies all files and prints what is printed for each. Calls `seen` for each report first.
fn judge(
    verifier: &FileVerifier<'_>,
    inputs: Vec<Input>,
    jobs: Option<NonZeroUsize>,
    shown: Shown<'_>,
    terminal: &mut Terminal,
    mut seen: impl FnMut(&mut Report),
) -> Judged {
    let Shown { output, names, labels } = shown;
    let mut summary = Summary::default();
    let mut grouped = Grouped::new(verifier.question(), names);
    let counter =
        if output.is_for_people() { terminal.progress(amount(&inputs), "") } else { Counter::default() };
    if output == Output::Lines {
        terminal.align(inputs.iter().map(|input| input.path.as_path()));
    }
    let evaluate = |batch: Vec<Input>, share: &mut Share<'_>| verifier.evaluate(batch, share);
    run(inputs, jobs, &counter, terminal, evaluate, |mut report: Report, terminal| {
        report.fails_on_kernel = terminal.fails_on_kernel();
        seen(&mut report);
        summary.add(&report);
        terminal.record(report.exit());
        if output != Output::Lines {
            grouped.add(&report, labels);
        }
        match output {
            Output::Lines => text::print(&report, labels, terminal),
            Output::Grouped => {}
            Output::Json => terminal.document(&json::file(&report, labels)),
            Output::Short => short::print(&report, terminal),
        }
    });
    terminal.progress_ends();
    Judged { summary, grouped }
}

impl Arguments {
    /// The machine or image that is audited.
    fn subject(&self) -> Option<Subject> {
        if self.running { Some(Subject::running()) } else { self.root.clone().map(Subject::Image) }
    }

    /// The form of the output, if an option asks for one.
    fn output(&self) -> Option<Output> {
        let short = self.format == Some(Format::Short);
        self.json.then_some(Output::Json).or_else(|| short.then_some(Output::Short))
    }

    /// The names that are printed of a group.
    fn names(&self) -> Names {
        if self.loudness.is_verbose() { Names::All } else { Names::First }
    }

    /// Whether the files are listed, not judged: nothing says whom to trust. `--explain` draws both answers without it.
    const fn lists(&self) -> bool {
        self.trust.is_empty() && self.origins.is_empty() && !self.explain
    }
}
