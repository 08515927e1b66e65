//! Works on all files, in batches on all cores, and delivers the results in order.

use crate::batching::{batches, limits, memory, threads, weight};
use crate::files::Input;
use crate::memory::Share;
use crate::parallel::run_ordered;
use std::num::NonZeroUsize;

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// Lines for people, one for each file.
    Lines,
    /// For people, and many files: one sentence, then groups by reason.
    Grouped,
    /// One JSON object a line.
    Json,
    /// For scripts and people: three columns.
    Short,
}

/// From this number of files on, the result is grouped by reason.
const MANY: usize = 16;

impl Output {
    /// Whether a progress bar does not disturb.
    pub(super) const fn is_for_people(self) -> bool {
        matches!(self, Self::Lines | Self::Grouped)
    }

    /// The form for this number of files.
    pub(super) const fn of_text(files: usize, lines: bool) -> Self {
        if files >= MANY && !lines { Self::Grouped } else { Self::Lines }
    }
}

/// Calls `work` for each batch on several threads, and `deliver` for each result on this one, in the order of the files.
pub(super) fn run<R: Send>(
    inputs: Vec<Input>,
    jobs: Option<NonZeroUsize>,
    work: impl Fn(Vec<Input>, &mut Share<'_>) -> Vec<R> + Sync,
    mut deliver: impl FnMut(R),
) {
    let threads = threads(jobs);
    let memory = memory();
    run_ordered(
        batches(inputs, threads),
        limits(threads),
        |batch| weight(batch),
        || false,
        |batch| work(batch, &mut memory.share()),
        |results| results.into_iter().for_each(&mut deliver),
    );
}
