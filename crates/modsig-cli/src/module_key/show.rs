//! `module-key show`: what a file of keys and certificates holds. Never a secret.

use crate::certificate_fate::fate_alone;
use crate::credentials::{AboutFile, Passphrase, decrypt, read_secret};
use crate::decisions::{certificate_failure, key_failure};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;
use clap::Args;
use modsig::algorithm::Digest;
use modsig::cert::{CertError, Certificate};
use modsig::key::{KeyError, KeyForm, PrivateKey};
use modsig::pem::looks_like_pem;
use modsig::signer::{Options, Signer, SignerError};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  module-key show signing_key.pem signing_key.x509

A file that holds a private key and only certificates of other keys is reported as broken (exit code 7).
";

/// Show what a file of keys and certificates holds (never secrets)
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// PEM or DER files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    passphrase: Passphrase,
}

/// Runs the verb.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) {
    for path in &arguments.files {
        if let Err((path, failure)) = show(path, &arguments.passphrase, terminal) {
            terminal.failure(path, &failure);
        }
    }
}

fn show<'a>(
    path: &'a Path,
    passphrase: &'a Passphrase,
    terminal: &mut Terminal,
) -> Result<(), AboutFile<'a>> {
    let (key, certificates) = contents(path, passphrase)?;
    terminal.say(format_args!("{}:", path.display()));
    if let Some(key) = &key {
        let form = match key.form() {
            Some(KeyForm::Seed) => ", seed",
            Some(KeyForm::Expanded) => ", expanded, without its seed",
            Some(KeyForm::Both) => ", seed and expanded key",
            None => "",
        };
        terminal.say(format_args!("  private key    {}{form}", key.algorithm()));
    }
    let mut belongs = certificates.is_empty() || key.is_none();
    for certificate in &certificates {
        show_certificate(certificate, terminal);
        if let Some(key) = &key {
            let fits = fits(key, certificate);
            belongs |= fits;
            let words = if fits { "yes" } else { "no" };
            terminal.say(format_args!("    belongs to the private key: {words}"));
        }
    }
    if belongs {
        return Ok(());
    }
    let advice = "put the certificate into it that was made for the key";
    let what = "holds a private key and no certificate that belongs to it";
    Err((path, Failure::new(Exit::Malformed, what, advice)))
}

/// What is in a file, whatever form it has: a private key, certificates, or both.
///
/// # Errors
/// The file that is at fault; a file with neither is one.
pub(super) fn contents<'a>(
    path: &'a Path,
    passphrase: &'a Passphrase,
) -> Result<(Option<PrivateKey>, Vec<Certificate>), AboutFile<'a>> {
    let here = |failure| (path, failure);
    let bytes = read_secret(path).map_err(here)?;
    if looks_like_pem(&bytes) {
        let key = match decrypt(&bytes, passphrase)? {
            Ok(key) => Some(key),
            Err(KeyError::NoPrivateKey { .. }) => None,
            Err(error) => return Err(here(key_failure(&error))),
        };
        return match Certificate::read_all(&bytes) {
            Ok(certificates) => Ok((key, certificates)),
            Err(CertError::NoCertificate { .. }) if key.is_some() => Ok((key, Vec::new())),
            Err(error) => Err(here(certificate_failure(&error))),
        };
    }
    let not_a_certificate = match Certificate::read_all(&bytes) {
        Ok(certificates) => return Ok((None, certificates)),
        Err(error) => error,
    };
    match decrypt(&bytes, passphrase)? {
        Ok(key) => Ok((Some(key), Vec::new())),
        // Not a key's structure at all: then what is wrong with it as a certificate tells more.
        Err(KeyError::Der(_)) => Err(here(certificate_failure(&not_a_certificate))),
        Err(error) => Err(here(key_failure(&error))),
    }
}

fn fits(key: &PrivateKey, certificate: &Certificate) -> bool {
    let mismatch = Signer::new(key, certificate, Options::default()).err();
    !matches!(mismatch, Some(SignerError::KeyDoesNotMatchCertificate { .. }))
}

fn show_certificate(certificate: &Certificate, terminal: &mut Terminal) {
    let own_signature = if !certificate.claims_self_signature() {
        "issued by another key"
    } else {
        match certificate.check_self_signature() {
            Ok(()) => "self-signed, verified",
            Err(CertError::SelfSignature) => "self-signed, and the signature is BAD",
            Err(CertError::SignatureParameters { .. }) => "self-signed, verified",
            Err(_) => "self-signed, not verified",
        }
    };
    terminal.say(format_args!("  certificate    {}", certificate.public_key()));
    let mut line = |name: &str, value: &str| terminal.say(format_args!("    {name:<12} {value}"));
    line("subject", &certificate.subject());
    line("issuer", &certificate.issuer());
    line("serial", &hex(certificate.serial()));
    line("key id", &certificate.subject_key_id().map_or_else(|| "none".to_owned(), hex));
    line("valid", &format!("{} to {}", certificate.not_before(), certificate.not_after()));
    line("signature", &format!("{}, {own_signature}", certificate.signature_algorithm_name()));
    if let Some(fingerprint) = Digest::Sha256.hash(certificate.as_der()) {
        line("SHA-256", &hex(&fingerprint));
    }
    for lint in certificate.lints() {
        line("warning", &lint.to_string());
    }
    if let Some(failure) = fate_alone(certificate) {
        line("warning", &failure.to_string());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
