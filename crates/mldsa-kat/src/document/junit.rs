//! The report as JUnit XML: a test suite for each group, a test case for each case.

use super::{Document, FileReport, Problem};
use crate::report::{Group, Outcome, Report};

impl Document {
    /// Returns the report as JUnit XML. A case without a comparison is `skipped`; a file without results is a suite with an
    /// `error`.
    pub fn to_junit(&self) -> String {
        let sum = |count: fn(&Report) -> usize| self.reports().map(count).sum::<usize>();
        let errors = self.files.len() - self.reports().count();
        let (failed, answered) = (sum(Report::failed), sum(Report::answered));
        let tests = sum(Report::executed) + answered + errors;
        let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
        xml.push_str(&format!(
            "<testsuites name=\"mldsa-kat {}\" tests=\"{tests}\" failures=\"{failed}\" errors=\"{errors}\" skipped=\"{answered}\">\n",
            self.command
        ));
        for file in &self.files {
            match &file.result {
                Ok(report) => {
                    report.groups.iter().for_each(|group| self.suite(&mut xml, file, report, group))
                }
                Err(problem) => self.error(&mut xml, file, problem),
            }
        }
        xml.push_str("</testsuites>\n");
        xml
    }

    fn suite(&self, xml: &mut String, file: &FileReport, report: &Report, group: &Group) {
        let counts = [group.cases.len(), group.failed(), 0, group.answered()];
        let name = escaped(&format!("{}: {}", file.name, group.name));
        self.begin(xml, file, &name, counts);
        for case in &group.cases {
            xml.push_str(&format!("    <testcase classname=\"{name}\" name=\"{}\"", escaped(&case.name)));
            xml.push_str(&match &case.outcome {
                Outcome::Passed => "/>\n".to_owned(),
                Outcome::Failed(reason) => {
                    format!("><failure message=\"{}\"/></testcase>\n", escaped(reason))
                }
                Outcome::Answered => "><skipped message=\"nothing compared\"/></testcase>\n".to_owned(),
            });
        }
        if !report.notes.is_empty() {
            xml.push_str(&format!("    <system-out>{}</system-out>\n", escaped(&report.notes.join("\n"))));
        }
        xml.push_str("  </testsuite>\n");
    }

    fn error(&self, xml: &mut String, file: &FileReport, problem: &Problem) {
        let name = escaped(&file.name);
        self.begin(xml, file, &name, [1, 0, 1, 0]);
        xml.push_str(&format!(
            "    <testcase classname=\"{name}\" name=\"read\"><error message=\"{}\"/></testcase>\n  </testsuite>\n",
            escaped(&problem.message)
        ));
    }

    /// Opens a suite; `name` is escaped. `counts` are tests, failures, errors and skipped.
    fn begin(&self, xml: &mut String, file: &FileReport, name: &str, counts: [usize; 4]) {
        let [tests, failures, errors, skipped] = counts;
        let about = &self.about;
        // The schema of JUnit has no time zone here; the property `time` has it.
        let timestamp = about.time.as_ref().map_or_else(String::new, |time| {
            format!(" timestamp=\"{}\"", escaped(time.utc.trim_end_matches('Z')))
        });
        xml.push_str(&format!(
            "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"{timestamp}>\n    <properties>\n"
        ));
        let mut properties = vec![
            ("version".to_owned(), about.version),
            ("commit".to_owned(), about.commit.unwrap_or("not recorded")),
            ("compiler".to_owned(), about.compiler.unwrap_or("not known")),
            ("target".to_owned(), about.target),
            ("profile".to_owned(), about.profile),
            ("back-end".to_owned(), about.back_end),
            ("cpu".to_owned(), about.cpu.as_deref().unwrap_or("not known")),
        ];
        if let Some(time) = &about.time {
            properties.push(("time".to_owned(), &time.utc));
        }
        for input in &file.inputs {
            properties.push((format!("{} file", input.role), &input.name));
            properties.push((format!("{} sha256", input.role), &input.origin.sha256));
        }
        for (name, value) in properties {
            xml.push_str(&format!("      <property name=\"{name}\" value=\"{}\"/>\n", escaped(value)));
        }
        xml.push_str("    </properties>\n");
    }
}

/// Text for XML 1.0, in an attribute or between tags. Characters that XML cannot contain become `\u{…}`.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.extend(c.escape_unicode()),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::super::tests::{document, report};
    use super::*;

    /// Kills: XML that is not well formed because of a name, and counts that do not match.
    #[test]
    fn every_case_is_a_test_case_and_names_are_escaped() {
        let broken = Problem { message: "a.json: <broken>".to_owned(), exit_code: 7 };
        let xml = document(true, vec![Ok(report(2, 1, 1)), Err(broken)]).to_junit();
        let count = |part: &str| xml.matches(part).count();
        assert!(
            xml.contains(
                "<testsuites name=\"mldsa-kat acvp\" tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"1\">"
            ),
            "{xml}"
        );
        assert_eq!(
            (count("<testcase "), count("<failure "), count("<error "), count("<skipped ")),
            (5, 1, 1, 1)
        );
        assert_eq!((count("<testsuite "), count("</testsuite>"), count("</testcase>")), (2, 2, 3));
        assert!(xml.contains("name=\"a.json: tgId 1 &lt;ML-DSA-44&gt; &amp; &quot;more&quot;\""), "{xml}");
        assert!(xml.contains("<failure message=\"pk: byte 3\\u{1} of 4 differs\"/>"), "{xml}");
        assert!(xml.contains("<error message=\"a.json: &lt;broken&gt;\"/>"), "{xml}");
        assert!(xml.contains("<system-out>converted</system-out>"), "{xml}");
        assert!(!xml.contains("timestamp"), "{xml}");
    }
}
