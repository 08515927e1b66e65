//! `fips204`. Its functions on mu are behind a feature for NIST's tests, which is on here.

use fips204::traits::{KeyGen, SerDes, Signer, Verifier};
use mldsa::dynamic::Parameters;
use mldsa_kat::prehash::HashAlg;

use super::{Answer, Library, Message};

/// fips204's.
pub struct Fips204;

/// DER of a hash function's object identifier, 2.16.840.1.101.3.4.2.x.
fn oid(hash: HashAlg) -> [u8; 11] {
    let last = match hash {
        HashAlg::Sha2_256 => 1,
        HashAlg::Sha2_384 => 2,
        HashAlg::Sha2_512 => 3,
        HashAlg::Sha2_224 => 4,
        HashAlg::Sha2_512_224 => 5,
        HashAlg::Sha2_512_256 => 6,
        HashAlg::Sha3_224 => 7,
        HashAlg::Sha3_256 => 8,
        HashAlg::Sha3_384 => 9,
        HashAlg::Sha3_512 => 10,
        HashAlg::Shake128 => 11,
        HashAlg::Shake256 => 12,
    };
    [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last]
}

impl Library for Fips204 {
    fn name(&self) -> String {
        "fips204 0.5.0".to_owned()
    }

    fn keygen(&self, set: Parameters, seed: &[u8; 32]) -> Answer<(Vec<u8>, Vec<u8>)> {
        Some(Ok(with_set!(fips204, set, ml_dsa => {
            let (public, private) = ml_dsa::KG::keygen_from_seed(seed);
            (public.into_bytes().to_vec(), private.into_bytes().to_vec())
        })))
    }

    fn read(&self, set: Parameters, private: &[u8]) -> Answer<Vec<u8>> {
        Some(with_set!(fips204, set, ml_dsa => {
            let read = private.try_into().map_err(|_| "length").and_then(ml_dsa::PrivateKey::try_from_bytes);
            read.map(|key| key.get_public_key().into_bytes().to_vec()).map_err(str::to_owned)
        }))
    }

    fn sign(
        &self,
        set: Parameters,
        private: &[u8],
        message: &Message,
        rnd: Option<&[u8; 32]>,
    ) -> Answer<Vec<u8>> {
        let rnd = rnd?;
        with_set!(fips204, set, ml_dsa => {
            let read = private.try_into().map_err(|_| "length").and_then(ml_dsa::PrivateKey::try_from_bytes);
            let key = match read {
                Ok(key) => key,
                Err(error) => return Some(Err(error.to_owned())),
            };
            let signed = match message {
                Message::Pure(message, context) => key.try_sign_with_seed(rnd, message, context),
                Message::PreHash(hash, message, context) => {
                    key.try_hash_sign_with_seed(rnd, &hash.digest(message), context, &oid(*hash))
                }
                Message::Mu(_) => return None, // wants a generator of another rand_core
            };
            Some(signed.map(|signature| signature.to_vec()).map_err(str::to_owned))
        })
    }

    fn verify(&self, set: Parameters, public: &[u8], message: &Message, signature: &[u8]) -> Option<bool> {
        with_set!(fips204, set, ml_dsa => {
            let (Ok(public), Ok(signature)) = (public.try_into(), signature.try_into()) else {
                return Some(false);
            };
            let Ok(key) = ml_dsa::PublicKey::try_from_bytes(public) else { return Some(false) };
            Some(match message {
                Message::Pure(message, context) => key.verify(message, signature, context),
                Message::PreHash(hash, message, context) => {
                    key.hash_verify(&hash.digest(message), signature, context, &oid(*hash))
                }
                #[allow(deprecated, reason = "for tests like this one")]
                Message::Mu(mu) => key.verify_mu(mu, signature),
            })
        })
    }
}
