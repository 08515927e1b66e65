//! One group of files on one core: read within a bound of memory, verified together, and what is wanted of each kept.

use super::explain::{Drawing, Style};
use crate::decisions::{exit_of, name_of, word_of};
use crate::elf::check_module;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{Behind, Compression, Input, ModuleFile, NotRead, read_module_within};
use crate::memory::Share;
use modsig::kernel::{Answer, ConfigOption, Unpacker};
use modsig::trailer::{self, Split};
use modsig::trust::TrustStore;
use modsig::verdict::{BatchVerifier, Evaluation, Kind, Policy, Verdict};
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
    Failed {
        /// Why.
        failure: Failure,
        /// Linux's answer to a file that cannot be unpacked, if Linux unpacks it itself and the answer can be predicted.
        linux: Option<Box<Answer>>,
        /// How the file is compressed.
        packed: Option<PackedBy>,
    },
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
    pub(super) packed: Option<PackedBy>,
    /// Which options of the kernel change its answer; empty also if nobody asked.
    pub(super) changes: Vec<Change>,
    /// The drawing.
    pub(super) drawing: Option<String>,
}

/// How a file is compressed, and who unpacks it on the predicted kernel.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedBy {
    pub(super) compression: Compression,
    pub(super) unpacker: Unpacker,
}

impl PackedBy {
    /// Who unpacks it, in words.
    pub(super) const fn unpacker_name(self) -> &'static str {
        match self.unpacker {
            Unpacker::Linux => "Linux",
            Unpacker::Kmod => "kmod",
        }
    }
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
            Outcome::Failed { failure, .. } => failure.exit,
        }
    }

    /// The outcome in a word, for machines.
    pub(super) fn word(&self) -> &'static str {
        match &self.outcome {
            Outcome::Judged(judged) => word_of(judged.verdict.kind()),
            Outcome::Failed { failure, .. } if failure.exit == Exit::Io => "not-read",
            Outcome::Failed { .. } => "broken-file",
        }
    }

    /// The outcome in a few words, for people.
    pub(super) fn name(&self) -> &'static str {
        match &self.outcome {
            Outcome::Judged(judged) => name_of(judged.verdict.kind()),
            Outcome::Failed { failure, .. } if failure.exit == Exit::Io => "not read",
            Outcome::Failed { .. } => "not a module",
        }
    }
}

/// Bytes of modules that one core holds at a time, unpacked: the file that goes beyond is verified with those before it,
/// and then all of them are let go.
const AT_ONCE: usize = 8 << 20;

/// Verifies against one trust and one policy.
pub(super) struct Judge<'a> {
    verifier: BatchVerifier<'a>,
    trust: &'a TrustStore,
    policy: &'a Policy,
    wanted: Wanted,
}

/// A file of a group: its name, and its module or why there is none.
type Read = (PathBuf, Result<ModuleFile, NotRead>);

impl<'a> Judge<'a> {
    pub(super) fn new(trust: &'a TrustStore, policy: &'a Policy, wanted: Wanted) -> Self {
        Self { verifier: BatchVerifier::new(trust, policy), trust, policy, wanted }
    }

    /// Reads and verifies a group of files; the reports stand in their order.
    pub(super) fn judge(&self, group: Vec<Input>, share: &mut Share<'_>) -> Vec<Report> {
        let mut reports = Vec::with_capacity(group.len());
        let mut held: Vec<Read> = Vec::new();
        let mut bytes_held = 0;
        for Input { path, .. } in group {
            let read = read_module_within(&path, share, Behind::Reject);
            bytes_held += match &read {
                Ok(module) => module.source.bytes.len(),
                Err(not_read) => not_read.file.as_ref().map_or(0, |(_, file)| file.len()),
            };
            held.push((path, read));
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
            held.iter().filter_map(|(_, read)| Some(read.as_ref().ok()?.source.bytes.as_slice())).collect();
        let mut judgements = self.verifier.verify(&files).into_iter();
        let report = |(path, read): &Read| {
            let outcome = match read {
                Err(not_read) => self.not_read(not_read),
                Ok(module) => match judgements.next() {
                    Some(evaluation) => self.outcome(path, module, evaluation),
                    // There is one for each file; should one ever be missing, its file is not good.
                    None => failed(Failure::new(Exit::Internal, "was forgotten", "report this")),
                },
            };
            Report { path: path.clone(), outcome }
        };
        held.iter().map(report).collect()
    }

    fn changes(&self, evaluation: &Evaluation<'_>) -> Vec<Change> {
        let changes = self.verifier.options_that_matter(evaluation).into_iter();
        let change = |(option, answer): (ConfigOption, Answer)| {
            // Each was turned over.
            Change { option, value: !option.get(self.policy.kernel()), answer }
        };
        changes.map(change).collect()
    }

    /// A file that could not be read. If Linux unpacks it itself, Linux may read it all the same.
    fn not_read(&self, not_read: &NotRead) -> Outcome {
        let failure = not_read.failure.clone();
        let Some((compression, file)) = &not_read.file else { return failed(failure) };
        let linux = self.answer_to_packed(*compression, file).map(Box::new);
        Outcome::Failed { failure, linux, packed: Some(self.packed_by(*compression)) }
    }

    /// Linux's answer to a compressed file that it unpacks itself.
    fn answer_to_packed(&self, compression: Compression, file: &[u8]) -> Option<Answer> {
        modsig_compress::linux::answer(compression, file, &self.trust.keyring(self.policy.kernel()))
    }

    fn packed_by(&self, compression: Compression) -> PackedBy {
        PackedBy { compression, unpacker: self.policy.kernel().unpacker(compression) }
    }

    fn outcome(&self, path: &Path, module: &ModuleFile, mut evaluation: Evaluation<'_>) -> Outcome {
        let file = module.source.bytes.as_slice();
        let mut changes = if self.wanted.changes { self.changes(&evaluation) } else { Vec::new() };
        if let Some(packed) = &module.packed
            && let Some((defect, on_disk)) = &packed.defect
        {
            let answer = self.answer_to_packed(packed.compression, on_disk);
            if self.wanted.changes {
                changes = self.changes_of_unpacker(packed.compression, on_disk, &evaluation, changes);
            }
            evaluation.verdict = evaluation.verdict.of_compressed(defect.to_string(), answer, self.policy);
        }
        let verdict: Verdict = evaluation.verdict;
        let packed = module.packed.as_ref().map(|packed| self.packed_by(packed.compression));
        let drawing = self.wanted.drawing.map(|style| {
            let policy = self.policy;
            Drawing { path, file, verdict: &verdict, changes: &changes, policy, packed, style }.draw()
        });
        if verdict.kind() == Kind::Unsigned
            && drawing.is_none()
            && let Err(failure) = check_module(file)
        {
            // A text file is not "an unsigned module".
            return failed(failure);
        }
        let cms_len = match trailer::split(file) {
            Ok(Split::Signed(signed)) => Some(signed.cms.len()),
            _ => None,
        };
        Outcome::Judged(Box::new(Judged { verdict, len: file.len(), cms_len, packed, changes, drawing }))
    }

    /// The options that change the answer to a file that Linux itself does not unpack: those that choose who unpacks it, and,
    /// where kmod does, those of the module (`of_module`).
    fn changes_of_unpacker(
        &self,
        compression: Compression,
        on_disk: &[u8],
        evaluation: &Evaluation<'_>,
        of_module: Vec<Change>,
    ) -> Vec<Change> {
        let now = self.policy.kernel();
        let by_linux = now.unpacker(compression) == Unpacker::Linux;
        let mut changes = if by_linux { Vec::new() } else { of_module };
        for option in ConfigOption::ALL {
            let mut other = now.clone();
            option.set(&mut other, !option.get(now));
            let answer = match (by_linux, other.unpacker(compression)) {
                (true, Unpacker::Kmod) => Some(evaluation.verdict.kernel.clone()),
                (false, Unpacker::Linux) => {
                    modsig_compress::linux::answer(compression, on_disk, &self.trust.keyring(&other))
                }
                _ => None,
            };
            changes.extend(answer.map(|answer| Change { option, value: !option.get(now), answer }));
        }
        changes
    }
}

fn failed(failure: Failure) -> Outcome {
    Outcome::Failed { failure, linux: None, packed: None }
}
