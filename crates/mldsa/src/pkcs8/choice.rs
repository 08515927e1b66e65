//! `ML-DSA-44-PrivateKey`, `ML-DSA-65-PrivateKey` and `ML-DSA-87-PrivateKey` (RFC 9881, section 6): a CHOICE of three.

use super::{PrivateKeyForm, ReadError, WriteError, offset_in};
use crate::backend::with_best;
use crate::ct::{Reason, declassify};
use crate::dynamic::{AnySigningKey, Parameters};
use crate::key::SigningKey;
use crate::keygen;
use crate::params::{ParameterSet, SEED_LEN};
use crate::schedule::Fast;
use ::pkcs8::der::asn1::{ContextSpecificRef, OctetStringRef};
use ::pkcs8::der::{
    self, Decode, Encode, EncodeValue, ErrorKind, FixedTag, Header, Length, Reader, SliceReader, Tag,
    TagMode, TagNumber, Writer,
};
use subtle::ConstantTimeEq;

const CHOICE: &str = "ML-DSA-PrivateKey";
const BOTH: &str = "ML-DSA-PrivateKey.both";
const SEED: &str = "seed";
const EXPANDED: &str = "expandedKey";

/// `seed [0] IMPLICIT`.
const SEED_TAG: TagNumber = TagNumber(0);

/// The three alternatives, borrowed. The lengths are not checked yet.
pub(super) enum Choice<'a> {
    Seed(&'a OctetStringRef),
    Expanded(&'a OctetStringRef),
    Both(Both<'a>),
}

/// `SEQUENCE { seed OCTET STRING, expandedKey OCTET STRING }`.
pub(super) struct Both<'a> {
    seed: &'a OctetStringRef,
    expanded: &'a OctetStringRef,
}

impl<'a> Choice<'a> {
    /// Reads strict DER without trailing bytes.
    fn read(bytes: &'a [u8]) -> Result<Self, ReadError> {
        let whole = |error| ReadError::from_der(CHOICE, error);
        let mut reader = SliceReader::new(bytes).map_err(whole)?;
        let choice = match Tag::peek(&reader).map_err(whole)? {
            Tag::OctetString => Self::Expanded(reader.decode().map_err(whole)?),
            Tag::Sequence => Self::Both(
                reader
                    .sequence(|inner| Ok(Both { seed: inner.decode()?, expanded: inner.decode()? }))
                    .map_err(|error: der::Error| ReadError::from_der(BOTH, error))?,
            ),
            Tag::ContextSpecific { constructed: false, number: SEED_TAG } => {
                let header = Header::decode(&mut reader).map_err(whole)?;
                let seed = reader.read_slice(header.length()).map_err(whole)?;
                Self::Seed(OctetStringRef::new(seed).map_err(whole)?)
            }
            actual => {
                let kind = ErrorKind::TagUnexpected { expected: None, actual };
                return Err(whole(reader.error(kind)));
            }
        };
        reader.finish().map_err(whole)?;
        Ok(choice)
    }

    /// The encoding of a key in this form.
    pub(super) fn of<P: ParameterSet>(
        key: &'a SigningKey<P>,
        form: PrivateKeyForm,
    ) -> Result<Self, WriteError> {
        let octets = |bytes: &'a [u8]| OctetStringRef::new(bytes).map_err(WriteError::Der);
        let seed = || octets(key.seed().ok_or(WriteError::NoSeed)?.as_bytes());
        let expanded = || octets(key.as_expanded_bytes());
        Ok(match form {
            PrivateKeyForm::Seed => Self::Seed(seed()?),
            PrivateKeyForm::Expanded => Self::Expanded(expanded()?),
            PrivateKeyForm::Both => Self::Both(Both { seed: seed()?, expanded: expanded()? }),
        })
    }
}

impl Encode for Choice<'_> {
    fn encoded_len(&self) -> der::Result<Length> {
        match self {
            Self::Seed(seed) => tagged(seed).encoded_len(),
            Self::Expanded(expanded) => expanded.encoded_len(),
            Self::Both(both) => both.encoded_len(),
        }
    }

    fn encode(&self, writer: &mut impl Writer) -> der::Result<()> {
        match self {
            Self::Seed(seed) => tagged(seed).encode(writer),
            Self::Expanded(expanded) => expanded.encode(writer),
            Self::Both(both) => both.encode(writer),
        }
    }
}

fn tagged<'a, 'o>(seed: &'a &'o OctetStringRef) -> ContextSpecificRef<'a, &'o OctetStringRef> {
    ContextSpecificRef { tag_number: SEED_TAG, tag_mode: TagMode::Implicit, value: seed }
}

impl FixedTag for Both<'_> {
    const TAG: Tag = Tag::Sequence;
}

impl EncodeValue for Both<'_> {
    fn value_len(&self) -> der::Result<Length> {
        self.seed.encoded_len()? + self.expanded.encoded_len()?
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.seed.encode(writer)?;
        self.expanded.encode(writer)
    }
}

/// The contents of `field`, if they have the expected length.
fn exactly<'a>(
    field: &'static str,
    whole: &[u8],
    octets: &'a OctetStringRef,
    expected: usize,
) -> Result<&'a [u8], ReadError> {
    let bytes = octets.as_bytes();
    if bytes.len() == expected {
        return Ok(bytes);
    }
    Err(wrong_length(field, whole, bytes, expected))
}

fn wrong_length(field: &'static str, whole: &[u8], bytes: &[u8], expected: usize) -> ReadError {
    ReadError::Length { field, offset: offset_in(whole, bytes), expected, found: bytes.len() }
}

impl<P: ParameterSet> SigningKey<P> {
    /// Reads the DER of `ML-DSA-44-PrivateKey` (or 65, 87) of RFC 9881: the contents of the OCTET STRING `privateKey` in
    /// PKCS#8. For programs with their own PKCS#8 reader; others use [`from_pkcs8_der`](Self::from_pkcs8_der).
    ///
    /// Reads all three forms. In the form `both`, the seed must yield the expanded key; the comparison takes constant time.
    ///
    /// # Errors
    /// [`ReadError`]: `Der`, `Length`, `MalformedExpandedKey` or `SeedMismatch`. Offsets count from the start of `bytes`.
    pub fn from_private_key_choice(bytes: &[u8]) -> Result<Self, ReadError> {
        let mut key = Self::EMPTY;
        key.set_choice(bytes)?;
        Ok(key)
    }

    /// Writes the DER of `ML-DSA-44-PrivateKey` (or 65, 87) of RFC 9881: the contents of the OCTET STRING `privateKey` in
    /// PKCS#8. The result is wiped on drop.
    ///
    /// # Errors
    /// [`WriteError::NoSeed`] if `form` contains the seed and the key has none.
    #[cfg(feature = "alloc")]
    pub fn to_private_key_choice_as(
        &self,
        form: PrivateKeyForm,
    ) -> Result<zeroize::Zeroizing<alloc::vec::Vec<u8>>, WriteError> {
        // `to_der` allocates the whole length at once: no reallocation leaves a copy behind.
        Choice::of(self, form)?.to_der().map(zeroize::Zeroizing::new).map_err(WriteError::Der)
    }

    /// [`from_private_key_choice`](Self::from_private_key_choice) in place: each function that returns a key by value would add
    /// a copy of it to the stack.
    pub(crate) fn set_choice(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        match Choice::read(bytes)? {
            Choice::Seed(seed) => self.set_seed_of(bytes, seed),
            Choice::Expanded(expanded) => {
                let expanded = exactly(EXPANDED, bytes, expanded, P::SIGNING_KEY_LEN)?;
                with_best!(backend => self.set_expanded::<_, Fast>(backend, expanded, &mut { keygen::Memory::NEW }))
                    .map_err(ReadError::MalformedExpandedKey)
            }
            Choice::Both(Both { seed, expanded }) => {
                let expanded = exactly(EXPANDED, bytes, expanded, P::SIGNING_KEY_LEN)?;
                self.set_seed_of(bytes, seed)?;
                let same = bool::from(self.as_expanded_bytes().ct_eq(expanded));
                if declassify(same, Reason::KeyCheck) { Ok(()) } else { Err(ReadError::SeedMismatch) }
            }
        }
    }

    fn set_seed_of(&mut self, whole: &[u8], seed: &OctetStringRef) -> Result<(), ReadError> {
        let bytes = exactly(SEED, whole, seed, SEED_LEN)?;
        let seed: &[u8; SEED_LEN] =
            bytes.try_into().map_err(|_| wrong_length(SEED, whole, bytes, SEED_LEN))?;
        with_best!(backend => self.set_seed::<_, Fast>(backend, seed, &mut { keygen::Memory::NEW }));
        Ok(())
    }
}

impl PrivateKeyForm {
    /// Returns the form of the DER of `ML-DSA-44-PrivateKey` (or 65, 87) of RFC 9881. Creates no key and checks no lengths.
    ///
    /// # Errors
    /// [`ReadError::Der`] if the DER is malformed.
    pub fn of_private_key_choice(bytes: &[u8]) -> Result<Self, ReadError> {
        Ok(match Choice::read(bytes)? {
            Choice::Seed(_) => Self::Seed,
            Choice::Expanded(_) => Self::Expanded,
            Choice::Both(_) => Self::Both,
        })
    }
}

impl AnySigningKey {
    /// [`SigningKey::from_private_key_choice`].
    ///
    /// # Errors
    /// The same.
    pub fn from_private_key_choice(parameters: Parameters, bytes: &[u8]) -> Result<Self, ReadError> {
        crate::dynamic::with_set!(parameters, P => SigningKey::<P>::from_private_key_choice(bytes).map(Into::into))
    }

    /// [`AnySigningKey::from_private_key_choice`], on the heap, without a copy elsewhere. Needs 110 KiB of stack.
    ///
    /// # Errors
    /// The same.
    #[cfg(feature = "alloc")]
    pub fn boxed_from_private_key_choice(
        parameters: Parameters,
        bytes: &[u8],
    ) -> Result<alloc::boxed::Box<Self>, ReadError> {
        let mut key = crate::dynamic::boxed::allocate_signing_key(parameters);
        crate::dynamic::each!(&mut *key, key => key.set_choice(bytes))?;
        Ok(key)
    }

    /// [`SigningKey::to_private_key_choice_as`].
    ///
    /// # Errors
    /// The same.
    #[cfg(feature = "alloc")]
    pub fn to_private_key_choice_as(
        &self,
        form: PrivateKeyForm,
    ) -> Result<zeroize::Zeroizing<alloc::vec::Vec<u8>>, WriteError> {
        crate::dynamic::each!(self, key => key.to_private_key_choice_as(form))
    }
}
