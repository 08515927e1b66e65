//! Signing: a key, its certificate, and the bytes to append.

mod batch;

use core::fmt;

use mldsa::dynamic::{AnySigningKey, Parameters};
use mldsa::{Context, ExpandedSigningKey, MlDsa44, MlDsa65, MlDsa87, Mu, MuHasher, Rnd};

use crate::algorithm::{Digest, Weakness};
use crate::cert::{Certificate, PublicKey};
use crate::cms::{self, SignerIdentifier};
use crate::key::PrivateKey;
use crate::trailer::{self, CmsTooLong};

pub use batch::BatchSigner;

/// How the CMS names the signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdentifierKind {
    /// Issuer and serial number: what Kbuild does.
    #[default]
    IssuerAndSerial,
    /// Subject key identifier: `sign-file -k`.
    SubjectKeyId,
}

/// Choices in signing.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// What `digestAlgorithm` says; one of [`Digest::SIGNING`]. For ML-DSA without signed attributes nothing is
    /// hashed with it; Linux wants to know the name all the same. SHA-512 by default.
    pub digest: Digest,
    /// How the signer is named.
    pub identifier: IdentifierKind,
}

impl Default for Options {
    fn default() -> Self {
        Self { digest: Digest::Sha512, identifier: IdentifierKind::default() }
    }
}

/// Signs modules. Holds the expanded key: make it once, use it for many files.
pub struct Signer {
    key: ExpandedKey,
    certificate: Certificate,
    options: Options,
}

/// An expanded key of any parameter set; on the heap, for it is large.
enum ExpandedKey {
    MlDsa44(Box<ExpandedSigningKey<MlDsa44>>),
    MlDsa65(Box<ExpandedSigningKey<MlDsa65>>),
    MlDsa87(Box<ExpandedSigningKey<MlDsa87>>),
}

impl Signer {
    /// Checks that key and certificate belong together and that nothing in them is refused.
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
        if let Some(digest) = certificate.weak_signature() {
            let weakness = digest.weakness().unwrap_or(Weakness::CollisionsPublished);
            return Err(SignerError::WeakCertificate { digest, weakness });
        }
        match certificate.public_key() {
            PublicKey::MlDsa(public) if **public == key.verifying_key() => {}
            public => {
                return Err(SignerError::KeyDoesNotMatchCertificate {
                    key: key.parameters().name(),
                    certificate: public.algorithm_name().into(),
                });
            }
        }
        if options.identifier == IdentifierKind::SubjectKeyId && certificate.subject_key_id().is_none() {
            return Err(SignerError::NoSubjectKeyId);
        }
        let key = match key.signing_key() {
            AnySigningKey::MlDsa44(key) => ExpandedKey::MlDsa44(Box::new(key.expand())),
            AnySigningKey::MlDsa65(key) => ExpandedKey::MlDsa65(Box::new(key.expand())),
            AnySigningKey::MlDsa87(key) => ExpandedKey::MlDsa87(Box::new(key.expand())),
        };
        Ok(Self { key, certificate: certificate.clone(), options })
    }

    /// The parameter set.
    pub fn parameters(&self) -> Parameters {
        match self.key {
            ExpandedKey::MlDsa44(_) => Parameters::MlDsa44,
            ExpandedKey::MlDsa65(_) => Parameters::MlDsa65,
            ExpandedKey::MlDsa87(_) => Parameters::MlDsa87,
        }
    }

    /// The certificate it signs for.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// A hasher for a module's bytes, for those that do not have it in one piece; then [`Self::sign_mu`].
    pub fn mu_hasher(&self) -> MuHasher {
        match &self.key {
            ExpandedKey::MlDsa44(key) => key.mu_hasher(Context::EMPTY),
            ExpandedKey::MlDsa65(key) => key.mu_hasher(Context::EMPTY),
            ExpandedKey::MlDsa87(key) => key.mu_hasher(Context::EMPTY),
        }
    }

    /// Signs a module: gives the bytes to append to it. Verify before you write: [`crate::verdict::verify`].
    ///
    /// # Errors
    /// [`CmsTooLong`] if the issuer's name is so long (over 60,000 bytes) that Linux could not read the CMS.
    pub fn sign(&self, module: &[u8], rnd: &Rnd) -> Result<Vec<u8>, CmsTooLong> {
        let mut hasher = self.mu_hasher();
        hasher.update(module);
        self.sign_mu(&hasher.finalize(), rnd)
    }

    /// Signs a message representative: gives the bytes to append.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn sign_mu(&self, mu: &Mu, rnd: &Rnd) -> Result<Vec<u8>, CmsTooLong> {
        trailer::append(&self.cms_of_mu(mu, rnd))
    }

    /// Signs a message representative: gives the CMS alone, for a detached signature (`.p7s`).
    pub fn cms_of_mu(&self, mu: &Mu, rnd: &Rnd) -> Vec<u8> {
        match &self.key {
            ExpandedKey::MlDsa44(key) => self.wrap(key.sign_mu(mu, rnd).as_bytes()),
            ExpandedKey::MlDsa65(key) => self.wrap(key.sign_mu(mu, rnd).as_bytes()),
            ExpandedKey::MlDsa87(key) => self.wrap(key.sign_mu(mu, rnd).as_bytes()),
        }
    }

    fn wrap(&self, signature: &[u8]) -> Vec<u8> {
        wrap(&self.certificate, self.options, self.parameters(), signature)
    }
}

/// Wraps a signature that was made elsewhere, with the key of `certificate`, into a CMS. It is not checked: verify
/// the file that it becomes part of.
///
/// # Errors
/// [`SignerError::KeyDoesNotMatchCertificate`] if the certificate's key is not ML-DSA, [`SignerError::NoSubjectKeyId`].
pub fn wrap_signature(
    certificate: &Certificate,
    options: Options,
    signature: &[u8],
) -> Result<Vec<u8>, SignerError> {
    let PublicKey::MlDsa(key) = certificate.public_key() else {
        let certificate = certificate.public_key().algorithm_name().into();
        return Err(SignerError::KeyDoesNotMatchCertificate { key: "ML-DSA", certificate });
    };
    if options.identifier == IdentifierKind::SubjectKeyId && certificate.subject_key_id().is_none() {
        return Err(SignerError::NoSubjectKeyId);
    }
    Ok(wrap(certificate, options, key.parameters(), signature))
}

fn wrap(certificate: &Certificate, options: Options, parameters: Parameters, signature: &[u8]) -> Vec<u8> {
    let (issuer, serial) = (certificate.issuer_der(), certificate.serial());
    let sid = match (options.identifier, certificate.subject_key_id()) {
        (IdentifierKind::SubjectKeyId, Some(id)) => SignerIdentifier::SubjectKeyId(id),
        // The callers have made sure that there is an identifier where one is wanted.
        _ => SignerIdentifier::IssuerAndSerial { issuer, serial },
    };
    cms::build(&sid, options.digest, parameters, signature)
}

/// A key and a certificate that cannot sign.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignerError {
    /// The certificate holds another public key than the private key's.
    KeyDoesNotMatchCertificate {
        /// The private key's algorithm.
        key: &'static str,
        /// The certificate's.
        certificate: String,
    },
    /// The digest is refused.
    WeakDigest {
        /// Which.
        digest: Digest,
        /// Why.
        weakness: Weakness,
    },
    /// The digest is not one that Linux takes and this crate writes.
    UnsupportedDigest(Digest),
    /// The certificate is signed with a refused digest.
    WeakCertificate {
        /// Which.
        digest: Digest,
        /// Why.
        weakness: Weakness,
    },
    /// The certificate has no subject key identifier to name the signer by.
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
                "the private key is {key}, the certificate's is {certificate}; give the certificate that was made with the private key"
            ),
            Self::WeakDigest { digest, weakness } => {
                write!(f, "{digest} is refused: {weakness}; use sha512")
            }
            Self::UnsupportedDigest(digest) => {
                write!(
                    f,
                    "{digest} cannot be written: Linux does not take it in a module signature; use sha512"
                )
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
