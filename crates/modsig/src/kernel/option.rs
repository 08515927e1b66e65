//! The options of a kernel that change its answer, one by one: of its configuration, of distributions' patches, and of its
//! boot.

use super::compression::Compression;
use super::{Config, Lockdown};

/// An option that can change the answer. Most are Kconfig's; those without `CONFIG_` in their name are patches of
/// distributions, or states of the boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum ConfigOption {
    ModuleSig,
    WaiveAuthattrs,
    SigForce,
    MlDsa,
    Rsa,
    Ecdsa,
    Md5,
    Sha1,
    Sha256,
    Sha512,
    Sha3,
    ModuleDecompress,
    ModuleCompressGzip,
    ModuleCompressXz,
    ModuleCompressZstd,
    SecondaryTrustedKeyring,
    SecondarySignedByBuiltin,
    PlatformKeyring,
    MachineKeyring,
    CaMachineKeyring,
    CaMachineKeyringMax,
    BlacklistKeyring,
    RevocationList,
    CheckCodesignEku,
    LockdownLsm,
    LockDownForceIntegrity,
    LockDownForceConfidentiality,
    LockDownInSecureBoot,
    ImaArchPolicy,
    CryptoFips,
    PlatformForModules,
    FileBlacklistForModules,
    SigEnforce,
    Lockdown,
    FipsMode,
    SecureBoot,
    MokListTrusted,
}

impl ConfigOption {
    /// All of them.
    pub const ALL: [Self; 37] = [
        Self::ModuleSig,
        Self::WaiveAuthattrs,
        Self::SigForce,
        Self::MlDsa,
        Self::Rsa,
        Self::Ecdsa,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
        Self::Sha3,
        Self::ModuleDecompress,
        Self::ModuleCompressGzip,
        Self::ModuleCompressXz,
        Self::ModuleCompressZstd,
        Self::SecondaryTrustedKeyring,
        Self::SecondarySignedByBuiltin,
        Self::PlatformKeyring,
        Self::MachineKeyring,
        Self::CaMachineKeyring,
        Self::CaMachineKeyringMax,
        Self::BlacklistKeyring,
        Self::RevocationList,
        Self::CheckCodesignEku,
        Self::LockdownLsm,
        Self::LockDownForceIntegrity,
        Self::LockDownForceConfidentiality,
        Self::LockDownInSecureBoot,
        Self::ImaArchPolicy,
        Self::CryptoFips,
        Self::PlatformForModules,
        Self::FileBlacklistForModules,
        Self::SigEnforce,
        Self::Lockdown,
        Self::FipsMode,
        Self::SecureBoot,
        Self::MokListTrusted,
    ];

    /// The options whose change is worth a prediction: those of Kconfig that keep or let a module out, without those that
    /// restrict a kernel further in every case (lockdown, FIPS mode, enforcement at the boot), unless they are set.
    pub(crate) fn worth_toggling(config: &Config) -> impl Iterator<Item = Self> {
        let is_restriction = |option: Self| {
            matches!(
                option,
                Self::SecondarySignedByBuiltin
                    | Self::CaMachineKeyring
                    | Self::CaMachineKeyringMax
                    | Self::CheckCodesignEku
                    | Self::LockDownForceIntegrity
                    | Self::LockDownForceConfidentiality
                    | Self::LockDownInSecureBoot
                    | Self::ImaArchPolicy
                    | Self::PlatformForModules
                    | Self::FileBlacklistForModules
                    | Self::SigEnforce
                    | Self::Lockdown
                    | Self::FipsMode
                    | Self::SecureBoot
            )
        };
        Self::ALL.into_iter().filter(move |&option| match option {
            // Without it every module loads; with it off, the change says what it would do.
            Self::ModuleSig => !config.module_sig,
            Self::CryptoFips => config.boot.fips,
            Self::LockdownLsm => config.boot.lockdown != Lockdown::None,
            option => !is_restriction(option) || option.get(config),
        })
    }

    /// The compression that the option enables, if it is one of those options.
    pub fn compression(self) -> Option<Compression> {
        match self {
            Self::ModuleCompressGzip => Some(Compression::Gzip),
            Self::ModuleCompressXz => Some(Compression::Xz),
            Self::ModuleCompressZstd => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// The name: that in Kconfig, on the kernel's command line, or of UEFI's variable.
    pub fn name(self) -> &'static str {
        match self {
            Self::ModuleSig => "CONFIG_MODULE_SIG",
            Self::WaiveAuthattrs => "CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA",
            Self::SigForce => "CONFIG_MODULE_SIG_FORCE",
            Self::MlDsa => "CONFIG_CRYPTO_MLDSA",
            Self::Rsa => "CONFIG_CRYPTO_RSA",
            Self::Ecdsa => "CONFIG_CRYPTO_ECDSA",
            Self::Md5 => "CONFIG_CRYPTO_MD5",
            Self::Sha1 => "CONFIG_CRYPTO_SHA1",
            Self::Sha256 => "CONFIG_CRYPTO_SHA256",
            Self::Sha512 => "CONFIG_CRYPTO_SHA512",
            Self::Sha3 => "CONFIG_CRYPTO_SHA3",
            Self::ModuleDecompress => "CONFIG_MODULE_DECOMPRESS",
            Self::ModuleCompressGzip => "CONFIG_MODULE_COMPRESS_GZIP",
            Self::ModuleCompressXz => "CONFIG_MODULE_COMPRESS_XZ",
            Self::ModuleCompressZstd => "CONFIG_MODULE_COMPRESS_ZSTD",
            Self::SecondaryTrustedKeyring => "CONFIG_SECONDARY_TRUSTED_KEYRING",
            Self::SecondarySignedByBuiltin => "CONFIG_SECONDARY_TRUSTED_KEYRING_SIGNED_BY_BUILTIN",
            Self::PlatformKeyring => "CONFIG_INTEGRITY_PLATFORM_KEYRING",
            Self::MachineKeyring => "CONFIG_INTEGRITY_MACHINE_KEYRING",
            Self::CaMachineKeyring => "CONFIG_INTEGRITY_CA_MACHINE_KEYRING",
            Self::CaMachineKeyringMax => "CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX",
            Self::BlacklistKeyring => "CONFIG_SYSTEM_BLACKLIST_KEYRING",
            Self::RevocationList => "CONFIG_SYSTEM_REVOCATION_LIST",
            Self::CheckCodesignEku => "CONFIG_CHECK_CODESIGN_EKU",
            Self::LockdownLsm => "CONFIG_SECURITY_LOCKDOWN_LSM",
            Self::LockDownForceIntegrity => "CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY",
            Self::LockDownForceConfidentiality => "CONFIG_LOCK_DOWN_KERNEL_FORCE_CONFIDENTIALITY",
            Self::LockDownInSecureBoot => "CONFIG_LOCK_DOWN_IN_EFI_SECURE_BOOT",
            Self::ImaArchPolicy => "CONFIG_IMA_ARCH_POLICY",
            Self::CryptoFips => "CONFIG_CRYPTO_FIPS",
            Self::PlatformForModules => "platform_for_modules",
            Self::FileBlacklistForModules => "file_blacklist_for_modules",
            Self::SigEnforce => "module.sig_enforce",
            Self::Lockdown => "lockdown",
            Self::FipsMode => "fips",
            Self::SecureBoot => "SecureBoot",
            Self::MokListTrusted => "MokListTrustedRT",
        }
    }

    /// Finds an option by its name, with or without `CONFIG_`.
    pub fn from_name(name: &str) -> Option<Self> {
        let bare = name.strip_prefix("CONFIG_").unwrap_or(name);
        Self::ALL.into_iter().find(|option| match option.name().strip_prefix("CONFIG_") {
            Some(of_kconfig) => of_kconfig == bare,
            None => option.name() == name,
        })
    }

    /// Whether the option is set.
    pub fn get(self, config: &Config) -> bool {
        match self {
            Self::ModuleSig => config.module_sig,
            Self::WaiveAuthattrs => config.waive_authattrs,
            Self::SigForce => config.sig_force,
            Self::MlDsa => config.mldsa,
            Self::Rsa => config.rsa,
            Self::Ecdsa => config.ecdsa,
            Self::Md5 => config.md5,
            Self::Sha1 => config.sha1,
            Self::Sha256 => config.sha256,
            Self::Sha512 => config.sha512,
            Self::Sha3 => config.sha3,
            Self::ModuleDecompress => config.module_decompress,
            Self::SecondaryTrustedKeyring => config.keyrings.secondary,
            Self::SecondarySignedByBuiltin => config.keyrings.secondary_signed_by_builtin,
            Self::PlatformKeyring => config.keyrings.platform,
            Self::MachineKeyring => config.keyrings.machine,
            Self::CaMachineKeyring => config.keyrings.machine_ca,
            Self::CaMachineKeyringMax => config.keyrings.machine_ca_max,
            Self::BlacklistKeyring => config.keyrings.blacklist,
            Self::RevocationList => config.keyrings.revocation_list,
            Self::CheckCodesignEku => config.keyrings.code_signing_for_modules,
            Self::LockdownLsm => config.lockdown_lsm,
            Self::LockDownInSecureBoot => config.lockdown_in_secure_boot,
            Self::ImaArchPolicy => config.ima_arch_policy,
            Self::CryptoFips => config.fips,
            Self::PlatformForModules => config.keyrings.platform_for_modules,
            Self::FileBlacklistForModules => config.keyrings.file_blacklist_for_modules,
            Self::SigEnforce => config.boot.sig_enforce,
            Self::FipsMode => config.boot.fips,
            Self::SecureBoot => config.boot.secure_boot,
            Self::MokListTrusted => config.boot.mok_list_trusted,
            Self::ModuleCompressGzip | Self::ModuleCompressXz | Self::ModuleCompressZstd => {
                self.compression().is_some_and(|compression| config.compressions.has(compression))
            }
            Self::LockDownForceIntegrity => config.lockdown_forced == Lockdown::Integrity,
            Self::LockDownForceConfidentiality => config.lockdown_forced == Lockdown::Confidentiality,
            Self::Lockdown => config.boot.lockdown != Lockdown::None,
        }
    }

    /// Sets or clears the option. [`Self::Lockdown`] sets the level integrity.
    pub fn set(self, config: &mut Config, value: bool) {
        match self {
            Self::ModuleSig => config.module_sig = value,
            Self::WaiveAuthattrs => config.waive_authattrs = value,
            Self::SigForce => config.sig_force = value,
            Self::MlDsa => config.mldsa = value,
            Self::Rsa => config.rsa = value,
            Self::Ecdsa => config.ecdsa = value,
            Self::Md5 => config.md5 = value,
            Self::Sha1 => config.sha1 = value,
            Self::Sha256 => config.sha256 = value,
            Self::Sha512 => config.sha512 = value,
            Self::Sha3 => config.sha3 = value,
            Self::ModuleDecompress => config.module_decompress = value,
            Self::SecondaryTrustedKeyring => config.keyrings.secondary = value,
            Self::SecondarySignedByBuiltin => config.keyrings.secondary_signed_by_builtin = value,
            Self::PlatformKeyring => config.keyrings.platform = value,
            Self::MachineKeyring => config.keyrings.machine = value,
            Self::CaMachineKeyring => config.keyrings.machine_ca = value,
            Self::CaMachineKeyringMax => config.keyrings.machine_ca_max = value,
            Self::BlacklistKeyring => config.keyrings.blacklist = value,
            Self::RevocationList => config.keyrings.revocation_list = value,
            Self::CheckCodesignEku => config.keyrings.code_signing_for_modules = value,
            Self::LockdownLsm => config.lockdown_lsm = value,
            Self::LockDownInSecureBoot => config.lockdown_in_secure_boot = value,
            Self::ImaArchPolicy => config.ima_arch_policy = value,
            Self::CryptoFips => config.fips = value,
            Self::PlatformForModules => config.keyrings.platform_for_modules = value,
            Self::FileBlacklistForModules => config.keyrings.file_blacklist_for_modules = value,
            Self::SigEnforce => config.boot.sig_enforce = value,
            Self::FipsMode => config.boot.fips = value,
            Self::SecureBoot => config.boot.secure_boot = value,
            Self::MokListTrusted => config.boot.mok_list_trusted = value,
            Self::ModuleCompressGzip | Self::ModuleCompressXz | Self::ModuleCompressZstd => {
                if let Some(compression) = self.compression() {
                    config.compressions = config.compressions.with(compression, value);
                }
            }
            Self::LockDownForceIntegrity => force(config, Lockdown::Integrity, value),
            Self::LockDownForceConfidentiality => force(config, Lockdown::Confidentiality, value),
            Self::Lockdown => {
                config.boot.lockdown = if value { Lockdown::Integrity } else { Lockdown::None };
            }
        }
        config.without_missing_options();
    }
}

/// Kconfig sets at most one of the two.
fn force(config: &mut Config, level: Lockdown, value: bool) {
    if value {
        config.lockdown_forced = level;
    } else if config.lockdown_forced == level {
        config.lockdown_forced = Lockdown::None;
    }
}
