//! The permutation of a pair of states in vector registers, with and without FEAT_SHA3.
//!
//! Two operations are blocks of assembly, because the compiler has no way to say how many registers may be used.

use crate::backend::round::{ROTATIONS, column_parities, pi_source};
use crate::state::{LANES, States};
use core::arch::aarch64::*;

/// The lanes `first` and `first + 1` (at most 7).
#[inline]
#[target_feature(enable = "neon")]
pub(super) fn load(states: &States, first: usize) -> [uint64x2_t; 25] {
    let pair = first / 2 % (LANES / 2);
    let mut a = [vdupq_n_u64(0); 25];
    for (register, words) in a.iter_mut().zip(&states.0) {
        // SAFETY: the array is as long as the register.
        *register = unsafe { vld1q_u64(words.as_chunks::<2>().0[pair].as_ptr()) };
    }
    a
}

#[inline]
#[target_feature(enable = "neon")]
pub(super) fn store(states: &mut States, first: usize, a: [uint64x2_t; 25]) {
    let pair = first / 2 % (LANES / 2);
    for (words, register) in states.0.iter_mut().zip(a) {
        // SAFETY: the array is as long as the register.
        unsafe { vst1q_u64(words.as_chunks_mut::<2>().0[pair].as_mut_ptr(), register) };
    }
}

/// The permutation of pairs of states with the four operations of module `$ops`: `xor5`, `xor_rol1(a, b)` = a ^ rol(b, 1),
/// `rol_xor::<N, 64 − N>(a, d)` = rol(a ^ d, N), and `chi(a, b, c)` = a ^ (!b & c).
///
/// The 32 registers hold the state, the five words of theta and two more, if no other value lives at the same time. So all words
/// are moved before the first chi, in the order of the one cycle of pi: each takes the register that the last one left.
macro_rules! pairs {
    ($ops:ident, $features:literal) => {
        /// All rounds, or the last ones, on the lanes `first` and `first + 1` (at most 7).
        #[inline(never)] // a second copy would pass the state through memory, which would not be wiped
        #[target_feature(enable = $features)]
        pub(in super::super) fn permute(states: &mut States, first: usize, constants: &[u64]) {
            store(states, first, rounds(load(states, first), constants));
        }

        #[inline]
        #[target_feature(enable = $features)]
        pub(in super::super) fn rounds(mut a: [uint64x2_t; 25], constants: &[u64]) -> [uint64x2_t; 25] {
            for constant in constants {
                let c = column_parities!($ops, a);
                let d = [
                    $ops::xor_rol1(c[4], c[1]),
                    $ops::xor_rol1(c[0], c[2]),
                    $ops::xor_rol1(c[1], c[3]),
                    $ops::xor_rol1(c[2], c[4]),
                    $ops::xor_rol1(c[3], c[0]),
                ];
                let mut b = [a[0]; 25];
                b[0] = veorq_u64(a[0], d[0]);
                move_words!($ops, a, b, d, 1 6 9 22 14 20 2 12 13 19 23 15 4 24 21 8 16 5 3 18 17 11 7 10);
                fence(&mut b);
                chi_row!($ops, a, b, 0);
                // SAFETY: the reference points to eight bytes.
                a[0] = veorq_u64(a[0], unsafe { vld1q_dup_u64(constant) });
                chi_row!($ops, a, b, 5);
                chi_row!($ops, a, b, 10);
                chi_row!($ops, a, b, 15);
                chi_row!($ops, a, b, 20);
            }
            a
        }
    };
}

/// Theta, rho and pi: word i of `$b` from the word of `$a` that moves there.
macro_rules! move_words {
    ($ops:ident, $a:ident, $b:ident, $d:ident, $($i:literal)+) => {$({
        const FROM: usize = pi_source($i);
        $b[$i] = $ops::rol_xor::<{ ROTATIONS[FROM] }, { 64 - ROTATIONS[FROM] }>($a[FROM], $d[FROM % 5]);
    })+};
}

macro_rules! chi_row {
    ($ops:ident, $a:ident, $b:ident, $y:literal) => {
        $a[$y] = $ops::chi($b[$y], $b[$y + 1], $b[$y + 2]);
        $a[$y + 1] = $ops::chi($b[$y + 1], $b[$y + 2], $b[$y + 3]);
        $a[$y + 2] = $ops::chi($b[$y + 2], $b[$y + 3], $b[$y + 4]);
        $a[$y + 3] = $ops::chi($b[$y + 3], $b[$y + 4], $b[$y]);
        $a[$y + 4] = $ops::chi($b[$y + 4], $b[$y], $b[$y + 1]);
    };
}

/// Keeps the compiler from computing a part of chi before all words are moved: it would have too few registers.
#[inline]
#[target_feature(enable = "neon")]
fn fence(b: &mut [uint64x2_t; 25]) {
    let [
        b0,
        b1,
        b2,
        b3,
        b4,
        b5,
        b6,
        b7,
        b8,
        b9,
        b10,
        b11,
        b12,
        b13,
        b14,
        b15,
        b16,
        b17,
        b18,
        b19,
        b20,
        b21,
        b22,
        b23,
        b24,
    ] = b;
    #[cfg(not(miri))] // Miri supports no assembly
    // SAFETY: the block contains no instruction.
    unsafe {
        core::arch::asm!(
            "/* {0:v} {1:v} {2:v} {3:v} {4:v} {5:v} {6:v} {7:v} {8:v} {9:v} {10:v} {11:v} {12:v} {13:v} {14:v} {15:v} {16:v} \
             {17:v} {18:v} {19:v} {20:v} {21:v} {22:v} {23:v} {24:v} */",
            inout(vreg) * b0,
            inout(vreg) * b1,
            inout(vreg) * b2,
            inout(vreg) * b3,
            inout(vreg) * b4,
            inout(vreg) * b5,
            inout(vreg) * b6,
            inout(vreg) * b7,
            inout(vreg) * b8,
            inout(vreg) * b9,
            inout(vreg) * b10,
            inout(vreg) * b11,
            inout(vreg) * b12,
            inout(vreg) * b13,
            inout(vreg) * b14,
            inout(vreg) * b15,
            inout(vreg) * b16,
            inout(vreg) * b17,
            inout(vreg) * b18,
            inout(vreg) * b19,
            inout(vreg) * b20,
            inout(vreg) * b21,
            inout(vreg) * b22,
            inout(vreg) * b23,
            inout(vreg) * b24,
            options(pure, nomem, nostack, preserves_flags)
        );
    }
}

/// Without FEAT_SHA3.
pub(super) mod simd {
    use super::*;

    pairs!(simd, "neon");

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn xor5(
        a: uint64x2_t,
        b: uint64x2_t,
        c: uint64x2_t,
        d: uint64x2_t,
        e: uint64x2_t,
    ) -> uint64x2_t {
        veorq_u64(veorq_u64(veorq_u64(veorq_u64(a, b), c), d), e)
    }

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn xor_rol1(a: uint64x2_t, b: uint64x2_t) -> uint64x2_t {
        veorq_u64(a, vsraq_n_u64::<63>(vaddq_u64(b, b), b))
    }

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn rol_xor<const N: i32, const REST: i32>(a: uint64x2_t, d: uint64x2_t) -> uint64x2_t {
        #[cfg(miri)] // Miri supports no assembly
        return vsraq_n_u64::<REST>(vshlq_n_u64::<N>(veorq_u64(a, d)), veorq_u64(a, d));
        #[cfg(not(miri))]
        {
            let result;
            // SAFETY: the instructions only compute. In one block, they need one register more than the state; the compiler
            // would compute several words at the same time, with more registers than exist.
            unsafe {
                core::arch::asm!(
                    "eor {x:v}.16b, {x:v}.16b, {d:v}.16b",
                    "shl {result:v}.2d, {x:v}.2d, #{n}",
                    "usra {result:v}.2d, {x:v}.2d, #{rest}",
                    x = inout(vreg) a => _, d = in(vreg) d, result = lateout(vreg) result,
                    n = const N, rest = const REST,
                    options(pure, nomem, nostack, preserves_flags)
                );
            }
            result
        }
    }

    #[inline]
    #[target_feature(enable = "neon")]
    pub(super) fn chi(a: uint64x2_t, b: uint64x2_t, c: uint64x2_t) -> uint64x2_t {
        #[cfg(miri)] // as above
        return veorq_u64(a, vbicq_u64(c, b));
        #[cfg(not(miri))]
        {
            let result;
            // SAFETY: as above.
            unsafe {
                core::arch::asm!(
                    "bic {result:v}.16b, {c:v}.16b, {b:v}.16b",
                    "eor {result:v}.16b, {result:v}.16b, {a:v}.16b",
                    a = in(vreg) a, b = in(vreg) b, c = in(vreg) c, result = out(vreg) result,
                    options(pure, nomem, nostack, preserves_flags)
                );
            }
            result
        }
    }
}

/// With FEAT_SHA3: one instruction for each operation, two for `xor5`.
pub(super) mod sha3 {
    use super::*;

    pairs!(sha3, "neon,sha3");

    #[inline]
    #[target_feature(enable = "neon,sha3")]
    pub(super) fn xor5(
        a: uint64x2_t,
        b: uint64x2_t,
        c: uint64x2_t,
        d: uint64x2_t,
        e: uint64x2_t,
    ) -> uint64x2_t {
        veor3q_u64(veor3q_u64(a, b, c), d, e)
    }

    #[inline]
    #[target_feature(enable = "neon,sha3")]
    pub(super) fn xor_rol1(a: uint64x2_t, b: uint64x2_t) -> uint64x2_t {
        vrax1q_u64(a, b)
    }

    #[inline]
    #[target_feature(enable = "neon,sha3")]
    pub(super) fn rol_xor<const N: i32, const REST: i32>(a: uint64x2_t, d: uint64x2_t) -> uint64x2_t {
        vxarq_u64::<REST>(a, d)
    }

    #[inline]
    #[target_feature(enable = "neon,sha3")]
    pub(super) fn chi(a: uint64x2_t, b: uint64x2_t, c: uint64x2_t) -> uint64x2_t {
        vbcaxq_u64(a, c, b)
    }
}
