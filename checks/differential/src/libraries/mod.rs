//! What is compared: one file a library, all behind [`Library`].

/// Runs an expression with the module of one set as `set`, for crates that have a module for each.
macro_rules! with_set {
    ($krate:ident, $parameters:expr, $set:ident => $body:expr) => {
        match $parameters {
            Parameters::MlDsa44 => {
                use ::$krate::ml_dsa_44 as $set;
                $body
            }
            Parameters::MlDsa65 => {
                use ::$krate::ml_dsa_65 as $set;
                $body
            }
            Parameters::MlDsa87 => {
                use ::$krate::ml_dsa_87 as $set;
                $body
            }
        }
    };
}

mod aws_lc;
mod fips204;
mod libcrux;
mod ours;
mod rust_crypto;

use clap::ValueEnum;
use mldsa::dynamic::Parameters;
use mldsa_kat::backend::Backend;
use mldsa_kat::prehash::HashAlg;

/// What is signed.
#[derive(Clone, Debug)]
pub enum Message {
    /// ML-DSA of a message under a context.
    Pure(Vec<u8>, Vec<u8>),
    /// HashML-DSA of a message under a context.
    PreHash(HashAlg, Vec<u8>, Vec<u8>),
    /// A mu.
    Mu([u8; 64]),
}

/// What a library answers; nothing (`None` around it) if it has no such function.
pub type Answer<T> = Option<Result<T, String>>;

/// One implementation of ML-DSA, for all sets. Keys and signatures go in and out as bytes of any length.
pub trait Library {
    /// For the report.
    fn name(&self) -> String;

    /// The public and the expanded private key of a seed.
    fn keygen(&self, set: Parameters, seed: &[u8; 32]) -> Answer<(Vec<u8>, Vec<u8>)>;

    /// The public key of an expanded private key, or why it is refused.
    fn read(&self, set: Parameters, private: &[u8]) -> Answer<Vec<u8>>;

    /// Signs with `rnd`; without it, with randomness of its own.
    fn sign(
        &self,
        set: Parameters,
        private: &[u8],
        message: &Message,
        rnd: Option<&[u8; 32]>,
    ) -> Answer<Vec<u8>>;

    /// Whether it accepts.
    fn verify(&self, set: Parameters, public: &[u8], message: &Message, signature: &[u8]) -> Option<bool>;
}

/// All libraries: first ours as it chooses by itself, then ours on each back end that this processor has, then the others.
/// Those of ours whose names begin with `sabotage` answer wrong.
pub fn all(sabotage: Option<&str>) -> Vec<Box<dyn Library>> {
    let mut libraries: Vec<Box<dyn Library>> = Vec::new();
    for backend in Backend::value_variants() {
        match backend.kernels() {
            Ok(kernels) => {
                let mut ours = ours::Ours { kernels, sabotage: false };
                ours.sabotage = sabotage.is_some_and(|name| ours.name().starts_with(name));
                libraries.push(Box::new(ours));
            }
            Err(unavailable) => println!("not run: {unavailable}"),
        }
    }
    libraries.push(Box::new(rust_crypto::RustCrypto));
    libraries.push(Box::new(fips204::Fips204));
    libraries.push(Box::new(aws_lc::AwsLc));
    libraries.push(Box::new(libcrux::Libcrux));
    libraries
}
