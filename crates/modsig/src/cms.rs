//! CMS SignedData (RFC 5652, RFC 9882), as far as module signatures use it: strict parser and builder.

use der::asn1::ObjectIdentifier;

use crate::algorithm::Digest;
use crate::asn1::{AlgorithmIdentifier, DerError};
use mldsa::dynamic::Parameters;

/// A parsed SignedData; borrows from the DER. Offsets are those in the DER.
#[derive(Debug, Clone)]
pub struct SignedData<'a> {
    /// 1 or 3 (RFC 5652 §5.1); any small number is read, the verdict judges.
    pub version: u8,
    /// Offset of the version.
    pub version_offset: usize,
    /// The digestAlgorithms set.
    pub digest_algorithms: Vec<AlgorithmIdentifier<'a>>,
    /// eContentType.
    pub content_type: ObjectIdentifier,
    /// Offset of eContentType.
    pub content_type_offset: usize,
    /// Offset of eContent, if the content is inside: module signatures are detached.
    pub content_offset: Option<usize>,
    /// The certificates inside, each raw DER with its offset.
    pub certificates: Vec<(usize, &'a [u8])>,
    /// The signerInfos.
    pub signers: Vec<SignerInfo<'a>>,
}

/// Who signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignerIdentifier<'a> {
    /// issuerAndSerialNumber: the issuer's Name as raw DER, and the contents octets of the serial number.
    IssuerAndSerial {
        /// The issuer's Name, raw DER.
        issuer: &'a [u8],
        /// The serial number's contents octets.
        serial: &'a [u8],
    },
    /// `[0]` subjectKeyIdentifier.
    SubjectKeyId(&'a [u8]),
}

/// One SignerInfo.
#[derive(Debug, Clone)]
pub struct SignerInfo<'a> {
    /// Offset of the SEQUENCE.
    pub offset: usize,
    /// 1 with issuerAndSerialNumber, 3 with subjectKeyIdentifier (RFC 5652 §5.3).
    pub version: u8,
    /// Offset of the version.
    pub version_offset: usize,
    /// Who signed.
    pub sid: SignerIdentifier<'a>,
    /// Offset of sid.
    pub sid_offset: usize,
    /// digestAlgorithm.
    pub digest_algorithm: AlgorithmIdentifier<'a>,
    /// signedAttrs.
    pub signed_attributes: Option<SignedAttributes<'a>>,
    /// signatureAlgorithm.
    pub signature_algorithm: AlgorithmIdentifier<'a>,
    /// signature: the contents of the OCTET STRING.
    pub signature: &'a [u8],
    /// Offset of the signature's contents.
    pub signature_offset: usize,
    /// Offset of unsignedAttrs, if there are any.
    pub unsigned_attributes_offset: Option<usize>,
}

/// signedAttrs.
#[derive(Debug, Clone)]
pub struct SignedAttributes<'a> {
    /// Offset of the `[0]`.
    pub offset: usize,
    /// The whole element, with its `[0]` tag.
    pub raw: &'a [u8],
    /// The attributes: type, offset, and the values, each raw DER.
    pub attributes: Vec<Attribute<'a>>,
}

/// One attribute.
#[derive(Debug, Clone)]
pub struct Attribute<'a> {
    /// Offset of the SEQUENCE.
    pub offset: usize,
    /// attrType.
    pub oid: ObjectIdentifier,
    /// attrValues, each raw DER.
    pub values: Vec<&'a [u8]>,
}

/// Parses a CMS SignedData: DER only, nothing after it.
///
/// # Errors
/// [`DerError`] with the field and its offset in `der`.
pub fn parse(der: &[u8]) -> Result<SignedData<'_>, DerError> {
    unimplemented!("{}", der.len())
}

/// Builds the CMS that Linux prefers: SignedData, detached, no certificates, no attributes, one SignerInfo.
pub fn build(
    sid: &SignerIdentifier<'_>,
    digest: Digest,
    parameters: Parameters,
    signature: &[u8],
) -> Vec<u8> {
    unimplemented!("{sid:?} {digest} {} {}", parameters.name(), signature.len())
}
