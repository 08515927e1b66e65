//! The round of Keccak-f[1600], written once for every kind of register.

/// FIPS 202, section 3.2.5: the round constants, from the 7-bit LFSR rc(t) of algorithm 5.
pub(in crate::backend) const ROUND_CONSTANTS: [u64; 24] = round_constants();

const fn round_constants() -> [u64; 24] {
    let mut constants = [0u64; 24];
    let mut lfsr: u8 = 1;
    let mut round = 0;
    while round < 24 {
        let mut j = 0;
        while j <= 6 {
            if lfsr & 1 == 1 {
                constants[round] |= 1 << ((1u32 << j) - 1);
            }
            // x^8 + x^6 + x^5 + x^4 + 1
            lfsr = (lfsr << 1) ^ (if lfsr & 0x80 != 0 { 0x71 } else { 0 });
            j += 1;
        }
        round += 1;
    }
    constants
}

/// FIPS 202, section 3.2.2: rotation of the lane (x, y), at index x + 5y.
/// Signed because that is what `core::arch` takes as an immediate.
pub(in crate::backend) const ROTATIONS: [i32; 25] = rotations();

const fn rotations() -> [i32; 25] {
    let mut offsets = [0; 25];
    let (mut x, mut y, mut t) = (1usize, 0usize, 0i32);
    while t < 24 {
        offsets[x + 5 * y] = ((t + 1) * (t + 2) / 2) % 64;
        (x, y) = (y, (2 * x + 3 * y) % 5);
        t += 1;
    }
    offsets
}

/// FIPS 202, section 3.2.3 (pi): word i = x + 5y of the new state comes from the word
/// ((x + 3y) mod 5, x) of the old.
pub(in crate::backend) const fn pi_source(i: usize) -> usize {
    let (x, y) = (i % 5, i / 5);
    (x + 3 * y) % 5 + 5 * x
}

/// The parity of each of the five columns of `$a`: the first step of theta (FIPS 202, section 3.2.1).
///
/// Separate from [`keccak_round`] because its position decides which registers are spilled. Code for general registers
/// and AVX2 is faster with it at the end of a round, when the words have just been computed. AVX-512 keeps the whole
/// state in registers and is faster with it at the start, where the parities are used.
macro_rules! column_parities {
    ($ops:ident, $a:ident) => {
        [
            $ops::xor5($a[0], $a[5], $a[10], $a[15], $a[20]),
            $ops::xor5($a[1], $a[6], $a[11], $a[16], $a[21]),
            $ops::xor5($a[2], $a[7], $a[12], $a[17], $a[22]),
            $ops::xor5($a[3], $a[8], $a[13], $a[18], $a[23]),
            $ops::xor5($a[4], $a[9], $a[14], $a[19], $a[24]),
        ]
    };
}

/// One round on `$a`, an array of 25 registers, whose column parities are `$c`: FIPS 202, sections 3.2.1 to 3.2.5.
///
/// `$ops` names a module with the five operations on its kind of register: `xor`, `xor5`, `rol::<N>`,
/// `chi::<I>(a, b, c)` = a ^ (!b & c) for the word I of the new state, and `splat` of a round constant.
///
/// A macro and not a generic function: `core::arch` calls are safe, and certain to be inlined, only in a function
/// with the target feature of the register, and a generic function cannot take that from its type parameter.
/// Every index is a constant, so that the array stays in 25 registers and never becomes memory.
macro_rules! keccak_round {
    ($ops:ident, $a:ident, $c:ident, $round:expr) => {{
        use $crate::backend::round::{ROUND_CONSTANTS, keccak_row};
        let d = [
            $ops::xor($c[4], $ops::rol::<1>($c[1])),
            $ops::xor($c[0], $ops::rol::<1>($c[2])),
            $ops::xor($c[1], $ops::rol::<1>($c[3])),
            $ops::xor($c[2], $ops::rol::<1>($c[4])),
            $ops::xor($c[3], $ops::rol::<1>($c[0])),
        ];
        let [r0, r1, r2, r3, r4] = keccak_row!($ops, $a, d, 0, 1, 2, 3, 4);
        let [r5, r6, r7, r8, r9] = keccak_row!($ops, $a, d, 5, 6, 7, 8, 9);
        let [r10, r11, r12, r13, r14] = keccak_row!($ops, $a, d, 10, 11, 12, 13, 14);
        let [r15, r16, r17, r18, r19] = keccak_row!($ops, $a, d, 15, 16, 17, 18, 19);
        let [r20, r21, r22, r23, r24] = keccak_row!($ops, $a, d, 20, 21, 22, 23, 24);
        // iota
        let r0 = $ops::xor(r0, $ops::splat(ROUND_CONSTANTS[$round]));
        $a = [
            r0, r1, r2, r3, r4, r5, r6, r7, r8, r9, r10, r11, r12, r13, r14, r15, r16, r17, r18, r19, r20,
            r21, r22, r23, r24,
        ];
    }};
}

/// One row of the new state: the XOR of theta, rho and pi on the five words that move there, then chi.
macro_rules! keccak_row {
    ($ops:ident, $a:ident, $d:ident, $($i:literal),+) => {{
        use $crate::backend::round::{ROTATIONS, pi_source};
        let [b0, b1, b2, b3, b4] = [$(
            $ops::rol::<{ ROTATIONS[pi_source($i)] }>(
                $ops::xor($a[const { pi_source($i) }], $d[const { pi_source($i) % 5 }]),
            )
        ),+];
        const ROW: [usize; 5] = [$($i),+];
        [
            $ops::chi::<{ ROW[0] }>(b0, b1, b2),
            $ops::chi::<{ ROW[1] }>(b1, b2, b3),
            $ops::chi::<{ ROW[2] }>(b2, b3, b4),
            $ops::chi::<{ ROW[3] }>(b3, b4, b0),
            $ops::chi::<{ ROW[4] }>(b4, b0, b1),
        ]
    }};
}

pub(in crate::backend) use {column_parities, keccak_round, keccak_row};
