//! Full disks, folders that cannot be written, files that cannot be read, owners that cannot be kept.

use crate::lab::*;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A program run by a user without root's rights: the user of the tests, or the user `nobody` if that is root. `None`, with a
/// message, if `nobody` cannot reach the programs.
fn bound(lab: &Lab, program: &str, arguments: &[&str]) -> Option<Outcome> {
    if !as_root() {
        return Some(lab.run(program, arguments));
    }
    // The user `nobody` may have no access to the build's folder, but has access to a copy. Made by `cp`, not by this process: a test in
    // another thread may fork while the copy is open for writing, and the copy would be busy (ETXTBSY).
    let copy = lab.path("bin").join(Path::new(program).file_name().unwrap());
    if !copy.exists() {
        fs::create_dir_all(lab.path("bin")).unwrap();
        assert!(Command::new("cp").args([Path::new(program), &copy]).status().unwrap().success());
        chmod(&copy, 0o755);
    }
    let mut probe = Command::new(&copy);
    let reachable = probe.arg("--version").uid(NOBODY).gid(NOBODY).stdout(Stdio::null()).status();
    if !reachable.as_ref().is_ok_and(|status| status.success()) {
        skipped("permissions", &format!("the user nobody cannot run the programs here ({reachable:?})"));
        return None;
    }
    let mut command = lab.command(copy.to_str().unwrap(), arguments);
    Some(Outcome::of(command.uid(NOBODY).gid(NOBODY)))
}

/// Gives everything in the lab to the one who runs the programs in [`bound`].
fn hand_over(lab: &Lab, names: &[&str]) {
    if as_root() {
        for name in names {
            chown(lab.path(name), Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
}

#[test]
fn an_unreadable_file() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let module = lab.module("crc16.ko");
    fs::copy(lab.path("key.pem"), lab.path("closed.pem")).unwrap();
    hand_over(&lab, &["key.pem", "crc16.ko", "closed.pem"]);
    chmod(&module, 0o000);
    chmod(&lab.path("closed.pem"), 0o000);
    let before = Snapshot::of(&module);
    for (program, arguments, name) in [
        (SIGN, &["--key", "key.pem", "crc16.ko"][..], "crc16.ko"),
        (VERIFY, &["--trust", "key.x509", "crc16.ko"], "crc16.ko"),
        (SIGN, &["--key", "closed.pem", "crc16.ko"], "closed.pem"),
        (VERIFY, &["--trust", "closed.pem", "crc16.ko"], "closed.pem"),
        (KEY, &["show", "closed.pem"], "closed.pem"),
    ] {
        let Some(outcome) = bound(&lab, program, arguments) else { return };
        outcome.one_error(6, program, name, "permission denied");
        assert_eq!(Snapshot::of(&module), before);
    }
}

#[test]
fn a_read_only_folder() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    fs::create_dir(lab.path("closed")).unwrap();
    let module = lab.write("closed/crc16.ko", real_module("crc16.ko"));
    lab.module("dummy.ko");
    hand_over(&lab, &["key.pem", "closed", "closed/crc16.ko", "dummy.ko"]);
    chmod(&lab.path("closed"), 0o555);
    let before = Snapshot::of(&module);
    for (program, arguments, name) in [
        (SIGN, &["--key", "key.pem", "closed/crc16.ko"][..], "closed/crc16.ko"),
        (SIGN, &["--dry-run", "--key", "key.pem", "closed/crc16.ko"], "closed/crc16.ko"),
        (SIGN, &["--key", "key.pem", "-o", "closed/dummy.ko", "dummy.ko"], "closed/dummy.ko"),
        (SIGN, &["--key", "key.pem", "--force", "-o", "closed/crc16.ko", "dummy.ko"], "closed/crc16.ko"),
        (KEY, &["generate", "--out", "closed/new.pem"], "closed/new.pem"),
    ] {
        let Some(outcome) = bound(&lab, program, arguments) else { return };
        outcome.one_error(6, program, name, "permission denied");
        assert_eq!(Snapshot::of(&module), before);
        assert_eq!(names_in(&lab.path("closed")), ["crc16.ko"]);
    }
}

#[test]
fn an_owner_that_cannot_be_kept() {
    if !as_root() {
        return skipped("an owner that cannot be kept", "only root can create a file of another user");
    }
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    fs::create_dir(lab.path("open")).unwrap();
    let module = lab.write("open/crc16.ko", real_module("crc16.ko"));
    chown(&module, Some(12345), Some(12345)).unwrap();
    chmod(&module, 0o644);
    chmod(&lab.path("open"), 0o777);
    hand_over(&lab, &["key.pem"]);
    let before = Snapshot::of(&module);
    let Some(outcome) = bound(&lab, SIGN, &["--key", "key.pem", "open/crc16.ko"]) else { return };
    outcome.one_error(6, SIGN, "open/crc16.ko", "cannot keep the owner 12345:12345");
    assert_eq!(Snapshot::of(&module), before);
    assert_eq!(names_in(&lab.path("open")), ["crc16.ko"]);
}

/// Kills: a cleanup that removes another user's temporary file, where the folder's permissions allow it.
#[test]
fn another_users_leftovers_stay() {
    const LEFT: &str = "open/.modsig-0123456789aZ.tmp";
    if !as_root() {
        return skipped("another user's leftovers", "only root can create a file of another user");
    }
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    fs::create_dir(lab.path("open")).unwrap();
    lab.write("open/crc16.ko", real_module("crc16.ko"));
    let left = lab.write(LEFT, "another user's");
    chmod(&lab.path("open"), 0o777);
    hand_over(&lab, &["key.pem", "open/crc16.ko"]);
    let sign = ["--key", "key.pem", "open/crc16.ko"];
    let Some(outcome) = bound(&lab, SIGN, &sign) else { return };
    assert!(outcome.code == 0 && left.exists(), "{outcome:?}");
    hand_over(&lab, &[LEFT]);
    let Some(outcome) = bound(&lab, SIGN, &["--strip", "open/crc16.ko"]) else { return };
    assert!(outcome.code == 0 && !left.exists(), "{outcome:?}");
}

/// The system refuses to write after so many bytes: in the middle of the temporary file.
#[test]
fn writing_fails_in_the_middle() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-65");
    let module = lab.module("af_alg.ko");
    let (before, names) = (Snapshot::of(&module), lab.names());
    // ulimit -f counts blocks of 512 bytes (dash) or 1,024 (bash): both end inside the file.
    for blocks in ["0", "1", "20"] {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$@\"");
        let runs: [(&str, &[&str], &str); 3] = [
            (SIGN, &["--key", "key.pem", "af_alg.ko"], "af_alg.ko"),
            (SIGN, &["--key", "key.pem", "-o", "out.ko", "af_alg.ko"], "out.ko"),
            (KEY, &["generate", "--algorithm", "ml-dsa-87", "--form", "both", "--out", "new.pem"], "new"),
        ];
        for (program, arguments, name) in runs {
            if (blocks, program) == ("20", KEY) {
                continue; // The key's files are smaller than that.
            }
            let shell = [&["-c", &script, "sh", program][..], arguments].concat();
            let outcome = lab.run("sh", shell);
            assert_eq!((outcome.code, outcome.errors()), (6, 1), "{blocks}: {outcome:?}");
            assert!(outcome.stderr.contains(name), "{outcome:?}");
            assert!(outcome.stderr.contains("file too large"), "{outcome:?}");
            assert_eq!(Snapshot::of(&module), before);
            assert_eq!(lab.names(), names, "nothing is left over");
        }
    }
}

/// A real full disk: a file system in memory with space for one module only.
#[test]
fn a_full_disk() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-65");
    lab.module("af_alg.ko");
    fs::create_dir(lab.path("small")).unwrap();
    let script = r#"
        mount -t tmpfs -o size=48k small small || exit 99
        cp af_alg.ko small/ && touch -d 2001-02-03 small/af_alg.ko && cd small || exit 98
        stat -c '%i %a %u %g %Y' af_alg.ko
        "$1" --key ../key.pem af_alg.ko; echo "code $?"
        "$1" --key ../key.pem -o out.ko af_alg.ko; echo "code $?"
        stat -c '%i %a %u %g %Y' af_alg.ko
        cmp af_alg.ko ../af_alg.ko && echo same
        ls -A
    "#;
    let namespace: &[&str] = if as_root() { &["-m"] } else { &["-m", "-r"] };
    let arguments = [namespace, &["sh", "-c", script, "sh", SIGN]].concat();
    let outcome = lab.run("unshare", arguments);
    if outcome.code != 0 {
        return skipped("a full disk", &format!("no mount namespace here ({})", outcome.stderr.trim()));
    }
    let lines: Vec<_> = outcome.stdout.lines().collect();
    let [before, "code 6", "code 6", after, "same", "af_alg.ko"] = lines[..] else { panic!("{outcome:?}") };
    assert_eq!(before, after);
    let errors: Vec<_> = outcome.stderr.lines().collect();
    assert_eq!(errors.len(), 2, "{outcome:?}");
    assert!(
        errors.iter().all(|line| line.contains("no space left") && line.contains("free some space")),
        "{errors:?}"
    );
}

/// A user who may start no more threads still gets an answer. Kills: a panic (exit code 101) or a hang when a thread cannot be
/// started.
#[test]
fn a_limit_on_threads_is_no_panic() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    for n in 0..20 {
        lab.write(&format!("m{n}.ko"), real_module("crc16.ko"));
    }
    lab.run(SIGN, ["--jobs", "100000", "--key", "key.pem", "."]).fine();
    let user = ["--reuid", "65534", "--regid", "65534", "--clear-groups"];
    if lab.run("setpriv", [&user[..], &["bash", "-c", "ulimit -u 1"]].concat()).code != 0 {
        skipped("a limit on threads", "setpriv cannot change the user here, or there is no bash");
        return;
    }
    let everybody = "chmod -R a+rX .";
    lab.run("sh", ["-c", everybody]).fine();
    // The limit counts all processes of that user: none is left for threads.
    let script = "ulimit -u 1; exec \"$@\"";
    let program = ["bash", "-c", script, "bash", VERIFY, "-q", "--jobs", "8", "--trust", "key.x509", "."];
    lab.run("setpriv", [&user[..], &program].concat()).fine();
}
