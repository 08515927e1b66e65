//! Runs one operation on one back end, for instruction counts.
//!
//! ```sh
//! one_operation keygen|sign|sign-expanded|verify|verify-expanded ML-DSA-65 portable|avx2|avx512|neon|neon-sha3
//! one_operation keygen-small|sign-small|verify-small ML-DSA-65 portable|avx2|avx512|neon|neon-sha3
//! ```
//!
//! [`measured`] contains exactly the counted code: `checks/instruction-counts.sh` makes callgrind count only there. Seed,
//! message and rnd are fixed, so that the count is reproducible. mu is computed before, because it uses the best Keccak of the
//! CPU on any back end.

use mldsa::backend::{Backend, Portable};
use mldsa::{Context, MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed, SigningKey, hazmat};
use std::hint::black_box;
use std::process::ExitCode;

const USAGE: &str = "usage: one_operation keygen|sign|sign-expanded|verify|verify-expanded|\
                     keygen-small|sign-small|verify-small ML-DSA-44|ML-DSA-65|ML-DSA-87 portable|avx2|avx512|neon|neon-sha3";

/// The function in which callgrind counts.
#[inline(never)]
fn measured<T>(operation: impl FnOnce() -> T) -> T {
    black_box(black_box(operation)())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [operation, set, backend] = words[..] else { return misuse("three words are needed") };
    match set {
        "ML-DSA-44" => on_backend::<MlDsa44>(operation, backend),
        "ML-DSA-65" => on_backend::<MlDsa65>(operation, backend),
        "ML-DSA-87" => on_backend::<MlDsa87>(operation, backend),
        _ => misuse("no such parameter set"),
    }
}

fn misuse(what: &str) -> ExitCode {
    eprintln!("{what}\n{USAGE}");
    ExitCode::from(2)
}

fn on_backend<P: ParameterSet>(operation: &str, backend: &str) -> ExitCode {
    match backend {
        "portable" => run::<P, _>(operation, Some(Portable)),
        #[cfg(target_arch = "x86_64")]
        "avx2" => run::<P, _>(operation, mldsa::backend::Avx2::detect()),
        #[cfg(target_arch = "x86_64")]
        "avx512" => run::<P, _>(operation, mldsa::backend::Avx512::detect()),
        #[cfg(target_arch = "aarch64")]
        "neon" => run::<P, _>(operation, mldsa::backend::Neon::detect()),
        #[cfg(target_arch = "aarch64")]
        "neon-sha3" => run::<P, _>(operation, mldsa::backend::NeonSha3::detect()),
        _ => misuse("no such back end"),
    }
}

fn run<P: ParameterSet, B: Backend>(operation: &str, backend: Option<B>) -> ExitCode {
    let Some(backend) = backend else {
        eprintln!("this CPU cannot run the {} back end", B::NAME);
        return ExitCode::FAILURE;
    };
    let seed = Seed::from_bytes([0; 32]);
    let key: SigningKey<P> = hazmat::from_seed(backend, &seed);
    let mu = Mu::of_message(key.tr(), Context::EMPTY, b"one operation");
    let rnd = Rnd::DETERMINISTIC;
    let good = match operation {
        "keygen" => measured(|| hazmat::from_seed::<P, B>(backend, &seed)) == key,
        "sign" => {
            let signature = measured(|| hazmat::sign_mu(backend, &key, &mu, &rnd));
            key.verifying_key().verify_mu(&mu, &signature).is_ok()
        }
        "sign-expanded" => {
            let expanded = hazmat::expand_signing_key(backend, &key);
            let signature = measured(|| hazmat::sign_mu_expanded(backend, &expanded, &mu, &rnd));
            key.verifying_key().verify_mu(&mu, &signature).is_ok()
        }
        "verify" => {
            let signature = hazmat::sign_mu(backend, &key, &mu, &rnd);
            let key = key.verifying_key();
            measured(|| {
                // mu starts with tr, a hash of the whole public key.
                black_box(hazmat::tr(backend, key));
                hazmat::verify_mu(backend, key, &mu, &signature)
            })
            .is_ok()
        }
        "verify-expanded" => {
            let signature = hazmat::sign_mu(backend, &key, &mu, &rnd);
            let expanded = hazmat::expand_verifying_key(backend, key.verifying_key());
            measured(|| hazmat::verify_mu_expanded(backend, &expanded, &mu, &signature)).is_ok()
        }
        "keygen-small" => {
            let mut made = None;
            measured(|| {
                hazmat::from_seed_small::<P, B>(backend, &seed, &mut made);
            });
            made == Some(key)
        }
        "sign-small" => {
            let mut signature = None;
            measured(|| {
                hazmat::sign_mu_small(backend, &key, &mu, &rnd, &mut signature);
            });
            signature == Some(hazmat::sign_mu(backend, &key, &mu, &rnd))
        }
        "verify-small" => {
            let signature = hazmat::sign_mu(backend, &key, &mu, &rnd);
            let key = key.verifying_key();
            measured(|| {
                black_box(hazmat::tr(backend, key)); // as in `verify`
                hazmat::verify_mu_small(backend, key, &mu, &signature)
            })
            .is_ok()
        }
        _ => return misuse("no such operation"),
    };
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
