//! Kernels of distributions, as data, each with its source.
//!
//! *Seen*: from the distribution's own configuration file and source package. *Read*: from public documents; what they do
//! not tell has the value of mainline with all algorithms, without ML-DSA.

use super::compression::{Compression, Compressions};
use super::{BootState, Config, KeyringKind, Keyrings, Lockdown, Modular, Version};

/// A kernel of a distribution.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Preset {
    /// Its name, such as `debian-13`.
    pub name: &'static str,
    make: fn() -> Config,
    /// How the facts are known.
    pub evidence: Evidence,
    /// Where they come from.
    pub source: &'static str,
}

/// How the facts of a [`Preset`] are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// From the configuration file and the source package of the distribution.
    Seen,
    /// From public documents, which do not tell everything.
    Read,
}

impl Evidence {
    /// The word in the documentation.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Read => "read",
        }
    }
}

impl Preset {
    /// Debian 12, bookworm.
    pub const DEBIAN_12: Self = Self {
        name: "debian-12",
        make: || Config {
            version: Version::V6_1,
            ecdsa: false,
            md5: true,
            module_decompress: false,
            compressions: Compressions::NONE,
            keyrings: Keyrings { file_blacklist_for_modules: true, ..DEBIAN.keyrings },
            fips: true,
            ..DEBIAN
        },
        evidence: Evidence::Seen,
        source: "linux-image-6.1.0-56-amd64, linux-source-6.1",
    };

    /// Debian 13, trixie.
    pub const DEBIAN_13: Self = Self {
        name: "debian-13",
        make: || Config {
            version: Version::V6_12,
            keyrings: Keyrings { file_blacklist_for_modules: true, ..DEBIAN.keyrings },
            fips: true,
            ..DEBIAN
        },
        evidence: Evidence::Seen,
        source: "linux-image-6.12.117+deb13-amd64, linux-source-6.12",
    };

    /// Debian's 7.2.
    pub const DEBIAN_7_2: Self = Self {
        name: "debian-7.2",
        make: || DEBIAN,
        evidence: Evidence::Seen,
        source: "linux-image-7.2.12+deb13-amd64, 7.2.13+deb14-amd64, linux-source-7.2",
    };

    /// Debian's 7.3.
    pub const DEBIAN_7_3: Self = Self {
        name: "debian-7.3",
        make: || Config { version: Version::V7_3, ..DEBIAN },
        evidence: Evidence::Seen,
        source: "linux-image-7.3.4+deb13-amd64, linux-source-7.3",
    };

    /// openSUSE and SUSE Linux Enterprise: `.platform` verifies modules, and keys need codeSigning.
    pub const OPENSUSE: Self = Self {
        name: "opensuse",
        make: || Config {
            keyrings: Keyrings {
                platform_for_modules: true,
                code_signing_for_modules: true,
                ..Keyrings::MAINLINE
            },
            ..read()
        },
        evidence: Evidence::Read,
        source: "github.com/openSUSE/kernel-source, patches \"KEYS: Make use of platform keyring for module signature \
            verify\" (bsc#1209006) and \"PKCS#7: Check codeSigning EKU for kernel module and kexec pe verification\"; \
            SUSE's kernel update notes (\"Add CONFIG_CHECK_CODESIGN_EKU\")",
    };

    /// Red Hat Enterprise Linux 10.
    pub const RHEL_10: Self = Self {
        name: "rhel-10",
        make: || Config {
            version: Version::V6_12,
            keyrings: Keyrings {
                platform_for_modules: true,
                machine_ca: true,
                machine_ca_max: true,
                ..Keyrings::MAINLINE
            },
            ..read()
        },
        evidence: Evidence::Read,
        source: "docs.redhat.com, \"Requirements for authenticating kernel modules with X.509 keys\" (RHEL 10: \
            .builtin_trusted_keys and .platform, not .blacklist; enforced by Secure Boot); public copies of its \
            configuration (INTEGRITY_CA_MACHINE_KEYRING_MAX)",
    };

    /// Ubuntu.
    pub const UBUNTU: Self = Self {
        name: "ubuntu",
        make: || Config { keyrings: Keyrings { platform_for_modules: true, ..Keyrings::MAINLINE }, ..read() },
        evidence: Evidence::Read,
        source: "Ubuntu's kernel changes \"UBUNTU: SAUCE: (lockdown) KEYS: Make use of platform keyring for module \
            signature verify\" and \"efi: Lock down the kernel if booted in secure boot mode\"",
    };

    /// How it is configured.
    #[must_use]
    pub fn config(&self) -> Config {
        (self.make)()
    }

    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::DEBIAN_12,
        Self::DEBIAN_13,
        Self::DEBIAN_7_2,
        Self::DEBIAN_7_3,
        Self::OPENSUSE,
        Self::RHEL_10,
        Self::UBUNTU,
    ];

    /// Finds a preset by its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name == name)
    }
}

impl Config {
    /// Debian's 7.2 as shipped ([`Preset::DEBIAN_7_2`]): no ML-DSA, signatures not enforced, given certificates in
    /// `.platform`.
    pub const DEBIAN: Self = DEBIAN;
}

/// Debian's 7.2 as shipped. `.platform` verifies modules; no certificates in `.blacklist`; Secure Boot locks down and
/// enforces signatures. Its SHA-3 (in 6.1 also its SHA-512) is a module, which a running system loads on demand. From
/// 6.12 on it unpacks `.ko.xz` itself.
const DEBIAN: Config = Config {
    version: Version::V7_2,
    module_sig: true,
    waive_authattrs: false,
    sig_force: false,
    mldsa: false,
    rsa: true,
    ecdsa: true,
    md5: false,
    sha1: true,
    sha256: true,
    sha512: true,
    sha3: true,
    module_decompress: true,
    compressions: Compressions::NONE.with(Compression::Xz, true),
    keyring: KeyringKind::OneByOne,
    blacklist: Vec::new(),
    modular: Modular { rsa: false, ecdsa: false, mldsa: false },
    keyrings: Keyrings { platform_for_modules: true, revocation_list: false, ..Keyrings::MAINLINE },
    lockdown_lsm: true,
    lockdown_forced: Lockdown::None,
    lockdown_in_secure_boot: true,
    ima_arch_policy: true,
    fips: false,
    boot: BootState::NONE,
};

/// What distributions with Secure Boot share: it locks down.
fn read() -> Config {
    Config {
        compressions: Compressions::NONE,
        module_decompress: false,
        ima_arch_policy: false,
        keyrings: Keyrings::MAINLINE,
        fips: true,
        ..DEBIAN
    }
}
