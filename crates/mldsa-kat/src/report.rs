//! The report of a run: one line for each test group, each failure with its reason, and the counts.

use std::fmt;

/// The result of a whole file, or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// In the order of the file.
    pub groups: Vec<Group>,
}

/// The result of one test group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The name of the group in the file, and what it tests.
    pub name: String,
    /// How many of its cases passed.
    pub passed: usize,
    /// The cases that did not.
    pub failures: Vec<Failure>,
}

/// One case that did not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The name of the case in the file, such as `tcId 12`.
    pub case: String,
    /// How the computed value differs from the value in the file.
    pub reason: String,
}

impl Report {
    /// Returns how many cases passed.
    pub fn passed(&self) -> usize {
        self.groups.iter().map(|group| group.passed).sum()
    }

    /// Returns how many cases failed.
    pub fn failed(&self) -> usize {
        self.groups.iter().map(|group| group.failures.len()).sum()
    }

    /// Returns how many cases were run. Each counts once, as passed or as failed.
    pub fn executed(&self) -> usize {
        self.passed() + self.failed()
    }
}

impl Group {
    /// Creates a group without cases.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Counts one case; `outcome` is the reason if it failed.
    pub fn count(&mut self, case: impl Into<String>, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(reason) => self.failures.push(Failure { case: case.into(), reason }),
        }
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.failures.is_empty() { "pass" } else { "FAIL" };
        write!(f, "{word}  {}: {} passed, {} failed", self.name, self.passed, self.failures.len())?;
        for failure in &self.failures {
            write!(f, "\n      {}: {}", failure.case, failure.reason)?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for group in &self.groups {
            writeln!(f, "{group}")?;
        }
        match self.executed() {
            0 => f.write_str("nothing compared"),
            _ => write!(f, "{} passed, {} failed", self.passed(), self.failed()),
        }
    }
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
        let report = Report { groups: vec![group] };
        assert_eq!((report.passed(), report.failed(), report.executed()), (1, 2, 3));
        assert_eq!(
            report.to_string(),
            "FAIL  tgId 1 ML-DSA-44 keyGen: 1 passed, 2 failed\n      \
             tcId 2: pk: byte 2 of 3 differs from the expected value\n      \
             tcId 3: pk: 1 bytes computed, 2 expected\n\
             1 passed, 2 failed"
        );
    }
}
