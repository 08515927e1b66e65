//! Public keys, signatures and mu for `serde`: bytes in binary formats, hexadecimal in human-readable formats.
//!
//! Secret types do not implement these traits, deliberately. Serializers do not wipe their buffers, and a private key inside a
//! `#[derive(Serialize)]` type ends up in a log. If you must, use [`crate::Seed::as_bytes`] or the feature `pkcs8`.

use crate::key::{Signature, VerifyingKey};
use crate::mu::Mu;
use crate::params::{Array, MU_LEN, ParameterSet};
use core::fmt;
use core::marker::PhantomData;
use serde_core::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_core::ser::{Serialize, Serializer};

/// Lower-case hexadecimal.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        serializer.collect_str(&Hex(bytes))
    } else {
        serializer.serialize_bytes(bytes)
    }
}

fn deserialize<'de, A: Array<u8>, D: Deserializer<'de>>(deserializer: D) -> Result<A, D::Error> {
    let visitor = BytesVisitor(PhantomData);
    if deserializer.is_human_readable() {
        deserializer.deserialize_str(visitor)
    } else {
        deserializer.deserialize_bytes(visitor)
    }
}

/// Fills an array from as many bytes, from twice as many hexadecimal digits of either case, or from a sequence of numbers.
struct BytesVisitor<A>(PhantomData<A>);

impl<'de, A: Array<u8>> Visitor<'de> for BytesVisitor<A> {
    type Value = A;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let len = A::ZEROED.as_ref().len();
        write!(f, "{len} bytes, or {} hexadecimal digits", 2 * len)
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<A, E> {
        A::from_slice(bytes).cloned().ok_or_else(|| E::invalid_length(bytes.len(), &self))
    }

    fn visit_str<E: Error>(self, digits: &str) -> Result<A, E> {
        let mut array = A::ZEROED;
        let pairs = digits.as_bytes().chunks_exact(2);
        if pairs.len() != array.as_ref().len() || !pairs.remainder().is_empty() {
            return Err(E::invalid_length(digits.len(), &self));
        }
        for (byte, pair) in array.as_mut().iter_mut().zip(pairs) {
            let value = |digit: u8| char::from(digit).to_digit(16);
            let (Some(high), Some(low)) = (value(pair[0]), value(pair[1])) else {
                return Err(E::custom("not a hexadecimal digit"));
            };
            *byte = (high << 4 | low) as u8;
        }
        Ok(array)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut numbers: S) -> Result<A, S::Error> {
        let mut array = A::ZEROED;
        for (i, byte) in array.as_mut().iter_mut().enumerate() {
            *byte = numbers.next_element()?.ok_or_else(|| S::Error::invalid_length(i, &self))?;
        }
        match numbers.next_element::<u8>()? {
            None => Ok(array),
            Some(_) => Err(S::Error::invalid_length(array.as_ref().len() + 1, &self)),
        }
    }
}

/// 1312, 1952 or 2592 bytes; in human-readable formats, twice as many hexadecimal digits.
impl<P: ParameterSet> Serialize for VerifyingKey<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.as_bytes(), serializer)
    }
}

impl<'de, P: ParameterSet> Deserialize<'de> for VerifyingKey<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Self::from_array)
    }
}

/// 2420, 3309 or 4627 bytes; in human-readable formats, twice as many hexadecimal digits.
impl<P: ParameterSet> Serialize for Signature<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.as_bytes(), serializer)
    }
}

impl<'de, P: ParameterSet> Deserialize<'de> for Signature<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize(deserializer).map(Self::from_array)
    }
}

/// 64 bytes; in human-readable formats, 128 hexadecimal digits.
impl Serialize for Mu {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.as_bytes(), serializer)
    }
}

impl<'de> Deserialize<'de> for Mu {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize::<[u8; MU_LEN], D>(deserializer).map(Self::from_bytes)
    }
}
