//! The state of a running kernel that its command line and its firmware decide.

use core::fmt;

/// What the command line and the firmware add to the configuration. All off is a kernel that is booted without
/// parameters and without Secure Boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a state of its own")]
pub struct BootState {
    /// `module.sig_enforce=1` on the command line, or written to `/sys/module/module/parameters/sig_enforce`.
    pub sig_enforce: bool,
    /// `lockdown=` on the command line, or written to `/sys/kernel/security/lockdown`. Without effect if the kernel has
    /// no [`lockdown_lsm`](super::Config::lockdown_lsm).
    pub lockdown: Lockdown,
    /// `fips=1` on the command line. Without effect if the kernel has no [`fips`](super::Config::fips).
    pub fips: bool,
    /// UEFI Secure Boot is on: the kernel reads `MokListRT` and `MokListXRT` only then.
    pub secure_boot: bool,
    /// shim has the variable `MokListTrustedRT` (`mokutil --trust-mok`): only then machine owner's keys can enter
    /// `.machine`.
    pub mok_list_trusted: bool,
}

impl BootState {
    /// Booted without parameters and without Secure Boot.
    pub const NONE: Self = Self {
        sig_enforce: false,
        lockdown: Lockdown::None,
        fips: false,
        secure_boot: false,
        mok_list_trusted: false,
    };
}

/// The level of lockdown (`security/lockdown`). Both levels above [`Self::None`] refuse modules without an accepted
/// signature, with EPERM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Lockdown {
    /// Not locked down.
    #[default]
    None,
    /// `integrity`: no user may change the running kernel.
    Integrity,
    /// `confidentiality`: nor read its memory.
    Confidentiality,
}

impl Lockdown {
    /// All levels, the lowest first.
    pub const ALL: [Self; 3] = [Self::None, Self::Integrity, Self::Confidentiality];

    /// The name in `/sys/kernel/security/lockdown` and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Integrity => "integrity",
            Self::Confidentiality => "confidentiality",
        }
    }

    /// Finds a level by its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }
}

impl fmt::Display for Lockdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
