//! How results are shown: the kernel's disagreement, forms for scripts, colours; what is left out of a folder of certificates.

use crate::lab::*;
use crate::verify::json_lines;
use std::fs;

/// `COUNT` modules in `tree`, signed by `key.pem` (ML-DSA-44).
fn signed_tree(lab: &Lab, count: usize) {
    lab.key("key", "ml-dsa-44");
    fs::create_dir(lab.path("tree")).unwrap();
    lab.write("tree/00.ko", real_module("crc16.ko"));
    lab.run(SIGN, ["-q", "--key", "key.pem", "tree/00.ko"]).fine();
    for number in 1..count {
        fs::copy(lab.path("tree/00.ko"), lab.path(&format!("tree/{number:02}.ko"))).unwrap();
    }
}

/// Kills: "good" without a word about the kernel that refuses the module or is tainted by it; exit code 0 under `--fail-on
/// kernel`; 9 that hides a worse code; another exit code without the option.
#[test]
fn the_kernels_disagreement_is_on_the_good_line_and_can_fail() {
    let lab = Lab::new();
    signed_tree(&lab, 1);
    let verify = |more: &[&str]| lab.run(VERIFY, [&["--trust", "key.x509"], more].concat());
    let outcome = verify(&["--kernel", "6.12", "tree/00.ko"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let start = "tree/00.ko: good, signed by CN=key with ML-DSA-44 (sha512); Linux 6.12 would refuse it: EKEYREJECTED (129), ";
    assert!(outcome.stdout.starts_with(start), "{outcome:?}");
    let outcome = verify(&["--kernel", "debian-7.2", "tree/00.ko"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stdout.contains("; Linux 7.2 (debian-7.2) would load it, tainted (ENO"), "{outcome:?}");

    for (kernel, words) in [("6.12", "would refuse it"), ("debian-7.2", "would load it, tainted")] {
        for more in [&[][..], &["-q"]] {
            let outcome =
                verify(&[more, &["--fail-on", "kernel", "--kernel", kernel, "tree/00.ko"]].concat());
            assert_eq!((outcome.code, &*outcome.stdout), (9, ""), "{outcome:?}");
            // Other lines are notes about the certificate, which -q hides.
            let problems: Vec<_> = outcome.stderr.lines().filter(|line| !line.contains(": note: ")).collect();
            let start = "verify-module: tree/00.ko: good, but Linux ";
            assert!(problems.len() == 1 && problems[0].starts_with(start), "{outcome:?}");
            assert!(problems[0].contains(words), "{outcome:?}");
            assert!(more.is_empty() || outcome.errors() == 1, "{outcome:?}");
        }
        let lines = json_lines(&verify(&["--json", "--fail-on", "kernel", "--kernel", kernel, "tree/00.ko"]));
        assert_eq!((&lines[0]["verdict"], &lines[0]["exit_code"]), (&"good".into(), &9.into()));
        assert_eq!(lines[1]["exit_code"], 9);
    }
    verify(&["--fail-on", "kernel", "tree/00.ko"]).fine();
    lab.module("dummy.ko");
    let both = ["--fail-on", "kernel", "--kernel", "6.12", "tree/00.ko", "dummy.ko"];
    assert_eq!(verify(&both).code, 3, "not signed is worse");
    // An unsigned module that the kernel loads is good for the policy `kernel`, and taints.
    let kernel = ["--policy", "kernel", "--kernel", "debian-7.2", "dummy.ko"];
    assert_eq!(verify(&kernel).code, 0);
    assert_eq!(verify(&[&kernel[..], &["--fail-on", "kernel"]].concat()).code, 9);
    lab.run(VERIFY, ["--fail-on", "kernel", "tree"]).one_error(2, VERIFY, "verify-module", "--trust");
}

/// Kills: a sentence about many good modules that does not say that the kernel refuses them.
#[test]
fn the_kernels_disagreement_is_in_the_sentence_about_many() {
    let lab = Lab::new();
    signed_tree(&lab, 17);
    let verify = |more: &[&str]| {
        lab.run(VERIFY, [&["--trust", "key.x509", "--kernel", "6.12"], more, &["tree"]].concat())
    };
    let outcome = verify(&[]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let sentence = "All 17 modules are good; Linux 6.12 would refuse all of them\n";
    assert!(outcome.stdout.starts_with(sentence), "{outcome:?}");
    let note = "verify-module: 17 modules: note: good, but Linux 6.12 would refuse it: EKEYREJECTED (129)";
    assert!(outcome.stderr.contains(note), "{outcome:?}");
    let outcome = verify(&["--color", "always"]);
    assert!(outcome.stdout.starts_with("\x1b[35mAll 17 modules are good; "), "{outcome:?}");
    let outcome = lab.run(VERIFY, ["--color", "always", "--trust", "key.x509", "tree"]).fine();
    assert!(outcome.stdout.starts_with("\x1b[32mAll 17 modules are good\x1b[0m\n"), "{outcome:?}");
    let outcome = verify(&["--fail-on", "kernel"]);
    assert_eq!(outcome.code, 9, "{outcome:?}");
    assert!(outcome.stdout.starts_with(sentence), "{outcome:?}");
    assert!(
        outcome.stderr.contains("verify-module: 17 modules: good, but Linux 6.12 would not load it"),
        "{outcome:?}"
    );
}

/// Kills: a column that moves, a file without a line, a name with spaces that is cut, a line for people among the others.
#[test]
fn the_short_form_has_three_columns_for_every_file() {
    let lab = Lab::new();
    signed_tree(&lab, 18);
    lab.module("dummy.ko");
    lab.write("a b\n.ko", real_module("dummy.ko"));
    lab.write("text.ko", "text");
    let mut changed = lab.read("tree/05.ko");
    changed[100] ^= 1;
    lab.write("tree/05.ko", changed);
    let files = ["tree", "dummy.ko", "a b\n.ko", "text.ko", "missing.ko"];
    let outcome = lab.run(VERIFY, [&["--format", "short", "--trust", "key.x509"], &files[..]].concat());
    assert_eq!((outcome.code, &*outcome.stderr), (7, ""), "{outcome:?}");
    let lines: Vec<_> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), 18 + 4);
    assert_eq!(lines[0], "good              loaded        tree/00.ko");
    assert_eq!(lines[5], "bad-signature     EKEYREJECTED  tree/05.ko");
    assert_eq!(
        lines[18..],
        [
            "unsigned          EKEYREJECTED  dummy.ko",
            "unsigned          EKEYREJECTED  a b\\n.ko",
            "broken-file       -             text.ko",
            "not-read          -             missing.ko",
        ]
    );
    let tainted = ["--kernel", "debian-7.2", "dummy.ko"];
    let outcome = lab.run(VERIFY, [&["--format", "short", "--trust", "key.x509"], &tainted[..]].concat());
    assert_eq!(outcome.stdout, "unsigned          tainted       dummy.ko\n");
    let outcome = lab.run(VERIFY, ["--format", "short", "tree/00.ko", "dummy.ko"]);
    assert_eq!(
        (outcome.code, &*outcome.stdout),
        (4, "not-judged        -             tree/00.ko\nunsigned          -             dummy.ko\n")
    );
    for other in ["--json", "--explain", "-q"] {
        assert_eq!(lab.run(VERIFY, ["--format", "short", other, "dummy.ko"]).code, 2, "{other}");
    }
}

/// Kills: colours in a pipe or in JSON; a variable or an option that is ignored; an option that loses against a variable.
#[test]
fn colours_are_where_they_are_asked_for() {
    let lab = Lab::new();
    signed_tree(&lab, 1);
    lab.module("dummy.ko");
    let run = |variables: &[(&str, &str)], more: &[&str]| {
        let arguments = [more, &["--trust", "key.x509", "tree/00.ko", "dummy.ko"]].concat();
        let mut command = lab.command(VERIFY, arguments);
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        Outcome::of(command.envs(variables.iter().copied()))
    };
    let coloured = |outcome: &Outcome| (outcome.stdout.contains('\x1b'), outcome.stderr.contains('\x1b'));
    let none: &[(&str, &str)] = &[];
    for (variables, more, expected) in [
        (none, &[][..], false),
        (none, &["--color", "always"], true),
        (none, &["--color", "auto"], false),
        (&[("CLICOLOR_FORCE", "1")], &[], true),
        (&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[], false),
        (&[("CLICOLOR_FORCE", "1")], &["--color", "never"], false),
        (&[("NO_COLOR", "1")], &["--color", "always"], true),
        (&[("CLICOLOR_FORCE", "1")], &["--format", "short"], true),
        (none, &["--format", "short"], false),
    ] {
        let outcome = run(variables, more);
        let short = more.contains(&"--format");
        assert_eq!(coloured(&outcome), (expected, expected && !short), "{variables:?} {more:?}: {outcome:?}");
        assert_eq!(outcome.code, 3);
    }
    let outcome = run(none, &["--color", "always"]);
    assert!(outcome.stdout.starts_with("tree/00.ko: \x1b[32mgood\x1b[0m, signed by"), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .starts_with("verify-module: dummy.ko: \x1b[31munsigned: no signature is appended\x1b[0m: sign"),
        "{outcome:?}"
    );
    let outcome = run(none, &["--color", "always", "--json"]);
    assert_eq!(coloured(&outcome), (false, false));
    let outcome = run(none, &["--color", "sometimes"]);
    assert!(outcome.code == 2 && outcome.errors() == 1, "{outcome:?}");
}

/// Kills: a folder of certificates that is useless because of one file; a bad file that is left out without a word; a file
/// that was named and is left out; a folder without one certificate that can be read.
#[test]
fn a_bad_file_in_a_folder_of_certificates_is_left_out() {
    let lab = Lab::new();
    signed_tree(&lab, 1);
    fs::create_dir(lab.path("trusted.d")).unwrap();
    lab.write("trusted.d/bad.x509", "0\u{3}\u{2}\u{1}\u{5}");
    let verify = |more: &[&str]| lab.run(VERIFY, [&["--trust", "trusted.d"], more, &["tree/00.ko"]].concat());
    verify(&[]).one_error(7, VERIFY, "trusted.d/bad.x509", "");
    fs::copy(lab.path("key.x509"), lab.path("trusted.d/key.x509")).unwrap();
    let outcome = verify(&[]);
    assert!(outcome.code == 0 && outcome.stdout.contains(": good, "), "{outcome:?}");
    let warning = "verify-module: trusted.d/bad.x509: warning: left out, its certificates are not trusted: ";
    assert!(outcome.errors() == 1 && outcome.stderr.starts_with(warning), "{outcome:?}");
    assert_eq!(verify(&["-q"]).errors(), 1, "also with -q");
    verify(&["--strict-trust"]).one_error(7, VERIFY, "trusted.d/bad.x509", "");
    let outcome = verify(&["--trust", "trusted.d/bad.x509"]);
    assert_eq!((outcome.code, &*outcome.stdout), (7, ""), "a file that was named: {outcome:?}");
    // With a certificate from elsewhere the folder is left out file by file, too.
    fs::remove_file(lab.path("trusted.d/key.x509")).unwrap();
    let outcome = verify(&["--trust", "key.x509"]);
    assert_eq!((outcome.code, outcome.errors()), (0, 1), "{outcome:?}");
    lab.run(VERIFY, ["--strict-trust", "tree"]).one_error(2, VERIFY, "verify-module", "--trust");
}

/// Kills: "give the name of a .ko file" to a user who wrote `--trust *.x509 m.ko`.
#[test]
fn a_pattern_after_trust_is_explained() {
    let lab = Lab::new();
    signed_tree(&lab, 1);
    lab.key("other", "ml-dsa-44");
    let outcome = lab.run(VERIFY, ["--trust", "key.x509", "other.x509", "tree/00.ko"]);
    assert!(outcome.code == 7 && outcome.stdout.contains("tree/00.ko: good"), "{outcome:?}");
    assert!(outcome.stderr.starts_with("verify-module: other.x509: is not a kernel module ("), "{outcome:?}");
    assert!(
        outcome.stderr.contains("if the shell made several names of a pattern (--trust *.x509)"),
        "{outcome:?}"
    );
}

/// Ctrl-C in `verify-module`: its output is not read, so it waits in the middle of the files. Kills: a summary of some of the
/// files that looks like one of all; an interruption without a sentence; another exit code than documented.
#[test]
fn an_interrupted_verification_says_so() {
    use std::io::Read as _;
    use std::process::Stdio;
    const FILES: usize = 2000;
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let folder = format!("tree-{}", "x".repeat(100));
    fs::create_dir(lab.path(&folder)).unwrap();
    lab.module("crc16.ko");
    for number in 0..FILES {
        fs::hard_link(lab.path("crc16.ko"), lab.path(&format!("{folder}/{number}.ko"))).unwrap();
    }
    // So many threads make batches of 8 files. A pipe holds the lines of about 60 batches, and 64 more may be ready: of 250.
    let arguments = ["--format", "short", "--jobs", "64", "--trust", "key.x509", &folder];
    let mut child =
        lab.command(VERIFY, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0]).unwrap();
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-s", "INT", &pid]).status().unwrap().success());
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    let lines = rest.lines().count();
    assert!(lines < FILES, "{lines}");
    let sentence =
        format!("verify-module: interrupted: {lines} of {FILES} files were looked at; this is no result");
    assert!(stderr.starts_with(&sentence), "{stderr}");
}

/// Kills: a bar that is missing, or does not count every file; results of a few files that do not stand below each other.
#[test]
fn on_a_terminal_there_is_a_bar_for_many_files_and_a_column_for_few() {
    let lab = Lab::new();
    signed_tree(&lab, 1);
    fs::create_dir(lab.path("many")).unwrap();
    for number in 0..40 {
        lab.write(&format!("many/{number}.ko"), real_module("crc16.ko"));
    }
    lab.write("a-longer-name.ko", real_module("crc16.ko"));
    let on_terminal = |line: &str| {
        let mut command = lab.command("script", ["-qec", line, "/dev/null"]);
        Outcome::of(command.env("TERM", "xterm").env_remove("NO_COLOR"))
    };
    if on_terminal("true").code != 0 {
        return skipped("a terminal", "there is no script here");
    }
    let outcome = on_terminal(&format!("{SIGN} --key key.pem many"));
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stdout.contains("0/40 files"), "{outcome:?}");
    assert!(outcome.stdout.contains("40 files: 40 signed by CN=key with ML-DSA-44"), "{outcome:?}");
    assert!(!outcome.stdout.contains("many/1.ko"), "no line for each: {outcome:?}");
    let outcome = on_terminal(&format!("{SIGN} --key key.pem tree/00.ko a-longer-name.ko"));
    let start = "tree/00.ko:       \u{1b}[2mleft alone\u{1b}[0m: signed already by";
    assert!(outcome.stdout.starts_with(start), "{outcome:?}");
    assert!(
        outcome.stdout.contains("\na-longer-name.ko: \u{1b}[32msigned\u{1b}[0m by CN=key"),
        "{outcome:?}"
    );
    // Kills: a line of which the terminal breaks a word; lines that are folded in a pipe; a mistake that is not folded.
    for (line, words) in [
        (format!("{VERIFY} --trust key.x509 many/1.ko dummy.ko"), "no signature is"),
        (format!("{SIGN} --kye key.pem dummy.ko"), "a similar argument exists"),
    ] {
        lab.module("dummy.ko");
        let piped = Outcome::of(&mut lab.command("sh", ["-c", &format!("{line} 2>&1 | cat")])).stdout;
        let shown = on_terminal(&format!("stty cols 50; {line} --color never")).stdout;
        assert!(piped.lines().any(|line| line.chars().count() > 60), "{piped}");
        assert!(shown.lines().all(|line| line.trim_end().chars().count() <= 50), "{shown}");
        let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(joined(&shown).contains(words) && joined(&shown) == joined(&piped), "{shown} {piped}");
    }
}

/// Kills: `--fail-on kernel` that is not asked in an audit, where the kernel decides and only a taint is left.
#[test]
fn an_audit_fails_on_a_taint_if_asked() {
    use crate::machine::{module, root};
    let lab = Lab::new();
    root(&lab);
    let audit = |more: &[&str]| {
        lab.run(VERIFY, [&["--root", "root", "--kernel-option", "MODULE_SIG_FORCE=n"], more].concat())
    };
    assert_eq!(audit(&["--fail-on", "kernel"]).code, 0);
    lab.write(&module("unsigned.ko"), real_module("dummy.ko"));
    assert_eq!(audit(&[]).code, 0);
    let outcome = audit(&["--fail-on", "kernel"]);
    assert_eq!(outcome.code, 9, "{outcome:?}");
    assert!(outcome.stdout.starts_with("All 2 modules would load on Linux 7.2.13-kgate"), "{outcome:?}");
    let problem = "verify-module: 1 module: good, but Linux 7.2.13-kgate, MODULE_SIG_FORCE=n would load it and be tainted\n";
    assert!(outcome.stderr.contains(problem), "{outcome:?}");
}
