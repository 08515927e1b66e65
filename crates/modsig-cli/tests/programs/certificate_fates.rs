//! Certificates that Linux does not load, and others that it loads, in every program that reads certificates.
//! `test-vectors/modsig/certificates/answers.txt` has what a real kernel did.

use crate::lab::*;
use std::os::unix::fs::symlink;

/// Certificate, key, and the words that every program says of it.
#[rustfmt::skip]
const NOT_TAKEN: [(&str, &str, &[&str]); 19] = [
    ("pss-self",            "pss-self",          &["does not load", "ENOPKG", "certificate (-65)", "signed with RSASSA-PSS", "PKCS#1 v1.5"]),
    ("ed-issuer-rsa",       "ed-issuer-rsa",     &["does not load", "ENOPKG", "signed with Ed25519"]),
    ("ed-issuer",           "p256",              &["does not load", "ENOPKG", "signed with Ed25519"]),
    ("slh-issuer",          "p256",              &["does not load", "ENOPKG", "signed with SLH-DSA"]),
    ("subject-empty-rsa",   "subject-empty-rsa", &["does not load", "EBADMSG", "certificate (-74)", "the issuer's name is empty", "common name"]),
    ("subject-empty-self",  "p256",              &["does not load", "EBADMSG", "the issuer's name is empty"]),
    ("subject-empty",       "p256",              &["does not load", "EBADMSG", "the subject's name is empty"]),
    ("issuer-empty",        "p256",              &["does not load", "EBADMSG", "the issuer's name is empty"]),
    ("rdn-empty",           "p256",              &["does not load", "EBADMSG", "the issuer's name is empty"]),
    ("extensions-empty",    "p256",              &["does not load", "EBADMSG", "extensions are empty"]),
    ("usage-empty",         "p256",              &["does not load", "EBADMSG", "extension keyUsage"]),
    ("skid-empty",          "p256",              &["does not load", "EBADMSG", "extension subjectKeyIdentifier"]),
    ("basic-false-written", "p256",              &["does not load", "EBADMSG", "extension basicConstraints"]),
    ("basic-pathlen-only",  "p256",              &["does not load", "EBADMSG", "extension basicConstraints"]),
    ("akid-no-value",       "p256",              &["does not load", "EBADMSG", "Couldn't decode AuthKeyIdentifier"]),
    ("badself",             "p256",              &["does not load", "EKEYREJECTED", "does not verify with its own key"]),
    ("compressed-self",     "p256",              &["does not load", "EINVAL", "compressed point"]),
    ("compressed-issued",   "p256",              &["refuses every signature by its key", "compressed point"]),
    ("short",           "p256",              &["stops reading its built-in certificates", "parsing in-kernel", "256 bytes", "longer name"]),
];

/// Certificates that Linux takes, odd as they are.
const TAKEN: [(&str, &str); 4] =
    [("ok-p256", "p256"), ("akid-empty", "p256"), ("extensions-none", "p256"), ("same-name-ca", "p256")];

/// A lab with a module, the certificate `c.der`, its key `k.pem`, and `sign-file`.
fn lab(certificate: &str, key: &str) -> Lab {
    let lab = Lab::new();
    let file = |name: String| std::fs::read(vectors("modsig/certificates").join(name)).unwrap();
    lab.write("c.der", file(format!("{certificate}.der")));
    lab.write("k.pem", file(format!("{key}.pem")));
    lab.module("crc16.ko");
    symlink(SIGN, lab.path("sign-file")).unwrap();
    lab
}

/// The calls that sign for `c.der` or attach a signature by its key, in an order that has each find what it needs.
const SIGNING: [&[&str]; 6] = [
    &["sign-module", "--detached", "--key", "k.pem", "--cert", "c.der", "crc16.ko"],
    &["sign-module", "-q", "--key", "k.pem", "--cert", "c.der", "--output", "signed.ko", "crc16.ko"],
    &["sign-module", "--attach", "--cert", "c.der", "--output", "attached.ko", "crc16.ko"],
    &["sign-file", "sha512", "k.pem", "c.der", "crc16.ko", "by-sign-file.ko"],
    &["sign-file", "-dp", "sha512", "k.pem", "c.der", "crc16.ko"],
    &["sign-file", "-s", "crc16.ko.p7s", "sha512", "c.der", "crc16.ko", "by-s.ko"],
];

fn call(lab: &Lab, call: &[&str]) -> Outcome {
    let program = match call[0] {
        "sign-module" => SIGN.into(),
        name => lab.path(name).into_os_string().into_string().unwrap(),
    };
    lab.run(&program, &call[1..])
}

/// Kills: a program that does not ask the predictor, another exit code, a warning that `-q` silences, words of another
/// cause.
#[test]
fn a_certificate_that_linux_does_not_take_is_refused_or_warned_about() {
    for (certificate, key, words) in NOT_TAKEN {
        let lab = lab(certificate, key);
        let has_all =
            |text: &str| words.iter().all(|words| text.contains(words)) && text.contains("Linux 7.2");
        let checked = lab.run(KEY, ["check", "--cert", "c.der", "k.pem"]);
        assert_eq!((checked.code, checked.stdout.as_str()), (5, ""), "{certificate}: {checked:?}");
        let said: Vec<_> = checked.stderr.lines().filter(|line| !line.contains(": note: ")).collect();
        assert!(said.len() == 1 && has_all(said[0]), "{certificate}: {checked:?}");

        for arguments in SIGNING {
            let outcome = call(&lab, arguments);
            assert_eq!(outcome.code, 0, "{certificate}: {arguments:?}: {outcome:?}");
            assert_eq!(outcome.errors(), 1, "{certificate}: {arguments:?}: {outcome:?}");
            let start = format!("{}: c.der: warning: ", arguments[0]);
            assert!(outcome.stderr.starts_with(&start), "{certificate}: {outcome:?}");
            assert!(has_all(&outcome.stderr), "{certificate}: {arguments:?}: {outcome:?}");
        }
        for signed in ["signed.ko", "attached.ko", "by-sign-file.ko", "by-s.ko"] {
            assert!(lab.read(signed).ends_with(MARKER), "{certificate}: {signed}");
        }
        let verified = lab.run(VERIFY, ["--trust", "c.der", "signed.ko"]);
        let noted = |line: &str| line.starts_with("verify-module: c.der: note: ") && has_all(line);
        assert!(verified.code == 0 && verified.stderr.lines().any(noted), "{certificate}: {verified:?}");
        assert!(verified.stdout.contains("; Linux 7.2 would refuse it: "), "{certificate}");
        let shown = lab.run(KEY, ["show", "c.der"]).fine().stdout;
        let warned = |line: &str| line.trim_start().starts_with("warning ") && has_all(line);
        assert!(shown.lines().any(warned), "{certificate}: {shown}");
    }
}

/// Kills: a warning about everything odd; a CA of the subject's name that passes for a bad self-signature.
#[test]
fn a_certificate_that_linux_takes_is_good_everywhere() {
    for (certificate, key) in TAKEN {
        let lab = lab(certificate, key);
        let checked = lab.run(KEY, ["check", "--cert", "c.der", "k.pem"]);
        assert_eq!(checked.code, 0, "{certificate}: {checked:?}");
        for arguments in SIGNING {
            let outcome = call(&lab, arguments);
            assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{certificate}: {outcome:?}");
        }
        let verified = lab.run(VERIFY, ["--trust", "c.der", "signed.ko"]);
        assert!(verified.code == 0 && !verified.stderr.contains("Linux"), "{certificate}: {verified:?}");
        let shown = lab.run(KEY, ["show", "c.der"]).fine().stdout;
        assert!(!shown.contains("Linux") && !shown.contains("BAD"), "{certificate}: {shown}");
    }
}

/// A kernel that gets its certificates one by one loads a short one; the message names the predicted kernel.
#[test]
fn the_kernel_that_was_asked_is_named() {
    let lab = lab("short", "p256");
    lab.run(SIGN, ["-q", "--key", "k.pem", "--cert", "c.der", "crc16.ko"]);
    let outcome = lab.run(VERIFY, ["--trust", "c.der", "--kernel", "debian-7.2", "crc16.ko"]);
    assert!(!outcome.stderr.contains("built-in"), "{outcome:?}");
    lab.key("mldsa", "ml-dsa-44");
    let outcome = lab.run(VERIFY, ["--trust", "mldsa.x509", "--kernel", "debian-7.2", "crc16.ko"]);
    let words = "Linux 7.2 (debian-7.2) does not load this certificate (ENOENT";
    assert!(outcome.stderr.contains(words) && outcome.stderr.contains("CONFIG_CRYPTO_MLDSA"), "{outcome:?}");
    // Kills: advice to use the algorithm that this kernel lacks.
    let outcome = lab.run(VERIFY, ["--trust", "mldsa.x509", "--kernel", "6.12", "crc16.ko"]);
    let advice =
        "it is signed with ML-DSA-44: this kernel has no ML-DSA: use a key and an issuer with RSA or ECDSA";
    assert!(outcome.stderr.contains(advice), "{outcome:?}");
}

/// The steps with an HSM warn too. Kills: `prepare` or `attach` without the question.
#[test]
fn the_steps_with_an_hsm_warn() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let mut certificate = lab.read("key.x509");
    // The first octet of an ML-DSA-44 signature: still well-formed, of another message.
    let at = certificate.len() - 2420;
    certificate[at] ^= 1;
    lab.write("c.der", certificate);
    lab.module("crc16.ko");
    let start = "sign-module: c.der: warning: CN=key: Linux 7.2 does not load this certificate (EKEYREJECTED";
    let prepared = lab.run(SIGN, ["prepare", "--cert", "c.der", "crc16.ko"]);
    assert!(prepared.code == 0 && prepared.stderr.starts_with(start), "{prepared:?}");
    assert_eq!(prepared.stderr.lines().count(), 1, "{prepared:?}");
    lab.write("crc16.ko.sig", "short");
    let attached = lab.run(SIGN, ["attach", "--cert", "c.der", "crc16.ko"]);
    assert!(attached.code == 7 && attached.stderr.starts_with(start), "{attached:?}");
}

/// A CA without a name makes certificates without an issuer, which Linux does not load: nothing is written.
#[test]
fn generate_writes_nothing_that_linux_does_not_take() {
    let lab = lab("subject-empty-self", "p256");
    let names = lab.names();
    let outcome = lab.run(KEY, ["generate", "--ca-key", "k.pem", "--ca-cert", "c.der", "--out", "new.pem"]);
    let outcome = outcome.one_error(5, KEY, "new.x509", "nothing was written: Linux 7.2 does not load");
    assert!(outcome.stderr.contains("EBADMSG") && outcome.stderr.contains("issuer's name is empty"));
    assert_eq!(lab.names(), names);
}

/// A CA and a key of one name: the certificate is not self-signed, and its authority key identifier says so.
/// Kills: "does not verify" for a signature by another key of the same name.
#[test]
fn an_authority_of_the_same_name() {
    let lab = Lab::new();
    let ca = ["-q", "generate", "--ca", "--algorithm", "p-256", "--common-name", "one", "--out", "ca.pem"];
    lab.run(KEY, ca).fine();
    let issue =
        ["generate", "--ca-key", "ca.pem", "--algorithm", "p-256", "--common-name", "one", "--out", "k.pem"];
    let said = lab.run(KEY, issue).fine().stdout;
    assert!(said.contains("certificate of CN=one issued by CN=one"), "{said}");
    lab.run(KEY, ["check", "k.pem"]).fine();
    lab.module("crc16.ko");
    lab.run(SIGN, ["--key", "k.pem", "crc16.ko"]).fine();
    lab.run(VERIFY, ["--trust", "k.x509", "crc16.ko"]).fine();
}

/// NULL parameters of ML-DSA in a certificate: what is said is the encoding, and Linux is not said to refuse what it takes.
/// Kills: "does not verify" for a signature that does; "Linux refuses" without a question.
#[test]
fn null_parameters_are_named_for_what_they_are() {
    const WORDS: &str = "the parameters are NULL, but RFC 9881 requires them absent";
    let true_of_it = |outcome: &Outcome| {
        let text = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(text.contains(WORDS), "{outcome:?}");
        for untrue in ["does not verify", "BAD", "damaged", "Linux", "give an X.509"] {
            assert!(!text.contains(untrue), "{untrue}: {outcome:?}");
        }
    };
    for (certificate, code, verified) in [("mldsa-signature-null", 5, 0), ("mldsa-key-null", 7, 7)] {
        let lab = lab(certificate, "mldsa");
        let good = std::fs::read(vectors("modsig/certificates/mldsa-ok.der")).unwrap();
        lab.write("good.der", good);
        lab.run(SIGN, ["--key", "k.pem", "--cert", "good.der", "crc16.ko"]).fine();
        let checked = lab.run(KEY, ["check", "--cert", "c.der", "k.pem"]);
        assert_eq!(checked.code, code, "{checked:?}");
        true_of_it(&checked);
        let outcome = lab.run(VERIFY, ["--trust", "c.der", "crc16.ko"]);
        assert_eq!(outcome.code, verified, "{outcome:?}");
        true_of_it(&outcome);
        true_of_it(&lab.run(KEY, ["show", "c.der"]));
    }
}
