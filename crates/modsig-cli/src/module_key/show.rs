//! `module-key show`: prints what a file of keys, certificates and requests holds, but never a secret.

use crate::certificate_fate::fate_alone;
use crate::credentials::{CMS_LABELS, decrypt, read_private_key};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::{certificate_error, key_error};
use crate::key_access::{KeyAccess, Passphrase};
use crate::key_file::{KeyFile, note_old_form, open_pkcs12};
use crate::printable::hex;
use crate::recognise::{not_a_key, not_anything};
use crate::terminal::Terminal;
use crate::token_uri::is_uri;
use clap::Args;
use modsig::algorithm::Digest;
use modsig::cert::{CertError, Certificate, Request};
use modsig::cms::{self, EmbeddedCertificate};
use modsig::key::{KeyError, KeyForm, Pkcs12, PrivateKey, looks_like_pkcs12};
use modsig::pem::{blocks, looks_like_pem};
use modsig::public_key::{PublicKey, PublicKeyError};
use modsig::signer::{Options, Signer, SignerError};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  A key and its certificate:
    module-key show signing_key.pem signing_key.x509

  A request, a public key:
    module-key show key.csr signing_key.pub

A file that holds a private key and only certificates of other keys is
reported as broken (exit code 7).
";

/// Show what a file of keys, certificates and requests holds (never secrets)
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// PEM or DER files, or pkcs11: URIs of keys
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    access: KeyAccess,
}

/// Runs the operation. An error in one file does not stop it.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) {
    for path in &arguments.files {
        if let Err(error) = show(path, &arguments.access, terminal).in_file(path) {
            terminal.error(&error);
        }
    }
}

fn show(path: &Path, access: &KeyAccess, terminal: &mut Terminal) -> Result<(), CliError> {
    let contents = read(path, access, true, terminal)?;
    let Contents { key, encrypted, certificates, public_keys, requests } = contents;
    terminal.print(format_args!("{}:", path.display()));
    if let Some(key) = &key {
        let form = match key.form() {
            Some(KeyForm::Seed) => ", seed",
            Some(KeyForm::Expanded) => ", expanded, without its seed",
            Some(KeyForm::Both) => ", seed and expanded key",
            None if key.is_external() => ", in a token",
            None => "",
        };
        terminal.print(format_args!("  private key   {}{form}", key.algorithm()));
    }
    if encrypted {
        terminal.print("  private key   encrypted; --passphrase-file or KBUILD_SIGN_PIN shows more");
    }
    let mut belongs = certificates.is_empty() || key.is_none();
    for certificate in &certificates {
        show_certificate(certificate, terminal);
        if let Some(key) = &key {
            let fits = fits(key, certificate);
            belongs |= fits;
            let words = if fits { "yes" } else { "no" };
            terminal.print(format_args!("    belongs to the private key: {words}"));
        }
    }
    for public_key in &public_keys {
        terminal.print(format_args!("  public key    {public_key}"));
    }
    for request in &requests {
        show_request(request, terminal);
    }
    if belongs {
        return Ok(());
    }
    let advice = "add the certificate that belongs to the key";
    let what = "holds a private key and no certificate that belongs to it";
    Err(CliError::new(Exit::Malformed, what, advice))
}

/// The contents of a file.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) key: Option<PrivateKey>,
    /// There is an encrypted private key, and no passphrase.
    encrypted: bool,
    pub(super) certificates: Vec<Certificate>,
    /// Public keys, as `module-key public` writes them.
    pub(super) public_keys: Vec<PublicKey>,
    /// Certificate requests, as `module-key request` writes them.
    pub(super) requests: Vec<Request>,
}

/// Reads a file, PEM or DER.
///
/// # Errors
/// What is wrong with which file; a file that holds none of all this is an error.
pub(super) fn contents(
    path: &Path,
    access: &KeyAccess,
    terminal: &mut Terminal,
) -> Result<Contents, CliError> {
    read(path, access, false, terminal)
}

/// The same; with `locked`, an encrypted private key without a passphrase is no error.
fn read(
    path: &Path,
    access: &KeyAccess,
    locked: bool,
    terminal: &mut Terminal,
) -> Result<Contents, CliError> {
    if is_uri(path) {
        let (key, certificates) = read_private_key(path, access, terminal)?;
        let mut contents = Contents { key: Some(key), ..Contents::default() };
        if !certificates.is_empty() {
            let read = Certificate::read_all(&certificates).map_err(|error| certificate_error(&error));
            contents.certificates = read.in_file(path)?;
        }
        return Ok(contents);
    }
    let file = KeyFile::read(path).in_file(path)?;
    let passphrase = &access.passphrase;
    let contents = match looks_like_pem(&file.bytes) {
        true => contents_of_pem(&file.bytes, passphrase, locked),
        false if looks_like_pkcs12(&file.bytes) => contents_of_pkcs12(&file.bytes, passphrase, locked),
        false => contents_of_der(&file.bytes, passphrase, locked),
    };
    let contents = contents.in_file(path)?;
    if contents.key.is_some() || contents.encrypted {
        file.warn_if_exposed(path, terminal);
    }
    if let Some(key) = &contents.key {
        note_old_form(key, path, terminal);
    }
    Ok(contents)
}

fn contents_of_pkcs12(bytes: &[u8], passphrase: &Passphrase, locked: bool) -> Result<Contents, CliError> {
    let Pkcs12 { key, certificates } = match open_pkcs12(bytes, || passphrase.read())? {
        Err(KeyError::Encrypted) if locked => {
            return Ok(Contents { encrypted: true, ..Contents::default() });
        }
        opened => opened.map_err(|error| not_a_key(bytes, &error))?,
    };
    let certificates = certificates.iter().map(|der| Certificate::from_der(der));
    let certificates = certificates.collect::<Result<_, _>>().map_err(|error| certificate_error(&error))?;
    Ok(Contents { key, certificates, ..Contents::default() })
}

/// The certificates in PKCS#7 (CMS SignedData), such as a bundle (`.p7b`): Some if it is one.
fn bundled(der: &[u8]) -> Result<Option<Vec<Certificate>>, CliError> {
    let Ok(signed_data) = cms::parse(der) else { return Ok(None) };
    let read = |certificate: &EmbeddedCertificate<'_>| {
        Certificate::from_der(certificate.der).map_err(|error| match error {
            CertError::Der(error) => CertError::Der(error.shifted(certificate.offset)),
            other => other,
        })
    };
    let certificates = signed_data.certificates.iter().map(read).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|error| certificate_error(&error))?;
    // Without signers it is an empty bundle: `not_anything` names it.
    if certificates.is_empty() && signed_data.signers.is_empty() {
        return Ok(None);
    }
    if certificates.is_empty() {
        let what = "is a detached signature: PKCS#7 (CMS) without certificates";
        let advice = "verify-module --explain shows the signature of a module";
        return Err(CliError::new(Exit::Malformed, what, advice));
    }
    Ok(Some(certificates))
}

fn contents_of_der(bytes: &[u8], passphrase: &Passphrase, locked: bool) -> Result<Contents, CliError> {
    let not_a_certificate = match Certificate::read_all(bytes) {
        Ok(certificates) => return Ok(Contents { certificates, ..Contents::default() }),
        Err(error) => error,
    };
    if let Ok(key) = PublicKey::from_spki_der(bytes) {
        return Ok(Contents { public_keys: vec![key], ..Contents::default() });
    }
    if let Ok(request) = Request::from_der(bytes) {
        return Ok(Contents { requests: vec![request], ..Contents::default() });
    }
    if let Some(certificates) = bundled(bytes)? {
        return Ok(Contents { certificates, ..Contents::default() });
    }
    match decrypt(bytes, passphrase)? {
        Err(KeyError::Encrypted) if locked => Ok(Contents { encrypted: true, ..Contents::default() }),
        Ok(key) => Ok(Contents { key: Some(key), ..Contents::default() }),
        Err(error @ KeyError::Der(_)) => Err(not_anything(bytes, &error, &not_a_certificate)),
        Err(error) => Err(key_error(&error)),
    }
}

fn contents_of_pem(bytes: &[u8], passphrase: &Passphrase, locked: bool) -> Result<Contents, CliError> {
    let mut contents = Contents::default();
    match decrypt(bytes, passphrase)? {
        Ok(key) => contents.key = Some(key),
        Err(KeyError::NoPrivateKey { .. }) => {}
        Err(KeyError::Encrypted) if locked => contents.encrypted = true,
        Err(error) => return Err(key_error(&error)),
    }
    // Blocks of other kinds are skipped, as in all files of keys and certificates.
    for block in blocks(bytes).map_err(|error| key_error(&KeyError::Pem(error)))? {
        if block.label == "PUBLIC KEY" {
            let key = PublicKey::from_spki_der(&block.contents);
            contents.public_keys.push(key.map_err(|error| public_key_error(&error))?);
        } else if Request::LABELS.contains(&&*block.label) {
            let request = Request::from_der(&block.contents);
            contents.requests.push(request.map_err(|error| certificate_error(&error))?);
        } else if CMS_LABELS.contains(&&*block.label) {
            contents.certificates.extend(bundled(&block.contents)?.unwrap_or_default());
        }
    }
    let others = contents.key.is_some()
        || contents.encrypted
        || !contents.certificates.is_empty()
        || !contents.public_keys.is_empty()
        || !contents.requests.is_empty();
    match Certificate::read_all(bytes) {
        Ok(certificates) => contents.certificates.extend(certificates),
        Err(CertError::NoCertificate { .. }) if others => {}
        Err(error) => {
            let no_key = KeyError::NoPrivateKey { found: String::new() };
            return Err(not_anything(bytes, &no_key, &error));
        }
    }
    Ok(contents)
}

fn public_key_error(error: &PublicKeyError) -> CliError {
    CliError::new(Exit::Malformed, error.to_string(), "the public key is damaged; get it again")
}

fn show_request(request: &Request, terminal: &mut Terminal) {
    let own_signature = match request.own_signature() {
        Ok(()) => "verified",
        Err(CertError::SelfSignature) => "and the signature is BAD",
        Err(_) => "not verified",
    };
    terminal.print(format_args!("  request       {}", request.public_key()));
    terminal.print(format_args!("    {:<11} {}", "subject", request.subject()));
    let algorithm = request.signature_algorithm_name();
    terminal.print(format_args!("    {:<11} {algorithm}, {own_signature}", "signature"));
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
    terminal.print(format_args!("  certificate   {}", certificate.public_key()));
    let mut line = |name: &str, value: &str| terminal.print(format_args!("    {name:<11} {value}"));
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
