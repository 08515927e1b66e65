//! Private keys of FIPS 204: an expanded one that is accepted is canonical and signs for its public key.

use crate::back_ends::{BACK_ENDS, Question, one_of};
use crate::claims::claim;
use crate::question;
use crate::script::fitted;
use mldsa::backend::Backend;
use mldsa::dynamic::{AnySigningKey, Parameters};
use mldsa::{Context, ParameterSet, Rnd, Seed, hazmat};

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "mldsa keys: an accepted expanded key, written, is the same",
    "mldsa keys: another length is refused",
    "mldsa keys: back ends and schedules accept the same, and find the same public key",
    "mldsa keys: its public key verifies what it signs",
    "mldsa keys: the expanded key of a seed is accepted, and is the same key",
    "mldsa keys: printed, it shows nothing of itself",
];

/// The longest input, in bytes.
pub const MAX_LEN: usize = 4899;

/// Each back end with each schedule; and what is signed verifies.
pub const QUESTIONS: u8 = 2 * BACK_ENDS + 1;

/// From this value on of the byte for the parameter set, an expanded key is taken as it is; below it, it is given its right
/// length.
const AS_IT_IS: u8 = 192;

/// The question; a byte for the parameter set; then a seed if there are exactly 32 bytes, or an expanded key.
pub fn run(data: &[u8]) {
    let Some((question, data)) = question(data, QUESTIONS) else { return };
    let Some((set, bytes)) = data.split_first() else { return };
    let parameters = Parameters::ALL[usize::from(set % 3)];
    let signs = question == 2 * BACK_ENDS;
    if let Ok(seed) = <[u8; 32]>::try_from(bytes) {
        let key = AnySigningKey::from_seed(parameters, &Seed::from_bytes(seed));
        if signs {
            return check(&key);
        }
        let expected = Some(key.verifying_key().as_bytes().to_vec());
        let back = one_of(parameters, &Expanded(key.as_expanded_bytes(), question / BACK_ENDS), question);
        let same = back.is_none_or(|back| back == expected);
        claim("mldsa keys: the expanded key of a seed is accepted, and is the same key", same);
        return;
    }
    let fitted = fitted(bytes, parameters.expanded_key_len());
    let bytes = if *set < AS_IT_IS && !bytes.is_empty() { &fitted[..] } else { bytes };
    let key = AnySigningKey::from_expanded(parameters, bytes);
    if bytes.len() != parameters.expanded_key_len() {
        claim("mldsa keys: another length is refused", key.is_err());
        return;
    }
    if let (true, Ok(key)) = (signs, &key) {
        claim("mldsa keys: an accepted expanded key, written, is the same", key.as_expanded_bytes() == bytes);
        return check(key);
    }
    let expected = key.ok().map(|key| key.verifying_key().as_bytes().to_vec());
    let answer = one_of(parameters, &Expanded(bytes, question / BACK_ENDS), question);
    let agree = answer.is_none_or(|answer| answer == expected);
    claim("mldsa keys: back ends and schedules accept the same, and find the same public key", agree);
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

/// An expanded key, and the schedule: 0, or 1 for the one with little memory.
struct Expanded<'a>(&'a [u8], u8);

impl Question for Expanded<'_> {
    type Answer = Option<Vec<u8>>;

    fn ask<P: ParameterSet, B: Backend>(&self, backend: B) -> Self::Answer {
        let public = |key: &mldsa::SigningKey<P>| key.verifying_key().as_bytes().to_vec();
        if self.1 == 0 {
            return hazmat::from_expanded::<P, B>(backend, self.0).ok().as_ref().map(public);
        }
        let mut room = None;
        hazmat::from_expanded_small::<P, B>(backend, self.0, &mut room).ok().map(public)
    }
}
