//! What `modsig` decided, turned into an exit code and a line for people. The only place that does so.

use crate::exit::Exit;
use crate::failure::Failure;
use modsig::algorithm::Digest;
use modsig::cert::CertError;
use modsig::kernel::Answer;
use modsig::key::KeyError;
use modsig::signer::{SignError, SignerError};
use modsig::trailer::TrailerError;
use modsig::verdict::{Kind, Verdict};

/// The exit code that a kind of verdict earns.
#[must_use]
pub const fn exit_of(kind: Kind) -> Exit {
    match kind {
        Kind::Good => Exit::Good,
        Kind::Unsigned => Exit::Unsigned,
        Kind::UnknownSigner => Exit::Untrusted,
        Kind::RefusedByPolicy | Kind::Unsupported | Kind::TooExpensive => Exit::Refused,
        Kind::BadSignature => Exit::BadSignature,
        // `Kind` may grow: what this program does not know it does not call good.
        _ => Exit::Malformed,
    }
}

/// The words for a kind of verdict in a summary.
#[must_use]
pub const fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Good => "good",
        Kind::Unsigned => "not signed",
        Kind::UnknownSigner => "signed by an unknown key",
        Kind::RefusedByPolicy => "refused",
        Kind::Unsupported => "not supported",
        Kind::BadSignature => "bad signature",
        Kind::TooExpensive => "too expensive to evaluate",
        _ => "malformed signature",
    }
}

/// The word for a kind of verdict in JSON. It never changes.
#[must_use]
pub const fn word_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Good => "good",
        Kind::Unsigned => "unsigned",
        Kind::UnknownSigner => "unknown-signer",
        Kind::RefusedByPolicy => "refused-by-policy",
        Kind::Unsupported => "unsupported",
        Kind::BadSignature => "bad-signature",
        Kind::TooExpensive => "too-expensive",
        _ => "malformed",
    }
}

/// A verdict that is not good, by its decisive finding. With what Linux answers.
#[must_use]
pub fn verdict_failure(verdict: &Verdict) -> Failure {
    verdict_failure_with(verdict, "Linux 7.2")
}

/// The same, where the kernel that answers has a name of its own.
#[must_use]
pub fn verdict_failure_with(verdict: &Verdict, linux: &str) -> Failure {
    let exit = exit_of(verdict.kind());
    let failure = match verdict.findings.first() {
        Some(finding) => {
            let failure = Failure::new(exit, finding.problem.to_string(), finding.problem.remedy());
            match finding.offset {
                // usize to u64: no target of this program has wider addresses.
                Some(offset) => failure.at(offset as u64),
                None => failure,
            }
        }
        // A verdict without findings is good, and a good one is no failure; say what can be said.
        None => Failure::new(exit, name_of(verdict.kind()), ""),
    };
    with_answer(failure, linux, &verdict.kernel)
}

/// A failure, and what the kernel that is called `linux` answers to the file.
#[must_use]
pub fn with_answer(mut failure: Failure, linux: &str, answer: &Answer) -> Failure {
    if !failure.advice.is_empty() {
        failure.advice.push_str("; ");
    }
    failure.advice.push_str(&format!("{linux}: {answer}"));
    failure
}

/// A trailer that is broken.
#[must_use]
pub fn trailer_failure(error: &TrailerError) -> Failure {
    let what = format!("malformed signature trailer: {}", error.problem);
    Failure::new(Exit::Malformed, what, error.problem.remedy()).at(error.offset as u64)
}

/// A private key that cannot be used.
#[must_use]
pub fn key_failure(error: &KeyError) -> Failure {
    let exit = match error {
        KeyError::UnsupportedAlgorithm { .. }
        | KeyError::Encrypted
        | KeyError::WrongPassphrase
        | KeyError::LegacyEncryption
        | KeyError::DraftForm { .. }
        | KeyError::UnsupportedEncryption { .. }
        | KeyError::CostlyEncryption
        | KeyError::RsaSize { .. }
        | KeyError::NoSeed
        | KeyError::NoTraditionalForm => Exit::Refused,
        _ => Exit::Malformed,
    };
    telling_all(exit, error)
}

/// A certificate that cannot be used or made.
#[must_use]
pub fn certificate_failure(error: &CertError) -> Failure {
    let exit = match error {
        CertError::UnsupportedAlgorithm { .. } | CertError::WeakSignature(_) => Exit::Refused,
        // These two come from --common-name and --days.
        CertError::CommonName | CertError::Validity => Exit::Usage,
        CertError::Fault => Exit::Internal,
        _ => Exit::Malformed,
    };
    telling_all(exit, error)
}

/// A key and a certificate that cannot sign together.
#[must_use]
pub fn signer_failure(error: &SignerError) -> Failure {
    let exit = match error {
        SignerError::KeyDoesNotMatchCertificate { .. } | SignerError::NoSubjectKeyId => Exit::Malformed,
        _ => Exit::Refused,
    };
    telling_all(exit, error)
}

/// The digest that `argument` names, if modules may be signed with it.
///
/// # Errors
/// [`Exit::Usage`] for a name that is none, [`Exit::Refused`] for a digest that is.
pub fn digest_named(argument: &str, name: &str) -> Result<Digest, Failure> {
    let digest = Digest::from_name(name).ok_or_else(|| {
        let known = Digest::SIGNING.map(Digest::name).join(", ");
        let what = format!("{argument} {name} is not a digest algorithm");
        Failure::new(Exit::Usage, what, format!("use one of {known}"))
    })?;
    if let Some(weakness) = digest.weakness() {
        return Err(signer_failure(&SignerError::WeakDigest { digest, weakness }));
    }
    if !Digest::SIGNING.contains(&digest) {
        return Err(signer_failure(&SignerError::UnsupportedDigest(digest)));
    }
    Ok(digest)
}

/// A module that could not be signed.
#[must_use]
pub fn sign_failure(error: &SignError) -> Failure {
    let exit = match error {
        SignError::CmsTooLong(_) => Exit::Malformed,
        _ => Exit::Internal,
    };
    telling_all(exit, error)
}

/// The errors of `modsig` say themselves what is wrong, where, and what to do.
fn telling_all(exit: Exit, error: &impl std::error::Error) -> Failure {
    Failure::new(exit, error.to_string(), "")
}
