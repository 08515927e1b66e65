//! Private keys: PKCS#8 (RFC 5958) in the three forms of RFC 9881, DER and PEM.

use core::fmt;

use mldsa::Rnd;
use mldsa::Seed;
use mldsa::dynamic::{AnySigningKey, AnyVerifyingKey, Parameters};
use zeroize::Zeroizing;

use crate::asn1::DerError;
use crate::pem::PemError;

/// A private key that can sign. Never printed; wiped when dropped (by `mldsa`).
#[non_exhaustive]
pub enum PrivateKey {
    /// An ML-DSA key.
    MlDsa(AnySigningKey),
}

/// The form of an ML-DSA private key (RFC 9881 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyForm {
    /// `seed [0] OCTET STRING (SIZE (32))`: short, and all that is needed.
    #[default]
    Seed,
    /// `expandedKey OCTET STRING`: FIPS 204's private key.
    Expanded,
    /// `both SEQUENCE { seed, expandedKey }`: what OpenSSL writes.
    Both,
}

impl PrivateKey {
    /// Makes a key from a seed, which the caller drew at random.
    pub fn from_seed(parameters: Parameters, seed: &Seed) -> Self {
        Self::MlDsa(AnySigningKey::from_seed(parameters, seed))
    }

    /// Reads PEM (the file may hold certificates too; exactly one private key) or DER.
    ///
    /// # Errors
    /// [`KeyError`], see its variants.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, KeyError> {
        unimplemented!("{}", bytes.len())
    }

    /// Reads PKCS#8 DER: no byte may follow it.
    ///
    /// # Errors
    /// [`KeyError`], see its variants.
    pub fn from_der(bytes: &[u8]) -> Result<Self, KeyError> {
        unimplemented!("{}", bytes.len())
    }

    /// The parameter set.
    pub fn parameters(&self) -> Parameters {
        let Self::MlDsa(key) = self;
        key.parameters()
    }

    /// Whether the seed is known; without it only [`KeyForm::Expanded`] can be written.
    pub fn has_seed(&self) -> bool {
        let Self::MlDsa(key) = self;
        key.seed().is_some()
    }

    /// The public key that belongs to it.
    pub fn verifying_key(&self) -> AnyVerifyingKey {
        let Self::MlDsa(key) = self;
        key.verifying_key()
    }

    /// Writes PKCS#8 DER.
    ///
    /// # Errors
    /// [`KeyError::NoSeed`] if `form` needs the seed and the key was read without one.
    pub fn to_der(&self, form: KeyForm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        unimplemented!("{form:?}")
    }

    /// Writes PKCS#8 PEM (`PRIVATE KEY`).
    ///
    /// # Errors
    /// As [`Self::to_der`].
    pub fn to_pem(&self, form: KeyForm) -> Result<Zeroizing<String>, KeyError> {
        unimplemented!("{form:?}")
    }

    /// Signs a whole message with an empty context.
    pub(crate) fn sign(&self, message: &[u8], rnd: &Rnd) -> Vec<u8> {
        unimplemented!("{} {:p}", message.len(), rnd)
    }
}

/// A private key that cannot be used.
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
    /// The expanded key is not one that key generation can make (FIPS 204 ranges, or tr, t0 do not fit).
    MalformedExpandedKey,
    /// Seed and expanded key are two different keys.
    SeedMismatch,
    /// This form needs the seed, and the key was read from its expanded form.
    NoSeed,
    /// The PKCS#8 file's public key is not the private key's.
    PublicKeyMismatch,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl core::error::Error for KeyError {}
