//! What was compared, how often, and what did not agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A difference that is no mistake of ours: a case, the library that answers otherwise, its answer, and why.
pub struct Known {
    /// The name of the case.
    pub case: &'static str,
    /// How the library's name begins.
    pub library: &'static str,
    /// What it answers.
    pub answer: &'static str,
    /// Why that is no bug of ours.
    pub reason: &'static str,
}

/// The record of a run.
pub struct Tally {
    known: &'static [Known],
    /// Comparisons, by case and library.
    counts: BTreeMap<&'static str, BTreeMap<String, u64>>,
    seen: BTreeMap<usize, u64>,
    disagreements: Vec<(&'static str, String)>,
}

impl Tally {
    /// Nothing yet.
    pub fn new(known: &'static [Known]) -> Self {
        Self { known, counts: BTreeMap::new(), seen: BTreeMap::new(), disagreements: Vec::new() }
    }

    /// Counts one comparison: what `library` answered in `case`, and what it should have. `input` repeats it by hand.
    pub fn compare<T: PartialEq>(
        &mut self,
        case: &'static str,
        library: &str,
        answer: &T,
        expected: &T,
        short: impl Fn(&T) -> String,
        input: impl FnOnce() -> String,
    ) {
        *self.counts.entry(case).or_default().entry(library.to_owned()).or_default() += 1;
        if answer == expected {
            return;
        }
        let short_answer = short(answer);
        let is_known = |known: &Known| {
            known.case == case && library.starts_with(known.library) && known.answer == short_answer
        };
        match self.known.iter().position(is_known) {
            Some(known) => *self.seen.entry(known).or_default() += 1,
            None => self.disagreements.push((
                case,
                format!(
                    "{case}: {library} answers {short_answer} instead of {}; {}",
                    short(expected),
                    input()
                ),
            )),
        }
    }

    /// Those that are not known: the case, and all that is needed to repeat it.
    pub fn disagreements(&self) -> &[(&'static str, String)] {
        &self.disagreements
    }

    /// All comparisons.
    pub fn total(&self) -> u64 {
        self.counts.values().flat_map(BTreeMap::values).sum()
    }

    /// How often `case` was compared by the library whose name begins so.
    pub fn count(&self, case: &str, library: &str) -> u64 {
        let of_case = self.counts.get(case).into_iter().flatten();
        of_case.filter(|(name, _)| name.starts_with(library)).map(|(_, count)| count).sum()
    }

    /// The known differences that did not show: the list is then out of date.
    pub fn unseen(&self) -> impl Iterator<Item = &'static Known> {
        self.known.iter().enumerate().filter(|(i, _)| !self.seen.contains_key(i)).map(|(_, known)| known)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let libraries: BTreeSet<&String> = self.counts.values().flat_map(BTreeMap::keys).collect();
        writeln!(f, "comparisons:")?;
        for (i, library) in libraries.iter().enumerate() {
            writeln!(f, "  [{i}] {library}")?;
        }
        write!(f, "  {:<44}", "")?;
        for i in 0..libraries.len() {
            write!(f, " {:>7}", format!("[{i}]"))?;
        }
        for (case, counts) in &self.counts {
            write!(f, "\n  {case:<44}")?;
            for library in &libraries {
                match counts.get(*library) {
                    Some(count) => write!(f, " {count:>7}")?,
                    None => write!(f, " {:>7}", "-")?,
                }
            }
        }
        writeln!(f)?;
        for (&known, times) in &self.seen {
            let Known { case, library, answer, reason } = &self.known[known];
            writeln!(f, "known, {times} times: {case}: {library} answers {answer}: {reason}")?;
        }
        Ok(())
    }
}
