//! `aws-lc-rs`, which is mldsa-native in C. Its interface has the empty context only, draws its own randomness, and has
//! neither mu nor HashML-DSA.

use aws_lc_rs::encoding::AsRawBytes;
use aws_lc_rs::signature::{
    KeyPair, ML_DSA_44, ML_DSA_44_SIGNING, ML_DSA_65, ML_DSA_65_SIGNING, ML_DSA_87, ML_DSA_87_SIGNING,
    PqdsaKeyPair, PqdsaSigningAlgorithm, PqdsaVerificationAlgorithm, UnparsedPublicKey,
};
use mldsa::dynamic::Parameters;

use super::{Answer, Library, Message};

/// AWS-LC's.
pub struct AwsLc;

const fn signing(set: Parameters) -> &'static PqdsaSigningAlgorithm {
    match set {
        Parameters::MlDsa44 => &ML_DSA_44_SIGNING,
        Parameters::MlDsa65 => &ML_DSA_65_SIGNING,
        Parameters::MlDsa87 => &ML_DSA_87_SIGNING,
    }
}

fn verifying(set: Parameters) -> &'static PqdsaVerificationAlgorithm {
    match set {
        Parameters::MlDsa44 => &ML_DSA_44,
        Parameters::MlDsa65 => &ML_DSA_65,
        Parameters::MlDsa87 => &ML_DSA_87,
    }
}

impl Library for AwsLc {
    fn name(&self) -> String {
        "aws-lc-rs 1.19.0".to_owned()
    }

    fn keygen(&self, set: Parameters, seed: &[u8; 32]) -> Answer<(Vec<u8>, Vec<u8>)> {
        let made = PqdsaKeyPair::from_seed(signing(set), seed).map_err(|error| error.to_string());
        Some(made.and_then(|key| {
            let private = key.private_key().as_raw_bytes().map_err(|error| error.to_string())?;
            Ok((key.public_key().as_ref().to_vec(), private.as_ref().to_vec()))
        }))
    }

    fn read(&self, set: Parameters, private: &[u8]) -> Answer<Vec<u8>> {
        let read = PqdsaKeyPair::from_raw_private_key(signing(set), private);
        Some(read.map(|key| key.public_key().as_ref().to_vec()).map_err(|error| error.to_string()))
    }

    fn sign(
        &self,
        set: Parameters,
        private: &[u8],
        message: &Message,
        rnd: Option<&[u8; 32]>,
    ) -> Answer<Vec<u8>> {
        let (None, Message::Pure(message, context)) = (rnd, message) else { return None };
        if !context.is_empty() {
            return None;
        }
        let sign = || {
            let key = PqdsaKeyPair::from_raw_private_key(signing(set), private)
                .map_err(|error| error.to_string())?;
            let mut signature = vec![0; signing(set).signature_len()];
            let len = key.sign(message, &mut signature).map_err(|error| error.to_string())?;
            signature.truncate(len);
            Ok(signature)
        };
        Some(sign())
    }

    fn verify(&self, set: Parameters, public: &[u8], message: &Message, signature: &[u8]) -> Option<bool> {
        match message {
            Message::Pure(message, context) if context.is_empty() => {
                Some(UnparsedPublicKey::new(verifying(set), public).verify(message, signature).is_ok())
            }
            _ => None,
        }
    }
}
