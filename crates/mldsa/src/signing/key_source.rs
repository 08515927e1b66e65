//! The private key as the rejection loop uses it: expanded once for many attempts, or decoded again in each attempt.

use super::{Scratch, Workspace};
use crate::backend::Backend;
use crate::ct::{Reason, declassify_ref};
use crate::encoding::keys::PrivateKeyParts;
use crate::encoding::unpack_secret;
use crate::matrix::{CachedVector, Matrix, Product};
use crate::ntt::{inv_ntt, ntt};
use crate::params::{Array, MU_LEN, N, ParameterSet, RHO_LEN, T0_BITS, packed_len};
use crate::poly::{NttPoly, Poly, Secret, UNIFORM_LEN, UniformPoly, wipe};
use crate::sampling::{ExpandMask, OneByOne, PiggybackHash, RidingHash, h, vartime_expand_a};
use keccak_lanes::{InterleavedShake, RATE256};

/// Lines 1 to 5 of algorithm 7, done once for many signatures: the private key decoded, in NTT form, with Â.
#[derive(Clone)]
pub(crate) struct Expanded<P: ParameterSet> {
    pub(super) k: [u8; RHO_LEN],
    pub(crate) tr: [u8; MU_LEN],
    a_hat: P::Matrix,
    pub(super) s1_hat: P::NttL,
    pub(super) s2_hat: P::NttK,
    /// Packed: each signature uses it once, in its last attempt, and 416 bytes take less memory than 1 KiB.
    pub(super) t0: P::T0Bytes,
}

impl<P: ParameterSet> Expanded<P> {
    /// Memory for a key. [`fill`](Self::fill) fills it in place to avoid a 61 KiB move.
    pub(crate) const EMPTY: Self = Self {
        k: [0; RHO_LEN],
        tr: [0; MU_LEN],
        a_hat: P::Matrix::ZEROED,
        s1_hat: P::NttL::ZEROED,
        s2_hat: P::NttK::ZEROED,
        t0: P::T0Bytes::ZEROED,
    };

    #[inline(never)] // so that its stack frame does not add to that of the attempts
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
        vartime_expand_a::<P, B>(backend, rho, RidingHash::None, PiggybackHash::NONE, &mut self.a_hat);
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

/// The source of y, w = A·y, s1, s2 and t0 for an attempt: stored in NTT form ([`ExpandedKeySource`]), or computed from the
/// encoded private key in each attempt ([`StreamingKeySource`]).
pub(super) trait KeySource<P: ParameterSet, B: Backend> {
    /// Lines 11 and 12: y of the next attempt, and w = A·y. Out: |w| ≤ (q − 1)/2.
    fn commit(&mut self, scratch: &mut Scratch, w: &mut P::PolyK);

    /// While `hash` absorbs `message`, which is complete: computes values for the next attempt, if that is nearly free.
    fn prepare_next_attempt(&mut self, hash: &mut InterleavedShake<RATE256>, message: &[u8]);

    /// Returns NTT(s2\[i\]), |ŝ2| < 10q: the stored value, or the value computed into `s2_hat` by way of `poly`.
    fn s2_hat<'a>(&'a self, i: usize, poly: &mut Poly, s2_hat: &'a mut NttPoly) -> &'a NttPoly;

    /// Lines 18 and 20: z\[j\] = y\[j\] + c·s1\[j\], into `scratch.poly`. In: |ĉ| < 10q.
    fn z(&mut self, j: usize, c_hat: &NttPoly, scratch: &mut Scratch);

    /// Returns the packed t0\[i\].
    fn t0(&self, i: usize) -> &[u8];
}

/// An expanded key, and ŷ of the current attempt.
pub(super) struct ExpandedKeySource<'k, P: ParameterSet, B: Backend> {
    backend: B,
    key: &'k Expanded<P>,
    masks: ExpandMask<B>,
    /// Â and ŷ of this attempt.
    product: CachedVector<P, B, Matrix<'k, P>>,
}

impl<'k, P: ParameterSet, B: Backend> ExpandedKeySource<'k, P, B> {
    #[inline]
    pub(super) fn new(backend: B, key: &'k Expanded<P>, mu: &[u8; MU_LEN], rnd: &[u8; 32]) -> Self {
        let mut rho_double_prime = [0u8; 64];
        h(backend, &[&key.k, rnd, mu], &mut rho_double_prime);
        let masks = ExpandMask::new(backend, P::GAMMA1, &rho_double_prime);
        wipe(&mut rho_double_prime);
        Self { backend, key, masks, product: CachedVector::new(backend, Matrix(&key.a_hat)) }
    }
}

impl<P: ParameterSet, B: Backend> KeySource<P, B> for ExpandedKeySource<'_, P, B> {
    #[inline]
    fn commit(&mut self, scratch: &mut Scratch, w: &mut P::PolyK) {
        for j in 0..P::L {
            self.masks.next(&mut scratch.poly);
            self.product.load(j, &scratch.poly);
        }
        for (i, w) in w.as_mut().iter_mut().enumerate() {
            self.product.row_minus(i, None, PiggybackHash::NONE, &mut scratch.product);
            inv_ntt(self.backend, &scratch.product, w);
        }
    }

    #[inline]
    fn prepare_next_attempt(&mut self, hash: &mut InterleavedShake<RATE256>, message: &[u8]) {
        self.masks.refill_with_hash(P::L, hash, message);
    }

    #[inline]
    fn s2_hat<'a>(&'a self, i: usize, _: &mut Poly, _: &'a mut NttPoly) -> &'a NttPoly {
        &self.key.s2_hat.as_ref()[i]
    }

    /// Adds y before the inverse NTT: NTT^−1(ŷ + ĉ∘ŝ1).
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

/// The memory of signing with a [`StreamingKeySource`].
pub(crate) struct SmallMemory<P: ParameterSet> {
    pub(super) work: Workspace<P>,
    pub(super) bytes: UniformPoly,
}

impl<P: ParameterSet> SmallMemory<P> {
    pub(crate) const NEW: Self = Self { work: Workspace::NEW, bytes: UniformPoly([0; UNIFORM_LEN]) };
}

/// An encoded private key. Each attempt expands each polynomial of y twice, and Â again, one polynomial at a time, except the
/// polynomials that it keeps. Wiped on drop.
pub(super) struct StreamingKeySource<'k, P: ParameterSet, B: Backend> {
    backend: B,
    key: PrivateKeyParts<'k>,
    rho_double_prime: [u8; 64],
    sampler: OneByOne<'k, B>,
    /// Memory for the first polynomials of Â in the order of [`commit`](KeySource::commit).
    kept: &'k mut [UniformPoly],
    /// How many of them are expanded.
    filled: usize,
    /// The number of the first mask polynomial of the next attempt.
    kappa: usize,
    _parameters: core::marker::PhantomData<P>,
}

impl<'k, P: ParameterSet, B: Backend> StreamingKeySource<'k, P, B> {
    #[inline]
    pub(super) fn new(
        backend: B,
        sk: &'k P::SigningKeyBytes,
        bytes: &'k mut UniformPoly,
        kept: &'k mut [UniformPoly],
    ) -> Self {
        Self {
            backend,
            rho_double_prime: [0; 64],
            sampler: OneByOne::new(backend, bytes),
            key: PrivateKeyParts::new::<P>(sk),
            kept,
            filled: 0,
            kappa: 0,
            _parameters: core::marker::PhantomData,
        }
    }

    /// Line 7: rho'' = H(K‖rnd‖mu). In place: moving the source after this would leave a copy behind.
    #[inline]
    pub(super) fn start(&mut self, mu: &[u8; MU_LEN], rnd: &[u8; 32]) {
        h(self.backend, &[self.key.k, rnd, mu], &mut self.rho_double_prime);
    }

    /// Â\[i\]\[j\]. The first attempt asks for every polynomial, column by column.
    #[inline]
    fn vartime_a(&mut self, i: usize, j: usize) -> &UniformPoly {
        let rho = declassify_ref(self.key.rho, Reason::PublicSeed);
        let number = j * P::K + i;
        match self.kept.get_mut(number) {
            Some(kept) => {
                if number == self.filled {
                    self.sampler.vartime_a_into::<P>(rho, i, j, kept);
                    self.filled += 1;
                }
                kept
            }
            None => self.sampler.vartime_a::<P>(rho, i, j),
        }
    }

    /// Polynomial kappa of y.
    #[inline]
    fn mask(&mut self, kappa: usize, y: &mut Poly) {
        self.sampler.mask(P::GAMMA1, &self.rho_double_prime, kappa, y);
    }
}

impl<P: ParameterSet, B: Backend> Drop for StreamingKeySource<'_, P, B> {
    fn drop(&mut self) {
        wipe(&mut self.rho_double_prime);
    }
}

impl<P: ParameterSet, B: Backend> KeySource<P, B> for StreamingKeySource<'_, P, B> {
    /// Column by column, so that each polynomial of y is expanded once. The sums are stored in `w`.
    #[inline(never)] // so that its stack frame does not add to that of the other steps
    fn commit(&mut self, scratch: &mut Scratch, w: &mut P::PolyK) {
        let w = w.as_mut();
        w.iter_mut().for_each(|w| w.0.fill(0));
        for j in 0..P::L {
            self.mask(self.kappa + j, &mut scratch.poly);
            ntt(self.backend, &scratch.poly, &mut scratch.product);
            for (i, w) in w.iter_mut().enumerate() {
                self.backend.accumulate(self.vartime_a(i, j), &scratch.product, &mut w.0);
            }
        }
        self.kappa += P::L;
        for w in w {
            scratch.product.0 = w.0;
            inv_ntt(self.backend, &scratch.product, w);
        }
    }

    /// Computes nothing in advance.
    #[inline]
    fn prepare_next_attempt(&mut self, _: &mut InterleavedShake<RATE256>, _: &[u8]) {}

    #[inline]
    fn s2_hat<'a>(&'a self, i: usize, poly: &mut Poly, s2_hat: &'a mut NttPoly) -> &'a NttPoly {
        unpack_secret(self.backend, P::ETA, self.key.s2(i), poly);
        ntt(self.backend, poly, s2_hat);
        s2_hat
    }

    /// Adds y after the inverse NTT, because y is not in NTT form.
    #[inline]
    fn z(&mut self, j: usize, c_hat: &NttPoly, scratch: &mut Scratch) {
        let Scratch { poly, other, product, secret_hat: s1_hat } = scratch;
        unpack_secret(self.backend, P::ETA, self.key.s1(j), poly);
        ntt(self.backend, poly, s1_hat);
        self.backend.mul(c_hat, s1_hat, product);
        inv_ntt(self.backend, product, poly);
        self.mask(self.kappa - P::L + j, other);
        self.backend.add(poly, other);
    }

    #[inline]
    fn t0(&self, i: usize) -> &[u8] {
        self.key.t0(i)
    }
}
