//! How many polynomials of Â each batch expands, and in which batches a hash rides along.
//!
//! A hash costs nothing in a lane that is empty. Beside four full lanes of AVX2, it costs nearly as much as alone.

use crate::params::ParameterSet;
use keccak_lanes::{Backend, LANES, RATE256};

/// When the message of a hash of the public key is available, which rides along with Â.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum RidingHash {
    /// There is no hash.
    None,
    /// From the beginning.
    Known,
    /// Row by row.
    Growing,
}

/// The batches that are left.
pub(super) struct Batches {
    width: usize,
    hash: RidingHash,
    /// Polynomials.
    left: usize,
    /// At least left/width: more, if empty lanes are wanted.
    batches: usize,
}

/// Permutations of a lane for a polynomial of Â.
const PERMUTATIONS: usize = super::UNIFORM_BLOCKS;

/// With so many permutations of a hash that find no empty lane, one more batch, with empty lanes, is faster: its five
/// permutations of four lanes cost as much as 12 of a hash beside four lanes (494 and 212 ns on an Intel Xeon).
const WORTH_A_BATCH: usize = 15;

impl Batches {
    pub(super) fn new<P: ParameterSet, K: Backend>(hash: RidingHash) -> Self {
        let (width, left) = (K::WIDTH.min(LANES), P::K * P::L);
        let fewest = left.div_ceil(width);
        let free = (fewest * width - left) * PERMUTATIONS;
        let wanted = (P::VERIFYING_KEY_LEN / RATE256 + 1).saturating_sub(free);
        let more = hash != RidingHash::None && rides_in_empty_lanes::<K>() && wanted >= WORTH_A_BATCH;
        Self { width, hash, left, batches: fewest + usize::from(more) }
    }

    /// The size of the next batch, and whether the hash rides along. The size is 0 after the last one.
    ///
    /// The batches with empty lanes come first if the message is known, else last.
    pub(super) fn next<K: Backend>(&mut self) -> (usize, bool) {
        if self.left == 0 {
            return (0, false);
        }
        let size = match self.hash {
            RidingHash::Known => self.left / self.batches,
            RidingHash::None | RidingHash::Growing => self.left.div_ceil(self.batches),
        };
        self.left -= size;
        self.batches -= 1;
        let waits =
            rides_in_empty_lanes::<K>() && size == self.width && self.left < self.batches * self.width;
        (size, self.hash != RidingHash::None && !waits)
    }
}

/// Whether a hash should wait for an empty lane. Eight lanes of AVX-512 take an extra state at little cost.
fn rides_in_empty_lanes<K: Backend>() -> bool {
    K::WIDTH > 1 && K::WIDTH < LANES
}
