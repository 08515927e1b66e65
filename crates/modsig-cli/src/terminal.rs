//! What the programs print: results on standard output, problems on standard error.
//!
//! `-q` and `>/dev/null` hide the results and leave the problems visible. Text from files (names, subjects of certificates)
//! is escaped here, in one place ([`crate::printable`]): a control character can neither break a line in two nor reach the
//! terminal.

use crate::error::CliError;
use crate::exit::Exit;
use crate::ink::{Coloured, Ink, columns_of, columns_of_standard_output, folded};
use crate::printable::printable;
use crate::progress::{Amount, Counter, Progress};
use crate::token_uri::without_pin;
use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

/// How much the program prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Problems only.
    Quiet,
    /// One line for each file.
    Normal,
    /// Details below each line too.
    Verbose,
}

/// The output of a program, and the highest exit code so far.
#[derive(Debug)]
pub struct Terminal {
    program: &'static str,
    verbosity: Verbosity,
    highest_exit: Exit,
    stdout: StdoutState,
    colours: Coloured,
    /// The widths of the two streams, if they are terminals: lines about files are folded there.
    columns: Columns,
    /// Whether a kernel that does not take a good file is a problem ([`Exit::Kernel`]).
    fails_on_kernel: bool,
    /// The width of the column of names; 0 if there is none.
    name_width: usize,
    /// Shown while the program works on many files.
    bar: Option<Progress>,
    /// The signal that interrupted the run.
    signal: Option<u8>,
}

/// From this number of files on, a terminal shows a progress bar, and lines only for files with problems.
const BAR_FROM: u64 = 16;

/// On a terminal of fewer columns nothing is folded.
const NARROWEST: usize = 40;

/// The widths of the two streams, if they are terminals.
#[derive(Clone, Copy, Debug)]
struct Columns {
    stdout: Option<usize>,
    stderr: Option<usize>,
}

#[derive(Debug, PartialEq, Eq)]
enum StdoutState {
    Open,
    /// The reader closed the pipe (`| head`), which is no error.
    ReaderGone,
    /// Writing failed (a full disk), which is reported once.
    Failed,
}

/// Prints a note from below the programs, where there is no [`Terminal`]: why the program does not go on.
pub fn notice(file: &Path, line: impl Display) {
    let program = std::env::args_os().next().unwrap_or_default();
    let program = Path::new(&program).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let text = printable(&format!("{program}: {}: note: {line}", file.display()));
    // If standard error is closed, nobody reads it.
    let _ = io::stderr().lock().write_all(format!("{text}\n").as_bytes());
}

impl Terminal {
    /// A terminal for `program`, which begins every line on standard error.
    #[must_use]
    pub const fn new(program: &'static str, verbosity: Verbosity) -> Self {
        let stdout = StdoutState::Open;
        let colours = Coloured { stdout: false, stderr: false };
        let (highest_exit, fails_on_kernel, name_width) = (Exit::Good, false, 0);
        Self {
            program,
            verbosity,
            highest_exit,
            stdout,
            colours,
            columns: Columns { stdout: None, stderr: None },
            fails_on_kernel,
            name_width,
            bar: None,
            signal: None,
        }
    }

    /// The same, with colours where [`Coloured::of_streams`] finds them right, and folded as by [`Self::fitted`].
    #[must_use]
    pub fn coloured(mut self) -> Self {
        self.colours = Coloured::of_streams();
        self.fitted()
    }

    /// The same, with lines that are folded at spaces where a stream is a terminal.
    #[must_use]
    pub fn fitted(mut self) -> Self {
        let wide = |columns: Option<usize>| columns.filter(|&columns| columns >= NARROWEST);
        self.columns =
            Columns { stdout: wide(columns_of(io::stdout())), stderr: wide(columns_of(io::stderr())) };
        self
    }

    /// Makes the kernel's disagreement about a good file a problem.
    pub const fn fail_on_kernel(&mut self) {
        self.fails_on_kernel = true;
    }

    /// Whether the kernel's disagreement about a good file is a problem.
    #[must_use]
    pub const fn fails_on_kernel(&self) -> bool {
        self.fails_on_kernel
    }

    /// Begins the lines about `files`: on a terminal, the results of several files stand below each other.
    pub fn align<'p>(&mut self, files: impl ExactSizeIterator<Item = &'p Path>) {
        if files.len() > 1 && io::stdout().is_terminal() {
            let width = |path: &Path| printable(&path.display().to_string()).chars().count();
            // Most of the line is for what is said about the file.
            let most = columns_of_standard_output() / 3;
            self.name_width = files.map(width).filter(|&width| width <= most).max().unwrap_or(0);
        }
    }

    /// Prints a result: one line on standard output, unless `-q`.
    pub fn print(&mut self, line: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            self.stdout_folded(&printable(&without_pin(&line.to_string())));
        }
    }

    /// The same, in a colour.
    pub fn print_in(&mut self, ink: Ink, line: &str) {
        if self.verbosity >= Verbosity::Normal {
            let line = self.painted(&[(ink, line)], self.colours.stdout);
            self.stdout_folded(&line);
        }
    }

    /// Prints a result about one file, `FILE: LINE`. While a progress bar is shown, with `-v` only.
    pub fn print_about(&mut self, file: &Path, line: impl Display) {
        self.print_pieces(file, &[(Ink::Plain, &line.to_string())]);
    }

    /// The same, in pieces with their colours.
    pub fn print_pieces(&mut self, file: &Path, line: &[(Ink, &str)]) {
        let shown = self.bar.is_none() || self.verbosity >= Verbosity::Verbose;
        if shown && self.verbosity >= Verbosity::Normal {
            let name = printable(&without_pin(&format!("{}: ", file.display())));
            let space = (self.name_width + 2).saturating_sub(name.chars().count());
            let line = self.painted(line, self.colours.stdout);
            self.stdout_folded(&format!("{name}{:space$}{line}", ""));
        }
    }

    /// Text in colours, each piece escaped.
    fn painted(&self, pieces: &[(Ink, &str)], colours: bool) -> String {
        let mut text = String::new();
        for (ink, piece) in pieces {
            ink.write(&printable(&without_pin(piece)), colours, &mut text);
        }
        text
    }

    /// Prints a line of a table, also with `-q`: a word, which is safe to print, and the rest, which is escaped here.
    pub fn row(&mut self, ink: Ink, word: &str, rest: &str) {
        let line = self.painted(&[(ink, word), (Ink::Plain, rest)], self.colours.stdout);
        self.stdout_line(&line);
    }

    /// Begins the work on the files: what is done is counted in the result. If they are many and both outputs are a terminal,
    /// a progress bar replaces the line for each file. `last_step` is what follows when all are counted.
    pub fn progress(&mut self, total: Amount, last_step: &'static str) -> Counter {
        let counter = Counter::default();
        let looking = io::stdout().is_terminal() && io::stderr().is_terminal();
        if looking && total.files >= BAR_FROM && self.verbosity >= Verbosity::Normal {
            self.bar = Some(Progress::show(total, counter.clone(), last_step));
        }
        counter
    }

    /// Ends the work on the files: removes the progress bar.
    pub fn progress_ends(&mut self) {
        self.bar = None;
    }

    /// Records that a signal interrupted the run: the exit code becomes 128 and its number.
    pub const fn interrupted(&mut self, signal: u8) {
        self.signal = Some(signal);
    }

    /// Whether a signal interrupted the run.
    #[must_use]
    pub const fn is_interrupted(&self) -> bool {
        self.signal.is_some()
    }

    /// Prints lines that are escaped already, also with `-q`.
    pub fn document(&mut self, lines: &str) {
        self.stdout_line(lines);
    }

    /// Prints a detail: an indented line on standard output with `-v`.
    pub fn detail(&mut self, line: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            self.stdout_folded(&format!("  {}", printable(&without_pin(&line.to_string()))));
        }
    }

    /// Whether neither `-q` nor `-v` is given.
    #[must_use]
    pub fn is_normal(&self) -> bool {
        self.verbosity == Verbosity::Normal
    }

    /// Prints what the user should know although nothing failed: on standard error, unless `-q`.
    pub fn note(&mut self, file: &Path, line: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            self.stderr_about(Some(file), &[(Ink::Heading, "note:"), (Ink::Plain, &format!(" {line}"))], &[]);
        }
    }

    /// Prints what can make the result useless although nothing failed: on standard error, always.
    pub fn warning(&mut self, file: &Path, line: impl Display) {
        self.stderr_about(Some(file), &[(Ink::Warning, "warning:"), (Ink::Plain, &format!(" {line}"))], &[]);
    }

    /// Prints an error to standard error, always, and records its exit code. The kernel's answer stands on a second,
    /// indented line.
    pub fn error(&mut self, error: &CliError) {
        self.record(error.exit);
        let ink = match error.exit {
            Exit::Good | Exit::Kernel => Ink::Warning,
            _ => Ink::Bad,
        };
        let below: Vec<String> = error.kernel.iter().map(ToString::to_string).collect();
        self.stderr_about(error.path.as_deref(), &[(ink, &error.what), (Ink::Plain, &error.rest())], &below);
    }

    /// Prints a problem that many files have, on standard error, always: one line, and indented ones below it.
    pub fn problem_group(&mut self, line: &str, below: &[String]) {
        self.stderr_about(None, &[(Ink::Bad, line)], below);
    }

    /// Prints a note about many files, on standard error, unless `-q`.
    pub fn note_group(&mut self, line: &str, below: &[String]) {
        if self.verbosity >= Verbosity::Normal {
            self.stderr_about(None, &[(Ink::Plain, line)], below);
        }
    }

    /// Raises the exit code of the run to at least this one.
    pub fn record(&mut self, exit: Exit) {
        self.highest_exit = self.highest_exit.max(exit);
    }

    /// The highest exit code so far.
    #[must_use]
    pub const fn highest_exit(&self) -> Exit {
        self.highest_exit
    }

    /// The exit code as it stands: 128 and the number of the signal after an interruption.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.signal.map_or(self.highest_exit.code(), |signal| 128 + signal)
    }

    /// The exit code of the run.
    #[must_use]
    pub fn finish(mut self) -> ExitCode {
        self.progress_ends();
        ExitCode::from(self.exit_code())
    }

    /// A line for readers: folded on a terminal, so that no word is broken.
    fn stdout_folded(&mut self, line: &str) {
        match self.columns.stdout {
            Some(columns) => self.stdout_line(&folded(line, columns)),
            None => self.stdout_line(line),
        }
    }

    fn stdout_line(&mut self, line: &str) {
        if self.stdout != StdoutState::Open {
            return;
        }
        // One write for one line: lines of parallel programs stay whole.
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
                self.error(&CliError::io("cannot write to standard output", &error));
            }
        }
    }

    /// A line that begins with the program's name, and indented ones below it. One write: lines of parallel programs stay
    /// together.
    fn stderr_about(&self, file: Option<&Path>, line: &[(Ink, &str)], below: &[String]) {
        let name = file.map_or_else(String::new, |file| format!("{}: ", file.display()));
        let name = printable(&without_pin(&name));
        let mut lines = vec![format!("{}: {name}{}", self.program, self.painted(line, self.colours.stderr))];
        lines.extend(below.iter().map(|line| format!("  {}", printable(&without_pin(line)))));
        let fold =
            |line: String| self.columns.stderr.map_or_else(|| line.clone(), |columns| folded(&line, columns));
        let text = lines.into_iter().map(|line| fold(line) + "\n").collect::<String>();
        // If standard error is closed, the exit code is all that is left.
        let write = || {
            let _ = io::stderr().lock().write_all(text.as_bytes());
        };
        match &self.bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }
}
