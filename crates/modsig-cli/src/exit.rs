//! The exit codes of all three programs.
//!
//! A program that works on several files ends with the **highest** code of all files (9 counts as less than 1), so that a
//! script that tests for "not zero" is right, and one that looks closer sees the most serious problem.
//! `docs/guide/exit-codes.md` explains the codes.

use std::cmp::Ordering;

/// The result for one file, and for the whole run. They are ordered by severity: by their codes, but [`Exit::Kernel`] is the
/// least of those that are not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything was done, or is good.
    Good = 0,
    /// A signature does not match the signed bytes, or the key that it names.
    BadSignature = 1,
    /// The command line cannot be understood.
    Usage = 2,
    /// A file has no signature.
    Unsigned = 3,
    /// No trusted certificate belongs to the signer.
    Untrusted = 4,
    /// The request or the file is refused on purpose: SHA-1, an unsupported algorithm, a module that another key signed, a
    /// file that would be overwritten.
    Refused = 5,
    /// Reading or writing failed: the file is missing, unreadable, not a regular file, too large, the disk is full.
    Io = 6,
    /// The input is malformed: not a module, key, certificate or signature.
    Malformed = 7,
    /// The program detected an error of its own, such as a fresh signature that does not verify. Nothing was written.
    Internal = 8,
    /// Only with `--fail-on kernel`: every file is good, but the predicted Linux would refuse one, or load it and be tainted.
    /// Each of 1 to 8 wins over it.
    Kernel = 9,
}

impl Ord for Exit {
    fn cmp(&self, other: &Self) -> Ordering {
        self.severity().cmp(&other.severity())
    }
}

impl PartialOrd for Exit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Exit {
    /// The number that the shell sees.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// A few words for the summary.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::BadSignature => "bad signature",
            Self::Usage => "wrong command line",
            Self::Unsigned => "not signed",
            Self::Untrusted => "no trusted certificate",
            Self::Refused => "refused",
            Self::Io => "not read or not written",
            Self::Malformed => "broken",
            Self::Internal => "internal error",
            Self::Kernel => "good, but not for Linux",
        }
    }

    const fn severity(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Kernel => 1,
            other => 1 + other.code(),
        }
    }
}

/// The same table for `--help` (all three programs print it).
pub const EXIT_CODES_HELP: &str = "\
Exit codes (with several files the highest wins):
  0  good, or done
  1  bad signature
  2  wrong command line
  3  not signed
  4  no trusted certificate
  5  refused on purpose (SHA-1, unsupported, would overwrite)
  6  reading or writing failed
  7  broken input: not a module, key, certificate or signature
  8  internal error; nothing was written
  9  good, but not for Linux (--fail-on kernel; 1 to 8 win)
  130, 143  ended by Ctrl-C or SIGTERM";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_wins() {
        let mut all = [
            Exit::Internal,
            Exit::Good,
            Exit::Io,
            Exit::Usage,
            Exit::BadSignature,
            Exit::Refused,
            Exit::Untrusted,
            Exit::Malformed,
            Exit::Kernel,
            Exit::Unsigned,
        ];
        all.sort();
        // The kernel's disagreement never hides another problem.
        assert_eq!(all.map(Exit::code), [0, 9, 1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
