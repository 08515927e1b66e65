//! X.509 certificates (RFC 5280): parsing, lints, and self-signed certificates as the kernel's build creates them.
//!
//! The DER reader of this crate parses them, not `x509-cert`, because the structures of `x509-cert` do not keep the
//! encoded bytes: Linux compares the issuer's encoded name, and a certificate's signature covers its bytes. `x509-cert`
//! formats names and encodes new certificates.

mod error;
mod issue;
mod parse;
mod request;
mod subject;
mod template;

use core::ops::Range;

use der::DateTime;
use der::asn1::ObjectIdentifier;

use crate::algorithm::{Digest, Signature};
use crate::asn1::{Walk, tag};
use crate::pem;
use crate::public_key::parameters_text;
use crate::text::name_text;
use crate::work::{Work, cost_of};

pub use crate::public_key::PublicKey;
pub use error::CertError;
pub use issue::SelfSigned;
pub use request::{Request, request};
pub use subject::Subject;
pub use template::{Issuer, Purpose, Serial, Template, ToBeSigned};

/// The longest certificate that is read, in bytes: the limit of Linux's ASN.1 decoder.
pub const MAX_CERTIFICATE_LEN: usize = 65_535;

/// The shortest certificate that the kernel's built-in list accepts, in bytes: each must start with 30 82.
pub const MIN_BUILT_IN_LEN: usize = 260;

/// A parsed certificate; owns its DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    /// Where the parts are in `der`; only the parser creates it.
    parts: Parts,
    public_key: PublicKey,
}

/// Where the parts of a certificate are.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    tbs: Range<usize>,
    serial: Range<usize>,
    issuer: Range<usize>,
    subject: Range<usize>,
    subject_key_id: Option<Range<usize>>,
    /// The authority key identifier names a key other than the certificate's own.
    names_another_authority: bool,
    not_before: DateTime,
    not_after: DateTime,
    signature_oid: ObjectIdentifier,
    signature_parameters: Option<Range<usize>>,
    signature: Range<usize>,
}

/// Something a user should know about a certificate, for any kernel. [`crate::kernel::Load::alone`] predicts what one
/// kernel does with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lint {
    /// The certificate's own signature uses a refused digest. Signing and verifying refuse it.
    WeakSignature(Digest),
    /// The certificate claims to be self-signed, but its own key does not verify the signature.
    BadSelfSignature,
    /// The signature is ML-DSA and its AlgorithmIdentifier has parameters, which RFC 9881 forbids.
    SignatureParameters {
        /// They are NULL.
        null: bool,
    },
    /// No subject key identifier: `sign-file -k` cannot name the certificate.
    NoSubjectKeyId,
    /// Not valid at the requested time ([`Certificate::date_lint`]). Linux ignores validity dates.
    OutsideValidity,
}

impl core::fmt::Display for Lint {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Self::WeakSignature(digest) => {
                write!(
                    f,
                    "the certificate is signed with {digest}, which is refused; issue it again with sha512 or ML-DSA"
                )
            }
            Self::BadSelfSignature => {
                write!(
                    f,
                    "the certificate's own signature does not verify with its own key; issue the certificate again"
                )
            }
            Self::SignatureParameters { null } => {
                write!(f, "the certificate's signature algorithm: {}", parameters_text(*null))?;
                f.write_str("; issue the certificate again")
            }
            Self::NoSubjectKeyId => {
                write!(
                    f,
                    "the certificate has no subject key identifier: only issuer and serial number identify it"
                )
            }
            Self::OutsideValidity => {
                write!(f, "the certificate is not valid at this time; Linux ignores validity dates")
            }
        }
    }
}

/// PEM labels of certificates.
const LABELS: [&str; 3] = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];

impl Certificate {
    /// Reads one certificate in DER; no byte may follow it.
    ///
    /// # Errors
    /// [`CertError`], see its variants.
    pub fn from_der(bytes: &[u8]) -> Result<Self, CertError> {
        parse::parse(bytes)
    }

    /// Reads the first certificate of a PEM file, or exactly one in DER.
    ///
    /// # Errors
    /// [`CertError`], see its variants.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, CertError> {
        if !pem::looks_like_pem(bytes) {
            return Self::from_der(bytes);
        }
        let found = String::new();
        Self::read_all(bytes)?.into_iter().next().ok_or(CertError::NoCertificate { found })
    }

    /// Reads all certificates of a file: PEM (other blocks, such as a private key, are skipped), or concatenated DER.
    /// At least one.
    ///
    /// # Errors
    /// [`CertError`], see its variants. Offsets count from the start of the file for DER, and from the start of the
    /// decoded block for PEM.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>, CertError> {
        let mut certificates = Vec::new();
        if pem::looks_like_pem(bytes) {
            let blocks = pem::blocks(bytes).map_err(CertError::Pem)?;
            for block in blocks.iter().filter(|block| LABELS.contains(&block.label.as_str())) {
                certificates.push(Self::from_der(&block.contents)?);
            }
            if certificates.is_empty() {
                return Err(CertError::NoCertificate { found: pem::labels(&blocks) });
            }
            return Ok(certificates);
        }
        let mut walk = Walk::new(bytes);
        loop {
            let element = walk.expect(tag::SEQUENCE, "Certificate").map_err(CertError::Der)?;
            certificates.push(Self::from_der(element.raw).map_err(|error| match error {
                CertError::Der(error) => CertError::Der(error.shifted(element.offset)),
                other => other,
            })?);
            if walk.is_empty() {
                return Ok(certificates);
            }
        }
    }

    fn part(&self, range: &Range<usize>) -> &[u8] {
        self.der.get(range.clone()).unwrap_or_default()
    }

    /// The whole certificate.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// PEM (`CERTIFICATE`).
    pub fn to_pem(&self) -> String {
        pem::encode("CERTIFICATE", &self.der).as_str().into()
    }

    /// The issuer's Name, raw DER: a SignerInfo repeats these bytes and Linux compares them.
    pub fn issuer_der(&self) -> &[u8] {
        self.part(&self.parts.issuer)
    }

    /// The subject's Name, raw DER.
    pub fn subject_der(&self) -> &[u8] {
        self.part(&self.parts.subject)
    }

    /// The issuer as text (RFC 4514). It may contain any character except C0 controls and DEL, for example
    /// bidirectional formatting characters: escape these before you print it.
    pub fn issuer(&self) -> String {
        name_text(self.issuer_der())
    }

    /// The subject as text (RFC 4514); it may contain the same characters as [`Self::issuer`].
    pub fn subject(&self) -> String {
        name_text(self.subject_der())
    }

    /// The contents octets of the serial number INTEGER.
    pub fn serial(&self) -> &[u8] {
        self.part(&self.parts.serial)
    }

    /// The subject key identifier, if the certificate has one.
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        self.parts.subject_key_id.as_ref().map(|range| self.part(range))
    }

    /// Start of the validity period. Linux ignores it.
    pub fn not_before(&self) -> DateTime {
        self.parts.not_before
    }

    /// End of the validity period. Linux ignores it.
    pub fn not_after(&self) -> DateTime {
        self.parts.not_after
    }

    /// The public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The algorithm of the certificate's own signature; `None` if this crate does not know it.
    pub fn signature_algorithm(&self) -> Option<Signature> {
        Signature::from_oid(&self.parts.signature_oid)
    }

    /// The name of that algorithm, or the digits of its OID.
    pub fn signature_algorithm_name(&self) -> String {
        Signature::name_of_oid(&self.parts.signature_oid)
    }

    /// Whether subject and issuer are the same bytes.
    pub fn is_self_issued(&self) -> bool {
        self.issuer_der() == self.subject_der()
    }

    /// Whether the certificate claims to be self-signed: subject and issuer are the same bytes, and the authority key
    /// identifier, if present, names this certificate. Does not check the signature.
    pub fn claims_self_signature(&self) -> bool {
        self.is_self_issued() && !self.parts.names_another_authority
    }

    /// Verifies the certificate's own signature with its own key (ML-DSA as in RFC 9881 §3: pure, empty context).
    ///
    /// # Errors
    /// [`CertError::SelfSignature`] if it does not verify; [`CertError::SignatureParameters`] if it verifies but its
    /// AlgorithmIdentifier has parameters, which RFC 9881 forbids; [`CertError::UnsupportedAlgorithm`] if this crate
    /// cannot verify it, or only at a cost that no common key has (RSA of 16,384 bits, exponents of a thousand bits);
    /// [`CertError::WeakSignature`] if its digest is refused, whether or not it verifies.
    pub fn check_self_signature(&self) -> Result<(), CertError> {
        let parameters = self.parts.signature_parameters.as_ref().map(|range| self.part(range));
        check_own_signature(
            &self.public_key,
            &self.parts.signature_oid,
            parameters,
            self.part(&self.parts.tbs),
            self.part(&self.parts.signature),
        )
    }

    /// Whether the parameters in the AlgorithmIdentifier of the signature are NULL; `None` if there are none.
    fn signature_parameters_are_null(&self) -> Option<bool> {
        self.parts.signature_parameters.as_ref().map(|range| is_null(self.part(range)))
    }

    /// The refused digest in the certificate's own signature algorithm, if there is one.
    pub fn weak_signature(&self) -> Option<Digest> {
        weak_digest(self.signature_algorithm())
    }

    /// What a user should know about it, most serious first.
    pub fn lints(&self) -> Vec<Lint> {
        let bad =
            self.claims_self_signature() && self.check_self_signature() == Err(CertError::SelfSignature);
        let parameters = match self.signature_algorithm() {
            Some(Signature::MlDsa(_)) => self.signature_parameters_are_null(),
            _ => None,
        };
        let weak = self.weak_signature().map(Lint::WeakSignature);
        let lints = [
            weak,
            bad.then_some(Lint::BadSelfSignature),
            parameters.map(|null| Lint::SignatureParameters { null }),
            self.parts.subject_key_id.is_none().then_some(Lint::NoSubjectKeyId),
        ];
        lints.into_iter().flatten().collect()
    }

    /// [`Lint::OutsideValidity`], if the certificate is not valid at this time.
    pub fn date_lint(&self, now: DateTime) -> Option<Lint> {
        (!(self.not_before()..=self.not_after()).contains(&now)).then_some(Lint::OutsideValidity)
    }
}

/// Whether the parameters of an AlgorithmIdentifier are NULL.
fn is_null(parameters: &[u8]) -> bool {
    parameters == [tag::NULL, 0]
}

/// Verifies the signature of a certificate or request, over its own bytes `signed`, with its own key. `parameters` are
/// those of its AlgorithmIdentifier, if it has any.
fn check_own_signature(
    key: &PublicKey,
    oid: &ObjectIdentifier,
    parameters: Option<&[u8]>,
    signed: &[u8],
    signature: &[u8],
) -> Result<(), CertError> {
    let algorithm = Signature::from_oid(oid);
    if let Some(digest) = weak_digest(algorithm) {
        return Err(CertError::WeakSignature(digest));
    }
    let unsupported = || CertError::UnsupportedAlgorithm { name: Signature::name_of_oid(oid) };
    if cost_of(key) > Work::CERTIFICATE {
        // An RSA exponent or modulus so long that verifying takes seconds. No real certificate has one.
        return Err(unsupported());
    }
    let digest = match (key, algorithm) {
        (PublicKey::Other { .. }, _) | (_, None) => return Err(unsupported()),
        // ML-DSA does not use the digest.
        (PublicKey::MlDsa(key), Some(Signature::MlDsa(parameters))) if key.parameters() == parameters => {
            Digest::Sha512
        }
        (PublicKey::Rsa(_), Some(Signature::RsaWith(digest))) => digest,
        (PublicKey::Ec(_), Some(Signature::EcdsaWith(digest))) => digest,
        (PublicKey::Rsa(_), Some(Signature::RsaPss)) => return Err(unsupported()),
        _ => return Err(CertError::SelfSignature),
    };
    key.verify(digest, signed, signature).map_err(|_| CertError::SelfSignature)?;
    match (key, parameters) {
        (PublicKey::MlDsa(_), Some(parameters)) => {
            Err(CertError::SignatureParameters { null: is_null(parameters) })
        }
        _ => Ok(()),
    }
}

/// The refused digest in a signature algorithm, if there is one.
fn weak_digest(algorithm: Option<Signature>) -> Option<Digest> {
    algorithm?.digest().filter(|digest| digest.weakness().is_some())
}
