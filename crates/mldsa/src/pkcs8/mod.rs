//! Keys in files: private keys as PKCS#8 (RFC 5958) in the three forms of RFC 9881, public keys as
//! SubjectPublicKeyInfo (RFC 5280). DER; with feature `pem` PEM too. Reading and [`write_pkcs8_der`] need no allocator.
//!
//! ```text
//! OneAsymmetricKey              version 0, or 1 with the public key
//! ├─ privateKeyAlgorithm        id-ml-dsa-44, -65 or -87; parameters absent
//! ├─ privateKey OCTET STRING    one of (RFC 9881, section 6):
//! │  ├─ [0] IMPLICIT OCTET STRING (32)           seed: written by default
//! │  ├─ OCTET STRING (2560, 4032, 4896)          expanded key
//! │  └─ SEQUENCE { OCTET STRING, OCTET STRING }  both
//! └─ publicKey [1] BIT STRING   optional; must match the private key
//!
//! SubjectPublicKeyInfo
//! ├─ algorithm                  as above
//! └─ subjectPublicKey BIT STRING (1312, 1952, 2592 bytes)
//! ```
//!
//! ```
//! use mldsa::dynamic::{AnySigningKey, AnyVerifyingKey};
//! use mldsa::pkcs8::{EncodePublicKey, LineEnding, PrivateKeyForm};
//! use mldsa::{MlDsa65, Seed, SigningKey};
//!
//! let key = SigningKey::<MlDsa65>::from_seed(&Seed::from_bytes([7; 32])); // or from a generator
//! let pem = key.to_pkcs8_pem_as(PrivateKeyForm::Seed, LineEnding::LF)?;
//! assert_eq!(SigningKey::from_pkcs8_pem(&pem)?, key);
//! // The file determines the parameter set:
//! assert_eq!(AnySigningKey::from_pkcs8_pem(&pem)?, key.clone().into());
//!
//! let pem = key.verifying_key().to_public_key_pem(LineEnding::LF)?;
//! assert_eq!(AnyVerifyingKey::from_public_key_pem(&pem)?, key.verifying_key().clone().into());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The types also implement the traits of the crate `pkcs8` 0.11: `DecodePrivateKey`, `EncodePrivateKey` (which writes the seed,
//! or the expanded key if no seed is known), `DecodePublicKey`, `EncodePublicKey`. Their errors are less precise than
//! [`ReadError`]. For encrypted files, depend on `pkcs8` with its feature `encryption`, which adds `from_pkcs8_encrypted_pem`
//! and related methods to these traits.
//!
//! [`write_pkcs8_der`]: crate::SigningKey::write_pkcs8_der

mod choice;
mod error;
#[cfg(feature = "pem")]
mod pem;
mod private;
mod public;
mod traits;

pub use self::error::{ReadError, WriteError};
#[cfg(feature = "pem")]
pub use ::pkcs8::LineEnding;
pub use ::pkcs8::{DecodePrivateKey, DecodePublicKey, ObjectIdentifier, der::ErrorKind};
#[cfg(feature = "alloc")]
pub use ::pkcs8::{Document, EncodePrivateKey, EncodePublicKey, SecretDocument};

use crate::dynamic::{self, Parameters};
use crate::params::{ParameterSet, SEED_LEN};
use ::pkcs8::AlgorithmIdentifierRef;

/// The form of RFC 9881, section 6, in which a private key is written. All three are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrivateKeyForm {
    /// `seed [0] OCTET STRING (SIZE (32))`: the shortest, and sufficient.
    #[default]
    Seed,
    /// `expandedKey OCTET STRING`: for readers that do not support seeds.
    Expanded,
    /// `both SEQUENCE { seed, expandedKey }`.
    Both,
}

/// Bytes of a DER element whose contents have `len` bytes: tag, length, contents.
const fn element_len(len: usize) -> usize {
    assert!(len <= 0xffff);
    let length_octets = match len {
        0..=0x7f => 1,
        0x80..=0xff => 2,
        _ => 3,
    };
    1 + length_octets + len
}

/// Bytes of an AlgorithmIdentifier: the object identifier has nine, the parameters are absent.
const ALGORITHM_LEN: usize = element_len(element_len(9));

/// Returns the bytes of a private key as PKCS#8 DER, as this crate writes it: 54 for a seed; 2588, 4060 or 4924 for an
/// expanded key; 2626, 4098 or 4962 for both. For programs without an allocator.
pub const fn private_key_der_len(parameters: Parameters, form: PrivateKeyForm) -> usize {
    let expanded = element_len(parameters.expanded_key_len());
    let choice = match form {
        PrivateKeyForm::Seed => element_len(SEED_LEN),
        PrivateKeyForm::Expanded => expanded,
        PrivateKeyForm::Both => element_len(element_len(SEED_LEN) + expanded),
    };
    element_len(element_len(1) + ALGORITHM_LEN + element_len(choice))
}

/// Returns the bytes of a public key as SubjectPublicKeyInfo DER: 1334, 1974 or 2614.
pub const fn public_key_der_len(parameters: Parameters) -> usize {
    // A BIT STRING begins with the number of its unused bits.
    element_len(ALGORITHM_LEN + element_len(1 + parameters.verifying_key_len()))
}

/// The object identifier of a set.
const fn oid<P: ParameterSet>() -> ObjectIdentifier {
    const { ObjectIdentifier::new_unwrap(P::OID) }
}

/// The AlgorithmIdentifier of a set.
const fn algorithm<P: ParameterSet>() -> AlgorithmIdentifierRef<'static> {
    AlgorithmIdentifierRef { oid: oid::<P>(), parameters: None }
}

/// Checks that an AlgorithmIdentifier names the set and has no parameters.
fn check_algorithm<P: ParameterSet>(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<(), ReadError> {
    if algorithm.oid != oid::<P>() {
        return Err(ReadError::Algorithm { expected: P::NAME, found: algorithm.oid });
    }
    match algorithm.parameters {
        Some(_) => Err(ReadError::ParametersPresent),
        None => Ok(()),
    }
}

/// The set of an object identifier.
fn set_of(oid: &ObjectIdentifier) -> Option<Parameters> {
    Parameters::ALL.into_iter().find(|set| dynamic::with_set!(*set, P => self::oid::<P>()) == *oid)
}

/// The set that an AlgorithmIdentifier names.
fn parameters_of(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<Parameters, ReadError> {
    let found = algorithm.oid;
    set_of(&found).ok_or(ReadError::Algorithm { expected: "ML-DSA-44, ML-DSA-65 or ML-DSA-87", found })
}

/// The offset of `part` in `whole`, from which it was borrowed.
fn offset_in(whole: &[u8], part: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}
