//! ML-DSA of this repository against that of others, and each of its back ends against each other.
//!
//! `checks/differential.sh` runs it. Every input comes from `--seed`, so a run can be repeated; aws-lc-rs alone draws randomness
//! of its own for signatures, which are then verified by all. Byte for byte are compared: keys of a seed, signatures with
//! a given rnd. Verdicts are compared with each other and with what they must be.
//!
//! | file | holds |
//! |---|---|
//! | `rounds` | the comparisons |
//! | `mutate` | signatures that are nearly good |
//! | `naive` | signatures at the bound of z, which no library makes |
//! | `libraries` | the libraries |
//! | `tally` | counts, disagreements, and differences that are known |

mod known;
mod libraries;
mod mutate;
mod naive;
mod random;
mod rounds;
mod tally;

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::Parser;
use mldsa::dynamic::Parameters;

/// Compares ML-DSA implementations. Exit code 0: all agree; 1: a disagreement, or something was not compared.
#[derive(Parser)]
#[command(version)]
struct Cli {
    /// Where all inputs come from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Rounds for each parameter set: a key, its signatures, some hundred verifications
    #[arg(long, default_value_t = 100)]
    iterations: u64,
    /// In every so many rounds, also signatures at the bound of z, which take long to make
    #[arg(long, default_value_t = 20)]
    crafted_every: u64,
    /// Spoils all answers of those of ours whose names begin so ("ours", "ours, avx2"): the comparison must fail
    #[arg(long)]
    sabotage: Option<String>,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Panics are caught, counted and reported; their text would bury the report.
    std::panic::set_hook(Box::new(|_| ()));
    let mut run = rounds::Run {
        libraries: libraries::all(cli.sabotage.as_deref()),
        tally: tally::Tally::new(known::KNOWN),
        random: random::Random::new(cli.seed),
    };
    for iteration in 0..cli.iterations {
        for set in Parameters::ALL {
            run.round(set, iteration % cli.crafted_every == 0);
        }
    }
    let tally = &run.tally;
    println!("seed {}, {} rounds of each of 3 sets", cli.seed, cli.iterations);
    print!("{tally}");
    for known in tally.unseen() {
        println!(
            "known, but not seen in this run: {}: {} answers {}",
            known.case, known.library, known.answer
        );
    }
    let mut good = tally.disagreements().is_empty();
    // Of each case the first: the inputs are long.
    let mut cases = BTreeSet::new();
    for (case, text) in tally.disagreements() {
        if cases.insert(*case) {
            println!("DISAGREEMENT: {text}");
        }
    }
    let rounds = 3 * cli.iterations;
    for library in &run.libraries {
        // What every library has must have been compared in every round, whatever else came out.
        let reads = library.read(Parameters::MlDsa44, &[]).is_some().into();
        for (case, times) in [
            ("keygen", 1),
            ("read: good expanded key", reads),
            ("verify: good, empty context", 1),
            ("verify: a bit of z flipped", 2),
            ("verify: a bit of t1 flipped", 1),
            ("verify: of others' randomness", 1),
        ] {
            let count = tally.count(case, &library.name());
            if count < times * rounds {
                println!("MISSING: {case}: {} was compared {count} times in {rounds} rounds", library.name());
                good = false;
            }
        }
    }
    println!("{} comparisons, {} disagreements", tally.total(), tally.disagreements().len());
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
