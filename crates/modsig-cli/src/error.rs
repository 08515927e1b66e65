//! The error that every program reports: which file, what is wrong, where, what to do, and what Linux answers.

use crate::exit::Exit;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// One thing that went wrong. [`crate::terminal::Terminal::error`] prints it as `PROGRAM: PATH: WHAT (offset N): ADVICE`,
/// and the kernel's answer on a second, indented line.
#[derive(Clone, Debug)]
pub struct CliError {
    /// The lowest exit code that the run may end with.
    pub exit: Exit,
    /// The file that is at fault; `None` if there is none.
    pub path: Option<PathBuf>,
    /// What is wrong.
    pub what: String,
    /// Where in the file, in bytes from its start, if that helps.
    pub offset: Option<u64>,
    /// What the reader can do about it; may be empty.
    pub advice: String,
    /// What the predicted kernel answers to the file, such as `Linux 7.2: refused with EKEYREJECTED (129)`.
    pub kernel: Option<Box<str>>,
}

impl CliError {
    /// An error without a file and without a place in it.
    pub fn new(exit: Exit, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { exit, path: None, what: what.into(), offset: None, advice: advice.into(), kernel: None }
    }

    /// The same error, at a byte offset.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The same error, with the kernel's answer.
    #[must_use]
    pub fn with_kernel(mut self, answer: impl Into<Box<str>>) -> Self {
        self.kernel = Some(answer.into());
        self
    }

    /// An operation of the operating system that failed: `doing` names it ("cannot read").
    pub fn io(doing: &str, error: &io::Error) -> Self {
        Self::new(Exit::Io, format!("{doing}: {}", reason(error)), advice_for(error))
    }

    /// The line after what is wrong: where, and what to do. Only what is wrong has a colour.
    #[must_use]
    pub fn rest(&self) -> String {
        let mut rest = self.offset.map_or_else(String::new, |offset| format!(" (offset {offset})"));
        if !self.advice.is_empty() {
            rest.push_str(": ");
            rest.push_str(&self.advice);
        }
        rest
    }

    /// The program found an error of its own, or of the machine, before it wrote anything.
    pub fn internal(what: impl Into<String>) -> Self {
        Self::new(Exit::Internal, what, "check this machine's memory, and report this")
    }

    /// There is not enough memory for `len` bytes.
    pub fn no_memory(len: usize) -> Self {
        Self::new(Exit::Io, format!("no memory for {len} bytes"), "free some memory and try again")
    }
}

impl fmt::Display for CliError {
    /// One line without the path and without the kernel's answer.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.what, self.rest())
    }
}

/// Names the file that an error is about.
pub trait InFile {
    /// The same error, about the file `path`. An error that names a file already keeps that name.
    #[must_use]
    fn in_file(self, path: impl AsRef<Path>) -> Self;
}

impl InFile for CliError {
    fn in_file(mut self, path: impl AsRef<Path>) -> Self {
        self.path.get_or_insert_with(|| path.as_ref().to_path_buf());
        self
    }
}

impl<T> InFile for Result<T, CliError> {
    fn in_file(self, path: impl AsRef<Path>) -> Self {
        self.map_err(|error| error.in_file(path))
    }
}

/// The operating system's message without Rust's "(os error 13)", and with a small first letter.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    // `tempfile` appends the path of its temporary file to the error: that name means nothing to the user.
    let text = text.split(" at path ").next().unwrap_or(text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// What to do about the errors that people meet.
fn advice_for(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the name",
        io::ErrorKind::PermissionDenied => "check the permissions of the file and its folder",
        io::ErrorKind::ReadOnlyFilesystem => "work on a copy in a writable folder, or use --output",
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some space and try again",
        io::ErrorKind::FileTooLarge => "raise the limit on file sizes (ulimit -f) and try again",
        io::ErrorKind::OutOfMemory => "free some memory and try again",
        _ => "fix this and try again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: an outer function that replaces the file's name, so that a passphrase file's error names the key.
    #[test]
    fn the_innermost_name_stays() {
        let error = CliError::new(Exit::Io, "cannot read", "").in_file("inner").in_file("outer");
        assert_eq!(error.path.as_deref(), Some(Path::new("inner")));
    }
}
