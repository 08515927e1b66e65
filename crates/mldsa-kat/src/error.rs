//! The errors: a file that cannot be read or written, and a file whose contents are malformed.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Input that violates its format: where, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    place: String,
    reason: String,
}

impl Malformed {
    /// Creates the error. `place` is empty for the input as a whole; otherwise it is, for example, ``tgId 1, tcId 3, field `pk` ``.
    pub fn new(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { place: place.into(), reason: reason.into() }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            f.write_str(&self.reason)
        } else {
            write!(f, "{}: {}", self.place, self.reason)
        }
    }
}

impl std::error::Error for Malformed {}

/// An error of the program. It names the file.
#[derive(Debug)]
pub enum Error {
    /// A file could not be read or written.
    Io {
        /// The file, or `standard output`.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file was read, but its contents are malformed.
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where in it, and what is wrong.
        source: Malformed,
    },
}

impl Error {
    /// For use with `map_err`: an I/O error on `path`.
    pub fn io(path: &Path) -> impl FnOnce(io::Error) -> Self + '_ {
        |source| Self::Io { path: path.into(), source }
    }

    /// For use with `map_err`: malformed content of `path`.
    pub fn malformed(path: &Path) -> impl FnOnce(Malformed) -> Self + '_ {
        |source| Self::Malformed { path: path.into(), source }
    }

    /// Returns the exit code of the program: 6 for I/O, 7 for malformed input.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Io { .. } => 6,
            Self::Malformed { .. } => 7,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { path, source } => {
                let text = source.to_string();
                // Without Rust's "(os error 2)".
                let text = text.split(" (os error").next().unwrap_or(&text);
                write!(f, "{}: {text}", path.display())
            }
            Self::Malformed { path, source } => write!(f, "{}: {source}", path.display()),
        }
    }
}

impl std::error::Error for Error {}
