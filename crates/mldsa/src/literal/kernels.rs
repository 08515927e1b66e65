//! The transforms on a basis, and the lemma of hints, for all inputs.

use super::*;
use crate::params::Gamma2;
use crate::poly::{NttPoly, Poly};
use crate::rounding;

/// The sum of w\[i\]·root^i mod q for a basis vector: root^i.
fn roots() -> [i64; N] {
    core::array::from_fn(|i| power(1753, 2 * bit_rev8(i) + 1))
}

struct Basis;

impl OnEach for Basis {
    fn on<B: Backend>(&self, backend: B) {
        let roots = roots();
        // root^i for the basis vector X^i.
        let mut powers = [1_i64; N];
        for i in 0..N {
            let mut w = Poly([0; N]);
            w.0[i] = 1;
            let mut w_hat = NttPoly([0; N]);
            backend.ntt(&w, &mut w_hat);
            let ours = w_hat.0.map(|x| i64::from(x).rem_euclid(Q64));
            assert_eq!(ours, powers, "X^{i} {}", B::NAME);
            // NTT^−1 times 2^32: its input is centered, below 0.84q.
            let centered = NttPoly(ours.map(|x| mod_pm(x, Q64) as i32));
            backend.inv_ntt(&centered, &mut w);
            let scale = mod_pm(1 << 32, Q64) as i32;
            for (j, &x) in w.0.iter().enumerate() {
                assert_eq!(x, if j == i { scale } else { 0 }, "X^{i} at {j} {}", B::NAME);
            }
            for (power, root) in powers.iter_mut().zip(&roots) {
                *power = *power * root % Q64;
            }
        }
    }
}

/// NTT evaluates at the roots and NTT^−1 inverts that: on a basis, so everywhere, as both are linear mod q within the bounds of
/// `bounds.rs`. Kills: a wrong zeta, layers or lanes in another order, a missing scale.
#[test]
fn transforms_on_a_basis() {
    on_each(&Basis);
    let w = core::array::from_fn(|i| (i as i64 * 7919 + 13) % Q64);
    assert_eq!(inv_ntt(&ntt(&w)), w);
    for (j, &root) in roots().iter().enumerate() {
        let value = w.iter().rev().fold(0, |sum, &c| (sum * root + c) % Q64);
        assert_eq!(ntt(&w)[j], value);
    }
}

/// Section 7.4: UseHint(MakeHint(z, r), r) = HighBits(r + z) for |z| ≤ gamma2.
///
/// Both sides depend on r and r + z only by their parts. UseHint(h, r) is HighBits(r) without a hint, so the lemma is trivial
/// for h = 0. For h = 1 it says that the high part moved by one, in the direction of r0. With r fixed, HighBits(r + z) is a
/// monotone staircase in z, so z = ±1, ±gamma2 and the z next to both ends of r's step decide about all z: |z| ≤ gamma2 crosses at
/// most one end. All r in Z_q.
#[test]
fn the_lemma_of_hints() {
    let step = if cfg!(mldsa_exhaustive) || !cfg!(debug_assertions) { 1 } else { 97 };
    for gamma2 in [Gamma2::Q88, Gamma2::Q32] {
        let g = i64::from(gamma2.value());
        // The middle of each step, and its ends.
        let edges = (0..=2 * i64::from(gamma2.high_parts()))
            .flat_map(|half| (-2..=2).map(move |d| (half * g + d).rem_euclid(Q64)));
        for r in (0..Q64).step_by(step).chain(edges).chain([0, 1, Q64 - 1, Q64 - 2]) {
            let (r1, r0) = decompose(g, r);
            let to_ends = [g - r0, g - r0 + 1, -g - r0, -g - r0 - 1, -g - r0 + 1];
            for z in [-g, -g + 1, -1, 0, 1, g - 1, g].into_iter().chain(to_ends).filter(|z| z.abs() <= g) {
                let high = decompose(g, r + z).0;
                let hint = i32::from(high != r1); // algorithm 39
                let used = rounding::use_hint(gamma2, hint, r as i32);
                assert_eq!(i64::from(used), high, "r = {r}, z = {z}");
            }
        }
    }
}
