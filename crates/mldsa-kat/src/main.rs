//! The program `mldsa-kat`: reads files, calls the library, prints the report and sets the exit code.

mod cli;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use mldsa::dynamic::Parameters;
use mldsa_kat::backend::Kernels;
use mldsa_kat::error::Error;
use mldsa_kat::report::{Group, Report};
use mldsa_kat::rsp::{Interface, Signing};
use mldsa_kat::scheme::Scheme;
use mldsa_kat::{accumulated, acvp, input, rsp, wycheproof};
use tempfile::NamedTempFile;

use cli::{AccumulatedArgs, AcvpArgs, Cli, Command, RspArgs};

/// Exit code for wrong usage; clap uses the same. [`Error::exit_code`] has those of errors.
const USAGE: u8 = 2;

/// The result of a run without an error, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    /// Every comparison passed, or the run only had to write a file.
    Passed,
    /// Nothing was compared although the run was a test.
    NothingCompared,
    /// A vector failed.
    Failed,
}

impl Verdict {
    fn of(report: &Report) -> Self {
        match (report.executed(), report.failed()) {
            (0, _) => Self::NothingCompared,
            (_, 0) => Self::Passed,
            _ => Self::Failed,
        }
    }

    const fn exit_code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::NothingCompared => 3,
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let kernels = match cli.backend.kernels() {
        Ok(kernels) => kernels,
        Err(unavailable) => {
            let _ = writeln!(io::stderr(), "mldsa-kat: --backend: {unavailable}");
            return ExitCode::from(USAGE);
        }
    };
    let result = match &cli.command {
        Command::Acvp(args) => run_acvp(args, kernels),
        Command::Rsp(args) => run_rsp(args, kernels),
        Command::Wycheproof { files } => run_wycheproof(files, kernels),
        Command::Accumulated(args) => run_accumulated(args, kernels),
    };
    match result {
        Ok(verdict) => ExitCode::from(verdict.exit_code()),
        Err(error) => {
            // A closed pipe (`mldsa-kat … | head`) needs no message: its reader has read what it wanted. A message that
            // cannot be written either is lost.
            if !error.is_closed_pipe() {
                let _ = writeln!(io::stderr(), "mldsa-kat: {error}");
            }
            ExitCode::from(error.exit_code())
        }
    }
}

fn run_acvp(args: &AcvpArgs, kernels: Kernels) -> Result<Verdict, Error> {
    let prompt = input::read(&args.prompt)?;
    // Read first, so that a wrong name is reported before the long computation.
    let expected = args.expected.as_deref().map(|path| Ok((path, input::read(path)?))).transpose()?;
    let response = acvp::answer(&prompt, kernels).map_err(Error::malformed(&args.prompt))?;
    if let Some(output) = &args.output {
        replace(output, response.to_json().as_bytes())?;
    }
    match expected {
        Some((path, expected)) => {
            let report = acvp::compare(&response, &expected).map_err(Error::malformed(path))?;
            print_report(&report)
        }
        None if args.output.is_some() => {
            let mut lines = String::new();
            for group in &response.groups {
                lines.push_str(&format!(
                    "{}: {} answered, nothing compared\n",
                    group.name,
                    group.cases.len()
                ));
            }
            print(lines.as_bytes())?;
            Ok(Verdict::Passed)
        }
        None => {
            print(response.to_json().as_bytes())?;
            Ok(Verdict::Passed)
        }
    }
}

fn run_rsp(args: &RspArgs, kernels: Kernels) -> Result<Verdict, Error> {
    let scheme = Scheme::new(args.set.parameters(), kernels);
    let Some(file) = &args.file else {
        let hedged = match args.signing {
            Signing::Auto | Signing::Hedged => true,
            Signing::Deterministic => false,
            Signing::VerifyOnly => Cli::command()
                .error(ErrorKind::ArgumentConflict, "--generate cannot be used with --signing verify-only")
                .exit(),
        };
        let mut text = Vec::new();
        rsp::generate(scheme, args.count, hedged, &mut text).map_err(Error::io(Path::new("memory")))?;
        match &args.output {
            Some(output) => replace(output, &text)?,
            None => print(&text)?,
        }
        return Ok(Verdict::Passed);
    };
    let interface = match (args.internal, args.pre_hash) {
        (true, _) => Interface::Internal,
        (false, Some(hash)) => Interface::PreHash(hash),
        (false, None) => Interface::Pure,
    };
    let text = input::read(file)?;
    let report = rsp::run(&text, scheme, interface, args.signing).map_err(Error::malformed(file))?;
    print_report(&report)
}

fn run_wycheproof(files: &[PathBuf], kernels: Kernels) -> Result<Verdict, Error> {
    let (mut total, mut verdict) = (Report::default(), Verdict::Passed);
    for file in files {
        let report = wycheproof::run(&input::read(file)?, kernels).map_err(Error::malformed(file))?;
        print(format!("{}\n", file.display()).as_bytes())?;
        verdict = verdict.max(print_report(&report)?);
        total.groups.extend(report.groups);
    }
    if files.len() > 1 {
        let (passed, failed) = (total.passed(), total.failed());
        print(format!("all {} files: {passed} passed, {failed} failed\n", files.len()).as_bytes())?;
    }
    Ok(verdict)
}

fn run_accumulated(args: &AccumulatedArgs, kernels: Kernels) -> Result<Verdict, Error> {
    let sets = match args.set {
        Some(set) => vec![set.parameters()],
        None => Parameters::ALL.to_vec(),
    };
    let mut report = Report::default();
    for set in sets {
        let mut group = Group::new(format!("{set} accumulated, {} iterations", args.iterations));
        let published = accumulated::published(set, args.iterations);
        let outcome = accumulated::run(Scheme::new(set, kernels), args.iterations);
        if let Ok(hash) = &outcome {
            group.name.push_str(&format!(", {hash}"));
        }
        let Some(expected) = args.expect.as_deref().or(published) else {
            if let Err(reason) = outcome {
                group.count("signatures", Err(reason));
                report.groups.push(group);
                continue;
            }
            print(
                format!(
                    "none  {}: nothing compared, no value is published for {} iterations\n",
                    group.name, args.iterations
                )
                .as_bytes(),
            )?;
            continue;
        };
        let outcome = outcome.and_then(|hash| {
            if hash.eq_ignore_ascii_case(expected) { Ok(()) } else { Err(format!("{expected} expected")) }
        });
        group.count("hash", outcome);
        report.groups.push(group);
    }
    print_report(&report)
}

/// Prints `report` and returns its verdict.
fn print_report(report: &Report) -> Result<Verdict, Error> {
    print(format!("{report}\n").as_bytes())?;
    Ok(Verdict::of(report))
}

/// Like `print!`, but a closed pipe or a full disk is an error, not a panic.
fn print(bytes: &[u8]) -> Result<(), Error> {
    let mut out = io::stdout().lock();
    out.write_all(bytes).and_then(|()| out.flush()).map_err(Error::io(Path::new("standard output")))
}

/// Writes `path` by way of a temporary file in the same folder: `path` has its old contents or the complete new ones.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let write = || {
        let mut file = temporary(folder)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(Error::io(path))
}

/// Creates a temporary file with the mode that `File::create` uses: 0666 without the bits of the umask.
fn temporary(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}
