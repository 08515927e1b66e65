//! Signing: a key, its certificate, and the bytes to append.

use core::fmt;

use mldsa::dynamic::Parameters;
use mldsa::{Mu, MuHasher, Rnd};

use crate::algorithm::{Digest, Weakness};
use crate::cert::Certificate;
use crate::key::PrivateKey;
use crate::trailer::CmsTooLong;

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
    _private: (),
}

impl Signer {
    /// Checks that key and certificate belong together and that nothing in them is refused.
    ///
    /// # Errors
    /// [`SignerError`], see its variants.
    pub fn new(key: &PrivateKey, certificate: &Certificate, options: Options) -> Result<Self, SignerError> {
        unimplemented!("{:p} {:p} {:?}", key, certificate, options)
    }

    /// The parameter set.
    pub fn parameters(&self) -> Parameters {
        unimplemented!()
    }

    /// The certificate it signs for.
    pub fn certificate(&self) -> &Certificate {
        unimplemented!()
    }

    /// A hasher for a module's bytes, for those that do not have it in one piece; then [`Self::sign_mu`].
    pub fn mu_hasher(&self) -> MuHasher {
        unimplemented!()
    }

    /// Signs a module: gives the bytes to append to it. Verify before you write: [`crate::verdict::verify`].
    ///
    /// # Errors
    /// [`CmsTooLong`] cannot happen with a certificate that Linux reads, and is passed on.
    pub fn sign(&self, module: &[u8], rnd: &Rnd) -> Result<Vec<u8>, CmsTooLong> {
        unimplemented!("{} {:p}", module.len(), rnd)
    }

    /// Signs a message representative: gives the bytes to append.
    ///
    /// # Errors
    /// As [`Self::sign`].
    pub fn sign_mu(&self, mu: &Mu, rnd: &Rnd) -> Result<Vec<u8>, CmsTooLong> {
        unimplemented!("{:p} {:p}", mu, rnd)
    }
}

/// A key and a certificate that cannot sign.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignerError {
    /// The certificate holds another public key than the private key's.
    KeyDoesNotMatchCertificate {
        /// The private key's algorithm.
        key: String,
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
        write!(f, "{self:?}")
    }
}

impl core::error::Error for SignerError {}
