//! The listing, which needs no certificate, and the result of many files, grouped by reason.

use crate::lab::*;
use crate::verify::json_lines;
use serde_json::json;
use std::fs;

/// `signed/1.ko` to `signed/COUNT.ko`, all signed by `key.pem`.
fn many_signed(lab: &Lab, count: usize) {
    lab.key("key", "ml-dsa-44");
    fs::create_dir(lab.path("signed")).unwrap();
    lab.write("signed/1.ko", real_module("crc16.ko"));
    lab.run(SIGN, ["--key", "key.pem", "signed/1.ko"]).fine();
    for number in 2..=count {
        fs::copy(lab.path("signed/1.ko"), lab.path(&format!("signed/{number}.ko"))).unwrap();
    }
}

/// Kills: an exit code of 0 for files of which no signature was verified; a file with a changed byte that is called anything but
/// "not judged"; a signer or an unsigned file that is missing from the list.
#[test]
fn without_a_certificate_files_are_listed_and_not_judged() {
    let lab = Lab::new();
    many_signed(&lab, 3);
    let mut changed = lab.read("signed/3.ko");
    changed[100] ^= 1;
    lab.write("signed/3.ko", changed);
    let only_signed = lab.run(VERIFY, ["signed"]);
    assert_eq!((only_signed.code, &*only_signed.stderr), (4, ""), "{only_signed:?}");
    assert!(only_signed.stdout.starts_with("3 files: 3 signed. Not judged: "), "{only_signed:?}");
    assert!(!only_signed.stdout.contains("good"), "{only_signed:?}");

    lab.write("signed/a.ko", real_module("dummy.ko"));
    let module = real_module("dummy.ko");
    lab.write("signed/b.ko", with_trailer(&module, b"\x30\x03\x02\x01\x05", 5));
    fs::copy(vectors("modsig/signed/dummy.rsa4096.sf40.sha1.ko"), lab.path("signed/c.ko")).unwrap();
    let outcome = lab.run(VERIFY, ["signed"]);
    assert_eq!((outcome.code, &*outcome.stderr), (7, ""), "{outcome:?}");
    for words in [
        "6 files: 4 signed, ",
        "\n  3 signed by CN=key, serial ",
        ": ML-DSA-44 (sha512)\n",
        "\n  1 signed by CN=kgate test key rsa4096, serial 067e7f13c179d216e74b0fd05783ca28e707fd00: RSA (sha1)\n",
        "\n  1 not signed\n    signed/a.ko\n",
        "\n  1 malformed signature: ",
        "\n    signed/b.ko\n",
    ] {
        assert!(outcome.stdout.contains(words), "{words:?}: {outcome:?}");
    }
    assert!(!outcome.stdout.contains("signed/1.ko"), "{outcome:?}");
    let verbose = lab.run(VERIFY, ["-v", "signed"]);
    assert!(verbose.stdout.contains("    signed/1.ko\n    signed/2.ko\n    signed/3.ko\n"), "{verbose:?}");

    let outcome = lab.run(VERIFY, ["--json", "signed", "missing.ko"]);
    assert_eq!((outcome.code, &*outcome.stderr), (7, ""));
    let lines = json_lines(&outcome);
    let words: Vec<_> = lines.iter().map(|line| line["verdict"].as_str().unwrap_or("-")).collect();
    assert_eq!(
        words,
        ["not-judged", "not-judged", "not-judged", "unsigned", "malformed", "not-judged", "not-read", "-"]
    );
    assert_eq!(lines[0]["signers"][0]["algorithm"], "ML-DSA-44");
    assert_eq!(lines[0]["exit_code"], 4);
    assert_eq!(lines[7]["algorithms"], json!({ "ML-DSA-44 (sha512)": 3, "RSA (sha1)": 1 }));
    assert_eq!(lines[7]["groups"][0]["count"], 3);
}

/// Kills: an option that judges, accepted where nothing is judged.
#[test]
fn a_policy_or_a_kernel_needs_certificates() {
    let lab = Lab::new();
    lab.module("crc16.ko");
    for arguments in [["--policy", "cnsa2"], ["--kernel", "strict"], ["--kernel-option", "CRYPTO_RSA=n"]] {
        let outcome = lab.run(VERIFY, [&arguments[..], &["crc16.ko"]].concat());
        outcome.one_error(2, VERIFY, "verify-module", "--trust");
    }
}

/// Kills: a line for each of thousands of files; a bad file that is in no group; groups without the kernel's answer; a summary
/// that hides names for good.
#[test]
fn many_files_are_grouped_by_reason() {
    let lab = Lab::new();
    many_signed(&lab, 20);
    for number in [3, 5, 7, 11, 13] {
        let mut changed = lab.read(&format!("signed/{number}.ko"));
        changed[100] ^= 1;
        lab.write(&format!("signed/{number}.ko"), changed);
    }
    lab.write("signed/unsigned.ko", real_module("crc16.ko"));
    let verify = |more: &[&str]| lab.run(VERIFY, [more, &["--trust", "key.x509", "signed"]].concat());
    let outcome = verify(&[]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let lines: Vec<_> = outcome.stdout.lines().collect();
    assert_eq!(lines[0], "6 of 21 modules are not good: 5 bad signature, 1 not signed");
    assert_eq!(lines.last(), Some(&"21 files: 15 good, 5 bad signature, 1 not signed"));
    let errors: Vec<_> = outcome.stderr.lines().collect();
    assert!(errors[0].starts_with("verify-module: 5 modules: the signature does not match"), "{outcome:?}");
    assert!(errors[1].starts_with("  Linux 7.2: refused with EKEYREJECTED"), "{outcome:?}");
    assert_eq!(
        errors[2..6],
        ["  signed/11.ko", "  signed/13.ko", "  signed/3.ko", "  and 2 others (-v lists all)"]
    );
    assert!(errors[6].starts_with("verify-module: 1 module: "), "{outcome:?}");
    assert_eq!(errors[8..], ["  signed/unsigned.ko"]);
    let outcome = verify(&["-v"]);
    assert!(outcome.stderr.contains("  signed/5.ko\n  signed/7.ko\n"), "{outcome:?}");
    // Quiet: problems only, one line each, as with few files.
    let outcome = verify(&["-q"]);
    assert_eq!((outcome.code, &*outcome.stdout, outcome.errors()), (3, "", 6), "{outcome:?}");
    let outcome = verify(&["--policy", "kernel"]);
    assert!(
        outcome
            .stdout
            .starts_with("6 of 21 modules would not load on Linux 7.2: 5 bad signature, 1 not signed\n"),
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("5 modules: the signature does not match"), "{outcome:?}");
    let lines = json_lines(&verify(&["--json"]));
    let groups = &lines.last().unwrap()["groups"];
    assert_eq!((&groups[0]["count"], &groups[1]["count"]), (&5.into(), &1.into()));
    assert_eq!((&groups[0]["exit_code"], &groups[1]["exit_code"]), (&1.into(), &3.into()));
}
