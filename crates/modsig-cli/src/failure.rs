//! What went wrong with one file, in the shape in which it is told: what, where, what to do.

use crate::exit::Exit;
use std::fmt;
use std::io;

/// One thing that went wrong. Told as `PROGRAM: FILE: WHAT (offset N): ADVICE`; the program and the file are
/// added by [`crate::terminal::Terminal::failure`].
#[derive(Clone, Debug)]
pub struct Failure {
    /// What the run's exit code must be at least.
    pub exit: Exit,
    /// What is wrong.
    pub what: String,
    /// Where in the file, in bytes from its start, if that helps.
    pub offset: Option<u64>,
    /// What the reader can do about it; may be empty.
    pub advice: String,
}

impl Failure {
    /// A failure without a place in the file.
    pub fn new(exit: Exit, what: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { exit, what: what.into(), offset: None, advice: advice.into() }
    }

    /// The same failure, at a byte offset.
    #[must_use]
    pub fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// An operation of the operating system that failed: `doing` names it ("cannot read").
    pub fn io(doing: &str, error: &io::Error) -> Self {
        Self::new(Exit::Io, format!("{doing}: {}", reason(error)), advice_for(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        if let Some(offset) = self.offset {
            write!(f, " (offset {offset})")?;
        }
        if !self.advice.is_empty() {
            write!(f, ": {}", self.advice)?;
        }
        Ok(())
    }
}

/// The system's words without Rust's "(os error 13)", and with a small first letter.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    // `tempfile` appends the path of its temporary file to the error: that name says nothing to the user.
    let text = text.split(" at path ").next().unwrap_or(text);
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// What to do about the errors that people meet.
fn advice_for(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "check the name",
        io::ErrorKind::PermissionDenied => "check the permissions of the file and its folder",
        io::ErrorKind::ReadOnlyFilesystem => {
            "work on a copy in a folder that can be written, or use --output"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room and run the command again",
        io::ErrorKind::FileTooLarge => "raise the limit on file sizes (ulimit -f) and run the command again",
        io::ErrorKind::OutOfMemory => "free some memory and run the command again",
        _ => "mend this and run the command again",
    }
}
