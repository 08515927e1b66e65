//! Algorithms 14, 15 and 29 to 34, byte by byte, and the comparisons with them.

use super::*;
use crate::params::{Eta, Gamma1, MlDsa44, MlDsa65, MlDsa87, ParameterSet};
use crate::poly::{Poly, UNIFORM_LEN, UniformPoly};
use crate::sampling::{
    ExpandA, ExpandMask, OneByOne, PiggybackHash, RidingHash, expand_s, vartime_sample_in_ball,
};
use crate::schedule::{Fast, Small};

/// Algorithm 14 (CoeffFromThreeBytes).
pub(super) fn coeff_from_three_bytes(b0: u8, b1: u8, b2: u8) -> Option<i64> {
    let b2 = if b2 > 127 { b2 - 128 } else { b2 };
    let z = (1 << 16) * i64::from(b2) + (1 << 8) * i64::from(b1) + i64::from(b0);
    (z < Q64).then_some(z)
}

/// Algorithm 15 (CoeffFromHalfByte).
pub(super) fn coeff_from_half_byte(eta: i64, b: u8) -> Option<i64> {
    let b = i64::from(b);
    match eta {
        2 if b < 15 => Some(2 - b % 5),
        4 if b < 9 => Some(4 - b),
        _ => None,
    }
}

/// Algorithm 29 (SampleInBall).
pub(super) fn sample_in_ball(tau: usize, rho: &[u8]) -> Coefficients {
    let mut c = [0; N];
    let mut stream = h(&[rho]);
    let s: [u8; 8] = core::array::from_fn(|_| stream.next());
    let bit = |i: usize| s[i / 8] >> (i % 8) & 1;
    for i in 256 - tau..256 {
        let mut j = stream.next();
        while usize::from(j) > i {
            j = stream.next();
        }
        c[i] = c[usize::from(j)];
        c[usize::from(j)] = if bit(i + tau - 256) == 1 { -1 } else { 1 };
    }
    c
}

/// Algorithm 30 (RejNTTPoly).
fn rej_ntt_poly(seed: &[u8]) -> Coefficients {
    let mut stream = g(seed);
    core::array::from_fn(|_| {
        loop {
            let s = [stream.next(), stream.next(), stream.next()];
            if let Some(a) = coeff_from_three_bytes(s[0], s[1], s[2]) {
                return a;
            }
        }
    })
}

/// Algorithm 31 (RejBoundedPoly).
fn rej_bounded_poly(eta: i64, seed: &[u8]) -> Coefficients {
    let (mut a, mut j, mut stream) = ([0; N], 0, h(&[seed]));
    while j < 256 {
        let z = stream.next();
        let (z0, z1) = (coeff_from_half_byte(eta, z % 16), coeff_from_half_byte(eta, z / 16));
        if let Some(z0) = z0 {
            a[j] = z0;
            j += 1;
        }
        if let Some(z1) = z1.filter(|_| j < 256) {
            a[j] = z1;
            j += 1;
        }
    }
    a
}

/// Algorithm 32 (ExpandA): Â\[r\]\[s\].
pub(super) fn expand_a(rho: &[u8], r: usize, s: usize) -> Coefficients {
    rej_ntt_poly(&[rho, &[s as u8, r as u8]].concat())
}

/// Polynomial `r` of algorithm 34 (ExpandMask) with mu + r = `nonce`.
pub(super) fn expand_mask(gamma1: i64, rho: &[u8], nonce: u16) -> Coefficients {
    let c = if gamma1 == 1 << 17 { 18 } else { 20 };
    let v = take(h(&[rho, &nonce.to_le_bytes()]), 32 * c);
    core::array::from_fn(|i| gamma1 - bits(&v, i * c, c))
}

/// The number in `len` bits from bit `at` on (algorithms 10 and 13).
pub(super) fn bits(bytes: &[u8], at: usize, len: usize) -> i64 {
    (at..at + len).rev().fold(0, |x, i| 2 * x + i64::from(bytes[i / 8] >> (i % 8) & 1))
}

/// How many seeds are compared on each back end. One polynomial of four has a rejected triple.
const SEEDS: u8 = if cfg!(miri) { 1 } else { 24 };

fn same(ours: &Poly, literal: &Coefficients, what: &str) {
    assert_eq!(ours.0.map(i64::from), *literal, "{what}");
}

struct Samplers<P>(core::marker::PhantomData<P>);

impl<P: ParameterSet> OnEach for Samplers<P> {
    fn on<B: Backend>(&self, backend: B) {
        for seed in 0..SEEDS {
            let what = |name| std::format!("{name} {} {}, seed {seed}", P::NAME, B::NAME);
            let seed64 = [seed; 64];
            let rho = [seed; 32];

            let mut c = Poly([0; N]);
            vartime_sample_in_ball(backend, P::TAU, &seed64[..P::C_TILDE_LEN], &mut c);
            same(&c, &sample_in_ball(P::TAU, &seed64[..P::C_TILDE_LEN]), &what("SampleInBall"));

            let mut rows = ExpandA::<P, B>::new(backend, &rho, RidingHash::None);
            let (mut bytes, mut kept) = (UniformPoly([0; UNIFORM_LEN]), UniformPoly([0xff; UNIFORM_LEN]));
            let mut one = OneByOne::<B>::new(backend, &mut bytes);
            for r in 0..P::K {
                let row = rows.vartime_next_row(PiggybackHash::NONE);
                for (s, poly) in row.iter().enumerate() {
                    let expected = expand_a(&rho, r, s);
                    one.vartime_a_into::<P>(&rho, r, s, &mut kept);
                    let single = one.vartime_a::<P>(&rho, r, s);
                    assert_eq!(single.0, kept.0);
                    for (i, &a) in expected.iter().enumerate() {
                        assert_eq!(bits(&poly.0, 24 * i, 23), a, "{} {r} {s} {i}", what("ExpandA"));
                        assert_eq!(bits(&single.0, 24 * i, 23), a, "{} {r} {s} {i}", what("OneByOne"));
                    }
                }
            }

            let eta = i64::from(P::ETA.value());
            let check = |i: usize, s: &Poly| {
                let seed = [&seed64[..], &(i as u16).to_le_bytes()].concat();
                same(s, &rej_bounded_poly(eta, &seed), &what("ExpandS"));
            };
            expand_s::<P, B, Fast>(backend, &seed64, &mut Poly([0; N]), check);
            expand_s::<P, B, Small>(backend, &seed64, &mut Poly([0; N]), check);

            let gamma1 = i64::from(P::GAMMA1.value());
            let mut mask = ExpandMask::<B>::new(backend, P::GAMMA1, &seed64);
            for nonce in 0..20 {
                let expected = expand_mask(gamma1, &seed64, nonce);
                let mut y = Poly([0; N]);
                mask.next(&mut y);
                same(&y, &expected, &what("ExpandMask"));
                one.mask(P::GAMMA1, &seed64, usize::from(nonce), &mut y);
                same(&y, &expected, &what("OneByOne"));
            }
        }
    }
}

/// Kills: seeds in another order (s‖r), a nonce of another width, a wrong bound in a rejection, signs from other bits.
#[test]
fn samplers_are_the_standards() {
    on_each(&Samplers::<MlDsa44>(core::marker::PhantomData));
    on_each(&Samplers::<MlDsa65>(core::marker::PhantomData));
    on_each(&Samplers::<MlDsa87>(core::marker::PhantomData));
    assert_eq!((Gamma1::Pow17.value(), Gamma1::Pow19.value()), (1 << 17, 1 << 19));
}

struct AllInputs;

impl OnEach for AllInputs {
    fn on<B: Backend>(&self, backend: B) {
        // All triples, 256 at once: the lowest byte counts.
        let step = if cfg!(mldsa_exhaustive) { 1 } else { 37 };
        for upper in (0..1_u32 << 16).step_by(step).chain([0x7fdf, 0x7fe0, 0x7fff, 0xffdf, 0xffe0, 0xffff]) {
            let [b1, b2, ..] = upper.to_le_bytes();
            let mut triples: [u8; 3 * N] = core::array::from_fn(|i| [(i / 3) as u8, b1, b2][i % 3]);
            let expected: Vec<i64> = (0..=255).filter_map(|b0| coeff_from_three_bytes(b0, b1, b2)).collect();
            let kept = backend.vartime_reject_uniform(&mut triples);
            let ours: Vec<i64> = (0..kept).map(|i| bits(&triples, 24 * i, 23)).collect();
            assert_eq!(ours, expected, "{b1} {b2} {}", B::NAME);
        }
        // All bytes at each place of a block, between accepted ones.
        for eta in [Eta::Two, Eta::Four] {
            for place in 0..34 {
                for byte in 0..=255 {
                    let mut bytes = [0x21; 34];
                    bytes[place] = byte;
                    let halves = bytes.iter().flat_map(|byte| [byte % 16, byte / 16]);
                    let expected: Vec<i64> =
                        halves.filter_map(|b| coeff_from_half_byte(eta.value().into(), b)).collect();
                    let mut out = Poly([9; N]);
                    let filled = backend.reject_bounded(eta, &bytes, &mut out, 0);
                    let ours: Vec<i64> = out.0[..filled].iter().map(|&x| x.into()).collect();
                    assert_eq!(ours, expected, "{byte} at {place} {}", B::NAME);
                }
            }
        }
    }
}

/// Kills: q or 2^23 − 1 accepted, the highest bit not ignored, 15 accepted by eta = 2, 9 by eta = 4.
#[test]
fn every_triple_and_every_half_byte() {
    on_each(&AllInputs);
}
