//! One state in general registers. No target feature is asked for here: the function is compiled once as
//! it is for [`Portable`](super::Portable), and once more inside functions with BMI1 and BMI2
//! (`andn`, `rorx`) for the back ends that know that the CPU has them.

use super::round::{column_parities, keccak_round};

/// The five operations of `keccak_round` on `u64`.
pub(in crate::backend) mod word {
    #[inline(always)]
    pub(crate) fn xor(a: u64, b: u64) -> u64 {
        a ^ b
    }

    #[inline(always)]
    pub(crate) fn xor5(a: u64, b: u64, c: u64, d: u64, e: u64) -> u64 {
        a ^ b ^ c ^ d ^ e
    }

    #[inline(always)]
    pub(crate) fn rol<const N: i32>(a: u64) -> u64 {
        a.rotate_left(N as u32)
    }

    #[inline(always)]
    pub(crate) fn chi(a: u64, b: u64, c: u64) -> u64 {
        a ^ (!b & c)
    }

    #[inline(always)]
    pub(crate) fn splat(constant: u64) -> u64 {
        constant
    }
}

/// FIPS 202, section 3.3: KECCAK-p[1600, 24].
#[inline(always)]
pub(in crate::backend) fn keccak_f1600(mut a: [u64; 25]) -> [u64; 25] {
    let mut c = column_parities!(word, a);
    let mut round = 0;
    // Two rounds a turn: half as many moves to bring the words back to their places.
    while round < 24 {
        keccak_round!(word, a, c, round);
        c = column_parities!(word, a);
        keccak_round!(word, a, c, round + 1);
        c = column_parities!(word, a);
        round += 2;
    }
    a
}
