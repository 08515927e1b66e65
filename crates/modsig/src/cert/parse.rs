//! The X.509 parser: RFC 5280 §4.1, field by field.

use core::ops::Range;

use der::asn1::{GeneralizedTime, ObjectIdentifier, UtcTime};
use der::{DateTime, Decode as _};

use super::{CertError, Certificate, MAX_CERTIFICATE_LEN, Parts};
use crate::asn1::{AlgorithmIdentifier, DerError, DerProblem, Element, Walk, tag};
use crate::public_key::{PublicKey, PublicKeyError};

/// id-ce-subjectKeyIdentifier, RFC 5280 §4.2.1.2.
const SUBJECT_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");

/// id-ce-authorityKeyIdentifier, RFC 5280 §4.2.1.1.
const AUTHORITY_KEY_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");

/// The range of the value in the certificate.
fn value_range(element: &Element<'_>) -> Range<usize> {
    element.value_offset()..element.offset + element.raw.len()
}

/// The range of the whole element in the certificate.
fn raw_range(element: &Element<'_>) -> Range<usize> {
    element.offset..element.offset + element.raw.len()
}

/// Parses exactly one certificate.
pub(super) fn parse(der: &[u8]) -> Result<Certificate, CertError> {
    if der.len() > MAX_CERTIFICATE_LEN {
        let problem = DerProblem::TooLong { limit: MAX_CERTIFICATE_LEN };
        return Err(CertError::Der(DerError { offset: 0, field: "Certificate", problem }));
    }
    let (parts, key) = read_certificate(der).map_err(CertError::Der)?;
    let public_key = PublicKey::read(&key.algorithm, key.bits, key.offset).map_err(|error| match error {
        PublicKeyError::Der(error) => CertError::Der(error),
        other => CertError::PublicKey(other),
    })?;
    Ok(Certificate { der: der.to_vec(), parts, public_key })
}

/// A partly parsed subjectPublicKeyInfo.
struct KeyInfo<'a> {
    algorithm: AlgorithmIdentifier<'a>,
    bits: &'a [u8],
    /// Offset of `bits` in the certificate.
    offset: usize,
}

fn read_certificate(der: &[u8]) -> Result<(Parts, KeyInfo<'_>), DerError> {
    let mut outside = Walk::new(der);
    let certificate = outside.expect(tag::SEQUENCE, "Certificate")?;
    outside.finish("Certificate")?;
    let mut walk = certificate.walk();
    let tbs = walk.expect(tag::SEQUENCE, "TBSCertificate")?;
    let algorithm = AlgorithmIdentifier::read(&mut walk, "Certificate.signatureAlgorithm")?;
    let signature = bit_string(&mut walk, "Certificate.signatureValue")?;
    walk.finish("Certificate")?;
    read_tbs(der, tbs, &algorithm, signature)
}

/// Reads a TBSCertificate; `algorithm` and `signature` are the other two fields of the certificate `der`.
fn read_tbs<'a>(
    der: &'a [u8],
    tbs: Element<'a>,
    algorithm: &AlgorithmIdentifier<'a>,
    signature: Range<usize>,
) -> Result<(Parts, KeyInfo<'a>), DerError> {
    let mut walk = tbs.walk();
    if let Some(version) = walk.optional(tag::context_constructed(0), "TBSCertificate.version")? {
        let mut inside = version.walk();
        inside.expect(tag::INTEGER, "TBSCertificate.version")?.small_integer("TBSCertificate.version")?;
        inside.finish("TBSCertificate.version")?;
    }
    let serial = walk.expect(tag::INTEGER, "TBSCertificate.serialNumber")?;
    serial.check_integer("TBSCertificate.serialNumber")?;
    let inner_algorithm = AlgorithmIdentifier::read(&mut walk, "TBSCertificate.signature")?;
    if inner_algorithm.raw != algorithm.raw {
        // RFC 5280 §4.1.1.2
        let problem = DerProblem::InvalidValue("differs from TBSCertificate.signature");
        return Err(DerError { offset: algorithm.offset, field: "Certificate.signatureAlgorithm", problem });
    }
    let issuer = walk.expect(tag::SEQUENCE, "TBSCertificate.issuer")?;
    let validity = walk.expect(tag::SEQUENCE, "TBSCertificate.validity")?;
    let subject = walk.expect(tag::SEQUENCE, "TBSCertificate.subject")?;
    let key_info = walk.expect(tag::SEQUENCE, "TBSCertificate.subjectPublicKeyInfo")?;
    walk.optional(tag::context(1), "TBSCertificate.issuerUniqueID")?;
    walk.optional(tag::context(2), "TBSCertificate.subjectUniqueID")?;
    let found = match walk.optional(tag::context_constructed(3), "TBSCertificate.extensions")? {
        Some(extensions) => read_extensions(extensions)?,
        None => Found::default(),
    };
    walk.finish("TBSCertificate")?;
    let (not_before, not_after) = read_validity(validity)?;
    let key = read_key_info(der, key_info)?;

    let subject_key_id = found.subject_key_id;
    let own_id = subject_key_id.clone().and_then(|range| der.get(range));
    let names_another_authority =
        found.authority.is_some_and(|authority| authority.names_another_than(own_id, serial.value));
    let parts = Parts {
        tbs: raw_range(&tbs),
        serial: value_range(&serial),
        issuer: raw_range(&issuer),
        subject: raw_range(&subject),
        subject_key_id,
        names_another_authority,
        not_before,
        not_after,
        signature_oid: algorithm.oid,
        signature_parameters: algorithm.parameters.map(|parameters| parameters_range(algorithm, parameters)),
        signature,
    };
    Ok((parts, key))
}

fn read_validity(element: Element<'_>) -> Result<(DateTime, DateTime), DerError> {
    let mut walk = element.walk();
    let not_before = read_time(&mut walk, "Validity.notBefore")?;
    let not_after = read_time(&mut walk, "Validity.notAfter")?;
    walk.finish("Validity")?;
    Ok((not_before, not_after))
}

fn read_key_info<'a>(der: &'a [u8], element: Element<'a>) -> Result<KeyInfo<'a>, DerError> {
    let mut walk = element.walk();
    let algorithm = AlgorithmIdentifier::read(&mut walk, "SubjectPublicKeyInfo.algorithm")?;
    let key = bit_string(&mut walk, "SubjectPublicKeyInfo.subjectPublicKey")?;
    walk.finish("SubjectPublicKeyInfo")?;
    Ok(KeyInfo { algorithm, offset: key.start, bits: der.get(key).unwrap_or_default() })
}

/// The range of the parameters: they are the last element of their AlgorithmIdentifier.
fn parameters_range(algorithm: &AlgorithmIdentifier<'_>, parameters: &[u8]) -> Range<usize> {
    let end = algorithm.offset + algorithm.raw.len();
    end.saturating_sub(parameters.len())..end
}

/// The extensions that are kept.
#[derive(Default)]
struct Found<'a> {
    subject_key_id: Option<Range<usize>>,
    authority: Option<Authority<'a>>,
}

/// How an AuthorityKeyIdentifier (RFC 5280 §4.2.1.1) names the issuer's key.
#[derive(Default)]
struct Authority<'a> {
    key_id: Option<&'a [u8]>,
    serial: Option<&'a [u8]>,
}

impl<'a> Authority<'a> {
    /// Reads what is readable. No decision depends on it, so a malformed identifier names no key.
    fn read(value: &Element<'a>) -> Self {
        const FIELD: &str = "AuthorityKeyIdentifier";
        let mut authority = Self::default();
        let Ok(sequence) = value.walk().expect(tag::SEQUENCE, FIELD) else { return authority };
        let mut walk = sequence.walk();
        while let Ok(element) = walk.any(FIELD) {
            match element.tag() {
                tag if tag == tag::context(0) => authority.key_id = Some(element.value),
                tag if tag == tag::context(2) => authority.serial = Some(element.value),
                _ => {}
            }
        }
        authority
    }

    fn names_another_than(&self, key_id: Option<&[u8]>, serial: &[u8]) -> bool {
        match (self.key_id, self.serial) {
            (Some(named), _) if key_id == Some(named) => false,
            (_, Some(named)) if serial == named => false,
            (None, None) => false,
            _ => true,
        }
    }
}

/// Reads a BIT STRING of whole octets and returns their range.
fn bit_string(walk: &mut Walk<'_>, field: &'static str) -> Result<Range<usize>, DerError> {
    let element = walk.expect(tag::BIT_STRING, field)?;
    match element.value {
        [0, ..] => Ok(element.value_offset() + 1..element.offset + element.raw.len()),
        _ => Err(element.error(field, DerProblem::InvalidValue("not a bit string of whole octets"))),
    }
}

/// Reads the extensions and finds the key identifiers. No other extension affects this crate's decisions, but all must
/// be well-formed.
fn read_extensions(element: Element<'_>) -> Result<Found<'_>, DerError> {
    const EXTENSION: &str = "Extension";
    let mut outside = element.walk();
    let list = outside.expect(tag::SEQUENCE, "TBSCertificate.extensions")?;
    outside.finish("TBSCertificate.extensions")?;
    let mut walk = list.walk();
    let mut found = Found::default();
    while !walk.is_empty() {
        let extension = walk.expect(tag::SEQUENCE, EXTENSION)?;
        let mut inside = extension.walk();
        let oid = inside.expect(tag::OID, "Extension.extnID")?.oid("Extension.extnID")?;
        inside.optional(tag::BOOLEAN, "Extension.critical")?;
        let value = inside.expect(tag::OCTET_STRING, "Extension.extnValue")?;
        inside.finish(EXTENSION)?;
        if oid == SUBJECT_KEY_ID {
            const FIELD: &str = "SubjectKeyIdentifier";
            let mut inside = value.walk();
            let id = inside.expect(tag::OCTET_STRING, FIELD)?;
            inside.finish(FIELD)?;
            if found.subject_key_id.replace(value_range(&id)).is_some() {
                return Err(extension.error(FIELD, DerProblem::InvalidValue("it appears twice")));
            }
        } else if oid == AUTHORITY_KEY_ID {
            found.authority = Some(Authority::read(&value));
        }
    }
    Ok(found)
}

/// Reads a Time: UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280 §4.1.2.5). Linux rejects a GeneralizedTime
/// before 2050, too.
fn read_time(walk: &mut Walk<'_>, field: &'static str) -> Result<DateTime, DerError> {
    const MALFORMED: DerProblem =
        DerProblem::InvalidValue("not a UTC time since 1970 in the form of RFC 5280");
    let element = walk.any(field)?;
    let malformed = |_: der::Error| element.error(field, MALFORMED);
    match element.tag() {
        tag::UTC_TIME => Ok(UtcTime::from_der(element.raw).map_err(malformed)?.to_date_time()),
        tag::GENERALIZED_TIME => {
            let time = GeneralizedTime::from_der(element.raw).map_err(malformed)?.to_date_time();
            if time.year() < 2050 {
                let problem =
                    DerProblem::InvalidValue("GeneralizedTime before 2050; RFC 5280 requires UTCTime");
                return Err(element.error(field, problem));
            }
            Ok(time)
        }
        found => Err(element.error(field, DerProblem::UnexpectedTag { expected: tag::UTC_TIME, found })),
    }
}
