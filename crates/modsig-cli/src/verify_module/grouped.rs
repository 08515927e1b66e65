//! The result of many files for people: one sentence, then the files grouped by reason.

use super::groups::{Groups, Names, counted, thousands};
use super::report::{Labels, Outcome, Report};
use super::summary::Summary;
use crate::exit::Exit;
use crate::exit_mapping::{kernel_line, name_of, verdict_error_with};
use crate::ink::Ink;
use crate::terminal::Terminal;
use modsig::verdict::{Finding, Verdict, Warning};
use std::collections::BTreeMap;

/// The question that the sentence answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Are they good?
    Good,
    /// Does the kernel load them?
    Loads,
}

/// Files by reason.
#[derive(Debug)]
pub(super) struct Grouped {
    question: Question,
    /// What is wrong with the files that are not good.
    problems: Groups<Reason>,
    /// What should be known of files, good or not.
    notes: Groups<String>,
    /// The words of the sentence, with their counts.
    kinds: BTreeMap<&'static str, usize>,
    files: usize,
    /// The files to which the answer to the question is no.
    bad: usize,
    /// The files that were not read.
    not_read: usize,
    /// The files that load and taint the kernel.
    tainting: usize,
    /// The good files that the kernel would refuse, or would load and be tainted, if the question is not what the kernel does.
    refused_good: usize,
    tainting_good: usize,
}

/// Why a file is not good. The most serious exit code comes first among groups of equal size.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reason {
    exit: std::cmp::Reverse<Exit>,
    /// What is wrong and what to do.
    pub(super) what: String,
    /// The kernel's answer.
    pub(super) kernel: Option<String>,
}

impl Reason {
    /// The exit code.
    pub(super) const fn exit(&self) -> Exit {
        self.exit.0
    }

    fn of(report: &Report, labels: &Labels) -> Option<Self> {
        let exit = std::cmp::Reverse(report.exit());
        let linux = &labels.linux;
        let evaluation = match &report.outcome {
            Outcome::Evaluated(evaluation) => evaluation,
            Outcome::Failed { error, linux: answer, .. } => {
                let kernel = answer.as_ref().map(|answer| kernel_line(linux, answer));
                return Some(Self { exit, what: with_advice(&error.what, &error.advice), kernel });
            }
        };
        let verdict = &evaluation.verdict;
        if report.exit() == Exit::Kernel {
            let what = match verdict.kernel.loads() {
                true => format!("good, but {linux} would load it and be tainted"),
                false => format!("good, but {linux} would not load it"),
            };
            return Some(Self { exit, what, kernel: Some(kernel_line(linux, &verdict.kernel)) });
        }
        if verdict.is_good() {
            let mismatch = evaluation.vermagic.as_ref().filter(|mismatch| mismatch.refused)?;
            return Some(Self { exit, what: mismatch.sentence(labels.release.as_deref()?), kernel: None });
        }
        let kernel = Some(kernel_line(linux, &verdict.kernel));
        let what = match behind_the_kernel(verdict) {
            Some(finding) => with_advice(&finding.problem.to_string(), finding.problem.remedy()),
            None => {
                let error = verdict_error_with(verdict, linux);
                with_advice(&error.what, &error.advice)
            }
        };
        Some(Self { exit, what, kernel })
    }
}

fn with_advice(what: &str, advice: &str) -> String {
    if advice.is_empty() { what.to_owned() } else { format!("{what}: {advice}") }
}

/// What the strict verifier found in a file that the kernel, which decides, refuses.
fn behind_the_kernel(verdict: &Verdict) -> Option<&Finding> {
    verdict.warnings.iter().find_map(|warning| match warning {
        Warning::Found(finding) => Some(finding),
        _ => None,
    })
}

/// The text of a warning without its offset, which differs between files.
fn without_offset(text: &str) -> String {
    match text.split_once("at offset ") {
        Some((before, after)) => {
            let after = after.trim_start_matches(|digit: char| digit.is_ascii_digit());
            format!("{}{}", before, after.trim_start_matches(':').trim_start())
        }
        None => text.to_owned(),
    }
}

impl Grouped {
    pub(super) const fn new(question: Question, names: Names) -> Self {
        Self {
            question,
            problems: Groups::new(names),
            notes: Groups::new(names),
            kinds: BTreeMap::new(),
            files: 0,
            bad: 0,
            not_read: 0,
            tainting: 0,
            refused_good: 0,
            tainting_good: 0,
        }
    }

    /// Adds one report.
    pub(super) fn add(&mut self, report: &Report, labels: &Labels) {
        self.files += 1;
        if let Some(note) = report.loaded_note() {
            self.notes.add(note, &report.path);
        }
        if let Some(reason) = Reason::of(report, labels) {
            self.problems.add(reason, &report.path);
        }
        let kind = match &report.outcome {
            Outcome::Failed { error, .. } if error.exit == Exit::Io => {
                self.not_read += 1;
                return;
            }
            Outcome::Failed { .. } => Some(report.name()),
            Outcome::Evaluated(evaluation) => {
                let verdict = &evaluation.verdict;
                self.tainting += usize::from(verdict.kernel.taints() && report.would_load());
                if let (Some(release), Some(mismatch)) = (&labels.release, &evaluation.vermagic)
                    && !(mismatch.refused && verdict.is_good())
                {
                    self.notes.add(mismatch.sentence(release), &report.path);
                }
                if let Some(disagreement) = report.disagreement(&labels.linux)
                    && self.question == Question::Good
                {
                    *if verdict.kernel.loads() { &mut self.tainting_good } else { &mut self.refused_good } +=
                        1;
                    if !report.fails_on_kernel {
                        self.notes.add(format!("good, but {disagreement}"), &report.path);
                    }
                }
                self.add_notes(report, verdict);
                let kind = behind_the_kernel(verdict).map(|finding| name_of(finding.problem.kind()));
                match verdict.is_good() {
                    true => evaluation.is_for_another_kernel().then_some("built for another kernel"),
                    false => Some(kind.unwrap_or_else(|| report.name())),
                }
            }
        };
        if let Some(kind) = kind {
            self.bad += 1;
            *self.kinds.entry(kind).or_default() += 1;
        }
    }

    fn add_notes(&mut self, report: &Report, verdict: &Verdict) {
        // What is behind the kernel's refusal is the reason already.
        let reasons = verdict.warnings.iter().filter(|warning| matches!(warning, Warning::Found(_)));
        let skip = if verdict.is_good() { 0 } else { reasons.count().min(1) };
        let mut skipped = 0;
        for warning in &verdict.warnings {
            if matches!(warning, Warning::Found(_)) && skipped < skip {
                skipped += 1;
                continue;
            }
            self.notes.add(without_offset(&warning.to_string()), &report.path);
        }
    }

    /// The problems, the largest group first.
    pub(super) const fn problems(&self) -> &Groups<Reason> {
        &self.problems
    }

    /// The sentence.
    pub(super) fn sentence(&self, labels: &Labels) -> String {
        let linux = &labels.linux;
        let modules = counted(self.files, "module");
        let good = self.files - self.bad - self.not_read;
        let mut text = match (self.bad, self.question) {
            (0, Question::Loads) if self.not_read == 0 => format!("All {modules} would load on {linux}"),
            (0, Question::Good) if self.not_read == 0 => format!("All {modules} are good"),
            (0, Question::Loads) => format!("{} of {modules} would load on {linux}", thousands(good)),
            (0, Question::Good) => format!("{} of {modules} are good", thousands(good)),
            (bad, question) => {
                let verb = match (bad, question) {
                    (_, Question::Loads) => format!("would not load on {linux}"),
                    (1, Question::Good) => "is not good".to_owned(),
                    (_, Question::Good) => "are not good".to_owned(),
                };
                let mut kinds: Vec<_> = self.kinds.iter().collect();
                kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
                let kinds: Vec<_> =
                    kinds.iter().map(|(kind, count)| format!("{} {kind}", thousands(**count))).collect();
                format!("{} of {modules} {verb}: {}", thousands(bad), kinds.join(", "))
            }
        };
        if self.tainting > 0 && self.question == Question::Loads {
            text.push_str(&format!("; {} would load and taint the kernel", thousands(self.tainting)));
        }
        for (count, what) in
            [(self.refused_good, "would refuse"), (self.tainting_good, "would load, tainted,")]
        {
            if count > 0 {
                let which = match count == self.files {
                    true => "all of them".to_owned(),
                    false => format!("{} of the good", thousands(count)),
                };
                text.push_str(&format!("; {linux} {what} {which}"));
            }
        }
        if self.not_read > 0 {
            text.push_str(&format!("; {} could not be read", thousands(self.not_read)));
        }
        text
    }

    /// Prints the sentence, the groups, and the summary.
    pub(super) fn print(&self, summary: &Summary, names: Names, labels: &Labels, terminal: &mut Terminal) {
        let ink = match (self.bad + self.not_read, self.refused_good + self.tainting_good + self.tainting) {
            (0, 0) => Ink::Good,
            (0, _) => Ink::Warning,
            _ => Ink::Bad,
        };
        terminal.print_in(ink, &self.sentence(labels));
        let (problems, rest) = self.problems.to_print();
        for (reason, group) in problems {
            let mut lines: Vec<String> = reason.kernel.iter().cloned().collect();
            lines.extend(group.lines());
            terminal.problem_group(&format!("{}: {}", counted(group.count, "module"), reason.what), &lines);
        }
        if rest > 0 {
            terminal.problem_group(
                &format!("{} with other problems (-v lists all)", counted(rest, "module")),
                &[],
            );
        }
        let (notes, rest) = self.notes.to_print();
        for (note, group) in notes {
            let lines = if names == Names::All { group.lines() } else { Vec::new() };
            terminal.note_group(&format!("{}: note: {note}", counted(group.count, "module")), &lines);
        }
        if rest > 0 {
            terminal.note_group(&format!("{}: other notes (-v lists all)", counted(rest, "module")), &[]);
        }
        summary.print(labels, names == Names::All, terminal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_does_not_make_a_note_another_one() {
        let text = |offset| format!("at offset {offset}: signed with SHA-1; sign it again");
        assert_eq!(without_offset(&text(7)), "signed with SHA-1; sign it again");
        assert_eq!(without_offset(&text(7)), without_offset(&text(1234)));
        assert_eq!(without_offset("CN=x: CA:FALSE is missing"), "CN=x: CA:FALSE is missing");
    }
}
