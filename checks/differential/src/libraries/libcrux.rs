//! `libcrux-ml-dsa`: Rust whose portable code is verified with F*; AVX2 where the processor has it. Its keys are encoded bytes,
//! of which it reads no public key; HashML-DSA with SHAKE128 only; no mu.

use libcrux_ml_dsa::{MLDSASignature, MLDSASigningKey, MLDSAVerificationKey};
use mldsa::dynamic::Parameters;
use mldsa_kat::prehash::HashAlg;

use super::{Answer, Library, Message};

/// libcrux's.
pub struct Libcrux;

impl Library for Libcrux {
    fn name(&self) -> String {
        "libcrux-ml-dsa 0.0.11".to_owned()
    }

    fn keygen(&self, set: Parameters, seed: &[u8; 32]) -> Answer<(Vec<u8>, Vec<u8>)> {
        Some(Ok(with_set!(libcrux_ml_dsa, set, ml_dsa => {
            let pair = ml_dsa::generate_key_pair(*seed);
            (pair.verification_key.as_slice().to_vec(), pair.signing_key.as_slice().to_vec())
        })))
    }

    fn read(&self, _: Parameters, _: &[u8]) -> Answer<Vec<u8>> {
        None
    }

    fn sign(
        &self,
        set: Parameters,
        private: &[u8],
        message: &Message,
        rnd: Option<&[u8; 32]>,
    ) -> Answer<Vec<u8>> {
        let rnd = *rnd?;
        with_set!(libcrux_ml_dsa, set, ml_dsa => {
            let Ok(key) = private.try_into().map(MLDSASigningKey::new) else {
                return Some(Err("length".to_owned()));
            };
            let signed = match message {
                Message::Pure(message, context) => ml_dsa::sign(&key, message, context, rnd),
                Message::PreHash(HashAlg::Shake128, message, context) => {
                    ml_dsa::sign_pre_hashed_shake128(&key, message, context, rnd)
                }
                Message::PreHash(..) | Message::Mu(_) => return None,
            };
            Some(signed.map(|signature| signature.as_slice().to_vec()).map_err(|error| format!("{error:?}")))
        })
    }

    fn verify(&self, set: Parameters, public: &[u8], message: &Message, signature: &[u8]) -> Option<bool> {
        with_set!(libcrux_ml_dsa, set, ml_dsa => {
            let (Ok(public), Ok(signature)) = (public.try_into(), signature.try_into()) else {
                return Some(false);
            };
            let (public, signature) = (MLDSAVerificationKey::new(public), MLDSASignature::new(signature));
            let verdict = match message {
                Message::Pure(message, context) => ml_dsa::verify(&public, message, context, &signature),
                Message::PreHash(HashAlg::Shake128, message, context) => {
                    ml_dsa::verify_pre_hashed_shake128(&public, message, context, &signature)
                }
                Message::PreHash(..) | Message::Mu(_) => return None,
            };
            Some(verdict.is_ok())
        })
    }
}
