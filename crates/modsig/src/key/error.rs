//! What can be wrong with a private key.

use core::fmt;

use mldsa::MalformedKey;

use crate::asn1::DerError;
use crate::pem::PemError;

/// A private key that cannot be used. No variant holds a byte of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The PEM is broken.
    Pem(PemError),
    /// The DER is broken.
    Der(DerError),
    /// No `PRIVATE KEY` block in the PEM file, but these labels.
    NoPrivateKey {
        /// The labels that were found, with commas between.
        found: String,
    },
    /// More than one private key in the file.
    SeveralKeys,
    /// The file is encrypted.
    Encrypted,
    /// The key's algorithm is not ML-DSA.
    UnsupportedAlgorithm {
        /// Its name, or the digits of its OID.
        name: String,
    },
    /// The AlgorithmIdentifier has parameters; RFC 9881 §2 wants them absent.
    ParametersPresent,
    /// The seed or the expanded key has the wrong length.
    WrongLength {
        /// `seed` or `expandedKey`.
        field: &'static str,
        /// What the parameter set wants, in bytes.
        expected: usize,
        /// What is there, in bytes.
        found: usize,
    },
    /// The expanded key is not one that key generation can make; why.
    MalformedExpandedKey(MalformedKey),
    /// Seed and expanded key are two different keys.
    SeedMismatch,
    /// This form needs the seed, and the key was read from its expanded form.
    NoSeed,
    /// The PKCS#8 file's public key is not the private key's.
    PublicKeyMismatch,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem(error) => write!(f, "{error}"),
            Self::Der(error) => write!(
                f,
                "{error}; the file must hold one PKCS#8 private key, PEM or DER, and nothing else in DER"
            ),
            Self::NoPrivateKey { found } => {
                write!(f, "no PRIVATE KEY block, only: {found}; give the file that holds the private key")
            }
            Self::SeveralKeys => {
                write!(f, "more than one private key in the file; keep the one to sign with")
            }
            Self::Encrypted => write!(
                f,
                "the private key is encrypted, which is not supported yet; decrypt it: openssl pkey -in KEY -out PLAIN"
            ),
            Self::UnsupportedAlgorithm { name } => write!(
                f,
                "the private key's algorithm is {name}, which is not supported yet; make an ML-DSA key: module-key generate"
            ),
            Self::ParametersPresent => write!(
                f,
                "privateKeyAlgorithm has parameters; RFC 9881 wants them absent: write the key again with a tool that follows it"
            ),
            Self::WrongLength { field, expected, found } => write!(
                f,
                "the {field} is {found} bytes long, not {expected}: the file is damaged or names another parameter set"
            ),
            Self::MalformedExpandedKey(reason) => {
                write!(f, "the expanded key is damaged: {reason}; take a copy of the file, or the seed")
            }
            Self::SeedMismatch => write!(
                f,
                "seed and expanded key belong to different keys: the file is damaged or forged, do not sign with it"
            ),
            Self::NoSeed => write!(
                f,
                "the key was read from its expanded form, which does not hold the seed; write the expanded form"
            ),
            Self::PublicKeyMismatch => {
                write!(
                    f,
                    "the public key in the file is not the private key's: the file is damaged or forged"
                )
            }
        }
    }
}

impl core::error::Error for KeyError {}
