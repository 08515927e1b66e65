//! `--trust-kernel` and `--trust-efi`.

use crate::lab::*;
use std::fs;

/// An EFI signature list with one certificate.
pub(crate) fn signature_list(der: &[u8]) -> Vec<u8> {
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

/// Kills: an option of the user that the firmware's variables override, in silence.
#[test]
fn the_users_option_counts_more_than_the_firmware() {
    let lab = lab();
    lab.write("efi/MokListRT.esl", signature_list(&lab.read("key.x509")));
    lab.write("efi/MokListTrustedRT", [1]);
    let ask = |secure_boot: u8, options: &[&str]| {
        lab.write("efi/SecureBoot", [secure_boot]);
        let options = options.iter().flat_map(|option| ["--kernel-option", option]);
        let arguments: Vec<_> = ["--trust-efi=efi", "dummy.ko"].into_iter().chain(options).collect();
        lab.run(VERIFY, arguments)
    };
    // Linux reads MokListRT with Secure Boot only.
    for (secure_boot, option, code, note) in [
        (1, "", 0, ""),
        (0, "", 4, ""),
        (1, "SecureBoot=0", 4, "efi: note: SecureBoot=y is not used: your option SecureBoot=n counts"),
        (0, "SecureBoot=1", 0, "efi: note: SecureBoot=n is not used: your option SecureBoot=y counts"),
        (1, "SecureBoot=1", 0, ""),
        (0, "SecureBoot=0", 4, ""),
        (1, "MokListTrustedRT=0", 4, "MokListTrustedRT=y is not used: your option MokListTrustedRT=n counts"),
    ] {
        let options: &[&str] = if option.is_empty() { &[] } else { &[option] };
        let outcome = ask(secure_boot, options);
        assert_eq!(outcome.code, code, "{secure_boot} {option}: {outcome:?}");
        assert!(outcome.stderr.contains(note), "{secure_boot} {option}: {outcome:?}");
        assert_eq!(outcome.stderr.contains("is not used"), !note.is_empty(), "{outcome:?}");
    }
}

/// Kills: hashes of another length than SHA-256's that are passed over in silence, a note for each of thousands.
#[test]
fn hashes_of_any_length_are_counted() {
    let lab = lab();
    let mut image = lab.read("vmlinux");
    for number in 0..20 {
        image.extend(format!("\0tbs:{number:040x}").bytes());
    }
    image.extend(format!("\0tbs:{:064x}\0bin:{:096x}\0", 1, 2).bytes());
    lab.write("vmlinux", image);
    let outcome = lab.run(VERIFY, ["--trust-kernel", "vmlinux", "dummy.ko"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    for words in [
        "vmlinux: note: revokes 0 certificates and 22 hashes",
        "vmlinux: note: 20 of the blacklisted hashes (tbs:) do not have the length of SHA-256: Linux 7.0 and later ignore",
        "vmlinux: note: 1 of the blacklisted hashes (bin:) do not have the length of SHA-256: no module is refused",
    ] {
        assert_eq!(outcome.stderr.matches(words).count(), 1, "{words}: {outcome:?}");
    }
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
