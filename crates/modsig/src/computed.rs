//! What was computed of a module, each thing once: the strict judge and the kernel's ask the same questions.

use core::cell::RefCell;

use mldsa::Context;
use mldsa::dynamic::AnyVerifyingKey;

use crate::algorithm::Digest;

/// A module's digests, and which ML-DSA signatures over it verify. Long modules are read once for each digest and each
/// signature, however many judges there are.
///
/// Somebody who verifies many modules at once (in lanes, on other processors) can put in what he has computed, with
/// [`Self::insert_ml_dsa`], and hand it to [`crate::verdict::verify_computed`].
#[derive(Debug)]
pub struct Computed<'m> {
    module: &'m [u8],
    digests: RefCell<Vec<(Digest, Vec<u8>)>>,
    ml_dsa: RefCell<Vec<MlDsaResult>>,
}

#[derive(Debug)]
struct MlDsaResult {
    key: AnyVerifyingKey,
    signature: Vec<u8>,
    verifies: bool,
}

impl<'m> Computed<'m> {
    /// Nothing is computed yet.
    pub fn new(module: &'m [u8]) -> Self {
        Self { module, digests: RefCell::default(), ml_dsa: RefCell::default() }
    }

    /// The module.
    pub fn module(&self) -> &'m [u8] {
        self.module
    }

    /// The module's digest; `None` if [`Digest::hash`] does not know it.
    pub(crate) fn digest(&self, digest: Digest) -> Option<Vec<u8>> {
        let known =
            self.digests.borrow().iter().find(|(other, _)| *other == digest).map(|(_, hash)| hash.clone());
        known.or_else(|| {
            let hash = digest.hash(self.module)?;
            self.digests.borrow_mut().push((digest, hash.clone()));
            Some(hash)
        })
    }

    /// Whether this is the key's pure ML-DSA signature of the module, with the empty context.
    pub(crate) fn ml_dsa_verifies(&self, key: &AnyVerifyingKey, signature: &[u8]) -> bool {
        let same = |result: &&MlDsaResult| result.signature == signature && result.key == *key;
        let known = self.ml_dsa.borrow().iter().find(same).map(|result| result.verifies);
        known.unwrap_or_else(|| {
            // A wrong length ends here, before anything as long as a module is hashed.
            let right_length = signature.len() == key.parameters().signature_len();
            let verifies = right_length && key.verify(self.module, Context::EMPTY, signature).is_ok();
            self.insert_ml_dsa(key.clone(), signature.to_vec(), verifies);
            verifies
        })
    }

    /// Takes over what was computed elsewhere: whether `signature` is the pure ML-DSA signature of this very module,
    /// with the empty context, by `key`. It is believed.
    pub fn insert_ml_dsa(&self, key: AnyVerifyingKey, signature: Vec<u8>, verifies: bool) {
        self.ml_dsa.borrow_mut().push(MlDsaResult { key, signature, verifies });
    }
}
