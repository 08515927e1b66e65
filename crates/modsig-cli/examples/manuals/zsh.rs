//! Completions for zsh.

use crate::model::{Choice, Kind, Level, Program, Value};
use std::fmt::Write as _;

/// The file for zsh: autoloaded by `compinit`.
pub fn completion(program: &Program) -> String {
    let name = &program.name;
    let mut out = format!("#compdef {name}\n# generated\n\nlocal curcontext=\"$curcontext\"\n");
    if !program.operations.is_empty() {
        let flags = program.global_flags().join("|");
        let operations: Vec<_> =
            program.operations.iter().filter_map(|level| level.operation.as_deref()).collect();
        let _ = write!(
            out,
            r"local -i at=2
while (( at < CURRENT )) && [[ $words[at] == ({flags}) ]]; do (( at++ )); done
if (( at < CURRENT )) && [[ $words[at] == ({}) ]]; then
  shift $(( at - 1 )) words
  (( CURRENT -= at - 1 ))
  case $words[1] in
",
            operations.join("|")
        );
        for level in &program.operations {
            let operation = level.operation.as_deref().unwrap_or_default();
            let _ = writeln!(out, "    {operation})\n      {}\n      ;;", arguments(level, None));
        }
        out.push_str("  esac\n  return\nfi\n\n_operations() {\n  local -a operations=(\n");
        for level in &program.operations {
            let operation = level.operation.as_deref().unwrap_or_default();
            let _ = writeln!(out, "    {}", quoted(&format!("{operation}:{}", level.about)));
        }
        out.push_str("  )\n  _describe command operations\n");
        if let Some(kind) = program.top.operand_kind() {
            let _ = writeln!(out, "  {}", action(kind));
        }
        out.push_str("}\n\n");
        let _ = writeln!(out, "{}", arguments(&program.top, Some("'1:command:_operations'")));
    } else {
        let _ = writeln!(out, "{}", arguments(&program.top, None));
    }
    out
}

/// The call of `_arguments` for a level. `first` describes the first operand, if it is special.
fn arguments(level: &Level, first: Option<&str>) -> String {
    let mut specs: Vec<String> = level.options.iter().map(option).collect();
    specs.extend(first.map(str::to_owned));
    specs.extend(level.operands.first().map(operand));
    let indent = if level.operation.is_some() { "        " } else { "  " };
    format!("_arguments -S -C : \\\n{indent}{}", specs.join(&format!(" \\\n{indent}")))
}

fn option(option: &Choice) -> String {
    let help: String = option
        .brief()
        .chars()
        .flat_map(|c| match c {
            '[' | ']' | ':' | '\\' => vec!['\\', c],
            c => vec![c],
        })
        .collect();
    let star = if option.is_repeatable { "*" } else { "" };
    let exclusive =
        if option.is_repeatable { String::new() } else { format!("({})", option.flags.join(" ")) };
    let tail = |equals: &str, value: &str| quoted(&format!("{equals}[{help}]{value}"));
    let specs = option.flags.iter().map(|flag| match &option.value {
        None => format!("{}{flag}{}", quoted(&exclusive), tail("", "")),
        Some(value) => {
            let equals = match (value.is_optional, flag.starts_with("--")) {
                (true, _) => "=-",
                (false, true) => "=",
                (false, false) => "+",
            };
            let colons = if value.is_optional { "::" } else { ":" };
            let value = format!("{colons}{}:{}", value.name, value_action(value));
            format!("{}{flag}{}", quoted(&format!("{exclusive}{star}")), tail(equals, &value))
        }
    });
    specs.collect::<Vec<_>>().join(" ")
}

fn operand(operand: &Choice) -> String {
    let kind = operand.value.as_ref().map_or(Kind::Text, |value| value.kind);
    let name = operand.value.as_ref().map_or("", |value| &value.name);
    quoted(&format!("*:{name}:{}", action(kind)))
}

fn value_action(value: &Value) -> String {
    let words = value.names().collect::<Vec<_>>().join(" ");
    match (value.words.is_empty(), value.kind) {
        (true, kind) => action(kind),
        (false, Kind::Text) => format!("({words})"),
        (false, kind) => format!("{{ compadd -- {words}; {} }}", action(kind)),
    }
}

fn action(kind: Kind) -> String {
    match kind {
        Kind::Text => " ".to_owned(),
        Kind::Files([]) => "_files".to_owned(),
        Kind::Files(extensions) => format!("_files -g \"*.({})(-.)\"", extensions.join("|")),
        Kind::Directory => "_files -/".to_owned(),
        Kind::Command => "_command_names".to_owned(),
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
