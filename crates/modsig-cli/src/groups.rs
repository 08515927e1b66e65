//! Modules in groups: what one core works on at a time, within a bound of memory for all cores together.

use crate::files::{Input, compression_of};
use crate::memory::Memory;
use crate::parallel::Limits;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;

/// The weight of all modules that are in memory at one time, in bytes (as on the disk; compressed ones are counted
/// [`EXPANSION`]-fold). A module that is larger is worked on alone.
const IN_MEMORY: u64 = 96 << 20;
/// The weight of a group, for one core: enough that eight lanes have work of about equal length, and so little that
/// the allocator keeps the memory from group to group (16 MiB cost 15 % more processor time).
const GROUP: u64 = 8 << 20;
/// Files that are open at one time, on all cores together.
const OPEN_FILES: usize = 512;
/// How many groups may be ready before the first of them is told. They hold names and no modules, so the cores go on while
/// a batch is brought to the disk: a quarter of the time of a run.
const AHEAD: usize = 64;
/// What a compressed module is taken to unpack to. If it is more, only the plan is wrong.
const EXPANSION: u64 = 8;

/// What compressed modules of all cores may become while they are unpacked, in bytes: eight files of less than 1 MiB at one
/// time, which may become 32 MiB each whatever their size on the disk says.
const UNPACKED: u64 = 8 * (33 << 20);

/// The plan of memory for what is unpacked.
#[must_use]
pub fn memory() -> Memory {
    Memory::new(UNPACKED)
}

/// How many threads work: as many as asked for, or else as there are cores.
#[must_use]
pub fn threads(jobs: Option<NonZeroUsize>) -> NonZeroUsize {
    jobs.unwrap_or_else(|| available_parallelism().unwrap_or(NonZeroUsize::MIN))
}

/// How much is worked on at once.
#[must_use]
pub fn limits(threads: NonZeroUsize) -> Limits {
    Limits { threads, weight: IN_MEMORY, ahead: AHEAD }
}

/// What a group costs while it is worked on.
#[must_use]
pub fn weight(group: &[Input]) -> u64 {
    group.iter().map(weight_of).sum()
}

/// A file of unknown size is given something.
fn weight_of(input: &Input) -> u64 {
    let factor = if compression_of(&input.path).is_some() { EXPANSION } else { 1 };
    input.size.saturating_mul(factor).max(16 << 10)
}

/// Neighbours together, in groups small enough that every core gets some and the memory suffices.
#[must_use]
pub fn groups(inputs: Vec<Input>, threads: NonZeroUsize) -> Vec<Vec<Input>> {
    let total: u64 = weight(&inputs);
    let threads_u64 = threads.get() as u64;
    let most_weight = (total / (4 * threads_u64)).min(IN_MEMORY / threads_u64).clamp(GROUP / 32, GROUP);
    let most_files = (OPEN_FILES / threads).clamp(8, 256);
    let mut groups: Vec<Vec<Input>> = Vec::new();
    let mut room = 0;
    for input in inputs {
        let weight = weight_of(&input);
        match groups.last_mut().filter(|group| weight <= room && group.len() < most_files) {
            Some(group) => group.push(input),
            None => {
                groups.push(vec![input]);
                room = most_weight;
            }
        }
        room = room.saturating_sub(weight);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str, size: u64) -> Input {
        Input { path: name.into(), size }
    }

    #[test]
    fn groups_keep_order_and_bounds() {
        let sizes = (0..4000).map(|n| 5_000 + (n * 7919 % 200_000));
        let inputs: Vec<_> = sizes.enumerate().map(|(n, size)| input(&format!("{n}.ko"), size)).collect();
        for threads in [1, 2, 64] {
            let groups = groups(inputs.clone(), NonZeroUsize::new(threads).unwrap());
            assert!(groups.iter().flatten().eq(&inputs), "nothing lost, nothing moved");
            assert!(groups.len() >= threads);
            for group in &groups {
                assert!(group.len() <= 256 && !group.is_empty());
                assert!(weight(group) <= GROUP);
            }
        }
    }

    #[test]
    fn a_giant_is_a_group_of_its_own() {
        let inputs = vec![input("a.ko", 10), input("giant.ko.xz", 1 << 30), input("b.ko", 10)];
        let groups = groups(inputs, NonZeroUsize::new(2).unwrap());
        assert_eq!(groups.iter().map(Vec::len).collect::<Vec<_>>(), [1, 1, 1]);
    }
}
