//! The memory that signing wipes. `tests/zeroize.rs` searches optimised code for copies that the compiler makes; the tests here
//! detect a forgotten field in debug builds too.
#![allow(unsafe_code)] // ManuallyDrop::drop

use super::*;
use crate::params::{MlDsa44, MlDsa65, MlDsa87};
use core::mem::ManuallyDrop;

/// Drops a value and checks its memory.
fn after_drop<T>(value: T, is_wiped: impl FnOnce(&T) -> bool) {
    let mut value = ManuallyDrop::new(value);
    // SAFETY: the value is dropped once. Afterwards only its arrays of integers are read, which its Drop leaves initialised.
    unsafe { ManuallyDrop::drop(&mut value) };
    assert!(is_wiped(&value), "{}", core::any::type_name::<T>());
}

fn no_poly(polys: &[Poly]) -> bool {
    polys.iter().all(|poly| poly.0 == [0; N])
}

fn no_ntt_poly(polys: &[NttPoly]) -> bool {
    polys.iter().all(|poly| poly.0 == [0; N])
}

fn no_byte(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}

fn an_expanded_key<P: ParameterSet>() {
    let mut key = Expanded::<P>::EMPTY;
    key.k.fill(1);
    key.s1_hat.as_mut().fill(NttPoly([1; N]));
    key.s2_hat.as_mut().fill(NttPoly([1; N]));
    key.t0.as_mut().fill(1);
    after_drop(key, |key| {
        no_byte(&key.k)
            && no_ntt_poly(key.s1_hat.as_ref())
            && no_ntt_poly(key.s2_hat.as_ref())
            && no_byte(key.t0.as_ref())
    });
}

fn is_wiped<P: ParameterSet>(work: &Workspace<P>) -> bool {
    let Workspace { w0, challenge_input, c_hat, scratch: Scratch { poly, other, product, secret_hat } } =
        work;
    no_poly(w0.as_ref())
        && no_byte(challenge_input.as_ref())
        && [poly, other].iter().all(|poly| poly.0 == [0; N])
        && [c_hat, product, secret_hat].iter().all(|poly| poly.0 == [0; N])
}

fn the_memory_of_attempts<P: ParameterSet>() {
    let mut work = Workspace::<P> {
        w0: P::PolyK::ZEROED,
        challenge_input: P::ChallengeInput::ZEROED,
        c_hat: NttPoly([1; N]),
        scratch: Scratch {
            poly: Poly([1; N]),
            other: Poly([1; N]),
            product: NttPoly([1; N]),
            secret_hat: NttPoly([1; N]),
        },
    };
    work.w0.as_mut().fill(Poly([1; N]));
    work.challenge_input.as_mut().fill(1);
    work.zeroize();
    assert!(is_wiped(&work), "{}", P::NAME);
}

/// Kills: a wipe that does nothing, or omits a field.
#[test]
fn nothing_is_left() {
    an_expanded_key::<MlDsa44>();
    an_expanded_key::<MlDsa65>();
    an_expanded_key::<MlDsa87>();
    the_memory_of_attempts::<MlDsa44>();
    the_memory_of_attempts::<MlDsa65>();
    the_memory_of_attempts::<MlDsa87>();
}
