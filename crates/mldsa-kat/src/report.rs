//! The report of a run: one line for each test group, each failure with its reason, the counts and the notes.

use std::fmt;

/// The result of a whole file, or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order of the file.
    pub groups: Vec<Group>,
    /// What the reader of the report must know about the input: it was converted, or a part of it was ignored.
    pub notes: Vec<String>,
}

/// The result of one test group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The name of the group in the file, and what it tests.
    pub name: String,
    /// In the order of the file.
    pub cases: Vec<Case>,
}

/// The result of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The name of the case in the file, such as `tcId 12`.
    pub name: String,
    /// What came out.
    pub outcome: Outcome,
}

/// What came out of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The computed value is the one in the file.
    Passed,
    /// How the computed value differs from the value in the file.
    Failed(String),
    /// A value was computed, and there was none to compare it with.
    Answered,
}

impl Report {
    /// Returns how many cases passed.
    pub fn passed(&self) -> usize {
        self.groups.iter().map(Group::passed).sum()
    }

    /// Returns how many cases failed.
    pub fn failed(&self) -> usize {
        self.groups.iter().map(Group::failed).sum()
    }

    /// Returns how many cases were compared. Each counts once, as passed or as failed.
    pub fn executed(&self) -> usize {
        self.passed() + self.failed()
    }

    /// Returns how many cases were computed without a value to compare with.
    pub fn answered(&self) -> usize {
        self.groups.iter().map(Group::answered).sum()
    }

    /// Returns the report as text, without the notes. Of each group, at most `limit` failures are listed; a line counts
    /// the others. Control characters are escaped.
    pub fn text(&self, limit: usize) -> String {
        let mut text = String::new();
        for group in &self.groups {
            group.write(&mut text, limit);
        }
        text.push_str(&counts(self.passed(), self.failed(), self.answered()));
        text
    }
}

impl Group {
    /// Creates a group without cases.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Counts one compared case; `outcome` is the reason if it failed.
    pub fn count(&mut self, case: impl Into<String>, outcome: Result<(), String>) {
        let outcome = outcome.map_or_else(Outcome::Failed, |()| Outcome::Passed);
        self.cases.push(Case { name: case.into(), outcome });
    }

    /// Counts one case that was computed only.
    pub fn answered_only(&mut self, case: impl Into<String>) {
        self.cases.push(Case { name: case.into(), outcome: Outcome::Answered });
    }

    /// Returns how many of its cases passed.
    pub fn passed(&self) -> usize {
        self.cases.iter().filter(|case| case.outcome == Outcome::Passed).count()
    }

    /// Returns how many of its cases failed.
    pub fn failed(&self) -> usize {
        self.failures().count()
    }

    /// Returns how many of its cases were computed only.
    pub fn answered(&self) -> usize {
        self.cases.iter().filter(|case| case.outcome == Outcome::Answered).count()
    }

    /// Returns the names of the cases that failed, each with its reason.
    pub fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        self.cases.iter().filter_map(|case| match &case.outcome {
            Outcome::Failed(reason) => Some((case.name.as_str(), reason.as_str())),
            Outcome::Passed | Outcome::Answered => None,
        })
    }

    fn write(&self, text: &mut String, limit: usize) {
        let (passed, failed, answered) = (self.passed(), self.failed(), self.answered());
        let word = match (passed, failed) {
            (0, 0) => "none",
            (_, 0) => "pass",
            _ => "FAIL",
        };
        let counts = counts(passed, failed, answered);
        text.push_str(&format!("{word}  {}: {counts}\n", printable(&self.name)));
        for (case, reason) in self.failures().take(limit) {
            text.push_str(&format!("      {}: {}\n", printable(case), printable(reason)));
        }
        if failed > limit {
            text.push_str(&format!("      and {} more\n", failed - limit));
        }
    }
}

/// The counts in words. Without a comparison, the words "passed" and "failed" do not occur.
fn counts(passed: usize, failed: usize, answered: usize) -> String {
    match (passed + failed, answered) {
        (0, 0) => "nothing compared".to_owned(),
        (0, answered) => format!("{answered} answered, nothing compared"),
        (_, 0) => format!("{passed} passed, {failed} failed"),
        (_, answered) => format!("{passed} passed, {failed} failed, {answered} not compared"),
    }
}

/// Every failure is listed; the notes are not.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(usize::MAX))
    }
}

/// `text` with its control characters escaped: a file cannot write to the terminal, or begin a line of the report.
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() {
            printable.extend(character.escape_default());
        } else {
            printable.push(character);
        }
    }
    printable
}

/// `Ok` if both are equal; otherwise the first difference of `name`.
pub(crate) fn compare_bytes(name: &str, computed: &[u8], expected: &[u8]) -> Result<(), String> {
    if computed == expected {
        return Ok(());
    }
    if computed.len() != expected.len() {
        return Err(format!("{name}: {} bytes computed, {} expected", computed.len(), expected.len()));
    }
    let at = computed.iter().zip(expected).take_while(|(a, b)| a == b).count();
    Err(format!("{name}: byte {at} of {} differs from the expected value", computed.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_counted_once_and_shown() {
        let mut group = Group::new("tgId 1 ML-DSA-44 keyGen");
        group.count("tcId 1", Ok(()));
        group.count("tcId 2", compare_bytes("pk", &[1, 2, 3], &[1, 2, 4]));
        group.count("tcId 3", compare_bytes("pk", &[1], &[1, 2]));
        let report = Report { groups: vec![group], notes: Vec::new() };
        assert_eq!((report.passed(), report.failed(), report.executed()), (1, 2, 3));
        assert_eq!(
            report.to_string(),
            "FAIL  tgId 1 ML-DSA-44 keyGen: 1 passed, 2 failed\n      \
             tcId 2: pk: byte 2 of 3 differs from the expected value\n      \
             tcId 3: pk: 1 bytes computed, 2 expected\n\
             1 passed, 2 failed"
        );
    }

    /// Kills: a limit that drops failures silently, or counts one of them wrongly.
    #[test]
    fn failures_over_the_limit_are_counted() {
        let mut group = Group::new("g");
        for case in 0..320 {
            group.count(format!("tcId {case}"), Err("wrong".to_owned()));
        }
        let report = Report { groups: vec![group], notes: Vec::new() };
        let text = report.text(3);
        assert_eq!(text.lines().count(), 6, "{text}");
        assert!(text.ends_with("tcId 2: wrong\n      and 317 more\n0 passed, 320 failed"), "{text}");
        assert!(!report.text(320).contains("more"));
        assert_eq!(report.to_string().lines().count(), 322);
    }

    /// Kills: a computed value that is reported as a comparison, and a name that writes to the terminal.
    #[test]
    fn what_was_not_compared_has_not_passed_and_names_are_escaped() {
        let mut group = Group::new("a\x1b[2J\nb");
        group.answered_only("tcId 1");
        let report = Report { groups: vec![group], notes: Vec::new() };
        assert_eq!((report.passed(), report.executed(), report.answered()), (0, 0, 1));
        assert_eq!(
            report.text(1),
            "none  a\\u{1b}[2J\\nb: 1 answered, nothing compared\n1 answered, nothing compared"
        );
        assert_eq!(Report::default().text(1), "nothing compared");
    }
}
