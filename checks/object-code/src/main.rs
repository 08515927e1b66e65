//! Runs every operation on every back end, so that the compiler keeps all kernels. `checks/object-code.sh` reads the machine
//! code of this program. Prints one line for each parameter set and back end.

#[cfg(target_arch = "x86_64")]
use mldsa::backend::{Avx2, Avx512};
use mldsa::backend::{Backend, Portable};
#[cfg(target_arch = "aarch64")]
use mldsa::backend::{Neon, NeonSha3};
use mldsa::{Context, MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed, SigningKey, hazmat};

/// Whether everything that was signed verifies.
fn every_operation<P: ParameterSet, B: Backend>(backend: B) -> bool {
    let seed = Seed::from_bytes([7; 32]);
    let key: SigningKey<P> = hazmat::from_seed(backend, &seed);
    let Ok(key) = hazmat::from_expanded::<P, B>(backend, key.as_expanded_bytes()) else { return false };
    let expanded = hazmat::expand_signing_key(backend, &key);
    let verifying = hazmat::expand_verifying_key(backend, key.verifying_key());
    let mu = Mu::from_bytes([1; 64]);
    let rnd = Rnd::from_bytes([2; 32]);
    let mut small = None;
    let small = hazmat::sign_mu_small::<P, B>(backend, &key, &mu, &rnd, &mut small);
    let signatures =
        [hazmat::sign_mu(backend, &key, &mu, &rnd), hazmat::sign_mu_expanded(backend, &expanded, &mu, &rnd)];
    let mut verdicts = [Ok(()); 2];
    let batch = signatures.each_ref().map(|signature| (Mu::from_bytes([1; 64]), signature));
    hazmat::verify_batch::<P, B>(backend, &verifying, &batch, &mut verdicts);
    verdicts.iter().all(Result::is_ok)
        && hazmat::verify_mu::<P, B>(backend, key.verifying_key(), &mu, small).is_ok()
        && hazmat::verify_mu_small::<P, B>(backend, key.verifying_key(), &mu, small).is_ok()
        && hazmat::verify::<P, B>(backend, key.verifying_key(), b"", Context::EMPTY, small).is_err()
}

fn on<B: Backend>() -> bool {
    let Some(backend) = B::detect() else { return true };
    let good = [
        every_operation::<MlDsa44, B>(backend),
        every_operation::<MlDsa65, B>(backend),
        every_operation::<MlDsa87, B>(backend),
    ];
    println!("{}: {good:?}", B::NAME);
    good == [true; 3]
}

fn main() -> std::process::ExitCode {
    #[cfg(target_arch = "x86_64")]
    let good = [on::<Portable>(), on::<Avx2>(), on::<Avx512>()];
    #[cfg(target_arch = "aarch64")]
    let good = [on::<Portable>(), on::<Neon>(), on::<NeonSha3>()];
    if good == [true; 3] { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}
