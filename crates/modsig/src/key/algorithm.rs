//! The algorithm of a key, and the name of its signatures.

use core::fmt;

use mldsa::dynamic::Parameters;

use crate::algorithm::{Digest, Signature};
use crate::asn1::{tag, write};
use crate::public_key::{Curve, PublicKey};

/// The algorithm of a private key, with its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// ML-DSA (FIPS 204).
    MlDsa(Parameters),
    /// RSA with PKCS#1 v1.5 signatures (RFC 8017).
    Rsa {
        /// The modulus's length in bits.
        bits: u32,
    },
    /// ECDSA (FIPS 186-5).
    Ec(Curve),
}

impl fmt::Display for KeyAlgorithm {
    /// `ML-DSA-65`, `RSA-4096`, `ECDSA P-384`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MlDsa(parameters) => f.write_str(parameters.name()),
            Self::Rsa { bits } => write!(f, "RSA-{bits}"),
            Self::Ec(curve) => write!(f, "ECDSA {}", curve.name()),
        }
    }
}

impl KeyAlgorithm {
    /// The RSA moduli that modules are signed with, in bits: of the sizes that Linux accepts (also 512, 1024 and 1536)
    /// those with at least 112 bits of security (NIST SP 800-131A).
    pub const RSA_SIGNING_BITS: [u32; 3] = [2048, 3072, 4096];

    /// The algorithm of a public key; `None` if it is not supported.
    pub fn of(key: &PublicKey) -> Option<Self> {
        match key {
            PublicKey::MlDsa(key) => Some(Self::MlDsa(key.parameters())),
            // A modulus has at most RsaPublicKey::MAX_BITS.
            PublicKey::Rsa(key) => Some(Self::Rsa { bits: u32::try_from(key.bits()).unwrap_or(u32::MAX) }),
            PublicKey::Ec(key) => Some(Self::Ec(key.curve())),
            PublicKey::Other { .. } => None,
        }
    }

    /// Whether such a key may sign modules: not if it is a weak RSA key, or one that Linux rejects.
    pub fn can_sign(self) -> bool {
        match self {
            Self::Rsa { bits } => Self::RSA_SIGNING_BITS.contains(&bits),
            Self::MlDsa(_) | Self::Ec(_) => true,
        }
    }

    /// The SignerInfo's signatureAlgorithm (DER): ML-DSA and ECDSA without parameters, RSA as `rsaEncryption` with NULL
    /// (RFC 3370 §3.2).
    pub(crate) fn in_signer_info(self, digest: Digest) -> Vec<u8> {
        match self {
            Self::Rsa { .. } => identifier(Signature::RsaEncryption, Some(NULL)),
            other => other.in_certificate(digest),
        }
    }

    /// A certificate's signatureAlgorithm (DER): RSA with the digest in its name and NULL (RFC 4055 §5).
    pub(crate) fn in_certificate(self, digest: Digest) -> Vec<u8> {
        match self {
            Self::MlDsa(parameters) => identifier(Signature::MlDsa(parameters), None),
            Self::Rsa { .. } => identifier(Signature::RsaWith(digest), Some(NULL)),
            Self::Ec(_) => identifier(Signature::EcdsaWith(digest), None),
        }
    }
}

/// NULL, in DER.
const NULL: &[u8] = &[tag::NULL, 0];

/// An AlgorithmIdentifier.
fn identifier(algorithm: Signature, parameters: Option<&[u8]>) -> Vec<u8> {
    let oid = write(tag::OID, &[algorithm.oid().as_bytes()]);
    write(tag::SEQUENCE, &[&oid, parameters.unwrap_or_default()])
}
