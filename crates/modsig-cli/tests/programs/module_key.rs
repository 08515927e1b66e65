//! `module-key`: keys of every algorithm, made, converted, encrypted, checked; and what it refuses.

use crate::lab::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

/// What `--algorithm` takes and what it is called.
const ALGORITHMS: [(&str, &str); 9] = [
    ("ml-dsa-44", "ML-DSA-44"),
    ("ml-dsa-65", "ML-DSA-65"),
    ("ml-dsa-87", "ML-DSA-87"),
    ("rsa-2048", "RSA-2048"),
    ("rsa-3072", "RSA-3072"),
    ("rsa-4096", "RSA-4096"),
    ("p-256", "ECDSA P-256"),
    ("p-384", "ECDSA P-384"),
    ("p-521", "ECDSA P-521"),
];

fn mode(lab: &Lab, name: &str) -> u32 {
    fs::metadata(lab.path(name)).unwrap().permissions().mode() & 0o777
}

/// Every algorithm: made, checked, shown, and what it signs is good.
#[test]
fn every_algorithm_lives() {
    for (option, name) in ALGORITHMS {
        let lab = Lab::new();
        lab.key("key", option);
        assert_eq!(mode(&lab, "key.pem"), 0o600);
        let good = lab.run(KEY, ["check", "key.pem"]).fine().stdout;
        let (first, note) = good.split_once('\n').unwrap();
        assert_eq!(first, format!("key.pem: good: {name} key and certificate of CN=key"));
        // CA:FALSE with digitalSignature.
        assert!(
            note.contains("CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX") && note.lines().count() == 1,
            "{note}"
        );
        lab.run(KEY, ["check", "key.pem", "--cert", "key.x509"]).fine();
        let shown = lab.run(KEY, ["show", "key.pem"]).fine().stdout;
        for words in [name, "self-signed, verified", "belongs to the private key: yes"] {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(!shown.contains("warning"), "{shown}");
        lab.module("crc16.ko");
        lab.run(SIGN, ["--key", "key.pem", "crc16.ko"]).fine();
        let verified = lab.run(VERIFY, ["--trust", "key.x509", "crc16.ko"]).fine().stdout;
        assert!(verified.starts_with("crc16.ko: good, signed by CN=key"), "{verified}");
    }
}

/// Kills: a note about machine owners' keys for everybody who makes a key; none for those whom it concerns.
#[test]
fn only_a_machine_owner_reads_about_their_keyring() {
    let lab = Lab::new();
    for (profile, is_noted) in [("kernel", false), ("mok", true), ("mok-ca", false)] {
        let make = ["generate", "--algorithm", "p-256", "--force", "--out", "k.pem", "--profile", profile];
        let said = lab.run(KEY, make).fine().stdout;
        assert_eq!(said.contains("CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX"), is_noted, "{profile}: {said}");
        assert_eq!(said.lines().count(), 2 + usize::from(is_noted), "{said}");
    }
}

/// A CA of one algorithm, keys of others; the certificate names the CA, and signs.
#[test]
fn certificates_by_an_authority() {
    let lab = Lab::new();
    let ca = ["generate", "--ca", "--algorithm", "p-384", "--common-name", "CA", "--out", "ca.pem"];
    let said = lab.run(KEY, ca).fine().stdout;
    assert!(!said.contains("CONFIG_INTEGRITY_CA_MACHINE_KEYRING_MAX"), "{said}");
    for algorithm in ["ml-dsa-65", "rsa-2048", "p-256"] {
        for certificate in [&[][..], &["--ca-cert", "ca.x509"]] {
            let arguments = ["generate", "--force", "--algorithm", algorithm, "--common-name", "leaf"];
            let by = ["--ca-key", "ca.pem", "--out", "leaf.pem"];
            let said = lab.run(KEY, [&arguments[..], &by, certificate].concat()).fine().stdout;
            assert!(said.contains("certificate of CN=leaf issued by CN=CA"), "{said}");
            lab.run(KEY, ["check", "leaf.pem"]).fine();
            lab.module("crc16.ko");
            lab.run(SIGN, ["--key", "leaf.pem", "crc16.ko"]).fine();
            lab.run(VERIFY, ["--trust", "leaf.x509", "crc16.ko"]).fine();
        }
    }
    lab.key("other", "p-256");
    let names = lab.names();
    let arguments =
        |key, certificate| ["generate", "--ca-key", key, "--ca-cert", certificate, "--out", "new.pem"];
    lab.run(KEY, arguments("ca.pem", "other.x509")).one_error(7, KEY, "other.x509", "--ca-cert");
    lab.run(KEY, arguments("missing", "ca.x509")).one_error(6, KEY, "missing", "no such file");
    let sha1 = vectors("modsig/keys/rsa2048-sha1.der");
    lab.run(KEY, arguments("ca.pem", sha1.to_str().unwrap())).one_error(7, KEY, "rsa2048-sha1.der", "CA key");
    assert_eq!(lab.names(), names);
}

/// The three forms of RFC 9881 into each other, PEM and DER; the certificate comes along in PEM.
#[test]
fn ml_dsa_forms_convert() {
    let lab = Lab::new();
    let forms = [
        ("seed", ", seed\n"),
        ("expanded", ", expanded, without its seed\n"),
        ("both", ", seed and expanded key\n"),
    ];
    for (from, _) in forms {
        let from_file = format!("{from}.pem");
        lab.run(KEY, ["generate", "--algorithm", "ml-dsa-44", "--form", from, "--out", &from_file]).fine();
        let public = lab.run(KEY, ["public", &from_file]).fine().stdout;
        for (to, shown_as) in forms {
            for format in ["pem", "der"] {
                let out = format!("{from}-{to}.{format}");
                let outcome =
                    lab.run(KEY, ["convert", "--form", to, "--format", format, &from_file, "--out", &out]);
                if from == "expanded" && to != "expanded" {
                    outcome.one_error(5, KEY, &from_file, "does not contain the seed");
                    assert!(!lab.path(&out).exists());
                    continue;
                }
                outcome.fine();
                assert_eq!(mode(&lab, &out), 0o600);
                assert_eq!(lab.run(KEY, ["public", &out]).fine().stdout, public);
                let shown = lab.run(KEY, ["show", &out]).fine().stdout;
                assert!(shown.contains(shown_as), "{shown}");
                assert_eq!(shown.contains("certificate"), format == "pem", "{shown}");
            }
        }
        // Without --form it stays what it was, to the byte.
        lab.run(KEY, ["convert", &from_file, "--out", "same.pem", "--force"]).fine();
        assert_eq!(lab.read("same.pem"), lab.read(&from_file));
    }
}

/// Encrypted and decrypted again: the same file; no other user can read it.
#[test]
fn encryption_there_and_back() {
    let lab = Lab::new();
    lab.write("pin", "first\nsecond line\n");
    lab.write("new-pin", "another\r\n");
    lab.write("empty", "");
    for algorithm in ["ml-dsa-65", "p-384"] {
        lab.run(KEY, ["generate", "--force", "--algorithm", algorithm, "--out", "key.pem"]).fine();
        for format in ["pem", "der"] {
            let (locked, pin) = (format!("locked.{format}"), ["--passphrase-file", "pin"]);
            let convert = |extra: &[&str], from: &str, to: &str| {
                lab.run(KEY, [&["convert", "--force", from, "--out", to][..], extra].concat())
            };
            let to_locked = ["--encrypt", "--format", format, "--passphrase-file", "pin"];
            let said = convert(&to_locked, "key.pem", &locked).fine().stdout;
            assert!(said.contains(": encrypted "), "{said}");
            assert_eq!(mode(&lab, &locked), 0o600);
            // By option, and as Kbuild hands it over.
            lab.run(KEY, [&["public", &locked][..], &pin].concat()).fine();
            let mut command = lab.command(KEY, ["public", &locked]);
            Outcome::of(command.env("KBUILD_SIGN_PIN", "first")).fine();
            let mut command = lab.command(KEY, ["public", &locked]);
            Outcome::of(command.env_remove("KBUILD_SIGN_PIN")).one_error(5, KEY, &locked, "passphrase");
            let wrong = ["public", &locked, "--passphrase-file", "new-pin"];
            lab.run(KEY, wrong).one_error(5, KEY, &locked, "does not decrypt");
            lab.run(KEY, ["public", &locked, "--passphrase-file", "missing"])
                .one_error(6, KEY, "missing", "no such");
            // Another passphrase, and none.
            let again = ["--encrypt", "--passphrase-file", "pin", "--new-passphrase-file", "new-pin"];
            convert(&again, &locked, "again.pem").fine();
            convert(&["--passphrase-file", "new-pin"], "again.pem", "open.pem").fine();
            if format == "pem" {
                assert_eq!(lab.read("open.pem"), lab.read("key.pem"));
            }
            let names = lab.names();
            convert(&["--encrypt", "--passphrase-file", "empty"], "key.pem", "new")
                .one_error(2, KEY, "empty", "empty");
            assert_eq!(lab.names(), names);
        }
        // Made encrypted, and what it signs is good.
        let made = ["generate", "--force", "--encrypt", "--passphrase-file", "pin", "--algorithm", algorithm];
        lab.run(KEY, [&made[..], &["--out", "made.pem"]].concat()).fine();
        assert!(
            String::from_utf8(lab.read("made.pem")).unwrap().starts_with("-----BEGIN ENCRYPTED PRIVATE KEY")
        );
        lab.run(KEY, ["check", "made.pem", "--passphrase-file", "pin"]).fine();
        lab.module("crc16.ko");
        lab.run(SIGN, ["--key", "made.pem", "--passphrase-file", "pin", "crc16.ko"]).fine();
        lab.run(VERIFY, ["--trust", "made.x509", "crc16.ko"]).fine();
    }
}

/// RSA and EC keys in their traditional forms, and back; ML-DSA has none.
#[test]
fn traditional_forms() {
    let lab = Lab::new();
    for (algorithm, label) in [("rsa-2048", "RSA PRIVATE KEY"), ("p-256", "EC PRIVATE KEY")] {
        lab.run(KEY, ["generate", "--force", "--algorithm", algorithm, "--out", "key.pem"]).fine();
        lab.run(KEY, ["convert", "--force", "--traditional", "key.pem", "--out", "old.pem"]).fine();
        assert!(
            String::from_utf8(lab.read("old.pem")).unwrap().starts_with(&format!("-----BEGIN {label}-----"))
        );
        lab.run(KEY, ["convert", "--force", "old.pem", "--out", "new.pem"]).fine();
        assert_eq!(lab.read("new.pem"), lab.read("key.pem"));
        let der = ["convert", "--force", "--traditional", "--format", "der", "key.pem", "--out", "old.der"];
        lab.run(KEY, der).fine();
        let public = lab.run(KEY, ["public", "key.pem"]).fine().stdout;
        assert_eq!(lab.run(KEY, ["public", "old.der"]).fine().stdout, public);
        lab.run(KEY, ["convert", "--form", "seed", "key.pem", "--out", "x"])
            .one_error(2, KEY, "key.pem", "--form");
    }
    lab.key("ml", "ml-dsa-44");
    let outcome = lab.run(KEY, ["convert", "--traditional", "ml.pem", "--out", "x"]);
    outcome.one_error(5, KEY, "ml.pem", "no traditional form");
    assert!(!lab.path("x").exists());
}

/// The public key is the same from the key and from the certificate, and is OpenSSL's and RFC 9881's.
#[test]
fn public_keys() {
    let lab = Lab::new();
    let name = |file: &str| vectors(file).into_os_string().into_string().unwrap();
    for key in ["mldsa44-ossl40", "rsa4096", "p384"] {
        let [pem, der] = ["pem", "der"].map(|ending| name(&format!("modsig/keys/{key}.{ending}")));
        let from_key = lab.run(KEY, ["public", &pem]).fine().stdout;
        assert!(from_key.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{from_key}");
        assert_eq!(lab.run(KEY, ["public", &der]).fine().stdout, from_key);
        lab.run(KEY, ["public", "--force", "--out", "key.pub", &der]).fine();
        assert_eq!(lab.read("key.pub"), from_key.as_bytes());
        lab.run(KEY, ["public", "--force", "--format", "der", "--out", "key.pub", &der]).fine();
        let file = lab.read("key.pub");
        assert!(lab.read("key.pub").len() < from_key.len() && file[0] == 0x30);
    }
    let theirs = fs::read_to_string(vectors("rfc9881/ML-DSA-65.pub")).unwrap();
    assert_eq!(
        lab.run(KEY, ["public", &name("rfc9881/ML-DSA-65-seed.priv")]).fine().stdout.trim(),
        theirs.trim()
    );
    let outcome = lab.run(KEY, ["public", "--format", "der", &name("rfc9881/ML-DSA-65-seed.priv")]);
    assert_eq!(outcome.code, 2, "DER does not go to a terminal: {outcome:?}");
}

/// What `check` finds: nothing to do with each other, too weak, refused by Linux.
#[test]
fn check_says_what_is_wrong() {
    let lab = Lab::new();
    lab.key("one", "p-256");
    lab.key("two", "p-256");
    lab.run(KEY, ["check", "one.pem", "--cert", "two.x509"]).one_error(
        7,
        KEY,
        "two.x509",
        "another ECDSA P-256 key",
    );
    lab.run(KEY, ["check", "one.x509"]).one_error(7, KEY, "one.x509", "");
    let name = |file: &str| vectors("modsig/keys").join(file).into_os_string().into_string().unwrap();
    lab.run(KEY, ["check", &name("rsa1024.pem")]).one_error(5, KEY, "rsa1024.pem", "RSA-1024 is refused");
    lab.run(KEY, ["check", &name("p256-sec1.pem")]).one_error(7, KEY, "p256-sec1.pem", "--cert");
    lab.run(KEY, ["check", &name("p224.pem")]).one_error(5, KEY, "p224.pem", "not supported");
    lab.run(KEY, ["check", "pkcs11:object=x?module-path=/missing.so"]).one_error(
        6,
        KEY,
        "pkcs11:object=x?module-path=/missing.so",
        "PKCS#11 library",
    );
}

/// Requests: DER and PEM, nothing overwritten; the signature is checked in `modsig`'s tests and by OpenSSL in
/// `checks/openssl-reads.sh`.
#[test]
fn requests() {
    let lab = Lab::new();
    lab.key("key", "p-256");
    let said = lab.run(KEY, ["request", "--common-name", "me", "key.pem", "--out", "key.csr"]).fine().stdout;
    assert_eq!(said, "key.csr: certificate request of CN=me, ECDSA P-256\n");
    let text = String::from_utf8(lab.read("key.csr")).unwrap();
    assert!(text.starts_with("-----BEGIN CERTIFICATE REQUEST-----\n"), "{text}");
    let before = Snapshot::of(&lab.path("key.csr"));
    lab.run(KEY, ["request", "key.pem", "--out", "key.csr"]).one_error(5, KEY, "key.csr", "--force");
    assert_eq!(Snapshot::of(&lab.path("key.csr")), before);
    lab.run(KEY, ["request", "--format", "der", "--force", "key.pem", "--out", "key.csr"]).fine();
    assert_eq!(lab.read("key.csr")[0], 0x30);
    lab.run(KEY, ["request", "--common-name", "", "key.pem", "--out", "x"]).one_error(
        2,
        KEY,
        "x",
        "common name",
    );
    lab.run(KEY, ["request", "key.x509", "--out", "x"]).one_error(7, KEY, "key.x509", "");
    assert!(!lab.path("x").exists());
}

/// Every operation has help with examples, and refuses what it cannot understand with code 2.
#[test]
fn help_and_usage() {
    let lab = Lab::new();
    for operation in ["generate", "show", "check", "convert", "public", "request", "certify", "sign-prepared"]
    {
        let help = lab.run(KEY, [operation, "--help"]).fine().stdout;
        assert!(help.contains("Examples:") && help.contains(&format!("module-key {operation}")), "{help}");
        let outcome = lab.run(KEY, [operation, "--no-such"]);
        assert_eq!((outcome.code, outcome.errors()), (2, 1), "{outcome:?}");
    }
    for arguments in [
        &["convert", "k"][..],
        &["convert", "k", "--out", "x", "--traditional", "--encrypt"],
        &["convert", "k", "--out", "x", "--new-passphrase-file", "p"],
        &["generate", "--out", "x", "--ca-cert", "c"],
        &["generate", "--out", "x", "--ca", "--ca-key", "c"],
        &["public", "k", "--format", "der"],
    ] {
        let outcome = lab.run(KEY, arguments);
        assert_eq!((outcome.code, outcome.errors()), (2, 1), "{arguments:?}: {outcome:?}");
    }
    assert!(lab.names().is_empty());
}

/// Kills: `show` that cannot read what `public` and `request` wrote; a request that is shown as verified and is not.
#[test]
fn show_reads_what_public_and_request_wrote() {
    for (algorithm, name) in [("ml-dsa-44", "ML-DSA-44"), ("rsa-2048", "RSA-2048"), ("p-256", "ECDSA P-256")]
    {
        let lab = Lab::new();
        lab.key("key", algorithm);
        for format in ["pem", "der"] {
            let (public, request) = (format!("public.{format}"), format!("request.{format}"));
            lab.run(KEY, ["public", "--format", format, "key.pem", "--out", &public]).fine();
            lab.run(
                KEY,
                ["request", "--format", format, "--common-name", "me", "key.pem", "--out", &request],
            )
            .fine();
            let shown = lab.run(KEY, ["show", &public, &request]).fine().stdout;
            for words in [
                &*format!("public key    {name}\n"),
                &format!("request       {name}\n"),
                "CN=me\n",
                ", verified\n",
            ] {
                assert!(shown.contains(words), "{words:?}: {shown}");
            }
            // The same key from each of them.
            for file in [&public, &request] {
                let again = lab.run(KEY, ["public", file]).fine().stdout;
                assert_eq!(again.as_bytes(), lab.run(KEY, ["public", "key.x509"]).fine().stdout.as_bytes());
            }
        }
        let forged = patched(lab.read("request.der"), b"me", b"ME");
        lab.write("forged.der", forged);
        let shown = lab.run(KEY, ["show", "forged.der"]).fine().stdout;
        assert!(shown.contains("CN=ME") && shown.contains("the signature is BAD"), "{shown}");
        // Keys in DER, in each of their forms.
        lab.run(KEY, ["convert", "--format", "der", "key.pem", "--out", "key.der"]).fine();
        let shown = lab.run(KEY, ["show", "key.der"]).fine().stdout;
        assert!(shown.contains(&format!("private key   {name}")), "{shown}");
        // Kills: a fingerprint that a terminal of 80 columns breaks.
        let shown = lab.run(KEY, ["show", "key.pem", "key.x509"]).fine().stdout;
        assert_eq!(shown.lines().map(|line| line.chars().count()).max(), Some(80), "{shown}");
    }
}
