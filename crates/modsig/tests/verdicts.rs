//! Verdicts: the kernel's fixtures, and messages changed field by field (KERNEL.md §3's rows that concern ML-DSA).

mod common;

use common::{NULL, Node, algorithm, certificate, oid, path, private_key, trust, trust_all, with_cms};
use mldsa::{Context, Rnd};
use modsig::algorithm::Digest;
use modsig::cms;
use modsig::kernel::Errno;
use modsig::signer::{Options, Signer};
use modsig::trust::TrustStore;
use modsig::verdict::{Finding, Kind, Policy, Problem, Verdict, Warning, verify, verify_detached};

/// What Linux is said to answer.
#[derive(Debug, PartialEq)]
enum Linux {
    Loaded,
    Refused(Errno),
    NotPredicted,
}
use Linux::{Loaded, NotPredicted, Refused};

fn linux(verdict: &Verdict) -> Linux {
    match verdict.kernel {
        None => NotPredicted,
        Some(answer) => answer.refusal.map_or(Loaded, Refused),
    }
}

fn judge(file: &[u8]) -> Verdict {
    let verdict = verify(file, &trust_all(), &Policy::default());
    // What must hold of every verdict.
    assert_eq!(verdict.is_good(), verdict.findings.is_empty());
    for finding in &verdict.findings {
        assert!(!finding.problem.remedy().is_empty());
        assert!(finding.offset.is_none_or(|offset| offset < file.len()));
        assert!(!finding.to_string().contains('{'), "{finding}");
    }
    verdict
}

/// The message of a fixture, changed, in the place of the old one.
fn changed(name: &str, change: impl FnOnce(&mut Node)) -> Verdict {
    let mut tree = Node::parse(&message(name));
    change(&mut tree);
    judge(&with_cms(&tree.der()))
}

fn message(name: &str) -> Vec<u8> {
    let full = [
        "mldsa44-ossl40.sf40.sha512",
        "mldsa65-ossl40.sf40.sha512",
        "mldsa65-ossl40.sf40.sha512.k",
        "mldsa65-ossl35.sf35.sha512",
    ];
    match full.contains(&name) {
        true => common::split(&common::signed(name)).1.to_vec(),
        false => common::cms(name),
    }
}

const GOOD: &str = "mldsa65-ossl40.sf40.sha512";

/// Every whole file and CMS of the fixtures.
#[test]
fn fixtures() {
    let cases = [
        ("mldsa44-ossl40.sf40.sha512", Kind::Good, Loaded),
        ("mldsa65-ossl40.sf40.sha512", Kind::Good, Loaded),
        ("mldsa87-ossl40.sf40.sha512", Kind::Good, Loaded),
        ("mldsa65-ossl40.sf40.sha512.k", Kind::Good, Loaded),
        ("mldsa65-ossl35.sf35.sha512", Kind::RefusedByPolicy, Refused(Errno::EKEYREJECTED)),
        ("rsa4096.sf40.sha1", Kind::RefusedByPolicy, Loaded),
        ("p384.sf40.sha384", Kind::Good, Loaded),
    ];
    for (name, kind, answer) in cases {
        let verdict = judge(&common::signed(name));
        assert_eq!((verdict.kind(), linux(&verdict)), (kind, answer), "{name}");
    }
    let cases = [
        ("mldsa44-ossl40.sf40.sha1", Kind::RefusedByPolicy, Loaded),
        ("mldsa44-ossl40.sf40.sha224", Kind::RefusedByPolicy, Loaded),
        ("mldsa44-ossl40.sf40.sha256", Kind::Good, Loaded),
        ("mldsa44-ossl40.sf40.sha384", Kind::Good, Loaded),
        ("mldsa44-ossl40.sf40.sha3-256", Kind::Good, Loaded),
        ("mldsa44-ossl40.sf40.sha3-512", Kind::Good, Loaded),
        ("mldsa44-ossl40.sf40.sha512.k", Kind::Good, Loaded),
        ("mldsa87-ossl40.sf40.sha512.k", Kind::Good, Loaded),
        ("mldsa44-ossl40.sf40.shake128", Kind::Unsupported, Refused(Errno::ENOPKG)),
        ("mldsa44-ossl40.sf40.shake256", Kind::Unsupported, Refused(Errno::ENOPKG)),
        ("mldsa44-ossl35.sf35.sha1", Kind::RefusedByPolicy, Refused(Errno::EKEYREJECTED)),
        ("mldsa44-ossl35.sf35.sha256", Kind::RefusedByPolicy, Refused(Errno::EKEYREJECTED)),
        ("mldsa44-ossl35.sf35.sha512", Kind::RefusedByPolicy, Refused(Errno::EKEYREJECTED)),
        ("mldsa44-ossl35.sf35.sha512.k", Kind::RefusedByPolicy, Refused(Errno::EKEYREJECTED)),
        ("mldsa87-ossl35.sf35.sha512", Kind::RefusedByPolicy, Refused(Errno::EKEYREJECTED)),
        ("p384.sf40.sha1", Kind::RefusedByPolicy, Loaded),
        ("p384.sf40.sha512.k", Kind::Good, Loaded),
        ("rsa4096.sf40.sha224", Kind::RefusedByPolicy, Loaded),
        ("rsa4096.sf40.sha512", Kind::Good, Loaded),
        ("wrong-mldsa65.sf40.sha512", Kind::UnknownSigner, Refused(Errno::ENOKEY)),
    ];
    for (name, kind, answer) in cases {
        let verdict = judge(&with_cms(&common::cms(name)));
        assert_eq!((verdict.kind(), linux(&verdict)), (kind, answer), "{name}: {:?}", verdict.findings);
        // The same CMS beside the module gives the same verdict, with offsets from its own start.
        let detached =
            verify_detached(&common::module(), &common::cms(name), &trust_all(), &Policy::default());
        assert_eq!(detached.kind(), kind);
        for (here, there) in detached.findings.iter().zip(&verdict.findings) {
            assert_eq!(here.offset.map(|offset| offset + common::module().len()), there.offset);
        }
    }
}

/// SHA-1 is named first, before what else is wrong, wherever it stands, and with nobody trusted.
#[test]
fn weak_digests_come_first() {
    let field = |verdict: &Verdict| match &verdict.findings[0].problem {
        Problem::WeakDigest { digest, field, .. } => (*digest, *field),
        other => panic!("{other:?}"),
    };
    let rsa = common::signed("rsa4096.sf40.sha1");
    assert_eq!(field(&judge(&rsa)), (Digest::Sha1, "SignedData.digestAlgorithms"));
    assert_eq!(
        field(&verify(&rsa, &TrustStore::new(), &Policy::default())),
        (Digest::Sha1, "SignedData.digestAlgorithms")
    );
    let sha1 = || algorithm("1.3.14.3.2.26");
    let md5 = || algorithm("1.2.840.113549.2.5");
    // In the message's list alone, in the signer alone, in the signature algorithm.
    assert_eq!(
        field(&changed(GOOD, |t| t.at(path::DIGESTS).children().insert(0, sha1()))),
        (Digest::Sha1, "SignedData.digestAlgorithms")
    );
    assert_eq!(
        field(&changed(GOOD, |t| t.at(path::SIGNER).children()[path::DIGEST] = md5())),
        (Digest::Md5, "SignerInfo.digestAlgorithm")
    );
    for (digits, digest) in [
        ("1.2.840.113549.1.1.5", Digest::Sha1),
        ("1.2.840.10045.4.1", Digest::Sha1),
        ("1.2.840.113549.1.1.4", Digest::Md5),
    ] {
        let verdict = changed(GOOD, |t| t.at(path::SIGNER).children()[path::ALGORITHM] = algorithm(digits));
        assert_eq!(field(&verdict), (digest, "SignerInfo.signatureAlgorithm"));
    }
    // In the trusted certificate's own signature, the module's signature being right.
    let mut tree = Node::parse(certificate("mldsa65-ossl40").as_der());
    let with_sha1 = Node::Constructed(0x30, vec![oid("1.2.840.113549.1.1.5"), NULL]);
    (*tree.at(&[0, 2]), *tree.at(&[1])) = (with_sha1.clone(), with_sha1);
    let store: TrustStore = modsig::cert::Certificate::from_der(&tree.der()).into_iter().collect();
    let verdict = verify(&common::signed(GOOD), &store, &Policy::default());
    assert!(verdict.signers[0].verified);
    assert_eq!(
        (verdict.kind(), field(&verdict)),
        (Kind::RefusedByPolicy, (Digest::Sha1, "the signature of the signer's certificate"))
    );
    // In a certificate inside the message.
    let weak = Node::parse(certificate("rsa2048-sha1").as_der());
    let verdict =
        changed(GOOD, |t| t.at(path::SIGNED_DATA).children().insert(3, Node::Constructed(0xa0, vec![weak])));
    assert_eq!(field(&verdict), (Digest::Sha1, "the signature of a certificate inside"));
    for text in [verdict.findings[0].to_string(), judge(&rsa).findings[0].to_string()] {
        assert!(text.contains("sha1") && text.contains("refused"), "{text}");
    }
}

/// A change to the message, and what comes of it.
type Case = (&'static str, Box<dyn FnOnce(&mut Node)>, Kind, Linux);

fn case(what: &'static str, change: impl FnOnce(&mut Node) + 'static, kind: Kind, answer: Linux) -> Case {
    (what, Box::new(change), kind, answer)
}

/// Messages that differ from a good one in one thing. The answers are KERNEL.md's.
#[test]
fn changed_messages() {
    let signer = |index: usize| [path::SIGNER, &[index]].concat();
    let bad = || Refused(Errno::EKEYREJECTED);
    let cases = vec![
        case("nothing", |_| (), Kind::Good, Loaded),
        // Who signed.
        case(
            "other serial",
            move |t| t.at(&[1, 0, 3, 0, 1, 1]).value()[5] ^= 1,
            Kind::UnknownSigner,
            Refused(Errno::ENOKEY),
        ),
        case(
            "issuer as PrintableString",
            |t| {
                let name = t.at(&[1, 0, 3, 0, 1, 0, 0, 0]).children();
                name[1] = Node::Primitive(0x13, name[1].value().clone());
            },
            Kind::UnknownSigner,
            Refused(Errno::ENOKEY),
        ),
        // The signature.
        case("short", move |t| drop(t.at(&signer(4)).value().split_off(3308)), Kind::BadSignature, bad()),
        case("long", move |t| t.at(&[1, 0, 3, 0, 4]).value().push(0), Kind::BadSignature, bad()),
        case("empty", move |t| t.at(&[1, 0, 3, 0, 4]).value().clear(), Kind::BadSignature, bad()),
        case("zeros", move |t| t.at(&[1, 0, 3, 0, 4]).value().fill(0), Kind::BadSignature, bad()),
        // Algorithms.
        case(
            "ML-DSA-44 with a 65 key",
            |t| t.at(path::SIGNER).children()[3] = algorithm("2.16.840.1.101.3.4.3.17"),
            Kind::BadSignature,
            bad(),
        ),
        case(
            "ML-DSA-87 with a 65 key",
            |t| t.at(path::SIGNER).children()[3] = algorithm("2.16.840.1.101.3.4.3.19"),
            Kind::BadSignature,
            bad(),
        ),
        case(
            "rsaEncryption",
            |t| t.at(path::SIGNER).children()[3] = algorithm("1.2.840.113549.1.1.1"),
            Kind::BadSignature,
            bad(),
        ),
        case(
            "HashML-DSA",
            |t| t.at(path::SIGNER).children()[3] = algorithm("2.16.840.1.101.3.4.3.33"),
            Kind::Unsupported,
            Refused(Errno::ENOPKG),
        ),
        case(
            "SLH-DSA",
            |t| t.at(path::SIGNER).children()[3] = algorithm("2.16.840.1.101.3.4.3.20"),
            Kind::Unsupported,
            Refused(Errno::ENOPKG),
        ),
        case(
            "Ed25519",
            |t| t.at(path::SIGNER).children()[3] = algorithm("1.3.101.112"),
            Kind::Unsupported,
            Refused(Errno::ENOPKG),
        ),
        case(
            "unknown OID",
            |t| t.at(path::SIGNER).children()[3] = algorithm("1.2.3.4"),
            Kind::Unsupported,
            Refused(Errno::ENOPKG),
        ),
        case(
            "NULL in signatureAlgorithm",
            |t| t.at(&[1, 0, 3, 0, 3]).children().push(NULL),
            Kind::Malformed,
            Loaded,
        ),
        case(
            "NULL in digestAlgorithm",
            |t| t.at(&[1, 0, 3, 0, 2]).children().push(NULL),
            Kind::Malformed,
            Loaded,
        ),
        // Digests.
        case(
            "digest not listed",
            |t| t.at(path::SIGNER).children()[2] = algorithm("2.16.840.1.101.3.4.2.1"),
            Kind::Malformed,
            Loaded,
        ),
        case(
            "another one listed",
            |t| t.at(path::DIGESTS).children()[0] = algorithm("2.16.840.1.101.3.4.2.1"),
            Kind::Malformed,
            Loaded,
        ),
        case(
            "none listed",
            |t| t.at(path::DIGESTS).children().clear(),
            Kind::Malformed,
            Refused(Errno::EBADMSG),
        ),
        case(
            "shake256",
            |t| {
                t.at(path::DIGESTS).children()[0] = algorithm("2.16.840.1.101.3.4.2.12");
                t.at(path::SIGNER).children()[2] = algorithm("2.16.840.1.101.3.4.2.12");
            },
            Kind::Unsupported,
            Refused(Errno::ENOPKG),
        ),
        // Versions.
        case("SD 3, SI 1", |t| t.at(path::VERSION).value()[0] = 3, Kind::Malformed, Refused(Errno::EBADMSG)),
        case(
            "SD 1, SI 3",
            |t| t.at(&[1, 0, 3, 0, 0]).value()[0] = 3,
            Kind::Malformed,
            Refused(Errno::EBADMSG),
        ),
        case(
            "SD 3, SI 3, issuer and serial",
            |t| {
                t.at(path::VERSION).value()[0] = 3;
                t.at(&[1, 0, 3, 0, 0]).value()[0] = 3;
            },
            Kind::Malformed,
            Refused(Errno::EINVAL),
        ),
        case("SD 4", |t| t.at(path::VERSION).value()[0] = 4, Kind::Malformed, Refused(Errno::EINVAL)),
        case("SD 5", |t| t.at(path::VERSION).value()[0] = 5, Kind::Malformed, Refused(Errno::EINVAL)),
        case("SI 2", |t| t.at(&[1, 0, 3, 0, 0]).value()[0] = 2, Kind::Malformed, Refused(Errno::EINVAL)),
        // Structure.
        case(
            "no signers",
            |t| t.at(path::SIGNERS).children().clear(),
            Kind::Malformed,
            Refused(Errno::EBADMSG),
        ),
        case(
            "content attached",
            |t| {
                let content = Node::Constructed(0xa0, vec![Node::Primitive(0x04, common::module())]);
                t.at(path::ENCAPSULATED).children().push(content);
            },
            Kind::Malformed,
            Refused(Errno::EBADMSG),
        ),
        case(
            "eContentType not data",
            |t| t.at(path::ENCAPSULATED).children()[0] = oid("1.2.840.113549.1.9.16.1.4"),
            Kind::Malformed,
            Refused(Errno::EINVAL),
        ),
        case(
            "not signedData",
            |t| *t.at(path::CONTENT_TYPE) = oid("1.2.840.113549.1.7.3"),
            Kind::Malformed,
            Refused(Errno::EINVAL),
        ),
        case(
            "embedded: not a certificate",
            |t| {
                t.at(path::SIGNED_DATA)
                    .children()
                    .insert(3, Node::Constructed(0xa0, vec![algorithm("1.2.3")]));
            },
            Kind::Malformed,
            Refused(Errno::EBADMSG),
        ),
        case(
            "embedded: the trusted one",
            |t| {
                let own = Node::parse(certificate("mldsa65-ossl40").as_der());
                t.at(path::SIGNED_DATA).children().insert(3, Node::Constructed(0xa0, vec![own]));
            },
            Kind::Good,
            NotPredicted,
        ),
    ];
    let count = cases.len();
    for (what, change, kind, answer) in cases {
        let verdict = changed(GOOD, change);
        assert_eq!((verdict.kind(), linux(&verdict)), (kind, answer), "{what}: {:?}", verdict.findings);
    }
    assert_eq!(count, 32);
    // The algorithms are compared before anything else is: 44 and 87 over a 65 key are named as what they are.
    for other in ["2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.19"] {
        let verdict = changed(GOOD, |t| t.at(path::SIGNER).children()[3] = algorithm(other));
        assert!(matches!(verdict.findings[..], [Finding { problem: Problem::AlgorithmMismatch { .. }, .. }]));
    }
    // SD 1, SI 1 with a key identifier.
    let verdict = changed("mldsa65-ossl40.sf40.sha512.k", |t| {
        t.at(path::VERSION).value()[0] = 1;
        t.at(&[1, 0, 3, 0, 0]).value()[0] = 1;
    });
    assert_eq!((verdict.kind(), linux(&verdict)), (Kind::Malformed, Refused(Errno::EINVAL)));
    // The trusted issuer and serial number, another key: the wrong one's signature.
    let other = Node::parse(&common::cms("wrong-mldsa65.sf40.sha512")).at(&[1, 0, 3, 0, 4]).clone();
    let verdict = changed(GOOD, |t| *t.at(&[1, 0, 3, 0, 4]) = other);
    assert_eq!((verdict.kind(), linux(&verdict)), (Kind::BadSignature, bad()));
}

/// The module itself: first, middle and last byte, one more, one less.
#[test]
fn changed_modules() {
    let module = common::module();
    let cms = message(GOOD);
    let judge = |module: &[u8]| verify_detached(module, &cms, &trust_all(), &Policy::default());
    assert!(judge(&module).is_good());
    for at in [0, module.len() / 2, module.len() - 1] {
        let mut module = module.clone();
        module[at] ^= 0x80;
        assert_eq!(
            (judge(&module).kind(), linux(&judge(&module))),
            (Kind::BadSignature, Refused(Errno::EKEYREJECTED))
        );
    }
    for module in [&module[1..], &module[..module.len() - 1], &[&module[..], &[0]].concat(), &[]] {
        assert_eq!(judge(module).kind(), Kind::BadSignature);
    }
}

/// Signs attributes as OpenSSL 3.5 does: with the tag of a SET, and writes them with `[0]`.
fn with_attributes(mut attributes: Vec<Node>, digest: &str, signed_tag: u8) -> Vec<u8> {
    let key = mldsa::dynamic::AnySigningKey::from_expanded(
        mldsa::dynamic::Parameters::MlDsa65,
        &expanded_key("mldsa65-ossl40"),
    )
    .unwrap();
    attributes.sort_by_key(Node::der);
    let signed = Node::Constructed(signed_tag, attributes.clone()).der();
    let signature = key.sign(&signed, Context::EMPTY, &Rnd::DETERMINISTIC);
    let mut tree = Node::parse(&message(GOOD));
    tree.at(path::DIGESTS).children()[0] = algorithm(digest);
    let signer = tree.at(path::SIGNER).children();
    signer[path::DIGEST] = algorithm(digest);
    *signer[path::SIGNATURE].value() = signature.as_bytes().to_vec();
    signer.insert(3, Node::Constructed(0xa0, attributes));
    tree.der()
}

fn expanded_key(name: &str) -> Vec<u8> {
    let der = private_key(name).to_der(modsig::key::KeyForm::Expanded).unwrap();
    let inner = Node::parse(&der).at(&[2]).value().clone();
    Node::parse(&inner).value().clone()
}

fn attribute(digits: &str, values: Vec<Node>) -> Node {
    Node::Constructed(0x30, vec![oid(digits), Node::Constructed(0x31, values)])
}

/// CVE-2026-3338 and its relatives: attributes accepted without looking at what they say.
#[test]
fn signed_attributes() {
    const SHA512: &str = "2.16.840.1.101.3.4.2.3";
    const SHA256: &str = "2.16.840.1.101.3.4.2.1";
    let octets = |value: Vec<u8>| Node::Primitive(0x04, value);
    let digest = |digest: Digest| octets(digest.hash(&common::module()).unwrap());
    let content_type = || attribute("1.2.840.113549.1.9.3", vec![oid("1.2.840.113549.1.7.1")]);
    let message_digest = |values| attribute("1.2.840.113549.1.9.4", values);
    let right = || vec![content_type(), message_digest(vec![digest(Digest::Sha512)])];
    let allowed = Policy::STRICT.allowing_signed_attributes();
    let both = |cms: &[u8]| {
        let file = with_cms(cms);
        let strict = judge(&file);
        let lenient = verify(&file, &trust_all(), &allowed);
        (strict.kind(), lenient.kind(), linux(&strict))
    };
    let rejected = || Refused(Errno::EKEYREJECTED);
    // Right: refused for its form, unless that is allowed.
    let cms = with_attributes(right(), SHA512, 0x31);
    assert_eq!(both(&cms), (Kind::RefusedByPolicy, Kind::Good, rejected()));
    assert!(matches!(judge(&with_cms(&cms)).findings[0].problem, Problem::SignedAttributes));
    assert_eq!(both(&message("mldsa65-ossl35.sf35.sha512")), (Kind::RefusedByPolicy, Kind::Good, rejected()));
    // With SHA-256 Linux refuses them even with the waiver.
    let sha256 = vec![content_type(), message_digest(vec![digest(Digest::Sha256)])];
    assert_eq!(
        both(&with_attributes(sha256, SHA256, 0x31)),
        (Kind::RefusedByPolicy, Kind::RefusedByPolicy, rejected())
    );
    // Signed with the tag that they are written with.
    assert_eq!(
        both(&with_attributes(right(), SHA512, 0xa0)),
        (Kind::BadSignature, Kind::BadSignature, rejected())
    );
    // Wrong digest, in attributes that are rightly signed.
    let mut wrong = Digest::Sha512.hash(&common::module()).unwrap();
    wrong[63] ^= 1;
    for value in [wrong, vec![], vec![0; 64], Digest::Sha512.hash(&common::module()).unwrap()[..63].to_vec()]
    {
        let cms = with_attributes(vec![content_type(), message_digest(vec![octets(value)])], SHA512, 0x31);
        assert_eq!(both(&cms), (Kind::BadSignature, Kind::BadSignature, rejected()));
    }
    // Missing, doubled, empty, of a wrong type: whatever the signature says.
    let odd = [
        (vec![content_type()], Refused(Errno::EBADMSG)),
        (vec![message_digest(vec![digest(Digest::Sha512)])], Refused(Errno::EBADMSG)),
        (vec![attribute("1.2.3", vec![NULL])], Refused(Errno::EBADMSG)),
        (vec![content_type(), content_type(), message_digest(vec![digest(Digest::Sha512)])], NotPredicted),
        (
            vec![
                content_type(),
                message_digest(vec![digest(Digest::Sha512)]),
                message_digest(vec![digest(Digest::Sha512)]),
            ],
            NotPredicted,
        ),
        (
            vec![content_type(), message_digest(vec![digest(Digest::Sha512), digest(Digest::Sha512)])],
            NotPredicted,
        ),
        (
            vec![
                attribute("1.2.840.113549.1.9.3", vec![oid("1.2.840.113549.1.7.2")]),
                message_digest(vec![digest(Digest::Sha512)]),
            ],
            NotPredicted,
        ),
        (
            vec![attribute("1.2.840.113549.1.9.3", vec![NULL]), message_digest(vec![digest(Digest::Sha512)])],
            NotPredicted,
        ),
        (
            vec![attribute("1.2.840.113549.1.9.3", vec![]), message_digest(vec![digest(Digest::Sha512)])],
            NotPredicted,
        ),
        (vec![content_type(), message_digest(vec![NULL])], NotPredicted),
    ];
    for (attributes, answer) in odd {
        let what = format!("{attributes:?}");
        let (strict, lenient, linux) = both(&with_attributes(attributes, SHA512, 0x31));
        assert_eq!((strict, lenient), (Kind::Malformed, Kind::Malformed), "{what}");
        assert_eq!(linux, answer, "{what}");
    }
    // The module's own signature under right attributes is not one over the attributes.
    let mut tree = Node::parse(&message(GOOD));
    tree.at(path::SIGNER).children().insert(3, Node::Constructed(0xa0, right()));
    assert_eq!(both(&tree.der()), (Kind::BadSignature, Kind::BadSignature, rejected()));
}

/// A message with these SignerInfos, as they come.
fn of_signers(signers: Vec<Node>) -> Vec<u8> {
    let mut tree = Node::parse(&message(GOOD));
    *tree.at(path::SIGNERS).children() = signers;
    tree.der()
}

/// CVE-2026-3336: only the first or the last of several signers checked.
#[test]
fn several_signers() {
    let signer = |name: &str| Node::parse(&message(name)).at(path::SIGNER).clone();
    let (one, two) = (signer(GOOD), signer("mldsa44-ossl40.sf40.sha512"));
    let unknown = signer("wrong-mldsa65.sf40.sha512");
    let bad = |signer: &Node| {
        let mut signer = signer.clone();
        signer.at(&[path::SIGNATURE]).value()[1000] ^= 1;
        signer
    };
    let unsupported = |digits: &'static str| {
        let mut signer = two.clone();
        signer.children()[path::ALGORITHM] = algorithm(digits);
        signer
    };
    let rejected = || Refused(Errno::EKEYREJECTED);
    let cases = [
        (vec![one.clone(), two.clone()], Kind::Good, Loaded),
        (vec![two.clone(), one.clone()], Kind::Good, Loaded),
        (vec![one.clone(), bad(&two)], Kind::BadSignature, rejected()),
        (vec![bad(&two), one.clone()], Kind::BadSignature, rejected()),
        (vec![one.clone(), bad(&one)], Kind::BadSignature, rejected()),
        (vec![bad(&one), one.clone()], Kind::BadSignature, rejected()),
        // Linux is content with one trusted signer; the strict verdict is not.
        (vec![unknown.clone(), one.clone()], Kind::UnknownSigner, Loaded),
        (vec![one.clone(), unknown.clone()], Kind::UnknownSigner, Loaded),
        (vec![one.clone(), bad(&unknown)], Kind::UnknownSigner, Loaded),
        (vec![unknown.clone(), unknown.clone()], Kind::UnknownSigner, Refused(Errno::ENOKEY)),
        (
            vec![one.clone(), unsupported("2.16.840.1.101.3.4.3.20")],
            Kind::Unsupported,
            Refused(Errno::ENOPKG),
        ),
        (vec![unsupported("1.2.3.4"), one.clone()], Kind::Unsupported, Refused(Errno::ENOPKG)),
    ];
    for (number, (signers, kind, answer)) in cases.into_iter().enumerate() {
        let count = signers.len();
        let verdict = judge(&with_cms(&of_signers(signers)));
        assert_eq!(
            (verdict.kind(), linux(&verdict)),
            (kind, answer),
            "case {number}: {:?}",
            verdict.findings
        );
        assert_eq!(verdict.signers.len(), count);
    }
    // Attributes on one of two.
    let mixed = of_signers(vec![one.clone(), signer("mldsa44-ossl35.sf35.sha512")]);
    let verdict = judge(&with_cms(&mixed));
    assert_eq!((verdict.kind(), linux(&verdict)), (Kind::RefusedByPolicy, Refused(Errno::EINVAL)));
    // The order of the set is told, not judged.
    let orders = [vec![one.clone(), two.clone()], vec![two, one]];
    let warned = orders.map(|signers| judge(&with_cms(&of_signers(signers))).warnings.len());
    assert!(warned == [0, 1] || warned == [1, 0], "{warned:?}");
}

/// Unsigned attributes are warned about: nothing depends on them.
#[test]
fn unsigned_attributes() {
    let extra = Node::Constructed(0xa1, vec![attribute("1.2.3", vec![NULL])]);
    let verdict = changed(GOOD, |t| t.at(path::SIGNER).children().push(extra));
    assert_eq!((verdict.kind(), linux(&verdict)), (Kind::Good, Loaded));
    assert!(matches!(verdict.warnings[..], [Warning::UnsignedAttributes { .. }]));
    let broken = Node::Constructed(0xa1, vec![NULL]);
    assert_eq!(changed(GOOD, |t| t.at(path::SIGNER).children().push(broken)).kind(), Kind::Malformed);
}

/// BER and bytes after the message, which Linux loads; garbage, which it does not.
#[test]
fn not_der() {
    let good = message(GOOD);
    let cases = [
        ([&good[..], &[0]].concat(), NotPredicted),
        ([&good[..], &[0, 0]].concat(), NotPredicted),
        ([&[0x30, 0x80], &good[4..], &[0, 0]].concat(), NotPredicted),
        (good[..good.len() - 1].to_vec(), Refused(Errno::EBADMSG)),
        (good[..good.len() / 2].to_vec(), Refused(Errno::EBADMSG)),
        (vec![0xee; 300], Refused(Errno::EBADMSG)),
    ];
    for (cms, answer) in cases {
        let verdict = judge(&with_cms(&cms));
        assert_eq!((verdict.kind(), linux(&verdict)), (Kind::Malformed, answer), "{:?}", verdict.findings);
    }
    // sig_len one more and one less than the CMS.
    for change in [1, -1] {
        let mut file = with_cms(&good);
        let at = file.len() - 28 - 4;
        let sig_len = (good.len() as i32 + change) as u32;
        file[at..at + 4].copy_from_slice(&sig_len.to_be_bytes());
        assert_eq!(judge(&file).kind(), Kind::Malformed);
    }
    assert!(cms::parse(&good).is_ok());
}

/// Pure ML-DSA with an empty context, and nothing else: what signs the digest, or with a context, is wrong.
#[test]
fn only_pure_ml_dsa_with_an_empty_context() {
    let key = mldsa::dynamic::AnySigningKey::from_expanded(
        mldsa::dynamic::Parameters::MlDsa65,
        &expanded_key("mldsa65-ossl40"),
    )
    .unwrap();
    let module = common::module();
    let digest = Digest::Sha512.hash(&module).unwrap();
    let context = Context::new(b"module").unwrap();
    for (message, context, kind) in [
        (&module, Context::EMPTY, Kind::Good),
        (&module, context, Kind::BadSignature),
        (&digest, Context::EMPTY, Kind::BadSignature),
    ] {
        let signature = key.sign(message, context, &Rnd::DETERMINISTIC).as_bytes().to_vec();
        let verdict = changed(GOOD, |t| *t.at(&[1, 0, 3, 0, 4]).value() = signature);
        assert_eq!(verdict.kind(), kind);
    }
}

/// Two trusted certificates with one key identifier: any that verifies is enough, and Linux's choice is not guessed.
#[test]
fn one_identifier_two_certificates() {
    let own = certificate("mldsa65-ossl40");
    let mut tree = Node::parse(certificate("wrong-mldsa65").as_der());
    let id = own.subject_key_id().unwrap();
    *tree.at(&[0, 7, 0, 2, 1]).value() = [&[0x04, 20], id].concat();
    let impostor = modsig::cert::Certificate::from_der(&tree.der()).unwrap();
    let file = common::signed("mldsa65-ossl40.sf40.sha512.k");
    for store in [[own.clone(), impostor.clone()], [impostor.clone(), own]] {
        let verdict = verify(&file, &store.into_iter().collect(), &Policy::default());
        assert_eq!((verdict.kind(), linux(&verdict)), (Kind::Good, NotPredicted));
    }
    let alone: TrustStore = [impostor].into_iter().collect();
    assert_eq!(verify(&file, &alone, &Policy::default()).kind(), Kind::BadSignature);
}

/// Each byte of CMS and trailer, flipped: never good. Kills: any byte that nothing looks at.
#[test]
fn every_flipped_byte_is_noticed() {
    let (key, own) = (private_key("mldsa44-ossl40"), certificate("mldsa44-ossl40"));
    let signer = Signer::new(&key, &own, Options::default()).unwrap();
    let module = b"a small module";
    let file = [&module[..], &signer.sign(module, &Rnd::DETERMINISTIC).unwrap()].concat();
    let store = trust(&["mldsa44-ossl40"]);
    assert!(verify(&file, &store, &Policy::default()).is_good());
    let mut tried = 0;
    for at in 0..file.len() {
        // Every bit where the structure is; one bit a byte in the signature itself.
        let in_signature = (module.len() + 161..module.len() + 2581).contains(&at);
        let flips: &[u8] = if in_signature { &[1 << (at % 8)] } else { &[1, 2, 4, 8, 16, 32, 64, 128, 255] };
        for flip in flips {
            let mut changed = file.clone();
            changed[at] ^= flip;
            let verdict = verify(&changed, &store, &Policy::default());
            assert!(!verdict.is_good(), "byte {at} ^ {flip:#x}");
            tried += 1;
        }
    }
    assert_eq!(tried, 2420 + 9 * (file.len() - 2420));
}
