//! Where a certificate ends up, and why Linux does not verify modules with it.

use core::fmt;

use super::ConfigOption;

/// What a kernel does with a certificate because of its origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// It enters a keyring that verifies modules, unless the certificate itself prevents that ([`super::Load`]).
    ForModules,
    /// It does not, whatever is in the certificate.
    NotForModules(NotForModules),
}

/// Why a kernel verifies no module with a certificate of this origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotForModules {
    /// It enters `.platform`, with which this kernel verifies kernels for kexec, not modules.
    Platform,
    /// A machine owner's key that enters `.platform`, because the option is off.
    Machine(ConfigOption),
    /// A machine owner's key that enters `.platform`, because shim does not say that the kernel shall trust it.
    MokListNotTrusted,
    /// A machine owner's key that enters `.platform`: `CONFIG_INTEGRITY_CA_MACHINE_KEYRING` demands CA:TRUE and
    /// keyCertSign.
    NotAuthority,
    /// A machine owner's key that enters `.platform`: `CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX` excludes certificates
    /// with the usage digitalSignature.
    DigitalSignature,
    /// The kernel does not read it: the option is off.
    NotRead(ConfigOption),
    /// The kernel reads machine owner's keys only with Secure Boot.
    SecureBootOff,
    /// No trusted key signed it, so that it cannot be added to `.secondary_trusted_keys`.
    NotVouchedFor,
    /// The kernel rejects it, or never reaches it in its built-in list ([`super::Load`] says why).
    NotLoaded,
    /// Its extended key usages lack codeSigning, which this kernel demands (`CONFIG_CHECK_CODESIGN_EKU`).
    NoCodeSigning,
}

impl NotForModules {
    /// What would change it, in one sentence without a full stop.
    #[must_use]
    pub fn remedy(self) -> &'static str {
        match self {
            Self::Platform => {
                "use a kernel whose distribution trusts .platform for modules, or build the certificate into the kernel"
            }
            Self::Machine(_) | Self::NotRead(_) => {
                "use a kernel with this option, or build the certificate into the kernel"
            }
            Self::MokListNotTrusted => "run mokutil --trust-mok, or build the certificate into the kernel",
            Self::NotAuthority | Self::DigitalSignature => {
                "make a certificate with CA:TRUE and only the usage keyCertSign, such as of module-key generate --ca"
            }
            Self::SecureBootOff => "turn on Secure Boot, or build the certificate into the kernel",
            Self::NotVouchedFor => "have the certificate signed by a key that the kernel trusts",
            Self::NotLoaded => "issue a certificate that this kernel accepts: module-key check",
            Self::NoCodeSigning => "issue the certificate with extendedKeyUsage = codeSigning",
        }
    }
}

impl fmt::Display for NotForModules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const PLATFORM: &str = "it enters .platform, which this kernel does not use for modules";
        match self {
            Self::Platform => f.write_str(PLATFORM),
            Self::Machine(option) => write!(f, "{PLATFORM}, because it is built without {}", option.name()),
            Self::MokListNotTrusted => {
                write!(f, "{PLATFORM}, because shim has no MokListTrustedRT")
            }
            Self::NotAuthority => write!(
                f,
                "{PLATFORM}: CONFIG_INTEGRITY_CA_MACHINE_KEYRING demands CA:TRUE and the usage keyCertSign"
            ),
            Self::DigitalSignature => write!(
                f,
                "{PLATFORM}: CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX excludes the usage digitalSignature"
            ),
            Self::NotRead(option) => {
                write!(f, "the kernel does not read it: it is built without {}", option.name())
            }
            Self::SecureBootOff => {
                f.write_str("the kernel reads machine owner's keys only if Secure Boot is on")
            }
            Self::NotVouchedFor => {
                f.write_str("no trusted key signed it, so it cannot enter .secondary_trusted_keys")
            }
            Self::NotLoaded => f.write_str("the kernel does not load it"),
            Self::NoCodeSigning => {
                f.write_str("it lacks the extended key usage codeSigning, which this kernel demands")
            }
        }
    }
}
