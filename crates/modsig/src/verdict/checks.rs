//! The checks that were performed, their outcomes, and the findings.

use core::fmt;

use super::{Finding, Problem, Warning};
use crate::algorithm::Digest;

/// One check, in the order in which they are performed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// What was checked; one of [`Check::NAMES`].
    pub name: &'static str,
    /// Offset in the file, if the check has one.
    pub offset: Option<usize>,
    /// Index of the SignerInfo (from 0), if the check is about one.
    pub signer: Option<usize>,
    /// The outcome.
    pub outcome: Outcome,
}

/// The outcome of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Passed.
    Passed,
    /// Passed, with a warning.
    Warned,
    /// Failed: there is a finding.
    Failed,
    /// Not performed, because its input is missing or wrong.
    Skipped,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        })
    }
}

impl Check {
    /// The compressed file is one that Linux unpacks.
    pub const CONTAINER: &'static str = "compression";
    /// The file ends in the marker.
    pub const MARKER: &'static str = "marker";
    /// The 12 bytes of `struct module_signature`.
    pub const TRAILER: &'static str = "trailer";
    /// The CMS is DER with the structure of SignedData, and no byte follows it.
    pub const STRUCTURE: &'static str = "structure";
    /// SignedData.version.
    pub const VERSION: &'static str = "version";
    /// SignedData.digestAlgorithms: at least one, none weak.
    pub const DIGEST_ALGORITHMS: &'static str = "digest algorithms";
    /// eContentType is data, and the content is detached.
    pub const CONTENT: &'static str = "content";
    /// Certificates inside the message.
    pub const CERTIFICATES: &'static str = "certificates";
    /// The number of signers that the policy requires.
    pub const SIGNERS: &'static str = "signers";
    /// SignerInfo.version matches SignedData.version and the identifier.
    pub const SIGNER_VERSION: &'static str = "signer version";
    /// SignerInfo.digestAlgorithm: known, strong, listed, allowed.
    pub const DIGEST: &'static str = "digest";
    /// SignerInfo.signatureAlgorithm: known, with the required parameters and digest.
    pub const ALGORITHM: &'static str = "algorithm";
    /// contentType and messageDigest of the signed attributes.
    pub const ATTRIBUTES: &'static str = "signed attributes";
    /// A trusted certificate of the signer.
    pub const TRUST: &'static str = "trusted certificate";
    /// The trusted certificate itself: how it is signed, and its lints.
    pub const CERTIFICATE: &'static str = "certificate";
    /// The key is of an allowed type and length.
    pub const KEY: &'static str = "key";
    /// The signature verifies.
    pub const SIGNATURE: &'static str = "signature";
    /// Unsigned attributes.
    pub const UNSIGNED_ATTRIBUTES: &'static str = "unsigned attributes";
    /// The digest of the signed file, if digests of files are revoked.
    pub const REVOCATION: &'static str = "revoked files";
    /// The kernel's answer, if the policy follows it.
    pub const KERNEL: &'static str = "kernel";

    /// All names, in the order of the checks.
    pub const NAMES: [&'static str; 20] = [
        Self::CONTAINER,
        Self::MARKER,
        Self::TRAILER,
        Self::STRUCTURE,
        Self::VERSION,
        Self::DIGEST_ALGORITHMS,
        Self::CONTENT,
        Self::CERTIFICATES,
        Self::SIGNER_VERSION,
        Self::DIGEST,
        Self::ALGORITHM,
        Self::ATTRIBUTES,
        Self::TRUST,
        Self::CERTIFICATE,
        Self::KEY,
        Self::SIGNATURE,
        Self::UNSIGNED_ATTRIBUTES,
        Self::SIGNERS,
        Self::REVOCATION,
        Self::KERNEL,
    ];
}

/// Collects checks, findings and warnings.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    pub(super) checks: Vec<Check>,
    pub(super) findings: Vec<Finding>,
    pub(super) warnings: Vec<Warning>,
    /// The SignerInfo that is being checked.
    pub(super) signer: Option<usize>,
    /// The offset in the file to which offsets are relative.
    pub(super) base: usize,
}

impl Diagnostics {
    /// Starts a check: it passes unless there is a finding.
    pub(super) fn check(&mut self, name: &'static str, offset: impl Into<Option<usize>>) {
        let offset = offset.into().map(|offset| self.base + offset);
        self.checks.push(Check { name, offset, signer: self.signer, outcome: Outcome::Passed });
    }

    /// Records a check that cannot be performed.
    pub(super) fn skip(&mut self, name: &'static str, offset: impl Into<Option<usize>>) {
        self.check(name, offset);
        self.set(Outcome::Skipped);
    }

    /// Adds a finding of the current check.
    pub(super) fn find(&mut self, offset: impl Into<Option<usize>>, problem: Problem) {
        let offset = offset.into().map(|offset| self.base + offset);
        let check = self.checks.last().map_or(Check::KERNEL, |check| check.name);
        self.findings.push(Finding { offset, signer: self.signer, check, problem });
        self.set(Outcome::Failed);
    }

    /// Adds a warning of the current check.
    pub(super) fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
        if self.checks.last().is_some_and(|check| check.outcome == Outcome::Passed) {
            self.set(Outcome::Warned);
        }
    }

    /// Adds a finding if a digest is weak.
    pub(super) fn find_weak(&mut self, offset: usize, digest: Option<Digest>, field: &'static str) {
        if let Some((digest, weakness)) = digest.and_then(|digest| Some((digest, digest.weakness()?))) {
            self.find(offset, Problem::WeakDigest { digest, weakness, field });
        }
    }

    /// Whether the current check has no finding.
    pub(super) fn passed(&self) -> bool {
        self.checks.last().is_none_or(|check| check.outcome != Outcome::Failed)
    }

    fn set(&mut self, outcome: Outcome) {
        if let Some(last) = self.checks.last_mut() {
            last.outcome = outcome;
        }
    }
}
