//! How Linux stores its trusted keys (`x509_loader.c`, `asymmetric_type.c`).

use super::certificate::{self, KeyId};
use super::log::Log;
use super::problem::CertificateProblem;
use super::signature::{self, Key};
use super::{Config, Errno, KeyringKind};
use crate::work::{Memo, Work};
use std::collections::{HashMap, HashSet};

/// The trusted keys of one kernel.
#[derive(Debug, Clone)]
pub struct Keyring {
    config: Config,
    keys: Vec<TrustedKey>,
    /// Index in `keys` of the key with this description.
    by_name: HashMap<Vec<u8>, usize>,
    /// Index in `keys` of the first key with this identifier, as either of its two.
    by_id: HashMap<KeyId, usize>,
    /// The lengths of the identifiers in `by_id`: a message may name each of a thousand signers by 30 KB, and
    /// identifiers of other lengths need no hashing.
    id_lengths: HashSet<usize>,
    loads: Vec<Load>,
    /// Verifying the certificates' own signatures costs too much: the set of trusted keys is unknown.
    too_expensive: bool,
}

/// What the kernel did with one certificate when it started.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
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
            _ => Self::ends_the_list(0, certificate.len()),
        }
    }

    /// Whether a kernel that trusts this certificate verifies modules with its key.
    pub fn is_usable(&self) -> bool {
        self.refusal.is_none() && self.problem.is_none()
    }

    fn ends_the_list(offset: usize, len: usize) -> Self {
        Self {
            offset,
            refusal: Some(LoadError::EndsTheList),
            problem: Some(CertificateProblem::NotForBuiltInList { len }),
            log: vec!["Problem parsing in-kernel X.509 certificate list".into()],
        }
    }
}

#[derive(Debug, Clone)]
struct TrustedKey {
    id: KeyId,
    skid: Option<KeyId>,
    key: Key,
}

impl Keyring {
    /// Creates the keyring of a kernel of this configuration with these certificates: DER, in this order.
    pub fn new<'c>(certificates: impl IntoIterator<Item = &'c [u8]>, config: &Config) -> Self {
        Self::with_memo(certificates, config, &Memo::default())
    }

    /// The same, reusing the verified signatures of other configurations.
    pub(crate) fn with_memo<'c>(
        certificates: impl IntoIterator<Item = &'c [u8]>,
        config: &Config,
        memo: &Memo,
    ) -> Self {
        let certificates: Vec<&[u8]> = certificates.into_iter().collect();
        let mut keyring = Self {
            config: config.clone(),
            keys: Vec::new(),
            by_name: HashMap::new(),
            by_id: HashMap::new(),
            id_lengths: HashSet::new(),
            loads: Vec::new(),
            too_expensive: false,
        };
        let mut work = Work::of_certificates(memo, certificates.len());
        match config.keyring {
            KeyringKind::BuiltIn => keyring.load_list(&certificates.concat(), &mut work),
            KeyringKind::OneByOne => {
                let mut offset = 0;
                for certificate in certificates {
                    keyring.load(certificate, offset, &mut work);
                    offset += certificate.len();
                }
            }
        }
        keyring.too_expensive = work.is_exceeded();
        for (at, key) in keyring.keys.iter().enumerate() {
            for id in [Some(&key.id), key.skid.as_ref()].into_iter().flatten() {
                // Only the first: a later key is not found.
                if !keyring.by_id.contains_key(id) {
                    keyring.by_id.insert(id.clone(), at);
                    keyring.id_lengths.insert(id.len());
                }
            }
        }
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

    /// What the kernel did with each certificate, in order. Certificates after one that ends the list have no entry.
    pub fn loads(&self) -> &[Load] {
        &self.loads
    }

    /// Splits concatenated DER, each with a length of two octets.
    fn load_list(&mut self, list: &[u8], work: &mut Work) {
        let mut rest = list;
        while !rest.is_empty() {
            let offset = list.len() - rest.len();
            let whole = match *rest {
                [0x30, 0x82, high, low, ..] => {
                    rest.split_at_checked(4 + (usize::from(high) << 8 | usize::from(low)))
                }
                _ => None,
            };
            let Some((certificate, after)) = whole else {
                self.loads.push(Load::ends_the_list(offset, rest.len()));
                return;
            };
            self.load(certificate, offset, work);
            rest = after;
        }
    }

    fn load(&mut self, certificate: &[u8], offset: usize, work: &mut Work) {
        let mut log = Log::new(core::mem::take(work));
        let parsed = certificate::parse(certificate, &self.config, &mut log);
        *work = log.work;
        let mut lines = log.lines;
        let (refusal, problem) = match parsed {
            _ if work.is_exceeded() => (Some(LoadError::TooExpensive), None),
            Ok(certificate) if certificate.blacklisted => {
                (Some(LoadError::Refused(Errno::EKEYREJECTED)), Some(CertificateProblem::Blacklisted))
            }
            Ok(certificate) => {
                lines.push(format!("Loaded X.509 cert '{}'", String::from_utf8_lossy(&certificate.name)));
                let problem = signature::unusable(&certificate.key, &self.config);
                let key = TrustedKey { id: certificate.id, skid: certificate.skid, key: certificate.key };
                self.add(certificate.name, key);
                (None, problem)
            }
            Err(refusal) => (Some(LoadError::Refused(refusal.errno)), Some(refusal.problem)),
        };
        if let Some(LoadError::Refused(errno)) = refusal {
            lines.push(format!("Problem loading in-kernel X.509 certificate (-{})", errno.number()));
        }
        self.loads.push(Load { offset, refusal, problem, log: lines });
    }

    /// A key replaces one with the same description.
    fn add(&mut self, name: Vec<u8>, key: TrustedKey) {
        match self.by_name.get(&name).and_then(|&at| self.keys.get_mut(at)) {
            Some(present) => *present = key,
            None => {
                self.by_name.insert(name, self.keys.len());
                self.keys.push(key);
            }
        }
    }

    /// Finds the first key with one of these identifiers; the first may be either of a key's two. If both are given,
    /// the second must be the found key's key identifier.
    ///
    /// # Errors
    /// ENOKEY if there is none, EKEYREJECTED if the second identifier does not match, EINVAL for an empty identifier.
    pub(super) fn find(&self, id: Option<&KeyId>, skid: Option<&KeyId>) -> Result<&Key, Errno> {
        let wanted = id.or(skid).filter(|id| !id.is_empty()).ok_or(Errno::EINVAL)?;
        let known = Some(wanted).filter(|id| self.id_lengths.contains(&id.len()));
        let key =
            known.and_then(|id| self.by_id.get(id)).and_then(|&at| self.keys.get(at)).ok_or(Errno::ENOKEY)?;
        match (id, skid) {
            (Some(_), Some(skid)) if key.skid.as_ref() != Some(skid) => Err(Errno::EKEYREJECTED),
            _ => Ok(&key.key),
        }
    }
}
