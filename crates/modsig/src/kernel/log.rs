//! What the kernel writes to its log.

/// Lines of the kernel's log.
#[derive(Debug, Default)]
pub(super) struct Log(pub(super) Vec<String>);

impl Log {
    pub(super) fn add(&mut self, line: impl Into<String>) {
        self.0.push(line.into());
    }
}
