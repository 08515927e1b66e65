//! SHAKE128 (FIPS 202) that absorbs, with a state that can be stored: the crate `shake` does not give its state away.

use keccak::Keccak;

/// Bytes that one permutation absorbs: (1600 − 2 · 128) / 8.
const RATE: usize = (1600 - 2 * 128) / 8;

/// SHAKE128 while it absorbs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accumulator {
    lanes: [u64; 25],
    /// What waits for the next permutation: less than [`RATE`] bytes between two calls.
    waiting: Vec<u8>,
}

impl Default for Accumulator {
    fn default() -> Self {
        Self { lanes: [0; 25], waiting: Vec::with_capacity(RATE) }
    }
}

impl Accumulator {
    /// Absorbs `bytes`.
    pub fn absorb(&mut self, mut bytes: &[u8]) {
        while let Some((now, later)) = bytes.split_at_checked(RATE - self.waiting.len()) {
            self.waiting.extend_from_slice(now);
            self.permute();
            bytes = later;
        }
        self.waiting.extend_from_slice(bytes);
    }

    /// The first 32 bytes of output.
    pub fn hash(mut self) -> [u8; 32] {
        // The suffix of SHAKE (1111) and the first bit of the padding, then its last bit.
        self.waiting.push(0x1f);
        self.waiting.resize(RATE, 0);
        if let Some(last) = self.waiting.last_mut() {
            *last |= 0x80;
        }
        self.permute();
        let mut hash = [0; 32];
        for (bytes, lane) in hash.chunks_exact_mut(8).zip(self.lanes) {
            bytes.copy_from_slice(&lane.to_le_bytes());
        }
        hash
    }

    /// The 25 lanes of the state, each in little-endian order (200 bytes), and the bytes that wait (0 to 167).
    pub fn state(&self) -> ([u8; 200], &[u8]) {
        let mut lanes = [0; 200];
        for (bytes, lane) in lanes.chunks_exact_mut(8).zip(self.lanes) {
            bytes.copy_from_slice(&lane.to_le_bytes());
        }
        (lanes, &self.waiting)
    }

    /// Goes on from a [`Self::state`]; `None` if more than 167 bytes wait.
    pub fn from_state(lanes: &[u8; 200], waiting: &[u8]) -> Option<Self> {
        let mut accumulator = Self::default();
        for (lane, bytes) in accumulator.lanes.iter_mut().zip(lanes.chunks_exact(8)) {
            *lane = word(bytes);
        }
        accumulator.waiting.extend_from_slice(waiting);
        (waiting.len() < RATE).then_some(accumulator)
    }

    /// Adds the block that waits, [`RATE`] bytes, to the state and permutes.
    fn permute(&mut self) {
        for (lane, bytes) in self.lanes.iter_mut().zip(self.waiting.chunks_exact(8)) {
            *lane ^= word(bytes);
        }
        Keccak::new().with_f1600(|f1600| f1600(&mut self.lanes));
        self.waiting.clear();
    }
}

/// A lane of 8 bytes.
fn word(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(bytes);
    u64::from_le_bytes(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shake::{ExtendableOutput, Shake128, Update, XofReader};

    fn expected(bytes: &[u8]) -> [u8; 32] {
        let mut hash = [0; 32];
        let mut shake = Shake128::default();
        shake.update(bytes);
        shake.finalize_xof().read(&mut hash);
        hash
    }

    /// Kills: a wrong rate, suffix or padding, and a block lost or taken twice where pieces meet the rate. All lengths around
    /// the multiples of the rate, in pieces of all lengths, each stored and read between two pieces.
    #[test]
    fn it_is_shake128_also_when_it_is_stored_between_pieces() {
        let bytes: Vec<u8> = (0..=255).cycle().take(3 * RATE + 2).collect();
        for length in 0..=bytes.len() {
            let bytes = &bytes[..length];
            for piece in [1, 7, RATE - 1, RATE, RATE + 1, 2 * RATE + 3] {
                let mut accumulator = Accumulator::default();
                for bytes in bytes.chunks(piece) {
                    accumulator.absorb(bytes);
                    let (lanes, waiting) = accumulator.state();
                    let stored = Accumulator::from_state(&lanes, waiting).unwrap();
                    assert_eq!(stored, accumulator);
                    accumulator = stored;
                }
                assert_eq!(accumulator.hash(), expected(bytes), "{length} bytes in pieces of {piece}");
            }
        }
    }

    #[test]
    fn a_whole_block_cannot_wait() {
        assert!(Accumulator::from_state(&[0; 200], &[0; RATE - 1]).is_some());
        assert!(Accumulator::from_state(&[0; 200], &[0; RATE]).is_none());
    }
}
