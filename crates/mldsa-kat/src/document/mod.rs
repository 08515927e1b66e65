//! The whole report of a run: what ran, where, on which files, and what came out; as text, JSON or JUnit XML.

mod about;
mod json;
mod junit;
mod text;

use crate::error::Error;
use crate::input::Origin;
use crate::report::Report;

pub use about::{About, InvalidEpoch, Time};

/// The report of a run.
#[derive(Debug)]
pub struct Document {
    /// What ran, and where.
    pub about: About,
    /// The subcommand.
    pub command: &'static str,
    /// Whether values had to be compared. Otherwise the run only had to compute a response.
    pub comparing: bool,
    /// One for each prompt or file of vectors.
    pub files: Vec<FileReport>,
}

/// The report of one file of vectors.
#[derive(Debug)]
pub struct FileReport {
    /// The name of the file, or of the vectors if they are not in a file.
    pub name: String,
    /// What was read, as far as it could be read.
    pub inputs: Vec<Input>,
    /// The results, or why there are none.
    pub result: Result<Report, Problem>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// `vectors`, `prompt` or `expected`.
    pub role: &'static str,
    /// The name on the command line.
    pub name: String,
    /// The length and the hash of the file.
    pub origin: Origin,
}

/// Why a file has no results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The message, which names the file.
    pub message: String,
    /// The exit code that it causes.
    pub exit_code: u8,
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        Self { message: error.to_string(), exit_code: error.exit_code() }
    }
}

/// The result of a run in one word, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Every comparison passed, or the run only had to compute a response.
    Passed,
    /// Nothing was compared, although the run was a test.
    NothingCompared,
    /// A vector failed.
    Failed,
    /// A file has no results; with the exit code.
    Error(u8),
}

impl Verdict {
    /// Returns the exit code of the program.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::NothingCompared => 3,
            Self::Error(code) => code,
        }
    }

    /// Returns the name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::NothingCompared => "nothing-compared",
            Self::Error(_) => "error",
        }
    }
}

impl Document {
    /// Returns the verdict on the whole run: the worst of its files. A run without files has compared nothing.
    pub fn verdict(&self) -> Verdict {
        self.files.iter().map(|file| self.verdict_of(file)).max().unwrap_or(Verdict::NothingCompared)
    }

    fn verdict_of(&self, file: &FileReport) -> Verdict {
        match &file.result {
            Err(problem) => Verdict::Error(problem.exit_code),
            Ok(report) if report.failed() > 0 => Verdict::Failed,
            Ok(report) if self.comparing && report.executed() == 0 => Verdict::NothingCompared,
            Ok(_) => Verdict::Passed,
        }
    }

    /// The reports of the files that have results.
    fn reports(&self) -> impl Iterator<Item = &Report> {
        self.files.iter().filter_map(|file| file.result.as_ref().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Backend;
    use crate::report::Group;

    /// A report with one group: cases passed, failed, answered.
    pub(super) fn report(passed: usize, failed: usize, answered: usize) -> Report {
        let mut group = Group::new("tgId 1 <ML-DSA-44> & \"more\"");
        for case in 0..passed {
            group.count(format!("tcId {case}"), Ok(()));
        }
        for case in 0..failed {
            group.count(format!("tcId 1{case}"), Err("pk: byte 3\u{1} of 4 differs".to_owned()));
        }
        for case in 0..answered {
            group.answered_only(format!("tcId 2{case}"));
        }
        Report { groups: vec![group], notes: vec!["converted".to_owned()] }
    }

    pub(super) fn document(comparing: bool, results: Vec<Result<Report, Problem>>) -> Document {
        let about = About::new(Backend::Portable, Backend::Portable.kernels().unwrap(), None);
        let file = |result| FileReport { name: "a.json".to_owned(), inputs: Vec::new(), result };
        Document { about, command: "acvp", comparing, files: results.into_iter().map(file).collect() }
    }

    /// Kills: a run in which one file failed, was not read or compared nothing, with exit code 0 because of another.
    #[test]
    fn the_worst_file_is_the_verdict() {
        let broken = || Err(Problem { message: "a.json: broken".to_owned(), exit_code: 7 });
        let code = |comparing, results| document(comparing, results).verdict().exit_code();
        assert_eq!(code(true, vec![Ok(report(1, 0, 0)), Ok(report(2, 0, 0))]), 0);
        assert_eq!(code(true, vec![Ok(report(1, 1, 0)), Ok(report(2, 0, 0))]), 1);
        assert_eq!(code(true, vec![Ok(report(1, 0, 0)), Ok(report(0, 0, 2))]), 3);
        assert_eq!(code(true, vec![Ok(report(0, 0, 0)), Ok(report(0, 1, 0))]), 1);
        assert_eq!(code(true, vec![broken(), Ok(report(1, 1, 0))]), 7);
        assert_eq!(code(false, vec![Ok(report(0, 0, 2))]), 0);
        assert_eq!(code(false, vec![broken(), Ok(report(0, 0, 2))]), 7);
        assert_eq!(code(true, vec![]), 3);
    }
}
