//! The other operations: strip, detached and attach, extract, prepare and attach; each on good and on bad files.

use crate::lab::*;
use mldsa::Mu;
use mldsa::dynamic::{AnyVerifyingKey, Parameters};
use std::fs;

/// Where the public key of an ML-DSA-44 certificate lies: after the BIT STRING's header.
fn public_key(certificate: &[u8]) -> AnyVerifyingKey {
    let parameters = Parameters::MlDsa44;
    let len = parameters.verifying_key_len();
    let header = [&[3, 0x82][..], &u16::try_from(len + 1).unwrap().to_be_bytes(), &[0]].concat();
    let at = certificate.windows(5).position(|window| window == header).unwrap() + 5;
    AnyVerifyingKey::from_bytes(parameters, &certificate[at..at + len]).unwrap()
}

/// What an HSM would give for a module's mu: here out of a CMS that `--detached` made, whose last bytes it is.
fn raw_signature(lab: &Lab, module: &str) -> Vec<u8> {
    lab.run(SIGN, ["-q", "--detached", "--key", "key.pem", "-o", "hsm.p7s", "--force", module]).fine();
    let cms = lab.read("hsm.p7s");
    fs::remove_file(lab.path("hsm.p7s")).unwrap();
    cms[cms.len() - Parameters::MlDsa44.signature_len()..].to_vec()
}

fn lab() -> Lab {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.key("other", "ml-dsa-44");
    lab.module("crc16.ko");
    lab.module("dummy.ko");
    lab
}

#[test]
fn strip_gives_back_the_exact_bytes() {
    let lab = lab();
    for key in ["key.pem", "other.pem"] {
        lab.run(SIGN, ["-q", "--key", key, "crc16.ko"]).fine();
        let outcome = lab.run(SIGN, ["--strip", "crc16.ko"]).fine();
        assert_eq!(outcome.stdout, "crc16.ko: stripped of its signature\n");
        assert_eq!(lab.read("crc16.ko"), real_module("crc16.ko"));
    }
    let before = Snapshot::of(&lab.path("crc16.ko"));
    assert_eq!(lab.run(SIGN, ["--strip", "crc16.ko"]).fine().stdout, "crc16.ko: left alone: not signed\n");
    assert_eq!(Snapshot::of(&lab.path("crc16.ko")), before);
    // Three signatures, nested, valid or not.
    let module = real_module("dummy.ko");
    let three = (0..3).fold(module.clone(), |file, _| with_trailer(&file, b"0\x03abc", 5));
    lab.write("dummy.ko", three);
    let outcome = lab.run(SIGN, ["--strip", "dummy.ko"]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stderr.contains("had 3 nested signatures"), "{outcome:?}");
    assert_eq!(lab.read("dummy.ko"), module);
    // --output leaves the original.
    lab.run(SIGN, ["-q", "--key", "key.pem", "dummy.ko"]).fine();
    let signed = lab.read("dummy.ko");
    lab.run(SIGN, ["--strip", "-o", "bare.ko", "dummy.ko"]).fine();
    assert_eq!((lab.read("dummy.ko"), lab.read("bare.ko")), (signed, module));
}

#[test]
fn detached_and_attached_is_the_same_as_signed() {
    let lab = lab();
    lab.run(SIGN, ["--deterministic", "--key", "key.pem", "-o", "signed.ko", "dummy.ko"]).fine();
    let before = Snapshot::of(&lab.path("dummy.ko"));
    let outcome =
        lab.run(SIGN, ["--deterministic", "--detached", "--key", "key.pem", "dummy.ko", "crc16.ko"]).fine();
    assert_eq!(outcome.stdout.lines().next(), Some("dummy.ko: signed by CN=key with ML-DSA-44 (detached)"));
    assert_eq!(Snapshot::of(&lab.path("dummy.ko")), before);
    let (module, cms) = (real_module("dummy.ko"), lab.read("dummy.ko.p7s"));
    assert_eq!(with_trailer(&module, &cms, u32::try_from(cms.len()).unwrap()), lab.read("signed.ko"));

    // Nothing that does not verify is attached: another certificate, another module, a changed CMS, no file.
    let attach = ["--attach", "--cert", "key.x509", "dummy.ko"];
    let refused = |arguments: &[&str], code: i32, name: &str, words: &str| {
        lab.run(SIGN, arguments).one_error(code, SIGN, name, words);
        assert_eq!(Snapshot::of(&lab.path("dummy.ko")), before);
    };
    refused(&["--attach", "--cert", "other.x509", "dummy.ko"], 4, "dummy.ko.p7s", "ENOKEY");
    refused(&[&attach[..], &["--signature", "crc16.ko.p7s"]].concat(), 1, "crc16.ko.p7s", "EKEYREJECTED");
    refused(&[&attach[..], &["--signature", "missing"]].concat(), 6, "missing", "no such file");
    refused(&[&attach[..], &["--signature", "key.x509"]].concat(), 7, "key.x509", "");
    refused(&["--attach", "dummy.ko"], 2, "sign-module", "--cert");
    lab.write("long.p7s", vec![0x30; 70_000]);
    refused(&[&attach[..], &["--signature", "long.p7s"]].concat(), 7, "long.p7s", "");

    let outcome = lab.run(SIGN, attach).fine();
    assert_eq!(outcome.stdout, "dummy.ko: signature of CN=key with ML-DSA-44 attached\n");
    assert_eq!(lab.read("dummy.ko"), lab.read("signed.ko"));
    assert!(lab.run(SIGN, attach).fine().stdout.contains("left alone: this signature is there already"));
    // Another signature in its place only with --resign; then with one, not two.
    lab.run(SIGN, ["-q", "--detached", "--resign", "--force", "--key", "other.pem", "dummy.ko"]).fine();
    let other = ["--attach", "--cert", "other.x509", "dummy.ko"];
    lab.run(SIGN, other).one_error(5, SIGN, "dummy.ko", "--resign");
    lab.run(SIGN, [&other[..], &["--resign"]].concat()).fine();
    lab.run(VERIFY, ["--trust", "other.x509", "dummy.ko"]).fine();
    lab.run(SIGN, ["--strip", "dummy.ko"]).fine();
    assert_eq!(lab.read("dummy.ko"), module);
    // Many at once, each with the signature beside it.
    lab.run(SIGN, ["-q", "--detached", "--force", "--key", "key.pem", "dummy.ko", "crc16.ko"]).fine();
    lab.run(SIGN, ["--attach", "--cert", "key.x509", "dummy.ko", "crc16.ko"]).fine();
    lab.run(VERIFY, ["--trust", "key.x509", "dummy.ko", "crc16.ko"]).fine();
}

#[test]
fn extract_strip_attach_is_a_circle() {
    let lab = lab();
    lab.run(SIGN, ["-q", "--key", "key.pem", "dummy.ko"]).fine();
    let before = Snapshot::of(&lab.path("dummy.ko"));
    let signed = lab.read("dummy.ko");
    let outcome = lab.run(SIGN, ["-v", "--extract", "dummy.ko"]).fine();
    assert!(outcome.stdout.starts_with("dummy.ko: signature extracted\n  "), "{outcome:?}");
    assert_eq!(Snapshot::of(&lab.path("dummy.ko")), before);
    lab.run(SIGN, ["--extract", "dummy.ko"]).one_error(5, SIGN, "dummy.ko.p7s", "--force");
    lab.run(SIGN, ["-q", "--strip", "dummy.ko"]).fine();
    lab.run(SIGN, ["-q", "--attach", "--cert", "key.x509", "dummy.ko"]).fine();
    assert_eq!(lab.read("dummy.ko"), signed);
    lab.run(SIGN, ["--extract", "crc16.ko"]).one_error(3, SIGN, "crc16.ko", "is not signed");
    assert!(!lab.path("dummy.ko.x509").exists(), "there is no certificate inside");
}

/// OpenSSL's `cms` can put the signer's certificate inside; here it is done by hand.
#[test]
fn extract_gives_the_certificates_inside() {
    let lab = lab();
    lab.run(SIGN, ["-q", "--detached", "--key", "key.pem", "dummy.ko"]).fine();
    let (cms, certificate) = (lab.read("dummy.ko.p7s"), lab.read("key.x509"));
    // SignedData: version, digestAlgorithms and encapContentInfo take 3 + 15 + 13 bytes; certificates [0] come then.
    // All lengths above are of two bytes.
    let mut inside =
        [&[0xa0, 0x82][..], &u16::try_from(certificate.len()).unwrap().to_be_bytes(), &certificate].concat();
    let signed_data = 4 + 11 + 4 + 4;
    let at = signed_data + 3 + 15 + 13;
    assert_eq!(cms[at], 0x31, "the SET of SignerInfos");
    let mut whole = [&cms[..at], &inside[..], &cms[at..]].concat();
    for length_at in [2, 4 + 11 + 2, 4 + 11 + 4 + 2] {
        let length = u16::from_be_bytes([whole[length_at], whole[length_at + 1]]);
        let length = length + u16::try_from(inside.len()).unwrap();
        whole[length_at..length_at + 2].copy_from_slice(&length.to_be_bytes());
    }
    inside.clear();
    fs::remove_file(lab.path("dummy.ko.p7s")).unwrap();
    lab.write(
        "dummy.ko",
        with_trailer(&real_module("dummy.ko"), &whole, u32::try_from(whole.len()).unwrap()),
    );
    let verified = lab.run(VERIFY, ["--trust", "key.x509", "dummy.ko"]);
    assert_eq!(verified.code, 0);
    assert!(verified.stderr.contains("note: a certificate in the CMS"), "{verified:?}");
    lab.run(SIGN, ["--extract", "dummy.ko"]).fine();
    assert_eq!((lab.read("dummy.ko.p7s"), lab.read("dummy.ko.x509")), (whole, certificate));
}

#[test]
fn prepare_and_attach_sign_with_a_key_that_is_elsewhere() {
    let lab = lab();
    let before = Snapshot::of(&lab.path("dummy.ko"));
    let outcome = lab
        .run(SIGN, ["prepare", "--cert", "key.x509", "--skid", "--hash", "sha3-256", "dummy.ko", "crc16.ko"]);
    assert_eq!(outcome.fine().stdout.lines().next(), Some("dummy.ko: prepared for CN=key"));
    assert_eq!(Snapshot::of(&lab.path("dummy.ko")), before);
    let signature = raw_signature(&lab, "dummy.ko");
    // mu is what was signed, and the description says what the guide says.
    let mu: [u8; 64] = lab.read("dummy.ko.mu").try_into().expect("64 bytes");
    public_key(&lab.read("key.x509")).verify_mu(&Mu::from_bytes(mu), &signature).unwrap();
    let description: serde_json::Value = serde_json::from_slice(&lab.read("dummy.ko.mu.json")).unwrap();
    let text = |name: &str| description[name].as_str().unwrap().to_owned();
    assert_eq!(description["format"], 1);
    assert_eq!(text("module"), "dummy.ko");
    assert_eq!(description["module_length"], real_module("dummy.ko").len());
    assert_eq!(text("mu"), mu.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    assert_eq!((text("algorithm"), text("digest_algorithm")), ("ML-DSA-44".into(), "sha3-256".into()));
    assert_eq!((description["signature_length"].as_u64(), text("module_sha512").len()), (Some(2420), 128));
    assert_eq!(text("signer_identifier"), "subject-key-id");
    assert_eq!(description["certificate"]["subject"], "CN=key");

    let attach = ["attach", "--cert", "key.x509", "dummy.ko"];
    let refused = |arguments: &[&str], code: i32, name: &str, words: &str| {
        lab.run(SIGN, arguments).one_error(code, SIGN, name, words);
        assert_eq!(Snapshot::of(&lab.path("dummy.ko")), before);
    };
    refused(&attach, 6, "dummy.ko.sig", "no such file");
    let mut flipped = signature.clone();
    flipped[1000] ^= 1;
    for (bytes, code, words) in [
        (&flipped[..], 1, "EKEYREJECTED"),
        (&signature[1..], 7, "is 2419 bytes long, a raw ML-DSA-44 signature is 2420"),
        (&[], 7, "is 0 bytes long"),
        // Of another module, right by itself.
        (&raw_signature(&lab, "crc16.ko"), 1, "EKEYREJECTED"),
    ] {
        lab.write("dummy.ko.sig", bytes);
        refused(&attach, code, "dummy.ko.sig", words);
    }
    lab.write("dummy.ko.sig", &signature);
    refused(&["attach", "--cert", "other.x509", "dummy.ko"], 7, "dummy.ko.mu.json", "another certificate");
    refused(
        &["attach", "--cert", "key.pem", "--signature", "dummy.ko.sig", "crc16.ko", "dummy.ko"],
        2,
        "sign-module",
        "--signature",
    );
    // The description is looked at closely.
    let good = String::from_utf8(lab.read("dummy.ko.mu.json")).unwrap();
    let sha512 = text("module_sha512");
    for (from, to, words) in [
        ("\"format\": 1", "\"format\": 2", "format"),
        ("{", "", "JSON"),
        ("sha3-256", "sha1", "sha1"),
        ("sha3-256", "rot13", "rot13"),
        ("subject-key-id", "name", "unknown"),
        ("digest_algorithm", "digest", "digest_algorithm"),
        (&sha512[..], &sha512[1..], "the module has changed since"),
        ("\"sha256\"", "\"sha-256\"", "sha256"),
    ] {
        lab.write("dummy.ko.mu.json", good.replacen(from, to, 1));
        refused(&attach, 7, "dummy.ko.mu.json", words);
    }
    fs::remove_file(lab.path("dummy.ko.mu.json")).unwrap();
    refused(&attach, 6, "dummy.ko.mu.json", "no such file");
    lab.write("dummy.ko.mu.json", good);

    let outcome = lab.run(SIGN, attach).fine();
    assert_eq!(outcome.stdout, "dummy.ko: signature of CN=key with ML-DSA-44 attached\n");
    let verified = lab.run(VERIFY, ["--trust", "key.x509", "dummy.ko"]).fine();
    assert!(verified.stdout.contains("(sha3-256)"), "{verified:?}");
    // Done is done: neither step begins again.
    assert!(lab.run(SIGN, attach).fine().stdout.contains("left alone"));
    let as_before = ["--hash", "sha3-256", "--skid"];
    let again = [&["prepare", "--cert", "key.x509", "--force", "dummy.ko"][..], &as_before].concat();
    let again = lab.run(SIGN, again).fine();
    assert!(again.stdout.contains("left alone: signed already by CN=key"), "{again:?}");
}

#[test]
fn prepare_refuses_what_cannot_be_signed_and_overwrites_nothing() {
    let lab = lab();
    let names = lab.names();
    let rsa = vectors("modsig/keys/rsa1024.pem");
    let arguments = ["prepare", "--cert", rsa.to_str().unwrap(), "crc16.ko"];
    lab.run(SIGN, arguments).one_error(5, SIGN, "rsa1024.pem", "RSA-1024 is refused");
    lab.write("two.der", [lab.read("key.x509"), lab.read("other.x509")].concat());
    lab.run(SIGN, ["prepare", "--cert", "two.der", "crc16.ko"]).one_error(
        7,
        SIGN,
        "two.der",
        "holds 2 certificates",
    );
    fs::remove_file(lab.path("two.der")).unwrap();
    lab.run(SIGN, ["prepare", "--cert", "key.x509", "--hash", "sha1", "crc16.ko"]).one_error(
        5,
        SIGN,
        "sign-module",
        "sha1",
    );
    lab.run(SIGN, ["prepare", "crc16.ko"]).one_error(2, SIGN, "sign-module", "--cert");
    assert_eq!(lab.names(), names);
    lab.write("crc16.ko.mu.json", "mine");
    lab.run(SIGN, ["prepare", "--cert", "key.x509", "crc16.ko"]).one_error(
        5,
        SIGN,
        "crc16.ko.mu.json",
        "--force",
    );
    assert_eq!(lab.read("crc16.ko.mu.json"), b"mine");
    lab.run(SIGN, ["prepare", "--force", "--cert", "key.x509", "crc16.ko"]).fine();
    assert_ne!(lab.read("crc16.ko.mu.json"), b"mine");
    // Somebody else's signature stays unless --resign.
    lab.run(SIGN, ["-q", "--key", "other.pem", "dummy.ko"]).fine();
    lab.run(SIGN, ["prepare", "--cert", "key.x509", "dummy.ko"]).one_error(5, SIGN, "dummy.ko", "--resign");
    lab.run(SIGN, ["prepare", "--resign", "--cert", "key.x509", "dummy.ko"]).fine();
}

#[test]
fn files_named_like_a_step_are_still_files() {
    let lab = lab();
    for name in ["prepare", "attach"] {
        fs::rename(lab.module("crc16.ko"), lab.path(name)).unwrap();
        let path = format!("./{name}");
        lab.run(SIGN, ["--key", "key.pem", &path]).fine();
        lab.run(VERIFY, ["--trust", "key.x509", name]).fine();
        lab.run(SIGN, ["--strip", name]).fine();
    }
}

#[test]
fn any_file_signs_images_and_not_nothing() {
    let lab = lab();
    let image = b"MZ a kernel image, such as kexec loads".to_vec();
    lab.write("image", &image);
    lab.write("empty", "");
    lab.write("image.gz", b"\x1f\x8b not unpacked: its name is no module's");
    lab.run(SIGN, ["--key", "key.pem", "image"]).one_error(7, SIGN, "image", "is not a kernel module");
    lab.run(SIGN, ["--any-file", "--key", "key.pem", "image", "image.gz"]).fine();
    lab.run(VERIFY, ["--trust", "key.x509", "image", "image.gz"]).fine();
    lab.run(SIGN, ["--any-file", "--key", "key.pem", "empty"]).one_error(7, SIGN, "empty", "nothing to sign");
    lab.run(SIGN, ["--any-file", "--strip", "image"]).fine();
    assert_eq!(lab.read("image"), image);
}

#[test]
fn verbs_that_do_not_go_together_are_usage_errors() {
    let lab = lab();
    let names = lab.names();
    let rows: [&[&str]; 16] = [
        &["--strip", "--extract", "m"],
        &["--strip", "--key", "k", "m"],
        &["--strip", "--detached", "m"],
        &["--strip", "--resign", "m"],
        &["--strip", "--force", "m"],
        &["--strip"],
        &["--extract", "--cert", "c", "m"],
        &["--extract", "--deterministic", "m"],
        &["--attach", "--cert", "c", "--key", "k", "m"],
        &["--attach", "--cert", "c", "--signature", "s", "m", "n"],
        &["--signature", "s", "--key", "k", "m"],
        &["--detached", "m"],
        &["--detached", "--key", "k", "-o", "x", "m", "n"],
        &["prepare", "--cert", "c", "--key", "k", "m"],
        &["prepare", "--cert", "c"],
        &["attach", "--cert", "c", "--hash", "sha512", "m"],
    ];
    for arguments in rows {
        lab.run(SIGN, arguments).one_error(2, SIGN, "sign-module", "--help");
    }
    assert_eq!(lab.names(), names);
}
