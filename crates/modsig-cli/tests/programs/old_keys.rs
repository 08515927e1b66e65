//! Keys in old and foreign forms, as people have them: signed with, shown and converted, from files and pipes; and private keys
//! that others can read.

use crate::lab::*;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// Files that OpenSSL 3.0 and Java 17 wrote, the passphrase, and the key inside.
const FILES: [(&str, &str, &str); 9] = [
    ("p256-v1-md5-des.der", "test", "p256"),
    ("rsa2048-v2-des3.der", "test", "rsa2048"),
    ("p256-prf-sha1.der", "test", "p256"),
    ("p256-pem-des-ede3.pem", "test", "p256"),
    ("rsa2048-pem-aes-256.pem", "test", "rsa2048"),
    ("p256-legacy.p12", "test", "p256"),
    ("p256-openssl3.p12", "test", "p256"),
    ("p256-java.p12", "test12", "p256"),
    ("p256-java-legacy.p12", "test12", "p256"),
];

fn with_pin(lab: &Lab, program: &str, arguments: &[&str], pin: &str) -> Outcome {
    Outcome::of(lab.command(program, arguments).env("KBUILD_SIGN_PIN", pin))
}

/// Kills: a form that one of the programs does not read; no note, or several; a converted key that is another, is not
/// encrypted, or draws a note again; certificates of a PKCS#12 file that are lost.
#[test]
fn every_program_reads_old_forms() {
    let lab = Lab::new();
    std::os::unix::fs::symlink(SIGN, lab.path("sign-file")).unwrap();
    let sign_file = lab.path("sign-file");
    for (file, pin, name) in FILES {
        let is_pkcs12 = file.ends_with(".p12");
        lab.write(file, fs::read(vectors(&format!("modsig/keys/old/{file}"))).unwrap());
        lab.write("cert.x509", fs::read(vectors(&format!("modsig/keys/{name}.der"))).unwrap());
        let noted = |program: &str, arguments: &[&str]| {
            let outcome = with_pin(&lab, program, arguments, pin);
            assert_eq!((outcome.code, outcome.errors()), (0, 1), "{file}: {outcome:?}");
            let note = "note: an old or foreign form of private key (";
            assert!(outcome.stderr.contains(note), "{file}: {outcome:?}");
            assert!(outcome.stderr.contains("module-key convert --encrypt FILE"), "{file}: {outcome:?}");
            outcome
        };
        lab.module("dummy.ko");
        let cert: &[&str] = if is_pkcs12 { &[] } else { &["--cert", "cert.x509"] };
        noted(SIGN, &[&["--key", file, "dummy.ko"], cert].concat());
        lab.run(VERIFY, ["--trust", "cert.x509", "dummy.ko"]).fine();
        lab.module("dummy.ko");
        noted(sign_file.to_str().unwrap(), &["sha256", file, "cert.x509", "dummy.ko"]);
        lab.run(VERIFY, ["--trust", "cert.x509", "dummy.ko"]).fine();
        noted(KEY, &[&["check", file], cert].concat());
        noted(KEY, &["request", file, "--force", "--out", "request.csr"]);
        let shown = noted(KEY, &["show", file]).stdout;
        assert_eq!(shown.contains("belongs to the private key: yes"), is_pkcs12, "{file}: {shown}");
        let public = noted(KEY, &["public", file]).stdout;
        assert_eq!(public, lab.run(KEY, ["public", "cert.x509"]).fine().stdout);

        let convert = ["convert", "--encrypt", file, "--force", "--out", "new.pem"];
        let cert_out: &[&str] = if is_pkcs12 { &["--cert-out", "new.x509"] } else { &[] };
        with_pin(&lab, KEY, &[&convert, cert_out].concat(), pin).fine();
        if is_pkcs12 {
            assert_eq!(lab.read("new.x509"), lab.read("cert.x509"));
            with_pin(&lab, KEY, &["check", "new.pem"], pin).fine();
        }
        assert!(
            String::from_utf8(lab.read("new.pem"))
                .unwrap()
                .starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        );
        assert_eq!(with_pin(&lab, KEY, &["check", "--cert", "cert.x509", "new.pem"], pin).fine().code, 0);

        let wrong = with_pin(&lab, KEY, &["show", file], "wrong");
        wrong.one_error(
            5,
            KEY,
            file,
            "the passphrase does not decrypt the private key: it is wrong, or the file is damaged",
        );
        let none =
            |operation: &str| Outcome::of(lab.command(KEY, [operation, file]).env_remove("KBUILD_SIGN_PIN"));
        // show says that there is a key.
        let shown = none("show").fine().stdout;
        assert!(shown.contains("private key   encrypted"), "{file}: {shown}");
        none("public").one_error(5, KEY, file, "is encrypted; give its passphrase");
    }
}

/// Kills: PKCS#12 that cannot come from a pipe; `--cert-out` that writes another certificate or over the key.
#[test]
fn pkcs12_from_a_pipe_and_its_certificate() {
    let lab = Lab::new();
    lab.write("key.p12", fs::read(vectors("modsig/keys/old/p256-openssl3.p12")).unwrap());
    lab.write("pin", "test\n");
    lab.module("crc16.ko");
    let script = "cat key.p12 | $S -q --key - --passphrase-file pin crc16.ko && cat pin | $K -q check --passphrase-file - key.p12";
    let mut command = lab.command("sh", ["-c", script]);
    Outcome::of(command.env("S", SIGN).env("K", KEY)).fine();
    let convert = ["-q", "convert", "--passphrase-file", "pin", "key.p12", "--out", "new.pem", "--cert-out"];
    let same = lab.run(KEY, [&convert[..], &["new.pem"]].concat());
    same.one_error(2, KEY, "new.pem", "the key's file and of the certificate's");
    assert_eq!(lab.names(), ["crc16.ko", "key.p12", "pin"]);
    lab.run(KEY, [&convert[..], &["new.x509"]].concat()).fine();
    lab.run(VERIFY, ["--trust", "new.x509", "crc16.ko"]).fine();
    // The chain stays in the file of the key.
    let shown = lab.run(KEY, ["show", "new.pem"]).fine().stdout;
    assert_eq!(shown.matches("certificate  ").count(), 2, "{shown}");
    lab.key("other", "ml-dsa-44");
    let pem = String::from_utf8(lab.read("other.pem")).unwrap();
    lab.write("alone.pem", &pem[..pem.find("-----BEGIN CERTIFICATE").unwrap()]);
    let none = lab.run(KEY, ["convert", "alone.pem", "--out", "a.pem", "--cert-out", "a.x509"]);
    none.one_error(7, KEY, "alone.pem", "holds no certificate that belongs to the private key");
    assert!(!lab.path("a.pem").exists());
}

/// Kills: an exposed key that is used without a word; a warning that is an error, or comes for a safe key or a certificate.
#[test]
fn a_key_that_others_can_read_draws_a_warning() {
    const WARNING: &str =
        "key.pem: warning: other users can read this private key (mode 0640): chmod 600 FILE";
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("crc16.ko");
    lab.run(KEY, ["check", "key.pem"]).fine();
    fs::set_permissions(lab.path("key.pem"), fs::Permissions::from_mode(0o640)).unwrap();
    for (program, arguments) in [
        (SIGN, &["-q", "--key", "key.pem", "crc16.ko"][..]),
        (KEY, &["check", "key.pem"]),
        (KEY, &["show", "key.pem"]),
        (KEY, &["convert", "key.pem", "--out", "new.pem"]),
    ] {
        let outcome = lab.run(program, arguments);
        assert_eq!((outcome.code, outcome.errors()), (0, 1), "{outcome:?}");
        assert!(outcome.stderr.contains(WARNING), "{outcome:?}");
    }
    // A certificate may be public, also in the file of a key.
    lab.run(VERIFY, ["--trust", "key.pem", "crc16.ko"]).fine();
    lab.run(KEY, ["show", "key.x509"]).fine();
    fs::set_permissions(lab.path("key.pem"), fs::Permissions::from_mode(0o700)).unwrap();
    lab.run(KEY, ["check", "key.pem"]).fine();
}

/// Kills: a file in which the key is found only at a certain place; comments, CRLF or a byte order mark that break it.
#[test]
fn the_blocks_of_a_pem_file_stand_in_any_order() {
    let lab = Lab::new();
    lab.key("key", "p-256");
    lab.key("other", "p-256");
    let text = |name| String::from_utf8(lab.read(name)).unwrap();
    let (both, other) = (text("key.pem"), text("other.pem"));
    let at = both.find("-----BEGIN CERTIFICATE").unwrap();
    let (key, certificate) = both.split_at(at);
    let chain = &other[other.find("-----BEGIN CERTIFICATE").unwrap()..];
    for mixed in [
        format!("{certificate}{key}"),
        format!("{chain}Bag Attributes\n  friendlyName: x\n{key}# a comment\n{certificate}"),
        format!("\u{feff}{key}{chain}{certificate}"),
        format!("\u{feff}{certificate}{key}the end").replace('\n', "\r\n"),
    ] {
        lab.write("mixed.pem", &mixed);
        lab.module("crc16.ko");
        lab.run(SIGN, ["--key", "mixed.pem", "crc16.ko"]).fine();
        lab.run(VERIFY, ["--trust", "key.x509", "crc16.ko"]).fine();
    }
}
