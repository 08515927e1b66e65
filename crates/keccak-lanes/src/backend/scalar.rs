//! One state in general registers. The functions here enable no target feature: they are compiled once as they are, for
//! [`Portable`](super::Portable), and once more inside functions with BMI1 and BMI2 (`andn`, `rorx`), for the back ends
//! that have detected these.

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
    // Two rounds per iteration: half as many moves that bring the words back to their registers.
    while round < 24 {
        keccak_round!(word, a, c, round);
        c = column_parities!(word, a);
        keccak_round!(word, a, c, round + 1);
        c = column_parities!(word, a);
        round += 2;
    }
    a
}

/// [`keccak_f1600`] for CPUs without `andn`. There, each of the 25 complements of chi costs one instruction, often two.
/// If six words are stored complemented, De Morgan's laws remove most complements of chi.
#[inline(always)]
pub(in crate::backend) fn keccak_f1600_complementing(a: [u64; 25]) -> [u64; 25] {
    let mut a = complement(a);
    if cfg!(target_family = "wasm") {
        // V8 is 1.3 times as fast with this form.
        let mut round = 0;
        while round < 24 {
            let c = column_parities!(complemented, a);
            keccak_round!(complemented, a, c, round);
            round += 1;
        }
        return complement(a);
    }
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

/// The words that are stored complemented between rounds (the set in the Keccak team's implementation overview,
/// "lane complementing").
const STORED_COMPLEMENTED: [bool; 25] = {
    let mut stored = [false; 25];
    let words = [1, 2, 8, 12, 17, 20];
    let mut i = 0;
    while i < words.len() {
        stored[words[i]] = true;
        i += 1;
    }
    stored
};

/// The words that are complemented when chi reads them: the stored ones after theta, rho and pi.
const COMPLEMENTED_AT_CHI: [bool; 25] = {
    let mut parity = [false; 5];
    let mut i = 0;
    while i < 25 {
        parity[i % 5] ^= STORED_COMPLEMENTED[i];
        i += 1;
    }
    let mut at_chi = [false; 25];
    let mut i = 0;
    while i < 25 {
        let from = pi_source(i);
        let x = from % 5;
        at_chi[i] = STORED_COMPLEMENTED[from] ^ parity[(x + 4) % 5] ^ parity[(x + 1) % 5];
        i += 1;
    }
    at_chi
};

#[inline(always)]
fn complement(mut a: [u64; 25]) -> [u64; 25] {
    let mut i = 0;
    while i < 25 {
        if STORED_COMPLEMENTED[i] {
            a[i] = !a[i];
        }
        i += 1;
    }
    a
}

/// The five operations of `keccak_round` when some of the words are complemented.
mod complemented {
    pub(super) use super::word::{rol, splat, xor, xor5};
    use super::{COMPLEMENTED_AT_CHI, STORED_COMPLEMENTED};

    /// a ^ (!b & c) for the new word I, where the inputs may be complemented and the result may have to be.
    #[inline(always)]
    pub(super) fn chi<const I: usize>(a: u64, b: u64, c: u64) -> u64 {
        let (b_complemented, c_complemented) = const {
            (COMPLEMENTED_AT_CHI[I / 5 * 5 + (I + 1) % 5], COMPLEMENTED_AT_CHI[I / 5 * 5 + (I + 2) % 5])
        };
        let complement_result = const { COMPLEMENTED_AT_CHI[I] ^ STORED_COMPLEMENTED[I] };
        // With B and C for the true words: a ^ (!B & C), or its complement.
        match (b_complemented, c_complemented, complement_result) {
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
