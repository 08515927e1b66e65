//! How Linux reads a certificate (`x509_cert_parser.c`, `x509_public_key.c`): what it keeps of it, and for what it
//! refuses it. Used for trusted certificates and for those inside a message.

mod parts;

use super::ber;
use super::grammar::{AUTHORITY_KEY_ID, CERTIFICATE};
use super::log::Log;
use super::problem::CertificateProblem;
use super::signature::{self, Key, Signature, SignatureAlgorithm, Signed};
use super::{Config, Errno};
use crate::algorithm::Digest;
use parts::Parts;

/// What names a key: serial number and issuer, one after the other, or a key identifier.
pub(super) type KeyId = Vec<u8>;

/// A certificate as Linux keeps it.
#[derive(Debug, Clone)]
pub(super) struct X509Certificate {
    /// Serial number and issuer, contents octets.
    pub(super) id: KeyId,
    /// The subject key identifier.
    pub(super) skid: Option<KeyId>,
    /// The authority's serial number and issuer, from the authority key identifier.
    pub(super) authority_id: Option<KeyId>,
    /// The authority's key identifier, from the same.
    pub(super) authority_skid: Option<KeyId>,
    pub(super) key: Key,
    /// Seconds since 1970, as Linux counts them.
    pub(super) valid_from: i64,
    pub(super) valid_to: i64,
    /// Its own signature was checked with its own key, and is right.
    pub(super) self_signed: bool,
    /// The kernel lacks the digest of its signature, which is therefore not checked.
    pub(super) unsupported: bool,
    pub(super) blacklisted: bool,
    /// What the key would be called in a keyring: two of one name are one key.
    pub(super) name: Vec<u8>,
    algorithm: SignatureAlgorithm,
    digest: Option<Digest>,
    signature: Vec<u8>,
    /// The digest of the TBSCertificate, or all of it where the algorithm takes the data.
    signed: Vec<u8>,
}

impl X509Certificate {
    /// Its own signature.
    pub(super) fn signature(&self) -> Signature<'_> {
        Signature {
            algorithm: self.algorithm,
            digest: self.digest,
            bytes: &self.signature,
            message: Signed::Bytes(&self.signed),
        }
    }
}

/// Why a certificate is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) errno: Errno,
    pub(super) problem: CertificateProblem,
}

/// Reads one certificate; bytes may follow it.
///
/// # Errors
/// Linux's: EBADMSG where it is malformed, ENOPKG for algorithms and curves that it does not know, EINVAL where the two
/// signature algorithms differ; for a self-signed one those of [`signature::verify`].
pub(super) fn parse(data: &[u8], config: &Config, log: &mut Log) -> Result<X509Certificate, Refusal> {
    let mut parts = Parts::new(data, log);
    if let Err(errno) = ber::walk(data, &CERTIFICATE, &mut parts) {
        let problem = match errno {
            Errno::EMSGSIZE => CertificateProblem::TooLong { len: data.len() },
            _ => parts.problem.unwrap_or(CertificateProblem::Malformed(parts.part)),
        };
        return Err(Refusal { errno, problem });
    }
    if let Some(authority) = parts.authority {
        parts.data = authority;
        if let Err(errno) = ber::walk(authority, &AUTHORITY_KEY_ID, &mut parts) {
            parts.log.add("X.509: Couldn't decode AuthKeyIdentifier");
            return Err(Refusal {
                errno,
                problem: CertificateProblem::Extension { name: AUTHORITY_KEY_ID_NAME },
            });
        }
    }
    parts.finish(config)
}

const AUTHORITY_KEY_ID_NAME: &str = "authorityKeyIdentifier";

impl X509Certificate {
    /// For a certificate whose subject is its issuer: is it also its own authority, and does it sign itself?
    fn check_own_signature(&mut self, config: &Config, log: &mut Log) -> Result<(), Refusal> {
        let by_key_id = self.skid.is_some() && self.skid == self.authority_skid;
        let by_serial = self.authority_id.as_ref() == Some(&self.id);
        match (&self.authority_id, &self.authority_skid) {
            (None, None) => {}
            // Somebody else of the same name signed it.
            _ if !by_key_id && !by_serial => return Ok(()),
            (Some(_), Some(_)) if by_key_id != by_serial => {
                let problem = CertificateProblem::Extension { name: AUTHORITY_KEY_ID_NAME };
                return Err(Refusal { errno: Errno::EKEYREJECTED, problem });
            }
            _ => {}
        }
        if self.unsupported {
            return Ok(());
        }
        match signature::verify(&self.key, &self.signature(), config, log) {
            Ok(()) => self.self_signed = true,
            Err(Errno::ENOPKG) => self.unsupported = true,
            Err(errno) => {
                let of_key = signature::unusable(&self.key, config);
                return Err(Refusal { errno, problem: of_key.unwrap_or(CertificateProblem::OwnSignature) });
            }
        }
        Ok(())
    }
}
