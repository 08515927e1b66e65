//! Hostile input: every value of a valid file is replaced by every hostile value; every byte of a valid record is removed or
//! changed. An error or a failed vector is correct, a panic is not.

use mldsa::dynamic::Parameters;
use mldsa_kat::backend::Kernels;
use mldsa_kat::rsp::{self, Interface, Signing};
use mldsa_kat::scheme::Scheme;
use mldsa_kat::{acvp, wycheproof};
use serde_json::{Value, json};

/// The replacements for a value.
fn hostile() -> Vec<Value> {
    let deep = (0..100).fold(json!(1), |inner, _| json!([inner]));
    vec![
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!(1e300),
        json!(""),
        json!("0"),
        json!("zz"),
        json!("é"),
        json!("00".repeat(5000)),
        json!([]),
        json!({}),
        deep,
    ]
}

/// The JSON pointer of every value in `value`, itself included.
fn pointers(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(k, v)| pointers(v, &format!("{here}/{k}"), found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, v)| pointers(v, &format!("{here}/{i}"), found))
        }
        _ => {}
    }
}

/// Calls `run` with every replacement; returns the number of files.
fn replace_each(good: &Value, run: impl Fn(&str)) -> usize {
    let mut places = Vec::new();
    pointers(good, "", &mut places);
    let mut files = 0;
    for place in &places {
        for value in hostile() {
            let mut bad = good.clone();
            *bad.pointer_mut(place).unwrap() = value;
            run(&bad.to_string());
            files += 1;
        }
    }
    files
}

fn prompt(mode: &str, interface: Value, test: Value) -> Value {
    let mut group = json!({
        "tgId": 1, "testType": "AFT", "parameterSet": "ML-DSA-44", "deterministic": false, "tests": [test],
    });
    group.as_object_mut().unwrap().extend(interface.as_object().unwrap().clone());
    json!([{"acvVersion": "1.0"}, {"vsId": 1, "algorithm": "ML-DSA", "mode": mode, "testGroups": [group]}])
}

#[test]
fn acvp() {
    let zeros = "00".repeat(32);
    let prompts = [
        prompt("keyGen", json!({}), json!({"tcId": 1, "seed": zeros})),
        prompt(
            "sigGen",
            json!({"signatureInterface": "external", "preHash": "preHash", "keyFormat": "seed"}),
            json!({"tcId": 1, "seed": zeros, "message": "00", "context": "", "hashAlg": "SHAKE-128", "rnd": zeros}),
        ),
        prompt(
            "sigGen",
            json!({"signatureInterface": "internal", "externalMu": true}),
            json!({"tcId": 1, "sk": "00".repeat(2560), "mu": "00".repeat(64), "rnd": zeros}),
        ),
        prompt(
            "sigVer",
            json!({"signatureInterface": "external", "preHash": "pure"}),
            json!({"tcId": 1, "pk": "00".repeat(1312), "message": "", "context": "", "signature": "00".repeat(2420)}),
        ),
    ];
    let draft = prompt(
        "sigVer",
        json!({"pk": "00".repeat(1312)}),
        json!({"tcId": 1, "message": "", "signature": "00".repeat(2420)}),
    );
    let mut second = prompts[0][1].clone();
    second["vsId"] = json!(2);
    let several = json!([{"url": "/1", "vectorSetUrls": ["/1/1", "/1/2"]}, prompts[0][1], second]);
    let mut files = 0;
    for prompt in prompts.iter().chain([&draft, &several]) {
        files += replace_each(prompt, |bad| {
            let _ = acvp::answer(bad, Kernels::Auto);
            let _ = acvp::answer_with(bad, Kernels::Auto, acvp::Options { ignore_unknown: true });
        });
    }
    let response = acvp::answer(&prompts[0].to_string(), Kernels::Auto).unwrap();
    let expected: Value = serde_json::from_str(&response.to_json()).unwrap();
    files += replace_each(&expected, |bad| {
        let _ = acvp::compare(&response, bad);
    });
    println!("{files} files");
    assert_eq!(files, 14 * (17 + 24 + 21 + 22 + 19 + 34 + 15));
}

#[test]
fn wycheproof() {
    let test = json!({
        "tcId": 1, "comment": "", "msg": "", "mu": "00".repeat(64), "ctx": "", "rnd": "00".repeat(32),
        "sig": "00".repeat(2420), "result": "valid", "flags": [],
    });
    let mut files = 0;
    for group in [
        json!({"type": "MlDsaSign", "privateSeed": "00".repeat(32), "privateKeyPkcs8": "3000", "publicKey": null, "tests": [test]}),
        json!({"type": "MlDsaSign", "privateKey": "00".repeat(2560), "publicKey": "00".repeat(1312), "tests": [test]}),
        json!({"type": "MlDsaVerify", "publicKey": "00".repeat(1312), "publicKeyDer": "3000", "tests": [test]}),
    ] {
        let file = json!({"algorithm": "ML-DSA-44", "numberOfTests": 1, "testGroups": [group]});
        files += replace_each(&file, |bad| {
            let _ = wycheproof::run(bad, Kernels::Auto);
        });
    }
    println!("{files} files");
    assert_eq!(files, 14 * (20 + 19 + 19));
}

#[test]
fn rsp() {
    let scheme = Scheme::new(Parameters::MlDsa44, Kernels::Auto);
    let mut good = Vec::new();
    rsp::generate(scheme, 1, true, &mut good).unwrap();
    let good = String::from_utf8(good).unwrap();
    let run = |text: &str| rsp::run(text, scheme, Interface::Pure, Signing::Auto);
    // Cut in the middle of each line and at its end.
    let mut files = 0;
    let mut start = 0;
    for line in good.lines() {
        for cut in [start, start + line.len() / 2, start + line.len()] {
            let passed = run(&good[..cut]).is_ok_and(|report| report.failed() == 0);
            // Only the line feed at the very end may be missing.
            assert_eq!(passed, cut == good.len() - 1, "cut at {cut}");
            files += 1;
        }
        start += line.len() + 1;
    }
    for name in ["count", "seed", "mlen", "msg", "pk", "sk", "smlen", "sm"] {
        for value in ["", "-1", "0x00", "99999999999999999999", "é", "00", &"00".repeat(10_000)] {
            let line = good.lines().find(|line| line.starts_with(&format!("{name} = "))).unwrap();
            let _ = run(&good.replace(line, &format!("{name} = {value}")));
            files += 1;
        }
    }
    println!("{files} files");
    assert_eq!(files, 8 * 3 + 8 * 7);
}
