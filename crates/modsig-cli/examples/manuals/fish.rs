//! Completions for fish.

use crate::model::{Choice, Kind, Program, Value};
use std::fmt::Write as _;

/// The function that all four files define alike. It offers the files that match first, then directories, then all others: give
/// `-k` to keep this order.
const COMMON: &str = r#"function __modsig_files -a pattern
    set -l token (commandline -ct | string replace -r -- '^--?[^=/]*=' '')
    # fish completes the names of files for a command that it does not know.
    set -l found (complete -C "__modsig_any_file $token")
    string match -r -- '^.*\.(?:'$pattern')$' $found
    string match -r -- '^.*/$' $found
    string match -v -r -- '/$' $found
end
"#;

/// The file for fish.
pub fn completion(program: &Program) -> String {
    let name = &program.name;
    let mut out = format!("# fish completion for {name}; generated\n\n{COMMON}\n");
    let operations: Vec<_> =
        program.operations.iter().filter_map(|level| level.operation.as_deref()).collect();
    let top = if operations.is_empty() {
        String::new()
    } else {
        format!(" -n 'not __fish_seen_subcommand_from {}'", operations.join(" "))
    };
    for level in &program.operations {
        let operation = level.operation.as_deref().unwrap_or_default();
        let _ = writeln!(out, "complete -c {name}{top} -f -a {operation} -d {}", quoted(&level.about));
    }
    for level in program.levels() {
        let condition = match &level.operation {
            Some(operation) => format!(" -n '__fish_seen_subcommand_from {operation}'"),
            None => top.clone(),
        };
        if let Some(kind) = level.operand_kind() {
            let _ = writeln!(out, "complete -c {name}{condition}{}", offer_kind(kind));
        } else {
            let _ = writeln!(out, "complete -c {name}{condition} -f");
        }
        for option in &level.options {
            let _ = writeln!(out, "complete -c {name}{condition}{}", describe(option));
        }
    }
    out
}

fn describe(option: &Choice) -> String {
    let mut out = String::new();
    for flag in &option.flags {
        match flag.strip_prefix("--") {
            Some(long) => out += &format!(" -l {long}"),
            None => out += &format!(" -s {}", flag.trim_start_matches('-')),
        }
    }
    if let Some(value) = &option.value {
        // An optional value is offered after '=' only.
        out += if value.is_optional { "" } else { " -r" };
        out += &offer(value);
    }
    format!("{out} -d {}", quoted(option.brief()))
}

fn offer(value: &Value) -> String {
    let words: Vec<_> = value
        .words
        .iter()
        .map(|(name, help)| {
            let help: String = help
                .chars()
                .map(|c| if matches!(c, '\'' | '\\' | '"' | '$' | '(') { ' ' } else { c })
                .collect();
            if help.is_empty() { name.clone() } else { format!("{name}\\t{help}") }
        })
        .collect();
    match (words.is_empty(), value.kind) {
        (true, kind) => offer_kind(kind),
        (false, Kind::Text) => format!(" -f -a \"{}\"", lines(&words)),
        // Only one -a counts.
        (false, kind) => {
            let files = offer_kind(kind);
            let files = files.strip_suffix('\'').unwrap_or(&files);
            format!("{files} {}'", value.names().collect::<Vec<_>>().join(" "))
        }
    }
}

/// Words for `-a`: fish splits at spaces, so each is quoted.
fn lines(words: &[String]) -> String {
    words.iter().map(|word| format!("'{}'", word.replace("\\t", "\t"))).collect::<Vec<_>>().join(" ")
}

fn offer_kind(kind: Kind) -> String {
    match kind {
        Kind::Text => " -f".to_owned(),
        Kind::Files([]) => " -F".to_owned(),
        Kind::Files(extensions) => {
            let pattern = extensions.join("|").replace('.', r"\.");
            format!(" -k -f -a '(__modsig_files \"{pattern}\")'")
        }
        Kind::Directory => " -f -a '(__fish_complete_directories)'".to_owned(),
        Kind::Command => " -f -a '(__fish_complete_command)'".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}
