//! Verdicts: the kernel's fixtures, and messages with one changed field.

#[path = "../common/mod.rs"]
mod common;

mod attributes;
mod ber;
mod embedded;
mod fixtures;
mod kernels;
mod legacy;
mod messages;
mod offsets;
mod origins;
mod signers;
mod texts;
mod weak;

use common::{Node, oid, private_key, trust_all, with_cms};
use modsig::kernel::Errno;
use modsig::verdict::{Check, Kind, Outcome, Policy, Problem, Verdict, verify};

/// The predicted answer of Linux.
#[derive(Debug, PartialEq)]
enum Linux {
    Loaded,
    Refused(Errno),
}
use Linux::{Loaded, Refused};

fn linux(verdict: &Verdict) -> Linux {
    verdict.kernel.refusal.map_or(Loaded, Refused)
}

fn evaluate(file: &[u8]) -> Verdict {
    let verdict = verify(file, &trust_all(), &Policy::default());
    // Invariants of every verdict.
    assert_eq!(verdict.is_good(), verdict.findings.is_empty());
    for finding in &verdict.findings {
        assert!(!finding.problem.remedy().is_empty());
        assert!(finding.offset.is_none_or(|offset| offset < file.len()));
        assert!(!finding.to_string().contains('{'), "{finding}");
    }
    // Every signer is verified or has a finding.
    for (number, report) in verdict.signers.iter().enumerate() {
        let against = verdict.findings.iter().filter(|finding| finding.signer == Some(number));
        let unverified = against.map(|finding| &finding.problem).any(|problem| {
            let attributes =
                matches!(problem, Problem::AttributeCount { .. } | Problem::AttributeValue { .. });
            let unsure = matches!(problem.kind(), Kind::BadSignature | Kind::UnknownSigner);
            attributes || unsure || matches!(problem, Problem::UnsupportedSignature { .. })
        });
        assert_eq!(report.verified, !unverified, "{:?}", verdict.findings);
    }
    // A failed check for each finding, and no other failed check; every check has a known name.
    let failed = verdict.checks.iter().any(|check| check.outcome == Outcome::Failed);
    assert_eq!(failed, !verdict.findings.is_empty());
    assert!(verdict.checks.iter().all(|check| Check::NAMES.contains(&check.name)));
    verdict
}

/// The message of a fixture, changed, instead of the original.
fn changed(name: &str, change: impl FnOnce(&mut Node)) -> Verdict {
    let mut tree = Node::parse(&message(name));
    change(&mut tree);
    evaluate(&with_cms(&tree.der()))
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

fn expanded_key(name: &str) -> Vec<u8> {
    let der = private_key(name).to_der(modsig::key::KeyForm::Expanded).unwrap();
    let inner = Node::parse(&der).at(&[2]).value().clone();
    Node::parse(&inner).value().clone()
}

fn attribute(digits: &str, values: Vec<Node>) -> Node {
    Node::Constructed(0x30, vec![oid(digits), Node::Constructed(0x31, values)])
}
