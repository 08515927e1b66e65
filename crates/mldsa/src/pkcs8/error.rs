//! Why a file is no key, and why a key cannot be written.

use super::{ObjectIdentifier, set_of};
use crate::error::MalformedKey;
use ::pkcs8::der::{self, ErrorKind, Length};
use ::pkcs8::{KeyError, spki};
use core::fmt;

/// Bytes that are no key file. No variant holds a byte of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// Not the DER that is wanted: a wrong tag, a length that does not fit, bytes that follow.
    Der {
        /// The structure that was read, by its name in RFC 5958, 5280 or 9881.
        field: &'static str,
        /// Where, in bytes from the start of what was given; for PEM, of what it encodes.
        offset: usize,
        /// What is wrong there.
        kind: ErrorKind,
    },
    /// Not PEM, PEM with another label, or not of one block.
    #[cfg(feature = "pem")]
    Pem(der::pem::Error),
    /// A key of another algorithm, or of another parameter set.
    Algorithm {
        /// What was wanted, in words.
        expected: &'static str,
        /// What the file says.
        found: ObjectIdentifier,
    },
    /// The algorithm identifier has parameters, NULL perhaps. RFC 9881, section 2, wants them absent.
    ParametersPresent,
    /// A key of another length than its set has.
    Length {
        /// `seed`, `expandedKey` or `subjectPublicKey`.
        field: &'static str,
        /// Where its contents begin, in bytes from the start of what was given.
        offset: usize,
        /// Bytes that the set has.
        expected: usize,
        /// Bytes that are there.
        found: usize,
    },
    /// The expanded key is not one that key generation can make.
    MalformedExpandedKey(MalformedKey),
    /// Seed and expanded key are two different keys (RFC 9881, section 6: such a file must be refused).
    SeedMismatch,
    /// The public key beside the private key is not the private key's.
    PublicKeyMismatch,
}

/// A key that cannot be written so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// The form holds the seed, and the key was made from its expanded encoding.
    NoSeed,
    /// The memory is too short.
    Memory {
        /// Bytes that are needed.
        needed: usize,
        /// Bytes that are there.
        found: usize,
    },
    /// The encoder of the crate `der` refuses. It has no reason to: what keys are made of is far below its limits.
    Der(der::Error),
}

impl ReadError {
    pub(super) fn from_der(field: &'static str, error: der::Error) -> Self {
        let offset = error.position().and_then(|at| usize::try_from(at).ok()).unwrap_or_default();
        Self::Der { field, offset, kind: error.kind() }
    }

    /// The same in a structure that holds what was read, from `base` on.
    pub(super) fn shifted(self, base: usize) -> Self {
        match self {
            Self::Der { field, offset, kind } => Self::Der { field, offset: base + offset, kind },
            Self::Length { field, offset, expected, found } => {
                Self::Length { field, offset: base + offset, expected, found }
            }
            other => other,
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Der { field, offset, kind } => write!(f, "{field}, byte {offset}: {kind}"),
            #[cfg(feature = "pem")]
            Self::Pem(error) => write!(f, "{error}"),
            Self::Algorithm { expected, found } => {
                f.write_str("the key's algorithm is ")?;
                match set_of(found) {
                    Some(set) => write!(f, "{set}"),
                    None => write!(f, "{found}"),
                }?;
                write!(f, ", not {expected}")
            }
            Self::ParametersPresent => {
                f.write_str("the algorithm identifier has parameters, where RFC 9881 wants none")
            }
            Self::Length { field, offset, expected, found } => {
                write!(f, "{field}, byte {offset}: {found} bytes where the parameter set needs {expected}")
            }
            Self::MalformedExpandedKey(reason) => write!(f, "the expanded key is damaged: {reason}"),
            Self::SeedMismatch => f.write_str("seed and expanded key belong to different keys"),
            Self::PublicKeyMismatch => f.write_str("the public key is not the private key's"),
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSeed => f.write_str("the form holds the seed, and the key was made without one"),
            Self::Memory { needed, found } => write!(f, "{needed} bytes are needed, {found} are there"),
            Self::Der(error) => write!(f, "{error}"),
        }
    }
}

impl core::error::Error for ReadError {}
impl core::error::Error for WriteError {}

impl From<ReadError> for ::pkcs8::Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Der { offset, kind, .. } => {
                let at = Length::try_from(offset).unwrap_or(Length::ZERO);
                Self::Asn1(der::Error::new(kind, at))
            }
            #[cfg(feature = "pem")]
            ReadError::Pem(error) => error.into(),
            ReadError::Algorithm { found, .. } => Self::PublicKey(spki::Error::OidUnknown { oid: found }),
            ReadError::ParametersPresent => Self::ParametersMalformed,
            ReadError::Length { expected, found, .. } if found < expected => KeyError::TooShort.into(),
            ReadError::Length { .. } => KeyError::TooLong.into(),
            ReadError::MalformedExpandedKey(_) | ReadError::SeedMismatch | ReadError::PublicKeyMismatch => {
                KeyError::Invalid.into()
            }
        }
    }
}

impl From<ReadError> for spki::Error {
    fn from(error: ReadError) -> Self {
        ::pkcs8::Error::from(error).into()
    }
}

impl From<WriteError> for ::pkcs8::Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::NoSeed | WriteError::Memory { .. } => KeyError::Invalid.into(),
            WriteError::Der(error) => error.into(),
        }
    }
}

impl From<WriteError> for spki::Error {
    fn from(error: WriteError) -> Self {
        ::pkcs8::Error::from(error).into()
    }
}
