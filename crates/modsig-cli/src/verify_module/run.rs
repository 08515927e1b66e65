//! Verifies all batches on all cores and prints the reports in order.

use super::file_verifier::FileVerifier;
use super::report::{Labels, Report};
use super::summary::Summary;
use super::{json, text};
use crate::batching::{batches, limits, memory, threads, weight};
use crate::files::Input;
use crate::parallel::run_ordered;
use crate::terminal::Terminal;
use std::num::NonZeroUsize;

/// The form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Verifies all files and prints the results.
pub(super) fn run(
    verifier: &FileVerifier<'_>,
    inputs: Vec<Input>,
    jobs: Option<NonZeroUsize>,
    output: Output,
    labels: &Labels,
    terminal: &mut Terminal,
) {
    let threads = threads(jobs);
    let memory = memory();
    let mut summary = Summary::default();
    if output == Output::Text {
        terminal.progress(inputs.len());
    }
    run_ordered(
        batches(inputs, threads),
        limits(threads),
        |batch| weight(batch),
        || false,
        |batch| verifier.evaluate(batch, &mut memory.share()),
        |reports: Vec<Report>| {
            for report in reports {
                summary.add(&report);
                terminal.record(report.exit());
                match output {
                    Output::Text => text::print(&report, labels, terminal),
                    Output::Json => terminal.document(&json::file(&report, labels)),
                }
                terminal.advance(1);
            }
        },
    );
    terminal.progress_ends();
    match output {
        Output::Text => summary.print(labels, terminal),
        Output::Json => {
            let exit = terminal.highest_exit();
            terminal.document(&json::summary(&summary, exit, labels));
        }
    }
}
