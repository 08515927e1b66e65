//! Signed attributes.

use crate::common::{self, NULL, Node, algorithm, oid, path, trust_all, with_cms};
use crate::{GOOD, Linux::Refused, attribute, evaluate, expanded_key, linux, message};
use mldsa::{Context, Rnd};
use modsig::algorithm::Digest;
use modsig::kernel::Errno;
use modsig::verdict::{Kind, Policy, Problem, verify};

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

/// CVE-2026-3338 and similar: attributes accepted without checking their values.
#[test]
fn signed_attributes() {
    const SHA512: &str = "2.16.840.1.101.3.4.2.3";
    const SHA256: &str = "2.16.840.1.101.3.4.2.1";
    let octets = |value: Vec<u8>| Node::Primitive(0x04, value);
    let digest = |digest: Digest| octets(digest.hash(&common::module()).unwrap());
    let content_type = || attribute("1.2.840.113549.1.9.3", vec![oid("1.2.840.113549.1.7.1")]);
    let message_digest = |values| attribute("1.2.840.113549.1.9.4", values);
    let right = || vec![content_type(), message_digest(vec![digest(Digest::Sha512)])];
    let allowed = Policy::DEFAULT.allowing_signed_attributes(true);
    let both = |cms: &[u8]| {
        let file = with_cms(cms);
        let strict = evaluate(&file);
        let lenient = verify(&file, &trust_all(), &allowed);
        (strict.kind(), lenient.kind(), linux(&strict))
    };
    let rejected = || Refused(Errno::EKEYREJECTED);
    // Valid: refused for its form, unless the policy allows it.
    let cms = with_attributes(right(), SHA512, 0x31);
    assert_eq!(both(&cms), (Kind::RefusedByPolicy, Kind::Good, rejected()));
    assert!(matches!(evaluate(&with_cms(&cms)).findings[0].problem, Problem::SignedAttributes));
    assert_eq!(both(&message("mldsa65-ossl35.sf35.sha512")), (Kind::RefusedByPolicy, Kind::Good, rejected()));
    // With SHA-256, Linux rejects them even with the waiver.
    let sha256 = vec![content_type(), message_digest(vec![digest(Digest::Sha256)])];
    assert_eq!(
        both(&with_attributes(sha256, SHA256, 0x31)),
        (Kind::RefusedByPolicy, Kind::RefusedByPolicy, rejected())
    );
    // Signed with the tag `[0]` instead of SET.
    assert_eq!(
        both(&with_attributes(right(), SHA512, 0xa0)),
        (Kind::BadSignature, Kind::BadSignature, rejected())
    );
    // A wrong digest in attributes that are validly signed.
    let mut wrong = Digest::Sha512.hash(&common::module()).unwrap();
    wrong[63] ^= 1;
    for value in [wrong, vec![], vec![0; 64], Digest::Sha512.hash(&common::module()).unwrap()[..63].to_vec()]
    {
        let cms = with_attributes(vec![content_type(), message_digest(vec![octets(value)])], SHA512, 0x31);
        assert_eq!(both(&cms), (Kind::BadSignature, Kind::BadSignature, rejected()));
    }
    // Missing, doubled, empty, of a wrong type: rejected whatever the signature is.
    let odd = [
        (vec![content_type()], Refused(Errno::EBADMSG)),
        (vec![message_digest(vec![digest(Digest::Sha512)])], Refused(Errno::EBADMSG)),
        (vec![attribute("1.2.3", vec![NULL])], Refused(Errno::EBADMSG)),
        (vec![content_type(), content_type(), message_digest(vec![digest(Digest::Sha512)])], rejected()),
        (
            vec![
                content_type(),
                message_digest(vec![digest(Digest::Sha512)]),
                message_digest(vec![digest(Digest::Sha512)]),
            ],
            rejected(),
        ),
        (
            vec![content_type(), message_digest(vec![digest(Digest::Sha512), digest(Digest::Sha512)])],
            rejected(),
        ),
        (
            vec![
                attribute("1.2.840.113549.1.9.3", vec![oid("1.2.840.113549.1.7.2")]),
                message_digest(vec![digest(Digest::Sha512)]),
            ],
            Refused(Errno::EBADMSG),
        ),
        (
            vec![attribute("1.2.840.113549.1.9.3", vec![NULL]), message_digest(vec![digest(Digest::Sha512)])],
            Refused(Errno::EBADMSG),
        ),
        (
            vec![attribute("1.2.840.113549.1.9.3", vec![]), message_digest(vec![digest(Digest::Sha512)])],
            Refused(Errno::EBADMSG),
        ),
        (vec![content_type(), message_digest(vec![NULL])], Refused(Errno::EBADMSG)),
    ];
    for (attributes, answer) in odd {
        let what = format!("{attributes:?}");
        let (strict, lenient, linux) = both(&with_attributes(attributes, SHA512, 0x31));
        assert_eq!((strict, lenient), (Kind::Malformed, Kind::Malformed), "{what}");
        assert_eq!(linux, answer, "{what}");
    }
    // The module's own signature is not a signature over the attributes.
    let mut tree = Node::parse(&message(GOOD));
    tree.at(path::SIGNER).children().insert(3, Node::Constructed(0xa0, right()));
    assert_eq!(both(&tree.der()), (Kind::BadSignature, Kind::BadSignature, rejected()));
}
