//! Works on all files, in batches on all cores, and delivers the results in order.

use crate::batching::{batches, limits, memory, threads, weight, weight_of};
use crate::error::CliError;
use crate::exit::Exit;
use crate::files::Input;
use crate::interrupt::Interrupt;
use crate::memory::Share;
use crate::parallel::run_ordered;
use crate::progress::Counter;
use crate::terminal::Terminal;
use std::num::NonZeroUsize;
use std::sync::OnceLock;

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

/// The handler of the process, also for several runs: a signal between two of them stops the second. Without a handler a signal
/// ends the process at once, without the sentence.
static INTERRUPT: OnceLock<Option<Interrupt>> = OnceLock::new();

/// Calls `work` for each batch on several threads, and `deliver` for each result on this one, in the order of the files.
///
/// Ctrl-C and SIGTERM end the process here: nothing was written, and a verdict on some of the files is none on all.
pub(super) fn run<R: Send>(
    inputs: Vec<Input>,
    jobs: Option<NonZeroUsize>,
    counter: &Counter,
    terminal: &mut Terminal,
    work: impl Fn(Vec<Input>, &mut Share<'_>) -> Vec<R> + Sync,
    mut deliver: impl FnMut(R, &mut Terminal),
) {
    let threads = threads(jobs);
    let memory = memory();
    let total = inputs.len();
    let signal = || INTERRUPT.get_or_init(|| Interrupt::catch().ok()).as_ref().and_then(Interrupt::signal);
    // Before the first job, so that an early signal is not lost.
    let _ = signal();
    let mut delivered = 0;
    run_ordered(
        batches(inputs, threads),
        limits(threads),
        |batch| weight(batch),
        || signal().is_some(),
        |batch| {
            let weights: Vec<_> = batch.iter().map(weight_of).collect();
            let results = work(batch, &mut memory.share());
            weights.into_iter().for_each(|weight| counter.done(weight));
            results
        },
        |results| {
            delivered += results.len();
            results.into_iter().for_each(|result| deliver(result, terminal));
        },
    );
    if let Some(signal) = signal().filter(|_| delivered < total) {
        terminal.progress_ends();
        let what =
            format!("interrupted: {delivered} of {total} files were looked at; this is no result for all");
        terminal.error(&CliError::new(Exit::Good, what, "run the same command again"));
        terminal.interrupted(signal);
        std::process::exit(i32::from(terminal.exit_code()));
    }
}
