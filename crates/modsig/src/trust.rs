//! The trusted certificates, and what is revoked.

mod revocations;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::cert::{CertError, Certificate, Lint};
use crate::cms::SignerIdentifier;
use crate::kernel::{Config, Keyring, NotForModules, Origin, Place, Sources};
use crate::text::shortened;
use crate::work::Memo;
use revocations::Revocations;

/// A set of trusted certificates. Finds signers as Linux does: by issuer and serial number or by subject key
/// identifier, compared byte by byte.
#[derive(Debug, Clone, Default)]
pub struct TrustStore {
    certificates: Vec<Certificate>,
    /// The lints of each certificate: its own signature is verified once, not once for each file.
    lints: Vec<OnceLock<Vec<Lint>>>,
    /// The subject of each certificate: a name may be as long as a certificate, and thousands of signers may use it.
    subjects: Vec<OnceLock<String>>,
    /// Everything added, in order, including certificates that this crate cannot read, and what is revoked.
    sources: Sources,
    /// Index in `certificates`, by DER.
    known: HashMap<Vec<u8>, usize>,
    /// Each origin of each certificate, with its index in `sources`.
    origins: Vec<Vec<(Origin, usize)>>,
    /// What is revoked, for the strict verifier.
    revoked: Revocations,
    /// Indices in `certificates` by name.
    by_name: HashMap<Name, Vec<usize>>,
    /// The keyrings of kernels that trust these certificates, created once for each configuration.
    keyrings: Arc<Mutex<Vec<Arc<Keyring>>>>,
    /// Which certificates are self-signed, for all keyrings.
    memo: Memo,
}

/// How a SignerInfo names a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Name {
    IssuerAndSerial(Vec<u8>, Vec<u8>),
    SubjectKeyId(Vec<u8>),
}

impl TrustStore {
    /// Creates an empty store: every signer is unknown.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a certificate that the kernel trusts for modules ([`Origin::Given`]). Duplicates are ignored.
    pub fn add(&mut self, certificate: Certificate) {
        self.add_from(certificate, Origin::Given);
    }

    /// Adds a certificate that the kernel gets from there. A duplicate with the same origin is ignored.
    pub fn add_from(&mut self, certificate: Certificate, origin: Origin) {
        let place = (origin, self.sources.certificates.len());
        let known = self.known.get(certificate.as_der()).and_then(|&at| self.origins.get_mut(at));
        match known {
            Some(origins) if origins.iter().any(|(other, _)| *other == origin) => return,
            Some(origins) => origins.push(place),
            None => {
                let at = self.certificates.len();
                let (issuer, serial) = (certificate.issuer_der().to_vec(), certificate.serial().to_vec());
                let key_id = certificate.subject_key_id().map(|id| Name::SubjectKeyId(id.to_vec()));
                for name in [Some(Name::IssuerAndSerial(issuer, serial)), key_id].into_iter().flatten() {
                    self.by_name.entry(name).or_default().push(at);
                }
                self.known.insert(certificate.as_der().to_vec(), at);
                self.origins.push(vec![place]);
                self.lints.push(OnceLock::new());
                self.subjects.push(OnceLock::new());
                self.certificates.push(certificate.clone());
            }
        }
        self.give(certificate.as_der(), origin);
    }

    /// Adds a certificate that this crate cannot read ([`Certificate::from_der`] returns why) to the predicted kernel
    /// only: Linux may accept it, but the strict verifier does not trust it.
    pub fn add_for_kernel_only(&mut self, der: &[u8]) {
        self.add_for_kernel_only_from(der, Origin::Given);
    }

    /// The same, for a certificate that the kernel gets from there.
    pub fn add_for_kernel_only_from(&mut self, der: &[u8], origin: Origin) {
        self.give(der, origin);
    }

    /// Adds a certificate in DER that the kernel gets from there, and returns its subject: [`Self::add_from`], or
    /// [`Self::add_for_kernel_only_from`] if this crate cannot read it.
    ///
    /// # Errors
    /// Why it cannot be read: it counts for the predicted kernel only.
    pub fn add_der_from(&mut self, der: &[u8], origin: Origin) -> Result<String, CertError> {
        match Certificate::from_der(der) {
            Ok(certificate) => {
                let subject = certificate.subject();
                self.add_from(certificate, origin);
                Ok(subject)
            }
            Err(error) => {
                self.add_for_kernel_only_from(der, origin);
                Err(error)
            }
        }
    }

    fn give(&mut self, der: &[u8], origin: Origin) {
        self.sources.add(der, origin);
        self.keyrings = Arc::default();
    }

    /// Revokes a certificate, in DER (an X.509 entry of `dbx` or `MokListXRT`, or a built-in one). The strict verifier
    /// refuses every signer with its key or its issuer and serial number, whatever the origin; the predicted kernel
    /// refuses what it would.
    pub fn revoke_certificate(&mut self, der: &[u8], origin: Origin) {
        self.sources.revoke_certificate(der, origin);
        self.revoked.add_certificate(der);
        self.keyrings = Arc::default();
    }

    /// Revokes the certificates whose TBSCertificate has this digest, by any algorithm (`tbs:` in `.blacklist`). An entry
    /// of UEFI (`EFI_CERT_X509_SHA256_GUID`) is given whole: 32 bytes of SHA-256 and 16 bytes of time. Linux takes all
    /// 48 for a digest; the strict verifier refuses the certificates with the first 32.
    pub fn revoke_tbs_hash(&mut self, digest: &[u8], origin: Origin) {
        self.sources.revoke_tbs_hash(digest, origin);
        self.revoked.add_tbs_hash(digest, origin);
        self.keyrings = Arc::default();
    }

    /// Revokes the file with this SHA-256 digest (`EFI_CERT_SHA256_GUID`, or `bin:` in `.blacklist`).
    pub fn revoke_file_hash(&mut self, sha256: [u8; 32], origin: Origin) {
        self.sources.revoke_file_hash(sha256, origin);
        self.revoked.add_file_hash(sha256);
        self.keyrings = Arc::default();
    }

    /// All certificates and revocations with their origins, for the kernel model.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// The certificates, in the order in which they were added.
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// [`Certificate::lints`] of one of [`Self::certificates`]; computed once. Empty for other certificates.
    pub(crate) fn lints(&self, certificate: &Certificate) -> &[Lint] {
        let at = self.certificates.iter().position(|other| core::ptr::eq(other, certificate));
        let lints = at.and_then(|at| self.lints.get(at));
        lints.map_or(&[], |lints| lints.get_or_init(|| certificate.lints()))
    }

    /// The subject of one of [`Self::certificates`] as text, truncated if it is very long; computed once. Empty for
    /// other certificates.
    pub(crate) fn subject(&self, certificate: &Certificate) -> &str {
        let at = self.certificates.iter().position(|other| core::ptr::eq(other, certificate));
        let subject = at.and_then(|at| self.subjects.get(at));
        subject.map_or("", |subject| subject.get_or_init(|| shortened(certificate.subject())))
    }

    /// DER of everything added, in order.
    pub fn given(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.sources.certificates().map(|(_, der)| der)
    }

    /// The trusted keys of a kernel with this configuration that trusts these certificates. Created once for each
    /// configuration.
    pub fn keyring(&self, config: &Config) -> Arc<Keyring> {
        // No code panics while it holds the lock, and a poisoned lock still holds complete keyrings.
        let mut keyrings = self.keyrings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keyring) = keyrings.iter().find(|keyring| keyring.config() == config) {
            return Arc::clone(keyring);
        }
        let keyring = Arc::new(Keyring::with_memo(&self.sources, config, &self.memo));
        keyrings.push(Arc::clone(&keyring));
        keyring
    }

    /// The origins of one of [`Self::certificates`], in the order in which they were added. Empty for other certificates.
    pub fn origins(&self, certificate: &Certificate) -> impl Iterator<Item = Origin> + '_ {
        let at = self.known.get(certificate.as_der()).and_then(|&at| self.origins.get(at));
        at.into_iter().flatten().map(|(origin, _)| *origin)
    }

    /// Why a kernel with this configuration verifies no module with one of [`Self::certificates`], because of its
    /// origins; `None` if one of them is as good as any. The strict verifier then does not trust it either.
    pub fn not_for_modules(&self, certificate: &Certificate, config: &Config) -> Option<NotForModules> {
        let origins = self.known.get(certificate.as_der()).and_then(|&at| self.origins.get(at))?;
        // Every kernel uses these, if its keys need no extended key usage.
        let given = |(origin, _): &(Origin, usize)| *origin == Origin::Given;
        if !config.keyrings.code_signing_for_modules && origins.iter().any(given) {
            return None;
        }
        let keyring = self.keyring(config);
        let mut reason = None;
        for (_, source) in origins {
            match keyring.places().get(*source) {
                Some(Place::NotForModules(why)) => reason = reason.or(Some(*why)),
                // A certificate without a place cannot occur, and is not trusted if it does.
                None => reason = reason.or(Some(NotForModules::NotVouchedFor)),
                Some(Place::ForModules) => return None,
            }
        }
        reason
    }

    /// Whether a certificate, or its key, is revoked: whatever the origin of the revocation, and whether or not the
    /// predicted kernel looks at it. Includes [`Config::blacklist`].
    pub fn is_revoked(&self, certificate: &Certificate, config: &Config) -> bool {
        self.revoked.contains(certificate, &config.blacklist)
    }

    /// Whether digests of files are revoked.
    pub(crate) fn revokes_files(&self) -> bool {
        self.revoked.has_files()
    }

    /// Whether the signed file with this SHA-256 digest is revoked.
    pub(crate) fn revokes_file(&self, sha256: &[u8; 32]) -> bool {
        self.revoked.has_file(sha256)
    }

    /// The certificates that a SignerInfo names, in the order in which they were added.
    pub fn find<'s>(&'s self, sid: &SignerIdentifier<'_>) -> impl Iterator<Item = &'s Certificate> {
        let name = match *sid {
            SignerIdentifier::IssuerAndSerial { issuer, serial } => {
                Name::IssuerAndSerial(issuer.to_vec(), serial.to_vec())
            }
            SignerIdentifier::SubjectKeyId(id) => Name::SubjectKeyId(id.to_vec()),
        };
        let places = self.by_name.get(&name).into_iter().flatten();
        places.filter_map(|&at| self.certificates.get(at))
    }
}

impl FromIterator<Certificate> for TrustStore {
    fn from_iter<I: IntoIterator<Item = Certificate>>(certificates: I) -> Self {
        let mut store = Self::new();
        certificates.into_iter().for_each(|certificate| store.add(certificate));
        store
    }
}
