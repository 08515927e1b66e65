//! Embedded certificates: the findings about them, and their offsets.

use crate::common::{self, Node, certificate, module, path, vector, with_cms};
use crate::{
    GOOD,
    Linux::{self, Loaded, Refused},
    evaluate, linux, message,
};
use modsig::cert::CertError;
use modsig::kernel::Errno;
use modsig::verdict::{Check, EmbeddedCertificates, Finding, Kind, Policy, Problem, Warning, verify};

/// The good message with these embedded certificates.
fn with_certificates(certificates: Vec<Node>) -> Vec<u8> {
    let mut tree = Node::parse(&message(GOOD));
    tree.at(path::SIGNED_DATA).children().insert(3, Node::Constructed(0xa0, certificates));
    tree.der()
}

/// Offset of a certificate in the file.
fn place(cms: &[u8], certificate: &Node) -> usize {
    let der = certificate.der();
    module().len() + cms.windows(der.len()).position(|window| window == der).unwrap()
}

/// Certificates that the strict parser accepts but Linux rejects, and with them the whole message. Kills: a strict
/// verifier that calls such a message good.
#[test]
fn certificates_that_linux_refuses() {
    let own = || Node::parse(certificate("mldsa65-ossl40").as_der());
    // Self-signed, with a different first octet of the signature (a part of its hash).
    let mut bad_signature = own();
    bad_signature.at(&[2]).value()[1] ^= 1;
    // The subject is a SEQUENCE, as required, but its contents are not a name.
    let mut no_name = own();
    *no_name.at(&[0, 5]).children() = vec![common::NULL];
    // A subject other than the issuer, and a signature algorithm that Linux does not know.
    let ed25519 = Node::parse(&vector("modsig/kernel-cases/other-ED25519.der"));
    for (what, inside, errno) in [
        ("self-signature", bad_signature, Errno::EKEYREJECTED),
        ("name", no_name, Errno::EBADMSG),
        ("algorithm", ed25519, Errno::ENOPKG),
    ] {
        assert!(modsig::cert::Certificate::from_der(&inside.der()).is_ok(), "{what}");
        let cms = with_certificates(vec![inside.clone()]);
        let verdict = evaluate(&with_cms(&cms));
        let problem = Problem::EmbeddedCertificateRefused(errno);
        let offset = Some(place(&cms, &inside));
        let finding = Finding { offset, signer: None, check: Check::CERTIFICATES, problem };
        assert_eq!(verdict.findings, [finding], "{what}");
        assert_eq!((verdict.kind(), linux(&verdict)), (Kind::Malformed, Refused(errno)), "{what}");
        assert!(verdict.signers[0].verified, "{what}");
        // A policy without objections to certificates still has a finding about this one.
        let allow = Policy::DEFAULT.with_embedded_certificates(EmbeddedCertificates::Allow);
        let verdict = verify(&with_cms(&cms), &common::trust_all(), &allow);
        assert_eq!((verdict.kind(), verdict.warnings.len()), (Kind::Malformed, 0), "{what}");
    }
}

/// A subject other than the issuer: not self-signed, so its signature is verified only in a chain.
fn of_another_subject(certificate: &Node) -> Node {
    let mut other = certificate.clone();
    let name = other.at(&[0, 5, 0, 0, 1]).value();
    *name.last_mut().unwrap() ^= 1;
    other
}

/// Valid certificates that contradict the signature or one another: Linux would load the module without them, but
/// rejects it with them. Kills: a strict verifier that calls such a message good because it looks only at trusted keys.
#[test]
fn certificates_that_contradict() {
    let own = of_another_subject(&Node::parse(certificate("mldsa65-ossl40").as_der()));
    // The signer's name and serial number, with another key.
    let mut other_key = own.clone();
    *other_key.at(&[0, 6, 1]).value().last_mut().unwrap() ^= 1;
    // A certificate with the key identifier of the signer's issuer, which did not sign the signer's certificate.
    let of_issuer = certificate("mldsa65-ossl40").subject_key_id().unwrap().to_vec();
    let stranger = certificate("p384");
    let of_stranger = stranger.subject_key_id().unwrap();
    let mut der = of_another_subject(&Node::parse(stranger.as_der())).der();
    let at = der.windows(of_stranger.len()).position(|window| window == of_stranger).unwrap();
    der[at..][..of_issuer.len()].copy_from_slice(&of_issuer);
    let not_the_issuer = Node::parse(&der);
    for (what, inside) in [("key", vec![other_key]), ("issuer", vec![not_the_issuer, own.clone()])] {
        let cms = with_certificates(inside.clone());
        let verdict = evaluate(&with_cms(&cms));
        let problem = Problem::CertificatesInsideRefused(Errno::EKEYREJECTED);
        let offset = Some(place(&cms, &inside[0]));
        let finding = Finding { offset, signer: None, check: Check::CERTIFICATES, problem };
        assert_eq!(verdict.findings, [finding], "{what}");
        assert_eq!(
            (verdict.kind(), linux(&verdict)),
            (Kind::Malformed, Refused(Errno::EKEYREJECTED)),
            "{what}"
        );
        assert!(verdict.signers[0].verified, "{what}");
    }
    // With the right key it is unnecessary and harmless.
    let verdict = evaluate(&with_cms(&with_certificates(vec![own.clone()])));
    assert_eq!((verdict.kind(), linux(&verdict)), (Kind::Good, Loaded));
    // Other errors of the message are not attributed to the certificates.
    let mut tree = Node::parse(&with_certificates(vec![own]));
    // The SignerInfos follow the certificates.
    *tree.at(&[1, 0, 4, 0, path::SIGNATURE]).value().last_mut().unwrap() ^= 1;
    let verdict = evaluate(&with_cms(&tree.der()));
    assert_eq!(verdict.kind(), Kind::BadSignature);
    assert_eq!(verdict.findings.len(), 1, "{:?}", verdict.findings);
}

/// A second certificate is checked like the first, and a finding has the offset of its certificate. Kills: only the
/// first checked; wrong offsets; a warning with a wrong offset or count.
#[test]
fn each_certificate_is_looked_at() {
    let (one, two) = (certificate("p384"), certificate("mldsa65-ossl40"));
    let (one, mut two) = (Node::parse(one.as_der()), Node::parse(two.as_der()));
    let count_of = |cms: &[u8]| {
        let verdict = evaluate(&with_cms(cms));
        let found: Vec<_> =
            verdict.warnings.iter().filter(|w| matches!(w, Warning::EmbeddedCertificates { .. })).collect();
        let [Warning::EmbeddedCertificates { count, offset }] = found[..] else { panic!("{found:?}") };
        (*count, *offset, found[0].to_string(), linux(&verdict))
    };
    let expected =
        |count: usize, offset: usize, text: &str, answer: Linux| (count, offset, text.to_owned(), answer);
    let cms = with_certificates(vec![one.clone()]);
    let at = place(&cms, &one);
    let text = format!("a certificate in the CMS at offset {at}: it is not needed and not trusted");
    assert_eq!(count_of(&cms), expected(1, at, &text, Loaded));
    let cms = with_certificates(vec![one.clone(), two.clone()]);
    let at = place(&cms, &one);
    let text = format!("2 certificates in the CMS from offset {at}: they are not needed and not trusted");
    assert_eq!(count_of(&cms), expected(2, at, &text, Loaded));
    assert!(evaluate(&with_cms(&cms)).is_good());
    two.at(&[2]).value()[1] ^= 1;
    let cms = with_certificates(vec![one, two.clone()]);
    let verdict = evaluate(&with_cms(&cms));
    assert_eq!(verdict.findings.len(), 1);
    assert_eq!(verdict.findings[0].offset, Some(place(&cms, &two)));
}

/// Bytes that are not a certificate are reported with the parser's message.
#[test]
fn what_is_no_certificate() {
    let inside = common::algorithm("1.2.3");
    let cms = with_certificates(vec![inside.clone()]);
    let verdict = evaluate(&with_cms(&cms));
    let [Finding { offset, check: Check::CERTIFICATES, problem: Problem::EmbeddedCertificate(error), .. }] =
        &verdict.findings[..]
    else {
        panic!("{:?}", verdict.findings)
    };
    assert!(matches!(error, CertError::Der(_)));
    assert_eq!(*offset, Some(place(&cms, &inside)));
}
