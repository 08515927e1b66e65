//! Polynomials. The two domains are two types, so that they cannot be confused.

use crate::params::{N, Zero};
use zeroize::Zeroize;

/// An element of R_q: coefficient `i` belongs to X^i. Signed; each function states the range.
#[derive(Clone)]
#[repr(C, align(64))]
pub struct Poly(pub [i32; N]);

/// An element of T_q = NTT(R_q), in the order of FIPS 204. Signed; each function states the range.
#[derive(Clone)]
#[repr(C, align(64))]
pub struct NttPoly(pub [i32; N]);

/// Bytes of a [`UniformPoly`]: three for each coefficient.
pub const UNIFORM_LEN: usize = 3 * N;

/// A public, uniformly sampled element of T_q, stored as SHAKE128 output: three bytes for each coefficient, little
/// endian, the highest bit ignored, below q (FIPS 204, algorithm 14, CoeffFromThreeBytes).
///
/// The matrix A takes most of the memory of a signature. With three bytes instead of four, it has 42 KiB at ML-DSA-87, and
/// sampling only checks bytes that are already in place.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct UniformPoly(pub [u8; UNIFORM_LEN]);

impl AsMut<[u8]> for UniformPoly {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Zero for Poly {
    const ZERO: Self = Self([0; N]);
}

impl Zero for NttPoly {
    const ZERO: Self = Self([0; N]);
}

impl Zero for UniformPoly {
    const ZERO: Self = Self([0; UNIFORM_LEN]);
}

impl Zeroize for Poly {
    #[inline]
    fn zeroize(&mut self) {
        wipe(&mut self.0);
    }
}

impl Zeroize for NttPoly {
    #[inline]
    fn zeroize(&mut self) {
        wipe(&mut self.0);
    }
}

/// Zeroes memory in a way that the compiler must not remove. Stores whole vectors, while `zeroize` stores single integers.
#[inline]
pub(crate) fn wipe<T: Copy + Default>(memory: &mut [T]) {
    memory.fill(T::default());
    zeroize::optimization_barrier(memory);
}

/// Overwrites the stack below the caller's frame, as far as a Keccak permutation and its callers use it: the registers that
/// they spilled there contain the last state. `tests/zeroize.rs` checks that this is enough.
#[inline]
pub(crate) fn wipe_spills() {
    // With 32-bit registers there are no vector back ends, whose frames are the largest.
    if cfg!(target_pointer_width = "32") { wipe_stack::<1152>() } else { wipe_stack::<1792>() }
}

/// Overwrites `LEN` bytes of the stack below the caller's frame.
#[inline(never)]
pub(crate) fn wipe_stack<const LEN: usize>() {
    wipe(&mut [0xff_u8; LEN]);
}

/// A value that is wiped when it goes out of scope. (`zeroize::Zeroizing` requires `Zeroize` for the whole type.)
pub(crate) struct Secret<T: AsMut<[E]>, E: Zeroize>(pub(crate) T, core::marker::PhantomData<E>);

impl<T: AsMut<[E]>, E: Zeroize> Secret<T, E> {
    #[inline]
    pub(crate) fn new(value: T) -> Self {
        Self(value, core::marker::PhantomData)
    }
}

impl<T: AsMut<[E]>, E: Zeroize> Drop for Secret<T, E> {
    #[inline]
    fn drop(&mut self) {
        self.0.as_mut().iter_mut().for_each(Zeroize::zeroize);
    }
}
