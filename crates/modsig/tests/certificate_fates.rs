//! What a kernel does with trusted certificates: the prediction against a real Linux 7.2.13
//! (`test-vectors/modsig/certificates/answers.txt`).

mod common;

use modsig::cert::{CertError, Certificate, Lint};
use modsig::kernel::{CertificatePart as Part, CertificateProblem as Problem, Config, ConfigOption};
use modsig::kernel::{Keyring, KeyringKind, Load, LoadError};

fn der(name: &str) -> Vec<u8> {
    common::vector(&format!("modsig/certificates/{name}.der"))
}

fn alone(name: &str) -> Load {
    Load::alone(&der(name), &Config::STRICT)
}

/// Each certificate is accepted or rejected as by the kernel, with its error number, and usable if and only if the
/// kernel loaded a module signed with its key. Kills: a prediction that calls a certificate good without the kernel's
/// rules, or a key with which no signature verifies.
#[test]
fn predictions_are_what_a_kernel_did() {
    let answers = String::from_utf8(common::vector("modsig/certificates/answers.txt")).unwrap();
    let mut asked = 0;
    for line in answers.lines().filter(|line| !line.starts_with('#')) {
        let [name, certificate, module] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let load = alone(name);
        asked += 1;
        let predicted = match load.refusal {
            None => "taken".to_owned(),
            Some(LoadError::EndsTheList) => "list".to_owned(),
            Some(LoadError::Refused(errno)) => errno.number().to_string(),
            other => panic!("{other:?}"),
        };
        assert_eq!(predicted, certificate, "{name}");
        assert_eq!(load.is_usable(), module == "loaded", "{name}: {load:?}");
        assert_eq!(load.is_usable(), load.problem.is_none(), "{name}: {load:?}");
        let logged = load.log.last().unwrap();
        match &load.refusal {
            None => assert!(logged.starts_with("Loaded X.509 cert '"), "{name}: {logged}"),
            Some(LoadError::EndsTheList) => {
                assert_eq!(logged, "Problem parsing in-kernel X.509 certificate list");
            }
            Some(_) => {
                assert_eq!(*logged, format!("Problem loading in-kernel X.509 certificate (-{certificate})"));
            }
        }
    }
    assert_eq!(asked, 53);
}

/// The cause is the one that is in the certificate. Kills: a cause guessed from the error number.
#[test]
fn the_cause_is_named() {
    let named = |name: &str| Problem::Extension { name: Box::leak(name.to_owned().into_boxed_str()) };
    let signed_with = |name: &str| Problem::SignatureAlgorithm { name: name.into() };
    let key_of = |name: &str| Problem::KeyAlgorithm { name: name.into() };
    for (name, problem) in [
        ("pss-self", signed_with("RSASSA-PSS")),
        ("ed-issuer", signed_with("Ed25519")),
        ("ed-issuer-rsa", signed_with("Ed25519")),
        ("slh-issuer", signed_with("SLH-DSA-SHA2-128s")),
        ("subject-empty-self", Problem::Malformed(Part::Issuer)),
        ("subject-empty", Problem::Malformed(Part::Subject)),
        ("issuer-empty", Problem::Malformed(Part::Issuer)),
        ("rdn-empty", Problem::Malformed(Part::Issuer)),
        ("extensions-empty", Problem::Malformed(Part::Extensions)),
        ("generalized-2030", Problem::Malformed(Part::Validity)),
        ("usage-empty", named("keyUsage")),
        ("usage-no-value", named("keyUsage")),
        ("skid-empty", named("subjectKeyIdentifier")),
        ("skid-twice", named("subjectKeyIdentifier")),
        ("basic-false-written", named("basicConstraints")),
        ("akid-no-value", named("authorityKeyIdentifier")),
        ("badself", Problem::OwnSignature),
        ("algorithms-differ", Problem::AlgorithmsDiffer),
        ("compressed-self", Problem::Key),
        ("compressed-issued", Problem::Key),
        ("short", Problem::NotForBuiltInList { len: 256 }),
        ("p224-self", key_of("EC on P-224")),
        ("ed-key-issued", key_of("Ed25519")),
        ("rsa8192-self", Problem::RsaLength { len: 1024 }),
        ("rsa8192-issued", Problem::RsaLength { len: 1024 }),
        ("rsa2040-issued", Problem::RsaLength { len: 255 }),
    ] {
        let load = alone(name);
        assert_eq!(load.problem, Some(problem.clone()), "{name}");
        let (text, remedy) = (problem.to_string(), problem.remedy());
        assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
        assert!(!remedy.is_empty() && !remedy.ends_with('.'), "{remedy}");
    }
    for (name, config, problem) in [
        ("ok-p256", Config { ecdsa: false, ..Config::STRICT }, Problem::Lacks(ConfigOption::Ecdsa)),
        ("mldsa-ok", Config { mldsa: false, ..Config::STRICT }, Problem::Lacks(ConfigOption::MlDsa)),
        ("rsa1024-self", Config { rsa: false, ..Config::STRICT }, Problem::Lacks(ConfigOption::Rsa)),
    ] {
        assert_eq!(Load::alone(&der(name), &config).problem, Some(problem), "{name}");
    }
    // An empty file and two concatenated certificates are not a certificate; UEFI's list accepts short certificates.
    let two = [der("ok-p256"), der("ok-p256")].concat();
    for not_one in [&[][..], &two, b"text"] {
        assert!(!Load::alone(not_one, &Config::STRICT).is_usable());
    }
    let one_by_one = Config { keyring: KeyringKind::OneByOne, ..Config::STRICT };
    assert!(Load::alone(&der("short"), &one_by_one).is_usable());
    assert_eq!(Keyring::new([&der("ok-p256")[..]], &Config::STRICT).loads(), [alone("ok-p256")]);
}

/// NULL parameters of ML-DSA: the signature verifies, but the encoding is wrong. A certificate by a CA of the
/// subject's name did not sign itself. Kills: "does not verify" without verifying.
#[test]
fn self_signatures_are_verified() {
    let read = |name: &str| Certificate::from_der(&der(name)).unwrap();
    let null = read("mldsa-signature-null");
    assert_eq!(null.check_self_signature(), Err(CertError::SignatureParameters { null: true }));
    assert_eq!(null.lints(), [Lint::SignatureParameters { null: true }, Lint::NoSubjectKeyId]);
    let words = "the parameters are NULL, but RFC 9881 requires them absent";
    assert!(null.lints()[0].to_string().contains(words));
    assert!(null.check_self_signature().unwrap_err().to_string().contains(words));
    // With a changed bit in the signature it does not verify.
    let mut broken = der("mldsa-signature-null");
    *broken.last_mut().unwrap() ^= 1;
    let broken = Certificate::from_der(&broken).unwrap();
    assert_eq!(broken.check_self_signature(), Err(CertError::SelfSignature));
    let key = Certificate::from_der(&der("mldsa-key-null")).unwrap_err().to_string();
    assert!(key.contains(words) && key.contains("SubjectPublicKeyInfo") && !key.contains("verif"), "{key}");

    let same_name = read("same-name-ca");
    assert!(same_name.is_self_issued() && !same_name.claims_self_signature());
    assert_eq!(same_name.lints(), []);
    for name in ["badself", "badself-noakid"] {
        assert!(read(name).claims_self_signature());
        assert_eq!(read(name).lints(), [Lint::BadSelfSignature], "{name}");
    }
    // No statement about Linux unless the prediction was requested.
    for lint in [Lint::BadSelfSignature, Lint::SignatureParameters { null: true }] {
        assert!(!lint.to_string().contains("Linux"), "{lint}");
    }
}
