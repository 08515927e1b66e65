//! Which Linux is asked.

/// How the kernel is configured, as far as it changes the answer. Start from a constant and change fields:
///
/// ```
/// use modsig::kernel::Config;
/// let config = Config { sig_force: false, ..Config::STRICT };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a CONFIG option, which is a yes or a no")]
pub struct Config {
    /// `CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA`: signed attributes load if the first signer uses ML-DSA.
    pub waive_authattrs: bool,
    /// `CONFIG_MODULE_SIG_FORCE`, or `module.sig_enforce=1` on the command line: what is unsigned, of an unknown
    /// algorithm or by an unknown key is refused instead of loaded with a taint.
    pub sig_force: bool,
    /// `CONFIG_CRYPTO_MLDSA`.
    pub mldsa: bool,
    /// `CONFIG_CRYPTO_RSA`.
    pub rsa: bool,
    /// `CONFIG_CRYPTO_ECDSA`.
    pub ecdsa: bool,
    /// `CONFIG_CRYPTO_SHA1`.
    pub sha1: bool,
    /// `CONFIG_CRYPTO_SHA3`.
    pub sha3: bool,
    /// Where the trusted certificates come from.
    pub keyring: KeyringKind,
    /// SHA-256 digests of the TBSCertificates in the kernel's blacklist (`CONFIG_SYSTEM_BLACKLIST_KEYRING`).
    pub blacklist: Vec<[u8; 32]>,
}

/// How trusted certificates came into the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyringKind {
    /// Built in, `CONFIG_SYSTEM_TRUSTED_KEYS` or `insert-sys-cert`: one list of DER after DER, where each starts 30 82.
    BuiltIn,
    /// One by one: from UEFI (`.platform`, where the distribution lets it vouch for modules, or MOK).
    OneByOne,
}

impl Config {
    /// Linux 7.2 with all algorithms, signatures enforced, no signed attributes: what to write modules for.
    pub const STRICT: Self = Self::with(false, true, true, KeyringKind::BuiltIn);

    /// [`Self::STRICT`] with `CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA`.
    pub const WAIVER: Self = Self::with(true, true, true, KeyringKind::BuiltIn);

    /// Debian's linux-image-7.2.13+deb14-amd64 as shipped: no ML-DSA, signatures not enforced, certificates from UEFI.
    /// Its SHA-3 is a module, which a running system loads when it is asked for.
    pub const DEBIAN: Self = Self::with(false, false, false, KeyringKind::OneByOne);

    const fn with(waive_authattrs: bool, sig_force: bool, mldsa: bool, keyring: KeyringKind) -> Self {
        Self {
            waive_authattrs,
            sig_force,
            mldsa,
            rsa: true,
            ecdsa: true,
            sha1: true,
            sha3: true,
            keyring,
            blacklist: Vec::new(),
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::STRICT
    }
}

/// An option of the kernel's configuration that can change the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum ConfigOption {
    WaiveAuthattrs,
    SigForce,
    MlDsa,
    Rsa,
    Ecdsa,
    Sha1,
    Sha3,
}

impl ConfigOption {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::WaiveAuthattrs, Self::SigForce, Self::MlDsa, Self::Rsa, Self::Ecdsa, Self::Sha1, Self::Sha3];

    /// The name as Kconfig has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::WaiveAuthattrs => "CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA",
            Self::SigForce => "CONFIG_MODULE_SIG_FORCE",
            Self::MlDsa => "CONFIG_CRYPTO_MLDSA",
            Self::Rsa => "CONFIG_CRYPTO_RSA",
            Self::Ecdsa => "CONFIG_CRYPTO_ECDSA",
            Self::Sha1 => "CONFIG_CRYPTO_SHA1",
            Self::Sha3 => "CONFIG_CRYPTO_SHA3",
        }
    }

    /// Finds an option by its name, with or without `CONFIG_`.
    pub fn from_name(name: &str) -> Option<Self> {
        let bare = name.strip_prefix("CONFIG_").unwrap_or(name);
        Self::ALL.into_iter().find(|option| option.name().strip_prefix("CONFIG_") == Some(bare))
    }

    /// Whether the configuration has it.
    pub fn get(self, config: &Config) -> bool {
        match self {
            Self::WaiveAuthattrs => config.waive_authattrs,
            Self::SigForce => config.sig_force,
            Self::MlDsa => config.mldsa,
            Self::Rsa => config.rsa,
            Self::Ecdsa => config.ecdsa,
            Self::Sha1 => config.sha1,
            Self::Sha3 => config.sha3,
        }
    }

    /// Sets it in the configuration.
    pub fn set(self, config: &mut Config, value: bool) {
        match self {
            Self::WaiveAuthattrs => config.waive_authattrs = value,
            Self::SigForce => config.sig_force = value,
            Self::MlDsa => config.mldsa = value,
            Self::Rsa => config.rsa = value,
            Self::Ecdsa => config.ecdsa = value,
            Self::Sha1 => config.sha1 = value,
            Self::Sha3 => config.sha3 = value,
        }
    }
}
