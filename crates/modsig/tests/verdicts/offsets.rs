//! Every check and every finding has its offset in the file.

use crate::common::{self, NULL, Node, algorithm, certificate, path, trust, with_cms};
use crate::{GOOD, attribute, changed, evaluate, message};
use modsig::cert::{Certificate, Lint};
use modsig::cms;
use modsig::trailer::MARKER;
use modsig::trust::TrustStore;
use modsig::verdict::{Check, Finding, Outcome, Policy, Problem, Verdict, Warning, verify, verify_detached};

/// Name, place, signer and outcome of each check.
fn checks(verdict: &Verdict) -> Vec<(&'static str, Option<usize>, Option<usize>, Outcome)> {
    verdict.checks.iter().map(|check| (check.name, check.offset, check.signer, check.outcome)).collect()
}

/// The checks of a message with one signer, without attributes and findings.
fn checks_of(cms: &[u8], base: usize) -> Vec<(&'static str, Option<usize>, Option<usize>, Outcome)> {
    let message = cms::parse(cms).unwrap();
    let [signer] = &message.signers[..] else { panic!() };
    let passed = |name, offset: usize, signer| (name, Some(base + offset), signer, Outcome::Passed);
    vec![
        passed(Check::STRUCTURE, 0, None),
        passed(Check::VERSION, message.version_offset, None),
        passed(Check::DIGEST_ALGORITHMS, message.digest_algorithms_offset, None),
        passed(Check::CONTENT, message.content_type_offset, None),
        passed(Check::SIGNER_VERSION, signer.version_offset, Some(0)),
        passed(Check::DIGEST, signer.digest_algorithm.offset, Some(0)),
        passed(Check::ALGORITHM, signer.signature_algorithm.offset, Some(0)),
        passed(Check::TRUST, signer.sid_offset, Some(0)),
        (Check::CERTIFICATE, None, Some(0), Outcome::Passed),
        passed(Check::KEY, signer.sid_offset, Some(0)),
        passed(Check::SIGNATURE, signer.signature_offset, Some(0)),
        passed(Check::SIGNERS, message.signers_offset, None),
    ]
}

/// Kills: an offset counted from another start, a check that is missing, has the wrong name or the wrong outcome.
#[test]
fn checks_of_a_good_file() {
    let (module, cms) = (common::module(), message(GOOD));
    let of_cms = checks_of(&cms, module.len());
    let of_file = [
        (Check::MARKER, Some(module.len() + cms.len() + 12), None, Outcome::Passed),
        (Check::TRAILER, Some(module.len() + cms.len()), None, Outcome::Passed),
    ];
    let verdict = evaluate(&with_cms(&cms));
    assert_eq!(checks(&verdict), [&of_file[..], &of_cms].concat());
    let parsed = cms::parse(&cms).unwrap();
    assert_eq!(verdict.signers[0].offset, module.len() + parsed.signers[0].offset);
    assert_eq!(verdict.module_len, module.len());
    // For a detached signature, offsets count from the start of the CMS.
    let detached = verify_detached(&module, &cms, &common::trust_all(), &Policy::DEFAULT);
    assert_eq!(checks(&detached), checks_of(&cms, 0));
    assert_eq!(detached.signers[0].offset, parsed.signers[0].offset);
    // With the kernel's policy, its answer is one more check.
    let kernels = verify(&with_cms(&cms), &common::trust_all(), &Policy::KERNEL);
    assert_eq!(checks(&kernels).last(), Some(&(Check::KERNEL, None, None, Outcome::Passed)));
    assert_eq!(kernels.checks.len(), verdict.checks.len() + 1);
}

/// A file without a message has one check, or two.
#[test]
fn checks_without_a_message() {
    let unsigned = evaluate(&common::module());
    assert_eq!(checks(&unsigned), [(Check::MARKER, None, None, Outcome::Failed)]);
    assert_eq!((unsigned.findings[0].offset, unsigned.module_len), (None, common::module().len()));
    let mut file = with_cms(&message(GOOD));
    let info = file.len() - MARKER.len() - 12;
    file[info + 2] = 9;
    let refused = evaluate(&file);
    let expected = [
        (Check::MARKER, Some(info + 12), None, Outcome::Passed),
        (Check::TRAILER, Some(info + 2), None, Outcome::Failed),
    ];
    assert_eq!(checks(&refused), expected);
    assert_eq!((refused.findings[0].offset, refused.findings[0].check), (Some(info + 2), Check::TRAILER));
    assert!(refused.findings[0].to_string().starts_with(&format!("at offset {}: ", info + 2)));
    let kernels = verify(&common::module(), &common::trust_all(), &Policy::KERNEL);
    let expected =
        [(Check::MARKER, None, None, Outcome::Warned), (Check::KERNEL, None, None, Outcome::Failed)];
    assert_eq!(checks(&kernels), expected);
}

/// A check that cannot be performed is skipped, a finding fails its check and no other, a warning marks its check.
#[test]
fn outcomes() {
    let outcome = |verdict: &Verdict, name: &str| {
        let found: Vec<_> = verdict.checks.iter().filter(|check| check.name == name).collect();
        let [one] = found[..] else { panic!("{name}: {found:?}") };
        one.outcome
    };
    let unknown = verify(&common::signed(GOOD), &TrustStore::new(), &Policy::DEFAULT);
    assert_eq!(outcome(&unknown, Check::TRUST), Outcome::Failed);
    assert_eq!(outcome(&unknown, Check::SIGNATURE), Outcome::Skipped);
    assert_eq!(outcome(&unknown, Check::DIGEST), Outcome::Passed);
    let extra = Node::Constructed(0xa1, vec![attribute("1.2.3", vec![NULL])]);
    let mut tree = Node::parse(&message(GOOD));
    tree.at(path::SIGNER).children().push(extra);
    let cms = tree.der();
    let warned = evaluate(&with_cms(&cms));
    assert_eq!(outcome(&warned, Check::UNSIGNED_ATTRIBUTES), Outcome::Warned);
    let at =
        common::module().len() + cms::parse(&cms).unwrap().signers[0].unsigned_attributes_offset.unwrap();
    assert_eq!(warned.warnings, [Warning::UnsignedAttributes { offset: at }]);
    assert_eq!(warned.checks.iter().filter(|check| check.outcome != Outcome::Passed).count(), 1);
    assert!(warned.warnings[0].to_string().contains(&format!("offset {at}:")));
}

/// An unsorted set gives a warning with its offset, which does not change a failed check into a warning.
#[test]
fn sets_out_of_order() {
    let sha256 = || algorithm("2.16.840.1.101.3.4.2.1");
    // SHA-512's identifier sorts after SHA-256's.
    let out_of_order = |tree: &mut Node| tree.at(path::DIGESTS).children().push(sha256());
    let mut tree = Node::parse(&message(GOOD));
    out_of_order(&mut tree);
    let at = common::module().len() + cms::parse(&tree.der()).unwrap().digest_algorithms_offset;
    let verdict = evaluate(&with_cms(&tree.der()));
    let field = "SignedData.digestAlgorithms";
    assert_eq!(verdict.warnings, [Warning::SetNotSorted { field, offset: at }]);
    assert!(verdict.is_good());
    assert_eq!(verdict.checks.last().map(|check| check.outcome), Some(Outcome::Warned));
    assert_eq!(
        verdict.warnings[0].to_string(),
        format!("{field} at offset {at} is not sorted as DER requires")
    );
    let verdict = changed(GOOD, |tree| {
        out_of_order(tree);
        tree.at(path::SIGNERS).children().clear();
    });
    assert_eq!(verdict.checks.last().map(|check| check.outcome), Some(Outcome::Failed));
    assert_eq!(verdict.warnings.len(), 1);
}

/// A finding about a signature has the expected value and the offset of the signature or of its algorithm.
#[test]
fn signatures() {
    let of = |key: &str, message: &[u8], change: &dyn Fn(&mut Node)| {
        let mut tree = Node::parse(message);
        change(&mut tree);
        let cms = tree.der();
        let parsed = cms::parse(&cms).unwrap();
        let (signature, algorithm) =
            (parsed.signers[0].signature_offset, parsed.signers[0].signature_algorithm.offset);
        let base = common::module().len();
        let verdict = verify(&with_cms(&cms), &trust(&[key]), &Policy::DEFAULT);
        assert!(!verdict.signers[0].verified);
        let [Finding { offset, problem, .. }] = &verdict.findings[..] else {
            panic!("{:?}", verdict.findings)
        };
        let place = match offset.unwrap() - base {
            at if at == signature => "signature",
            at if at == algorithm => "algorithm",
            _ => "elsewhere",
        };
        (place, problem.clone())
    };
    let signature = |tree: &mut Node| tree.at(path::SIGNER).at(&[path::SIGNATURE]).value().clone();
    let set = |value: Vec<u8>| {
        move |tree: &mut Node| *tree.at(path::SIGNER).at(&[path::SIGNATURE]).value() = value.clone()
    };
    let (ml_dsa, rsa, ec) = (message(GOOD), message("rsa4096.sf40.sha512"), message("p384.sf40.sha512"));
    for (key, message, expected) in [("mldsa65-ossl40", &ml_dsa, 3309), ("rsa4096", &rsa, 512)] {
        let right = signature(&mut Node::parse(message));
        assert_eq!(right.len(), expected);
        for found in [0, expected - 1, expected + 1] {
            let mut other = right.clone();
            other.resize(found, 0);
            let problem = Problem::SignatureLength { expected, found };
            assert_eq!(of(key, message, &set(other)), ("signature", problem));
        }
        let mut other = right;
        other[expected / 2] ^= 1;
        assert_eq!(of(key, message, &set(other)), ("signature", Problem::BadSignature));
    }
    let mut other = signature(&mut Node::parse(&ec));
    other.pop();
    assert_eq!(of("p384", &ec, &set(other)), ("signature", Problem::BadSignature));
    // Each key with the algorithm of another kind; P-384's stays unchanged.
    let named = |digits: &'static str, null: bool| {
        move |tree: &mut Node| {
            let parameters = if null { vec![NULL] } else { vec![] };
            let identifier = [algorithm(digits).children().clone(), parameters].concat();
            tree.at(path::SIGNER).children()[path::ALGORITHM] = Node::Constructed(0x30, identifier);
        }
    };
    const RSA: (&str, bool) = ("1.2.840.113549.1.1.1", true);
    const ECDSA: (&str, bool) = ("1.2.840.10045.4.3.4", false);
    const ML_DSA_44: (&str, bool) = ("2.16.840.1.101.3.4.3.17", false);
    for (key, message, (digits, null), signature, key_text) in [
        ("mldsa65-ossl40", &ml_dsa, RSA, "RSA", "ML-DSA-65"),
        ("mldsa65-ossl40", &ml_dsa, ECDSA, "ECDSA with SHA-512", "ML-DSA-65"),
        ("mldsa65-ossl40", &ml_dsa, ML_DSA_44, "ML-DSA-44", "ML-DSA-65"),
        ("rsa4096", &rsa, ECDSA, "ECDSA with SHA-512", "RSA-4096"),
        ("rsa4096", &rsa, ML_DSA_44, "ML-DSA-44", "RSA-4096"),
        ("p384", &ec, RSA, "RSA", "ECDSA P-384"),
        ("p384", &ec, ML_DSA_44, "ML-DSA-44", "ECDSA P-384"),
    ] {
        let problem = Problem::AlgorithmMismatch { signature: signature.into(), key: key_text.into() };
        assert_eq!(of(key, message, &named(digits, null)), ("algorithm", problem), "{key} {signature}");
    }
}

/// FIPS 186-5 §5.4: RSA's exponent is odd and greater than 65,536.
#[test]
fn rsa_exponents() {
    let refused = |exponent: [u8; 3]| {
        let mut tree = Node::parse(certificate("rsa2048").as_der());
        let key = tree.at(&[0, 6, 1]).value();
        let at = key.len() - 3;
        assert_eq!(key[at - 2..], [2, 3, 1, 0, 1]);
        key[at..].copy_from_slice(&exponent);
        let store: TrustStore = Certificate::from_der(&tree.der()).into_iter().collect();
        let verdict = verify(&with_cms(&message("rsa2048.sf40.sha512")), &store, &Policy::DEFAULT);
        verdict.findings.iter().any(|finding| finding.problem == Problem::RsaExponent)
    };
    assert!([[1, 0, 1], [1, 0, 3], [0x7f, 0xff, 0xff]].iter().all(|exponent| !refused(*exponent)));
    assert!([[1, 0, 0], [1, 0, 2], [0, 0xff, 0xff], [0, 0x80, 1]].iter().all(|exponent| refused(*exponent)));
}

/// A lint of a trusted certificate gives a warning with its subject; a weak digest in its own signature gives a finding
/// and no warning.
#[test]
fn certificates_of_signers() {
    let mut tree = Node::parse(certificate("mldsa65-ossl40").as_der());
    tree.at(&[2]).value()[1] ^= 1;
    let store: TrustStore = Certificate::from_der(&tree.der()).into_iter().collect();
    let verdict = verify(&common::signed(GOOD), &store, &Policy::DEFAULT);
    let subject = "CN=kgate test key mldsa65-ossl40".to_owned();
    assert_eq!(verdict.warnings, [Warning::Certificate { subject, lint: Lint::BadSelfSignature }]);
    assert!(
        verdict.warnings[0]
            .to_string()
            .starts_with("CN=kgate test key mldsa65-ossl40: the certificate's own")
    );
    assert!(verdict.is_good());
    let weak: TrustStore = trust(&["rsa2048-sha1"]);
    let verdict = verify(&with_cms(&message("rsa2048.sf40.sha512")), &weak, &Policy::DEFAULT);
    assert!(verdict.warnings.is_empty(), "{:?}", verdict.warnings);
}

/// The name of the signer: issuer as text and serial number, or the key identifier; truncated to 240 characters.
#[test]
fn identifiers() {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let own = certificate("mldsa65-ossl40");
    let report = &evaluate(&common::signed(GOOD)).signers[0];
    let expected = format!("CN=kgate test key mldsa65-ossl40, serial {}", hex(own.serial()));
    assert_eq!(report.identifier, expected);
    assert_eq!((report.algorithm.as_str(), report.digest.as_str()), ("ML-DSA-65", "sha512"));
    assert_eq!(report.subject.as_deref(), Some("CN=kgate test key mldsa65-ossl40"));
    assert_eq!(report.key.as_deref(), Some("ML-DSA-65"));
    assert!(report.verified && !report.signed_attributes);
    let by_id = &evaluate(&common::signed("mldsa65-ossl40.sf40.sha512.k")).signers[0];
    assert_eq!(by_id.identifier, format!("key identifier {}", hex(own.subject_key_id().unwrap())));
    for (length, expected) in [
        (120, format!("key identifier {}", "ab".repeat(120))),
        (121, format!("key identifier {}… (242 bytes in all)", "ab".repeat(120))),
    ] {
        let verdict = changed("mldsa65-ossl40.sf40.sha512.k", |tree| {
            *tree.at(path::SIGNER).at(&[path::SID]).value() = vec![0xab; length];
        });
        assert_eq!(verdict.signers[0].identifier, expected);
        assert_eq!(verdict.findings[0].problem, Problem::UnknownSigner { identifier: expected });
    }
}
