//! Eight sponges, or one in an eighth of the memory, behind one trait.

use crate::shake::SHAKE_DOMAIN;
use crate::state::{LANES, copy_bytes, wipe, xor_bytes};
use crate::{Backend, Lanes};

mod sealed {
    pub trait Sealed {}
}

impl<B: Backend> sealed::Sealed for Lanes<B> {}
impl<B: Backend> sealed::Sealed for OneLane<B> {}

/// Sponges in parallel that are started on seeds and read block by block: [`Lanes`] for speed, [`OneLane`] for small
/// stacks. Wiped on drop. Sealed.
pub trait Sponges<B: Backend>: sealed::Sealed {
    /// How many lanes one permutation processes at (nearly) the cost of one lane. Callers fill that many.
    const WIDTH: usize;

    /// Creates empty lanes.
    fn new(backend: B) -> Self;

    /// [`Lanes::start_seeds`]. Nonces of lanes that do not exist are ignored.
    fn start_seeds(&mut self, rate: usize, seed: &[u8], nonces: [u16; LANES]);

    /// [`Lanes::permute`].
    fn permute(&mut self, active: usize);

    /// [`Lanes::permute_and_extra`].
    fn permute_and_extra(&mut self, active: usize, extra: &mut [u64; 25]);

    /// [`Lanes::squeeze`].
    fn squeeze(&self, lane: usize, out: &mut [u8]);

    /// [`Lanes::squeeze_at`]. `outs` of lanes that do not exist are not written.
    fn squeeze_at<T: AsMut<[u8]>>(&self, outs: &mut [T], at: usize, len: usize);
}

impl<B: Backend> Sponges<B> for Lanes<B> {
    const WIDTH: usize = if B::WIDTH < LANES { B::WIDTH } else { LANES };

    #[inline]
    fn new(backend: B) -> Self {
        Self::new(backend)
    }

    #[inline]
    fn start_seeds(&mut self, rate: usize, seed: &[u8], nonces: [u16; LANES]) {
        self.start_seeds(rate, seed, nonces);
    }

    #[inline]
    fn permute(&mut self, active: usize) {
        self.permute(active);
    }

    #[inline]
    fn permute_and_extra(&mut self, active: usize, extra: &mut [u64; 25]) {
        self.permute_and_extra(active, extra);
    }

    #[inline]
    fn squeeze(&self, lane: usize, out: &mut [u8]) {
        self.squeeze(lane, out);
    }

    #[inline]
    fn squeeze_at<T: AsMut<[u8]>>(&self, outs: &mut [T], at: usize, len: usize) {
        self.squeeze_at(outs, at, len);
    }
}

/// One sponge with the methods of [`Lanes`]: 200 bytes instead of 1600. Every lane number means this sponge.
pub struct OneLane<B: Backend> {
    backend: B,
    state: [u64; 25],
}

impl<B: Backend> Sponges<B> for OneLane<B> {
    const WIDTH: usize = 1;

    #[inline]
    fn new(backend: B) -> Self {
        Self { backend, state: [0; 25] }
    }

    #[inline]
    fn start_seeds(&mut self, rate: usize, seed: &[u8], nonces: [u16; LANES]) {
        let rate = crate::lanes::clamp_rate(rate);
        let seed = &seed[..seed.len().min(rate - 3)];
        self.state = [0; 25];
        xor_bytes(&mut self.state, 0, seed);
        xor_bytes(&mut self.state, seed.len(), &nonces[0].to_le_bytes());
        xor_bytes(&mut self.state, seed.len() + 2, &[SHAKE_DOMAIN]);
        xor_bytes(&mut self.state, rate - 1, &[0x80]);
    }

    #[inline]
    fn permute(&mut self, _active: usize) {
        self.backend.permute(&mut self.state);
    }

    #[inline]
    fn permute_and_extra(&mut self, _active: usize, extra: &mut [u64; 25]) {
        self.backend.permute(&mut self.state);
        self.backend.permute(extra);
    }

    #[inline]
    fn squeeze(&self, _lane: usize, out: &mut [u8]) {
        copy_bytes(&self.state, 0, out);
    }

    #[inline]
    fn squeeze_at<T: AsMut<[u8]>>(&self, outs: &mut [T], at: usize, len: usize) {
        let Some(out) = outs.first_mut() else { return };
        let out = out.as_mut().get_mut(at..).unwrap_or_default();
        let len = len.min(out.len());
        copy_bytes(&self.state, 0, &mut out[..len]);
    }
}

impl<B: Backend> Drop for OneLane<B> {
    fn drop(&mut self) {
        wipe(&mut self.state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Portable, RATE128, RATE256};

    /// Both give the same bytes, for seeds that end at every position of a word, at both rates.
    #[test]
    fn one_lane_gives_what_the_first_of_eight_gives() {
        fn output<S: Sponges<Portable>>(
            rate: usize,
            seed: &[u8],
            nonce: u16,
        ) -> ([u8; 500], [u8; 77], [u64; 25]) {
            let mut sponges = S::new(Portable);
            let mut outs = [[0xa5; 500]];
            let (mut tail, mut extra) = ([0; 77], [9; 25]);
            // A second start must leave nothing of the first.
            sponges.start_seeds(rate, &[0xff; 40], [7; LANES]);
            sponges.permute(1);
            sponges.start_seeds(rate, seed, [nonce; LANES]);
            for at in (0..500).step_by(rate) {
                sponges.permute(1);
                sponges.squeeze_at(&mut outs, at, rate);
            }
            sponges.permute_and_extra(1, &mut extra);
            sponges.squeeze(0, &mut tail);
            (outs[0], tail, extra)
        }
        let seed: [u8; 200] = core::array::from_fn(|i| (i * 37) as u8);
        for rate in [RATE128, RATE256, 8, 200] {
            for len in (0..=70).chain([132, 133, 134, 165, 166, 200]) {
                let nonce = 0x0102 * len as u16;
                assert_eq!(
                    output::<OneLane<_>>(rate, &seed[..len], nonce),
                    output::<Lanes<_>>(rate, &seed[..len], nonce),
                    "{rate} {len}"
                );
            }
        }
    }
}
