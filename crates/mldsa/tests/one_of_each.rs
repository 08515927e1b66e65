//! One of each operation, once: the smallest test that covers all code. `checks/miri.sh` interprets it, a thousand times slower.

use mldsa::backend::{Backend, Portable};
use mldsa::{MlDsa44, Mu, Rnd, Seed, hazmat};

fn one_of_each<B: Backend>(backend: B) {
    let (seed, mu, rnd) = (Seed::from_bytes([1; 32]), Mu::from_bytes([2; 64]), Rnd::from_bytes([3; 32]));
    let key = hazmat::from_seed::<MlDsa44, B>(backend, &seed);
    let again = hazmat::from_expanded::<MlDsa44, B>(backend, key.as_expanded_bytes()).expect("consistent");
    assert!(key == again);
    let signature = hazmat::sign_mu(backend, &key, &mu, &rnd);
    let mut small = None;
    assert_eq!(hazmat::sign_mu_small(backend, &key, &mu, &rnd, &mut small).as_bytes(), signature.as_bytes());
    let public = key.verifying_key();
    assert!(hazmat::verify_mu(backend, public, &mu, &signature).is_ok());
    assert!(hazmat::verify_mu_small(backend, public, &mu, &signature).is_ok());
    let expanded = hazmat::expand_verifying_key(backend, public);
    let mut verdicts = [Ok(()); 2];
    let other = Mu::from_bytes([4; 64]);
    let batch = [(mu, &signature), (other, &signature)];
    hazmat::verify_batch(backend, &expanded, &batch, &mut verdicts);
    assert!(verdicts[0].is_ok() && verdicts[1].is_err());
}

#[test]
fn portable() {
    one_of_each(Portable);
}

#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
#[test]
fn avx2() {
    match mldsa::backend::Avx2::detect() {
        Some(backend) => one_of_each(backend),
        None => println!("skipped: this CPU lacks it"),
    }
}

#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
#[test]
fn avx512() {
    match mldsa::backend::Avx512::detect() {
        Some(backend) => one_of_each(backend),
        None => println!("skipped: this CPU lacks it"),
    }
}

#[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
#[test]
fn neon() {
    mldsa::backend::Neon::detect().into_iter().for_each(one_of_each);
}

#[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
#[test]
fn neon_sha3() {
    match mldsa::backend::NeonSha3::detect() {
        Some(backend) => one_of_each(backend),
        None => println!("skipped: this CPU lacks it"),
    }
}
