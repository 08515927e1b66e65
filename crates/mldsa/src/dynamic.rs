//! Keys and signatures whose parameter set is known only at run time, for programs that read keys from files.

#[cfg(feature = "alloc")]
pub(crate) mod boxed;

use crate::backend::with_best;
use crate::error::{InvalidSignature, MalformedKey};
use crate::expanded::{ExpandedSigningKey, ExpandedVerifyingKey};
use crate::hazmat;
use crate::key::{Signature, SigningKey, VerifyingKey};
use crate::mu::{Context, Mu, MuHasher};
use crate::params::{MU_LEN, MlDsa44, MlDsa65, MlDsa87, ParameterSet};
use crate::seed::{Rnd, Seed};
use core::fmt;

/// One of the three parameter sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Parameters {
    /// Security category 2.
    MlDsa44,
    /// Security category 3.
    MlDsa65,
    /// Security category 5.
    MlDsa87,
}

/// Runs an expression with `$P` as the type of the parameter set.
macro_rules! with_set {
    ($parameters:expr, $P:ident => $body:expr) => {
        match $parameters {
            $crate::dynamic::Parameters::MlDsa44 => {
                type $P = $crate::MlDsa44;
                $body
            }
            $crate::dynamic::Parameters::MlDsa65 => {
                type $P = $crate::MlDsa65;
                $body
            }
            $crate::dynamic::Parameters::MlDsa87 => {
                type $P = $crate::MlDsa87;
                $body
            }
        }
    };
}

#[cfg(feature = "pkcs8")]
pub(crate) use with_set;

impl Parameters {
    /// All three, from the weakest to the strongest.
    pub const ALL: [Self; 3] = [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    /// Returns the name in FIPS 204, such as `ML-DSA-65`.
    pub const fn name(self) -> &'static str {
        with_set!(self, P => P::NAME)
    }

    /// Returns the object identifier of keys and signatures, such as `2.16.840.1.101.3.4.3.18` (RFC 9881, section 2).
    pub const fn oid(self) -> &'static str {
        with_set!(self, P => P::OID)
    }

    /// Returns the set with this name in FIPS 204.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.name() == name)
    }

    /// Returns the bytes of a public key.
    pub const fn verifying_key_len(self) -> usize {
        with_set!(self, P => P::VERIFYING_KEY_LEN)
    }

    /// Returns the bytes of an expanded private key.
    pub const fn expanded_key_len(self) -> usize {
        with_set!(self, P => P::SIGNING_KEY_LEN)
    }

    /// Returns the bytes of a signature.
    pub const fn signature_len(self) -> usize {
        with_set!(self, P => P::SIGNATURE_LEN)
    }
}

impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Defines an enum over a generic type, with one variant for each parameter set.
macro_rules! any {
    ($(#[$doc:meta])* $any:ident of $one:ident) => {
        $(#[$doc])*
        #[allow(clippy::large_enum_variant)] // no alloc: nothing to box with
        pub enum $any {
            /// ML-DSA-44.
            MlDsa44($one<MlDsa44>),
            /// ML-DSA-65.
            MlDsa65($one<MlDsa65>),
            /// ML-DSA-87.
            MlDsa87($one<MlDsa87>),
        }

        impl $any {
            /// Returns the parameter set.
            pub const fn parameters(&self) -> Parameters {
                match self {
                    Self::MlDsa44(_) => Parameters::MlDsa44,
                    Self::MlDsa65(_) => Parameters::MlDsa65,
                    Self::MlDsa87(_) => Parameters::MlDsa87,
                }
            }
        }

        impl From<$one<MlDsa44>> for $any {
            fn from(one: $one<MlDsa44>) -> Self {
                Self::MlDsa44(one)
            }
        }

        impl From<$one<MlDsa65>> for $any {
            fn from(one: $one<MlDsa65>) -> Self {
                Self::MlDsa65(one)
            }
        }

        impl From<$one<MlDsa87>> for $any {
            fn from(one: $one<MlDsa87>) -> Self {
                Self::MlDsa87(one)
            }
        }
    };
}

any! {
    /// A [`SigningKey`] of any set.
    #[derive(Clone, Debug, PartialEq, Eq)]
    AnySigningKey of SigningKey
}
any! {
    /// A [`VerifyingKey`] of any set.
    #[derive(Clone, Debug, PartialEq, Eq)]
    AnyVerifyingKey of VerifyingKey
}
any! {
    /// A [`Signature`] of any set.
    #[derive(Clone, Debug, PartialEq, Eq)]
    AnySignature of Signature
}
any! {
    /// An [`ExpandedSigningKey`] of any set: as large as that of ML-DSA-87, 61 KiB.
    #[derive(Clone, Debug)]
    AnyExpandedSigningKey of ExpandedSigningKey
}
any! {
    /// An [`ExpandedVerifyingKey`] of any set: as large as that of ML-DSA-87, 51 KiB.
    #[derive(Clone, Debug)]
    AnyExpandedVerifyingKey of ExpandedVerifyingKey
}

/// Runs an expression on the value of any variant.
macro_rules! each {
    ($any:expr, $one:ident => $body:expr) => {
        match $any {
            Self::MlDsa44($one) => $body,
            Self::MlDsa65($one) => $body,
            Self::MlDsa87($one) => $body,
        }
    };
}

#[cfg(any(feature = "alloc", feature = "pkcs8"))]
pub(crate) use each;

impl AnySigningKey {
    /// [`SigningKey::generate`].
    #[cfg(feature = "rand_core")]
    pub fn generate<R: rand_core::CryptoRng + ?Sized>(parameters: Parameters, rng: &mut R) -> Self {
        Self::from_seed(parameters, &Seed::generate(rng))
    }

    /// [`SigningKey::try_generate`].
    ///
    /// # Errors
    /// The same.
    #[cfg(feature = "getrandom")]
    pub fn try_generate(parameters: Parameters) -> Result<Self, crate::NoRandomness> {
        Ok(Self::from_seed(parameters, &Seed::try_generate()?))
    }

    /// [`SigningKey::from_seed`].
    pub fn from_seed(parameters: Parameters, seed: &Seed) -> Self {
        with_set!(parameters, P => SigningKey::<P>::from_seed(seed).into())
    }

    /// [`SigningKey::from_expanded`].
    ///
    /// # Errors
    /// The same.
    pub fn from_expanded(parameters: Parameters, bytes: &[u8]) -> Result<Self, MalformedKey> {
        with_set!(parameters, P => SigningKey::<P>::from_expanded(bytes).map(Into::into))
    }

    /// [`SigningKey::seed`].
    pub fn seed(&self) -> Option<&Seed> {
        each!(self, key => key.seed())
    }

    /// [`SigningKey::as_expanded_bytes`].
    pub fn as_expanded_bytes(&self) -> &[u8] {
        each!(self, key => key.as_expanded_bytes())
    }

    /// Returns a copy of the public key.
    pub fn verifying_key(&self) -> AnyVerifyingKey {
        each!(self, key => key.verifying_key().clone().into())
    }

    /// [`SigningKey::tr`].
    pub fn tr(&self) -> &[u8; MU_LEN] {
        each!(self, key => key.tr())
    }

    /// [`SigningKey::mu_hasher`].
    pub fn mu_hasher(&self, context: Context<'_>) -> MuHasher {
        MuHasher::new(self.tr(), context)
    }

    /// [`SigningKey::expand`].
    pub fn expand(&self) -> AnyExpandedSigningKey {
        each!(self, key => key.expand().into())
    }

    /// [`SigningKey::sign`].
    pub fn sign(&self, message: &[u8], context: Context<'_>, rnd: &Rnd) -> AnySignature {
        self.sign_mu(&Mu::of_message(self.tr(), context, message), rnd)
    }

    /// [`SigningKey::sign_mu`].
    pub fn sign_mu(&self, mu: &Mu, rnd: &Rnd) -> AnySignature {
        each!(self, key => key.sign_mu(mu, rnd).into())
    }
}

impl AnyVerifyingKey {
    /// [`VerifyingKey::from_bytes`].
    ///
    /// # Errors
    /// The same.
    pub fn from_bytes(parameters: Parameters, bytes: &[u8]) -> Result<Self, MalformedKey> {
        with_set!(parameters, P => VerifyingKey::<P>::from_bytes(bytes).map(Into::into))
    }

    /// [`VerifyingKey::as_bytes`].
    pub fn as_bytes(&self) -> &[u8] {
        each!(self, key => key.as_bytes())
    }

    /// [`VerifyingKey::tr`].
    pub fn tr(&self) -> [u8; MU_LEN] {
        each!(self, key => key.tr())
    }

    /// [`VerifyingKey::mu_hasher`].
    pub fn mu_hasher(&self, context: Context<'_>) -> MuHasher {
        MuHasher::new(&self.tr(), context)
    }

    /// [`VerifyingKey::expand`].
    pub fn expand(&self) -> AnyExpandedVerifyingKey {
        each!(self, key => key.expand().into())
    }

    /// [`VerifyingKey::verify`], on a signature of any length.
    ///
    /// # Errors
    /// [`InvalidSignature`], for any reason.
    pub fn verify(
        &self,
        message: &[u8],
        context: Context<'_>,
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        each!(self, key => key.verify(message, context, &Signature::from_bytes(signature)?))
    }

    /// [`VerifyingKey::verify_mu`], on a signature of any length.
    ///
    /// # Errors
    /// [`InvalidSignature`], for any reason.
    pub fn verify_mu(&self, mu: &Mu, signature: &[u8]) -> Result<(), InvalidSignature> {
        each!(self, key => key.verify_mu(mu, &Signature::from_bytes(signature)?))
    }
}

impl AnyExpandedSigningKey {
    /// [`ExpandedSigningKey::tr`].
    pub fn tr(&self) -> &[u8; MU_LEN] {
        each!(self, key => key.tr())
    }

    /// [`ExpandedSigningKey::mu_hasher`].
    pub fn mu_hasher(&self, context: Context<'_>) -> MuHasher {
        MuHasher::new(self.tr(), context)
    }

    /// [`ExpandedSigningKey::sign`].
    pub fn sign(&self, message: &[u8], context: Context<'_>, rnd: &Rnd) -> AnySignature {
        self.sign_mu(&Mu::of_message(self.tr(), context, message), rnd)
    }

    /// [`ExpandedSigningKey::sign_mu`].
    pub fn sign_mu(&self, mu: &Mu, rnd: &Rnd) -> AnySignature {
        each!(self, key => key.sign_mu(mu, rnd).into())
    }
}

impl AnyExpandedVerifyingKey {
    /// [`ExpandedVerifyingKey::tr`].
    pub fn tr(&self) -> &[u8; MU_LEN] {
        each!(self, key => key.tr())
    }

    /// [`ExpandedVerifyingKey::mu_hasher`].
    pub fn mu_hasher(&self, context: Context<'_>) -> MuHasher {
        MuHasher::new(self.tr(), context)
    }

    /// [`ExpandedVerifyingKey::verify`], on a signature of any length.
    ///
    /// # Errors
    /// [`InvalidSignature`], for any reason.
    pub fn verify(
        &self,
        message: &[u8],
        context: Context<'_>,
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        self.verify_mu(&Mu::of_message(self.tr(), context, message), signature)
    }

    /// [`ExpandedVerifyingKey::verify_mu`], on a signature of any length.
    ///
    /// # Errors
    /// [`InvalidSignature`], for any reason.
    pub fn verify_mu(&self, mu: &Mu, signature: &[u8]) -> Result<(), InvalidSignature> {
        each!(self, key => key.verify_mu(mu, &Signature::from_bytes(signature)?))
    }

    /// [`ExpandedVerifyingKey::verify_batch`], on signatures of any length. A signature of the wrong length is invalid and
    /// does not affect the others.
    pub fn verify_batch(&self, batch: &[(Mu, &[u8])], verdicts: &mut [Result<(), InvalidSignature>]) {
        with_best!(backend => each!(self, key => hazmat::verify_batch_of_bytes(backend, key, batch, verdicts)));
    }
}

impl AnySignature {
    /// Copies a signature of the right length. Only verification checks its contents.
    ///
    /// # Errors
    /// [`InvalidSignature`] if the length is wrong.
    pub fn from_bytes(parameters: Parameters, bytes: &[u8]) -> Result<Self, InvalidSignature> {
        with_set!(parameters, P => Signature::<P>::from_bytes(bytes).map(Into::into))
    }

    /// [`Signature::as_bytes`].
    pub fn as_bytes(&self) -> &[u8] {
        each!(self, signature => signature.as_bytes())
    }
}
