//! The configuration of the predicted kernel.

use super::compression::{Compression, Compressions, Unpacker};
use super::{Rule, Version};

/// The options of a kernel that change its answer. Start from a constant and change fields:
///
/// ```
/// use modsig::kernel::Config;
/// let config = Config { sig_force: false, ..Config::STRICT };
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a CONFIG option, which is a yes or a no")]
pub struct Config {
    /// The version of Linux.
    pub version: Version,
    /// `CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA`: modules with signed attributes load if the first signer uses
    /// ML-DSA.
    pub waive_authattrs: bool,
    /// `CONFIG_MODULE_SIG_FORCE`, or `module.sig_enforce=1` on the command line: a module that is unsigned, uses an
    /// unknown algorithm or is signed by an unknown key is rejected instead of loaded with a taint.
    pub sig_force: bool,
    /// `CONFIG_CRYPTO_MLDSA`.
    pub mldsa: bool,
    /// `CONFIG_CRYPTO_RSA`.
    pub rsa: bool,
    /// `CONFIG_CRYPTO_ECDSA`.
    pub ecdsa: bool,
    /// `CONFIG_CRYPTO_SHA1`.
    pub sha1: bool,
    /// `CONFIG_CRYPTO_SHA256`: SHA-224 and SHA-256.
    pub sha256: bool,
    /// `CONFIG_CRYPTO_SHA512`: SHA-384 and SHA-512.
    pub sha512: bool,
    /// `CONFIG_CRYPTO_SHA3`.
    pub sha3: bool,
    /// `CONFIG_MODULE_DECOMPRESS`: the kernel itself unpacks modules with one of [`Self::compressions`].
    pub module_decompress: bool,
    /// `CONFIG_MODULE_COMPRESS_GZIP`, `_XZ` and `_ZSTD`. A real kernel has one of them. With several, the answer is
    /// that of the kernel built for the compression of the file.
    pub compressions: Compressions,
    /// The source of the trusted certificates.
    pub keyring: KeyringKind,
    /// SHA-256 digests of the TBSCertificates in the kernel's blacklist (`CONFIG_SYSTEM_BLACKLIST_KEYRING`).
    pub blacklist: Vec<[u8; 32]>,
}

/// How trusted certificates reach the kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyringKind {
    /// Built in, by `CONFIG_SYSTEM_TRUSTED_KEYS` or `insert-sys-cert`: one list of concatenated DER, in which each
    /// certificate starts with 30 82.
    BuiltIn,
    /// One by one, from UEFI: `.platform`, if the distribution trusts it for modules, or MOK.
    OneByOne,
}

impl Config {
    /// Linux 7.2 with all algorithms, signatures enforced, no signed attributes: the target for new modules.
    pub const STRICT: Self = Self::with(false, true, true, KeyringKind::BuiltIn);

    /// [`Self::STRICT`] with `CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA`.
    pub const WAIVER: Self = Self::with(true, true, true, KeyringKind::BuiltIn);

    /// Debian's linux-image-7.2.13+deb14-amd64 as shipped: no ML-DSA, signatures not enforced, certificates from UEFI.
    /// Its SHA-3 is a module, which a running system loads on demand. It unpacks `.ko.xz` itself.
    pub const DEBIAN: Self = {
        let mut config = Self::with(false, false, false, KeyringKind::OneByOne);
        config.compressions = Compressions::NONE.with(Compression::Xz, true);
        config
    };

    /// [`Self::STRICT`] of another version: without the options that this version does not have.
    #[must_use]
    pub fn strict_of(version: Version) -> Self {
        let mut config = Self { version, ..Self::STRICT };
        config.without_missing_options();
        config
    }

    /// Clears the options that the version does not have or does not use for signatures.
    pub fn without_missing_options(&mut self) {
        let version = self.version;
        self.mldsa &= version.has(Rule::MlDsa);
        self.waive_authattrs &= version.has(Rule::MlDsa);
        self.sha3 &= version.has(Rule::Sha3);
        if !version.has(Rule::Zstd) {
            self.compressions = self.compressions.with(Compression::Zstd, false);
        }
    }

    /// Who unpacks modules of this compression on a kernel with this configuration. kmod leaves unpacking to the kernel
    /// if `/sys/module/compression` names the compression of the file; otherwise kmod unpacks the file.
    #[must_use]
    pub const fn unpacker(&self, compression: Compression) -> Unpacker {
        if self.module_decompress && self.compressions.has(compression) {
            Unpacker::Linux
        } else {
            Unpacker::Kmod
        }
    }

    const fn with(waive_authattrs: bool, sig_force: bool, mldsa: bool, keyring: KeyringKind) -> Self {
        Self {
            version: Version::V7_2,
            waive_authattrs,
            sig_force,
            mldsa,
            rsa: true,
            ecdsa: true,
            sha1: true,
            sha256: true,
            sha512: true,
            sha3: true,
            module_decompress: true,
            compressions: Compressions::ALL,
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
    Sha256,
    Sha512,
    Sha3,
    ModuleDecompress,
    ModuleCompressGzip,
    ModuleCompressXz,
    ModuleCompressZstd,
}

impl ConfigOption {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::WaiveAuthattrs,
        Self::SigForce,
        Self::MlDsa,
        Self::Rsa,
        Self::Ecdsa,
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
        Self::Sha3,
        Self::ModuleDecompress,
        Self::ModuleCompressGzip,
        Self::ModuleCompressXz,
        Self::ModuleCompressZstd,
    ];

    /// The compression that the option enables, if it is one of those options.
    pub fn compression(self) -> Option<Compression> {
        match self {
            Self::ModuleCompressGzip => Some(Compression::Gzip),
            Self::ModuleCompressXz => Some(Compression::Xz),
            Self::ModuleCompressZstd => Some(Compression::Zstd),
            _ => None,
        }
    }

    /// The name in Kconfig.
    pub fn name(self) -> &'static str {
        match self {
            Self::WaiveAuthattrs => "CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA",
            Self::SigForce => "CONFIG_MODULE_SIG_FORCE",
            Self::MlDsa => "CONFIG_CRYPTO_MLDSA",
            Self::Rsa => "CONFIG_CRYPTO_RSA",
            Self::Ecdsa => "CONFIG_CRYPTO_ECDSA",
            Self::Sha1 => "CONFIG_CRYPTO_SHA1",
            Self::Sha256 => "CONFIG_CRYPTO_SHA256",
            Self::Sha512 => "CONFIG_CRYPTO_SHA512",
            Self::Sha3 => "CONFIG_CRYPTO_SHA3",
            Self::ModuleDecompress => "CONFIG_MODULE_DECOMPRESS",
            Self::ModuleCompressGzip => "CONFIG_MODULE_COMPRESS_GZIP",
            Self::ModuleCompressXz => "CONFIG_MODULE_COMPRESS_XZ",
            Self::ModuleCompressZstd => "CONFIG_MODULE_COMPRESS_ZSTD",
        }
    }

    /// Finds an option by its name, with or without `CONFIG_`.
    pub fn from_name(name: &str) -> Option<Self> {
        let bare = name.strip_prefix("CONFIG_").unwrap_or(name);
        Self::ALL.into_iter().find(|option| option.name().strip_prefix("CONFIG_") == Some(bare))
    }

    /// Whether the configuration has the option set.
    pub fn get(self, config: &Config) -> bool {
        match self {
            Self::WaiveAuthattrs => config.waive_authattrs,
            Self::SigForce => config.sig_force,
            Self::MlDsa => config.mldsa,
            Self::Rsa => config.rsa,
            Self::Ecdsa => config.ecdsa,
            Self::Sha1 => config.sha1,
            Self::Sha256 => config.sha256,
            Self::Sha512 => config.sha512,
            Self::Sha3 => config.sha3,
            Self::ModuleDecompress => config.module_decompress,
            Self::ModuleCompressGzip => config.compressions.has(Compression::Gzip),
            Self::ModuleCompressXz => config.compressions.has(Compression::Xz),
            Self::ModuleCompressZstd => config.compressions.has(Compression::Zstd),
        }
    }

    /// Sets or clears the option in the configuration. One that the version does not have stays clear.
    pub fn set(self, config: &mut Config, value: bool) {
        match self {
            Self::WaiveAuthattrs => config.waive_authattrs = value,
            Self::SigForce => config.sig_force = value,
            Self::MlDsa => config.mldsa = value,
            Self::Rsa => config.rsa = value,
            Self::Ecdsa => config.ecdsa = value,
            Self::Sha1 => config.sha1 = value,
            Self::Sha256 => config.sha256 = value,
            Self::Sha512 => config.sha512 = value,
            Self::Sha3 => config.sha3 = value,
            Self::ModuleDecompress => config.module_decompress = value,
            Self::ModuleCompressGzip | Self::ModuleCompressXz | Self::ModuleCompressZstd => {
                if let Some(compression) = self.compression() {
                    config.compressions = config.compressions.with(compression, value);
                }
            }
        }
        config.without_missing_options();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// kmod unpacks what the kernel was not built for.
    #[test]
    fn the_kernel_unpacks_its_own_compression_only() {
        assert_eq!(Config::DEBIAN.unpacker(Compression::Xz), Unpacker::Linux);
        assert_eq!(Config::DEBIAN.unpacker(Compression::Zstd), Unpacker::Kmod);
        let off = Config { module_decompress: false, ..Config::STRICT };
        for compression in Compression::ALL {
            assert_eq!(Config::STRICT.unpacker(compression), Unpacker::Linux);
            assert_eq!(off.unpacker(compression), Unpacker::Kmod);
        }
    }
}
