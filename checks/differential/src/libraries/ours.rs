//! This repository's, on one back end, as `mldsa-kat` runs it.

use mldsa::dynamic::Parameters;
use mldsa_kat::backend::Kernels;
use mldsa_kat::scheme::{Implementation, Message as KatMessage, PrivateKey, PublicKey};

use super::{Answer, Library, Message};

/// Our `mldsa`.
pub struct Ours {
    /// Its back end.
    pub kernels: Kernels,
    /// Whether its answers are spoiled: the comparison must notice.
    pub sabotage: bool,
}

impl Ours {
    fn spoil(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        if self.sabotage
            && let Some(byte) = bytes.last_mut()
        {
            *byte ^= 1;
        }
        bytes
    }
}

impl Library for Ours {
    fn name(&self) -> String {
        format!("ours, {}", format!("{:?}", self.kernels).split('(').next().unwrap_or("").to_lowercase())
    }

    fn keygen(&self, set: Parameters, seed: &[u8; 32]) -> Answer<(Vec<u8>, Vec<u8>)> {
        let key = self.kernels.private_key_from_seed(set, seed);
        Some(key.map(|key| (self.spoil(key.public_key_bytes()), key.expanded_bytes())))
    }

    fn read(&self, set: Parameters, private: &[u8]) -> Answer<Vec<u8>> {
        let key = self.kernels.private_key_from_expanded(set, private);
        Some(key.map(|key| self.spoil(key.public_key_bytes())))
    }

    fn sign(
        &self,
        set: Parameters,
        private: &[u8],
        message: &Message,
        rnd: Option<&[u8; 32]>,
    ) -> Answer<Vec<u8>> {
        let rnd = rnd?; // it draws none by itself
        let key = self.kernels.private_key_from_expanded(set, private);
        Some(key.and_then(|key| key.sign(&kat(message), rnd)).map(|signature| self.spoil(signature)))
    }

    fn verify(&self, set: Parameters, public: &[u8], message: &Message, signature: &[u8]) -> Option<bool> {
        let key = self.kernels.public_key(set, public);
        Some(key.is_ok_and(|key| key.verify(&kat(message), signature)) != self.sabotage)
    }
}

fn kat(message: &Message) -> KatMessage {
    match message.clone() {
        Message::Pure(message, context) => KatMessage::Pure { message, context },
        Message::PreHash(hash, message, context) => KatMessage::PreHash { hash, message, context },
        Message::Mu(mu) => KatMessage::Mu(mu),
    }
}
