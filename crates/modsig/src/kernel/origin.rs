//! Where a trusted certificate, or an entry of a blacklist, comes from.

use core::fmt;

/// Where a kernel gets a certificate from. The keyring that it enters depends on it, and with that whether modules are
/// verified with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Origin {
    /// The user says that the kernel trusts it for modules ([`Config::keyring`](super::Config::keyring) tells how it is
    /// loaded). In a blacklist: it counts whenever the kernel looks.
    #[default]
    Given,
    /// Built into the kernel image: `.builtin_trusted_keys`. In a blacklist: `CONFIG_SYSTEM_BLACKLIST_HASH_LIST`,
    /// `CONFIG_SYSTEM_REVOCATION_KEYS`.
    BuiltIn,
    /// Added to `.secondary_trusted_keys` by a running system (`keyctl padd`): a key that is trusted already must have
    /// signed it.
    Secondary,
    /// UEFI's `db`: `.platform`. In a blacklist: `dbx`.
    Firmware,
    /// The list of machine owner's keys (`MokListRT`): `.machine`, or `.platform`. In a blacklist: `MokListXRT`.
    MachineOwner,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Given => "given",
            Self::BuiltIn => "built into the kernel",
            Self::Secondary => "added to .secondary_trusted_keys",
            Self::Firmware => "UEFI db",
            Self::MachineOwner => "machine owner's key (MOK)",
        })
    }
}
