//! Files that are not what was asked for: named for what they are, with a command that helps. And a byte order mark.

use crate::lab::*;
use modsig::pem;

/// A bare seed of 32 bytes in PKCS#8, encrypted with the passphrase `pass1`, as OpenSSL 3.5 writes it on request.
const ENCRYPTED_BARE_SEED: &str = "\
-----BEGIN ENCRYPTED PRIVATE KEY-----
MIGjMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBAHoHGU/qwEhL+hsJbw
viHRAgIIADAMBggqhkiG9w0CCQUAMB0GCWCGSAFlAwQBKgQQCMpEI2BPD/q1Om2W
xdnCcwRAe/LYj9UCMjfDfoQj3VGSF+xOw8SFm0sj7AB4vCebuROOBKLWKCdyD7hD
EANSIEpQjcgJiGIPWqkHZWbcvO8J3A==
-----END ENCRYPTED PRIVATE KEY-----
";

/// SignedData without signers and without certificates.
const BUNDLE: &[u8] =
    b"\x30\x23\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x16\x30\x14\x02\x01\x01\x31\0\x30\x0b\
    \x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\x31\0";

/// PKCS#8 with bare bytes instead of RFC 9881's choice.
fn bare_key(parameter_set: u8, bytes: &[u8]) -> Vec<u8> {
    let algorithm =
        [b"\x02\x01\x00\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03", &[parameter_set][..]].concat();
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    let inside = [&algorithm[..], b"\x04\x82", &length, bytes].concat();
    let short = [&algorithm[..], b"\x04", &length[1..], bytes].concat();
    let inside = if bytes.len() < 128 { short } else { inside };
    let length = u16::try_from(inside.len()).unwrap().to_be_bytes();
    match inside.len() {
        0..128 => [b"\x30", &length[1..], &inside].concat(),
        _ => [b"\x30\x82", &length[..], &inside].concat(),
    }
}

/// Kills: the passphrase blamed for a key that it decrypted; "its tag or length is not DER" for the form of an old draft; a
/// form that is read without a word, or converted to itself.
#[test]
fn a_draft_form_of_ml_dsa_is_read_and_named() {
    const NOTE: &str = "note: an old or foreign form of private key (a bare";
    let lab = Lab::new();
    lab.write("pin", "pass1\n");
    lab.write("locked.pem", ENCRYPTED_BARE_SEED);
    let show = ["show", "--passphrase-file", "pin", "locked.pem"];
    let outcome = lab.run(KEY, show);
    assert!(outcome.code == 0 && outcome.stdout.contains("ML-DSA-65, seed"), "{outcome:?}");
    assert!(outcome.errors() == 1 && outcome.stderr.contains(NOTE), "{outcome:?}");
    assert!(outcome.stderr.contains("convert --encrypt"), "{outcome:?}");
    lab.write("pin", "another\n");
    lab.run(KEY, show).one_error(5, KEY, "locked.pem", "the passphrase does not decrypt");
    let seed = mldsa::Seed::from_bytes([7; 32]);
    for (parameter_set, parameters) in (0x11..).zip(mldsa::dynamic::Parameters::ALL) {
        let key = mldsa::dynamic::AnySigningKey::from_seed(parameters, &seed);
        for inner in [seed.as_bytes(), key.as_expanded_bytes()] {
            let der = bare_key(parameter_set, inner);
            lab.write("key.der", &der);
            lab.write("key.pem", pem::encode("PRIVATE KEY", &der).as_bytes());
            for name in ["key.der", "key.pem"] {
                let outcome = lab.run(KEY, ["public", name]);
                assert!(outcome.code == 0 && outcome.errors() == 1, "{outcome:?}");
                assert!(outcome.stderr.contains(NOTE) && outcome.stderr.contains("module-key convert FILE"));
                lab.run(KEY, ["convert", name, "--force", "--out", "new.pem"]).fine();
                assert_eq!(lab.run(KEY, ["public", "new.pem"]).fine().stdout, outcome.stdout);
            }
        }
    }
    // Other lengths are no known form, and another set is named.
    lab.write("key.der", bare_key(0x11, &[7; 33]));
    lab.run(KEY, ["show", "key.der"]).one_error(7, KEY, "key.der", "ML-DSA-PrivateKey");
    lab.write("key.der", bare_key(0x11, &[7; 4032]));
    lab.run(KEY, ["show", "key.der"]).one_error(7, KEY, "key.der", "4032 bytes long, not 2560");
}

/// Kills: the passphrase blamed for what it decrypts.
#[test]
fn what_the_passphrase_decrypts_is_not_blamed_on_it() {
    let lab = Lab::new();
    let key = modsig::key::PrivateKey::from_seed(
        mldsa::dynamic::Parameters::MlDsa44,
        &mldsa::Seed::from_bytes([1; 32]),
    );
    let locked = key.to_encrypted_der(modsig::key::KeyForm::Seed, b"pin", &[2; 32]).unwrap();
    lab.write("pin", "pin\n");
    lab.write("good.der", &*locked);
    lab.run(KEY, ["show", "--passphrase-file", "pin", "good.der"]).fine();
    // CBC: a bit that is flipped in the IV flips the same bit of the first 16 bytes of plain text. 30 34 02 01 00 30 …: the tag of
    // the version becomes another, and all around it stays DER.
    let aes_256_cbc = b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x01\x2a\x04\x10";
    let at = locked.windows(aes_256_cbc.len()).position(|window| window == aes_256_cbc).unwrap()
        + aes_256_cbc.len();
    let mut spoilt = locked.to_vec();
    spoilt[at + 2] ^= 1;
    lab.write("spoilt.der", &spoilt);
    let outcome = lab.run(KEY, ["show", "--passphrase-file", "pin", "spoilt.der"]);
    outcome.one_error(7, KEY, "spoilt.der", "the passphrase is right, but the decrypted bytes are not");
}

/// Kills: ASN.1 offsets instead of the kind of the file.
#[test]
fn files_of_other_kinds_are_named() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let pem = String::from_utf8(lab.read("key.pem")).unwrap();
    let bare = &pem[..pem.find("-----BEGIN CERTIFICATE").unwrap()];
    lab.write("key-only.pem", bare);
    lab.run(KEY, ["-q", "convert", "--format", "der", "key.pem", "--out", "key.der"]).fine();
    lab.run(KEY, ["-q", "public", "--format", "der", "key.pem", "--out", "public.der"]).fine();
    lab.run(KEY, ["-q", "request", "--format", "der", "key.pem", "--out", "request.der"]).fine();
    lab.module("dummy.ko");
    lab.write("key.p12", std::fs::read(vectors("modsig/keys/old/p256-legacy.p12")).unwrap());
    lab.run(SIGN, ["--detached", "--key", "key.pem", "--output", "sig.p7s", "dummy.ko"]).fine();
    lab.write("dummy.ko.xz", b"\xfd7zXZ\0");
    lab.write("bundle.p7b", BUNDLE);
    let pkcs12 = lab.read("key.p12");
    lab.write("cut.p12", &pkcs12[..pkcs12.len() - 1]);
    lab.write("cert.pem", &pem[bare.len()..]);
    lab.write("key.p7b", b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80");
    lab.write("p7b.pem", pem::encode("PKCS7", &lab.read("key.p7b")).as_bytes());
    lab.write("key.jks", b"\xfe\xed\xfe\xed\0\0\0\x02");
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain(bare.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    lab.write("utf16.pem", utf16);
    lab.write("ssh.pem", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAEC\n-----END OPENSSH PRIVATE KEY-----\n");
    // What sign-module says of it as a key, as a certificate, and what `module-key show` says.
    #[rustfmt::skip]
    let rows = [
        ("key.x509",    "is a certificate, not a private key: give the private key here, a certificate with --cert", "", ""),
        ("cert.pem",    "is a certificate, not a private key", "", ""),
        ("key-only.pem", "", "is a private key, not a certificate", ""),
        ("key.der",     "", "is a private key, not a certificate", ""),
        ("public.der",  "only a public key", "only a public key", ""),
        ("request.der", "a certificate request", "a certificate request", ""),
        ("key.p12",     "", "is a PKCS#12 file (.p12, .pfx), which holds a private key", ""),
        ("sig.p7s",     "is a detached signature", "is a detached signature", "is a detached signature"),
        ("cut.p12",     "is a PKCS#12 file that cannot be read", "", "is a PKCS#12 file that cannot be read"),
        ("bundle.p7b",  "is a PKCS#7 bundle of certificates", "openssl pkcs7 -inform DER", "openssl pkcs7 -inform DER"),
        ("dummy.ko.xz", "is a compressed file", "is a compressed file", "is a compressed file"),
        ("key.p7b",     "is a PKCS#7 bundle of certificates", "openssl pkcs7 -inform DER", "openssl pkcs7 -inform DER"),
        ("p7b.pem",     "no private key", "openssl pkcs7 -inform DER", "openssl pkcs7 -inform DER"),
        ("key.jks",     "a Java key store", "a Java key store", "a Java key store"),
        ("utf16.pem",   "UTF-16", "UTF-16", "UTF-16"),
        ("ssh.pem",     "ssh-keygen", "ssh-keygen", "ssh-keygen"),
        ("dummy.ko",    "an ELF file", "an ELF file", "an ELF file"),
    ];
    for (name, as_key, as_certificate, shown) in rows {
        let outcomes = [
            (SIGN, lab.run(SIGN, ["--key", name, "m.ko"]), as_key),
            (SIGN, lab.run(SIGN, ["--key", "key.pem", "--cert", name, "m.ko"]), as_certificate),
            (VERIFY, lab.run(VERIFY, ["--trust", name, "m.ko"]), as_certificate),
            (KEY, lab.run(KEY, ["show", name]), shown),
        ];
        for (program, outcome, words) in outcomes.into_iter().filter(|(.., words)| !words.is_empty()) {
            outcome.one_error(7, program, name, words);
        }
    }
}

/// Kills: a PEM file that a Windows editor saved called broken.
#[test]
fn a_byte_order_mark_is_read() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let pem = lab.read("key.pem");
    lab.write("bom.pem", [b"\xef\xbb\xbf", &pem[..]].concat());
    lab.module("crc16.ko");
    lab.run(SIGN, ["--key", "bom.pem", "crc16.ko"]).fine();
    lab.run(VERIFY, ["--trust", "bom.pem", "crc16.ko"]).fine();
    lab.run(KEY, ["check", "bom.pem"]).fine();
}

/// Kills: a CMS in PEM called damaged.
#[test]
fn a_cms_in_pem_is_attached() {
    let lab = Lab::new();
    lab.key("key", "rsa-2048");
    lab.module("crc16.ko");
    lab.run(SIGN, ["--detached", "--key", "key.pem", "crc16.ko"]).fine();
    let cms = lab.read("crc16.ko.p7s");
    std::os::unix::fs::symlink(SIGN, lab.path("sign-file")).unwrap();
    let sign_file = lab.path("sign-file");
    let attach = ["--attach", "--cert", "key.x509", "crc16.ko"];
    for label in ["CMS", "PKCS7"] {
        lab.module("crc16.ko");
        lab.write("crc16.ko.p7s", pem::encode(label, &cms).as_bytes());
        lab.run(SIGN, attach).fine();
        lab.run(VERIFY, ["--trust", "key.x509", "crc16.ko"]).fine();
        let signed = lab.read("crc16.ko");
        lab.module("crc16.ko");
        let arguments = ["-s", "crc16.ko.p7s", "sha512", "key.x509", "crc16.ko"];
        lab.run(sign_file.to_str().unwrap(), arguments).fine();
        assert_eq!(lab.read("crc16.ko"), signed);
    }
    lab.module("crc16.ko");
    for wrong in [lab.read("key.pem"), pem::encode("CMS", &cms).repeat(2).into_bytes()] {
        lab.write("crc16.ko.p7s", wrong);
        lab.run(SIGN, attach).one_error(7, SIGN, "crc16.ko.p7s", "without exactly one CMS block");
    }
}

/// Kills: the two steps for ML-DSA as advice for RSA and ECDSA; OpenSSL 4 as advice where `-noattr` is meant.
#[test]
fn advice_for_signatures_made_elsewhere_is_true() {
    const COMMAND: &str = "openssl cms -sign -binary -noattr";
    let lab = Lab::new();
    lab.key("key", "rsa-2048");
    lab.module("dummy.ko");
    lab.run(SIGN, ["prepare", "--cert", "key.x509", "dummy.ko"]).fine();
    let signed = vectors("modsig/signed/dummy.mldsa65-ossl35.sf35.sha512.ko");
    let trust = vectors("modsig/keys/mldsa65-ossl35.der");
    let outcome = lab.run(VERIFY, ["--trust".as_ref(), trust.as_os_str(), signed.as_os_str()]);
    outcome.one_error(5, VERIFY, "sha512.ko", COMMAND);
}

/// A token that cannot be used is an error before any module is opened; the PIN of the URI is in no message. (Real tokens:
/// `./check tokens`.)
#[test]
fn a_token_that_cannot_be_used_changes_nothing() {
    let lab = Lab::new();
    lab.module("dummy.ko");
    lab.write("no-library.so", b"text");
    let library = lab.path("no-library.so").display().to_string();
    let before = lab.read("dummy.ko");
    for (uri, exit, words) in [
        (
            "pkcs11:object=k?module-path=/missing.so".to_owned(),
            6,
            "cannot load the PKCS#11 library /missing.so",
        ),
        (format!("pkcs11:object=k?module-path={library}"), 6, "cannot load the PKCS#11 library"),
        ("pkcs11:object=k?module-name=no-such-library".to_owned(), 6, "no PKCS#11 library no-such-library"),
        ("pkcs11:object=k?pin-source=/missing".to_owned(), 6, "no such file"),
        ("pkcs11:objekt=k".to_owned(), 2, "unknown attribute 'objekt'"),
        ("pkcs11:type=cert;object=k".to_owned(), 2, "type 'cert'"),
    ] {
        let outcome = lab.run(SIGN, ["--key", &uri, "--cert", "key.x509", "dummy.ko"]);
        assert_eq!((outcome.code, outcome.errors()), (exit, 1), "{uri}: {outcome:?}");
        assert!(outcome.stderr.contains(words), "{uri}: {outcome:?}");
    }
    // A blank in a PIN, other spellings, and messages of the parser of options.
    for arguments in [
        &["--key", "pkcs11:object=k?module-path=/missing.so&pin-value=S3cret", "dummy.ko"][..],
        &["--key=pkcs11:object=k?module-path=/missing.so&pin-value=my S3cret", "dummy.ko"],
        &["--key", "pkcs11:object=k?module-path=/missing.so&PIN-VALUE=my S3cret", "dummy.ko"],
        &["--key", "pkcs11:object=k;pin-value=my S3cret", "dummy.ko"],
        &["--key", "pkcs11:object=k?pin-value=my S3cret%", "dummy.ko"],
        &["--jobs", "pkcs11:object=k?pin-value=my S3cret", "dummy.ko"],
        &["--pkcs11:object=k?pin-value=my S3cret", "dummy.ko"],
        &["--strip", "--key", "pkcs11:object=k?pin-value=my S3cret", "dummy.ko"],
    ] {
        let outcome = lab.run(SIGN, arguments);
        assert!(outcome.code != 0 && !outcome.stderr.contains("S3cret"), "{outcome:?}");
        if arguments[0].starts_with("--key") {
            assert!(outcome.stderr.contains("list of processes"), "{outcome:?}");
        }
    }
    assert_eq!(lab.read("dummy.ko"), before);
}

/// Kills: "check the name" for a certificate that is in a token.
#[test]
fn a_certificate_is_not_named_by_a_uri() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("dummy.ko");
    let uri = "pkcs11:token=t;object=k;type=cert";
    let outcome = lab.run(SIGN, ["--key", "key.pem", "--cert", uri, "dummy.ko"]);
    outcome.one_error(2, SIGN, uri, "a pkcs11: URI names a private key, not a certificate");
}

/// Kills: a PIN that is sent to a token by a command that cannot use it; advice about a library to a command without
/// that option; a file that is named like a URI.
#[test]
fn a_key_that_is_needed_in_a_file_is_not_looked_for_in_a_token() {
    let lab = Lab::new();
    lab.write("dummy.ko.mu", [0; 64]);
    let uri = "pkcs11:object=k?module-path=/missing.so&pin-source=/missing";
    for arguments in [
        &["convert", uri, "--out", "new.pem"][..],
        &["sign-prepared", "--key", uri, "dummy.ko.mu", "--out", "new.pem"],
    ] {
        let what = "the key stays in its token, and this command needs it in a file";
        lab.run(KEY, arguments).one_error(5, KEY, uri, what);
        let with_library = [arguments, &["--pkcs11-module", "/missing.so"]].concat();
        let outcome = lab.run(KEY, &with_library);
        assert_eq!(outcome.code, 2, "{outcome:?}");
        assert!(!lab.path("new.pem").exists());
    }
}
