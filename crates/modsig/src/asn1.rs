//! The DER reader that the parsers share: every element has its offset, every error names a field.
//!
//! The `der` crate decodes tags, lengths and object identifiers. It accepts distinguished encodings only (X.690 §10):
//! no indefinite or padded length, no long-form tag number.

use core::fmt;

use der::asn1::ObjectIdentifier;
use der::{Decode as _, Header, Reader as _, SliceReader};

/// A DER error: which field, where, and what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DerError {
    /// Offset of the element in the bytes that were given to the parser.
    pub offset: usize,
    /// The field's name as the standard writes it, such as `SignerInfo.sid`.
    pub field: &'static str,
    /// What is wrong.
    pub problem: DerProblem,
}

/// What is wrong with a piece of DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DerProblem {
    /// The input ends before the element does.
    Truncated,
    /// An indefinite length (BER).
    IndefiniteLength,
    /// A tag or a length that DER forbids or that does not fit: padded lengths, long tags.
    InvalidHeader,
    /// A different tag is expected here.
    UnexpectedTag {
        /// The identifier octet that was expected.
        expected: u8,
        /// The identifier octet that was found.
        found: u8,
    },
    /// Bytes follow the last element.
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// The field is missing.
    Missing,
    /// The value breaks a rule of its type.
    InvalidValue(&'static str),
    /// It is longer than this crate reads.
    TooLong {
        /// The limit in bytes.
        limit: usize,
    },
    /// The elements of a set are not in DER order.
    SetNotSorted,
}

impl fmt::Display for DerProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => write!(f, "the data ends inside this element"),
            Self::IndefiniteLength => write!(f, "indefinite length (BER); DER is required"),
            Self::InvalidHeader => write!(f, "its tag or length is not DER"),
            Self::UnexpectedTag { expected, found } => {
                write!(f, "tag {found:#04x} instead of {expected:#04x}")
            }
            Self::TrailingBytes { count } => write!(f, "{count} unexpected bytes at its end"),
            Self::Missing => write!(f, "it is missing"),
            Self::InvalidValue(why) => f.write_str(why),
            Self::TooLong { limit } => write!(f, "it is longer than {limit} bytes"),
            Self::SetNotSorted => write!(f, "the set is not sorted as DER requires"),
        }
    }
}

impl DerError {
    /// Converts the error for a larger file in which the parsed bytes start at `base`.
    #[must_use]
    pub fn shifted(mut self, base: usize) -> Self {
        self.offset = self.offset.saturating_add(base);
        self
    }

    /// Converts an error of `der` that occurred while it decoded `field`.
    pub(crate) fn from_der(field: &'static str, error: &der::Error) -> Self {
        let offset = error.position().and_then(|at| usize::try_from(at).ok()).unwrap_or(0);
        Self { offset, field, problem: header_problem(error) }
    }
}

impl fmt::Display for DerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at offset {}: {}", self.field, self.offset, self.problem)
    }
}

impl core::error::Error for DerError {}

/// One element: its tag, where it is, and its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// Offset of the tag.
    pub offset: usize,
    /// Tag, length and value.
    pub raw: &'a [u8],
    /// The value only.
    pub value: &'a [u8],
}

impl<'a> Element<'a> {
    /// The identifier octet.
    pub(crate) fn tag(&self) -> u8 {
        self.raw.first().copied().unwrap_or_default()
    }

    /// Offset of the value.
    pub(crate) fn value_offset(&self) -> usize {
        self.offset + self.raw.len() - self.value.len()
    }

    /// Returns a reader for the elements inside.
    pub(crate) fn walk(&self) -> Walk<'a> {
        Walk { bytes: self.value, offset: self.value_offset() }
    }

    /// An error about this element.
    pub(crate) fn error(&self, field: &'static str, problem: DerProblem) -> DerError {
        DerError { offset: self.offset, field, problem }
    }

    /// Reads an OBJECT IDENTIFIER; the tag must have been checked.
    pub(crate) fn oid(&self, field: &'static str) -> Result<ObjectIdentifier, DerError> {
        ObjectIdentifier::from_bytes(self.value)
            .map_err(|_| self.error(field, DerProblem::InvalidValue("not a valid object identifier")))
    }

    /// Reads a small non-negative INTEGER; the tag must have been checked.
    pub(crate) fn small_integer(&self, field: &'static str) -> Result<u8, DerError> {
        self.check_integer(field)?;
        match *self.value {
            [value] if value < 0x80 => Ok(value),
            _ => Err(self.error(field, DerProblem::InvalidValue("not a number from 0 to 127"))),
        }
    }

    /// Checks that an INTEGER is neither empty nor padded (X.690 §8.3.2).
    pub(crate) fn check_integer(&self, field: &'static str) -> Result<(), DerError> {
        match *self.value {
            [] => Err(self.error(field, DerProblem::InvalidValue("empty integer"))),
            [0x00, next, ..] if next < 0x80 => Err(self.error(field, PADDED)),
            [0xff, next, ..] if next >= 0x80 => Err(self.error(field, PADDED)),
            _ => Ok(()),
        }
    }

    /// Checks that an INTEGER is not negative, in addition to [`Self::check_integer`].
    pub(crate) fn check_unsigned(&self, field: &'static str) -> Result<(), DerError> {
        self.check_integer(field)?;
        match *self.value {
            [first, ..] if first >= 0x80 => {
                Err(self.error(field, DerProblem::InvalidValue("negative integer")))
            }
            _ => Ok(()),
        }
    }
}

const PADDED: DerProblem = DerProblem::InvalidValue("integer with a superfluous leading octet");

/// Identifier octets.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const NULL: u8 = 0x05;
    pub(crate) const OID: u8 = 0x06;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
    /// `[n]`, primitive.
    pub(crate) const fn context(n: u8) -> u8 {
        0x80 | n
    }
    /// `[n]`, constructed.
    pub(crate) const fn context_constructed(n: u8) -> u8 {
        0xa0 | n
    }
}

/// Maps the errors of `der` to [`DerProblem`].
fn header_problem(error: &der::Error) -> DerProblem {
    match error.kind() {
        // Overflow: a length that no input could have.
        der::ErrorKind::Incomplete { .. } | der::ErrorKind::Overflow => DerProblem::Truncated,
        der::ErrorKind::IndefiniteLength => DerProblem::IndefiniteLength,
        der::ErrorKind::TrailingData { remaining, .. } => {
            DerProblem::TrailingBytes { count: usize::try_from(remaining).unwrap_or(usize::MAX) }
        }
        _ => DerProblem::InvalidHeader,
    }
}

/// Whether the elements of a SET OF are in ascending order of their encodings (X.690 §11.6). DER encodings are
/// self-delimiting, so the comparison needs no padding.
pub(crate) fn is_sorted(elements: &[&[u8]]) -> bool {
    elements.windows(2).all(|pair| matches!(pair, [a, b] if a <= b))
}

/// Reads consecutive elements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Walk<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Walk<'a> {
    /// Starts at offset 0 of `bytes`.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, offset: 0 }
    }

    /// Whether no byte is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Offset of the next element.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    fn error(&self, field: &'static str, problem: DerProblem) -> DerError {
        DerError { offset: self.offset, field, problem }
    }

    /// The next element, whatever its tag.
    pub(crate) fn any(&mut self, field: &'static str) -> Result<Element<'a>, DerError> {
        if self.bytes.is_empty() {
            return Err(self.error(field, DerProblem::Missing));
        }
        if self.bytes.get(1) == Some(&0x80) {
            return Err(self.error(field, DerProblem::IndefiniteLength));
        }
        let mut reader =
            SliceReader::new(self.bytes).map_err(|_| self.error(field, DerProblem::InvalidHeader))?;
        let header = Header::decode(&mut reader).map_err(|e| self.error(field, header_problem(&e)))?;
        let value = reader.read_slice(header.length()).map_err(|e| self.error(field, header_problem(&e)))?;
        let length = self.bytes.len() - usize::try_from(reader.remaining_len()).unwrap_or(0);
        let (raw, rest) = self.bytes.split_at(length);
        let element = Element { offset: self.offset, raw, value };
        self.bytes = rest;
        self.offset += length;
        Ok(element)
    }

    /// The next element, which must have this identifier octet.
    pub(crate) fn expect(&mut self, expected: u8, field: &'static str) -> Result<Element<'a>, DerError> {
        match self.bytes.first() {
            Some(&found) if found != expected => {
                Err(self.error(field, DerProblem::UnexpectedTag { expected, found }))
            }
            _ => self.any(field),
        }
    }

    /// The next element if it has this identifier octet.
    pub(crate) fn optional(
        &mut self,
        expected: u8,
        field: &'static str,
    ) -> Result<Option<Element<'a>>, DerError> {
        if self.bytes.first() == Some(&expected) { self.any(field).map(Some) } else { Ok(None) }
    }

    /// Checks that no byte is left in `field`.
    pub(crate) fn finish(&self, field: &'static str) -> Result<(), DerError> {
        match self.bytes.len() {
            0 => Ok(()),
            count => Err(self.error(field, DerProblem::TrailingBytes { count })),
        }
    }
}

/// An AlgorithmIdentifier as encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlgorithmIdentifier<'a> {
    /// Offset of the SEQUENCE.
    pub offset: usize,
    /// The whole element.
    pub raw: &'a [u8],
    /// The algorithm.
    pub oid: ObjectIdentifier,
    /// Its parameters, raw DER; `None` if absent.
    pub parameters: Option<&'a [u8]>,
}

impl<'a> AlgorithmIdentifier<'a> {
    /// Reads one.
    pub(crate) fn read(walk: &mut Walk<'a>, field: &'static str) -> Result<Self, DerError> {
        let element = walk.expect(tag::SEQUENCE, field)?;
        let mut inside = element.walk();
        let oid = inside.expect(tag::OID, field)?.oid(field)?;
        let parameters = if inside.is_empty() { None } else { Some(inside.any(field)?.raw) };
        inside.finish(field)?;
        Ok(Self { offset: element.offset, raw: element.raw, oid, parameters })
    }
}

/// Writes one element: identifier octet, shortest length, then the parts of its value.
pub(crate) fn write(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    let octets = length.to_be_bytes();
    let significant = octets.iter().position(|&octet| octet != 0).map_or(&[][..], |at| &octets[at..]);
    let mut out = Vec::with_capacity(length + 2 + significant.len());
    out.push(tag);
    match *significant {
        [] => out.push(0),
        [short] if short < 0x80 => out.push(short),
        // usize has at most 8 octets: the count fits the low bits.
        _ => {
            out.push(0x80 | significant.len() as u8);
            out.extend_from_slice(significant);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Writes an AlgorithmIdentifier with absent parameters.
pub(crate) fn write_algorithm(oid: &ObjectIdentifier) -> Vec<u8> {
    write(tag::SEQUENCE, &[&write(tag::OID, &[oid.as_bytes()])])
}

#[cfg(test)]
mod tests;
