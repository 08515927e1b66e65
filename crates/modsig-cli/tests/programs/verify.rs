//! `verify-module` as a person uses it: policies, kernels, drawings, JSON, lists.

use crate::lab::*;
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

fn fixture(name: &str) -> PathBuf {
    vectors("modsig").join(name)
}

/// The certificates of all fixtures but the untrusted one, in a folder `trusted`, beside a key that is none of
/// its business.
fn trusted(lab: &Lab) {
    fs::create_dir(lab.path("trusted")).unwrap();
    for name in ["mldsa44-ossl40", "mldsa65-ossl35", "mldsa65-ossl40", "mldsa87-ossl40", "p384", "rsa4096"] {
        fs::copy(fixture(&format!("keys/{name}.der")), lab.path(&format!("trusted/{name}.der"))).unwrap();
    }
    fs::copy(fixture("keys/p256.pem"), lab.path("trusted/a-key-without-certificate.pem")).unwrap();
    lab.write("trusted/README", "not a certificate");
}

/// A fixture as `NAME.ko` in the lab.
fn signed(lab: &Lab, name: &str, as_name: &str) {
    fs::copy(fixture(&format!("signed/dummy.{name}.ko")), lab.path(as_name)).unwrap();
}

const ML_DSA_65: &str = "mldsa65-ossl40.sf40.sha512";
const ML_DSA_87: &str = "mldsa87-ossl40.sf40.sha512";
const ATTRIBUTES: &str = "mldsa65-ossl35.sf35.sha512";
const SHA_1: &str = "rsa4096.sf40.sha1";

#[test]
fn policies_by_name_and_by_file() {
    let lab = Lab::new();
    trusted(&lab);
    for (name, as_name) in
        [(ML_DSA_65, "65.ko"), (ML_DSA_87, "87.ko"), (ATTRIBUTES, "attrs.ko"), (SHA_1, "sha1.ko")]
    {
        signed(&lab, name, as_name);
    }
    lab.write("attrs.toml", "signed-attributes = true\nkernel = \"waiver\"\n");
    lab.write("two.toml", "min-signers = 2\n");
    lab.write("slip.toml", "base = \"cnsa2\"\n\nmin-singers = 2\n");
    lab.write("sha1.toml", "digests = [\"sha512\", \"sha1\"]\n");
    let rows: [(&str, &str, i32, &str); 10] = [
        ("default", "65.ko", 0, ""),
        ("cnsa2", "65.ko", 5, "ML-DSA-65"),
        ("cnsa2", "87.ko", 0, ""),
        ("default", "attrs.ko", 5, "signed attributes"),
        ("attrs.toml", "attrs.ko", 0, ""),
        ("two.toml", "65.ko", 5, "sign"),
        ("default", "sha1.ko", 5, "sha1"),
        ("slip.toml", "65.ko", 7, "slip.toml: line 3: unknown field `min-singers`"),
        ("sha1.toml", "65.ko", 5, "sha1.toml: line 1: sha1 cannot be allowed"),
        ("missing.toml", "65.ko", 6, "missing.toml: cannot open"),
    ];
    for (policy, file, code, words) in rows {
        let outcome = lab.run(VERIFY, ["--trust", "trusted", "--policy", policy, file]);
        assert_eq!(outcome.code, code, "{policy} {file}: {outcome:?}");
        assert!(outcome.stderr.contains(words), "{policy} {file}: {outcome:?}");
        assert_eq!(outcome.errors(), usize::from(code != 0), "{policy} {file}: {outcome:?}");
    }
    // What Linux loads is good, and what is against it a note.
    let outcome = lab.run(VERIFY, ["--trust", "trusted", "--policy", "kernel", "sha1.ko"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("note:") && outcome.stderr.contains("sha1"), "{outcome:?}");
}

/// Kills: the kernel's answer inside the advice; the answer twice with `--policy kernel`; no answer to a file that cannot be
/// unpacked.
#[test]
fn the_kernels_answer_is_on_its_own_line_and_printed_once() {
    let lab = Lab::new();
    lab.key("key", "ml-dsa-44");
    lab.module("crc16.ko");
    lab.write("damaged.ko.xz", b"\xfd7zXZ\0 damaged");
    for (policy, file) in [
        ("default", "crc16.ko"),
        ("kernel", "crc16.ko"),
        ("default", "damaged.ko.xz"),
        ("kernel", "damaged.ko.xz"),
    ] {
        let outcome = lab.run(VERIFY, ["--trust", "key.x509", "--policy", policy, file]);
        let lines: Vec<_> = outcome.stderr.lines().collect();
        // With --policy kernel a note follows: what the default policy finds.
        let [first, second, ..] = lines[..] else { panic!("{policy} {file}: {outcome:?}") };
        assert!(first.starts_with(&format!("verify-module: {file}: ")), "{outcome:?}");
        assert!(
            !first.contains("refused with") && second.starts_with("  Linux 7.2: refused with "),
            "{outcome:?}"
        );
        assert_eq!(outcome.stderr.matches("refused with").count(), 1, "{policy} {file}: {outcome:?}");
        assert_eq!(outcome.errors(), lines.len() - 1, "{outcome:?}");
    }
}

#[test]
fn kernels_by_name_option_and_config() {
    let lab = Lab::new();
    trusted(&lab);
    signed(&lab, ML_DSA_65, "65.ko");
    signed(&lab, ATTRIBUTES, "attrs.ko");
    lab.write("config", "# Linux/x86 7.2.13 Kernel Configuration\nCONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_FORCE=y\nCONFIG_CRYPTO_RSA=y\n# CONFIG_CRYPTO_MLDSA is not set\n");
    lab.write("no-config", "hello\n");
    let verify = |arguments: &[&str], file: &str| {
        lab.run(VERIFY, [&["-v", "--trust", "trusted"], arguments, &[file]].concat())
    };
    let outcome = verify(&[], "65.ko").fine();
    assert!(outcome.stdout.contains("\n  Linux 7.2: loaded\n"), "{outcome:?}");
    assert!(
        outcome.stdout.contains("CONFIG_CRYPTO_MLDSA=n: refused with EKEYREJECTED (129), ENOKEY inside"),
        "{outcome:?}"
    );
    let outcome = verify(&[], "attrs.ko");
    assert!(
        outcome.stdout.contains("CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA=y: loaded"),
        "{outcome:?}"
    );
    assert!(outcome.stdout.contains("fatal, also without CONFIG_MODULE_SIG_FORCE"), "{outcome:?}");
    let outcome = verify(&["--kernel", "Waiver"], "attrs.ko");
    assert!(outcome.stderr.contains("Linux 7.2 (waiver): loaded"), "{outcome:?}");
    let outcome = verify(&["--kernel-option", "CRYPTO_MLDSA=n"], "65.ko");
    assert_eq!(outcome.code, 0, "ours does not ask the kernel: {outcome:?}");
    assert!(outcome.stdout.contains("; Linux 7.2 (strict, CRYPTO_MLDSA=n) would refuse it: "), "{outcome:?}");
    let outcome = verify(&["--kernel", "debian-7.2"], "65.ko");
    assert!(outcome.stdout.contains("loaded, tainted"), "not enforced: {outcome:?}");
    let outcome = verify(&["--kernel-config", "config"], "65.ko");
    assert!(outcome.stdout.contains("; Linux 7.2 (config) would refuse it: EKEYREJECTED"), "{outcome:?}");
    // 6.12 and 7.0 agree about all but ML-DSA, which 6.12 does not know.
    let outcome = verify(&["--kernel", "6.12"], "65.ko");
    let words = "Linux 6.12 would refuse it: EKEYREJECTED (129), ENOPKG inside: \
                 PKCS7: Unknown OID: [";
    assert!(outcome.stdout.contains(words), "{outcome:?}");
    assert!(outcome.stdout.contains("Unsupported pkey algo: 103"), "{outcome:?}");
    let outcome = verify(&["--kernel", "7.0"], "65.ko");
    assert!(outcome.stdout.contains("Linux 7.0: loaded"), "{outcome:?}");
    let outcome = verify(&["--kernel", "6.1", "--kernel-config", "config"], "65.ko");
    assert!(outcome.stdout.contains("; Linux 6.1 (config) would refuse it: "), "{outcome:?}");
    lab.write("config-6.8", "# Linux/x86 6.8.12 Kernel Configuration\nCONFIG_MODULE_SIG=y\n");
    lab.write("config-bare", "CONFIG_MODULE_SIG=y\n");
    let rows: [(&[&str], i32); 8] = [
        (&["--kernel", "6.8"], 2),
        (&["--kernel", "6.12", "--kernel-option", "CRYPTO_MLDSA=y"], 2),
        (&["--kernel-config", "config-6.8"], 5),
        (&["--kernel-config", "config-bare"], 7),
        (&["--kernel-option", "CRYPTO_MD5=y"], 2),
        (&["--kernel-option", "CRYPTO_MLDSA=maybe"], 2),
        (&["--kernel", "strict", "--kernel-config", "config"], 2),
        (&["--kernel-config", "no-config"], 7),
    ];
    for (arguments, code) in rows {
        let outcome = lab.run(VERIFY, [&["--trust", "trusted"], arguments, &["65.ko"]].concat());
        assert_eq!((outcome.code, outcome.errors()), (code, 1), "{outcome:?}");
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn a_drawing_has_every_part_at_its_place() {
    let lab = Lab::new();
    trusted(&lab);
    signed(&lab, ML_DSA_65, "65.ko");
    signed(&lab, ATTRIBUTES, "attrs.ko");
    let len = lab.read("65.ko").len();
    let mut command = lab.command(VERIFY, ["--explain", "--trust", "trusted", "65.ko"]);
    let text = Outcome::of(command.env("COLUMNS", "120")).fine().stdout;
    for words in [
        &*format!("{:>8} └ marker", len - 28),
        &*format!("{:>8} ├ struct module_signature", len - 40),
        "sig_len    3470  big-endian",
        "SEQUENCE  ContentInfo",
        "OID  algorithm  id-ml-dsa-65 (2.16.840.1.101.3.4.3.18)",
        "4+3309            OCTET STRING  signature  ",
        "ours:      good",
        "Linux 7.2: loaded",
        "CONFIG_CRYPTO_MLDSA=n: refused",
    ] {
        assert!(text.contains(words), "{words:?} in {text}");
    }
    assert!(!text.contains('\x1b'), "no colours in a pipe");
    // Kills: a drawing that the terminal wraps, or that loses the object identifiers on a narrow one.
    for (columns, width) in [("80", 80), ("120", 120), ("40", 80), ("x", 80), ("0", 80)] {
        let mut command = lab.command(VERIFY, ["--explain", "--trust", "trusted", "65.ko"]);
        let text = Outcome::of(command.env("COLUMNS", columns)).fine().stdout;
        let drawing: Vec<_> = text.lines().filter(|line| !line.starts_with("65.ko: ")).collect();
        let longest = drawing.iter().map(|line| line.chars().count()).max().unwrap();
        assert!((width - 8..=width).contains(&longest), "{columns}: {longest}: {text}");
        let words = drawing.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains("id-ml-dsa-65 (2.16.840.1.101.3.4.3.18)"), "{columns}: {text}");
    }
    let outcome = lab.run(VERIFY, ["--explain", "--trust", "trusted", "attrs.ko"]);
    assert!(outcome.stdout.contains("it logs \"PKCS7: Invalid module sig (has authattrs)\""), "{outcome:?}");
    // It needs no trust to draw, nor a signature, nor a module.
    assert_eq!(lab.run(VERIFY, ["--explain", "65.ko"]).code, 4);
    lab.write("text.ko", "hello\x1b[2J\n");
    let outcome = lab.run(VERIFY, ["--explain", "text.ko"]);
    assert_eq!(outcome.code, 3);
    assert!(
        outcome.stdout.contains("no signature that Linux would find") && !outcome.stdout.contains('\x1b'),
        "{outcome:?}"
    );
    // A trailer that Linux refuses is drawn all the same.
    lab.write(
        "id.ko",
        patched(lab.read("65.ko"), b"\0\0\x02\0\0\0\0\0\0\0\x0d", b"\0\0\x03\0\0\0\0\0\0\0\x0d"),
    );
    let outcome = lab.run(VERIFY, ["--explain", "--trust", "trusted", "id.ko"]);
    assert!(outcome.stdout.contains("id_type    3  must be 2"), "{outcome:?}");
}

#[test]
fn lists_of_names_and_compressed_modules_in_order() {
    let lab = Lab::new();
    trusted(&lab);
    signed(&lab, ML_DSA_65, "b.ko");
    signed(&lab, ML_DSA_87, "a\nb.ko");
    let mut command = lab.command(VERIFY, ["--trust", "trusted", "-0", "--files-from", "-", "unsigned.ko"]);
    lab.write("unsigned.ko", real_module("dummy.ko"));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"b.ko\0a\nb.ko\0").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let stdout = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = stdout.lines().collect();
    assert!(lines[0].starts_with("b.ko: good") && lines[1].starts_with("a\\nb.ko: good"), "{stdout}");
    assert_eq!(
        lines[2..],
        [
            "signers: 1 CN=kgate test key mldsa65-ossl40; 1 CN=kgate test key mldsa87-ossl40",
            "algorithms: 1 ML-DSA-65 (sha512); 1 ML-DSA-87 (sha512)",
            "Linux 7.2: 2 loaded; 1 refused with EKEYREJECTED",
            "3 files: 2 good, 1 not signed",
        ]
    );
}

/// A module whose CMS asks for six RSA operations with exponents of 4,096 bits, by two signers that share a chain of
/// certificates: 430 million multiplications of 64 bits.
fn costly() -> Vec<u8> {
    let cms = include_bytes!("inputs/rsa-chain.p7s");
    with_trailer(&real_module("dummy.ko"), cms, u32::try_from(cms.len()).unwrap())
}

/// Kills: an answer to a file of which half was not computed, whatever it is: good, loaded, refused with a number.
#[test]
fn what_is_too_expensive_is_never_good_and_says_so() {
    let lab = Lab::new();
    trusted(&lab);
    lab.write("costly.ko", costly());
    for policy in ["default", "cnsa2", "kernel"] {
        let arguments = ["--trust", "trusted", "--policy", policy, "costly.ko"];
        let outcome = lab.run(VERIFY, arguments);
        assert_eq!((outcome.code, &*outcome.stdout), (5, ""), "{outcome:?}");
        assert!(outcome.stderr.contains("too expensive to evaluate"), "{outcome:?}");
        assert!(
            outcome.stderr.contains("Linux 7.2: not predicted, too expensive to evaluate"),
            "{outcome:?}"
        );
        let outcome = lab.run(VERIFY, [&["--json"][..], &arguments].concat());
        let line: Value = serde_json::from_str(outcome.stdout.lines().next().unwrap()).unwrap();
        assert_eq!((&line["verdict"], &line["exit_code"]), (&"too-expensive".into(), &5.into()));
        let kernel = &line["kernel"];
        assert_eq!((&kernel["loads"], &kernel["taints"]), (&false.into(), &false.into()));
        assert_eq!((&kernel["errno"], &kernel["stage"]), (&Value::Null, &"too-expensive".into()));
        let outcome = lab.run(VERIFY, [&["--explain"][..], &arguments].concat());
        assert!(
            outcome.stdout.contains("Linux 7.2: not predicted, too expensive to evaluate"),
            "{outcome:?}"
        );
        assert!(outcome.stdout.contains("not good: too expensive to evaluate"), "{outcome:?}");
    }
    // What is too much is not signed over either, unless it is asked for.
    lab.key("key", "ml-dsa-44");
    let outcome = lab.run(SIGN, ["--key", "key.pem", "costly.ko"]);
    assert_eq!(outcome.code, 5, "{outcome:?}");
    lab.run(SIGN, ["--key", "key.pem", "--resign", "costly.ko"]).fine();
}

/// Every line for every fixture, and for files that are none, is what the published schema says.
#[test]
fn json_is_as_its_schema_says() {
    let lab = Lab::new();
    trusted(&lab);
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/verify-module.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let names = names_in(&fixture("signed"));
    for name in &names {
        fs::copy(fixture("signed").join(name), lab.path(name)).unwrap();
    }
    let mut files: Vec<_> = names.iter().map(String::as_str).collect();
    lab.write("unsigned.ko", real_module("dummy.ko"));
    lab.write("text.ko", "hello");
    lab.write("bad.ko.xz", "no xz");
    let module = real_module("dummy.ko");
    lab.write("cms.ko", with_trailer(&module, b"\x30\x03\x02\x01\x05", 5));
    lab.write("trailer.ko", with_trailer(&module, b"", u32::MAX));
    lab.write("costly.ko", costly());
    files.extend(["costly.ko", "unsigned.ko", "text.ko", "bad.ko.xz", "cms.ko", "trailer.ko", "missing.ko"]);
    let outcome = lab.run(VERIFY, [&["--json", "--trust", "trusted"][..], &files].concat());
    assert_eq!((outcome.code, &*outcome.stderr), (7, ""));
    let lines: Vec<Value> = outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), files.len() + 1);
    for line in &lines {
        if let Err(why) = fits(line, &schema, &schema) {
            panic!("{why}: {line:#}");
        }
    }
    for (line, file) in lines.iter().zip(&files) {
        assert_eq!(line["file"], **file);
        if let Some(parts) = line["parts"].as_object() {
            let end = |part: &str| {
                parts[part]["offset"].as_u64().unwrap() + parts[part]["length"].as_u64().unwrap()
            };
            assert_eq!(end("module"), parts["cms"]["offset"]);
            assert_eq!(end("cms"), parts["trailer"]["offset"]);
            assert_eq!(end("marker"), line["length"]);
        }
    }
    let verdicts = &lines.last().unwrap()["verdicts"];
    let count = |word: &str| lines.iter().filter(|line| line["verdict"] == word).count();
    for word in ["good", "refused-by-policy", "unsigned", "malformed", "not-read", "broken-file"] {
        assert!(count(word) > 0, "{word} is among them");
        assert_eq!(verdicts[word], count(word), "{word}");
    }
    // The schema is not one that everything fits.
    let mut wrong = lines[0].clone();
    wrong["verdict"] = "fine".into();
    assert!(fits(&wrong, &schema, &schema).is_err());
    wrong = lines[0].clone();
    wrong.as_object_mut().unwrap().remove("kernel");
    assert!(fits(&wrong, &schema, &schema).is_err());
}

/// The lines of JSON, each of which fits the published schema.
pub fn json_lines(outcome: &Outcome) -> Vec<Value> {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guide/verify-module.schema.json");
    let schema: Value = serde_json::from_slice(&fs::read(schema).unwrap()).unwrap();
    let lines: Vec<Value> = outcome.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        if let Err(why) = fits(line, &schema, &schema) {
            panic!("{why}: {line:#}");
        }
    }
    lines
}

/// As much of JSON Schema as ours uses; a word that is not known here is an error.
pub fn fits(value: &Value, schema: &Value, root: &Value) -> Result<(), String> {
    let fail = |why: String| Err(why);
    for (word, rule) in schema.as_object().unwrap() {
        match &**word {
            "$schema" | "$defs" | "title" | "description" => {}
            "$ref" => {
                let name = rule.as_str().unwrap().strip_prefix("#/").unwrap();
                let target = name.split('/').fold(root, |at, step| &at[step]);
                fits(value, target, root)?;
            }
            "oneOf" => {
                let fitting =
                    rule.as_array().unwrap().iter().filter(|one| fits(value, one, root).is_ok()).count();
                if fitting != 1 {
                    return fail(format!("fits {fitting} of oneOf"));
                }
            }
            "anyOf" => {
                if !rule.as_array().unwrap().iter().any(|one| fits(value, one, root).is_ok()) {
                    return fail(format!("{value} fits none of {rule}"));
                }
            }
            "const" if value == rule => {}
            "enum" if rule.as_array().unwrap().contains(value) => {}
            "type" => {
                let right = match rule.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_u64(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    other => return fail(format!("unknown type {other}")),
                };
                if !right {
                    return fail(format!("{value} is no {rule}"));
                }
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    if value.get(name.as_str().unwrap()).is_none() {
                        return fail(format!("{name} is missing"));
                    }
                }
            }
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        fits(value, rule, root).map_err(|why| format!("{name}: {why}"))?;
                    }
                }
            }
            "additionalProperties" => {
                value.as_object().into_iter().flatten().try_for_each(|(_, value)| fits(value, rule, root))?;
            }
            "items" => value.as_array().into_iter().flatten().try_for_each(|item| fits(item, rule, root))?,
            "minimum" if value.as_u64() >= rule.as_u64() => {}
            "maximum" if value.as_u64() <= rule.as_u64() => {}
            "maxProperties"
                if value.as_object().is_some_and(|object| object.len() as u64 <= rule.as_u64().unwrap()) => {}
            "pattern"
                if rule == "^CONFIG_" && value.as_str().is_some_and(|text| text.starts_with("CONFIG_")) => {}
            "pattern" if rule == "^([0-9a-f]{2})+$" => {}
            other => return fail(format!("{other} {rule}: not for {value}")),
        }
    }
    Ok(())
}
