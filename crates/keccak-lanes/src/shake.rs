//! SHAKE128 and SHAKE256 on one state (FIPS 202, section 6.2).

use crate::Backend;
use crate::state::{copy_bytes, wipe, xor_bytes};

/// Bytes that SHAKE128 absorbs or squeezes per permutation: (1600 − 2·128)/8 = 168.
pub const RATE128: usize = (1600 - 2 * 128) / 8;
/// Bytes that SHAKE256 absorbs or squeezes per permutation: (1600 − 2·256)/8 = 136.
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
pub struct ShakeReader<B: Backend, const RATE: usize>(
    /// Its position: bytes of the current block already read, at most `RATE`.
    Shake<B, RATE>,
);

impl<B: Backend, const RATE: usize> Shake<B, RATE> {
    /// Creates an empty sponge.
    #[inline]
    pub fn new(backend: B) -> Self {
        const { assert!(RATE >= 8 && RATE <= 200 && RATE % 8 == 0) };
        Self { backend, state: [0; 25], position: 0 }
    }

    /// Absorbs the next bytes of the message. The result does not depend on how the message is split.
    #[inline]
    pub fn absorb(&mut self, mut input: &[u8]) -> &mut Self {
        while let Some((block, rest)) = input.split_at_checked(RATE - self.position) {
            xor_bytes(&mut self.state, self.position, block);
            self.backend.permute(&mut self.state);
            self.position = 0;
            input = rest;
        }
        xor_bytes(&mut self.state, self.position, input);
        self.position += input.len();
        self
    }

    /// Ends the message and returns the reader of its output.
    #[inline]
    pub fn finalize(mut self) -> ShakeReader<B, RATE> {
        self.end();
        ShakeReader(self)
    }

    /// Ends the message and reads the first `out.len()` bytes of its output. Afterwards the sponge is empty.
    ///
    /// Unlike [`finalize`](Self::finalize), this needs no memory for a second state.
    #[inline]
    pub fn finalize_into(&mut self, out: &mut [u8]) {
        self.end();
        self.squeeze(out);
        wipe(&mut self.state);
        self.position = 0;
    }

    /// Absorbs the padding, and permutes.
    #[inline]
    fn end(&mut self) {
        xor_bytes(&mut self.state, self.position, &[SHAKE_DOMAIN]);
        xor_bytes(&mut self.state, RATE - 1, &[0x80]);
        self.backend.permute(&mut self.state);
        self.position = 0;
    }

    /// Reads output from `position` on.
    #[inline]
    fn squeeze(&mut self, mut out: &mut [u8]) {
        while !out.is_empty() {
            if self.position == RATE {
                self.backend.permute(&mut self.state);
                self.position = 0;
            }
            let (now, later) = out.split_at_mut(out.len().min(RATE - self.position));
            copy_bytes(&self.state, self.position, now);
            self.position += now.len();
            out = later;
        }
    }
}

impl<B: Backend, const RATE: usize> ShakeReader<B, RATE> {
    /// Absorbs a whole message.
    #[inline]
    pub fn of_message(backend: B, message: &[u8]) -> Self {
        let mut reader = Self(Shake::new(backend));
        reader.0.absorb(message);
        reader.0.end();
        reader
    }

    /// Reads the next `out.len()` bytes of the output stream.
    #[inline]
    pub fn read(&mut self, out: &mut [u8]) {
        self.0.squeeze(out);
    }
}

impl<B: Backend, const RATE: usize> Drop for Shake<B, RATE> {
    fn drop(&mut self) {
        wipe(&mut self.state);
    }
}
