//! One group of files on one core: read within a bound of memory, verified together, and what is wanted of each kept.

use super::explain::{Drawing, Style};
use crate::decisions::{exit_of, name_of, word_of};
use crate::elf::check_module;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{Compression, Input, read_module_within};
use crate::memory::Share;
use modsig::kernel::{Answer, ConfigOption};
use modsig::trailer::{self, Split};
use modsig::trust::TrustStore;
use modsig::verdict::{BatchVerifier, Judgement, Kind, Policy, Verdict};
use std::path::{Path, PathBuf};

/// What is kept of each file besides the verdict.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The drawing of `--explain`.
    pub(super) drawing: Option<Style>,
    /// Which options of the kernel would change its answer.
    pub(super) changes: bool,
}

/// What became of one file.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) path: PathBuf,
    pub(super) outcome: Outcome,
}

#[derive(Debug)]
pub(super) enum Outcome {
    /// It was verified.
    Judged(Box<Judged>),
    /// It could not be read, or is neither signed nor a module.
    Failed(Failure),
}

/// A verdict and what belongs to it.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    /// How long the file is, unpacked, in bytes.
    pub(super) len: usize,
    /// Of a file with a right trailer: how long the CMS is.
    pub(super) cms_len: Option<usize>,
    /// How the file is compressed.
    pub(super) compression: Option<Compression>,
    /// Which options of the kernel change its answer; empty also if nobody asked.
    pub(super) changes: Vec<Change>,
    /// The drawing.
    pub(super) drawing: Option<String>,
}

/// An option of the kernel that changes its answer.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) option: ConfigOption,
    /// What it would have to be.
    pub(super) value: bool,
    /// The answer then.
    pub(super) answer: Answer,
}

impl Report {
    /// The exit code that the file earns.
    pub(super) fn exit(&self) -> Exit {
        match &self.outcome {
            Outcome::Judged(judged) => exit_of(judged.verdict.kind()),
            Outcome::Failed(failure) => failure.exit,
        }
    }

    /// The outcome in a word, for machines.
    pub(super) fn word(&self) -> &'static str {
        match &self.outcome {
            Outcome::Judged(judged) => word_of(judged.verdict.kind()),
            Outcome::Failed(failure) if failure.exit == Exit::Io => "not-read",
            Outcome::Failed(_) => "broken-file",
        }
    }

    /// The outcome in a few words, for people.
    pub(super) fn name(&self) -> &'static str {
        match &self.outcome {
            Outcome::Judged(judged) => name_of(judged.verdict.kind()),
            Outcome::Failed(failure) if failure.exit == Exit::Io => "not read",
            Outcome::Failed(_) => "not a module",
        }
    }
}

/// Bytes of modules that one core holds at a time, unpacked: the file that goes beyond is verified with those before it,
/// and then all of them are let go.
const AT_ONCE: usize = 8 << 20;

/// Verifies against one trust and one policy.
pub(super) struct Judge<'a> {
    verifier: BatchVerifier<'a>,
    policy: &'a Policy,
    wanted: Wanted,
}

/// A file of a group: its name, and its bytes or why there are none.
type Read = (PathBuf, Result<Vec<u8>, Failure>);

impl<'a> Judge<'a> {
    pub(super) fn new(trust: &'a TrustStore, policy: &'a Policy, wanted: Wanted) -> Self {
        Self { verifier: BatchVerifier::new(trust, policy), policy, wanted }
    }

    /// Reads and verifies a group of files; the reports stand in their order.
    pub(super) fn judge(&self, group: Vec<Input>, share: &mut Share<'_>) -> Vec<Report> {
        let mut reports = Vec::with_capacity(group.len());
        let mut held: Vec<Read> = Vec::new();
        let mut bytes_held = 0;
        for Input { path, .. } in group {
            let bytes = read_module_within(&path, share).map(|file| file.source.bytes);
            bytes_held += bytes.as_ref().map_or(0, Vec::len);
            held.push((path, bytes));
            if bytes_held >= AT_ONCE {
                reports.extend(self.judge_held(&held));
                held.clear();
                share.shrink_to(0);
                bytes_held = 0;
            }
        }
        reports.extend(self.judge_held(&held));
        reports
    }

    fn judge_held(&self, held: &[Read]) -> Vec<Report> {
        let files: Vec<&[u8]> =
            held.iter().filter_map(|(_, bytes)| Some(bytes.as_ref().ok()?.as_slice())).collect();
        let mut judgements = self.verifier.verify(&files).into_iter();
        let report = |(path, bytes): &Read| {
            let outcome = match bytes {
                Err(failure) => Outcome::Failed(failure.clone()),
                Ok(file) => match judgements.next() {
                    Some(judgement) => self.outcome(path, file, judgement),
                    // There is one for each file; should one ever be missing, its file is not good.
                    None => Outcome::Failed(Failure::new(Exit::Internal, "was forgotten", "report this")),
                },
            };
            Report { path: path.clone(), outcome }
        };
        held.iter().map(report).collect()
    }

    fn changes(&self, judgement: &Judgement<'_>) -> Vec<Change> {
        let changes = self.verifier.options_that_matter(judgement).into_iter();
        let change = |(option, answer): (ConfigOption, Answer)| {
            // Each was turned over.
            Change { option, value: !option.get(self.policy.kernel()), answer }
        };
        changes.map(change).collect()
    }

    fn outcome(&self, path: &Path, file: &[u8], judgement: Judgement<'_>) -> Outcome {
        let changes = if self.wanted.changes { self.changes(&judgement) } else { Vec::new() };
        let verdict: Verdict = judgement.verdict;
        let drawing = self.wanted.drawing.map(|style| {
            Drawing { path, file, verdict: &verdict, changes: &changes, policy: self.policy, style }.draw()
        });
        if verdict.kind() == Kind::Unsigned
            && drawing.is_none()
            && let Err(failure) = check_module(file)
        {
            // A text file is not "an unsigned module".
            return Outcome::Failed(failure);
        }
        let cms_len = match trailer::split(file) {
            Ok(Split::Signed(signed)) => Some(signed.cms.len()),
            _ => None,
        };
        let compression = Compression::of_name(path);
        Outcome::Judged(Box::new(Judged { verdict, len: file.len(), cms_len, compression, changes, drawing }))
    }
}
