//! What is revoked, as the strict verifier sees it: it refuses more than any kernel.

use std::collections::HashSet;

use sha2::{Digest as _, Sha256};

use crate::algorithm::Digest;
use crate::asn1::{Walk, tag};
use crate::cert::Certificate;
use crate::kernel::Origin;

/// Revoked certificates: by their DER, their TBSCertificate, their key, and their issuer and serial number.
#[derive(Debug, Clone, Default)]
pub(super) struct Revocations {
    certificates: HashSet<Vec<u8>>,
    tbs: HashSet<Vec<u8>>,
    /// The lengths of the digests in `tbs`.
    tbs_lengths: HashSet<usize>,
    keys: HashSet<Vec<u8>>,
    names: HashSet<(Vec<u8>, Vec<u8>)>,
    files: HashSet<[u8; 32]>,
}

impl Revocations {
    /// Adds a certificate in DER. If it cannot be read, only the same bytes are revoked.
    pub(super) fn add_certificate(&mut self, der: &[u8]) {
        self.certificates.insert(der.to_vec());
        if let Some(hash) = tbs_hash(der) {
            self.add_tbs(&hash);
        }
        if let Ok(certificate) = Certificate::from_der(der) {
            self.keys.insert(certificate.public_key().to_spki_der());
            self.names.insert((certificate.issuer_der().to_vec(), certificate.serial().to_vec()));
        }
    }

    pub(super) fn add_tbs_hash(&mut self, digest: &[u8], origin: Origin) {
        self.add_tbs(digest);
        // UEFI 2.10, EFI_CERT_X509_SHA256: a hash and an EFI_TIME of 16 bytes.
        if let (Origin::Firmware | Origin::MachineOwner, 48, Some(hash)) =
            (origin, digest.len(), digest.first_chunk::<32>())
        {
            self.add_tbs(hash);
        }
    }

    fn add_tbs(&mut self, digest: &[u8]) {
        self.tbs.insert(digest.to_vec());
        self.tbs_lengths.insert(digest.len());
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
    pub(super) fn contains(&self, certificate: &Certificate, more: &[Vec<u8>]) -> bool {
        if self.certificates.is_empty() && self.tbs.is_empty() && more.is_empty() {
            return false;
        }
        let name = (certificate.issuer_der().to_vec(), certificate.serial().to_vec());
        self.certificates.contains(certificate.as_der())
            || self.keys.contains(&certificate.public_key().to_spki_der())
            || self.names.contains(&name)
            // Every certificate has a TBSCertificate.
            || tbs(certificate.as_der()).is_none_or(|tbs| self.contains_tbs(tbs, more))
    }

    /// Whether a digest of this TBSCertificate is revoked, by whichever algorithm.
    fn contains_tbs(&self, tbs: &[u8], more: &[Vec<u8>]) -> bool {
        let is_a_length =
            |len: usize| self.tbs_lengths.contains(&len) || more.iter().any(|hash| hash.len() == len);
        // Those of certificates' signatures that Linux can compute.
        let mut digests = Digest::SIGNING.into_iter().chain([Digest::Sha1, Digest::Sha224]);
        digests.any(|digest| {
            // Usually all are of SHA-256: nothing else is computed.
            digest.output_len().is_some_and(is_a_length)
                && digest.hash(tbs).is_some_and(|hash| self.tbs.contains(&hash) || more.contains(&hash))
        })
    }
}

/// SHA-256 of the TBSCertificate; `None` if it is not a certificate in DER.
fn tbs_hash(der: &[u8]) -> Option<[u8; 32]> {
    Some(Sha256::digest(tbs(der)?).into())
}

/// The TBSCertificate, with its tag and length; `None` if it is not a certificate in DER.
fn tbs(der: &[u8]) -> Option<&[u8]> {
    let certificate = Walk::new(der).expect(tag::SEQUENCE, "Certificate").ok()?;
    Some(certificate.walk().expect(tag::SEQUENCE, "TBSCertificate").ok()?.raw)
}
