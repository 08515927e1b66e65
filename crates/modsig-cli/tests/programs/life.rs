//! The whole life: generate, sign, verify, show; and what a flipped byte, a wrong key and no signature give.

use crate::lab::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

const MODULES: [&str; 3] = ["dummy.ko", "crc16.ko", "af_alg.ko"];

/// Bytes of a signature of each parameter set (FIPS 204, table 2).
const SETS: [(&str, &str, usize); 3] =
    [("ml-dsa-44", "ML-DSA-44", 2420), ("ml-dsa-65", "ML-DSA-65", 3309), ("ml-dsa-87", "ML-DSA-87", 4627)];

#[test]
fn generate_sign_verify_show_with_every_parameter_set() {
    for (option, name, signature_len) in SETS {
        let lab = Lab::new();
        lab.key("key", option);
        let mode = fs::metadata(lab.path("key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "a private key is for its owner");
        for module in MODULES {
            lab.module(module);
        }

        let arguments = [&["--key", "key.pem"][..], &MODULES].concat();
        let signed = lab.run(SIGN, arguments).fine();
        assert_eq!(
            signed.stdout.lines().count(),
            MODULES.len() + 1,
            "a line for each and a summary: {signed:?}"
        );
        let summary = format!("3 files: 3 signed by CN=key with {name}");
        assert_eq!(signed.stdout.lines().last(), Some(&*summary));
        for (line, module) in signed.stdout.lines().zip(MODULES) {
            assert_eq!(line, format!("{module}: signed by CN=key with {name}"));
            let (before, after) = (real_module(module), lab.read(module));
            assert!(after.starts_with(&before), "the module itself is untouched");
            assert!(after.ends_with(MARKER));
            let added = after.len() - before.len();
            assert!(added > signature_len + TRAILER_LEN && added < signature_len + 400, "{added}");
        }

        let arguments = [&["--trust", "key.x509"][..], &MODULES].concat();
        let verified = lab.run(VERIFY, arguments).fine();
        for (line, module) in verified.stdout.lines().zip(MODULES) {
            assert_eq!(line, format!("{module}: good, signed by CN=key with {name} (sha512)"));
        }
        assert_eq!(verified.stdout.lines().last(), Some("3 files: 3 good"));
        // The PEM file with the private key serves as a certificate file too.
        lab.run(VERIFY, ["--trust", "key.pem", "dummy.ko"]).fine();

        let shown = lab.run(KEY, ["show", "key.pem", "key.x509"]).fine().stdout;
        for words in
            ["private key", name, "CN=key", "self-signed, verified", "belongs to the private key: yes"]
        {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert_eq!(lab.names(), ["af_alg.ko", "crc16.ko", "dummy.ko", "key.pem", "key.x509"]);
    }
}

#[test]
fn show_tells_no_secret() {
    let lab = Lab::new();
    for form in ["seed", "expanded", "both"] {
        let arguments = ["generate", "--force", "--form", form, "--out", "key.pem"];
        lab.run(KEY, arguments).fine();
        let pem = String::from_utf8(lab.read("key.pem")).unwrap();
        let secret: Vec<_> = pem.lines().skip(1).take_while(|line| !line.starts_with("-----END")).collect();
        assert!(!secret.is_empty());
        let printed = lab.run(KEY, ["-v", "show", "key.pem"]).fine().stdout;
        assert!(secret.iter().all(|line| !printed.contains(line)), "{printed}");
        // Nor in hexadecimal: the longest hex strings are the fingerprint (32 bytes) and identifiers.
        let longest = printed.split_whitespace().filter(|w| w.bytes().all(|b| b.is_ascii_hexdigit()));
        assert_eq!(longest.clone().map(str::len).max(), Some(64));
        assert_eq!(longest.filter(|word| word.len() == 64).count(), 1, "only the fingerprint: {printed}");
    }
}

#[test]
fn every_key_form_signs() {
    let lab = Lab::new();
    let mut sizes = Vec::new();
    for form in ["seed", "expanded", "both"] {
        let name = format!("{form}.pem");
        lab.run(KEY, ["generate", "--form", form, "--out", &name]).fine();
        sizes.push(lab.read(&name).len());
        lab.module("crc16.ko");
        lab.run(SIGN, ["--key", &name, "crc16.ko"]).fine();
        lab.run(VERIFY, ["--trust", &name, "crc16.ko"]).fine();
    }
    assert!(sizes[0] < sizes[1] && sizes[1] < sizes[2], "the option has an effect: {sizes:?}");
}

#[test]
fn flipped_bytes_are_a_bad_signature() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("crc16.ko");
    lab.run(SIGN, ["--key", "key.pem", "crc16.ko"]).fine();
    let good = lab.read("crc16.ko");
    let module_len = real_module("crc16.ko").len();
    let signature_end = good.len() - TRAILER_LEN;
    let places = [0, module_len / 2, module_len - 1, signature_end - 1, signature_end - 1000];
    for place in places {
        let mut bad = good.clone();
        bad[place] ^= 1;
        let path = lab.write("bad.ko", &bad);
        let before = Snapshot::of(&path);
        let outcome = lab.run(VERIFY, ["--trust", "key.x509", "bad.ko"]);
        outcome.one_error(1, VERIFY, "bad.ko", "EKEYREJECTED");
        assert_eq!(Snapshot::of(&path), before);
    }
}

#[test]
fn wrong_key_and_no_signature() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-65");
    lab.key("other", "ml-dsa-65");
    lab.module("dummy.ko");
    lab.run(VERIFY, ["--trust", "key.x509", "dummy.ko"]).one_error(3, VERIFY, "dummy.ko", "EKEYREJECTED");
    lab.run(SIGN, ["--key", "key.pem", "dummy.ko"]).fine();
    lab.run(VERIFY, ["--trust", "other.x509", "dummy.ko"]).one_error(4, VERIFY, "dummy.ko", "ENOKEY");
    // Both trusted: the right one is found.
    lab.run(VERIFY, ["--trust", "other.x509", "--trust", "key.x509", "dummy.ko"]).fine();
}

#[test]
fn trust_takes_bundles() {
    let lab = Lab::new();
    lab.key("one", "ml-dsa-44");
    lab.key("two", "ml-dsa-65");
    lab.write("bundle.der", [lab.read("one.x509"), lab.read("two.x509")].concat());
    lab.write(
        "bundle.pem",
        [b"words\n", &lab.read("one.pem")[..], b"\nmore\n", &lab.read("two.pem")].concat(),
    );
    for key in ["one.pem", "two.pem"] {
        lab.module("crc16.ko");
        lab.run(SIGN, ["--key", key, "crc16.ko"]).fine();
        for bundle in ["bundle.der", "bundle.pem"] {
            lab.run(VERIFY, ["--trust", bundle, "crc16.ko"]).fine();
        }
    }
}

#[test]
fn several_files_earn_the_highest_code() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.key("other", "ml-dsa-44");
    for name in ["dummy.ko", "crc16.ko", "af_alg.ko"] {
        lab.module(name);
    }
    lab.run(SIGN, ["--key", "key.pem", "dummy.ko"]).fine();
    lab.run(SIGN, ["--key", "other.pem", "af_alg.ko"]).fine();
    let files = ["dummy.ko", "crc16.ko", "af_alg.ko"];
    let outcome = lab.run(VERIFY, [&["--trust", "key.x509"][..], &files].concat());
    assert_eq!(outcome.code, 4, "good, unsigned (3), unknown (4): {outcome:?}");
    assert_eq!(outcome.errors(), 2);
    assert_eq!(
        outcome.stdout.lines().last(),
        Some("3 files: 1 good, 1 not signed, 1 signed by an unknown key")
    );
    let outcome = lab.run(VERIFY, ["--trust", "key.x509", "missing.ko", "dummy.ko", "crc16.ko"]);
    assert_eq!(outcome.code, 6, "one that is missing stops no other: {outcome:?}");
    assert!(outcome.stdout.contains("dummy.ko: good"));
}
