//! Policies: what the strict verifier accepts.

use core::fmt;

use mldsa::dynamic::Parameters;

use crate::algorithm::{Digest, Weakness};
use crate::kernel::Config;
use crate::public_key::{Curve, PublicKey};

/// What is accepted. Start from a preset ([`Self::DEFAULT`], [`Self::CNSA2`], [`Self::KERNEL`]) and change it:
///
/// ```
/// use modsig::algorithm::Digest;
/// use modsig::verdict::{KeyKind, Policy};
/// # fn main() -> Result<(), modsig::verdict::PolicyError> {
/// let policy = Policy::DEFAULT
///     .with_algorithms([KeyKind::Rsa, KeyKind::ML_DSA_65])?
///     .with_digests([Digest::Sha512])?
///     .with_rsa_bits(3072..=4096)?
///     .allowing_signed_attributes(true);
/// # assert!(policy.allows_signed_attributes());
/// # Ok(())
/// # }
/// ```
///
/// With every policy except [`Self::KERNEL`], weak digests ([`Digest::weakness`]) are refused, the CMS must be DER with
/// no byte after it, and *every* SignerInfo must verify with the key of a trusted certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    algorithms: AllowedAlgorithms,
    digests: AllowedDigests,
    min_rsa_bits: usize,
    max_rsa_bits: usize,
    signed_attributes: bool,
    embedded_certificates: EmbeddedCertificates,
    min_signers: usize,
    as_kernel: bool,
    kernel: Config,
}

/// One bit for each of [`KeyKind::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AllowedAlgorithms(u8);

/// One bit for each of [`Digest::SIGNING`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct AllowedDigests(u8);

/// A type of key that can sign a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyKind {
    /// ML-DSA with one parameter set.
    MlDsa(Parameters),
    /// RSA, PKCS#1 v1.5.
    Rsa,
    /// ECDSA on one curve.
    Ec(Curve),
}

impl KeyKind {
    /// ML-DSA-44.
    pub const ML_DSA_44: Self = Self::MlDsa(Parameters::MlDsa44);
    /// ML-DSA-65.
    pub const ML_DSA_65: Self = Self::MlDsa(Parameters::MlDsa65);
    /// ML-DSA-87.
    pub const ML_DSA_87: Self = Self::MlDsa(Parameters::MlDsa87);

    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ML_DSA_44,
        Self::ML_DSA_65,
        Self::ML_DSA_87,
        Self::Rsa,
        Self::Ec(Curve::P256),
        Self::Ec(Curve::P384),
        Self::Ec(Curve::P521),
    ];

    /// The name in policies: `ml-dsa-65`, `rsa`, `ecdsa-p384`.
    pub fn name(self) -> &'static str {
        match self {
            Self::MlDsa(Parameters::MlDsa44) => "ml-dsa-44",
            Self::MlDsa(Parameters::MlDsa65) => "ml-dsa-65",
            Self::MlDsa(Parameters::MlDsa87) => "ml-dsa-87",
            Self::Rsa => "rsa",
            Self::Ec(Curve::P256) => "ecdsa-p256",
            Self::Ec(Curve::P384) => "ecdsa-p384",
            Self::Ec(Curve::P521) => "ecdsa-p521",
        }
    }

    /// Finds a type by its name, ignoring case, `-` and `_`.
    pub fn from_name(name: &str) -> Option<Self> {
        let plain = |name: &str| name.to_ascii_lowercase().replace(['-', '_'], "");
        Self::ALL.into_iter().find(|kind| plain(kind.name()) == plain(name))
    }

    /// The type of a public key; `None` if it is not supported.
    pub fn of(key: &PublicKey) -> Option<Self> {
        match key {
            PublicKey::MlDsa(key) => Some(Self::MlDsa(key.parameters())),
            PublicKey::Rsa(_) => Some(Self::Rsa),
            PublicKey::Ec(key) => Some(Self::Ec(key.curve())),
            PublicKey::Other { .. } => None,
        }
    }

    fn bit(self) -> u8 {
        Self::ALL.iter().position(|kind| *kind == self).map_or(0, |at| 1 << at)
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How to treat certificates inside a message. They are never a source of trust: every signer needs its own trusted
/// certificate, whereas Linux also follows chains through embedded ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmbeddedCertificates {
    /// Ignore them.
    Allow,
    /// Warn: modules do not need them, and each gives the kernel more to parse.
    Warn,
    /// Refuse the message.
    Refuse,
}

impl Policy {
    /// ML-DSA, RSA of 2,048 to 4,096 bits (Linux accepts no longer ones), ECDSA; SHA-2 and SHA-3 with at least 256
    /// bits; no signed attributes; a warning for embedded certificates. The predicted kernel is [`Config::STRICT`].
    pub const DEFAULT: Self =
        Self::with(AllowedAlgorithms(0x7f), AllowedDigests(0x3f), EmbeddedCertificates::Warn, false);

    /// CNSA 2.0: only ML-DSA-87 with SHA-384 or SHA-512; no embedded certificates.
    pub const CNSA2: Self =
        Self::with(AllowedAlgorithms(0x04), AllowedDigests(0x06), EmbeddedCertificates::Refuse, false);

    /// Good is exactly what the kernel loads, including SHA-1, BER and trailing bytes where Linux accepts them. The
    /// findings of [`Self::DEFAULT`] become warnings.
    pub const KERNEL: Self =
        Self::with(AllowedAlgorithms(0x7f), AllowedDigests(0x3f), EmbeddedCertificates::Warn, true);

    const fn with(
        algorithms: AllowedAlgorithms,
        digests: AllowedDigests,
        embedded_certificates: EmbeddedCertificates,
        as_kernel: bool,
    ) -> Self {
        Self {
            algorithms,
            digests,
            min_rsa_bits: 2048,
            max_rsa_bits: 4096,
            signed_attributes: false,
            embedded_certificates,
            min_signers: 1,
            as_kernel,
            kernel: Config::STRICT,
        }
    }

    /// The presets and their names.
    pub const PRESETS: [(&'static str, Self); 3] =
        [("default", Self::DEFAULT), ("cnsa2", Self::CNSA2), ("kernel", Self::KERNEL)];

    /// Finds a preset by name: `default`, `cnsa2`, `kernel`.
    pub fn preset(name: &str) -> Option<Self> {
        Self::PRESETS.into_iter().find(|(preset, _)| *preset == name).map(|(_, policy)| policy)
    }

    /// Allows only these types of keys.
    ///
    /// # Errors
    /// [`PolicyError::NothingAllowed`] if there are none.
    pub fn with_algorithms(
        mut self,
        algorithms: impl IntoIterator<Item = KeyKind>,
    ) -> Result<Self, PolicyError> {
        self.algorithms = AllowedAlgorithms(algorithms.into_iter().fold(0, |bits, kind| bits | kind.bit()));
        if self.algorithms.0 == 0 { Err(PolicyError::NothingAllowed) } else { Ok(self) }
    }

    /// Allows only these digests.
    ///
    /// # Errors
    /// [`PolicyError::WeakDigest`], [`PolicyError::UnsupportedDigest`] for digests that no policy can allow;
    /// [`PolicyError::NothingAllowed`] if there are none.
    pub fn with_digests(mut self, digests: impl IntoIterator<Item = Digest>) -> Result<Self, PolicyError> {
        let mut bits = 0;
        for digest in digests {
            if let Some(weakness) = digest.weakness() {
                return Err(PolicyError::WeakDigest { digest, weakness });
            }
            bits |= digest_bit(digest).ok_or(PolicyError::UnsupportedDigest(digest))?;
        }
        self.digests = AllowedDigests(bits);
        if bits == 0 { Err(PolicyError::NothingAllowed) } else { Ok(self) }
    }

    /// Sets the allowed lengths of RSA moduli, in bits.
    ///
    /// # Errors
    /// [`PolicyError::RsaBits`] if the range is empty or starts below 2,048.
    pub fn with_rsa_bits(mut self, bits: core::ops::RangeInclusive<usize>) -> Result<Self, PolicyError> {
        if bits.is_empty() || *bits.start() < 2048 {
            return Err(PolicyError::RsaBits { min: *bits.start(), max: *bits.end() });
        }
        (self.min_rsa_bits, self.max_rsa_bits) = bits.into_inner();
        Ok(self)
    }

    /// Accepts valid signatures over signed attributes (OpenSSL 3.5's form). Linux accepts them only for ML-DSA with
    /// SHA-512, with `CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA`; ML-DSA with another digest is refused here,
    /// too.
    #[must_use]
    pub const fn allowing_signed_attributes(mut self, allow: bool) -> Self {
        self.signed_attributes = allow;
        self
    }

    /// Sets how embedded certificates are treated.
    #[must_use]
    pub const fn with_embedded_certificates(mut self, what: EmbeddedCertificates) -> Self {
        self.embedded_certificates = what;
        self
    }

    /// Requires this many signers with different trusted keys (at least 1).
    ///
    /// # Errors
    /// [`PolicyError::NoSigners`] for 0.
    pub fn with_min_signers(mut self, signers: usize) -> Result<Self, PolicyError> {
        self.min_signers = signers;
        if signers == 0 { Err(PolicyError::NoSigners) } else { Ok(self) }
    }

    /// Sets the predicted kernel.
    #[must_use]
    pub fn with_kernel(mut self, config: Config) -> Self {
        self.kernel = config;
        self
    }

    /// Whether this type of key is allowed.
    pub fn allows_algorithm(&self, kind: KeyKind) -> bool {
        self.algorithms.0 & kind.bit() != 0
    }

    /// Whether this digest is allowed.
    pub fn allows_digest(&self, digest: Digest) -> bool {
        digest_bit(digest).is_some_and(|bit| self.digests.0 & bit != 0)
    }

    /// The allowed lengths of RSA moduli, in bits.
    pub fn rsa_bits(&self) -> core::ops::RangeInclusive<usize> {
        self.min_rsa_bits..=self.max_rsa_bits
    }

    /// Whether signed attributes are allowed.
    pub fn allows_signed_attributes(&self) -> bool {
        self.signed_attributes
    }

    /// How embedded certificates are treated.
    pub fn embedded_certificates(&self) -> EmbeddedCertificates {
        self.embedded_certificates
    }

    /// The required number of signers.
    pub fn min_signers(&self) -> usize {
        self.min_signers
    }

    /// Whether the policy follows the kernel's answer.
    pub fn is_kernels(&self) -> bool {
        self.as_kernel
    }

    /// The predicted kernel.
    pub fn kernel(&self) -> &Config {
        &self.kernel
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::DEFAULT
    }
}

fn digest_bit(digest: Digest) -> Option<u8> {
    Digest::SIGNING.iter().position(|other| *other == digest).map(|at| 1 << at)
}

/// An invalid policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PolicyError {
    /// A digest that no policy may allow.
    WeakDigest {
        /// Which.
        digest: Digest,
        /// Why.
        weakness: Weakness,
    },
    /// A digest that module signatures do not use.
    UnsupportedDigest(Digest),
    /// The policy would allow nothing.
    NothingAllowed,
    /// RSA below 2,048 bits, or an empty range.
    RsaBits {
        /// The shortest.
        min: usize,
        /// The longest.
        max: usize,
    },
    /// Zero signers.
    NoSigners,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WeakDigest { digest, weakness } => write!(f, "{digest} cannot be allowed: {weakness}"),
            Self::UnsupportedDigest(digest) => {
                write!(f, "{digest} is not a digest of module signatures; use ")?;
                let names: Vec<_> = Digest::SIGNING.iter().map(|digest| digest.name()).collect();
                f.write_str(&names.join(", "))
            }
            Self::NothingAllowed => f.write_str("the policy allows nothing: name at least one"),
            Self::RsaBits { min, max } => {
                write!(f, "RSA of {min} to {max} bits: give a range that starts at 2048 or above")
            }
            Self::NoSigners => f.write_str("a policy requires at least one signer"),
        }
    }
}

impl core::error::Error for PolicyError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: a bit of a preset in the wrong place.
    #[test]
    fn presets() {
        for kind in KeyKind::ALL {
            assert!(Policy::DEFAULT.allows_algorithm(kind));
            assert_eq!(Policy::CNSA2.allows_algorithm(kind), kind == KeyKind::ML_DSA_87);
            assert_eq!(KeyKind::from_name(&kind.name().to_uppercase().replace('-', "_")), Some(kind));
        }
        for digest in Digest::SIGNING {
            assert!(Policy::DEFAULT.allows_digest(digest));
            let cnsa = matches!(digest, Digest::Sha384 | Digest::Sha512);
            assert_eq!(Policy::CNSA2.allows_digest(digest), cnsa);
        }
        assert!(!Policy::DEFAULT.allows_digest(Digest::Sha1));
        assert_eq!(Policy::preset("cnsa2"), Some(Policy::CNSA2));
        assert_eq!(Policy::preset("kernel").map(|policy| policy.is_kernels()), Some(true));
        assert_eq!(Policy::preset("nsa"), None);
        assert_eq!(Policy::default(), Policy::DEFAULT);
    }

    #[test]
    fn impossible_policies() {
        let policy = || Policy::DEFAULT;
        assert!(matches!(policy().with_digests([Digest::Sha1]), Err(PolicyError::WeakDigest { .. })));
        assert_eq!(
            policy().with_digests([Digest::Shake256]).err(),
            Some(PolicyError::UnsupportedDigest(Digest::Shake256))
        );
        assert_eq!(policy().with_digests([]).err(), Some(PolicyError::NothingAllowed));
        assert_eq!(policy().with_algorithms([]).err(), Some(PolicyError::NothingAllowed));
        // Listed twice counts as once.
        let twice =
            policy().with_algorithms([KeyKind::Rsa; 2]).unwrap().with_digests([Digest::Sha512; 2]).unwrap();
        assert!(twice.allows_algorithm(KeyKind::Rsa) && twice.allows_digest(Digest::Sha512));
        assert!(policy().with_rsa_bits(1024..=4096).is_err());
        assert!(policy().with_rsa_bits(2047..=4096).is_err());
        assert!(policy().with_rsa_bits(core::ops::RangeInclusive::new(4096, 2048)).is_err());
        assert_eq!(policy().with_min_signers(0).err(), Some(PolicyError::NoSigners));
        let narrow =
            policy().with_algorithms([KeyKind::Rsa]).unwrap().with_digests([Digest::Sha3_512]).unwrap();
        let narrow = narrow.with_rsa_bits(3072..=3072).unwrap();
        assert!(narrow.allows_algorithm(KeyKind::Rsa) && !narrow.allows_algorithm(KeyKind::ML_DSA_65));
        assert!(narrow.allows_digest(Digest::Sha3_512) && !narrow.allows_digest(Digest::Sha512));
        assert_eq!(narrow.rsa_bits(), 3072..=3072);
    }
}
