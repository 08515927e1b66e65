//! Files grouped by what they have in common, with the first names of each group.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The names that are kept of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// The first few.
    First,
    /// All: the list of inputs, which is in memory anyway, bounds them.
    All,
}

/// How many names are the first few.
const FIRST: usize = 3;
/// The most groups. Files that would begin another one are counted as others, so that no set of files fills the memory with
/// reasons.
const MOST_GROUPS: usize = 1000;
/// The most groups that are printed, the largest first, unless all names are wanted.
const MOST_PRINTED: usize = 10;

/// Groups of files by `K`.
#[derive(Debug)]
pub(super) struct Groups<K> {
    groups: BTreeMap<K, Group>,
    others: usize,
    names: Names,
}

/// The files of one group.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// How many files.
    pub(super) count: usize,
    /// Names of files, in order: the first few, or all.
    pub(super) names: Vec<PathBuf>,
}

impl Group {
    /// One line for each name, and one for those that are not kept.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<_> = self.names.iter().map(|name| name.display().to_string()).collect();
        let more = self.count.saturating_sub(self.names.len());
        if more > 0 {
            lines.push(format!("and {} (-v lists all)", counted(more, "other")));
        }
        lines
    }
}

impl<K: Ord> Groups<K> {
    pub(super) const fn new(names: Names) -> Self {
        Self { groups: BTreeMap::new(), others: 0, names }
    }

    /// Adds a file.
    pub(super) fn add(&mut self, key: K, path: &Path) {
        if self.groups.len() >= MOST_GROUPS && !self.groups.contains_key(&key) {
            self.others += 1;
            return;
        }
        let group = self.groups.entry(key).or_default();
        group.count += 1;
        if self.names == Names::All || group.names.len() < FIRST {
            group.names.push(path.to_path_buf());
        }
    }

    /// All groups, the largest first.
    pub(super) fn by_size(&self) -> Vec<(&K, &Group)> {
        let mut groups: Vec<_> = self.groups.iter().collect();
        // Stable: equal groups stay sorted by their key.
        groups.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
        groups
    }

    /// The groups to print, the largest first, and how many files are in the rest.
    pub(super) fn to_print(&self) -> (Vec<(&K, &Group)>, usize) {
        let mut groups = self.by_size();
        let rest = match self.names {
            Names::All => Vec::new(),
            Names::First => groups.split_off(groups.len().min(MOST_PRINTED)),
        };
        let rest = rest.iter().map(|(_, group)| group.count).sum::<usize>() + self.others;
        (groups, rest)
    }

    /// How many files are in groups that are not counted by themselves.
    pub(super) const fn others(&self) -> usize {
        self.others
    }

    /// How many files there are.
    pub(super) fn files(&self) -> usize {
        self.groups.values().map(|group| group.count).sum::<usize>() + self.others
    }
}

/// `1 module`, `4,216 modules`.
pub(super) fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", thousands(count))
}

/// A number with a comma before each three digits.
pub(super) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas() {
        let texts = [0, 12, 999, 1000, 4216, 1_234_567].map(thousands);
        assert_eq!(texts, ["0", "12", "999", "1,000", "4,216", "1,234,567"]);
        assert_eq!([counted(1, "module"), counted(2, "module")], ["1 module", "2 modules"]);
    }

    /// Kills: names or groups without a bound, files that are lost when the bound is reached.
    #[test]
    fn groups_and_names_are_bounded() {
        let mut groups = Groups::new(Names::First);
        for number in 0..3000 {
            groups.add(number, Path::new("x"));
            groups.add(7, Path::new("seven\n"));
        }
        assert_eq!((groups.files(), groups.others()), (6000, 2000));
        let (printed, rest) = groups.to_print();
        assert_eq!((printed.len(), rest), (10, 6000 - 3001 - 9));
        assert_eq!((*printed[0].0, printed[0].1.count, printed[0].1.names.len()), (7, 3001, 3));
        assert_eq!(printed[0].1.lines()[2..], ["seven\n", "and 2,998 others (-v lists all)"]);
        let mut all = Groups::new(Names::All);
        (0..20).for_each(|number| all.add(number % 11, Path::new("x")));
        assert_eq!((all.to_print().0.len(), all.to_print().1), (11, 0));
        assert_eq!(all.by_size()[0].1.names.len(), 2);
    }
}
