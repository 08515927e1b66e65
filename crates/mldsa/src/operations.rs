//! The operations of the key types, each on the best back end that the CPU supports. [`hazmat`] has them with an explicit
//! back end.

use crate::backend::with_best;
use crate::error::{InvalidSignature, MalformedKey};
use crate::expanded::{ExpandedSigningKey, ExpandedVerifyingKey};
use crate::hazmat;
use crate::key::{Signature, SigningKey, VerifyingKey};
use crate::mu::{Context, Mu, MuHasher};
use crate::params::{MU_LEN, ParameterSet};
use crate::schedule::Fast;
use crate::seed::{Rnd, Seed};
use crate::{keygen, signing, verifying};

impl<P: ParameterSet> SigningKey<P> {
    /// FIPS 204, Algorithm 1 (ML-DSA.KeyGen), with randomness from `rng`.
    #[cfg(feature = "rand_core")]
    pub fn generate<R: rand_core::CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self::from_seed(&Seed::generate(rng))
    }

    /// FIPS 204, Algorithm 1 (ML-DSA.KeyGen), with randomness from the operating system.
    ///
    /// # Errors
    /// [`NoRandomness`](crate::NoRandomness) if the operating system returns none.
    #[cfg(feature = "getrandom")]
    pub fn try_generate() -> Result<Self, crate::NoRandomness> {
        Ok(Self::from_seed(&Seed::try_generate()?))
    }

    /// FIPS 204, Algorithm 6 (ML-DSA.KeyGen_internal): computes the key pair of a seed.
    #[inline]
    pub fn from_seed(seed: &Seed) -> Self {
        let mut key = Self::EMPTY;
        with_best!(backend => hazmat::from_seed_into(backend, seed, &mut key));
        key
    }

    /// Reads the expanded encoding (FIPS 204, Algorithm 25, skDecode): 2560, 4032 or 4896 bytes. Computes the public key
    /// from it, and checks everything that can be checked (FIPS 204, section 3.6.1).
    ///
    /// # Errors
    /// [`MalformedKey`]: wrong length, s1 or s2 out of range, or t0 or tr inconsistent with the other parts.
    #[inline]
    pub fn from_expanded(bytes: &[u8]) -> Result<Self, MalformedKey> {
        let mut key = Self::EMPTY;
        with_best!(backend => key.set_expanded::<_, Fast>(backend, bytes, &mut { keygen::Memory::NEW }))?;
        Ok(key)
    }

    /// Expands the key once, for many signatures. The result has 22, 37 or 61 KiB, on the stack of the caller.
    pub fn expand(&self) -> ExpandedSigningKey<P> {
        ExpandedSigningKey::new(self)
    }

    /// FIPS 204, Algorithm 2 (ML-DSA.Sign). The limit on attempts is that of [`sign_mu`](Self::sign_mu).
    pub fn sign(&self, message: &[u8], context: Context<'_>, rnd: &Rnd) -> Signature<P> {
        self.sign_mu(&Mu::of_message(self.tr(), context, message), rnd)
    }

    /// FIPS 204, Algorithm 7 (ML-DSA.Sign_internal), from a mu that is known already.
    ///
    /// Gives up after 814 rejected attempts (FIPS 204, appendix C). The signature is then all zeros and never verifies. On a
    /// machine without faults the probability of this is below 2^−256.
    #[inline]
    pub fn sign_mu(&self, mu: &Mu, rnd: &Rnd) -> Signature<P> {
        with_best!(backend => hazmat::sign_mu(backend, self, mu, rnd))
    }
}

impl<P: ParameterSet> VerifyingKey<P> {
    /// Computes tr, the hash of the public key, with which mu starts. Each call computes it again.
    pub fn tr(&self) -> [u8; MU_LEN] {
        with_best!(backend => hazmat::tr(backend, self))
    }

    /// Starts to compute mu of a message that arrives in pieces.
    pub fn mu_hasher(&self, context: Context<'_>) -> MuHasher {
        MuHasher::new(&self.tr(), context)
    }

    /// Expands the key once, for many signatures. The result has 17, 29 or 51 KiB, on the stack of the caller.
    pub fn expand(&self) -> ExpandedVerifyingKey<P> {
        ExpandedVerifyingKey::new(self)
    }

    /// FIPS 204, Algorithm 3 (ML-DSA.Verify).
    ///
    /// # Errors
    /// [`InvalidSignature`], for any reason.
    pub fn verify(
        &self,
        message: &[u8],
        context: Context<'_>,
        signature: &Signature<P>,
    ) -> Result<(), InvalidSignature> {
        with_best!(backend => hazmat::verify(backend, self, message, context, signature))
    }

    /// FIPS 204, Algorithm 8 (ML-DSA.Verify_internal), from a mu that is known already.
    ///
    /// # Errors
    /// [`InvalidSignature`], for any reason.
    pub fn verify_mu(&self, mu: &Mu, signature: &Signature<P>) -> Result<(), InvalidSignature> {
        with_best!(backend => hazmat::verify_mu(backend, self, mu, signature))
    }
}

impl<P: ParameterSet> ExpandedSigningKey<P> {
    /// Expands a key.
    pub fn new(key: &SigningKey<P>) -> Self {
        let mut expanded = Self(signing::Expanded::EMPTY);
        expanded.refill(key);
        expanded
    }

    /// Expands a key in place.
    pub(crate) fn refill(&mut self, key: &SigningKey<P>) {
        with_best!(backend => self.0.fill(backend, key.expanded()));
    }

    /// FIPS 204, Algorithm 2 (ML-DSA.Sign). The limit on attempts is that of [`sign_mu`](Self::sign_mu).
    pub fn sign(&self, message: &[u8], context: Context<'_>, rnd: &Rnd) -> Signature<P> {
        self.sign_mu(&Mu::of_message(self.tr(), context, message), rnd)
    }

    /// FIPS 204, Algorithm 7 (ML-DSA.Sign_internal), from a mu that is known already.
    pub fn sign_mu(&self, mu: &Mu, rnd: &Rnd) -> Signature<P> {
        with_best!(backend => hazmat::sign_mu_expanded(backend, self, mu, rnd))
    }
}

impl<P: ParameterSet> ExpandedVerifyingKey<P> {
    /// Expands a key.
    pub fn new(key: &VerifyingKey<P>) -> Self {
        let mut expanded = Self(verifying::Expanded::EMPTY);
        with_best!(backend => expanded.0.fill(backend, &key.0));
        expanded
    }

    /// FIPS 204, Algorithm 3 (ML-DSA.Verify).
    ///
    /// # Errors
    /// [`InvalidSignature`], for any reason.
    pub fn verify(
        &self,
        message: &[u8],
        context: Context<'_>,
        signature: &Signature<P>,
    ) -> Result<(), InvalidSignature> {
        self.verify_mu(&Mu::of_message(self.tr(), context, message), signature)
    }

    /// FIPS 204, Algorithm 8 (ML-DSA.Verify_internal), from a mu that is known already.
    ///
    /// # Errors
    /// [`InvalidSignature`], for any reason.
    pub fn verify_mu(&self, mu: &Mu, signature: &Signature<P>) -> Result<(), InvalidSignature> {
        with_best!(backend => hazmat::verify_mu_expanded(backend, self, mu, signature))
    }

    /// Verifies many signatures under this key, eight at a time. Each gets its own verdict, the same as from
    /// [`verify_mu`](Self::verify_mu); only their hashes share permutations.
    ///
    /// Writes the verdict on each element of `batch` to the element of `verdicts` with the same index. If `batch` is shorter,
    /// the remaining verdicts are `Err`. If `batch` is longer, the remaining signatures are not verified.
    pub fn verify_batch(&self, batch: &[(Mu, &Signature<P>)], verdicts: &mut [Result<(), InvalidSignature>]) {
        with_best!(backend => hazmat::verify_batch(backend, self, batch, verdicts));
    }
}
