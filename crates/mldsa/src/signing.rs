//! Signing (FIPS 204, algorithms 2 and 7).

mod key_source;
#[cfg(test)]
mod rejections;
#[cfg(test)]
mod wiping;

pub(crate) use key_source::{Expanded, SmallMemory};

use crate::backend::Backend;
use crate::ct::{Reason, declassify, declassify_ref};
use crate::encoding::signature::SignatureWriter;
use crate::encoding::{pack_mask, pack_w1, unpack_t0, unpack_w1};
use crate::fault::{self, Site};
use crate::ntt::{inv_ntt, ntt};
use crate::params::{Array, MU_LEN, N, ParameterSet, packed_len};
use crate::poly::{NttPoly, Poly, UniformPoly, wipe, wipe_spills};
use crate::sampling::vartime_sample_in_ball;
use keccak_lanes::InterleavedShake;
use key_source::{ExpandedKeySource, KeySource, StreamingKeySource};
use zeroize::Zeroize;

/// Signs with an expanded key.
#[inline(never)] // see `Expanded::fill`
pub(crate) fn sign_expanded<P: ParameterSet, B: Backend>(
    backend: B,
    key: &Expanded<P>,
    mu: &[u8; MU_LEN],
    rnd: &[u8; 32],
    signature: &mut P::SignatureBytes,
) {
    let mut key = ExpandedKeySource::new(backend, key, mu, rnd);
    sign_internal(backend, &mut key, mu, signature, &mut { Workspace::NEW });
}

/// Signs with an encoded key, on a small stack. Keeps as many polynomials of Â as `kept` has for further attempts.
#[inline(never)] // see `Expanded::fill`
pub(crate) fn sign_small<P: ParameterSet, B: Backend>(
    backend: B,
    sk: &P::SigningKeyBytes,
    mu: &[u8; MU_LEN],
    rnd: &[u8; 32],
    signature: &mut P::SignatureBytes,
    memory: &mut SmallMemory<P>,
    kept: &mut [UniformPoly],
) {
    let SmallMemory { work, bytes } = memory;
    let mut key = StreamingKeySource::<P, B>::new(backend, sk, bytes, kept);
    key.start(mu, rnd);
    sign_internal(backend, &mut key, mu, signature, work);
}

/// The number of attempts after which signing gives up. FIPS 204, appendix C: a correct implementation needs more with
/// a probability below 2^−256. With a flipped bit in ŝ1 or ŝ2, every attempt would be rejected.
const MAX_ATTEMPTS: usize = 814;

/// FIPS 204, Algorithm 7 (ML-DSA.Sign_internal), from line 8 on.
///
/// If [`MAX_ATTEMPTS`] are not enough, the signature is all zeros: z = gamma1 in each coefficient, which every verifier
/// rejects. Wipes `work`.
fn sign_internal<P: ParameterSet, B: Backend>(
    backend: B,
    key: &mut impl KeySource<P, B>,
    mu: &[u8; MU_LEN],
    signature: &mut P::SignatureBytes,
    work: &mut Workspace<P>,
) {
    let mut writer = SignatureWriter::new::<P>(signature);
    work.challenge_input.as_mut()[..MU_LEN].copy_from_slice(mu);
    if !(0..MAX_ATTEMPTS).any(|_| attempt(backend, key, work, &mut writer).is_ok()) {
        writer.bytes.fill(0);
    }
    fault::point(Site::Signature, &mut *writer.bytes);
    work.zeroize();
    wipe_spills();
}

/// Scratch polynomials.
struct Scratch {
    poly: Poly,
    other: Poly,
    product: NttPoly,
    /// A polynomial of s1, s2 or t0 in NTT form.
    secret_hat: NttPoly,
}

/// The memory of the attempts. [`sign_internal`] wipes it.
pub(crate) struct Workspace<P: ParameterSet> {
    /// w, then w0, then w0 − c·s2, then w0 − c·s2 + c·t0.
    w0: P::PolyK,
    /// mu‖w1, w1 packed.
    challenge_input: P::ChallengeInput,
    c_hat: NttPoly,
    scratch: Scratch,
}

impl<P: ParameterSet> Workspace<P> {
    const NEW: Self = Self {
        w0: P::PolyK::ZEROED,
        challenge_input: P::ChallengeInput::ZEROED,
        c_hat: NttPoly([0; N]),
        scratch: Scratch {
            poly: Poly([0; N]),
            other: Poly([0; N]),
            product: NttPoly([0; N]),
            secret_hat: NttPoly([0; N]),
        },
    };
}

impl<P: ParameterSet> Zeroize for Workspace<P> {
    fn zeroize(&mut self) {
        let Self { w0, challenge_input, c_hat, scratch } = self;
        w0.as_mut().iter_mut().for_each(Zeroize::zeroize);
        wipe(challenge_input.as_mut());
        c_hat.zeroize();
        let Scratch { poly, other, product, secret_hat } = scratch;
        poly.zeroize();
        other.zeroize();
        product.zeroize();
        secret_hat.zeroize();
    }
}

/// The conditions under which algorithm 7 rejects an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rejection {
    /// Line 23: ‖r0‖∞ ≥ gamma2 − beta. The low bits of w − c·s2 are too large.
    LowBits,
    /// Line 23: ‖z‖∞ ≥ gamma1 − beta. The response z = y + c·s1 is too large.
    Response,
    /// Line 28: ‖c·t0‖∞ ≥ gamma2. Possible at ML-DSA-44 only: at 65 and 87, tau·2^12 < gamma2.
    T0Product,
    /// Line 28: the number of ones in h is greater than omega.
    HintCount,
}

/// The body of the rejection loop, lines 11 to 30: `Ok` if the signature was accepted and written.
///
/// Each condition is checked as soon as possible, polynomial by polynomial, and the most likely one first: a polynomial of
/// w0 − c·s2 is rejected more often than one of z, by the factor gamma1/gamma2: twice as often at 65 and 87, and 1.4 times
/// at 44.
fn attempt<P: ParameterSet, B: Backend>(
    backend: B,
    key: &mut impl KeySource<P, B>,
    work: &mut Workspace<P>,
    writer: &mut SignatureWriter<'_>,
) -> Result<(), Rejection> {
    key.commit(&mut work.scratch, &mut work.w0);
    challenge(backend, key, work, writer);
    subtract_cs2(backend, key, work)?;
    respond(backend, key, work, writer)?;
    hint(backend, key, work, writer)?;
    declassify_ref(&*writer.bytes, Reason::Signature);
    Ok(())
}

/// Lines 13 to 17: w1 = HighBits(w), the commitment hash c̃ = H(mu‖w1Encode(w1)), and ĉ = NTT(SampleInBall(c̃)),
/// which it stores. Leaves w0 = LowBits(w) in `work.w0`.
#[inline]
fn challenge<P: ParameterSet, B: Backend>(
    backend: B,
    key: &mut impl KeySource<P, B>,
    work: &mut Workspace<P>,
    writer: &mut SignatureWriter<'_>,
) {
    let Workspace { w0, challenge_input, c_hat, scratch: Scratch { poly, other, .. } } = work;
    let w1_bytes = challenge_input.as_mut()[MU_LEN..].chunks_exact_mut(packed_len(P::GAMMA2.bits()));
    for (w0, w1_bytes) in w0.as_mut().iter_mut().zip(w1_bytes) {
        backend.decompose(P::GAMMA2, w0, other);
        pack_w1(backend, P::GAMMA2, other, w1_bytes);
    }
    let mut hash = InterleavedShake::new();
    key.prepare_next_attempt(&mut hash, challenge_input.as_ref());
    hash.finish(backend.keccak(), challenge_input.as_ref(), writer.c_tilde());
    fault::point(Site::CTilde, writer.c_tilde());

    let c_tilde = declassify_ref(&*writer.c_tilde(), Reason::Challenge);
    vartime_sample_in_ball(backend, P::TAU, c_tilde, poly);
    ntt(backend, poly, c_hat);
}

/// Lines 19, 21 and 23: r0 = LowBits(w − c·s2). Leaves w0 − c·s2 in `work.w0`, which is r0 if the norm is below the bound.
#[inline]
fn subtract_cs2<P: ParameterSet, B: Backend>(
    backend: B,
    key: &mut impl KeySource<P, B>,
    work: &mut Workspace<P>,
) -> Result<(), Rejection> {
    let Workspace { w0, c_hat, scratch: Scratch { poly, product, secret_hat, .. }, .. } = work;
    for (i, w0) in w0.as_mut().iter_mut().enumerate() {
        backend.mul(c_hat, key.s2_hat(i, poly, secret_hat), product);
        inv_ntt(backend, product, poly);
        backend.sub(w0, poly);
        reject_if(backend.norm_reaches(w0, P::GAMMA2.value() - P::BETA), Rejection::LowBits)?;
    }
    Ok(())
}

/// Lines 18, 20 and 23: the response z = y + c·s1, written to the signature.
#[inline]
fn respond<P: ParameterSet, B: Backend>(
    backend: B,
    key: &mut impl KeySource<P, B>,
    work: &mut Workspace<P>,
    writer: &mut SignatureWriter<'_>,
) -> Result<(), Rejection> {
    for j in 0..P::L {
        key.z(j, &work.c_hat, &mut work.scratch);
        let z = &work.scratch.poly;
        reject_if(backend.norm_reaches(z, P::GAMMA1.value() - P::BETA), Rejection::Response)?;
        pack_mask(backend, P::GAMMA1, z, writer.z(j));
    }
    Ok(())
}

/// Lines 25 to 28: c·t0 and the hint h = MakeHint(−c·t0, w − c·s2 + c·t0), written to the signature.
#[inline]
fn hint<P: ParameterSet, B: Backend>(
    backend: B,
    key: &mut impl KeySource<P, B>,
    work: &mut Workspace<P>,
    writer: &mut SignatureWriter<'_>,
) -> Result<(), Rejection> {
    let Workspace { w0, challenge_input, c_hat, scratch } = work;
    let Scratch { poly, other, product, secret_hat: t0_hat } = scratch;
    writer.clear_hints();
    let w1_bytes = challenge_input.as_ref()[MU_LEN..].chunks_exact(packed_len(P::GAMMA2.bits()));
    for (i, (w0, w1_bytes)) in w0.as_mut().iter_mut().zip(w1_bytes).enumerate() {
        unpack_t0(backend, key.t0(i), poly);
        ntt(backend, poly, t0_hat);
        backend.mul(c_hat, t0_hat, product);
        inv_ntt(backend, product, poly);
        reject_if(backend.norm_reaches(poly, P::GAMMA2.value()), Rejection::T0Product)?;
        backend.add(w0, poly);
        unpack_w1(backend, P::GAMMA2, w1_bytes, other);
        let hint = declassify(backend.make_hint(P::GAMMA2, w0, other), Reason::RejectedAttempt);
        if !writer.vartime_hint_bit_pack(i, &hint) {
            return Err(Rejection::HintCount);
        }
    }
    Ok(())
}

/// Declassifies the result of a norm check.
#[inline(always)]
fn reject_if(bound_reached: bool, rejection: Rejection) -> Result<(), Rejection> {
    if declassify(bound_reached, Reason::RejectedAttempt) { Err(rejection) } else { Ok(()) }
}
