//! The report of the program as a laboratory files it: header, hashes, formats, several files, long lists.

mod common;

use std::fs;
use std::path::Path;

use mldsa_kat::prehash::HashAlg;
use serde_json::Value;

use common::{parts, path, path_text, program, read, run};

fn prompt_and_expected(mode: &str) -> [String; 2] {
    ["prompt", "expected"].map(|part| path_text(&format!("acvp/{mode}.{part}.json.gz")))
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(HashAlg::Sha2_256.digest(bytes))
}

/// Kills: a hash of something else than the file, a missing input, a time that is not that of SOURCE_DATE_EPOCH.
#[test]
fn the_header_names_program_machine_time_and_inputs() {
    let [prompt, expected] = prompt_and_expected("keyGen");
    let output = program()
        .args(["acvp", &prompt, "--expected", &expected, "--backend", "portable"])
        .env("SOURCE_DATE_EPOCH", "1700000000")
        .output()
        .unwrap();
    let (code, out, err) = parts(&output);
    assert_eq!((code, err.as_str()), (0, ""));
    let lines: Vec<_> = out.lines().collect();
    // What the build recorded: nothing, unless the builder named the commit.
    let commit = Some(env!("MLDSA_KAT_BUILD_COMMIT")).filter(|commit| !commit.is_empty());
    let commit = commit.unwrap_or("not recorded");
    assert_eq!(lines[0], format!("mldsa-kat {}, commit {commit}", env!("CARGO_PKG_VERSION")));
    assert_eq!(lines[1], "  back end  portable");
    assert!(lines[2].starts_with("  cpu       ") && lines[2].len() > 12, "{out}");
    assert!(
        lines[3].starts_with("  compiler  rustc 1.") && lines[3].ends_with(env!("MLDSA_KAT_BUILD_PROFILE")),
        "{out}"
    );
    assert_eq!(lines[4], "  time      2023-11-14T22:13:20Z (SOURCE_DATE_EPOCH)");
    let hashes = |file: &str| {
        [
            format!("  sha256    {}", sha256(&fs::read(path(file)).unwrap())),
            format!("  unpacked  {}", sha256(read(file).as_bytes())),
        ]
    };
    let mut wanted = vec![String::new(), prompt.clone()];
    wanted.extend(hashes("acvp/keyGen.prompt.json.gz"));
    wanted.push(format!("  expected  {expected}"));
    wanted.extend(hashes("acvp/keyGen.expected.json.gz"));
    assert_eq!(lines[5..12], wanted);
    assert!(lines[12].starts_with("pass  tgId 1"), "{out}");

    // An ordinary file has one hash; the time is the clock's.
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain.json");
    fs::write(&plain, read("acvp/keyGen.prompt.json.gz")).unwrap();
    let (code, out, _) = parts(&run(&["acvp", plain.to_str().unwrap(), "--expected", &expected]));
    assert_eq!((code, out.matches("unpacked").count()), (0, 1), "{out}");
    assert!(out.contains("\n  time      2") && !out.contains("EPOCH"), "{out}");
}

/// Kills: a report that cannot be reproduced, and an invalid SOURCE_DATE_EPOCH that is ignored.
#[test]
fn reports_without_a_time_are_the_same_bytes() {
    let [prompt, expected] = prompt_and_expected("draft-sigVer");
    for format in ["text", "json", "junit"] {
        let args = ["acvp", &prompt, "--expected", &expected, "--no-time", "--format", format];
        let (code, first, _) = parts(&run(&args));
        assert_eq!(code, 0);
        let again = program().args(args).env("SOURCE_DATE_EPOCH", "not used").output().unwrap();
        assert_eq!(parts(&again).1, first);
        assert!(!first.contains("1970") && !first.contains("timestamp"), "{first}");
    }
    let output = program().args(["acvp", &prompt]).env("SOURCE_DATE_EPOCH", "yesterday").output().unwrap();
    let (code, out, err) = parts(&output);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.starts_with("mldsa-kat: SOURCE_DATE_EPOCH must be a number"), "{err}");
}

/// Two good prompts and a bad one in between. Kills: pairs in another order, a run that ends at the first bad file, and a bad file
/// that the report or the exit code hides.
#[test]
fn several_prompts_make_one_report() {
    let folder = tempfile::tempdir().unwrap();
    let bad = folder.path().join("bad.json");
    fs::write(&bad, "{").unwrap();
    let bad = bad.to_str().unwrap();
    let ([keys, keys_expected], [draft, draft_expected]) =
        (prompt_and_expected("keyGen"), prompt_and_expected("draft-sigVer"));
    let two = ["acvp", &keys, &draft, "--expected", &keys_expected, "--expected", &draft_expected];
    let (code, out, err) = parts(&run(&two));
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.ends_with("\nall 2 files: 90 passed, 0 failed\n"), "{out}");
    let swapped = ["acvp", &keys, &draft, "--expected", &draft_expected, "--expected", &keys_expected];
    assert_eq!(parts(&run(&swapped)).0, 7);

    let args = |format: &'static str| {
        let files = ["acvp", bad, &keys, &draft, "--expected", bad, "--expected", &keys_expected];
        [&files[..], &["--expected", &draft_expected, "--format", format]].concat().join("\n")
    };
    let run = |format| parts(&run(&args(format).split('\n').collect::<Vec<_>>()));
    let message = format!("mldsa-kat: {bad}: not JSON: EOF while parsing an object at line 1 column 1\n");
    let (code, out, err) = run("text");
    assert_eq!((code, &err), (7, &message));
    assert!(out.contains(&format!("\nERROR {bad}: not JSON: ")), "{out}");
    assert!(out.ends_with("\nall 3 files: 90 passed, 0 failed, 1 files without results\n"), "{out}");
    let (code, out, err) = run("json");
    assert_eq!(code, 7);
    assert!(err.starts_with(&message), "{err}");
    let json: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["files"][0]["error"], message["mldsa-kat: ".len()..].trim_end());
    assert_eq!((&json["summary"]["passed"], &json["summary"]["errors"]), (&90.into(), &1.into()));
    let (code, out, _) = run("junit");
    assert_eq!(code, 7);
    assert!(out.contains(
        "<testsuites name=\"mldsa-kat acvp\" tests=\"91\" failures=\"0\" errors=\"1\" skipped=\"0\">"
    ));
    assert_eq!((out.matches("<testcase ").count(), out.matches("<testsuite ").count()), (91, 7), "{out}");
}

/// Kills: a schema that is not that of the program.
#[test]
fn json_is_as_its_schema_says() {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/mldsa-kat.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let response = folder.path().join("response.json");
    let response = response.to_str().unwrap();
    let [prompt, expected] = prompt_and_expected("keyGen");
    let wrong = folder.path().join("wrong.json");
    fs::write(&wrong, read("acvp/keyGen.expected.json.gz").replacen("B845FA28", "B845FA29", 1)).unwrap();
    let wrong = wrong.to_str().unwrap();
    let one = ["accumulated", "--set", "ML-DSA-44", "--iterations", "1"];
    for (args, code, verdict) in [
        (&["acvp", &prompt, "--expected", &expected][..], 0, "passed"),
        (&["acvp", &prompt, "--expected", wrong, "--no-time"], 1, "failed"),
        (&["acvp", &prompt, "--output", response], 0, "passed"),
        (&["acvp", &prompt, "--expected", "missing"], 6, "error"),
        (&["rsp", wrong, "--set", "ML-DSA-44"], 7, "error"),
        (&one, 3, "nothing-compared"),
    ] {
        let output = run(&[args, &["--format", "json"]].concat());
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        fits(&json, &schema, &schema).unwrap_or_else(|why| panic!("{why}: {json:#}"));
        assert_eq!((output.status.code(), &json["summary"]["exit_code"]), (Some(code), &code.into()));
        assert_eq!(json["summary"]["verdict"], verdict);
        // A schema that accepts anything would not have seen this.
        let mut changed = json.clone();
        changed["files"][0]["notes"] = "text".into();
        fits(&changed, &schema, &schema).unwrap_err();
    }
}

/// Whether a value fits the schema, for the words that it uses; another word is an error.
fn fits(value: &Value, schema: &Value, root: &Value) -> Result<(), String> {
    let list = |rule: &Value| rule.as_array().cloned().unwrap();
    for (word, rule) in schema.as_object().unwrap() {
        let fitting = match &**word {
            "$schema" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().strip_prefix('#').unwrap()).unwrap();
                fits(value, target, root)?;
                true
            }
            "anyOf" => list(rule).iter().any(|one| fits(value, one, root).is_ok()),
            "const" => value == rule,
            "enum" => list(rule).contains(value),
            "type" => match rule.as_str().unwrap() {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "integer" => value.is_u64(),
                "null" => value.is_null(),
                other => return Err(format!("unknown type {other}")),
            },
            "required" => list(rule).iter().all(|name| value.get(name.as_str().unwrap()).is_some()),
            "properties" => {
                for (name, found) in value.as_object().ok_or("is no object")? {
                    let property = rule.get(name).ok_or_else(|| format!("{name} is not in the schema"))?;
                    fits(found, property, root)?;
                }
                true
            }
            "items" => {
                let items = value.as_array().ok_or("is no array")?;
                items.iter().try_for_each(|item| fits(item, rule, root))?;
                true
            }
            other => return Err(format!("unknown word {other}")),
        };
        if !fitting {
            return Err(format!("{value} is not as {word} {rule}"));
        }
    }
    Ok(())
}

/// Kills: thousands of lines for one mistake, and failures that the text drops without counting them.
#[test]
fn repeated_failures_are_counted_unless_all_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let wrong = folder.path().join("wrong.json");
    let expected = read("acvp/keyGen.expected.json.gz").replace("\"pk\": \"", "\"pk\": \"00");
    fs::write(&wrong, expected).unwrap();
    let args = ["acvp", &prompt_and_expected("keyGen")[0], "--expected", wrong.to_str().unwrap()];
    let lines = |out: &str| out.matches("pk: 1312 bytes computed, 1313 expected").count();
    let (code, out, _) = parts(&run(&args));
    assert_eq!((code, lines(&out)), (1, 10));
    assert_eq!(out.matches("      and 15 more\n").count(), 3, "{out}");
    let (code, out, _) = parts(&run(&[&args[..], &["--all"]].concat()));
    assert_eq!((code, lines(&out)), (1, 25));
    assert!(!out.contains("more\n"), "{out}");
    // A machine gets every case.
    let (_, out, _) = parts(&run(&[&args[..], &["--format", "junit"]].concat()));
    assert_eq!(lines(&out), 25);
}

/// Kills: another hash on several threads, and a progress line in a log file.
#[test]
fn accumulated_is_the_same_on_any_number_of_threads_and_silent_in_a_pipe() {
    for jobs in ["1", "3"] {
        let (code, out, err) = parts(&run(&["accumulated", "--set", "ML-DSA-44", "--jobs", jobs]));
        assert_eq!((code, err.as_str()), (0, ""));
        assert!(out.ends_with("beeae4: 1 passed, 0 failed\n1 passed, 0 failed\n"), "{out}");
    }
}

/// Kills: a checkpoint that is never written or never read, one from another build or beyond the end that is accepted, and one
/// that is overwritten after an error.
#[test]
fn accumulated_goes_on_from_its_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let checkpoints = folder.path().join("new/checkpoints");
    let run_to = |iterations: &str| {
        let folder = checkpoints.to_str().unwrap();
        parts(&run(&[
            "accumulated",
            "--set",
            "ML-DSA-44",
            "--iterations",
            iterations,
            "--checkpoints",
            folder,
        ]))
    };
    let file = checkpoints.join("ML-DSA-44.json");
    let saved = || serde_json::from_str::<Value>(&fs::read_to_string(&file).unwrap()).unwrap();

    assert_eq!(run_to("70").0, 3, "nothing is published for 70");
    assert_eq!(saved()["iterations"], 70);
    let (code, out, err) = run_to("100");
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert_eq!(saved()["iterations"], 100);

    // What the next run starts with decides its hash.
    let mut spoiled = saved();
    spoiled["iterations"] = 99.into();
    fs::write(&file, spoiled.to_string()).unwrap();
    let (code, out, _) = run_to("100");
    assert_eq!(code, 1, "{out}");

    for (field, value, message) in [
        ("iterations", Value::from(101), "101 are done, 100 are asked for"),
        ("made_by", Value::from("mldsa-kat 0.0.0"), "begun by mldsa-kat 0.0.0, and this is mldsa-kat 0.1.0"),
        ("set", Value::from("ML-DSA-65"), "ML-DSA-65 instead of ML-DSA-44"),
    ] {
        let mut other = saved();
        other[field] = value;
        fs::write(&file, other.to_string()).unwrap();
        let (code, out, err) = run_to("100");
        assert_eq!(code, 7, "{out}{err}");
        assert!(format!("{out}{err}").contains(message), "{out}{err}");
        assert_eq!(saved(), other, "it is kept");
    }
}
