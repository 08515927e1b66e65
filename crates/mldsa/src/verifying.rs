//! Verification (FIPS 204, algorithms 3 and 8). Everything here is public.

#[cfg(test)]
mod crafted;
mod streamed;

pub(crate) use streamed::{SmallMemory, vartime_verify_small};

use crate::backend::{Backend, HintPoly};
use crate::encoding::keys::PublicKeyParts;
use crate::encoding::signature::SignatureParts;
use crate::encoding::{pack_w1, unpack_mask, unpack_t1};
use crate::matrix::{CachedVector, Matrix, Product};
use crate::mu::{Context, Mu};
use crate::ntt::{inv_ntt, ntt};
use crate::params::{Array, D, MU_LEN, N, ParameterSet, packed_len};
use crate::poly::{NttPoly, Poly};
use crate::sampling::{ExpandA, PiggybackHash, RidingHash, h, vartime_expand_a, vartime_sample_in_ball};
use keccak_lanes::{InterleavedShake, LANES, RATE256};

/// The public key as verification uses it: decoded during verification, or expanded before.
pub(crate) trait PublicKeySource {
    /// Sets z\[j\]. The caller calls this for each j before the first row.
    fn load(&mut self, j: usize, z: &Poly);

    /// NTT(w')\[i\] = Â\[i\]∘NTT(z) − ĉ∘NTT(t1\[i\]·2^d), times 2^−32; the first call computes row i = 0, the next i = 1, up
    /// to K − 1. `z` computes z\[j\] a second time, for sources that do not store it. `poly` is overwritten. Out: |out| < 0.84q.
    fn next_row(
        &mut self,
        c_hat: &NttPoly,
        z: impl FnMut(usize, &mut Poly),
        poly: &mut Poly,
        out: &mut NttPoly,
    );
}

/// A source that knows tr when all rows are computed.
pub(crate) trait HashedPublicKey: PublicKeySource {
    /// Returns tr. The caller calls this at most once, after the last row.
    fn tr(&mut self) -> [u8; MU_LEN];
}

/// An encoded public key, decoded row by row. tr is hashed while Â is expanded.
pub(crate) struct StreamingPublicKeySource<'a, P: ParameterSet, B: Backend> {
    backend: B,
    pk: &'a P::VerifyingKeyBytes,
    parts: PublicKeyParts<'a>,
    product: CachedVector<P, B, ExpandA<'a, P, B>>,
    i: usize,
    hash: InterleavedShake<RATE256>,
    /// Whether the caller will call `tr`.
    tr_wanted: bool,
}

impl<'a, P: ParameterSet, B: Backend> StreamingPublicKeySource<'a, P, B> {
    #[inline]
    pub(crate) fn new(backend: B, pk: &'a P::VerifyingKeyBytes, tr_wanted: bool) -> Self {
        let parts = PublicKeyParts::new::<P>(pk);
        let hash = if tr_wanted { RidingHash::Known } else { RidingHash::None };
        let product = CachedVector::new(backend, ExpandA::new(backend, parts.rho, hash));
        Self { backend, pk, product, parts, i: 0, hash: InterleavedShake::new(), tr_wanted }
    }
}

impl<P: ParameterSet, B: Backend> PublicKeySource for StreamingPublicKeySource<'_, P, B> {
    #[inline]
    fn load(&mut self, j: usize, z: &Poly) {
        self.product.load(j, z);
    }

    #[inline]
    fn next_row(
        &mut self,
        c_hat: &NttPoly,
        _: impl FnMut(usize, &mut Poly),
        poly: &mut Poly,
        out: &mut NttPoly,
    ) {
        let mut t1_hat = NttPoly([0; N]);
        t1_times_2d_hat(self.backend, self.parts.t1(self.i), poly, &mut t1_hat);
        let piggyback = match self.tr_wanted {
            true => PiggybackHash::new(&mut self.hash, self.pk.as_ref(), true),
            false => PiggybackHash::NONE,
        };
        self.product.row_minus(self.i, Some((c_hat, &t1_hat)), piggyback, out);
        self.i += 1;
    }
}

impl<P: ParameterSet, B: Backend> HashedPublicKey for StreamingPublicKeySource<'_, P, B> {
    fn tr(&mut self) -> [u8; MU_LEN] {
        let mut tr = [0; MU_LEN];
        self.hash.finish(self.backend.keccak(), self.pk.as_ref(), &mut tr);
        tr
    }
}

/// NTT(t1·2^d) of one packed polynomial, by way of `t1`. t1·2^d < q.
fn t1_times_2d_hat<B: Backend>(backend: B, packed: &[u8], t1: &mut Poly, t1_hat: &mut NttPoly) {
    unpack_t1(backend, packed, t1);
    for t1 in &mut t1.0 {
        *t1 <<= D;
    }
    ntt(backend, t1, t1_hat);
}

/// A public key with all values that do not depend on the signature: tr, Â and NTT(t1·2^d).
#[derive(Clone)]
pub(crate) struct Expanded<P: ParameterSet> {
    pub(crate) tr: [u8; MU_LEN],
    a_hat: P::Matrix,
    t1_hat: P::NttK,
}

impl<P: ParameterSet> Expanded<P> {
    /// Memory for a key. [`fill`](Self::fill) fills it in place.
    pub(crate) const EMPTY: Self =
        Self { tr: [0; MU_LEN], a_hat: P::Matrix::ZEROED, t1_hat: P::NttK::ZEROED };

    pub(crate) fn fill<B: Backend>(&mut self, backend: B, pk: &P::VerifyingKeyBytes) {
        let parts = PublicKeyParts::new::<P>(pk);
        let mut hash = InterleavedShake::new();
        let mut t1 = Poly([0; N]);
        let piggyback = PiggybackHash::new(&mut hash, pk.as_ref(), true);
        vartime_expand_a::<P, B>(backend, parts.rho, RidingHash::Known, piggyback, &mut self.a_hat);
        for (i, t1_hat) in self.t1_hat.as_mut().iter_mut().enumerate() {
            t1_times_2d_hat(backend, parts.t1(i), &mut t1, t1_hat);
        }
        hash.finish(backend.keccak(), pk.as_ref(), &mut self.tr);
    }

    #[inline]
    pub(crate) fn public_key<B: Backend>(&self, backend: B) -> ExpandedPublicKeySource<'_, P, B> {
        ExpandedPublicKeySource { key: self, product: CachedVector::new(backend, Matrix(&self.a_hat)), i: 0 }
    }
}

/// An expanded public key, read row by row.
pub(crate) struct ExpandedPublicKeySource<'k, P: ParameterSet, B: Backend> {
    key: &'k Expanded<P>,
    product: CachedVector<P, B, Matrix<'k, P>>,
    i: usize,
}

impl<P: ParameterSet, B: Backend> PublicKeySource for ExpandedPublicKeySource<'_, P, B> {
    #[inline]
    fn load(&mut self, j: usize, z: &Poly) {
        self.product.load(j, z);
    }

    #[inline]
    fn next_row(
        &mut self,
        c_hat: &NttPoly,
        _: impl FnMut(usize, &mut Poly),
        _: &mut Poly,
        out: &mut NttPoly,
    ) {
        let t1_hat = &self.key.t1_hat.as_ref()[self.i];
        self.product.row_minus(self.i, Some((c_hat, t1_hat)), PiggybackHash::NONE, out);
        self.i += 1;
    }
}

impl<P: ParameterSet, B: Backend> HashedPublicKey for ExpandedPublicKeySource<'_, P, B> {
    fn tr(&mut self) -> [u8; MU_LEN] {
        self.key.tr
    }
}

/// The source of mu.
#[derive(Clone, Copy)]
pub(crate) enum Representative<'a> {
    /// mu itself.
    Mu(&'a [u8; MU_LEN]),
    /// A context and a message, hashed when tr is known.
    Message(Context<'a>, &'a [u8]),
}

/// The memory of a verification, without that of its source.
pub(crate) struct Memory {
    hints: [HintPoly; MAX_K],
    poly: Poly,
    c_hat: NttPoly,
    w_hat: NttPoly,
}

impl Memory {
    pub(crate) const NEW: Self = Self {
        hints: [HintPoly([0; 4]); MAX_K],
        poly: Poly([0; N]),
        c_hat: NttPoly([0; N]),
        w_hat: NttPoly([0; N]),
    };
}

/// FIPS 204, Algorithm 8 (ML-DSA.Verify_internal).
///
/// Stack: not the whole matrix, but the rows of Â of one batch (10.5 KiB) and z (at most 7 KiB).
pub(crate) fn vartime_verify_internal<P: ParameterSet, B: Backend>(
    backend: B,
    key: &mut impl HashedPublicKey,
    representative: Representative<'_>,
    signature: &P::SignatureBytes,
) -> bool {
    let parts = SignatureParts::new::<P>(signature);
    let mut challenge_input = P::ChallengeInput::ZEROED;
    let w1 = vartime_pack_each_w1::<P, B>(backend, &mut challenge_input);
    if !vartime_recompute_w1::<P, B>(backend, key, &parts, &mut { Memory::NEW }, w1) {
        return false;
    }
    challenge_input.as_mut()[..MU_LEN].copy_from_slice(&match representative {
        Representative::Mu(mu) => *mu,
        Representative::Message(context, message) => {
            *Mu::of_message_on(backend.keccak(), &key.tr(), context, message).as_bytes()
        }
    });
    let mut c_tilde = P::CTilde::ZEROED;
    h(backend, &[challenge_input.as_ref()], c_tilde.as_mut());
    c_tilde.as_ref() == parts.c_tilde
}

/// [`vartime_verify_internal`] on up to [`LANES`] signatures under one key. Their final hashes share permutations.
/// Returns the verdict on each signature; false after the last one.
pub(crate) fn vartime_verify_batch<'a, P: ParameterSet, B: Backend>(
    backend: B,
    key: &Expanded<P>,
    batch: impl Iterator<Item = (&'a Mu, &'a P::SignatureBytes)> + Clone,
) -> [bool; LANES] {
    let mut verdicts = [false; LANES];
    let mut inputs: [P::ChallengeInput; LANES] = core::array::from_fn(|_| P::ChallengeInput::ZEROED);
    let mut memory = Memory::NEW;
    for (((mu, signature), input), good) in batch.clone().zip(&mut inputs).zip(&mut verdicts) {
        let parts = SignatureParts::new::<P>(signature);
        let w1 = vartime_pack_each_w1::<P, B>(backend, input);
        *good = vartime_recompute_w1::<P, B>(backend, &mut key.public_key(backend), &parts, &mut memory, w1);
        input.as_mut()[..MU_LEN].copy_from_slice(mu.as_bytes());
    }
    // Lanes without a signature, or with one that has already failed, are hashed too: it costs nothing.
    let messages: [[&[u8]; 1]; LANES] = core::array::from_fn(|i| [inputs[i].as_ref()]);
    let mut hashes = [[0u8; MAX_C_TILDE_LEN]; LANES];
    keccak_lanes::shake256_many(backend.keccak(), &messages, &mut hashes);
    for (((_, signature), hash), good) in batch.zip(&hashes).zip(&mut verdicts) {
        *good &= SignatureParts::new::<P>(signature).c_tilde == &hash[..P::C_TILDE_LEN];
    }
    verdicts
}

/// Packs the polynomials of w1 that it is called with, one after the other, into `challenge_input`, after the first MU_LEN
/// bytes.
#[inline]
fn vartime_pack_each_w1<P: ParameterSet, B: Backend>(
    backend: B,
    challenge_input: &mut P::ChallengeInput,
) -> impl FnMut(&Poly) {
    let mut out = challenge_input.as_mut()[MU_LEN..].chunks_exact_mut(packed_len(P::GAMMA2.bits()));
    move |w1| out.next().into_iter().for_each(|out| pack_w1(backend, P::GAMMA2, w1, out))
}

/// Lines 2 to 11 of algorithm 8: calls `each` with the polynomials of w1. Returns false if the signature is malformed, or if
/// ‖z‖∞ ≥ gamma1 − beta (line 13).
fn vartime_recompute_w1<P: ParameterSet, B: Backend>(
    backend: B,
    key: &mut impl PublicKeySource,
    parts: &SignatureParts<'_>,
    memory: &mut Memory,
    mut each: impl FnMut(&Poly),
) -> bool {
    let Memory { hints, poly, c_hat, w_hat } = memory;
    if !parts.vartime_hint_bit_unpack::<P>(&mut hints[..P::K]) {
        return false;
    }
    let z = |j: usize, z: &mut Poly| unpack_mask(backend, P::GAMMA1, parts.z(j), z);
    for j in 0..P::L {
        z(j, poly);
        if backend.norm_reaches(poly, P::GAMMA1.value() - P::BETA) {
            return false;
        }
        key.load(j, poly);
    }
    vartime_sample_in_ball(backend, P::TAU, parts.c_tilde, poly);
    ntt(backend, poly, c_hat);

    // w' = A·z − c·t1·2^d, its high parts corrected by the hints
    for hint in &hints[..P::K] {
        key.next_row(c_hat, z, poly, w_hat);
        inv_ntt(backend, w_hat, poly);
        backend.use_hint(P::GAMMA2, hint, poly);
        each(poly);
    }
    true
}

/// The largest K of the three sets.
const MAX_K: usize = 8;
/// The longest c̃ of the three sets.
const MAX_C_TILDE_LEN: usize = 64;
