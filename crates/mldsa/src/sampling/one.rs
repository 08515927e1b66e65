//! One polynomial of Â or of y at a time, in any order: the same values as [`ExpandA`](super::ExpandA) and
//! [`ExpandMask`](super::ExpandMask), on one sponge, in 768 bytes of the caller.

use super::{PiggybackHash, expand_packed_masks, nonce_of_a, vartime_rej_ntt_poly};
use crate::backend::Backend;
use crate::encoding;
use crate::params::{Gamma1, MASK_LEN, ParameterSet, RHO_LEN, packed_len};
use crate::poly::{UNIFORM_LEN, UniformPoly, wipe};
use core::slice;
use keccak_lanes::{LANES, OneLane, Sponges};

/// Samples single polynomials. Wipes its memory on drop: a packed polynomial of y may be in it.
pub(crate) struct OneByOne<'m, B: Backend> {
    backend: B,
    sponge: OneLane<B::Keccak>,
    /// A polynomial of Â, or one of y, packed, which is shorter.
    bytes: &'m mut UniformPoly,
}

const _: () = assert!(MASK_LEN <= UNIFORM_LEN);

impl<'m, B: Backend> OneByOne<'m, B> {
    #[inline]
    pub(crate) fn new(backend: B, bytes: &'m mut UniformPoly) -> Self {
        Self { backend, sponge: OneLane::new(backend.keccak()), bytes }
    }

    /// Â\[r\]\[s\].
    #[inline]
    pub(crate) fn vartime_a<P: ParameterSet>(
        &mut self,
        rho: &[u8; RHO_LEN],
        r: usize,
        s: usize,
    ) -> &UniformPoly {
        vartime_a_into::<P, B>(self.backend, &mut self.sponge, rho, [r, s], self.bytes);
        self.bytes
    }

    /// Â\[r\]\[s\], into other memory.
    #[inline]
    pub(crate) fn vartime_a_into<P: ParameterSet>(
        &mut self,
        rho: &[u8; RHO_LEN],
        r: usize,
        s: usize,
        poly: &mut UniformPoly,
    ) {
        vartime_a_into::<P, B>(self.backend, &mut self.sponge, rho, [r, s], poly);
    }

    /// Polynomial kappa of y: coefficients in −gamma1 + 1..=gamma1.
    #[inline(never)] // so that signing has one copy of this code
    pub(crate) fn mask(
        &mut self,
        gamma1: Gamma1,
        rho_double_prime: &[u8; 64],
        kappa: usize,
        y: &mut crate::poly::Poly,
    ) {
        let packed = slice::from_mut(&mut *self.bytes);
        let mut no_hash = PiggybackHash::NONE;
        expand_packed_masks(&mut self.sponge, gamma1, rho_double_prime, kappa, packed, &mut no_hash);
        encoding::unpack_mask(self.backend, gamma1, &self.bytes.0[..packed_len(gamma1.bits())], y);
    }
}

#[inline(never)] // so that its stack frame is not part of that of the operation
fn vartime_a_into<P: ParameterSet, B: Backend>(
    backend: B,
    sponge: &mut OneLane<B::Keccak>,
    rho: &[u8; RHO_LEN],
    [r, s]: [usize; 2],
    poly: &mut UniformPoly,
) {
    let nonces = [nonce_of_a::<P>(r * P::L + s); LANES];
    let mut no_hash = PiggybackHash::NONE;
    vartime_rej_ntt_poly(backend, sponge, rho, nonces, slice::from_mut(poly), &mut no_hash);
}

impl<B: Backend> Drop for OneByOne<'_, B> {
    fn drop(&mut self) {
        wipe(&mut self.bytes.0);
    }
}
