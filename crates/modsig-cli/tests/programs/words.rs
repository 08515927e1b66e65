//! What the programs say to people: help, versions, usage errors, hostile names, closed pipes.

use crate::lab::*;
use std::fs;
use std::io::pipe;

const PROGRAMS: [&str; 3] = [SIGN, VERIFY, KEY];

#[test]
fn help_has_examples_and_exit_codes() {
    let lab = Lab::new();
    for (program, example) in [
        (SIGN, "sign-module --key signing_key.pem dummy.ko"),
        (VERIFY, "verify-module --trust signing_key.x509 dummy.ko"),
        (KEY, "module-key generate --out signing_key.pem"),
    ] {
        let help = lab.run(program, ["--help"]).fine().stdout;
        for words in ["Usage:", "Examples:", example, "Exit codes", "8  internal"] {
            assert!(help.contains(words), "{program} --help says {words:?}: {help}");
        }
    }
    for verb in ["generate", "show"] {
        let help = lab.run(KEY, [verb, "--help"]).fine().stdout;
        assert!(help.contains("Examples:"), "{help}");
    }
}

#[test]
fn version_is_the_packages() {
    let lab = Lab::new();
    for program in PROGRAMS {
        let version = lab.run(program, ["--version"]).fine().stdout;
        assert!(version.ends_with(concat!(" ", env!("CARGO_PKG_VERSION"), "\n")), "{version}");
    }
}

#[test]
fn usage_errors_are_one_line_and_code_2() {
    let lab = Lab::new();
    let rows: [(&str, &[&str]); 12] = [
        (SIGN, &[]),
        (SIGN, &["--key", "k"]),
        (SIGN, &["--key", "k", "--no-such", "m"]),
        (SIGN, &["--key", "k", "--force", "m"]),
        (SIGN, &["--key", "k", "-o", "x", "m", "n"]),
        (SIGN, &["--key", "k", "-q", "-v", "m"]),
        (VERIFY, &["m"]),
        (VERIFY, &["--trust", "c"]),
        (KEY, &["--bad"]),
        (KEY, &["generate"]),
        (KEY, &["generate", "--out", "x", "--algorithm", "rsa"]),
        (KEY, &["show"]),
    ];
    for (program, arguments) in rows {
        let outcome = lab.run(program, arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {outcome:?}");
        assert_eq!(outcome.stderr.lines().count(), 1, "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.contains("--help"), "{outcome:?}");
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn names_and_subjects_cannot_forge_lines() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let evil = "x.ko\nverify-module: y.ko: good\x1b[2J";
    lab.module("crc16.ko");
    fs::rename(lab.path("crc16.ko"), lab.path(evil)).unwrap();
    let outcome = lab.run(VERIFY, ["--trust", "key.x509", evil]);
    assert_eq!(outcome.stderr.lines().count(), 1);
    assert!(outcome.stderr.contains(r"x.ko\nverify-module: y.ko: good\u{1b}[2J"), "{outcome:?}");
    lab.run(SIGN, ["--key", "key.pem", evil]).fine();
    let outcome = lab.run(VERIFY, ["--trust", "key.x509", evil]).fine();
    assert_eq!(outcome.stdout.lines().count(), 1);
}

#[test]
fn names_that_are_not_unicode_work() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let name = OsStr::from_bytes(b"caf\xe9.ko");
    fs::write(lab.folder().join(name), real_module("crc16.ko")).unwrap();
    lab.run(SIGN, [OsStr::new("--key"), OsStr::new("key.pem"), name]).fine();
    lab.run(VERIFY, [OsStr::new("--trust"), OsStr::new("key.x509"), name]).fine();
}

#[test]
fn quiet_says_problems_only_and_verbose_says_more() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("crc16.ko");
    let outcome = lab.run(SIGN, ["-q", "--key", "key.pem", "crc16.ko"]).fine();
    assert_eq!(outcome.stdout, "");
    let outcome = lab.run(VERIFY, ["-q", "--trust", "key.x509", "crc16.ko"]).fine();
    assert_eq!(outcome.stdout, "");
    let outcome = lab.run(VERIFY, ["-v", "--trust", "key.x509", "crc16.ko"]).fine();
    assert!(
        outcome.stdout.lines().count() > 2 && outcome.stdout.contains("Linux 7.2: loaded"),
        "{outcome:?}"
    );
    lab.module("dummy.ko");
    lab.run(VERIFY, ["-q", "--trust", "key.x509", "dummy.ko"]).one_error(3, VERIFY, "dummy.ko", "");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("crc16.ko");
    lab.module("dummy.ko");
    lab.run(SIGN, ["--key", "key.pem", "crc16.ko", "dummy.ko"]).fine();
    let rows: [(&str, &[&str]); 7] = [
        (VERIFY, &["-v", "--trust", "key.x509", "crc16.ko", "dummy.ko"]),
        (VERIFY, &["--json", "--trust", "key.x509", "crc16.ko", "dummy.ko"]),
        (VERIFY, &["--explain", "--trust", "key.x509", "crc16.ko"]),
        (SIGN, &["--key", "key.pem", "crc16.ko"]),
        (KEY, &["show", "key.pem"]),
        (SIGN, &["--help"]),
        (KEY, &["--version"]),
    ];
    for (program, arguments) in rows {
        let (reader, writer) = pipe().unwrap();
        drop(reader);
        let child =
            lab.command(program, arguments).stdout(writer).stderr(std::process::Stdio::piped()).spawn();
        let output = child.unwrap().wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{program} {arguments:?}: {output:?}");
        assert_eq!(output.stderr, b"");
    }
}

#[test]
fn both_outputs_closed_still_give_the_exit_code() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("crc16.ko");
    let (reader, writer) = pipe().unwrap();
    drop(reader);
    let mut command = lab.command(VERIFY, ["--trust", "key.x509", "crc16.ko"]);
    let status = command.stdout(writer.try_clone().unwrap()).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(3));
}

#[test]
fn a_full_disk_behind_standard_output_is_told() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = lab.command(KEY, ["show", "key.pem"]);
    let output = command
        .stdout(full)
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap()
        .wait_with_output()
        .unwrap();
    assert_eq!(output.status.code(), Some(6));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.lines().count() == 1 && stderr.contains("standard output"), "{stderr}");
}
