//! Private keys under temporary names: none stays behind.

use crate::lab::*;

/// Kills: a program that SIGXFSZ ends without a word, with a private key left under a temporary name.
#[test]
fn a_limit_on_file_sizes_is_an_error_and_leaves_nothing() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("dummy.ko");
    let names = lab.names();
    let limited = |program: &str, arguments: &[&str]| {
        let script = ["-c", "ulimit -f 2; exec \"$0\" \"$@\"", program];
        lab.run("sh", [&script[..], arguments].concat())
    };
    let generate = ["-q", "generate", "--algorithm", "ml-dsa-87", "--form", "both", "--out", "big.pem"];
    limited(KEY, &generate).one_error(6, KEY, "big.pem", "ulimit -f");
    limited(SIGN, &["--key", "key.pem", "dummy.ko"]).one_error(6, SIGN, "dummy.ko", "ulimit -f");
    assert_eq!(lab.names(), names);
    assert_eq!(lab.read("dummy.ko"), real_module("dummy.ko"));
}

/// Kills: `module-key` that never removes what a killed run left.
#[test]
fn module_key_clears_up_after_a_killed_run() {
    const LEFT: &str = ".modsig-0123456789aZ.tmp";
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    std::fs::create_dir(lab.path("sub")).unwrap();
    let operations: [&[&str]; 5] = [
        &["generate", "--out", "sub/a.pem"],
        &["generate", "--out", "b.pem", "--cert-out", "sub/b.x509"],
        &["convert", "key.pem", "--out", "sub/c.pem"],
        &["public", "key.pem", "--out", "sub/d.pem"],
        &["request", "key.pem", "--out", "sub/e.csr"],
    ];
    for arguments in operations {
        let left = lab.write(&format!("sub/{LEFT}"), "a private key");
        let outcome = lab.run(KEY, arguments);
        assert!(outcome.code == 0 && outcome.stderr.contains("removed 1 temporary file"), "{outcome:?}");
        assert!(!left.exists(), "{arguments:?}");
    }
    // What writes nothing removes nothing.
    let left = lab.write(LEFT, "a private key");
    lab.run(KEY, ["check", "key.pem"]).fine();
    assert!(left.exists());
}
