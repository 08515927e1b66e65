//! `module-key show`: what a file of keys and certificates holds. Never a secret.

use crate::credentials::read_secret;
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
}

/// Runs the verb.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) {
    for path in &arguments.files {
        if let Err(failure) = show(path, terminal) {
            terminal.failure(path, &failure);
        }
    }
}

fn show(path: &Path, terminal: &mut Terminal) -> Result<(), Failure> {
    let bytes = read_secret(path)?;
    let (key, certificates) = contents(&bytes)?;
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
    Err(Failure::new(Exit::Malformed, "holds a private key and no certificate that belongs to it", advice))
}

/// What is in the file, whatever form it has.
fn contents(bytes: &[u8]) -> Result<(Option<PrivateKey>, Vec<Certificate>), Failure> {
    if looks_like_pem(bytes) {
        let key = match PrivateKey::from_pem_or_der(bytes) {
            Ok(key) => Some(key),
            Err(KeyError::NoPrivateKey { .. }) => None,
            Err(error) => return Err(key_failure(&error)),
        };
        return match Certificate::read_all(bytes) {
            Ok(certificates) => Ok((key, certificates)),
            Err(CertError::NoCertificate { .. }) if key.is_some() => Ok((key, Vec::new())),
            Err(error) => Err(certificate_failure(&error)),
        };
    }
    let not_a_certificate = match Certificate::read_all(bytes) {
        Ok(certificates) => return Ok((None, certificates)),
        Err(error) => error,
    };
    match PrivateKey::from_der(bytes) {
        Ok(key) => Ok((Some(key), Vec::new())),
        // Not a key's structure at all: then what is wrong with it as a certificate tells more.
        Err(KeyError::Der(_)) => Err(certificate_failure(&not_a_certificate)),
        Err(error) => Err(key_failure(&error)),
    }
}

fn fits(key: &PrivateKey, certificate: &Certificate) -> bool {
    let mismatch = Signer::new(key, certificate, Options::default()).err();
    !matches!(mismatch, Some(SignerError::KeyDoesNotMatchCertificate { .. }))
}

fn show_certificate(certificate: &Certificate, terminal: &mut Terminal) {
    let own_signature = if !certificate.is_self_issued() {
        "issued by another key"
    } else {
        match certificate.check_self_signature() {
            Ok(()) => "self-signed, verified",
            Err(CertError::SelfSignature) => "self-signed, and the signature is BAD",
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
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
