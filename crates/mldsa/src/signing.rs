//! Signing (FIPS 204, algorithms 2 and 7).

#[cfg(test)]
mod wiping;

use crate::backend::Backend;
use crate::ct::{Reason, declassify, declassify_ref};
use crate::encoding::keys::PrivateKeyParts;
use crate::encoding::signature::SignatureWriter;
use crate::encoding::{pack_mask, pack_w1, unpack_secret, unpack_t0, unpack_w1};
use crate::fault::{self, Site};
use crate::matrix::{Kept, Matrix, Product};
use crate::ntt::{inv_ntt, ntt};
use crate::params::{Array, Gamma1, MU_LEN, N, ParameterSet, RHO_LEN, T0_BITS, packed_len};
use crate::poly::{NttPoly, Poly, Secret, wipe, wipe_spills};
use crate::sampling::{Beside, ElementOfA, ExpandA, ExpandMask, h, vartime_sample_in_ball};
use crate::schedule::{Fast, Schedule, Small};
use keccak_lanes::{InterleavedShake, RATE256};

/// Lines 1 to 5 of algorithm 7, done once for many signatures: the private key decoded, in NTT form, with Â.
#[derive(Clone)]
pub(crate) struct Expanded<P: ParameterSet> {
    k: [u8; RHO_LEN],
    pub(crate) tr: [u8; MU_LEN],
    a_hat: P::Matrix,
    s1_hat: P::NttL,
    s2_hat: P::NttK,
    /// Packed: it is used once a signature, in the last attempt, and 416 bytes are less to keep than 1 KiB.
    t0: P::T0Bytes,
}

impl<P: ParameterSet> Expanded<P> {
    /// Room for a key. Filled by [`fill`](Self::fill): in place, as 61 KiB had better not be moved.
    pub(crate) const EMPTY: Self = Self {
        k: [0; RHO_LEN],
        tr: [0; MU_LEN],
        a_hat: P::Matrix::ZEROED,
        s1_hat: P::NttL::ZEROED,
        s2_hat: P::NttK::ZEROED,
        t0: P::T0Bytes::ZEROED,
    };

    #[inline(never)] // so that its stack and that of the attempts are not held together
    pub(crate) fn fill<B: Backend>(&mut self, backend: B, sk: &P::SigningKeyBytes) {
        let parts = PrivateKeyParts::new::<P>(sk);
        self.k = *parts.k;
        self.tr = *parts.tr;
        let mut secret = Secret::new([Poly([0; N])]);
        let poly = &mut secret.0[0];
        for (j, s1_hat) in self.s1_hat.as_mut().iter_mut().enumerate() {
            unpack_secret(backend, P::ETA, parts.s1(j), poly);
            ntt(backend, poly, s1_hat);
        }
        for (i, s2_hat) in self.s2_hat.as_mut().iter_mut().enumerate() {
            unpack_secret(backend, P::ETA, parts.s2(i), poly);
            ntt(backend, poly, s2_hat);
        }
        self.t0.as_mut().copy_from_slice(parts.t0);
        let rho = declassify_ref(parts.rho, Reason::PublicSeed);
        let mut rows = ExpandA::<P, B>::new(backend, rho);
        for row in self.a_hat.as_mut().chunks_exact_mut(P::L) {
            row.copy_from_slice(rows.vartime_next_row(Beside::NOTHING));
        }
    }
}

impl<P: ParameterSet> Drop for Expanded<P> {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        wipe(&mut self.k);
        self.s1_hat.as_mut().iter_mut().for_each(Zeroize::zeroize);
        self.s2_hat.as_mut().iter_mut().for_each(Zeroize::zeroize);
        wipe(self.t0.as_mut());
    }
}

/// Where an attempt takes y, w = A·y, s1, s2 and t0 from: kept in NTT form ([`Held`]), or made from the private key each time
/// ([`Remade`]).
trait Material<P: ParameterSet, B: Backend> {
    /// Lines 11 and 12: y of the next attempt, and w = A·y. Out: |w| ≤ (q − 1)/2.
    fn commit(&mut self, scratch: &mut Scratch, w: &mut P::PolyK);

    /// While `hash` goes on over `message`, which is complete: what the next attempt needs, if that costs next to nothing.
    fn prepare_beside(&mut self, hash: &mut InterleavedShake<RATE256>, message: &[u8]);

    /// NTT(s2\[i\]), |ŝ2| < 10q: kept, or made by way of `poly` in `room`.
    fn s2_hat<'a>(&'a self, i: usize, poly: &mut Poly, room: &'a mut NttPoly) -> &'a NttPoly;

    /// z\[j\] = y\[j\] + c·s1\[j\], into `scratch.poly`. In: |ĉ| < 10q.
    fn z(&mut self, j: usize, c_hat: &NttPoly, scratch: &mut Scratch);

    /// The packed t0\[i\].
    fn t0(&self, i: usize) -> &[u8];
}

/// An expanded key, and ŷ.
struct Held<'k, P: ParameterSet, B: Backend> {
    backend: B,
    key: &'k Expanded<P>,
    masks: ExpandMask<B, Fast>,
    /// Â and ŷ of this attempt.
    product: Kept<P, B, Matrix<'k, P>>,
}

impl<P: ParameterSet, B: Backend> Material<P, B> for Held<'_, P, B> {
    #[inline]
    fn commit(&mut self, scratch: &mut Scratch, w: &mut P::PolyK) {
        for j in 0..P::L {
            self.masks.next(&mut scratch.poly);
            self.product.load(j, &scratch.poly);
        }
        for (i, w) in w.as_mut().iter_mut().enumerate() {
            self.product.row(i, |_, _| (), None, Beside::NOTHING, &mut scratch.product);
            inv_ntt(self.backend, &scratch.product, w);
        }
    }

    #[inline]
    fn prepare_beside(&mut self, hash: &mut InterleavedShake<RATE256>, message: &[u8]) {
        self.masks.refill_beside(P::L, hash, message);
    }

    #[inline]
    fn s2_hat<'a>(&'a self, i: usize, _: &mut Poly, _: &'a mut NttPoly) -> &'a NttPoly {
        &self.key.s2_hat.as_ref()[i]
    }

    /// Added before the inverse NTT.
    #[inline]
    fn z(&mut self, j: usize, c_hat: &NttPoly, scratch: &mut Scratch) {
        let (s1_hat, y_hat) = (&self.key.s1_hat.as_ref()[j], &self.product.v_hat.as_ref()[j]);
        self.backend.mul_add(c_hat, s1_hat, y_hat, &mut scratch.product);
        inv_ntt(self.backend, &scratch.product, &mut scratch.poly);
    }

    #[inline]
    fn t0(&self, i: usize) -> &[u8] {
        let len = packed_len(T0_BITS);
        &self.key.t0.as_ref()[i * len..(i + 1) * len]
    }
}

/// A private key as it is encoded. Each attempt makes Â again, one polynomial at a time, and those of y twice.
struct Remade<'k, P: ParameterSet, B: Backend> {
    backend: B,
    key: PrivateKeyParts<'k>,
    masks: ExpandMask<B, Small>,
    a: ElementOfA<'k, P, B>,
    /// Number of the next attempt's first mask polynomial.
    kappa: usize,
}

impl<P: ParameterSet, B: Backend> Material<P, B> for Remade<'_, P, B> {
    /// Column by column, so that each polynomial of y is made once. The sums lie where w will be.
    #[inline(never)] // so that its stack and that of the rest are not held together
    fn commit(&mut self, scratch: &mut Scratch, w: &mut P::PolyK) {
        let w = w.as_mut();
        w.iter_mut().for_each(|w| w.0.fill(0));
        self.masks.seek(self.kappa);
        self.kappa += P::L;
        for j in 0..P::L {
            self.masks.next(&mut scratch.poly);
            ntt(self.backend, &scratch.poly, &mut scratch.product);
            for (i, w) in w.iter_mut().enumerate() {
                self.backend.accumulate(self.a.vartime_element(i, j), &scratch.product, &mut w.0);
            }
        }
        for w in w {
            scratch.product.0 = w.0;
            inv_ntt(self.backend, &scratch.product, w);
        }
    }

    /// Nothing is made in advance.
    #[inline]
    fn prepare_beside(&mut self, _: &mut InterleavedShake<RATE256>, _: &[u8]) {}

    #[inline]
    fn s2_hat<'a>(&'a self, i: usize, poly: &mut Poly, room: &'a mut NttPoly) -> &'a NttPoly {
        unpack_secret(self.backend, P::ETA, self.key.s2(i), poly);
        ntt(self.backend, poly, room);
        room
    }

    /// y is added after the inverse NTT: it comes without one.
    #[inline]
    fn z(&mut self, j: usize, c_hat: &NttPoly, scratch: &mut Scratch) {
        let Scratch { poly, other, product, room } = scratch;
        unpack_secret(self.backend, P::ETA, self.key.s1(j), poly);
        ntt(self.backend, poly, room);
        self.backend.mul(c_hat, room, product);
        inv_ntt(self.backend, product, poly);
        self.masks.seek(self.kappa - P::L + j);
        self.masks.next(other);
        self.backend.add(poly, other);
    }

    #[inline]
    fn t0(&self, i: usize) -> &[u8] {
        self.key.t0(i)
    }
}

/// Polynomials for passing use. Wiped when the signature is done.
struct Scratch {
    poly: Poly,
    other: Poly,
    product: NttPoly,
    room: NttPoly,
}

/// What one attempt needs. Wiped when the signature is done.
struct Workspace<P: ParameterSet> {
    /// w, then w0, then w0 − c·s2.
    w0: P::PolyK,
    /// mu‖w1, w1 packed.
    challenge_input: P::ChallengeInput,
    scratch: Scratch,
}

impl<P: ParameterSet> Drop for Workspace<P> {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        self.w0.as_mut().iter_mut().for_each(Zeroize::zeroize);
        wipe(self.challenge_input.as_mut());
        let Scratch { poly, other, product, room } = &mut self.scratch;
        poly.zeroize();
        other.zeroize();
        product.zeroize();
        room.zeroize();
    }
}

/// Signs with an expanded key.
#[inline(never)] // see `fill`
pub(crate) fn sign_expanded<P: ParameterSet, B: Backend>(
    backend: B,
    key: &Expanded<P>,
    mu: &[u8; MU_LEN],
    rnd: &[u8; 32],
    signature: &mut P::SignatureBytes,
) {
    let mut held = Held {
        backend,
        key,
        masks: masks(backend, P::GAMMA1, &key.k, rnd, mu),
        product: Kept::new(backend, Matrix(&key.a_hat)),
    };
    sign_internal(backend, &mut held, mu, signature);
}

/// Signs with an encoded key, in little stack.
#[inline(never)] // see `fill`
pub(crate) fn sign_small<P: ParameterSet, B: Backend>(
    backend: B,
    sk: &P::SigningKeyBytes,
    mu: &[u8; MU_LEN],
    rnd: &[u8; 32],
    signature: &mut P::SignatureBytes,
) {
    let key = PrivateKeyParts::new::<P>(sk);
    let mut remade = Remade::<P, B> {
        backend,
        masks: masks(backend, P::GAMMA1, key.k, rnd, mu),
        a: ElementOfA::new(backend, declassify_ref(key.rho, Reason::PublicSeed)),
        key,
        kappa: 0,
    };
    sign_internal(backend, &mut remade, mu, signature);
}

/// Line 7: rho'' = H(K‖rnd‖mu), and the masks that follow from it.
#[inline]
fn masks<B: Backend, S: Schedule>(
    backend: B,
    gamma1: Gamma1,
    k: &[u8; RHO_LEN],
    rnd: &[u8; 32],
    mu: &[u8; MU_LEN],
) -> ExpandMask<B, S> {
    let mut rho_double_prime = [0u8; 64];
    h(backend, &[k, rnd, mu], &mut rho_double_prime);
    let masks = ExpandMask::new(backend, gamma1, &rho_double_prime);
    wipe(&mut rho_double_prime);
    masks
}

/// After so many attempts signing gives up: FIPS 204, appendix C, which has computed that a correct machine needs more with
/// a probability below 2^−256. A machine with a flipped bit in ŝ1 or ŝ2 would reject for ever.
const MAX_ATTEMPTS: usize = 814;

/// FIPS 204, Algorithm 7 (ML-DSA.Sign_internal), from line 8 on. Where [`MAX_ATTEMPTS`] are not enough the signature is all
/// zeros: z = gamma1 in each coefficient, which no verifier takes.
fn sign_internal<P: ParameterSet, B: Backend>(
    backend: B,
    material: &mut impl Material<P, B>,
    mu: &[u8; MU_LEN],
    signature: &mut P::SignatureBytes,
) {
    let mut writer = SignatureWriter::new::<P>(signature);
    let mut work = Workspace::<P> {
        w0: P::PolyK::ZEROED,
        challenge_input: P::ChallengeInput::ZEROED,
        scratch: Scratch {
            poly: Poly([0; N]),
            other: Poly([0; N]),
            product: NttPoly([0; N]),
            room: NttPoly([0; N]),
        },
    };
    work.challenge_input.as_mut()[..MU_LEN].copy_from_slice(mu);
    if !(0..MAX_ATTEMPTS).any(|_| attempt(backend, material, &mut work, &mut writer)) {
        writer.bytes.fill(0);
    }
    fault::point(Site::Signature, &mut *writer.bytes);
    wipe_spills();
}

/// The body of the rejection loop: true if the signature was accepted and written.
///
/// Each test is made as soon as it can be, polynomial by polynomial, the likeliest to reject first: a polynomial
/// of w0 − c·s2 rejects more often than one of z, by gamma1/gamma2: twice at 65 and 87, 1.4 times at 44.
fn attempt<P: ParameterSet, B: Backend>(
    backend: B,
    material: &mut impl Material<P, B>,
    work: &mut Workspace<P>,
    writer: &mut SignatureWriter<'_>,
) -> bool {
    let gamma2 = P::GAMMA2.value();
    let rejected = |reached: bool| declassify(reached, Reason::RejectedAttempt);
    let Workspace { w0, challenge_input, scratch } = work;

    // y, w = A·y, its parts, and c̃ = H(mu‖w1)
    material.commit(scratch, w0);
    let Scratch { poly, other, .. } = scratch;
    let w1_len = packed_len(P::GAMMA2.bits());
    let w1_bytes = challenge_input.as_mut()[MU_LEN..].chunks_exact_mut(w1_len);
    for (w0, w1_bytes) in w0.as_mut().iter_mut().zip(w1_bytes) {
        backend.decompose(P::GAMMA2, w0, other);
        pack_w1(backend, P::GAMMA2, other, w1_bytes);
    }
    let mut hash = InterleavedShake::new();
    material.prepare_beside(&mut hash, challenge_input.as_ref());
    hash.finish(backend.keccak(), challenge_input.as_ref(), writer.c_tilde());
    fault::point(Site::CTilde, writer.c_tilde());

    let c_tilde = declassify_ref(&*writer.c_tilde(), Reason::Challenge);
    vartime_sample_in_ball(backend, P::TAU, c_tilde, poly);
    let mut c_hat = NttPoly([0; N]);
    ntt(backend, poly, &mut c_hat);

    for (i, w0) in w0.as_mut().iter_mut().enumerate() {
        let Scratch { poly, product, room, .. } = scratch;
        backend.mul(&c_hat, material.s2_hat(i, poly, room), product);
        inv_ntt(backend, product, poly);
        backend.sub(w0, poly);
        if rejected(backend.norm_reaches(w0, gamma2 - P::BETA)) {
            return false;
        }
    }
    for j in 0..P::L {
        material.z(j, &c_hat, scratch);
        if rejected(backend.norm_reaches(&scratch.poly, P::GAMMA1.value() - P::BETA)) {
            return false;
        }
        pack_mask(backend, P::GAMMA1, &scratch.poly, writer.z(j));
    }
    let Scratch { poly, other, product, room: t0_hat } = scratch;
    writer.clear_hints();
    let w1_bytes = challenge_input.as_ref()[MU_LEN..].chunks_exact(w1_len);
    for (i, (w0, w1_bytes)) in w0.as_mut().iter_mut().zip(w1_bytes).enumerate() {
        unpack_t0(backend, material.t0(i), poly);
        ntt(backend, poly, t0_hat);
        backend.mul(&c_hat, t0_hat, product);
        inv_ntt(backend, product, poly);
        if rejected(backend.norm_reaches(poly, gamma2)) {
            return false;
        }
        backend.add(w0, poly);
        unpack_w1(backend, P::GAMMA2, w1_bytes, other);
        let hint = declassify(backend.make_hint(P::GAMMA2, w0, other), Reason::RejectedAttempt);
        if !writer.vartime_hint_bit_pack(i, &hint) {
            return false;
        }
    }
    declassify_ref(&*writer.bytes, Reason::Signature);
    true
}
