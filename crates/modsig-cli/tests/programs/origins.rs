//! `--trust-kernel` and `--trust-efi`.

use crate::lab::*;
use std::fs;

/// An EFI signature list with one certificate.
fn signature_list(der: &[u8]) -> Vec<u8> {
    let mut list =
        vec![0xa1, 0x59, 0xc0, 0xa5, 0xe4, 0x94, 0xa7, 0x4a, 0x87, 0xb5, 0xab, 0x15, 0x5c, 0x2b, 0xf0, 0x72];
    let len = u32::try_from(der.len()).unwrap();
    for number in [28 + 16 + len, 0, 16 + len] {
        list.extend(number.to_le_bytes());
    }
    list.extend([0; 16]);
    list.extend(der);
    list
}

/// An ELF kernel with one certificate built in.
fn kernel(der: &[u8]) -> Vec<u8> {
    let mut image = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0".to_vec();
    image.resize(64, 0);
    image.extend(b"Loading compiled-in X.509 certificates\0\0");
    image.extend(der);
    image.resize(image.len().next_multiple_of(8), 0);
    for _ in 0..2 {
        image.extend((der.len() as u64).to_le_bytes());
    }
    image
}

fn lab() -> Lab {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("dummy.ko");
    lab.run(SIGN, ["--key", "key.pem", "dummy.ko"]).fine();
    lab.write("vmlinux", kernel(&lab.read("key.x509")));
    fs::create_dir(lab.path("efi")).unwrap();
    lab
}

/// Kills: a built-in certificate that is not trusted; a note without the count.
#[test]
fn a_kernel_image_gives_its_certificates() {
    let lab = lab();
    let outcome = lab.run(VERIFY, ["--trust-kernel", "vmlinux", "dummy.ko"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(
        outcome.stderr.contains("vmlinux: note: 1 certificate built in (by the size word): CN=key"),
        "{outcome:?}"
    );
    // Without the size word, the certificate is not trusted.
    let mut other = lab.read("vmlinux");
    other.truncate(other.len() - 16);
    lab.write("other", other);
    assert_eq!(lab.run(VERIFY, ["-q", "--trust-kernel", "other", "dummy.ko"]).code, 4);
}

/// A certificate from two places has two entries in the keyring. Kills: a note with the name of another certificate.
#[test]
fn notes_name_the_certificate_that_they_are_about() {
    let lab = lab();
    lab.key("other", "ml-dsa-44");
    let lists = [signature_list(&lab.read("key.x509")), signature_list(&lab.read("other.x509"))].concat();
    lab.write("efi/db.esl", lists);
    let outcome = lab.run(VERIFY, ["--trust", "key.x509", "--trust-efi=efi", "dummy.ko"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let about_other = "efi: note: CN=other: Linux 7.2 verifies no module with this certificate";
    assert!(outcome.stderr.contains(about_other), "{outcome:?}");
    assert!(!outcome.stderr.contains("CN=key: Linux"), "{outcome:?}");
}

/// Kills: dbx that refuses nothing.
#[test]
fn dbx_refuses_what_a_kernel_has_built_in() {
    let lab = lab();
    let list = signature_list(&lab.read("key.x509"));
    lab.write("efi/dbx.esl", list);
    let outcome = lab.run(VERIFY, ["--trust-kernel", "vmlinux", "--trust-efi=efi", "dummy.ko"]);
    assert_ne!(outcome.code, 0, "{outcome:?}");
}

/// Kills: waiting for a FIFO, a wrong exit code, a panic.
#[test]
fn hostile_files_end_with_an_error() {
    let lab = lab();
    make_fifo(&lab.path("fifo"));
    lab.write("text", "#!/bin/sh\n");
    lab.write("cut", &lab.read("vmlinux")[..12]);
    make_fifo(&lab.path("efi/db"));
    for (option, name, code) in [
        ("--trust-kernel=fifo", "fifo", 6),
        ("--trust-kernel=absent", "absent", 6),
        ("--trust-kernel=text", "text", 7),
        ("--trust-kernel=cut", "cut", 7),
        ("--trust-efi=text", "text", 7),
        ("--trust-efi=efi", "efi/db", 6),
    ] {
        lab.run(VERIFY, [option, "dummy.ko"]).one_error(code, VERIFY, name, "");
    }
    fs::remove_file(lab.path("efi/db")).unwrap();
    lab.run(VERIFY, ["--trust-efi=efi", "dummy.ko"]).one_error(6, VERIFY, "efi", "holds no UEFI variable");
}
