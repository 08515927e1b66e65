//! How Linux stores its trusted keys (`x509_loader.c`, `system_keyring.c`, `security/integrity/digsig.c`).

mod filling;

use super::place::Place;
use super::problem::CertificateProblem;
use super::ring::{Ring, Search};
use super::{Config, Errno, Sources};
use crate::trailer;
use crate::work::{Memo, Work};
use std::collections::HashSet;

/// The trusted keys of one kernel, and what it revokes.
#[derive(Debug, Clone)]
pub struct Keyring {
    config: Config,
    /// The configuration with the whole blacklist of a running system.
    running: Config,
    /// `.builtin_trusted_keys`, `.secondary_trusted_keys`, `.machine`, in the order of the search. (read)
    trusted: [Ring; 3],
    /// `.platform`.
    platform: [Ring; 1],
    /// The certificates of `.blacklist`.
    revoked: [Ring; 1],
    /// The digests of files in `.blacklist`.
    revoked_files: HashSet<[u8; 32]>,
    loads: Vec<Load>,
    places: Vec<Place>,
    /// Verifying the certificates' own signatures costs too much: the set of trusted keys is unknown.
    too_expensive: bool,
}

/// What the kernel did with one certificate when it started.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// Index of the certificate among those of the [`Sources`].
    pub source: usize,
    /// Offset in the list of certificates.
    pub offset: usize,
    /// Why it was not accepted; `None` if it was.
    pub refusal: Option<LoadError>,
    /// What in the certificate prevents the kernel from verifying modules with it; `None` if nothing does. Every
    /// rejected certificate has a problem, and so do some accepted ones: no signature by their keys verifies.
    pub problem: Option<CertificateProblem>,
    /// The log lines of the kernel.
    pub log: Vec<String>,
}

/// Why the kernel does not accept a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// It is rejected with this error; the list continues.
    Refused(Errno),
    /// Verifying its own signature, after those before it, costs too much. Every answer with this keyring is
    /// [`Stage::TooExpensive`](super::Stage::TooExpensive).
    TooExpensive,
    /// It does not start with 30 82, or is truncated: the list ends here, and all following certificates are dropped.
    EndsTheList,
}

impl Load {
    /// Predicts what a kernel of this configuration does with one certificate, in DER, if it gets no other. Every
    /// program that reads, creates or uses a certificate asks this.
    pub fn alone(certificate: &[u8], config: &Config) -> Self {
        let mut loads = Keyring::new([certificate], config).loads;
        match loads.pop() {
            Some(first) if loads.is_empty() => first,
            // No certificate, or several concatenated ones.
            _ => Self::ends_the_list(0, 0, certificate.len()),
        }
    }

    /// Whether a kernel that trusts this certificate verifies modules with its key.
    pub fn is_usable(&self) -> bool {
        self.refusal.is_none() && self.problem.is_none()
    }

    fn ends_the_list(source: usize, offset: usize, len: usize) -> Self {
        Self {
            source,
            offset,
            refusal: Some(LoadError::EndsTheList),
            problem: Some(CertificateProblem::NotForBuiltInList { len }),
            log: vec!["Problem parsing in-kernel X.509 certificate list".into()],
        }
    }
}

impl Keyring {
    /// Creates the keyring of a kernel of this configuration with these certificates: DER, in this order, all
    /// [`Origin::Given`](super::Origin::Given).
    pub fn new<'c>(certificates: impl IntoIterator<Item = &'c [u8]>, config: &Config) -> Self {
        Self::of(&Sources::given(certificates), config)
    }

    /// Creates the keyring of a kernel of this configuration that gets these certificates and blacklists.
    pub fn of(sources: &Sources, config: &Config) -> Self {
        Self::with_memo(sources, config, &Memo::default())
    }

    /// The same, reusing the verified signatures of other configurations.
    pub(crate) fn with_memo(sources: &Sources, config: &Config, memo: &Memo) -> Self {
        let mut work = Work::of_certificates(memo, sources.certificates.len() + sources.revoked.len());
        let mut keyring = filling::fill(sources, config, &mut work);
        keyring.too_expensive = work.is_exceeded();
        keyring
    }

    /// Whether verifying the certificates' own signatures costs too much. Then no answer can be predicted.
    pub fn is_too_expensive(&self) -> bool {
        self.too_expensive
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The configuration with everything that is blacklisted.
    pub(super) fn running(&self) -> &Config {
        &self.running
    }

    /// What the kernel did with each certificate that it read. Certificates after one that ends the built-in list have
    /// no entry.
    pub fn loads(&self) -> &[Load] {
        &self.loads
    }

    /// Where each certificate of the [`Sources`] ends up because of its origin, in their order.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The keyrings of `VERIFY_USE_SECONDARY_KEYRING`.
    pub(super) fn trusted(&self) -> Search<'_> {
        Search { rings: &self.trusted, code_signing: self.config.keyrings.code_signing_for_modules }
    }

    /// `.platform`, if this kernel verifies modules with it.
    pub(super) fn platform(&self) -> Option<Search<'_>> {
        let keyrings = self.config.keyrings;
        let used = keyrings.platform && keyrings.platform_for_modules;
        used.then_some(Search { rings: &self.platform, code_signing: keyrings.code_signing_for_modules })
    }

    /// The certificates of `.blacklist`; `None` if there are none: a search finds nothing and changes nothing.
    pub(super) fn revoked(&self) -> Option<Search<'_>> {
        let [ring] = &self.revoked;
        (!ring.is_empty()).then_some(Search { rings: &self.revoked, code_signing: false })
    }

    /// Whether the kernel compares the digests of signed files with its blacklist.
    pub(super) fn refuses_files(&self) -> bool {
        self.config.keyrings.blacklist && self.config.keyrings.file_blacklist_for_modules
    }

    /// The SHA-256 digest of the signed file with this module and CMS, if the kernel refuses it.
    pub(super) fn revoked_file(&self, module: &[u8], cms: &[u8]) -> Option<[u8; 32]> {
        if self.revoked_files.is_empty() {
            return None;
        }
        Some(trailer::sha256_of_file(module, cms)).filter(|sha256| self.revoked_files.contains(sha256))
    }
}
