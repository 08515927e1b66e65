//! RSA and ECDSA signatures: good with strong digests and keys, refused by name with weak ones.

use crate::common::{self, NULL, Node, algorithm, certificate, path, trust, with_cms};
use crate::{Linux::Loaded, evaluate, linux, message};
use modsig::algorithm::Digest;
use modsig::kernel::Errno;
use modsig::trust::TrustStore;
use modsig::verdict::{EmbeddedCertificates, KeyKind, Kind, Policy, Problem, Verdict, Warning, verify};

fn all_of(name: &str) -> TrustStore {
    trust(&[name])
}

fn evaluate_with(name: &str, cms: &[u8], policy: &Policy) -> Verdict {
    verify(&with_cms(cms), &all_of(name), policy)
}

/// Every signature of the kernel's `sign-file`. Kills: a digest that is not the SignerInfo's, a weak one accepted.
#[test]
fn the_kernels_signatures() {
    let mut tried = 0;
    for (key, digests) in [
        ("rsa2048", &["sha256", "sha512"][..]),
        ("rsa4096", &["sha224", "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"]),
        ("p256", &["sha256", "sha512"]),
        ("p384", &["sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"]),
        ("p521", &["sha256", "sha512"]),
    ] {
        for digest in digests {
            let cms = common::cms(&format!("{key}.sf40.{digest}"));
            let verdict = evaluate_with(key, &cms, &Policy::DEFAULT);
            let weak = matches!(*digest, "sha1" | "sha224");
            let kind = if weak { Kind::RefusedByPolicy } else { Kind::Good };
            assert_eq!((verdict.kind(), linux(&verdict)), (kind, Loaded), "{key} {digest}");
            assert!(verdict.signers[0].verified);
            if weak {
                let Problem::WeakDigest { digest: named, .. } = verdict.findings[0].problem else { panic!() };
                assert_eq!(named.name(), *digest);
            }
            assert_eq!(evaluate_with(key, &cms, &Policy::KERNEL).kind(), Kind::Good);
            assert_eq!(evaluate_with(key, &cms, &Policy::CNSA2).kind(), Kind::RefusedByPolicy);
            tried += 1;
        }
    }
    assert_eq!(tried, 21);
}

/// Parameters and digests of the algorithms must be those of the RFCs; Linux checks neither.
#[test]
fn parameters() {
    let changed = |key: &str, change: &dyn Fn(&mut Node)| {
        let mut tree = Node::parse(&common::cms(&format!("{key}.sf40.sha512")));
        change(&mut tree);
        let verdict = evaluate(&with_cms(&tree.der()));
        (verdict.kind(), verdict.kernel.refusal)
    };
    let signer = |tree: &mut Node, at: usize| tree.at(path::SIGNER).children()[at].children().clone();
    let set = |at: usize, nodes: Vec<Node>| {
        move |tree: &mut Node| *tree.at(path::SIGNER).children()[at].children() = nodes.clone()
    };
    let rsa = signer(&mut Node::parse(&common::cms("rsa4096.sf40.sha512")), path::ALGORITHM);
    let sha512 = algorithm("2.16.840.1.101.3.4.2.3").children().clone();
    let with_null = [sha512.clone(), vec![NULL]].concat();
    let accepted = None;
    for (key, at, nodes, expected) in [
        ("rsa4096", path::ALGORITHM, rsa[..1].to_vec(), (Kind::Malformed, accepted)),
        ("rsa4096", path::DIGEST, with_null.clone(), (Kind::Good, accepted)),
        ("p384", path::DIGEST, with_null.clone(), (Kind::Good, accepted)),
        ("p384", path::DIGEST, [sha512, vec![algorithm("1.2.3")]].concat(), (Kind::Malformed, accepted)),
        // ECDSA with SHA-384 in the name, SHA-512 in digestAlgorithm: Linux uses the latter.
        (
            "p384",
            path::ALGORITHM,
            algorithm("1.2.840.10045.4.3.3").children().clone(),
            (Kind::Malformed, accepted),
        ),
        (
            "p384",
            path::ALGORITHM,
            [algorithm("1.2.840.10045.4.3.4").children().clone(), vec![NULL]].concat(),
            (Kind::Malformed, accepted),
        ),
        ("p384", path::ALGORITHM, rsa.clone(), (Kind::BadSignature, Some(Errno::EKEYREJECTED))),
        (
            "rsa4096",
            path::ALGORITHM,
            algorithm("1.2.840.113549.1.1.13").children().clone(),
            (Kind::Unsupported, Some(Errno::ENOPKG)),
        ),
    ] {
        assert_eq!(changed(key, &set(at, nodes.clone())), expected, "{key} {at} {nodes:?}");
    }
}

/// The requirements of a policy on keys, digests, embedded certificates and signers.
#[test]
fn policies() {
    let rsa = || common::cms("rsa2048.sf40.sha512");
    let kind = |policy: &Policy| evaluate_with("rsa2048", &rsa(), policy).kind();
    let policy = || Policy::DEFAULT;
    assert_eq!(kind(&policy()), Kind::Good);
    assert_eq!(kind(&policy().with_rsa_bits(3072..=4096).unwrap()), Kind::RefusedByPolicy);
    assert_eq!(kind(&policy().with_rsa_bits(2048..=2048).unwrap()), Kind::Good);
    assert_eq!(kind(&policy().with_algorithms([KeyKind::ML_DSA_65]).unwrap()), Kind::RefusedByPolicy);
    assert_eq!(kind(&policy().with_algorithms([KeyKind::Rsa]).unwrap()), Kind::Good);
    assert_eq!(kind(&policy().with_digests([Digest::Sha3_256]).unwrap()), Kind::RefusedByPolicy);
    assert_eq!(kind(&policy().with_min_signers(2).unwrap()), Kind::RefusedByPolicy);
    // Two signers, and the same one twice.
    let infos = |names: [&str; 2]| {
        let mut tree = Node::parse(&message("mldsa65-ossl40.sf40.sha512"));
        *tree.at(path::SIGNERS).children() =
            names.map(|name| Node::parse(&message(name)).at(path::SIGNER).clone()).to_vec();
        with_cms(&tree.der())
    };
    let two = policy().with_min_signers(2).unwrap();
    let both = infos(["mldsa65-ossl40.sf40.sha512", "mldsa44-ossl40.sf40.sha512"]);
    assert_eq!(verify(&both, &common::trust_all(), &two).kind(), Kind::Good);
    let twice = infos(["mldsa65-ossl40.sf40.sha512", "mldsa65-ossl40.sf40.sha512"]);
    let verdict = verify(&twice, &common::trust_all(), &two);
    assert!(
        matches!(verdict.findings[..], [ref finding] if finding.problem == Problem::TooFewSigners { found: 1, wanted: 2 })
    );
    // An embedded certificate.
    let mut tree = Node::parse(&rsa());
    let own = Node::parse(certificate("rsa2048").as_der());
    tree.at(path::SIGNED_DATA).children().insert(3, Node::Constructed(0xa0, vec![own]));
    let inside = |policy: &Policy| evaluate_with("rsa2048", &tree.der(), policy);
    let warned = inside(&policy());
    assert_eq!(warned.kind(), Kind::Good);
    assert!(matches!(warned.warnings[..], [Warning::EmbeddedCertificates { count: 1, .. }]));
    assert!(inside(&policy().with_embedded_certificates(EmbeddedCertificates::Allow)).warnings.is_empty());
    let refused = inside(&policy().with_embedded_certificates(EmbeddedCertificates::Refuse));
    assert_eq!((refused.kind(), linux(&refused)), (Kind::RefusedByPolicy, Loaded));
    // CNSA 2.0 requires ML-DSA-87.
    let cnsa = |name: &str| verify(&common::signed(name), &common::trust_all(), &Policy::CNSA2).kind();
    assert_eq!(cnsa("mldsa87-ossl40.sf40.sha512"), Kind::Good);
    assert_eq!(cnsa("mldsa65-ossl40.sf40.sha512"), Kind::RefusedByPolicy);
}

/// The preset `kernel` follows the kernel, and the findings of the strict verifier become warnings.
#[test]
fn the_kernel_decides() {
    let good = common::cms("p384.sf40.sha512");
    let trailing = [&good[..], &[0]].concat();
    let verdict = evaluate_with("p384", &trailing, &Policy::KERNEL);
    assert!(verdict.is_good() && verdict.findings.is_empty());
    assert!(matches!(verdict.warnings[..], [Warning::Found(_)]));
    assert_eq!(evaluate_with("p384", &trailing, &Policy::DEFAULT).kind(), Kind::Malformed);
    for (trusted, cms, kind) in [
        ("rsa4096", good.clone(), Kind::UnknownSigner),
        ("p384", good[..good.len() - 1].to_vec(), Kind::Malformed),
        ("mldsa65-ossl35", message("mldsa65-ossl35.sf35.sha512"), Kind::RefusedByPolicy),
        ("mldsa44-ossl40", common::cms("mldsa44-ossl40.sf40.shake256"), Kind::Unsupported),
    ] {
        let verdict = evaluate_with(trusted, &cms, &Policy::KERNEL);
        assert_eq!(verdict.kind(), kind, "{trusted}");
        assert!(
            matches!(verdict.findings[..], [ref finding] if matches!(finding.problem, Problem::Kernel(_)))
        );
    }
    let unsigned = verify(&common::module(), &common::trust_all(), &Policy::KERNEL);
    assert_eq!(unsigned.kind(), Kind::Unsigned);
}
