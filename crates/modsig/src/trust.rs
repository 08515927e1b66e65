//! The certificates that are trusted.

use crate::cert::Certificate;
use crate::cms::SignerIdentifier;

/// A set of trusted certificates. A signer is found as Linux finds it: issuer and serial number, or subject key
/// identifier, compared byte by byte.
#[derive(Debug, Clone, Default)]
pub struct TrustStore {
    certificates: Vec<Certificate>,
}

impl TrustStore {
    /// An empty store: every signer is unknown.
    pub fn new() -> Self {
        Self::default()
    }

    /// Trusts one more certificate. The same certificate twice is kept once.
    pub fn add(&mut self, certificate: Certificate) {
        if !self.certificates.contains(&certificate) {
            self.certificates.push(certificate);
        }
    }

    /// The certificates, in the order they came.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Those that a SignerInfo means, in the order they came.
    pub fn find<'s>(&'s self, sid: &SignerIdentifier<'_>) -> impl Iterator<Item = &'s Certificate> {
        let sid = *sid;
        self.certificates.iter().filter(move |certificate| match sid {
            SignerIdentifier::IssuerAndSerial { issuer, serial } => {
                certificate.serial() == serial && certificate.issuer_der() == issuer
            }
            SignerIdentifier::SubjectKeyId(id) => certificate.subject_key_id() == Some(id),
        })
    }
}

impl FromIterator<Certificate> for TrustStore {
    fn from_iter<I: IntoIterator<Item = Certificate>>(certificates: I) -> Self {
        let mut store = Self::new();
        certificates.into_iter().for_each(|certificate| store.add(certificate));
        store
    }
}
