//! The record of what was looked at: every check with its outcome, and what was found.

use core::fmt;

use super::{Finding, Problem, Warning};
use crate::algorithm::Digest;

/// One check that was made, in the order in which they are made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// What was checked; one of [`Check::NAMES`].
    pub name: &'static str,
    /// Where in the file, if it is somewhere.
    pub offset: Option<usize>,
    /// Which SignerInfo (from 0), if it is about one.
    pub signer: Option<usize>,
    /// How it went.
    pub outcome: Outcome,
}

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// Nothing wrong.
    Passed,
    /// Nothing wrong, but there is a warning about it.
    Warned,
    /// Something was found against the file.
    Failed,
    /// Not made, as what it needs is missing or wrong.
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
    /// The compression of the file is one that Linux unpacks.
    pub const CONTAINER: &'static str = "compression";
    /// The file ends in the marker.
    pub const MARKER: &'static str = "marker";
    /// The 12 bytes of `struct module_signature`.
    pub const TRAILER: &'static str = "trailer";
    /// The CMS is DER, of the structure of SignedData, and nothing follows it.
    pub const STRUCTURE: &'static str = "structure";
    /// SignedData.version.
    pub const VERSION: &'static str = "version";
    /// SignedData.digestAlgorithms: one at least, none weak.
    pub const DIGEST_ALGORITHMS: &'static str = "digest algorithms";
    /// eContentType is data, and no content is inside.
    pub const CONTENT: &'static str = "content";
    /// Certificates inside the message.
    pub const CERTIFICATES: &'static str = "certificates";
    /// There are as many signers as the policy asks for.
    pub const SIGNERS: &'static str = "signers";
    /// SignerInfo.version goes with SignedData's and with the identifier.
    pub const SIGNER_VERSION: &'static str = "signer version";
    /// SignerInfo.digestAlgorithm: known, strong, listed, allowed.
    pub const DIGEST: &'static str = "digest";
    /// SignerInfo.signatureAlgorithm: known, and its parameters and digest as they must be.
    pub const ALGORITHM: &'static str = "algorithm";
    /// contentType and messageDigest of the signed attributes.
    pub const ATTRIBUTES: &'static str = "signed attributes";
    /// A trusted certificate of the signer.
    pub const TRUST: &'static str = "trusted certificate";
    /// The trusted certificate by itself: how it is signed, and what Linux makes of it.
    pub const CERTIFICATE: &'static str = "certificate";
    /// The key is of an allowed kind, and long enough.
    pub const KEY: &'static str = "key";
    /// The signature verifies.
    pub const SIGNATURE: &'static str = "signature";
    /// Unsigned attributes.
    pub const UNSIGNED_ATTRIBUTES: &'static str = "unsigned attributes";
    /// The kernel's answer, where the policy lets it decide.
    pub const KERNEL: &'static str = "kernel";

    /// All the names, in the order of the checks.
    pub const NAMES: [&'static str; 19] = [
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
        Self::KERNEL,
    ];
}

/// What was looked at and what was found.
#[derive(Debug, Default)]
pub(super) struct Diagnostics {
    pub(super) checks: Vec<Check>,
    pub(super) findings: Vec<Finding>,
    pub(super) warnings: Vec<Warning>,
    /// Which SignerInfo is being looked at.
    pub(super) signer: Option<usize>,
    /// Offset in the file of what offsets are counted from.
    pub(super) base: usize,
}

impl Diagnostics {
    /// Starts a check: it has passed unless something is found.
    pub(super) fn check(&mut self, name: &'static str, offset: impl Into<Option<usize>>) {
        let offset = offset.into().map(|offset| self.base + offset);
        self.checks.push(Check { name, offset, signer: self.signer, outcome: Outcome::Passed });
    }

    /// Notes a check that cannot be made.
    pub(super) fn skip(&mut self, name: &'static str, offset: impl Into<Option<usize>>) {
        self.check(name, offset);
        self.set(Outcome::Skipped);
    }

    /// The check that was started last has found something.
    pub(super) fn find(&mut self, offset: impl Into<Option<usize>>, problem: Problem) {
        let offset = offset.into().map(|offset| self.base + offset);
        let check = self.checks.last().map_or(Check::KERNEL, |check| check.name);
        self.findings.push(Finding { offset, signer: self.signer, check, problem });
        self.set(Outcome::Failed);
    }

    /// The check that was started last has something to warn about.
    pub(super) fn warn(&mut self, warning: Warning) {
        self.warnings.push(warning);
        if self.checks.last().is_some_and(|check| check.outcome == Outcome::Passed) {
            self.set(Outcome::Warned);
        }
    }

    /// Finds a digest that is refused by name.
    pub(super) fn find_weak(&mut self, offset: usize, digest: Option<Digest>, field: &'static str) {
        if let Some((digest, weakness)) = digest.and_then(|digest| Some((digest, digest.weakness()?))) {
            self.find(offset, Problem::WeakDigest { digest, weakness, field });
        }
    }

    /// Whether the check that was started last has found nothing.
    pub(super) fn passed(&self) -> bool {
        self.checks.last().is_none_or(|check| check.outcome != Outcome::Failed)
    }

    fn set(&mut self, outcome: Outcome) {
        if let Some(last) = self.checks.last_mut() {
            last.outcome = outcome;
        }
    }
}
