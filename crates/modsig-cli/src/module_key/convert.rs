//! `module-key convert`: writes a private key in another form, format or encryption.

use super::output::{
    Form, Format, bundle, form_of, key_der, key_pem, passphrase_if, stage_public, stage_secret,
};
use crate::credentials::read_key_file;
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::{certificate_error, key_error};
use crate::key_access::Passphrase;
use crate::spelling::named;
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

  Remove the encryption for Kbuild (and keep the certificates in the file):
    module-key convert --passphrase-file pin key.pem --out signing_key.pem

  Encrypt:
    KBUILD_SIGN_PIN=... module-key convert --encrypt key.pem --out locked.pem

  The traditional form of an RSA or EC key:
    module-key convert --traditional key.pem --out rsa.pem

  A PKCS#12 file, or a key that is encrypted with triple DES:
    module-key convert --encrypt --passphrase-file pin key.p12 --out key.pem \\
        --cert-out key.x509

KEY may be in any form that sign-module reads (PKCS#8, PKCS#1, SEC 1, PKCS#12;
old encryption). An expanded key has no seed.
";

/// Write a private key in another form, format or encryption
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// File with the private key
    #[arg(value_name = "KEY")]
    key: PathBuf,
    /// Write the key here (mode 0600)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Write the certificate that belongs to the key here, in DER
    #[arg(long, value_name = "FILE")]
    cert_out: Option<PathBuf>,
    /// Form of an ML-DSA key (RFC 9881): the 32-byte seed, the expanded key, or both [default: unchanged]
    #[arg(long, value_parser = named::<Form>(), conflicts_with = "traditional")]
    form: Option<Form>,
    /// PEM with the certificates of KEY, or DER of the key only
    #[arg(long, value_parser = named::<Format>(), default_value = "pem")]
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
    #[arg(long, value_name = "FILE", requires = "encrypt", conflicts_with = "traditional")]
    new_passphrase_file: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

impl Arguments {
    /// The files that the operation will write.
    pub(super) fn outputs(&self) -> Vec<&Path> {
        [Some(&self.out), self.cert_out.as_ref()].into_iter().flatten().map(PathBuf::as_path).collect()
    }
}

/// Runs the operation.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), CliError> {
    let result = convert(arguments, terminal).in_file(&arguments.key)?;
    terminal.print_about(&arguments.out, result);
    Ok(())
}

fn convert(arguments: &Arguments, terminal: &mut Terminal) -> Result<String, CliError> {
    let (key, file) = read_key_file(&arguments.key, &arguments.passphrase, terminal)?;
    let certificates = certificates_in(&file)?;
    let new = match &arguments.new_passphrase_file {
        Some(file) => Passphrase::from_file(Some(file.clone())),
        None => arguments.passphrase.clone(),
    };
    let passphrase = passphrase_if(arguments.encrypt, &new)?;
    let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_slice());
    let bytes = encode(arguments, &key, &certificates, passphrase)?;
    // Read back the bytes before they are written.
    let again = PrivateKey::decrypt_pem_or_der(&bytes, passphrase);
    if !again.is_ok_and(|again| again.public_key() == key.public_key()) {
        return Err(CliError::internal("the converted key is not the same, nothing was written"));
    }
    let key_file = stage_secret(&arguments.out, &bytes, arguments.force)?;
    let certificate_file = match &arguments.cert_out {
        Some(path) => {
            let own = own_certificate(&key, &certificates)?;
            let staged = stage_public(path, own.as_der(), arguments.force)?;
            if staged.target() == key_file.target() {
                let what = "is the name of the key's file and of the certificate's";
                let error = CliError::new(Exit::Usage, what, "give two names with --out and --cert-out");
                return Err(error.in_file(path));
            }
            terminal.print_about(path, format_args!("certificate of {}, DER", own.subject()));
            Some(staged)
        }
        None => None,
    };
    key_file.publish()?;
    if let Some(certificate_file) = certificate_file {
        certificate_file.publish()?;
    }
    let encrypted = if arguments.encrypt { "encrypted " } else { "" };
    let with = match (arguments.format, certificates.len()) {
        (Format::Der, _) | (_, 0) => String::new(),
        (Format::Pem, 1) => " and its certificate".into(),
        (Format::Pem, count) => format!(" and {count} certificates"),
    };
    Ok(format!("{encrypted}{} private key{with}, mode 0600", key.algorithm()))
}

/// The certificate that belongs to the key.
fn own_certificate<'c>(
    key: &PrivateKey,
    certificates: &'c [Certificate],
) -> Result<&'c Certificate, CliError> {
    let own = certificates.iter().find(|certificate| certificate.public_key() == key.public_key());
    own.ok_or_else(|| {
        let what = "holds no certificate that belongs to the private key";
        CliError::new(Exit::Malformed, what, "leave out --cert-out")
    })
}

/// The certificates in a key's PEM file; there may be none.
fn certificates_in(file: &[u8]) -> Result<Vec<Certificate>, CliError> {
    if !pem::looks_like_pem(file) {
        return Ok(Vec::new());
    }
    match Certificate::read_all(file) {
        Err(CertError::NoCertificate { .. }) => Ok(Vec::new()),
        other => other.map_err(|error| certificate_error(&error)),
    }
}

fn encode(
    arguments: &Arguments,
    key: &PrivateKey,
    certificates: &[Certificate],
    passphrase: Option<&[u8]>,
) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let in_pem = |text: &str| Zeroizing::new(bundle(text, certificates).as_bytes().to_vec());
    if arguments.traditional {
        let (label, der) = key.to_traditional().map_err(|error| key_error(&error))?;
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
