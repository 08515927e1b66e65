//! Splits the modules into batches for the cores, within one memory limit for all cores.

use crate::files::{Input, compression_of};
use crate::memory::Memory;
use crate::parallel::Limits;
use crate::progress::Amount;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

/// The weight of all modules in memory at one time: bytes on the disk, times [`EXPANSION`] for compressed ones. A larger
/// module is worked on alone.
const IN_MEMORY: u64 = 96 << 20;
/// The weight of a batch for one core: enough that eight lanes have work of similar length, and small enough that the
/// allocator reuses the memory of the last batch (16 MiB cost 15 % more processor time).
const BATCH: u64 = 8 << 20;
/// Files that are open at one time, on all cores together.
const OPEN_FILES: usize = 512;
/// How many finished batches may wait for the results before them. They hold names and no modules, so the cores continue while
/// files are synced to the disk: a quarter of the time of a run.
const AHEAD: usize = 64;
/// The assumed ratio of the unpacked length of a module to its compressed length. A larger ratio only makes the plan less
/// exact.
const EXPANSION: u64 = 8;

/// The limit in bytes for modules that all cores are unpacking: eight files of less than 1 MiB at one time, each of which may
/// unpack to 32 MiB.
const UNPACKED: u64 = 8 * (33 << 20);

/// The memory limit for unpacking.
#[must_use]
pub fn memory() -> Memory {
    Memory::new(UNPACKED)
}

/// The number of threads: `jobs`, or else the number of cores.
#[must_use]
pub fn threads(jobs: Option<NonZeroUsize>) -> NonZeroUsize {
    jobs.unwrap_or_else(|| available_parallelism().unwrap_or(NonZeroUsize::MIN))
}

/// The limits for [`crate::parallel::run_ordered`].
#[must_use]
pub fn limits(threads: NonZeroUsize) -> Limits {
    Limits { threads, weight: IN_MEMORY, ahead: AHEAD }
}

/// The amount of work on all inputs.
#[must_use]
pub fn amount(inputs: &[Input]) -> Amount {
    let weight = inputs.iter().map(weight_of).fold(0, u64::saturating_add);
    Amount { files: inputs.len() as u64, weight }
}

/// The weight of a batch.
#[must_use]
pub fn weight(batch: &[Input]) -> u64 {
    batch.iter().map(weight_of).sum()
}

/// The weight of one file; a file of unknown size has the smallest.
#[must_use]
pub fn weight_of(input: &Input) -> u64 {
    let factor = if compression_of(&input.path).is_some() { EXPANSION } else { 1 };
    input.size.saturating_mul(factor).max(16 << 10)
}

/// Splits the inputs into batches of neighbours, small enough that every core gets some and the memory suffices.
#[must_use]
pub fn batches(inputs: Vec<Input>, threads: NonZeroUsize) -> Vec<Vec<Input>> {
    let total: u64 = weight(&inputs);
    let threads_u64 = threads.get() as u64;
    let most_weight = (total / (4 * threads_u64)).min(IN_MEMORY / threads_u64).clamp(BATCH / 32, BATCH);
    let most_files = (OPEN_FILES / threads).clamp(8, 256);
    let mut batches: Vec<Vec<Input>> = Vec::new();
    let mut free = 0;
    for input in inputs {
        let weight = weight_of(&input);
        match batches.last_mut().filter(|batch| weight <= free && batch.len() < most_files) {
            Some(batch) => batch.push(input),
            None => {
                batches.push(vec![input]);
                free = most_weight;
            }
        }
        free = free.saturating_sub(weight);
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Links;

    fn input(name: &str, size: u64) -> Input {
        Input { path: name.into(), size, links: Links::Follow }
    }

    #[test]
    fn batches_keep_order_and_bounds() {
        let sizes = (0..4000).map(|n| 5_000 + (n * 7919 % 200_000));
        let inputs: Vec<_> = sizes.enumerate().map(|(n, size)| input(&format!("{n}.ko"), size)).collect();
        for threads in [1, 2, 64] {
            let batches = batches(inputs.clone(), NonZeroUsize::new(threads).unwrap());
            let paths = inputs.iter().map(|input| &input.path);
            let batched = batches.iter().flatten().map(|input| &input.path);
            assert!(batched.eq(paths), "nothing lost, nothing moved");
            assert!(batches.len() >= threads);
            for batch in &batches {
                assert!(batch.len() <= 256 && !batch.is_empty());
                assert!(weight(batch) <= BATCH);
            }
        }
    }

    #[test]
    fn a_large_module_is_a_batch_of_its_own() {
        let inputs = vec![input("a.ko", 10), input("large.ko.xz", 1 << 30), input("b.ko", 10)];
        let batches = batches(inputs, NonZeroUsize::new(2).unwrap());
        assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
    }
}
