//! Verifying: what is wrong with a file, where, what to do, and what Linux does with it.
//!
//! There are two independent verifiers. The strict verifier in this module reads DER, requires every signer to verify
//! and follows a [`Policy`]. The kernel model in [`crate::kernel`] does what Linux does. They share digests and results
//! of verifications ([`crate::module_cache`]), so nothing is computed twice.
//!
//! A verdict is *good* only if there is at least one signer, the key of a trusted certificate verified every signer's
//! signature, and there is no finding. (With [`Policy::KERNEL`] it is good if and only if the kernel loads the file.)

mod attributes;
mod batch;
mod checks;
mod context;
mod examine;
mod policy;
mod problem;
mod signature;

use core::cell::RefCell;
use core::fmt;

use crate::cert::Lint;
use crate::cms::CmsError;
use crate::kernel::{self, Answer};
use crate::module_cache::ModuleCache;
use crate::trailer::{self, Split};
use crate::trust::TrustStore;
use crate::work::Work;

pub use batch::{BatchVerifier, Evaluation};
pub use checks::{Check, Outcome};
pub use policy::{EmbeddedCertificates, KeyKind, Policy, PolicyError};
pub use problem::Problem;

use checks::Diagnostics;
use context::VerifyContext;

/// The kind of a verdict; it determines a program's exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Signed by a trusted key, without findings.
    Good,
    /// No signature.
    Unsigned,
    /// No trusted certificate of the signer.
    UnknownSigner,
    /// The form or an algorithm is refused: SHA-1, signed attributes, and others.
    RefusedByPolicy,
    /// An algorithm that is unknown, or recognised but not supported.
    Unsupported,
    /// Evaluating it costs more than any real signature does ([`Problem::TooExpensive`]).
    TooExpensive,
    /// Not a well-formed signature.
    Malformed,
    /// The signature does not match the module and the key.
    BadSignature,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good",
            Self::Unsigned => "unsigned",
            Self::UnknownSigner => "unknown signer",
            Self::RefusedByPolicy => "refused by policy",
            Self::Unsupported => "unsupported",
            Self::TooExpensive => "too expensive to evaluate",
            Self::Malformed => "malformed",
            Self::BadSignature => "bad signature",
        })
    }
}

/// The verdict on one file.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Verdict {
    kind: Kind,
    /// The findings, decisive one first; empty if and only if the file is good.
    pub findings: Vec<Finding>,
    /// Facts that do not change the verdict.
    pub warnings: Vec<Warning>,
    /// A report for each SignerInfo, in the same order.
    pub signers: Vec<SignerReport>,
    /// Every check performed, in order.
    pub checks: Vec<Check>,
    /// The length of the module part of the file, in bytes.
    pub module_len: usize,
    /// The predicted answer of Linux 7.2, configured as in [`Policy::kernel`], with the same trusted certificates.
    pub kernel: Answer,
}

impl Verdict {
    /// Whether the file is good.
    pub fn is_good(&self) -> bool {
        self.kind == Kind::Good
    }

    /// The kind.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Creates the verdict for these diagnostics.
    fn new(diagnostics: Diagnostics, signers: Vec<SignerReport>, module_len: usize, kernel: Answer) -> Self {
        let Diagnostics { checks, mut findings, warnings, .. } = diagnostics;
        findings.sort_by_key(|finding| finding.problem.rank());
        let all_verified = !signers.is_empty() && signers.iter().all(|report| report.verified);
        let kind = match findings.first() {
            Some(decisive) => decisive.problem.kind(),
            None if all_verified => Kind::Good,
            // Every signer that was not verified has a finding. If one ever has none, reject the file.
            None => Kind::BadSignature,
        };
        Self { kind, findings, warnings, signers, checks, module_len, kernel }
    }

    /// The verdict on a compressed file for which `self` is the verdict on the module, if Linux itself cannot unpack
    /// the file. `defect` is the reason. `answer` is Linux's answer to the file as stored; `None` if kmod unpacks the
    /// file for that kernel, so that Linux gets the module.
    #[must_use]
    pub fn of_compressed(mut self, defect: String, answer: Option<Answer>, policy: &Policy) -> Self {
        let unpacked_by_linux = answer.is_some();
        if let Some(answer) = answer {
            self.kernel = answer;
        }
        let finding = Finding {
            offset: None,
            signer: None,
            check: Check::CONTAINER,
            problem: Problem::Container(defect),
        };
        let check = Check { name: Check::CONTAINER, offset: None, signer: None, outcome: Outcome::Failed };
        self.checks.insert(0, check);
        if !policy.is_kernels() {
            self.findings.push(finding);
            self.findings.sort_by_key(|finding| finding.problem.rank());
            self.kind = self.findings.first().map_or(Kind::RefusedByPolicy, |finding| finding.problem.kind());
            return self;
        }
        if !unpacked_by_linux {
            self.warnings.push(Warning::Found(finding));
            return self;
        }
        self.checks.retain(|check| check.name != Check::KERNEL);
        self.findings.retain(|finding| !matches!(finding.problem, Problem::Kernel(_)));
        self.findings.push(finding);
        self.decided_by_kernel()
    }

    /// Follows the kernel's answer: findings become warnings.
    fn decided_by_kernel(mut self) -> Self {
        let findings = core::mem::take(&mut self.findings);
        self.warnings.extend(findings.into_iter().map(Warning::Found));
        for check in &mut self.checks {
            if check.outcome == Outcome::Failed {
                check.outcome = Outcome::Warned;
            }
        }
        let mut diagnostics =
            Diagnostics { checks: core::mem::take(&mut self.checks), ..Diagnostics::default() };
        diagnostics.check(Check::KERNEL, None);
        self.kind = Kind::Good;
        if !self.kernel.loads() || self.kernel.is_unchecked() {
            let problem = Problem::Kernel(self.kernel.clone());
            self.kind = problem.kind();
            diagnostics.find(None, problem);
        }
        (self.checks, self.findings) = (diagnostics.checks, diagnostics.findings);
        self
    }
}

/// One thing wrong. Displayed as `at offset N: problem; remedy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Offset in the file, if the finding has one.
    pub offset: Option<usize>,
    /// Index of the SignerInfo (from 0), if the finding is about one.
    pub signer: Option<usize>,
    /// The check that found it: one of [`Check::NAMES`].
    pub check: &'static str,
    /// The problem.
    pub problem: Problem,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(offset) = self.offset {
            write!(f, "at offset {offset}: ")?;
        }
        write!(f, "{}; {}", self.problem, self.problem.remedy())
    }
}

/// A fact that does not change the verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The module part ends in a second signature; Linux checks only the outer one.
    DoublySigned {
        /// Where the inner marker ends: the length of the module part.
        offset: usize,
    },
    /// A SignerInfo has unsigned attributes: nothing authenticates them, and Linux ignores them.
    UnsignedAttributes {
        /// Their offset.
        offset: usize,
    },
    /// A set is not in DER order. RFC 5652 requires DER order only in signed attributes.
    SetNotSorted {
        /// The field.
        field: &'static str,
        /// Its offset.
        offset: usize,
    },
    /// The message contains certificates: the strict verifier does not trust them, but Linux parses them.
    EmbeddedCertificates {
        /// Their number.
        count: usize,
        /// The offset of the first.
        offset: usize,
    },
    /// A lint of a signer's certificate.
    Certificate {
        /// Its subject.
        subject: String,
        /// The lint.
        lint: Lint,
    },
    /// A finding of the strict verifier, if the policy follows the kernel.
    Found(Finding),
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoublySigned { offset } => {
                write!(
                    f,
                    "signed twice: the module ends in another signature at offset {offset}; Linux checks only the outer one"
                )
            }
            Self::UnsignedAttributes { offset } => {
                write!(f, "unsigned attributes at offset {offset}: nothing authenticates them")
            }
            Self::SetNotSorted { field, offset } => {
                write!(f, "{field} at offset {offset} is not sorted as DER requires")
            }
            Self::EmbeddedCertificates { count: 1, offset } => {
                write!(f, "a certificate in the CMS at offset {offset}: it is not needed and not trusted")
            }
            Self::EmbeddedCertificates { count, offset } => write!(
                f,
                "{count} certificates in the CMS from offset {offset}: they are not needed and not trusted"
            ),
            Self::Certificate { subject, lint } => write!(f, "{subject}: {lint}"),
            Self::Found(finding) => write!(f, "{finding}"),
        }
    }
}

/// What is known about one SignerInfo.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignerReport {
    /// The signer as named in the SignerInfo: issuer and serial number as text, or the key identifier.
    pub identifier: String,
    /// The subject of the trusted certificate, if one was found.
    pub subject: Option<String>,
    /// The trusted certificate's key, if one was found: `RSA-4096`, `ML-DSA-65`.
    pub key: Option<String>,
    /// The name of the signature algorithm, or the digits of its OID: `ML-DSA-65`.
    pub algorithm: String,
    /// The name of the digest algorithm, or the digits of its OID: `sha512`.
    pub digest: String,
    /// Whether there are signed attributes.
    pub signed_attributes: bool,
    /// Whether the key of a trusted certificate verified the signature. `false` also if this was not tried.
    pub verified: bool,
    /// Offset of the SignerInfo.
    pub offset: usize,
}

/// Verifies a file: a module and its appended signature. Hashes the module once for each digest of its signers, and
/// once for each ML-DSA key that it is verified with, at most 16. Each public-key operation is computed once; a file
/// that requires too many is [`Kind::TooExpensive`].
pub fn verify(file: &[u8], trust: &TrustStore, policy: &Policy) -> Verdict {
    match trailer::split(file) {
        Ok(Split::Signed(signed)) => {
            verify_with_cache(&ModuleCache::new(signed.module), signed.cms, trust, policy)
        }
        Ok(Split::Unsigned(how)) => {
            let mut diagnostics = Diagnostics::default();
            diagnostics.check(Check::MARKER, None);
            diagnostics.find(None, Problem::Unsigned(how));
            finish(diagnostics, file, file.len(), trust, policy)
        }
        Err(error) => {
            let mut diagnostics = Diagnostics::default();
            diagnostics.check(Check::MARKER, file.len() - trailer::MARKER.len());
            diagnostics.check(Check::TRAILER, error.offset);
            diagnostics.find(error.offset, Problem::Trailer(error.problem));
            finish(diagnostics, file, 0, trust, policy)
        }
    }
}

/// The verdict on a file without a CMS.
fn finish(
    diagnostics: Diagnostics,
    file: &[u8],
    module_len: usize,
    trust: &TrustStore,
    policy: &Policy,
) -> Verdict {
    let answer = kernel::answer(file, &trust.keyring(policy.kernel()));
    let verdict = Verdict::new(diagnostics, Vec::new(), module_len, answer);
    if policy.is_kernels() { verdict.decided_by_kernel() } else { verdict }
}

/// Verifies the parts of a signed file ([`trailer::split`]) with the cached results of the module. Offsets are those in
/// the file.
pub fn verify_with_cache(
    cache: &ModuleCache<'_>,
    cms: &[u8],
    trust: &TrustStore,
    policy: &Policy,
) -> Verdict {
    let module = cache.module();
    let mut diagnostics = Diagnostics::default();
    diagnostics.check(Check::MARKER, module.len() + cms.len() + trailer::INFO_LEN);
    if module.ends_with(trailer::MARKER) {
        diagnostics.warn(Warning::DoublySigned { offset: module.len() });
    }
    diagnostics.check(Check::TRAILER, module.len() + cms.len());
    diagnostics.base = module.len();
    evaluate(diagnostics, cms, cache, trust, policy)
}

/// Verifies a detached signature (`.p7s`): only the CMS, over `module`. Offsets are those in the CMS. The kernel's
/// answer is the one to module and CMS joined into a signed file.
pub fn verify_detached(module: &[u8], cms: &[u8], trust: &TrustStore, policy: &Policy) -> Verdict {
    evaluate(Diagnostics::default(), cms, &ModuleCache::new(module), trust, policy)
}

/// Runs both verifiers.
fn evaluate(
    mut diagnostics: Diagnostics,
    cms: &[u8],
    cache: &ModuleCache<'_>,
    trust: &TrustStore,
    policy: &Policy,
) -> Verdict {
    let work = RefCell::new(Work::new(cache.memo()));
    let context = VerifyContext { cache, trust, policy, work: &work };
    diagnostics.check(Check::STRUCTURE, 0);
    let signers = match crate::cms::parse(cms) {
        Ok(signed_data) => examine::examine(cms, &signed_data, context, &mut diagnostics),
        Err(CmsError::Der(error)) => {
            let problem = Problem::Der { field: error.field, problem: error.problem };
            diagnostics.find(error.offset, problem);
            Vec::new()
        }
        Err(CmsError::NotSignedData { offset, content_type }) => {
            diagnostics.find(offset, Problem::NotSignedData { content_type: content_type.to_string() });
            Vec::new()
        }
    };
    if trust.revokes_files() {
        diagnostics.check(Check::REVOCATION, None);
        if trust.revokes_file(&trailer::sha256_of_file(cache.module(), cms)) {
            diagnostics.find(None, Problem::RevokedFile);
        }
    }
    let answer = kernel::answer_with_cache(cache, cms, &trust.keyring(policy.kernel()));
    // A file of which one verifier evaluated only a part is not good, whatever the other found.
    let found = diagnostics.findings.iter().any(|finding| finding.problem == Problem::TooExpensive);
    if (answer.is_too_expensive() || work.borrow().is_exceeded()) && !found {
        diagnostics.check(Check::KERNEL, None);
        diagnostics.find(None, Problem::TooExpensive);
    }
    let verdict = Verdict::new(diagnostics, signers, cache.module().len(), answer);
    if policy.is_kernels() { verdict.decided_by_kernel() } else { verdict }
}
