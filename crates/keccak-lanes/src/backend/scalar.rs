//! One state in general registers. No target feature is asked for here: the function is compiled once as
//! it is for [`Portable`](super::Portable), and once more inside functions with BMI1 and BMI2
//! (`andn`, `rorx`) for the back ends that know that the CPU has them.

use super::round::{column_parities, keccak_round, pi_source};

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
    pub(crate) fn chi<const I: usize>(a: u64, b: u64, c: u64) -> u64 {
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

/// [`keccak_f1600`] for CPUs without `andn`, where the 25 complements of chi cost an instruction each, often two: six
/// words are kept complemented, and by De Morgan's laws most complements of chi vanish.
#[inline(always)]
pub(in crate::backend) fn keccak_f1600_complementing(a: [u64; 25]) -> [u64; 25] {
    let mut a = complement(a);
    let mut c = column_parities!(complemented, a);
    let mut round = 0;
    while round < 24 {
        keccak_round!(complemented, a, c, round);
        c = column_parities!(complemented, a);
        keccak_round!(complemented, a, c, round + 1);
        c = column_parities!(complemented, a);
        round += 2;
    }
    complement(a)
}

/// Which words are kept complemented between rounds (the set of the Keccak team's implementation overview,
/// "lane complementing").
const KEPT: [bool; 25] = {
    let mut kept = [false; 25];
    let words = [1, 2, 8, 12, 17, 20];
    let mut i = 0;
    while i < words.len() {
        kept[words[i]] = true;
        i += 1;
    }
    kept
};

/// Which words chi finds complemented: those kept, through theta, rho and pi.
const FOUND: [bool; 25] = {
    let mut parity = [false; 5];
    let mut i = 0;
    while i < 25 {
        parity[i % 5] ^= KEPT[i];
        i += 1;
    }
    let mut found = [false; 25];
    let mut i = 0;
    while i < 25 {
        let from = pi_source(i);
        let x = from % 5;
        found[i] = KEPT[from] ^ parity[(x + 4) % 5] ^ parity[(x + 1) % 5];
        i += 1;
    }
    found
};

#[inline(always)]
fn complement(mut a: [u64; 25]) -> [u64; 25] {
    let mut i = 0;
    while i < 25 {
        if KEPT[i] {
            a[i] = !a[i];
        }
        i += 1;
    }
    a
}

/// The five operations of `keccak_round` on words of which some are complemented.
mod complemented {
    pub(super) use super::word::{rol, splat, xor, xor5};
    use super::{FOUND, KEPT};

    /// a ^ (!b & c) for the new word I, where a, b and c may come, and the result may have to be, complemented.
    #[inline(always)]
    pub(super) fn chi<const I: usize>(a: u64, b: u64, c: u64) -> u64 {
        let (b_found, c_found) = const { (FOUND[I / 5 * 5 + (I + 1) % 5], FOUND[I / 5 * 5 + (I + 2) % 5]) };
        let complement = const { FOUND[I] ^ KEPT[I] };
        // With B, C for the true words: !B & C is ...
        match (b_found, c_found, complement) {
            (true, false, false) => a ^ (b & c),
            (false, true, true) => a ^ (b | c),
            (true, true, false) => a ^ (b & !c),
            (true, true, true) => a ^ (!b | c),
            (false, false, false) => a ^ (!b & c),
            (false, false, true) => a ^ (b | !c),
            (true, false, true) => a ^ !(b & c),
            (false, true, false) => a ^ !(b | c),
        }
    }
}
