//! What is wrong with a command line, in one line, with what the user may have meant.

use crate::kernel_config::known_versions;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, Error};
use modsig::algorithm::Digest;
use std::path::Path;

/// A mistake in a command line.
#[derive(Debug)]
pub struct Mistake {
    /// What is wrong.
    pub what: String,
    /// The command whose `--help` explains it: `module-key generate`.
    pub command: String,
}

/// The mistake behind an error of clap. `words` are the arguments of `program`.
#[must_use]
pub fn mistake(program: &str, error: &Error, command: &Command, words: &[String]) -> Mistake {
    let mut root = command.clone();
    root.build();
    let (level, path) = level_of(program, &root, words);
    let what =
        what(program, error, &root, level, words).unwrap_or_else(|| one_line(&error.render().to_string()));
    Mistake { what, command: path }
}

/// The operation that the words call, and its name after that of the program.
fn level_of<'c>(program: &str, root: &'c Command, words: &[String]) -> (&'c Command, String) {
    let operation =
        words.iter().find(|word| !word.starts_with('-')).and_then(|word| root.find_subcommand(word));
    match operation {
        Some(operation) => (operation, format!("{program} {}", operation.get_name())),
        None => (root, program.to_owned()),
    }
}

/// A message better than clap's, if there is one.
fn what(program: &str, error: &Error, root: &Command, level: &Command, words: &[String]) -> Option<String> {
    match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            Some(format!("a command is missing: give one of {}", operations(root).join(", ")))
        }
        ErrorKind::InvalidSubcommand => {
            let given = text_of(error, ContextKind::InvalidSubcommand)?;
            let known = operations(root);
            let tip = match nearest(given, &known) {
                Some(name) => format!("; tip: a similar command exists: '{name}'"),
                None => format!("; give one of {}", known.join(", ")),
            };
            Some(format!("unknown command '{given}'{tip}"))
        }
        ErrorKind::UnknownArgument | ErrorKind::MissingRequiredArgument => {
            // Where files may stand too, clap takes a mistyped command for the name of a file.
            let first = words.first().filter(|word| !word.starts_with('-') && !Path::new(word).exists());
            if let Some((first, name)) =
                first.and_then(|word| Some((word, nearest(word, &operations(root))?)))
                && first != name
            {
                return Some(format!(
                    "'{first}' is no file and no command; tip: a similar command exists: '{name}'"
                ));
            }
            if error.kind() == ErrorKind::MissingRequiredArgument
                && let Some(hint) = key_without_option(program, words)
            {
                return Some(hint);
            }
            let given = text_of(error, ContextKind::InvalidArg).filter(|given| given.starts_with('-'))?;
            Some(format!("unexpected argument '{given}' found{}", tip(program, given, root, level)))
        }
        ErrorKind::InvalidValue => {
            let given = text_of(error, ContextKind::InvalidValue)?;
            let is_kernel = text_of(error, ContextKind::InvalidArg)?.starts_with("--kernel ");
            is_kernel.then(|| unknown_kernel(given)).flatten()
        }
        _ => None,
    }
}

/// What to say to a version that is not known: a similar one may have other rules. `None` for other names.
fn unknown_kernel(given: &str) -> Option<String> {
    if !given.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let known = known_versions();
    let mut parts = given.splitn(3, '.');
    let two = [parts.next()?, parts.next().unwrap_or_default()].join(".");
    Some(match known.split([',', ' ']).any(|version| version == two) {
        true => {
            format!(
                "--kernel {given}: write two parts: --kernel {two}; --kernel-config FILE and --running know more"
            )
        }
        false => format!("--kernel {given}: the rules of this version are not known; known are {known}"),
    })
}

/// For `sign-module` without `--key`: what the words look like.
fn key_without_option(program: &str, words: &[String]) -> Option<String> {
    if program != "sign-module" || words.iter().any(|word| word.starts_with('-')) {
        return None;
    }
    if let [digest, key, certificate, module] = words
        && Digest::from_name(digest).is_some()
    {
        return Some(format!(
            "these are the arguments of sign-file; write --hash {digest} --key {key} --cert {certificate} {module}, or call the program by a link with the name sign-file"
        ));
    }
    let looks_like_a_key =
        |word: &&String| [".pem", ".key", ".priv", ".p12", ".pfx"].iter().any(|end| word.ends_with(end));
    let key = words.iter().find(looks_like_a_key)?;
    Some(format!("{key} looks like a private key: write --key {key}"))
}

fn text_of(error: &Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text),
        _ => None,
    }
}

fn operations(root: &Command) -> Vec<&str> {
    root.get_subcommands().map(Command::get_name).filter(|name| *name != "help").collect()
}

fn options(level: &Command) -> Vec<&str> {
    level.get_arguments().filter_map(Arg::get_long).collect()
}

/// Suggests the option that the user may have meant; empty if none is similar.
fn tip(program: &str, given: &str, root: &Command, level: &Command) -> String {
    if given == "--verify" && program != "verify-module" {
        return "; tip: verify-module verifies".into();
    }
    let typed = given.trim_start_matches('-');
    let with_it = |command: &&Command| options(command).contains(&typed);
    if let Some(operation) = root.get_subcommands().find(with_it) {
        let name = operation.get_name();
        return if level.get_name() == root.get_name() {
            format!("; tip: write it after the command: {program} {name} {given}")
        } else {
            format!("; tip: it is an option of {program} {name}")
        };
    }
    if level.get_name() != root.get_name() && with_it(&root) {
        return format!("; tip: it is an option of {program} without a command");
    }
    match nearest(typed, &options(level)) {
        Some(option) => format!("; tip: a similar argument exists: '--{option}'"),
        None => String::new(),
    }
}

/// The known name that was meant: at most two edits away (one, if it is short), or the rest of an abbreviation.
#[must_use]
pub fn nearest<'n>(typed: &str, known: &[&'n str]) -> Option<&'n str> {
    if typed.len() < 3 {
        return None;
    }
    let most = if typed.len() < 4 { 1 } else { 2 };
    let nearest = known.iter().min_by_key(|name| edits(typed, name));
    let near = nearest.filter(|name| edits(typed, name) <= most);
    near.or_else(|| known.iter().find(|name| name.starts_with(typed))).copied()
}

/// The edit distance of two texts: how many letters must be inserted, removed, replaced or swapped with their neighbour.
fn edits(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    // The last two rows of the table. No option is longer than this limit.
    if one.len() > 64 {
        return usize::MAX;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let at = |row: &[usize], place: usize| row.get(place).copied().unwrap_or(usize::MAX / 2);
            let mut best = (at(&row, j) + usize::from(a != b)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let swapped = i > 0 && j > 0 && one.get(i - 1) == Some(b) && other.get(j - 1) == Some(a);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or_default()
}

/// clap's message and its tips, without the usage text, on one line.
fn one_line(rendered: &str) -> String {
    let paragraphs = rendered.split("\n\n").map(str::trim);
    let kept = paragraphs.filter(|p| p.starts_with("error:") || p.starts_with("tip:"));
    let joined = kept.map(|p| p.trim_start_matches("error:").trim()).collect::<Vec<_>>().join("; ");
    joined.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches(':').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{edits, one_line};

    #[test]
    fn edits_are_counted() {
        for (one, other, count) in [
            ("kye", "key", 1),
            ("key", "key", 0),
            ("", "key", 3),
            ("trst", "trust", 1),
            ("verify", "version", 3),
        ] {
            assert_eq!(edits(one, other), count, "{one} {other}");
            assert_eq!(edits(other, one), count, "{one} {other}");
        }
    }

    #[test]
    fn usage_errors_become_one_line() {
        let clap = "error: the following required arguments were not provided:\n  --key <KEY>\n  <MODULE>...\n\n\
                    Usage: sign-module --key <KEY> <MODULE>...\n\nFor more information, try '--help'.\n";
        assert_eq!(
            one_line(clap),
            "the following required arguments were not provided: --key <KEY> <MODULE>..."
        );
        let tip = "error: unexpected argument '--kee' found\n\n  tip: a similar argument exists: '--key'\n\nUsage: x\n";
        assert_eq!(
            one_line(tip),
            "unexpected argument '--kee' found; tip: a similar argument exists: '--key'"
        );
    }
}
