//! The keys, messages and signatures that every library gets. Made by this repository's portable back end;
//! [`agreement`](crate::agreement) then finds out whether the others see them the same way.

use mldsa::backend::Portable;
use mldsa::{Context, MlDsa44, MlDsa65, MlDsa87, Mu, ParameterSet, Rnd, Seed, Signature, SigningKey, hazmat};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// A parameter set, for those libraries that have a module or a constant for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Set {
    /// ML-DSA-44
    #[serde(rename = "ML-DSA-44")]
    MlDsa44,
    /// ML-DSA-65
    #[serde(rename = "ML-DSA-65")]
    MlDsa65,
    /// ML-DSA-87
    #[serde(rename = "ML-DSA-87")]
    MlDsa87,
}

impl Set {
    /// All three.
    pub const ALL: [Self; 3] = [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    /// The name in FIPS 204.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MlDsa44 => MlDsa44::NAME,
            Self::MlDsa65 => MlDsa65::NAME,
            Self::MlDsa87 => MlDsa87::NAME,
        }
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is measured with: all public, all the same for each library.
#[derive(Debug)]
pub struct Inputs {
    /// The parameter set.
    pub set: Set,
    /// For key generation: 64 seeds, the first all zero.
    pub seeds: Vec<[u8; 32]>,
    /// The public key of each seed.
    pub public_keys: Vec<Vec<u8>>,
    /// The expanded private key of the all-zero seed.
    pub signing_key: Vec<u8>,
    /// Its public key.
    pub public_key: Vec<u8>,
    /// CCTV's benchmark messages: together they need as many attempts as the average message does. Then one more.
    pub messages: Vec<Vec<u8>>,
    /// Their deterministic signatures (rnd all zero) with an empty context. The last belongs to the first message,
    /// so that the pair is a forgery.
    pub signatures: Vec<Vec<u8>>,
}

impl Inputs {
    /// How many of the messages were really signed: all but the last.
    pub fn signed(&self) -> usize {
        self.messages.len() - 1
    }

    /// Reads the messages of `set` from `ML-DSA-*.json` in `folder` and makes the rest.
    ///
    /// # Errors
    /// The file cannot be read, or is not a list of texts.
    pub fn read(set: Set, folder: &Path) -> Result<Self, String> {
        let path = folder.join(format!("{}.json", set.name()));
        let what = |error: &dyn fmt::Display| format!("{}: {error}", path.display());
        let json = std::fs::read_to_string(&path).map_err(|error| what(&error))?;
        let texts: Vec<String> = serde_json::from_str(&json).map_err(|error| what(&error))?;
        if texts.is_empty() {
            return Err(what(&"no messages"));
        }
        let messages = texts.into_iter().map(String::into_bytes).collect();
        Ok(match set {
            Set::MlDsa44 => Self::make::<MlDsa44>(set, messages),
            Set::MlDsa65 => Self::make::<MlDsa65>(set, messages),
            Set::MlDsa87 => Self::make::<MlDsa87>(set, messages),
        })
    }

    fn make<P: ParameterSet>(set: Set, mut messages: Vec<Vec<u8>>) -> Self {
        let seeds: Vec<[u8; 32]> = (0..64).map(|i| [i; 32]).collect();
        let keys: Vec<SigningKey<P>> =
            seeds.iter().map(|seed| hazmat::from_seed(Portable, &Seed::from_bytes(*seed))).collect();
        let key = &keys[0];
        let sign = |message: &Vec<u8>| -> Signature<P> {
            let mu = Mu::of_message(key.tr(), Context::EMPTY, message);
            hazmat::sign_mu(Portable, key, &mu, &Rnd::DETERMINISTIC)
        };
        let mut signatures: Vec<Vec<u8>> =
            messages.iter().map(|message| sign(message).as_bytes().to_vec()).collect();
        signatures.push(signatures[0].clone());
        messages.push(b"another message".to_vec());
        Self {
            set,
            public_keys: keys.iter().map(|key| key.verifying_key().as_bytes().to_vec()).collect(),
            signing_key: key.as_expanded_bytes().to_vec(),
            public_key: key.verifying_key().as_bytes().to_vec(),
            seeds,
            messages,
            signatures,
        }
    }
}
