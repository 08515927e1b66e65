//! The operations on an explicit back end, for tests and for measurements that compare back ends. All other code should use
//! the methods of [`SigningKey`] and [`VerifyingKey`], which choose the best back end.

use crate::backend::Backend;
use crate::error::{InvalidSignature, MalformedKey};
use crate::expanded::{ExpandedSigningKey, ExpandedVerifyingKey};
use crate::key::{Signature, SigningKey, VerifyingKey};
use crate::mu::{Context, Mu};
use crate::params::{Array, MU_LEN, ParameterSet};
use crate::sampling::public_key_hash;
use crate::schedule::{Fast, Small};
use crate::seed::{Rnd, Seed};
use crate::verifying::{
    Representative, StreamingPublicKeySource, vartime_verify_batch, vartime_verify_internal,
    vartime_verify_small,
};
use crate::workspace::{KeygenWorkspace, SignWorkspace, VerifyWorkspace};
use crate::{keygen, signing, verifying};
use keccak_lanes::LANES;

/// [`SigningKey::from_seed`].
#[inline]
pub fn from_seed<P: ParameterSet, B: Backend>(backend: B, seed: &Seed) -> SigningKey<P> {
    let mut key = SigningKey::EMPTY;
    from_seed_into(backend, seed, &mut key);
    key
}

/// [`from_seed`] into the caller's memory. A returned value may be on the stack twice while it is moved.
pub fn from_seed_into<P: ParameterSet, B: Backend>(backend: B, seed: &Seed, key: &mut SigningKey<P>) {
    key.set_seed::<B, Fast>(backend, seed.as_bytes(), &mut { keygen::Memory::NEW });
}

/// [`SigningKey::from_expanded`].
///
/// # Errors
/// The same.
#[inline]
pub fn from_expanded<P: ParameterSet, B: Backend>(
    backend: B,
    bytes: &[u8],
) -> Result<SigningKey<P>, MalformedKey> {
    let mut key = SigningKey::EMPTY;
    key.set_expanded::<B, Fast>(backend, bytes, &mut { keygen::Memory::NEW })?;
    Ok(key)
}

/// [`SigningKey::expand`].
pub fn expand_signing_key<P: ParameterSet, B: Backend>(
    backend: B,
    key: &SigningKey<P>,
) -> ExpandedSigningKey<P> {
    let mut expanded = ExpandedSigningKey(signing::Expanded::EMPTY);
    expanded.0.fill(backend, key.expanded());
    expanded
}

/// [`VerifyingKey::expand`].
pub fn expand_verifying_key<P: ParameterSet, B: Backend>(
    backend: B,
    key: &VerifyingKey<P>,
) -> ExpandedVerifyingKey<P> {
    let mut expanded = ExpandedVerifyingKey(verifying::Expanded::EMPTY);
    expanded.0.fill(backend, &key.0);
    expanded
}

/// [`VerifyingKey::tr`].
pub fn tr<P: ParameterSet, B: Backend>(backend: B, key: &VerifyingKey<P>) -> [u8; MU_LEN] {
    public_key_hash(backend, key.as_bytes())
}

/// [`SigningKey::sign_mu`].
#[inline]
pub fn sign_mu<P: ParameterSet, B: Backend>(
    backend: B,
    key: &SigningKey<P>,
    mu: &Mu,
    rnd: &Rnd,
) -> Signature<P> {
    let mut signature = Signature::EMPTY;
    sign_mu_into(backend, key, mu, rnd, &mut signature);
    signature
}

/// [`sign_mu`] into the caller's memory.
#[inline(never)] // so that the expanded key is on the stack during this call only
pub fn sign_mu_into<P: ParameterSet, B: Backend>(
    backend: B,
    key: &SigningKey<P>,
    mu: &Mu,
    rnd: &Rnd,
    signature: &mut Signature<P>,
) {
    let mut expanded = signing::Expanded::<P>::EMPTY;
    expanded.fill(backend, key.expanded());
    signing::sign_expanded(backend, &expanded, mu.as_bytes(), rnd.as_bytes(), &mut signature.0);
}

/// [`ExpandedSigningKey::sign_mu`].
#[inline]
pub fn sign_mu_expanded<P: ParameterSet, B: Backend>(
    backend: B,
    key: &ExpandedSigningKey<P>,
    mu: &Mu,
    rnd: &Rnd,
) -> Signature<P> {
    let mut signature = Signature::EMPTY;
    signing::sign_expanded(backend, &key.0, mu.as_bytes(), rnd.as_bytes(), &mut signature.0);
    signature
}

/// [`VerifyingKey::verify`].
///
/// # Errors
/// The same.
pub fn verify<P: ParameterSet, B: Backend>(
    backend: B,
    key: &VerifyingKey<P>,
    message: &[u8],
    context: Context<'_>,
    signature: &Signature<P>,
) -> Result<(), InvalidSignature> {
    decode_and_verify(backend, key, Representative::Message(context, message), signature)
}

/// [`VerifyingKey::verify_mu`].
///
/// # Errors
/// The same.
pub fn verify_mu<P: ParameterSet, B: Backend>(
    backend: B,
    key: &VerifyingKey<P>,
    mu: &Mu,
    signature: &Signature<P>,
) -> Result<(), InvalidSignature> {
    decode_and_verify(backend, key, Representative::Mu(mu.as_bytes()), signature)
}

fn decode_and_verify<P: ParameterSet, B: Backend>(
    backend: B,
    key: &VerifyingKey<P>,
    representative: Representative<'_>,
    signature: &Signature<P>,
) -> Result<(), InvalidSignature> {
    let tr_wanted = matches!(representative, Representative::Message(..));
    let mut key = StreamingPublicKeySource::<P, B>::new(backend, &key.0, tr_wanted);
    verdict(vartime_verify_internal::<P, B>(backend, &mut key, representative, &signature.0))
}

/// [`ExpandedVerifyingKey::verify_mu`].
///
/// # Errors
/// The same.
pub fn verify_mu_expanded<P: ParameterSet, B: Backend>(
    backend: B,
    key: &ExpandedVerifyingKey<P>,
    mu: &Mu,
    signature: &Signature<P>,
) -> Result<(), InvalidSignature> {
    let representative = Representative::Mu(mu.as_bytes());
    let mut key = key.0.public_key(backend);
    verdict(vartime_verify_internal::<P, B>(backend, &mut key, representative, &signature.0))
}

/// [`ExpandedVerifyingKey::verify_batch`].
pub fn verify_batch<P: ParameterSet, B: Backend>(
    backend: B,
    key: &ExpandedVerifyingKey<P>,
    batch: &[(Mu, &Signature<P>)],
    verdicts: &mut [Result<(), InvalidSignature>],
) {
    verdicts.fill(Err(InvalidSignature));
    for (batch, verdicts) in batch.chunks(LANES).zip(verdicts.chunks_mut(LANES)) {
        let signatures = batch.iter().map(|(mu, signature)| (mu, &signature.0));
        let good = vartime_verify_batch::<P, B>(backend, &key.0, signatures);
        for (result, good) in verdicts.iter_mut().zip(good) {
            *result = verdict(good);
        }
    }
}

/// [`verify_batch`] on signatures of any length; one of the wrong length is invalid.
pub(crate) fn verify_batch_of_bytes<P: ParameterSet, B: Backend>(
    backend: B,
    key: &ExpandedVerifyingKey<P>,
    batch: &[(Mu, &[u8])],
    verdicts: &mut [Result<(), InvalidSignature>],
) {
    let signature = |bytes| <P::SignatureBytes as Array<u8>>::from_slice(bytes);
    verdicts.fill(Err(InvalidSignature));
    for (batch, verdicts) in batch.chunks(LANES).zip(verdicts.chunks_mut(LANES)) {
        let well_formed = batch.iter().filter_map(|(mu, bytes)| Some((mu, signature(bytes)?)));
        let good = vartime_verify_batch::<P, B>(backend, &key.0, well_formed);
        let places = verdicts.iter_mut().zip(batch).filter(|(_, (_, bytes))| signature(bytes).is_some());
        for ((result, _), good) in places.zip(good) {
            *result = verdict(good);
        }
    }
}

/// [`small::from_seed_in`](crate::small::from_seed_in).
pub fn from_seed_in<'k, P: ParameterSet, B: Backend>(
    backend: B,
    seed: &Seed,
    key: &'k mut Option<SigningKey<P>>,
    workspace: &mut KeygenWorkspace,
) -> &'k SigningKey<P> {
    let key = key.get_or_insert_with(|| SigningKey::EMPTY);
    key.set_seed::<B, Small>(backend, seed.as_bytes(), &mut workspace.0);
    key
}

/// [`small::from_expanded_in`](crate::small::from_expanded_in).
///
/// # Errors
/// The same.
pub fn from_expanded_in<'k, P: ParameterSet, B: Backend>(
    backend: B,
    bytes: &[u8],
    key: &'k mut Option<SigningKey<P>>,
    workspace: &mut KeygenWorkspace,
) -> Result<&'k SigningKey<P>, MalformedKey> {
    let memory = key.get_or_insert_with(|| SigningKey::EMPTY);
    match memory.set_expanded::<B, Small>(backend, bytes, &mut workspace.0) {
        // The key exists: this only borrows it again.
        Ok(()) => Ok(key.get_or_insert_with(|| SigningKey::EMPTY)),
        Err(error) => {
            *key = None;
            Err(error)
        }
    }
}

/// [`small::sign_mu_in`](crate::small::sign_mu_in).
pub fn sign_mu_in<'s, P: ParameterSet, B: Backend, const KEPT: usize>(
    backend: B,
    key: &SigningKey<P>,
    mu: &Mu,
    rnd: &Rnd,
    signature: &'s mut Option<Signature<P>>,
    workspace: &mut SignWorkspace<P, KEPT>,
) -> &'s Signature<P> {
    let signature = signature.get_or_insert_with(|| Signature::EMPTY);
    let SignWorkspace { memory, kept } = workspace;
    let (sk, mu, rnd) = (key.expanded(), mu.as_bytes(), rnd.as_bytes());
    signing::sign_small::<P, B>(backend, sk, mu, rnd, &mut signature.0, memory, kept);
    signature
}

/// [`small::verify_in`](crate::small::verify_in).
///
/// # Errors
/// The same.
pub fn verify_in<P: ParameterSet, B: Backend>(
    backend: B,
    key: &VerifyingKey<P>,
    message: &[u8],
    context: Context<'_>,
    signature: &Signature<P>,
    workspace: &mut VerifyWorkspace,
) -> Result<(), InvalidSignature> {
    let representative = Representative::Message(context, message);
    let memory = &mut workspace.0;
    verdict(vartime_verify_small::<P, B>(backend, &key.0, representative, &signature.0, memory))
}

/// [`small::verify_mu_in`](crate::small::verify_mu_in).
///
/// # Errors
/// The same.
pub fn verify_mu_in<P: ParameterSet, B: Backend>(
    backend: B,
    key: &VerifyingKey<P>,
    mu: &Mu,
    signature: &Signature<P>,
    workspace: &mut VerifyWorkspace,
) -> Result<(), InvalidSignature> {
    let representative = Representative::Mu(mu.as_bytes());
    let memory = &mut workspace.0;
    verdict(vartime_verify_small::<P, B>(backend, &key.0, representative, &signature.0, memory))
}

/// [`small::from_seed`](crate::small::from_seed).
pub fn from_seed_small<'k, P: ParameterSet, B: Backend>(
    backend: B,
    seed: &Seed,
    key: &'k mut Option<SigningKey<P>>,
) -> &'k SigningKey<P> {
    from_seed_in(backend, seed, key, &mut { KeygenWorkspace::NEW })
}

/// [`small::from_expanded`](crate::small::from_expanded).
///
/// # Errors
/// The same.
pub fn from_expanded_small<'k, P: ParameterSet, B: Backend>(
    backend: B,
    bytes: &[u8],
    key: &'k mut Option<SigningKey<P>>,
) -> Result<&'k SigningKey<P>, MalformedKey> {
    from_expanded_in(backend, bytes, key, &mut { KeygenWorkspace::NEW })
}

/// [`small::sign_mu`](crate::small::sign_mu).
pub fn sign_mu_small<'s, P: ParameterSet, B: Backend>(
    backend: B,
    key: &SigningKey<P>,
    mu: &Mu,
    rnd: &Rnd,
    signature: &'s mut Option<Signature<P>>,
) -> &'s Signature<P> {
    sign_mu_in(backend, key, mu, rnd, signature, &mut { SignWorkspace::<P>::NEW })
}

/// [`small::verify`](crate::small::verify).
///
/// # Errors
/// The same.
pub fn verify_small<P: ParameterSet, B: Backend>(
    backend: B,
    key: &VerifyingKey<P>,
    message: &[u8],
    context: Context<'_>,
    signature: &Signature<P>,
) -> Result<(), InvalidSignature> {
    verify_in(backend, key, message, context, signature, &mut { VerifyWorkspace::NEW })
}

/// [`small::verify_mu`](crate::small::verify_mu).
///
/// # Errors
/// The same.
pub fn verify_mu_small<P: ParameterSet, B: Backend>(
    backend: B,
    key: &VerifyingKey<P>,
    mu: &Mu,
    signature: &Signature<P>,
) -> Result<(), InvalidSignature> {
    verify_mu_in(backend, key, mu, signature, &mut { VerifyWorkspace::NEW })
}

fn verdict(good: bool) -> Result<(), InvalidSignature> {
    if good { Ok(()) } else { Err(InvalidSignature) }
}
