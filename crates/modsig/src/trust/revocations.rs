//! What is revoked, as the strict verifier sees it: it refuses more than any kernel.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use crate::asn1::{Walk, tag};
use crate::cert::Certificate;

/// Revoked certificates: by their DER, their TBSCertificate, their key, and their issuer and serial number.
#[derive(Debug, Clone, Default)]
pub(super) struct Revocations {
    certificates: HashSet<Vec<u8>>,
    tbs: HashSet<[u8; 32]>,
    keys: HashSet<Vec<u8>>,
    names: HashSet<(Vec<u8>, Vec<u8>)>,
    files: HashSet<[u8; 32]>,
}

impl Revocations {
    /// Adds a certificate in DER. If it cannot be read, only the same bytes are revoked.
    pub(super) fn add_certificate(&mut self, der: &[u8]) {
        self.certificates.insert(der.to_vec());
        if let Some(hash) = tbs_hash(der) {
            self.tbs.insert(hash);
        }
        if let Ok(certificate) = Certificate::from_der(der) {
            self.keys.insert(certificate.public_key().to_spki_der());
            self.names.insert((certificate.issuer_der().to_vec(), certificate.serial().to_vec()));
        }
    }

    pub(super) fn add_tbs_hash(&mut self, sha256: [u8; 32]) {
        self.tbs.insert(sha256);
    }

    pub(super) fn add_file_hash(&mut self, sha256: [u8; 32]) {
        self.files.insert(sha256);
    }

    pub(super) fn has_files(&self) -> bool {
        !self.files.is_empty()
    }

    pub(super) fn has_file(&self, sha256: &[u8; 32]) -> bool {
        self.files.contains(sha256)
    }

    /// Whether a certificate is revoked here, or by one of `more` digests of TBSCertificates.
    pub(super) fn contains(&self, certificate: &Certificate, more: &[[u8; 32]]) -> bool {
        if self.certificates.is_empty() && self.tbs.is_empty() && more.is_empty() {
            return false;
        }
        let by_tbs = |hash: [u8; 32]| self.tbs.contains(&hash) || more.contains(&hash);
        let name = (certificate.issuer_der().to_vec(), certificate.serial().to_vec());
        self.certificates.contains(certificate.as_der())
            || self.keys.contains(&certificate.public_key().to_spki_der())
            || self.names.contains(&name)
            // Every certificate has a TBSCertificate.
            || tbs_hash(certificate.as_der()).is_none_or(by_tbs)
    }
}

/// SHA-256 of the TBSCertificate; `None` if it is not a certificate in DER.
pub(super) fn tbs_hash(der: &[u8]) -> Option<[u8; 32]> {
    let certificate = Walk::new(der).expect(tag::SEQUENCE, "Certificate").ok()?;
    let tbs = certificate.walk().expect(tag::SEQUENCE, "TBSCertificate").ok()?;
    Some(Sha256::digest(tbs.raw).into())
}
