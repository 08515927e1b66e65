//! Several signers, several certificates.

use crate::common::{self, Node, algorithm, certificate, path, with_cms};
use crate::{
    GOOD,
    Linux::{Loaded, Refused},
    evaluate, linux, message,
};
use modsig::kernel::Errno;
use modsig::trust::TrustStore;
use modsig::verdict::{Kind, Policy, verify};

/// A message with these SignerInfos, in this order.
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
        // One trusted signer is enough for Linux, but not for the strict verifier.
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
        let verdict = evaluate(&with_cms(&of_signers(signers)));
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
    let verdict = evaluate(&with_cms(&mixed));
    assert_eq!((verdict.kind(), linux(&verdict)), (Kind::RefusedByPolicy, Refused(Errno::EINVAL)));
    // An unsorted set gives a warning, not a finding.
    let orders = [vec![one.clone(), two.clone()], vec![two, one]];
    let warned = orders.map(|signers| evaluate(&with_cms(&of_signers(signers))).warnings.len());
    assert!(warned == [0, 1] || warned == [1, 0], "{warned:?}");
}

/// Two trusted certificates with one key identifier: one that verifies is enough. What Linux chooses is not tested.
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
        assert_eq!((verdict.kind(), linux(&verdict)), (Kind::Good, Loaded));
    }
    let alone: TrustStore = [impostor].into_iter().collect();
    assert_eq!(verify(&file, &alone, &Policy::default()).kind(), Kind::BadSignature);
}
