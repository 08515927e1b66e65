//! Signs many modules at once: hashes and verifies them in the lanes of one core.

use mldsa::dynamic::{AnyExpandedSigningKey, AnyExpandedVerifyingKey};
use mldsa::{Context, InvalidSignature, Mu, Rnd};

use super::{SignError, Signer, sign_mu};
use crate::cert::PublicKey;
use crate::cms;
use crate::trailer::{self, Split};

/// A [`Signer`] for many modules at once. With ML-DSA they share the lanes of a core, which makes hashing several times
/// faster; the signatures are the same as from [`Signer::sign`].
///
/// One thread calls it with one group of modules; several threads may share it.
pub struct BatchSigner<'a> {
    signer: &'a Signer,
    /// An ML-DSA key in this process; a token signs one module after the other.
    key: Option<&'a AnyExpandedSigningKey>,
    /// The public key of an ML-DSA certificate.
    public: Option<Box<AnyExpandedVerifyingKey>>,
}

impl<'a> BatchSigner<'a> {
    /// Creates it and expands the public key of the signer's certificate.
    pub fn new(signer: &'a Signer) -> Self {
        let public = match signer.certificate.public_key() {
            PublicKey::MlDsa(public) => Some(Box::new(public.expand())),
            _ => None,
        };
        Self { signer, key: signer.expanded.as_deref(), public }
    }

    /// The signer.
    pub fn signer(&self) -> &'a Signer {
        self.signer
    }

    /// Signs each of `modules` with the [`Rnd`] at its index in `rnds`; stops at the end of the shorter one. Returns
    /// the bytes to append, in the same order. [`Self::verify`] the whole file before you write it.
    ///
    /// # Errors
    /// For each module, those of [`Signer::sign`].
    pub fn sign(&self, modules: &[&[u8]], rnds: &[Rnd]) -> Vec<Result<Vec<u8>, SignError>> {
        let Some(key) = self.key else {
            return modules.iter().zip(rnds).map(|(module, rnd)| self.signer.sign(module, rnd)).collect();
        };
        let sign = |(mu, rnd): (&Mu, &Rnd)| {
            Ok(trailer::append(&self.signer.wrap(sign_mu(key, mu, rnd)?.as_bytes()))?)
        };
        mus_of(key.tr(), modules).iter().zip(rnds).map(sign).collect()
    }

    /// Whether each of `files` is a module with a signature of this signer that verifies, in exactly the bytes that
    /// [`Self::sign`] appends. Stricter than [`crate::verdict::verify`], and faster for many files: `true` here means
    /// good there; `false` may still be good there (with another digest name, for example), or the algorithm is not
    /// ML-DSA.
    pub fn verify(&self, files: &[&[u8]]) -> Vec<bool> {
        let mut good = vec![false; files.len()];
        let Some(key) = &self.public else { return good };
        // (place, module, signature)
        let candidates: Vec<(usize, &[u8], &[u8])> = files
            .iter()
            .enumerate()
            .filter_map(|(place, file)| {
                let (module, signature) = self.own_form(file)?;
                Some((place, module, signature))
            })
            .collect();
        let modules: Vec<&[u8]> = candidates.iter().map(|(_, module, _)| *module).collect();
        let mus = mus_of(key.tr(), &modules);
        let batch: Vec<(Mu, &[u8])> =
            mus.into_iter().zip(&candidates).map(|(mu, (_, _, signature))| (mu, *signature)).collect();
        let mut verdicts = vec![Err(InvalidSignature); batch.len()];
        key.verify_batch(&batch, &mut verdicts);
        for ((place, ..), verdict) in candidates.iter().zip(verdicts) {
            if let Some(good) = good.get_mut(*place) {
                *good = verdict.is_ok();
            }
        }
        good
    }

    /// Module and signature of a file whose appended bytes equal those that this signer writes, except for the
    /// signature.
    fn own_form<'f>(&self, file: &'f [u8]) -> Option<(&'f [u8], &'f [u8])> {
        // Most files of a first run are unsigned and end here: `split` would search for a misplaced signature.
        if !file.ends_with(trailer::MARKER) {
            return None;
        }
        let Ok(Split::Signed(signed)) = trailer::split(file) else { return None };
        let parsed = cms::parse(signed.cms).ok()?;
        let [signer] = &parsed.signers[..] else { return None };
        let ours = !signed.is_doubly_signed() && self.signer.wrap(signer.signature) == signed.cms;
        ours.then_some((signed.module, signer.signature))
    }
}

/// mu of each module. Hashes the longest first, so that the lanes stay busy.
fn mus_of(tr: &[u8; 64], modules: &[&[u8]]) -> Vec<Mu> {
    let mut order: Vec<(usize, &[u8])> = modules.iter().copied().enumerate().collect();
    order.sort_by_key(|(_, module)| core::cmp::Reverse(module.len()));
    let sorted: Vec<&[u8]> = order.iter().map(|(_, module)| *module).collect();
    let mut hashed = vec![Mu::from_bytes([0; 64]); modules.len()];
    Mu::of_messages(tr, Context::EMPTY, &sorted, &mut hashed);
    let mut mus = hashed.clone();
    for ((place, _), mu) in order.iter().zip(hashed) {
        if let Some(slot) = mus.get_mut(*place) {
            *slot = mu;
        }
    }
    mus
}
