//! Key generation (FIPS 204, algorithms 1 and 6).

use crate::backend::Backend;
use crate::ct::{Reason, declassify, declassify_ref};
use crate::encoding::keys::{PrivateKeyParts, PrivateKeyWriter, PublicKeyWriter};
use crate::encoding::{pack_secret, pack_t0, pack_t1, unpack_secret};
use crate::matrix::{MatrixSchedule, Product};
use crate::ntt::inv_ntt;
use crate::params::{MU_LEN, N, ParameterSet, RHO_LEN, SEED_LEN};
use crate::poly::{NttPoly, Poly, Secret, wipe_spills};
use crate::sampling::{PiggybackHash, expand_s, h};
use keccak_lanes::InterleavedShake;

/// FIPS 204, Algorithm 6 (ML-DSA.KeyGen_internal). Writes pkEncode(rho, t1) and skEncode(rho, K, tr, s1, s2, t0).
///
/// Stack: not the whole matrix. The fast schedule stores the rows of Â of one batch (10.5 KiB) and s1 (at most 7 KiB), the
/// small one a polynomial of each.
pub(crate) fn keygen_internal<P: ParameterSet, B: Backend, S: MatrixSchedule>(
    backend: B,
    xi: &[u8; SEED_LEN],
    pk: &mut P::VerifyingKeyBytes,
    sk: &mut P::SigningKeyBytes,
) {
    let mut expanded = Secret::new([0u8; 2 * RHO_LEN + 64]);
    h(backend, &[xi, &[P::K as u8, P::L as u8]], &mut expanded.0);
    wipe_spills();
    let (rho, rest) = expanded.0.split_at(RHO_LEN);
    let (rho_prime, k) = rest.split_at(64);

    let mut writer = PrivateKeyWriter::new::<P>(sk);
    writer.rho().copy_from_slice(declassify_ref(rho, Reason::PublicSeed));
    writer.k().copy_from_slice(k);
    expand_s::<P, B, S>(backend, rho_prime, |i, s| pack_secret(backend, P::ETA, s, writer.s(i)));
    let tr = public_from_secret::<P, B, S>(backend, sk, pk, |sk, i, t0| {
        pack_t0(backend, t0, PrivateKeyWriter::new::<P>(sk).t0(i));
    });
    PrivateKeyWriter::new::<P>(sk).tr().copy_from_slice(&tr);
}

/// Lines 5 to 8 of algorithm 6: t = A·s1 + s2 from the rho, s1 and s2 in `sk`. Writes rho and t1 to `pk`, and calls `each`
/// with `sk`, i and t0\[i\]. Returns tr (line 9), which is hashed while the later rows of Â are expanded.
#[inline(never)] // so that its stack frame does not add to that of ExpandS
fn public_from_secret<P: ParameterSet, B: Backend, S: MatrixSchedule>(
    backend: B,
    sk: &mut P::SigningKeyBytes,
    pk: &mut P::VerifyingKeyBytes,
    mut each: impl FnMut(&mut P::SigningKeyBytes, usize, &Poly),
) -> [u8; MU_LEN] {
    let rho = *declassify_ref(PrivateKeyParts::new::<P>(sk).rho, Reason::PublicSeed);
    let mut writer = PublicKeyWriter { bytes: pk.as_mut() };
    writer.rho().copy_from_slice(&rho);

    let mut s = Secret::new([Poly([0; N])]);
    let s1 = |sk: &P::SigningKeyBytes, j: usize, s1: &mut Poly| {
        unpack_secret(backend, P::ETA, PrivateKeyParts::new::<P>(sk).s1(j), s1);
    };
    let mut product = S::Product::<'_, P, B>::from((backend, &rho));
    for j in 0..P::L {
        s1(sk, j, &mut s.0[0]);
        product.load(j, &s.0[0]);
    }
    let mut t_hat = Secret::new([NttPoly([0; N])]);
    let mut t = Secret::new([Poly([0; N])]);
    let mut hash = InterleavedShake::new();
    for i in 0..P::K {
        let piggyback = PiggybackHash::new(&mut hash, writer.written(i), false);
        product.row(i, |j, out| s1(sk, j, out), None, piggyback, &mut t_hat.0[0]);
        inv_ntt(backend, &t_hat.0[0], &mut t.0[0]);
        unpack_secret(backend, P::ETA, PrivateKeyParts::new::<P>(sk).s2(i), &mut s.0[0]);
        backend.add(&mut t.0[0], &s.0[0]);
        // s2 is no longer needed: its memory is reused for t1.
        let t1 = &mut s.0[0];
        backend.power2round(&mut t.0[0], t1);
        pack_t1(backend, declassify_ref(t1, Reason::PublicKey), writer.t1(i));
        each(sk, i, &t.0[0]);
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
) -> Result<(), Inconsistent> {
    use subtle::ConstantTimeEq;

    if declassify(secret_out_of_range::<P, B>(backend, sk), Reason::KeyCheck) {
        return Err(Inconsistent::SecretRange);
    }
    let mut packed = Secret::new([0u8; crate::params::packed_len(crate::params::T0_BITS)]);
    let mut same = subtle::Choice::from(1);
    let tr = public_from_secret::<P, B, S>(backend, sk, pk, |sk, i, t0| {
        pack_t0(backend, t0, &mut packed.0);
        same &= packed.0.ct_eq(PrivateKeyParts::new::<P>(sk).t0(i));
    });
    if !declassify(bool::from(same), Reason::KeyCheck) {
        return Err(Inconsistent::T0);
    }
    // tr is public: it can be computed from the public key.
    if declassify_ref(PrivateKeyParts::new::<P>(sk).tr, Reason::KeyCheck) != &tr {
        return Err(Inconsistent::Tr);
    }
    Ok(())
}

/// Whether a coefficient of s1 or s2 is outside −eta..=eta. No early exit.
#[inline(never)] // so that its stack frame does not add to that of the product
fn secret_out_of_range<P: ParameterSet, B: Backend>(backend: B, sk: &P::SigningKeyBytes) -> bool {
    let parts = PrivateKeyParts::new::<P>(sk);
    let mut s = Secret::new([Poly([0; N])]);
    let mut out_of_range = false;
    for packed in (0..P::L).map(|j| parts.s1(j)).chain((0..P::K).map(|i| parts.s2(i))) {
        unpack_secret(backend, P::ETA, packed, &mut s.0[0]);
        out_of_range |= backend.norm_reaches(&s.0[0], P::ETA.value() + 1);
    }
    out_of_range
}
