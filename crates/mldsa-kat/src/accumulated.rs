//! The accumulated hashes of C2SP CCTV: many keys and signatures in 32 bytes.
//!
//! A seed stream and an accumulator are SHAKE128 instances that start empty. For each iteration, the next 32 bytes of the
//! stream are a seed xi. Its public key and the deterministic signature of the empty message with the empty context are
//! absorbed by the accumulator. The signature must verify. `test-vectors/cctv/ACCUMULATED.md` has the details.

use mldsa::dynamic::Parameters;
use shake::{ExtendableOutput, Shake128, Update, XofReader};

use crate::scheme::{Implementation, Message, PrivateKey, PublicKey, Scheme};

/// The iterations for which CCTV publishes a value: for development, for every CI run, and for a release.
pub const PUBLISHED: [u64; 3] = [100, 10_000, 60_000_000];

/// Returns the published value for `iterations`, if there is one.
pub fn published(set: Parameters, iterations: u64) -> Option<&'static str> {
    let values = match set {
        Parameters::MlDsa44 => [
            "d51148e1f9f4fa1a723a6cf42e25f2a99eb5c1b378b3d2dbbd561b1203beeae4",
            "e7fd21f6a59bcba60d65adc44404bb29a7c00e5d8d3ec06a732c00a306a7d143",
            "080b48049257f5cd30dee17d6aa393d6c42fe52a29099df84a460ebaf4b02330",
        ],
        Parameters::MlDsa65 => [
            "8358a1843220194417cadbc2651295cd8fc65125b5a5c1a239a16dc8b57ca199",
            "5ff5e196f0b830c3b10a9eb5358e7c98a3a20136cb677f3ae3b90175c3ace329",
            "0af0165db2b180f7a83dbecad1ccb758b9c2d834b7f801fc49dd572a9d4b1e83",
        ],
        Parameters::MlDsa87 => [
            "8c3ad714777622b8f21ce31bb35f71394f23bc0fcf3c78ace5d608990f3b061b",
            "80a8cf39317f7d0be0e24972c51ac152bd2a3e09bc0c32ce29dd82c4e7385e60",
            "011166e9d5032c9bdc5c9bbb5dbb6c86df1c3d9bf3570b65ebae942dd9830057",
        ],
    };
    PUBLISHED.iter().position(|&published| published == iterations).map(|i| values[i])
}

/// Computes the hash after `iterations`, in hexadecimal.
///
/// # Errors
/// The iteration, from 0, whose signature did not verify, or the error of the implementation.
pub fn run<I: Implementation>(scheme: Scheme<I>, iterations: u64) -> Result<String, String> {
    let empty = Message::Pure { message: Vec::new(), context: Vec::new() };
    let mut seeds = Shake128::default().finalize_xof();
    let mut accumulator = Shake128::default();
    for iteration in 0..iterations {
        let mut seed = [0; 32];
        seeds.read(&mut seed);
        let key = scheme.private_key_from_seed(&seed)?;
        let public_key = key.public_key_bytes();
        let signature = key.sign(&empty, &[0; 32])?;
        if !scheme.public_key(&public_key)?.verify(&empty, &signature) {
            return Err(format!("iteration {iteration}: the signature does not verify"));
        }
        accumulator.update(&public_key);
        accumulator.update(&signature);
    }
    let mut hash = [0; 32];
    accumulator.finalize_xof().read(&mut hash);
    Ok(hex::encode(hash))
}
