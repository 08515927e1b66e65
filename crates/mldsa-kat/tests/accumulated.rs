//! The accumulated hashes of CCTV, 100 iterations of each set on every back end.
//!
//! `mldsa-kat accumulated --iterations 10000` runs more iterations, in release mode.

mod common;

use mldsa::dynamic::Parameters;
use mldsa_kat::accumulated;
use mldsa_kat::scheme::Scheme;

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
