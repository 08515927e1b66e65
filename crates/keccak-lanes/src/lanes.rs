//! Eight sponges side by side.

use crate::Backend;
use crate::shake::SHAKE_DOMAIN;
use crate::state::{LANES, STATE_BYTES, States};
use zeroize::Zeroize;

/// Eight sponges that share their permutations. Wiped on drop.
///
/// Lanes are driven block by block: put in a block (`start_*` overwrites what was there, `absorb_*` adds to it),
/// [`permute`](Self::permute), read a block, `permute`, … Lanes may differ in input, length, rate and domain. A lane
/// number counts modulo [`LANES`]; a rate is a multiple of 8 in 8..=200 and rounded down to one.
pub struct Lanes<B: Backend> {
    backend: B,
    states: States,
}

impl<B: Backend> Lanes<B> {
    /// All lanes empty.
    #[inline]
    pub fn new(backend: B) -> Self {
        Self { backend, states: States::ZERO }
    }

    /// Empties all lanes.
    #[inline]
    pub fn reset(&mut self) {
        self.states = States::ZERO;
    }

    /// Starts SHAKE in all eight lanes on `seed`‖`nonces[lane]` (16 bits, little endian), padded for `rate`: what
    /// ExpandA, ExpandS and ExpandMask of FIPS 204 hash. The seed has at most `rate` − 3 bytes; more is ignored.
    #[inline]
    pub fn start_seeds(&mut self, rate: usize, seed: &[u8], nonces: [u16; LANES]) {
        let rate = clamp_rate(rate);
        let seed = &seed[..seed.len().min(rate - 3)];
        let (words, tail) = seed.as_chunks::<8>();
        self.reset();
        for (row, word) in self.states.0.iter_mut().zip(words) {
            *row = [u64::from_le_bytes(*word); LANES];
        }
        // What is left of the seed (up to 7 bytes), nonce and domain go into one word or two.
        let mut ends = [[0u8; 16]; LANES];
        for (end, nonce) in ends.iter_mut().zip(nonces) {
            end[..tail.len()].copy_from_slice(tail);
            end[tail.len()..][..2].copy_from_slice(&nonce.to_le_bytes());
            end[tail.len() + 2] = SHAKE_DOMAIN;
        }
        for (half, row) in self.states.0.iter_mut().skip(words.len()).take(2).enumerate() {
            *row = core::array::from_fn(|lane| u64::from_le_bytes(ends[lane].as_chunks::<8>().0[half]));
        }
        for word in &mut self.states.0[rate / 8 - 1] {
            *word ^= LAST_BIT;
        }
        ends.as_flattened_mut().zeroize();
    }

    /// Starts SHAKE in one lane on an input shorter than `rate` bytes (what goes over is ignored), padded.
    #[inline]
    pub fn start_lane(&mut self, lane: usize, rate: usize, input: &[u8]) {
        self.states.set_lane(lane, &[0; 25]);
        self.absorb_last(lane, rate, input);
    }

    /// Xors one full block of `block.len()` bytes (a multiple of 8, at most 200: the rate) into a lane.
    #[inline]
    pub fn absorb_block(&mut self, lane: usize, block: &[u8]) {
        self.states.xor_lane(lane, 0, block);
    }

    /// [`absorb_block`](Self::absorb_block) in all lanes at once; an empty block leaves its lane alone.
    #[inline]
    pub fn absorb_blocks(&mut self, blocks: [&[u8]; LANES]) {
        self.backend.xor_blocks(&mut self.states, blocks);
    }

    /// Xors the last, partial block of an input into a lane, with SHAKE's domain bits and padding.
    /// `tail` is shorter than `rate` bytes; what goes over is ignored.
    #[inline]
    pub fn absorb_last(&mut self, lane: usize, rate: usize, tail: &[u8]) {
        let rate = clamp_rate(rate);
        let tail = &tail[..tail.len().min(rate - 1)];
        self.states.xor_lane(lane, 0, tail);
        self.states.0[tail.len() / 8][lane % LANES] ^= u64::from(SHAKE_DOMAIN) << (8 * (tail.len() % 8));
        self.states.0[rate / 8 - 1][lane % LANES] ^= LAST_BIT;
    }

    /// Keccak-f\[1600\] on the first `active` lanes. The others are undefined afterwards.
    #[inline]
    pub fn permute(&mut self, active: usize) {
        self.backend.permute_lanes(&mut self.states, active);
    }

    /// [`permute`](Self::permute), and Keccak-f\[1600\] on one more state: see
    /// [`permute_lanes_and_chain`](Backend::permute_lanes_and_chain).
    #[inline]
    pub fn permute_and_chain(&mut self, active: usize, chain: &mut [u64; 25]) {
        self.backend.permute_lanes_and_chain(&mut self.states, active, chain);
    }

    /// Reads the first `out.len()` bytes (at most 200, in practice the rate) of a lane's state.
    #[inline]
    pub fn squeeze(&self, lane: usize, out: &mut [u8]) {
        self.states.copy_lane(lane, 0, out);
    }

    /// [`squeeze`](Self::squeeze) from all lanes at once, each as many bytes as its `out` is long.
    #[inline]
    pub fn squeeze_blocks(&self, out: [&mut [u8]; LANES]) {
        self.backend.copy_blocks(&self.states, out);
    }

    /// [`squeeze_blocks`](Self::squeeze_blocks) from the first `outs.len()` lanes into `outs[lane][at..at + len]`,
    /// or as much of that as there is.
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
    /// as long as the first). The lanes then stand where a further `permute` gives the next block, and what the last
    /// block held beyond the output can still be read with [`squeeze`](Self::squeeze).
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
        self.states.0.as_flattened_mut().zeroize();
    }
}
