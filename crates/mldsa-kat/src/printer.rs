//! Standard output and standard error: the report in its form.

use std::io::{self, Write};
use std::path::Path;

use mldsa_kat::document::{About, Document, FileReport, Verdict};
use mldsa_kat::error::Error;
use mldsa_kat::report::printable;

use crate::cli::Format;

/// How many failures of a group the text lists, without `--all`.
const FAILURES: usize = 10;

/// Standard output. Once its reader has closed it (`| head`), nothing more is written, and the run goes on: its verdict counts.
#[derive(Default)]
pub(crate) struct Output {
    closed: bool,
}

impl Output {
    /// Like `print!`, but a full disk is an error, not a panic.
    pub(crate) fn print(&mut self, text: &[u8]) -> Result<(), Error> {
        if self.closed {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        match out.write_all(text).and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            result => result.map_err(Error::io(Path::new("standard output"))),
        }
    }
}

/// Collects the files of a run, and prints the text of each when it is done.
pub(crate) struct Printer {
    format: Format,
    limit: usize,
    output: Output,
    document: Document,
    begun: bool,
}

impl Printer {
    pub(crate) fn new(
        about: About,
        command: &'static str,
        comparing: bool,
        format: Format,
        all: bool,
    ) -> Self {
        Self {
            format,
            limit: if all { usize::MAX } else { FAILURES },
            output: Output::default(),
            document: Document { about, command, comparing, files: Vec::new() },
            begun: false,
        }
    }

    /// Adds a file. An error, and a note that is not in a text on standard output, goes to standard error too. The text of a run
    /// begins with the first file that has results.
    pub(crate) fn add(&mut self, file: FileReport) -> Result<(), Error> {
        match &file.result {
            Err(problem) => warn(&problem.message),
            Ok(report) if self.format != Format::Text => notes(&file.name, &report.notes),
            Ok(_) => {}
        }
        if self.format == Format::Text {
            if file.result.is_ok() && !self.begun {
                self.begun = true;
                let mut text = self.document.text_header();
                self.document.files.iter().for_each(|earlier| text.push_str(&earlier.text(self.limit)));
                self.output.print(text.as_bytes())?;
            }
            if self.begun {
                self.output.print(file.text(self.limit).as_bytes())?;
            }
        }
        self.document.files.push(file);
        Ok(())
    }

    /// Prints the rest of the report, and returns the verdict on the run.
    pub(crate) fn finish(mut self) -> Result<Verdict, Error> {
        let text = match self.format {
            Format::Text if self.begun => self.document.text_end(),
            Format::Text => String::new(),
            Format::Json => self.document.to_json(),
            Format::Junit => self.document.to_junit(),
        };
        self.output.print(text.as_bytes())?;
        Ok(self.document.verdict())
    }
}

/// Prints the notes on a file on standard error.
pub(crate) fn notes(file: &str, notes: &[String]) {
    for note in notes {
        warn(&format!("{file}: note: {note}"));
    }
}

/// Prints a line on standard error; if that is closed, it is lost.
fn warn(message: &str) {
    let _ = writeln!(io::stderr(), "mldsa-kat: {}", printable(message));
}
