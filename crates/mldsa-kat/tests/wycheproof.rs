//! Every case of all nine ML-DSA files of Wycheproof, with the runner of `mldsa-kat wycheproof`.

mod common;

use mldsa_kat::backend::Kernels;
use mldsa_kat::wycheproof;
use serde_json::{Value, json};

use common::{back_ends, path, read};

/// The files and their `numberOfTests`.
const FILES: [(&str, usize); 9] = [
    ("mldsa_44_sign_noseed_test", 73),
    ("mldsa_44_sign_seed_test", 86),
    ("mldsa_44_verify_test", 180),
    ("mldsa_65_sign_noseed_test", 78),
    ("mldsa_65_sign_seed_test", 105),
    ("mldsa_65_verify_test", 210),
    ("mldsa_87_sign_noseed_test", 69),
    ("mldsa_87_sign_seed_test", 96),
    ("mldsa_87_verify_test", 241),
];

fn file(name: &str) -> String {
    read(&format!("wycheproof/{name}.json.gz"))
}

/// Runs the files of one set, all cases, on every back end.
fn passes(set: &str) {
    for (name, cases) in FILES.iter().filter(|(name, _)| name.contains(set)) {
        let text = file(name);
        for (backend, kernels) in back_ends() {
            let report = wycheproof::run(&text, kernels).unwrap();
            println!("{backend:?} {name}: {} passed, {} failed", report.passed(), report.failed());
            assert_eq!(report.failed(), 0, "{backend:?} {name}:\n{report}");
            assert_eq!(report.executed(), *cases, "{backend:?} {name}");
        }
    }
}

// One test for each set, so that they run in parallel.

#[test]
fn all_339_cases_of_ml_dsa_44() {
    passes("_44_");
}

#[test]
fn all_393_cases_of_ml_dsa_65() {
    passes("_65_");
}

#[test]
fn all_406_cases_of_ml_dsa_87() {
    passes("_87_");
}

/// The table above is complete: 1,138 cases.
#[test]
fn the_nine_files_hold_1138_cases() {
    let mut found: Vec<_> = std::fs::read_dir(path("wycheproof"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, FILES.map(|(name, _)| format!("{name}.json.gz")));
    let sum =
        |set| FILES.iter().filter(|(name, _)| name.contains(set)).map(|(_, cases)| cases).sum::<usize>();
    assert_eq!([sum("_44_"), sum("_65_"), sum("_87_"), sum("")], [339, 393, 406, 1138]);
}

/// `file` reduced to one valid case of the first group with the field `group_field`, then modified.
fn spoil(file: &str, group_field: &str, spoil: impl FnOnce(&mut Value)) -> String {
    let mut value: Value = serde_json::from_str(file).unwrap();
    let groups = value["testGroups"].as_array_mut().unwrap();
    groups.retain(|group| group[group_field].is_string() && group["tests"][0]["result"] == "valid");
    groups.truncate(1);
    groups[0]["tests"].as_array_mut().unwrap().truncate(1);
    value["numberOfTests"] = json!(1);
    spoil(&mut value);
    value.to_string()
}

/// Kills: a harness that accepts everything. Each change of one field of a valid case must fail.
#[test]
fn every_field_is_looked_at() {
    let seed = file("mldsa_44_sign_seed_test");
    let expanded = file("mldsa_44_sign_noseed_test");
    let verify = file("mldsa_44_verify_test");
    let last_digit = |text: &Value| {
        let text = text.as_str().unwrap();
        let (head, last) = text.split_at(text.len() - 1);
        json!(format!("{head}{}", if last == "0" { "1" } else { "0" }))
    };
    let in_group = |field: &'static str| {
        move |v: &mut Value| v["testGroups"][0][field] = last_digit(&v["testGroups"][0][field])
    };
    let in_test = |field: &'static str| {
        move |v: &mut Value| {
            v["testGroups"][0]["tests"][0][field] = last_digit(&v["testGroups"][0]["tests"][0][field])
        }
    };
    let to_invalid = |v: &mut Value| v["testGroups"][0]["tests"][0]["result"] = json!("invalid");
    let spoiled = [
        spoil(&seed, "privateSeed", in_group("privateSeed")),
        spoil(&seed, "privateKeyPkcs8", in_group("privateKeyPkcs8")),
        spoil(&seed, "privateKeyPkcs8", |v| v["testGroups"][0]["privateKeyPkcs8"] = json!("3000")),
        spoil(&seed, "publicKey", in_group("publicKey")),
        spoil(&seed, "publicKey", in_test("msg")),
        spoil(&seed, "publicKey", in_test("mu")),
        spoil(&seed, "publicKey", in_test("sig")),
        spoil(&seed, "publicKey", |v| v["testGroups"][0]["tests"][0]["ctx"] = json!("00")),
        spoil(&seed, "publicKey", |v| v["testGroups"][0]["tests"][0]["rnd"] = json!("01".repeat(32))),
        spoil(&seed, "publicKey", to_invalid),
        spoil(&expanded, "privateKey", in_group("privateKey")),
        spoil(&expanded, "privateKey", in_test("sig")),
        spoil(&verify, "publicKey", in_group("publicKey")),
        spoil(&verify, "publicKeyDer", in_group("publicKeyDer")),
        spoil(&verify, "publicKeyDer", |v| {
            // The object identifier of ML-DSA-65 in front of the same key.
            let der = v["testGroups"][0]["publicKeyDer"].as_str().unwrap();
            v["testGroups"][0]["publicKeyDer"] =
                json!(der.replacen("608648016503040311", "608648016503040312", 1));
        }),
        spoil(&verify, "publicKeyDer", |v| {
            let der = v["testGroups"][0]["publicKeyDer"].as_str().unwrap();
            v["testGroups"][0]["publicKeyDer"] = json!(format!("{der}00"));
        }),
        spoil(&verify, "publicKey", in_test("msg")),
        spoil(&verify, "publicKey", in_test("sig")),
        spoil(&verify, "publicKey", |v| v["testGroups"][0]["tests"][0]["ctx"] = json!("00")),
        spoil(&verify, "publicKey", to_invalid),
    ];
    for (i, text) in spoiled.iter().enumerate() {
        let report = wycheproof::run(text, Kernels::Auto).unwrap();
        assert_eq!((report.passed(), report.failed()), (0, 1), "number {i}");
    }
    for (text, field) in [(&seed, "privateSeed"), (&expanded, "privateKey"), (&verify, "publicKey")] {
        let report = wycheproof::run(&spoil(text, field, |_| ()), Kernels::Auto).unwrap();
        assert_eq!((report.passed(), report.failed()), (1, 0), "unspoiled, {field}");
    }
}

#[test]
fn malformed_files_are_errors_with_a_place() {
    let verify = file("mldsa_44_verify_test");
    let error = |text: String| wycheproof::run(&text, Kernels::Auto).unwrap_err().to_string();
    assert_eq!(
        error(spoil(&verify, "publicKey", |v| v["numberOfTests"] = json!(2))),
        "field `numberOfTests`: is 2; the file contains 1"
    );
    assert_eq!(
        error(spoil(&verify, "publicKey", |v| v["testGroups"][0]["tests"][0]["sig"] = json!("xy"))),
        "tcId 1, field `sig`: not hexadecimal: Invalid character 'x' at position 0"
    );
    assert_eq!(
        error(spoil(&verify, "publicKey", |v| v["testGroups"][0]["tests"][0]["result"] = json!("perhaps"))),
        "tcId 1, field `result`: must be valid or invalid, is \"perhaps\""
    );
    assert_eq!(
        error(spoil(&verify, "publicKey", |v| v["testGroups"][0]["type"] = json!("X"))),
        "testGroups[0], field `type`: must be MlDsaSign or MlDsaVerify, is \"X\""
    );
    assert_eq!(
        error(spoil(&verify, "publicKey", |v| v["algorithm"] = json!("RSA"))),
        "field `algorithm`: must be ML-DSA-44, ML-DSA-65 or ML-DSA-87, is \"RSA\""
    );
}
