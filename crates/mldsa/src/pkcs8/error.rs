//! The errors of reading and writing key files.

use super::{ObjectIdentifier, set_of};
use crate::error::MalformedKey;
use ::pkcs8::der::{self, ErrorKind, Length};
use ::pkcs8::{KeyError, spki};
use core::fmt;

/// The bytes are not a valid key file. No variant contains a byte of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    /// The DER is malformed or unexpected: a wrong tag, a length that does not fit, or trailing bytes.
    Der {
        /// The name of the structure in RFC 5958, 5280 or 9881.
        field: &'static str,
        /// The offset in bytes from the start of the argument; for PEM, from the start of the encoded bytes.
        offset: usize,
        /// What is wrong there.
        kind: ErrorKind,
    },
    /// Not PEM, PEM without a block of the right label, or with more than one.
    #[cfg(feature = "pem")]
    Pem(der::pem::Error),
    /// The key is of another algorithm, or of another parameter set.
    Algorithm {
        /// The expected algorithm, in words.
        expected: &'static str,
        /// The object identifier in the file.
        found: ObjectIdentifier,
    },
    /// The algorithm identifier has parameters, such as NULL. RFC 9881, section 2, requires them to be absent.
    ParametersPresent,
    /// The length of the key is not that of its parameter set.
    Length {
        /// `seed`, `expandedKey` or `subjectPublicKey`.
        field: &'static str,
        /// The offset of its contents in bytes from the start of the argument.
        offset: usize,
        /// The bytes that the parameter set requires.
        expected: usize,
        /// The bytes that were found.
        found: usize,
    },
    /// Key generation cannot create this expanded key.
    MalformedExpandedKey(MalformedKey),
    /// Seed and expanded key belong to different keys (RFC 9881, section 6, requires readers to reject such a file).
    SeedMismatch,
    /// The public key in the file does not match the private key.
    PublicKeyMismatch,
}

/// The key cannot be written in this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WriteError {
    /// The form contains the seed, but the key was read from its expanded encoding.
    NoSeed,
    /// The buffer is too short.
    Memory {
        /// The bytes that are needed.
        needed: usize,
        /// The bytes that were found.
        found: usize,
    },
    /// The encoder of the crate `der` returned an error. This should not happen: keys are far below its limits.
    Der(der::Error),
}

impl ReadError {
    pub(super) fn from_der(field: &'static str, error: der::Error) -> Self {
        let offset = error.position().and_then(|at| usize::try_from(at).ok()).unwrap_or_default();
        Self::Der { field, offset, kind: error.kind() }
    }

    /// The same error, with offsets in the outer structure that contains the bytes from `base` on.
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
                f.write_str("the algorithm identifier has parameters; RFC 9881 requires them to be absent")
            }
            Self::Length { field, offset, expected, found } => {
                write!(f, "{field}, byte {offset}: {found} bytes, but the parameter set requires {expected}")
            }
            Self::MalformedExpandedKey(reason) => write!(f, "the expanded key is damaged: {reason}"),
            Self::SeedMismatch => f.write_str("seed and expanded key belong to different keys"),
            Self::PublicKeyMismatch => {
                f.write_str("the public key in the file does not match the private key")
            }
        }
    }
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSeed => f.write_str("the form contains the seed, but the key has none"),
            Self::Memory { needed, found } => {
                write!(f, "the buffer has {found} bytes, but {needed} are needed")
            }
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
