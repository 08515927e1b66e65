//! Every operation that touches secrets, under memcheck, on the back ends that valgrind can run.

use crate::client;
use mldsa::backend::{Avx2, Avx512, Backend, Portable};
use mldsa::{MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed, SigningKey, hazmat};
use std::hint::black_box;

/// Messages per key: enough for rejected attempts of each kind. (Four to five attempts a signature.)
const MESSAGES: u8 = 12;

/// One thing to do with secrets. What it returns is what must be public afterwards, and what must be secret.
struct Case {
    name: &'static str,
    run: fn(&'static str) -> Outcome,
}

/// What came out of a case.
#[derive(Default)]
struct Outcome {
    /// Bytes that were to be public and are still secret.
    still_secret: usize,
    /// Bytes of the private key that memcheck takes for secret: none would mean that nothing was watched.
    watched: usize,
}

fn secret_seed(fill: u8) -> Seed {
    let mut bytes = [fill; 32];
    client::classify(&mut bytes);
    Seed::from_bytes(bytes)
}

fn secret_rnd(fill: u8) -> Rnd {
    let mut bytes = [fill; 32];
    client::classify(&mut bytes);
    Rnd::from_bytes(bytes)
}

fn mu(fill: u8) -> Mu {
    Mu::from_bytes([fill; 64])
}

fn on<P: ParameterSet, B: Backend>(backend: B, operation: &str) -> Outcome {
    let mut outcome = Outcome::default();
    let key: SigningKey<P> = hazmat::from_seed(backend, &secret_seed(7));
    outcome.watched = client::secret_bytes(key.as_expanded_bytes());
    let mut public = |bytes: &[u8]| outcome.still_secret += client::secret_bytes(bytes);
    match operation {
        "keygen" => {
            public(key.verifying_key().as_bytes());
            public(key.tr());
        }
        "read the expanded key" => {
            // All of it is secret here, rho and tr too.
            let mut bytes = client::reveal(key.as_expanded_bytes());
            client::classify(&mut bytes);
            let read = hazmat::from_expanded::<P, B>(backend, &bytes);
            public(read.expect("consistent").verifying_key().as_bytes());
        }
        "sign, hedged" => {
            for message in 0..MESSAGES {
                public(hazmat::sign_mu(backend, &key, &mu(message), &secret_rnd(message)).as_bytes());
            }
        }
        "sign, deterministic" => {
            for message in 0..MESSAGES {
                public(hazmat::sign_mu(backend, &key, &mu(message), &Rnd::DETERMINISTIC).as_bytes());
            }
        }
        "sign, expanded key" => {
            let expanded = hazmat::expand_signing_key(backend, &key);
            for message in 0..MESSAGES {
                public(
                    hazmat::sign_mu_expanded(backend, &expanded, &mu(message), &secret_rnd(message))
                        .as_bytes(),
                );
            }
        }
        "small: all of it" => {
            let (mut made, mut read, mut signature) = (None, None, None);
            let key = hazmat::from_seed_small::<P, B>(backend, &secret_seed(7), &mut made);
            public(key.verifying_key().as_bytes());
            let mut bytes = client::reveal(key.as_expanded_bytes());
            client::classify(&mut bytes);
            let read = hazmat::from_expanded_small::<P, B>(backend, &bytes, &mut read);
            public(read.expect("consistent").verifying_key().as_bytes());
            for message in 0..MESSAGES {
                let rnd = secret_rnd(message);
                public(hazmat::sign_mu_small(backend, key, &mu(message), &rnd, &mut signature).as_bytes());
            }
        }
        "compare keys" => {
            let other: SigningKey<P> = hazmat::from_seed(backend, &secret_seed(8));
            // The answer is the caller's to publish: made public here before anything branches on it.
            let answer = client::reveal(&[u8::from(black_box(key == other))]);
            assert_eq!(answer, [0]);
        }
        _ => unreachable!("the names are those below"),
    }
    outcome
}

const OPERATIONS: [&str; 7] = [
    "keygen",
    "read the expanded key",
    "sign, hedged",
    "sign, deterministic",
    "sign, expanded key",
    "small: all of it",
    "compare keys",
];

/// All cases of one back end.
fn cases<B: Backend>() -> Option<[Case; 3]> {
    B::detect()?;
    fn run<P: ParameterSet, B: Backend>(operation: &'static str) -> Outcome {
        B::detect().map_or_else(Outcome::default, |backend| on::<P, B>(backend, operation))
    }
    Some([
        Case { name: "ML-DSA-44", run: run::<MlDsa44, B> },
        Case { name: "ML-DSA-65", run: run::<MlDsa65, B> },
        Case { name: "ML-DSA-87", run: run::<MlDsa87, B> },
    ])
}

/// Runs a case and tells how many errors memcheck found in it.
fn errors_of(case: &Case, operation: &'static str) -> (u64, Outcome) {
    let before = client::errors();
    let outcome = (case.run)(operation);
    (client::errors() - before, outcome)
}

/// Every operation on every back end. Prints one line each.
pub fn check() -> bool {
    let mut failed = 0;
    let mut ran = 0;
    for (backend, cases) in [(Portable::NAME, cases::<Portable>()), (Avx2::NAME, cases::<Avx2>())] {
        let Some(cases) = cases else {
            println!("{backend:<9} skipped: this CPU lacks it");
            continue;
        };
        for case in &cases {
            for operation in OPERATIONS {
                let (errors, outcome) = errors_of(case, operation);
                let good = errors == 0 && outcome.still_secret == 0 && outcome.watched > 0;
                ran += 1;
                failed += usize::from(!good);
                println!(
                    "{backend:<9} {} {operation:<22} {} ({errors} errors, {} of the private key's bytes watched, {} not declassified)",
                    case.name,
                    if good { "ok" } else { "FAILED" },
                    outcome.watched,
                    outcome.still_secret,
                );
            }
        }
    }
    println!("{ran} cases, {failed} failed");
    failed == 0 && ran >= 18
}

/// A branch on a secret.
#[cfg(mldsa_ct_check)]
#[inline(never)]
fn leaking_branch(secret: &[u8]) -> u32 {
    if secret.iter().any(|&byte| byte == 1) { black_box(1) } else { black_box(2) }
}

/// An index that is a secret.
#[cfg(mldsa_ct_check)]
#[inline(never)]
fn leaking_index(secret: &[u8]) -> u8 {
    static TABLE: [u8; 256] = [3; 256];
    black_box(&TABLE)[usize::from(secret[0])]
}

/// Every operation once on AVX-512, which valgrind cannot run: so that a build without the hook holds all that the scan of
/// the disassembly must see.
pub fn run() -> bool {
    let Some(cases) = cases::<Avx512>() else {
        println!("skipped: this CPU lacks AVX-512 (it is in the program all the same)");
        return true;
    };
    cases.iter().for_each(|case| OPERATIONS.iter().for_each(|operation| drop((case.run)(operation))));
    println!("{} operations on {}", cases.len() * OPERATIONS.len(), Avx512::NAME);
    true
}

/// Without the hook nothing is declassified, and nothing could be left out.
#[cfg(not(mldsa_ct_check))]
pub fn control() -> bool {
    eprintln!("build with RUSTFLAGS='--cfg mldsa_ct_check'");
    false
}

/// The check must be able to fail: each declassification is left out, and leaks are put in.
#[cfg(mldsa_ct_check)]
pub fn control() -> bool {
    let mut unnoticed = 0;
    let mut tell = |what: &str, noticed: bool| {
        println!("{what:<60} {}", if noticed { "noticed" } else { "NOT NOTICED" });
        unnoticed += usize::from(!noticed);
    };
    for (name, leak) in [
        ("a branch on a secret", leaking_branch as fn(&[u8]) -> u32),
        ("an index that is a secret", |secret| u32::from(leaking_index(secret))),
    ] {
        let mut secret = [5; 32];
        client::classify(&mut secret);
        let before = client::errors();
        black_box(leak(black_box(&secret)));
        tell(name, client::errors() > before);
    }
    for (backend, cases) in [(Portable::NAME, cases::<Portable>()), (Avx2::NAME, cases::<Avx2>())] {
        for case in cases.iter().flatten() {
            for (index, reason) in mldsa::ct_check::REASONS.iter().enumerate() {
                mldsa::ct_check::omit(Some(index));
                let noticed = ["keygen", "read the expanded key", "sign, hedged"].iter().any(|operation| {
                    let (errors, outcome) = errors_of(case, operation);
                    errors > 0 || outcome.still_secret > 0
                });
                mldsa::ct_check::omit(None);
                tell(&format!("{backend} {} without {reason}", case.name), noticed);
            }
        }
    }
    println!("{unnoticed} not noticed");
    unnoticed == 0
}
