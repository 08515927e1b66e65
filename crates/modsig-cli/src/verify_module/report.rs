//! The report on one file: what became of it, and the sentences about the kernel's answer that text and drawing share.

use super::vermagic::Mismatch;
use crate::error::CliError;
use crate::exit::Exit;
use crate::exit_mapping::{exit_of, name_of, word_of};
use crate::files::Compression;
use crate::kernel_choice::KernelChoice;
use modsig::kernel::{Answer, ConfigOption, Unpacker, Version};
use modsig::verdict::Verdict;
use std::path::PathBuf;

/// The names of the policy and of the kernel.
#[derive(Debug)]
pub(super) struct Labels {
    pub(super) policy: String,
    pub(super) kernel: String,
    pub(super) version: Version,
    /// The kernel in a line of text: `Linux 6.12 (config)`.
    pub(super) linux: String,
    /// The release of a kernel that was found in a root: `7.2.12+deb13-amd64`.
    pub(super) release: Option<String>,
}

impl Labels {
    /// The names of a policy and a kernel; `release` if the kernel was found in a root.
    pub(super) fn new(policy: String, kernel: &KernelChoice, release: Option<String>) -> Self {
        let linux = match &release {
            Some(release) => {
                // The name has the changed options, too.
                let changes = kernel.name.strip_prefix(release.as_str()).unwrap_or_default();
                format!("Linux {release}{changes}")
            }
            None => kernel.label(),
        };
        Self { policy, kernel: kernel.name.clone(), version: kernel.config.version, linux, release }
    }
}

/// What became of one file.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) path: PathBuf,
    pub(super) outcome: Outcome,
    /// The taints of the module if it is loaded now, such as `OE`.
    pub(super) loaded: Option<String>,
    /// Whether the file is a problem if it is good and the kernel disagrees (`--fail-on kernel`).
    pub(super) fails_on_kernel: bool,
}

#[derive(Debug)]
pub(super) enum Outcome {
    /// The file was verified.
    Evaluated(Box<FileEvaluation>),
    /// The file could not be read, or is neither signed nor a module.
    Failed {
        /// Why.
        error: CliError,
        /// Linux's answer to a file that cannot be unpacked, if Linux unpacks it itself and the answer can be predicted.
        linux: Option<Box<Answer>>,
        /// How the file is compressed.
        packed: Option<PackedBy>,
    },
}

impl Outcome {
    /// A file that is not compressed and could not be verified.
    pub(super) const fn failed(error: CliError) -> Self {
        Self::Failed { error, linux: None, packed: None }
    }
}

/// A verdict and what belongs to it.
#[derive(Debug)]
pub(super) struct FileEvaluation {
    pub(super) verdict: Verdict,
    /// Length of the unpacked file, in bytes.
    pub(super) len: usize,
    /// Length of the CMS in bytes, if the trailer is correct.
    pub(super) cms_len: Option<usize>,
    /// How the file is compressed.
    pub(super) packed: Option<PackedBy>,
    /// Whether the module was built for another kernel, if that was asked.
    pub(super) vermagic: Option<Mismatch>,
    /// Which options of the kernel change its answer; empty also if they were not asked for.
    pub(super) changes: Vec<Change>,
    /// The drawing of `--explain`.
    pub(super) drawing: Option<String>,
}

impl FileEvaluation {
    /// Whether Linux refuses the module because it was built for another kernel.
    pub(super) fn is_for_another_kernel(&self) -> bool {
        self.vermagic.as_ref().is_some_and(|mismatch| mismatch.refused)
    }
}

/// How a file is compressed, and what unpacks it on the predicted kernel.
#[derive(Clone, Copy, Debug)]
pub(super) struct PackedBy {
    pub(super) compression: Compression,
    pub(super) unpacker: Unpacker,
}

impl PackedBy {
    /// What unpacks the file, for JSON.
    pub(super) const fn unpacker_word(self) -> &'static str {
        match self.unpacker {
            Unpacker::Linux => "linux",
            Unpacker::Kmod => "kmod",
        }
    }

    /// What unpacks the file on the predicted kernel, in a sentence.
    pub(super) fn sentence(self) -> String {
        let name = self.compression.name();
        match self.unpacker {
            Unpacker::Linux => format!("this kernel unpacks {name} itself (CONFIG_MODULE_DECOMPRESS)"),
            Unpacker::Kmod => format!("kmod unpacks {name} before it hands the module to this kernel"),
        }
    }
}

/// An option of the kernel that changes its answer.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) option: ConfigOption,
    /// The value that changes the answer.
    pub(super) value: bool,
    /// The answer with that value.
    pub(super) answer: Answer,
}

/// What a kernel that does not simply load a good file does.
fn disagreement(linux: &str, answer: &Answer) -> String {
    let text = answer.to_string();
    match (answer.is_too_expensive(), answer.loads()) {
        (true, _) => format!("the answer of {linux} is {text}"),
        (false, true) => {
            let why = text.strip_prefix("loaded, tainted").unwrap_or_default();
            format!("{linux} would load it, tainted{why}")
        }
        (false, false) => {
            format!("{linux} would refuse it: {}", text.strip_prefix("refused with ").unwrap_or(&text))
        }
    }
}

/// Whether the kernel does not load the file, is tainted by it, or its answer is not known.
fn disagrees(answer: &Answer) -> bool {
    !answer.loads() || answer.taints()
}

impl Report {
    /// The exit code for the file.
    pub(super) fn exit(&self) -> Exit {
        match &self.outcome {
            Outcome::Evaluated(evaluation) => {
                let other = if evaluation.is_for_another_kernel() { Exit::Refused } else { Exit::Good };
                let kernel = match self.fails_on_kernel && disagrees(&evaluation.verdict.kernel) {
                    true => Exit::Kernel,
                    false => Exit::Good,
                };
                exit_of(evaluation.verdict.kind()).max(other).max(kernel)
            }
            Outcome::Failed { error, .. } => error.exit,
        }
    }

    /// What the kernel answers to a good file, if it refuses it, or loads it and is tainted: `Linux 6.1 would refuse it: …`.
    pub(super) fn disagreement(&self, linux: &str) -> Option<String> {
        let Outcome::Evaluated(evaluation) = &self.outcome else { return None };
        let verdict = &evaluation.verdict;
        (verdict.is_good() && disagrees(&verdict.kernel)).then(|| disagreement(linux, &verdict.kernel))
    }

    /// Whether the kernel loads the module, as far as its signature and its vermagic are concerned.
    pub(super) fn would_load(&self) -> bool {
        match &self.outcome {
            Outcome::Evaluated(evaluation) => {
                evaluation.verdict.kernel.loads() && !evaluation.is_for_another_kernel()
            }
            Outcome::Failed { .. } => false,
        }
    }

    /// The outcome in a word, for JSON.
    pub(super) fn word(&self) -> &'static str {
        match &self.outcome {
            Outcome::Evaluated(evaluation) => word_of(evaluation.verdict.kind()),
            Outcome::Failed { error, .. } if error.exit == Exit::Io => "not-read",
            Outcome::Failed { .. } => "broken-file",
        }
    }

    /// The outcome in a few words, for people.
    pub(super) fn name(&self) -> &'static str {
        match &self.outcome {
            Outcome::Evaluated(evaluation)
                if evaluation.verdict.is_good() && evaluation.is_for_another_kernel() =>
            {
                "built for another kernel"
            }
            Outcome::Evaluated(evaluation) => name_of(evaluation.verdict.kind()),
            Outcome::Failed { error, .. } if error.exit == Exit::Io => "not read",
            Outcome::Failed { .. } => "not a module",
        }
    }
}

/// What follows the kernel's answer: how far the kernel gets, what changes without enforcement, and which options change the
/// answer.
pub(super) fn kernel_lines(verdict: &Verdict, changes: &[Change]) -> Vec<String> {
    let answer = &verdict.kernel;
    let mut lines = Vec::new();
    if answer.is_too_expensive() {
        lines.push("Linux itself has no such limit: it may take minutes for this file".into());
    } else if !answer.is_accepted() && !answer.is_unchecked() {
        let without = match (answer.enforced, answer.is_tolerated_when_not_enforced()) {
            (true, true) => "; without CONFIG_MODULE_SIG_FORCE it loads, and taints the kernel",
            (true, false) => "; fatal, also without CONFIG_MODULE_SIG_FORCE",
            (false, true) => "; tolerated, as signatures are not enforced",
            (false, false) => "; fatal, although signatures are not enforced",
        };
        lines.push(format!("it stops at {}{without}", answer.stage));
    }
    for Change { option, value, answer } in changes {
        let value = if *value { 'y' } else { 'n' };
        lines.push(format!("{}={value}: {answer}", option.name()));
    }
    lines
}
