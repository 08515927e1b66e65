//! Public and private keys as bytes.
//!
//! ```text
//! public key    rho 32 │ t1: K × 320
//! private key   rho 32 │ K 32 │ tr 64 │ s1: L × 96 or 128 │ s2: K × 96 or 128 │ t0: K × 416
//! ```
//!
//! pkEncode (22), pkDecode (23), skEncode (24) and skDecode (25) of FIPS 204 are these layouts. The parts are packed and
//! unpacked one polynomial at a time, where they are computed and used.

use crate::params::{MU_LEN, ParameterSet, RHO_LEN, T0_BITS, T1_BITS, packed_len};

/// FIPS 204, Algorithm 23 (pkDecode): the parts of a public key.
pub(crate) struct PublicKeyParts<'a> {
    pub(crate) rho: &'a [u8; RHO_LEN],
    /// K chunks of 320 bytes.
    t1: &'a [u8],
}

impl<'a> PublicKeyParts<'a> {
    pub(crate) fn new<P: ParameterSet>(pk: &'a P::VerifyingKeyBytes) -> Self {
        let (rho, t1) = split(pk.as_ref());
        Self { rho, t1 }
    }

    /// The packed t1\[i\].
    pub(crate) fn t1(&self, i: usize) -> &'a [u8] {
        chunk(self.t1, packed_len(T1_BITS), i)
    }
}

/// FIPS 204, Algorithm 25 (skDecode): the parts of an expanded private key.
pub(crate) struct PrivateKeyParts<'a> {
    pub(crate) rho: &'a [u8; RHO_LEN],
    pub(crate) k: &'a [u8; RHO_LEN],
    pub(crate) tr: &'a [u8; MU_LEN],
    s_len: usize,
    s1: &'a [u8],
    s2: &'a [u8],
    /// All of t0, packed.
    pub(crate) t0: &'a [u8],
}

impl<'a> PrivateKeyParts<'a> {
    pub(crate) fn new<P: ParameterSet>(sk: &'a P::SigningKeyBytes) -> Self {
        let s_len = packed_len(P::ETA.bits());
        let (rho, rest) = split(sk.as_ref());
        let (k, rest) = split(rest);
        let (tr, rest) = split(rest);
        let (s1, rest) = rest.split_at(P::L * s_len);
        let (s2, t0) = rest.split_at(P::K * s_len);
        Self { rho, k, tr, s_len, s1, s2, t0 }
    }

    /// The packed s1\[j\].
    pub(crate) fn s1(&self, j: usize) -> &'a [u8] {
        chunk(self.s1, self.s_len, j)
    }

    /// The packed s2\[i\].
    pub(crate) fn s2(&self, i: usize) -> &'a [u8] {
        chunk(self.s2, self.s_len, i)
    }

    /// The packed t0\[i\].
    pub(crate) fn t0(&self, i: usize) -> &'a [u8] {
        chunk(self.t0, packed_len(T0_BITS), i)
    }
}

/// FIPS 204, Algorithm 22 (pkEncode): where to write the parts of a public key.
pub(crate) struct PublicKeyWriter<'a> {
    pub(crate) bytes: &'a mut [u8],
}

impl PublicKeyWriter<'_> {
    pub(crate) fn rho(&mut self) -> &mut [u8] {
        &mut self.bytes[..RHO_LEN]
    }

    pub(crate) fn t1(&mut self, i: usize) -> &mut [u8] {
        chunk_mut(&mut self.bytes[RHO_LEN..], packed_len(T1_BITS), i)
    }
}

impl PublicKeyWriter<'_> {
    /// The bytes up to the first `rows` polynomials of t1.
    pub(crate) fn written(&self, rows: usize) -> &[u8] {
        &self.bytes[..RHO_LEN + rows * packed_len(T1_BITS)]
    }
}

/// FIPS 204, Algorithm 24 (skEncode): where to write the parts of an expanded private key.
pub(crate) struct PrivateKeyWriter<'a> {
    bytes: &'a mut [u8],
    s_len: usize,
    s: usize,
    t0: usize,
}

impl<'a> PrivateKeyWriter<'a> {
    pub(crate) fn new<P: ParameterSet>(sk: &'a mut P::SigningKeyBytes) -> Self {
        let s_len = packed_len(P::ETA.bits());
        let s = 2 * RHO_LEN + MU_LEN;
        Self { bytes: sk.as_mut(), s_len, s, t0: s + (P::K + P::L) * s_len }
    }

    pub(crate) fn rho(&mut self) -> &mut [u8] {
        &mut self.bytes[..RHO_LEN]
    }

    pub(crate) fn k(&mut self) -> &mut [u8] {
        &mut self.bytes[RHO_LEN..2 * RHO_LEN]
    }

    pub(crate) fn tr(&mut self) -> &mut [u8] {
        &mut self.bytes[2 * RHO_LEN..2 * RHO_LEN + MU_LEN]
    }

    /// s1\[0\], …, s1\[L − 1\], s2\[0\], …: one after the other, as ExpandS numbers them.
    pub(crate) fn s(&mut self, i: usize) -> &mut [u8] {
        chunk_mut(&mut self.bytes[self.s..], self.s_len, i)
    }

    pub(crate) fn t0(&mut self, i: usize) -> &mut [u8] {
        chunk_mut(&mut self.bytes[self.t0..], packed_len(T0_BITS), i)
    }
}

/// The first LEN bytes, and the rest. The layouts above are checked at compile time against table 2.
#[inline(always)]
fn split<const LEN: usize>(bytes: &[u8]) -> (&[u8; LEN], &[u8]) {
    match bytes.split_first_chunk() {
        Some(parts) => parts,
        None => (&[0; LEN], &[]),
    }
}

#[inline(always)]
fn chunk(bytes: &[u8], len: usize, i: usize) -> &[u8] {
    &bytes[i * len..(i + 1) * len]
}

#[inline(always)]
fn chunk_mut(bytes: &mut [u8], len: usize, i: usize) -> &mut [u8] {
    &mut bytes[i * len..(i + 1) * len]
}
