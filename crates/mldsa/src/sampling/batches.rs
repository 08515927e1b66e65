//! How many polynomials of Â each batch expands, and in which batches a hash rides along.
//!
//! A hash costs nothing in a lane that is empty. Beside four full lanes of AVX2 or NEON, it costs nearly as much as alone.

use crate::backend::Backend;
use crate::params::ParameterSet;
use keccak_lanes::{Lanes, RATE256, Sponges};

/// When the message of a hash of the public key is available, which rides along with Â.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RidingHash {
    /// There is no hash.
    None,
    /// From the beginning.
    Known,
    /// Row by row.
    Growing,
}

/// The batches that are left: `large` of `size` + 1 polynomials, the others of `size`.
#[derive(Clone, Copy)]
pub(super) struct Batches {
    width: usize,
    hash: RidingHash,
    size: usize,
    batches: usize,
    large: usize,
}

/// Permutations of a lane for a polynomial of Â.
const PERMUTATIONS: usize = super::UNIFORM_BLOCKS;

/// If at least this many permutations of a hash find no empty lane, one more batch, which has empty lanes, is faster: its five
/// permutations of four lanes cost as much as 12 of a hash beside four lanes (494 and 212 ns on an Intel Xeon).
const WORTH_A_BATCH: usize = 15;

impl Batches {
    /// Batches of at most as many polynomials as the lanes that a permutation of the back end processes at once.
    pub(super) fn new<P: ParameterSet, B: Backend>(hash: RidingHash) -> Self {
        // Constants, so that the scan of the machine code for divisions finds none here.
        let batches = match hash {
            RidingHash::None => const { Self::of::<P>(Lanes::<B::Keccak>::WIDTH, false) },
            _ => const { Self::of::<P>(Lanes::<B::Keccak>::WIDTH, true) },
        };
        Self { hash, ..batches }
    }

    const fn of<P: ParameterSet>(width: usize, with_hash: bool) -> Self {
        let polynomials = P::K * P::L;
        let fewest = polynomials.div_ceil(width);
        let free = (fewest * width - polynomials) * PERMUTATIONS;
        let unplaced = (P::VERIFYING_KEY_LEN / RATE256 + 1).saturating_sub(free);
        let more = with_hash && prefers_empty_lanes(width) && unplaced >= WORTH_A_BATCH;
        let batches = fewest + more as usize;
        Self {
            width,
            hash: RidingHash::None,
            size: polynomials / batches,
            batches,
            large: polynomials % batches,
        }
    }

    /// The size of the next batch, and whether the hash rides along. The size is 0 after the last one.
    ///
    /// The batches with empty lanes come first if the message is known, else last.
    pub(super) fn next(&mut self) -> (usize, bool) {
        if self.batches == 0 {
            return (0, false);
        }
        let is_large = self.large > 0 && (self.hash != RidingHash::Known || self.large == self.batches);
        let size = self.size + usize::from(is_large);
        self.large -= usize::from(is_large);
        self.batches -= 1;
        let empty_lanes_follow = self.large < self.batches && self.size < self.width
            || self.large > 0 && self.size + 1 < self.width;
        let waits = prefers_empty_lanes(self.width) && size == self.width && empty_lanes_follow;
        (size, self.hash != RidingHash::None && !waits)
    }
}

/// Whether a hash should wait for an empty lane: measured for the four lanes of AVX2, counted in instructions for those of NEON.
/// Eight lanes of AVX-512 take an extra state at little cost.
const fn prefers_empty_lanes(width: usize) -> bool {
    width == 4
}

#[cfg(test)]
mod tests {
    use super::{Batches, RidingHash};
    use crate::{MlDsa44, MlDsa65, MlDsa87, ParameterSet};
    use core::iter::{from_fn, repeat_n};

    fn batches<P: ParameterSet>(
        width: usize,
        hash: RidingHash,
    ) -> impl Iterator<Item = (usize, bool)> + Clone {
        let mut batches = Batches { hash, ..Batches::of::<P>(width, hash != RidingHash::None) };
        from_fn(move || Some(batches.next()).filter(|(size, _)| *size > 0))
    }

    /// No batch is too large, all polynomials are in one, and only four lanes may need one batch more than necessary.
    #[test]
    fn each_polynomial_is_in_one_batch() {
        fn check<P: ParameterSet>() {
            for width in 1..=8 {
                for hash in [RidingHash::None, RidingHash::Known, RidingHash::Growing] {
                    let all = batches::<P>(width, hash);
                    assert_eq!(all.clone().map(|(size, _)| size).sum::<usize>(), P::K * P::L);
                    assert!(all.clone().all(|(size, _)| size <= width), "{width} {hash:?}");
                    let fewest = (P::K * P::L).div_ceil(width);
                    let more = usize::from(width == 4 && hash != RidingHash::None);
                    assert!((fewest..=fewest + more).contains(&all.count()), "{width} {hash:?}");
                }
            }
        }
        check::<MlDsa44>();
        check::<MlDsa65>();
        check::<MlDsa87>();
    }

    /// Four lanes: where those that stay empty are, and which batches take the hash.
    #[test]
    fn the_hash_rides_in_empty_lanes() {
        fn check<P: ParameterSet>(hash: RidingHash, runs: [((usize, bool), usize); 2]) {
            let expected = runs.into_iter().flat_map(|(batch, count)| repeat_n(batch, count));
            assert!(batches::<P>(4, hash).eq(expected), "{} {hash:?}", P::NAME);
        }
        let (full, rides, waits) = ((4, true), (3, true), (4, false));
        check::<MlDsa44>(RidingHash::Known, [(full, 4), (full, 0)]);
        check::<MlDsa44>(RidingHash::Growing, [(full, 4), (full, 0)]);
        check::<MlDsa65>(RidingHash::Known, [(rides, 2), (full, 6)]);
        check::<MlDsa65>(RidingHash::Growing, [(waits, 6), (rides, 2)]);
        check::<MlDsa87>(RidingHash::Known, [(rides, 4), (full, 11)]);
        check::<MlDsa87>(RidingHash::Growing, [(waits, 11), (rides, 4)]);
    }
}
