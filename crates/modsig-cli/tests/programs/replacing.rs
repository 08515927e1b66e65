//! What signing replaces, keeps, and leaves alone.

use crate::lab::*;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

#[test]
fn mode_owner_and_xattrs_are_kept() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let module = lab.module("crc16.ko");
    let attribute = xattr::set(&module, "user.origin", b"a tree \x00 of modules");
    if attribute.is_err() {
        skipped("extended attributes are kept", "this file system has none");
    }
    if as_root() {
        std::os::unix::fs::chown(&module, Some(12345), Some(54321)).unwrap();
        if xattr::set(&module, "trusted.label", b"x").is_err() {
            skipped("trusted attributes are kept", "this file system has none");
        }
    } else {
        skipped("a foreign owner is kept", "only root may try");
    }
    // After chown, which takes set-id bits away. 0o4641: a mode that no umask makes by itself.
    fs::set_permissions(&module, fs::Permissions::from_mode(0o4641)).unwrap();
    let (before, attributes) = (fs::metadata(&module).unwrap(), xattrs(&module));
    lab.run(SIGN, ["--key", "key.pem", "crc16.ko"]).fine();
    let after = fs::metadata(&module).unwrap();
    assert_eq!(after.mode(), before.mode());
    assert_eq!((after.uid(), after.gid()), (before.uid(), before.gid()));
    assert_eq!(xattrs(&module), attributes);
    assert!(after.len() > before.len());
    lab.run(VERIFY, ["--trust", "key.x509", "crc16.ko"]).fine();
}

/// Kills: an owner or a group that is kept only if both are foreign.
#[test]
fn a_foreign_owner_or_group_alone_is_kept() {
    if !as_root() {
        return skipped("a foreign owner or group is kept", "only root may try");
    }
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    for owner in [(12345, 0), (0, 54321)] {
        let module = lab.module("crc16.ko");
        std::os::unix::fs::chown(&module, Some(owner.0), Some(owner.1)).unwrap();
        lab.run(SIGN, ["--key", "key.pem", "crc16.ko"]).fine();
        let after = fs::metadata(&module).unwrap();
        assert_eq!((after.uid(), after.gid()), owner);
    }
}

#[test]
fn a_symbolic_link_stays_and_its_target_is_signed() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    fs::create_dir(lab.path("real")).unwrap();
    lab.write("real/crc16.ko", real_module("crc16.ko"));
    symlink("real/crc16.ko", lab.path("link.ko")).unwrap();
    lab.run(SIGN, ["--key", "key.pem", "link.ko"]).fine();
    assert!(fs::symlink_metadata(lab.path("link.ko")).unwrap().is_symlink());
    lab.run(VERIFY, ["--trust", "key.x509", "real/crc16.ko"]).fine();
    assert_eq!(names_in(&lab.path("real")), ["crc16.ko"]);
}

#[test]
fn hard_links_are_noted() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let module = lab.module("crc16.ko");
    fs::hard_link(&module, lab.path("twin.ko")).unwrap();
    let outcome = lab.run(SIGN, ["--key", "key.pem", "crc16.ko"]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stderr.contains("crc16.ko: note: has 2 names"), "{outcome:?}");
    assert_eq!(lab.read("twin.ko"), real_module("crc16.ko"), "the other name keeps the old bytes");
}

#[test]
fn the_same_signer_leaves_a_signed_module_alone() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-65");
    let module = lab.module("crc16.ko");
    lab.run(SIGN, ["--key", "key.pem", "crc16.ko"]).fine();
    let before = Snapshot::of(&module);
    let outcome = lab.run(SIGN, ["--key", "key.pem", "crc16.ko"]).fine();
    assert!(outcome.stdout.contains("left alone"), "{outcome:?}");
    assert_eq!(Snapshot::of(&module), before);
    // But --output wants its file.
    lab.run(SIGN, ["--key", "key.pem", "crc16.ko", "-o", "copy.ko"]).fine();
    assert_eq!(lab.read("copy.ko"), lab.read("crc16.ko"));
}

#[test]
fn another_signer_needs_resign() {
    let lab = Lab::new();
    lab.key("old", "ml-dsa-44");
    lab.key("new", "ml-dsa-65");
    let module = lab.module("dummy.ko");
    lab.run(SIGN, ["--key", "old.pem", "dummy.ko"]).fine();
    let before = Snapshot::of(&module);
    let outcome = lab.run(SIGN, ["--key", "new.pem", "dummy.ko"]);
    let outcome = outcome.one_error(5, SIGN, "dummy.ko", "--resign");
    assert!(outcome.stderr.contains("CN=old"), "says whose: {outcome:?}");
    assert_eq!(Snapshot::of(&module), before);

    lab.run(SIGN, ["--key", "new.pem", "--resign", "dummy.ko"]).fine();
    lab.run(VERIFY, ["--trust", "new.x509", "dummy.ko"]).fine();
    let (plain, signed) = (real_module("dummy.ko"), lab.read("dummy.ko"));
    assert!(signed.starts_with(&plain));
    let markers = signed.windows(MARKER.len()).filter(|window| window == MARKER).count();
    assert_eq!(markers, 1, "the old signature is gone, not buried");
}

#[test]
fn resign_takes_all_signatures_off() {
    let lab = Lab::new();
    lab.key("one", "ml-dsa-44");
    lab.key("two", "ml-dsa-44");
    lab.module("crc16.ko");
    lab.run(SIGN, ["--key", "one.pem", "--deterministic", "crc16.ko"]).fine();
    let once = lab.read("crc16.ko");
    // What `scripts/sign-file` makes of a signed file: nested signatures.
    let appended = &once[real_module("crc16.ko").len()..];
    lab.write("twice.ko", [&once, appended].concat());
    lab.run(SIGN, ["--key", "two.pem", "--resign", "twice.ko"]).fine();
    lab.run(SIGN, ["--key", "one.pem", "--resign", "--deterministic", "twice.ko"]).fine();
    assert_eq!(lab.read("twice.ko"), once, "down to the bare module, and the same signature again");
}

#[test]
fn deterministic_repeats_and_hedged_does_not() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("crc16.ko");
    let sign = |output: &str, more: &[&str]| {
        lab.run(SIGN, [&["--key", "key.pem", "crc16.ko", "-o", output][..], more].concat()).fine();
        lab.read(output)
    };
    let fixed = ["--deterministic"];
    assert_eq!(sign("a.ko", &fixed), sign("b.ko", &fixed));
    assert_ne!(sign("c.ko", &[]), sign("d.ko", &[]));
}

#[test]
fn output_leaves_the_original_and_needs_force_to_overwrite() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let module = lab.module("crc16.ko");
    let before = Snapshot::of(&module);
    fs::create_dir(lab.path("signed")).unwrap();
    let arguments = ["--key", "key.pem", "--output", "signed/crc16.ko", "crc16.ko"];
    lab.run(SIGN, arguments).fine();
    assert_eq!(Snapshot::of(&module), before);
    lab.run(VERIFY, ["--trust", "key.x509", "signed/crc16.ko"]).fine();

    let first = Snapshot::of(&lab.path("signed/crc16.ko"));
    lab.run(SIGN, arguments).one_error(5, SIGN, "signed/crc16.ko", "--force");
    assert_eq!(Snapshot::of(&lab.path("signed/crc16.ko")), first);
    lab.run(SIGN, [&arguments[..], &["--force"]].concat()).fine();
    assert_ne!(Snapshot::of(&lab.path("signed/crc16.ko")), first);
    assert_eq!(names_in(&lab.path("signed")), ["crc16.ko"]);

    lab.run(SIGN, ["--key", "key.pem", "-o", "x.ko", "crc16.ko", "crc16.ko"]);
    assert!(!lab.path("x.ko").exists(), "one output cannot hold two modules");
    // Never over something that is no file, whatever the force.
    lab.run(SIGN, ["--key", "key.pem", "--force", "-o", "signed", "crc16.ko"]).one_error(
        6,
        SIGN,
        "signed",
        "is a directory",
    );
    // A FIFO of the lab's own stands for all that is special. Never a device of the system here: a program that is
    // wrong would replace it, and the tests may run as root.
    make_fifo(&lab.path("pipe"));
    let before = Snapshot::of(&lab.path("pipe"));
    let arguments = ["--key", "key.pem", "--force", "-o", "pipe", "crc16.ko"];
    lab.run(SIGN, arguments).one_error(6, SIGN, "pipe", "is a FIFO");
    assert_eq!(Snapshot::of(&lab.path("pipe")), before);
}

#[test]
fn one_bad_module_does_not_stop_the_others() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("dummy.ko");
    lab.module("crc16.ko");
    let bad = lab.write("bad.ko", "not a module");
    let before = Snapshot::of(&bad);
    let outcome = lab.run(SIGN, ["--key", "key.pem", "dummy.ko", "bad.ko", "crc16.ko"]);
    let outcome = outcome.one_error(7, SIGN, "bad.ko", "not a kernel module");
    let summary = "3 files: 1 broken; 2 signed by CN=key with ML-DSA-44";
    assert_eq!(outcome.stdout.lines().skip(2).collect::<Vec<_>>(), [summary]);
    assert_eq!(Snapshot::of(&bad), before);
    lab.run(VERIFY, ["--trust", "key.x509", "dummy.ko", "crc16.ko"]).fine();
}

#[test]
fn skid_names_the_signer_by_its_key_identifier() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-65");
    lab.module("dummy.ko");
    lab.run(SIGN, ["--key", "key.pem", "--skid", "dummy.ko"]).fine();
    lab.run(VERIFY, ["--trust", "key.x509", "dummy.ko"]).fine();
    let (signed, plain) = (lab.read("dummy.ko"), real_module("dummy.ko"));
    let name = b"\x0c\x03key";
    let names_issuer = |bytes: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    assert!(!names_issuer(&signed[plain.len()..]), "no issuer in the signature");
}

#[test]
fn every_digest_name_signs_and_verifies() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    for digest in ["sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"] {
        lab.module("crc16.ko");
        lab.run(SIGN, ["--key", "key.pem", "--hash", digest, "crc16.ko"]).fine();
        let outcome = lab.run(VERIFY, ["--trust", "key.x509", "crc16.ko"]).fine();
        assert!(outcome.stdout.contains(&format!("({digest})")), "{outcome:?}");
    }
}
