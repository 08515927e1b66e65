//! `sign-module --dry-run` and `--json`: the plan is what the run then does, and nothing is touched before.

use crate::lab::*;
use crate::verify::fits;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The lines of `sign-module --json`, each of which fits the published schema.
fn json_lines(outcome: &Outcome) -> Vec<Value> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/sign-module.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let lines: Vec<Value> = outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        if let Err(why) = fits(line, &schema, &schema) {
            panic!("{why}: {line:#}");
        }
    }
    lines
}

/// Everything in the folder.
fn everything(lab: &Lab) -> BTreeMap<String, Snapshot> {
    lab.names().into_iter().map(|name| (name.clone(), Snapshot::of(&lab.path(&name)))).collect()
}

/// A lab with modules in every state.
fn modules() -> Lab {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.key("other", "ml-dsa-44");
    for name in ["new.ko", "ours.ko", "others.ko", "twice.ko", "half.ko", "with-p7s.ko"] {
        lab.write(name, real_module("crc16.ko"));
    }
    lab.run(SIGN, ["-q", "--key", "key.pem", "ours.ko"]).fine();
    lab.run(SIGN, ["-q", "--key", "other.pem", "others.ko"]).fine();
    let once = lab.read("ours.ko");
    lab.write("twice.ko", [&once[..], &once[once.len() - 40..]].concat());
    lab.write("half.ko", &once[..once.len() - 20]);
    lab.run(SIGN, ["-q", "--detached", "--key", "key.pem", "with-p7s.ko"]).fine();
    lab.write("text.ko", "text");
    lab.write("empty.ko", "");
    lab.write("bad.ko.xz", "no xz");
    lab
}

const MODULES: [&str; 10] = [
    "new.ko",
    "ours.ko",
    "others.ko",
    "twice.ko",
    "half.ko",
    "with-p7s.ko",
    "text.ko",
    "empty.ko",
    "bad.ko.xz",
    "missing.ko",
];

/// Kills: a plan that writes, removes or leaves something; an action, an exit code, an output or a number of signatures that
/// the run then does not have; an operation without a plan.
#[test]
fn the_plan_is_what_the_run_does() {
    let all = MODULES;
    let one = ["new.ko"];
    let rows: [(&[&str], &[&str]); 15] = [
        (&["--key", "key.pem"], &all),
        (&["--key", "key.pem", "--resign"], &all),
        (&["--key", "key.pem", "--hash", "sha256"], &all),
        (&["--key", "key.pem", "--repack"], &all),
        (&["--key", "key.pem", "--detached"], &all),
        (&["--key", "key.pem", "--detached", "--force"], &all),
        (&["--key", "key.pem", "--output", "out.ko"], &one),
        (&["--key", "key.pem", "--output", "ours.ko"], &one),
        (&["--key", "key.pem", "--output", "nodir/out.ko"], &one),
        (&["--key", "key.pem", "--output", "out.ko"], &["ours.ko"]),
        (&["--strip"], &all),
        (&["--extract"], &all),
        (&["--attach", "--cert", "key.x509"], &all),
        (&["--add", "--key", "key.pem", "--trust", "other.x509"], &all),
        (&["prepare", "--cert", "key.x509"], &all),
    ];
    let mut seen = Vec::new();
    for (arguments, files) in rows {
        let lab = modules();
        let before = everything(&lab);
        // A command ends before its options.
        let run = |more: &[&str]| {
            let (first, rest) = arguments.split_at(1);
            lab.run(SIGN, [first, rest, more, files].concat())
        };
        let planned = run(&["--dry-run", "--json"]);
        let text = run(&["--dry-run"]);
        assert_eq!(everything(&lab), before, "{arguments:?}");
        let done = run(&["--json"]);
        assert_eq!((planned.code, text.code), (done.code, done.code), "{arguments:?}: {planned:?} {done:?}");
        assert_eq!((&*planned.stderr, &*done.stderr), ("", ""), "{arguments:?}");
        let (planned, done) = (json_lines(&planned), json_lines(&done));
        assert_eq!((planned.len(), done.len()), (files.len() + 1, files.len() + 1));
        for (plan, deed) in planned.iter().zip(&done) {
            for field in ["file", "action", "exit_code", "signatures_removed", "outputs", "error", "actions"]
            {
                assert_eq!(plan[field], deed[field], "{arguments:?}: {field}: {plan:#} {deed:#}");
            }
            assert_eq!((&plan["dry_run"], &deed["dry_run"]), (&true.into(), &false.into()));
            seen.extend(deed["action"].as_str().map(str::to_owned));
            for output in deed["outputs"].as_array().into_iter().flatten() {
                assert!(lab.path(output.as_str().unwrap()).exists(), "{deed:#}");
            }
        }
    }
    for action in [
        "signed",
        "left-alone",
        "copied",
        "stripped",
        "extracted",
        "attached",
        "signer-added",
        "prepared",
        "failed",
    ] {
        assert!(seen.iter().any(|seen| seen == action), "{action}");
    }
}

/// Kills: a plan that calls the command, or removes leftovers; two new files of one name that only the run notices.
#[test]
fn a_plan_has_no_side_effects() {
    let lab = modules();
    lab.write(".modsig-AbCdEf012345.tmp", "a leftover");
    let before = everything(&lab);
    let by_command = ["--dry-run", "--json", "--cert", "key.x509", "--sign-command", "touch ran; false"];
    let outcome = lab.run(SIGN, [&by_command[..], &["new.ko", "ours.ko"]].concat()).fine();
    let actions: Vec<_> = json_lines(&outcome).iter().map(|line| line["action"].clone()).collect();
    assert_eq!(actions[..2], ["signed", "left-alone"]);
    assert_eq!(everything(&lab), before);
    fs::remove_file(lab.path(".modsig-AbCdEf012345.tmp")).unwrap();

    // Both have new.ko.p7s.
    fs::create_dir(lab.path("pair")).unwrap();
    lab.write("pair/new.ko", real_module("crc16.ko"));
    lab.write("pair/new.ko.gz", real_module("crc16.ko"));
    if lab.run("gzip", ["-nf", "pair/new.ko"]).code != 0 {
        return skipped("two new files of one name", "there is no gzip here");
    }
    lab.write("pair/new.ko", real_module("crc16.ko"));
    let plan = lab.run(SIGN, ["--dry-run", "--detached", "--key", "key.pem", "pair"]);
    plan.one_error(5, SIGN, "pair/new.ko.p7s", "exists already");
    lab.run(SIGN, ["--detached", "--key", "key.pem", "pair"]).one_error(5, SIGN, "pair/new.ko.p7s", "exists");
}

/// Kills: the past tense in a plan, a summary that does not say that it was a plan.
#[test]
fn a_plan_for_people_is_in_the_future() {
    let lab = modules();
    let run = |more: &[&str]| lab.run(SIGN, [&["--dry-run"], more].concat()).fine().stdout;
    let text = run(&["--key", "key.pem", "--resign", "new.ko", "others.ko"]);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines,
        [
            "new.ko: would be signed by CN=key with ML-DSA-44",
            "others.ko: would be signed by CN=key with ML-DSA-44, in place of another signature",
            "2 files (dry run, nothing was written): 1 would be signed by CN=key with ML-DSA-44; 1 would be signed by CN=key \
             with ML-DSA-44, in place of another signature",
        ]
    );
    let ours = run(&["--key", "key.pem", "ours.ko"]);
    assert_eq!(ours, "ours.ko: left alone: signed already by CN=key with ML-DSA-44\n");
    assert_eq!(run(&["--strip", "ours.ko"]), "ours.ko: would be stripped of its signature\n");
    assert_eq!(run(&["--extract", "ours.ko"]), "ours.ko: signature would be extracted\n");
    let add = run(&["--add", "--key", "key.pem", "--trust", "other.x509", "-q", "others.ko"]);
    assert_eq!(add, "");
}

/// Kills: a name that breaks a line of JSON or is lost; JSON beside text; a summary with other numbers than its lines.
#[test]
fn json_has_a_line_for_each_file_and_a_summary() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let lab = modules();
    let odd = "a\u{9b}\u{61c}\n.ko";
    lab.write(odd, real_module("crc16.ko"));
    let bytes = OsStr::from_bytes(b"caf\xe9.ko");
    fs::write(lab.folder().join(bytes), real_module("crc16.ko")).unwrap();
    let arguments = ["--json", "--key", "key.pem", "new.ko", "ours.ko", "text.ko", odd].map(OsStr::new);
    let outcome = lab.run(SIGN, arguments.into_iter().chain([bytes]));
    assert_eq!((outcome.code, &*outcome.stderr), (7, ""));
    assert!(!outcome.stdout.contains(['\u{9b}', '\u{61c}']), "{outcome:?}");
    let lines = json_lines(&outcome);
    assert_eq!(lines.len(), 6);
    assert_eq!((&lines[3]["file"], &lines[4]["file_bytes"]), (&odd.into(), &"636166e92e6b6f".into()));
    assert_eq!(lines[5]["actions"], serde_json::json!({ "failed": 1, "left-alone": 1, "signed": 3 }));
    assert_eq!((&lines[5]["files"], &lines[5]["results"]), (&5.into(), &5.into()));
    assert_eq!((&lines[5]["exit_code"], &lines[5]["interrupted"]), (&7.into(), &false.into()));
    assert_eq!(lab.run(SIGN, ["--json", "-q", "--key", "key.pem", "new.ko"]).code, 2);
    // The schema is not one that everything fits.
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/sign-module.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let mut wrong = lines[0].clone();
    wrong["action"] = "eaten".into();
    assert!(fits(&wrong, &schema, &schema).is_err());
    wrong.as_object_mut().unwrap().remove("action");
    assert!(fits(&wrong, &schema, &schema).is_err());
}
