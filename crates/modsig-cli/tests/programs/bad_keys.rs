//! Bad keys, certificates and trust files; pairs that do not fit; what is refused by name.

use crate::lab::*;
use std::fs;

/// OIDs of one length: ML-DSA-44, and sha1WithRSAEncryption and md5WithRSAEncryption to put in its place.
const ML_DSA_44: &[u8] = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x11";
const RSA_SHA1: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05";
const RSA_MD5: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04";

/// A certificate whose two signature algorithms (inside and outside) are replaced, the key's left.
fn signed_with(certificate: &[u8], oid: &[u8]) -> Vec<u8> {
    let places: Vec<_> = certificate
        .windows(ML_DSA_44.len())
        .enumerate()
        .filter_map(|(at, window)| (window == ML_DSA_44).then_some(at))
        .collect();
    let [inside, _key, outside] = places[..] else { panic!("three algorithm identifiers: {places:?}") };
    let mut bytes = certificate.to_vec();
    for at in [inside, outside] {
        bytes[at..at + oid.len()].copy_from_slice(oid);
    }
    bytes
}

fn build(lab: &Lab) {
    lab.key("key", "ml-dsa-44");
    lab.key("other", "ml-dsa-44");
    lab.key("larger", "ml-dsa-87");
    let pem = String::from_utf8(lab.read("key.pem")).unwrap();
    let certificate_at = pem.find("-----BEGIN CERTIFICATE").unwrap();
    lab.write("key-only.pem", &pem[..certificate_at]);
    lab.write("cert-only.pem", &pem[certificate_at..]);
    lab.write("empty", "");
    lab.write("text", "a letter\n");
    lab.write("cut.pem", &pem[..100]);
    lab.write("not-base64.pem", pem.replace("MDQ", "!!!").replace('A', "*"));
    lab.write("two-keys.pem", pem.repeat(2));
    let label = |name: &str| pem[..certificate_at].replace("PRIVATE KEY", name);
    lab.write("rsa.pem", label("RSA PRIVATE KEY"));
    lab.write("encrypted.pem", label("ENCRYPTED PRIVATE KEY"));
    lab.write("garbage.der", [0xa5; 700]);
    lab.write("4gib.der", [b"\x30\x84\xff\xff\xff\xff", &lab.read("key.x509")[4..]].concat());
    lab.write("4gib-inside.der", patched(lab.read("key.x509"), b"\x02\x14", b"\x02\x84"));
    let certificate = lab.read("key.x509");
    lab.write("cut.der", &certificate[..certificate.len() - 1]);
    lab.write("sha1.der", signed_with(&certificate, RSA_SHA1));
    lab.write("md5.der", signed_with(&certificate, RSA_MD5));
    fs::create_dir(lab.path("folder")).unwrap();
}

#[test]
fn bad_keys() {
    #[rustfmt::skip]
    let rows = [
        ("empty", 7, ""), ("text", 7, ""), ("cut.pem", 7, "PEM"), ("not-base64.pem", 7, "base64"),
        ("two-keys.pem", 7, "more than one private key"), ("rsa.pem", 7, "RSAPrivateKey"), ("encrypted.pem", 5, "encrypted"),
        ("garbage.der", 7, ""), ("4gib.der", 7, ""), ("cert-only.pem", 7, "no PRIVATE KEY block"),
        ("key.x509", 7, ""), ("key-only.pem", 7, "--cert"), ("folder", 6, "a directory"), ("missing", 6, "no such file"),
    ];
    let lab = Lab::new();
    build(&lab);
    let module = lab.module("crc16.ko");
    let (before, names) = (Snapshot::of(&module), lab.names());
    for (key, code, words) in rows {
        lab.run(SIGN, ["--key", key, "crc16.ko"]).one_error(code, SIGN, key, words);
        assert_eq!(Snapshot::of(&module), before);
        assert_eq!(lab.names(), names);
    }
}

#[test]
fn bad_certificates() {
    #[rustfmt::skip]
    let rows = [
        ("empty", 7, ""), ("text", 7, ""), ("garbage.der", 7, ""), ("4gib.der", 7, ""), ("4gib-inside.der", 7, ""),
        ("cut.der", 7, ""), ("cut.pem", 7, "PEM"), ("key-only.pem", 7, "no CERTIFICATE block"),
        ("other.x509", 7, "another"), ("larger.x509", 7, "ML-DSA-87"), ("folder", 6, "a directory"),
        ("missing", 6, "no such file"), ("sha1.der", 5, "sha1"), ("md5.der", 5, "md5"),
    ];
    let lab = Lab::new();
    build(&lab);
    let module = lab.module("crc16.ko");
    let (before, names) = (Snapshot::of(&module), lab.names());
    for (certificate, code, words) in rows {
        let arguments = ["--key", "key.pem", "--cert", certificate, "crc16.ko"];
        lab.run(SIGN, arguments).one_error(code, SIGN, certificate, words);
        assert_eq!(Snapshot::of(&module), before);
        assert_eq!(lab.names(), names);
    }
}

#[test]
fn bad_trust() {
    #[rustfmt::skip]
    let rows = [
        ("empty", 7, ""), ("text", 7, ""), ("garbage.der", 7, ""), ("4gib.der", 7, ""), ("cut.der", 7, ""),
        ("key-only.pem", 7, "no CERTIFICATE block"), ("folder", 6, "a directory"), ("missing", 6, "no such file"),
    ];
    let lab = Lab::new();
    build(&lab);
    lab.module("crc16.ko");
    lab.run(SIGN, ["--key", "key.pem", "crc16.ko"]).fine();
    for (trust, code, words) in rows {
        // A good file beside it does not save the run: half the trust would mislead.
        let arguments = ["--trust", "key.x509", "--trust", trust, "crc16.ko"];
        let outcome = lab.run(VERIFY, arguments).one_error(code, VERIFY, trust, words);
        assert_eq!(outcome.stdout, "", "no verdict on half the trust");
    }
}

#[test]
fn trusting_a_certificate_signed_with_sha1_is_no_trust() {
    let lab = Lab::new();
    build(&lab);
    lab.module("crc16.ko");
    lab.run(SIGN, ["--key", "key.pem", "crc16.ko"]).fine();
    for (certificate, digest) in [("sha1.der", "sha1"), ("md5.der", "md5")] {
        let outcome = lab.run(VERIFY, ["-q", "--trust", certificate, "crc16.ko"]);
        outcome.one_error(5, VERIFY, "crc16.ko", digest);
    }
}

#[test]
fn weak_digests_are_refused_by_name_before_anything_is_opened() {
    let lab = Lab::new();
    for (digest, code) in
        [("sha1", 5), ("SHA-1", 5), ("md5", 5), ("sha224", 5), ("shake256", 5), ("sha999", 2)]
    {
        let outcome = lab.run(SIGN, ["--key", "missing.pem", "--hash", digest, "missing.ko"]);
        assert_eq!(outcome.code, code, "{outcome:?}");
        assert_eq!(outcome.errors(), 1, "{outcome:?}");
        let name = digest.to_lowercase().replace("-", "");
        assert!(outcome.stderr.to_lowercase().replace("-", "").contains(&name), "{outcome:?}");
    }
}

#[test]
fn show_reports_what_it_cannot_read() {
    #[rustfmt::skip]
    let rows = [
        ("empty", 7, ""), ("text", 7, ""), ("garbage.der", 7, ""), ("cut.pem", 7, "PEM"), ("rsa.pem", 7, "RSAPrivateKey"),
        ("4gib.der", 7, ""), ("folder", 6, "a directory"), ("missing", 6, "no such file"),
    ];
    let lab = Lab::new();
    build(&lab);
    for (file, code, words) in rows {
        lab.run(KEY, ["show", file]).one_error(code, KEY, file, words);
    }
    let mixed = [&lab.read("key-only.pem")[..], &lab.read("other.x509")].concat();
    lab.write("mixed.der", mixed);
    let other = String::from_utf8(lab.read("other.pem")).unwrap();
    let other_certificate = &other[other.find("-----BEGIN CERTIFICATE").unwrap()..];
    lab.write("wrong-pair.pem", [&lab.read("key-only.pem")[..], other_certificate.as_bytes()].concat());
    let outcome = lab.run(KEY, ["show", "wrong-pair.pem"]);
    let outcome = outcome.one_error(7, KEY, "wrong-pair.pem", "no certificate that belongs to it");
    assert!(outcome.stdout.contains("belongs to the private key: no"));
    // A bad file does not hide the next.
    let outcome = lab.run(KEY, ["show", "empty", "key.pem"]);
    assert!(outcome.code == 7 && outcome.stdout.contains("key.pem:"), "{outcome:?}");
}

#[test]
fn of_several_certificates_the_right_one_is_taken() {
    let lab = Lab::new();
    build(&lab);
    lab.write("chain.der", [lab.read("other.x509"), lab.read("key.x509")].concat());
    lab.module("crc16.ko");
    lab.run(SIGN, ["--key", "key.pem", "--cert", "chain.der", "crc16.ko"]).fine();
    lab.run(VERIFY, ["--trust", "key.x509", "crc16.ko"]).fine();
}

#[test]
fn generate_overwrites_only_by_force_and_leaves_nothing_half_done() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let before = (Snapshot::of(&lab.path("key.pem")), Snapshot::of(&lab.path("key.x509")));
    lab.run(KEY, ["generate", "--out", "key.pem"]).one_error(5, KEY, "key.pem", "--force");
    // The certificate's name alone is taken: no key is left without its certificate.
    lab.run(KEY, ["generate", "--out", "new.pem", "--cert-out", "key.x509"])
        .one_error(5, KEY, "key.x509", "--force");
    assert_eq!((Snapshot::of(&lab.path("key.pem")), Snapshot::of(&lab.path("key.x509"))), before);
    assert_eq!(lab.names(), ["key.pem", "key.x509"]);

    lab.run(KEY, ["generate", "--out", "key.pem", "--force"]).fine();
    assert_ne!(Snapshot::of(&lab.path("key.pem")), before.0);

    for (arguments, name, code, words) in [
        (&["--out", "nowhere/key.pem"][..], "nowhere/key.pem", 6, "there is no folder"),
        (&["--out", "same", "--cert-out", "same"], "same", 2, "two names"),
        (&["--force", "--out", "key.pem", "--cert-out", "./key.pem"], "key.pem", 2, "two names"),
        (&["--out", "a.pem", "--common-name", ""], "a.pem", 2, "common name"),
        (&["--out", "a.pem", "--common-name", &"x".repeat(65)], "a.pem", 2, "common name"),
        (&["--out", "a.pem", "--days", "4000000000"], "a.pem", 2, "validity"),
        (&["--out", "."], ".", 6, "is a directory"),
    ] {
        lab.run(KEY, [&["generate"][..], arguments].concat()).one_error(code, KEY, name, words);
        assert_eq!(lab.names(), ["key.pem", "key.x509"]);
    }
}
