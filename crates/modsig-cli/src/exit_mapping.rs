//! Maps the results of `modsig` to exit codes and error messages. No other file does.

use crate::error::CliError;
use crate::exit::Exit;
use modsig::algorithm::Digest;
use modsig::cert::CertError;
use modsig::kernel::Answer;
use modsig::key::{ExternalError, KeyError};
use modsig::signer::{SignError, SignerError};
use modsig::trailer::TrailerError;
use modsig::trust::TrustStore;
use modsig::verdict::{Kind, Policy, Problem, Verdict, verify};

/// The exit code for a kind of verdict.
#[must_use]
pub const fn exit_of(kind: Kind) -> Exit {
    match kind {
        Kind::Good => Exit::Good,
        Kind::Unsigned => Exit::Unsigned,
        Kind::UnknownSigner => Exit::Untrusted,
        Kind::RefusedByPolicy | Kind::Unsupported | Kind::TooExpensive => Exit::Refused,
        Kind::BadSignature => Exit::BadSignature,
        // `Kind` may grow: an unknown kind is never good.
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

/// The error for a verdict that is not good: its decisive finding and the answer of Linux 7.2.
#[must_use]
pub fn verdict_error(verdict: &Verdict) -> CliError {
    verdict_error_with(verdict, "Linux 7.2")
}

/// The same for a kernel with a name of its own.
#[must_use]
pub fn verdict_error_with(verdict: &Verdict, linux: &str) -> CliError {
    let exit = exit_of(verdict.kind());
    let error = match verdict.findings.first() {
        Some(finding) => {
            let error = match &finding.problem {
                Problem::Kernel(answer) if answer.is_too_expensive() => CliError::new(
                    exit,
                    "the kernel's answer is not predicted",
                    "verify it with --policy default",
                ),
                Problem::Kernel(answer) if answer.is_unchecked() => CliError::new(
                    exit,
                    "Linux does not check its signature",
                    "use a kernel with CONFIG_MODULE_SIG=y, or verify it with --policy default",
                ),
                // The kernel's answer follows on the next line.
                Problem::Kernel(_) => {
                    CliError::new(exit, "Linux refuses it", "sign it as this kernel requires")
                }
                problem => CliError::new(exit, problem.to_string(), problem.remedy()),
            };
            match finding.offset {
                // usize to u64: no target of this program has wider addresses.
                Some(offset) => error.at(offset as u64),
                None => error,
            }
        }
        // A verdict without findings is good and has no error; fall back on its kind.
        None => CliError::new(exit, name_of(verdict.kind()), ""),
    };
    error.with_kernel(kernel_line(linux, &verdict.kernel))
}

/// Verifies a complete signed file as it would be written. A fault in memory or processor during signing, or an error in this
/// program, ends here.
///
/// # Errors
/// [`Exit::Internal`] if it does not verify with `own`, the signer's certificate.
pub fn check_fresh(file: &[u8], own: &TrustStore) -> Result<(), CliError> {
    let verdict = verify(file, own, &Policy::default());
    if verdict.is_good() {
        return Ok(());
    }
    let why = verdict.findings.first().map_or_else(String::new, |finding| finding.problem.to_string());
    let what = format!("the fresh signature does not verify, nothing was written ({why})");
    Err(CliError::internal(what))
}

/// What the kernel named `linux` answers, for [`CliError::kernel`].
#[must_use]
pub fn kernel_line(linux: &str, answer: &Answer) -> String {
    format!("{linux}: {answer}")
}

/// The error for a malformed trailer.
#[must_use]
pub fn trailer_error(error: &TrailerError) -> CliError {
    let what = format!("malformed signature trailer: {}", error.problem);
    CliError::new(Exit::Malformed, what, error.problem.remedy()).at(error.offset as u64)
}

/// The exit code for a token that did not sign.
const fn exit_of_token(error: &ExternalError) -> Exit {
    match error {
        ExternalError::Refused(_) => Exit::Refused,
        ExternalError::Unavailable(_) => Exit::Io,
        // A wrong signature; `ExternalError` may grow.
        _ => Exit::Internal,
    }
}

/// The error for a private key that cannot be used.
#[must_use]
pub fn key_error(error: &KeyError) -> CliError {
    let exit = match error {
        KeyError::UnsupportedAlgorithm { .. }
        | KeyError::Encrypted
        | KeyError::WrongPassphrase
        | KeyError::UnsupportedEncryption { .. }
        | KeyError::CostlyEncryption
        | KeyError::RsaSize { .. }
        | KeyError::NoSeed
        | KeyError::NoTraditionalForm
        | KeyError::NotExportable => Exit::Refused,
        _ => Exit::Malformed,
    };
    with_message(exit, error)
}

/// The error for a certificate that cannot be used or made.
#[must_use]
pub fn certificate_error(error: &CertError) -> CliError {
    let exit = match error {
        CertError::UnsupportedAlgorithm { .. } | CertError::WeakSignature(_) => Exit::Refused,
        // These come from --common-name, --days, --subject and --serial.
        CertError::CommonName | CertError::Validity | CertError::Subject { .. } | CertError::Serial => {
            Exit::Usage
        }
        CertError::IssuerSignature => Exit::BadSignature,
        CertError::Fault => Exit::Internal,
        CertError::External(error) => exit_of_token(error),
        _ => Exit::Malformed,
    };
    with_message(exit, error)
}

/// The error for a key and a certificate that cannot sign together.
#[must_use]
pub fn signer_error(error: &SignerError) -> CliError {
    let exit = match error {
        SignerError::KeyDoesNotMatchCertificate { .. } | SignerError::NoSubjectKeyId => Exit::Malformed,
        _ => Exit::Refused,
    };
    with_message(exit, error)
}

/// The digest that `argument` names, if modules may be signed with it.
///
/// # Errors
/// [`Exit::Usage`] for a name of no digest, [`Exit::Refused`] for a digest that is not accepted.
pub fn digest_named(argument: &str, name: &str) -> Result<Digest, CliError> {
    let digest = Digest::from_name(name).ok_or_else(|| {
        let known = Digest::SIGNING.map(Digest::name).join(", ");
        let what = format!("{argument} {name} is not a digest algorithm");
        CliError::new(Exit::Usage, what, format!("use one of {known}"))
    })?;
    if let Some(weakness) = digest.weakness() {
        return Err(signer_error(&SignerError::WeakDigest { digest, weakness }));
    }
    if !Digest::SIGNING.contains(&digest) {
        return Err(signer_error(&SignerError::UnsupportedDigest(digest)));
    }
    Ok(digest)
}

/// The error for a module that could not be signed.
#[must_use]
pub fn sign_error(error: &SignError) -> CliError {
    let exit = match error {
        SignError::CmsTooLong(_) => Exit::Malformed,
        SignError::External(error) => exit_of_token(error),
        _ => Exit::Internal,
    };
    with_message(exit, error)
}

/// An error of `modsig`, whose message says what is wrong, where, and what to do.
fn with_message(exit: Exit, error: &impl std::error::Error) -> CliError {
    CliError::new(exit, error.to_string(), "")
}
