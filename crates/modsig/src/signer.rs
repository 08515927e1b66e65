//! Signing: from a key and its certificate to the bytes to append.

mod batch;

use core::fmt;

use mldsa::dynamic::{AnyExpandedSigningKey, AnySignature, AnySigningKey, Parameters};
use mldsa::{Context, Mu, MuHasher, Rnd};

use crate::algorithm::{Digest, Weakness};
use crate::cert::Certificate;
use crate::cms::{self, SignerIdentifier};
use crate::key::{ExternalError, KeyAlgorithm, NotSigned, PrivateKey, unfaulted};
use crate::trailer::{self, CmsTooLong};

pub use batch::BatchSigner;

/// How the CMS names the signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdentifierKind {
    /// Issuer and serial number, as Kbuild does.
    #[default]
    IssuerAndSerial,
    /// Subject key identifier, as `sign-file -k` does.
    SubjectKeyId,
}

/// Options for signing.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The value of `digestAlgorithm`, one of [`Digest::SIGNING`]. ML-DSA without signed attributes does not use the
    /// digest, but Linux still requires a digest that it knows. The default is SHA-512.
    pub digest: Digest,
    /// How the signer is named.
    pub identifier: IdentifierKind,
}

impl Default for Options {
    fn default() -> Self {
        Self { digest: Digest::Sha512, identifier: IdentifierKind::default() }
    }
}

/// Signs modules. Holds the expanded key: create it once and sign many files.
pub struct Signer {
    key: PrivateKey,
    /// ML-DSA keys are expanded once; on the heap, because they are large.
    expanded: Option<Box<AnyExpandedSigningKey>>,
    certificate: Certificate,
    options: Options,
}

impl Signer {
    /// Checks that key and certificate match and that nothing in them is refused.
    ///
    /// # Errors
    /// [`SignerError`], see its variants.
    pub fn new(key: &PrivateKey, certificate: &Certificate, options: Options) -> Result<Self, SignerError> {
        if let Some(weakness) = options.digest.weakness() {
            return Err(SignerError::WeakDigest { digest: options.digest, weakness });
        }
        if !Digest::SIGNING.contains(&options.digest) {
            return Err(SignerError::UnsupportedDigest(options.digest));
        }
        if certificate.public_key() != key.public_key() {
            return Err(SignerError::KeyDoesNotMatchCertificate {
                key: key.algorithm().to_string(),
                certificate: certificate.public_key().to_string(),
            });
        }
        if !key.algorithm().can_sign() {
            return Err(SignerError::UnfitKey(key.algorithm()));
        }
        if let Some(digest) = certificate.weak_signature() {
            let weakness = digest.weakness().unwrap_or(Weakness::CollisionsPublished);
            return Err(SignerError::WeakCertificate { digest, weakness });
        }
        if options.identifier == IdentifierKind::SubjectKeyId && certificate.subject_key_id().is_none() {
            return Err(SignerError::NoSubjectKeyId);
        }
        let expanded = key.ml_dsa().map(AnySigningKey::expand_boxed);
        Ok(Self { key: key.share(), expanded, certificate: certificate.clone(), options })
    }

    /// The key's algorithm.
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.key.algorithm()
    }

    /// The certificate of the key.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The options.
    pub fn options(&self) -> Options {
        self.options
    }

    /// Whether every further signature will fail, because the key's token is gone.
    pub fn is_lost(&self) -> bool {
        self.key.is_lost()
    }

    /// Whether the private key is outside this process: each signature may take long.
    pub fn is_elsewhere(&self) -> bool {
        self.key.is_external()
    }

    /// The interface to sign mu, which only ML-DSA keys in this process have; `None` for others.
    pub fn ml_dsa(&self) -> Option<MlDsaSigner<'_>> {
        let key = self.expanded.as_deref()?;
        Some(MlDsaSigner { key, signer: self })
    }

    /// Signs a module: returns the bytes to append to it. Verify the result before you write it:
    /// [`crate::verdict::verify`].
    ///
    /// `rnd` hedges ML-DSA (FIPS 204) and ECDSA (RFC 6979 §3.6) and blinds RSA, whose signature does not depend on it.
    ///
    /// # Errors
    /// [`SignError`], see its variants.
    pub fn sign(&self, module: &[u8], rnd: &Rnd) -> Result<Vec<u8>, SignError> {
        Ok(trailer::append(&self.cms(module, rnd)?)?)
    }

    /// Signs a module: returns only the CMS, for a detached signature (`.p7s`).
    ///
    /// # Errors
    /// [`SignError::Fault`], [`SignError::External`].
    pub fn cms(&self, module: &[u8], rnd: &Rnd) -> Result<Vec<u8>, SignError> {
        if let Some(signer) = self.ml_dsa() {
            let mut hasher = signer.mu_hasher();
            hasher.update(module);
            return signer.cms_of_mu(&hasher.finalize(), rnd);
        }
        let signature = self.key.sign(module, self.options.digest, rnd)?;
        Ok(self.wrap(&signature))
    }

    fn wrap(&self, signature: &[u8]) -> Vec<u8> {
        wrap(&self.certificate, self.options, self.algorithm(), signature)
    }
}

/// Builds a CMS around a signature that was made elsewhere with the key of `certificate`. Does not check it: verify the
/// resulting file.
///
/// # Errors
/// [`SignerError::UnsupportedCertificate`], [`SignerError::NoSubjectKeyId`].
pub fn wrap_signature(
    certificate: &Certificate,
    options: Options,
    signature: &[u8],
) -> Result<Vec<u8>, SignerError> {
    let Some(algorithm) = KeyAlgorithm::of(certificate.public_key()) else {
        let name = certificate.public_key().to_string();
        return Err(SignerError::UnsupportedCertificate { name });
    };
    if options.identifier == IdentifierKind::SubjectKeyId && certificate.subject_key_id().is_none() {
        return Err(SignerError::NoSubjectKeyId);
    }
    Ok(wrap(certificate, options, algorithm, signature))
}

fn wrap(certificate: &Certificate, options: Options, algorithm: KeyAlgorithm, signature: &[u8]) -> Vec<u8> {
    let (issuer, serial) = (certificate.issuer_der(), certificate.serial());
    let sid = match (options.identifier, certificate.subject_key_id()) {
        (IdentifierKind::SubjectKeyId, Some(id)) => SignerIdentifier::SubjectKeyId(id),
        // The callers ensure that the identifier exists where it is needed.
        _ => SignerIdentifier::IssuerAndSerial { issuer, serial },
    };
    cms::build(&sid, options.digest, algorithm, signature)
}

/// A [`Signer`] with an ML-DSA key: signs the 64-byte message representative mu (FIPS 204, Algorithm 7, line 6). For
/// callers that do not have the module in one piece, or hash several at once.
#[derive(Clone, Copy)]
pub struct MlDsaSigner<'a> {
    key: &'a AnyExpandedSigningKey,
    signer: &'a Signer,
}

impl MlDsaSigner<'_> {
    /// The parameter set.
    pub fn parameters(&self) -> Parameters {
        self.key.parameters()
    }

    /// Returns a hasher for a module's bytes; pass the result to [`Self::sign_mu`].
    pub fn mu_hasher(&self) -> MuHasher {
        self.key.mu_hasher(Context::EMPTY)
    }

    /// Signs a message representative: returns the bytes to append.
    ///
    /// # Errors
    /// [`SignError`], see its variants.
    pub fn sign_mu(&self, mu: &Mu, rnd: &Rnd) -> Result<Vec<u8>, SignError> {
        Ok(trailer::append(&self.cms_of_mu(mu, rnd)?)?)
    }

    /// Signs a message representative: returns only the CMS, for a detached signature (`.p7s`).
    ///
    /// # Errors
    /// [`SignError::Fault`].
    pub fn cms_of_mu(&self, mu: &Mu, rnd: &Rnd) -> Result<Vec<u8>, SignError> {
        Ok(self.signer.wrap(sign_mu(self.key, mu, rnd)?.as_bytes()))
    }
}

/// The raw ML-DSA signature.
fn sign_mu(key: &AnyExpandedSigningKey, mu: &Mu, rnd: &Rnd) -> Result<AnySignature, SignError> {
    unfaulted(rnd, || key.sign_mu(mu, rnd)).ok_or(SignError::Fault)
}

/// An error from signing a module.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The issuer's name is so long (over 60,000 bytes) that Linux could not read the CMS.
    CmsTooLong(CmsTooLong),
    /// A computation was faulty: an RSA signature did not verify, or a deterministic ML-DSA signature differed the
    /// second time. The signature is not returned, because a faulty one can reveal the key.
    Fault,
    /// The token that holds the key did not sign, or its signature does not verify.
    External(ExternalError),
}

impl From<NotSigned> for SignError {
    fn from(error: NotSigned) -> Self {
        match error {
            NotSigned::Fault => Self::Fault,
            NotSigned::External(error) => Self::External(error),
        }
    }
}

impl From<CmsTooLong> for SignError {
    fn from(error: CmsTooLong) -> Self {
        Self::CmsTooLong(error)
    }
}

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CmsTooLong(error) => write!(f, "{error}"),
            Self::Fault => {
                write!(
                    f,
                    "a computation of the signature was faulty; check this machine's memory and report this"
                )
            }
            Self::External(error) => write!(f, "{error}"),
        }
    }
}

impl core::error::Error for SignError {}

/// An error about a key and a certificate that cannot sign.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignerError {
    /// The certificate's public key does not belong to the private key.
    KeyDoesNotMatchCertificate {
        /// The private key's algorithm.
        key: String,
        /// The certificate's.
        certificate: String,
    },
    /// Modules are not signed with an RSA key of this length.
    UnfitKey(KeyAlgorithm),
    /// The algorithm of the certificate's key is not supported.
    UnsupportedCertificate {
        /// Its name, or the digits of its OID.
        name: String,
    },
    /// The digest is refused.
    WeakDigest {
        /// Which.
        digest: Digest,
        /// Why.
        weakness: Weakness,
    },
    /// This crate does not write this digest: [`Digest::SIGNING`].
    UnsupportedDigest(Digest),
    /// The certificate is signed with a refused digest.
    WeakCertificate {
        /// Which.
        digest: Digest,
        /// Why.
        weakness: Weakness,
    },
    /// The certificate has no subject key identifier with which to name the signer.
    NoSubjectKeyId,
}

impl fmt::Display for SignerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::KeyDoesNotMatchCertificate { key, certificate } if key == certificate => write!(
                f,
                "the certificate belongs to another {key} key; give the certificate that was made with the private key"
            ),
            Self::KeyDoesNotMatchCertificate { key, certificate } => write!(
                f,
                "the private key is {key}, but the certificate's is {certificate}; give the certificate that was made with the private key"
            ),
            Self::UnfitKey(algorithm) => write!(
                f,
                "{algorithm} is refused: modules are signed with RSA-2048, RSA-3072 or RSA-4096 only; make another key: module-key generate"
            ),
            Self::UnsupportedCertificate { name } => {
                write!(
                    f,
                    "the certificate's key is {name}, which is not supported; make a key for ML-DSA, RSA, P-256, P-384 or P-521: module-key generate"
                )
            }
            Self::WeakDigest { digest, weakness } => {
                write!(f, "{digest} is refused: {weakness}; use sha512")
            }
            Self::UnsupportedDigest(digest) => {
                write!(f, "{digest} is not one of the digests that modules are signed with; use sha512")
            }
            Self::WeakCertificate { digest, weakness } => write!(
                f,
                "the certificate is signed with {digest}, which is refused: {weakness}; issue it again with sha512 or ML-DSA"
            ),
            Self::NoSubjectKeyId => write!(
                f,
                "the certificate has no subject key identifier to name the signer by; name it by issuer and serial number"
            ),
        }
    }
}

impl core::error::Error for SignerError {}
