//! `module-key convert`: the same private key in another form, format or encryption.

use super::output::{Form, Format, bundle, form_of, key_der, key_pem, passphrase_if, stage_secret};
use crate::credentials::{AboutFile, Passphrase, read_private_key};
use crate::decisions::{certificate_failure, key_failure};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;
use clap::Args;
use modsig::cert::{CertError, Certificate};
use modsig::key::PrivateKey;
use modsig::pem;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

const EXAMPLES: &str = "\
Examples:
  An ML-DSA key as OpenSSL writes it, seed and expanded key:
    module-key convert --form both key.pem --out key-both.pem

  Take off the encryption, as Kbuild wants it (the certificates in the file come along):
    module-key convert --passphrase-file pin key.pem --out signing_key.pem

  Encrypt:
    KBUILD_SIGN_PIN=... module-key convert --encrypt key.pem --out locked.pem

  The traditional form of an RSA or EC key:
    module-key convert --traditional key.pem --out rsa.pem

Read: PKCS#8, plain or encrypted with PBES2, PKCS#1 and SEC 1, PEM or DER. The seed cannot be had from an expanded key.
";

/// Write a private key in another form, format or encryption
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// File with the private key
    #[arg(value_name = "KEY")]
    key: PathBuf,
    /// Write the key here (mode 0600)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Form of an ML-DSA key (RFC 9881): the 32-byte seed, the expanded key, or both [default: as it is]
    #[arg(long, value_enum, ignore_case = true, conflicts_with = "traditional")]
    form: Option<Form>,
    /// PEM, with the certificates of KEY, or DER, the key alone
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    format: Format,
    /// Write PKCS#1 (RSA) or SEC 1 (EC), not PKCS#8
    #[arg(long, conflicts_with = "encrypt")]
    traditional: bool,
    /// Encrypt the key (PBES2: PBKDF2 and AES-256) [default: not encrypted]
    #[arg(long)]
    encrypt: bool,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Passphrase to encrypt with: the first line of this file [default: that of KEY]
    #[arg(long, value_name = "FILE", requires = "encrypt")]
    new_passphrase_file: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

impl Arguments {
    /// The file that it will write.
    pub(super) fn output(&self) -> &Path {
        &self.out
    }
}

/// Runs the verb.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) {
    let new = match &arguments.new_passphrase_file {
        Some(file) => Passphrase::from_file(Some(file.clone())),
        None => arguments.passphrase.clone(),
    };
    match convert(arguments, &new) {
        Ok(said) => terminal.say_of(&arguments.out, said),
        Err((path, failure)) => terminal.failure(path, &failure),
    }
}

fn convert<'a>(arguments: &'a Arguments, new: &'a Passphrase) -> Result<String, AboutFile<'a>> {
    let at_key = |failure| (arguments.key.as_path(), failure);
    let (key, file) = read_private_key(&arguments.key, &arguments.passphrase)?;
    let certificates = certificates_beside(&file).map_err(at_key)?;
    let passphrase = passphrase_if(arguments.encrypt, new)?;
    let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_slice());
    let bytes = encode(arguments, &key, &certificates, passphrase).map_err(at_key)?;
    // Read back what is about to be written.
    let again = PrivateKey::decrypt_pem_or_der(&bytes, passphrase);
    if !again.is_ok_and(|again| again.public_key() == key.public_key()) {
        let what = "the converted key is not the same, nothing was written";
        return Err(at_key(Failure::new(
            Exit::Internal,
            what,
            "check this machine's memory, and report this",
        )));
    }
    let staged = stage_secret(&arguments.out, &bytes, arguments.force)?;
    staged.publish().map_err(|failure| (arguments.out.as_path(), failure))?;
    let encrypted = if arguments.encrypt { ", encrypted" } else { "" };
    let beside = match (arguments.format, certificates.len()) {
        (Format::Der, _) | (_, 0) => String::new(),
        (Format::Pem, 1) => " and its certificate".into(),
        (Format::Pem, count) => format!(" and {count} certificates"),
    };
    Ok(format!("{} private key{encrypted}{beside}, mode 0600", key.algorithm()))
}

/// The certificates that stand beside a key in a PEM file; none is no error.
fn certificates_beside(file: &[u8]) -> Result<Vec<Certificate>, Failure> {
    if !pem::looks_like_pem(file) {
        return Ok(Vec::new());
    }
    match Certificate::read_all(file) {
        Err(CertError::NoCertificate { .. }) => Ok(Vec::new()),
        other => other.map_err(|error| certificate_failure(&error)),
    }
}

fn encode(
    arguments: &Arguments,
    key: &PrivateKey,
    certificates: &[Certificate],
    passphrase: Option<&[u8]>,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let in_pem = |text: &str| Zeroizing::new(bundle(text, certificates).as_bytes().to_vec());
    if arguments.traditional {
        let (label, der) = key.to_traditional().map_err(|error| key_failure(&error))?;
        return Ok(match arguments.format {
            Format::Pem => in_pem(&pem::encode(label, &der)),
            Format::Der => der,
        });
    }
    let form = form_of(key, arguments.form)?;
    match arguments.format {
        Format::Pem => Ok(in_pem(&key_pem(key, form, passphrase)?)),
        Format::Der => key_der(key, form, passphrase),
    }
}
