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
    for operation in ["generate", "show"] {
        let help = lab.run(KEY, [operation, "--help"]).fine().stdout;
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

/// Kills: a tip that leads to another kernel's rules (6.1 for 6.18); `sign-file`'s arguments, or a key without its option, that
/// are only called incomplete.
#[test]
fn what_was_meant_is_said() {
    let lab = Lab::new();
    let rows: [(&str, &[&str], &str); 6] = [
        (VERIFY, &["--kernel", "6.18", "m"], "of this version are not known; known are 6.1, 6.12, 7.0"),
        (VERIFY, &["--kernel", "7.2.13", "m"], "write two parts: --kernel 7.2;"),
        (VERIFY, &["--kernel", "debian-14", "m"], "a similar value exists: 'debian-13'"),
        (SIGN, &["SHA256", "k", "c", "m.ko"], "write --hash SHA256 --key k --cert c m.ko, or"),
        (SIGN, &["k.pem", "m.ko"], "k.pem looks like a private key: write --key k.pem"),
        (SIGN, &["m.ko"], "required arguments were not provided: --key <KEY>"),
    ];
    for (program, arguments, words) in rows {
        let outcome = lab.run(program, arguments);
        assert_eq!((outcome.code, outcome.errors()), (2, 1), "{arguments:?}: {outcome:?}");
        assert!(outcome.stderr.contains(words), "{arguments:?}: {outcome:?}");
        assert!(!outcome.stderr.contains("'6.1'"), "{arguments:?}: {outcome:?}");
    }
}

#[test]
fn usage_errors_are_one_line_and_code_2() {
    let lab = Lab::new();
    let rows: [(&str, &[&str]); 12] = [
        (VERIFY, &["--policy", "default", "m"]),
        (SIGN, &["-q"]),
        (SIGN, &["--key", "k"]),
        (SIGN, &["--key", "k", "--no-such", "m"]),
        (SIGN, &["--key", "k", "--force", "m"]),
        (SIGN, &["--key", "k", "-o", "x", "m", "n"]),
        (SIGN, &["--key", "k", "-q", "-v", "m"]),
        (VERIFY, &["--trust", "c"]),
        (KEY, &["--bad"]),
        (KEY, &["generate"]),
        (KEY, &["generate", "--out", "x", "--algorithm", "rsa"]),
        (KEY, &["show"]),
    ];
    for (program, arguments) in rows {
        let outcome = lab.run(program, arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {outcome:?}");
        assert_eq!(outcome.errors(), 1, "{arguments:?}: {outcome:?}");
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
    assert_eq!(outcome.errors(), 1);
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
    // The kernel's answer stands below the problem, once.
    let outcome = lab.run(VERIFY, ["-v", "--trust", "key.x509", "dummy.ko"]);
    let answers = |text: &str| text.matches("Linux 7.2: refused").count();
    assert_eq!((answers(&outcome.stderr), answers(&outcome.stdout)), (1, 0), "{outcome:?}");
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
fn a_full_disk_at_standard_output_is_reported() {
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

/// Kills: an empty message; advice to pass a mistyped option as a value; `--version` for `--verify`; words about types.
#[test]
fn usage_errors_say_what_to_do() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("dummy.ko");
    #[rustfmt::skip]
    let rows: [(&str, &[&str], &str); 8] = [
        (KEY, &["-q"], "a command is missing: give one of generate, show, check, convert, public, request"),
        (SIGN, &["--kye", "key.pem", "dummy.ko"], "similar argument exists: '--key'"),
        (SIGN, &["prepare", "--cret", "key.x509", "dummy.ko"], "similar argument exists: '--cert'"),
        (KEY, &["check", "--passphrase", "x", "key.pem"], "similar argument exists: '--passphrase-file'"),
        (SIGN, &["--verify", "dummy.ko"], "verify-module verifies"),
        (KEY, &["--verify", "key.pem"], "verify-module verifies"),
        (SIGN, &["--key", "key.pem", "--jobs", "0", "dummy.ko"], "give a number, 1 or more"),
        (VERIFY, &["--trust", "key.x509", "--jobs", "x", "dummy.ko"], "give a number, 1 or more"),
    ];
    for (program, arguments, words) in rows {
        let outcome = lab.run(program, arguments);
        assert!(outcome.code == 2 && outcome.stderr.contains(words), "{arguments:?}: {outcome:?}");
        assert_eq!(outcome.errors(), 1, "{outcome:?}");
        for wrong in ["as a value", "--version", "non-zero"] {
            assert!(!outcome.stderr.contains(wrong), "{outcome:?}");
        }
    }
    lab.run(KEY, ["-q", "generate", "--algorithm", "ML-DSA-44", "--form", "Seed", "--out", "upper.pem"])
        .fine();
    let outcome = lab.run(KEY, ["generate", "--out", "nodir/x.pem"]);
    outcome.one_error(6, KEY, "nodir/x.pem", "there is no folder nodir: make the folder first");
}

/// Kills: exit code 0 and "good" when nothing was looked at.
#[test]
fn an_empty_list_is_an_error() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    fs::create_dir(lab.path("empty")).unwrap();
    lab.module("dummy.ko");
    for list in ["", "\n\n"] {
        lab.write("list", list);
        for (program, arguments) in [
            (VERIFY, &["--trust", "key.x509"][..]),
            (VERIFY, &["--json", "--trust", "key.x509"]),
            (VERIFY, &["--explain"]),
            (SIGN, &["--key", "key.pem"]),
            (SIGN, &["--strip"]),
            (SIGN, &["prepare", "--cert", "key.x509"]),
        ] {
            let from = [arguments, &["--files-from", "list"]].concat();
            let outcome = lab.run(program, &from).one_error(2, program, "list", "the list is empty");
            assert_eq!(outcome.stdout, "");
            // Standard input of the tests is empty.
            let from = [arguments, &["-0", "--files-from", "-"]].concat();
            lab.run(program, &from).one_error(2, program, "standard input", "the list is empty");
        }
        // With a name on the command line there is something to do.
        let outcome = lab.run(VERIFY, ["--trust", "key.x509", "--files-from", "list", "dummy.ko"]);
        outcome.one_error(3, VERIFY, "dummy.ko", "");
    }
    // A directory without modules: the summary has the exit code of the run.
    let outcome = lab.run(VERIFY, ["--json", "--trust", "key.x509", "empty"]);
    assert!(outcome.code == 6 && outcome.stdout.contains("\"exit_code\":6"), "{outcome:?}");
}

/// C1, DEL, a mark of direction, zero-width, soft hyphen, tag.
const HIDDEN: [char; 6] = ['\u{9b}', '\u{7f}', '\u{61c}', '\u{200b}', '\u{ad}', '\u{e0041}'];

/// Kills: characters that control a terminal, or are invisible, printed unescaped: from names of files and of
/// certificates, in text, in drawings and in JSON, where the value stays the same.
#[test]
fn hidden_characters_are_escaped_everywhere() {
    let lab = Lab::new();
    let name: String = ['x'].iter().chain(&HIDDEN).chain(&['.', 'k', 'o']).collect();
    // Control characters cannot be in a name that module-key writes.
    let common_name: String = ['n'].iter().chain(HIDDEN.iter().filter(|c| !c.is_control())).collect();
    let generate =
        ["generate", "--algorithm", "ml-dsa-44", "--common-name", &common_name, "--out", "key.pem"];
    let mut printed = vec![lab.run(KEY, generate).fine()];
    lab.write(&name, real_module("crc16.ko"));
    printed.push(lab.run(SIGN, ["prepare", "--cert", "key.x509", &name]).fine());
    printed.push(lab.run(SIGN, ["-v", "--key", "key.pem", &name]).fine());
    printed.push(lab.run(KEY, ["show", "key.pem"]).fine());
    printed.push(lab.run(KEY, ["check", "key.pem"]).fine());
    for more in ["-v", "--explain", "--json"] {
        printed.push(lab.run(VERIFY, [more, "--trust", "key.x509", &name]).fine());
    }
    lab.key("other", "ml-dsa-44");
    printed.push(lab.run(VERIFY, ["--trust", "other.x509", &name]));
    printed.push(lab.run(VERIFY, ["--json", "--trust", "other.x509", &name]));
    let description = fs::read_to_string(lab.path(&format!("{name}.mu.json"))).unwrap();
    let texts = printed.iter().flat_map(|outcome| [&outcome.stdout, &outcome.stderr]).chain([&description]);
    for text in texts {
        assert!(!text.contains(HIDDEN), "{text:?}");
    }
    let good = &printed[2].stdout;
    assert!(
        good.contains("x\\u{9b}\\u{7f}\\u{61c}\\u{200b}\\u{ad}\\u{e0041}.ko: signed by CN=n\\u{61c}"),
        "{good}"
    );
    let json = &printed[7].stdout;
    assert!(json.contains("x\\u009b\\u007f\\u061c\\u200b\\u00ad\\udb40\\udc41.ko"), "{json}");
    let value: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(value["file"], *name);
    assert_eq!(value["signers"][0]["subject"], *format!("CN={common_name}"));
    let value: serde_json::Value = serde_json::from_str(&description).unwrap();
    assert_eq!(
        (&value["module"], &value["certificate"]["subject"]),
        (&name.clone().into(), &format!("CN={common_name}").into())
    );
}
