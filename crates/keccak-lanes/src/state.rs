//! Keccak states, single and in groups of eight, and the transfer of bytes into and out of them.

/// The number of states in [`States`].
pub const LANES: usize = 8;

/// Bytes of one state: 1600 bits.
pub const STATE_BYTES: usize = 1600 / 8;

/// Eight Keccak states, interleaved: `0[w][lane]` is word `w` (FIPS 202: x + 5y) of that lane. 1600 bytes.
///
/// Not wiped on drop; [`Lanes`](crate::Lanes) wipes its own.
#[derive(Clone)]
#[repr(C, align(64))]
pub struct States(pub [[u64; LANES]; 25]);

impl States {
    /// All zero.
    pub const ZERO: Self = Self([[0; LANES]; 25]);

    /// Returns a copy of one lane (its number counts modulo [`LANES`]).
    #[inline]
    pub fn lane(&self, lane: usize) -> [u64; 25] {
        core::array::from_fn(|w| self.0[w][lane % LANES])
    }

    /// Replaces one lane (its number counts modulo [`LANES`]).
    #[inline]
    pub fn set_lane(&mut self, lane: usize, state: &[u64; 25]) {
        for (words, word) in self.0.iter_mut().zip(state) {
            words[lane % LANES] = *word;
        }
    }

    /// XORs bytes into one lane from its word number `first` on; bytes past the end of the state are ignored.
    #[inline]
    pub(crate) fn xor_lane(&mut self, lane: usize, first: usize, bytes: &[u8]) {
        let mut rows = self.0.iter_mut().skip(first);
        let (words, tail) = words(bytes);
        for (word, row) in words.zip(&mut rows) {
            row[lane % LANES] ^= word;
        }
        if let (false, Some(row)) = (tail.is_empty(), rows.next()) {
            row[lane % LANES] ^= partial_word(tail);
        }
    }

    /// Fills `bytes` from one lane, from its word number `first` on; bytes past the end of the state are not written.
    #[inline]
    pub(crate) fn copy_lane(&self, lane: usize, first: usize, bytes: &mut [u8]) {
        let mut rows = self.0.iter().skip(first);
        let mut words = bytes.chunks_exact_mut(8);
        for (word, row) in words.by_ref().zip(&mut rows) {
            word.copy_from_slice(&row[lane % LANES].to_le_bytes());
        }
        let tail = words.into_remainder();
        if let (false, Some(row)) = (tail.is_empty(), rows.next()) {
            tail.copy_from_slice(&row[lane % LANES].to_le_bytes()[..tail.len()]);
        }
    }
}

/// XORs `bytes` into a state from its byte number `at` on; bytes past the end of the state are ignored.
#[inline]
pub(crate) fn xor_bytes(state: &mut [u64; 25], at: usize, bytes: &[u8]) {
    let skew = at % 8;
    let (head, bytes) = bytes.split_at(bytes.len().min((8 - skew) % 8));
    let words = state.get_mut(at / 8..).unwrap_or_default();
    let words = match words.split_first_mut() {
        Some((word, rest)) if skew != 0 => {
            *word ^= partial_word(head) << (8 * skew);
            rest
        }
        _ => words,
    };
    let (input, tail) = self::words(bytes);
    let whole = input.len();
    for (word, input) in words.iter_mut().zip(input) {
        *word ^= input;
    }
    if let Some(word) = words.get_mut(whole) {
        *word ^= partial_word(tail);
    }
}

/// Fills `bytes` from a state, from its byte number `at` on; bytes past the end of the state are not written.
#[inline]
pub(crate) fn copy_bytes(state: &[u64; 25], at: usize, bytes: &mut [u8]) {
    let skew = at % 8;
    let (head, bytes) = bytes.split_at_mut(bytes.len().min((8 - skew) % 8));
    let words = state.get(at / 8..).unwrap_or_default();
    let words = match words.split_first() {
        Some((word, rest)) if skew != 0 => {
            head.copy_from_slice(&word.to_le_bytes()[skew..][..head.len()]);
            rest
        }
        _ => words,
    };
    let mut whole = bytes.chunks_exact_mut(8);
    let count = whole.len();
    for (bytes, word) in whole.by_ref().zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    let tail = whole.into_remainder();
    if let Some(word) = words.get(count) {
        tail.copy_from_slice(&word.to_le_bytes()[..tail.len()]);
    }
}

/// Decodes whole words, little endian, and returns the up to seven bytes behind them too. (`as_chunks` needs Rust 1.88.)
#[inline]
pub(crate) fn words(bytes: &[u8]) -> (impl ExactSizeIterator<Item = u64>, &[u8]) {
    let whole = bytes.chunks_exact(8);
    let tail = whole.remainder();
    (whole.map(|word| word.first_chunk().map_or(0, |word| u64::from_le_bytes(*word))), tail)
}

/// Decodes up to eight bytes, little endian.
#[inline]
pub(crate) fn partial_word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, &byte| word << 8 | u64::from(byte))
}

/// Zeroes words in a way that the compiler must not remove. Stores whole vectors, while `zeroize` stores single words.
#[inline]
pub(crate) fn wipe(words: &mut [u64]) {
    words.fill(0);
    zeroize::optimization_barrier(words);
}
