//! The figures as tables and as JSON.

use crate::inputs::Set;
use crate::libraries::{Key, Operation};
use crate::rounds::median;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// What a run found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// The day, as YYYY-MM-DD.
    pub date: String,
    /// The CPU's name for itself.
    pub cpu: String,
    /// Chunks that counted.
    pub kept: u64,
    /// Chunks that were disturbed and did not.
    pub refused: u64,
    /// One for each job.
    pub figures: Vec<Figure>,
}

/// What one job took.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// The parameter set.
    pub set: Set,
    /// The library.
    pub library: String,
    /// What it did.
    pub operation: Operation,
    /// Where its key was.
    pub key: Key,
    /// It drew its own randomness.
    pub random: bool,
    /// Microseconds, round by round.
    pub rounds: Vec<f64>,
}

impl Figure {
    /// The median of the rounds, in microseconds.
    pub fn median(&self) -> f64 {
        median(&mut self.rounds.clone())
    }

    /// (largest − smallest)/median of the rounds, in per cent.
    pub fn spread(&self) -> f64 {
        let (low, high) =
            self.rounds.iter().fold((f64::MAX, f64::MIN), |(low, high), &one| (low.min(one), high.max(one)));
        100.0 * (high - low) / self.median()
    }
}

/// What a row of ours is compared with: a peer that has no such key uses the next best that it has.
fn like(key: Key) -> &'static [Key] {
    match key {
        Key::None => &[Key::None],
        Key::Read => &[Key::Read],
        Key::Held => &[Key::Held, Key::Read],
        Key::Expanded => &[Key::Expanded, Key::Held],
    }
}

/// The columns of the tables.
const COLUMNS: [(Operation, Key); 7] = [
    (Operation::Keygen, Key::None),
    (Operation::Sign, Key::Read),
    (Operation::Sign, Key::Held),
    (Operation::Sign, Key::Expanded),
    (Operation::Verify, Key::Read),
    (Operation::Verify, Key::Held),
    (Operation::Verify, Key::Expanded),
];

/// What this project wants to reach: ours, theirs, the operation, our key and theirs, and the ratio for each of
/// [`Set::ALL`].
type Goal = (&'static str, &'static str, Operation, Key, Key, [f64; 3]);

/// The goals. AVX-512 against the fastest library of the registry, AVX2 too, and portable code against its like.
const GOALS: [Goal; 14] = {
    use Key::{Expanded, Held, None, Read};
    use Operation::{Keygen, Sign, Verify};
    const NATIVE: &str = "mldsa-native-rs";
    const LIBCRUX: &str = "libcrux-ml-dsa, portable";
    [
        ("ours, AVX-512", NATIVE, Keygen, None, None, [0.48; 3]),
        ("ours, AVX-512", NATIVE, Sign, Held, Held, [0.50; 3]),
        ("ours, AVX-512", NATIVE, Sign, Read, Read, [0.60; 3]),
        ("ours, AVX-512", NATIVE, Verify, Read, Read, [0.47; 3]),
        ("ours, AVX-512", NATIVE, Sign, Expanded, Held, [0.38, 0.38, 0.33]),
        ("ours, AVX-512", NATIVE, Verify, Expanded, Held, [0.30; 3]),
        ("ours, AVX2", NATIVE, Keygen, None, None, [0.82; 3]),
        ("ours, AVX2", NATIVE, Sign, Held, Held, [0.74; 3]),
        ("ours, AVX2", NATIVE, Sign, Read, Read, [0.80; 3]),
        ("ours, AVX2", NATIVE, Verify, Read, Read, [0.75; 3]),
        ("ours, portable", LIBCRUX, Keygen, None, None, [0.85; 3]),
        ("ours, portable", LIBCRUX, Sign, Held, Held, [0.85; 3]),
        ("ours, portable", LIBCRUX, Sign, Read, Read, [0.85; 3]),
        ("ours, portable", LIBCRUX, Verify, Read, Read, [0.85; 3]),
    ]
};

impl Report {
    /// The figure of one job, if it was measured.
    pub fn figure(&self, set: Set, library: &str, operation: Operation, key: Key) -> Option<&Figure> {
        self.figures.iter().find(|figure| {
            figure.set == set
                && figure.library == library
                && figure.operation == operation
                && figure.key == key
        })
    }

    /// The libraries that were measured with `set`, in order.
    pub fn libraries(&self, set: Set) -> Vec<&str> {
        let mut libraries = Vec::new();
        for figure in self.figures.iter().filter(|figure| figure.set == set) {
            if !libraries.contains(&figure.library.as_str()) {
                libraries.push(figure.library.as_str());
            }
        }
        libraries
    }

    /// All tables, as Markdown: the goals, then for each set times and ratios.
    pub fn tables(&self) -> String {
        let mut text = String::new();
        let spread = self.figures.iter().map(Figure::spread).fold(0.0, f64::max);
        let mut spreads: Vec<f64> = self.figures.iter().map(Figure::spread).collect();
        if spreads.is_empty() {
            return "Nothing was measured.\n".into();
        }
        let _ = writeln!(
            text,
            "{}, {}. Chunks: {} counted, {} were disturbed. Spread over the rounds: median {:.1} %, at most {spread:.1} %.",
            self.date,
            self.cpu,
            self.kept,
            self.refused,
            median(&mut spreads),
        );
        self.goals(&mut text);
        for set in Set::ALL {
            if self.libraries(set).is_empty() {
                continue;
            }
            let _ = writeln!(text, "\n### {set}\n\nMicroseconds (± half the spread over the rounds):\n");
            self.times(set, &mut text);
            let _ = writeln!(text, "\n<details><summary>Ours / theirs (smaller is better)</summary>\n");
            self.ratios(set, &mut text);
            let _ = writeln!(text, "\n</details>");
        }
        text
    }

    fn goals(&self, text: &mut String) {
        let _ = writeln!(text, "\n### Goals\n\nOurs / theirs; in bold where the goal is missed:\n");
        let _ = writeln!(
            text,
            "| ours / theirs | operation | goal | 44 | 65 | 87 |\n|---|---|---:|---:|---:|---:|"
        );
        for (ours, theirs, operation, our_key, their_key, goals) in GOALS {
            let what = format!("{} {}", operation.name(), our_key.name());
            let [first, .., last] = goals;
            let goal = if first == last { format!("{first:.2}") } else { format!("{first:.2} to {last:.2}") };
            let _ = write!(text, "| {ours} / {theirs} | {} | {goal} |", what.trim_end());
            for (set, goal) in Set::ALL.into_iter().zip(goals) {
                let our = self.figure(set, ours, operation, our_key);
                let their = self.figure(set, theirs, operation, their_key);
                let _ = match (our, their) {
                    (Some(our), Some(their)) => {
                        let ratio = our.median() / their.median();
                        let bold = if ratio > goal { "**" } else { "" };
                        write!(text, " {bold}{ratio:.2}{bold} |")
                    }
                    _ => write!(text, " |"),
                };
            }
            let _ = writeln!(text);
        }
    }

    fn head(first: &str, text: &mut String) {
        let _ = write!(text, "| {first} |");
        for (operation, key) in COLUMNS {
            let _ = write!(text, " {} |", format!("{} {}", operation.name(), key.name()).trim_end());
        }
        let _ = write!(text, "\n|---|{}\n", "---:|".repeat(COLUMNS.len()));
    }

    fn times(&self, set: Set, text: &mut String) {
        Self::head(set.name(), text);
        for library in self.libraries(set) {
            let _ = write!(text, "| {library} |");
            for (operation, key) in COLUMNS {
                let _ = match self.figure(set, library, operation, key) {
                    None => write!(text, " |"),
                    Some(figure) => write!(
                        text,
                        " {:.1}{} ±{:.1} % |",
                        figure.median(),
                        if figure.random { "*" } else { "" },
                        figure.spread() / 2.0
                    ),
                };
            }
            let _ = writeln!(text);
        }
    }

    fn ratios(&self, set: Set, text: &mut String) {
        let (ours, theirs): (Vec<_>, Vec<_>) =
            self.libraries(set).into_iter().partition(|library| library.starts_with("ours"));
        Self::head("ours / theirs", text);
        for ours in ours {
            for theirs in &theirs {
                let _ = write!(text, "| {ours} / {theirs} |");
                for (operation, key) in COLUMNS {
                    let other = like(key).iter().find_map(|key| self.figure(set, theirs, operation, *key));
                    let _ = match (self.figure(set, ours, operation, key), other) {
                        (Some(our), Some(their)) => write!(text, " {:.2} |", our.median() / their.median()),
                        _ => write!(text, " |"),
                    };
                }
                let _ = writeln!(text);
            }
        }
    }
}

/// Today, as YYYY-MM-DD.
pub fn today() -> String {
    time::OffsetDateTime::now_utc().date().to_string()
}

/// The CPU's name for itself, with its family and model, as hypervisors shorten the name.
pub fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let field = |name: &str| {
        info.lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.trim() == name)
            .map_or("?", |(_, value)| value.trim())
    };
    format!("{} (family {}, model {})", field("model name"), field("cpu family"), field("model"))
}
