//! Public keys: ML-DSA, RSA and ECDSA. Reads SubjectPublicKeyInfo and verifies signatures.
//!
//! This module decides only whether a signature verifies, including algorithms that no policy accepts (SHA-1,
//! RSA-1024): the strict verifier in [`crate::verdict`] refuses those by name, and the kernel model in
//! [`crate::kernel`] accepts them as Linux does.

mod ec;
mod error;
mod rsa;

use core::fmt;

use der::asn1::ObjectIdentifier;
use mldsa::Context;
use mldsa::dynamic::AnyVerifyingKey;

use crate::algorithm::{Digest, Signature};
use crate::asn1::{AlgorithmIdentifier, DerError, DerProblem, Walk, tag, write};

pub use ec::{Curve, EcPublicKey};
pub(crate) use ec::{are_scalars, fixed_len, name_of_curve};
pub use error::{BadSignature, PublicKeyError};
pub use rsa::RsaPublicKey;
pub(crate) use rsa::digest_info_prefix;

/// The message for parameters in an ML-DSA AlgorithmIdentifier.
pub(crate) const fn parameters_text(null: bool) -> &'static str {
    match null {
        true => "the parameters are NULL, but RFC 9881 requires them absent",
        false => "there are parameters, but RFC 9881 requires them absent",
    }
}

/// The longest RSA modulus that is read, in bits.
const MAX_RSA_BITS: usize = 16_384;

/// A public key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKey {
    /// ML-DSA (FIPS 204, RFC 9881).
    MlDsa(Box<AnyVerifyingKey>),
    /// RSA, for PKCS#1 v1.5 signatures (RFC 8017 §8.2).
    Rsa(Box<RsaPublicKey>),
    /// A key on one of the curves P-256, P-384, P-521, for ECDSA (FIPS 186-5 §6).
    Ec(Box<EcPublicKey>),
    /// Another algorithm or curve: recognised but not supported.
    Other {
        /// The OID of the algorithm, or of the curve.
        oid: ObjectIdentifier,
        /// Its name, or the digits of the OID.
        name: String,
    },
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7) in DER; no byte may follow it.
    ///
    /// # Errors
    /// [`PublicKeyError`], see its variants. An unsupported algorithm is not an error: [`Self::Other`].
    pub fn from_spki_der(der: &[u8]) -> Result<Self, PublicKeyError> {
        let mut outside = Walk::new(der);
        let info = outside.expect(tag::SEQUENCE, "SubjectPublicKeyInfo")?;
        outside.finish("SubjectPublicKeyInfo")?;
        let mut walk = info.walk();
        let algorithm = AlgorithmIdentifier::read(&mut walk, "SubjectPublicKeyInfo.algorithm")?;
        let key = walk.expect(tag::BIT_STRING, "SubjectPublicKeyInfo.subjectPublicKey")?;
        walk.finish("SubjectPublicKeyInfo")?;
        let [0, bits @ ..] = key.value else {
            let problem = DerProblem::InvalidValue("not a bit string of whole octets");
            return Err(key.error("SubjectPublicKeyInfo.subjectPublicKey", problem).into());
        };
        Self::read(&algorithm, bits, key.value_offset() + 1)
    }

    /// The same for a partly parsed SubjectPublicKeyInfo; `offset` is that of `bits`.
    pub(crate) fn read(
        algorithm: &AlgorithmIdentifier<'_>,
        bits: &[u8],
        offset: usize,
    ) -> Result<Self, PublicKeyError> {
        match Signature::from_oid(&algorithm.oid) {
            Some(Signature::MlDsa(parameters)) => {
                if let Some(found) = algorithm.parameters {
                    return Err(PublicKeyError::Der(DerError {
                        offset: algorithm.offset,
                        field: "SubjectPublicKeyInfo.algorithm.parameters",
                        problem: DerProblem::InvalidValue(parameters_text(found == [tag::NULL, 0])),
                    }));
                }
                let key = AnyVerifyingKey::from_bytes(parameters, bits);
                key.map(|key| Self::MlDsa(Box::new(key))).map_err(|_| PublicKeyError::Length {
                    algorithm: parameters.name(),
                    expected: parameters.verifying_key_len(),
                    found: bits.len(),
                })
            }
            Some(Signature::RsaEncryption) => {
                RsaPublicKey::from_der_at(bits, offset).map(|key| Self::Rsa(Box::new(key)))
            }
            Some(Signature::EcPublicKey) => ec::read(algorithm, bits),
            _ => Ok(Self::Other { oid: algorithm.oid, name: Signature::name_of_oid(&algorithm.oid) }),
        }
    }

    /// The name of the algorithm without a key length: `ML-DSA-65`, `RSA`, `ECDSA P-384`, or the digits of an OID.
    /// `Display` adds the length of an RSA key: `RSA-4096`.
    pub fn algorithm_name(&self) -> &str {
        match self {
            Self::MlDsa(key) => key.parameters().name(),
            Self::Rsa(_) => "RSA",
            Self::Ec(key) => key.curve().algorithm_name(),
            Self::Other { name, .. } => name,
        }
    }

    /// Verifies a signature over `message`.
    ///
    /// ML-DSA is pure, with the empty context, and does not use `digest`. RSA (PKCS#1 v1.5) and ECDSA (signature in
    /// DER) hash the message with `digest`.
    ///
    /// # Errors
    /// [`BadSignature`] if it does not verify, `digest` cannot be computed, or the key is [`Self::Other`].
    pub fn verify(&self, digest: Digest, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        match self {
            // Reject a wrong length before the message, which may be long, is hashed.
            Self::MlDsa(key) if key.parameters().signature_len() == signature.len() => {
                key.verify(message, Context::EMPTY, signature).map_err(|_| BadSignature)
            }
            Self::MlDsa(_) | Self::Other { .. } => Err(BadSignature),
            Self::Rsa(_) | Self::Ec(_) => {
                let hash = digest.hash(message).ok_or(BadSignature)?;
                self.verify_prehash(digest, &hash, signature)
            }
        }
    }

    /// Verifies an RSA or ECDSA signature over a message whose digest is `hash`.
    ///
    /// # Errors
    /// [`BadSignature`], also for an ML-DSA key (pure ML-DSA does not sign digests) and for [`Self::Other`].
    pub fn verify_prehash(&self, digest: Digest, hash: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        match self {
            Self::Rsa(key) => key.verify_prehash(digest, hash, signature),
            Self::Ec(key) => key.verify_prehash(hash, signature),
            Self::MlDsa(_) | Self::Other { .. } => Err(BadSignature),
        }
    }

    /// The contents of subjectPublicKey: FIPS 204's encoding, an RSAPublicKey in DER, an uncompressed point. Empty
    /// for [`Self::Other`]. Its SHA-1 is the usual key identifier (RFC 5280 §4.2.1.2).
    pub fn subject_public_key(&self) -> Vec<u8> {
        match self {
            Self::MlDsa(key) => key.as_bytes().to_vec(),
            Self::Rsa(key) => key.to_der(),
            Self::Ec(key) => key.point().to_vec(),
            Self::Other { .. } => Vec::new(),
        }
    }

    /// The AlgorithmIdentifier of a SubjectPublicKeyInfo: parameters absent (ML-DSA), NULL (RSA), the curve (EC).
    pub fn algorithm_identifier_der(&self) -> Vec<u8> {
        let identifier = |oid: &ObjectIdentifier, parameters: &[u8]| {
            write(tag::SEQUENCE, &[&write(tag::OID, &[oid.as_bytes()]), parameters])
        };
        match self {
            Self::MlDsa(key) => identifier(&Signature::ml_dsa_oid(key.parameters()), &[]),
            Self::Rsa(_) => identifier(&rsa::RSA_ENCRYPTION, &write(tag::NULL, &[])),
            Self::Ec(key) => {
                identifier(&ec::EC_PUBLIC_KEY, &write(tag::OID, &[key.curve().oid().as_bytes()]))
            }
            Self::Other { oid, .. } => identifier(oid, &[]),
        }
    }

    /// The SubjectPublicKeyInfo in DER, as OpenSSL writes it (points uncompressed). For [`Self::Other`] it contains no
    /// key.
    pub fn to_spki_der(&self) -> Vec<u8> {
        let bits = write(tag::BIT_STRING, &[&[0], &self.subject_public_key()]);
        write(tag::SEQUENCE, &[&self.algorithm_identifier_der(), &bits])
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rsa(key) => write!(f, "RSA-{}", key.bits()),
            other => f.write_str(other.algorithm_name()),
        }
    }
}
