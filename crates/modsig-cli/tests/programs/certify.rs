//! `module-key certify`, and the options for what a certificate holds.

use crate::lab::*;
use modsig::cert::{Certificate, Purpose};

fn certificate(lab: &Lab, name: &str) -> Certificate {
    Certificate::from_pem_or_der(&lab.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Whether the certificate holds these bytes.
fn holds(lab: &Lab, name: &str, bytes: &[u8]) -> bool {
    certificate(lab, name).as_der().windows(bytes.len()).any(|window| window == bytes)
}

/// An object identifier in DER.
fn oid(text: &str) -> Vec<u8> {
    let oid = const_oid::ObjectIdentifier::new_unwrap(text);
    [&[6, u8::try_from(oid.as_bytes().len()).unwrap()], oid.as_bytes()].concat()
}

const CA: &[u8] = &[0x55, 0x1d, 0x13, 1, 1, 0xff, 4, 5, 0x30, 3, 1, 1, 0xff];
const NO_CA: &[u8] = &[0x55, 0x1d, 0x13, 1, 1, 0xff, 4, 2, 0x30, 0];
/// keyUsage, critical: keyCertSign and cRLSign; not critical: digitalSignature.
const CERT_SIGN: &[u8] = &[0x55, 0x1d, 0x0f, 1, 1, 0xff, 4, 4, 3, 2, 1, 6];
const DIGITAL_SIGNATURE: &[u8] = &[0x55, 0x1d, 0x0f, 4, 4, 3, 2, 7, 0x80];
const EXTENDED: &[u8] = &[0x55, 0x1d, 0x25];

/// Kills: a default that changed; an option that does nothing; digitalSignature in an authority, which keeps its key out of
/// the machine keyring of a kernel with INTEGRITY_CA_MACHINE_KEYRING_MAX.
#[test]
fn options_say_what_a_certificate_holds() {
    let lab = Lab::new();
    let code_signing = oid("1.3.6.1.5.5.7.3.3");
    assert!(code_signing.ends_with(Purpose::CODE_SIGNING.as_bytes()));
    let make = |options: &[&str]| {
        let fixed = ["-q", "generate", "--force", "--algorithm", "p-256", "--out", "k.pem"];
        lab.run(KEY, [&fixed[..], options].concat()).fine();
        lab.run(KEY, ["check", "k.pem"]).fine();
    };
    let k = |bytes: &[u8]| holds(&lab, "k.x509", bytes);
    make(&[]);
    assert!(k(NO_CA) && k(DIGITAL_SIGNATURE) && !k(EXTENDED) && !k(CERT_SIGN));
    make(&["--profile", "mok"]);
    assert!(k(NO_CA) && k(DIGITAL_SIGNATURE) && k(EXTENDED) && k(&code_signing));
    make(&["--eku", "codeSigning", "--eku", "1.2.3", "--eku", "code-signing", "--eku", "module-signing"]);
    let both = [code_signing.clone(), oid("1.2.3"), oid("1.3.6.1.4.1.2312.16.1.2")].concat();
    assert!(k(&[&[0x30, u8::try_from(both.len()).unwrap()], &both[..]].concat()));
    make(&["--profile", "mok-ca"]);
    assert!(k(CA) && k(CERT_SIGN) && k(&code_signing) && !k(DIGITAL_SIGNATURE));
    make(&["--ca", "--path-len", "3"]);
    assert!(k(&[0x30, 6, 1, 1, 0xff, 2, 1, 3]) && k(CERT_SIGN) && !k(EXTENDED));
    make(&[
        "--subject",
        r"CN=Key\, one,O=Ex,C=DE",
        "--serial",
        "00:0a:FF",
        "--days",
        "1",
        "--not-before",
        "2049-12-31T01:02:03Z",
    ]);
    let made = certificate(&lab, "k.x509");
    assert_eq!((made.subject().as_str(), made.serial()), (r"CN=Key\, one,O=Ex,C=DE", &[0x0a, 0xff][..]));
    assert_eq!(made.not_before().to_string(), "2049-12-31T01:02:03Z");
    assert_eq!(made.not_after().to_string(), "2050-01-01T01:02:03Z");
    make(&["--serial", "80", "--not-before", "2026-11-28"]);
    let made = certificate(&lab, "k.x509");
    assert_eq!(
        (made.serial(), made.not_before().to_string().as_str()),
        (&[0, 0x80][..], "2026-11-28T00:00:00Z")
    );
}

#[test]
fn what_no_certificate_may_hold_is_a_usage_error() {
    let lab = Lab::new();
    for options in [
        &["--path-len", "1"][..],
        &["--path-len", "256", "--ca"],
        &["--eku", "code"],
        &["--serial", "0"],
        &["--serial", "x"],
        &["--serial", "ff00000000000000000000000000000000000000"],
        &["--days", "0"],
        &["--not-before", "yesterday"],
        &["--not-before", "2026-13-01"],
        &["--not-before", "1969-01-01"],
        &["--subject", "Example"],
        &["--subject", "C=de"],
        &["--subject", "CN=a", "--common-name", "a"],
        &["--profile", "rhel"],
        &["--profile", "mok-ca", "--ca-key", "k.pem"],
    ] {
        let outcome = lab.run(KEY, [&["generate", "--out", "k.pem"][..], options].concat());
        assert_eq!((outcome.code, outcome.errors()), (2, 1), "{options:?}: {outcome:?}");
    }
    assert!(lab.names().is_empty());
}

/// A request and a bare public key, by authorities of each algorithm; the leaf signs a module that verifies.
#[test]
fn an_authority_certifies_requests_and_public_keys() {
    let lab = Lab::new();
    lab.key("leaf", "ml-dsa-44");
    lab.run(KEY, ["request", "--subject", "CN=asked,O=Ex", "--eku", "1.2.3", "leaf.pem", "--out", "r.csr"])
        .fine();
    lab.run(KEY, ["public", "--format", "der", "leaf.pem", "--out", "leaf.pub"]).fine();
    for algorithm in ["ml-dsa-65", "rsa-2048", "p-384"] {
        lab.run(
            KEY,
            [
                "generate",
                "-q",
                "--force",
                "--ca",
                "--algorithm",
                algorithm,
                "--common-name",
                "CA",
                "--out",
                "ca.pem",
            ],
        )
        .fine();
        let by = |rest: &[&str]| {
            lab.run(
                KEY,
                [&["certify", "--force", "--out", "new.x509", "--ca-key", "ca.pem"][..], rest].concat(),
            )
        };
        let said = by(&["r.csr"]).fine().stdout;
        assert_eq!(said, "new.x509: ML-DSA-44 certificate of CN=asked,O=Ex issued by CN=CA\n");
        // What the request asks for is the authority's decision.
        assert!(!holds(&lab, "new.x509", EXTENDED));
        let made = certificate(&lab, "new.x509");
        assert_eq!(made.check_signature_by(certificate(&lab, "ca.x509").public_key()), Ok(()));
        assert!(made.check_signature_by(certificate(&lab, "leaf.x509").public_key()).is_err());
        lab.module("crc16.ko");
        lab.run(SIGN, ["-q", "--key", "leaf.pem", "--cert", "new.x509", "crc16.ko"]).fine();
        lab.run(VERIFY, ["--trust", "new.x509", "crc16.ko"]).fine();
        let options =
            ["--format", "pem", "--eku", "code-signing", "--common-name", "given", "--hash", "sha256"];
        by(&[&options[..], &["r.csr"]].concat()).fine();
        assert!(
            lab.read("new.x509").starts_with(b"-----BEGIN CERTIFICATE-----")
                && holds(&lab, "new.x509", EXTENDED)
        );
        assert_eq!(certificate(&lab, "new.x509").subject(), "CN=given");
        by(&["--subject", "CN=bare", "leaf.pub"]).fine();
        let words = "give it with --subject or --common-name: see module-key certify --help";
        by(&["leaf.pub"]).one_error(2, KEY, "module-key", words);
    }
    // Proof of possession.
    lab.run(KEY, ["request", "--format", "der", "--common-name", "me", "leaf.pem", "--out", "good.csr"])
        .fine();
    lab.write("forged.csr", patched(lab.read("good.csr"), b"me", b"ME"));
    let names = lab.names();
    for (file, code, words) in [
        ("forged.csr", 1, "signature does not verify"),
        ("ca.x509", 7, "holds 0 requests and keys"),
        ("missing", 6, "no such file"),
    ] {
        lab.run(KEY, ["certify", "--ca-key", "ca.pem", file, "--out", "x"]).one_error(code, KEY, file, words);
    }
    lab.run(KEY, ["certify", "--ca-key", "ca.pem", "r.csr", "--out", "new.x509"])
        .one_error(5, KEY, "new.x509", "--force");
    // An authority whose name is empty cannot be followed; a key without its certificate cannot certify.
    lab.run(KEY, ["certify", "--ca-key", "ca.pem", "--ca-cert", "leaf.x509", "r.csr", "--out", "x"])
        .one_error(7, KEY, "leaf.x509", "no certificate of the CA key");
    for arguments in [
        &["certify", "r.csr", "--out", "x"][..],
        &["certify", "--out", "x"],
        &["certify", "--prepare", "--ca-key", "ca.pem", "r.csr", "--out", "x"],
        &["certify", "--attach", "s", "r.csr", "--out", "x"],
        &["certify", "--prepare", "leaf.pub", "--out", "x"],
    ] {
        let outcome = lab.run(KEY, arguments);
        assert_eq!((outcome.code, outcome.errors()), (2, 1), "{arguments:?}: {outcome:?}");
    }
    assert_eq!(lab.names(), names);
}

/// A key that exists becomes certified by itself: another certificate, the same key.
#[test]
fn a_private_key_certifies_itself() {
    let lab = Lab::new();
    lab.key("key", "p-256");
    lab.run(KEY, ["certify", "--profile", "mok", "--subject", "CN=new,C=DE", "key.pem", "--out", "new.x509"])
        .fine();
    let made = certificate(&lab, "new.x509");
    assert_eq!((made.check_self_signature(), made.subject().as_str()), (Ok(()), "CN=new,C=DE"));
    lab.run(KEY, ["check", "key.pem", "--cert", "new.x509"]).fine();
}

/// The two steps, with each algorithm: what is written is described, what comes back is verified.
#[test]
fn a_key_elsewhere_signs_its_own_certificate() {
    for (algorithm, name, extension, input) in [
        ("ml-dsa-65", "ML-DSA-65", "mu", "mu"),
        ("rsa-2048", "RSA-2048", "digest-info", "digest_info"),
        ("p-384", "ECDSA P-384", "digest", "digest"),
    ] {
        let lab = Lab::new();
        lab.key("hsm", algorithm);
        lab.key("other", algorithm);
        lab.run(KEY, ["public", "hsm.pem", "--out", "hsm.pub"]).fine();
        let prepare =
            ["certify", "--prepare", "--hash", "sha384", "--common-name", "me", "hsm.pub", "--out", "c.x509"];
        let said = lab.run(KEY, prepare).fine().stdout;
        assert_eq!(said.lines().count(), 3, "{said}");
        let (bytes, json) = (format!("c.x509.{extension}"), format!("c.x509.{extension}.json"));
        let description: serde_json::Value = serde_json::from_slice(&lab.read(&json)).unwrap();
        let hex: String = lab.read(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!((&description["algorithm"], &description["input"]), (&name.into(), &input.into()));
        assert_eq!((&description[input], &description["subject"]), (&hex.into(), &"CN=me".into()));
        assert_eq!(description["to_be_signed_length"], lab.read("c.x509.tbs").len());
        assert_eq!(description["format"], 1);
        lab.run(KEY, prepare).one_error(5, KEY, "c.x509.tbs", "--force");

        let attach = |signature: &str| lab.run(KEY, ["certify", "--attach", signature, "--out", "c.x509"]);
        lab.run(KEY, ["sign-prepared", "--key", "other.pem", &bytes, "--out", "wrong.sig"]).fine();
        attach("wrong.sig").one_error(1, KEY, "wrong.sig", "does not verify");
        lab.write("short.sig", "short");
        attach("short.sig").one_error(7, KEY, "short.sig", "is 5 bytes long");
        assert!(!lab.path("c.x509").exists());
        lab.run(KEY, ["sign-prepared", "--key", "hsm.pem", &bytes]).fine();
        let signature = lab.read("c.x509.sig");
        attach("c.x509.sig").fine();
        assert_eq!(certificate(&lab, "c.x509").check_self_signature(), Ok(()));
        lab.run(KEY, ["check", "hsm.pem", "--cert", "c.x509"]).fine();
        // Another TBSCertificate: the signature is not for it.
        let mut changed = lab.read("c.x509.tbs");
        *changed.last_mut().unwrap() ^= 1;
        lab.write("d.x509.tbs", changed);
        lab.write("d.x509.sig", signature);
        lab.run(KEY, ["certify", "--attach", "d.x509.sig", "--out", "d.x509"]).one_error(
            1,
            KEY,
            "d.x509.sig",
            "does not verify",
        );
        lab.write("d.x509.tbs", &lab.read("c.x509.tbs")[1..]);
        lab.run(KEY, ["certify", "--attach", "d.x509.sig", "--out", "d.x509"]).one_error(
            7,
            KEY,
            "d.x509.tbs",
            "",
        );
        assert!(!lab.path("d.x509").exists());
        // With a command, in one step.
        let command = "module-key -q sign-prepared --key hsm.pem - --out -";
        let command = command.replace("module-key", KEY);
        let by_command =
            ["certify", "--sign-command", &command, "--common-name", "me", "hsm.pub", "--out", "e.x509"];
        lab.run(KEY, by_command).fine();
        assert_eq!(certificate(&lab, "e.x509").check_self_signature(), Ok(()));
    }
}

/// An authority's key in an HSM, the same two steps. Kills: a certificate that names one authority and is signed by another.
#[test]
fn an_authority_elsewhere_certifies() {
    let lab = Lab::new();
    for name in ["ca", "other-ca"] {
        let out = format!("{name}.pem");
        lab.run(
            KEY,
            ["generate", "-q", "--ca", "--algorithm", "p-256", "--common-name", name, "--out", &out],
        )
        .fine();
    }
    lab.key("leaf", "rsa-2048");
    lab.run(KEY, ["request", "--common-name", "leaf", "leaf.pem", "--out", "leaf.csr"]).fine();
    lab.run(KEY, ["certify", "--prepare", "--ca-cert", "ca.x509", "leaf.csr", "--out", "new.x509"]).fine();
    lab.run(KEY, ["sign-prepared", "--key", "ca.pem", "new.x509.digest"]).fine();
    let attach = |rest: &[&str]| {
        lab.run(KEY, [&["certify", "--attach", "new.x509.sig", "--out", "new.x509"][..], rest].concat())
    };
    attach(&[]).one_error(2, KEY, "new.x509.tbs", "--ca-cert");
    attach(&["--ca-cert", "other-ca.x509"]).one_error(1, KEY, "new.x509.sig", "does not verify");
    // The same key under another name.
    lab.run(KEY, ["certify", "--ca", "--common-name", "alias", "ca.pem", "--out", "alias.x509"]).fine();
    attach(&["--ca-cert", "alias.x509"]).one_error(
        7,
        KEY,
        "new.x509.tbs",
        "was prepared for the authority CN=ca",
    );
    assert!(!lab.path("new.x509").exists());
    attach(&["--ca-cert", "ca.x509"]).fine();
    assert_eq!(
        certificate(&lab, "new.x509").check_signature_by(certificate(&lab, "ca.x509").public_key()),
        Ok(())
    );
}

/// `show`: bundles of certificates, and encrypted keys without their passphrase.
#[test]
fn show_reads_bundles_and_names_encrypted_keys() {
    let lab = Lab::new();
    lab.write("pin", "secret");
    lab.key("key", "p-256");
    lab.key("other", "p-256");
    let der = |parts: &[&[u8]]| parts.concat();
    // SignedData without signers: `openssl crl2pkcs7 -nocrl`.
    let certificates = der(&[&lab.read("key.x509"), &lab.read("other.x509")]);
    let long = |tag: u8, bytes: &[u8]| {
        let len = u16::try_from(bytes.len()).unwrap().to_be_bytes();
        der(&[&[tag, 0x82], &len, bytes])
    };
    let data = der(&[&[0x30, 11], &oid("1.2.840.113549.1.7.1")]);
    let inside = der(&[&[2, 1, 1, 0x31, 0], &data, &long(0xa0, &certificates), &[0x31, 0]]);
    let bundle = long(0x30, &der(&[&oid("1.2.840.113549.1.7.2"), &long(0xa0, &long(0x30, &inside))]));
    lab.write("bundle.p7b", &bundle);
    let shown = lab.run(KEY, ["show", "bundle.p7b"]).fine().stdout;
    assert!(shown.contains("CN=key\n") && shown.contains("CN=other\n"), "{shown}");
    lab.write("pem.p7b", modsig::pem::encode("PKCS7", &bundle).as_bytes());
    assert_eq!(lab.run(KEY, ["show", "pem.p7b"]).fine().stdout, shown.replace("bundle.p7b", "pem.p7b"));
    let without = long(
        0x30,
        &der(&[
            &oid("1.2.840.113549.1.7.2"),
            &long(0xa0, &long(0x30, &der(&[&[2, 1, 1, 0x31, 0], &data, &[0x31, 0]]))),
        ]),
    );
    // Its lengths are padded, which is no DER.
    lab.write("empty.p7b", &without);
    lab.run(KEY, ["show", "empty.p7b"]).one_error(7, KEY, "empty.p7b", "PKCS#7");
    for format in ["pem", "der"] {
        let to = ["convert", "--encrypt", "--passphrase-file", "pin", "--format", format, "key.pem", "--out"];
        lab.run(KEY, [&to[..], &["locked", "--force"]].concat()).fine();
        let mut command = lab.command(KEY, ["show", "locked"]);
        let shown = Outcome::of(command.env_remove("KBUILD_SIGN_PIN")).fine().stdout;
        assert!(shown.contains("private key   encrypted"), "{shown}");
        assert_eq!(shown.contains("CN=key"), format == "pem", "{shown}");
        let shown = lab.run(KEY, ["show", "--passphrase-file", "pin", "locked"]).fine().stdout;
        assert!(shown.contains("private key   ECDSA P-256"), "{shown}");
    }
}
