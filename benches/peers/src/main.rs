//! `peers`: measures ML-DSA of this repository and of others. `peers --help` says how.

use clap::Parser;
use peers::clock::{self, Clock};
use peers::inputs::{Inputs, Set};
use peers::libraries::{self, Job, Operation};
use peers::report::{self, Figure, Report};
use peers::rounds::{self, Effort};
use peers::{agreement, plot};
use std::path::PathBuf;
use std::process::ExitCode;

/// Where the repository has CCTV's messages.
const MESSAGES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../test-vectors/cctv");

/// Measures ML-DSA of this repository and of other libraries: in one process, on one core, in alternation.
///
/// Prints times in microseconds and ratios as Markdown tables. Before anything is timed, every library must give
/// the same public keys and signatures and refuse a forgery. Chunks that a neighbour disturbed are measured again,
/// so a busy machine makes it slower, not wrong.
#[derive(Debug, Parser)]
struct Options {
    /// Measure less: a first look, with more noise.
    #[arg(long)]
    quick: bool,
    /// Rounds; the tables show their median and spread [default: 5, or 2 with --quick].
    #[arg(long)]
    rounds: Option<usize>,
    /// Only what has all of these in its name, such as ML-DSA-65,sign or verify,mldsa-native. `ours` and one peer:
    /// sign,ours|native.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// The core to run on [default: the last one].
    #[arg(long)]
    core: Option<usize>,
    /// The folder of CCTV's benchmark messages, ML-DSA-44.json and so on.
    #[arg(long, default_value = MESSAGES)]
    messages: PathBuf,
    /// Write the figures of every round to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Draw this SVG: of what was measured, or of the file that --from names.
    #[arg(long)]
    plot: Option<PathBuf>,
    /// Measure nothing: read the figures from a file that --json wrote.
    #[arg(long, conflicts_with_all = ["json", "quick", "rounds", "only", "core"])]
    from: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("peers: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let report = match &options.from {
        Some(path) => {
            let json =
                std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
            serde_json::from_str(&json).map_err(|error| format!("{}: {error}", path.display()))?
        }
        None => measure(options)?,
    };
    print!("{}", report.tables());
    let write = |path: &PathBuf, text: String| {
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
    };
    if let Some(path) = &options.json {
        write(path, serde_json::to_string_pretty(&report).map_err(|error| error.to_string())? + "\n")?;
    }
    if let Some(path) = &options.plot {
        write(path, plot::svg(&report))?;
    }
    Ok(())
}

/// Whether `--only` lets this job through: each of its words, or one of those between `|`, is in the name.
fn wanted(only: &[String], set: Set, job: &Job) -> bool {
    let name = format!("{set} {} {} {}", job.library, job.operation.name(), job.key.name()).to_lowercase();
    only.iter().all(|word| word.split('|').any(|word| name.contains(&word.to_lowercase())))
}

fn measure(options: &Options) -> Result<Report, String> {
    let core = clock::pin(options.core)?;
    let mut effort = if options.quick { Effort::QUICK } else { Effort::FULL };
    effort.rounds = options.rounds.unwrap_or(effort.rounds).max(1);
    let mut clock = Clock::start();
    eprintln!("core {core}; the fixed work takes {:?} at best", clock.best());

    let mut figures = Vec::new();
    for set in Set::ALL {
        // The jobs keep references to it until the process ends.
        let inputs: &'static Inputs = Box::leak(Box::new(Inputs::read(set, &options.messages)?));
        let mut jobs: Vec<Job> =
            libraries::jobs(inputs).into_iter().filter(|job| wanted(&options.only, set, job)).collect();
        let mut compared = 0;
        for job in &mut jobs {
            compared += agreement::check(job, inputs)?;
        }
        eprintln!("{set}: {} operations of the libraries agree, on {compared} results", jobs.len());
        for operation in Operation::ALL {
            let mut alike: Vec<Job> = jobs.extract_if(.., |job| job.operation == operation).collect();
            let first = figures.len();
            figures.extend(alike.iter().map(|job| Figure {
                set,
                library: job.library.into(),
                operation,
                key: job.key,
                random: job.random,
                rounds: Vec::new(),
            }));
            for _ in 0..effort.rounds {
                let times = rounds::round(&mut alike, inputs, &effort, &mut clock);
                for (figure, time) in figures[first..].iter_mut().zip(times) {
                    figure.rounds.push(time);
                }
            }
            eprintln!(
                "{set} {}: {} rounds; so far {} chunks counted, {} disturbed",
                operation.name(),
                effort.rounds,
                clock.kept,
                clock.refused
            );
        }
    }
    Ok(Report {
        date: report::today(),
        cpu: report::cpu(),
        kept: clock.kept,
        refused: clock.refused,
        figures,
    })
}
