//! The colours of words: what a word is decides its colour. The width of a line.

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use rustix::termios::tcgetwinsize;
use std::io;
use std::os::fd::AsFd;

/// When words are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal that has colours, unless the environment decides: NO_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM.
    #[default]
    Auto,
    /// Also in pipes and files.
    Always,
    /// Never.
    Never,
}

impl When {
    /// Makes this the choice for the whole process.
    pub fn choose(self) {
        let choice = match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Whether standard output and standard error are coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coloured {
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}

impl Coloured {
    /// What [`When::choose`], the environment and the kinds of the two streams decide.
    #[must_use]
    pub fn of_streams() -> Self {
        let is_coloured = |choice| choice != ColorChoice::Never;
        Self {
            stdout: is_coloured(AutoStream::choice(&io::stdout())),
            stderr: is_coloured(AutoStream::choice(&io::stderr())),
        }
    }
}

/// How many columns a line on standard output can have: COLUMNS, if it is a number; else as the terminal says; 80 where there is
/// none.
#[must_use]
pub fn columns_of_standard_output() -> usize {
    let asked = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    asked.or_else(|| columns_of(io::stdout())).filter(|&columns| columns > 0).unwrap_or(80)
}

/// How many columns a terminal has; `None` if this is none.
pub fn columns_of(stream: impl AsFd) -> Option<usize> {
    tcgetwinsize(stream).ok().map(|size| usize::from(size.ws_col)).filter(|&columns| columns > 0)
}

/// A line in pieces that fit into `columns` where a space allows it, the second and all others with four spaces more than
/// the first. Sequences that colour (`ESC [ … m`) take no column.
#[must_use]
pub fn folded(line: &str, columns: usize) -> String {
    let indent = line.len() - line.trim_start_matches(' ').len();
    let mut out = " ".repeat(indent);
    let (mut at, mut is_first) = (indent, true);
    for word in line.split(' ').skip(indent) {
        let len = visible(word);
        if is_first {
            is_first = false;
        } else if at + 1 + len > columns && at > indent + 4 {
            out.push('\n');
            out.push_str(&" ".repeat(indent + 4));
            at = indent + 4;
        } else {
            out.push(' ');
            at += 1;
        }
        out.push_str(word);
        at += len;
    }
    out
}

/// How many characters of `text` are seen.
fn visible(text: &str) -> usize {
    let mut pieces = text.split('\x1b');
    let first = pieces.next().unwrap_or_default().chars().count();
    first
        + pieces.map(|piece| piece.split_once('m').map_or(0, |(_, rest)| rest.chars().count())).sum::<usize>()
}

/// What a piece of text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// Nothing special.
    Plain,
    /// Less important.
    Faint,
    /// Bold.
    Heading,
    /// Good, done.
    Good,
    /// Good or done, but something must be known.
    Warning,
    /// Refused, failed.
    Bad,
}

impl Ink {
    const fn style(self) -> Style {
        match self {
            Self::Plain => Style::new(),
            Self::Faint => Style::new().dimmed(),
            Self::Heading => Style::new().bold(),
            Self::Good => AnsiColor::Green.on_default(),
            // Yellow cannot be read on white; compilers warn in magenta for that reason.
            Self::Warning => AnsiColor::Magenta.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
        }
    }

    /// Appends `text`, which is escaped already, with this colour if there are `colours`.
    pub fn write(self, text: &str, colours: bool, out: &mut String) {
        let style = self.style();
        if !colours || style.is_plain() || text.is_empty() {
            out.push_str(text);
        } else {
            out.push_str(&format!("{style}{text}{style:#}"));
        }
    }

    /// The same as a text of its own.
    #[must_use]
    pub fn paint(self, text: &str, colours: bool) -> String {
        let mut out = String::new();
        self.write(text, colours, &mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: a colour that does not end, colours around nothing.
    #[test]
    fn a_colour_ends_where_its_word_ends() {
        assert_eq!(Ink::Bad.paint("bad", true), "\x1b[31mbad\x1b[0m");
        assert_eq!(Ink::Bad.paint("bad", false), "bad");
        assert_eq!(Ink::Plain.paint("x", true), "x");
        assert_eq!(Ink::Good.paint("", true), "");
    }

    /// Kills: a word that the terminal breaks, a colour that is counted, words that are lost.
    #[test]
    fn a_line_is_folded_at_spaces() {
        assert_eq!(folded("one two three", 80), "one two three");
        assert_eq!(folded("one two three", 13), "one two three");
        assert_eq!(folded("one two three", 12), "one two\n    three");
        assert_eq!(folded("  one two three", 9), "  one two\n      three");
        assert_eq!(folded("one \x1b[31mtwo\x1b[0m three", 13), "one \x1b[31mtwo\x1b[0m three");
        assert_eq!(folded("name:   good, x", 9), "name:  \n    good,\n    x");
        assert_eq!(folded("a/very/long/path and words", 5), "a/very/long/path\n    and\n    words");
        assert_eq!(folded("", 5), "");
        for columns in 0..40 {
            let words = "  the signature does not  match: get the module again";
            let lines = folded(words, columns);
            assert_eq!(
                lines.split_whitespace().collect::<Vec<_>>(),
                words.split_whitespace().collect::<Vec<_>>()
            );
        }
    }
}
