//! Messages and modules with one change.

use crate::common::{self, NULL, Node, algorithm, certificate, oid, path, trust_all};
use crate::{
    GOOD,
    Linux::{self, Loaded, Refused},
    attribute, changed, expanded_key, linux, message,
};
use mldsa::{Context, Rnd};
use modsig::algorithm::Digest;
use modsig::kernel::Errno;
use modsig::verdict::{Finding, Kind, Policy, Problem, Warning, verify_detached};

/// A change to the message, and the expected result.
type Case = (&'static str, Box<dyn FnOnce(&mut Node)>, Kind, Linux);

fn case(what: &'static str, change: impl FnOnce(&mut Node) + 'static, kind: Kind, answer: Linux) -> Case {
    (what, Box::new(change), kind, answer)
}

/// Messages that differ from a good one in one field. A real kernel gave the same answers.
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
            Kind::Malformed,
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
            Loaded,
        ),
    ];
    let count = cases.len();
    for (what, change, kind, answer) in cases {
        let verdict = changed(GOOD, change);
        assert_eq!((verdict.kind(), linux(&verdict)), (kind, answer), "{what}: {:?}", verdict.findings);
    }
    assert_eq!(count, 32);
    // The algorithms are compared first: signatures with 44 and 87 and a key of 65 are reported as a mismatch.
    for other in ["2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.19"] {
        let verdict = changed(GOOD, |t| t.at(path::SIGNER).children()[3] = algorithm(other));
        assert!(matches!(verdict.findings[..], [Finding { problem: Problem::AlgorithmMismatch { .. }, .. }]));
    }
    // Version 1 of SignedData and SignerInfo with a key identifier.
    let verdict = changed("mldsa65-ossl40.sf40.sha512.k", |t| {
        t.at(path::VERSION).value()[0] = 1;
        t.at(&[1, 0, 3, 0, 0]).value()[0] = 1;
    });
    assert_eq!((verdict.kind(), linux(&verdict)), (Kind::Malformed, Refused(Errno::EINVAL)));
    // The trusted issuer and serial number, but another key: the signature is wrong.
    let other = Node::parse(&common::cms("wrong-mldsa65.sf40.sha512")).at(&[1, 0, 3, 0, 4]).clone();
    let verdict = changed(GOOD, |t| *t.at(&[1, 0, 3, 0, 4]) = other);
    assert_eq!((verdict.kind(), linux(&verdict)), (Kind::BadSignature, bad()));
}

/// Versions: the broken rule is named, where both could be. Kills: a wrong identifier reported as a mixed version.
#[test]
fn versions() {
    use Problem::{IdentifierVersion, SignedDataVersion, SignerVersion};
    let both = |signed_data, signer| SignerVersion { signed_data, signer };
    let by_id = "mldsa65-ossl40.sf40.sha512.k";
    for (name, signed_data, signer, expected) in [
        (GOOD, 1, 1, vec![]),
        (GOOD, 3, 3, vec![IdentifierVersion { version: 3 }]),
        (GOOD, 1, 3, vec![both(1, 3)]),
        (GOOD, 3, 1, vec![both(3, 1)]),
        (GOOD, 1, 2, vec![both(1, 2)]),
        (GOOD, 4, 1, vec![SignedDataVersion(4), both(4, 1)]),
        (GOOD, 4, 4, vec![SignedDataVersion(4), both(4, 4)]),
        (by_id, 3, 3, vec![]),
        (by_id, 1, 1, vec![IdentifierVersion { version: 1 }]),
        (by_id, 1, 3, vec![both(1, 3)]),
        (by_id, 3, 1, vec![both(3, 1)]),
    ] {
        let verdict = changed(name, |tree| {
            tree.at(path::VERSION).value()[0] = signed_data;
            tree.at(path::SIGNER).at(&[path::SIGNER_VERSION]).value()[0] = signer;
        });
        let problems: Vec<_> = verdict.findings.into_iter().map(|finding| finding.problem).collect();
        assert_eq!(problems, expected, "{name} {signed_data} {signer}");
    }
}

/// The module: first, middle and last byte changed, one byte more, one less.
#[test]
fn changed_modules() {
    let module = common::module();
    let cms = message(GOOD);
    let evaluate = |module: &[u8]| verify_detached(module, &cms, &trust_all(), &Policy::default());
    assert!(evaluate(&module).is_good());
    for at in [0, module.len() / 2, module.len() - 1] {
        let mut module = module.clone();
        module[at] ^= 0x80;
        assert_eq!(
            (evaluate(&module).kind(), linux(&evaluate(&module))),
            (Kind::BadSignature, Refused(Errno::EKEYREJECTED))
        );
    }
    for module in [&module[1..], &module[..module.len() - 1], &[&module[..], &[0]].concat(), &[]] {
        assert_eq!(evaluate(module).kind(), Kind::BadSignature);
    }
}

/// Unsigned attributes give a warning: nothing depends on them.
#[test]
fn unsigned_attributes() {
    let extra = Node::Constructed(0xa1, vec![attribute("1.2.3", vec![NULL])]);
    let verdict = changed(GOOD, |t| t.at(path::SIGNER).children().push(extra));
    assert_eq!((verdict.kind(), linux(&verdict)), (Kind::Good, Loaded));
    assert!(matches!(verdict.warnings[..], [Warning::UnsignedAttributes { .. }]));
    let broken = Node::Constructed(0xa1, vec![NULL]);
    assert_eq!(changed(GOOD, |t| t.at(path::SIGNER).children().push(broken)).kind(), Kind::Malformed);
}

/// Pure ML-DSA with an empty context only: a signature of the digest, or with a context, is wrong.
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
