//! The traits of `signature` 3, with an empty context.
//!
//! [`Signer`] takes no randomness, so it is the deterministic variant of FIPS 204. [`RandomizedSigner`] is hedged, the default
//! of the standard. The types have methods of the same names with more arguments, which take precedence: in code that is not
//! generic, write `Signer::sign(&key, message)` or `key.try_sign(message)`.

use crate::dynamic::{
    AnyExpandedSigningKey, AnyExpandedVerifyingKey, AnySignature, AnySigningKey, AnyVerifyingKey,
};
use crate::error::InvalidSignature;
use crate::expanded::{ExpandedSigningKey, ExpandedVerifyingKey};
use crate::key::{Signature, SigningKey, VerifyingKey};
use crate::mu::{Context, Mu, MuHasher};
use crate::params::ParameterSet;
use crate::seed::Rnd;
#[cfg(feature = "digest")]
use ::signature::{DigestSigner, DigestVerifier};
use ::signature::{
    Error, Keypair, KeypairRef, MultipartSigner, MultipartVerifier, SignatureEncoding, Signer, Verifier,
};
#[cfg(feature = "rand_core")]
use ::signature::{RandomizedMultipartSigner, RandomizedSigner, rand_core::TryCryptoRng};

impl From<InvalidSignature> for Error {
    fn from(_: InvalidSignature) -> Self {
        Self::new()
    }
}

/// mu of the concatenation of the parts of a message.
fn mu_of_parts(mut hasher: MuHasher, parts: &[&[u8]]) -> Mu {
    for part in parts {
        hasher.update(part);
    }
    hasher.finalize()
}

/// mu of the message that `feed` writes.
#[cfg(feature = "digest")]
fn mu_of_feed(mut hasher: MuHasher, feed: impl Fn(&mut MuHasher) -> Result<(), Error>) -> Result<Mu, Error> {
    feed(&mut hasher)?;
    Ok(hasher.finalize())
}

/// 32 bytes from the generator.
#[cfg(feature = "rand_core")]
fn draw<R: TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Rnd, Error> {
    Rnd::try_from_rng(rng).map_err(|_| Error::new())
}

/// The traits that sign, for a type with `mu_hasher` and `sign_mu`.
macro_rules! signs {
    ($([$($generics:tt)*] $key:ty => $signature:ty;)*) => {$(
        /// Deterministic (FIPS 204, section 3.4), with an empty context. Never fails.
        impl<$($generics)*> Signer<$signature> for $key {
            fn try_sign(&self, message: &[u8]) -> Result<$signature, Error> {
                self.try_multipart_sign(&[message])
            }
        }

        /// Deterministic (FIPS 204, section 3.4), with an empty context. Never fails.
        impl<$($generics)*> MultipartSigner<$signature> for $key {
            fn try_multipart_sign(&self, parts: &[&[u8]]) -> Result<$signature, Error> {
                let mu = mu_of_parts(self.mu_hasher(Context::EMPTY), parts);
                Ok(self.sign_mu(&mu, &Rnd::DETERMINISTIC))
            }
        }

        /// Hedged (FIPS 204, section 3.4), with an empty context. Fails if the generator fails.
        #[cfg(feature = "rand_core")]
        impl<$($generics)*> RandomizedSigner<$signature> for $key {
            fn try_sign_with_rng<R: TryCryptoRng + ?Sized>(
                &self,
                rng: &mut R,
                message: &[u8],
            ) -> Result<$signature, Error> {
                self.try_multipart_sign_with_rng(rng, &[message])
            }
        }

        /// Hedged (FIPS 204, section 3.4), with an empty context. Fails if the generator fails.
        #[cfg(feature = "rand_core")]
        impl<$($generics)*> RandomizedMultipartSigner<$signature> for $key {
            fn try_multipart_sign_with_rng<R: TryCryptoRng + ?Sized>(
                &self,
                rng: &mut R,
                parts: &[&[u8]],
            ) -> Result<$signature, Error> {
                let rnd = draw(rng)?;
                Ok(self.sign_mu(&mu_of_parts(self.mu_hasher(Context::EMPTY), parts), &rnd))
            }
        }

        /// Deterministic, with an empty context, for a streamed message: ML-DSA, not HashML-DSA. Fails if the closure that
        /// writes the message fails.
        #[cfg(feature = "digest")]
        impl<$($generics)*> DigestSigner<MuHasher, $signature> for $key {
            fn try_sign_digest<F: Fn(&mut MuHasher) -> Result<(), Error>>(
                &self,
                feed: F,
            ) -> Result<$signature, Error> {
                let mu = mu_of_feed(self.mu_hasher(Context::EMPTY), feed)?;
                Ok(self.sign_mu(&mu, &Rnd::DETERMINISTIC))
            }
        }
    )*};
}

signs! {
    [P: ParameterSet] SigningKey<P> => Signature<P>;
    [P: ParameterSet] ExpandedSigningKey<P> => Signature<P>;
    [] AnySigningKey => AnySignature;
    [] AnyExpandedSigningKey => AnySignature;
}

/// The traits that verify, for a type with `mu_hasher` and `verify_mu`, which takes `$form` of the signature.
macro_rules! verifies {
    ($([$($generics:tt)*] $key:ty => $signature:ty, $form:expr;)*) => {$(
        /// With an empty context.
        impl<$($generics)*> Verifier<$signature> for $key {
            fn verify(&self, message: &[u8], signature: &$signature) -> Result<(), Error> {
                self.multipart_verify(&[message], signature)
            }
        }

        /// With an empty context.
        impl<$($generics)*> MultipartVerifier<$signature> for $key {
            fn multipart_verify(&self, parts: &[&[u8]], signature: &$signature) -> Result<(), Error> {
                let mu = mu_of_parts(self.mu_hasher(Context::EMPTY), parts);
                Ok(self.verify_mu(&mu, $form(signature))?)
            }
        }

        /// With an empty context, for a streamed message: ML-DSA, not HashML-DSA.
        #[cfg(feature = "digest")]
        impl<$($generics)*> DigestVerifier<MuHasher, $signature> for $key {
            fn verify_digest<F: Fn(&mut MuHasher) -> Result<(), Error>>(
                &self,
                feed: F,
                signature: &$signature,
            ) -> Result<(), Error> {
                let mu = mu_of_feed(self.mu_hasher(Context::EMPTY), feed)?;
                Ok(self.verify_mu(&mu, $form(signature))?)
            }
        }
    )*};
}

verifies! {
    [P: ParameterSet] VerifyingKey<P> => Signature<P>, core::convert::identity;
    [P: ParameterSet] ExpandedVerifyingKey<P> => Signature<P>, core::convert::identity;
    [] AnyVerifyingKey => AnySignature, AnySignature::as_bytes;
    [] AnyExpandedVerifyingKey => AnySignature, AnySignature::as_bytes;
}

impl<P: ParameterSet> KeypairRef for SigningKey<P> {
    type VerifyingKey = VerifyingKey<P>;
}

impl Keypair for AnySigningKey {
    type VerifyingKey = AnyVerifyingKey;

    fn verifying_key(&self) -> AnyVerifyingKey {
        Self::verifying_key(self)
    }
}

/// `Repr` is `[u8; 2420]`, `[u8; 3309]` or `[u8; 4627]`. The condition holds for all three sets.
impl<P: ParameterSet> SignatureEncoding for Signature<P>
where
    Self: TryInto<P::SignatureBytes>,
{
    type Repr = P::SignatureBytes;
}
