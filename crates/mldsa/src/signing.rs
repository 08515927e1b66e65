//! Signing (FIPS 204, algorithms 2 and 7).

use crate::backend::Backend;
use crate::ct::{Reason, declassify, declassify_ref};
use crate::encoding::keys::PrivateKeyParts;
use crate::encoding::signature::SignatureWriter;
use crate::encoding::{pack_mask, pack_w1, unpack_secret, unpack_t0, unpack_w1};
use crate::ntt::{inv_ntt, ntt};
use crate::params::{Array, MU_LEN, N, ParameterSet, RHO_LEN, T0_BITS, packed_len};
use crate::poly::{NttPoly, Poly, Secret, wipe};
use crate::sampling::{ExpandA, ExpandMask, h, vartime_sample_in_ball};
use keccak_lanes::Chain;

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
        let mut nothing = Chain::new();
        for row in self.a_hat.as_mut().chunks_exact_mut(P::L) {
            row.copy_from_slice(rows.vartime_next_row(&mut nothing, (&[], false)));
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

/// What one attempt needs. Wiped when the signature is done.
struct Workspace<P: ParameterSet> {
    /// ŷ of this attempt.
    y_hat: P::NttL,
    /// w0, then w0 − c·s2.
    w0: P::PolyK,
    /// mu‖w1, w1 packed.
    challenge_input: P::ChallengeInput,
}

impl<P: ParameterSet> Drop for Workspace<P> {
    fn drop(&mut self) {
        use zeroize::Zeroize;
        self.y_hat.as_mut().iter_mut().for_each(Zeroize::zeroize);
        self.w0.as_mut().iter_mut().for_each(Zeroize::zeroize);
        wipe(self.challenge_input.as_mut());
    }
}

/// FIPS 204, Algorithm 7 (ML-DSA.Sign_internal), from line 7 on: mu is given.
#[inline(never)] // see `fill`
pub(crate) fn sign_internal<P: ParameterSet, B: Backend>(
    backend: B,
    key: &Expanded<P>,
    mu: &[u8; MU_LEN],
    rnd: &[u8; 32],
    signature: &mut P::SignatureBytes,
) {
    let mut rho_double_prime = [0u8; 64];
    h(backend, &[&key.k, rnd, mu], &mut rho_double_prime);
    let mut masks = ExpandMask::new(backend, P::GAMMA1, &rho_double_prime);
    wipe(&mut rho_double_prime);

    let mut writer = SignatureWriter::new::<P>(signature);
    let mut work = Workspace::<P> {
        y_hat: P::NttL::ZEROED,
        w0: P::PolyK::ZEROED,
        challenge_input: P::ChallengeInput::ZEROED,
    };
    work.challenge_input.as_mut()[..MU_LEN].copy_from_slice(mu);
    while !attempt(backend, key, &mut masks, &mut work, &mut writer) {}
}

/// The body of the rejection loop: true if the signature was accepted and written.
///
/// Each test is made as soon as it can be, polynomial by polynomial, the likeliest to reject first: a polynomial
/// of w0 − c·s2 rejects more often than one of z, by gamma1/gamma2: twice at 65 and 87, 1.4 times at 44.
fn attempt<P: ParameterSet, B: Backend>(
    backend: B,
    key: &Expanded<P>,
    masks: &mut ExpandMask<B>,
    work: &mut Workspace<P>,
    writer: &mut SignatureWriter<'_>,
) -> bool {
    let gamma2 = P::GAMMA2.value();
    let rejected = |reached: bool| declassify(reached, Reason::RejectedAttempt);
    let mut scratch = Secret::new([const { Poly([0; N]) }; 2]);
    let [poly, other] = &mut scratch.0;
    let mut scratch_hat = Secret::new([const { NttPoly([0; N]) }; 2]);
    let [product, t0_hat] = &mut scratch_hat.0;

    // y, w = A·y, its parts, and c̃ = H(mu‖w1)
    for y_hat in work.y_hat.as_mut() {
        masks.next(poly);
        ntt(backend, poly, y_hat);
    }
    let w1_len = packed_len(P::GAMMA2.bits());
    let rows = key.a_hat.as_ref().chunks_exact(P::L);
    let w1_bytes = work.challenge_input.as_mut()[MU_LEN..].chunks_exact_mut(w1_len);
    for ((row, w0), w1_bytes) in rows.zip(work.w0.as_mut()).zip(w1_bytes) {
        backend.dot(row, work.y_hat.as_ref(), None, product);
        inv_ntt(backend, product, w0);
        backend.decompose(P::GAMMA2, w0, other);
        pack_w1(backend, P::GAMMA2, other, w1_bytes);
    }
    let mut hash = Chain::new();
    masks.refill_beside(P::L, &mut hash, work.challenge_input.as_ref());
    hash.finish(backend.keccak(), work.challenge_input.as_ref(), writer.c_tilde());

    let c_tilde = declassify_ref(&*writer.c_tilde(), Reason::Challenge);
    vartime_sample_in_ball(backend, P::TAU, c_tilde, poly);
    let mut c_hat = NttPoly([0; N]);
    ntt(backend, poly, &mut c_hat);

    for (w0, s2_hat) in work.w0.as_mut().iter_mut().zip(key.s2_hat.as_ref()) {
        backend.mul(&c_hat, s2_hat, product);
        inv_ntt(backend, product, poly);
        backend.sub(w0, poly);
        if rejected(backend.norm_reaches(w0, gamma2 - P::BETA)) {
            return false;
        }
    }
    // z = y + c·s1, added before the inverse NTT
    for (j, (y_hat, s1_hat)) in work.y_hat.as_ref().iter().zip(key.s1_hat.as_ref()).enumerate() {
        backend.mul_add(&c_hat, s1_hat, y_hat, product);
        inv_ntt(backend, product, poly);
        if rejected(backend.norm_reaches(poly, P::GAMMA1.value() - P::BETA)) {
            return false;
        }
        pack_mask(backend, P::GAMMA1, poly, writer.z(j));
    }
    writer.clear_hints();
    let t0_bytes = key.t0.as_ref().chunks_exact(packed_len(T0_BITS));
    let w1_bytes = work.challenge_input.as_ref()[MU_LEN..].chunks_exact(w1_len);
    for (i, ((w0, t0_bytes), w1_bytes)) in work.w0.as_mut().iter_mut().zip(t0_bytes).zip(w1_bytes).enumerate()
    {
        unpack_t0(backend, t0_bytes, poly);
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
