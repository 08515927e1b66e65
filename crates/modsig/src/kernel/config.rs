//! The configuration of the predicted kernel.

use super::compression::{Compression, Compressions, Unpacker};
use super::{BootState, Keyrings, Lockdown, Rule, Version};

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
    /// `CONFIG_MODULE_SIG`: without it the kernel does not look at signatures, and every module loads.
    pub module_sig: bool,
    /// `CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA`: modules with signed attributes load if the first signer uses
    /// ML-DSA.
    pub waive_authattrs: bool,
    /// `CONFIG_MODULE_SIG_FORCE`: a module that is unsigned, uses an unknown algorithm or is signed by an unknown key is
    /// rejected instead of loaded with a taint.
    pub sig_force: bool,
    /// `CONFIG_CRYPTO_MLDSA`.
    pub mldsa: bool,
    /// `CONFIG_CRYPTO_RSA`.
    pub rsa: bool,
    /// `CONFIG_CRYPTO_ECDSA`.
    pub ecdsa: bool,
    /// `CONFIG_CRYPTO_MD5`: used only before 6.12.
    pub md5: bool,
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
    /// Digests of TBSCertificates in the kernel's blacklist (`tbs:` in `CONFIG_SYSTEM_BLACKLIST_HASH_LIST`), of any
    /// length: [`Rule::BlacklistBySha256`] says which digest of a certificate Linux looks up. Those of the trusted
    /// certificates' store ([`Sources`](super::Sources)) count, too.
    pub blacklist: Vec<Vec<u8>>,
    /// Which algorithms of keys are modules (`=m`).
    pub modular: Modular,
    /// The keyrings, and which are used for modules.
    pub keyrings: Keyrings,
    /// `CONFIG_SECURITY_LOCKDOWN_LSM`: lockdown exists (and `lockdown` is in `CONFIG_LSM` or `lsm=`).
    pub lockdown_lsm: bool,
    /// `CONFIG_LOCK_DOWN_KERNEL_FORCE_INTEGRITY`, `_CONFIDENTIALITY`: the level at the start.
    pub lockdown_forced: Lockdown,
    /// `CONFIG_LOCK_DOWN_IN_EFI_SECURE_BOOT`, a patch of distributions: Secure Boot locks down, level integrity.
    pub lockdown_in_secure_boot: bool,
    /// `CONFIG_IMA_ARCH_POLICY`: Secure Boot enforces module signatures.
    pub ima_arch_policy: bool,
    /// `CONFIG_CRYPTO_FIPS`: `fips=1` has an effect.
    pub fips: bool,
    /// The state that command line and firmware decide.
    pub boot: BootState,
}

/// The algorithms of keys that are modules of their own. They do not exist yet when the kernel reads built-in
/// certificates and UEFI's: a self-signed one is then rejected, because its signature cannot be verified. (read)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Modular {
    /// `CONFIG_CRYPTO_RSA=m`.
    pub rsa: bool,
    /// `CONFIG_CRYPTO_ECDSA=m`.
    pub ecdsa: bool,
    /// `CONFIG_CRYPTO_MLDSA=m`.
    pub mldsa: bool,
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
    pub const STRICT: Self = Self::with(false);

    /// [`Self::STRICT`] with `CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA`.
    pub const WAIVER: Self = Self::with(true);

    /// Whether signatures are enforced: [`Self::sig_force`], `module.sig_enforce=1`, or Secure Boot with
    /// [`Self::ima_arch_policy`].
    #[must_use]
    pub const fn enforces(&self) -> bool {
        self.sig_force || self.boot.sig_enforce || (self.boot.secure_boot && self.ima_arch_policy)
    }

    /// The level of lockdown: the highest of the configuration's, the command line's and, with
    /// [`Self::lockdown_in_secure_boot`], Secure Boot's.
    #[must_use]
    pub fn lockdown(&self) -> Lockdown {
        if !self.lockdown_lsm {
            return Lockdown::None;
        }
        let by_secure_boot = self.boot.secure_boot && self.lockdown_in_secure_boot;
        let firmware = if by_secure_boot { Lockdown::Integrity } else { Lockdown::None };
        self.lockdown_forced.max(self.boot.lockdown).max(firmware)
    }

    /// Whether the kernel is in FIPS mode.
    #[must_use]
    pub const fn in_fips_mode(&self) -> bool {
        self.fips && self.boot.fips
    }

    /// The configuration as it is while the kernel reads built-in certificates and UEFI's: without modules.
    pub(super) fn at_boot(&self) -> Self {
        let Modular { rsa, ecdsa, mldsa } = self.modular;
        let (rsa, ecdsa, mldsa) = (self.rsa && !rsa, self.ecdsa && !ecdsa, self.mldsa && !mldsa);
        Self { rsa, ecdsa, mldsa, ..self.clone() }
    }

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
        self.md5 &= version.has(Rule::Md4AndMd5);
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

    const fn with(waive_authattrs: bool) -> Self {
        Self {
            version: Version::V7_2,
            module_sig: true,
            waive_authattrs,
            sig_force: true,
            mldsa: true,
            rsa: true,
            ecdsa: true,
            md5: false,
            sha1: true,
            sha256: true,
            sha512: true,
            sha3: true,
            module_decompress: true,
            compressions: Compressions::ALL,
            keyring: KeyringKind::BuiltIn,
            blacklist: Vec::new(),
            modular: Modular { rsa: false, ecdsa: false, mldsa: false },
            keyrings: Keyrings::MAINLINE,
            lockdown_lsm: true,
            lockdown_forced: Lockdown::None,
            lockdown_in_secure_boot: false,
            ima_arch_policy: false,
            fips: true,
            boot: BootState::NONE,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self::STRICT
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
