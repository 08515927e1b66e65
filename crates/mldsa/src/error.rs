//! The errors. Few, and none that tells anything of a secret.

use core::fmt;

/// The signature does not verify. There is no more to know: not even whether it was well formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidSignature;

/// A context is longer than 255 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContextTooLong;

/// A digest has another length than its hash function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DigestLength {
    /// Bytes that the hash function gives.
    pub expected: usize,
    /// Bytes that were given.
    pub found: usize,
}

/// Bytes that are no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MalformedKey {
    /// Not as long as a key of this parameter set.
    Length {
        /// Bytes of such a key.
        expected: usize,
        /// Bytes that were given.
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
        write!(f, "the digest has {} bytes where its hash function gives {}", self.found, self.expected)
    }
}

impl fmt::Display for MalformedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { expected, found } => {
                write!(f, "the key has {found} bytes where its parameter set needs {expected}")
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
