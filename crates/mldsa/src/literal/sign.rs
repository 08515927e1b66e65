//! Algorithm 7 (ML-DSA.Sign_internal), with every condition computed in every attempt, and the comparison with it.

use super::sampling::{bits, expand_a, expand_mask, sample_in_ball};
use super::*;
use crate::encoding::keys::PrivateKeyWriter;
use crate::encoding::pack_t0;
use crate::keygen::{Memory, keygen_internal};
use crate::params::{Array, D, MU_LEN, MlDsa44, MlDsa65, MlDsa87, ParameterSet};
use crate::poly::{Poly, UNIFORM_LEN, UniformPoly};
use crate::schedule::Fast;
use crate::signing::{Expanded, SmallMemory, sign_expanded, sign_small};

/// How many attempts each condition alone rejects.
#[derive(Debug, Default)]
struct Rejected {
    z: usize,
    r0: usize,
    ct0: usize,
    hints: usize,
}

fn norm(w: &[Coefficients]) -> i64 {
    w.iter().flatten().map(|&w| mod_pm(w, Q64).abs()).max().unwrap_or(0)
}

fn times(a: &Coefficients, b: &Coefficients) -> Coefficients {
    core::array::from_fn(|i| a[i] * b[i] % Q64)
}

fn plus(a: &Coefficients, b: &Coefficients, sign: i64) -> Coefficients {
    core::array::from_fn(|i| (a[i] + sign * b[i]).rem_euclid(Q64))
}

/// Algorithms 16 and 17, bit by bit.
fn pack(out: &mut Vec<u8>, w: &Coefficients, width: usize, number: impl Fn(i64) -> i64) {
    let start = out.len();
    out.resize(start + 32 * width, 0);
    for (i, &w) in w.iter().enumerate() {
        for bit in 0..width {
            out[start + (i * width + bit) / 8] |= ((number(w) >> bit & 1) as u8) << ((i * width + bit) % 8);
        }
    }
}

/// Algorithm 25 (skDecode): `count` polynomials b − v from byte `at` on, which moves behind them; then their NTTs.
fn secrets(sk: &[u8], at: &mut usize, count: usize, width: usize, b: i64) -> Vec<Coefficients> {
    let out = (0..count)
        .map(|p| core::array::from_fn(|i| b - bits(&sk[*at..], 256 * width * p + width * i, width)));
    let out = out.map(|w| ntt(&w)).collect();
    *at += 32 * width * count;
    out
}

/// Algorithm 7 from line 7 on.
fn sign<P: ParameterSet>(sk: &[u8], mu: &[u8], rnd: &[u8], rejected: &mut Rejected) -> Vec<u8> {
    let (eta, gamma1, gamma2) =
        (i64::from(P::ETA.value()), i64::from(P::GAMMA1.value()), i64::from(P::GAMMA2.value()));
    let (beta, width) = (P::TAU as i64 * eta, if gamma1 == 1 << 17 { 18 } else { 20 });
    let mut at = 128;
    let s1 = secrets(sk, &mut at, P::L, if eta == 2 { 3 } else { 4 }, eta);
    let s2 = secrets(sk, &mut at, P::K, if eta == 2 { 3 } else { 4 }, eta);
    let t0 = secrets(sk, &mut at, P::K, 13, 1 << 12);
    let a: Vec<Coefficients> = (0..P::K * P::L).map(|i| expand_a(&sk[..32], i / P::L, i % P::L)).collect();
    let rho = take(h(&[&sk[32..64], rnd, mu]), 64);
    let mut kappa = 0;
    loop {
        let y: Vec<Coefficients> = (0..P::L).map(|r| expand_mask(gamma1, &rho, kappa + r as u16)).collect();
        let y_hat: Vec<Coefficients> = y.iter().map(ntt).collect();
        let row =
            |i: usize| (0..P::L).fold([0; N], |sum, j| plus(&sum, &times(&a[i * P::L + j], &y_hat[j]), 1));
        let w: Vec<Coefficients> = (0..P::K).map(|i| inv_ntt(&row(i))).collect();
        let mut w1 = Vec::new();
        for w in &w {
            pack(&mut w1, w, if P::GAMMA2.high_parts() == 44 { 6 } else { 4 }, |w| decompose(gamma2, w).0);
        }
        let c_tilde = take(h(&[mu, &w1]), P::LAMBDA / 4);
        let c = ntt(&sample_in_ball(P::TAU, &c_tilde));
        let product = |s: &Vec<Coefficients>, i: usize| inv_ntt(&times(&c, &s[i]));
        let z: Vec<Coefficients> = (0..P::L).map(|j| plus(&y[j], &product(&s1, j), 1)).collect();
        let less: Vec<Coefficients> = (0..P::K).map(|i| plus(&w[i], &product(&s2, i), -1)).collect();
        let r0: Vec<Coefficients> = less.iter().map(|w| w.map(|w| decompose(gamma2, w).1)).collect();
        let ct0: Vec<Coefficients> = (0..P::K).map(|i| product(&t0, i)).collect();
        // Line 26: MakeHint(−c·t0, w − c·s2 + c·t0).
        let hints: Vec<Vec<usize>> = (0..P::K)
            .map(|i| {
                let hint = |&j: &usize| {
                    decompose(gamma2, less[i][j] + ct0[i][j]).0 != decompose(gamma2, less[i][j]).0
                };
                (0..N).filter(hint).collect()
            })
            .collect();
        let ones: usize = hints.iter().map(Vec::len).sum();
        kappa += P::L as u16;
        let first = [norm(&z) >= gamma1 - beta, norm(&r0) >= gamma2 - beta];
        if first[0] || first[1] {
            rejected.z += usize::from(!first[1]);
            rejected.r0 += usize::from(!first[0]);
            continue;
        }
        let second = [norm(&ct0) >= gamma2, ones > P::OMEGA];
        if second[0] || second[1] {
            rejected.ct0 += usize::from(!second[1]);
            rejected.hints += usize::from(!second[0]);
            continue;
        }
        let mut signature = c_tilde;
        z.iter().for_each(|z| pack(&mut signature, z, width, |z| gamma1 - mod_pm(z, Q64)));
        // Algorithm 20 (HintBitPack).
        let mut packed = std::vec![0; P::OMEGA + P::K];
        let mut index = 0;
        for (i, row) in hints.iter().enumerate() {
            for &j in row {
                packed[index] = j as u8;
                index += 1;
            }
            packed[P::OMEGA + i] = index as u8;
        }
        signature.extend(packed);
        return signature;
    }
}

struct Case<'a, P: ParameterSet> {
    sk: &'a P::SigningKeyBytes,
    mu: &'a [u8; MU_LEN],
    expected: &'a [u8],
}

const RND: [u8; 32] = [9; 32];

impl<P: ParameterSet> OnEach for Case<'_, P> {
    fn on<B: Backend>(&self, backend: B) {
        let mut ours = P::SignatureBytes::ZEROED;
        let mut memory = SmallMemory::NEW;
        for kept in [0, 1, P::K * P::L] {
            let kept = &mut std::vec![UniformPoly([0xff; UNIFORM_LEN]); kept];
            sign_small::<P, B>(backend, self.sk, self.mu, &RND, &mut ours, &mut memory, kept);
            assert!(ours.as_ref() == self.expected, "small, {} {} {}", P::NAME, B::NAME, kept.len());
        }
        let mut expanded = Expanded::<P>::EMPTY;
        expanded.fill(backend, self.sk);
        let mut ours = P::SignatureBytes::ZEROED;
        sign_expanded::<P, B>(backend, &expanded, self.mu, &RND, &mut ours);
        assert!(ours.as_ref() == self.expected, "{} {}", P::NAME, B::NAME);
    }
}

/// The first `rows` polynomials of t0 with coefficients 2^12 and −2^12 + 1, so that c·t0 is often large. Key generation makes
/// keys whose c·t0 practically never is.
fn set_large_t0<P: ParameterSet>(sk: &mut P::SigningKeyBytes, rows: usize) {
    let mut state = 1_u32;
    for i in 0..rows {
        let t0 = Poly(core::array::from_fn(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            if state >> 31 == 0 { 1 << (D - 1) } else { 1 - (1 << (D - 1)) }
        }));
        pack_t0(crate::backend::Portable, &t0, PrivateKeyWriter::new::<P>(sk).t0(i));
    }
}

fn every_condition<P: ParameterSet>(rows: usize, messages: &[u8]) {
    let (mut pk, mut sk) = (P::VerifyingKeyBytes::ZEROED, P::SigningKeyBytes::ZEROED);
    keygen_internal::<P, _, Fast>(crate::backend::Portable, &[7; 32], &mut pk, &mut sk, &mut { Memory::NEW });
    let mut rejected = Rejected::default();
    for large in [0, rows] {
        set_large_t0::<P>(&mut sk, large);
        for &message in messages {
            let mu = [message; MU_LEN];
            let expected = sign::<P>(sk.as_ref(), &mu, &RND, &mut rejected);
            on_each(&Case::<P> { sk: &sk, mu: &mu, expected: &expected });
        }
    }
    std::println!("{}: {rejected:?}", P::NAME);
    assert!(rejected.z > 0 && rejected.r0 > 0 && rejected.hints > 0, "{rejected:?}");
    // ‖c·t0‖∞ ≤ tau·2^12, which reaches gamma2 at 44 only.
    let possible = (P::TAU as i32) << (D - 1) >= P::GAMMA2.value();
    assert_eq!(rejected.ct0 > 0, possible, "{rejected:?}");
}

/// The messages were found by a search: with number 45, an attempt fails for c·t0 alone.
///
/// Signing rejects by the first condition that it sees; the standard computes them in another order. Whichever reject, the
/// signature is that of the standard. Kills: kappa that does not advance after one of them, state that an attempt leaves behind.
#[test]
#[cfg_attr(miri, ignore = "minutes")]
fn every_condition_44() {
    every_condition::<MlDsa44>(1, &[0, 1, 2, 45]);
}

#[test]
#[cfg_attr(miri, ignore = "minutes")]
fn every_condition_65() {
    every_condition::<MlDsa65>(3, &[0, 1, 2, 3]);
}

#[test]
#[cfg_attr(miri, ignore = "minutes")]
fn every_condition_87() {
    every_condition::<MlDsa87>(3, &[0, 1, 2, 3]);
}
