//! The program as a user runs it: output, exit codes, files.

mod common;

use std::fs;
use std::path::Path;

use common::{parts, path_text, program, run};

#[test]
fn acvp_compares_and_counts() {
    let (prompt, expected) =
        (path_text("acvp/keyGen.prompt.json.gz"), path_text("acvp/keyGen.expected.json.gz"));
    let (code, out, err) = parts(&run(&["acvp", &prompt, "--expected", &expected]));
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(
        groups(&out),
        "pass  tgId 1 ML-DSA-44 keyGen: 25 passed, 0 failed\n\
         pass  tgId 2 ML-DSA-65 keyGen: 25 passed, 0 failed\n\
         pass  tgId 3 ML-DSA-87 keyGen: 25 passed, 0 failed\n\
         75 passed, 0 failed\n"
    );
}

#[test]
fn a_failing_vector_is_exit_code_1() {
    let folder = tempfile::tempdir().unwrap();
    let expected = common::read("acvp/keyGen.expected.json.gz").replacen("B845FA28", "B845FA29", 1);
    let file = folder.path().join("expected.json");
    fs::write(&file, expected).unwrap();
    let prompt = path_text("acvp/keyGen.prompt.json.gz");
    let (code, out, _) = parts(&run(&["acvp", &prompt, "--expected", file.to_str().unwrap()]));
    assert_eq!(code, 1);
    assert!(out.contains("FAIL  tgId 1 ML-DSA-44 keyGen: 24 passed, 1 failed\n"), "{out}");
    assert!(out.contains("      tcId 1: pk: byte 3 of 1312 differs from the expected value\n"), "{out}");
    assert!(out.ends_with("74 passed, 1 failed\n"), "{out}");
}

/// The groups and the sum: what follows the header and the hashes, which the tests in `laboratory.rs` check.
fn groups(out: &str) -> &str {
    let (_, groups) = out.rsplit_once("\n  ").unwrap();
    groups.split_once('\n').unwrap().1
}

/// The response of one run is the expected result of the next, and is the same on standard output and in a file.
#[test]
fn the_response_file_is_what_the_next_run_accepts() {
    let folder = tempfile::tempdir().unwrap();
    let prompt = path_text("acvp/keyGen.prompt.json.gz");
    let file = folder.path().join("response.json");
    let response = file.to_str().unwrap();
    fs::write(&file, "old").unwrap();

    let (code, out, _) = parts(&run(&["acvp", &prompt, "--output", response]));
    assert_eq!(code, 0);
    assert!(
        groups(&out).starts_with("none  tgId 1 ML-DSA-44 keyGen: 25 answered, nothing compared\n"),
        "{out}"
    );
    assert!(out.ends_with("\n75 answered, nothing compared\n"), "{out}");
    let (code, out, _) = parts(&run(&["acvp", &prompt]));
    assert_eq!((code, out), (0, fs::read_to_string(&file).unwrap()));
    let (code, _, _) = parts(&run(&["acvp", &prompt, "--expected", response]));
    assert_eq!(code, 0);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn rsp_generates_what_it_runs() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.rsp");
    let name = file.to_str().unwrap();
    let (code, out, err) =
        parts(&run(&["rsp", "--generate", "--set", "ml-dsa-87", "--count", "2", "--output", name]));
    assert_eq!((code, out.as_str(), err.as_str()), (0, "", ""));
    let (code, out, _) = parts(&run(&["rsp", name, "--set", "ML-DSA-87"]));
    assert_eq!(
        (code, groups(&out)),
        (
            0,
            "pass  ML-DSA-87 pure, signatures: 0 deterministic, 2 hedged, 0 verified only: 2 passed, 0 failed\n\
             2 passed, 0 failed\n"
        )
    );
    let (code, out, _) = parts(&run(&["rsp", name, "--set", "ML-DSA-65"]));
    assert_eq!(code, 1);
    assert!(out.contains("count 0 (line 1): sm: is not a signature of 3309 bytes followed by msg"), "{out}");
}

#[test]
fn wycheproof_runs_several_files() {
    let files =
        ["44", "65", "87"].map(|set| path_text(&format!("wycheproof/mldsa_{set}_verify_test.json.gz")));
    let (code, out, _) = parts(&run(&["wycheproof", &files[0], &files[1], &files[2]]));
    assert_eq!(code, 0, "{out}");
    assert!(out.ends_with("all 3 files: 631 passed, 0 failed\n"), "{out}");
}

#[test]
fn a_run_that_compares_nothing_is_exit_code_3() {
    let (code, out, _) = parts(&run(&["accumulated", "--set", "ML-DSA-44", "--iterations", "1"]));
    assert_eq!(code, 3);
    assert!(out.contains("  note      no value is published for 1 iterations, only for 100, "), "{out}");
    assert!(out.ends_with("\n1 answered, nothing compared\n") && !out.contains("passed"), "{out}");
    // Files without cases: an error, or nothing compared; never a pass.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("empty");
    let name = file.to_str().unwrap();
    let set = ["--set", "ML-DSA-44"];
    for (content, args) in [
        ("# no record\n", &["rsp", name, set[0], set[1]][..]),
        (
            r#"{"vsId": 1, "algorithm": "ML-DSA", "mode": "keyGen", "revision": "FIPS204", "isSample": false, "testGroups": []}"#,
            &["acvp", name, "--expected", name],
        ),
        (
            r#"{"algorithm": "ML-DSA-44", "schema": "mldsa_verify_schema.json", "numberOfTests": 0, "testGroups": []}"#,
            &["wycheproof", name],
        ),
    ] {
        fs::write(&file, content).unwrap();
        let (code, out, err) = parts(&run(args));
        assert!(
            code == 7 || (code, out.lines().last()) == (3, Some("nothing compared")),
            "{args:?} {out} {err}"
        );
        println!("{args:?}: {code} {err}");
    }
    let (code, ..) = parts(&run(&["accumulated", "--set", "ML-DSA-44", "--iterations", "100"]));
    assert_eq!(code, 0);
    let zeros = "00".repeat(32);
    let (code, out, _) =
        parts(&run(&["accumulated", "--set", "ML-DSA-44", "--iterations", "1", "--expect", &zeros]));
    assert_eq!(code, 1);
    assert!(out.ends_with(&format!("hash: {zeros} expected\n0 passed, 1 failed\n")), "{out}");
}

/// Kills: help that a terminal of 80 columns breaks, and an exit code that it does not name.
#[test]
fn help_fits_80_columns_and_lists_the_exit_codes() {
    for command in [None, Some("acvp"), Some("rsp"), Some("wycheproof"), Some("accumulated")] {
        let args: Vec<_> = command.into_iter().chain(["--help"]).collect();
        let (code, out, _) = parts(&run(&args));
        assert_eq!(code, 0);
        let long: Vec<_> = out.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(long.is_empty(), "{command:?}: {long:#?}");
        if command.is_none() {
            for code in [0, 1, 2, 3, 6, 7] {
                assert!(out.contains(&format!("\n  {code}  ")), "{code}: {out}");
            }
        }
    }
}

#[test]
fn wrong_use_is_exit_code_2() {
    for args in [
        &[][..],
        &["acvp"],
        &["acvp", "a.json", "b.json"],
        &["acvp", "a.json", "b.json", "--expected", "c.json"],
        &["acvp", "a.json", "--expected", "b.json", "--expected", "c.json"],
        &["acvp", "a.json", "b.json", "--output", "c.json", "--output", "c.json"],
        &["acvp", "a.json", "--output", "a.json"],
        &["acvp", "a.json", "--format", "json"],
        &["acvp", "a.json", "--output", "b.json", "--format", "xml"],
        &["rsp", "--set", "ML-DSA-44", "--generate", "--format", "junit"],
        &["accumulated", "--jobs", "0"],
        &["accumulated", "--jobs", "257"],
        &["rsp", "x.rsp"],
        &["rsp", "x.rsp", "--set", "ML-DSA-99"],
        &["rsp", "x.rsp", "--set", "ML-DSA-44", "--generate"],
        &["rsp", "--set", "ML-DSA-44", "--generate", "--count", "0"],
        &["rsp", "--set", "ML-DSA-44", "--generate", "--signing", "verify-only"],
        &["rsp", "x.rsp", "--set", "ML-DSA-44", "--pre-hash", "SHA-1"],
        &["rsp", "x.rsp", "--set", "ML-DSA-44", "--pre-hash", "SHA2-256", "--internal"],
        &["wycheproof"],
        &["accumulated", "--iterations", "0"],
        &["accumulated", "--expect", "00"],
    ] {
        assert_eq!(parts(&run(args)).0, 2, "{args:?}");
    }
}

#[test]
fn what_cannot_be_read_or_written_is_exit_code_6_and_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    let prompt = path_text("acvp/keyGen.prompt.json.gz");
    let missing = format!("{folder}/missing");
    for args in [
        &["acvp", &missing][..],
        &["acvp", folder],
        &["acvp", &prompt, "--expected", &missing],
        &["acvp", &prompt, "--output", &format!("{missing}/response.json")],
        &["acvp", &prompt, "--output", folder],
        &["rsp", &missing, "--set", "ML-DSA-44"],
        &["wycheproof", &missing],
    ] {
        let (code, out, err) = parts(&run(args));
        assert_eq!((code, out.as_str()), (6, ""), "{args:?}");
        assert_eq!(err.lines().count(), 1, "{err}");
        assert!(err.contains(folder), "{err}");
    }
    assert_eq!(fs::read_dir(folder).unwrap().count(), 0, "no temporary file is left");
}

/// `mldsa-kat … | head`: the reader closes the pipe before the program writes. Kills: "Broken pipe (os error 32)", and a failed
/// vector that a closed pipe hides.
#[test]
fn a_closed_pipe_changes_neither_message_nor_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.json");
    fs::write(&wrong, common::read("acvp/keyGen.expected.json.gz").replacen("B845FA28", "B845FA29", 1))
        .unwrap();
    let (prompt, expected) =
        (path_text("acvp/keyGen.prompt.json.gz"), path_text("acvp/keyGen.expected.json.gz"));
    for (args, expected_code) in [
        (&["rsp", "--generate", "--set", "ML-DSA-44", "--count", "1"][..], 0),
        (&["acvp", &prompt], 0),
        (&["acvp", &prompt, "--expected", &expected], 0),
        (&["acvp", &prompt, "--expected", wrong.to_str().unwrap()], 1),
        (&["acvp", &prompt, "--expected", wrong.to_str().unwrap(), "--format", "json"], 1),
        (&["accumulated", "--set", "ML-DSA-44", "--iterations", "1"], 3),
    ] {
        // Writing to it fails as with a pipe (EPIPE). `std::io::pipe` needs Rust 1.87.
        let (reader, writer) = std::os::unix::net::UnixStream::pair().unwrap();
        drop(reader);
        let writer = std::os::fd::OwnedFd::from(writer);
        let (code, _, err) = parts(&program().args(args).stdout(writer).output().unwrap());
        assert_eq!((code, err.as_str()), (expected_code, ""), "{args:?}");
    }
}

/// A full disk: writes to /dev/full fail.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_exit_code_6() {
    if !Path::new("/dev/full").exists() {
        println!("not run: there is no /dev/full");
        return;
    }
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = program()
        .args(["rsp", "--generate", "--set", "ML-DSA-44", "--count", "1"])
        .stdout(full)
        .output()
        .unwrap();
    let (code, _, err) = parts(&output);
    assert_eq!(code, 6);
    assert!(err.starts_with("mldsa-kat: standard output: "), "{err}");
}

#[test]
fn what_is_not_as_it_should_be_is_exit_code_7_and_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for (i, (content, message)) in [
        (&b""[..], "not JSON: EOF while parsing a value at line 1 column 0"),
        (b"\x1f\x8b\x08", "damaged gzip file: "),
        (b"{\"vsId\": \xff}", "byte 9: not UTF-8 text"),
        (b"{}", "field `algorithm`: is missing"),
        (b"{\"algorithm\": 1e999}", "not JSON: number out of range"),
        (b"[[[[", "not JSON: EOF"),
    ]
    .into_iter()
    .enumerate()
    {
        let file = folder.path().join(format!("{i}.json"));
        fs::write(&file, content).unwrap();
        let name = file.to_str().unwrap();
        for args in [&["acvp", name][..], &["wycheproof", name]] {
            let (code, out, err) = parts(&run(args));
            assert_eq!((code, out.as_str()), (7, ""), "{args:?}");
            assert!(err.starts_with(&format!("mldsa-kat: {name}: {message}")), "{err}");
            assert_eq!(err.lines().count(), 1, "{err}");
        }
        assert_eq!(parts(&run(&["rsp", name, "--set", "ML-DSA-44"])).0, 7);
    }
}

/// A missing back end is an error; the program never silently runs another one.
#[test]
fn forced_back_ends_run_or_are_refused() {
    for name in ["auto", "portable", "avx2", "avx512", "neon", "neon-sha3"] {
        let (code, out, err) =
            parts(&run(&["--backend", name, "accumulated", "--set", "ML-DSA-44", "--iterations", "1"]));
        match code {
            3 => {
                assert!(out.contains("nothing compared"), "{out}");
                let shown = out.lines().nth(1).unwrap().trim_start_matches("  back end  ");
                assert!(if name == "auto" { shown.ends_with(" (auto)") } else { shown == name }, "{shown}");
            }
            2 => assert_eq!(
                err,
                format!(
                    "mldsa-kat: --backend: this build or this CPU does not support the back end {name}\n"
                )
            ),
            other => panic!("{name}: exit code {other}"),
        }
        assert!(code == 3 || name.starts_with("avx") || name.starts_with("neon"), "{name}");
    }
}
