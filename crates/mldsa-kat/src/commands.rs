//! The subcommands: from the command line to the files of the report.

use std::io::{self, Write as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::exit;
use std::thread::available_parallelism;

use mldsa::dynamic::Parameters;
use mldsa_kat::accumulated::{Failure, State};
use mldsa_kat::backend::Kernels;
use mldsa_kat::document::{About, FileReport, Input, Problem, Verdict};
use mldsa_kat::error::{Error, Malformed};
use mldsa_kat::report::{Group, Report};
use mldsa_kat::rsp::{Interface, Signing};
use mldsa_kat::scheme::Scheme;
use mldsa_kat::{accumulated, acvp, input, rsp, wycheproof};

use crate::checkpoint::Checkpoint;
use crate::cli::{AccumulatedArgs, AcvpArgs, Cli, Command, Format, RspArgs};
use crate::files::replace;
use crate::printer::{self, Output, Printer};
use crate::progress::Progress;

/// Runs the subcommand.
///
/// # Errors
/// Standard output cannot be written, or the only thing to write.
pub(crate) fn run(cli: &Cli, kernels: Kernels, about: About) -> Result<Verdict, Error> {
    let printer = |about, command, comparing| Printer::new(about, command, comparing, cli.format, cli.all);
    match &cli.command {
        Command::Acvp(args) => {
            check_acvp(args, cli.format);
            if args.expected.is_empty() && args.output.is_empty() {
                return print_response(args, kernels);
            }
            let mut printer = printer(about, "acvp", !args.expected.is_empty());
            for (i, prompt) in args.prompts.iter().enumerate() {
                printer.add(acvp_file(
                    prompt,
                    args.expected.get(i),
                    args.output.get(i),
                    options(args),
                    kernels,
                ))?;
            }
            printer.finish()
        }
        Command::Rsp(args) if args.generate => generate(args, cli.format, kernels),
        Command::Rsp(args) => {
            let scheme = Scheme::new(args.set.parameters(), kernels);
            let interface = match (args.internal, args.pre_hash) {
                (true, _) => Interface::Internal,
                (false, Some(hash)) => Interface::PreHash(hash),
                (false, None) => Interface::Pure,
            };
            let run = |text: &str| rsp::run(text, scheme, interface, args.signing);
            vectors(printer(about, "rsp", true), &args.files, run)
        }
        Command::Wycheproof { files } => {
            vectors(printer(about, "wycheproof", true), files, |text| wycheproof::run(text, kernels))
        }
        Command::Accumulated(args) => {
            let result = accumulated_report(args, kernels, &about).map_err(|error| Problem::from(&error));
            let mut printer = printer(about, "accumulated", true);
            let name = "C2SP CCTV, ML-DSA/accumulated".to_owned();
            printer.add(FileReport { name, inputs: Vec::new(), result })?;
            printer.finish()
        }
    }
}

/// Ends the program with a message on wrong usage.
fn wrong_usage(message: &str) -> ! {
    let _ = writeln!(io::stderr(), "mldsa-kat: {message}: see mldsa-kat --help");
    exit(2)
}

/// Runs each file; one that cannot be run does not keep the others from running.
fn vectors(
    mut printer: Printer,
    files: &[PathBuf],
    run: impl Fn(&str) -> Result<Report, Malformed>,
) -> Result<Verdict, Error> {
    for path in files {
        let mut inputs = Vec::new();
        let result = read(path, "vectors", &mut inputs)
            .and_then(|text| run(&text).map_err(Error::malformed(path)))
            .map_err(|error| Problem::from(&error));
        printer.add(FileReport { name: path.display().to_string(), inputs, result })?;
    }
    printer.finish()
}

/// Reads a file and records its hash.
fn read(path: &Path, role: &'static str, inputs: &mut Vec<Input>) -> Result<String, Error> {
    let (text, origin) = input::read_hashed(path)?;
    inputs.push(Input { role, name: path.display().to_string(), origin });
    Ok(text)
}

const fn options(args: &AcvpArgs) -> acvp::Options {
    acvp::Options { ignore_unknown: args.ignore_unknown }
}

/// The pairs must be complete, and no output may replace another file of the run.
fn check_acvp(args: &AcvpArgs, format: Format) {
    for (option, files) in [("--expected", &args.expected), ("--output", &args.output)] {
        if !files.is_empty() && files.len() != args.prompts.len() {
            wrong_usage(&format!(
                "{option} is given {} times for {} prompts; give it once for each prompt, in the same order",
                files.len(),
                args.prompts.len()
            ));
        }
    }
    if args.expected.is_empty() && args.output.is_empty() {
        if args.prompts.len() > 1 {
            wrong_usage("several prompts need --expected or --output for each");
        }
        if format != Format::Text {
            wrong_usage("--format is for a report; give --expected or --output");
        }
    }
    for (i, output) in args.output.iter().enumerate() {
        let others = args.output.iter().skip(i + 1).chain(&args.prompts).chain(&args.expected);
        if others.into_iter().any(|other| other == output) {
            wrong_usage(&format!("--output {} would replace another file of this run", output.display()));
        }
    }
}

/// Prints the response to the only prompt.
fn print_response(args: &AcvpArgs, kernels: Kernels) -> Result<Verdict, Error> {
    for prompt in &args.prompts {
        let text = input::read(prompt)?;
        let response = acvp::answer_with(&text, kernels, options(args)).map_err(Error::malformed(prompt))?;
        printer::notes(&prompt.display().to_string(), &response.notes);
        Output::default().print(response.to_json().as_bytes())?;
    }
    Ok(Verdict::Passed)
}

/// Answers a prompt, compares and writes the response.
fn acvp_file(
    prompt: &Path,
    expected: Option<&PathBuf>,
    output: Option<&PathBuf>,
    options: acvp::Options,
    kernels: Kernels,
) -> FileReport {
    let mut inputs = Vec::new();
    let mut run = || {
        let text = read(prompt, "prompt", &mut inputs)?;
        // Read first, so that a wrong name is reported before the long computation.
        let expected = match expected {
            Some(path) => Some((path, read(path, "expected", &mut inputs)?)),
            None => None,
        };
        let response = acvp::answer_with(&text, kernels, options).map_err(Error::malformed(prompt))?;
        if let Some(output) = output {
            replace(output, response.to_json().as_bytes())?;
        }
        match expected {
            Some((path, expected)) => acvp::compare(&response, &expected).map_err(Error::malformed(path)),
            None => Ok(response.report()),
        }
    };
    let result = run().map_err(|error| Problem::from(&error));
    FileReport { name: prompt.display().to_string(), inputs, result }
}

/// Generates a response file.
fn generate(args: &RspArgs, format: Format, kernels: Kernels) -> Result<Verdict, Error> {
    let hedged = match args.signing {
        Signing::Auto | Signing::Hedged => true,
        Signing::Deterministic => false,
        Signing::VerifyOnly => wrong_usage("--generate cannot be used with --signing verify-only"),
    };
    if format != Format::Text {
        wrong_usage("--format is for a report; --generate makes none");
    }
    let scheme = Scheme::new(args.set.parameters(), kernels);
    let mut text = Vec::new();
    rsp::generate(scheme, args.count, hedged, &mut text).map_err(Error::io(Path::new("memory")))?;
    match &args.output {
        Some(output) => replace(output, &text)?,
        None => Output::default().print(&text)?,
    }
    Ok(Verdict::Passed)
}

/// One group for each parameter set.
fn accumulated_report(args: &AccumulatedArgs, kernels: Kernels, about: &About) -> Result<Report, Error> {
    let sets = match args.set {
        Some(set) => vec![set.parameters()],
        None => Parameters::ALL.to_vec(),
    };
    let jobs = args.jobs.or_else(|| available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    let mut report = Report::default();
    for set in sets {
        let mut group = Group::new(format!("{set} accumulated, {} iterations", args.iterations));
        let published = accumulated::published(set, args.iterations);
        let mut checkpoint = match &args.checkpoints {
            Some(folder) => Some(Checkpoint::new(folder, set, about)?),
            None => None,
        };
        let state = match &checkpoint {
            Some(checkpoint) => checkpoint.read(args.iterations)?,
            None => State::default(),
        };
        let mut progress = Progress::new(set.to_string(), state.iterations, args.iterations);
        let scheme = Scheme::new(set, kernels);
        let outcome = accumulated::run_parallel(scheme, state, args.iterations, jobs, &mut |state| {
            progress.show(state.iterations);
            checkpoint.as_mut().map_or(Ok(()), |checkpoint| checkpoint.save_when_due(state))
        });
        progress.end();
        let outcome = match outcome {
            Ok(state) => {
                if let Some(checkpoint) = &mut checkpoint {
                    checkpoint.save(&state)?;
                }
                Ok(state.hash())
            }
            Err(Failure::Iteration(reason)) => Err(reason),
            Err(Failure::Progress(error)) => return Err(error),
        };
        if let Ok(hash) = &outcome {
            group.name.push_str(&format!(", {hash}"));
        }
        match (outcome, args.expect.as_deref().or(published)) {
            (Err(reason), _) => group.count("signatures", Err(reason)),
            (Ok(hash), Some(expected)) if hash.eq_ignore_ascii_case(expected) => group.count("hash", Ok(())),
            (Ok(_), Some(expected)) => group.count("hash", Err(format!("{expected} expected"))),
            (Ok(_), None) => group.answered_only("hash"),
        }
        report.groups.push(group);
    }
    if report.answered() > 0 {
        report.notes.push(format!(
            "no value is published for {} iterations, only for 100, 10000 and 60000000; --expect compares with another",
            args.iterations
        ));
    }
    Ok(report)
}
