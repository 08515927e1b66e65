//! Public keys: SubjectPublicKeyInfo.

use super::private::encode_into;
use super::{ReadError, WriteError, algorithm, check_algorithm, offset_in, parameters_of};
use crate::dynamic::{AnyVerifyingKey, each, with_set};
use crate::key::VerifyingKey;
use crate::params::ParameterSet;
use ::pkcs8::SubjectPublicKeyInfoRef;
#[cfg(feature = "pem")]
use ::pkcs8::der::pem::PemLabel;
use ::pkcs8::der::{self, Decode, asn1::BitStringRef};

const SPKI: &str = "SubjectPublicKeyInfo";
const KEY: &str = "subjectPublicKey";

fn read_spki(bytes: &[u8]) -> Result<SubjectPublicKeyInfoRef<'_>, ReadError> {
    SubjectPublicKeyInfoRef::from_der(bytes).map_err(|error| ReadError::from_der(SPKI, error))
}

/// The key of a SubjectPublicKeyInfo. Offsets in errors count from the start of `whole`.
pub(super) fn from_spki<P: ParameterSet>(
    spki: &SubjectPublicKeyInfoRef<'_>,
    whole: &[u8],
) -> Result<VerifyingKey<P>, ReadError> {
    check_algorithm::<P>(&spki.algorithm)?;
    let bytes = spki.subject_public_key.raw_bytes();
    let offset = offset_in(whole, bytes);
    if spki.subject_public_key.unused_bits() != 0 {
        let kind = der::ErrorKind::Value { tag: der::Tag::BitString };
        return Err(ReadError::Der { field: KEY, offset, kind });
    }
    let wrong = ReadError::Length { field: KEY, offset, expected: P::VERIFYING_KEY_LEN, found: bytes.len() };
    VerifyingKey::from_bytes(bytes).map_err(|_| wrong)
}

/// [`from_spki`] of the set that the structure names.
pub(super) fn any_from_spki(
    spki: &SubjectPublicKeyInfoRef<'_>,
    whole: &[u8],
) -> Result<AnyVerifyingKey, ReadError> {
    with_set!(parameters_of(&spki.algorithm)?, P => from_spki::<P>(spki, whole).map(Into::into))
}

/// The structure to write for a key.
pub(super) fn spki_of<P: ParameterSet>(
    key: &VerifyingKey<P>,
) -> Result<SubjectPublicKeyInfoRef<'_>, WriteError> {
    let subject_public_key = BitStringRef::from_bytes(key.as_bytes()).map_err(WriteError::Der)?;
    Ok(SubjectPublicKeyInfoRef { algorithm: algorithm::<P>(), subject_public_key })
}

impl<P: ParameterSet> VerifyingKey<P> {
    /// Reads SubjectPublicKeyInfo DER. Trailing bytes are an error.
    ///
    /// # Errors
    /// [`ReadError`], see its variants; `Algorithm` if the key is of another set.
    pub fn from_public_key_der(bytes: &[u8]) -> Result<Self, ReadError> {
        from_spki(&read_spki(bytes)?, bytes)
    }

    /// Reads SubjectPublicKeyInfo PEM: the block `PUBLIC KEY`. Other blocks are ignored.
    ///
    /// # Errors
    /// [`ReadError`], see its variants; `Pem` if there is no such block, or more than one. Offsets count in the encoded bytes.
    #[cfg(feature = "pem")]
    pub fn from_public_key_pem(text: &str) -> Result<Self, ReadError> {
        super::pem::read(SubjectPublicKeyInfoRef::PEM_LABEL, text, Self::from_public_key_der)
    }

    /// Writes SubjectPublicKeyInfo DER into the start of `memory`, without an allocator. Its length is
    /// [`public_key_der_len`](super::public_key_der_len).
    ///
    /// # Errors
    /// [`WriteError::Memory`] if `memory` is too short.
    pub fn write_public_key_der<'m>(&self, memory: &'m mut [u8]) -> Result<&'m [u8], WriteError> {
        encode_into(&spki_of(self)?, memory)
    }
}

impl AnyVerifyingKey {
    /// [`VerifyingKey::from_public_key_der`]; the file determines the set.
    ///
    /// # Errors
    /// The same; `Algorithm` if the key is not ML-DSA.
    pub fn from_public_key_der(bytes: &[u8]) -> Result<Self, ReadError> {
        any_from_spki(&read_spki(bytes)?, bytes)
    }

    /// [`VerifyingKey::from_public_key_pem`]; the file determines the set.
    ///
    /// # Errors
    /// The same; `Algorithm` if the key is not ML-DSA.
    #[cfg(feature = "pem")]
    pub fn from_public_key_pem(text: &str) -> Result<Self, ReadError> {
        super::pem::read(SubjectPublicKeyInfoRef::PEM_LABEL, text, Self::from_public_key_der)
    }

    /// [`VerifyingKey::write_public_key_der`].
    ///
    /// # Errors
    /// The same.
    pub fn write_public_key_der<'m>(&self, memory: &'m mut [u8]) -> Result<&'m [u8], WriteError> {
        each!(self, key => key.write_public_key_der(memory))
    }
}
