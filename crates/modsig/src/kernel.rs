//! What Linux answers to a signed module.
//!
//! Source: Linux 7.2 `kernel/module/signing.c`, `crypto/asymmetric_keys/`, and trials on a real kernel with
//! `MODULE_SIG_FORCE=y` (`docs/kernel-rules.md`).

mod predict;

use core::fmt;

pub(crate) use predict::{answer, answer_to_cms_error};

/// An error number of Linux, as far as module signatures need them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::upper_case_acronyms)]
#[non_exhaustive]
pub enum Errno {
    /// 22: the message's structure is not supported.
    EINVAL,
    /// 61: unsigned. Becomes EKEYREJECTED where signatures are enforced.
    ENODATA,
    /// 65: an algorithm is unknown. Becomes EKEYREJECTED where signatures are enforced.
    ENOPKG,
    /// 74: the trailer or the message is malformed.
    EBADMSG,
    /// 90: the message is over 65,535 bytes.
    EMSGSIZE,
    /// 126: no trusted key. Becomes EKEYREJECTED where signatures are enforced.
    ENOKEY,
    /// 129: the signature is refused.
    EKEYREJECTED,
}

impl Errno {
    /// The number on most architectures (asm-generic; not MIPS, SPARC, PA-RISC, Alpha).
    pub fn number(self) -> u16 {
        match self {
            Self::EINVAL => 22,
            Self::ENODATA => 61,
            Self::ENOPKG => 65,
            Self::EBADMSG => 74,
            Self::EMSGSIZE => 90,
            Self::ENOKEY => 126,
            Self::EKEYREJECTED => 129,
        }
    }

    /// The name, such as `EKEYREJECTED`.
    pub fn name(self) -> &'static str {
        match self {
            Self::EINVAL => "EINVAL",
            Self::ENODATA => "ENODATA",
            Self::ENOPKG => "ENOPKG",
            Self::EBADMSG => "EBADMSG",
            Self::EMSGSIZE => "EMSGSIZE",
            Self::ENOKEY => "ENOKEY",
            Self::EKEYREJECTED => "EKEYREJECTED",
        }
    }

    /// Whether a kernel that does not enforce signatures loads the module all the same, tainted.
    pub fn is_tolerated_when_not_enforced(self) -> bool {
        matches!(self, Self::ENODATA | Self::ENOPKG | Self::ENOKEY)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The answer of a kernel that enforces signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The error inside the kernel; `None` means that the signature is accepted.
    pub refusal: Option<Errno>,
    /// What the kernel writes to its log while it looks at the message; may be empty.
    pub log: &'static str,
}

impl Answer {
    /// The signature is accepted: the module loads, if it is a good module.
    pub const LOADED: Self = Self { refusal: None, log: "" };

    /// A refusal.
    pub const fn new(errno: Errno, log: &'static str) -> Self {
        Self { refusal: Some(errno), log }
    }

    /// What `finit_module` gives back where signatures are enforced: ENODATA, ENOPKG and ENOKEY all turn into
    /// EKEYREJECTED. `None` for a signature that is accepted.
    pub fn user_errno(&self) -> Option<Errno> {
        self.refusal
            .map(|errno| if errno.is_tolerated_when_not_enforced() { Errno::EKEYREJECTED } else { errno })
    }

    /// The line that `module_sig_check` adds to the log where signatures are enforced.
    pub fn reason(&self) -> Option<&'static str> {
        match self.refusal? {
            Errno::ENODATA => Some("Loading of unsigned module is rejected"),
            Errno::ENOPKG => Some("Loading of module with unsupported crypto is rejected"),
            Errno::ENOKEY => Some("Loading of module with unavailable key is rejected"),
            _ => None,
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(inside), Some(outside)) = (self.refusal, self.user_errno()) else {
            return f.write_str("loaded");
        };
        write!(f, "refused with {outside} ({})", outside.number())?;
        if inside != outside {
            write!(f, ", {inside} inside")?;
        }
        let lines = [self.log, self.reason().unwrap_or_default()];
        for line in lines.iter().filter(|line| !line.is_empty()) {
            write!(f, ": {line}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ENODATA, ENOPKG and ENOKEY become EKEYREJECTED, the others stay (KERNEL.md, seen).
    #[test]
    fn what_user_space_sees() {
        use Errno::*;
        for (inside, outside) in [
            (EINVAL, EINVAL),
            (ENODATA, EKEYREJECTED),
            (ENOPKG, EKEYREJECTED),
            (EBADMSG, EBADMSG),
            (EMSGSIZE, EMSGSIZE),
            (ENOKEY, EKEYREJECTED),
            (EKEYREJECTED, EKEYREJECTED),
        ] {
            assert_eq!(Answer::new(inside, "").user_errno(), Some(outside));
        }
        assert_eq!(Answer::LOADED.user_errno(), None);
        assert_eq!(Answer::LOADED.to_string(), "loaded");
        assert_eq!(
            Answer::new(ENOKEY, "").to_string(),
            "refused with EKEYREJECTED (129), ENOKEY inside: Loading of module with unavailable key is rejected"
        );
    }
}
