//! Keys and signatures.

use crate::backend::{Backend, with_best};
use crate::encoding::keys::PrivateKeyParts;
use crate::error::{InvalidSignature, MalformedKey};
use crate::expanded::{ExpandedSigningKey, ExpandedVerifyingKey};
use crate::keygen::{self, Inconsistent};
use crate::mu::{Context, Mu, MuHasher};
use crate::params::{Array, MU_LEN, ParameterSet, SEED_LEN};
use crate::poly::wipe;
use crate::sampling::public_key_hash;
use crate::schedule::{Fast, Schedule};
use crate::seed::{Rnd, Seed};
use core::fmt;
use subtle::ConstantTimeEq;

/// A private key with its public key. Wiped on drop, compared in constant time, never printed.
///
/// Made from a seed, or read in the expanded encoding of FIPS 204. One made from a seed remembers it.
#[derive(Clone)]
pub struct SigningKey<P: ParameterSet> {
    seed: Option<Seed>,
    expanded: P::SigningKeyBytes,
    verifying_key: VerifyingKey<P>,
}

/// A public key: 1312, 1952 or 2592 bytes.
#[derive(Clone)]
pub struct VerifyingKey<P: ParameterSet>(pub(crate) P::VerifyingKeyBytes);

/// A signature: 2420, 3309 or 4627 bytes. Its contents are looked at when it is verified.
#[derive(Clone)]
pub struct Signature<P: ParameterSet>(pub(crate) P::SignatureBytes);

impl<P: ParameterSet> SigningKey<P> {
    /// FIPS 204, Algorithm 1 (ML-DSA.KeyGen), with randomness from `rng`.
    #[cfg(feature = "rand_core")]
    pub fn generate<R: rand_core::CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self::from_seed(&Seed::generate(rng))
    }

    /// FIPS 204, Algorithm 1 (ML-DSA.KeyGen), with randomness from the operating system.
    ///
    /// # Errors
    /// [`NoRandomness`](crate::NoRandomness), if it gives none.
    #[cfg(feature = "getrandom")]
    pub fn try_generate() -> Result<Self, crate::NoRandomness> {
        Ok(Self::from_seed(&Seed::try_generate()?))
    }

    /// FIPS 204, Algorithm 6 (ML-DSA.KeyGen_internal): the key pair of a seed.
    #[inline]
    pub fn from_seed(seed: &Seed) -> Self {
        let mut key = Self::EMPTY;
        with_best!(backend => key.set_seed::<_, Fast>(backend, seed.as_bytes()));
        key
    }

    /// Reads the expanded encoding (FIPS 204, Algorithm 25, skDecode): 2560, 4032 or 4896 bytes. The public
    /// key is computed from it, and everything in it that can be checked is: FIPS 204, section 3.6.1.
    ///
    /// # Errors
    /// [`MalformedKey`]: another length, s1 or s2 out of range, t0 or tr that do not belong.
    #[inline]
    pub fn from_expanded(bytes: &[u8]) -> Result<Self, MalformedKey> {
        let mut key = Self::EMPTY;
        with_best!(backend => key.set_expanded::<_, Fast>(backend, bytes))?;
        Ok(key)
    }

    /// Room for a key. Filled in place by [`set_seed`](Self::set_seed) or [`set_expanded`](Self::set_expanded): these take
    /// most of the stack, and a key that they returned would lie in it a second time.
    pub(crate) const EMPTY: Self = Self {
        seed: None,
        expanded: P::SigningKeyBytes::ZEROED,
        verifying_key: VerifyingKey(P::VerifyingKeyBytes::ZEROED),
    };

    #[inline(never)]
    pub(crate) fn set_seed<B: Backend, S: Schedule>(&mut self, backend: B, seed: &[u8; SEED_LEN]) {
        keygen::keygen_internal::<P, B, S>(backend, seed, &mut self.verifying_key.0, &mut self.expanded);
        // In place: a seed that is moved leaves a copy behind.
        self.seed.insert(Seed::from_bytes([0; SEED_LEN])).set(seed);
    }

    #[inline(never)]
    pub(crate) fn set_expanded<B: Backend, S: Schedule>(
        &mut self,
        backend: B,
        bytes: &[u8],
    ) -> Result<(), MalformedKey> {
        copy_exact(&mut self.expanded, bytes)?;
        self.seed = None;
        keygen::public_key_of::<P, B, S>(backend, &mut self.expanded, &mut self.verifying_key.0).map_err(
            |reason| match reason {
                Inconsistent::SecretRange => MalformedKey::SecretRange,
                Inconsistent::T0 => MalformedKey::T0Mismatch,
                Inconsistent::Tr => MalformedKey::TrMismatch,
            },
        )
    }

    /// The seed, if the key was made from one.
    pub fn seed(&self) -> Option<&Seed> {
        self.seed.as_ref()
    }

    /// The expanded encoding (FIPS 204, Algorithm 24, skEncode): secret.
    pub fn as_expanded_bytes(&self) -> &[u8] {
        self.expanded.as_ref()
    }

    pub(crate) fn expanded(&self) -> &P::SigningKeyBytes {
        &self.expanded
    }

    /// The public key.
    pub fn verifying_key(&self) -> &VerifyingKey<P> {
        &self.verifying_key
    }

    /// tr, the hash of the public key: where mu begins.
    pub fn tr(&self) -> &[u8; MU_LEN] {
        PrivateKeyParts::new::<P>(&self.expanded).tr
    }

    /// Starts to compute mu of a message that comes in pieces.
    pub fn mu_hasher(&self, context: Context<'_>) -> MuHasher {
        MuHasher::new(self.tr(), context)
    }

    /// Decodes the key once, for many signatures: 22, 37 or 61 KiB, on the stack of the caller.
    pub fn expand(&self) -> ExpandedSigningKey<P> {
        ExpandedSigningKey::new(self)
    }

    /// FIPS 204, Algorithm 2 (ML-DSA.Sign).
    pub fn sign(&self, message: &[u8], context: Context<'_>, rnd: &Rnd) -> Signature<P> {
        self.sign_mu(&Mu::of_message(self.tr(), context, message), rnd)
    }

    /// FIPS 204, Algorithm 7 (ML-DSA.Sign_internal), from a mu that is known already.
    ///
    /// After 814 rejected attempts (FIPS 204, appendix C), which a correct machine has with a probability below 2^−256, the
    /// signature is all zeros and never verifies.
    #[inline]
    pub fn sign_mu(&self, mu: &Mu, rnd: &Rnd) -> Signature<P> {
        with_best!(backend => crate::hazmat::sign_mu(backend, self, mu, rnd))
    }
}

impl<P: ParameterSet> Drop for SigningKey<P> {
    fn drop(&mut self) {
        wipe(self.expanded.as_mut());
    }
}

impl<P: ParameterSet> zeroize::ZeroizeOnDrop for SigningKey<P> {}

impl<P: ParameterSet> PartialEq for SigningKey<P> {
    fn eq(&self, other: &Self) -> bool {
        self.expanded.as_ref().ct_eq(other.expanded.as_ref()).into()
    }
}

impl<P: ParameterSet> Eq for SigningKey<P> {}

impl<P: ParameterSet> fmt::Debug for SigningKey<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey<{}>(..)", P::NAME)
    }
}

impl<P: ParameterSet> VerifyingKey<P> {
    /// Reads a public key (FIPS 204, Algorithm 23, pkDecode). Every string of the right length is one.
    ///
    /// # Errors
    /// [`MalformedKey::Length`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedKey> {
        let mut key = Self(P::VerifyingKeyBytes::ZEROED);
        copy_exact(&mut key.0, bytes)?;
        Ok(key)
    }

    /// The encoding (FIPS 204, Algorithm 22, pkEncode).
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }

    /// tr, the hash of the public key: where mu begins. Computed at each call.
    pub fn tr(&self) -> [u8; MU_LEN] {
        with_best!(backend => public_key_hash(backend, self.as_bytes()))
    }

    /// Starts to compute mu of a message that comes in pieces.
    pub fn mu_hasher(&self, context: Context<'_>) -> MuHasher {
        MuHasher::new(&self.tr(), context)
    }

    /// Decodes the key once, for many signatures: 17, 29 or 51 KiB, on the stack of the caller.
    pub fn expand(&self) -> ExpandedVerifyingKey<P> {
        ExpandedVerifyingKey::new(self)
    }

    /// FIPS 204, Algorithm 3 (ML-DSA.Verify).
    ///
    /// # Errors
    /// [`InvalidSignature`], whatever the reason.
    pub fn verify(
        &self,
        message: &[u8],
        context: Context<'_>,
        signature: &Signature<P>,
    ) -> Result<(), InvalidSignature> {
        with_best!(backend => crate::hazmat::verify(backend, self, message, context, signature))
    }

    /// FIPS 204, Algorithm 8 (ML-DSA.Verify_internal), from a mu that is known already.
    ///
    /// # Errors
    /// [`InvalidSignature`], whatever the reason.
    pub fn verify_mu(&self, mu: &Mu, signature: &Signature<P>) -> Result<(), InvalidSignature> {
        with_best!(backend => crate::hazmat::verify_mu(backend, self, mu, signature))
    }
}

impl<P: ParameterSet> PartialEq for VerifyingKey<P> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<P: ParameterSet> Eq for VerifyingKey<P> {}

impl<P: ParameterSet> fmt::Debug for VerifyingKey<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey<{}>({:02x?}…)", P::NAME, self.as_bytes().first_chunk::<8>())
    }
}

impl<P: ParameterSet> Signature<P> {
    /// Room for a signature, filled in place.
    pub(crate) const EMPTY: Self = Self(P::SignatureBytes::ZEROED);

    /// Takes a signature of the right length.
    ///
    /// # Errors
    /// [`InvalidSignature`] if the length is another.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidSignature> {
        let mut signature = Self::EMPTY;
        copy_exact(&mut signature.0, bytes).map_err(|_| InvalidSignature)?;
        Ok(signature)
    }

    /// The encoding (FIPS 204, Algorithm 26, sigEncode).
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl<P: ParameterSet> PartialEq for Signature<P> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<P: ParameterSet> Eq for Signature<P> {}

impl<P: ParameterSet> fmt::Debug for Signature<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature<{}>({:02x?}…)", P::NAME, self.as_bytes().first_chunk::<8>())
    }
}

/// Fills an array with exactly as many bytes.
fn copy_exact<A: Array<u8>>(array: &mut A, bytes: &[u8]) -> Result<(), MalformedKey> {
    let expected = array.as_ref().len();
    if bytes.len() != expected {
        return Err(MalformedKey::Length { expected, found: bytes.len() });
    }
    array.as_mut().copy_from_slice(bytes);
    Ok(())
}
