//! Keys that are elsewhere: the two steps with RSA and ECDSA, `--sign-command`, and several signers.

use crate::lab::*;
use std::fs;

/// An algorithm, the extension of what it signs, and the name of that in JSON.
const KINDS: [(&str, &str, &str); 3] =
    [("rsa-2048", "digest-info", "digest_info"), ("p-256", "digest", "digest"), ("ml-dsa-44", "mu", "mu")];

/// ECDSA's raw form: r and s of a DER signature, each in `len` bytes.
fn raw_of(der: &[u8], len: usize) -> Vec<u8> {
    let mut rest = &der[2..];
    let mut raw = Vec::new();
    for _ in 0..2 {
        let value = &rest[2..2 + usize::from(rest[1])];
        rest = &rest[2 + value.len()..];
        let value = value.strip_prefix(&[0]).unwrap_or(value);
        raw.extend(vec![0; len - value.len()]);
        raw.extend(value);
    }
    raw
}

/// Kills: a prepared digest that is not the module's, a signature that is attached without being verified, a raw ECDSA
/// signature that is written as it is.
#[test]
fn two_steps_for_every_algorithm() {
    for (algorithm, extension, input) in KINDS {
        let lab = Lab::new();
        lab.key("key", algorithm);
        lab.key("other", algorithm);
        lab.module("crc16.ko");
        let before = Snapshot::of(&lab.path("crc16.ko"));
        lab.run(SIGN, ["prepare", "--cert", "key.x509", "--hash", "sha384", "crc16.ko"]).fine();
        let (bytes, json) = (format!("crc16.ko.{extension}"), format!("crc16.ko.{extension}.json"));
        let description: serde_json::Value = serde_json::from_slice(&lab.read(&json)).unwrap();
        let hex: String = lab.read(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((&description["input"], &description[input]), (&input.into(), &hex.clone().into()));
        let sha384 = modsig::algorithm::Digest::Sha384.hash(&real_module("crc16.ko")).unwrap();
        let digest: String = sha384.iter().map(|byte| format!("{byte:02x}")).collect();
        if input != "mu" {
            assert_eq!(description["digest"], digest);
            assert!(hex.ends_with(&digest));
        }
        let attach = || lab.run(SIGN, ["attach", "--cert", "key.x509", "crc16.ko"]);
        lab.run(KEY, ["sign-prepared", "--key", "other.pem", &bytes, "--out", "crc16.ko.sig"]).fine();
        let words = if input == "digest" { "does not verify" } else { "EKEYREJECTED" };
        attach().one_error(1, SIGN, "crc16.ko.sig", words);
        lab.write("crc16.ko.sig", "none");
        attach().one_error(7, SIGN, "crc16.ko.sig", "is 4 bytes long");
        assert_eq!(Snapshot::of(&lab.path("crc16.ko")), before);
        lab.run(KEY, ["sign-prepared", "--force", "--key", "key.pem", &bytes]).fine();
        if algorithm == "p-256" {
            let raw = raw_of(&lab.read("crc16.ko.sig"), 32);
            lab.write("crc16.ko.sig", raw);
        }
        let attached = attach().fine().stdout;
        assert!(attached.ends_with(&format!("{} attached\n", algorithm.to_uppercase())), "{attached}");
        let verified = lab.run(VERIFY, ["--trust", "key.x509", "crc16.ko"]).fine().stdout;
        assert!(verified.contains("(sha384)"), "{verified}");
        // Another module, and another certificate.
        lab.module("dummy.ko");
        fs::rename(lab.path(&json), lab.path(&format!("dummy.ko.{extension}.json"))).unwrap();
        fs::rename(lab.path("crc16.ko.sig"), lab.path("dummy.ko.sig")).unwrap();
        lab.run(SIGN, ["attach", "--cert", "key.x509", "dummy.ko"]).one_error(
            7,
            SIGN,
            "json",
            "has changed since",
        );
    }
}

/// The rehearsal tool signs what was prepared for its key, and nothing else.
#[test]
fn sign_prepared_signs_prepared_bytes_only() {
    let lab = Lab::new();
    for (algorithm, ..) in KINDS {
        lab.key(algorithm, algorithm);
        lab.write("bytes", [7; 33]);
        let key = format!("{algorithm}.pem");
        lab.run(KEY, ["sign-prepared", "--key", &key, "bytes"]).one_error(7, KEY, "bytes", "not a");
        lab.run(KEY, ["sign-prepared", "--key", &key, "missing"]).one_error(
            6,
            KEY,
            "missing",
            "no such file",
        );
    }
    lab.write("bytes", [7; 64]);
    lab.write("bytes.sig", "mine");
    lab.run(KEY, ["sign-prepared", "--key", "ml-dsa-44.pem", "bytes"]).one_error(
        5,
        KEY,
        "bytes.sig",
        "--force",
    );
    assert_eq!(lab.read("bytes.sig"), b"mine");
}

/// A command signs: it sees what it needs, and what it returns is verified. Whatever it does, a module is signed or unchanged.
#[test]
fn a_command_signs() {
    for (algorithm, _, input) in KINDS {
        let lab = Lab::new();
        lab.key("key", algorithm);
        lab.key("other", algorithm);
        let module = lab.module("crc16.ko");
        let before = Snapshot::of(&module);
        let run = |command: &str, rest: &[&str]| {
            let fixed = ["--sign-command", command, "--cert", "key.x509", "crc16.ko"];
            lab.run(SIGN, [&fixed[..], rest].concat())
        };
        let good = format!("{KEY} -q sign-prepared --key key.pem - --out -");
        let other = good.replace("key.pem", "other.pem");
        for (command, code, words) in [
            ("echo first >&2; echo no such key >&2; exit 3", 6, "(exit status: 3): no such key"),
            ("kill -9 $$", 6, "signal: 9"),
            ("exit 0", 7, "is 0 bytes long"),
            ("head -c 70000 /dev/zero", 7, "more than 65536 bytes"),
            ("cat /dev/zero", 7, "more than 65536 bytes"),
            (&*format!("{good}; echo"), 7, "bytes long"),
            (&other, 1, "does not verify"),
        ] {
            // ECDSA in DER with a byte behind it does not verify.
            let code = if input == "digest" && command.ends_with("; echo") { 1 } else { code };
            let words = if code == 1 { "does not verify" } else { words };
            run(command, &[]).one_error(code, SIGN, "crc16.ko", words);
            assert_eq!(Snapshot::of(&module), before, "{command}");
        }
        let log = format!("env | grep ^MODSIG_ | sort > env; {good}");
        run(&log, &["--output", "copy.ko"]).fine();
        assert_eq!(Snapshot::of(&module), before);
        lab.run(VERIFY, ["--trust", "key.x509", "copy.ko"]).fine();
        let seen = String::from_utf8(lab.read("env")).unwrap();
        for line in [&*format!("MODSIG_INPUT={input}\n"), "MODSIG_DIGEST=sha512\n", "MODSIG_FILE=crc16.ko\n"]
        {
            assert!(seen.contains(line), "{line:?}: {seen}");
        }
        assert!(seen.contains("MODSIG_ALGORITHM=") && seen.contains("MODSIG_KEY_SHA256="), "{seen}");
        let said = run(&good, &[]).fine().stdout;
        assert!(
            said.starts_with("crc16.ko: signed by CN=key with ") && said.ends_with(", by command\n"),
            "{said}"
        );
        lab.run(VERIFY, ["--trust", "key.x509", "crc16.ko"]).fine();
        // Done is done: the command does not run.
        assert!(run("exit 1", &[]).fine().stdout.contains("left alone"));
    }
}

/// Kills: a command that never ends and holds the run; it gets its time, and no more.
#[test]
fn a_command_that_does_not_end_is_ended() {
    let lab = Lab::new();
    lab.key("key", "p-256");
    let module = lab.module("crc16.ko");
    let before = Snapshot::of(&module);
    let fifo = lab.path("never");
    make_fifo(&fifo);
    // Opening a FIFO without a writer waits: for ever.
    let arguments =
        ["--sign-timeout", "1", "--sign-command", "exec cat never", "--cert", "key.x509", "crc16.ko"];
    lab.run(SIGN, arguments).one_error(6, SIGN, "crc16.ko", "took longer than 1 seconds");
    assert_eq!(Snapshot::of(&module), before);
}

/// A second signer beside the first, in either order and with every pair of algorithms: good with both certificates, and
/// Linux loads it with either.
#[test]
fn a_second_signer_is_added() {
    let lab = Lab::new();
    let keys = ["ml-dsa-44", "rsa-2048", "p-256"];
    for algorithm in keys {
        lab.key(algorithm, algorithm);
    }
    for (first, second) in
        keys.iter().flat_map(|one| keys.iter().map(move |two| (one, two))).filter(|(a, b)| a != b)
    {
        lab.module("crc16.ko");
        let [key, other] = [first, second].map(|name| format!("{name}.pem"));
        let [cert, other_cert] = [first, second].map(|name| format!("{name}.x509"));
        lab.run(SIGN, ["-q", "--key", &key, "crc16.ko"]).fine();
        let add = |trust: &str| {
            lab.run(SIGN, ["--add", "--key", &other, "--trust", trust, "--hash", "sha256", "crc16.ko"])
        };
        let before = Snapshot::of(&lab.path("crc16.ko"));
        add(&other_cert).one_error(4, SIGN, "crc16.ko", "with --trust");
        assert_eq!(Snapshot::of(&lab.path("crc16.ko")), before);
        let outcome = add(&cert);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        let with_ml_dsa = [first, second].contains(&&"ml-dsa-44");
        assert_eq!(outcome.stderr.contains("before 7.0"), with_ml_dsa, "{outcome:?}");
        lab.run(VERIFY, ["--trust", &cert, "--trust", &other_cert, "crc16.ko"]).fine();
        for one in [&cert, &other_cert] {
            let outcome = lab.run(VERIFY, ["--trust", one, "crc16.ko"]);
            assert_eq!(outcome.code, 4, "not every signer is trusted: {outcome:?}");
            assert!(outcome.stderr.contains("Linux 7.2: loaded"), "{outcome:?}");
        }
        // Twice is once.
        let signed = lab.read("crc16.ko");
        assert!(add(&cert).fine().stdout.contains("left alone"));
        assert_eq!(lab.read("crc16.ko"), signed);
    }
}

#[test]
fn what_nothing_can_be_added_to() {
    let lab = Lab::new();
    lab.key("one", "p-256");
    lab.key("two", "p-256");
    lab.module("crc16.ko");
    let add = |rest: &[&str]| {
        lab.run(SIGN, [&["--add", "--key", "two.pem", "--trust", "one.x509", "crc16.ko"][..], rest].concat())
    };
    add(&[]).one_error(3, SIGN, "crc16.ko", "is not signed");
    lab.run(SIGN, ["-q", "--key", "one.pem", "--skid", "crc16.ko"]).fine();
    // Linux refuses signers that are named in different ways.
    add(&[]).one_error(5, SIGN, "crc16.ko", "with --skid, or without it");
    add(&["--skid"]).fine();
    // A bit of the module: neither signature is good any more.
    let mut bad = lab.read("crc16.ko");
    bad[100] ^= 1;
    lab.write("crc16.ko", bad);
    let before = Snapshot::of(&lab.path("crc16.ko"));
    assert_eq!(add(&["--skid", "--trust", "two.x509"]).code, 1);
    assert_eq!(Snapshot::of(&lab.path("crc16.ko")), before);
    for arguments in [
        &["--add", "--key", "two.pem", "crc16.ko"][..],
        &["--trust", "one.x509", "--key", "two.pem", "crc16.ko"],
        &["--add", "--resign", "--key", "two.pem", "--trust", "one.x509", "crc16.ko"],
        &["--sign-command", "x", "crc16.ko"],
        &["--sign-command", "x", "--cert", "one.x509", "--detached", "crc16.ko"],
        &["--sign-command", "x", "--cert", "one.x509", "--deterministic", "crc16.ko"],
        &["--sign-command", "x", "--cert", "one.x509", "--key", "two.pem", "crc16.ko"],
    ] {
        let outcome = lab.run(SIGN, arguments);
        assert_eq!((outcome.code, outcome.errors()), (2, 1), "{arguments:?}: {outcome:?}");
    }
}

/// `sign-file -s` with two signers: both certificates, or one, as Linux takes it; neither is refused.
#[test]
fn sign_file_attaches_a_cms_with_two_signers() {
    let lab = Lab::new();
    for name in ["one", "two", "three"] {
        lab.key(name, "p-256");
    }
    let sign_file = lab.path("sign-file");
    std::os::unix::fs::symlink(SIGN, &sign_file).unwrap();
    lab.module("crc16.ko");
    lab.run(SIGN, ["-q", "--key", "one.pem", "crc16.ko"]).fine();
    lab.run(SIGN, ["-q", "--add", "--key", "two.pem", "--trust", "one.x509", "crc16.ko"]).fine();
    let signed = lab.read("crc16.ko");
    lab.run(SIGN, ["--extract", "crc16.ko"]).fine();
    lab.write("both.pem", [lab.read("one.pem"), lab.read("two.pem")].concat());
    for (certificate, notes) in [("both.pem", 0), ("one.x509", 1), ("two.x509", 1)] {
        lab.module("crc16.ko");
        let outcome =
            lab.run(sign_file.to_str().unwrap(), ["-s", "crc16.ko.p7s", "sha512", certificate, "crc16.ko"]);
        assert_eq!((outcome.code, outcome.errors()), (0, notes), "{certificate}: {outcome:?}");
        assert_eq!(outcome.stderr.contains("which is not verified"), notes > 0, "{outcome:?}");
        assert_eq!(lab.read("crc16.ko"), signed);
    }
    let module = lab.module("crc16.ko");
    let before = Snapshot::of(&module);
    let outcome =
        lab.run(sign_file.to_str().unwrap(), ["-s", "crc16.ko.p7s", "sha512", "three.x509", "crc16.ko"]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    // The trusted signer's signature is bad, the other is unknown.
    let cms = lab.read("crc16.ko.p7s");
    lab.module("dummy.ko");
    lab.write("dummy.ko.p7s", cms);
    let outcome =
        lab.run(sign_file.to_str().unwrap(), ["-s", "dummy.ko.p7s", "sha512", "one.x509", "dummy.ko"]);
    assert_eq!(outcome.code, 1, "{outcome:?}");
    assert_eq!(Snapshot::of(&module), before);
}
