//! Verifying: what is right or wrong with a file, where, what to do, and what Linux says.
//!
//! A verdict is *good* only if there is at least one signer and every signer's signature was verified with the
//! key of a trusted certificate, and nothing at all was found against the file.

use core::fmt;

use crate::algorithm::{Digest, Weakness};
use crate::asn1::DerError;
use crate::kernel::Answer;
use crate::trailer::{TrailerProblem, Unsigned};
use crate::trust::TrustStore;

/// What is accepted beyond the strict default.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Policy {
    /// Accept right signatures over signed attributes (OpenSSL 3.5's form), which Linux takes only with
    /// `CONFIG_PKCS7_WAIVE_AUTHATTRS_REJECTION_FOR_MLDSA`.
    pub allow_signed_attributes: bool,
}

/// The kind of a verdict; a program's exit code hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Signed by a trusted key, and nothing wrong.
    Good,
    /// No signature.
    Unsigned,
    /// No trusted certificate for the signer.
    UnknownSigner,
    /// Right, but of a form or with an algorithm that is refused: SHA-1, signed attributes, …
    RefusedByPolicy,
    /// An algorithm that is recognised but not supported (yet), or not known at all.
    Unsupported,
    /// Not a well-formed signature.
    Malformed,
    /// The signature does not belong to these bytes and this key.
    BadSignature,
}

/// The verdict on one file.
#[derive(Debug, Clone)]
pub struct Verdict {
    kind: Kind,
    /// What was found against the file, the decisive finding first; empty if good.
    pub findings: Vec<Finding>,
    /// Things to know that change no verdict.
    pub warnings: Vec<Warning>,
    /// What is known of each SignerInfo, in their order.
    pub signers: Vec<SignerReport>,
    /// How many bytes of the file are the module.
    pub module_len: usize,
    /// What Linux 7.2 (strict, enforcing, with the same trusted certificates) answers; `None` where this crate
    /// does not predict it yet.
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
}

/// One thing wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where in the file, if it is somewhere.
    pub offset: Option<usize>,
    /// Which SignerInfo (from 0), if it is about one.
    pub signer: Option<usize>,
    /// What.
    pub problem: Problem,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// No signature.
    Unsigned(Unsigned),
    /// The trailer is malformed.
    Trailer(TrailerProblem),
    /// The CMS is not the DER that it should be.
    Der(DerError),
    /// A digest that is refused, and where it stands, such as `SignerInfo.digestAlgorithm`.
    WeakDigest {
        /// Which digest.
        digest: Digest,
        /// Why it is refused.
        weakness: Weakness,
        /// The field.
        field: &'static str,
    },
    // … more in the filled-in version: versions, content, algorithms, attributes, unknown signer, bad signature
}

impl Problem {
    /// The kind of verdict that this leads to.
    pub fn kind(&self) -> Kind {
        unimplemented!()
    }

    /// What a user can do about it, in one sentence.
    pub fn remedy(&self) -> &'static str {
        unimplemented!()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// `at offset N: what; what to do`.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.problem)
    }
}

/// Something to know that changes no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The module part ends in a signature of its own; Linux checks the outer one only.
    DoublySigned,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

/// What is known of one SignerInfo.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SignerReport {
    /// The signer as the SignerInfo names it: the issuer's text and the serial number, or the key identifier, in hex.
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

/// Verifies a file: module and appended signature.
pub fn verify(file: &[u8], trust: &TrustStore, policy: &Policy) -> Verdict {
    unimplemented!("{} {} {:?}", file.len(), trust.certificates().len(), policy)
}

/// Verifies a detached signature (`.p7s`): the CMS alone, over `module`. Offsets are those in the CMS.
pub fn verify_detached(module: &[u8], cms: &[u8], trust: &TrustStore, policy: &Policy) -> Verdict {
    unimplemented!("{} {} {} {:?}", module.len(), cms.len(), trust.certificates().len(), policy)
}
