//! Verifies one batch of files on one core: reads them within a memory limit and verifies them together.

use super::explain::{Drawing, Style};
use super::grouped::Question;
use super::report::{Change, FileEvaluation, Outcome, PackedBy, Report};
use super::vermagic::Expected;
use crate::elf::check_module;
use crate::error::InFile as _;
use crate::files::{Compression, Input, ModuleFile, NotRead, TrailingSignatures, read_module_within};
use crate::memory::Share;
use modsig::kernel::{Answer, ConfigOption, Errno, Unpacker};
use modsig::trailer::{self, Split};
use modsig::trust::TrustStore;
use modsig::verdict::{BatchVerifier, Kind, Policy, Verdict, verify};
use std::path::{Path, PathBuf};

/// What is kept of each file besides the verdict.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The drawing of `--explain`.
    pub(super) drawing: Option<Style>,
    /// Which options of the kernel would change its answer.
    pub(super) changes: bool,
}

/// Bytes of unpacked modules that one core holds at a time. The file that reaches the limit is verified with those before it,
/// and then all of them are dropped.
const AT_ONCE: usize = 8 << 20;

/// Verifies files against one trust store and one policy.
pub(super) struct FileVerifier<'a> {
    verifier: BatchVerifier<'a>,
    trust: &'a TrustStore,
    policy: &'a Policy,
    /// The kernel that is predicted, as messages name it.
    linux: &'a str,
    wanted: Wanted,
    /// What the kernel expects of modules that are built for it, if that is asked.
    expected: Option<&'a Expected>,
}

/// A file of a batch that was read, or could not be.
type Read = (PathBuf, Result<ModuleFile, NotRead>);

impl<'a> FileVerifier<'a> {
    pub(super) fn new(trust: &'a TrustStore, policy: &'a Policy, linux: &'a str, wanted: Wanted) -> Self {
        Self { verifier: BatchVerifier::new(trust, policy), trust, policy, linux, wanted, expected: None }
    }

    /// The same, and compares the vermagic of each module.
    pub(super) const fn expecting(mut self, expected: &'a Expected) -> Self {
        self.expected = Some(expected);
        self
    }

    /// What the policy asks of the files.
    pub(super) fn question(&self) -> Question {
        if self.policy.is_kernels() { Question::Loads } else { Question::Good }
    }

    /// Reads and verifies a batch of files and returns one report for each, in the same order.
    pub(super) fn evaluate(&self, batch: Vec<Input>, share: &mut Share<'_>) -> Vec<Report> {
        let mut reports = Vec::with_capacity(batch.len());
        let mut held: Vec<Read> = Vec::new();
        let mut bytes_held = 0;
        for input in batch {
            let read = read_module_within(&input, share, TrailingSignatures::Reject);
            bytes_held += match &read {
                Ok(module) => module.source.bytes.len(),
                Err(not_read) => not_read.file.as_ref().map_or(0, |(_, file)| file.len()),
            };
            held.push((input.path, read));
            if bytes_held >= AT_ONCE {
                reports.extend(self.evaluate_held(std::mem::take(&mut held)));
                share.shrink_to(0);
                bytes_held = 0;
            }
        }
        reports.extend(self.evaluate_held(held));
        reports
    }

    /// One report for each file, in the same order.
    fn evaluate_held(&self, held: Vec<Read>) -> Vec<Report> {
        let files: Vec<&[u8]> =
            held.iter().filter_map(|(_, read)| Some(read.as_ref().ok()?.source.bytes.as_slice())).collect();
        let mut evaluations = self.verifier.verify(&files).into_iter();
        let outcomes: Vec<Outcome> = held
            .iter()
            .map(|(path, read)| match read {
                Err(not_read) => self.not_read(not_read),
                Ok(module) => {
                    let (verdict, changes) = match evaluations.next() {
                        Some(evaluation) => {
                            let options = match self.wanted.changes {
                                true => self.verifier.options_that_matter(&evaluation),
                                false => Vec::new(),
                            };
                            (evaluation.verdict, self.changes(options))
                        }
                        // There is one evaluation for each file. A file without one is verified alone.
                        None => (verify(&module.source.bytes, self.trust, self.policy), Vec::new()),
                    };
                    self.outcome(path, module, verdict, changes)
                }
            })
            .collect();
        held.into_iter()
            .zip(outcomes)
            .map(|((path, _), outcome)| Report { path, outcome, loaded: None, fails_on_kernel: false })
            .collect()
    }

    /// The changes of single options; each option was inverted.
    fn changes(&self, options: Vec<(ConfigOption, Answer)>) -> Vec<Change> {
        let change = |(option, answer): (ConfigOption, Answer)| Change {
            option,
            value: !option.get(self.policy.kernel()),
            answer,
        };
        options.into_iter().map(change).collect()
    }

    /// A file that could not be read. If Linux unpacks it itself, Linux may still read it.
    fn not_read(&self, not_read: &NotRead) -> Outcome {
        let error = (*not_read.error).clone();
        let Some((compression, file)) = &not_read.file else { return Outcome::failed(error) };
        let linux = self.answer_to_packed(*compression, file).map(Box::new);
        Outcome::Failed { error, linux, packed: Some(self.packed_by(*compression)) }
    }

    /// Linux's answer to a compressed file that it unpacks itself.
    fn answer_to_packed(&self, compression: Compression, file: &[u8]) -> Option<Answer> {
        modsig_compress::linux::answer(compression, file, &self.trust.keyring(self.policy.kernel()))
    }

    fn packed_by(&self, compression: Compression) -> PackedBy {
        PackedBy { compression, unpacker: self.policy.kernel().unpacker(compression) }
    }

    fn outcome(
        &self,
        path: &Path,
        module: &ModuleFile,
        mut verdict: Verdict,
        mut changes: Vec<Change>,
    ) -> Outcome {
        let file = module.source.bytes.as_slice();
        if let Some(packed) = &module.packed
            && let Some((defect, on_disk)) = &packed.defect
        {
            if self.wanted.changes {
                changes = self.changes_of_unpacker(packed.compression, on_disk, &verdict.kernel, changes);
            }
            let kernel = self.policy.kernel();
            let by_linux = kernel.unpacker(packed.compression) == Unpacker::Linux;
            // An answer to a file with a defect is always known. Should it not be: Linux does not unpack the file.
            let answer = self
                .answer_to_packed(packed.compression, on_disk)
                .or_else(|| by_linux.then(|| Answer::not_unpacked(Errno::EINVAL, None, kernel)));
            verdict = verdict.of_compressed(defect.to_string(), answer, self.policy);
        }
        let packed = module.packed.as_ref().map(|packed| self.packed_by(packed.compression));
        let drawing = self.wanted.drawing.map(|style| {
            let (policy, linux) = (self.policy, self.linux);
            Drawing { path, file, verdict: &verdict, changes: &changes, policy, linux, packed, style }.draw()
        });
        if verdict.kind() == Kind::Unsigned
            && drawing.is_none()
            && let Err(error) = check_module(file)
        {
            // A text file is not "an unsigned module".
            return Outcome::failed(error.in_file(path));
        }
        let cms_len = match trailer::split(file) {
            Ok(Split::Signed(signed)) => Some(signed.cms.len()),
            _ => None,
        };
        Outcome::Evaluated(Box::new(FileEvaluation {
            verdict,
            len: file.len(),
            cms_len,
            packed,
            vermagic: self.expected.and_then(|expected| expected.mismatch(file)),
            changes,
            drawing,
        }))
    }

    /// The options that change the answer to a file that Linux itself does not unpack: those that choose what unpacks it, and,
    /// where kmod does, those that change the answer to the module inside (`of_module`). `inside` is that answer.
    fn changes_of_unpacker(
        &self,
        compression: Compression,
        on_disk: &[u8],
        inside: &Answer,
        of_module: Vec<Change>,
    ) -> Vec<Change> {
        let now = self.policy.kernel();
        let by_linux = now.unpacker(compression) == Unpacker::Linux;
        let mut changes = if by_linux { Vec::new() } else { of_module };
        for option in ConfigOption::ALL {
            let mut other = now.clone();
            option.set(&mut other, !option.get(now));
            let answer = match (by_linux, other.unpacker(compression)) {
                (true, Unpacker::Kmod) => Some(inside.clone()),
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
