//! The errors. No error contains information about a secret.

use core::fmt;

/// The signature does not verify. No reason is given, not even whether the signature is well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSignature;

/// A context is longer than 255 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextTooLong;

/// The length of a digest is not that of its hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestLength {
    /// The bytes of a digest of the hash function.
    pub expected: usize,
    /// The bytes of the argument.
    pub found: usize,
}

/// Bytes that do not encode a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MalformedKey {
    /// The length is not that of a key of this parameter set.
    Length {
        /// The bytes of a key of this parameter set.
        expected: usize,
        /// The bytes of the argument.
        found: usize,
    },
    /// A coefficient of s1 or s2 is outside −eta..=eta.
    SecretRange,
    /// t0 does not follow from rho, s1 and s2.
    T0Mismatch,
    /// tr is not the hash of the public key.
    TrMismatch,
}

impl fmt::Display for InvalidSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature does not verify")
    }
}

impl fmt::Display for ContextTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the context is longer than 255 bytes")
    }
}

impl fmt::Display for DigestLength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the digest has {} bytes, but its hash function returns {}", self.found, self.expected)
    }
}

impl fmt::Display for MalformedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { expected, found } => {
                write!(f, "the key has {found} bytes, but a key of this parameter set has {expected}")
            }
            Self::SecretRange => f.write_str("a secret coefficient of the private key is out of range"),
            Self::T0Mismatch => f.write_str("the private key's t0 does not follow from its other parts"),
            Self::TrMismatch => f.write_str("the private key's tr is not the hash of its public key"),
        }
    }
}

impl core::error::Error for InvalidSignature {}
impl core::error::Error for ContextTooLong {}
impl core::error::Error for DigestLength {}
impl core::error::Error for MalformedKey {}
