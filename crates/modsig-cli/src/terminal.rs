//! What the programs say: results on standard output, problems on standard error, one line each.
//!
//! Good news goes to standard output; everything that needs somebody's attention goes to standard error, so
//! that `-q` or `>/dev/null` leaves the problems in sight. Texts from files (names, subjects of certificates)
//! are made harmless here, in one place ([`crate::printable`]): a control character can neither break a line in two nor
//! reach the terminal.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::printable::printable;
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

/// How much the user wants to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Problems only.
    Quiet,
    /// One line for each file.
    Normal,
    /// And details below it.
    Verbose,
}

/// Where a program speaks, and the memory of the gravest thing it had to say.
#[derive(Debug)]
pub struct Terminal {
    program: &'static str,
    verbosity: Verbosity,
    gravest: Exit,
    stdout: StdoutState,
    /// Shown while many files are worked on.
    bar: Option<ProgressBar>,
    /// The signal that ended the work before its end.
    signal: Option<u8>,
}

/// From so many files on, a person at a terminal sees a bar, and the names of those files only that need attention.
const BAR_FROM: usize = 16;

#[derive(Debug, PartialEq, Eq)]
enum StdoutState {
    Open,
    /// The reader went away (`| head`): its right, nothing to complain about.
    ReaderGone,
    /// Writing failed (a full disk): told once.
    Failed,
}

impl Terminal {
    /// A terminal for `program`, which begins every line on standard error.
    #[must_use]
    pub const fn new(program: &'static str, verbosity: Verbosity) -> Self {
        let stdout = StdoutState::Open;
        Self { program, verbosity, gravest: Exit::Good, stdout, bar: None, signal: None }
    }

    /// A result: one line on standard output, unless `-q`.
    pub fn say(&mut self, line: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            self.stdout_line(&printable(&line.to_string()));
        }
    }

    /// A result about one file: `FILE: LINE`. While a progress bar is shown, with `-v` only.
    pub fn say_of(&mut self, file: &Path, line: impl Display) {
        if self.bar.is_none() || self.verbosity >= Verbosity::Verbose {
            self.say(format_args!("{}: {line}", file.display()));
        }
    }

    /// Work on `total` files begins: if they are many, and a person is looking (both outputs are a terminal), a progress
    /// bar is shown in the place of a line for each file. In a pipe there are lines.
    pub fn progress(&mut self, total: usize) {
        let looking = io::stdout().is_terminal() && io::stderr().is_terminal();
        if looking && total >= BAR_FROM && self.verbosity >= Verbosity::Normal {
            let bar = ProgressBar::new(total as u64);
            // A template that is wrong is indicatif's plain bar.
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec} {eta}") {
                bar.set_style(style);
            }
            self.bar = Some(bar);
        }
    }

    /// So many more files are done.
    pub fn advance(&self, files: usize) {
        if let Some(bar) = &self.bar {
            bar.inc(files as u64);
        }
    }

    /// The work on the files has ended.
    pub fn progress_ends(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// A signal ended the work before its end: the exit code becomes 128 and its number.
    pub const fn interrupted(&mut self, signal: u8) {
        self.signal = Some(signal);
    }

    /// What was asked for in another form: lines that are harmless already. `-q` does not silence them.
    pub fn document(&mut self, lines: &str) {
        self.stdout_line(lines);
    }

    /// A detail: an indented line on standard output with `-v`.
    pub fn detail(&mut self, line: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            self.stdout_line(&format!("  {}", printable(&line.to_string())));
        }
    }

    /// Something that the user should know although nothing failed: standard error, unless `-q`.
    pub fn note(&mut self, file: &Path, line: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            self.stderr_line(&format!("{}: note: {line}", file.display()));
        }
    }

    /// Something that makes the result useless for some although nothing failed: standard error, always.
    pub fn warning(&mut self, file: &Path, line: impl Display) {
        self.stderr_line(&format!("{}: warning: {line}", file.display()));
    }

    /// A problem with one file: one line on standard error, always, and the exit code remembers it.
    pub fn failure(&mut self, file: &Path, failure: &Failure) {
        self.record(failure.exit);
        self.stderr_line(&format!("{}: {failure}", file.display()));
    }

    /// A problem with no file of its own.
    pub fn problem(&mut self, failure: &Failure) {
        self.record(failure.exit);
        self.stderr_line(&failure.to_string());
    }

    /// The run's exit code becomes at least this.
    pub fn record(&mut self, exit: Exit) {
        self.gravest = self.gravest.max(exit);
    }

    /// The gravest code so far.
    #[must_use]
    pub const fn gravest(&self) -> Exit {
        self.gravest
    }

    /// The exit code of the run.
    #[must_use]
    pub fn finish(mut self) -> ExitCode {
        self.progress_ends();
        ExitCode::from(self.signal.map_or(self.gravest.code(), |signal| 128 + signal))
    }

    fn stdout_line(&mut self, line: &str) {
        if self.stdout != StdoutState::Open {
            return;
        }
        // One write for one line: lines of parallel programs do not tear.
        let write = || writeln!(io::stdout().lock(), "{line}").and_then(|()| io::stdout().flush());
        let result = match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        };
        match result {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.stdout = StdoutState::ReaderGone,
            Err(error) => {
                self.stdout = StdoutState::Failed;
                self.problem(&Failure::io("cannot write to standard output", &error));
            }
        }
    }

    fn stderr_line(&self, line: &str) {
        // If standard error is gone there is nobody left to tell; the exit code still speaks.
        let write = || {
            let _ = writeln!(io::stderr().lock(), "{}: {}", self.program, printable(line));
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}
