//! The command line: parsed by clap, with errors of one line like all others.

use crate::error::CliError;
use crate::exit::Exit;
use crate::ink::When;
use crate::interrupt::survive_file_size_limit;
use crate::mistake::{Mistake, mistake};
use crate::terminal::{Terminal, Verbosity};
use crate::token_uri::pin_is_visible;
use clap::{ArgAction, Args, Command, Parser};
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;

/// The widest line of `--help`, in columns, also on a wider terminal: the examples and the text below them are written for this
/// width, and long lines are hard to read.
pub const HELP_WIDTH: usize = 80;

/// What is printed and how: `-q`, `-v` and `--color`, the same in all three programs.
#[derive(Args, Clone, Copy, Debug)]
pub struct Loudness {
    /// Print problems only
    #[arg(short, long, action = ArgAction::SetTrue, global = true, help_heading = "Messages")]
    quiet: bool,
    /// Print details, each on an indented line
    #[arg(short, long, action = ArgAction::SetTrue, conflicts_with = "quiet", global = true, help_heading = "Messages")]
    verbose: bool,
    /// Colours: auto (on a terminal), always or never
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        global = true,
        hide_possible_values = true,
        help_heading = "Messages"
    )]
    color: When,
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
    loudness(&arguments).color.choose();
    let mut terminal = Terminal::new(program, loudness(&arguments).verbosity()).coloured();
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
            if words.is_empty() {
                return help_for_nothing(&mut T::command());
            }
            let Mistake { what, command } = mistake(program, &error, &T::command(), &words);
            return report(program, &CliError::new(Exit::Usage, what, format!("see {command} --help")));
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

/// The short help, on standard error: a program without any argument does nothing.
fn help_for_nothing(command: &mut Command) -> ExitCode {
    // Nothing can be done about a closed standard error.
    let _ = writeln!(io::stderr().lock(), "{}", command.render_help().to_string().trim_end());
    ExitCode::from(Exit::Usage.code())
}

/// A mistake in the command line of `program`.
pub fn usage_error(program: &str, what: impl Into<String>) -> CliError {
    CliError::new(Exit::Usage, what, format!("see {program} --help"))
}

/// A number of 1 or more.
fn count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| "give a number, 1 or more".to_owned())
}

/// Reports a mistake in the command line and returns its exit code.
pub fn complain(program: &'static str, what: impl Into<String>) -> ExitCode {
    report(program, &usage_error(program, what))
}

fn report(program: &'static str, error: &CliError) -> ExitCode {
    let mut terminal = Terminal::new(program, Verbosity::Normal).fitted();
    terminal.error(error);
    terminal.finish()
}
