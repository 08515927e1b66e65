//! `--format short`: one line for each file, in three columns that do not change: the verdict and the kernel's answer, each
//! in a word, and the name. `docs/guide/exit-codes.md` describes them.

use super::report::{Outcome, Report};
use crate::ink::Ink;
use crate::terminal::Terminal;
use modsig::kernel::Answer;
use std::path::Path;

/// Prints the line about a report.
pub(super) fn print(report: &Report, terminal: &mut Terminal) {
    let answer = match &report.outcome {
        Outcome::Evaluated(evaluation) => Some(&evaluation.verdict.kernel),
        Outcome::Failed { linux, .. } => linux.as_deref(),
    };
    let disagrees = answer.is_none_or(|answer| !answer.loads() || answer.taints());
    let ink = match (report.word(), disagrees) {
        ("good", false) => Ink::Good,
        ("good", true) => Ink::Warning,
        _ => Ink::Bad,
    };
    row(ink, report.word(), &answer.map_or_else(|| NONE.to_owned(), word), &report.path, terminal);
}

/// The second column of a file about which no kernel was asked.
pub(super) const NONE: &str = "-";

/// Prints one line. The first column is as wide as its longest word, `refused-by-policy`; the second as `not-predicted`.
pub(super) fn row(ink: Ink, verdict: &str, kernel: &str, path: &Path, terminal: &mut Terminal) {
    let space = 18_usize.saturating_sub(verdict.chars().count());
    terminal.row(ink, verdict, &format!("{:space$}{kernel:<13} {}", "", path.display()));
}

/// An answer in a word: `loaded`, `tainted`, `not-checked`, `not-predicted`, or the name of the error number.
fn word(answer: &Answer) -> String {
    match answer.user_errno() {
        _ if answer.is_too_expensive() => "not-predicted".to_owned(),
        _ if answer.is_unchecked() => "not-checked".to_owned(),
        _ if answer.taints() => "tainted".to_owned(),
        None if answer.loads() => "loaded".to_owned(),
        Some(errno) => errno.to_string(),
        None => "refused".to_owned(),
    }
}
