//! How many of what: by verdict, by signer, by algorithm, by the kernel's answer.

use super::report::{Labels, Outcome, Report};
use crate::terminal::Terminal;
use modsig::kernel::Answer;
use std::collections::BTreeMap;

/// Counts.
#[derive(Debug, Default)]
pub(super) struct Summary {
    pub(super) files: usize,
    pub(super) verdicts: Counts,
    names: Counts,
    pub(super) signers: Counts,
    pub(super) algorithms: Counts,
    pub(super) kernel: Counts,
}

/// The most names that are counted by themselves. Later ones are counted as others, so that no set of files fills the memory
/// with names.
const MOST_NAMES: usize = 1000;
/// The most names on a line of the summary, the most frequent first.
const MOST_PRINTED: usize = 10;
/// Names that agree in this many first characters are counted as one.
const NAME_LEN: usize = 200;

/// How often each name occurs.
#[derive(Debug, Default)]
pub(super) struct Counts {
    names: BTreeMap<String, usize>,
    pub(super) others: usize,
}

impl Counts {
    pub(super) fn add(&mut self, name: &str) {
        let name: String = name.chars().take(NAME_LEN).collect();
        if let Some(count) = self.names.get_mut(&name) {
            *count += 1;
        } else if self.names.len() < MOST_NAMES {
            self.names.insert(name, 1);
        } else {
            self.others += 1;
        }
    }

    /// Each name and its count, sorted by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, usize)> {
        self.names.iter().map(|(name, count)| (name.as_str(), *count))
    }

    /// The most frequent names, or `all`, on one line.
    fn line(&self, separator: &str, all: bool) -> String {
        let mut sorted: Vec<_> = self.iter().collect();
        // Stable: names with equal counts stay sorted by name.
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let most = if all { MOST_NAMES } else { MOST_PRINTED };
        let mut parts: Vec<_> =
            sorted.iter().take(most).map(|(name, count)| format!("{count} {name}")).collect();
        let rest: usize = sorted.iter().skip(most).map(|(_, count)| count).sum::<usize>() + self.others;
        if rest > 0 {
            parts.push(format!("{rest} others"));
        }
        parts.join(separator)
    }
}

impl Summary {
    /// Counts one report.
    pub(super) fn add(&mut self, report: &Report) {
        self.files += 1;
        self.verdicts.add(report.word());
        self.names.add(report.name());
        let evaluation = match &report.outcome {
            Outcome::Evaluated(evaluation) => evaluation,
            Outcome::Failed { linux, .. } => {
                if let Some(answer) = linux {
                    self.add_answer(answer);
                }
                return;
            }
        };
        for signer in &evaluation.verdict.signers {
            self.signers.add(signer.subject.as_ref().unwrap_or(&signer.identifier));
            self.algorithms.add(&format!("{} ({})", signer.algorithm, signer.digest));
        }
        self.add_answer(&evaluation.verdict.kernel);
    }

    fn add_answer(&mut self, answer: &Answer) {
        let outside = if answer.is_too_expensive() {
            Some("not predicted".to_owned())
        } else {
            answer.user_errno().map(|errno| format!("refused with {errno}"))
        };
        let loads = if answer.taints() { "loaded, tainted" } else { "loaded" };
        self.kernel.add(outside.as_deref().unwrap_or(loads));
    }

    /// Prints the summary if there is more than one file, with `all` names or the most frequent. The last line is the total.
    pub(super) fn print(&self, labels: &Labels, all: bool, terminal: &mut Terminal) {
        if self.files < 2 {
            return;
        }
        let linux = &labels.linux;
        for (what, counts) in
            [("signers", &self.signers), ("algorithms", &self.algorithms), (&**linux, &self.kernel)]
        {
            if counts.iter().next().is_some() {
                terminal.print(format_args!("{what}: {}", counts.line("; ", all)));
            }
        }
        terminal.print(format_args!("{} files: {}", self.files, self.names.line(", ", all)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_many_names_is_bounded() {
        let mut counts = Counts::default();
        for n in 0..3000 {
            counts.add(&format!("{:0>500}", n));
        }
        // The first 200 characters of all of them are zeros.
        assert_eq!(counts.names.len(), 1);
        for n in 0..3000 {
            counts.add(&n.to_string());
            counts.add("often");
        }
        assert_eq!(counts.names.len(), MOST_NAMES);
        assert_eq!(counts.iter().map(|(_, count)| count).sum::<usize>() + counts.others, 9000);
        assert!(counts.line("; ", true).matches(';').count() > 900);
        let line = counts.line("; ", false);
        assert!(line.starts_with("3000 000"), "{line}");
        assert!(line.contains("; 3000 often; 1 0; ") && line.ends_with("others"), "{line}");
        assert_eq!(line.matches(';').count(), MOST_PRINTED);
    }
}
