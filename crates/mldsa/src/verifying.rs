//! Verification (FIPS 204, algorithms 3 and 8). Everything here is public.

#[cfg(test)]
mod crafted;

use crate::backend::{Backend, HintPoly};
use crate::encoding::keys::PublicKeyParts;
use crate::encoding::signature::SignatureParts;
use crate::encoding::{pack_w1, unpack_mask, unpack_t1};
use crate::matrix::{self, Matrix, Product};
use crate::mu::{Context, Mu};
use crate::ntt::{inv_ntt, ntt};
use crate::params::{Array, D, MU_LEN, N, ParameterSet, packed_len};
use crate::poly::{NttPoly, Poly};
use crate::sampling::{Beside, ExpandA, h, vartime_sample_in_ball};
use crate::schedule::Schedule;
use keccak_lanes::{InterleavedShake, LANES, RATE256};

/// What verification takes from a public key: decoded on the way, or kept.
pub(crate) trait PublicKey {
    /// Takes z\[j\]. Called for each j before the first row.
    fn load(&mut self, j: usize, z: &Poly);

    /// NTT(w')\[i\] = Â\[i\]∘NTT(z) − ĉ∘NTT(t1\[i\]·2^d), times 2^−32, for i = 0, 1, … K − 1. `z` gives z\[j\] once more, if
    /// asked. Out: |out| < 0.84q.
    fn next_row(&mut self, c_hat: &NttPoly, z: impl FnMut(usize, &mut Poly), out: &mut NttPoly);

    /// tr. Called once, after the last row.
    fn tr(&mut self) -> [u8; MU_LEN];
}

/// A public key, decoded row by row; in the fast schedule tr is hashed while Â is made.
pub(crate) struct Decoding<'a, P: ParameterSet, B: Backend, S: Schedule> {
    backend: B,
    pk: &'a P::VerifyingKeyBytes,
    parts: PublicKeyParts<'a>,
    product: S::Product<'a, P, B>,
    i: usize,
    hash: InterleavedShake<RATE256>,
    /// Whether tr will be asked for.
    tr_wanted: bool,
}

impl<'a, P: ParameterSet, B: Backend, S: Schedule> Decoding<'a, P, B, S> {
    #[inline]
    pub(crate) fn new(backend: B, pk: &'a P::VerifyingKeyBytes, tr_wanted: bool) -> Self {
        let parts = PublicKeyParts::new::<P>(pk);
        let product = (backend, parts.rho).into();
        Self { backend, pk, product, parts, i: 0, hash: InterleavedShake::new(), tr_wanted }
    }
}

impl<P: ParameterSet, B: Backend, S: Schedule> PublicKey for Decoding<'_, P, B, S> {
    #[inline]
    fn load(&mut self, j: usize, z: &Poly) {
        self.product.load(j, z);
    }

    #[inline]
    fn next_row(&mut self, c_hat: &NttPoly, z: impl FnMut(usize, &mut Poly), out: &mut NttPoly) {
        let mut t1_hat = NttPoly([0; N]);
        t1_times_2d_hat(self.backend, self.parts.t1(self.i), &mut t1_hat);
        let beside = match self.tr_wanted {
            true => Beside::hash(&mut self.hash, self.pk.as_ref(), true),
            false => Beside::NOTHING,
        };
        self.product.row(self.i, z, Some((c_hat, &t1_hat)), beside, out);
        self.i += 1;
    }

    fn tr(&mut self) -> [u8; MU_LEN] {
        let mut tr = [0; MU_LEN];
        core::mem::take(&mut self.hash).finish(self.backend.keccak(), self.pk.as_ref(), &mut tr);
        tr
    }
}

/// NTT(t1·2^d) of one packed polynomial. t1·2^d < q.
#[inline(never)] // so that its stack and that of the product are not held together
fn t1_times_2d_hat<B: Backend>(backend: B, packed: &[u8], t1_hat: &mut NttPoly) {
    let mut t1 = Poly([0; N]);
    unpack_t1(backend, packed, &mut t1);
    for t1 in &mut t1.0 {
        *t1 <<= D;
    }
    ntt(backend, &t1, t1_hat);
}

/// A public key with everything that does not depend on the signature: tr, Â and NTT(t1·2^d).
#[derive(Clone)]
pub(crate) struct Expanded<P: ParameterSet> {
    pub(crate) tr: [u8; MU_LEN],
    a_hat: P::Matrix,
    t1_hat: P::NttK,
}

impl<P: ParameterSet> Expanded<P> {
    /// Room for a key. Filled by [`fill`](Self::fill), in place.
    pub(crate) const EMPTY: Self =
        Self { tr: [0; MU_LEN], a_hat: P::Matrix::ZEROED, t1_hat: P::NttK::ZEROED };

    pub(crate) fn fill<B: Backend>(&mut self, backend: B, pk: &P::VerifyingKeyBytes) {
        let parts = PublicKeyParts::new::<P>(pk);
        let mut rows = ExpandA::<P, B>::new(backend, parts.rho);
        let mut hash = InterleavedShake::new();
        let kept = self.a_hat.as_mut().chunks_exact_mut(P::L).zip(self.t1_hat.as_mut());
        for (i, (row, t1_hat)) in kept.enumerate() {
            row.copy_from_slice(rows.vartime_next_row(Beside::hash(&mut hash, pk.as_ref(), true)));
            t1_times_2d_hat(backend, parts.t1(i), t1_hat);
        }
        hash.finish(backend.keccak(), pk.as_ref(), &mut self.tr);
    }

    #[inline]
    pub(crate) fn public_key<B: Backend>(&self, backend: B) -> Kept<'_, P, B> {
        Kept { key: self, product: matrix::Kept::new(backend, Matrix(&self.a_hat)), i: 0 }
    }
}

/// An expanded public key, read row by row.
pub(crate) struct Kept<'k, P: ParameterSet, B: Backend> {
    key: &'k Expanded<P>,
    product: matrix::Kept<P, B, Matrix<'k, P>>,
    i: usize,
}

impl<P: ParameterSet, B: Backend> PublicKey for Kept<'_, P, B> {
    #[inline]
    fn load(&mut self, j: usize, z: &Poly) {
        self.product.load(j, z);
    }

    #[inline]
    fn next_row(&mut self, c_hat: &NttPoly, z: impl FnMut(usize, &mut Poly), out: &mut NttPoly) {
        let t1_hat = &self.key.t1_hat.as_ref()[self.i];
        self.product.row(self.i, z, Some((c_hat, t1_hat)), Beside::NOTHING, out);
        self.i += 1;
    }

    fn tr(&mut self) -> [u8; MU_LEN] {
        self.key.tr
    }
}

/// Where mu comes from.
#[derive(Clone, Copy)]
pub(crate) enum Representative<'a> {
    /// Known already.
    Mu(&'a [u8; MU_LEN]),
    /// To be hashed from a context and a message, once tr is known.
    Message(Context<'a>, &'a [u8]),
}

/// FIPS 204, Algorithm 8 (ML-DSA.Verify_internal).
///
/// Stack: never the matrix; in the fast schedule the rows of Â under way (10.5 KiB) and z (at most 7 KiB), in the small
/// one a polynomial of each.
pub(crate) fn vartime_verify_internal<P: ParameterSet, B: Backend>(
    backend: B,
    key: &mut impl PublicKey,
    representative: Representative<'_>,
    signature: &P::SignatureBytes,
) -> bool {
    let parts = SignatureParts::new::<P>(signature);
    let mut challenge_input = P::ChallengeInput::ZEROED;
    if !vartime_recompute_w1::<P, B>(backend, key, &parts, &mut challenge_input) {
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

/// [`vartime_verify_internal`] on up to [`LANES`] signatures under one key, whose last hashes share their permutations.
/// The verdict of each; false where there is none.
pub(crate) fn vartime_verify_batch<'a, P: ParameterSet, B: Backend>(
    backend: B,
    key: &Expanded<P>,
    batch: impl Iterator<Item = (&'a Mu, &'a P::SignatureBytes)> + Clone,
) -> [bool; LANES] {
    let mut verdicts = [false; LANES];
    let mut inputs: [P::ChallengeInput; LANES] = core::array::from_fn(|_| P::ChallengeInput::ZEROED);
    for (((mu, signature), input), good) in batch.clone().zip(&mut inputs).zip(&mut verdicts) {
        let parts = SignatureParts::new::<P>(signature);
        *good = vartime_recompute_w1::<P, B>(backend, &mut key.public_key(backend), &parts, input);
        input.as_mut()[..MU_LEN].copy_from_slice(mu.as_bytes());
    }
    // Lanes without a signature, or with one that has failed already, are hashed too: it costs nothing.
    let messages: [[&[u8]; 1]; LANES] = core::array::from_fn(|i| [inputs[i].as_ref()]);
    let mut hashes = [[0u8; MAX_C_TILDE_LEN]; LANES];
    keccak_lanes::shake256_many(backend.keccak(), &messages, &mut hashes);
    for (((_, signature), hash), good) in batch.zip(&hashes).zip(&mut verdicts) {
        *good &= SignatureParts::new::<P>(signature).c_tilde == &hash[..P::C_TILDE_LEN];
    }
    verdicts
}

/// Lines 2 to 11 of algorithm 8: w1 of the signature, into `challenge_input` behind the room for mu. False if the signature
/// is malformed or z too long.
fn vartime_recompute_w1<P: ParameterSet, B: Backend>(
    backend: B,
    key: &mut impl PublicKey,
    parts: &SignatureParts<'_>,
    challenge_input: &mut P::ChallengeInput,
) -> bool {
    let mut hints = [HintPoly::default(); MAX_K];
    if !parts.vartime_hint_bit_unpack::<P>(&mut hints[..P::K]) {
        return false;
    }
    let mut poly = Poly([0; N]);
    let z = |j: usize, z: &mut Poly| unpack_mask(backend, P::GAMMA1, parts.z(j), z);
    for j in 0..P::L {
        z(j, &mut poly);
        if backend.norm_reaches(&poly, P::GAMMA1.value() - P::BETA) {
            return false;
        }
        key.load(j, &poly);
    }
    vartime_sample_in_ball(backend, P::TAU, parts.c_tilde, &mut poly);
    let mut c_hat = NttPoly([0; N]);
    ntt(backend, &poly, &mut c_hat);

    // w' = A·z − c·t1·2^d, its high parts corrected by the hints
    let mut w_hat = NttPoly([0; N]);
    let w1 = challenge_input.as_mut()[MU_LEN..].chunks_exact_mut(packed_len(P::GAMMA2.bits()));
    for (hint, w1) in hints.iter().zip(w1) {
        key.next_row(&c_hat, z, &mut w_hat);
        inv_ntt(backend, &w_hat, &mut poly);
        backend.use_hint(P::GAMMA2, hint, &mut poly);
        pack_w1(backend, P::GAMMA2, &poly, w1);
    }
    true
}

/// The largest K of the three sets.
const MAX_K: usize = 8;
/// The longest c̃ of the three sets.
const MAX_C_TILDE_LEN: usize = 64;
