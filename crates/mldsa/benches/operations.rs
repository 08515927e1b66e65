//! Key generation, signing and verification of each parameter set on each back end that the CPU supports.
//!
//! ```sh
//! cargo bench -p modsig-mldsa --bench operations -- ML-DSA-65/sign
//! ```
//!
//! Signing cycles through 64 messages, because the number of attempts differs between messages. For a comparison with other
//! libraries, on messages that CCTV provides for this purpose, see `benches/peers`.

#![allow(missing_docs)] // the function that `criterion_group` makes

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use mldsa::backend::{Backend, Portable};
use mldsa::{Context, MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed, hazmat};

fn operations(criterion: &mut Criterion) {
    of_set::<MlDsa44>(criterion);
    of_set::<MlDsa65>(criterion);
    of_set::<MlDsa87>(criterion);
}

fn of_set<P: ParameterSet>(criterion: &mut Criterion) {
    for operation in OPERATIONS {
        let mut group = criterion.benchmark_group(format!("{}/{operation}", P::NAME));
        on::<P, _>(&mut group, operation, Some(Portable));
        #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
        {
            on::<P, _>(&mut group, operation, mldsa::backend::Avx2::detect());
            on::<P, _>(&mut group, operation, mldsa::backend::Avx512::detect());
        }
        #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
        {
            on::<P, _>(&mut group, operation, mldsa::backend::Neon::detect());
            on::<P, _>(&mut group, operation, mldsa::backend::NeonSha3::detect());
        }
        group.finish();
    }
}

const OPERATIONS: [&str; 5] = ["keygen", "sign", "sign-expanded", "verify", "verify-expanded"];

/// Each closure is called with the next number in each iteration.
fn on<P: ParameterSet, B: Backend>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    operation: &str,
    backend: Option<B>,
) {
    let Some(backend) = backend else {
        eprintln!("{}: this CPU cannot run it", B::NAME);
        return;
    };
    let key = hazmat::from_seed::<P, B>(backend, &Seed::from_bytes([0; 32]));
    let public = key.verifying_key().clone();
    let mus: Vec<Mu> = (0..64u8).map(|i| Mu::of_message(key.tr(), Context::EMPTY, &[i])).collect();
    let mut mus = mus.iter().cycle();
    let mut mu = move || *mus.next().expect("a cycle of 64 does not end");
    let first = mu();
    let signature = hazmat::sign_mu(backend, &key, &first, &Rnd::DETERMINISTIC);

    group.bench_function(B::NAME, |bencher| match operation {
        "keygen" => {
            let mut seeds = (0..=u8::MAX).cycle();
            bencher.iter(|| {
                let seed = [seeds.next().expect("a cycle of 256 does not end"); 32];
                hazmat::from_seed::<P, B>(backend, &Seed::from_bytes(seed))
            });
        }
        "sign" => bencher.iter(|| hazmat::sign_mu(backend, &key, &mu(), &Rnd::DETERMINISTIC)),
        "sign-expanded" => {
            let key = hazmat::expand_signing_key(backend, &key);
            bencher.iter(|| hazmat::sign_mu_expanded(backend, &key, &mu(), &Rnd::DETERMINISTIC));
        }
        "verify" => bencher.iter(|| {
            let tr = hazmat::tr(backend, &public);
            let mu = Mu::of_message(&tr, Context::EMPTY, &[0]);
            hazmat::verify_mu(backend, &public, &mu, &signature)
        }),
        "verify-expanded" => {
            let key = hazmat::expand_verifying_key(backend, &public);
            bencher.iter(|| hazmat::verify_mu_expanded(backend, &key, &first, &signature));
        }
        _ => unreachable!("all of OPERATIONS have an arm"),
    });
}

criterion_group!(benches, operations);
criterion_main!(benches);
