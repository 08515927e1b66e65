//! Weak digests are refused by name, before any other finding.

use crate::common::{self, NULL, Node, algorithm, certificate, oid, path};
use crate::{GOOD, changed, evaluate};
use modsig::algorithm::Digest;
use modsig::trust::TrustStore;
use modsig::verdict::{Kind, Policy, Problem, Verdict, verify};

/// SHA-1 is reported first, before other problems, wherever it is, and even with an empty trust store.
#[test]
fn weak_digests_come_first() {
    let field = |verdict: &Verdict| match &verdict.findings[0].problem {
        Problem::WeakDigest { digest, field, .. } => (*digest, *field),
        other => panic!("{other:?}"),
    };
    let rsa = common::signed("rsa4096.sf40.sha1");
    assert_eq!(field(&evaluate(&rsa)), (Digest::Sha1, "SignedData.digestAlgorithms"));
    assert_eq!(
        field(&verify(&rsa, &TrustStore::new(), &Policy::default())),
        (Digest::Sha1, "SignedData.digestAlgorithms")
    );
    let sha1 = || algorithm("1.3.14.3.2.26");
    let md5 = || algorithm("1.2.840.113549.2.5");
    // Only in the message's list, only in the signer, only in the signature algorithm.
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
    // In the trusted certificate's own signature, while the module's signature is valid.
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
    // In an embedded certificate.
    let weak = Node::parse(certificate("rsa2048-sha1").as_der());
    let verdict =
        changed(GOOD, |t| t.at(path::SIGNED_DATA).children().insert(3, Node::Constructed(0xa0, vec![weak])));
    assert_eq!(field(&verdict), (Digest::Sha1, "the signature of a certificate inside"));
    for text in [verdict.findings[0].to_string(), evaluate(&rsa).findings[0].to_string()] {
        assert!(text.contains("sha1") && text.contains("refused"), "{text}");
    }
}
