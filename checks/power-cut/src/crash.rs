//! Which contents a disk may have after a power cut.
//!
//! The disk has a volatile cache. A power cut at a position of the log leaves
//!
//! * everything that stands before the last flush before the position,
//! * every FUA write before the position,
//! * of the plain writes since that flush any selection: a write of many blocks may be there in part, but a block of 4 KiB that
//!   is aligned is there as a whole or not at all,
//! * of the write at the position, if it is a FUA write, any selection of its blocks.
//!
//! Every such state is possible. Not all possible states are made: a plain write stands in the log where its flush is, behind
//! all FUA writes between, although it may have reached the disk before them.

use crate::image::{BLOCK, Image};
use crate::log::{Change, Entry};
use std::collections::BTreeSet;

/// A generator of random numbers (SplitMix64): the same seed gives the same crash points.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`, or 0.
    pub fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit.max(1)).unwrap_or(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }
}

/// Which unflushed blocks are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kept {
    /// None.
    Nothing,
    /// All: the log up to the position.
    All,
    /// Each write with a chance of `percent`.
    Writes {
        /// Chance in percent.
        percent: u8,
        /// Seed.
        seed: u64,
    },
    /// Each block with a chance of `percent`, also blocks of the write at the position, if it is a FUA write.
    Blocks {
        /// Chance in percent.
        percent: u8,
        /// Seed.
        seed: u64,
    },
}

/// A power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crash {
    /// Before this entry of the log was complete.
    pub position: usize,
    /// Which unflushed blocks are kept.
    pub kept: Kept,
}

/// What makes two states equal: the last durable write, and the blocks of later ones.
type Fingerprint = (Option<usize>, Vec<(usize, u64)>);

/// The entry of the last flush before a position.
fn last_flush(log: &[Entry], position: usize) -> Option<usize> {
    log[..position.min(log.len())].iter().rposition(|entry| entry.flush)
}

/// The blocks of an entry: number, offset on the disk, bytes. A discard is zeros.
fn blocks_of(entry: &Entry) -> Vec<(u64, u64, Vec<u8>)> {
    let bytes = match &entry.change {
        Change::Write(bytes) => bytes.clone(),
        Change::Discard(length) => vec![0; usize::try_from(*length).unwrap_or(0)],
        Change::None | Change::Mark(_) => return Vec::new(),
    };
    let (mut blocks, mut offset, mut rest) = (Vec::new(), entry.offset, &bytes[..]);
    while !rest.is_empty() {
        let left = usize::try_from(BLOCK - offset % BLOCK).unwrap_or(1);
        let (now, later) = rest.split_at(left.min(rest.len()));
        blocks.push((offset / BLOCK, offset, now.to_vec()));
        (rest, offset) = (later, offset + u64::try_from(now.len()).unwrap_or(0));
    }
    blocks
}

/// Calls `keep` for every block that a power cut leaves of the entries after the last flush.
fn unflushed(log: &[Entry], crash: Crash, mut keep: impl FnMut(usize, u64, u64, &[u8])) {
    let start = last_flush(log, crash.position).unwrap_or(0);
    let end = crash.position.min(log.len());
    let (seed, percent) = match crash.kept {
        Kept::Nothing => (0, 0),
        Kept::All => (0, 100),
        Kept::Writes { percent, seed } | Kept::Blocks { percent, seed } => (seed, percent),
    };
    let mut random = Random(seed);
    let mut chance = || random.next() % 100 < u64::from(percent);
    for (index, entry) in log.iter().enumerate().take(end + 1).skip(start) {
        let (complete, in_blocks) = (index < end, matches!(crash.kept, Kept::Blocks { .. }));
        if !complete && (!entry.fua || !in_blocks) {
            continue;
        }
        let durable = complete && entry.fua;
        let whole = durable || chance();
        for (number, offset, bytes) in blocks_of(entry) {
            if durable || if in_blocks { chance() } else { whole } {
                keep(index, number, offset, &bytes);
            }
        }
    }
}

fn fingerprint(log: &[Entry], crash: Crash) -> Fingerprint {
    let flushed = last_flush(log, crash.position).unwrap_or(0);
    let durable = log[..flushed]
        .iter()
        .rposition(|entry| matches!(entry.change, Change::Write(_) | Change::Discard(_)));
    let mut kept = Vec::new();
    unflushed(log, crash, |index, number, _, _| kept.push((index, number)));
    (durable, kept)
}

/// Entries before the end of `sign-module` among which its renames are.
const NEAR_EXIT: usize = 60;

/// Chooses up to `count` power cuts that leave different disks, ordered by position: what is durable at `exit`, at each flush
/// shortly before it (up to a quarter of `count`) and at each other (of many flushes every second, third, …, up to half of
/// `count`), and random ones: a quarter after `exit`, a quarter shortly before it (if `late`, after it), the rest anywhere.
pub fn choose(log: &[Entry], count: usize, exit: usize, late: bool, random: &mut Random) -> Vec<Crash> {
    let mut seen = BTreeSet::new();
    let mut chosen = Vec::new();
    let mut take = |crash: Crash| {
        if chosen.len() < count && seen.insert(fingerprint(log, crash)) {
            chosen.push(crash);
        }
        chosen.len() < count
    };
    take(Crash { position: exit, kept: Kept::Nothing });
    let flushes: Vec<_> = (0..log.len()).filter(|&index| log[index].flush).collect();
    let renames = exit.saturating_sub(NEAR_EXIT);
    for &flush in flushes.iter().rev().filter(|&&flush| (renames..exit).contains(&flush)).take(count / 4) {
        take(Crash { position: flush + 1, kept: Kept::Nothing });
    }
    let step = (2 * flushes.len()).div_ceil(count.max(1)).max(1);
    for flush in flushes.into_iter().step_by(step) {
        take(Crash { position: flush + 1, kept: Kept::Nothing });
    }
    for _ in 0..count * 20 {
        let (first, end) = match random.below(4) {
            0 => (exit, log.len() + 1),
            1 if late => (exit, log.len() + 1),
            1 => (renames, exit + 1),
            _ => (0, log.len() + 1),
        };
        let position = first + random.below(end - first);
        let percent = [10, 50, 90][random.below(3)];
        let kept = match random.below(4) {
            0 => Kept::All,
            1 => Kept::Writes { percent, seed: random.next() },
            _ => Kept::Blocks { percent, seed: random.next() },
        };
        if !take(Crash { position, kept }) {
            break;
        }
    }
    chosen.sort_unstable();
    chosen
}

/// Replays a log up to one power cut after the other.
#[derive(Debug)]
pub struct Replay<'a> {
    log: &'a [Entry],
    /// With all entries before `applied`.
    durable: Image,
    applied: usize,
}

impl<'a> Replay<'a> {
    /// Starts with the disk as it was before the first entry.
    pub const fn new(log: &'a [Entry], base: Image) -> Self {
        Self { log, durable: base, applied: 0 }
    }

    /// The disk after a power cut. The positions must not decrease from call to call.
    pub fn after(&mut self, crash: Crash) -> Image {
        let flushed = last_flush(self.log, crash.position).unwrap_or(0);
        while self.applied < flushed {
            for (_, offset, bytes) in blocks_of(&self.log[self.applied]) {
                self.durable.write(offset, &bytes);
            }
            self.applied += 1;
        }
        let mut image = self.durable.clone();
        unflushed(self.log, crash, |_, _, offset, bytes| image.write(offset, bytes));
        image
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(block: u64, byte: u8, blocks: usize, fua: bool) -> Entry {
        Entry { offset: block * BLOCK, change: Change::Write(vec![byte; blocks * 4096]), flush: false, fua }
    }

    fn flush() -> Entry {
        Entry { offset: 0, change: Change::None, flush: true, fua: false }
    }

    /// The first bytes of blocks 0 to 4.
    fn state(log: &[Entry], position: usize, kept: Kept) -> [u8; 5] {
        let image = Replay::new(log, Image::default()).after(Crash { position, kept });
        std::array::from_fn(|block| {
            let with = |byte| {
                let mut other = image.clone();
                other.write(u64::try_from(block).unwrap() * BLOCK, &[byte; 4096]);
                other == image
            };
            (0..=9).find(|&byte| with(byte)).unwrap()
        })
    }

    #[test]
    fn flushed_and_fua_writes_stay_and_no_other_is_sure() {
        let log = [
            write(0, 1, 1, false),
            flush(),
            write(3, 4, 1, true),
            write(1, 2, 2, false),
            write(0, 5, 1, false),
            flush(),
        ];
        assert_eq!(state(&log, 1, Kept::Nothing), [0; 5]);
        assert_eq!(state(&log, 2, Kept::Nothing), [1, 0, 0, 0, 0]);
        assert_eq!(state(&log, 3, Kept::Nothing), [1, 0, 0, 4, 0]);
        assert_eq!(state(&log, 5, Kept::Nothing), [1, 0, 0, 4, 0]);
        assert_eq!(state(&log, 5, Kept::All), [5, 2, 2, 4, 0]);
        assert_eq!(state(&log, 6, Kept::Nothing), [5, 2, 2, 4, 0]);
    }

    #[test]
    fn any_selection_of_unflushed_blocks_occurs() {
        let log = [
            write(0, 1, 1, false),
            write(1, 2, 2, false),
            write(0, 3, 1, false),
            write(3, 4, 2, true),
            flush(),
        ];
        let states = |position, kept: fn(u64) -> Kept| -> BTreeSet<[u8; 5]> {
            (0..400).map(|seed| state(&log, position, kept(seed))).collect()
        };
        let blocks = |seed| Kept::Blocks { percent: 50, seed };
        let writes = |seed| Kept::Writes { percent: 50, seed };
        // Block 0 has three versions, blocks 1 and 2 two each; the FUA write at the position may be torn.
        assert_eq!(states(3, blocks).len(), 3 * 2 * 2 * 4);
        // Whole writes: blocks 1 and 2 together, and the write at the position is not there.
        assert_eq!(states(3, writes).len(), 3 * 2);
        // Once complete, the FUA write is there.
        assert!(states(4, blocks).iter().all(|state| state[3..] == [4, 4]));
        assert_eq!(states(5, blocks).into_iter().collect::<Vec<_>>(), [[3, 2, 2, 4, 4]]);
    }

    #[test]
    fn crash_points_differ_and_cover_the_flushes() {
        let mut log = Vec::new();
        for number in 0..10 {
            log.extend([write(number, 1, 1, false), write(number + 20, 2, 3, false), flush()]);
        }
        let crashes = choose(&log, 60, 15, true, &mut Random(1));
        assert_eq!(crashes.len(), 60);
        let prints: BTreeSet<_> = crashes.iter().map(|&crash| fingerprint(&log, crash)).collect();
        assert_eq!(prints.len(), 60);
        assert!(crashes.is_sorted());
        assert!((0..10).all(|n| crashes.contains(&Crash { position: 3 * n + 3, kept: Kept::Nothing })));
        // Of a long log, every flush shortly before the exit.
        let long: Vec<_> = (0..1000).flat_map(|number| [write(number, 1, 1, false), flush()]).collect();
        let near = choose(&long, 200, 1500, false, &mut Random(1));
        assert!((720..750).all(|n| near.contains(&Crash { position: 2 * n + 2, kept: Kept::Nothing })));
        assert_eq!(choose(&log, 60, 15, true, &mut Random(1)), crashes);
    }
}
