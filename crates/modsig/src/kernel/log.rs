//! What a question to the kernel leaves behind: the lines of its log, and the work that was done for it.

use crate::work::{TooExpensive, Work};

use super::Errno;

/// Lines of the kernel's log, and what the question may still cost.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) lines: Vec<String>,
    pub(super) work: Work,
}

impl Log {
    /// A log without lines, for a question that may cost this much.
    pub(super) fn new(work: Work) -> Self {
        Self { lines: Vec::new(), work }
    }

    pub(super) fn add(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }
}

/// Ends the walk of a question that is too expensive. The number is none of Linux's: [`Work::is_exceeded`] decides
/// what the answer is.
impl From<TooExpensive> for Errno {
    fn from(_: TooExpensive) -> Self {
        Self::EKEYREJECTED
    }
}
