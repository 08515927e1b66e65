//! `.ko.gz`, `.ko.xz`, `.ko.zst`: read, signed inside, written as the kernel and the programs of these names read them.

use crate::lab::*;
use std::path::Path;
use std::process::Command;

/// Ending, the program that packs as Kbuild does, the one that unpacks.
const FORMATS: [(&str, &[&str], &[&str]); 3] = [
    ("gz", &["gzip", "-n", "-f"], &["gzip", "-d", "-f"]),
    ("xz", &["xz", "--check=crc32", "--lzma2=dict=1MiB", "-f"], &["xz", "-d", "-f"]),
    ("zst", &["zstd", "-q", "--rm", "-f"], &["zstd", "-d", "-q", "--rm", "-f"]),
];

fn tool(command: &[&str], file: &Path) -> bool {
    let status = Command::new(command[0]).args(&command[1..]).arg(file).status();
    status.is_ok_and(|status| status.success())
}

/// `NAME.ENDING` made by the program of that format; `None` (and said aloud) if there is no such program.
fn packed(lab: &Lab, name: &str, ending: &str, pack: &[&str]) -> Option<String> {
    if !tool(pack, &lab.path(name)) {
        skipped(&format!(".ko.{ending}"), &format!("there is no {} here", pack[0]));
        return None;
    }
    Some(format!("{name}.{ending}"))
}

#[test]
fn compressed_modules_are_signed_inside_and_stay_compressed() {
    for (ending, pack, unpack) in FORMATS {
        let lab = Lab::new();
        lab.key("key", "ml-dsa-65");
        lab.module("af_alg.ko");
        let Some(name) = packed(&lab, "af_alg.ko", ending, pack) else { continue };
        let size = lab.read(&name).len();
        let outcome = lab.run(SIGN, ["--key", "key.pem", &name]).fine();
        assert_eq!(outcome.stdout, format!("{name}: signed by CN=key with ML-DSA-65\n"));
        let signed = lab.read(&name);
        assert!(signed.len() > size && signed.len() < size * 2 + 4000, "{} from {size}", signed.len());
        // Again: left alone, to the byte.
        let before = Snapshot::of(&lab.path(&name));
        let outcome = lab.run(SIGN, ["--key", "key.pem", &name]).fine();
        assert!(outcome.stdout.contains("left alone"));
        assert_eq!(Snapshot::of(&lab.path(&name)), before);
        // And stripped: the same module, whatever the packer.
        lab.run(SIGN, ["--strip", "-o", "stripped.ko", &name]).fine();
        assert_eq!(lab.read("stripped.ko"), real_module("af_alg.ko"));
        assert!(tool(unpack, &lab.path(&name)), "{ending}: its own program unpacks it");
        lab.run(VERIFY, ["--trust", "key.x509", "af_alg.ko"]).fine();
    }
}

/// The name of the output decides what it is.
#[test]
fn every_format_becomes_every_other() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("crc16.ko");
    lab.run(SIGN, ["--deterministic", "--key", "key.pem", "-o", "0.ko", "crc16.ko"]).fine();
    let signed = lab.read("0.ko");
    let mut previous = "0.ko".to_owned();
    for (number, ending) in ["gz", "xz", "zst", "gz", "zst", "xz"].into_iter().enumerate() {
        let next = format!("{}.ko.{ending}", number + 1);
        let outcome = lab.run(SIGN, ["--key", "key.pem", "-o", &next, &previous]).fine();
        assert!(outcome.stdout.contains("copied"));
        previous = next;
    }
    lab.run(SIGN, ["--key", "key.pem", "-o", "last.ko", &previous]).fine();
    assert_eq!(lab.read("last.ko"), signed);
}

#[test]
fn bad_streams_are_refused_and_untouched() {
    for (ending, pack, _) in FORMATS {
        let lab = Lab::new();
        lab.key("key", "ml-dsa-44");
        lab.module("dummy.ko");
        let Some(good) = packed(&lab, "dummy.ko", ending, pack) else { continue };
        let good = lab.read(&good);
        let write = |name: &str, bytes: &[u8]| lab.write(&format!("{name}.ko.{ending}"), bytes);
        let mut flipped = good.clone();
        flipped[good.len() / 2] ^= 0x10;
        write("not-packed", &real_module("dummy.ko"));
        write("empty", b"");
        write("magic-only", &good[..6]);
        write("cut", &good[..good.len() - 1]);
        write("half", &good[..good.len() / 2]);
        write("flipped", &flipped);
        write("twice", &[&good[..], &good].concat());
        write("garbage-after", &[&good[..], b"garbage"].concat());
        write("zeros-after", &[&good[..], &[0; 4]].concat());
        write(
            "other-format",
            if ending == "gz" { b"\xfd7zXZ\0\0\x01" } else { b"\x1f\x8b\x08\0\0\0\0\0\0\x03" },
        );
        lab.write("text", "Dear kernel,\n");
        let text = packed(&lab, "text", ending, pack).unwrap();
        write("text", &lab.read(&text));
        let garbage = format!("(offset {}): Linux does not read them", good.len());
        let rows = [
            ("not-packed", "give the file its right name"),
            ("empty", "is not compressed with"),
            ("magic-only", ""),
            ("cut", ""),
            ("half", "cannot be unpacked"),
            ("flipped", "cannot be unpacked"),
            ("twice", "stream follows the first"),
            ("garbage-after", &garbage[..]),
            ("zeros-after", "4 bytes follow"),
            ("other-format", "is not compressed with"),
            ("text", "is not a kernel module"),
        ];
        let names = lab.names();
        for (name, words) in rows {
            let name = format!("{name}.ko.{ending}");
            let before = Snapshot::of(&lab.path(&name));
            for operation in [&["--key", "key.pem"][..], &["--strip"], &["--extract"]] {
                let outcome = lab.run(SIGN, [operation, &[&name[..]]].concat());
                outcome.one_error(7, SIGN, &name, words);
                assert_eq!(Snapshot::of(&lab.path(&name)), before, "{name}");
                assert_eq!(lab.names(), names, "{name}");
            }
        }
    }
}

/// A few KB that unpack to 300 MB: stopped, within a bound of memory (ulimit -v, in KiB).
#[test]
fn bombs_are_stopped_in_bounded_memory() {
    for (ending, pack, _) in FORMATS {
        let lab = Lab::new();
        lab.key("key", "ml-dsa-44");
        let bomb = format!("bomb.ko.{ending}");
        let script = format!("head -c 300000000 /dev/zero | {} -c > {bomb}", pack[0]);
        if lab.run("sh", ["-c", &script]).code != 0 || lab.read(&bomb).len() < 100 {
            skipped("a bomb", &format!("there is no {} here", pack[0]));
            continue;
        }
        let before = Snapshot::of(&lab.path(&bomb));
        // 32 MiB may come out of it (or 32 times its size, which is less here), and a vector grows by doubling.
        let limited =
            ["-c", "ulimit -v 280000; exec \"$@\"", "sh", SIGN, "--jobs", "1", "--key", "key.pem", &bomb];
        lab.run("sh", limited).one_error(6, SIGN, &bomb, "unpacks to more than");
        assert_eq!(Snapshot::of(&lab.path(&bomb)), before);
    }
}

/// What `xz` writes without options (CRC-64): every program unpacks it, Linux itself does not. Kills: "good" and "loaded" for the
/// files that DKMS users report most often; `--repack` that forgets what is signed already.
#[test]
fn plain_xz_is_named_and_packed_again() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("dummy.ko");
    lab.run(SIGN, ["--key", "key.pem", "dummy.ko"]).fine();
    let signed = lab.read("dummy.ko");
    let Some(name) = packed(&lab, "dummy.ko", "xz", &["xz", "-f"]) else { return };
    let trust = ["--trust", "key.x509", &name];
    let verify = |more: &[&str]| lab.run(VERIFY, [more, &trust].concat());
    let outcome = verify(&[]).one_error(5, VERIFY, &name, "CRC-64");
    assert!(outcome.stderr.contains("sign-module --repack"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("EINVAL (22)"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("decompression failed with status 6"), "{}", outcome.stderr);
    // The answer is Linux's, and it depends on who unpacks the file.
    let outcome = verify(&["--policy", "kernel"]);
    assert_eq!(outcome.code, 7);
    assert!(outcome.stderr.contains("EINVAL"), "{}", outcome.stderr);
    let kmod = ["--policy", "kernel", "--kernel-option", "MODULE_DECOMPRESS=n"];
    let outcome = verify(&kmod);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stderr.contains("note: the xz stream has a check of CRC-64"), "{}", outcome.stderr);
    let json = |more: &[&str]| verify(&[&["--json"], more].concat()).stdout;
    let strict = json(&[]);
    assert!(strict.contains(r#""unpacked_by":"linux""#), "{strict}");
    assert!(strict.contains(r#""stage":"unpacking""#), "{strict}");
    assert!(strict.contains(r#""option":"CONFIG_MODULE_DECOMPRESS""#), "{strict}");
    let other = json(&["--kernel-option", "MODULE_COMPRESS_XZ=n"]);
    assert!(other.contains(r#""unpacked_by":"kmod""#) && other.contains(r#""loads":true"#), "{other}");
    assert!(verify(&["--explain"]).stdout.contains("this kernel unpacks xz itself"));
    // Signed already: left alone, and a note says so.
    let before = Snapshot::of(&lab.path(&name));
    let outcome = lab.run(SIGN, ["--key", "key.pem", &name]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stderr.contains("--repack"), "{}", outcome.stderr);
    assert_eq!(Snapshot::of(&lab.path(&name)), before);
    // Packed again, with a key or without; the module and its signature stay.
    let plain = lab.read(&name);
    for arguments in [&["--repack", "--key", "key.pem"][..], &["--repack"]] {
        lab.write(&name, &plain);
        let outcome = lab.run(SIGN, [arguments, &[&name[..]]].concat()).fine();
        assert!(outcome.stdout.contains("packed again"), "{}", outcome.stdout);
        verify(&[]).fine();
        assert!(tool(&["xz", "-dkf"], &lab.path(&name)));
        assert_eq!(lab.read("dummy.ko"), signed);
        let outcome = lab.run(SIGN, ["--repack", &name]).fine();
        assert!(outcome.stdout.contains("left alone"), "{}", outcome.stdout);
    }
    // Signed for the first time: packed as Linux reads it, without being asked.
    lab.module("crc16.ko");
    let name = packed(&lab, "crc16.ko", "xz", &["xz", "-f"]).unwrap();
    lab.run(SIGN, ["--key", "key.pem", &name]).fine();
    lab.run(VERIFY, ["--trust", "key.x509", &name]).fine();
}

/// A gzip header with a field that Linux takes for data: two readers, two modules. Kills: signing or verifying what gunzip
/// finds.
#[test]
fn a_gzip_header_that_linux_does_not_skip_is_refused() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("dummy.ko");
    lab.run(SIGN, ["--key", "key.pem", "dummy.ko"]).fine();
    let Some(name) = packed(&lab, "dummy.ko", "gz", &["gzip", "-n", "-f"]) else { return };
    let plain = lab.read(&name);
    let rows: [(&str, u8, &[u8]); 4] = [
        ("extra", 4, &[4, 0, 1, 2, 3, 4]),
        ("comment", 16, b"c\0"),
        ("header-crc", 2, &[1, 2]),
        ("reserved", 32, &[]),
    ];
    for (name, flag, field) in rows {
        let name = format!("{name}.ko.gz");
        let mut file = plain[..10].to_vec();
        file[3] = flag;
        file.extend(field);
        file.extend(&plain[10..]);
        lab.write(&name, &file);
        let outcome = lab.run(VERIFY, ["--trust", "key.x509", &name]);
        outcome.one_error(7, VERIFY, &name, "fields that Linux does not skip");
        let before = Snapshot::of(&lab.path(&name));
        lab.run(SIGN, ["--resign", "--key", "key.pem", &name]).one_error(
            7,
            SIGN,
            &name,
            "Linux would unpack another",
        );
        assert_eq!(Snapshot::of(&lab.path(&name)), before);
    }
}

/// A `.ko.zst` that was packed hard must not grow by half when it is signed.
#[test]
fn a_signed_zst_stays_small() {
    let lab = Lab::new();
    lab.key("key", "p-256");
    lab.module("af_alg.ko");
    let Some(name) = packed(&lab, "af_alg.ko", "zst", &["zstd", "-q", "--rm", "-f"]) else { return };
    let size = lab.read(&name).len();
    lab.run(SIGN, ["--key", "key.pem", &name]).fine();
    let signed = lab.read(&name).len();
    assert!(signed < size + size / 20 + 1000, "{signed} from {size}");
}
