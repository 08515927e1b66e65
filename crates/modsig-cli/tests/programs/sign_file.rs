//! `sign-file`: the kernel's own tool's arguments, environment, files and exit codes.

use crate::lab::*;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::PathBuf;

/// The private key and certificate of a fixture.
fn key(name: &str) -> [OsString; 2] {
    let file = |ending| vectors("modsig/keys").join(format!("{name}.{ending}")).into_os_string();
    [file("pem"), file("der")]
}

/// A lab with `sign-file`, a link as Kbuild would have it, and `dummy.ko`.
fn lab() -> (Lab, PathBuf) {
    let lab = Lab::new();
    let link = lab.path("sign-file");
    symlink(SIGN, &link).unwrap();
    lab.module("dummy.ko");
    (lab, link)
}

fn run<S: Into<OsString>>(lab: &Lab, arguments: impl IntoIterator<Item = S>) -> Outcome {
    let arguments = arguments.into_iter().map(Into::into);
    let mut command = lab.command(lab.path("sign-file").to_str().unwrap(), arguments.collect::<Vec<_>>());
    Outcome::of(command.env_remove("KBUILD_SIGN_PIN"))
}

/// HASH KEY X509 and what follows.
fn call(flags: &[&str], hash: &str, name: &str, files: &[&str]) -> Vec<OsString> {
    let [pem, der] = key(name);
    let texts = |texts: &[&str]| texts.iter().map(OsString::from).collect::<Vec<_>>();
    [texts(flags), texts(&[hash]), vec![pem, der], texts(files)].concat()
}

/// The whole file that sign-file wrote: module, its CMS, trailer.
fn expected(cms: &str) -> Vec<u8> {
    let cms = fs::read(vectors("modsig/cms").join(format!("dummy.{cms}.p7s"))).unwrap();
    with_trailer(&real_module("dummy.ko"), &cms, u32::try_from(cms.len()).unwrap())
}

const RSA: [(&str, &str, &str, &[&str]); 9] = [
    ("rsa2048.sf40.sha256", "sha256", "rsa2048", &[]),
    ("rsa2048.sf40.sha512", "sha512", "rsa2048", &[]),
    ("rsa4096.sf40.sha256", "SHA256", "rsa4096", &[]),
    ("rsa4096.sf40.sha384", "sha384", "rsa4096", &[]),
    ("rsa4096.sf40.sha512", "sha512", "rsa4096", &[]),
    ("rsa4096.sf40.sha3-256", "sha3-256", "rsa4096", &[]),
    ("rsa4096.sf40.sha3-384", "SHA3-384", "rsa4096", &[]),
    ("rsa4096.sf40.sha3-512", "sha3-512", "rsa4096", &[]),
    ("rsa4096.sf40.sha512.k", "sha512", "rsa4096", &["-k"]),
];

/// In place, elsewhere, detached, with and without -k: the bytes of the kernel's own tool, and no word on success.
#[test]
fn rsa_files_are_those_of_the_kernels_tool() {
    let (lab, _) = lab();
    for (cms, hash, name, flags) in RSA {
        lab.module("dummy.ko");
        let outcome = run(&lab, call(flags, hash, name, &["dummy.ko", "signed.ko"])).fine();
        assert_eq!(outcome.stdout, "");
        assert!(lab.read("signed.ko") == expected(cms), "{cms}");
        assert!(lab.read("dummy.ko") == real_module("dummy.ko"));
        run(&lab, call(flags, hash, name, &["dummy.ko"])).fine();
        assert!(lab.read("dummy.ko") == expected(cms), "{cms}");
    }
    assert_eq!(lab.names(), ["dummy.ko", "sign-file", "signed.ko"]);
}

/// -d writes the CMS alone, -p both; DEST is for the module, the CMS stays beside MODULE.
#[test]
fn detached_signatures() {
    let cms = fs::read(vectors("modsig/cms/dummy.rsa2048.sf40.sha512.p7s")).unwrap();
    let plain = real_module("dummy.ko");
    for (flags, files, module, signed) in [
        (&["-d"][..], &["dummy.ko"][..], false, false),
        (&["-d"], &["dummy.ko", "dest.ko"], false, false),
        (&["-dp"], &["dummy.ko", "dest.ko"], false, false),
        (&["-p"], &["dummy.ko", "dest.ko"], false, true),
        (&["-p"], &["dummy.ko"], true, false),
    ] {
        let (lab, _) = lab();
        run(&lab, call(flags, "sha512", "rsa2048", files)).fine();
        assert_eq!(lab.read("dummy.ko.p7s"), cms, "{flags:?}");
        assert!((lab.read("dummy.ko") == plain) != module, "{flags:?}");
        assert_eq!(lab.path("dest.ko").exists(), signed, "{flags:?}");
        if signed {
            assert!(lab.read("dest.ko") == expected("rsa2048.sf40.sha512"));
        }
        // Again: the same files, and nothing beside them.
        let names = lab.names();
        run(&lab, call(flags, "sha512", "rsa2048", files)).fine();
        assert_eq!(lab.names(), names);
        if !module {
            assert_eq!(lab.read("dummy.ko.p7s"), cms);
        }
    }
}

/// ML-DSA and ECDSA, with key and certificate in PEM and DER; what was signed verifies.
#[test]
fn all_algorithms_sign() {
    for name in ["mldsa44-ossl40", "mldsa65-ossl40", "mldsa87-ossl40", "p256", "p384", "p521"] {
        let (lab, _) = lab();
        for flags in [&[][..], &["-k"]] {
            run(&lab, call(flags, "sha512", name, &["dummy.ko", "signed.ko"])).fine();
            let [pem, der] = key(name);
            lab.run(VERIFY, [&"--trust".into(), &der, &"signed.ko".into()]).fine();
            // The certificate from the PEM file, as `certs/signing_key.pem` has both.
            run(&lab, [&"sha512".into(), &pem, &pem, &OsString::from("dummy.ko"), &"twice.ko".into()]).fine();
            lab.run(VERIFY, [&"--trust".into(), &der, &"twice.ko".into()]).fine();
        }
    }
}

/// Flags anywhere, as getopt takes them.
#[test]
fn flags_may_follow() {
    let (lab, _) = lab();
    let [pem, der] = key("rsa4096");
    run(&lab, ["sha512".into(), pem, der, "dummy.ko".into(), "-k".into()]).fine();
    assert!(lab.read("dummy.ko") == expected("rsa4096.sf40.sha512.k"));
}

/// `make modules_install` twice over one tree: what this key signed is left alone, to the inode. A signature of another
/// key, or made with other choices, is replaced, never buried under a second one.
#[test]
fn signed_files() {
    let (lab, _) = lab();
    let module = lab.path("dummy.ko");
    run(&lab, call(&[], "sha512", "mldsa44-ossl40", &["dummy.ko"])).fine();
    let before = Snapshot::of(&module);
    run(&lab, call(&[], "sha512", "mldsa44-ossl40", &["dummy.ko"])).fine();
    assert_eq!(Snapshot::of(&module), before);
    for (hash, flags) in [("sha256", &[][..]), ("sha256", &["-k"])] {
        let outcome = run(&lab, call(flags, hash, "mldsa44-ossl40", &["dummy.ko"]));
        assert_eq!(outcome.code, 0, "{outcome:?}");
        assert_ne!(Snapshot::of(&module), before);
    }
    let outcome = run(&lab, call(&[], "sha512", "rsa4096", &["dummy.ko"]));
    assert_eq!((outcome.code, outcome.stdout.as_str()), (0, ""));
    assert!(
        outcome.stderr.contains("dummy.ko: note: was signed already, by key identifier 13eb79cd"),
        "{outcome:?}"
    );
    assert!(lab.read("dummy.ko") == expected("rsa4096.sf40.sha512"));
    // Two of others', one over the other, and a broken one of our own.
    let twice = with_trailer(&expected("rsa4096.sf40.sha512"), b"\x30\x00", 2);
    let mut broken = expected("rsa2048.sf40.sha512");
    let length = broken.len();
    broken[length - 41] ^= 1;
    for file in [twice, broken] {
        lab.write("dummy.ko", file);
        assert_eq!(run(&lab, call(&[], "sha512", "rsa2048", &["dummy.ko"])).code, 0);
        assert!(lab.read("dummy.ko") == expected("rsa2048.sf40.sha512"));
    }
    // An incomplete signature cannot be distinguished from the module.
    let half = [&real_module("dummy.ko")[..], &MARKER[..]].concat();
    let path = lab.write("dummy.ko", half);
    let before = Snapshot::of(&path);
    run(&lab, call(&[], "sha512", "rsa2048", &["dummy.ko"])).one_error(1, "sign-file", "dummy.ko", "");
    assert_eq!(Snapshot::of(&path), before);
}

/// -s: a CMS from elsewhere is attached if it verifies.
#[test]
fn raw_signatures() {
    let (lab, _) = lab();
    let raw = vectors("modsig/cms/dummy.rsa4096.sf40.sha512.p7s").into_os_string();
    let [_, der] = key("rsa4096");
    let call = |raw: &OsString, der: &OsString, files: &[&str]| {
        let files = files.iter().map(OsString::from);
        let mut all = vec!["-s".into(), raw.clone(), "sha512".into(), der.clone()];
        all.extend(files);
        all
    };
    run(&lab, call(&raw, &der, &["dummy.ko", "signed.ko"])).fine();
    assert!(lab.read("signed.ko") == expected("rsa4096.sf40.sha512"));
    run(&lab, call(&raw, &der, &["dummy.ko"])).fine();
    run(&lab, call(&raw, &der, &["dummy.ko"])).fine();
    assert!(lab.read("dummy.ko") == expected("rsa4096.sf40.sha512"));
    lab.module("crc16.ko");
    lab.write("garbage", [0; 300]);
    let [_, other] = key("rsa2048");
    let before = Snapshot::of(&lab.path("crc16.ko"));
    for (raw, der, about) in [
        (&raw, &der, "rsa4096.sf40.sha512.p7s"),
        (&raw, &other, "rsa4096.sf40.sha512.p7s"),
        (&"garbage".into(), &der, "garbage"),
        (&"missing".into(), &der, "missing"),
        (&raw, &"missing".into(), "missing"),
    ] {
        run(&lab, call(raw, der, &["crc16.ko"])).one_error(1, "sign-file", about, "");
        assert_eq!(Snapshot::of(&lab.path("crc16.ko")), before);
    }
}

/// DEST is the module itself, by another name. Kills: a new file with the permissions of new files in the module's place.
#[test]
fn a_destination_that_is_the_module_keeps_its_mode() {
    let (lab, _) = lab();
    let module = lab.path("dummy.ko");
    fs::set_permissions(&module, fs::Permissions::from_mode(0o600)).unwrap();
    run(&lab, call(&[], "sha512", "rsa2048", &["dummy.ko", "./dummy.ko"])).fine();
    assert_eq!(module.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert!(lab.read("dummy.ko") == expected("rsa2048.sf40.sha512"));
}

/// Kills: a note that names the signer who was verified.
#[test]
fn a_signer_that_is_not_verified_is_named() {
    let (lab, _) = lab();
    lab.key("one", "rsa-2048");
    lab.key("two", "p256");
    lab.run(SIGN, ["--key", "one.pem", "dummy.ko"]).fine();
    lab.run(SIGN, ["--add", "--key", "two.pem", "--trust", "one.x509", "dummy.ko"]).fine();
    lab.run(SIGN, ["--extract", "dummy.ko"]).fine();
    lab.run(SIGN, ["--strip", "dummy.ko"]).fine();
    let outcome = run(&lab, ["-s", "dummy.ko.p7s", "sha512", "one.x509", "dummy.ko"].map(OsString::from));
    assert_eq!((outcome.code, outcome.stderr.lines().count()), (0, 1), "{outcome:?}");
    assert!(outcome.stderr.contains("is also signed by CN=two, "), "{outcome:?}");
}

/// The passphrase comes from KBUILD_SIGN_PIN; without it the program does not ask.
#[test]
fn the_passphrase_is_kbuilds() {
    let (lab, link) = lab();
    let pem = vectors("modsig/keys/p256-encrypted-scrypt.pem").into_os_string();
    let [_, der] = key("p256");
    let arguments =
        || ["sha256".into(), pem.clone(), der.clone(), OsString::from("dummy.ko"), "signed.ko".into()];
    for (pin, words) in [(None, "KBUILD_SIGN_PIN"), (Some("wrong"), "passphrase does not decrypt")] {
        let mut command = lab.command(link.to_str().unwrap(), arguments());
        match pin {
            None => command.env_remove("KBUILD_SIGN_PIN"),
            Some(pin) => command.env("KBUILD_SIGN_PIN", pin),
        };
        Outcome::of(&mut command).one_error(1, "sign-file", "p256-encrypted-scrypt.pem", words);
        assert!(!lab.path("signed.ko").exists());
    }
    let mut command = lab.command(link.to_str().unwrap(), arguments());
    Outcome::of(command.env("KBUILD_SIGN_PIN", "test")).fine();
    lab.run(VERIFY, ["--trust".into(), der, "signed.ko".into()]).fine();
}

/// What the kernel's tool answers with 1 is 1 here, and 2 is 2; nothing is changed.
#[test]
fn errors() {
    let (lab, _) = lab();
    lab.write("dummy.ko.xz", [b"\xfd7zXZ\0", &[0; 100][..]].concat());
    lab.write("empty.ko", "");
    fs::create_dir(lab.path("folder")).unwrap();
    let [pem, der] = key("rsa2048").map(|file| file.into_string().unwrap());
    let other = key("rsa4096")[1].clone().into_string().unwrap();
    let weak = vectors("modsig/keys/rsa1024.pem").into_os_string().into_string().unwrap();
    let (names, before) = (lab.names(), Snapshot::of(&lab.path("dummy.ko")));
    for (arguments, about, words) in [
        (["sha1", &pem, &der, "dummy.ko"], "sign-file", "collisions are public"),
        (["md5", &pem, &der, "dummy.ko"], "sign-file", "collisions are public"),
        (["SHA224", &pem, &der, "dummy.ko"], "sign-file", "112 bits"),
        (["shake256", &pem, &der, "dummy.ko"], "sign-file", "not one of the digests"),
        (["sha999", &pem, &der, "dummy.ko"], "sign-file", "not a digest"),
        (["sha512", "missing", &der, "dummy.ko"], "missing", "no such file"),
        (["sha512", &pem, "missing", "dummy.ko"], "missing", "no such file"),
        (["sha512", &pem, &der, "missing.ko"], "missing.ko", "no such file"),
        (["sha512", &pem, &der, "folder"], "folder", "a directory"),
        (["sha512", &pem, &der, "empty.ko"], "empty.ko", "is empty"),
        (["sha512", &pem, &other, "dummy.ko"], "rsa4096.der", "RSA-4096"),
        (["sha512", &weak, &weak, "dummy.ko"], "rsa1024.pem", "RSA-1024 is refused"),
        (
            ["sha512", "pkcs11:token=x?module-path=/missing.so", &der, "dummy.ko"],
            "pkcs11:token=x?module-path=/missing.so",
            "PKCS#11 library",
        ),
        (["sha512", &pem, &der, "dummy.ko.xz"], "dummy.ko.xz", "compress"),
    ] {
        run(&lab, arguments).one_error(1, "sign-file", about, words);
        assert_eq!(lab.names(), names);
        assert_eq!(Snapshot::of(&lab.path("dummy.ko")), before);
    }
    for arguments in [
        &[][..],
        &["-x"],
        &["sha512", &pem, &der],
        &["sha512", &pem, &der, "dummy.ko", "dest.ko", "extra"],
        &["-s", "raw", "sha512", &der],
        &["-s", "raw", "sha512", &der, "dummy.ko", "dest.ko", "extra"],
        &["-s"],
    ] {
        let outcome = run(&lab, arguments);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{outcome:?}");
        assert_eq!(outcome.errors(), 1, "{outcome:?}");
        assert_eq!(lab.names(), names);
    }
    let help = run(&lab, ["--help"]).fine().stdout;
    assert!(help.contains("sign-file [-dpk] HASH KEY X509 MODULE [DEST]"), "{help}");
}

/// Any file: kernel images of s390 and POWER carry the same signature.
#[test]
fn files_that_are_no_modules_are_signed() {
    let (lab, _) = lab();
    lab.write("image", b"no ELF at all");
    run(&lab, call(&[], "sha512", "mldsa44-ossl40", &["image"])).fine();
    let signed = lab.read("image");
    assert!(signed.starts_with(b"no ELF at all") && signed.ends_with(MARKER));
}
