//! A kernel's answers in a compact form: each distinct answer once, and for each kernel and family the numbers of the
//! answers in the order in which the cases are generated.
//!
//! ```text
//! answer TEXT                         numbered from 0
//! family KERNEL FAMILY VARIANT N N*COUNT ...
//! ```

use std::collections::BTreeMap;

use modsig::kernel::Answer;

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

/// Answers by kernel, family and variant, in order.
pub type Table = BTreeMap<(String, String, char), Vec<String>>;

pub fn write(table: &Table) -> String {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for answer in table.values().flatten() {
        *counts.entry(answer).or_default() += 1;
    }
    let mut order: Vec<&str> = counts.keys().copied().collect();
    order.sort_by_key(|answer| (std::cmp::Reverse(counts[answer]), *answer));
    let mut out = String::new();
    for (number, answer) in order.iter().enumerate() {
        numbers.insert(answer, number);
        out.push_str(&format!("answer {answer}\n"));
    }
    for ((kernel, family, variant), answers) in table {
        out.push_str(&format!("family {kernel} {family} {variant}"));
        let mut at = 0;
        while at < answers.len() {
            let run = answers[at..].iter().take_while(|answer| **answer == answers[at]).count();
            let number = numbers[answers[at].as_str()];
            out.push_str(&if run == 1 { format!(" {number}") } else { format!(" {number}*{run}") });
            at += run;
        }
        out.push('\n');
    }
    out
}

pub fn read(text: &str) -> Table {
    let (mut answers, mut table) = (Vec::new(), Table::new());
    for line in text.lines() {
        if let Some(answer) = line.strip_prefix("answer ") {
            answers.push(answer.to_owned());
        } else if let Some(rest) = line.strip_prefix("family ") {
            let mut parts = rest.split(' ');
            let mut next = || parts.next().unwrap().to_owned();
            let key = (next(), next(), next().chars().next().unwrap());
            let list = parts.flat_map(|run| {
                let (number, count) = run.split_once('*').unwrap_or((run, "1"));
                let answer = &answers[number.parse::<usize>().unwrap()];
                std::iter::repeat_n(answer.clone(), count.parse().unwrap())
            });
            table.insert(key, list.collect());
        }
    }
    table
}
