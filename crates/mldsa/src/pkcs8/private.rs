//! Private keys: PKCS#8.

use super::choice::Choice;
use super::{PrivateKeyForm, ReadError, WriteError, algorithm, check_algorithm, offset_in, parameters_of};
use crate::dynamic::{AnySigningKey, each, with_set};
use crate::key::SigningKey;
use crate::params::ParameterSet;
#[cfg(feature = "alloc")]
use ::pkcs8::SecretDocument;
use ::pkcs8::der::{self, Decode, Encode, EncodeValue, FixedTag, Header, Length, Tag, Writer};
use ::pkcs8::{PrivateKeyInfoRef, Version};
#[cfg(feature = "pem")]
use {::pkcs8::LineEnding, ::pkcs8::der::pem::PemLabel, alloc::string::String, zeroize::Zeroizing};

const INFO: &str = "OneAsymmetricKey";

fn read_info(bytes: &[u8]) -> Result<PrivateKeyInfoRef<'_>, ReadError> {
    PrivateKeyInfoRef::from_der(bytes).map_err(|error| ReadError::from_der(INFO, error))
}

/// The key of a PKCS#8 structure. Offsets in errors count from the start of `whole`.
pub(super) fn from_info<P: ParameterSet>(
    info: &PrivateKeyInfoRef<'_>,
    whole: &[u8],
) -> Result<SigningKey<P>, ReadError> {
    check_algorithm::<P>(&info.algorithm)?;
    let choice = info.private_key.as_bytes();
    let mut key = SigningKey::<P>::EMPTY;
    key.set_choice(choice).map_err(|error| error.shifted(offset_in(whole, choice)))?;
    match info.public_key {
        Some(public) if public.as_bytes() != Some(key.verifying_key().as_bytes()) => {
            Err(ReadError::PublicKeyMismatch)
        }
        _ => Ok(key),
    }
}

/// [`from_info`] of the set that the structure names.
pub(super) fn any_from_info(info: &PrivateKeyInfoRef<'_>, whole: &[u8]) -> Result<AnySigningKey, ReadError> {
    with_set!(parameters_of(&info.algorithm)?, P => from_info::<P>(info, whole).map(Into::into))
}

/// OneAsymmetricKey for writing: version 0, no attributes, no public key. Borrows all parts without a copy.
struct Info<'a> {
    algorithm: ::pkcs8::AlgorithmIdentifierRef<'static>,
    choice: Choice<'a>,
}

impl<'a> Info<'a> {
    fn of<P: ParameterSet>(key: &'a SigningKey<P>, form: PrivateKeyForm) -> Result<Self, WriteError> {
        Ok(Self { algorithm: algorithm::<P>(), choice: Choice::of(key, form)? })
    }

    fn private_key_header(&self) -> der::Result<Header> {
        Ok(Header::new(Tag::OctetString, self.choice.encoded_len()?))
    }
}

impl FixedTag for Info<'_> {
    const TAG: Tag = Tag::Sequence;
}

impl EncodeValue for Info<'_> {
    fn value_len(&self) -> der::Result<Length> {
        Version::V1.encoded_len()?
            + self.algorithm.encoded_len()?
            + self.private_key_header()?.encoded_len()?
            + self.choice.encoded_len()?
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        Version::V1.encode(writer)?;
        self.algorithm.encode(writer)?;
        self.private_key_header()?.encode(writer)?;
        self.choice.encode(writer)
    }
}

/// Encodes into the start of `memory`.
pub(super) fn encode_into<'m>(message: &impl Encode, memory: &'m mut [u8]) -> Result<&'m [u8], WriteError> {
    let needed = message.encoded_len().and_then(usize::try_from).map_err(WriteError::Der)?;
    let found = memory.len();
    let target = memory.get_mut(..needed).ok_or(WriteError::Memory { needed, found })?;
    message.encode_to_slice(target).map_err(WriteError::Der)
}

impl<P: ParameterSet> SigningKey<P> {
    /// Reads PKCS#8 DER: any of the three forms of RFC 9881, version 0, or 1 with a public key. Trailing bytes are an error.
    ///
    /// # Errors
    /// [`ReadError`], see its variants; `Algorithm` if the key is of another set.
    pub fn from_pkcs8_der(bytes: &[u8]) -> Result<Self, ReadError> {
        from_info(&read_info(bytes)?, bytes)
    }

    /// Reads PKCS#8 PEM: the block `PRIVATE KEY`. Other blocks, such as a certificate, are ignored.
    ///
    /// # Errors
    /// [`ReadError`], see its variants; `Pem` if there is no such block, or more than one. Offsets count in the encoded bytes.
    #[cfg(feature = "pem")]
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, ReadError> {
        super::pem::read(PrivateKeyInfoRef::PEM_LABEL, text, Self::from_pkcs8_der)
    }

    /// Writes PKCS#8 DER, version 0, into the start of `memory`, without an allocator. Its length is
    /// [`private_key_der_len`](super::private_key_der_len).
    ///
    /// # Errors
    /// [`WriteError::NoSeed`] if `form` contains the seed and the key has none; [`WriteError::Memory`] if `memory` is too short.
    pub fn write_pkcs8_der<'m>(
        &self,
        form: PrivateKeyForm,
        memory: &'m mut [u8],
    ) -> Result<&'m [u8], WriteError> {
        encode_into(&Info::of(self, form)?, memory)
    }

    /// Writes PKCS#8 DER, version 0. The document is wiped on drop.
    ///
    /// # Errors
    /// [`WriteError::NoSeed`] if `form` contains the seed and the key has none.
    #[cfg(feature = "alloc")]
    pub fn to_pkcs8_der_as(&self, form: PrivateKeyForm) -> Result<SecretDocument, WriteError> {
        SecretDocument::encode_msg(&Info::of(self, form)?).map_err(WriteError::Der)
    }

    /// Writes PKCS#8 PEM, label `PRIVATE KEY`. The text is wiped on drop.
    ///
    /// # Errors
    /// As [`to_pkcs8_der_as`](Self::to_pkcs8_der_as).
    #[cfg(feature = "pem")]
    pub fn to_pkcs8_pem_as(
        &self,
        form: PrivateKeyForm,
        line_ending: LineEnding,
    ) -> Result<Zeroizing<String>, WriteError> {
        let document = self.to_pkcs8_der_as(form)?;
        document.to_pem(PrivateKeyInfoRef::PEM_LABEL, line_ending).map_err(WriteError::Der)
    }

    /// The default form for writing: the seed, or the expanded key if no seed is known.
    #[cfg(feature = "alloc")]
    pub(super) fn default_form(&self) -> PrivateKeyForm {
        if self.seed().is_some() { PrivateKeyForm::Seed } else { PrivateKeyForm::Expanded }
    }
}

impl AnySigningKey {
    /// [`SigningKey::from_pkcs8_der`]; the file determines the set.
    ///
    /// # Errors
    /// The same; `Algorithm` if the key is not ML-DSA.
    pub fn from_pkcs8_der(bytes: &[u8]) -> Result<Self, ReadError> {
        any_from_info(&read_info(bytes)?, bytes)
    }

    /// [`SigningKey::from_pkcs8_pem`]; the file determines the set.
    ///
    /// # Errors
    /// The same; `Algorithm` if the key is not ML-DSA.
    #[cfg(feature = "pem")]
    pub fn from_pkcs8_pem(text: &str) -> Result<Self, ReadError> {
        super::pem::read(PrivateKeyInfoRef::PEM_LABEL, text, Self::from_pkcs8_der)
    }

    /// [`SigningKey::write_pkcs8_der`].
    ///
    /// # Errors
    /// The same.
    pub fn write_pkcs8_der<'m>(
        &self,
        form: PrivateKeyForm,
        memory: &'m mut [u8],
    ) -> Result<&'m [u8], WriteError> {
        each!(self, key => key.write_pkcs8_der(form, memory))
    }

    /// [`SigningKey::to_pkcs8_der_as`].
    ///
    /// # Errors
    /// The same.
    #[cfg(feature = "alloc")]
    pub fn to_pkcs8_der_as(&self, form: PrivateKeyForm) -> Result<SecretDocument, WriteError> {
        each!(self, key => key.to_pkcs8_der_as(form))
    }

    /// [`SigningKey::to_pkcs8_pem_as`].
    ///
    /// # Errors
    /// The same.
    #[cfg(feature = "pem")]
    pub fn to_pkcs8_pem_as(
        &self,
        form: PrivateKeyForm,
        line_ending: LineEnding,
    ) -> Result<Zeroizing<String>, WriteError> {
        each!(self, key => key.to_pkcs8_pem_as(form, line_ending))
    }

    #[cfg(feature = "alloc")]
    pub(super) fn default_form(&self) -> PrivateKeyForm {
        each!(self, key => key.default_form())
    }
}
