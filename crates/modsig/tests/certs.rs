//! Certificates: every form of file, self-signatures, lints, and new certificates compared with OpenSSL's.

mod common;

use common::Node;
use der::DateTime;
use mldsa::dynamic::{AnySigningKey, Parameters};
use mldsa::{Context, Rnd, Seed};
use modsig::algorithm::{Digest, Signature};
use modsig::asn1::DerProblem;
use modsig::cert::{CertError, Certificate, Lint, PublicKey, SelfSigned};
use modsig::key::PrivateKey;
use modsig::public_key::PublicKeyError;

#[test]
fn fixtures() {
    let cert = common::certificate("mldsa65-ossl40");
    assert_eq!(cert.subject(), "CN=kgate test key mldsa65-ossl40");
    assert_eq!(cert.issuer_der(), cert.subject_der());
    assert_eq!(cert.serial()[..4], [0x24, 0xf4, 0x40, 0x34]);
    assert_eq!(cert.subject_key_id().map(|id| (id[0], id.len())), Some((0x4d, 20)));
    assert_eq!(cert.not_before().to_string(), "2026-11-23T08:22:18Z");
    assert_eq!(cert.not_after().to_string(), "2126-10-30T08:22:18Z");
    assert_eq!(cert.signature_algorithm(), Some(Signature::MlDsa(Parameters::MlDsa65)));
    assert_eq!(cert.lints(), []);
    for name in [
        "mldsa44-ossl35",
        "mldsa65-ossl35",
        "mldsa87-ossl35",
        "mldsa44-ossl40",
        "mldsa87-ossl40",
        "wrong-mldsa65",
    ] {
        assert_eq!(common::certificate(name).check_self_signature(), Ok(()), "{name}");
    }
    let rsa = common::certificate("rsa4096");
    assert!(matches!(rsa.public_key(), PublicKey::Rsa(key) if key.bits() == 4096));
    assert_eq!(rsa.signature_algorithm(), Some(Signature::RsaWith(Digest::Sha512)));
    assert_eq!(rsa.check_self_signature(), Ok(()));
    assert_eq!(common::certificate("p384").public_key().algorithm_name(), "ECDSA P-384");
}

/// PEM, PEM after a private key, DER, concatenated DER.
#[test]
fn every_form_of_file() {
    let expected = common::certificate("mldsa44-ossl40");
    for file in ["mldsa44-ossl40.der", "mldsa44-ossl40.crt", "mldsa44-ossl40.pem"] {
        let bytes = common::vector(&format!("modsig/keys/{file}"));
        assert_eq!(Certificate::from_pem_or_der(&bytes).unwrap(), expected);
        assert_eq!(Certificate::read_all(&bytes).unwrap(), std::slice::from_ref(&expected));
    }
    assert_eq!(expected.to_pem().as_bytes(), common::vector("modsig/keys/mldsa44-ossl40.crt"));
    let (one, two) = (expected.as_der(), common::certificate("rsa4096"));
    let both = [expected.clone(), two.clone()];
    assert_eq!(Certificate::read_all(&[one, two.as_der()].concat()).unwrap(), both);
    assert_eq!(Certificate::read_all((expected.to_pem() + &two.to_pem()).as_bytes()).unwrap(), both);
    assert!(Certificate::from_der(&[one, two.as_der()].concat()).is_err());
    // An error in the second certificate has its offset in the file.
    let error = Certificate::read_all(&[one, &two.as_der()[..1000]].concat()).unwrap_err();
    assert!(
        matches!(error, CertError::Der(error) if error.offset == one.len() && error.problem == DerProblem::Truncated)
    );
    let key_only = common::vector("rfc9881/ML-DSA-44-seed.priv");
    assert_eq!(
        Certificate::read_all(&key_only),
        Err(CertError::NoCertificate { found: "PRIVATE KEY".into() })
    );
    for garbage in [&b""[..], b"text", &[0x30], &[0; 100]] {
        assert!(matches!(Certificate::read_all(garbage), Err(CertError::Der(_))));
    }
}

/// Any changed byte of the to-be-signed part or of the signature breaks the self-signature or the structure.
#[test]
fn self_signature_covers_every_byte() {
    let good = common::certificate("mldsa44-ossl40");
    let mut checked = 0;
    for at in (4..good.as_der().len()).step_by(37) {
        let mut changed = good.as_der().to_vec();
        changed[at] ^= 0x10;
        if let Ok(certificate) = Certificate::from_der(&changed) {
            assert!(certificate.check_self_signature().is_err(), "{at}");
            checked += 1;
        }
    }
    assert!(checked > 80, "{checked}");
}

#[test]
fn weak_certificates_are_named() {
    for (name, digest) in
        [("rsa2048-sha1", Digest::Sha1), ("rsa2048-md5", Digest::Md5), ("p256-sha1", Digest::Sha1)]
    {
        let certificate = common::certificate(name);
        assert_eq!(certificate.weak_signature(), Some(digest));
        assert_eq!(certificate.lints()[0], Lint::WeakSignature(digest));
        assert_eq!(certificate.check_self_signature(), Err(CertError::WeakSignature(digest)));
    }
    let mut bad = Node::parse(common::certificate("mldsa44-ossl40").as_der());
    *bad.at(&[2]).value().last_mut().unwrap() ^= 1;
    assert_eq!(Certificate::from_der(&bad.der()).unwrap().lints(), [Lint::BadSelfSignature]);
}

/// Kills: advice for another error.
#[test]
fn errors_say_what_to_do() {
    let mut changed = Node::parse(common::certificate("mldsa44-ossl40").as_der());
    changed.at(&[2]).value()[0] = 1;
    for (error, words) in [
        (Certificate::from_der(&changed.der()).unwrap_err(), "; issue the certificate again"),
        (Certificate::from_der(&[0x30]).unwrap_err(), "; give an X.509 certificate, PEM or DER"),
        (CertError::NoCertificate { found: String::new() }, "no certificate in the file"),
        (CertError::NoCertificate { found: "PUBLIC KEY".into() }, "only: PUBLIC KEY"),
    ] {
        assert!(error.to_string().contains(words), "{error}");
    }
}

/// Kills: a text or date lint that is empty or constant.
#[test]
fn texts_and_dates() {
    let certificate = common::certificate("rsa4096");
    assert_eq!(certificate.issuer(), certificate.subject());
    assert_eq!(certificate.signature_algorithm_name(), "RSA with SHA-512");
    let certificate = common::certificate("mldsa65-ossl40");
    assert_eq!(certificate.issuer(), "CN=kgate test key mldsa65-ossl40");
    for inside in [certificate.not_before(), certificate.not_after()] {
        assert_eq!(certificate.date_lint(inside), None);
    }
    for (year, month) in [(2026, 10), (2126, 11)] {
        let outside = DateTime::new(year, month, 1, 0, 0, 0).unwrap();
        assert_eq!(certificate.date_lint(outside), Some(Lint::OutsideValidity));
    }
}

/// By key identifier, or else by serial number. Kills: a certificate of another authority that claims to be its own.
#[test]
fn authority_key_identifiers() {
    let own = common::certificate("mldsa44-ossl40");
    let (id, serial) = (own.subject_key_id().unwrap().to_vec(), own.serial().to_vec());
    let (other_id, other_serial) = (vec![7; 20], vec![7]);
    for (key_id, named, expected) in [
        (None, None, true),
        (Some(&id), None, true),
        (Some(&other_id), None, false),
        (None, Some(&serial), true),
        (None, Some(&other_serial), false),
        (Some(&id), Some(&other_serial), true),
        (Some(&other_id), Some(&serial), true),
        (Some(&other_id), Some(&other_serial), false),
    ] {
        let fields = [key_id.map(|id| (0x80, id)), named.map(|serial| (0x82, serial))];
        let fields = fields.into_iter().flatten().map(|(tag, value)| Node::Primitive(tag, value.clone()));
        let mut value = vec![Node::Constructed(0xa1, vec![])];
        value.extend(fields);
        let value = Node::Primitive(4, Node::Constructed(0x30, value).der());
        let oid = common::oid("2.5.29.35");
        let mut tree = Node::parse(own.as_der());
        let extensions = tree.at(&[0, 7, 0]).children();
        extensions.retain(|extension| !matches!(extension, Node::Constructed(_, parts) if parts[0] == oid));
        extensions.push(Node::Constructed(0x30, vec![oid, value]));
        let changed = Certificate::from_der(&tree.der()).unwrap();
        assert_eq!(changed.claims_self_signature(), expected, "{key_id:x?} {named:x?}");
    }
}

/// Both AlgorithmIdentifiers of the signature changed.
fn with_signature_algorithm(certificate: &Certificate, change: impl Fn(&mut Node)) -> Node {
    let mut tree = Node::parse(certificate.as_der());
    change(tree.at(&[0, 2]));
    change(tree.at(&[1]));
    tree
}

/// Kills: parameters that are all called NULL, or none.
#[test]
fn parameters_of_ml_dsa_are_named() {
    for (parameters, null) in
        [(common::NULL, true), (Node::Primitive(4, vec![]), false), (Node::Primitive(5, vec![0]), false)]
    {
        let changed = with_signature_algorithm(&common::certificate("mldsa44-ossl40"), |algorithm| {
            algorithm.children().push(parameters.clone());
        });
        // Not NULL, but DER that has no such form, may be refused when it is read.
        if let Ok(certificate) = Certificate::from_der(&changed.der()) {
            assert!(certificate.lints().contains(&Lint::SignatureParameters { null }), "{null}");
        }
    }
}

/// Kills: a signature algorithm that is not compared with the key; an algorithm that is not known taken for a wrong
/// signature; a key whose verification takes seconds.
#[test]
fn own_signatures_of_other_algorithms() {
    let unsupported = |tree: &Node| {
        let result = Certificate::from_der(&tree.der()).unwrap().check_self_signature();
        assert!(matches!(result, Err(CertError::UnsupportedAlgorithm { .. })), "{result:?}");
        let text = result.unwrap_err().to_string();
        assert!(text.ends_with("is not supported; use ML-DSA, RSA (PKCS#1 v1.5) or ECDSA"), "{text}");
    };
    let rsa = common::certificate("rsa4096");
    for digits in ["1.2.3.4", "1.2.840.113549.1.1.10"] {
        unsupported(&with_signature_algorithm(&rsa, |algorithm| *algorithm = common::algorithm(digits)));
    }
    // An Ed25519 key.
    let mut tree = Node::parse(rsa.as_der());
    *tree.at(&[0, 6, 0]) = common::algorithm("1.3.101.112");
    *tree.at(&[0, 6, 1]).value() = vec![0; 33];
    unsupported(&tree);
    // 16,384 bits.
    let mut tree = Node::parse(rsa.as_der());
    let modulus = Node::Primitive(2, [&[0][..], &[0xff; 2048]].concat());
    let key = Node::Constructed(0x30, vec![modulus, Node::Primitive(2, vec![1, 0, 1])]);
    *tree.at(&[0, 6, 1]).value() = [&[0][..], &key.der()].concat();
    unsupported(&tree);
    // An ML-DSA-44 signature that verifies, called ML-DSA-65.
    let seed = Seed::from_bytes([3; 32]);
    let key = PrivateKey::from_seed(Parameters::MlDsa44, &seed);
    let own = request("n").issue(&key, &Rnd::DETERMINISTIC).unwrap();
    for (digits, expected) in
        [("2.16.840.1.101.3.4.3.17", Ok(())), ("2.16.840.1.101.3.4.3.18", Err(CertError::SelfSignature))]
    {
        let mut tree = with_signature_algorithm(&own, |algorithm| *algorithm = common::algorithm(digits));
        let key = AnySigningKey::from_seed(Parameters::MlDsa44, &seed);
        let signature = key.sign(&tree.at(&[0]).der(), Context::EMPTY, &Rnd::DETERMINISTIC);
        *tree.at(&[2]).value() = [&[0], signature.as_bytes()].concat();
        let changed = Certificate::from_der(&tree.der()).unwrap();
        assert_eq!(changed.check_self_signature(), expected, "{digits}");
    }
}

/// The format rules of RFC 5280 and RFC 9881. Kills: each of the parser's checks, removed.
#[test]
fn malformed_certificates() {
    let good = Node::parse(common::certificate("mldsa44-ossl40").as_der());
    let read = |change: &dyn Fn(&mut Node)| {
        let mut tree = good.clone();
        change(&mut tree);
        Certificate::from_der(&tree.der())
    };
    assert!(read(&|_| ()).is_ok());
    let field = |result: Result<Certificate, CertError>| match result {
        Err(CertError::Der(error)) => error.field,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        field(read(&|tree| *tree.at(&[1, 0]) = common::oid("1.2.840.113549.1.1.11"))),
        "Certificate.signatureAlgorithm"
    );
    assert_eq!(field(read(&|tree| tree.children().push(common::NULL))), "Certificate");
    assert_eq!(field(read(&|tree| tree.at(&[0]).children().push(common::NULL))), "TBSCertificate");
    assert_eq!(field(read(&|tree| tree.at(&[0, 1]).value().insert(0, 0))), "TBSCertificate.serialNumber");
    assert_eq!(field(read(&|tree| tree.at(&[2]).value()[0] = 1)), "Certificate.signatureValue");
    assert_eq!(
        field(read(&|tree| tree.at(&[0, 6, 0]).children().push(common::NULL))),
        "SubjectPublicKeyInfo.algorithm.parameters"
    );
    // A GeneralizedTime before 2050, a month 13, a time without Z.
    let time = |tag, text: &str| Node::Primitive(tag, text.as_bytes().to_vec());
    for bad in [
        time(0x18, "20491231235959Z"),
        time(0x17, "261323082218Z"),
        time(0x17, "2611230822Z"),
        time(0x18, "21261030082218"),
    ] {
        assert_eq!(field(read(&|tree| *tree.at(&[0, 4, 1]) = bad.clone())), "Validity.notAfter");
    }
    assert!(read(&|tree| *tree.at(&[0, 4, 1]) = time(0x18, "20500101000000Z")).is_ok());
    // The same extension twice.
    assert_eq!(
        field(read(&|tree| {
            let again = tree.at(&[0, 7, 0, 2]).clone();
            tree.at(&[0, 7, 0]).children().push(again);
        })),
        "SubjectKeyIdentifier"
    );
    let short = read(&|tree| {
        tree.at(&[0, 6, 1]).value().pop();
    });
    assert_eq!(
        short,
        Err(CertError::PublicKey(PublicKeyError::Length {
            algorithm: "ML-DSA-44",
            expected: 1312,
            found: 1311
        }))
    );
    let long = [&[0x30, 0x83, 1, 0, 0][..], &[0; 65_536]].concat();
    assert!(
        matches!(Certificate::from_der(&long), Err(CertError::Der(e)) if matches!(e.problem, DerProblem::TooLong { .. }))
    );
}

/// With OpenSSL's key, name and date, our certificate equals OpenSSL 4.0's, except serial number and signature.
/// Kills: any extension missing, in another order, with another criticality; a wrong string type, time or algorithm.
#[test]
fn issued_certificates_equal_openssl_4() {
    for name in ["mldsa44-ossl40", "mldsa65-ossl40", "mldsa87-ossl40"] {
        let theirs = common::certificate(name);
        let request = SelfSigned {
            common_name: &format!("kgate test key {name}"),
            serial: theirs.serial().try_into().unwrap(),
            not_before: theirs.not_before(),
            days: SelfSigned::DEFAULT_DAYS,
        };
        let ours = request.issue(&common::private_key(name), &Rnd::DETERMINISTIC).unwrap();
        assert_eq!(ours.check_self_signature(), Ok(()));
        assert_eq!(ours.lints(), []);
        assert_eq!(ours.not_after(), theirs.not_after());
        assert_eq!(ours.serial()[1..], theirs.serial()[1..]);
        let (mut ours, mut theirs) = (Node::parse(ours.as_der()), Node::parse(theirs.as_der()));
        *ours.at(&[0, 1]) = theirs.at(&[0, 1]).clone();
        *ours.at(&[2]) = theirs.at(&[2]).clone();
        assert_eq!(ours.der(), theirs.der());
    }
}

fn request(common_name: &str) -> SelfSigned<'_> {
    SelfSigned {
        common_name,
        serial: [0; 20],
        not_before: DateTime::new(2026, 11, 23, 0, 0, 0).unwrap(),
        days: 1,
    }
}

#[test]
fn issuing_keeps_the_rules() {
    let key = PrivateKey::from_seed(Parameters::MlDsa44, &Seed::from_bytes([3; 32]));
    let issue = |request: &SelfSigned<'_>| request.issue(&key, &Rnd::DETERMINISTIC);
    // The serial number has 20 octets and is positive, whatever the random bytes.
    for (random, first) in [([0; 20], 0x40), ([0xff; 20], 0x7f)] {
        let certificate = issue(&SelfSigned { serial: random, ..request("n") }).unwrap();
        assert_eq!((certificate.serial().len(), certificate.serial()[0]), (20, first));
    }
    // UTCTime until the end of 2049, GeneralizedTime from 2050; our parser rejects the opposite.
    for (year, days, tags) in [
        (2026, 1, [0x17, 0x17]),
        (2049, 300, [0x17, 0x17]),
        (2049, 400, [0x17, 0x18]),
        (2050, 1, [0x18, 0x18]),
    ] {
        let not_before = DateTime::new(year, 1, 1, 0, 0, 0).unwrap();
        let certificate = issue(&SelfSigned { not_before, days, ..request("n") }).unwrap();
        let mut tree = Node::parse(certificate.as_der());
        assert_eq!([0, 1].map(|i| tree.at(&[0, 4, i]).der()[0]), tags);
        assert_eq!(
            certificate.not_after().unix_duration().as_secs() - not_before.unix_duration().as_secs(),
            u64::from(days) * 86_400
        );
    }
    let names = ["", "a\nb", &"x".repeat(65)];
    for name in names {
        assert_eq!(issue(&request(name)), Err(CertError::CommonName));
    }
    assert_eq!(issue(&request(&"ä".repeat(64))).unwrap().subject(), format!("CN={}", "ä".repeat(64)));
    assert_eq!(issue(&SelfSigned { days: 0, ..request("n") }), Err(CertError::Validity));
    assert_eq!(issue(&SelfSigned { days: u32::MAX, ..request("n") }), Err(CertError::Validity));
    // C0 controls in a certificate's name are escaped, as in RFC 4514. All else is kept: different names look
    // different. The programs escape what a terminal interprets.
    let mut tree = Node::parse(issue(&request("evil")).unwrap().as_der());
    *tree.at(&[0, 5, 0, 0, 1]).value() = b"\x1b[2J".to_vec();
    assert!(!Certificate::from_der(&tree.der()).unwrap().subject().contains('\x1b'));
    *tree.at(&[0, 5, 0, 0, 1]).value() = "a\u{202e}b".into();
    assert_eq!(Certificate::from_der(&tree.der()).unwrap().subject(), "CN=a\u{202e}b");
}
