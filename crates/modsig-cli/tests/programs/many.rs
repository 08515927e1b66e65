//! Many modules: directories, lists, resumption, summaries, leftovers, interruption.

use crate::lab::*;
use rustix::fs::{FlockOperation, flock};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::process::{Child, Stdio};

/// `count` modules of three kinds in folders below `tree`, and their names.
fn tree(lab: &Lab, count: usize) -> Vec<String> {
    let kinds = ["crc16.ko", "dummy.ko", "af_alg.ko"].map(real_module);
    let name = |number: usize| format!("tree/{}/module{number:03}.ko", number % 7);
    for folder in 0..7 {
        fs::create_dir_all(lab.path(&format!("tree/{folder}"))).unwrap();
    }
    let names: Vec<_> = (0..count).map(name).collect();
    for (number, name) in names.iter().enumerate() {
        lab.write(name, &kinds[number % kinds.len()]);
    }
    names
}

/// Every module is unchanged, or signed and good. Returns how many are signed.
fn untouched_or_signed(lab: &Lab, names: &[String]) -> usize {
    let kinds = ["crc16.ko", "dummy.ko", "af_alg.ko"].map(real_module);
    let is_signed = |(number, name): (usize, &String)| {
        let (bytes, original) = (lab.read(name), &kinds[number % kinds.len()]);
        assert!(bytes.starts_with(original), "{name}");
        let signed = bytes.len() > original.len();
        if signed {
            lab.run(VERIFY, ["-q", "--trust", "key.x509", name]).fine();
        }
        usize::from(signed)
    };
    names.iter().enumerate().map(is_signed).sum()
}

fn temporary_files(lab: &Lab) -> usize {
    let folders = (0..7).map(|folder| lab.path(&format!("tree/{folder}")));
    let names = folders.flat_map(|folder| names_in(&folder));
    names.filter(|name| name.ends_with(".tmp")).count()
}

/// Kills: a line for each of 4,000 files with the same reason; files that are not counted, or not in the exit code; other
/// reasons that are lost; `-q` and `-v` that hide files.
#[test]
fn a_reason_of_many_files_is_counted() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.key("other", "ml-dsa-44");
    let names = tree(&lab, 20);
    lab.run(
        SIGN,
        [&["-q", "--key", "key.pem"], &*names.iter().map(String::as_str).collect::<Vec<_>>()].concat(),
    )
    .fine();
    lab.write("tree/0/empty.ko", "");
    let outcome = lab.run(SIGN, ["--key", "other.pem", "tree"]);
    assert_eq!(outcome.code, 7, "{outcome:?}");
    let lines: Vec<_> = outcome.stderr.lines().collect();
    let signed = |line: &&&str| line.contains(".ko: is signed already, by CN=key, serial ");
    assert_eq!((lines.len(), lines.iter().filter(signed).count()), (5, 3), "{outcome:?}");
    assert!(lines.iter().any(|line| line.starts_with("sign-module: tree/0/empty.ko: ")), "{outcome:?}");
    let last = "sign-module: 17 more files (-v lists all): is signed already, by CN=key, serial ";
    assert!(lines[4].starts_with(last) && lines[4].ends_with("--resign"), "{outcome:?}");
    for all in ["-q", "-v"] {
        assert_eq!(lab.run(SIGN, [all, "--key", "other.pem", "tree"]).errors(), 21, "{all}");
    }
    fs::remove_file(lab.path("tree/0/empty.ko")).unwrap();
    assert_eq!(lab.run(SIGN, ["--key", "other.pem", "tree"]).code, 5);
}

#[test]
fn a_directory_is_signed_in_order_with_a_summary_and_a_second_run_does_nothing() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-65");
    let mut names = tree(&lab, 100);
    lab.write("tree/modules.dep", "not a module");
    symlink("../elsewhere", lab.path("tree/build")).unwrap();
    names.sort();
    let outcome = lab.run(SIGN, ["--key", "key.pem", "tree"]).fine();
    let lines: Vec<_> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), 101);
    for (line, name) in lines.iter().zip(&names) {
        assert_eq!(*line, format!("{name}: signed by CN=key with ML-DSA-65"));
    }
    assert_eq!(lines[100], "100 files: 100 signed by CN=key with ML-DSA-65");
    let verified =
        lab.run(VERIFY, ["--trust", "key.x509"].map(String::from).into_iter().chain(names.clone()));
    assert_eq!(verified.fine().stdout.lines().last(), Some("100 files: 100 good"));

    // What a killed run left undone is done, and nothing else is touched.
    lab.write(&names[3], real_module("crc16.ko"));
    let before: Vec<_> = names.iter().map(|name| Snapshot::of(&lab.path(name))).collect();
    let outcome = lab.run(SIGN, ["--key", "key.pem", "tree"]).fine();
    let summary = "100 files: 99 left alone: signed already by CN=key with ML-DSA-65; 1 signed by CN=key with ML-DSA-65";
    assert_eq!(outcome.stdout.lines().last(), Some(summary));
    for (place, (name, before)) in names.iter().zip(before).enumerate() {
        assert_eq!(Snapshot::of(&lab.path(name)) == before, place != 3, "{name}");
    }
}

/// RSA and ECDSA have no lanes; all else is the same.
#[test]
fn keys_of_yesterday_sign_batches_too() {
    for key in ["rsa2048", "p384"] {
        let lab = Lab::new();
        tree(&lab, 20);
        let [pem, der] = ["pem", "der"].map(|ending| vectors(&format!("modsig/keys/{key}.{ending}")));
        let sign = || {
            lab.run(
                SIGN,
                ["--key".as_ref(), pem.as_os_str(), "--cert".as_ref(), der.as_os_str(), "tree".as_ref()],
            )
        };
        assert!(sign().fine().stdout.lines().last().unwrap().starts_with("20 files: 20 signed by "));
        assert!(sign().fine().stdout.lines().last().unwrap().starts_with("20 files: 20 left alone"));
    }
}

#[test]
fn the_number_of_jobs_changes_nothing() {
    let mut results = Vec::new();
    let keys = Lab::new();
    keys.key("key", "ml-dsa-44");
    for jobs in ["1", "3", "16"] {
        let lab = Lab::new();
        let names = tree(&lab, 60);
        let key = keys.path("key.pem");
        let arguments = ["--deterministic", "--jobs", jobs, "--key", key.to_str().unwrap(), "tree"];
        let outcome = lab.run(SIGN, arguments).fine();
        results.push((outcome.stdout, names.iter().map(|name| lab.read(name)).collect::<Vec<_>>()));
    }
    assert!(results.windows(2).all(|pair| pair[0] == pair[1]));
    Lab::new().run(SIGN, ["--key", "k", "--jobs", "0", "m"]).one_error(2, SIGN, "sign-module", "--jobs");
}

#[test]
fn lists_come_from_files_and_standard_input() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let names = tree(&lab, 12);
    let odd = "tree/0/two\nlines.ko";
    lab.write(odd, real_module("crc16.ko"));
    lab.write("list", format!("{}\n\n{}", names[0], names[1]));
    let sign = |arguments: &[&str], input: &str| {
        let arguments = [&["--key", "key.pem"][..], arguments].concat();
        let mut child: Child = lab
            .command(SIGN, arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Outcome {
            code: output.status.code().unwrap(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    };
    let summary = |outcome: Outcome| outcome.fine().stdout.lines().last().unwrap().to_owned();
    assert!(summary(sign(&["--files-from", "list"], "")).starts_with("2 files: 2 signed"));
    let input = format!("{}\0{odd}\0", names[2]);
    assert!(summary(sign(&["--files-from", "-", "-0"], &input)).starts_with("2 files: 2 signed"));
    // A directory in a list, and names beside the list.
    let outcome = sign(&["--files-from", "-", &names[3]], "tree\n");
    assert!(outcome.stderr.contains("tree: note: 1 of 13 modules were given before"), "{outcome:?}");
    assert!(outcome.stdout.ends_with(
        "13 files: 4 left alone: signed already by CN=key with ML-DSA-44; 9 signed by CN=key with ML-DSA-44\n"
    ));
    // Nothing in the list: nothing was done, which is a mistake.
    sign(&["--files-from", "-"], "").one_error(2, SIGN, "standard input", "the list is empty");
    // Without -0 a newline splits a name; the parts do not exist, which is reported.
    let outcome = sign(&["--files-from", "-"], odd);
    assert_eq!((outcome.code, outcome.errors()), (6, 2), "{outcome:?}");
    sign(&["--files-from", "missing"], "").one_error(6, SIGN, "missing", "no such file");
    sign(&["--files-from", "tree"], "").one_error(6, SIGN, "tree", "is a directory");
    sign(&["-0", "x.ko"], "").one_error(2, SIGN, "sign-module", "--files-from");
}

#[test]
fn a_file_given_twice_is_signed_once_and_hard_links_each() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("crc16.ko");
    symlink("crc16.ko", lab.path("link.ko")).unwrap();
    let outcome = lab.run(SIGN, ["--key", "key.pem", "crc16.ko", "link.ko", "./crc16.ko"]);
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.stdout, "crc16.ko: signed by CN=key with ML-DSA-44\n");
    assert_eq!(outcome.stderr.matches("was given before; it is used once").count(), 2, "{outcome:?}");

    lab.module("dummy.ko");
    fs::hard_link(lab.path("dummy.ko"), lab.path("twin.ko")).unwrap();
    let outcome = lab.run(SIGN, ["--key", "key.pem", "dummy.ko", "twin.ko"]);
    assert!(outcome.stdout.ends_with("2 files: 2 signed by CN=key with ML-DSA-44\n"), "{outcome:?}");
    lab.run(VERIFY, ["--trust", "key.x509", "dummy.ko", "twin.ko"]).fine();
}

#[test]
fn bad_files_in_a_batch_are_reported_and_counted_and_stop_no_other() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.key("other", "ml-dsa-65");
    let names = tree(&lab, 50);
    lab.run(SIGN, ["-q", "--key", "other.pem", &names[10], &names[11]]).fine();
    lab.write(&names[20], "text");
    let before = [10, 11, 20].map(|place| Snapshot::of(&lab.path(&names[place])));
    let outcome = lab.run(SIGN, ["--key", "key.pem", "tree", "missing.ko"]);
    assert_eq!((outcome.code, outcome.errors()), (7, 4), "{outcome:?}");
    let summary =
        "51 files: 1 broken; 1 not read or not written; 2 refused; 47 signed by CN=key with ML-DSA-44";
    assert_eq!(outcome.stdout.lines().last(), Some(summary));
    assert_eq!([10, 11, 20].map(|place| Snapshot::of(&lab.path(&names[place]))), before);
    assert_eq!(temporary_files(&lab), 0);
    // Replaced only when it was said so; then also the signature of the same key.
    let outcome = lab.run(SIGN, ["--key", "key.pem", "--resign", &names[10], &names[11], &names[12]]).fine();
    assert!(
        outcome
            .stdout
            .lines()
            .last()
            .unwrap()
            .contains("3 signed by CN=key with ML-DSA-44, in place of another")
    );
    // An empty directory is no success: a script that mistyped a version learns it.
    fs::create_dir(lab.path("empty")).unwrap();
    lab.run(SIGN, ["--key", "key.pem", "empty"]).one_error(6, SIGN, "empty", "without modules");
    lab.run(SIGN, ["--key", "key.pem", "-o", "x.ko", "tree"]).one_error(2, SIGN, "sign-module", "one file");
}

#[test]
fn leftovers_of_a_killed_run_are_removed_and_those_of_a_living_one_are_not() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    let names = tree(&lab, 7);
    let leftover = "tree/0/.modsig-AbCdEf012345.tmp";
    for name in [leftover, "tree/0/.modsig-other.tmp", "tree/0/notes.tmp"] {
        lab.write(name, "half a mod");
    }
    let folder = fs::File::open(lab.path("tree/0")).unwrap();
    flock(&folder, FlockOperation::LockShared).unwrap();
    let outcome = lab.run(SIGN, ["--key", "key.pem", &names[0]]);
    assert!(outcome.stderr.contains("tree/0: note: has 1 temporary files of another run"), "{outcome:?}");
    assert!(lab.path(leftover).exists());
    drop(folder);
    // Also where there is nothing left to sign.
    let outcome = lab.run(SIGN, ["--key", "key.pem", &names[0]]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stderr.contains("tree/0: note: removed 1 temporary files"), "{outcome:?}");
    assert_eq!(names_in(&lab.path("tree/0")), [".modsig-other.tmp", "module000.ko", "notes.tmp"]);
}

/// Ctrl-C and SIGTERM in the middle of a batch: the first temporary file says that it has begun.
#[test]
fn an_interrupted_batch_leaves_whole_files_and_no_others() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let lab = Lab::new();
        lab.key("key", "ml-dsa-44");
        // More than one group, and packing is slow: the batch lasts.
        let names = tree(&lab, 150);
        let check = ["--check=crc32"].into_iter().chain(names.iter().map(String::as_str));
        if !lab.command("xz", check).output().is_ok_and(|output| output.status.success()) {
            return skipped("Ctrl-C in a batch", "there is no xz here");
        }
        let child = lab
            .command(SIGN, ["--key", "key.pem", "--jobs", "1", "tree"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        while temporary_files(&lab) == 0 {
            std::thread::yield_now();
        }
        let pid = child.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        // What was complete when the signal came is signed, and the sentence says how many are.
        let done: usize = stderr
            .strip_prefix("sign-module: interrupted: ")
            .unwrap()
            .split(' ')
            .next()
            .unwrap()
            .parse()
            .unwrap();
        let rest = 150 - done;
        let sentence = format!(
            "sign-module: interrupted: {done} of 150 files are done ({done} signed by CN=key with ML-DSA-44), {rest} are \
             unchanged: run the same command again for the rest
"
        );
        assert_eq!(stderr, sentence);
        assert!((1..150).contains(&done));
        assert_eq!(temporary_files(&lab), 0);
        let packed: Vec<_> = names.iter().map(|name| format!("{name}.xz")).collect();
        let outcome = lab.run(SIGN, ["--key", "key.pem", "tree"]).fine();
        let last = outcome.stdout.lines().last().unwrap();
        assert!(last.starts_with(&format!("150 files: {done} left alone: ")), "{last}");
        lab.run("xz", ["-dq"].iter().copied().chain(packed.iter().map(String::as_str))).fine();
        assert_eq!(untouched_or_signed(&lab, &names[..20]), 20);
    }
}

/// A disk without space for a second copy of everything: files that do not fit are reported and unchanged, and a second run
/// does the rest.
#[test]
fn a_disk_that_fills_up_in_a_batch() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("dummy.ko");
    fs::create_dir(lab.path("small")).unwrap();
    let script = r#"
        mount -t tmpfs -o size=700k small small || exit 99
        for i in $(seq 10 49); do cp dummy.ko small/$i.ko || exit 98; done
        "$1" -q --key key.pem small; echo "code $?"
        ls -A small | grep -c tmp
        for i in $(seq 4); do "$1" -q --key key.pem small 2>/dev/null && break; done
        "$2" --trust key.x509 small/*.ko | tail -n 1
    "#;
    let namespace: &[&str] = if as_root() { &["-m"] } else { &["-m", "-r"] };
    let outcome = lab.run("unshare", [namespace, &["sh", "-c", script, "sh", SIGN, VERIFY]].concat());
    if outcome.code != 0 {
        return skipped(
            "a disk that fills up",
            &format!("no mount namespace here ({})", outcome.stderr.trim()),
        );
    }
    assert_eq!(outcome.stdout, "code 6\n0\n40 files: 40 good\n", "{outcome:?}");
    assert!(outcome.stderr.lines().all(|line| line.contains("no space left")), "{outcome:?}");
}

/// On a terminal: a bar, no line for each file, and the summary.
#[test]
fn a_terminal_gets_a_bar_and_a_pipe_gets_lines() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    tree(&lab, 40);
    lab.write("tree/0/bad.ko", "text");
    let command = format!("unset NO_COLOR; TERM=xterm '{SIGN}' --key key.pem tree");
    let outcome = lab.run("script", ["-qec", &command, "typescript"]);
    if outcome.code == -1 || lab.path("typescript").metadata().map_or(0, |file| file.len()) == 0 {
        return skipped("the progress bar", "there is no `script` (util-linux) here");
    }
    assert_eq!(outcome.code, 7, "{outcome:?}");
    let screen = String::from_utf8_lossy(&lab.read("typescript")).into_owned();
    assert!(screen.contains("/41 "), "the bar counts: {screen:?}");
    assert!(screen.contains("41 files: 1 broken; 40 signed by CN=key"), "{screen:?}");
    assert!(screen.contains("tree/0/bad.ko: \u{1b}[31mis not a kernel module"), "{screen:?}");
    assert!(!screen.contains("module001.ko: signed"), "{screen:?}");
}
