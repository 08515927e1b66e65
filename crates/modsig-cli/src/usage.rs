//! The command line: parsed by clap, its errors told in one line like all others.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Terminal, Verbosity};
use clap::{ArgAction, Args, Parser};
use std::io::{self, Write};
use std::process::ExitCode;

/// `-q` and `-v`, the same in all three programs.
#[derive(Args, Clone, Copy, Debug)]
pub struct Loudness {
    /// Say nothing but problems
    #[arg(short, long, action = ArgAction::SetTrue, global = true)]
    quiet: bool,
    /// Say more: one indented line for each detail
    #[arg(short, long, action = ArgAction::SetTrue, conflicts_with = "quiet", global = true)]
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

/// Reads the command line. On `Err` the program has said what there is to say (help, version, or the error)
/// and ends with this code.
///
/// # Errors
/// The exit code: 0 after `--help` and `--version`, else [`Exit::Usage`].
pub fn parse<T: Parser>(program: &'static str) -> Result<T, ExitCode> {
    T::try_parse().map_err(|error| {
        if error.use_stderr() {
            return complain(program, one_line(&error.render().to_string()));
        }
        // `--help | head -1` closes the pipe early; that is no error. A full disk is.
        let text = error.render().to_string();
        let printed =
            writeln!(io::stdout().lock(), "{}", text.trim_end()).and_then(|()| io::stdout().flush());
        match printed {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(Exit::Io.code()),
            _ => ExitCode::SUCCESS,
        }
    })
}

/// A mistake in the command line that clap does not see: told in one line.
pub fn complain(program: &'static str, what: impl Into<String>) -> ExitCode {
    let mut terminal = Terminal::new(program, Verbosity::Normal);
    terminal.problem(&Failure::new(Exit::Usage, what, format!("see {program} --help")));
    terminal.finish()
}

/// clap's message and its tips, without the usage text, on one line.
fn one_line(rendered: &str) -> String {
    let paragraphs = rendered.split("\n\n").map(str::trim);
    let telling = paragraphs.filter(|p| p.starts_with("error:") || p.starts_with("tip:"));
    let joined = telling.map(|p| p.trim_start_matches("error:").trim()).collect::<Vec<_>>().join("; ");
    joined.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches(':').to_owned()
}

#[cfg(test)]
mod tests {
    use super::one_line;

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
