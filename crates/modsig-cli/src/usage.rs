//! The command line: parsed by clap, with errors of one line like all others.

use crate::error::CliError;
use crate::exit::Exit;
use crate::interrupt::survive_file_size_limit;
use crate::terminal::{Terminal, Verbosity};
use crate::token_uri::pin_is_visible;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Args, Command, Parser};
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;

/// The widest line of `--help`, in columns.
pub const HELP_WIDTH: usize = 80;

/// `-q` and `-v`, the same in all three programs.
#[derive(Args, Clone, Copy, Debug)]
pub struct Loudness {
    /// Print problems only
    #[arg(short, long, action = ArgAction::SetTrue, global = true, help_heading = "Messages")]
    quiet: bool,
    /// Print details, each on an indented line
    #[arg(short, long, action = ArgAction::SetTrue, conflicts_with = "quiet", global = true, help_heading = "Messages")]
    verbose: bool,
}

impl Loudness {
    /// Whether `-v` is given.
    #[must_use]
    pub const fn is_verbose(self) -> bool {
        self.verbose
    }

    /// The verbosity that the two flags ask for.
    #[must_use]
    pub const fn verbosity(self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        }
    }
}

/// The number of threads.
#[derive(Args, Clone, Copy, Debug)]
pub struct Jobs {
    /// How many cores to use [default: all]
    #[arg(long, value_name = "N", value_parser = count, help_heading = "Speed")]
    jobs: Option<NonZeroUsize>,
}

impl Jobs {
    /// The number that was given.
    #[must_use]
    pub const fn get(self) -> Option<NonZeroUsize> {
        self.jobs
    }
}

/// Prints a note if a PIN is on the command line.
pub fn note_visible_pin(terminal: &mut Terminal) {
    if pin_is_visible() {
        terminal.note(
            Path::new("pin-value"),
            "all users of this machine see the PIN in the list of processes; give it with pin-source, --passphrase-file or KBUILD_SIGN_PIN",
        );
    }
}

/// Runs a program: parses the command line, calls `run`, and reports the error that ends it.
pub fn run_program<T: Parser>(
    program: &'static str,
    loudness: impl Fn(&T) -> Loudness,
    run: impl FnOnce(&T, &mut Terminal) -> Result<(), CliError>,
) -> ExitCode {
    let arguments: T = match start(program) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    let mut terminal = Terminal::new(program, loudness(&arguments).verbosity());
    note_visible_pin(&mut terminal);
    if let Err(error) = run(&arguments, &mut terminal) {
        terminal.error(&error);
    }
    terminal.finish()
}

/// Prepares the process and parses the command line. On `Err` the program has printed everything (help, version or the
/// error) and ends with this code.
///
/// # Errors
/// The exit code: 0 after `--help` and `--version`, else [`Exit::Usage`].
pub fn start<T: Parser>(program: &'static str) -> Result<T, ExitCode> {
    survive_file_size_limit();
    T::try_parse().map_err(|error| {
        if error.use_stderr() {
            let words: Vec<String> =
                std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
            return complain(program, mistake(program, &error, &T::command(), &words));
        }
        // `--help | head -1` closes the pipe early, which is no error. A full disk is.
        let text = error.render().to_string();
        let printed =
            writeln!(io::stdout().lock(), "{}", text.trim_end()).and_then(|()| io::stdout().flush());
        match printed {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(Exit::Io.code()),
            _ => ExitCode::SUCCESS,
        }
    })
}

/// A mistake in the command line of `program`.
pub fn usage_error(program: &str, what: impl Into<String>) -> CliError {
    CliError::new(Exit::Usage, what, format!("see {program} --help"))
}

/// A number of 1 or more.
fn count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "give a number, 1 or more".to_owned())
}

/// What is wrong with the command line, in one line.
fn mistake(program: &str, error: &clap::Error, command: &Command, words: &[String]) -> String {
    match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            let operations: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
            format!("a command is missing: give one of {}", operations.join(", "))
        }
        ErrorKind::UnknownArgument => match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::String(given)) if given.starts_with('-') => {
                let tip = tip(program, given, command, words);
                format!("unexpected argument '{given}' found{tip}")
            }
            _ => one_line(&error.render().to_string()),
        },
        _ => one_line(&error.render().to_string()),
    }
}

/// Suggests the option that the user may have meant; empty if none is similar.
fn tip(program: &str, given: &str, command: &Command, words: &[String]) -> String {
    if given == "--verify" && program != "verify-module" {
        return "; tip: verify-module verifies".into();
    }
    let mut options = vec!["help".to_owned(), "version".to_owned()];
    let mut level = command;
    let mut add = |level: &Command| {
        options.extend(level.get_arguments().filter_map(|argument| argument.get_long()).map(str::to_owned));
    };
    add(level);
    for word in words {
        if let Some(operation) = level.find_subcommand(word) {
            level = operation;
            add(level);
        }
    }
    let typed = given.trim_start_matches('-');
    if typed.len() < 3 {
        return String::new();
    }
    let nearest = options.iter().min_by_key(|option| edits(typed, option));
    let near = nearest.filter(|option| edits(typed, option) <= 2);
    let meant = near.or_else(|| options.iter().find(|option| option.starts_with(typed)));
    meant.map_or_else(String::new, |option| format!("; tip: a similar argument exists: '--{option}'"))
}

/// The edit distance of two texts: how many letters must be inserted, removed, replaced or swapped with their neighbour.
fn edits(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    // The last two rows of the table. No option is longer than this limit.
    if one.len() > 64 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&row, j) + usize::from(a != b)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

/// Reports a mistake in the command line and returns its exit code.
pub fn complain(program: &'static str, what: impl Into<String>) -> ExitCode {
    let mut terminal = Terminal::new(program, Verbosity::Normal);
    terminal.error(&usage_error(program, what));
    terminal.finish()
}

/// clap's message and its tips, without the usage text, on one line.
fn one_line(rendered: &str) -> String {
    let paragraphs = rendered.split("\n\n").map(str::trim);
    let kept = paragraphs.filter(|p| p.starts_with("error:") || p.starts_with("tip:"));
    let joined = kept.map(|p| p.trim_start_matches("error:").trim()).collect::<Vec<_>>().join("; ");
    joined.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches(':').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{edits, one_line};

    #[test]
    fn edits_are_counted() {
        for (one, other, count) in [
            ("kye", "key", 1),
            ("key", "key", 0),
            ("", "key", 3),
            ("trst", "trust", 1),
            ("verify", "version", 3),
        ] {
            assert_eq!(edits(one, other), count, "{one} {other}");
            assert_eq!(edits(other, one), count, "{one} {other}");
        }
    }

    #[test]
    fn usage_errors_become_one_line() {
        let clap = "error: the following required arguments were not provided:\n  --key <KEY>\n  <MODULE>...\n\n\
                    Usage: sign-module --key <KEY> <MODULE>...\n\nFor more information, try '--help'.\n";
        assert_eq!(
            one_line(clap),
            "the following required arguments were not provided: --key <KEY> <MODULE>..."
        );
        let tip = "error: unexpected argument '--kee' found\n\n  tip: a similar argument exists: '--key'\n\nUsage: x\n";
        assert_eq!(
            one_line(tip),
            "unexpected argument '--kee' found; tip: a similar argument exists: '--key'"
        );
    }
}
