//! The strict verifier: examines a parsed CMS. Collects every finding instead of stopping at the first.

use super::checks::Diagnostics;
use super::context::VerifyContext;
use super::policy::{EmbeddedCertificates, KeyKind};
use super::signature::{examine_permission_of_attributes, examine_signature, verify_with};
use super::{Check, Policy, Problem, SignerReport, Warning, attributes};
use crate::algorithm::{Digest, Signature};
use crate::asn1::{AlgorithmIdentifier, tag};
use crate::cert::{Certificate, Lint, PublicKey};
use crate::cms::{ID_DATA, SignedData, SignerIdentifier, SignerInfo};
use crate::kernel::{self, Objection};
use crate::module_cache::ModuleCache;
use crate::trust::TrustStore;

/// Examines everything. Offsets are those in the CMS.
pub(super) fn examine(
    cms: &[u8],
    signed_data: &SignedData<'_>,
    context: VerifyContext<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<SignerReport> {
    examine_message(signed_data, diagnostics);
    examine_certificates_inside(cms, signed_data, context, diagnostics);
    let mut reports = Vec::new();
    let mut keys: Vec<&Certificate> = Vec::new();
    for (number, signer) in signed_data.signers.iter().enumerate() {
        diagnostics.signer = Some(number);
        let (report, certificate) = examine_signer(signed_data, signer, context, diagnostics);
        if let Some(certificate) = certificate.filter(|_| report.verified)
            && !keys.iter().any(|other| other.public_key() == certificate.public_key())
        {
            keys.push(certificate);
        }
        reports.push(report);
    }
    diagnostics.signer = None;
    diagnostics.check(Check::SIGNERS, signed_data.signers_offset);
    if signed_data.signers.is_empty() {
        diagnostics.find(signed_data.signers_offset, Problem::NoSigners);
    } else if keys.len() < context.policy.min_signers() && reports.iter().all(|report| report.verified) {
        let (found, wanted) = (keys.len(), context.policy.min_signers());
        diagnostics.find(signed_data.signers_offset, Problem::TooFewSigners { found, wanted });
    }
    for &(field, offset) in &signed_data.unsorted_sets {
        diagnostics.warn(Warning::SetNotSorted { field, offset: diagnostics.base + offset });
    }
    reports
}

/// Checks the fields of the message that belong to no signer.
fn examine_message(signed_data: &SignedData<'_>, diagnostics: &mut Diagnostics) {
    diagnostics.check(Check::VERSION, signed_data.version_offset);
    if !matches!(signed_data.version, 1 | 3) {
        diagnostics.find(signed_data.version_offset, Problem::SignedDataVersion(signed_data.version));
    }
    diagnostics.check(Check::DIGEST_ALGORITHMS, signed_data.digest_algorithms_offset);
    if signed_data.digest_algorithms.is_empty() {
        diagnostics.find(signed_data.digest_algorithms_offset, Problem::NoDigestAlgorithms);
    }
    for algorithm in &signed_data.digest_algorithms {
        let digest = Digest::from_oid(&algorithm.oid);
        diagnostics.find_weak(algorithm.offset, digest, "SignedData.digestAlgorithms");
    }
    diagnostics.check(Check::CONTENT, signed_data.content_type_offset);
    if signed_data.content_type != ID_DATA {
        let content_type = signed_data.content_type.to_string();
        diagnostics.find(signed_data.content_type_offset, Problem::ContentType { content_type });
    }
    if let Some(offset) = signed_data.content_offset {
        diagnostics.find(offset, Problem::ContentAttached);
    }
}

/// Checks embedded certificates. They are never trusted, but Linux parses them first and rejects the message if one is
/// wrong.
fn examine_certificates_inside(
    cms: &[u8],
    signed_data: &SignedData<'_>,
    context: VerifyContext<'_>,
    diagnostics: &mut Diagnostics,
) {
    let VerifyContext { cache, trust, policy, work } = context;
    let Some(first) = signed_data.certificates.first() else { return };
    diagnostics.check(Check::CERTIFICATES, first.offset);
    match policy.embedded_certificates() {
        EmbeddedCertificates::Allow => {}
        EmbeddedCertificates::Warn => {
            let offset = diagnostics.base + first.offset;
            diagnostics.warn(Warning::EmbeddedCertificates { count: signed_data.certificates.len(), offset });
        }
        EmbeddedCertificates::Refuse => diagnostics.find(first.offset, Problem::CertificatesInside),
    }
    for embedded in &signed_data.certificates {
        match Certificate::from_der(embedded.der) {
            Ok(certificate) => {
                let field = "the signature of a certificate inside";
                diagnostics.find_weak(embedded.offset, certificate.weak_signature(), field);
                // `Certificate` checks neither names nor its own signature; Linux checks both.
                let work = &mut work.borrow_mut();
                match kernel::objection_to_embedded(embedded.der, &kernel::Config::STRICT, work) {
                    None => {}
                    Some(Objection::Refused(errno)) => {
                        diagnostics.find(embedded.offset, Problem::EmbeddedCertificateRefused(errno));
                    }
                    Some(Objection::TooExpensive) => diagnostics.find(embedded.offset, Problem::TooExpensive),
                }
            }
            Err(error) => diagnostics.find(embedded.offset, Problem::EmbeddedCertificate(error)),
        }
    }
    match kernel::objection_to_certificates(cache, cms, &trust.keyring(policy.kernel())) {
        None => {}
        Some(Objection::Refused(errno)) => {
            diagnostics.find(first.offset, Problem::CertificatesInsideRefused(errno));
        }
        Some(Objection::TooExpensive) => diagnostics.find(first.offset, Problem::TooExpensive),
    }
}

fn examine_signer<'t>(
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    context: VerifyContext<'t>,
    diagnostics: &mut Diagnostics,
) -> (SignerReport, Option<&'t Certificate>) {
    examine_versions(signed_data, signer, diagnostics);
    let digest = examine_digest(signed_data, signer, context.policy, diagnostics);
    let algorithm = examine_algorithm(signer, digest, diagnostics);
    let attributes_right = examine_attributes(signer, digest, context.cache, diagnostics);

    let identifier = signer.sid.to_string();
    let candidates: Vec<&Certificate> = context.trust.find(&signer.sid).collect();
    diagnostics.check(Check::TRUST, signer.sid_offset);
    if candidates.is_empty() {
        diagnostics.find(signer.sid_offset, Problem::UnknownSigner { identifier: identifier.clone() });
    }
    // One that verifies is enough: two certificates may have the same key and key identifier.
    let mut found = Ok(None);
    let usable = usable(&candidates, signer, context, diagnostics);
    for certificate in algorithm.iter().flat_map(|_| &usable).copied() {
        match verify_with(algorithm, digest, signer, certificate.public_key(), context) {
            Ok(false) => {}
            Ok(true) => {
                found = Ok(Some(certificate));
                break;
            }
            Err(error) => {
                found = Err(error);
                break;
            }
        }
    }
    let too_expensive = found.is_err();
    let found = found.unwrap_or_default();
    let certificate = found.or_else(|| usable.first().copied());
    let named = certificate.or_else(|| candidates.first().copied());
    if let Some(certificate) = certificate {
        examine_certificate(certificate, signer, context.trust, diagnostics);
        examine_key(certificate.public_key(), signer, context.policy, diagnostics);
    }
    let verified = examine_signature(
        signer,
        algorithm,
        digest,
        certificate,
        found.is_some(),
        too_expensive,
        diagnostics,
    ) && attributes_right;
    examine_permission_of_attributes(signer, algorithm, digest, verified, context.policy, diagnostics);
    if let Some(offset) = signer.unsigned_attributes_offset {
        diagnostics.check(Check::UNSIGNED_ATTRIBUTES, offset);
        diagnostics.warn(Warning::UnsignedAttributes { offset: diagnostics.base + offset });
    }
    let report = SignerReport {
        identifier,
        subject: named.map(|certificate| context.trust.subject(certificate).to_owned()),
        key: named.map(|certificate| certificate.public_key().to_string()),
        algorithm: Signature::name_of_oid(&signer.signature_algorithm.oid),
        digest: Signature::name_of_oid(&signer.digest_algorithm.oid),
        signed_attributes: signer.signed_attributes.is_some(),
        verified,
        offset: diagnostics.base + signer.offset,
    };
    (report, certificate)
}

/// The trusted certificates of a signer without those that are revoked, or with which the predicted kernel verifies no
/// modules because of their origin. If none is left, says why.
fn usable<'t>(
    candidates: &[&'t Certificate],
    signer: &SignerInfo<'_>,
    context: VerifyContext<'t>,
    diagnostics: &mut Diagnostics,
) -> Vec<&'t Certificate> {
    let (trust, config) = (context.trust, context.policy.kernel());
    let mut problem = None;
    let mut usable = Vec::new();
    for &certificate in candidates {
        let subject = || trust.subject(certificate).to_owned();
        if trust.is_revoked(certificate, config) {
            problem = problem.or_else(|| Some(Problem::Revoked { subject: subject() }));
        } else if let Some(reason) = trust.not_for_modules(certificate, config) {
            problem = problem.or_else(|| Some(Problem::NotForModules { subject: subject(), reason }));
        } else {
            usable.push(certificate);
        }
    }
    if let Some(problem) = problem.filter(|_| usable.is_empty()) {
        diagnostics.find(signer.sid_offset, problem);
    }
    usable
}

/// RFC 5652 §5.3: version 1 with issuerAndSerialNumber, 3 with subjectKeyIdentifier. Linux requires the same version in
/// SignedData.
fn examine_versions(signed_data: &SignedData<'_>, signer: &SignerInfo<'_>, diagnostics: &mut Diagnostics) {
    diagnostics.check(Check::SIGNER_VERSION, signer.version_offset);
    let by_key_id = matches!(signer.sid, SignerIdentifier::SubjectKeyId(_));
    match (signer.version, by_key_id) {
        (1, false) | (3, true) if signer.version == signed_data.version => {}
        (1, true) | (3, false) if signer.version == signed_data.version => {
            diagnostics.find(signer.version_offset, Problem::IdentifierVersion { version: signer.version });
        }
        _ => {
            let (signed_data, signer_version) = (signed_data.version, signer.version);
            diagnostics
                .find(signer.version_offset, Problem::SignerVersion { signed_data, signer: signer_version });
        }
    }
}

/// The digest must be strong, supported, allowed by the policy, and listed in the message.
fn examine_digest(
    signed_data: &SignedData<'_>,
    signer: &SignerInfo<'_>,
    policy: &Policy,
    diagnostics: &mut Diagnostics,
) -> Option<Digest> {
    let AlgorithmIdentifier { offset, oid, .. } = signer.digest_algorithm;
    diagnostics.check(Check::DIGEST, offset);
    let digest = Digest::from_oid(&oid);
    diagnostics.find_weak(offset, digest, "SignerInfo.digestAlgorithm");
    match digest {
        Some(digest) if digest.weakness().is_some() || policy.allows_digest(digest) => {}
        Some(digest) if Digest::SIGNING.contains(&digest) => {
            diagnostics.find(offset, Problem::DigestNotAllowed(digest));
        }
        _ => diagnostics.find(offset, Problem::UnsupportedDigest { name: Signature::name_of_oid(&oid) }),
    }
    // RFC 5652 §5.1. An empty list already has a finding.
    let listed = &signed_data.digest_algorithms;
    if !listed.is_empty() && !listed.iter().any(|algorithm| algorithm.oid == oid) {
        diagnostics.find(offset, Problem::DigestNotListed { digest: Signature::name_of_oid(&oid) });
    }
    digest
}

/// Whether the parameters of an AlgorithmIdentifier are NULL.
fn is_null(parameters: Option<&[u8]>) -> bool {
    parameters == Some(&[tag::NULL, 0])
}

/// Returns the signature algorithm if it is supported, and checks parameters: absent for ML-DSA (RFC 9882 §3.3) and
/// ECDSA (RFC 5758 §3.2), NULL for RSA (RFC 3370 §3.2). The digest's may be NULL, except with ML-DSA.
fn examine_algorithm(
    signer: &SignerInfo<'_>,
    digest: Option<Digest>,
    diagnostics: &mut Diagnostics,
) -> Option<Signature> {
    let AlgorithmIdentifier { offset, oid, parameters, .. } = signer.signature_algorithm;
    diagnostics.check(Check::ALGORITHM, offset);
    let algorithm = Signature::from_oid(&oid);
    let field = "SignerInfo.signatureAlgorithm";
    diagnostics.find_weak(offset, algorithm.and_then(Signature::digest), field);
    let digest_parameters = signer.digest_algorithm.parameters;
    let absent_digest_parameters = digest_parameters.is_none();
    let digest_parameters_right = match algorithm {
        Some(Signature::MlDsa(_)) => {
            if parameters.is_some() {
                diagnostics.find(offset, Problem::ParametersPresent { field, algorithm: "ML-DSA" });
            }
            absent_digest_parameters
        }
        Some(Signature::EcdsaWith(named)) => {
            if parameters.is_some() {
                diagnostics.find(offset, Problem::ParametersPresent { field, algorithm: "ECDSA" });
            }
            if digest.is_some_and(|digest| digest != named) {
                let digest = Signature::name_of_oid(&signer.digest_algorithm.oid);
                diagnostics.find(offset, Problem::DigestMismatch { digest, signature: named });
            }
            absent_digest_parameters || is_null(digest_parameters)
        }
        Some(Signature::RsaEncryption) => {
            if !is_null(parameters) {
                diagnostics.find(offset, Problem::ParametersNotNull { field });
            }
            absent_digest_parameters || is_null(digest_parameters)
        }
        _ => {
            diagnostics.find(offset, Problem::UnsupportedSignature { name: Signature::name_of_oid(&oid) });
            return None;
        }
    };
    if !digest_parameters_right {
        let algorithm = algorithm.map_or("the digest", Signature::family);
        let field = "SignerInfo.digestAlgorithm";
        diagnostics.find(signer.digest_algorithm.offset, Problem::ParametersPresent { field, algorithm });
    }
    algorithm
}

/// Whether the signed attributes, if present, match this module.
fn examine_attributes(
    signer: &SignerInfo<'_>,
    digest: Option<Digest>,
    cache: &ModuleCache<'_>,
    diagnostics: &mut Diagnostics,
) -> bool {
    let Some(signed_attributes) = &signer.signed_attributes else { return true };
    diagnostics.check(Check::ATTRIBUTES, signed_attributes.offset);
    if let Some((offset, problem)) = attributes::check(signed_attributes, digest, cache) {
        diagnostics.find(offset, problem);
    }
    diagnostics.passed()
}

/// Checks the trusted certificate itself: a weak digest is a finding, other lints are warnings.
fn examine_certificate(
    certificate: &Certificate,
    signer: &SignerInfo<'_>,
    trust: &TrustStore,
    diagnostics: &mut Diagnostics,
) {
    diagnostics.check(Check::CERTIFICATE, None);
    let field = "the signature of the signer's certificate";
    diagnostics.find_weak(signer.sid_offset, certificate.weak_signature(), field);
    for &lint in trust.lints(certificate) {
        if !matches!(lint, Lint::WeakSignature(_)) {
            let subject = trust.subject(certificate).to_owned();
            diagnostics.warn(Warning::Certificate { subject, lint });
        }
    }
}

/// The key must be of an allowed type and length.
fn examine_key(key: &PublicKey, signer: &SignerInfo<'_>, policy: &Policy, diagnostics: &mut Diagnostics) {
    diagnostics.check(Check::KEY, signer.sid_offset);
    let at = signer.sid_offset;
    match (key, KeyKind::of(key)) {
        (_, Some(kind)) if !policy.allows_algorithm(kind) => {
            diagnostics.find(at, Problem::KeyNotAllowed { key: key.to_string() });
        }
        (PublicKey::Rsa(rsa), _) if !policy.rsa_bits().contains(&rsa.bits()) => {
            let (min, max) = policy.rsa_bits().into_inner();
            diagnostics.find(at, Problem::RsaLength { bits: rsa.bits(), min, max });
        }
        // FIPS 186-5 §5.4: 2^16 < e.
        (PublicKey::Rsa(rsa), _) if !matches!(rsa.exponent()[..], [.., last] if last % 2 == 1 && rsa.exponent().len() >= 3) =>
        {
            diagnostics.find(at, Problem::RsaExponent);
        }
        _ => {}
    }
}
