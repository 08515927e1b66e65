//! CMS SignedData (RFC 5652, RFC 9882), as module signatures use it: a strict parser and a builder.
//!
//! RustCrypto's crate `cms` is not used: 0.3 is a release candidate, it does not keep the offsets of fields, and it
//! sorts and re-encodes what it reads. A signature covers the original bytes, and Linux compares the encoded issuer's
//! name. The structures here borrow from the DER; `der` decodes tags and lengths.

mod add;
mod build;

use der::asn1::ObjectIdentifier;

use crate::asn1::{AlgorithmIdentifier, DerError, DerProblem, Element, Walk, is_sorted, tag};
use crate::text::{hex, name_text, shortened};
use crate::trailer::MAX_CMS_LEN;

pub use add::{AddError, add_signers};
pub use build::build;

/// id-signedData, RFC 5652 §5.1.
pub const ID_SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
/// id-data, RFC 5652 §4.
pub const ID_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
/// id-contentType, RFC 5652 §11.1.
pub const ID_CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
/// id-messageDigest, RFC 5652 §11.2.
pub const ID_MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");

/// A parsed ContentInfo with SignedData; borrows from the DER. Offsets are those in the DER.
#[derive(Debug, Clone)]
pub struct SignedData<'a> {
    /// SignedData.version. RFC 5652 §5.1 allows 1 and 3; the parser reads 0 to 127, and [`crate::verdict`] checks it.
    pub version: u8,
    /// Offset of the version.
    pub version_offset: usize,
    /// The digestAlgorithms set.
    pub digest_algorithms: Vec<AlgorithmIdentifier<'a>>,
    /// Offset of the digestAlgorithms set.
    pub digest_algorithms_offset: usize,
    /// eContentType.
    pub content_type: ObjectIdentifier,
    /// Offset of eContentType.
    pub content_type_offset: usize,
    /// Offset of eContent, if the content is inside; module signatures are detached.
    pub content_offset: Option<usize>,
    /// The embedded certificates.
    pub certificates: Vec<EmbeddedCertificate<'a>>,
    /// The signerInfos.
    pub signers: Vec<SignerInfo<'a>>,
    /// Offset of the signerInfos set.
    pub signers_offset: usize,
    /// Sets that are not in DER order, with their offsets. RFC 5652 requires DER order only in signedAttrs, where the
    /// parser returns an error.
    pub unsorted_sets: Vec<(&'static str, usize)>,
}

/// A certificate in the CMS, unparsed.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedCertificate<'a> {
    /// Where it starts.
    pub offset: usize,
    /// Its DER.
    pub der: &'a [u8],
}

/// The identifier of a signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignerIdentifier<'a> {
    /// issuerAndSerialNumber.
    IssuerAndSerial {
        /// The issuer's Name, raw DER.
        issuer: &'a [u8],
        /// The serial number's contents octets.
        serial: &'a [u8],
    },
    /// `[0]` subjectKeyIdentifier.
    SubjectKeyId(&'a [u8]),
}

/// `ISSUER, serial HEX` or `key identifier HEX`; each part truncated if it is very long.
impl core::fmt::Display for SignerIdentifier<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::IssuerAndSerial { issuer, serial } => {
                write!(f, "{}, serial {}", shortened(name_text(issuer)), shortened(hex(serial)))
            }
            Self::SubjectKeyId(id) => write!(f, "key identifier {}", shortened(hex(id))),
        }
    }
}

/// One SignerInfo.
#[derive(Debug, Clone)]
pub struct SignerInfo<'a> {
    /// Offset of the SEQUENCE.
    pub offset: usize,
    /// 1 with issuerAndSerialNumber, 3 with subjectKeyIdentifier (RFC 5652 §5.3); [`crate::verdict`] checks it.
    pub version: u8,
    /// Offset of the version.
    pub version_offset: usize,
    /// The signer.
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
    /// The attributes, in their order.
    pub attributes: Vec<Attribute<'a>>,
}

impl SignedAttributes<'_> {
    /// The bytes that are signed: the same DER with the tag of a SET instead of `[0]` (RFC 5652 §5.4).
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = self.raw.to_vec();
        if let Some(first) = bytes.first_mut() {
            *first = tag::SET;
        }
        bytes
    }
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

/// A message that is not a SignedData in DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CmsError {
    /// Not DER, or not the structure of RFC 5652.
    Der(DerError),
    /// ContentInfo.contentType is not signedData.
    NotSignedData {
        /// Offset of contentType.
        offset: usize,
        /// The content type found.
        content_type: ObjectIdentifier,
    },
}

impl From<DerError> for CmsError {
    fn from(error: DerError) -> Self {
        Self::Der(error)
    }
}

impl core::fmt::Display for CmsError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::Der(error) => write!(f, "malformed CMS: {error}"),
            Self::NotSignedData { offset, content_type } => {
                write!(f, "ContentInfo.contentType at offset {offset}: {content_type} is not signedData")
            }
        }
    }
}

impl core::error::Error for CmsError {}

/// Parses a CMS SignedData: DER only, at most [`MAX_CMS_LEN`] bytes, no byte after it. The nesting depth is that of the
/// structure: no input causes deeper recursion.
///
/// # Errors
/// [`CmsError`] with the field and its offset in `der`.
pub fn parse(der: &[u8]) -> Result<SignedData<'_>, CmsError> {
    if der.len() > MAX_CMS_LEN {
        let problem = DerProblem::TooLong { limit: MAX_CMS_LEN };
        return Err(DerError { offset: 0, field: "ContentInfo", problem }.into());
    }
    let mut outside = Walk::new(der);
    let content_info = outside.expect(tag::SEQUENCE, "ContentInfo")?;
    outside.finish("ContentInfo")?;
    let mut walk = content_info.walk();
    let content_type = walk.expect(tag::OID, "ContentInfo.contentType")?;
    let oid = content_type.oid("ContentInfo.contentType")?;
    if oid != ID_SIGNED_DATA {
        return Err(CmsError::NotSignedData { offset: content_type.offset, content_type: oid });
    }
    let content = walk.expect(tag::context_constructed(0), "ContentInfo.content")?;
    walk.finish("ContentInfo")?;
    let mut walk = content.walk();
    let signed_data = walk.expect(tag::SEQUENCE, "SignedData")?;
    walk.finish("ContentInfo.content")?;
    Ok(read_signed_data(signed_data)?)
}

fn read_signed_data(element: Element<'_>) -> Result<SignedData<'_>, DerError> {
    let mut walk = element.walk();
    let mut unsorted_sets = Vec::new();
    let version = walk.expect(tag::INTEGER, "SignedData.version")?;

    let digests = walk.expect(tag::SET, DIGESTS)?;
    let digest_algorithms = read_digest_algorithms(digests, &mut unsorted_sets)?;

    let encapsulated = walk.expect(tag::SEQUENCE, "SignedData.encapContentInfo")?;
    let mut inside = encapsulated.walk();
    let content_type = inside.expect(tag::OID, "EncapsulatedContentInfo.eContentType")?;
    let content = inside.optional(tag::context_constructed(0), "EncapsulatedContentInfo.eContent")?;
    inside.finish("EncapsulatedContentInfo")?;

    let certificates = match walk.optional(tag::context_constructed(0), CERTIFICATES)? {
        Some(set) => read_certificates(set, &mut unsorted_sets)?,
        None => Vec::new(),
    };
    // Revocation lists are skipped: neither Linux nor this crate uses them.
    if let Some(set) = walk.optional(tag::context_constructed(1), "SignedData.crls")? {
        let mut inside = set.walk();
        while !inside.is_empty() {
            inside.any("SignedData.crls")?;
        }
    }

    let set = walk.expect(tag::SET, SIGNERS)?;
    walk.finish("SignedData")?;
    let signers = read_signers(set, &mut unsorted_sets)?;
    Ok(SignedData {
        version: version.small_integer("SignedData.version")?,
        version_offset: version.offset,
        digest_algorithms,
        digest_algorithms_offset: digests.offset,
        content_type: content_type.oid("EncapsulatedContentInfo.eContentType")?,
        content_type_offset: content_type.offset,
        content_offset: content.map(|content| content.offset),
        certificates,
        signers,
        signers_offset: set.offset,
        unsorted_sets,
    })
}

const DIGESTS: &str = "SignedData.digestAlgorithms";
const CERTIFICATES: &str = "SignedData.certificates";
const SIGNERS: &str = "SignedData.signerInfos";

/// The name and the offset of each set that is not in DER order.
type UnsortedSets = Vec<(&'static str, usize)>;

fn read_digest_algorithms<'a>(
    set: Element<'a>,
    unsorted_sets: &mut UnsortedSets,
) -> Result<Vec<AlgorithmIdentifier<'a>>, DerError> {
    let mut inside = set.walk();
    let mut algorithms = Vec::new();
    while !inside.is_empty() {
        algorithms.push(AlgorithmIdentifier::read(&mut inside, DIGESTS)?);
    }
    let raw: Vec<&[u8]> = algorithms.iter().map(|algorithm| algorithm.raw).collect();
    if !is_sorted(&raw) {
        unsorted_sets.push((DIGESTS, set.offset));
    }
    Ok(algorithms)
}

fn read_certificates<'a>(
    set: Element<'a>,
    unsorted_sets: &mut UnsortedSets,
) -> Result<Vec<EmbeddedCertificate<'a>>, DerError> {
    let mut inside = set.walk();
    let mut certificates = Vec::new();
    while !inside.is_empty() {
        let certificate = inside.any(CERTIFICATES)?;
        certificates.push(EmbeddedCertificate { offset: certificate.offset, der: certificate.raw });
    }
    let raw: Vec<&[u8]> = certificates.iter().map(|certificate| certificate.der).collect();
    if !is_sorted(&raw) {
        unsorted_sets.push((CERTIFICATES, set.offset));
    }
    Ok(certificates)
}

fn read_signers<'a>(
    set: Element<'a>,
    unsorted_sets: &mut UnsortedSets,
) -> Result<Vec<SignerInfo<'a>>, DerError> {
    let mut inside = set.walk();
    let (mut signers, mut raw) = (Vec::new(), Vec::new());
    while !inside.is_empty() {
        let element = inside.expect(tag::SEQUENCE, "SignerInfo")?;
        raw.push(element.raw);
        signers.push(read_signer_info(element)?);
    }
    if !is_sorted(&raw) {
        unsorted_sets.push((SIGNERS, set.offset));
    }
    Ok(signers)
}

fn read_signer_info(element: Element<'_>) -> Result<SignerInfo<'_>, DerError> {
    let mut walk = element.walk();
    let version = walk.expect(tag::INTEGER, "SignerInfo.version")?;
    let sid_offset = walk.offset();
    let sid = match walk.optional(tag::context(0), "SignerInfo.sid.subjectKeyIdentifier")? {
        Some(id) => SignerIdentifier::SubjectKeyId(id.value),
        None => read_issuer_and_serial(walk.expect(tag::SEQUENCE, "SignerInfo.sid")?)?,
    };
    let digest_algorithm = AlgorithmIdentifier::read(&mut walk, "SignerInfo.digestAlgorithm")?;
    let signed_attributes = match walk.optional(tag::context_constructed(0), SIGNED_ATTRIBUTES)? {
        Some(set) => Some(read_signed_attributes(set)?),
        None => None,
    };
    let signature_algorithm = AlgorithmIdentifier::read(&mut walk, "SignerInfo.signatureAlgorithm")?;
    let signature = walk.expect(tag::OCTET_STRING, "SignerInfo.signature")?;
    let unsigned = walk.optional(tag::context_constructed(1), "SignerInfo.unsignedAttrs")?;
    if let Some(set) = unsigned {
        let mut inside = set.walk();
        while !inside.is_empty() {
            read_attribute(
                inside.expect(tag::SEQUENCE, "SignerInfo.unsignedAttrs")?,
                "SignerInfo.unsignedAttrs",
            )?;
        }
    }
    walk.finish("SignerInfo")?;
    Ok(SignerInfo {
        offset: element.offset,
        version: version.small_integer("SignerInfo.version")?,
        version_offset: version.offset,
        sid,
        sid_offset,
        digest_algorithm,
        signed_attributes,
        signature_algorithm,
        signature: signature.value,
        signature_offset: signature.value_offset(),
        unsigned_attributes_offset: unsigned.map(|set| set.offset),
    })
}

fn read_issuer_and_serial(element: Element<'_>) -> Result<SignerIdentifier<'_>, DerError> {
    let mut walk = element.walk();
    let issuer = walk.expect(tag::SEQUENCE, "SignerInfo.sid.issuer")?;
    let serial = walk.expect(tag::INTEGER, "SignerInfo.sid.serialNumber")?;
    serial.check_integer("SignerInfo.sid.serialNumber")?;
    walk.finish("SignerInfo.sid")?;
    Ok(SignerIdentifier::IssuerAndSerial { issuer: issuer.raw, serial: serial.value })
}

const SIGNED_ATTRIBUTES: &str = "SignerInfo.signedAttrs";

fn read_signed_attributes(set: Element<'_>) -> Result<SignedAttributes<'_>, DerError> {
    let mut walk = set.walk();
    let (mut attributes, mut raw) = (Vec::new(), Vec::new());
    while !walk.is_empty() {
        let element = walk.expect(tag::SEQUENCE, SIGNED_ATTRIBUTES)?;
        raw.push(element.raw);
        attributes.push(read_attribute(element, SIGNED_ATTRIBUTES)?);
    }
    if attributes.is_empty() {
        // SET SIZE (1..MAX)
        return Err(set.error(SIGNED_ATTRIBUTES, DerProblem::Missing));
    }
    if !is_sorted(&raw) {
        return Err(set.error(SIGNED_ATTRIBUTES, DerProblem::SetNotSorted));
    }
    Ok(SignedAttributes { offset: set.offset, raw: set.raw, attributes })
}

fn read_attribute<'a>(element: Element<'a>, field: &'static str) -> Result<Attribute<'a>, DerError> {
    let mut walk = element.walk();
    let oid = walk.expect(tag::OID, field)?.oid(field)?;
    let set = walk.expect(tag::SET, field)?;
    walk.finish(field)?;
    let mut inside = set.walk();
    let mut values = Vec::new();
    while !inside.is_empty() {
        values.push(inside.any(field)?.raw);
    }
    Ok(Attribute { offset: element.offset, oid, values })
}
