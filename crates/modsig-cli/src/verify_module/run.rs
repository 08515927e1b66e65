//! All groups on all cores, told in order.

use super::judge::{Judge, Report};
use super::summary::{Labels, Summary};
use super::{json, text};
use crate::files::Input;
use crate::groups::{groups, limits, memory, threads, weight};
use crate::parallel::in_order;
use crate::terminal::Terminal;
use std::num::NonZeroUsize;

/// For whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Verifies all files and tells the results.
pub(super) fn run(
    judge: &Judge<'_>,
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
    in_order(
        groups(inputs, threads),
        limits(threads),
        |group| weight(group),
        || false,
        |group| judge.judge(group, &mut memory.share()),
        |reports: Vec<Report>| {
            for report in reports {
                summary.add(&report);
                terminal.record(report.exit());
                match output {
                    Output::Text => text::tell(&report, labels, terminal),
                    Output::Json => terminal.document(&json::file(&report, labels)),
                }
                terminal.advance(1);
            }
        },
    );
    terminal.progress_ends();
    match output {
        Output::Text => summary.tell(labels, terminal),
        Output::Json => {
            let exit = terminal.gravest();
            terminal.document(&json::summary(&summary, exit, labels));
        }
    }
}
