//! Eight sponges in parallel.

use crate::Backend;
use crate::shake::SHAKE_DOMAIN;
use crate::state::{LANES, STATE_BYTES, States, partial_word, wipe, words};

/// Eight sponges that share their permutations. Wiped on drop.
///
/// The caller processes lanes block by block: write a block (`start_*` replaces the state, `absorb_*` XORs into it),
/// [`permute`](Self::permute), read a block, `permute`, … Lanes may differ in input, length, rate and domain. A lane
/// number counts modulo [`LANES`]. A rate is rounded down to a multiple of 8 and clamped to 8..=200.
pub struct Lanes<B: Backend> {
    backend: B,
    states: States,
}

impl<B: Backend> Lanes<B> {
    /// Creates empty lanes.
    #[inline]
    pub fn new(backend: B) -> Self {
        Self { backend, states: States::ZERO }
    }

    /// Empties all lanes.
    #[inline]
    pub fn reset(&mut self) {
        self.states = States::ZERO;
    }

    /// Starts SHAKE in all eight lanes on `seed`‖`nonces[lane]` (16 bits, little endian), padded for `rate`: the input
    /// of ExpandA, ExpandS and ExpandMask in FIPS 204. The seed has at most `rate` − 3 bytes; further bytes are ignored.
    #[inline]
    pub fn start_seeds(&mut self, rate: usize, seed: &[u8], nonces: [u16; LANES]) {
        let rate = clamp_rate(rate);
        let seed = &seed[..seed.len().min(rate - 3)];
        let (words, tail) = words(seed);
        let whole = words.len();
        self.reset();
        for (row, word) in self.states.0.iter_mut().zip(words) {
            *row = [word; LANES];
        }
        // The rest of the seed (up to 7 bytes), the nonce and the domain bits fill one word or two.
        let at = 8 * tail.len();
        let ends = nonces.map(|nonce| {
            let end =
                (u128::from(SHAKE_DOMAIN) << 16 | u128::from(nonce)) << at | u128::from(partial_word(tail));
            [end as u64, (end >> 64) as u64]
        });
        for (half, row) in self.states.0.iter_mut().skip(whole).take(2).enumerate() {
            *row = ends.map(|end| end[half]);
        }
        for word in &mut self.states.0[rate / 8 - 1] {
            *word ^= LAST_BIT;
        }
    }

    /// Starts SHAKE in one lane on an input shorter than `rate` bytes (further bytes are ignored), padded.
    #[inline]
    pub fn start_lane(&mut self, lane: usize, rate: usize, input: &[u8]) {
        self.states.set_lane(lane, &[0; 25]);
        self.absorb_last(lane, rate, input);
    }

    /// XORs one full block of `block.len()` bytes (the rate: a multiple of 8, at most 200) into a lane.
    #[inline]
    pub fn absorb_block(&mut self, lane: usize, block: &[u8]) {
        self.states.xor_lane(lane, 0, block);
    }

    /// [`absorb_block`](Self::absorb_block) in all lanes at once; an empty block does not change its lane.
    #[inline]
    pub fn absorb_blocks(&mut self, blocks: [&[u8]; LANES]) {
        self.backend.xor_blocks(&mut self.states, blocks);
    }

    /// XORs the last, partial block of an input into a lane, with the domain bits and padding of SHAKE.
    /// `tail` is shorter than `rate` bytes; further bytes are ignored.
    #[inline]
    pub fn absorb_last(&mut self, lane: usize, rate: usize, tail: &[u8]) {
        let rate = clamp_rate(rate);
        let tail = &tail[..tail.len().min(rate - 1)];
        self.states.xor_lane(lane, 0, tail);
        self.states.0[tail.len() / 8][lane % LANES] ^= u64::from(SHAKE_DOMAIN) << (8 * (tail.len() % 8));
        self.states.0[rate / 8 - 1][lane % LANES] ^= LAST_BIT;
    }

    /// Keccak-f\[1600\] on the first `active` lanes. The contents of the others are unspecified afterwards.
    #[inline]
    pub fn permute(&mut self, active: usize) {
        self.backend.permute_lanes(&mut self.states, active);
    }

    /// [`permute`](Self::permute), and Keccak-f\[1600\] on one extra state: see
    /// [`permute_lanes_and_extra`](Backend::permute_lanes_and_extra).
    #[inline]
    pub fn permute_and_extra(&mut self, active: usize, extra: &mut [u64; 25]) {
        self.backend.permute_lanes_and_extra(&mut self.states, active, extra);
    }

    /// Reads the first `out.len()` bytes (at most 200, in practice the rate) of a lane's state.
    #[inline]
    pub fn squeeze(&self, lane: usize, out: &mut [u8]) {
        self.states.copy_lane(lane, 0, out);
    }

    /// [`squeeze`](Self::squeeze) from all lanes at once. The length of each `out` decides how much is read.
    #[inline]
    pub fn squeeze_blocks(&self, out: [&mut [u8]; LANES]) {
        self.backend.copy_blocks(&self.states, out);
    }

    /// [`squeeze_blocks`](Self::squeeze_blocks) from the first `outs.len()` lanes into `outs[lane][at..at + len]`,
    /// or the part of that range that exists.
    #[inline]
    pub fn squeeze_at<T: AsMut<[u8]>>(&self, outs: &mut [T], at: usize, len: usize) {
        let mut outs = outs.iter_mut().map(|out| {
            let out = out.as_mut().get_mut(at..).unwrap_or_default();
            let len = len.min(out.len());
            &mut out[..len]
        });
        self.squeeze_blocks(core::array::from_fn(|_| outs.next().unwrap_or_default()));
    }

    /// Permutes and reads blocks of `rate` bytes, until the output of each of the first `outs.len()` lanes is full (all are
    /// as long as the first). A further `permute` then gives the next block. The whole last block can still be read with
    /// [`squeeze`](Self::squeeze), including the bytes that did not fit into the output.
    #[inline]
    pub fn permute_and_squeeze<T: AsMut<[u8]>>(&mut self, rate: usize, outs: &mut [T]) {
        let rate = clamp_rate(rate);
        let len = outs.first_mut().map_or(0, |out| out.as_mut().len());
        for at in (0..len).step_by(rate) {
            self.permute(outs.len());
            self.squeeze_at(outs, at, rate);
        }
    }
}

/// The last bit of pad10*1, in the last word of a block.
const LAST_BIT: u64 = 1 << 63;

#[inline]
pub(crate) fn clamp_rate(rate: usize) -> usize {
    (rate / 8 * 8).clamp(8, STATE_BYTES)
}

impl<B: Backend> Drop for Lanes<B> {
    fn drop(&mut self) {
        wipe(self.states.0.as_flattened_mut());
    }
}
