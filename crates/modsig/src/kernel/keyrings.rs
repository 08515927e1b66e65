//! Which keyrings a kernel has, and which it uses for modules.

/// The keyrings of a kernel and the rules for them. Kconfig's names are those of mainline; three rules are patches of
/// distributions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a CONFIG option or a patch, which is a yes or a no"
)]
pub struct Keyrings {
    /// `CONFIG_SECONDARY_TRUSTED_KEYRING`: `.secondary_trusted_keys`, to which a running system can add certificates
    /// that a trusted key signed.
    pub secondary: bool,
    /// `CONFIG_SECONDARY_TRUSTED_KEYRING_SIGNED_BY_BUILTIN`: only a built-in key may have signed these.
    pub secondary_signed_by_builtin: bool,
    /// `CONFIG_INTEGRITY_PLATFORM_KEYRING`: `.platform`, for the certificates of UEFI. Without it, the kernel reads
    /// neither `db` nor `MokListRT`, `dbx` and `MokListXRT`.
    pub platform: bool,
    /// `CONFIG_INTEGRITY_MACHINE_KEYRING`: `.machine`, for machine owner's keys if
    /// [`mok_list_trusted`](super::BootState::mok_list_trusted). It is linked to the secondary keyring.
    pub machine: bool,
    /// `CONFIG_INTEGRITY_CA_MACHINE_KEYRING`: only certificates with CA:TRUE and the usage keyCertSign enter `.machine`;
    /// others enter `.platform`.
    pub machine_ca: bool,
    /// `CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX`: nor those with the usage digitalSignature.
    pub machine_ca_max: bool,
    /// `CONFIG_SYSTEM_BLACKLIST_KEYRING`: `.blacklist`.
    pub blacklist: bool,
    /// `CONFIG_SYSTEM_REVOCATION_LIST`: `.blacklist` also holds certificates.
    pub revocation_list: bool,
    /// A patch (Debian and others): a module with an unknown key is verified again with `.platform`. In mainline, only
    /// kexec uses that keyring.
    pub platform_for_modules: bool,
    /// A patch (Debian up to 6.12): a signed module is refused if the SHA-256 of its file is in `.blacklist`.
    pub file_blacklist_for_modules: bool,
    /// A patch (SUSE, `CONFIG_CHECK_CODESIGN_EKU`): the key that verifies a module must have the extended key usage
    /// codeSigning.
    pub code_signing_for_modules: bool,
}

impl Keyrings {
    /// All keyrings of mainline, without restrictions on machine owner's keys, and no patch.
    pub const MAINLINE: Self = Self {
        secondary: true,
        secondary_signed_by_builtin: false,
        platform: true,
        machine: true,
        machine_ca: false,
        machine_ca_max: false,
        blacklist: true,
        revocation_list: true,
        platform_for_modules: false,
        file_blacklist_for_modules: false,
        code_signing_for_modules: false,
    };

    /// Only `.builtin_trusted_keys`.
    pub const BUILT_IN_ONLY: Self = Self {
        secondary: false,
        platform: false,
        machine: false,
        blacklist: false,
        revocation_list: false,
        ..Self::MAINLINE
    };
}
