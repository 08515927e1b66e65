//! NIST's ACVP vectors, by the runner that `mldsa-kat acvp` calls.

mod common;

use mldsa_kat::acvp;
use mldsa_kat::backend::Kernels;
use serde_json::{Value, json};

use common::{back_ends, read};

/// Computes the response to a prompt of `test-vectors/acvp` on every back end. Asserts the names and sizes of the groups.
fn passes(mode: &str, groups: &[&str], cases_in_each: usize) {
    let prompt = read(&format!("acvp/{mode}.prompt.json.gz"));
    let expected = read(&format!("acvp/{mode}.expected.json.gz"));
    for (backend, kernels) in back_ends() {
        let response = acvp::answer(&prompt, kernels).unwrap();
        let report = acvp::compare(&response, &expected).unwrap();
        println!("{backend:?}\n{report}");
        assert_eq!(report.failed(), 0, "{backend:?}:\n{report}");
        let found: Vec<_> = report.groups.iter().map(|g| (g.name.as_str(), g.passed())).collect();
        let wanted: Vec<_> = groups.iter().map(|name| (*name, cases_in_each)).collect();
        assert_eq!(found, wanted, "{backend:?}");
    }
}

#[test]
fn key_gen_75() {
    passes("keyGen", &["tgId 1 ML-DSA-44 keyGen", "tgId 2 ML-DSA-65 keyGen", "tgId 3 ML-DSA-87 keyGen"], 25);
}

#[test]
fn sig_gen_90() {
    passes(
        "sigGen",
        &[
            "tgId 1 ML-DSA-44 sigGen external pure, hedged, expanded key",
            "tgId 2 ML-DSA-65 sigGen external pure, hedged, expanded key",
            "tgId 3 ML-DSA-87 sigGen external pure, hedged, expanded key",
            "tgId 4 ML-DSA-44 sigGen internal, hedged, expanded key",
            "tgId 5 ML-DSA-65 sigGen internal, hedged, expanded key",
            "tgId 6 ML-DSA-87 sigGen internal, hedged, expanded key",
        ],
        15,
    );
}

#[test]
fn sig_ver_180_in_twelve_groups() {
    passes(
        "sigVer",
        &[
            "tgId 1 ML-DSA-44 sigVer external pure",
            "tgId 2 ML-DSA-44 sigVer external preHash",
            "tgId 3 ML-DSA-65 sigVer external pure",
            "tgId 4 ML-DSA-65 sigVer external preHash",
            "tgId 5 ML-DSA-87 sigVer external pure",
            "tgId 6 ML-DSA-87 sigVer external preHash",
            "tgId 7 ML-DSA-44 sigVer internal, external mu",
            "tgId 8 ML-DSA-44 sigVer internal",
            "tgId 9 ML-DSA-65 sigVer internal, external mu",
            "tgId 10 ML-DSA-65 sigVer internal",
            "tgId 11 ML-DSA-87 sigVer internal, external mu",
            "tgId 12 ML-DSA-87 sigVer internal",
        ],
        15,
    );
}

/// The published sigGen sets here have no external mu, no seeds and no deterministic signatures. Wycheproof has all three: its
/// 480 valid signing cases without the 6 with `rnd` become a prompt in the form of `FIPS204-tr1`.
#[test]
fn sig_gen_with_external_mu_and_seeds_gives_the_signatures_of_wycheproof() {
    let (mut groups, mut expected) = (Vec::new(), Vec::new());
    let mut cases = 0;
    for set in ["44", "65", "87"] {
        for (file, key, name, format) in
            [("seed", "privateSeed", "seed", "seed"), ("noseed", "privateKey", "sk", "expanded")]
        {
            let (mut tests, mut results) = (Vec::new(), Vec::new());
            let vectors: Value =
                serde_json::from_str(&read(&format!("wycheproof/mldsa_{set}_sign_{file}_test.json.gz")))
                    .unwrap();
            for group in vectors["testGroups"].as_array().unwrap() {
                for test in group["tests"].as_array().unwrap() {
                    if test["result"] == "valid" && test["mu"].is_string() && test["rnd"].is_null() {
                        cases += 1;
                        tests.push(json!({"tcId": cases, "mu": test["mu"], name: group[key]}));
                        results.push(json!({"tcId": cases, "signature": test["sig"]}));
                    }
                }
            }
            let id = groups.len() + 1;
            groups.push(json!({
                "tgId": id, "testType": "AFT", "parameterSet": format!("ML-DSA-{set}"), "deterministic": true,
                "signatureInterface": "internal", "externalMu": true, "keyFormat": format, "tests": tests,
            }));
            expected.push(json!({"tgId": id, "tests": results}));
        }
    }
    let prompt = json!([{"acvVersion": "1.0"}, {
        "vsId": 1, "algorithm": "ML-DSA", "mode": "sigGen", "revision": "FIPS204-tr1", "testGroups": groups,
    }]);
    let response = acvp::answer(&prompt.to_string(), Kernels::Auto).unwrap();
    let report = acvp::compare(&response, &json!({"testGroups": expected}).to_string()).unwrap();
    println!("{report}");
    assert_eq!((report.passed(), report.failed()), (474, 0), "{report}");
}

/// HashML-DSA: sigVer accepts a signature of sigGen with each of the twelve hashes, with that hash only.
#[test]
fn pre_hash_signatures_verify_with_their_hash_only() {
    let hashes: Vec<_> = mldsa_kat::prehash::HashAlg::ALL.iter().map(|hash| hash.name()).collect();
    let seed = "07".repeat(32);
    let tests: Vec<_> = (hashes.iter().enumerate())
        .map(|(i, hash)| json!({"tcId": i, "seed": seed, "message": "616263", "context": "01", "hashAlg": hash}))
        .collect();
    let group = json!({
        "tgId": 1, "testType": "AFT", "parameterSet": "ML-DSA-44", "deterministic": true, "keyFormat": "seed",
        "signatureInterface": "external", "preHash": "preHash", "tests": tests,
    });
    let prompt = json!({"vsId": 1, "algorithm": "ML-DSA", "mode": "sigGen", "testGroups": [group]});
    let signed: Value =
        serde_json::from_str(&acvp::answer(&prompt.to_string(), Kernels::Auto).unwrap().to_json()).unwrap();
    let key = json!({"vsId": 1, "algorithm": "ML-DSA", "mode": "keyGen", "testGroups": [{
        "tgId": 1, "testType": "AFT", "parameterSet": "ML-DSA-44", "tests": [{"tcId": 1, "seed": seed}],
    }]});
    let key: Value =
        serde_json::from_str(&acvp::answer(&key.to_string(), Kernels::Auto).unwrap().to_json()).unwrap();

    let (mut tests, mut expected) = (Vec::new(), Vec::new());
    for (i, signed_with) in hashes.iter().enumerate() {
        for checked_with in &hashes {
            let id = tests.len();
            tests.push(json!({
                "tcId": id, "pk": key["testGroups"][0]["tests"][0]["pk"], "message": "616263", "context": "01",
                "hashAlg": checked_with, "signature": signed["testGroups"][0]["tests"][i]["signature"],
            }));
            expected.push(json!({"tcId": id, "testPassed": signed_with == checked_with}));
        }
    }
    let prompt = json!({"vsId": 1, "algorithm": "ML-DSA", "mode": "sigVer", "testGroups": [{
        "tgId": 1, "testType": "AFT", "parameterSet": "ML-DSA-44", "signatureInterface": "external",
        "preHash": "preHash", "tests": tests,
    }]});
    let response = acvp::answer(&prompt.to_string(), Kernels::Auto).unwrap();
    let expected = json!({"testGroups": [{"tgId": 1, "tests": expected}]});
    let report = acvp::compare(&response, &expected.to_string()).unwrap();
    assert_eq!((report.passed(), report.failed()), (144, 0), "{report}");
}

/// A small prompt; the tests below modify its parts.
fn small(mode: &str) -> Value {
    let seed = "00".repeat(32);
    let test = match mode {
        "keyGen" => json!({"tcId": 3, "seed": seed}),
        _ => json!({"tcId": 3, "seed": seed, "message": "", "context": "", "rnd": seed}),
    };
    json!({"vsId": 9, "algorithm": "ML-DSA", "mode": mode, "revision": "FIPS204", "unknown": {}, "testGroups": [{
        "tgId": 2, "testType": "AFT", "parameterSet": "ML-DSA-44", "deterministic": false, "keyFormat": "seed",
        "signatureInterface": "external", "preHash": "pure", "tests": [test],
    }]})
}

#[test]
fn the_response_has_the_form_of_the_prompt() {
    let plain = acvp::answer(&small("sigGen").to_string(), Kernels::Auto).unwrap().to_json();
    let plain: Value = serde_json::from_str(&plain).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&plain), ["algorithm", "mode", "revision", "testGroups", "vsId"]);
    assert_eq!(keys(&plain["testGroups"][0]), ["tests", "tgId"]);
    assert_eq!(keys(&plain["testGroups"][0]["tests"][0]), ["signature", "tcId"]);
    assert_eq!(plain["vsId"], 9);
    assert_eq!(plain["testGroups"][0]["tgId"], 2);
    assert_eq!(plain["testGroups"][0]["tests"][0]["tcId"], 3);

    let array = json!([{"acvVersion": "1.0"}, small("sigGen")]);
    let array = acvp::answer(&array.to_string(), Kernels::Auto).unwrap().to_json();
    let array: Value = serde_json::from_str(&array).unwrap();
    assert_eq!(array, json!([{"acvVersion": "1.0"}, plain]));
}

#[test]
fn errors_name_group_case_and_field() {
    type Spoil = fn(&mut Value);
    let cases: [(&str, Spoil, &str); 21] = [
        ("keyGen", |v| *v = json!("x"), "must be a JSON object, is a string"),
        ("keyGen", |v| *v = json!([]), "the array contains no vector set"),
        ("keyGen", |v| *v = json!([{"acvVersion": "1.0"}]), "the array contains no vector set"),
        ("keyGen", |v| *v = json!([{}, {}]), "element 0 of the array, field `algorithm`: is missing"),
        (
            "keyGen",
            |v| v["algorithm"] = json!("ML-KEM"),
            "field `algorithm`: must be \"ML-DSA\", is \"ML-KEM\"",
        ),
        ("keyGen", |v| v["mode"] = json!("x"), "field `mode`: must be keyGen, sigGen or sigVer, is \"x\""),
        ("keyGen", |v| v["vsId"] = json!(null), "field `vsId`: is missing"),
        ("keyGen", |v| v["testGroups"] = json!([]), "contains no test case"),
        (
            "keyGen",
            |v| v["testGroups"][0]["tgId"] = json!("1"),
            "testGroups[0], field `tgId`: must be a number from 0 to 2^64 - 1, is a string",
        ),
        (
            "keyGen",
            |v| v["testGroups"][0]["parameterSet"] = json!("ML-DSA-99"),
            "tgId 2, field `parameterSet`: must be ML-DSA-44, ML-DSA-65 or ML-DSA-87, is \"ML-DSA-99\"",
        ),
        (
            "keyGen",
            |v| v["testGroups"][0]["testType"] = json!("GDT"),
            "tgId 2, field `testType`: \"GDT\" is not supported, only \"AFT\" is",
        ),
        (
            "keyGen",
            |v| v["testGroups"][0]["tests"][0]["seed"] = json!("0011"),
            "tgId 2, tcId 3, field `seed`: is 2 bytes long, must be 32",
        ),
        (
            "keyGen",
            |v| v["testGroups"][0]["tests"] = json!([1]),
            "tgId 2, tests[0]: must be a JSON object, is a number",
        ),
        (
            "keyGen",
            |v| {
                let t = v["testGroups"][0]["tests"][0].clone();
                v["testGroups"][0]["tests"] = json!([t, t])
            },
            "tgId 2, tcId 3, field `tcId`: is also the number of an earlier case",
        ),
        (
            "keyGen",
            |v| {
                let g = v["testGroups"][0].clone();
                v["testGroups"] = json!([g, g])
            },
            "tgId 2, field `tgId`: is also the number of an earlier group",
        ),
        (
            "sigGen",
            |v| v["testGroups"][0]["deterministic"] = json!(null),
            "tgId 2, field `deterministic`: is missing",
        ),
        ("sigGen", |v| v["testGroups"][0]["preHash"] = json!(null), "tgId 2, field `preHash`: is missing"),
        (
            "sigGen",
            |v| v["testGroups"][0]["tests"][0]["rnd"] = json!(null),
            "tgId 2, tcId 3, field `rnd`: is missing",
        ),
        (
            "sigGen",
            |v| v["testGroups"][0]["tests"][0]["context"] = json!("00".repeat(256)),
            "tgId 2, tcId 3, field `context`: the context is longer than 255 bytes",
        ),
        (
            "sigGen",
            |v| {
                v["testGroups"][0]["keyFormat"] = json!("expanded");
                v["testGroups"][0]["tests"][0]["sk"] = json!("00")
            },
            "tgId 2, tcId 3, field `sk`: ",
        ),
        (
            "sigGen",
            |v| v["testGroups"][0]["preHash"] = json!("preHash"),
            "tgId 2, tcId 3, field `hashAlg`: is missing",
        ),
    ];
    for (mode, spoil, message) in cases {
        let mut prompt = small(mode);
        spoil(&mut prompt);
        let error = acvp::answer(&prompt.to_string(), Kernels::Auto).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error:?} instead of {message:?}");
    }
}

#[test]
fn expected_results_of_other_cases_are_an_error_and_a_wrong_result_is_a_failure() {
    let response = acvp::answer(&small("keyGen").to_string(), Kernels::Auto).unwrap();
    let right: Value = serde_json::from_str(&response.to_json()).unwrap();
    let compare = |expected: &Value| acvp::compare(&response, &expected.to_string());

    let report = compare(&right).unwrap();
    assert_eq!((report.passed(), report.failed()), (1, 0));

    let mut wrong = right.clone();
    let pk = right["testGroups"][0]["tests"][0]["pk"].as_str().unwrap();
    wrong["testGroups"][0]["tests"][0]["pk"] = json!(format!("{}00", &pk[..pk.len() - 2]));
    let report = compare(&wrong).unwrap();
    assert_eq!((report.passed(), report.failed()), (0, 1));
    let failures: Vec<_> = report.groups[0].failures().collect();
    assert_eq!(failures, [("tcId 3", "pk: byte 1311 of 1312 differs from the expected value")]);

    let mut other = right.clone();
    other["vsId"] = json!(8);
    assert_eq!(compare(&other).unwrap_err().to_string(), "field `vsId`: is 8; the prompt is of vector set 9");
    let mut missing = right.clone();
    missing["testGroups"][0]["tests"] = json!([]);
    assert_eq!(
        compare(&missing).unwrap_err().to_string(),
        "tgId 2, tcId 3: is in the prompt, but not in the expected results"
    );
    let mut more = right.clone();
    more["testGroups"][0]["tests"].as_array_mut().unwrap().push(json!({"tcId": 4}));
    assert_eq!(
        compare(&more).unwrap_err().to_string(),
        "tgId 2, tcId 4: is in the expected results, but not in the prompt"
    );
}
