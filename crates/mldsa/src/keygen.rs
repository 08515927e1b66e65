//! Key generation (FIPS 204, algorithms 1 and 6).

use crate::backend::Backend;
use crate::ct::{Reason, declassify, declassify_ref};
use crate::encoding::keys::{PrivateKeyParts, PrivateKeyWriter, PublicKeyWriter};
use crate::encoding::{pack_secret, pack_t0, pack_t1, unpack_secret, unpack_t0};
use crate::matrix::{MatrixSchedule, Product};
use crate::ntt::inv_ntt;
use crate::params::{MU_LEN, N, ParameterSet, RHO_LEN, SEED_LEN};
use crate::poly::{NttPoly, Poly, Secret, wipe_spills};
use crate::sampling::{PiggybackHash, expand_s, h};
use keccak_lanes::InterleavedShake;
use zeroize::Zeroize;

/// The memory of key generation, with that of the schedule's product. [`keygen_internal`] and [`public_key_of`] wipe it.
pub(crate) struct Memory<M> {
    /// A polynomial of s1 or s2, then of t1.
    s: Poly,
    t: Poly,
    t_hat: NttPoly,
    product: M,
}

impl<M: crate::matrix::Memory> Memory<M> {
    pub(crate) const NEW: Self =
        Self { s: Poly([0; N]), t: Poly([0; N]), t_hat: NttPoly([0; N]), product: M::NEW };
}

impl<M: Zeroize> Zeroize for Memory<M> {
    fn zeroize(&mut self) {
        let Self { s, t, t_hat, product } = self;
        s.zeroize();
        t.zeroize();
        t_hat.zeroize();
        product.zeroize();
    }
}

/// FIPS 204, Algorithm 6 (ML-DSA.KeyGen_internal). Writes pkEncode(rho, t1) and skEncode(rho, K, tr, s1, s2, t0).
///
/// Stack: not the whole matrix. The fast schedule stores the rows of Â of one batch (10.5 KiB) and s1 (at most 7 KiB). The
/// small one has a polynomial of each in `memory`.
pub(crate) fn keygen_internal<P: ParameterSet, B: Backend, S: MatrixSchedule>(
    backend: B,
    xi: &[u8; SEED_LEN],
    pk: &mut P::VerifyingKeyBytes,
    sk: &mut P::SigningKeyBytes,
    memory: &mut Memory<S::Memory>,
) {
    let mut expanded = Secret::new([0u8; 2 * RHO_LEN + 64]);
    h(backend, &[xi, &[P::K as u8, P::L as u8]], &mut expanded.0);
    wipe_spills();
    let (rho, rest) = expanded.0.split_at(RHO_LEN);
    let (rho_prime, k) = rest.split_at(64);

    let mut writer = PrivateKeyWriter::new::<P>(sk);
    writer.rho().copy_from_slice(declassify_ref(rho, Reason::PublicSeed));
    writer.k().copy_from_slice(k);
    let pack = |i, s: &Poly| pack_secret(backend, P::ETA, s, writer.s(i));
    expand_s::<P, B, S>(backend, rho_prime, &mut memory.s, pack);
    let tr = public_from_secret::<P, B, S>(backend, sk, pk, memory, |sk, i, t0, _| {
        pack_t0(backend, t0, PrivateKeyWriter::new::<P>(sk).t0(i));
    });
    PrivateKeyWriter::new::<P>(sk).tr().copy_from_slice(&tr);
    memory.zeroize();
}

/// Lines 5 to 8 of algorithm 6: t = A·s1 + s2 from the rho, s1 and s2 in `sk`. Writes rho and t1 to `pk`, and calls `each`
/// with `sk`, i, t0\[i\] and a polynomial that it may overwrite. Returns tr (line 9), which is hashed while the later rows of Â
/// are expanded.
#[inline(never)] // so that its stack frame does not add to that of ExpandS
fn public_from_secret<P: ParameterSet, B: Backend, S: MatrixSchedule>(
    backend: B,
    sk: &mut P::SigningKeyBytes,
    pk: &mut P::VerifyingKeyBytes,
    memory: &mut Memory<S::Memory>,
    mut each: impl FnMut(&mut P::SigningKeyBytes, usize, &Poly, &mut Poly),
) -> [u8; MU_LEN] {
    let rho = *declassify_ref(PrivateKeyParts::new::<P>(sk).rho, Reason::PublicSeed);
    let mut writer = PublicKeyWriter { bytes: pk.as_mut() };
    writer.rho().copy_from_slice(&rho);

    let Memory { s, t, t_hat, product } = memory;
    let s1 = |sk: &P::SigningKeyBytes, j: usize, s1: &mut Poly| {
        unpack_secret(backend, P::ETA, PrivateKeyParts::new::<P>(sk).s1(j), s1);
    };
    let mut product = S::product::<P, B>(backend, &rho, product);
    for j in 0..P::L {
        s1(sk, j, s);
        product.load(j, s);
    }
    let mut hash = InterleavedShake::new();
    for i in 0..P::K {
        let piggyback = PiggybackHash::new(&mut hash, writer.written(i), false);
        product.row(i, |j, out| s1(sk, j, out), s, piggyback, t_hat);
        inv_ntt(backend, t_hat, t);
        unpack_secret(backend, P::ETA, PrivateKeyParts::new::<P>(sk).s2(i), s);
        backend.add(t, s);
        // s2 is no longer needed: its memory is reused for t1.
        backend.power2round(t, s);
        pack_t1(backend, declassify_ref(s, Reason::PublicKey), writer.t1(i));
        each(sk, i, t, s);
    }
    let mut tr = [0; MU_LEN];
    hash.finish(backend.keccak(), pk.as_ref(), &mut tr);
    tr
}

/// Why an expanded private key is inconsistent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inconsistent {
    /// A coefficient of s1 or s2 is outside −eta..=eta.
    SecretRange,
    /// t0 is not the low part of A·s1 + s2.
    T0,
    /// tr is not the hash of the public key.
    Tr,
}

/// Computes the public key of an expanded private key, and checks the private key (FIPS 204, section 3.6.1): s1 and s2
/// are in range, t0 and tr have the values that key generation computes.
pub(crate) fn public_key_of<P: ParameterSet, B: Backend, S: MatrixSchedule>(
    backend: B,
    sk: &mut P::SigningKeyBytes,
    pk: &mut P::VerifyingKeyBytes,
    memory: &mut Memory<S::Memory>,
) -> Result<(), Inconsistent> {
    let secret_out_of_range = secret_out_of_range::<P, B>(backend, sk, &mut memory.s);
    if declassify(secret_out_of_range, Reason::KeyCheck) {
        memory.zeroize();
        return Err(Inconsistent::SecretRange);
    }
    let mut different = false;
    let tr = public_from_secret::<P, B, S>(backend, sk, pk, memory, |sk, i, t0, difference| {
        // Every encoding has its own t0, so the polynomials are equal exactly if the encodings are. |t0| ≤ 2^12.
        unpack_t0(backend, PrivateKeyParts::new::<P>(sk).t0(i), difference);
        backend.sub(difference, t0);
        different |= backend.norm_reaches(difference, 1);
    });
    memory.zeroize();
    if declassify(different, Reason::KeyCheck) {
        return Err(Inconsistent::T0);
    }
    // tr is public: it can be computed from the public key.
    if declassify_ref(PrivateKeyParts::new::<P>(sk).tr, Reason::KeyCheck) != &tr {
        return Err(Inconsistent::Tr);
    }
    Ok(())
}

/// Whether a coefficient of s1 or s2 is outside −eta..=eta. No early exit.
fn secret_out_of_range<P: ParameterSet, B: Backend>(
    backend: B,
    sk: &P::SigningKeyBytes,
    s: &mut Poly,
) -> bool {
    let parts = PrivateKeyParts::new::<P>(sk);
    let mut out_of_range = false;
    for packed in (0..P::L).map(|j| parts.s1(j)).chain((0..P::K).map(|i| parts.s2(i))) {
        unpack_secret(backend, P::ETA, packed, s);
        out_of_range |= backend.norm_reaches(s, P::ETA.value() + 1);
    }
    out_of_range
}
