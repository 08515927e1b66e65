//! What a newcomer types and reads: `--help`, mistyped words, spellings, options without effect.

use crate::lab::*;
use std::fs;

/// Every program and operation, with its command line.
fn command_lines() -> Vec<(String, clap::Command)> {
    let programs = [
        modsig_cli::sign_module::command(),
        modsig_cli::verify_module::command(),
        modsig_cli::module_key::command(),
        modsig_cli::sign_file::command(),
    ];
    let mut all = Vec::new();
    for mut program in programs {
        program.build();
        let name = program.get_name().to_owned();
        for operation in program.get_subcommands().filter(|operation| operation.get_name() != "help") {
            all.push((format!("{name} {}", operation.get_name()), operation.clone()));
        }
        all.push((name, program));
    }
    assert_eq!(all.len(), 4 + 2 + 8);
    all
}

/// Kills: a line that a terminal of 80 columns wraps, above all in the middle of a command; an operation that lays its help
/// out in another way.
#[test]
fn help_fits_80_columns() {
    for (name, mut command) in command_lines() {
        // What clap does not wrap yet.
        let examples = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
        for help in [command.render_help().to_string(), command.render_long_help().to_string(), examples] {
            for line in help.lines() {
                assert!(line.chars().count() <= 80, "{name} --help: {line}");
            }
        }
        let (short, long) = (command.render_help().to_string(), command.render_long_help().to_string());
        assert!(long.contains("\n\n") && long.len() > short.len(), "{name}");
        assert!(!short.contains("Examples:"), "{name} -h is short");
        // The most used options come first: all others have a heading.
        let options = short.find("\nOptions:").unwrap_or_else(|| panic!("{name} has options"));
        for heading in ["Speed:", "Messages:", "Certificate:", "Form of the signature:", "Keys in tokens"] {
            assert!(short.find(heading).is_none_or(|at| at > options), "{name}: {heading}");
        }
    }
}

/// Kills: an operation without examples; an example with an option that does not exist (any more), with options that contradict
/// each other, or with a command that is not whole.
#[test]
fn every_example_is_a_command_that_parses() {
    let mut count = 0;
    for (name, mut command) in command_lines() {
        let help = command.render_long_help().to_string();
        let (_, examples) = help.split_once("\nExamples:\n").unwrap_or_else(|| panic!("{name} has examples"));
        let examples = examples.lines().take_while(|line| line.is_empty() || line.starts_with(' '));
        // A command is indented by four columns, its continuation by more.
        let commands = examples.filter(|line| line.starts_with("    ")).collect::<Vec<_>>().join("\n");
        let commands = commands.replace("\\\n", " ").replace("|\n", "|");
        for line in commands.lines() {
            let stage = line.rsplit('|').find(|stage| words_of(stage).len() > 1 && names_a_program(stage));
            let stage = stage.unwrap_or_else(|| panic!("{name}: {line}"));
            let stage = stage.split(" > ").next().unwrap_or_default();
            let mut words = words_of(stage);
            words.retain(|word| !word.starts_with("KBUILD_SIGN_PIN="));
            let program = command_lines().into_iter().find(|(name, _)| *name == words[0]);
            let (_, program) = program.unwrap_or_else(|| panic!("{name}: {words:?}"));
            let parsed = program.try_get_matches_from(&words);
            assert!(parsed.is_ok(), "{name}: {words:?}: {}", parsed.unwrap_err());
            count += 1;
        }
    }
    assert!(count > 40, "{count} examples were tried");
}

fn names_a_program(stage: &str) -> bool {
    ["sign-module", "verify-module", "module-key", "sign-file"]
        .iter()
        .any(|name| words_of(stage).iter().take(2).any(|word| word == name))
}

/// The words of a shell's command, with single quotes removed.
fn words_of(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for letter in text.chars() {
        match letter {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.extend(Some(std::mem::take(&mut word)).filter(|word| !word.is_empty())),
            letter => word.push(letter),
        }
    }
    words.extend(Some(word).filter(|word| !word.is_empty()));
    words
}

/// Kills: an error without help for someone who types only the name of a program.
#[test]
fn a_program_alone_prints_its_help() {
    let lab = Lab::new();
    for (program, words) in [(KEY, "generate"), (SIGN, "--key <KEY>"), (VERIFY, "--trust <CERT>")] {
        let outcome = lab.run(program, [""; 0]);
        assert!(outcome.code == 2 && outcome.stdout.is_empty(), "{outcome:?}");
        assert!(outcome.stderr.contains("Usage: ") && outcome.stderr.contains(words), "{outcome:?}");
    }
}

/// Kills: no suggestion; a suggestion that repeats what was typed; a pointer to the help of the wrong command.
#[test]
fn mistyped_words_are_recognised() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("dummy.ko");
    #[rustfmt::skip]
    let rows: [(&str, &[&str], &str); 12] = [
        (KEY, &["shwo", "key.pem"], "unknown command 'shwo'; tip: a similar command exists: 'show': see module-key --help"),
        (KEY, &["help", "shwo"], "tip: a similar command exists: 'show'"),
        (KEY, &["gen", "--out", "x"], "tip: a similar command exists: 'generate'"),
        (KEY, &["frobnicate"], "unknown command 'frobnicate'; give one of generate, show, check"),
        (KEY, &["--algorithm", "rsa-2048", "generate"], "write it after the command: module-key generate --algorithm"),
        (KEY, &["generate", "--alogrithm", "rsa-2048"], "exists: '--algorithm': see module-key generate --help"),
        (KEY, &["check", "--out", "x", "key.pem"], "it is an option of module-key generate"),
        (KEY, &["generate", "--algorithm", "mldsa56", "--out", "x"], "a similar value exists: 'ml-dsa-65': see module-key generate --help"),
        (SIGN, &["preapre", "--cert", "key.x509", "dummy.ko"], "'preapre' is no file and no command; tip: a similar command exists: 'prepare'"),
        (SIGN, &["prepare", "--key", "key.pem", "dummy.ko"], "it is an option of sign-module without a command"),
        (SIGN, &["--kye", "key.pem", "dummy.ko"], "exists: '--key'"),
        (VERIFY, &["--trsut", "key.x509", "dummy.ko"], "exists: '--trust'"),
    ];
    for (program, arguments, words) in rows {
        let outcome = lab.run(program, arguments);
        assert!(outcome.code == 2 && outcome.stderr.contains(words), "{arguments:?}: {outcome:?}");
        assert_eq!(outcome.errors(), 1, "{outcome:?}");
    }
}

/// Kills: `sign-module sign --key K m.ko` signs the module and fails because there is no file `sign`.
#[test]
fn a_word_that_is_no_command_is_refused_before_anything_is_signed() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("dummy.ko");
    let before = Snapshot::of(&lab.path("dummy.ko"));
    for (arguments, words) in [
        (
            &["sign", "--key", "key.pem", "dummy.ko"][..],
            "'sign' is no file, and no command of sign-module: leave the word out",
        ),
        (&["--key", "key.pem", "dummy.ko", "sign"], "leave the word out"),
        (&["resign", "--key", "key.pem", "dummy.ko"], "write --resign"),
        (&["--key", "key.pem", "prepare", "dummy.ko"], "as the first word"),
        (&["strip", "--strip", "dummy.ko"], "write --strip"),
        (&["verify", "--key", "key.pem", "dummy.ko"], "use verify-module"),
    ] {
        let outcome = lab.run(SIGN, arguments);
        assert!(outcome.code == 2 && outcome.stderr.contains(words), "{arguments:?}: {outcome:?}");
        assert_eq!((outcome.errors(), outcome.stdout.as_str()), (1, ""), "{outcome:?}");
        assert_eq!(Snapshot::of(&lab.path("dummy.ko")), before, "{arguments:?}");
    }
    let outcome = lab.run(VERIFY, ["verify", "dummy.ko"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("leave the word out"), "{outcome:?}");
    // A file of that name is a module.
    fs::copy(lab.path("dummy.ko"), lab.path("sign")).unwrap();
    lab.run(SIGN, ["--key", "key.pem", "sign", "dummy.ko"]).fine();
}

/// Kills: one spelling that is refused although it is clear; another that is taken for a name that it is not.
#[test]
fn names_have_any_case_and_spelling() {
    let lab = Lab::new();
    for (at, (spelling, algorithm)) in [
        ("ML-DSA-44", "ML-DSA-44"),
        ("mldsa44", "ML-DSA-44"),
        ("ml_dsa_44", "ML-DSA-44"),
        ("MlDsa_44", "ML-DSA-44"),
        ("P-256", "P-256"),
        ("p_384", "P-384"),
        ("ECDSA-P256", "P-256"),
        ("secp521r1", "P-521"),
        ("prime256v1", "P-256"),
        ("RSA_2048", "RSA-2048"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = format!("{at}.pem");
        let outcome = lab.run(KEY, ["-q", "generate", "--algorithm", spelling, "--out", &file]).fine();
        assert_eq!(outcome.stdout, "");
        let shown = lab.run(KEY, ["show", &file]).fine().stdout;
        assert!(shown.contains(algorithm), "{spelling}: {shown}");
    }
    for wrong in ["p256k1", "rsa", "rsa-1024", "ml-dsa", "65", ""] {
        let outcome = lab.run(KEY, ["generate", "--algorithm", wrong, "--out", "x.pem"]);
        assert!(outcome.code == 2 && !lab.path("x.pem").exists(), "{wrong}: {outcome:?}");
    }
    lab.module("dummy.ko");
    lab.run(SIGN, ["--key", "0.pem", "--hash", "SHA3_512", "dummy.ko"]).fine();
    for more in
        [["--kernel", "Debian_12"], ["--kernel", "RHEL10"], ["--policy", "Kernel"], ["--policy", "DEFAULT"]]
    {
        let outcome = lab.run(VERIFY, [&["--trust", "0.x509"][..], &more, &["dummy.ko"]].concat());
        assert!(outcome.code != 2 && outcome.code != 6, "{more:?}: {outcome:?}");
    }
    let outcome = lab.run(VERIFY, ["--trust", "0.x509", "--policy", "CNSA-2", "dummy.ko"]);
    assert!(outcome.code == 5 && outcome.stderr.contains("the policy does not allow"), "{outcome:?}");
}

/// Kills: an option that is accepted and has no effect, because clap does not require an option beside one that excludes it.
#[test]
fn options_without_effect_are_refused() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.key("rsa", "rsa-2048");
    lab.module("dummy.ko");
    let before = Snapshot::of(&lab.path("dummy.ko"));
    #[rustfmt::skip]
    let rows: [(&str, &[&str]); 12] = [
        (SIGN, &["--key", "key.pem", "--sign-timeout", "5", "dummy.ko"]),
        (SIGN, &["--strip", "--sign-timeout", "5", "dummy.ko"]),
        (SIGN, &["--strip", "--trust", "key.x509", "dummy.ko"]),
        (SIGN, &["--strip", "--signature", "x.p7s", "dummy.ko"]),
        (SIGN, &["--key", "key.pem", "--signature", "x.p7s", "dummy.ko"]),
        (SIGN, &["--add", "--sign-command", "x", "--cert", "key.x509", "--trust", "key.x509", "dummy.ko"]),
        (KEY, &["generate", "--ca", "--ca-cert", "key.x509", "--out", "x.pem"]),
        (KEY, &["generate", "--ca", "--ca-passphrase-file", "pin", "--out", "x.pem"]),
        (KEY, &["convert", "--traditional", "--new-passphrase-file", "pin", "rsa.pem", "--out", "x.pem"]),
        (KEY, &["certify", "--prepare", "--sign-timeout", "5", "--common-name", "x", "key.pem", "--out", "x.pem"]),
        (KEY, &["certify", "--prepare", "--ca-passphrase-file", "pin", "--common-name", "x", "key.pem", "--out", "x.pem"]),
        (VERIFY, &["--running", "-0"]),
    ];
    for (program, arguments) in rows {
        let outcome = lab.run(program, arguments);
        assert_eq!((outcome.code, outcome.errors()), (2, 1), "{arguments:?}: {outcome:?}");
        assert_eq!(Snapshot::of(&lab.path("dummy.ko")), before, "{arguments:?}");
        assert!(!lab.path("x.pem").exists(), "{arguments:?}");
    }
}
