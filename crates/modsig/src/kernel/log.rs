//! The state of one question to the kernel model: its log lines, and the work done for it.

use crate::work::{TooExpensive, Work};

use super::Errno;

/// Lines of the kernel's log, and the remaining work of the question.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) lines: Vec<String>,
    pub(super) work: Work,
}

impl Log {
    /// An empty log, for a question with this much work.
    pub(super) fn new(work: Work) -> Self {
        Self { lines: Vec::new(), work }
    }

    pub(super) fn add(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }
}

/// Ends the walk of a question that is too expensive. Linux does not return this number here: [`Work::is_exceeded`]
/// decides the answer.
impl From<TooExpensive> for Errno {
    fn from(_: TooExpensive) -> Self {
        Self::EKEYREJECTED
    }
}
