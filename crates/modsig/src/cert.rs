//! X.509 certificates (RFC 5280): parsing, lint, and self-signed ones as the kernel's build makes them.

use core::fmt;

use der::DateTime;
use der::asn1::ObjectIdentifier;
use mldsa::Rnd;
use mldsa::dynamic::AnyVerifyingKey;

use crate::algorithm::{Digest, Signature};
use crate::asn1::DerError;
use crate::key::PrivateKey;
use crate::pem::PemError;

/// A parsed certificate; owns its DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
}

/// The public key of a certificate.
#[non_exhaustive]
pub enum PublicKey {
    /// ML-DSA.
    MlDsa(AnyVerifyingKey),
    /// Another algorithm: recognised, not yet supported.
    Other {
        /// Its OID.
        oid: ObjectIdentifier,
        /// Its name, or the digits of the OID.
        name: String,
    },
}

/// Something a user should know about a certificate; none of them stops Linux.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lint {
    /// The certificate's own signature uses a refused digest. Here this is an error in signing and verifying.
    WeakSignature(Digest),
    /// DER under 260 bytes: the kernel's built-in list wants each certificate to start 30 82.
    TooShortForBuiltInList,
    /// No subject key identifier: cannot be found by it (`sign-file -k`).
    NoSubjectKeyId,
    /// Subject and issuer are the same, and the certificate's own signature does not verify: Linux refuses the key.
    BadSelfSignature,
}

impl Certificate {
    /// Reads one certificate in DER; no byte may follow it.
    ///
    /// # Errors
    /// [`CertError`], see its variants.
    pub fn from_der(bytes: &[u8]) -> Result<Self, CertError> {
        unimplemented!("{}", bytes.len())
    }

    /// Reads the first certificate of a PEM file, or exactly one in DER.
    ///
    /// # Errors
    /// [`CertError`], see its variants.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, CertError> {
        unimplemented!("{}", bytes.len())
    }

    /// Reads all certificates of a file: PEM (other blocks, such as a private key, are passed over), or DER after
    /// DER. At least one.
    ///
    /// # Errors
    /// [`CertError`], see its variants; offsets are those in the file.
    pub fn read_all(bytes: &[u8]) -> Result<Vec<Self>, CertError> {
        unimplemented!("{}", bytes.len())
    }

    /// The whole certificate.
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// PEM (`CERTIFICATE`).
    pub fn to_pem(&self) -> String {
        unimplemented!()
    }

    /// The issuer's Name, raw DER: what a SignerInfo repeats and Linux compares.
    pub fn issuer_der(&self) -> &[u8] {
        unimplemented!()
    }

    /// The subject's Name, raw DER.
    pub fn subject_der(&self) -> &[u8] {
        unimplemented!()
    }

    /// The issuer as text (RFC 4514).
    pub fn issuer(&self) -> String {
        unimplemented!()
    }

    /// The subject as text (RFC 4514).
    pub fn subject(&self) -> String {
        unimplemented!()
    }

    /// The contents octets of the serial number INTEGER.
    pub fn serial(&self) -> &[u8] {
        unimplemented!()
    }

    /// The subject key identifier, if the certificate has one.
    pub fn subject_key_id(&self) -> Option<&[u8]> {
        unimplemented!()
    }

    /// From when it is valid. Linux does not look at it.
    pub fn not_before(&self) -> DateTime {
        unimplemented!()
    }

    /// Until when it is valid. Linux does not look at it.
    pub fn not_after(&self) -> DateTime {
        unimplemented!()
    }

    /// The public key.
    pub fn public_key(&self) -> &PublicKey {
        unimplemented!()
    }

    /// The algorithm of the certificate's own signature; `None` if this crate has no name for it.
    pub fn signature_algorithm(&self) -> Option<Signature> {
        unimplemented!()
    }

    /// The name of that algorithm, or the digits of its OID.
    pub fn signature_algorithm_name(&self) -> String {
        unimplemented!()
    }

    /// Whether subject and issuer are the same bytes.
    pub fn is_self_issued(&self) -> bool {
        self.issuer_der() == self.subject_der()
    }

    /// Checks the certificate's own signature with its own key.
    ///
    /// # Errors
    /// [`CertError::SelfSignature`] if it does not verify; [`CertError::UnsupportedAlgorithm`] if it cannot be checked yet.
    pub fn check_self_signature(&self) -> Result<(), CertError> {
        unimplemented!()
    }

    /// The refused digest in the certificate's own signature algorithm, if there is one.
    pub fn weak_signature(&self) -> Option<Digest> {
        unimplemented!()
    }

    /// What a user should know about it.
    pub fn lints(&self) -> Vec<Lint> {
        unimplemented!()
    }
}

/// What goes into a self-signed certificate. The caller brings clock and randomness.
#[derive(Debug, Clone)]
pub struct SelfSigned<'a> {
    /// The common name of subject and issuer, 1 to 64 characters.
    pub common_name: &'a str,
    /// 20 random bytes; made positive and non-zero here (RFC 5280 §4.1.2.2).
    pub serial: [u8; 20],
    /// From when it is valid.
    pub not_before: DateTime,
    /// For how many days.
    pub days: u32,
}

impl SelfSigned<'_> {
    /// The common name that the kernel's build uses.
    pub const DEFAULT_COMMON_NAME: &'static str = "Build time autogenerated kernel key";
    /// The days that the kernel's build uses.
    pub const DEFAULT_DAYS: u32 = 36_500;

    /// Makes the certificate for a key: v3, basicConstraints critical CA:FALSE, keyUsage digitalSignature, SKID, AKID.
    ///
    /// # Errors
    /// [`CertError::CommonName`] or [`CertError::Validity`].
    pub fn issue(&self, key: &PrivateKey, rnd: &Rnd) -> Result<Certificate, CertError> {
        unimplemented!("{:p} {:p}", key, rnd)
    }
}

/// A certificate that cannot be read or made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertError {
    /// The PEM is broken.
    Pem(PemError),
    /// The DER is broken.
    Der(DerError),
    /// The file has no `CERTIFICATE` block, but these.
    NoCertificate {
        /// The labels that were found, with commas between; empty if none.
        found: String,
    },
    /// The certificate's own signature does not verify with its own key.
    SelfSignature,
    /// The algorithm is recognised, but not supported yet.
    UnsupportedAlgorithm {
        /// Its name, or the digits of its OID.
        name: String,
    },
    /// The common name is empty or over 64 characters (RFC 5280's ub-common-name).
    CommonName,
    /// The end of validity is after the year 9999.
    Validity,
}

impl fmt::Display for CertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl core::error::Error for CertError {}
