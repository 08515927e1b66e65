//! Prints, for each operation, the sum of its kernels (calls counted × time of one call) beside its measured time.
//!
//! ```text
//! cd benches/overhead && cargo run --release [-- FILTER]      for example: -- avx2, or -- ML-DSA-65/verify
//! ```
//!
//! A counting back end counts the calls while the operation runs. Each kernel is timed alone, on hot data. The gap is
//! everything else: glue, copies, wiping, hints, SampleInBall, cache misses. Pin the program to a core
//! (`taskset -c 1`), with real-time priority on a busy machine (`chrt -f 20`).

mod clock;
mod kernels;

use kernels::{GROUPS, group, nanoseconds};
use mldsa::backend::counting::{Call, Counting, counts};
use mldsa::backend::{Avx2, Avx512, Backend};
use mldsa::{Context, MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed, Signature, SigningKey, hazmat};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::ExitCode;

const OPERATIONS: [&str; 5] = ["keygen", "sign held", "sign expanded", "verify held", "verify expanded"];
/// Messages to sign; the number of attempts differs.
const MESSAGES: u8 = 32;

/// A key pair and signatures.
struct Inputs<P: ParameterSet> {
    key: SigningKey<P>,
    mus: Vec<Mu>,
    signature: Signature<P>,
}

impl<P: ParameterSet> Inputs<P> {
    fn new<B: Backend>(backend: B) -> Self {
        let key = hazmat::from_seed::<P, B>(backend, &Seed::from_bytes([0; 32]));
        let mus: Vec<Mu> = (0..MESSAGES).map(|i| Mu::of_message(key.tr(), Context::EMPTY, &[i])).collect();
        let signature = hazmat::sign_mu(backend, &key, &mus[0], &Rnd::DETERMINISTIC);
        Self { key, mus, signature }
    }

    /// Calls `each` with every run of the operation: one, or one for each message.
    fn runs<B: Backend>(&self, backend: B, operation: &str, mut each: impl FnMut(&mut dyn FnMut())) {
        let Self { key, mus, signature } = self;
        let public = key.verifying_key();
        let mut fresh = key.clone();
        let mut written = signature.clone();
        match operation {
            "keygen" => {
                let seed = Seed::from_bytes([0; 32]);
                each(&mut || hazmat::from_seed_into(backend, black_box(&seed), black_box(&mut fresh)));
            }
            "sign held" => {
                for mu in mus {
                    each(&mut || {
                        hazmat::sign_mu_into(backend, key, black_box(mu), &Rnd::DETERMINISTIC, &mut written);
                    });
                }
            }
            "sign expanded" => {
                let expanded = hazmat::expand_signing_key(backend, key);
                for mu in mus {
                    each(&mut || {
                        let signature =
                            hazmat::sign_mu_expanded(backend, &expanded, black_box(mu), &Rnd::DETERMINISTIC);
                        black_box(signature);
                    });
                }
            }
            "verify held" => each(&mut || {
                let verdict = hazmat::verify(backend, black_box(public), &[0], Context::EMPTY, signature);
                assert!(verdict.is_ok(), "a good signature");
            }),
            _ => {
                let expanded = hazmat::expand_verifying_key(backend, public);
                each(&mut || {
                    let verdict =
                        hazmat::verify_mu_expanded(backend, black_box(&expanded), &mus[0], signature);
                    assert!(verdict.is_ok(), "a good signature");
                });
            }
        }
    }
}

/// Times of kernels on one back end, each measured once.
type Times = BTreeMap<Call, f64>;

fn row<P: ParameterSet, B: Backend>(backend: B, operation: &str, times: &mut Times) -> Result<(), String> {
    let inputs = Inputs::<P>::new(backend);
    let (mut runs, mut calls) = (0.0, BTreeMap::new());
    inputs.runs(Counting(backend), operation, |run| {
        counts();
        run();
        for (call, count) in counts() {
            *calls.entry(call).or_insert(0) += count;
        }
        runs += 1.0;
    });
    let mut groups = [0.0; GROUPS.len()];
    for (call, count) in calls {
        if let std::collections::btree_map::Entry::Vacant(entry) = times.entry(call) {
            entry.insert(nanoseconds(backend, call)?);
        }
        groups[group(call)] += times[&call] * f64::from(count) / runs / 1e3;
    }
    let mut measured = Some(0.0);
    inputs.runs(backend, operation, |run| {
        measured = measured.zip(clock::nanoseconds(run)).map(|(sum, time)| sum + time / runs / 1e3);
    });
    let measured = measured.ok_or("this core was never quiet")?;
    let sum: f64 = groups.iter().sum();
    print!(
        "| {} | {} | {operation} | {measured:.1} | {sum:.1} | {:.0} % |",
        B::NAME,
        P::NAME,
        100.0 * (measured - sum) / measured
    );
    groups.iter().for_each(|time| print!(" {:.0} |", 100.0 * time / measured));
    println!();
    Ok(())
}

fn on<B: Backend>(backend: Option<B>, filter: &str) -> Result<(), String> {
    let Some(backend) = backend else {
        println!("skipped: this CPU lacks {}", B::NAME);
        return Ok(());
    };
    let mut times = Times::new();
    for operation in OPERATIONS {
        let wanted = |set: &str| format!("{} {set}/{operation}", B::NAME).contains(filter);
        if wanted(MlDsa44::NAME) {
            row::<MlDsa44, B>(backend, operation, &mut times)?;
        }
        if wanted(MlDsa65::NAME) {
            row::<MlDsa65, B>(backend, operation, &mut times)?;
        }
        if wanted(MlDsa87::NAME) {
            row::<MlDsa87, B>(backend, operation, &mut times)?;
        }
    }
    if std::env::var_os("KERNELS").is_some() {
        for (call, time) in times {
            println!("{} {call:?} {time:.1} ns", B::NAME);
        }
    }
    Ok(())
}

fn run() -> Result<(), String> {
    let filter = std::env::args().nth(1).unwrap_or_default();
    println!("Microseconds, and per cent of the measured time.\n");
    print!("| back end | set | operation | measured | kernels | gap |");
    GROUPS.iter().for_each(|group| print!(" {group} |"));
    println!("\n|---|---|---|---:|---:|---:|{}", "---:|".repeat(GROUPS.len()));
    on(Avx512::detect(), &filter)?;
    on(Avx2::detect(), &filter)
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("overhead: {error}");
            ExitCode::FAILURE
        }
    }
}
