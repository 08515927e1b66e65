//! Modules that the kernel's own `scripts/sign-file` signed, with OpenSSL 4.0 (`sf40`) and 3.5 (`sf35`).

use crate::lab::*;
use std::path::PathBuf;

/// File name without its ending, exit code, words that a failure must say.
#[rustfmt::skip]
const SIGNED: [(&str, i32, &str); 7] = [
    ("dummy.mldsa44-ossl40.sf40.sha512",   0, ""),
    ("dummy.mldsa65-ossl40.sf40.sha512",   0, ""),
    ("dummy.mldsa65-ossl40.sf40.sha512.k", 0, ""),
    ("dummy.mldsa87-ossl40.sf40.sha512",   0, ""),
    ("dummy.mldsa65-ossl35.sf35.sha512",   5, "signed attributes"),
    ("dummy.p384.sf40.sha384",             0, ""),
    // Right by mathematics and by Linux; SHA-1 is reported before RSA.
    ("dummy.rsa4096.sf40.sha1",            5, "sha1 in "),
];

/// The same for signatures that are kept without their module.
#[rustfmt::skip]
const CMS: [(&str, i32, &str); 39] = [
    ("dummy.mldsa44-ossl40.sf40.sha256",   0, ""),
    ("dummy.mldsa44-ossl40.sf40.sha384",   0, ""),
    ("dummy.mldsa44-ossl40.sf40.sha3-256", 0, ""),
    ("dummy.mldsa44-ossl40.sf40.sha3-512", 0, ""),
    ("dummy.mldsa44-ossl40.sf40.sha512.k", 0, ""),
    ("dummy.mldsa87-ossl40.sf40.sha512.k", 0, ""),
    ("dummy.mldsa44-ossl40.sf40.sha1",     5, "sha1 in "),
    ("dummy.mldsa44-ossl40.sf40.sha224",   5, "sha224 in "),
    ("dummy.mldsa44-ossl40.sf40.shake128", 5, "ENOPKG"),
    ("dummy.mldsa44-ossl40.sf40.shake256", 5, "ENOPKG"),
    ("dummy.mldsa44-ossl35.sf35.sha1",     5, "sha1 in "),
    ("dummy.mldsa44-ossl35.sf35.sha256",   5, "signed attributes"),
    ("dummy.mldsa44-ossl35.sf35.sha512",   5, "signed attributes"),
    ("dummy.mldsa44-ossl35.sf35.sha512.k", 5, "signed attributes"),
    ("dummy.mldsa87-ossl35.sf35.sha512",   5, "signed attributes"),
    ("dummy.p384.sf40.sha1",               5, "sha1 in "),
    ("dummy.p384.sf40.sha512.k",           0, ""),
    ("dummy.rsa4096.sf40.sha224",          5, "sha224 in "),
    ("dummy.rsa4096.sf40.sha512",          0, ""),
    ("dummy.p256.sf40.sha256",              0, ""),
    ("dummy.p256.sf40.sha512",              0, ""),
    ("dummy.p384.sf40.sha224",              5, "sha224 in "),
    ("dummy.p384.sf40.sha256",              0, ""),
    ("dummy.p384.sf40.sha3-256",            0, ""),
    ("dummy.p384.sf40.sha3-384",            0, ""),
    ("dummy.p384.sf40.sha3-512",            0, ""),
    ("dummy.p384.sf40.sha384",              0, ""),
    ("dummy.p384.sf40.sha512",              0, ""),
    ("dummy.p521.sf40.sha256",              0, ""),
    ("dummy.p521.sf40.sha512",              0, ""),
    ("dummy.rsa2048.sf40.sha256",           0, ""),
    ("dummy.rsa2048.sf40.sha512",           0, ""),
    ("dummy.rsa4096.sf40.sha256",           0, ""),
    ("dummy.rsa4096.sf40.sha3-256",         0, ""),
    ("dummy.rsa4096.sf40.sha3-384",         0, ""),
    ("dummy.rsa4096.sf40.sha3-512",         0, ""),
    ("dummy.rsa4096.sf40.sha384",           0, ""),
    ("dummy.rsa4096.sf40.sha512.k",         0, ""),
    // Its own certificate is there, but not among the trusted.
    ("dummy.wrong-mldsa65.sf40.sha512",    4, "ENOKEY"),
];

fn fixture(path: String) -> PathBuf {
    vectors("modsig").join(path)
}

/// Verifies `module.ko` in the lab with the certificates of all keys but the one that is not to be trusted.
fn verify(lab: &Lab, code: i32, words: &str, name: &str) {
    let keys = [
        "mldsa44-ossl35",
        "mldsa44-ossl40",
        "mldsa65-ossl35",
        "mldsa65-ossl40",
        "mldsa87-ossl35",
        "mldsa87-ossl40",
    ];
    let keys = keys
        .iter()
        .chain(&["p256", "p384", "p521", "rsa2048", "rsa4096"])
        .map(|key| fixture(format!("keys/{key}.der")));
    let trust = keys.flat_map(|key| ["--trust".into(), key]);
    let outcome = lab.run(VERIFY, trust.chain(["module.ko".into()]));
    if code == 0 {
        let outcome = outcome.fine();
        assert!(outcome.stdout.starts_with("module.ko: good, signed by "), "{name}: {outcome:?}");
    } else {
        println!("{name}");
        outcome.one_error(code, VERIFY, "module.ko", words);
    }
}

#[test]
fn modules_signed_by_the_kernels_sign_file() {
    let lab = Lab::new();
    for (name, code, words) in SIGNED {
        lab.write("module.ko", std::fs::read(fixture(format!("signed/{name}.ko"))).unwrap());
        verify(&lab, code, words, name);
    }
    assert_eq!(names_in(&fixture("signed".into())).len(), SIGNED.len(), "every fixture has a row");
}

#[test]
fn signatures_of_the_kernels_sign_file() {
    let lab = Lab::new();
    let module = real_module("dummy.ko");
    for (name, code, words) in CMS {
        let cms = std::fs::read(fixture(format!("cms/{name}.p7s"))).unwrap();
        lab.write("module.ko", with_trailer(&module, &cms, u32::try_from(cms.len()).unwrap()));
        verify(&lab, code, words, name);
    }
    assert_eq!(names_in(&fixture("cms".into())).len(), CMS.len(), "every fixture has a row");
}

/// Keys and certificates that OpenSSL made sign here, and certificates of legacy keys are named.
#[test]
fn keys_made_by_openssl_sign() {
    let lab = Lab::new();
    for key in ["mldsa44-ossl40", "mldsa65-ossl40", "mldsa87-ossl40"] {
        let [pem, der] = ["pem", "der"].map(|ending| fixture(format!("keys/{key}.{ending}")));
        lab.module("crc16.ko");
        lab.run(SIGN, ["--key".as_ref(), pem.as_os_str(), "crc16.ko".as_ref()]).fine();
        lab.run(VERIFY, ["--trust".as_ref(), der.as_os_str(), "crc16.ko".as_ref()]).fine();
        let shown = lab.run(KEY, ["show".as_ref(), pem.as_os_str()]).fine().stdout;
        assert!(shown.contains("belongs to the private key: yes"), "{shown}");
    }
    for (key, name) in [("rsa4096", "RSA"), ("p384", "EC")] {
        let der = fixture(format!("keys/{key}.der"));
        let shown = lab.run(KEY, ["show".as_ref(), der.as_os_str()]).fine().stdout;
        assert!(shown.contains(name), "{shown}");
    }
}

#[test]
fn keys_that_are_not_read_are_named() {
    let lab = Lab::new();
    let module = lab.module("crc16.ko");
    let before = Snapshot::of(&module);
    for (key, words) in [
        ("p224.pem", "EC on the curve 1.3.132.0.33"),
        ("p256-encrypted.pem", "is encrypted; give its passphrase"),
        ("p256-legacy-encrypted.pem", "is encrypted; give its passphrase"),
    ] {
        let path = fixture(format!("keys/{key}"));
        let outcome = lab.run(SIGN, ["--key".as_ref(), path.as_os_str(), "crc16.ko".as_ref()]);
        outcome.one_error(5, SIGN, key, words);
        assert_eq!(Snapshot::of(&module), before);
    }
    for (certificate, words) in
        [("rsa2048-sha1.der", "sha1"), ("rsa2048-md5.der", "md5"), ("p256-sha1.der", "sha1")]
    {
        let path = fixture(format!("keys/{certificate}"));
        let shown = lab.run(KEY, ["show".as_ref(), path.as_os_str()]).fine().stdout;
        assert!(shown.contains(&format!("signed with {words}, which is refused")), "{shown}");
    }
}
