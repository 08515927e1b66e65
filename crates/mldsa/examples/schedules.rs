//! Compares the speed of the schedule for small stacks with the fast one, on each back end that the CPU supports.
//!
//! ```text
//! taskset -c 1 cargo run --release -p modsig-mldsa --example schedules
//! ```
//!
//! The two take turns, in chunks of about a millisecond, so that other load on the machine, which slows a core for milliseconds
//! to seconds, affects both. A pair of chunks counts only if a fixed piece of work before, between and after them took at most
//! 5 % more than the shortest ever seen. Prints the medians in microseconds, and their ratio. Signing is the mean over 64
//! messages with different numbers of attempts; the two schedules sign the same messages.

use mldsa::backend::{Backend, Portable};
use mldsa::{Context, MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed, SigningKey, hazmat};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The number of pairs that must count, for key generation and verification.
const PAIRS: usize = 101;
/// The number of pairs that must count, for each of the signed messages.
const PAIRS_PER_MESSAGE: usize = 11;
/// The largest number of attempts for one pair that counts.
const TRIES: usize = 400;

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// A fixed piece of work, about 50 microseconds.
fn probe() -> Duration {
    time(|| {
        let mut x = black_box(1_u64);
        for _ in 0..50_000 {
            x = x.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(7);
        }
        black_box(x);
    })
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The medians of both, in microseconds per operation; one call of each does `count` operations.
fn compare(pairs: usize, count: f64, mut fast: impl FnMut(), mut small: impl FnMut()) -> Option<[f64; 2]> {
    fast();
    small();
    let mut best = (0..20).map(|_| probe()).min()?;
    let (mut fasts, mut smalls) = (Vec::new(), Vec::new());
    for _ in 0..TRIES * pairs {
        if fasts.len() == pairs {
            break;
        }
        let before = probe();
        let first = time(&mut fast);
        let between = probe();
        let second = time(&mut small);
        let after = probe();
        best = best.min(before).min(between).min(after);
        if before.max(between).max(after) <= best.mul_f64(1.05) {
            fasts.push(first.as_secs_f64() * 1e6 / count);
            smalls.push(second.as_secs_f64() * 1e6 / count);
        }
    }
    (fasts.len() == pairs).then(|| [median(&mut fasts), median(&mut smalls)])
}

fn print<P: ParameterSet, B: Backend>(operation: &str, medians: Option<[f64; 2]>) {
    match medians {
        Some([fast, small]) => println!(
            "{:<8} {} {operation:<7} fast {fast:>7.1} small {small:>7.1} us  ratio {:.2}",
            B::NAME,
            P::NAME,
            small / fast
        ),
        None => println!("{:<8} {} {operation:<7} not measured: this core is too busy", B::NAME, P::NAME),
    }
}

fn all<P: ParameterSet, B: Backend>(backend: Option<B>) {
    let Some(backend) = backend else {
        println!("{:<8} skipped: this CPU lacks it", B::NAME);
        return;
    };
    let seed = Seed::from_bytes([0; 32]);
    let key = hazmat::from_seed::<P, B>(backend, &seed);
    let mu = Mu::of_message(key.tr(), Context::EMPTY, &[0]);
    let signature = hazmat::sign_mu(backend, &key, &mu, &Rnd::DETERMINISTIC);
    let public = key.verifying_key();

    let mut memory = None;
    let keygen = compare(
        PAIRS,
        8.0,
        || {
            for _ in 0..8 {
                black_box(hazmat::from_seed::<P, B>(backend, black_box(&seed)));
            }
        },
        || {
            for _ in 0..8 {
                black_box(hazmat::from_seed_small::<P, B>(backend, black_box(&seed), &mut memory));
            }
        },
    );
    print::<P, B>("keygen", keygen);

    print::<P, B>("sign", sign::<P, B>(backend, &key));

    let verify = compare(
        PAIRS,
        8.0,
        || {
            for _ in 0..8 {
                let _ = black_box(hazmat::verify_mu(backend, black_box(public), &mu, &signature));
            }
        },
        || {
            for _ in 0..8 {
                let _ = black_box(hazmat::verify_mu_small(backend, black_box(public), &mu, &signature));
            }
        },
    );
    print::<P, B>("verify", verify);
}

/// The mean of the medians of signing 64 messages. Together they take longer than a chunk should, so each is compared separately.
fn sign<P: ParameterSet, B: Backend>(backend: B, key: &SigningKey<P>) -> Option<[f64; 2]> {
    const MESSAGES: u8 = 64;
    let mut memory = None;
    let mut sums = Some([0.0; 2]);
    for message in 0..MESSAGES {
        let mu = Mu::of_message(key.tr(), Context::EMPTY, &[message]);
        let medians = compare(
            PAIRS_PER_MESSAGE,
            1.0,
            || {
                black_box(hazmat::sign_mu(backend, key, black_box(&mu), &Rnd::DETERMINISTIC));
            },
            || {
                let mu = black_box(&mu);
                black_box(hazmat::sign_mu_small(backend, key, mu, &Rnd::DETERMINISTIC, &mut memory));
            },
        );
        sums = sums.zip(medians).map(|(sums, medians)| [sums[0] + medians[0], sums[1] + medians[1]]);
    }
    sums.map(|sums| sums.map(|sum| sum / f64::from(MESSAGES)))
}

fn each_set<B: Backend>(backend: Option<B>) {
    all::<MlDsa44, B>(backend);
    all::<MlDsa65, B>(backend);
    all::<MlDsa87, B>(backend);
}

fn main() {
    each_set(Some(Portable));
    #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
    {
        each_set(mldsa::backend::Avx2::detect());
        each_set(mldsa::backend::Avx512::detect());
    }
    #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
    {
        each_set(mldsa::backend::Neon::detect());
        each_set(mldsa::backend::NeonSha3::detect());
    }
}
