//! Many modules at once: hashed on the lanes of one core together, and verified together.

use mldsa::dynamic::AnyVerifyingKey;
use mldsa::{
    Context, ExpandedSigningKey, ExpandedVerifyingKey, InvalidSignature, MlDsa44, MlDsa65, MlDsa87, Mu,
    ParameterSet, Rnd, Signature,
};

use super::{ExpandedKey, SignError, Signer};
use crate::cert::PublicKey;
use crate::cms;
use crate::trailer::{self, Split};

/// A [`Signer`] that works on many modules at once. For ML-DSA they share the lanes of a core, which makes hashing
/// several times faster; what comes out is the same as from [`Signer::sign`].
///
/// One thread calls it with one group of modules; several threads may use the same one.
pub struct BatchSigner<'a> {
    signer: &'a Signer,
    keys: Option<Keys<'a>>,
}

/// The expanded pair of an ML-DSA key.
enum Keys<'a> {
    MlDsa44(&'a ExpandedSigningKey<MlDsa44>, Box<ExpandedVerifyingKey<MlDsa44>>),
    MlDsa65(&'a ExpandedSigningKey<MlDsa65>, Box<ExpandedVerifyingKey<MlDsa65>>),
    MlDsa87(&'a ExpandedSigningKey<MlDsa87>, Box<ExpandedVerifyingKey<MlDsa87>>),
}

impl<'a> Keys<'a> {
    fn of(signer: &'a Signer) -> Option<Self> {
        let PublicKey::MlDsa(public) = signer.certificate.public_key() else { return None };
        match (signer.expanded.as_ref()?, &**public) {
            (ExpandedKey::MlDsa44(key), AnyVerifyingKey::MlDsa44(public)) => {
                Some(Self::MlDsa44(key, Box::new(public.expand())))
            }
            (ExpandedKey::MlDsa65(key), AnyVerifyingKey::MlDsa65(public)) => {
                Some(Self::MlDsa65(key, Box::new(public.expand())))
            }
            (ExpandedKey::MlDsa87(key), AnyVerifyingKey::MlDsa87(public)) => {
                Some(Self::MlDsa87(key, Box::new(public.expand())))
            }
            _ => None,
        }
    }
}

impl<'a> BatchSigner<'a> {
    /// Expands the public key of the signer's certificate, once.
    pub fn new(signer: &'a Signer) -> Self {
        Self { signer, keys: Keys::of(signer) }
    }

    /// The signer.
    pub fn signer(&self) -> &'a Signer {
        self.signer
    }

    /// Signs each of `modules` with the [`Rnd`] that stands at its place in `rnds`, as many as both have: the bytes to
    /// append, in the same order. [`Self::verify`] the whole file before you write it.
    ///
    /// # Errors
    /// For each module those of [`Signer::sign`].
    pub fn sign(&self, modules: &[&[u8]], rnds: &[Rnd]) -> Vec<Result<Vec<u8>, SignError>> {
        match &self.keys {
            Some(Keys::MlDsa44(key, _)) => self.sign_with(key, modules, rnds),
            Some(Keys::MlDsa65(key, _)) => self.sign_with(key, modules, rnds),
            Some(Keys::MlDsa87(key, _)) => self.sign_with(key, modules, rnds),
            None => modules.iter().zip(rnds).map(|(module, rnd)| self.signer.sign(module, rnd)).collect(),
        }
    }

    fn sign_with<P: ParameterSet>(
        &self,
        key: &ExpandedSigningKey<P>,
        modules: &[&[u8]],
        rnds: &[Rnd],
    ) -> Vec<Result<Vec<u8>, SignError>> {
        let mus = mus_of(key.tr(), modules);
        let sign =
            |(mu, rnd): (&Mu, &Rnd)| Ok(trailer::append(&self.signer.wrap(key.sign_mu(mu, rnd).as_bytes()))?);
        mus.iter().zip(rnds).map(sign).collect()
    }

    /// Whether each of `files` is a module with a signature of this signer, in exactly the bytes that
    /// [`Self::sign`] appends, that verifies. Stricter than [`crate::verdict::verify`], and faster for many: `true` here is good
    /// there; `false` may still be good there (another digest's name, say), or the algorithm is not ML-DSA.
    pub fn verify(&self, files: &[&[u8]]) -> Vec<bool> {
        match &self.keys {
            Some(Keys::MlDsa44(_, key)) => self.verify_with(key, files),
            Some(Keys::MlDsa65(_, key)) => self.verify_with(key, files),
            Some(Keys::MlDsa87(_, key)) => self.verify_with(key, files),
            None => vec![false; files.len()],
        }
    }

    fn verify_with<P: ParameterSet>(&self, key: &ExpandedVerifyingKey<P>, files: &[&[u8]]) -> Vec<bool> {
        let candidates: Vec<(usize, &[u8], Signature<P>)> = files
            .iter()
            .enumerate()
            .filter_map(|(place, file)| {
                let (module, signature) = self.own_form(file)?;
                Some((place, module, signature))
            })
            .collect();
        let modules: Vec<&[u8]> = candidates.iter().map(|(_, module, _)| *module).collect();
        let mus = mus_of(key.tr(), &modules);
        let batch: Vec<(Mu, &Signature<P>)> =
            mus.into_iter().zip(&candidates).map(|(mu, (_, _, signature))| (mu, signature)).collect();
        let mut verdicts = vec![Err(InvalidSignature); batch.len()];
        key.verify_batch(&batch, &mut verdicts);
        let mut good = vec![false; files.len()];
        for ((place, ..), verdict) in candidates.iter().zip(verdicts) {
            if let Some(good) = good.get_mut(*place) {
                *good = verdict.is_ok();
            }
        }
        good
    }

    /// Module and signature of a file whose appended bytes are, but for the signature, those that this signer writes.
    fn own_form<'f, P: ParameterSet>(&self, file: &'f [u8]) -> Option<(&'f [u8], Signature<P>)> {
        // Most files of a first run end here: `split` would look for what a misplaced signature leaves.
        if !file.ends_with(trailer::MARKER) {
            return None;
        }
        let Ok(Split::Signed(signed)) = trailer::split(file) else { return None };
        let parsed = cms::parse(signed.cms).ok()?;
        let [signer] = &parsed.signers[..] else { return None };
        let signature = Signature::from_bytes(signer.signature).ok()?;
        let ours = !signed.is_doubly_signed() && self.signer.wrap(signer.signature) == signed.cms;
        ours.then_some((signed.module, signature))
    }
}

/// mu of each module, hashed with the longest first: so the lanes are busy longest.
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
