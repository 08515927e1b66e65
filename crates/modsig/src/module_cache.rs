//! Results about one module, each computed once: the strict verifier and the kernel model need the same digests and
//! verifications.

use core::cell::RefCell;

use mldsa::Context;
use mldsa::Mu;
use mldsa::dynamic::AnyVerifyingKey;

use crate::algorithm::Digest;
use crate::work::{Memo, Operation, TooExpensive, Work, cost_of_ml_dsa};

/// The digests of a module, and which signatures verify. A module is hashed once for each digest and each ML-DSA key,
/// and each signature is verified once, however many times they are needed.
#[derive(Debug)]
pub struct ModuleCache<'m> {
    module: &'m [u8],
    digests: RefCell<Vec<(Digest, Vec<u8>)>>,
    memo: Memo,
}

impl<'m> ModuleCache<'m> {
    /// Creates an empty cache for a module.
    pub fn new(module: &'m [u8]) -> Self {
        Self { module, digests: RefCell::default(), memo: Memo::default() }
    }

    /// The module.
    pub fn module(&self) -> &'m [u8] {
        self.module
    }

    /// Results of public-key operations.
    pub(crate) fn memo(&self) -> &Memo {
        &self.memo
    }

    /// The module's digest; `None` if [`Digest::hash`] does not know it.
    pub(crate) fn digest(&self, digest: Digest) -> Option<Vec<u8>> {
        self.digest_by(digest, Digest::hash)
    }

    /// The module's digest, computed by `hash`, which must return the same for the same digest each time that it returns one.
    pub(crate) fn digest_by(
        &self,
        digest: Digest,
        hash: impl Fn(Digest, &[u8]) -> Option<Vec<u8>>,
    ) -> Option<Vec<u8>> {
        // What another function computed does not count for one that does not know the digest.
        hash(digest, &[])?;
        let known =
            self.digests.borrow().iter().find(|(other, _)| *other == digest).map(|(_, hash)| hash.clone());
        known.or_else(|| {
            let hash = hash(digest, self.module)?;
            self.digests.borrow_mut().push((digest, hash.clone()));
            Some(hash)
        })
    }

    /// Whether this is the key's pure ML-DSA signature of the module, with the empty context.
    ///
    /// # Errors
    /// [`TooExpensive`], if `work` does not allow it.
    pub(crate) fn ml_dsa_verifies(
        &self,
        key: &AnyVerifyingKey,
        signature: &[u8],
        work: &mut Work,
    ) -> Result<bool, TooExpensive> {
        // Reject a wrong length before the module, which may be long, is hashed.
        if signature.len() != key.parameters().signature_len() {
            return Ok(false);
        }
        let tr = key.tr();
        let hashing = Operation::reading_module("ML-DSA mu of the module", &[&tr]);
        let mu = work.once(&hashing, || {
            let mut hasher = key.mu_hasher(Context::EMPTY);
            hasher.update(self.module);
            Some(hasher.finalize().as_bytes().to_vec())
        })?;
        let Some(mu) = mu.and_then(|mu| Some(Mu::from_bytes(mu.try_into().ok()?))) else { return Ok(false) };
        work.verifies(&of_module(key, signature), || key.verify_mu(&mu, signature).is_ok())
    }

    /// Inserts results that [`crate::verdict::BatchVerifier`] computed in lanes: mu of this module with `key`, and
    /// whether `signature` verifies.
    pub(crate) fn insert_ml_dsa(&self, key: &AnyVerifyingKey, mu: &Mu, signature: &[u8], verifies: bool) {
        let hashing = Operation::reading_module("ML-DSA mu of the module", &[&key.tr()]);
        self.memo.insert(&hashing, Some(mu.as_bytes().to_vec()));
        self.memo.insert(&of_module(key, signature), verifies.then(Vec::new));
    }
}

/// The verification of a signature over the module.
fn of_module(key: &AnyVerifyingKey, signature: &[u8]) -> Operation {
    let parameters = key.parameters();
    let inputs = [parameters.name().as_bytes(), key.as_bytes(), signature];
    Operation::new("ML-DSA signature of the module", &inputs, cost_of_ml_dsa(parameters, 0))
}
