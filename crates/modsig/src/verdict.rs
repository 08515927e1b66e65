//! Verifying: what is right or wrong with a file, where, what to do, and what Linux says.
//!
//! The facts are collected once, by `examine`, which stops at nothing that it can still look behind. Two judges
//! read them: the strict one here, and Linux's rules in [`crate::kernel`].
//!
//! A verdict is *good* only if there is at least one signer and every signer's signature was verified with the
//! key of a trusted certificate, and nothing at all was found against the file.

mod attributes;
mod examine;
mod problem;

use core::fmt;

use crate::cms::CmsError;
use crate::kernel::{Answer, Errno};
use crate::trailer::{self, Split, Unsigned};
use crate::trust::TrustStore;

pub(crate) use attributes::AttributesFact;
pub(crate) use examine::{Check, Facts, SignerFacts};
pub use problem::Problem;

/// What is accepted beyond the strict default, which accepts what a strict Linux loads and less.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policy {
    allow_signed_attributes: bool,
}

impl Policy {
    /// Nothing beyond.
    pub const STRICT: Self = Self { allow_signed_attributes: false };

    /// Accepts right signatures over signed attributes (OpenSSL 3.5's form) with SHA-512, which Linux takes only with
    /// `CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA`.
    #[must_use]
    pub const fn allowing_signed_attributes(mut self) -> Self {
        self.allow_signed_attributes = true;
        self
    }
}

/// The kind of a verdict; a program's exit code hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Signed by a trusted key, and nothing wrong.
    Good,
    /// No signature.
    Unsigned,
    /// No trusted certificate for the signer.
    UnknownSigner,
    /// Of a form or with an algorithm that is refused: SHA-1, signed attributes, …
    RefusedByPolicy,
    /// An algorithm that is recognised but not supported (yet), or not known at all.
    Unsupported,
    /// Not a well-formed signature.
    Malformed,
    /// The signature does not belong to these bytes and this key.
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
    /// What was found against the file, the decisive finding first; empty if and only if it is good.
    pub findings: Vec<Finding>,
    /// Things to know that change no verdict.
    pub warnings: Vec<Warning>,
    /// What is known of each SignerInfo, in their order.
    pub signers: Vec<SignerReport>,
    /// How many bytes of the file are the module.
    pub module_len: usize,
    /// What Linux 7.2 answers, strict, with signatures enforced, and with the same certificates trusted; `None`
    /// where this crate does not predict it yet.
    pub kernel: Option<Answer>,
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

    /// A verdict with a single finding against the file.
    fn against(finding: Finding, module_len: usize, kernel: Option<Answer>) -> Self {
        let kind = finding.problem.kind();
        Self { kind, findings: vec![finding], warnings: Vec::new(), signers: Vec::new(), module_len, kernel }
    }
}

/// One thing wrong. Its text is `at offset N: what; what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where in the file, if it is somewhere.
    pub offset: Option<usize>,
    /// Which SignerInfo (from 0), if it is about one.
    pub signer: Option<usize>,
    /// What.
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

/// Something to know that changes no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The module part ends in a signature of its own; Linux checks the outer one only.
    DoublySigned {
        /// Where the inner marker ends: the length of the module part.
        offset: usize,
    },
    /// A SignerInfo has unsigned attributes: nobody vouches for them, and nobody reads them.
    UnsignedAttributes {
        /// Where they are.
        offset: usize,
    },
    /// A set is not in DER's order. RFC 5652 asks for that in signed attributes only.
    SetNotSorted {
        /// The field.
        field: &'static str,
        /// Where it is.
        offset: usize,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DoublySigned { offset } => {
                write!(
                    f,
                    "signed twice: the module ends in another signature at offset {offset}; Linux checks the outer one only"
                )
            }
            Self::UnsignedAttributes { offset } => {
                write!(f, "unsigned attributes at offset {offset}: nothing vouches for them")
            }
            Self::SetNotSorted { field, offset } => {
                write!(f, "{field} at offset {offset} is not sorted as DER asks")
            }
        }
    }
}

/// What is known of one SignerInfo.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignerReport {
    /// The signer as the SignerInfo names it: the issuer's text and the serial number, or the key identifier.
    pub identifier: String,
    /// The subject of the trusted certificate, if one was found.
    pub subject: Option<String>,
    /// The name of the signature algorithm, or the digits of its OID: `ML-DSA-65`.
    pub algorithm: String,
    /// The name of the digest algorithm, or the digits of its OID: `sha512`.
    pub digest: String,
    /// Whether there are signed attributes.
    pub signed_attributes: bool,
    /// Whether the signature was verified with a trusted key. `false` also if it was not tried.
    pub verified: bool,
}

/// Verifies a file: module and appended signature. Reads the module once for each SignerInfo with a trusted key;
/// a CMS has no room for more than 27 of them.
pub fn verify(file: &[u8], trust: &TrustStore, policy: &Policy) -> Verdict {
    let signed = match trailer::split(file) {
        Ok(Split::Signed(signed)) => signed,
        Ok(Split::Unsigned(how)) => {
            // What Linux answers to an empty file comes from the reading of it, not from here.
            let answer = (how != Unsigned::Empty).then(|| Answer::new(Errno::ENODATA, ""));
            let finding = Finding { offset: None, signer: None, problem: Problem::Unsigned(how) };
            return Verdict::against(finding, file.len(), answer);
        }
        Err(error) => {
            let problem = Problem::Trailer(error.problem);
            let finding = Finding { offset: Some(error.offset), signer: None, problem };
            return Verdict::against(finding, 0, Some(error.problem.kernel_answer()));
        }
    };
    let mut verdict = judge(signed.module, signed.cms, signed.module.len(), trust, policy);
    if signed.is_doubly_signed() {
        verdict.warnings.push(Warning::DoublySigned { offset: signed.module.len() });
    }
    verdict
}

/// Verifies a detached signature (`.p7s`): the CMS alone, over `module`. Offsets are those in the CMS, and the
/// kernel's answer is the one to the two put together.
pub fn verify_detached(module: &[u8], cms: &[u8], trust: &TrustStore, policy: &Policy) -> Verdict {
    judge(module, cms, 0, trust, policy)
}

/// The strict judge. `base` is the CMS's offset in the file.
fn judge(module: &[u8], cms: &[u8], base: usize, trust: &TrustStore, policy: &Policy) -> Verdict {
    let signed_data = match crate::cms::parse(cms) {
        Ok(signed_data) => signed_data,
        Err(error) => {
            let kernel = crate::kernel::answer_to_cms_error(&error);
            let (offset, problem) = match error {
                CmsError::Der(error) => {
                    (error.offset, Problem::Der { field: error.field, problem: error.problem })
                }
                CmsError::NotSignedData { offset, content_type } => {
                    (offset, Problem::NotSignedData { content_type: content_type.to_string() })
                }
            };
            let finding = Finding { offset: Some(base + offset), signer: None, problem };
            return Verdict::against(finding, module.len(), kernel);
        }
    };
    let (facts, reports, mut findings) = examine::examine(&signed_data, module, trust, policy);
    for finding in &mut findings {
        finding.offset = finding.offset.map(|offset| base + offset);
    }
    findings.sort_by_key(|finding| finding.problem.rank());
    let all_verified = !reports.is_empty() && reports.iter().all(|report| report.verified);
    let kind = match findings.first() {
        Some(decisive) => decisive.problem.kind(),
        None if all_verified => Kind::Good,
        // `examine` finds something against every signer that it did not verify. Should it ever not: refuse.
        None => Kind::BadSignature,
    };
    let unsigned = signed_data.signers.iter().filter_map(|signer| signer.unsigned_attributes_offset);
    let unsorted = signed_data.unsorted_sets.iter();
    let warnings = unsigned
        .map(|offset| Warning::UnsignedAttributes { offset: base + offset })
        .chain(unsorted.map(|&(field, offset)| Warning::SetNotSorted { field, offset: base + offset }))
        .collect();
    let kernel = crate::kernel::answer(&facts);
    Verdict { kind, findings, warnings, signers: reports, module_len: module.len(), kernel }
}
