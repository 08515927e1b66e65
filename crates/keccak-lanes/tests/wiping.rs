//! Every sponge is wiped when it is dropped. The bytes that were absorbed are searched for in the memory that it had.
#![allow(unsafe_code)] // the memory of a dropped value

use keccak_lanes::{InterleavedShake, LANES, Lanes, OneLane, Portable, RATE256, Shake, Sponges};
use std::mem::MaybeUninit;

const SECRET: [u8; 32] = [0xc7; 32];

/// How many words of the secret are in the memory.
fn secret_words<T>(memory: &MaybeUninit<T>) -> usize {
    let start = memory.as_ptr().cast::<u64>();
    // SAFETY: each type below begins on a multiple of 8 and has its states first, or a token of size 0 before them: only
    // the words of states are read, which stay initialised when the value is dropped.
    let words = (0..25).map(|i| unsafe { start.add(i).read_volatile() });
    words.filter(|word| *word == u64::from_le_bytes([0xc7; 8])).count()
}

/// Kills: a `Drop` that does nothing.
fn check<T>(what: &str, value: T, expected: usize) {
    let mut memory = MaybeUninit::new(value);
    assert_eq!(secret_words(&memory), expected, "{what}: the control");
    // SAFETY: the value is not used afterwards.
    unsafe { memory.assume_init_drop() };
    assert_eq!(secret_words(&memory), 0, "{what}");
}

#[test]
fn no_sponge_leaves_its_state() {
    let mut shake = Shake::<Portable, RATE256>::new(Portable);
    shake.absorb(&SECRET);
    check("Shake", shake, 4);

    let mut interleaved = InterleavedShake::<RATE256>::new();
    assert!(interleaved.absorb_next(&SECRET, true).is_some());
    check("InterleavedShake", interleaved, 4);

    let mut one = OneLane::new(Portable);
    one.start_seeds(RATE256, &SECRET, [0; LANES]);
    check("OneLane", one, 4);

    let mut lanes = Lanes::new(Portable);
    lanes.absorb_blocks([&SECRET; LANES]);
    // Rows of eight lanes: the first 25 words are in the four rows of the secret.
    check("Lanes", lanes, 25);
}
