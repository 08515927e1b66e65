//! `--resign` replaces every signature; without it only what is signed exactly is left alone.

use crate::lab::*;

/// Kills: `--resign` that leaves a signature of the same key, so that `--deterministic` gives other bytes than it promises.
#[test]
fn resign_replaces_a_signature_of_the_same_key() {
    for algorithm in ["ml-dsa-44", "rsa-2048", "p-256"] {
        let lab = Lab::new();
        lab.key("key", algorithm);
        lab.module("crc16.ko");
        let fresh = ["--key", "key.pem", "--deterministic", "-o", "fresh.ko", "crc16.ko"];
        lab.run(SIGN, fresh).fine();
        let fresh = lab.read("fresh.ko");
        for signed_before in [&[][..], &["--hash", "sha256"], &["--skid"], &["--deterministic"]] {
            lab.module("crc16.ko");
            lab.run(SIGN, [&["--key", "key.pem", "crc16.ko"][..], signed_before].concat()).fine();
            lab.run(SIGN, ["--key", "key.pem", "--resign", "--deterministic", "crc16.ko"]).fine();
            assert!(lab.read("crc16.ko") == fresh, "{algorithm} {signed_before:?}");
        }
    }
}

/// Kills: "left alone" for a signature that names another digest, or the signer in another way, than was asked for.
#[test]
fn a_signature_in_another_form_is_refused_by_name() {
    for algorithm in ["ml-dsa-44", "rsa-2048", "p-256"] {
        let lab = Lab::new();
        lab.key("key", algorithm);
        let module = lab.module("crc16.ko");
        lab.run(SIGN, ["--key", "key.pem", "crc16.ko"]).fine();
        let before = Snapshot::of(&module);
        for (asked, words) in [
            (&["--hash", "sha256"][..], "with sha512 and issuer and serial number, not with sha256"),
            (&["--skid"], "not with sha512 and subject key identifier"),
            (&["--skid", "--detached"], "replace that signature with --resign"),
            (&["--skid", "-o", "copy.ko"], "replace that signature with --resign"),
        ] {
            let outcome = lab.run(SIGN, [&["--key", "key.pem", "crc16.ko"][..], asked].concat());
            outcome.one_error(5, SIGN, "crc16.ko", words);
            assert_eq!(Snapshot::of(&module), before);
        }
        assert_eq!(lab.names(), ["crc16.ko", "key.pem", "key.x509"]);
        lab.run(SIGN, ["--key", "key.pem", "--hash", "sha256", "--skid", "--resign", "crc16.ko"]).fine();
        let left = lab.run(SIGN, ["--key", "key.pem", "--hash", "sha256", "--skid", "crc16.ko"]).fine();
        assert!(left.stdout.contains("left alone"), "{left:?}");
    }
}

/// Kills: `prepare --resign` that leaves out what the same key signed; `prepare --skid` that leaves out another form.
#[test]
fn prepare_follows_the_same_rule() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("dummy.ko");
    lab.run(SIGN, ["--key", "key.pem", "dummy.ko"]).fine();
    let prepare = ["prepare", "--cert", "key.x509", "dummy.ko"];
    assert!(lab.run(SIGN, prepare).fine().stdout.contains("left alone"));
    lab.run(SIGN, [&prepare[..], &["--skid"]].concat()).one_error(5, SIGN, "dummy.ko", "--resign");
    assert!(!lab.path("dummy.ko.mu").exists());
    lab.run(SIGN, [&prepare[..], &["--resign"]].concat()).fine();
    assert_eq!(lab.read("dummy.ko.mu").len(), 64);
}

/// A module that was compressed before it was signed is named, and the commands that the message names work.
/// Kills: "465 bytes follow the xz stream", and no way to remove them.
#[test]
fn a_signature_after_a_compressed_module_is_removed() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("dummy.ko");
    lab.run(SIGN, ["--key", "key.pem", "dummy.ko", "-o", "signed.ko"]).fine();
    let signature = lab.read("signed.ko")[real_module("dummy.ko").len()..].to_vec();
    for name in ["x.ko.gz", "x.ko.xz", "x.ko.zst"] {
        lab.run(SIGN, ["--strip", "dummy.ko", "-o", name]).fine();
        let packed = lab.read(name);
        for count in 1..=2 {
            let path = lab.write(name, [&packed[..], &signature.repeat(count)].concat());
            let before = Snapshot::of(&path);
            lab.run(VERIFY, ["--trust", "key.x509", name]).one_error(7, VERIFY, name, "a module signature (");
            lab.run(SIGN, ["--key", "key.pem", name]).one_error(7, SIGN, name, "sign-module --strip");
            assert_eq!(Snapshot::of(&path), before);
            let outcome = lab.run(SIGN, ["--strip", name]);
            assert!(
                outcome.code == 0 && outcome.stderr.contains("compressed before it was signed"),
                "{outcome:?}"
            );
            assert_eq!(lab.read(name), packed);
            lab.write(name, [&packed[..], &signature.repeat(count)].concat());
            let outcome = lab.run(SIGN, ["--resign", "--key", "key.pem", name]);
            assert!(
                outcome.code == 0 && outcome.stderr.contains("compressed before it was signed"),
                "{outcome:?}"
            );
            lab.run(VERIFY, ["--trust", "key.x509", name]).fine();
            lab.run(SIGN, ["--strip", name]).fine();
            assert_eq!(lab.read(name), packed);
        }
    }
}
