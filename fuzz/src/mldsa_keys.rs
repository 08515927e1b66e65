//! Private keys of FIPS 204: an expanded one that is accepted is canonical and signs for its public key.

use crate::back_ends::{Question, each};
use crate::claims::claim;
use mldsa::backend::Backend;
use mldsa::dynamic::{AnySigningKey, Parameters};
use mldsa::{Context, MlDsa44, MlDsa65, MlDsa87, ParameterSet, Rnd, Seed, hazmat};

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "mldsa keys: an accepted expanded key, written, is the same",
    "mldsa keys: another length is refused",
    "mldsa keys: back ends and schedules accept the same, and find the same public key",
    "mldsa keys: its public key verifies what it signs",
    "mldsa keys: the expanded key of a seed is accepted, and is the same key",
    "mldsa keys: printed, it shows nothing of itself",
];

/// The first byte chooses the parameter set; then a seed if there are exactly 32 bytes, or an expanded key.
pub fn run(data: &[u8]) {
    let Some((set, bytes)) = data.split_first() else { return };
    let parameters = Parameters::ALL[usize::from(set % 3)];
    if let Ok(seed) = <[u8; 32]>::try_from(bytes) {
        let key = AnySigningKey::from_seed(parameters, &Seed::from_bytes(seed));
        let back = AnySigningKey::from_expanded(parameters, key.as_expanded_bytes());
        let same = back.is_ok_and(|back| back.verifying_key() == key.verifying_key());
        claim("mldsa keys: the expanded key of a seed is accepted, and is the same key", same);
        check(&key);
        return;
    }
    let key = AnySigningKey::from_expanded(parameters, bytes);
    if bytes.len() != parameters.expanded_key_len() {
        claim("mldsa keys: another length is refused", key.is_err());
        return;
    }
    let expected = key.as_ref().ok().map(|key| key.verifying_key().as_bytes().to_vec());
    let question = Expanded(bytes);
    let answers = match parameters {
        Parameters::MlDsa44 => each::<MlDsa44, _>(&question),
        Parameters::MlDsa65 => each::<MlDsa65, _>(&question),
        Parameters::MlDsa87 => each::<MlDsa87, _>(&question),
    };
    let agree = answers.iter().flatten().all(|answer| *answer == expected);
    claim("mldsa keys: back ends and schedules accept the same, and find the same public key", agree);
    if let Ok(key) = key {
        claim("mldsa keys: an accepted expanded key, written, is the same", key.as_expanded_bytes() == bytes);
        check(&key);
    }
}

fn check(key: &AnySigningKey) {
    let signature = key.sign(b"message", Context::EMPTY, &Rnd::DETERMINISTIC);
    let good = key.verifying_key().verify(b"message", Context::EMPTY, signature.as_bytes()).is_ok();
    claim("mldsa keys: its public key verifies what it signs", good);
    // A number of two digits and more in what is printed would be a byte of something.
    let shown = format!("{key:?}").replace("MlDsa", "").replace("ML-DSA-", "");
    let shows = shown.chars().filter(char::is_ascii_digit).count();
    claim("mldsa keys: printed, it shows nothing of itself", shown.len() < 100 && shows <= 4);
}

struct Expanded<'a>(&'a [u8]);

impl Question for Expanded<'_> {
    type Answer = [Option<Vec<u8>>; 2];

    fn ask<P: ParameterSet, B: Backend>(&self, backend: B) -> Self::Answer {
        let public = |key: &mldsa::SigningKey<P>| key.verifying_key().as_bytes().to_vec();
        let mut room = None;
        [
            hazmat::from_expanded::<P, B>(backend, self.0).ok().as_ref().map(public),
            hazmat::from_expanded_small::<P, B>(backend, self.0, &mut room).ok().map(public),
        ]
    }
}
