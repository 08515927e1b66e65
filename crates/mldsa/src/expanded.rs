//! Keys decoded once, for many operations.

use crate::backend::with_best;
use crate::error::InvalidSignature;
use crate::key::{Signature, SigningKey, VerifyingKey};
use crate::mu::{Context, Mu, MuHasher};
use crate::params::{MU_LEN, ParameterSet};
use crate::seed::Rnd;
use crate::{hazmat, signing, verifying};
use core::fmt;

/// A private key with Â and the NTT forms of s1 and s2: 22, 37 or 61 KiB. Wiped on drop, never printed.
#[derive(Clone)]
pub struct ExpandedSigningKey<P: ParameterSet>(pub(crate) signing::Expanded<P>);

/// A public key with its hash, Â and the NTT form of t1·2^d: 17, 29 or 51 KiB.
#[derive(Clone)]
pub struct ExpandedVerifyingKey<P: ParameterSet>(pub(crate) verifying::Expanded<P>);

impl<P: ParameterSet> ExpandedSigningKey<P> {
    /// Decodes a key.
    pub fn new(key: &SigningKey<P>) -> Self {
        let mut expanded = Self(signing::Expanded::EMPTY);
        expanded.refill(key);
        expanded
    }

    /// [`Self::new`] in place.
    pub(crate) fn refill(&mut self, key: &SigningKey<P>) {
        with_best!(backend => self.0.fill(backend, key.expanded()));
    }

    /// tr, the hash of the public key: where mu begins.
    pub fn tr(&self) -> &[u8; MU_LEN] {
        &self.0.tr
    }

    /// Starts to compute mu of a message that comes in pieces.
    pub fn mu_hasher(&self, context: Context<'_>) -> MuHasher {
        MuHasher::new(self.tr(), context)
    }

    /// FIPS 204, Algorithm 2 (ML-DSA.Sign).
    pub fn sign(&self, message: &[u8], context: Context<'_>, rnd: &Rnd) -> Signature<P> {
        self.sign_mu(&Mu::of_message(self.tr(), context, message), rnd)
    }

    /// FIPS 204, Algorithm 7 (ML-DSA.Sign_internal), from a mu that is known already.
    pub fn sign_mu(&self, mu: &Mu, rnd: &Rnd) -> Signature<P> {
        with_best!(backend => hazmat::sign_mu_expanded(backend, self, mu, rnd))
    }
}

impl<P: ParameterSet> ExpandedVerifyingKey<P> {
    /// Decodes a key.
    pub fn new(key: &VerifyingKey<P>) -> Self {
        let mut expanded = Self(verifying::Expanded::EMPTY);
        with_best!(backend => expanded.0.fill(backend, &key.0));
        expanded
    }

    /// tr, the hash of the public key: where mu begins.
    pub fn tr(&self) -> &[u8; MU_LEN] {
        &self.0.tr
    }

    /// Starts to compute mu of a message that comes in pieces.
    pub fn mu_hasher(&self, context: Context<'_>) -> MuHasher {
        MuHasher::new(self.tr(), context)
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
        self.verify_mu(&Mu::of_message(self.tr(), context, message), signature)
    }

    /// FIPS 204, Algorithm 8 (ML-DSA.Verify_internal), from a mu that is known already.
    ///
    /// # Errors
    /// [`InvalidSignature`], whatever the reason.
    pub fn verify_mu(&self, mu: &Mu, signature: &Signature<P>) -> Result<(), InvalidSignature> {
        with_best!(backend => hazmat::verify_mu_expanded(backend, self, mu, signature))
    }

    /// Verifies many signatures under this key, eight at a time: each on its own, as [`verify_mu`](Self::verify_mu) does,
    /// but their hashes share permutations. Not a combined check that could only say that one of them is bad.
    ///
    /// Writes to each of `verdicts` what `batch` has at the same place; `Err` where `batch` is shorter. A longer `batch`
    /// is verified as far as there are verdicts.
    pub fn verify_batch(&self, batch: &[(Mu, &Signature<P>)], verdicts: &mut [Result<(), InvalidSignature>]) {
        with_best!(backend => hazmat::verify_batch(backend, self, batch, verdicts));
    }
}

impl<P: ParameterSet> zeroize::ZeroizeOnDrop for ExpandedSigningKey<P> {}

impl<P: ParameterSet> fmt::Debug for ExpandedSigningKey<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExpandedSigningKey<{}>(..)", P::NAME)
    }
}

impl<P: ParameterSet> fmt::Debug for ExpandedVerifyingKey<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExpandedVerifyingKey<{}>(tr {:02x?}…)", P::NAME, self.tr().first_chunk::<8>())
    }
}
