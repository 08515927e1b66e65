//! One state in general registers.
//!
//! `eor` and `bic` rotate their second operand at no cost. So rho is not computed: each word is stored rotated, and the
//! instructions of the next step rotate it back. A round has 106 instructions; with the rotations of rho it has 125.

use crate::backend::round::{ROTATIONS, ROUND_CONSTANTS, pi_source};

/// Between rounds, word i is `stored.rotate_left(FRAMES[i])`: the rotation that rho owes it.
const FRAMES: [u32; 25] = {
    let mut frames = [0; 25];
    let mut i = 0;
    while i < 25 {
        frames[i] = ROTATIONS[pi_source(i)] as u32;
        i += 1;
    }
    frames
};

/// How far to rotate a value with frame `from` so that it has frame `to`.
const fn turn(from: u32, to: u32) -> u32 {
    (64 + from - to) % 64
}

/// The parity of column X, rotated back.
macro_rules! parity {
    ($a:ident, $x:literal) => {{
        const F: u32 = FRAMES[$x];
        ($a[$x]
            ^ $a[$x + 5].rotate_left(const { turn(FRAMES[$x + 5], F) })
            ^ $a[$x + 10].rotate_left(const { turn(FRAMES[$x + 10], F) })
            ^ $a[$x + 15].rotate_left(const { turn(FRAMES[$x + 15], F) })
            ^ $a[$x + 20].rotate_left(const { turn(FRAMES[$x + 20], F) }))
        .rotate_left(F)
    }};
}

/// Word I of the new state, in its frame: theta, pi and chi on the three words that it depends on.
macro_rules! row {
    ($a:ident, $d:ident, $($i:literal),+) => {{
        // Theta, with the rotation that the word was owed; what rho owes it now is FRAMES[i].
        let b = [$($d[const { pi_source($i) % 5 }]
            ^ $a[const { pi_source($i) }].rotate_left(const { FRAMES[pi_source($i)] })),+];
        const ROW: [usize; 5] = [$($i),+];
        [chi!(b, ROW, 0, 1, 2), chi!(b, ROW, 1, 2, 3), chi!(b, ROW, 2, 3, 4), chi!(b, ROW, 3, 4, 0), chi!(b, ROW, 4, 0, 1)]
    }};
}

macro_rules! chi {
    ($b:ident, $row:ident, $i:literal, $j:literal, $k:literal) => {{
        let masked = $b[$k] & !$b[$j].rotate_left(const { turn(FRAMES[$row[$j]], FRAMES[$row[$k]]) });
        $b[$i] ^ masked.rotate_left(const { turn(FRAMES[$row[$k]], FRAMES[$row[$i]]) })
    }};
}

/// FIPS 202, section 3.3: KECCAK-p[1600, 24].
pub(super) fn permute(state: &mut [u64; 25]) {
    let mut a = *state;
    for (word, frame) in a.iter_mut().zip(FRAMES) {
        *word = word.rotate_right(frame);
    }
    for constant in ROUND_CONSTANTS {
        let c = [parity!(a, 0), parity!(a, 1), parity!(a, 2), parity!(a, 3), parity!(a, 4)];
        let d = [
            c[4] ^ c[1].rotate_left(1),
            c[0] ^ c[2].rotate_left(1),
            c[1] ^ c[3].rotate_left(1),
            c[2] ^ c[4].rotate_left(1),
            c[3] ^ c[0].rotate_left(1),
        ];
        let [r0, r1, r2, r3, r4] = row!(a, d, 0, 1, 2, 3, 4);
        let [r5, r6, r7, r8, r9] = row!(a, d, 5, 6, 7, 8, 9);
        let [r10, r11, r12, r13, r14] = row!(a, d, 10, 11, 12, 13, 14);
        let [r15, r16, r17, r18, r19] = row!(a, d, 15, 16, 17, 18, 19);
        let [r20, r21, r22, r23, r24] = row!(a, d, 20, 21, 22, 23, 24);
        // Word 0 is never rotated, so the constant is not either.
        const { assert!(FRAMES[0] == 0) };
        a = [
            r0 ^ constant, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15, r16, r17, r18, r19, r20,
            r21, r22, r23, r24,
        ];
    }
    for ((word, a), frame) in state.iter_mut().zip(a).zip(FRAMES) {
        *word = a.rotate_left(frame);
    }
}
