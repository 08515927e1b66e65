//! What can be wrong with a certificate.

use core::fmt;

use crate::algorithm::Digest;
use crate::asn1::{DerError, DerProblem};
use crate::key::{ExternalError, NotSigned};
use crate::pem::PemError;
use crate::public_key::PublicKeyError;

/// An error from reading or creating a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertError {
    /// The PEM is broken.
    Pem(PemError),
    /// The DER is broken.
    Der(DerError),
    /// The PEM file has no `CERTIFICATE` block.
    NoCertificate {
        /// The labels that were found, separated by commas; empty if none.
        found: String,
    },
    /// The public key is invalid: wrong length, or a point that is not on its curve.
    PublicKey(PublicKeyError),
    /// The certificate's own signature does not verify with its own key.
    SelfSignature,
    /// The certificate's own signature verifies, but its AlgorithmIdentifier has parameters, which RFC 9881 forbids.
    SignatureParameters {
        /// They are NULL.
        null: bool,
    },
    /// The certificate's own signature uses a refused digest.
    WeakSignature(Digest),
    /// The algorithm is recognised but not supported.
    UnsupportedAlgorithm {
        /// Its name, or the digits of its OID.
        name: String,
    },
    /// The common name is empty, longer than 64 characters (RFC 5280's ub-common-name), or contains a control
    /// character.
    CommonName,
    /// X.509 cannot express the validity: no days, or an end after the year 9999.
    Validity,
    /// The text is not a subject that can be written.
    Subject {
        /// Why.
        what: String,
    },
    /// The serial number is no hexadecimal number, is zero, or does not fit into 20 octets.
    Serial,
    /// The certificate's signature does not verify with the key of its issuer.
    IssuerSignature,
    /// The signing key does not belong to the issuer's certificate.
    IssuerKeyMismatch,
    /// A computation of the signature failed; the signature is not returned.
    Fault,
    /// The token that holds the key did not sign.
    External(ExternalError),
}

impl fmt::Display for CertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem(error) => write!(f, "{error}"),
            // The file is a certificate; one of its values is wrong.
            Self::Der(error) if matches!(error.problem, DerProblem::InvalidValue(_)) => {
                write!(f, "{error}; issue the certificate again")
            }
            Self::Der(error) => write!(f, "{error}; give an X.509 certificate, PEM or DER"),
            Self::NoCertificate { found } if found.is_empty() => {
                write!(f, "no certificate in the file; give an X.509 certificate, PEM or DER")
            }
            Self::NoCertificate { found } => {
                write!(f, "no CERTIFICATE block, only: {found}; give the file that holds the certificate")
            }
            Self::PublicKey(error) => write!(f, "{error}; issue the certificate again"),
            Self::SelfSignature => write!(
                f,
                "the certificate's own signature does not verify: it is damaged or was made with another key; make it again"
            ),
            Self::SignatureParameters { null } => write!(
                f,
                "the certificate's signature algorithm: {}; issue the certificate again",
                crate::public_key::parameters_text(*null)
            ),
            Self::WeakSignature(digest) => write!(
                f,
                "the certificate is signed with {digest}, which is refused; issue it again with sha512 or ML-DSA"
            ),
            Self::UnsupportedAlgorithm { name } => {
                write!(f, "{name} is not supported; use ML-DSA, RSA (PKCS#1 v1.5) or ECDSA")
            }
            Self::CommonName => {
                write!(f, "the common name must have 1 to 64 characters and no control characters")
            }
            Self::Validity => {
                write!(f, "the validity must be at least one day and end before the year 10000")
            }
            Self::Subject { what } => {
                write!(f, "the subject cannot be written: {what}; write it as CN=name,O=organisation,C=DE")
            }
            Self::Serial => {
                write!(f, "the serial number must be a hexadecimal number above 0, of at most 20 octets")
            }
            Self::IssuerSignature => write!(
                f,
                "the signature does not verify with the issuer's key; sign the prepared bytes again, with that key"
            ),
            Self::IssuerKeyMismatch => {
                write!(
                    f,
                    "the CA certificate does not belong to the CA key; give the certificate of that key"
                )
            }
            Self::Fault => {
                write!(f, "the new signature does not verify; check this machine's memory and report this")
            }
            Self::External(error) => write!(f, "{error}"),
        }
    }
}

impl core::error::Error for CertError {}

impl From<NotSigned> for CertError {
    fn from(error: NotSigned) -> Self {
        match error {
            NotSigned::Fault => Self::Fault,
            NotSigned::External(error) => Self::External(error),
        }
    }
}
