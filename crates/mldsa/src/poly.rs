//! Polynomials. The two domains are two types, so that they cannot be mixed.

use crate::params::{N, Zero};
use zeroize::Zeroize;

/// An element of R_q: coefficient `i` belongs to X^i. Signed; each function says in which range.
#[derive(Clone)]
#[repr(C, align(64))]
pub struct Poly(pub [i32; N]);

/// An element of T_q = NTT(R_q), in FIPS 204's order. Signed; each function says in which range.
#[derive(Clone)]
#[repr(C, align(64))]
pub struct NttPoly(pub [i32; N]);

/// Bytes of a [`UniformPoly`]: three a coefficient.
pub const UNIFORM_LEN: usize = 3 * N;

/// A public, uniformly sampled element of T_q, kept as SHAKE128 gave it: three bytes a coefficient, little
/// endian, the highest bit to be ignored, below q (FIPS 204, algorithm 14, CoeffFromThreeBytes).
///
/// A is most of the memory of a signature: three bytes instead of four keep ML-DSA-87 in 42 KiB, and
/// sampling becomes a check of bytes which already lie where they belong.
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

/// Zeroes in a way that the compiler must keep: whole vectors, where `zeroize` on integers stores one by one.
#[inline]
pub(crate) fn wipe<T: Copy + Default>(memory: &mut [T]) {
    memory.fill(T::default());
    zeroize::optimization_barrier(memory);
}

/// Overwrites the stack below the caller's frame, as far as a permutation of Keccak and what calls it reach: the registers
/// that they spilled there hold the last state. `tests/zeroize.rs` looks whether it is enough.
#[inline]
pub(crate) fn wipe_spills() {
    wipe_stack::<1792>();
}

/// Overwrites so many bytes of the stack below the caller's frame.
#[inline(never)]
pub(crate) fn wipe_stack<const LEN: usize>() {
    wipe(&mut [0xff_u8; LEN]);
}

/// A value that is wiped when it leaves its scope. (`zeroize::Zeroizing` wants `Zeroize` of the whole.)
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
