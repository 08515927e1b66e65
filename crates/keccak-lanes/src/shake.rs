//! SHAKE128 and SHAKE256 on one state (FIPS 202, section 6.2).

use crate::Backend;
use zeroize::Zeroize;

/// Bytes absorbed or squeezed by one permutation in SHAKE128: (1600 − 2·128)/8.
pub const RATE128: usize = (1600 - 2 * 128) / 8;
/// Bytes absorbed or squeezed by one permutation in SHAKE256: (1600 − 2·256)/8.
pub const RATE256: usize = (1600 - 2 * 256) / 8;

/// The four domain bits 1111 of SHAKE, followed by the first bit of pad10*1.
pub(crate) const SHAKE_DOMAIN: u8 = 0b0001_1111;

/// SHAKE128, absorbing.
pub type Shake128<B> = Shake<B, RATE128>;
/// SHAKE256, absorbing.
pub type Shake256<B> = Shake<B, RATE256>;

/// A sponge that absorbs; [`finalize`](Self::finalize) turns it into one that squeezes. Wiped on drop.
#[derive(Clone)]
pub struct Shake<B: Backend, const RATE: usize> {
    backend: B,
    state: [u64; 25],
    /// Bytes of the current block already absorbed: below `RATE`.
    position: usize,
}

/// A sponge that squeezes. Wiped on drop.
#[derive(Clone)]
pub struct ShakeReader<B: Backend, const RATE: usize> {
    backend: B,
    state: [u64; 25],
    /// Bytes of the current block already read: at most `RATE`.
    position: usize,
}

impl<B: Backend, const RATE: usize> Shake<B, RATE> {
    /// An empty sponge.
    #[inline]
    pub fn new(backend: B) -> Self {
        Self { backend, state: [0; 25], position: 0 }
    }

    /// Absorbs the next bytes of the message. However the message is split, the result is the same.
    pub fn absorb(&mut self, mut input: &[u8]) -> &mut Self {
        while !input.is_empty() {
            if self.position == 0 && input.len() >= RATE {
                for (word, bytes) in self.state.iter_mut().zip(input[..RATE].chunks_exact(8)) {
                    *word ^= u64::from_le_bytes(core::array::from_fn(|i| bytes[i]));
                }
                input = &input[RATE..];
                self.backend.permute(&mut self.state);
                continue;
            }
            let take = input.len().min(RATE - self.position);
            for &byte in &input[..take] {
                self.xor_byte(byte);
                self.position += 1;
            }
            input = &input[take..];
            if self.position == RATE {
                self.backend.permute(&mut self.state);
                self.position = 0;
            }
        }
        self
    }

    /// Ends the message.
    pub fn finalize(mut self) -> ShakeReader<B, RATE> {
        self.xor_byte(SHAKE_DOMAIN);
        self.position = RATE - 1;
        self.xor_byte(0x80);
        self.backend.permute(&mut self.state);
        ShakeReader { backend: self.backend, state: self.state, position: 0 }
    }

    #[inline]
    fn xor_byte(&mut self, byte: u8) {
        self.state[self.position / 8] ^= u64::from(byte) << (8 * (self.position % 8));
    }
}

impl<B: Backend, const RATE: usize> ShakeReader<B, RATE> {
    /// Reads the next `out.len()` bytes of the output stream.
    pub fn read(&mut self, out: &mut [u8]) {
        for byte in out {
            if self.position == RATE {
                self.backend.permute(&mut self.state);
                self.position = 0;
            }
            *byte = (self.state[self.position / 8] >> (8 * (self.position % 8))) as u8;
            self.position += 1;
        }
    }
}

impl<B: Backend, const RATE: usize> Drop for Shake<B, RATE> {
    fn drop(&mut self) {
        self.state.zeroize();
    }
}

impl<B: Backend, const RATE: usize> Drop for ShakeReader<B, RATE> {
    fn drop(&mut self) {
        self.state.zeroize();
    }
}
