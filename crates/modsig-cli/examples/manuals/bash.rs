//! Completions for bash, with or without the package bash-completion.

use crate::model::{Kind, Level, Program, Value};
use std::fmt::Write as _;

/// The functions that all four files define alike. `cur` is the word to complete.
const COMMON: &str = r#"# Offers the files that end in one of the given patterns, and directories; all files if there are none.
_modsig_files() {
    local pattern=$1
    compopt -o filenames 2>/dev/null
    if [[ -n $pattern ]]; then
        mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(
            shopt -s extglob
            compgen -d -- "$cur"
            compgen -f -X "!*.@($pattern)" -- "$cur"
        )
    fi
    [[ ${#COMPREPLY[@]} -gt 0 ]] || mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

_modsig_words() {
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$1" -- "$cur")
}
"#;

/// The file for bash.
pub fn completion(program: &Program) -> String {
    let name = &program.name;
    let function = format!("_{}", name.replace('-', "_"));
    let mut out = format!("# bash completion for {name}; generated\n\n{COMMON}\n{function}() {{\n");
    // With '=' among the COMP_WORDBREAKS, --hash=sha is three words.
    out.push_str(
        r#"    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command='' word
    if [[ $cur == = ]]; then
        cur=''
    elif [[ $prev == = && COMP_CWORD -gt 2 ]]; then
        prev=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
"#,
    );
    if !program.operations.is_empty() {
        let operations = names_of(program).join(" | ");
        let flags = program.global_flags().join(" | ");
        let _ = write!(
            out,
            r#"    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case $word in
            {flags}) ;;
            {operations}) command=$word; break ;;
            *) break ;;
        esac
    done
"#
        );
    }
    out.push_str("    case $command:$prev in\n");
    for level in program.levels() {
        let operation = level.operation.as_deref().unwrap_or_default();
        for option in &level.options {
            let Some(value) = option.value.as_ref() else { continue };
            let patterns: Vec<_> = option.flags.iter().map(|flag| format!("{operation}:{flag}")).collect();
            let _ = writeln!(out, "        {}) {}; return ;;", patterns.join(" | "), offer(value));
        }
    }
    out.push_str("    esac\n    case $command in\n");
    for level in program.levels() {
        let operation = level.operation.as_deref().unwrap_or("''");
        let flags: Vec<_> =
            level.options.iter().flat_map(|option| &option.flags).map(String::as_str).collect();
        let _ = writeln!(out, "        {operation})");
        let _ = writeln!(
            out,
            "            if [[ $cur == -* ]]; then _modsig_words '{}'; return; fi",
            flags.join(" ")
        );
        if let Some(kind) = level.operand_kind() {
            let _ = writeln!(out, "            {}", offer_kind(kind));
        }
        if level.operation.is_none() && !program.operations.is_empty() {
            let first = if level.operands.is_empty() { "" } else { "[[ COMP_CWORD -gt 1 ]] || " };
            let _ = writeln!(out, "            {first}_modsig_words '{}'", names_of(program).join(" "));
        }
        out.push_str("            ;;\n");
    }
    let _ = write!(out, "    esac\n}}\n\ncomplete -F {function} {name}\n");
    out
}

fn names_of(program: &Program) -> Vec<&str> {
    program.operations.iter().filter_map(|level: &Level| level.operation.as_deref()).collect()
}

fn offer(value: &Value) -> String {
    let words: Vec<_> = value.names().collect();
    let words = format!("_modsig_words '{}'", words.join(" "));
    match (value.words.is_empty(), value.kind) {
        (true, kind) => offer_kind(kind),
        (false, Kind::Text) => words,
        (false, kind) => format!("{words}; {}", offer_kind(kind)),
    }
}

fn offer_kind(kind: Kind) -> String {
    match kind {
        Kind::Text => ":".to_owned(),
        Kind::Files(extensions) => format!("_modsig_files '{}'", extensions.join("|")),
        Kind::Directory => {
            "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")".to_owned()
        }
        Kind::Command => "mapfile -t COMPREPLY < <(compgen -c -- \"$cur\")".to_owned(),
    }
}
