//! How Linux parses a certificate (`x509_cert_parser.c`, `x509_public_key.c`): what it keeps, and what it rejects. Used
//! for trusted certificates and for embedded ones.

mod parts;

use super::ber;
use super::grammar::{AUTHORITY_KEY_ID, AUTHORITY_KEY_ID_6_1, CERTIFICATE};
use super::log::Log;
use super::problem::CertificateProblem;
use super::signature::{self, Key, Signature, SignatureAlgorithm, Signed};
use super::{Config, Errno, Rule};
use crate::algorithm::Digest;
use parts::Parts;

/// Identifies a key: serial number followed by issuer, or a key identifier.
pub(super) type KeyId = Vec<u8>;

/// A certificate as Linux stores it.
#[derive(Debug, Clone)]
pub(super) struct X509Certificate {
    /// Serial number and issuer, contents octets.
    pub(super) id: KeyId,
    /// The subject key identifier.
    pub(super) skid: Option<KeyId>,
    /// The authority's serial number and issuer, from the authority key identifier extension.
    pub(super) authority_id: Option<KeyId>,
    /// The authority's key identifier, from the authority key identifier extension.
    pub(super) authority_skid: Option<KeyId>,
    pub(super) key: Key,
    /// Seconds since 1970, as Linux counts them.
    pub(super) valid_from: i64,
    pub(super) valid_to: i64,
    /// Its own key verified its own signature.
    pub(super) self_signed: bool,
    /// The kernel lacks the digest of its signature, so the signature is not verified.
    pub(super) unsupported: bool,
    pub(super) blacklisted: bool,
    pub(super) usage: Usage,
    /// The key's description in a keyring: two keys with the same description are one key.
    pub(super) name: Vec<u8>,
    algorithm: SignatureAlgorithm,
    digest: Option<Digest>,
    signature: Vec<u8>,
    /// The digest of the TBSCertificate, or the whole TBSCertificate if the algorithm signs data.
    signed: Vec<u8>,
}

/// What Linux keeps of basicConstraints, keyUsage and extKeyUsage. Only some keyrings demand it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "four flags of the kernel")]
pub(super) struct Usage {
    /// CA:TRUE.
    pub(super) authority: bool,
    pub(super) key_cert_sign: bool,
    pub(super) digital_signature: bool,
    /// The extended key usage codeSigning (SUSE's patch).
    pub(super) code_signing: bool,
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

/// Why Linux rejects a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) errno: Errno,
    pub(super) problem: CertificateProblem,
}

/// Parses one certificate; bytes may follow it.
///
/// # Errors
/// Linux's: EBADMSG if it is malformed, ENOPKG for unknown algorithms and curves, EINVAL if the two signature
/// algorithms differ; for a self-signed certificate those of [`signature::verify`].
pub(super) fn parse(data: &[u8], config: &Config, log: &mut Log) -> Result<X509Certificate, Refusal> {
    let mut parts = Parts::new(data, config, log);
    if let Err(errno) = ber::walk(data, &CERTIFICATE, &mut parts) {
        let problem = match errno {
            Errno::EMSGSIZE => CertificateProblem::TooLong { len: data.len() },
            _ => parts.problem.unwrap_or(CertificateProblem::Malformed(parts.part)),
        };
        return Err(Refusal { errno, problem });
    }
    if let Some(authority) = parts.authority {
        parts.data = authority;
        let implicit = config.version.has(Rule::ImplicitNames);
        let names = if implicit { &AUTHORITY_KEY_ID } else { &AUTHORITY_KEY_ID_6_1 };
        if let Err(errno) = ber::walk(authority, names, &mut parts) {
            parts.log.add("X.509: Couldn't decode AuthKeyIdentifier");
            return Err(Refusal {
                errno,
                problem: CertificateProblem::Extension { name: AUTHORITY_KEY_ID_NAME },
            });
        }
    }
    parts.finish()
}

const AUTHORITY_KEY_ID_NAME: &str = "authorityKeyIdentifier";

impl X509Certificate {
    /// For a certificate whose subject is its issuer: checks whether it is also its own authority and whether its own
    /// key verifies its signature.
    fn check_own_signature(&mut self, config: &Config, log: &mut Log) -> Result<(), Refusal> {
        let by_key_id = self.skid.is_some() && self.skid == self.authority_skid;
        let by_serial = self.authority_id.as_ref() == Some(&self.id);
        match (&self.authority_id, &self.authority_skid) {
            (None, None) => {}
            // Signed by another certificate with the same name.
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
