//! What can be wrong with a public key and with a signature.

use core::fmt;

use crate::asn1::DerError;

/// An error from reading a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// The DER is broken.
    Der(DerError),
    /// The key has the wrong length for its algorithm.
    Length {
        /// The algorithm's name.
        algorithm: &'static str,
        /// What the algorithm requires, in bytes.
        expected: usize,
        /// What was found, in bytes.
        found: usize,
    },
    /// The RSA modulus is zero, even, or longer than [`super::RsaPublicKey::MAX_BITS`], or the exponent is zero.
    RsaNumbers,
    /// The bytes are not a point on the curve.
    Point {
        /// The curve's name.
        curve: &'static str,
    },
}

impl From<DerError> for PublicKeyError {
    fn from(error: DerError) -> Self {
        Self::Der(error)
    }
}

impl fmt::Display for PublicKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Der(error) => write!(f, "{error}"),
            Self::Length { algorithm, expected, found } => {
                write!(f, "the public key has {found} bytes; {algorithm} requires {expected}")
            }
            Self::RsaNumbers => write!(
                f,
                "the RSA public key has an invalid modulus or exponent, or more than {} bits",
                super::MAX_RSA_BITS
            ),
            Self::Point { curve } => write!(f, "the public key is not a point on {curve}"),
        }
    }
}

impl core::error::Error for PublicKeyError {}

/// The signature does not verify. The reason is deliberately not reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadSignature;

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature does not verify")
    }
}

impl core::error::Error for BadSignature {}
