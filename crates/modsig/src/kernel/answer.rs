//! The kernel's answer to a file.

use core::fmt;

use super::{Config, Errno, Lockdown};

/// The predicted answer of a kernel to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The error inside the kernel; `None` if the signature is accepted. With [`Stage::TooExpensive`] it is
    /// EKEYREJECTED, which no kernel returned: a caller that checks nothing else then rejects the file.
    pub refusal: Option<Errno>,
    /// The last stage that the kernel reached.
    pub stage: Stage,
    /// The log lines about the signature, without the line of [`Self::reason`]; may be empty.
    pub log: Vec<String>,
    /// Whether the kernel enforces signatures ([`super::Config::enforces`]).
    pub enforced: bool,
    /// Whether the kernel is locked down ([`super::Config::lockdown`]): it tolerates no error, either.
    pub locked_down: bool,
}

/// The stage at which the kernel rejects a file, or [`Self::Accepted`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// Reading the file: it is empty.
    Reading,
    /// Unpacking a compressed file (`module_decompress`).
    Unpacking,
    /// Looking for the marker (`module_sig_check`).
    Marker,
    /// `struct module_signature` (`mod_check_sig`).
    Trailer,
    /// Reading the CMS and the certificates inside (`pkcs7_parse_message`).
    Message,
    /// Checking the CMS by itself (`pkcs7_verify`).
    Integrity,
    /// Finding a trusted key and verifying with it (`pkcs7_validate_trust`).
    Trust,
    /// The signature is accepted.
    Accepted,
    /// The kernel does not look at signatures ([`super::Config::module_sig`]): it loads every module, as far as signatures
    /// are concerned. Never counts as accepted.
    NotChecked,
    /// No prediction: the file (or the set of trusted certificates) requires so many public-key operations that not all
    /// were computed. The kernel has no such limit. Never counts as accepted or loaded.
    TooExpensive,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Reading => "reading the file",
            Self::Unpacking => "unpacking the file",
            Self::Marker => "looking for the marker",
            Self::Trailer => "checking the trailer",
            Self::Message => "reading the CMS",
            Self::Integrity => "checking the CMS",
            Self::Trust => "checking with the trusted keys",
            Self::Accepted => "accepted",
            Self::NotChecked => "not checked",
            Self::TooExpensive => "too expensive to evaluate",
        })
    }
}

impl Answer {
    /// The answer to a compressed file that the kernel cannot unpack, with the line that it logs.
    pub fn not_unpacked(errno: Errno, log: Option<String>, config: &Config) -> Self {
        Self {
            refusal: Some(errno),
            stage: Stage::Unpacking,
            log: log.into_iter().collect(),
            enforced: config.module_sig && config.enforces(),
            locked_down: config.lockdown() != Lockdown::None,
        }
    }

    /// Whether there is no prediction because it costs too much ([`Stage::TooExpensive`]).
    pub fn is_too_expensive(&self) -> bool {
        self.stage == Stage::TooExpensive
    }

    /// Whether user space cannot distinguish this answer from another.
    pub(crate) fn is_same_for_user_space(&self, other: &Self) -> bool {
        self.user_errno() == other.user_errno()
            && self.taints() == other.taints()
            && self.is_too_expensive() == other.is_too_expensive()
            && self.is_unchecked() == other.is_unchecked()
    }

    /// Whether the kernel does not look at signatures ([`Stage::NotChecked`]).
    pub fn is_unchecked(&self) -> bool {
        self.stage == Stage::NotChecked
    }

    /// Whether the signature is accepted.
    pub fn is_accepted(&self) -> bool {
        self.refusal.is_none() && self.stage == Stage::Accepted
    }

    /// Whether the module loads, as far as its signature is concerned: the signature is accepted, or signatures are not
    /// enforced and the error is tolerated, with a taint, or the kernel does not look.
    pub fn loads(&self) -> bool {
        self.is_accepted() || self.taints() || (self.is_unchecked() && self.refusal.is_none())
    }

    /// Whether the module loads with the taint `E` (unsigned): a kernel that does not enforce signatures tolerates
    /// ENODATA, ENOPKG and ENOKEY, except under lockdown.
    pub fn taints(&self) -> bool {
        !self.enforced && !self.locked_down && self.is_tolerated_when_not_enforced()
    }

    /// Whether a kernel that does not enforce signatures loads the module although its signature is not accepted.
    pub fn is_tolerated_when_not_enforced(&self) -> bool {
        self.refusal.is_some_and(Errno::is_tolerated_when_not_enforced)
    }

    /// The error that `finit_module` returns; `None` if the module loads. If signatures are enforced, ENODATA, ENOPKG
    /// and ENOKEY become EKEYREJECTED, else under lockdown EPERM.
    pub fn user_errno(&self) -> Option<Errno> {
        match self.refusal? {
            _ if self.taints() => None,
            errno if errno.is_tolerated_when_not_enforced() && self.enforced => Some(Errno::EKEYREJECTED),
            errno if errno.is_tolerated_when_not_enforced() => Some(Errno::EPERM),
            errno => Some(errno),
        }
    }

    /// The line that `module_sig_check` adds to the log if signatures are enforced, or lockdown if they are not. There,
    /// the kernel writes the name of the loading process; insmod stands for it.
    pub fn reason(&self) -> Option<&'static str> {
        let refusal = self.refusal?;
        if !self.enforced {
            let refused = self.locked_down && refusal.is_tolerated_when_not_enforced();
            return refused.then_some(LOCKDOWN_LINE);
        }
        match refusal {
            Errno::ENODATA => Some("Loading of unsigned module is rejected"),
            Errno::ENOPKG => Some("Loading of module with unsupported crypto is rejected"),
            Errno::ENOKEY => Some("Loading of module with unavailable key is rejected"),
            _ => None,
        }
    }

    /// All log lines of the kernel about the signature.
    pub fn log_lines(&self) -> impl Iterator<Item = &str> {
        self.log.iter().map(String::as_str).chain(self.reason())
    }
}

const LOCKDOWN_LINE: &str =
    "Lockdown: insmod: unsigned module loading is restricted; see man kernel_lockdown.7";

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_too_expensive() {
            return f.write_str("not predicted, too expensive to evaluate");
        }
        if self.is_unchecked() {
            return f.write_str("loaded, not checked");
        }
        match (self.refusal, self.user_errno()) {
            (None, _) => return f.write_str("loaded"),
            (Some(inside), None) => write!(f, "loaded, tainted ({inside} is tolerated)")?,
            (Some(inside), Some(outside)) => {
                write!(f, "refused with {outside} ({})", outside.number())?;
                if inside != outside {
                    write!(f, ", {inside} inside")?;
                }
            }
        }
        for line in self.log_lines() {
            write!(f, ": {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Errno::*;

    fn answer(errno: Errno, enforced: bool) -> Answer {
        Answer { refusal: Some(errno), stage: Stage::Trust, log: Vec::new(), enforced, locked_down: false }
    }

    /// ENODATA, ENOPKG and ENOKEY become EKEYREJECTED, or are tolerated; other errors stay (observed on a real kernel).
    #[test]
    fn what_user_space_sees() {
        for (inside, outside) in [
            (ENOENT, ENOENT),
            (EINVAL, EINVAL),
            (ENODATA, EKEYREJECTED),
            (ENOPKG, EKEYREJECTED),
            (EBADMSG, EBADMSG),
            (EMSGSIZE, EMSGSIZE),
            (ENOKEY, EKEYREJECTED),
            (EKEYREJECTED, EKEYREJECTED),
        ] {
            let (strict, lax) = (answer(inside, true), answer(inside, false));
            assert_eq!(strict.user_errno(), Some(outside));
            assert!(!strict.loads());
            assert_eq!(lax.user_errno(), (inside == outside).then_some(outside));
            assert_eq!((lax.loads(), lax.taints()), (inside != outside, inside != outside));
            assert_eq!(lax.reason(), None);
        }
        let accepted = Answer { refusal: None, stage: Stage::Accepted, ..answer(ENOKEY, true) };
        assert!(accepted.loads() && !accepted.taints());
        assert_eq!((accepted.user_errno(), accepted.to_string()), (None, "loaded".into()));
        assert_eq!(
            answer(ENOKEY, true).to_string(),
            "refused with EKEYREJECTED (129), ENOKEY inside: Loading of module with unavailable key is rejected"
        );
        assert_eq!(answer(ENOKEY, false).to_string(), "loaded, tainted (ENOKEY is tolerated)");
        for enforced in [true, false] {
            let answer = Answer { stage: Stage::TooExpensive, ..answer(EKEYREJECTED, enforced) };
            assert!(
                answer.is_too_expensive() && !answer.is_accepted() && !answer.loads() && !answer.taints()
            );
            assert_eq!(answer.to_string(), "not predicted, too expensive to evaluate");
        }
    }
}
