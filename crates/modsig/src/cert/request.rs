//! Certificate requests: PKCS#10 (RFC 2986), for a certificate authority that keeps its key to itself.

use der::asn1::ObjectIdentifier;
use der::{Decode as _, Encode as _};
use mldsa::Rnd;
use x509_cert::name::Name;

use super::template::encoding;
use super::{CertError, Purpose, Subject, check_own_signature};
use crate::algorithm::{Digest, Signature};
use crate::asn1::{AlgorithmIdentifier, DerError, DerProblem, Walk, tag, write};
use crate::key::PrivateKey;
use crate::public_key::{PublicKey, PublicKeyError};
use crate::text::name_text;

/// extensionRequest, PKCS#9 (RFC 2985 §5.4.2).
const EXTENSION_REQUEST: der::asn1::ObjectIdentifier =
    der::asn1::ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");

/// Creates a certificate request in DER, signed with the key: the subject, and a request for the extensions of the
/// purpose. RSA and ECDSA sign with SHA-512. PEM label: `CERTIFICATE REQUEST`.
///
/// # Errors
/// [`CertError::Fault`].
pub fn request(
    subject: &Subject,
    purpose: &Purpose,
    key: &PrivateKey,
    rnd: &Rnd,
) -> Result<Vec<u8>, CertError> {
    let extensions = purpose.extensions().and_then(|extensions| extensions.to_der()).map_err(encoding)?;
    // Attribute ::= SEQUENCE { type, SET OF value }; attributes ::= [0] IMPLICIT SET OF Attribute
    let oid = write(tag::OID, &[EXTENSION_REQUEST.as_bytes()]);
    let attribute = write(tag::SEQUENCE, &[&oid, &write(tag::SET, &[&extensions])]);
    let info = write(
        tag::SEQUENCE,
        &[
            &write(tag::INTEGER, &[&[0]]),
            subject.as_der(),
            &key.public_key().to_spki_der(),
            &write(tag::context_constructed(0), &[&attribute]),
        ],
    );
    // CertificationRequest has the frame of a certificate. The signature is verified before it leaves: a faulty one
    // could reveal the key.
    let algorithm = key.algorithm().in_certificate(DIGEST);
    let signature = key.sign(&info, DIGEST, rnd)?;
    key.public_key().verify(DIGEST, &info, &signature).map_err(|_| CertError::Fault)?;
    Ok(write(tag::SEQUENCE, &[&info, &algorithm, &write(tag::BIT_STRING, &[&[0], &signature])]))
}

/// The digest with which RSA and ECDSA sign a request.
const DIGEST: Digest = Digest::Sha512;

/// The fields of a parsed certificate request that are shown. Linux never reads requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    subject: Vec<u8>,
    public_key: PublicKey,
    signature_oid: ObjectIdentifier,
    own_signature: Result<(), CertError>,
}

const FIELD: &str = "CertificationRequest";

impl Request {
    /// PEM labels of certificate requests.
    pub const LABELS: [&'static str; 2] = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

    /// Reads one certificate request in DER (RFC 2986 §4); no byte may follow it. Does not read its attributes.
    ///
    /// # Errors
    /// [`CertError::Der`], [`CertError::PublicKey`]. A signature that does not verify is not an error here:
    /// [`Self::own_signature`] checks it.
    pub fn from_der(der: &[u8]) -> Result<Self, CertError> {
        let parsed = parse(der).map_err(CertError::Der)?;
        let public_key = PublicKey::from_spki_der(parsed.key).map_err(|error| match error {
            PublicKeyError::Der(error) => CertError::Der(error.shifted(parsed.key_offset)),
            other => CertError::PublicKey(other),
        })?;
        let algorithm = &parsed.algorithm;
        let own_signature = check_own_signature(
            &public_key,
            &algorithm.oid,
            algorithm.parameters,
            parsed.info,
            parsed.signature,
        );
        Ok(Self { subject: parsed.subject.into(), public_key, signature_oid: algorithm.oid, own_signature })
    }

    /// The subject as text (RFC 4514); it may contain the same characters as [`super::Certificate::issuer`].
    pub fn subject(&self) -> String {
        name_text(&self.subject)
    }

    /// The subject's Name, raw DER; it may be empty.
    pub fn subject_der(&self) -> &[u8] {
        &self.subject
    }

    /// The public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The name of its signature algorithm, or the digits of its OID.
    pub fn signature_algorithm_name(&self) -> String {
        Signature::name_of_oid(&self.signature_oid)
    }

    /// Verifies its signature with its own key.
    ///
    /// # Errors
    /// As [`super::Certificate::check_self_signature`].
    pub fn own_signature(&self) -> Result<(), CertError> {
        self.own_signature.clone()
    }
}

/// The parts of a request.
struct Parsed<'a> {
    info: &'a [u8],
    subject: &'a [u8],
    key: &'a [u8],
    key_offset: usize,
    algorithm: AlgorithmIdentifier<'a>,
    signature: &'a [u8],
}

fn parse(der: &[u8]) -> Result<Parsed<'_>, DerError> {
    let mut outside = Walk::new(der);
    let request = outside.expect(tag::SEQUENCE, FIELD)?;
    outside.finish(FIELD)?;
    let mut walk = request.walk();
    let info = walk.expect(tag::SEQUENCE, "CertificationRequestInfo")?;
    let algorithm = AlgorithmIdentifier::read(&mut walk, "CertificationRequest.signatureAlgorithm")?;
    let bits = walk.expect(tag::BIT_STRING, "CertificationRequest.signature")?;
    walk.finish(FIELD)?;
    let [0, signature @ ..] = bits.value else {
        let problem = DerProblem::InvalidValue("not a bit string of whole octets");
        return Err(bits.error("CertificationRequest.signature", problem));
    };
    let mut walk = info.walk();
    walk.expect(tag::INTEGER, "CertificationRequestInfo.version")?
        .small_integer("CertificationRequestInfo.version")?;
    let subject = walk.expect(tag::SEQUENCE, "CertificationRequestInfo.subject")?;
    if Name::from_der(subject.raw).is_err() {
        let problem = DerProblem::InvalidValue("not a name");
        return Err(subject.error("CertificationRequestInfo.subject", problem));
    }
    let key = walk.expect(tag::SEQUENCE, "CertificationRequestInfo.subjectPKInfo")?;
    walk.optional(tag::context_constructed(0), "CertificationRequestInfo.attributes")?;
    walk.finish("CertificationRequestInfo")?;
    Ok(Parsed {
        info: info.raw,
        subject: subject.raw,
        key: key.raw,
        key_offset: key.offset,
        algorithm,
        signature,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use mldsa::Seed;
    use mldsa::dynamic::Parameters;

    /// Kills: a request with changed bytes that is shown as verified; a panic on a truncated request.
    #[test]
    fn a_request_is_read_back() {
        let key = PrivateKey::from_seed(Parameters::MlDsa44, &Seed::from_bytes([3; 32]));
        let subject = Subject::common_name("me").unwrap();
        let der = request(&subject, &Purpose::default(), &key, &Rnd::DETERMINISTIC).unwrap();
        let read = Request::from_der(&der).unwrap();
        assert_eq!((read.subject().as_str(), read.public_key()), ("CN=me", key.public_key()));
        assert_eq!(read.subject_der(), subject.as_der());
        assert_eq!((read.own_signature(), read.signature_algorithm_name().as_str()), (Ok(()), "ML-DSA-44"));
        let at = der.windows(2).position(|window| window == b"me").unwrap();
        for place in [at, der.len() - 1] {
            let mut bad = der.clone();
            bad[place] ^= 1;
            assert_eq!(Request::from_der(&bad).unwrap().own_signature(), Err(CertError::SelfSignature));
        }
        assert!((0..der.len()).all(|len| Request::from_der(&der[..len]).is_err()));
        for place in 0..120 {
            let mut bad = der.clone();
            bad[place] ^= 1 << (place % 8);
            let verified = Request::from_der(&bad).is_ok_and(|bad| bad.own_signature().is_ok());
            assert!(!verified, "byte {place}");
        }
        assert!(Request::from_der(&[&der[..], &[0]].concat()).is_err());
    }
}
