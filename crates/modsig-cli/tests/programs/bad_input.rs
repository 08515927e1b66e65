//! Bad modules of every kind: one clear line, the documented exit code, and nothing touched.

use crate::lab::*;
use std::fs;
use std::os::unix::net::UnixListener;

/// A bad file, the codes that `sign-module` and `verify-module` end with, and words that both must say.
struct Row {
    name: &'static str,
    sign: i32,
    verify: i32,
    sign_says: &'static str,
    verify_says: &'static str,
}

const fn row(name: &'static str, codes: [i32; 2], says: [&'static str; 2]) -> Row {
    Row { name, sign: codes[0], verify: codes[1], sign_says: says[0], verify_says: says[1] }
}

#[rustfmt::skip]
const ROWS: [Row; 29] = [
    row("empty.ko",             [7, 7], ["empty", "empty"]),
    row("text.ko",              [7, 7], ["no ELF header", "no ELF header"]),
    row("pem.ko",               [7, 7], ["a PEM file", "a PEM file"]),
    row("xz.ko",                [7, 7], ["compressed with xz", "decompress it first"]),
    row("half.ko",              [7, 7], ["not a complete ELF", "not a complete ELF"]),
    row("last-byte-gone.ko",    [7, 7], ["not a complete ELF", "not a complete ELF"]),
    row("header-only.ko",       [7, 7], ["ELF", "ELF"]),
    row("program.ko",           [7, 7], ["not a relocatable", "not a relocatable"]),
    row("no-modinfo.ko",        [7, 7], [".modinfo", ".modinfo"]),
    row("no-this-module.ko",    [7, 7], [".gnu.linkonce.this_module", ".gnu.linkonce.this_module"]),
    row("section-4gib.ko",      [7, 7], ["ELF", "ELF"]),
    row("marker-only.ko",       [7, 7], ["no ELF header", "no ELF header"]),
    row("newline-gone.ko",      [7, 3], ["newline", "newline"]),
    row("byte-after-marker.ko", [7, 3], ["follow", "follow"]),
    row("trailer-8-bytes.ko",   [7, 7], ["12", "EBADMSG"]),
    row("front-gone.ko",        [7, 7], ["sig_len", "EBADMSG"]),
    row("sig-len-0.ko",         [7, 7], ["sig_len", "EBADMSG"]),
    row("sig-len-4gib.ko",      [7, 7], ["sig_len is 4294967295", "EBADMSG"]),
    row("sig-len-all.ko",       [7, 7], ["sig_len", "EBADMSG"]),
    row("id-type-1.ko",         [7, 7], ["id_type", "ENOPKG"]),
    row("pad-1.ko",             [7, 7], ["pad", "EBADMSG"]),
    row("cms-garbage.ko",       [5, 7], ["signed already", "EBADMSG"]),
    row("cms-4gib.ko",          [5, 7], ["signed already", "EBADMSG"]),
    row("cms-cut.ko",           [5, 7], ["signed already", "EBADMSG"]),
    row("folder",               [6, 6], ["a directory", "a directory"]),
    row("fifo",                 [6, 6], ["a FIFO", "a FIFO"]),
    row("socket",               [6, 6], ["a socket", "a socket"]),
    row("sparse-8gib.ko",       [6, 6], ["too large", "too large"]),
    row("missing.ko",           [6, 6], ["no such file", "no such file"]),
];

fn build(lab: &Lab) {
    let module = real_module("dummy.ko");
    lab.write("signed.ko", &module);
    lab.run(SIGN, ["-q", "--key", "key.pem", "signed.ko"]).fine();
    let signed = lab.read("signed.ko");
    let cms = &signed[module.len()..signed.len() - TRAILER_LEN];
    let cms_len = u32::try_from(cms.len()).unwrap();
    let id_type_at = signed.len() - TRAILER_LEN + 2;
    let with_byte = |at: usize, value: u8| {
        let mut bytes = signed.clone();
        bytes[at] = value;
        bytes
    };
    // e_shoff of a 64-bit ELF header, to find the size field of section 3.
    let sections = usize::try_from(u64::from_le_bytes(module[40..48].try_into().unwrap())).unwrap();
    let mut huge_section = module.clone();
    huge_section[sections + 3 * 64 + 32..][..8].copy_from_slice(&0xffff_ffff_u64.to_le_bytes());

    lab.write("empty.ko", "");
    lab.write("text.ko", "Dear kernel,\nplease load this.\n");
    lab.write("pem.ko", lab.read("key.pem"));
    lab.write("xz.ko", b"\xfd7zXZ\0\0\x04rest");
    lab.write("half.ko", &module[..module.len() / 2]);
    lab.write("last-byte-gone.ko", &module[..module.len() - 1]);
    lab.write("header-only.ko", &module[..20]);
    lab.write("program.ko", fs::read("/proc/self/exe").unwrap());
    lab.write("no-modinfo.ko", patched(module.clone(), b"\0.modinfo\0", b"\0.modinfx\0"));
    let this_module = b"\0.rela.gnu.linkonce.this_module\0";
    lab.write(
        "no-this-module.ko",
        patched(module.clone(), this_module, b"\0.rela.gnu.linkonce.this_modulX\0"),
    );
    lab.write("section-4gib.ko", huge_section);
    lab.write("marker-only.ko", MARKER);
    lab.write("newline-gone.ko", &signed[..signed.len() - 1]);
    lab.write("byte-after-marker.ko", [&signed[..], b"\n"].concat());
    lab.write("trailer-8-bytes.ko", [&signed[signed.len() - TRAILER_LEN + 4..]].concat());
    lab.write("front-gone.ko", &signed[signed.len() - 1000..]);
    lab.write("sig-len-0.ko", with_trailer(&module, cms, 0));
    lab.write("sig-len-4gib.ko", with_trailer(&module, cms, u32::MAX));
    lab.write("sig-len-all.ko", with_trailer(b"", cms, cms_len));
    lab.write("id-type-1.ko", with_byte(id_type_at, 1));
    lab.write("pad-1.ko", with_byte(id_type_at + 4, 1));
    lab.write("cms-garbage.ko", with_trailer(&module, &[0xa5; 3500], 3500));
    // A SEQUENCE that claims 4 GiB less one byte, and an OCTET STRING inside that does.
    let claim = [b"\x30\x84\xff\xff\xff\xff\x04\x84\xff\xff\xff\xff", cms].concat();
    lab.write("cms-4gib.ko", with_trailer(&module, &claim, u32::try_from(claim.len()).unwrap()));
    lab.write("cms-cut.ko", with_trailer(&module, &cms[..cms.len() - 1], cms_len - 1));
    fs::create_dir(lab.path("folder")).unwrap();
    make_fifo(&lab.path("fifo"));
    drop(UnixListener::bind(lab.path("socket")).unwrap());
    fs::File::create(lab.path("sparse-8gib.ko")).unwrap().set_len(8 << 30).unwrap();
}

#[test]
fn bad_modules() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    build(&lab);
    let names = lab.names();
    let mut ran = 0;
    for Row { name, sign, verify, sign_says, verify_says } in ROWS {
        let path = lab.path(name);
        let before = (name != "missing.ko").then(|| Snapshot::of(&path));
        lab.run(SIGN, ["--key", "key.pem", name]).one_error(sign, SIGN, name, sign_says);
        lab.run(VERIFY, ["--trust", "key.x509", name]).one_error(verify, VERIFY, name, verify_says);
        // Nor does --output leave anything behind.
        lab.run(SIGN, ["--key", "key.pem", "-o", "out.ko", name]).one_error(sign, SIGN, name, sign_says);
        if let Some(before) = before {
            assert_eq!(Snapshot::of(&path), before, "{name} is untouched");
        }
        assert_eq!(lab.names(), names, "{name}: nothing is left over");
        ran += 1;
    }
    assert_eq!(ran, 29);
    // The folder holds nothing but the rows, the keys and the good module: no row tests a missing file by mistake.
    assert_eq!(names.len(), 28 + 3);
}

/// The same files for every other operation of `sign-module`: what cannot be signed cannot be stripped, extracted from,
/// prepared or attached to either. Only a CMS that is garbage in a good trailer can be taken off and out.
#[test]
fn bad_modules_for_every_verb() {
    let operations: [(&[&str], i32); 6] = [
        (&["--detached", "--key", "key.pem"], 5),
        (&["--attach", "--cert", "key.x509", "--signature", "good.p7s"], 5),
        (&["prepare", "--cert", "key.x509"], 5),
        // The description is looked for first.
        (&["attach", "--cert", "key.x509", "--signature", "good.p7s"], 6),
        (&["--strip"], 0),
        (&["--extract"], 0),
    ];
    let mut ran = 0;
    for (operation, code_of_garbage) in operations {
        let lab = Lab::new();
        lab.key("key", "ml-dsa-44");
        build(&lab);
        lab.run(SIGN, ["--extract", "-o", "good.p7s", "signed.ko"]).fine();
        let names = lab.names();
        for Row { name, sign, sign_says, .. } in ROWS {
            let outcome = || lab.run(SIGN, [operation, &[name]].concat());
            let before = (name != "missing.ko").then(|| Snapshot::of(&lab.path(name)));
            match (sign, code_of_garbage) {
                (5, 0) => {
                    outcome().fine();
                    continue;
                }
                (5, 6) => outcome().one_error(6, SIGN, &format!("{name}.mu.json"), "no such file"),
                (code, _) => outcome().one_error(code, SIGN, name, sign_says),
            };
            if let Some(before) = before {
                assert_eq!(Snapshot::of(&lab.path(name)), before, "{operation:?} {name} is untouched");
            }
            ran += 1;
        }
        let new = names_in(lab.folder()).into_iter().filter(|name| !names.contains(name)).collect::<Vec<_>>();
        let extracted = ["cms-4gib.ko.p7s", "cms-cut.ko.p7s", "cms-garbage.ko.p7s"];
        assert!(new.is_empty() || (operation == ["--extract"] && new == extracted), "{operation:?}: {new:?}");
    }
    assert_eq!(ran, 4 * 29 + 2 * 26);
}

#[test]
fn all_bad_modules_at_once_end_with_the_highest_code() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    build(&lab);
    let files = ROWS.map(|row| row.name);
    let verify =
        |quiet: &[&str]| lab.run(VERIFY, [quiet, &["--trust", "key.x509", "signed.ko"], &files].concat());
    let outcome = verify(&["-q"]);
    assert_eq!((outcome.code, &*outcome.stdout), (7, ""));
    assert_eq!(outcome.errors(), ROWS.len(), "one line for each: {}", outcome.stderr);
    let outcome = verify(&[]);
    assert_eq!(outcome.code, 7);
    // The directory without modules is none of them.
    let summary = "29 files: 12 not a module, 10 malformed signature, 4 not read, 2 not signed, 1 good";
    assert_eq!(outcome.stdout.lines().last(), Some(summary));
}

#[test]
fn a_signed_module_cut_anywhere_is_never_good_and_never_a_crash() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("crc16.ko");
    lab.run(SIGN, ["--key", "key.pem", "crc16.ko"]).fine();
    let signed = lab.read("crc16.ko");
    let mut files = Vec::new();
    for (index, len) in (0..signed.len()).step_by(97).enumerate() {
        files.push(format!("cut-{index}.ko"));
        lab.write(&files[index], &signed[..len]);
    }
    let arguments = ["-q", "--trust", "key.x509"].map(String::from).into_iter().chain(files.clone());
    let outcome = lab.run(VERIFY, arguments);
    assert_eq!(outcome.code, 7, "{}", outcome.stderr);
    assert_eq!(outcome.errors(), files.len());
    assert!(files.len() > 70);
}

/// Only `verify-module` is shown devices of the system: it writes nothing, whatever is wrong with it.
#[test]
fn devices_are_not_read() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    for device in ["/dev/null", "/dev/zero"] {
        lab.run(VERIFY, ["--trust", "key.x509", device]).one_error(6, VERIFY, device, "is a device");
        lab.run(VERIFY, ["--trust", device, "missing.ko"]).one_error(6, VERIFY, device, "is a device");
    }
}
