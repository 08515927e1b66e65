//! `verify-module --root`: images that the tests build, good and hostile.

use crate::lab::*;
use crate::verify::json_lines;
use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

/// The release in the vermagic of the modules of `test-vectors`.
const RELEASE: &str = "7.2.13-kgate";

const CONFIG: &str = "# Linux/x86 7.2.13 Kernel Configuration\nCONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_FORCE=y\n\
                      CONFIG_SYSTEM_TRUSTED_KEYRING=y\nCONFIG_CRYPTO_MLDSA=y\nCONFIG_CRYPTO_SHA512=y\n";

/// An arm64 `Image` of this release with one built-in certificate.
fn image(release: &str, certificate: &[u8]) -> Vec<u8> {
    image_by(&format!("{release} (x@y) #1"), certificate)
}

/// The same with this banner.
fn image_by(banner: &str, certificate: &[u8]) -> Vec<u8> {
    let mut image = vec![0; 64];
    image[0x38..0x3c].copy_from_slice(b"ARM\x64");
    image.extend(format!("Linux version {banner}\0Loading compiled-in X.509 certificates\0").bytes());
    image.resize(image.len().next_multiple_of(8), 0);
    image.extend(certificate);
    image.resize(image.len().next_multiple_of(8), 0);
    image.extend([certificate.len() as u64; 2].map(u64::to_le_bytes).concat());
    image.extend([0; 64]);
    image
}

/// An image with one kernel, whose key is `key.pem`, and one signed module `a.ko`.
pub fn root(lab: &Lab) {
    lab.key("key", "ml-dsa-44");
    for folder in ["root/boot", &format!("root/usr/lib/modules/{RELEASE}/kernel")] {
        fs::create_dir_all(lab.path(folder)).unwrap();
    }
    lab.write(&format!("root/boot/config-{RELEASE}"), CONFIG);
    lab.write(&format!("root/boot/vmlinuz-{RELEASE}"), image(RELEASE, &lab.read("key.x509")));
    lab.write(&module("a.ko"), real_module("crc16.ko"));
    lab.run(SIGN, ["-q", "--key", "key.pem", &module("a.ko")]).fine();
}

pub fn module(name: &str) -> String {
    format!("root/usr/lib/modules/{RELEASE}/kernel/{name}")
}

/// Kills: a built-in certificate that is not used; a module that would not load and is not counted, or not for its reason; a
/// folder with two names that is judged twice.
#[test]
fn an_image_is_judged_with_its_own_kernel() {
    let lab = Lab::new();
    root(&lab);
    symlink("usr/lib", lab.path("root/lib")).unwrap();
    let outcome = lab.run(VERIFY, ["--root", "root"]).fine();
    assert!(outcome.stdout.starts_with("All 1 module would load on Linux 7.2.13-kgate\n"), "{outcome:?}");
    let mut changed = lab.read(&module("a.ko"));
    changed[100] ^= 1;
    lab.write(&module("changed.ko"), changed);
    lab.write(&module("unsigned.ko"), real_module("dummy.ko"));
    let outcome = lab.run(VERIFY, ["--root", "root"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    let sentence = "2 of 3 modules would not load on Linux 7.2.13-kgate: 1 bad signature, 1 not signed\n";
    assert!(outcome.stdout.starts_with(sentence), "{outcome:?}");
    assert!(
        outcome.stderr.contains("  root/usr/lib/modules/7.2.13-kgate/kernel/changed.ko\n"),
        "{outcome:?}"
    );
    // Before enforcing and after: the same image with another option.
    let outcome = lab.run(VERIFY, ["--root", "root", "--kernel-option", "MODULE_SIG_FORCE=n"]);
    let sentence = "1 of 3 modules would not load on Linux 7.2.13-kgate, MODULE_SIG_FORCE=n: 1 bad signature; \
                    1 would load and taint the kernel\n";
    assert!(outcome.stdout.starts_with(sentence), "{outcome:?}");

    let outcome = lab.run(VERIFY, ["--json", "--root", "root"]);
    let lines = json_lines(&outcome);
    assert_eq!(lines.len(), 5, "{outcome:?}");
    assert_eq!(lines[0]["certificates"][0]["subject"], "CN=key");
    let loads: Vec<_> = lines[1..4].iter().map(|line| line["would_load"].as_bool().unwrap()).collect();
    assert_eq!(loads, [true, false, false]);
    assert_eq!(lines[4]["kernels"][0]["groups"].as_array().unwrap().len(), 2);
}

/// Kills: a kernel of several that is not judged, because its folder is taken for another's.
#[test]
fn every_kernel_of_an_image_is_judged() {
    const OTHER: &str = "7.2.14-kgate";
    let lab = Lab::new();
    root(&lab);
    let kernel = format!("root/lib/modules/{OTHER}/kernel");
    fs::create_dir_all(lab.path(&kernel)).unwrap();
    lab.write(&format!("root/boot/config-{OTHER}"), CONFIG);
    lab.write(&format!("root/boot/vmlinuz-{OTHER}"), image(OTHER, &lab.read("key.x509")));
    lab.write(&format!("{kernel}/b.ko"), real_module("dummy.ko"));
    let outcome = lab.run(VERIFY, ["--root", "root"]);
    assert_eq!(outcome.code, 5, "{outcome:?}");
    for sentence in [
        "All 1 module would load on Linux 7.2.13-kgate\n",
        "1 of 1 module would not load on Linux 7.2.14-kgate: 1 not signed\n",
    ] {
        assert!(outcome.stdout.contains(sentence), "{outcome:?}");
    }
}

/// Kills: a policy's kernel that is ignored without a word.
#[test]
fn a_policy_names_no_kernel_for_an_image() {
    let lab = Lab::new();
    root(&lab);
    lab.write("weak.toml", "base = \"kernel\"\n");
    lab.run(VERIFY, ["--root", "root", "--policy", "weak.toml"]).fine();
    for line in ["kernel = \"6.12\"", "[kernel-options]\nCRYPTO_SHA1 = false"] {
        lab.write("policy.toml", format!("base = \"kernel\"\n{line}\n"));
        let outcome = lab.run(VERIFY, ["--root", "root", "--policy", "policy.toml"]);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (2, ""), "{outcome:?}");
        assert!(outcome.stderr.contains("policy.toml: names a kernel"), "{outcome:?}");
    }
}

/// Kills: a good signature that hides that the module was built for another kernel; vermagic compared where no kernel is known.
#[test]
fn a_module_for_another_kernel_does_not_load() {
    let lab = Lab::new();
    root(&lab);
    let other = RELEASE.replace("13", "99");
    fs::rename(
        lab.path(&format!("root/usr/lib/modules/{RELEASE}")),
        lab.path(&format!("root/usr/lib/modules/{other}")),
    )
    .unwrap();
    lab.write(&format!("root/boot/config-{other}"), CONFIG);
    lab.write(&format!("root/boot/vmlinuz-{other}"), image(&other, &lab.read("key.x509")));
    let outcome = lab.run(VERIFY, ["--root", "root"]);
    assert_eq!(outcome.code, 5, "{outcome:?}");
    let sentence = "1 of 1 module would not load on Linux 7.2.99-kgate: 1 built for another kernel\n";
    assert!(outcome.stdout.starts_with(sentence), "{outcome:?}");
    assert!(outcome.stderr.contains("built for 7.2.13-kgate, not for 7.2.99-kgate"), "{outcome:?}");
    let quiet = lab.run(VERIFY, ["-q", "--root", "root"]);
    assert_eq!((quiet.code, quiet.errors()), (5, 1), "{quiet:?}");
    let lines = json_lines(&lab.run(VERIFY, ["--json", "--root", "root"]));
    assert_eq!(lines[1]["vermagic_mismatch"]["refused"], true);
    assert_eq!(lines[1]["would_load"], false);
    lab.run(VERIFY, ["--trust", "key.x509", &format!("root/usr/lib/modules/{other}/kernel/a.ko")]).fine();
}

/// Kills: certificates of another kernel, or of a file outside, that are trusted; a missing configuration or image that is not
/// mentioned; a kernel without a known configuration that is predicted as a lax one.
#[test]
fn what_is_missing_or_wrong_is_said_and_never_makes_a_module_good() {
    let lab = Lab::new();
    root(&lab);
    lab.write("outside", image(RELEASE, &lab.read("key.x509")));
    let vmlinuz = format!("root/boot/vmlinuz-{RELEASE}");
    let good = lab.read(&vmlinuz);
    let rows: [(&str, i32, &str); 5] = [
        ("absent", 4, "no kernel image can be read"),
        ("link", 4, "no kernel image can be read"),
        ("other", 7, "is the kernel 6.1.0, not 7.2.13-kgate"),
        ("broken", 7, "is not a kernel image"),
        ("truncated", 7, ""),
    ];
    for (what, code, words) in rows {
        fs::remove_file(lab.path(&vmlinuz)).unwrap();
        match what {
            "link" => symlink(lab.path("outside"), lab.path(&vmlinuz)).unwrap(),
            "other" => drop(lab.write(&vmlinuz, image("6.1.0", &lab.read("key.x509")))),
            "broken" => drop(lab.write(&vmlinuz, "hello")),
            "truncated" => drop(lab.write(&vmlinuz, b"\x1f\x8b\x08\0\0")),
            _ => {}
        }
        let outcome = lab.run(VERIFY, ["--root", "root"]);
        assert_eq!(outcome.code, code, "{what}: {outcome:?}");
        assert!(outcome.stderr.contains(words), "{what}: {outcome:?}");
        assert!(outcome.stderr.contains("warning: built-in certificates not known"), "{what}: {outcome:?}");
        assert!(outcome.stdout.starts_with("1 of 1 module would not load"), "{what}: {outcome:?}");
        if what == "absent" {
            lab.write(&vmlinuz, "");
        }
    }
    fs::remove_file(lab.path(&vmlinuz)).unwrap();
    lab.write(&vmlinuz, good);
    fs::remove_file(lab.path(&format!("root/boot/config-{RELEASE}"))).unwrap();
    lab.write(&module("unsigned.ko"), real_module("dummy.ko"));
    let outcome = lab.run(VERIFY, ["--root", "root"]);
    assert_eq!(outcome.code, 3, "{outcome:?}");
    assert!(outcome.stderr.contains("warning: configuration not known"), "{outcome:?}");
    assert!(outcome.stdout.starts_with("1 of 2 modules would not load"), "{outcome:?}");
}

/// Kills: a link that leads out of the image; waiting for a FIFO; a loop without an end; a giant that is read into memory.
#[test]
fn hostile_images_are_refused_quickly() {
    let lab = Lab::new();
    root(&lab);
    let started = Instant::now();
    fs::create_dir(lab.path("outside")).unwrap();
    fs::copy(lab.path(&module("a.ko")), lab.path("outside/o.ko")).unwrap();
    symlink(lab.path("outside/o.ko"), lab.path(&module("absolute.ko"))).unwrap();
    symlink("../../../../../../../outside/o.ko", lab.path(&module("up.ko"))).unwrap();
    symlink("loop.ko", lab.path(&module("loop.ko"))).unwrap();
    symlink("a.ko", lab.path(&module("inside.ko"))).unwrap();
    symlink(lab.path("outside"), lab.path(&module("build"))).unwrap();
    symlink(".", lab.path(&module("again"))).unwrap();
    make_fifo(&lab.path(&module("fifo.ko")));
    File::create(lab.path(&module("giant.ko"))).unwrap().set_len(1 << 40).unwrap();
    let lines = json_lines(&lab.run(VERIFY, ["--json", "--root", "root"]));
    let words: Vec<_> = lines[1..lines.len() - 1]
        .iter()
        .map(|line| {
            let name = line["file"].as_str().unwrap().rsplit('/').next().unwrap();
            format!("{name} {}", line["verdict"].as_str().unwrap())
        })
        .collect();
    let expected = [
        "a.ko good",
        "absolute.ko not-read",
        "fifo.ko not-read",
        "giant.ko not-read",
        "inside.ko good",
        "loop.ko not-read",
        "up.ko not-read",
    ];
    assert_eq!(words, expected);

    // The kernel's own files.
    let (config, vmlinuz) = (format!("root/boot/config-{RELEASE}"), format!("root/boot/vmlinuz-{RELEASE}"));
    for path in [&config, &vmlinuz] {
        fs::remove_file(lab.path(path)).unwrap();
    }
    make_fifo(&lab.path(&config));
    File::create(lab.path(&vmlinuz)).unwrap().set_len(1 << 40).unwrap();
    let outcome = lab.run(VERIFY, ["--root", "root"]);
    assert_eq!(outcome.code, 6, "{outcome:?}");
    assert!(outcome.stderr.contains(&format!("{config}: is a FIFO")), "{outcome:?}");
    assert!(outcome.stderr.contains(&format!("{vmlinuz}: too large")), "{outcome:?}");

    // The folder of kernels leads out: there is no kernel.
    fs::rename(lab.path("root/usr/lib"), lab.path("outside/lib")).unwrap();
    symlink(lab.path("outside/lib"), lab.path("root/usr/lib")).unwrap();
    lab.run(VERIFY, ["--root", "root"]).one_error(6, VERIFY, "root", "has no kernel");
    lab.run(VERIFY, ["--root", "missing"]).one_error(6, VERIFY, "missing", "cannot open the directory");
    assert!(started.elapsed() < Duration::from_secs(60));
}

/// An image means the same to `--root` and to `--trust-kernel`. Kills: a second reader, with other exit codes or words; hashes of
/// an unusual length that only one of them mentions.
#[test]
fn root_and_trust_kernel_read_images_alike() {
    let lab = Lab::new();
    root(&lab);
    let vmlinuz = format!("root/boot/vmlinuz-{RELEASE}");
    let good = lab.read(&vmlinuz);
    let certificate = lab.read("key.x509");
    let two_lists = [&good[..], &image(RELEASE, &certificate)[64..]].concat();
    for (bytes, code) in [
        (two_lists, 5),
        (b"MZ\0\0".to_vec(), 7),
        (b"\x1f\x8b\x08\0\0".to_vec(), 7),
        ([&good[..], b"\0tbs:00112233\0"].concat(), 0),
    ] {
        lab.write(&vmlinuz, bytes);
        let by_option = lab.run(VERIFY, ["-v", "--trust-kernel", &vmlinuz, &module("a.ko")]);
        let by_root = lab.run(VERIFY, ["-v", "--root", "root"]);
        assert_eq!((by_option.code, by_root.code), (code, code), "{by_option:?} {by_root:?}");
        let said = |outcome: &Outcome, word: &str| {
            let all = format!("{}{}", outcome.stdout, outcome.stderr);
            all.lines().find_map(|line| Some(line[line.find(word)?..].to_owned()))
        };
        let word = if code == 0 { "1 of the blacklisted hashes" } else { "vmlinuz-" };
        let (one, other) = (said(&by_option, word).unwrap(), said(&by_root, word).unwrap());
        assert!(other.starts_with(&one), "{one}\n{other}");
    }
}

/// Kills: a result that does not say what follows if an algorithm is itself a module; advice to install modules for a kernel
/// that loads none.
#[test]
fn what_follows_from_the_configuration_is_said() {
    let lab = Lab::new();
    root(&lab);
    let config = format!("root/boot/config-{RELEASE}");
    lab.write(&config, format!("{CONFIG}CONFIG_CRYPTO_SHA3=m\nCONFIG_CRYPTO_SHA1=m\nCONFIG_CRYPTO_RSA=m\n"));
    let outcome = lab.run(VERIFY, ["-v", "--root", "root"]).fine();
    for words in [
        "digests that are modules: CRYPTO_SHA1, CRYPTO_SHA3 (=m): predicted as present",
        "key algorithms that are modules: CRYPTO_RSA (=m): missing when certificates are read",
    ] {
        assert!(outcome.stdout.contains(words), "{words}: {outcome:?}");
    }
    lab.write(&config, CONFIG);
    assert!(!lab.run(VERIFY, ["-v", "--root", "root"]).fine().stdout.contains("that are modules"));
    lab.write(
        &config,
        "# Linux/x86 7.2.13 Kernel Configuration\nCONFIG_64BIT=y\n# CONFIG_MODULES is not set\n",
    );
    fs::remove_file(lab.path(&module("a.ko"))).unwrap();
    let outcome = lab.run(VERIFY, ["-v", "--root", "root"]);
    assert_eq!(outcome.code, 6, "{outcome:?}");
    assert!(outcome.stderr.contains("its kernel loads none (no CONFIG_MODULES)"), "{outcome:?}");
}

/// Debian's patch is known by the kernel's banner: keys of the firmware verify modules. Kills: a kernel by another that is taken
/// for Debian's, Debian's whose modules are said not to load, a user's option that does not count.
#[test]
fn debians_patch_is_found_in_the_banner() {
    let lab = Lab::new();
    root(&lab);
    lab.key("other", "ml-dsa-44");
    lab.write(&module("a.ko"), real_module("crc16.ko"));
    lab.run(SIGN, ["-q", "--key", "other.pem", &module("a.ko")]).fine();
    fs::create_dir(lab.path("efi")).unwrap();
    lab.write("efi/db.esl", crate::origins::signature_list(&lab.read("other.x509")));
    lab.write(
        &format!("root/boot/config-{RELEASE}"),
        format!("{CONFIG}CONFIG_INTEGRITY_PLATFORM_KEYRING=y\n"),
    );
    let vmlinuz = format!("root/boot/vmlinuz-{RELEASE}");
    let debian = "(debian-kernel@lists.debian.org) (gcc) # SMP Debian 7.2.13-1 (2026-11-01)";
    for (banner, option, code) in [
        ("(x@y) #1", "platform_for_modules=n", 4),
        ("(x@y) #1", "platform_for_modules=y", 0),
        (debian, "CRYPTO_SHA1=n", 0),
        (debian, "platform_for_modules=n", 4),
        ("(root@debian) (gcc (Debian 14)) # SMP Debian 7.2.13-1 (2026-11-01)", "CRYPTO_SHA1=n", 4),
    ] {
        lab.write(&vmlinuz, image_by(&format!("{RELEASE} {banner}"), &lab.read("key.x509")));
        let outcome = lab.run(VERIFY, ["-v", "--root", "root", "--trust-efi=efi", "--kernel-option", option]);
        assert_eq!(outcome.code, code, "{banner} {option}: {outcome:?}");
        let said = outcome.stdout.contains("Debian 7.2.13-1 by the kernel's banner");
        assert_eq!(said, banner.starts_with("(debian-kernel@"), "{outcome:?}");
    }
}

/// "Why was this module refused?": the running kernel, whatever it is, is asked about the named file only. Kills: all modules of the machine
/// beside it; a file that is not found and not reported; a drawing of 4,000 files.
#[test]
fn the_running_kernel_judges_named_files() {
    let lab = Lab::new();
    lab.module("dummy.ko");
    let outcome = lab.run(VERIFY, ["--json", "--running", "dummy.ko"]);
    let lines = json_lines(&outcome);
    let files: Vec<_> = lines.iter().filter(|line| line["type"] == "file").collect();
    assert_eq!(files.len(), 1, "{outcome:?}");
    assert_eq!(files[0]["file"], "dummy.ko");
    let outcome = lab.run(VERIFY, ["--running", "--explain", "dummy.ko"]);
    assert!(
        outcome.stdout.starts_with("dummy.ko\n") && outcome.stdout.contains("\nVerdict\n"),
        "{outcome:?}"
    );
    // Kills: a drawing that names another kernel than the line below it.
    let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    assert!(outcome.stdout.contains(&format!("\n  Linux {}: ", release.trim())), "{outcome:?}");
    // A kernel that looks at no signature stops nowhere.
    assert!(!outcome.stdout.contains("stops at not checked"), "{outcome:?}");
    let outcome = lab.run(VERIFY, ["--running", "missing.ko"]);
    assert_eq!(outcome.code, 6, "{outcome:?}");
    assert!(outcome.stderr.contains("missing.ko: cannot open"), "{outcome:?}");
    assert!(!outcome.stderr.contains("nothing to audit"), "{outcome:?}");
    assert_eq!(lab.run(VERIFY, ["--running", "--explain"]).code, 2);
}

/// Kills: options that contradict each other and are accepted.
#[test]
fn a_root_excludes_files_and_other_kernels() {
    let lab = Lab::new();
    root(&lab);
    let rows: [&[&str]; 5] = [
        &["--root", "root", "a.ko"],
        &["--root", "root", "--running"],
        &["--root", "root", "--kernel", "strict"],
        &["--root", "root", "--explain"],
        &["--running", "--files-from", "list"],
    ];
    for arguments in rows {
        assert_eq!(lab.run(VERIFY, arguments).code, 2, "{arguments:?}");
    }
}
