//! One state in general registers.
//!
//! `eor` and `bic` rotate their second operand at no cost. So rho is not computed: each word is stored rotated, and the
//! instructions of the next step rotate it back. A round has 106 instructions instead of 125.

use crate::backend::round::{ROTATIONS, ROUND_CONSTANTS, pi_source};

/// Between rounds, word i is `stored.rotate_left(FRAMES[i])`: the rotation that rho owes it.
pub(super) const FRAMES: [u32; 25] = {
    let mut frames = [0; 25];
    let mut i = 0;
    while i < 25 {
        frames[i] = ROTATIONS[pi_source(i)] as u32;
        i += 1;
    }
    frames
};

/// How far to rotate a value of frame `from` to the right so that it has frame `to`.
pub(super) const fn turn(from: u32, to: u32) -> u32 {
    (64 + to - from) % 64
}

/// a ^ b.rotate_right(N). As assembly, because the compiler would move some of the rotations elsewhere, where they cost.
#[inline(always)]
fn xor_ror<const N: u32>(a: u64, b: u64) -> u64 {
    #[cfg(miri)] // Miri supports no assembly
    let result = a ^ b.rotate_right(N);
    #[cfg(not(miri))]
    let result;
    #[cfg(not(miri))]
    // SAFETY: the instruction only computes.
    unsafe {
        core::arch::asm!("eor {}, {}, {}, ror #{}", lateout(reg) result, in(reg) a, in(reg) b, const N,
            options(pure, nomem, nostack, preserves_flags));
    }
    result
}

/// a & !b.rotate_right(N), likewise.
#[inline(always)]
fn clear_ror<const N: u32>(a: u64, b: u64) -> u64 {
    #[cfg(miri)] // Miri supports no assembly
    let result = a & !b.rotate_right(N);
    #[cfg(not(miri))]
    let result;
    #[cfg(not(miri))]
    // SAFETY: the instruction only computes.
    unsafe {
        core::arch::asm!("bic {}, {}, {}, ror #{}", lateout(reg) result, in(reg) a, in(reg) b, const N,
            options(pure, nomem, nostack, preserves_flags));
    }
    result
}

/// The parity of column X, in its true position.
macro_rules! parity {
    ($a:ident, $x:literal) => {{
        const F: u32 = FRAMES[$x];
        let c = xor_ror::<{ turn(FRAMES[$x + 5], F) }>($a[$x], $a[$x + 5]);
        let c = xor_ror::<{ turn(FRAMES[$x + 10], F) }>(c, $a[$x + 10]);
        let c = xor_ror::<{ turn(FRAMES[$x + 15], F) }>(c, $a[$x + 15]);
        let c = xor_ror::<{ turn(FRAMES[$x + 20], F) }>(c, $a[$x + 20]);
        c.rotate_left(F)
    }};
}

/// Theta, with the rotation that each word was owed, and pi. What rho owes word i of `$b` now is FRAMES\[i\].
macro_rules! move_words {
    ($a:ident, $b:ident, $d:ident, $($i:literal)+) => {$(
        $b[$i] = xor_ror::<{ turn(FRAMES[pi_source($i)], 0) }>(
            $d[const { pi_source($i) % 5 }],
            $a[const { pi_source($i) }],
        );
    )+};
}

/// Word I of chi, in its frame, from the words I, J and K.
macro_rules! chi {
    ($b:ident, $i:expr, $j:expr, $k:expr) => {{
        let masked = clear_ror::<{ turn(FRAMES[$j], FRAMES[$k]) }>($b[$k], $b[$j]);
        xor_ror::<{ turn(FRAMES[$k], FRAMES[$i]) }>($b[$i], masked)
    }};
}

macro_rules! chi_row {
    ($a:ident, $b:ident, $y:literal) => {
        $a[$y] = chi!($b, $y, $y + 1, $y + 2);
        $a[$y + 1] = chi!($b, $y + 1, $y + 2, $y + 3);
        $a[$y + 2] = chi!($b, $y + 2, $y + 3, $y + 4);
        $a[$y + 3] = chi!($b, $y + 3, $y + 4, $y);
        $a[$y + 4] = chi!($b, $y + 4, $y, $y + 1);
    };
}

/// FIPS 202, section 3.3: KECCAK-p[1600, 24].
pub(super) fn permute(state: &mut [u64; 25]) {
    let mut a = *state;
    for (word, frame) in a.iter_mut().zip(FRAMES) {
        *word = word.rotate_right(frame);
    }
    for constant in &ROUND_CONSTANTS {
        let c = [parity!(a, 0), parity!(a, 1), parity!(a, 2), parity!(a, 3), parity!(a, 4)];
        let d = [
            xor_ror::<63>(c[4], c[1]),
            xor_ror::<63>(c[0], c[2]),
            xor_ror::<63>(c[1], c[3]),
            xor_ror::<63>(c[2], c[4]),
            xor_ror::<63>(c[3], c[0]),
        ];
        let mut b = [0; 25];
        b[0] = a[0] ^ d[0];
        move_words!(a, b, d, 1 6 9 22 14 20 2 12 13 19 23 15 4 24 21 8 16 5 3 18 17 11 7 10);
        // Word 0 is never rotated, so the constant is not either.
        const { assert!(FRAMES[0] == 0) };
        chi_row!(a, b, 0);
        a[0] ^= constant;
        chi_row!(a, b, 5);
        chi_row!(a, b, 10);
        chi_row!(a, b, 15);
        chi_row!(a, b, 20);
    }
    for ((word, a), frame) in state.iter_mut().zip(a).zip(FRAMES) {
        *word = a.rotate_left(frame);
    }
}
