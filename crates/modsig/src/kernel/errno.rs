//! Error numbers of Linux.

use core::fmt;

/// A Linux error number that verifying a module signature can return.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(clippy::upper_case_acronyms)]
#[non_exhaustive]
pub enum Errno {
    /// 1: lockdown refuses a module without an accepted signature.
    EPERM,
    /// 2: a certificate in the message needs an algorithm that the kernel lacks.
    ENOENT,
    /// 12: an RSA key is longer than the kernel's arithmetic supports.
    ENOMEM,
    /// 22: the message's structure is not supported.
    EINVAL,
    /// 61: unsigned. Becomes EKEYREJECTED if signatures are enforced.
    ENODATA,
    /// 65: an algorithm is unknown. Becomes EKEYREJECTED if signatures are enforced.
    ENOPKG,
    /// 74: the trailer or the message is malformed.
    EBADMSG,
    /// 90: the message is longer than 65,535 bytes.
    EMSGSIZE,
    /// 126: no trusted key. Becomes EKEYREJECTED if signatures are enforced.
    ENOKEY,
    /// 129: the signature is rejected.
    EKEYREJECTED,
}

impl Errno {
    /// The number on most architectures (asm-generic; not MIPS, SPARC, PA-RISC, Alpha).
    pub fn number(self) -> u16 {
        match self {
            Self::EPERM => 1,
            Self::ENOENT => 2,
            Self::ENOMEM => 12,
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
            Self::EPERM => "EPERM",
            Self::ENOENT => "ENOENT",
            Self::ENOMEM => "ENOMEM",
            Self::EINVAL => "EINVAL",
            Self::ENODATA => "ENODATA",
            Self::ENOPKG => "ENOPKG",
            Self::EBADMSG => "EBADMSG",
            Self::EMSGSIZE => "EMSGSIZE",
            Self::ENOKEY => "ENOKEY",
            Self::EKEYREJECTED => "EKEYREJECTED",
        }
    }

    /// Whether a kernel that does not enforce signatures loads the module despite this error, tainted.
    pub fn is_tolerated_when_not_enforced(self) -> bool {
        matches!(self, Self::ENODATA | Self::ENOPKG | Self::ENOKEY)
    }
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
