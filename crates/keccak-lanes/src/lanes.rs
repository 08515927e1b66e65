//! Eight sponges side by side.

use crate::Backend;
use zeroize::Zeroize;

/// How many states lie side by side in [`Lanes`].
pub const LANES: usize = 8;

/// Eight Keccak states, word by word: `0[w][lane]` is word `w` (FIPS 202: x + 5y) of that lane.
#[derive(Clone)]
#[repr(C, align(64))]
pub struct States(pub [[u64; LANES]; 25]);

impl States {
    /// Copies one lane out (the lane counts modulo [`LANES`]).
    #[inline]
    pub fn lane(&self, lane: usize) -> [u64; 25] {
        core::array::from_fn(|w| self.0[w][lane % LANES])
    }

    /// Replaces one lane (the lane counts modulo [`LANES`]).
    #[inline]
    pub fn set_lane(&mut self, lane: usize, state: &[u64; 25]) {
        for (words, word) in self.0.iter_mut().zip(state) {
            words[lane % LANES] = *word;
        }
    }
}

/// Eight sponges that share their permutations. Wiped on drop.
///
/// A lane is driven block by block: [`absorb_last`](Self::absorb_last) pads the last block of an input
/// shorter than the rate; `permute`; [`squeeze`](Self::squeeze) reads up to one block. Lanes may differ in rate and domain.
pub struct Lanes<B: Backend> {
    backend: B,
    states: States,
}

impl<B: Backend> Lanes<B> {
    /// All lanes empty.
    #[inline]
    pub fn new(backend: B) -> Self {
        Self { backend, states: States([[0; LANES]; 25]) }
    }

    /// Empties all lanes.
    #[inline]
    pub fn reset(&mut self) {
        self.states.0 = [[0; LANES]; 25];
    }

    /// Xors one full block of `block.len()` bytes (a multiple of 8, at most 200: the rate) into a lane.
    #[inline]
    pub fn absorb_block(&mut self, lane: usize, block: &[u8]) {
        for (word, bytes) in self.states.0.iter_mut().zip(block.chunks_exact(8)) {
            word[lane % LANES] ^= u64::from_le_bytes(core::array::from_fn(|i| bytes[i]));
        }
    }

    /// Xors the last, partial block of an input into a lane, with SHAKE's domain bits and padding.
    /// `tail` is shorter than `rate` bytes; what goes over is ignored.
    #[inline]
    pub fn absorb_last(&mut self, lane: usize, rate: usize, tail: &[u8]) {
        let mut block = [0u8; 200];
        let rate = rate.min(200) / 8 * 8;
        let len = tail.len().min(rate - 1);
        block[..len].copy_from_slice(&tail[..len]);
        block[len] ^= crate::shake::SHAKE_DOMAIN;
        block[rate - 1] ^= 0x80;
        self.absorb_block(lane, &block[..rate]);
        block.zeroize();
    }

    /// Keccak-f[1600] on the first `active` lanes.
    #[inline]
    pub fn permute(&mut self, active: usize) {
        self.backend.permute_lanes(&mut self.states, active);
    }

    /// Reads the first `out.len()` bytes (at most 200, in practice the rate) of a lane's state.
    #[inline]
    pub fn squeeze(&self, lane: usize, out: &mut [u8]) {
        for (word, bytes) in self.states.0.iter().zip(out.chunks_mut(8)) {
            bytes.copy_from_slice(&word[lane % LANES].to_le_bytes()[..bytes.len()]);
        }
    }
}

impl<B: Backend> Drop for Lanes<B> {
    fn drop(&mut self) {
        self.states.0.as_flattened_mut().zeroize();
    }
}
