//! One long message, hashed while lanes are permuted.

use crate::Backend;
use crate::shake::SHAKE_DOMAIN;
use crate::state::{copy_bytes, wipe, xor_bytes};

/// SHAKE of a message in memory, one permutation at a time, so that each permutation can run together with one of
/// [`Lanes`](crate::Lanes), where it costs little. Wiped on drop.
///
/// The caller passes the same message to each call. Bytes may have been appended to it between calls.
pub struct InterleavedShake<const RATE: usize> {
    state: [u64; 25],
    /// Bytes of the message absorbed so far.
    absorbed: usize,
    /// Whether the last block and its padding are absorbed too.
    ended: bool,
}

impl<const RATE: usize> InterleavedShake<RATE> {
    /// Creates an empty sponge.
    #[inline]
    pub const fn new() -> Self {
        const { assert!(RATE >= 8 && RATE <= 200 && RATE % 8 == 0) };
        Self { state: [0; 25], absorbed: 0, ended: false }
    }

    /// Absorbs the next block, if there is one: a full block, or the last block if the message is `complete`. The caller
    /// must permute the returned state before the next call.
    #[inline]
    pub fn absorb_next(&mut self, message: &[u8], complete: bool) -> Option<&mut [u64; 25]> {
        let rest = message.get(self.absorbed..).unwrap_or_default();
        if let Some(block) = rest.get(..RATE) {
            xor_bytes(&mut self.state, 0, block);
            self.absorbed += RATE;
        } else if complete && !self.ended {
            xor_bytes(&mut self.state, 0, rest);
            xor_bytes(&mut self.state, rest.len(), &[SHAKE_DOMAIN]);
            xor_bytes(&mut self.state, RATE - 1, &[0x80]);
            self.absorbed += rest.len();
            self.ended = true;
        } else {
            return None;
        }
        Some(&mut self.state)
    }

    /// Absorbs the rest of the complete message, and reads the first `out.len()` bytes of output. Bytes of `out` after
    /// number `RATE` are not written.
    #[inline]
    pub fn finish<B: Backend>(&mut self, backend: B, message: &[u8], out: &mut [u8]) {
        while let Some(state) = self.absorb_next(message, true) {
            backend.permute(state);
        }
        let len = out.len().min(RATE);
        copy_bytes(&self.state, 0, &mut out[..len]);
    }
}

impl<const RATE: usize> Default for InterleavedShake<RATE> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const RATE: usize> Drop for InterleavedShake<RATE> {
    fn drop(&mut self) {
        wipe(&mut self.state);
    }
}

#[cfg(test)]
mod tests {
    use super::InterleavedShake;
    use crate::{Portable, RATE256, Shake256, backend::Backend};

    /// A message that grows in steps of different lengths has the same hash as the whole message.
    #[test]
    fn a_growing_message_is_hashed_as_a_whole() {
        let message: [u8; 700] = core::array::from_fn(|i| (i * 7) as u8);
        for len in [0, 1, 135, 136, 137, 271, 272, 273, 700] {
            for step in [1, 50, 136, 300] {
                let mut hash = InterleavedShake::<RATE256>::new();
                for ready in (0..len).step_by(step) {
                    while let Some(state) = hash.absorb_next(&message[..ready], false) {
                        Portable.permute(state);
                    }
                }
                let (mut interleaved, mut expected) = ([0; 64], [0; 64]);
                hash.finish(Portable, &message[..len], &mut interleaved);
                let mut shake = Shake256::new(Portable);
                shake.absorb(&message[..len]);
                shake.finalize().read(&mut expected);
                assert_eq!(interleaved, expected, "{len} {step}");
            }
        }
    }
}
