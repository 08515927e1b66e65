//! Where a trusted certificate comes from.

/// Where a kernel gets a certificate from. The keyring that it enters depends on it, and with that whether modules are
/// verified with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[non_exhaustive]
pub enum Origin {
    /// The user says that the kernel trusts it for modules ([`Config::keyring`](super::Config::keyring) tells how it is
    /// loaded).
    #[default]
    Given,
    /// Built into the kernel image: `.builtin_trusted_keys`.
    BuiltIn,
    /// UEFI's `db`: `.platform`.
    Firmware,
    /// The list of machine owner's keys (`MokListRT`): `.machine`, or `.platform`.
    MachineOwner,
}
