//! Collects the facts about a parsed CMS: for our judge as findings, for the kernel's as [`Facts`].

use mldsa::Context;
use mldsa::dynamic::Parameters;

use super::{AttributesFact, Finding, Policy, Problem, SignerReport, attributes};
use crate::algorithm::{Digest, Signature};
use crate::asn1::AlgorithmIdentifier;
use crate::cert::{CertError, Certificate, PublicKey, hex, name_text};
use crate::cms::{ID_DATA, SignedData, SignerIdentifier, SignerInfo};
use crate::trust::TrustStore;

/// What became of one signer's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// No trusted certificate.
    NoTrustedKey,
    /// Key and algorithm are of a kind that is not checked yet: RSA, ECDSA, …
    NotChecked,
    /// The key is of another algorithm than the signature.
    OtherAlgorithm,
    /// It does not verify.
    Bad,
    /// It verifies.
    Verified,
}

/// What the kernel's judge needs to know of one signer.
#[derive(Debug)]
pub(crate) struct SignerFacts {
    pub(crate) digest: Option<Digest>,
    pub(crate) algorithm: Option<Signature>,
    pub(crate) attributes: AttributesFact,
    /// `None` if several trusted certificates match and do not give the same result: which one Linux takes
    /// depends on the order in which it got them.
    pub(crate) check: Option<Check>,
}

/// What the kernel's judge needs to know of a message.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) signed_data: &'a SignedData<'a>,
    /// A certificate inside is none.
    pub(crate) broken_certificate: bool,
    pub(crate) signers: Vec<SignerFacts>,
}

/// Findings, with the signer they are about.
struct Findings {
    list: Vec<Finding>,
    signer: Option<usize>,
}

impl Findings {
    fn add(&mut self, offset: usize, problem: Problem) {
        self.list.push(Finding { offset: Some(offset), signer: self.signer, problem });
    }

    /// Adds a finding if the digest is a weak one.
    fn weak(&mut self, offset: usize, digest: Option<Digest>, field: &'static str) {
        if let Some((digest, weakness)) = digest.and_then(|digest| Some((digest, digest.weakness()?))) {
            self.add(offset, Problem::WeakDigest { digest, weakness, field });
        }
    }
}

/// Looks at everything. Offsets are those in the CMS.
pub(super) fn examine<'a>(
    signed_data: &'a SignedData<'a>,
    module: &[u8],
    trust: &TrustStore,
    policy: &Policy,
) -> (Facts<'a>, Vec<SignerReport>, Vec<Finding>) {
    let mut findings = Findings { list: Vec::new(), signer: None };
    let broken_certificate = examine_message(signed_data, &mut findings);
    let mut facts = Facts { signed_data, broken_certificate, signers: Vec::new() };
    let mut reports = Vec::new();
    for (number, signer) in signed_data.signers.iter().enumerate() {
        findings.signer = Some(number);
        let (signer_facts, report) =
            examine_signer(signed_data, signer, module, trust, policy, &mut findings);
        facts.signers.push(signer_facts);
        reports.push(report);
    }
    (facts, reports, findings.list)
}

/// What is the message's and no signer's. Returns whether a certificate inside is none.
fn examine_message(signed_data: &SignedData<'_>, findings: &mut Findings) -> bool {
    if !matches!(signed_data.version, 1 | 3) {
        findings.add(signed_data.version_offset, Problem::SignedDataVersion(signed_data.version));
    }
    if signed_data.digest_algorithms.is_empty() {
        findings.add(signed_data.digest_algorithms_offset, Problem::NoDigestAlgorithms);
    }
    for algorithm in &signed_data.digest_algorithms {
        findings.weak(algorithm.offset, Digest::from_oid(&algorithm.oid), "SignedData.digestAlgorithms");
    }
    if signed_data.content_type != ID_DATA {
        let content_type = signed_data.content_type.to_string();
        findings.add(signed_data.content_type_offset, Problem::ContentType { content_type });
    }
    if let Some(offset) = signed_data.content_offset {
        findings.add(offset, Problem::ContentAttached);
    }
    if signed_data.signers.is_empty() {
        findings.add(signed_data.signers_offset, Problem::NoSigners);
    }
    let mut broken = false;
    for embedded in &signed_data.certificates {
        match Certificate::from_der(embedded.der) {
            Ok(certificate) => {
                findings.weak(
                    embedded.offset,
                    certificate.weak_signature(),
                    "the signature of a certificate inside",
                );
            }
            Err(error) => {
                broken |= matches!(error, CertError::Der(_));
                findings.add(embedded.offset, Problem::EmbeddedCertificate(error));
            }
        }
    }
    broken
}

fn examine_signer(
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    module: &[u8],
    trust: &TrustStore,
    policy: &Policy,
    findings: &mut Findings,
) -> (SignerFacts, SignerReport) {
    examine_versions(signed_data, signer, findings);
    let digest = examine_digest(signed_data, signer, findings);
    let algorithm = Signature::from_oid(&signer.signature_algorithm.oid);
    findings.weak(
        signer.signature_algorithm.offset,
        algorithm.and_then(Signature::digest),
        "SignerInfo.signatureAlgorithm",
    );

    let mut attributes_fact = AttributesFact::None;
    let mut attributes_right = true;
    if let Some(signed_attributes) = &signer.signed_attributes {
        let (fact, problem) = attributes::check(signed_attributes, digest, module);
        attributes_fact = fact;
        if let Some((offset, problem)) = problem {
            attributes_right = false;
            findings.add(offset, problem);
        }
    }

    let identifier = identifier_text(&signer.sid);
    let candidates: Vec<&Certificate> = trust.find(&signer.sid).collect();
    let (check, agreed, certificate) = match algorithm {
        Some(Signature::MlDsa(parameters)) => {
            for (field, algorithm) in [
                ("SignerInfo.signatureAlgorithm", &signer.signature_algorithm),
                ("SignerInfo.digestAlgorithm", &signer.digest_algorithm),
            ] {
                if algorithm.parameters.is_some() {
                    findings.add(algorithm.offset, Problem::ParametersPresent { field });
                }
            }
            check_ml_dsa(parameters, signer, module, &candidates, findings)
        }
        Some(Signature::RsaEncryption | Signature::EcdsaWith(_)) => {
            check_rsa_or_ecdsa(signer, digest, module, &candidates, findings)
        }
        other => {
            let name = Signature::name_of_oid(&signer.signature_algorithm.oid);
            let not_yet = other.is_some_and(Signature::is_known_to_linux);
            findings.add(signer.signature_algorithm.offset, Problem::UnsupportedSignature { name, not_yet });
            match candidates.first() {
                Some(certificate) => (Check::NotChecked, true, Some(*certificate)),
                None => (Check::NoTrustedKey, true, None),
            }
        }
    };
    if check == Check::NoTrustedKey {
        findings.add(signer.sid_offset, Problem::UnknownSigner { identifier: identifier.clone() });
    }
    if let Some(certificate) = certificate {
        findings.weak(
            signer.sid_offset,
            certificate.weak_signature(),
            "the signature of the signer's certificate",
        );
    }
    let verified = check == Check::Verified && attributes_right;
    if let (true, Some(signed_attributes)) = (verified, &signer.signed_attributes) {
        match digest {
            _ if !policy.allow_signed_attributes => {
                findings.add(signed_attributes.offset, Problem::SignedAttributes);
            }
            Some(Digest::Sha512) => {}
            // Not SHA-512, and known, or else it is a finding already (`examine_digest`).
            digest => {
                let digest = digest.unwrap_or(Digest::Sha256);
                findings.add(signed_attributes.offset, Problem::SignedAttributesDigest(digest));
            }
        }
    }
    let report = SignerReport {
        identifier,
        subject: certificate.map(Certificate::subject),
        algorithm: Signature::name_of_oid(&signer.signature_algorithm.oid),
        digest: Signature::name_of_oid(&signer.digest_algorithm.oid),
        signed_attributes: signer.signed_attributes.is_some(),
        verified,
    };
    let check = agreed.then_some(check);
    (SignerFacts { digest, algorithm, attributes: attributes_fact, check }, report)
}

/// RFC 5652 §5.3: 1 with issuerAndSerialNumber, 3 with subjectKeyIdentifier; Linux wants SignedData's to be the same.
fn examine_versions(signed_data: &SignedData<'_>, signer: &SignerInfo<'_>, findings: &mut Findings) {
    let by_key_id = matches!(signer.sid, SignerIdentifier::SubjectKeyId(_));
    match (signer.version, by_key_id) {
        (1, false) | (3, true) if signer.version == signed_data.version => {}
        (1, true) | (3, false) if signer.version == signed_data.version => {
            findings.add(signer.version_offset, Problem::IdentifierVersion { version: signer.version });
        }
        _ => {
            let (signed_data, signer_version) = (signed_data.version, signer.version);
            findings
                .add(signer.version_offset, Problem::SignerVersion { signed_data, signer: signer_version });
        }
    }
}

/// The digest must be strong, one of those that are written, and listed in the message.
fn examine_digest(
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    findings: &mut Findings,
) -> Option<Digest> {
    let AlgorithmIdentifier { offset, oid, .. } = signer.digest_algorithm;
    let digest = Digest::from_oid(&oid);
    findings.weak(offset, digest, "SignerInfo.digestAlgorithm");
    let usable = |digest: Digest| digest.weakness().is_some() || Digest::SIGNING.contains(&digest);
    if !digest.is_some_and(usable) {
        findings.add(offset, Problem::UnsupportedDigest { name: Signature::name_of_oid(&oid) });
    }
    // RFC 5652 §5.1. An empty list has been found already.
    let listed = &signed_data.digest_algorithms;
    if !listed.is_empty() && !listed.iter().any(|algorithm| algorithm.oid == oid) {
        findings.add(offset, Problem::DigestNotListed { digest: Signature::name_of_oid(&oid) });
    }
    digest
}

/// Tries the trusted certificates that the SignerInfo means. Any that verifies is enough (the same key may have
/// two certificates with one key identifier). Returns the result, whether all gave the same, and the certificate.
fn check_ml_dsa<'t>(
    parameters: Parameters,
    signer: &SignerInfo<'_>,
    module: &[u8],
    candidates: &[&'t Certificate],
    findings: &mut Findings,
) -> (Check, bool, Option<&'t Certificate>) {
    let attributes = signer.signed_attributes.as_ref().map(|attributes| attributes.signed_bytes());
    // RFC 5652 §5.4: the content itself, or the attributes in its place.
    let message = attributes.as_deref().unwrap_or(module);
    let check_one = |certificate: &Certificate| match certificate.public_key() {
        PublicKey::MlDsa(key) if key.parameters() == parameters => {
            // A wrong length ends here, before anything as long as a module is hashed.
            let right_length = signer.signature.len() == parameters.signature_len();
            if right_length && key.verify(message, Context::EMPTY, signer.signature).is_ok() {
                Check::Verified
            } else {
                Check::Bad
            }
        }
        _ => Check::OtherAlgorithm,
    };
    let checks: Vec<Check> = candidates.iter().map(|certificate| check_one(certificate)).collect();
    let agreed = checks.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
    let best = checks.iter().position(|&check| check == Check::Verified).unwrap_or(0);
    let (Some(&check), Some(&certificate)) = (checks.get(best), candidates.get(best)) else {
        return (Check::NoTrustedKey, true, None);
    };
    match check {
        Check::OtherAlgorithm => findings.add(
            signer.signature_algorithm.offset,
            Problem::AlgorithmMismatch {
                signature: parameters.name().into(),
                key: certificate.public_key().algorithm_name().into(),
            },
        ),
        Check::Bad if signer.signature.len() != parameters.signature_len() => findings.add(
            signer.signature_offset,
            Problem::SignatureLength { expected: parameters.signature_len(), found: signer.signature.len() },
        ),
        Check::Bad => findings.add(signer.signature_offset, Problem::BadSignature),
        _ => {}
    }
    (check, agreed, Some(certificate))
}

/// The same for RSA and ECDSA, whose digest is the digestAlgorithm (also where ECDSA's OID names one: they must agree).
fn check_rsa_or_ecdsa<'t>(
    signer: &SignerInfo<'_>,
    digest: Option<Digest>,
    module: &[u8],
    candidates: &[&'t Certificate],
    findings: &mut Findings,
) -> (Check, bool, Option<&'t Certificate>) {
    let attributes = signer.signed_attributes.as_ref().map(|attributes| attributes.signed_bytes());
    let message = attributes.as_deref().unwrap_or(module);
    let algorithm = Signature::from_oid(&signer.signature_algorithm.oid);
    let check_one = |certificate: &Certificate| {
        let fits = match (certificate.public_key(), algorithm) {
            (PublicKey::Rsa(_), Some(Signature::RsaEncryption)) => true,
            (PublicKey::Ec(_), Some(Signature::EcdsaWith(named))) => Some(named) == digest,
            _ => return Check::OtherAlgorithm,
        };
        let verify = |digest| certificate.public_key().verify(digest, message, signer.signature).is_ok();
        if fits && digest.is_some_and(verify) { Check::Verified } else { Check::Bad }
    };
    let checks: Vec<Check> = candidates.iter().map(|certificate| check_one(certificate)).collect();
    let agreed = checks.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
    let best = checks.iter().position(|&check| check == Check::Verified).unwrap_or(0);
    let (Some(&check), Some(&certificate)) = (checks.get(best), candidates.get(best)) else {
        return (Check::NoTrustedKey, true, None);
    };
    match check {
        Check::OtherAlgorithm => findings.add(
            signer.signature_algorithm.offset,
            Problem::AlgorithmMismatch {
                signature: Signature::name_of_oid(&signer.signature_algorithm.oid),
                key: certificate.public_key().algorithm_name().into(),
            },
        ),
        Check::Bad => findings.add(signer.signature_offset, Problem::BadSignature),
        _ => {}
    }
    (check, agreed, Some(certificate))
}

fn identifier_text(sid: &SignerIdentifier<'_>) -> String {
    match sid {
        SignerIdentifier::IssuerAndSerial { issuer, serial } => {
            format!("{}, serial {}", name_text(issuer), hex(serial))
        }
        SignerIdentifier::SubjectKeyId(id) => format!("key identifier {}", hex(id)),
    }
}
