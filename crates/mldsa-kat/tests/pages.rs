//! The help, the completions and the manual pages of `mldsa-kat`. What is not installed is skipped aloud.

#[path = "../../modsig-cli/examples/manuals/bash.rs"]
mod bash;
#[path = "../src/cli.rs"]
#[allow(dead_code, reason = "the fields are the program's")]
mod cli;
#[path = "../../modsig-cli/examples/manuals/fish.rs"]
mod fish;
#[path = "../../modsig-cli/examples/manuals/man.rs"]
mod man;
#[path = "../../modsig-cli/examples/manuals/model.rs"]
mod model;
#[path = "../../modsig-cli/examples/manuals/write.rs"]
mod write;
#[path = "../../modsig-cli/examples/manuals/zsh.rs"]
mod zsh;

use clap::CommandFactory as _;
use std::fs;
use std::io::Write as _;
use std::process::Command;

/// A line, and the word that TAB makes of its last one in bash.
const COMPLETED: [(&str, &str); 6] = [
    ("mldsa-kat wyc", "wycheproof"),
    ("mldsa-kat acvp --exp", "--expected"),
    ("mldsa-kat acvp p", "p.json"),
    ("mldsa-kat rsp --set ML-DSA-8", "ML-DSA-87"),
    ("mldsa-kat acvp --format ju", "junit"),
    ("mldsa-kat accumulated --backend avx5", "avx512"),
];

/// Runs a program, if it is installed.
fn output(command: &mut Command) -> Option<String> {
    match command.output() {
        Ok(output) => Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()),
        Err(_) => {
            let _ = writeln!(std::io::stderr(), "SKIPPED: {:?} is not installed", command.get_program());
            None
        }
    }
}

/// Kills: a page that a formatter warns about; an exit code whose meaning ends in the middle; completions without values.
#[test]
fn pages_and_completions() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    assert_eq!(write::all(&[cli::Cli::command()], folder.path()).unwrap(), 3 + 1 + 4);
    for name in ["", "-acvp", "-rsp", "-wycheproof", "-accumulated"] {
        let page = path(&format!("man1/mldsa-kat{name}.1"));
        let text = fs::read_to_string(&page).unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in [
            "broken input, or of an unknown version or kind; the message names the place",
            "SOURCE_DATE_EPOCH",
        ] {
            assert!(text.contains(words), "{name}: {words}: {text}");
        }
        for check in [&["mandoc", "-T", "lint"][..], &["groff", "-ww", "-man", "-Tutf8", "-z"]] {
            if let Some(said) = output(Command::new(check[0]).args(&check[1..]).arg(&page)) {
                assert_eq!(said, "", "{check:?} {}", page.display());
            }
        }
    }
    for file in ["p.json", "p.txt"] {
        fs::write(path(file), "").unwrap();
    }
    let mut script = format!("set -u\ncd '{}'\n. bash/mldsa-kat\n", folder.path().display());
    script.push_str(
        "try() { COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) COMPREPLY=(); _mldsa_kat 2>/dev/null; echo \"${COMPREPLY[*]}\"; }\n",
    );
    COMPLETED.iter().for_each(|(line, _)| script.push_str(&format!("try {line}\n")));
    if let Some(said) = output(Command::new("bash").args(["-c", &script])) {
        let expected: Vec<_> = COMPLETED.iter().map(|(_, word)| *word).collect();
        assert_eq!(said.lines().collect::<Vec<_>>(), expected);
    }
}

/// Kills: lines that a terminal of 80 columns breaks; a rare option before the operation's own.
#[test]
fn help_fits_80_columns_and_begins_with_what_is_used_most() {
    for operation in ["acvp", "rsp", "wycheproof", "accumulated", ""] {
        let words: Vec<_> = [operation, "--help"].into_iter().filter(|word| !word.is_empty()).collect();
        let program = env!("CARGO_BIN_EXE_mldsa-kat");
        let help = output(Command::new(program).args(&words).env("COLUMNS", "80")).unwrap();
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        let at = |words: &str| help.find(words).unwrap_or_else(|| panic!("{words}: {help}"));
        assert!(
            at("\nOptions:\n") < at("\nReport:\n") && at("\n      --backend") > at("\nBack end:\n"),
            "{help}"
        );
        if operation == "acvp" {
            assert!(at("\n      --expected") < at("\nReport:\n"), "{help}");
        }
    }
}

/// Kills: a command without examples; an example with an option that does not exist, or that contradicts another.
#[test]
fn every_command_has_examples_that_parse() {
    let mut command = cli::Cli::command();
    command.build();
    let commands = command.get_subcommands().filter(|command| command.get_name() != "help");
    let texts: Vec<_> =
        commands.chain([&command]).map(|it| (it.get_name(), it.get_after_long_help())).collect();
    assert_eq!(texts.len(), 4 + 1);
    for (name, text) in texts {
        let text = text.map(ToString::to_string).unwrap_or_default().replace("\\\n", " ");
        let examples: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("    ")).collect();
        assert!(text.starts_with("Examples:\n") && examples.len() > 1, "{name}: {text}");
        for example in examples {
            let words = example.split(['|', '>']).next().unwrap_or_default().split_whitespace();
            let parsed = cli::Cli::command().try_get_matches_from(words);
            assert!(parsed.is_ok(), "{name}: {example}: {}", parsed.unwrap_err());
        }
    }
}

/// Kills: errors in another form than those of the other programs: several lines, no name of the program, no way on.
#[test]
fn usage_errors_are_one_line() {
    for (arguments, words) in [
        (
            &["acvp", "--expect", "x", "p.json"][..],
            "tip: a similar argument exists: '--expected': see mldsa-kat acvp --help\n",
        ),
        (&["wycheprof", "x"], "tip: a similar subcommand exists: 'wycheproof': see mldsa-kat --help\n"),
        (&["acvp"], "<PROMPT>...: see mldsa-kat acvp --help\n"),
        (&["acvp", "a", "b"], "several prompts need --expected or --output for each: see mldsa-kat --help\n"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_mldsa-kat")).args(arguments).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.lines().count()), (Some(2), 1), "{said}");
        assert!(said.starts_with("mldsa-kat: ") && said.ends_with(words), "{said}");
    }
}
