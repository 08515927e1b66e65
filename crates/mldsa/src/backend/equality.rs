//! Every kernel of every back end that the CPU supports, against the portable one: all of Z_q for the roundings; for the
//! others, edges and pseudorandom values over the whole documented range.

use super::{Backend, HintPoly, Portable};
use crate::field::{centered, power};
use crate::params::{Eta, Gamma1, Gamma2, N, Q};
use crate::poly::{NttPoly, Poly, UNIFORM_LEN, UniformPoly};

/// xorshift64*: deterministic pseudorandom values.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A value in low..=high; the two edges are frequent.
    fn within(&mut self, low: i32, high: i32) -> i32 {
        let noise = self.next();
        match noise >> 60 {
            0 => low,
            1 => high,
            _ => (i64::from(low) + (noise % (i64::from(high) - i64::from(low) + 1) as u64) as i64) as i32,
        }
    }

    fn poly(&mut self, low: i32, high: i32) -> Poly {
        Poly(core::array::from_fn(|_| self.within(low, high)))
    }

    fn ntt_poly(&mut self, bound: i32) -> NttPoly {
        NttPoly(self.poly(-bound, bound).0)
    }

    fn uniform(&mut self) -> UniformPoly {
        let mut bytes = [0; UNIFORM_LEN];
        for triple in bytes.chunks_exact_mut(3) {
            // Below q, or with the ignored bit set.
            let value = self.within(0, Q - 1) | ((self.next() & 1) as i32) << 23;
            triple.copy_from_slice(&value.to_le_bytes()[..3]);
        }
        UniformPoly(bytes)
    }
}

/// How often each kernel is compared: 4,096 × 256 coefficients are over a million. Miri checks accesses, not values: four
/// rounds cover each length of a row.
const ROUNDS: usize = if cfg!(miri) {
    4
} else if cfg!(debug_assertions) {
    256
} else {
    4096
};

/// Equal modulo q, and within the bound: a back end may return another representative.
fn congruent(a: &NttPoly, b: &NttPoly, bound: i32, what: &str) {
    for (i, (&a, &b)) in a.0.iter().zip(&b.0).enumerate() {
        assert_eq!((i64::from(a) - i64::from(b)) % i64::from(Q), 0, "{what} at {i}: {a} {b}");
        assert!(a.abs() < bound, "{what} at {i}: {a} reaches {bound}");
    }
}

fn arithmetic<B: Backend>(backend: B, noise: &mut Noise) {
    const PRODUCT: i32 = (Q as i64 * 84 / 100) as i32;
    let (mut ours, mut theirs) = (NttPoly([0; N]), NttPoly([0; N]));
    let (mut w, mut w_portable) = (Poly([0; N]), Poly([0; N]));
    for round in 0..ROUNDS {
        let input = noise.poly(-Q, Q);
        backend.ntt(&input, &mut ours);
        Portable.ntt(&input, &mut theirs);
        congruent(&ours, &theirs, 10 * Q, "ntt");

        let input = noise.ntt_poly(PRODUCT);
        backend.inv_ntt(&input, &mut w);
        Portable.inv_ntt(&input, &mut w_portable);
        assert_eq!(w.0, w_portable.0, "inv_ntt");

        let (a, b, c) = (noise.ntt_poly(10 * Q), noise.ntt_poly(10 * Q), noise.ntt_poly(10 * Q));
        backend.mul(&a, &b, &mut ours);
        Portable.mul(&a, &b, &mut theirs);
        congruent(&ours, &theirs, PRODUCT, "mul");
        backend.mul_add(&a, &b, &c, &mut ours);
        Portable.mul_add(&a, &b, &c, &mut theirs);
        congruent(&ours, &theirs, PRODUCT, "mul_add");

        let (x, y) = (noise.poly(-Q, Q), noise.poly(-Q, Q));
        let (mut sum, mut difference) = (x.clone(), x.clone());
        backend.add(&mut sum, &y);
        backend.sub(&mut difference, &y);
        for i in 0..N {
            assert_eq!((sum.0[i], difference.0[i]), (x.0[i] + y.0[i], x.0[i] - y.0[i]), "add, sub at {i}");
        }

        let row: [UniformPoly; 7] = core::array::from_fn(|_| noise.uniform());
        let v: [NttPoly; 7] = core::array::from_fn(|_| noise.ntt_poly(10 * Q - 1));
        let l = [4, 5, 7, 1][round % 4];
        let mut sum = [0; N];
        for (a, b) in row[..l].iter().zip(&v) {
            backend.accumulate(a, b, &mut sum);
        }
        Portable.dot(&row[..l], &v[..l], None, &mut theirs);
        congruent(&NttPoly(sum), &theirs, (i64::from(Q) * 6 / 10) as i32, "accumulate");
        // Added to a sum at its bound.
        let start = noise.ntt_poly((i64::from(Q) * 7 / 10) as i32 - 1);
        sum = start.0;
        backend.accumulate(&row[0], &v[0], &mut sum);
        Portable.dot(&row[..1], &v[..1], None, &mut theirs);
        let expected = NttPoly(core::array::from_fn(|i| start.0[i] + theirs.0[i]));
        congruent(&NttPoly(sum), &expected, (i64::from(Q) * 6 / 10) as i32, "accumulate");
        for minus in [None, Some((&a, &b))] {
            backend.dot(&row[..l], &v[..l], minus, &mut ours);
            Portable.dot(&row[..l], &v[..l], minus, &mut theirs);
            congruent(&ours, &theirs, PRODUCT, "dot");
        }
    }
}

/// Kills: the inverse transform's last step compares with a value beside (q − 1)/2, which pseudorandom inputs do not reach.
fn inverse_at_the_edges<B: Backend>(backend: B) {
    const EDGE: i32 = (Q - 1) / 2;
    let centered_poly = |w: &[i32; N], factor: i32| w.map(|c| centered(i64::from(c) * i64::from(factor)));
    let (mut w_hat, mut w) = (NttPoly([0; N]), Poly([0; N]));
    // The inverse transform multiplies by a constant: what becomes of 1.
    Portable.ntt(&Poly(core::array::from_fn(|i| i32::from(i == 0))), &mut w_hat);
    Portable.inv_ntt(&NttPoly(centered_poly(&w_hat.0, 1)), &mut w);
    let factor = power(w.0[0], Q as u32 - 2);
    for first in 0..5 {
        let wanted: [i32; N] =
            core::array::from_fn(|i| [-EDGE, 1 - EDGE, 0, EDGE - 1, EDGE][(first + i) % 5]);
        Portable.ntt(&Poly(centered_poly(&wanted, factor)), &mut w_hat);
        backend.inv_ntt(&NttPoly(centered_poly(&w_hat.0, 1)), &mut w);
        assert_eq!(w.0, wanted, "inv_ntt");
    }
}

fn roundings<B: Backend>(backend: B) {
    // Every value; a few of them under Miri.
    let polynomials_apart = if cfg!(miri) { 4096 } else { 1 };
    for first in (0..Q).step_by(N * polynomials_apart) {
        // Both representatives of each value of Z_q: the negative one at odd indices of every second pass.
        for negative in [false, true] {
            let input = Poly(core::array::from_fn(|i| {
                let r = (first + i as i32) % Q;
                if negative { r - Q } else { r }
            }));
            let (mut a, mut a1) = (input.clone(), Poly([0; N]));
            let (mut b, mut b1) = (input.clone(), Poly([0; N]));
            backend.power2round(&mut a, &mut a1);
            Portable.power2round(&mut b, &mut b1);
            assert_eq!((a.0, a1.0), (b.0, b1.0), "power2round at {first}");
            for gamma2 in [Gamma2::Q88, Gamma2::Q32] {
                let (mut a, mut b) = (input.clone(), input.clone());
                backend.decompose(gamma2, &mut a, &mut a1);
                Portable.decompose(gamma2, &mut b, &mut b1);
                assert_eq!((a.0, a1.0), (b.0, b1.0), "decompose at {first}");
                for hint in [HintPoly([0; 4]), HintPoly([u64::MAX; 4])] {
                    let (mut a, mut b) = (input.clone(), input.clone());
                    backend.use_hint(gamma2, &hint, &mut a);
                    Portable.use_hint(gamma2, &hint, &mut b);
                    assert_eq!(a.0, b.0, "use_hint at {first}");
                }
            }
        }
    }
}

fn hints_and_norms<B: Backend>(backend: B, noise: &mut Noise) {
    for _ in 0..ROUNDS {
        for gamma2 in [Gamma2::Q88, Gamma2::Q32] {
            let g = gamma2.value();
            let low = Poly(core::array::from_fn(|_| match noise.next() % 4 {
                0 => noise.within(-g - 2, -g + 2),
                1 => noise.within(g - 2, g + 2),
                _ => noise.within(-3 * g, 3 * g),
            }));
            let high = noise.poly(0, gamma2.high_parts() - 1);
            let expected = Portable.make_hint(gamma2, &low, &high);
            assert_eq!(backend.make_hint(gamma2, &low, &high), expected, "make_hint");
            let mixed = HintPoly(core::array::from_fn(|_| noise.next()));
            let mut a = noise.poly(-Q + 1, Q - 1);
            let mut b = a.clone();
            backend.use_hint(gamma2, &mixed, &mut a);
            Portable.use_hint(gamma2, &mixed, &mut b);
            assert_eq!(a.0, b.0, "use_hint");
        }
        let bound = noise.within(1, (1 << 30) - 1);
        let mut w = noise.poly(-bound + 1, bound - 1);
        assert!(!backend.norm_reaches(&w, bound));
        let at = noise.next() as usize % N;
        for value in [bound, -bound] {
            w.0[at] = value;
            assert!(backend.norm_reaches(&w, bound), "norm_reaches at {at}");
        }
    }
}

fn packing<B: Backend, const BITS: usize>(backend: B, from: Option<i32>, noise: &mut Noise) {
    let mask = (1 << BITS) - 1;
    for _ in 0..ROUNDS {
        let w = match from {
            None => noise.poly(0, mask),
            Some(from) => noise.poly(from - mask, from),
        };
        // The bytes after the packed ones must not change.
        let (mut ours, mut theirs) = ([0xa5; 700], [0xa5; 700]);
        backend.pack::<BITS>(from, &w, &mut ours[..32 * BITS]);
        Portable.pack::<BITS>(from, &w, &mut theirs[..32 * BITS]);
        assert_eq!(ours, theirs, "pack {BITS}");
        let mut unpacked = Poly([-1; N]);
        backend.unpack::<BITS>(from, &ours[..32 * BITS], &mut unpacked);
        assert_eq!(unpacked.0, w.0, "unpack {BITS}");
    }
}

fn rejections<B: Backend>(backend: B, noise: &mut Noise) {
    for round in 0..ROUNDS {
        let mut ours = [0u8; UNIFORM_LEN];
        for triple in ours.chunks_exact_mut(3) {
            let value = match round % 3 {
                0 => noise.within(0, (1 << 24) - 1),
                1 => noise.within(Q - 3, Q + 3),
                _ if noise.next() % 64 == 0 => noise.within(Q, (1 << 23) - 1),
                _ => noise.within(0, Q - 1),
            };
            triple.copy_from_slice(&value.to_le_bytes()[..3]);
        }
        let mut theirs = ours;
        let kept = backend.vartime_reject_uniform(&mut ours);
        assert_eq!(kept, Portable.vartime_reject_uniform(&mut theirs), "reject_uniform");
        assert_eq!(ours[..3 * kept], theirs[..3 * kept], "reject_uniform");

        for eta in [Eta::Two, Eta::Four] {
            let (mut a, mut b) = (Poly([77; N]), Poly([77; N]));
            let (mut filled_a, mut filled_b) = (0, 0);
            while filled_b < N {
                let bytes: [u8; 136] = core::array::from_fn(|_| noise.next() as u8);
                filled_a = backend.reject_bounded(eta, &bytes, &mut a, filled_a);
                filled_b = Portable.reject_bounded(eta, &bytes, &mut b, filled_b);
                assert_eq!(filled_a, filled_b, "reject_bounded");
                assert_eq!(a.0[..filled_a], b.0[..filled_b], "reject_bounded");
            }
        }
    }
}

fn all<B: Backend>(backend: B) {
    let noise = &mut Noise(0x6d6c_6473_6121);
    arithmetic(backend, noise);
    inverse_at_the_edges(backend);
    roundings(backend);
    hints_and_norms(backend, noise);
    packing::<B, { Eta::Two.bits() }>(backend, Some(2), noise);
    packing::<B, { Eta::Four.bits() }>(backend, Some(4), noise);
    packing::<B, { Gamma2::Q32.bits() }>(backend, None, noise);
    packing::<B, { Gamma2::Q88.bits() }>(backend, None, noise);
    packing::<B, 10>(backend, None, noise);
    packing::<B, 13>(backend, Some(1 << 12), noise);
    packing::<B, { Gamma1::Pow17.bits() }>(backend, Some(1 << 17), noise);
    packing::<B, { Gamma1::Pow19.bits() }>(backend, Some(1 << 19), noise);
    rejections(backend, noise);
}

#[test]
#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
fn avx2_equals_portable() {
    match super::Avx2::detect() {
        Some(backend) => all(backend),
        None => assert!(!has_avx2(), "the CPU has AVX2, yet the back end was not run"),
    }
}

#[test]
#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
fn avx512_equals_portable() {
    match super::Avx512::detect() {
        Some(backend) => all(backend),
        None if extern_std::is_x86_feature_detected!("avx512vbmi2") => {
            panic!("the CPU has AVX-512 with VBMI2, yet the back end was not run")
        }
        None => extern_std::println!("skipped: this CPU has no AVX-512 with VBMI2"),
    }
}

#[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
fn has_avx2() -> bool {
    extern_std::is_x86_feature_detected!("avx2")
}

#[test]
#[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
fn neon_equals_portable() {
    super::Neon::detect().into_iter().for_each(all);
    match super::NeonSha3::detect() {
        Some(backend) => all(backend),
        None if extern_std::arch::is_aarch64_feature_detected!("sha3") => {
            panic!("the CPU has FEAT_SHA3, yet the back end was not run")
        }
        None => extern_std::println!("skipped: this CPU has no FEAT_SHA3"),
    }
}

/// Tests use std.
extern crate std as extern_std;
