//! The report as text, in pieces: the header, each file when it is done, and the end.

use super::{Document, FileReport};
use crate::report::printable;

impl Document {
    /// Returns the header.
    pub fn text_header(&self) -> String {
        let about = &self.about;
        let mut text = format!(
            "mldsa-kat {}, commit {}\n  back end  {}{}\n  cpu       {}\n  compiler  {}, {}, {}\n",
            about.version,
            about.commit.unwrap_or("not recorded"),
            about.back_end,
            if matches!(about.requested, "auto" | "small") { " (auto)" } else { "" },
            printable(about.cpu.as_deref().unwrap_or("not known")),
            about.compiler.unwrap_or("not known"),
            about.target,
            about.profile,
        );
        if let Some(time) = &about.time {
            let source = if time.from_environment { " (SOURCE_DATE_EPOCH)" } else { "" };
            text.push_str(&format!("  time      {}{source}\n", time.utc));
        }
        text
    }

    /// Returns the end: the sum, if there are several files.
    pub fn text_end(&self) -> String {
        if self.files.len() < 2 {
            return String::new();
        }
        let sum = |count: fn(&crate::report::Report) -> usize| self.reports().map(count).sum::<usize>();
        let (passed, failed) = (sum(|report| report.passed()), sum(|report| report.failed()));
        let (answered, errors) = (sum(|report| report.answered()), self.files.len() - self.reports().count());
        let mut text = format!("\nall {} files: {passed} passed, {failed} failed", self.files.len());
        if answered > 0 {
            text.push_str(&format!(", {answered} not compared"));
        }
        if errors > 0 {
            text.push_str(&format!(", {errors} files without results"));
        }
        text.push('\n');
        text
    }
}

impl FileReport {
    /// Returns the report of this file; of each group at most `limit` failures.
    pub fn text(&self, limit: usize) -> String {
        let mut text = format!("\n{}\n", printable(&self.name));
        for input in &self.inputs {
            if input.name != self.name {
                text.push_str(&format!("  {:9} {}\n", input.role, printable(&input.name)));
            }
            text.push_str(&format!("  sha256    {}\n", input.origin.sha256));
            if let Some(unpacked) = &input.origin.sha256_unpacked {
                text.push_str(&format!("  unpacked  {unpacked}\n"));
            }
        }
        match &self.result {
            Ok(report) => {
                for note in &report.notes {
                    text.push_str(&format!("  note      {}\n", printable(note)));
                }
                text.push_str(&report.text(limit));
                text.push('\n');
            }
            Err(problem) => text.push_str(&format!("ERROR {}\n", printable(&problem.message))),
        }
        text
    }
}
