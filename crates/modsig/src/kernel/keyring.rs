//! How Linux keeps the keys that it trusts (`x509_loader.c`, `asymmetric_type.c`).

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
    /// Where in `keys` a key of this name is.
    by_name: HashMap<Vec<u8>, usize>,
    /// Where in `keys` the first key is that has this identifier, as either of its two.
    by_id: HashMap<KeyId, usize>,
    /// The lengths of the identifiers in `by_id`: a message may name each of a thousand signers by 30 KB, which need not
    /// be hashed.
    id_lengths: HashSet<usize>,
    loads: Vec<Load>,
    /// The certificates' own signatures cost too much to be checked: what the kernel trusts is not known.
    too_expensive: bool,
}

/// What became of one certificate when the kernel started.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Load {
    /// Where it starts in the list of certificates.
    pub offset: usize,
    /// Why it was not taken; `None` if it was.
    pub refusal: Option<LoadError>,
    /// What in the certificate keeps the kernel from verifying modules with it; `None` if nothing does. There is a problem
    /// with each certificate that is refused, and with some that are taken: no signature by their keys is.
    pub problem: Option<CertificateProblem>,
    /// What the kernel writes to its log.
    pub log: Vec<String>,
}

/// Why the kernel does not take a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoadError {
    /// It is refused with this number; those behind it in the list are looked at.
    Refused(Errno),
    /// Its own signature, with those before it, costs too much to be checked. Every answer with this keyring is
    /// [`Stage::TooExpensive`](super::Stage::TooExpensive).
    TooExpensive,
    /// It does not start 30 82, or is cut off: the list ends here, and all that follow are dropped.
    EndsTheList,
}

impl Load {
    /// What becomes of one certificate, in DER, in a kernel of this configuration that got no other: the question of all
    /// programs that read, make or use a certificate.
    pub fn alone(certificate: &[u8], config: &Config) -> Self {
        let mut loads = Keyring::new([certificate], config).loads;
        match loads.pop() {
            Some(first) if loads.is_empty() => first,
            // Nothing at all, or several certificates in one: neither is a certificate.
            _ => Self::ends_the_list(0, certificate.len()),
        }
    }

    /// A kernel that takes this certificate verifies modules with its key.
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
    /// The keyring of a kernel of this configuration that got these certificates: DER, in this order.
    pub fn new<'c>(certificates: impl IntoIterator<Item = &'c [u8]>, config: &Config) -> Self {
        Self::with_memo(certificates, config, &Memo::default())
    }

    /// The same; the certificates' own signatures that were checked for another configuration are not checked again.
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
                // Only the first: a key that stands behind is not found.
                if !keyring.by_id.contains_key(id) {
                    keyring.by_id.insert(id.clone(), at);
                    keyring.id_lengths.insert(id.len());
                }
            }
        }
        keyring
    }

    /// Whether the certificates' own signatures cost too much to be checked. Then no answer can be predicted.
    pub fn is_too_expensive(&self) -> bool {
        self.too_expensive
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What became of each certificate, in order. After one that ends the list there is none.
    pub fn loads(&self) -> &[Load] {
        &self.loads
    }

    /// A list of DER after DER, each with a length of two octets.
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
            let Some((certificate, behind)) = whole else {
                self.loads.push(Load::ends_the_list(offset, rest.len()));
                return;
            };
            self.load(certificate, offset, work);
            rest = behind;
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

    /// A key takes the place of one of the same name.
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
    /// ENOKEY if there is none, EKEYREJECTED if the second does not fit, EINVAL for an identifier of no bytes.
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
