//! The accumulated hashes of CCTV, 100 iterations of each set on every back end.
//!
//! `mldsa-kat accumulated --iterations 10000` runs more iterations, in release mode.

mod common;

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use mldsa::dynamic::Parameters;
use mldsa_kat::accumulated::{self, Failure, State};
use mldsa_kat::backend::Kernels;
use mldsa_kat::error::{Error, Malformed};
use mldsa_kat::implementation::{MldsaPrivateKey, MldsaPublicKey};
use mldsa_kat::scheme::{Implementation, Message, PrivateKey, Scheme};

use common::{back_ends, path};

fn hundred(set: Parameters) {
    for (backend, kernels) in back_ends() {
        let hash = accumulated::run(Scheme::new(set, kernels), 100).unwrap();
        println!("{backend:?} {set} 100 iterations: {hash}");
        assert_eq!(Some(hash.as_str()), accumulated::published(set, 100), "{backend:?}");
    }
}

#[test]
fn hundred_iterations_of_ml_dsa_44() {
    hundred(Parameters::MlDsa44);
}

#[test]
fn hundred_iterations_of_ml_dsa_65() {
    hundred(Parameters::MlDsa65);
}

#[test]
fn hundred_iterations_of_ml_dsa_87() {
    hundred(Parameters::MlDsa87);
}

/// Kills: seeds or outputs out of order, a chunk that is lost or done twice, an end in the middle of a chunk, and progress that
/// does not count the work done.
#[test]
fn the_hash_does_not_depend_on_the_number_of_threads() {
    let scheme = Scheme::new(Parameters::MlDsa44, Kernels::Auto);
    for iterations in [0, 1, 64, 100, 385] {
        let one = accumulated::run(scheme, iterations).unwrap();
        for jobs in [1, 2, 3, 40] {
            let mut steps = Vec::new();
            let jobs = NonZeroUsize::new(jobs).unwrap();
            let mut progress = |state: &State| {
                steps.push(state.iterations);
                Ok(())
            };
            let state =
                accumulated::run_parallel(scheme, State::default(), iterations, jobs, &mut progress).unwrap();
            assert_eq!(state.hash(), one, "{iterations} iterations on {jobs} threads");
            let chunks: Vec<_> = (1..=iterations.div_ceil(64)).map(|n| (n * 64).min(iterations)).collect();
            assert_eq!(steps, chunks, "{iterations} iterations on {jobs} threads");
        }
    }
}

/// Kills: seeds that restart, and an incomplete state. Each run continues where the previous one stopped: at an error of
/// `progress`, with chunks still waiting.
#[test]
fn a_run_goes_on_from_any_state() {
    let scheme = Scheme::new(Parameters::MlDsa44, Kernels::Auto);
    let jobs = NonZeroUsize::new(3).unwrap();
    let mut state = State::default();
    let mut seen = 0;
    while seen < 300 {
        let mut reached = None;
        let mut stop = |state: &State| {
            reached = Some(state.clone());
            Err(Error::malformed(Path::new("stop"))(Malformed::new("", "")))
        };
        let failure = accumulated::run_parallel(scheme, state, 300, jobs, &mut stop).unwrap_err();
        assert!(matches!(failure, Failure::Progress(_)), "{failure}");
        state = reached.unwrap();
        assert!(state.iterations > seen, "{seen}");
        seen = state.iterations;
    }
    assert_eq!(state.hash(), accumulated::run(scheme, 300).unwrap());
}

/// An implementation whose signatures are wrong from the 101st key on.
#[derive(Clone, Copy)]
struct Wrong<'a>(&'a AtomicU64);

struct WrongKey(MldsaPrivateKey, bool);

impl Implementation for Wrong<'_> {
    type PrivateKey = WrongKey;
    type PublicKey = MldsaPublicKey;

    fn private_key_from_seed(self, set: Parameters, seed: &[u8]) -> Result<WrongKey, String> {
        let wrong = self.0.fetch_add(1, Ordering::Relaxed) >= 100;
        Ok(WrongKey(Kernels::Auto.private_key_from_seed(set, seed)?, wrong))
    }

    fn private_key_from_expanded(self, _: Parameters, _: &[u8]) -> Result<WrongKey, String> {
        Err("not used".to_owned())
    }

    fn public_key(self, set: Parameters, bytes: &[u8]) -> Result<MldsaPublicKey, String> {
        Kernels::Auto.public_key(set, bytes)
    }
}

impl PrivateKey for WrongKey {
    fn expanded_bytes(&self) -> Vec<u8> {
        self.0.expanded_bytes()
    }

    fn public_key_bytes(&self) -> Vec<u8> {
        self.0.public_key_bytes()
    }

    fn mu(&self, message: &Message) -> Result<[u8; 64], String> {
        self.0.mu(message)
    }

    fn sign(&self, message: &Message, rnd: &[u8; 32]) -> Result<Vec<u8>, String> {
        let mut signature = self.0.sign(message, rnd)?;
        signature[0] ^= u8::from(self.1);
        Ok(signature)
    }
}

/// Kills: an error of a thread that is lost, and a run that hangs after one.
#[test]
fn a_wrong_signature_is_an_error_on_any_number_of_threads() {
    for jobs in [1, 2, 5] {
        let keys = AtomicU64::new(0);
        let scheme = Scheme::new(Parameters::MlDsa44, Wrong(&keys));
        let jobs = NonZeroUsize::new(jobs).unwrap();
        let failure =
            accumulated::run_parallel(scheme, State::default(), 1000, jobs, &mut |_| Ok(())).unwrap_err();
        let Failure::Iteration(error) = failure else { panic!("{failure}") };
        assert!(error.ends_with(": the signature does not verify"), "{error}");
        assert!(keys.load(Ordering::Relaxed) < 1000, "the run ends early");
        if jobs.get() == 1 {
            assert!(error.starts_with("iteration 100:"), "{error}");
        }
    }
}

/// The values in the program are those in the document.
#[test]
fn the_published_values_are_those_of_the_document() {
    let document = std::fs::read_to_string(path("cctv/ACCUMULATED.md")).unwrap();
    for set in Parameters::ALL {
        for (iterations, shown) in accumulated::PUBLISHED.into_iter().zip(["100", "10,000", "60,000,000"]) {
            let value = accumulated::published(set, iterations).unwrap();
            assert!(document.contains(&format!("| {set} | {shown} | `{value}` |")), "{set} {iterations}");
        }
        assert_eq!(accumulated::published(set, 101), None);
    }
}
