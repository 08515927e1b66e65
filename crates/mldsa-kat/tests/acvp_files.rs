//! The forms of ACVP files that laboratories have: drafts, several vector sets, unknown versions.

mod common;

use std::fs;

use mldsa_kat::acvp::{self, Options};
use mldsa_kat::backend::Kernels;
use serde_json::{Value, json};

use common::{back_ends, parts, path_text, read, run};

/// The drafts of ACVP-Server 1.1.0.35: no `signatureInterface`, `pk` in the group. Kills: a draft that is refused, or read as
/// another interface, or converted without a word.
#[test]
fn drafts_are_converted_with_a_note() {
    for (backend, kernels) in back_ends() {
        let report = |mode: &str| {
            let response =
                acvp::answer(&read(&format!("acvp/draft-{mode}.prompt.json.gz")), kernels).unwrap();
            acvp::compare(&response, &read(&format!("acvp/draft-{mode}.expected.json.gz"))).unwrap()
        };
        let generated = report("sigGen");
        assert_eq!((generated.passed(), generated.failed()), (6, 0), "{backend:?}: {generated}");
        assert_eq!(
            generated.groups[1].name,
            "tgId 2 ML-DSA-44 sigGen internal (draft), hedged, expanded key"
        );
        assert_eq!(generated.notes.len(), 1);
        assert!(
            generated.notes[0].starts_with("converted, as in the drafts of ACVP-Server 1.1.0.35: no `sig")
        );
        assert!(generated.notes[0].ends_with("(tgId 1; tgId 2; tgId 3; tgId 4; tgId 5; tgId 6)"));

        let verified = report("sigVer");
        assert_eq!((verified.passed(), verified.failed()), (15, 0), "{backend:?}: {verified}");
        assert_eq!(verified.notes.len(), 2);
        assert!(verified.notes[1].contains("`pk` of the group belongs to all of its cases"), "{verified:?}");
    }
}

fn draft() -> Value {
    serde_json::from_str(&read("acvp/draft-sigVer.prompt.json.gz")).unwrap()
}

/// Kills: a mixture of a draft and the standard form that is read as one of them.
#[test]
fn half_a_draft_is_an_error() {
    type Spoil = fn(&mut Value);
    let cases: [(Spoil, &str); 5] = [
        (
            |group| group["tests"][1]["context"] = json!(""),
            "tgId 1, tcId 2, field `context`: does not occur in drafts; the group lacks `signatureInterface`",
        ),
        (|group| group["preHash"] = json!("pure"), "tgId 1, field `signatureInterface`: is missing"),
        (|group| group["externalMu"] = json!(false), "tgId 1, field `signatureInterface`: is missing"),
        (
            |group| group["tests"][0]["pk"] = json!("00"),
            "tgId 1, tcId 1, field `pk`: is another key than `pk` of the group",
        ),
        (|group| group["pk"] = json!(null), "tgId 1, tcId 1, field `pk`: is missing"),
    ];
    for (spoil, message) in cases {
        let mut prompt = draft();
        spoil(&mut prompt["testGroups"][0]);
        let error = acvp::answer(&prompt.to_string(), Kernels::Auto).unwrap_err().to_string();
        assert_eq!(error, message);
    }
    // The same key in both places is no contradiction.
    let mut prompt = draft();
    prompt["testGroups"][0]["tests"][0]["pk"] = prompt["testGroups"][0]["pk"].clone();
    acvp::answer(&prompt.to_string(), Kernels::Auto).unwrap();
}

/// Kills: a file that is no prompt, with a message about a missing field.
#[test]
fn what_is_no_prompt_is_named() {
    let error = |file: Value| acvp::answer(&file.to_string(), Kernels::Auto).unwrap_err().to_string();
    let expected: Value = serde_json::from_str(&read("acvp/keyGen.expected.json.gz")).unwrap();
    assert!(error(expected).starts_with("is a response or the expected results, not a prompt"));
    let registration = json!({"algorithm": "ML-DSA", "mode": "keyGen", "parameterSets": ["ML-DSA-44"]});
    assert_eq!(error(registration), "is a registration of capabilities, not a prompt");
    let mut client_chooses = draft();
    client_chooses["testGroups"][0]["testType"] = json!("GDT");
    assert!(error(client_chooses).contains("a draft in which the client chooses the key"));
}

fn key_gen(id: u64, seed: &str) -> Value {
    json!({"vsId": id, "algorithm": "ML-DSA", "mode": "keyGen", "revision": "FIPS204", "testGroups": [{
        "tgId": 1, "testType": "AFT", "parameterSet": "ML-DSA-44", "tests": [{"tcId": 1, "seed": seed.repeat(32)}],
    }]})
}

/// A file as `acvptool -fetch` writes it: a header, a vector set of keys and one of signatures.
fn acvptool() -> Value {
    let header = json!({
        "url": "/acvp/v1/testSessions/7", "time": "2026-11-28T12:00:00Z",
        "vectorSetUrls": ["/acvp/v1/testSessions/7/vectorSets/11", "/acvp/v1/testSessions/7/vectorSets/12"],
    });
    let mut signatures = draft();
    signatures["vsId"] = json!(12);
    json!([header, key_gen(11, "07"), signatures])
}

/// Kills: vector sets after the first that are not run, a lost header, results of one set compared with another's.
#[test]
fn files_with_several_vector_sets_are_answered_whole() {
    let prompt = acvptool();
    let response = acvp::answer(&prompt.to_string(), Kernels::Auto).unwrap();
    let json: Value = serde_json::from_str(&response.to_json()).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 3);
    assert_eq!(json[0], prompt[0], "the header is repeated");
    assert_eq!((&json[1]["vsId"], &json[2]["vsId"]), (&json!(11), &json!(12)));

    let compare = |expected: &Value| acvp::compare(&response, &expected.to_string());
    let report = compare(&json).unwrap();
    assert_eq!((report.passed(), report.failed()), (16, 0), "{report}");
    assert_eq!(report.groups[0].name, "vsId 11, tgId 1 ML-DSA-44 keyGen");
    // The order of the sets does not matter, nor the header, nor the fields that acvptool leaves out.
    let mut other = json!([json[2], json[1]]);
    other[0].as_object_mut().unwrap().remove("mode");
    assert_eq!(compare(&other).unwrap().passed(), 16);

    let mut wrong = json.clone();
    wrong[2]["testGroups"][0]["tests"][0]["testPassed"] = json!(false);
    assert_eq!(compare(&wrong).unwrap().failed(), 1);

    let error = |expected: &Value| compare(expected).unwrap_err().to_string();
    assert_eq!(error(&json!([json[1]])), "vsId 12: is in the prompt, but not in the expected results");
    let mut more = json.clone();
    more.as_array_mut().unwrap().push(key_gen(13, "00"));
    assert_eq!(error(&more), "vsId 13, field `vsId`: 13 is not a vector set of the prompt");
    let mut mode = json.clone();
    mode[1]["mode"] = json!("sigVer");
    assert_eq!(error(&mode), "vsId 11, field `mode`: is \"sigVer\"; that of the prompt is \"keyGen\"");

    let mut cut = prompt.clone();
    cut.as_array_mut().unwrap().pop();
    assert_eq!(
        acvp::answer(&cut.to_string(), Kernels::Auto).unwrap_err().to_string(),
        "element 0 of the array, field `vectorSetUrls`: names 2 vector sets; the file contains 1"
    );
    let twice = json!([key_gen(11, "07"), key_gen(11, "08")]);
    assert_eq!(
        acvp::answer(&twice.to_string(), Kernels::Auto).unwrap_err().to_string(),
        "vsId 11, field `vsId`: is also the number of an earlier vector set"
    );
    let mut bad = acvptool();
    bad[2]["testGroups"][0]["tests"][0]["message"] = json!("0");
    assert_eq!(
        acvp::answer(&bad.to_string(), Kernels::Auto).unwrap_err().to_string(),
        "vsId 12, tgId 1, tcId 1, field `message`: not hexadecimal: Odd number of digits"
    );
}

/// Kills: an unknown version that is read as a known one, and one that is ignored without a word.
#[test]
fn what_is_unknown_is_refused_or_named() {
    let ignore = Options { ignore_unknown: true };
    let set = |field: &str, value: &str| {
        let mut set = key_gen(1, "00");
        set[field] = json!(value);
        set
    };
    for (unknown, refusal) in [
        (
            set("revision", "FIPS204-tr9"),
            "field `revision`: \"FIPS204-tr9\" is not known for keyGen; known: FIPS204; --ignore-unknown",
        ),
        (set("revision", "FIPS204-tr1"), "field `revision`: \"FIPS204-tr1\" is not known for keyGen"),
        (
            json!([{"acvVersion": "0.5"}, key_gen(1, "00")]),
            "element 0 of the array, field `acvVersion`: \"0.5\" is not known, only \"1.0\" is; --ignore-unknown",
        ),
        (
            json!([set("mode", "sigGenSig"), key_gen(2, "00")]),
            "vsId 1, field `mode`: must be keyGen, sigGen or sigVer, is \"sigGenSig\"; --ignore-unknown skips",
        ),
        (
            json!([set("algorithm", "ML-KEM"), key_gen(2, "00")]),
            "vsId 1, field `algorithm`: must be \"ML-DSA\", is \"ML-KEM\"; --ignore-unknown skips",
        ),
    ] {
        let error = acvp::answer(&unknown.to_string(), Kernels::Auto).unwrap_err().to_string();
        assert!(error.starts_with(refusal), "{error}");
        let response = acvp::answer_with(&unknown.to_string(), Kernels::Auto, ignore).unwrap();
        assert_eq!((response.sets.len(), response.notes.len()), (1, 1), "{:?}", response.notes);
        assert!(response.notes[0].starts_with("ignored: ") || response.notes[0].starts_with("skipped "));
        // The results of a skipped set are not missed, and those of no set are still an error.
        let mut expected: Value = serde_json::from_str(&response.to_json()).unwrap();
        if let (Some(sets), Some(_)) = (expected.as_array_mut(), response.skipped.first()) {
            sets.push(json!({"vsId": 1, "testGroups": []}));
            assert_eq!(acvp::compare(&response, &expected.to_string()).unwrap().passed(), 1);
            expected[1]["vsId"] = json!(9);
            acvp::compare(&response, &expected.to_string()).unwrap_err();
        }
    }
    let only = set("mode", "sigGenSig").to_string();
    let error = acvp::answer_with(&only, Kernels::Auto, ignore).unwrap_err();
    assert_eq!(error.to_string(), "contains no test case");
}

/// The same through the program: exit codes, and the note where a person sees it.
#[test]
fn the_program_refuses_and_names_what_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prompt.json");
    let (name, response) = (file.to_str().unwrap(), folder.path().join("response.json"));
    let mut prompt = key_gen(1, "00");
    prompt["revision"] = json!("FIPS204-tr9");
    fs::write(&file, prompt.to_string()).unwrap();
    let (code, out, err) = parts(&run(&["acvp", name]));
    assert_eq!((code, out.as_str()), (7, ""));
    assert!(err.starts_with(&format!("mldsa-kat: {name}: field `revision`: \"FIPS204-tr9\" is not known")));

    let note =
        "ignored: field `revision`: \"FIPS204-tr9\" is not known for keyGen; known: FIPS204; read as FIPS204";
    let (code, out, err) = parts(&run(&["acvp", name, "--ignore-unknown"]));
    assert_eq!((code, err), (0, format!("mldsa-kat: {name}: note: {note}\n")));
    assert_eq!(serde_json::from_str::<Value>(&out).unwrap()["revision"], "FIPS204-tr9");
    fs::write(&response, out).unwrap();
    let expected = response.to_str().unwrap();
    let (code, out, err) = parts(&run(&["acvp", name, "--ignore-unknown", "--expected", expected]));
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains(&format!("  note      {note}\n")), "{out}");

    fs::write(&file, acvptool().to_string()).unwrap();
    let (code, out, _) = parts(&run(&["acvp", name]));
    fs::write(&response, out).unwrap();
    assert_eq!(code, 0);
    let (code, out, err) = parts(&run(&["acvp", name, "--expected", expected, "--format", "json"]));
    assert_eq!(code, 0, "{out}");
    assert_eq!(err.matches(": note: converted, as in the drafts").count(), 2, "{err}");
    let prompt = path_text("acvp/draft-sigGen.prompt.json.gz");
    let (code, _, err) = parts(&run(&["acvp", &prompt]));
    assert_eq!((code, err.lines().count()), (0, 1), "{err}");
}
