//! What a kernel gets: certificates and entries of blacklists, with their origins.

use std::collections::HashSet;

use super::Origin;

/// The certificates that a kernel gets, and what its blacklists hold, in the order in which they were added.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// DER of each certificate.
    pub(crate) certificates: Vec<(Origin, Vec<u8>)>,
    /// DER of each revoked certificate.
    pub(crate) revoked: Vec<(Origin, Vec<u8>)>,
    /// Digests of TBSCertificates, as `.blacklist` holds them.
    pub(crate) revoked_tbs: HashSet<(Origin, Vec<u8>)>,
    /// SHA-256 of whole files.
    pub(crate) revoked_files: HashSet<(Origin, [u8; 32])>,
}

impl Sources {
    /// Certificates in DER, all [`Origin::Given`], and no blacklist.
    pub fn given<'c>(certificates: impl IntoIterator<Item = &'c [u8]>) -> Self {
        let mut sources = Self::default();
        certificates.into_iter().for_each(|certificate| sources.add(certificate, Origin::Given));
        sources
    }

    /// Adds a certificate, in DER.
    pub fn add(&mut self, certificate: &[u8], origin: Origin) {
        self.certificates.push((origin, certificate.to_vec()));
    }

    /// Revokes a certificate, in DER: its key, and the certificates of a message whose chain reaches it.
    pub fn revoke_certificate(&mut self, certificate: &[u8], origin: Origin) {
        self.revoked.push((origin, certificate.to_vec()));
    }

    /// Adds an entry `tbs:` to `.blacklist`: the digest of a TBSCertificate, of any length, or what UEFI's entry of the
    /// type X.509 SHA-256 holds. Linux 7.0 and later compare SHA-256 digests only; earlier versions, digests by the
    /// algorithm of the certificate's own signature.
    pub fn revoke_tbs_hash(&mut self, digest: &[u8], origin: Origin) {
        self.revoked_tbs.insert((origin, digest.to_vec()));
    }

    /// Revokes the file with this SHA-256 digest, signature included (`bin:` in `.blacklist`). UEFI's hashes of
    /// executables have this form, and are not digests of files: they refuse no module.
    pub fn revoke_file_hash(&mut self, sha256: [u8; 32], origin: Origin) {
        self.revoked_files.insert((origin, sha256));
    }

    /// DER of each certificate and its origin, in order.
    pub fn certificates(&self) -> impl ExactSizeIterator<Item = (Origin, &[u8])> + Clone {
        self.certificates.iter().map(|(origin, der)| (*origin, der.as_slice()))
    }

    /// DER of each revoked certificate and its origin, in order.
    pub fn revoked_certificates(&self) -> impl Iterator<Item = (Origin, &[u8])> + Clone {
        self.revoked.iter().map(|(origin, der)| (*origin, der.as_slice()))
    }
}
