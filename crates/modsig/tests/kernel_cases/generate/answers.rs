//! The kernels' answers in a compact form: each log line once, and each distinct answer; for variant A, for each kernel and family, the numbers
//! of the answers in the order in which the cases are generated; for every other variant what it answers where A gives a
//! certain answer, if that is another one, and only the families with exceptions, with `=` for each answer that is none.
//!
//! ```text
//! line TEXT                           numbered from 0
//! answer loaded                       numbered from 0
//! answer ERRNO LINE LINE ...          the same
//! variant NAME
//! instead N M                         where A answers N, this variant answers M
//! family KERNEL FAMILY N N*COUNT =*COUNT ...
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use modsig::kernel::{Answer, Config, Version};

/// The variants of the kernel gate that were asked, A first, and the configuration that each is.
pub fn variants() -> Vec<(&'static str, Config)> {
    vec![
        ("A", Config::STRICT),
        ("B", Config::WAIVER),
        ("6.1-xz", Config::strict_of(Version::V6_1)),
        ("6.12-xz", Config::strict_of(Version::V6_12)),
        ("7.3-xz", Config::strict_of(Version::V7_3)),
    ]
}

/// An answer as text: `loaded`, or `refused ERRNO LOG`.
pub fn words(answer: &Answer) -> String {
    match answer.user_errno() {
        None => "loaded".into(),
        Some(errno) => {
            let lines: Vec<&str> = answer.log_lines().collect();
            format!(
                "refused {} {}",
                errno.number(),
                if lines.is_empty() { "-".into() } else { lines.join(" | ") }
            )
        }
    }
}

/// The family of a case.
pub fn family(name: &str) -> &str {
    name.split('-').next().unwrap_or(name)
}

/// The answers of one variant by kernel and family, in order.
pub type Answers = BTreeMap<(String, String), Vec<String>>;

/// The answers by variant.
pub type Table = BTreeMap<String, Answers>;

/// What stands for the answer that A's answer leads to.
const USUAL: &str = "=";

/// What a variant usually answers where A gives an answer, if that is another one.
fn usual<'t>(of_a: &'t Answers, of_variant: &'t Answers) -> BTreeMap<&'t str, &'t str> {
    let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (key, answers) in of_variant {
        for (a, answer) in of_a[key].iter().zip(answers) {
            *counts.entry(a).or_default().entry(answer).or_default() += 1;
        }
    }
    let most =
        |counts: BTreeMap<&'t str, usize>| counts.into_iter().max_by_key(|(_, count)| *count).unwrap().0;
    counts.into_iter().map(|(a, counts)| (a, most(counts))).filter(|(a, answer)| a != answer).collect()
}

/// `N` or `N*COUNT` for each run of equal words.
fn runs(words: &[&str]) -> String {
    words.chunk_by(|a, b| a == b).fold(String::new(), |mut out, run| {
        let _ = match run.len() {
            1 => write!(out, " {}", run[0]),
            count => write!(out, " {}*{count}", run[0]),
        };
        out
    })
}

pub fn write(table: &Table) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for answer in table.values().flat_map(BTreeMap::values).flatten() {
        *counts.entry(answer).or_default() += 1;
    }
    let mut order: Vec<&str> = counts.keys().copied().collect();
    order.sort_by_key(|answer| (std::cmp::Reverse(counts[answer]), *answer));
    let mut out = String::new();
    let mut numbers: BTreeMap<&str, String> = BTreeMap::new();
    let mut lines: BTreeMap<&str, usize> = BTreeMap::new();
    let mut texts = String::new();
    for (number, answer) in order.iter().enumerate() {
        numbers.insert(answer, number.to_string());
        let (errno, log) = answer
            .strip_prefix("refused ")
            .map_or(("loaded", "-"), |rest| rest.split_once(' ').expect("an answer without a log"));
        let _ = write!(texts, "answer {errno}");
        for line in log.split(" | ").filter(|line| *line != "-") {
            let next = lines.len();
            let number = *lines.entry(line).or_insert_with(|| {
                let _ = writeln!(out, "line {line}");
                next
            });
            let _ = write!(texts, " {number}");
        }
        texts.push('\n');
    }
    out.push_str(&texts);
    let of_a = &table["A"];
    for (variant, _) in variants() {
        let _ = writeln!(out, "variant {variant}");
        let usual = usual(of_a, &table[variant]);
        for (a, answer) in &usual {
            let _ = writeln!(out, "instead {} {}", numbers[a], numbers[answer]);
        }
        for (key, answers) in &table[variant] {
            let words = of_a[key].iter().zip(answers).map(|(a, answer)| {
                let expected = *usual.get(a.as_str()).unwrap_or(&a.as_str());
                if variant != "A" && expected == answer { USUAL } else { &numbers[answer.as_str()] }
            });
            let words: Vec<&str> = words.collect();
            if words.iter().any(|word| *word != USUAL) {
                let _ = writeln!(out, "family {} {}{}", key.0, key.1, runs(&words));
            }
        }
    }
    out
}

pub fn read(text: &str) -> Table {
    let (mut lines, mut answers) = (Vec::new(), Vec::new());
    let (mut table, mut variant) = (Table::new(), String::new());
    for line in text.lines() {
        if let Some(line) = line.strip_prefix("line ") {
            lines.push(line);
        } else if let Some(answer) = line.strip_prefix("answer ") {
            let mut words = answer.split(' ');
            let errno = words.next().unwrap();
            let log: Vec<&str> = words.map(|number| lines[number.parse::<usize>().unwrap()]).collect();
            answers.push(match (errno, &log[..]) {
                ("loaded", _) => errno.to_owned(),
                (_, []) => format!("refused {errno} -"),
                (_, log) => format!("refused {errno} {}", log.join(" | ")),
            });
        } else if let Some(name) = line.strip_prefix("variant ") {
            variant = name.to_owned();
            let of_a = table.get("A").cloned().unwrap_or_default();
            table.insert(variant.clone(), of_a);
        } else if let Some(pair) = line.strip_prefix("instead ") {
            let (a, answer) = pair.split_once(' ').unwrap();
            let text = |number: &str| &answers[number.parse::<usize>().unwrap()];
            let (a, answer) = (text(a), text(answer));
            // Pairs do not chain: each replaces what A answers.
            for (key, of_a) in &table["A"].clone() {
                let list = table.get_mut(&variant).unwrap().get_mut(key).unwrap();
                for (present, _) in list.iter_mut().zip(of_a).filter(|(_, of_a)| *of_a == a) {
                    present.clone_from(answer);
                }
            }
        } else if let Some(rest) = line.strip_prefix("family ") {
            let mut parts = rest.split(' ');
            let mut next = || parts.next().unwrap().to_owned();
            let list = table.get_mut(&variant).unwrap().entry((next(), next())).or_default();
            let mut usual = std::mem::take(list).into_iter();
            for run in parts {
                let (word, count) = run.split_once('*').unwrap_or((run, "1"));
                for _ in 0..count.parse().unwrap() {
                    let answer = usual.next();
                    list.push(match word {
                        USUAL => answer.unwrap(),
                        number => answers[number.parse::<usize>().unwrap()].clone(),
                    });
                }
            }
        }
    }
    table
}
