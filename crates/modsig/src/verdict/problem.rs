//! The problems of a signed file: one variant each, with its text and its remedy.

use core::fmt;

use super::Kind;
use crate::algorithm::{Digest, Weakness};
use crate::asn1::DerProblem;
use crate::cert::CertError;
use crate::kernel::{Answer, Errno, NotForModules};
use crate::trailer::{TrailerProblem, Unsigned};

/// A problem of a signed file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// No signature.
    Unsigned(Unsigned),
    /// The trailer is malformed.
    Trailer(TrailerProblem),
    /// A field of the CMS is not valid DER.
    Der {
        /// The field, such as `SignerInfo.sid`.
        field: &'static str,
        /// What is wrong with it.
        problem: DerProblem,
    },
    /// The CMS is well-formed but is not a SignedData.
    NotSignedData {
        /// The digits of its OID.
        content_type: String,
    },
    /// The content type is not id-data.
    ContentType {
        /// The digits of its OID.
        content_type: String,
    },
    /// The content is inside the CMS.
    ContentAttached,
    /// The digestAlgorithms set is empty.
    NoDigestAlgorithms,
    /// The signerInfos set is empty.
    NoSigners,
    /// SignedData.version is neither 1 nor 3.
    SignedDataVersion(u8),
    /// SignerInfo.version is neither 1 nor 3, or does not match SignedData.version.
    SignerVersion {
        /// SignedData.version.
        signed_data: u8,
        /// SignerInfo.version.
        signer: u8,
    },
    /// The version does not match the identifier: 1 with issuerAndSerialNumber, 3 with subjectKeyIdentifier (RFC 5652
    /// §5.3).
    IdentifierVersion {
        /// SignerInfo.version.
        version: u8,
    },
    /// SignedData.digestAlgorithms does not list the signer's digest.
    DigestNotListed {
        /// The signer's digest.
        digest: String,
    },
    /// An AlgorithmIdentifier has parameters where they must be absent (RFC 9881 §2, RFC 9882 §3.3).
    ParametersPresent {
        /// The field.
        field: &'static str,
        /// The family of the signature algorithm.
        algorithm: &'static str,
    },
    /// The parameters of an RSA AlgorithmIdentifier are not NULL (RFC 3370 §3.2).
    ParametersNotNull {
        /// The field.
        field: &'static str,
    },
    /// The signature algorithm implies another digest than digestAlgorithm.
    DigestMismatch {
        /// The one in digestAlgorithm.
        digest: String,
        /// The one in signatureAlgorithm.
        signature: Digest,
    },
    /// The CMS contains certificates, and the policy allows none.
    CertificatesInside,
    /// Fewer signers with different trusted keys than the policy requires.
    TooFewSigners {
        /// The number found.
        found: usize,
        /// The number required.
        wanted: usize,
    },
    /// The policy does not allow this digest.
    DigestNotAllowed(Digest),
    /// The policy does not allow this type of key.
    KeyNotAllowed {
        /// The key, such as `RSA-4096`.
        key: String,
    },
    /// The RSA modulus is shorter or longer than the policy allows.
    RsaLength {
        /// Its length in bits.
        bits: usize,
        /// The shortest allowed.
        min: usize,
        /// The longest allowed.
        max: usize,
    },
    /// The RSA exponent is even, or 65,536 or less (FIPS 186-5 §5.4).
    RsaExponent,
    /// Linux itself cannot unpack the compressed file, although other tools can.
    Container(String),
    /// The kernel rejects the file, and the policy follows the kernel.
    Kernel(Answer),
    /// A certificate inside the CMS cannot be read.
    EmbeddedCertificate(CertError),
    /// Linux rejects a certificate inside the CMS, and with it the whole message: names that are not DER, or a
    /// self-signed certificate with an invalid signature.
    EmbeddedCertificateRefused(Errno),
    /// The certificates inside the CMS contradict the signature or one another, and Linux rejects the message because
    /// of them: the signer's certificate has another key, or the signature of one is not by its issuer.
    CertificatesInsideRefused(Errno),
    /// The file requires so many, or such long, public-key operations that not all were computed: it is unknown whether
    /// the file is good.
    TooExpensive,
    /// A digest that is refused even if the signature verifies.
    WeakDigest {
        /// Which digest.
        digest: Digest,
        /// Why it is refused.
        weakness: Weakness,
        /// The field, such as `SignerInfo.digestAlgorithm`.
        field: &'static str,
    },
    /// A digest algorithm that module signatures do not use.
    UnsupportedDigest {
        /// Its name, or the digits of its OID.
        name: String,
    },
    /// A signature algorithm that this crate cannot verify.
    UnsupportedSignature {
        /// Its name, or the digits of its OID.
        name: String,
    },
    /// No trusted certificate has this issuer and serial number, or this key identifier.
    UnknownSigner {
        /// How the SignerInfo names the signer.
        identifier: String,
    },
    /// The signer's certificate, or its key, is revoked.
    Revoked {
        /// The certificate's subject.
        subject: String,
    },
    /// The digest of the signed file is in the blacklist.
    RevokedFile,
    /// The signer's certificate is not one with which the predicted kernel verifies modules.
    NotForModules {
        /// Its subject.
        subject: String,
        /// Why.
        reason: NotForModules,
    },
    /// The algorithm of the SignerInfo differs from that of the trusted certificate's key.
    AlgorithmMismatch {
        /// The SignerInfo's algorithm.
        signature: String,
        /// The key's.
        key: String,
    },
    /// The signature does not have the length of its algorithm.
    SignatureLength {
        /// What the algorithm requires, in bytes.
        expected: usize,
        /// What was found, in bytes.
        found: usize,
    },
    /// The signature does not verify: the module, the signature or the key is a different one.
    BadSignature,
    /// A signed attribute is missing, occurs more than once, or does not have exactly one value.
    AttributeCount {
        /// `contentType` or `messageDigest`.
        attribute: &'static str,
        /// How many values were found.
        found: usize,
    },
    /// The contentType attribute is not id-data, or messageDigest is not an OCTET STRING.
    AttributeValue {
        /// `contentType` or `messageDigest`.
        attribute: &'static str,
    },
    /// The messageDigest attribute is not the module's digest.
    MessageDigest,
    /// Valid signed attributes: strict kernels reject them.
    SignedAttributes,
    /// Valid and allowed signed attributes, but with a digest other than SHA-512: every Linux rejects them.
    SignedAttributesDigest(Digest),
}

/// The kind of verdict for a kernel's error.
fn kind_of_answer(answer: &Answer) -> Kind {
    match answer.refusal {
        _ if answer.is_too_expensive() => Kind::TooExpensive,
        None if answer.is_unchecked() => Kind::RefusedByPolicy,
        None => Kind::Good,
        Some(Errno::ENODATA) => Kind::Unsigned,
        Some(Errno::ENOKEY) => Kind::UnknownSigner,
        Some(Errno::ENOPKG | Errno::ENOENT) => Kind::Unsupported,
        Some(Errno::EKEYREJECTED) if answer.log.iter().any(|line| line.contains("has authattrs")) => {
            Kind::RefusedByPolicy
        }
        Some(Errno::EKEYREJECTED) => Kind::BadSignature,
        Some(_) => Kind::Malformed,
    }
}

impl Problem {
    /// The kind of verdict for this problem.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Unsigned(_) => Kind::Unsigned,
            Self::Trailer(_)
            | Self::Der { .. }
            | Self::NotSignedData { .. }
            | Self::ContentType { .. }
            | Self::ContentAttached
            | Self::NoDigestAlgorithms
            | Self::NoSigners
            | Self::SignedDataVersion(_)
            | Self::SignerVersion { .. }
            | Self::IdentifierVersion { .. }
            | Self::DigestNotListed { .. }
            | Self::ParametersPresent { .. }
            | Self::ParametersNotNull { .. }
            | Self::DigestMismatch { .. }
            | Self::EmbeddedCertificate(_)
            | Self::EmbeddedCertificateRefused(_)
            | Self::CertificatesInsideRefused(_)
            | Self::AttributeCount { .. }
            | Self::AttributeValue { .. } => Kind::Malformed,
            Self::WeakDigest { .. }
            | Self::SignedAttributes
            | Self::SignedAttributesDigest(_)
            | Self::CertificatesInside
            | Self::TooFewSigners { .. }
            | Self::DigestNotAllowed(_)
            | Self::KeyNotAllowed { .. }
            | Self::RsaLength { .. }
            | Self::RsaExponent
            | Self::Revoked { .. }
            | Self::RevokedFile
            | Self::Container(_) => Kind::RefusedByPolicy,
            Self::TooExpensive => Kind::TooExpensive,
            Self::Kernel(answer) => kind_of_answer(answer),
            Self::UnsupportedDigest { .. } | Self::UnsupportedSignature { .. } => Kind::Unsupported,
            Self::UnknownSigner { .. } | Self::NotForModules { .. } => Kind::UnknownSigner,
            Self::AlgorithmMismatch { .. }
            | Self::SignatureLength { .. }
            | Self::BadSignature
            | Self::MessageDigest => Kind::BadSignature,
        }
    }

    /// Which of several findings decides: the smallest. Weak digests come first, before invalid signatures; a wrong
    /// form of a valid signature comes last.
    pub(super) fn rank(&self) -> u8 {
        match (self, self.kind()) {
            (Self::WeakDigest { .. }, _) => 0,
            (_, Kind::Malformed) => 1,
            (_, Kind::Unsupported | Kind::TooExpensive) => 2,
            (_, Kind::BadSignature) => 3,
            (Self::Revoked { .. } | Self::RevokedFile, _) => 4,
            (_, Kind::UnknownSigner) => 5,
            _ => 6,
        }
    }

    /// What a user can do about it, in one sentence.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Unsigned(Unsigned::Empty) => "get the file again",
            Self::Unsigned(Unsigned::NoMarker) => "sign it: sign-module",
            Self::Unsigned(Unsigned::BytesAfterMarker { .. } | Unsigned::MarkerWithoutNewline) => {
                "get the file again, or remove the signature and sign again; nothing may follow a signature"
            }
            Self::Trailer(problem) => problem.remedy(),
            Self::EmbeddedCertificateRefused(_) | Self::CertificatesInsideRefused(_) => {
                "sign the module again without certificates inside"
            }
            Self::Der { .. } | Self::NotSignedData { .. } | Self::EmbeddedCertificate(_) => {
                "the signature is damaged or was made by a tool that does not write DER: sign the module again"
            }
            Self::WeakDigest { .. } => {
                "sign again with sha512, and with a certificate that is signed with it"
            }
            Self::UnsupportedDigest { .. } => "sign again with sha512",
            Self::UnsupportedSignature { .. } => "sign again with ML-DSA, RSA (PKCS#1 v1.5) or ECDSA",
            Self::CertificatesInside => "sign without certificates in the CMS, as sign-module does",
            Self::TooFewSigners { .. } => "have the other signers sign it, too, and trust their certificates",
            Self::DigestNotAllowed(_) | Self::KeyNotAllowed { .. } => {
                "sign with what the policy allows, or change the policy"
            }
            Self::RsaLength { .. } => "sign with a key of a length that the policy allows",
            Self::RsaExponent => "make a new RSA key with the usual exponent, 65537",
            Self::TooExpensive => {
                "do not load it: no common tool signs like this; sign the module again with one key"
            }
            Self::Kernel(answer) if answer.is_unchecked() => "use a kernel with CONFIG_MODULE_SIG=y",
            Self::Kernel(_) => "see the kernel's log messages",
            Self::Container(_) => "pack it again with sign-module --repack",
            Self::UnknownSigner { .. } => "give the signer's certificate with --trust, if you trust it",
            Self::Revoked { .. } => "sign the module with another key, and do not load this file",
            Self::RevokedFile => "do not load it: get another build of the module",
            Self::NotForModules { reason, .. } => reason.remedy(),
            Self::AlgorithmMismatch { .. }
            | Self::SignatureLength { .. }
            | Self::BadSignature
            | Self::MessageDigest => {
                "do not load it: the module or its signature was changed; get it again from its source"
            }
            Self::SignedAttributes => {
                "sign without signed attributes, which a strict Linux refuses: use sign-module, or openssl cms -sign -binary -noattr (for ML-DSA, OpenSSL 4 or later)"
            }
            Self::SignedAttributesDigest(_) => "sign again with sha512",
            _ => "sign the module again with a tool that writes the form that Linux requires",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned(how) => write!(f, "unsigned: {how}"),
            Self::Trailer(problem) => write!(f, "malformed signature trailer: {problem}"),
            Self::Der { field, problem } => write!(f, "malformed CMS: {field}: {problem}"),
            Self::NotSignedData { content_type } => write!(f, "the CMS is {content_type}, not signedData"),
            Self::ContentType { content_type } => write!(f, "the signed content is {content_type}, not data"),
            Self::ContentAttached => {
                write!(f, "the CMS contains the signed content; a module signature must be detached")
            }
            Self::NoDigestAlgorithms => write!(f, "the CMS lists no digest algorithm"),
            Self::NoSigners => write!(f, "the CMS has no SignerInfo"),
            Self::SignedDataVersion(version) => write!(f, "SignedData has version {version}, not 1 or 3"),
            Self::SignerVersion { signed_data, signer } => {
                write!(f, "SignerInfo has version {signer} in a SignedData of version {signed_data}")
            }
            Self::IdentifierVersion { version: 1 } => {
                write!(f, "SignerInfo has version 1 with a key identifier, which requires version 3")
            }
            Self::IdentifierVersion { version } => {
                write!(
                    f,
                    "SignerInfo has version {version} with issuer and serial number, which require version 1"
                )
            }
            Self::DigestNotListed { digest } => {
                write!(f, "the signer's digest {digest} is not listed in digestAlgorithms")
            }
            Self::ParametersPresent { field, algorithm } => {
                write!(f, "{field} has parameters, but {algorithm} requires them absent")
            }
            Self::ParametersNotNull { field } => {
                write!(f, "{field} must have NULL parameters, as RSA requires")
            }
            Self::DigestMismatch { digest, signature } => {
                write!(f, "the digest algorithm is {digest}, but the signature algorithm uses {signature}")
            }
            Self::CertificatesInside => {
                write!(f, "the CMS contains certificates, which the policy refuses")
            }
            Self::TooFewSigners { found, wanted } => {
                write!(f, "signed by {found} trusted keys, but the policy requires {wanted}")
            }
            Self::DigestNotAllowed(digest) => write!(f, "the policy does not allow {digest}"),
            Self::KeyNotAllowed { key } => write!(f, "the policy does not allow {key} keys"),
            Self::RsaLength { bits, min, max } => {
                write!(f, "the RSA key has {bits} bits; {min} to {max} are allowed")
            }
            Self::RsaExponent => write!(f, "the RSA key has an exponent that is even or below 65537"),
            Self::Kernel(answer) if answer.is_unchecked() => write!(f, "Linux does not check it: {answer}"),
            Self::Kernel(answer) => write!(f, "Linux refuses it: {answer}"),
            Self::Container(defect) => f.write_str(defect),
            Self::EmbeddedCertificate(error) => write!(f, "a certificate in the CMS cannot be read: {error}"),
            Self::EmbeddedCertificateRefused(errno) => {
                write!(f, "Linux refuses the message because of a certificate in the CMS ({errno})")
            }
            Self::CertificatesInsideRefused(errno) => {
                write!(
                    f,
                    "the certificates in the CMS do not match the signature or one another, so Linux refuses the message ({errno})"
                )
            }
            Self::TooExpensive => write!(
                f,
                "too expensive to evaluate: it requires more public-key operations than any real signature"
            ),
            Self::WeakDigest { digest, weakness, field } => {
                write!(f, "{digest} in {field} is refused: {weakness}")
            }
            Self::UnsupportedDigest { name } => {
                write!(f, "digest algorithm {name} is not supported in module signatures")
            }
            Self::UnsupportedSignature { name } => write!(f, "signature algorithm {name} is not supported"),
            Self::UnknownSigner { identifier } => {
                write!(f, "signed by {identifier}, but no trusted certificate matches")
            }
            Self::Revoked { subject } => write!(f, "signed by {subject}, which is revoked"),
            Self::RevokedFile => write!(f, "the digest of this file is revoked"),
            Self::NotForModules { subject, reason } => {
                write!(
                    f,
                    "signed by {subject}, but Linux does not verify modules with this certificate: {reason}"
                )
            }
            Self::AlgorithmMismatch { signature, key } => {
                write!(f, "the signature is {signature}, but the trusted key is {key}")
            }
            Self::SignatureLength { expected, found } => {
                write!(f, "the signature is {found} bytes long, not {expected}")
            }
            Self::BadSignature => write!(f, "the signature does not match the module and the trusted key"),
            Self::AttributeCount { attribute, found } => {
                write!(f, "the signed attributes have {found} values of {attribute}, not exactly one")
            }
            Self::AttributeValue { attribute } => {
                write!(f, "the signed attribute {attribute} has a wrong value")
            }
            Self::MessageDigest => write!(f, "the signed digest does not match the module"),
            Self::SignedAttributes => write!(f, "the signature is valid but has signed attributes"),
            Self::SignedAttributesDigest(digest) => {
                write!(f, "the signature is valid but its signed attributes use {digest}")
            }
        }
    }
}
