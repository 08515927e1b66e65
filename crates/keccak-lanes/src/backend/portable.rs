//! Plain Rust, for every target, and the reference that the other back ends are tested against.

use super::{Backend, sealed::Sealed};
use crate::lanes::{LANES, States};

/// The back end in plain Rust.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

impl Sealed for Portable {}

impl Backend for Portable {
    const NAME: &'static str = "portable";
    const WIDTH: usize = 1;

    #[inline]
    fn detect() -> Option<Self> {
        Some(Self)
    }

    #[inline]
    fn permute(self, state: &mut [u64; 25]) {
        keccak_f1600(state);
    }

    fn permute_lanes(self, states: &mut States, active: usize) {
        for lane in 0..active.min(LANES) {
            let mut state: [u64; 25] = core::array::from_fn(|w| states.0[w][lane]);
            keccak_f1600(&mut state);
            for (word, value) in states.0.iter_mut().zip(state) {
                word[lane] = value;
            }
        }
    }
}

/// FIPS 202, section 3.2.5: the round constants, from the 7-bit LFSR rc(t) of algorithm 5.
pub(super) const ROUND_CONSTANTS: [u64; 24] = round_constants();

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
pub(super) const ROTATIONS: [u32; 25] = rotations();

const fn rotations() -> [u32; 25] {
    let mut offsets = [0u32; 25];
    let (mut x, mut y, mut t) = (1usize, 0usize, 0u32);
    while t < 24 {
        offsets[x + 5 * y] = ((t + 1) * (t + 2) / 2) % 64;
        (x, y) = (y, (2 * x + 3 * y) % 5);
        t += 1;
    }
    offsets
}

/// FIPS 202, section 3.3: KECCAK-p[1600, 24].
fn keccak_f1600(a: &mut [u64; 25]) {
    for rc in ROUND_CONSTANTS {
        // theta
        let c: [u64; 5] = core::array::from_fn(|x| a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20]);
        let d: [u64; 5] = core::array::from_fn(|x| c[(x + 4) % 5] ^ c[(x + 1) % 5].rotate_left(1));
        // rho and pi: B[y, 2x + 3y] = rot(A[x, y])
        let mut b = [0u64; 25];
        for y in 0..5 {
            for x in 0..5 {
                b[y + 5 * ((2 * x + 3 * y) % 5)] = (a[x + 5 * y] ^ d[x]).rotate_left(ROTATIONS[x + 5 * y]);
            }
        }
        // chi and iota
        for y in 0..5 {
            for x in 0..5 {
                a[x + 5 * y] = b[x + 5 * y] ^ (!b[(x + 1) % 5 + 5 * y] & b[(x + 2) % 5 + 5 * y]);
            }
        }
        a[0] ^= rc;
    }
}
