//! `module-key generate`: creates a private key and a certificate like those of the kernel's build, self-signed or signed by a
//! CA.

use super::authority::{Authority, read_authority};
use super::output::{Form, bundle, form_of, key_pem, passphrase_if, stage_public, stage_secret};
use super::recipe::{PurposeOptions, SubjectOptions, ValidityOptions};
use super::self_sign;
use crate::certificate_fate::{fate_alone, note_machine_owner};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::{certificate_error, key_error, signer_error};
use crate::files::Staged;
use crate::key_access::KeyAccess;
use crate::randomness;
use crate::spelling::named;
use crate::terminal::Terminal;
use crate::usage::usage_error;
use clap::{Args, ValueEnum};
use mldsa::dynamic::Parameters;
use modsig::algorithm::Digest;
use modsig::cert::{Certificate, Issuer, Template};
use modsig::key::{KeyAlgorithm, PrivateKey};
use modsig::public_key::Curve;
use modsig::signer::{Options, Signer};
use std::fs;
use std::path::{Path, PathBuf};

/// The call, whose help has the options that the errors name.
const CALL: &str = "module-key generate";

const EXAMPLES: &str = "\
Examples:
  As the kernel's build: signing_key.pem (key and certificate) and
  signing_key.x509 (certificate in DER):
    module-key generate --out signing_key.pem

  For kernels without ML-DSA:
    module-key generate --algorithm rsa-4096 --out signing_key.pem

  The largest parameter set, another name, valid for ten years:
    module-key generate --algorithm ml-dsa-87 --days 3650 \\
        --common-name 'Example Corp 2026' --out key.pem --cert-out key.x509

  A certificate authority, and a key with a certificate from it:
    module-key generate --ca --common-name 'Example Corp CA' --out ca.pem
    module-key generate --ca-key ca.pem --common-name 'Example Corp 2026' \\
        --out key.pem

  A machine owner's key for openSUSE, and one for kernels that take only CA keys
  into .machine:
    module-key generate --profile mok --subject 'CN=Module key,O=Example Corp' \\
        --out mok.pem
    module-key generate --profile mok-ca --algorithm rsa-2048 \\
        --common-name 'Module key' --out mok.pem

  A certificate for a key in a PKCS#11 token:
    module-key generate --self-sign 'pkcs11:token=build;object=modules' \\
        --passphrase-file pin --cert-out key.x509

  An encrypted key:
    KBUILD_SIGN_PIN=... module-key generate --encrypt --out key.pem

The key's file has mode 0600 from its creation on. No file is overwritten
without --force.
";

/// Create a private key and its certificate
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Algorithm of the key
    #[arg(long, value_parser = named::<Algorithm>(), default_value = "ml-dsa-65")]
    algorithm: Algorithm,
    /// Write private key and certificate here (PEM, mode 0600)
    #[arg(long, value_name = "FILE", required_unless_present = "self_sign")]
    out: Option<PathBuf>,
    /// Write only the certificate here (DER) [default: the name of --out with the extension .x509]
    #[arg(long, value_name = "FILE")]
    cert_out: Option<PathBuf>,
    /// Create no key, only a self-signed certificate for this one: a file, or the pkcs11: URI of a key in a token
    #[arg(
        long,
        value_name = "KEY",
        requires = "cert_out",
        conflicts_with_all = ["out", "algorithm", "form", "encrypt", "ca_key"],
        help_heading = "Keys in tokens and services"
    )]
    self_sign: Option<PathBuf>,
    #[command(flatten)]
    subject: SubjectOptions,
    #[command(flatten)]
    purpose: PurposeOptions,
    #[command(flatten)]
    validity: ValidityOptions,
    /// Form of an ML-DSA key in its file (RFC 9881): the 32-byte seed, the expanded key, or both as OpenSSL writes
    /// [default: seed]
    #[arg(long, value_parser = named::<Form>())]
    form: Option<Form>,
    /// Encrypt the private key (PBES2: PBKDF2 and AES-256); the passphrase comes from --passphrase-file or
    /// KBUILD_SIGN_PIN
    #[arg(long)]
    encrypt: bool,
    #[command(flatten)]
    access: KeyAccess,
    /// Private key of a certificate authority that signs the certificate, or its pkcs11: URI [default: self-signed]
    #[arg(long, value_name = "KEY", conflicts_with = "ca", help_heading = "Certificate authority")]
    ca_key: Option<PathBuf>,
    /// Certificate of that authority [default: the certificate in the file of --ca-key]
    #[arg(long, value_name = "CERT", requires = "ca_key", conflicts_with_all = ["ca", "self_sign"], help_heading = "Certificate authority")]
    ca_cert: Option<PathBuf>,
    /// Passphrase of --ca-key: the first line of this file [default: KBUILD_SIGN_PIN]
    #[arg(long, value_name = "FILE", requires = "ca_key", conflicts_with_all = ["ca", "self_sign"], help_heading = "Certificate authority")]
    ca_passphrase_file: Option<PathBuf>,
    /// Replace existing files
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Algorithm {
    #[value(name = "ml-dsa-44")]
    MlDsa44,
    #[value(name = "ml-dsa-65")]
    MlDsa65,
    #[value(name = "ml-dsa-87")]
    MlDsa87,
    #[value(name = "rsa-2048")]
    Rsa2048,
    #[value(name = "rsa-3072")]
    Rsa3072,
    #[value(name = "rsa-4096")]
    Rsa4096,
    #[value(name = "p-256", aliases = ["ecdsa-p256", "nist-p256", "ec-p256", "secp256r1", "prime256v1"])]
    P256,
    #[value(name = "p-384", aliases = ["ecdsa-p384", "nist-p384", "ec-p384", "secp384r1"])]
    P384,
    #[value(name = "p-521", aliases = ["ecdsa-p521", "nist-p521", "ec-p521", "secp521r1"])]
    P521,
}

impl Arguments {
    /// The files that the operation will write.
    pub(super) fn outputs(&self) -> Vec<&Path> {
        [self.out.as_deref(), self.cert_out.as_deref()].into_iter().flatten().collect()
    }
}

/// Runs the operation.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), CliError> {
    if let (Some(key), Some(certificate)) = (&arguments.self_sign, &arguments.cert_out) {
        let (access, force) = (&arguments.access, arguments.force);
        let place = self_sign::Place { key, access, certificate, force };
        return self_sign::run(&place, |key| make_certificate(arguments, key, None), terminal);
    }
    let Some(out) = arguments.out.as_deref() else { return Err(usage_error(CALL, "--out is missing")) };
    let certificate_path = arguments.cert_out.clone().unwrap_or_else(|| out.with_extension("x509"));
    let certificate = generate(arguments, out, &certificate_path, terminal).in_file(out)?;
    let algorithm = certificate.public_key();
    terminal.print_about(out, format_args!("{algorithm} private key and certificate, mode 0600"));
    let issuer = match certificate.claims_self_signature() {
        true => String::new(),
        false => format!(" issued by {}", certificate.issuer()),
    };
    let subject = certificate.subject();
    terminal.print_about(&certificate_path, format_args!("certificate of {subject}{issuer}, DER"));
    for lint in certificate.lints() {
        terminal.note(&certificate_path, lint);
    }
    // In everyday use no kernel asks; `module-key check` always says it.
    if arguments.purpose.is_for_machine_owner() {
        note_machine_owner(&certificate, &certificate_path, terminal);
    }
    Ok(())
}

fn generate(
    arguments: &Arguments,
    out: &Path,
    certificate_path: &Path,
    terminal: &mut Terminal,
) -> Result<Certificate, CliError> {
    let passphrase = passphrase_if(arguments.encrypt, &arguments.access.passphrase)?;
    let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_slice());
    // What is wrong with the options is said before a key is made.
    arguments.purpose.purpose()?;
    if arguments.ca_key.is_some() && arguments.purpose.is_authority() {
        let what = "generate makes an authority self-signed; module-key certify makes one below another";
        return Err(usage_error(CALL, what));
    }
    let authority = match &arguments.ca_key {
        Some(key) => {
            let access = arguments.access.for_another_key(arguments.ca_passphrase_file.clone());
            Some(read_authority(key, arguments.ca_cert.as_deref(), &access, terminal)?)
        }
        None => None,
    };
    let key = make_key(arguments.algorithm.into())?;
    let form = form_of(&key, arguments.form)?;
    let certificate = make_certificate(arguments, &key, authority.as_ref())?;
    if let Some(mut error) = fate_alone(&certificate) {
        error.what = format!("nothing was written: {}", error.what);
        return Err(error.in_file(certificate_path));
    }
    let key_pem = key_pem(&key, form, passphrase)?;
    let pem = bundle(&key_pem, std::slice::from_ref(&certificate));
    check(&pem, certificate.as_der(), passphrase)?;

    // Both are on the disk before the first rename.
    let key_file = stage_secret(out, pem.as_bytes(), arguments.force)?;
    let certificate_file = stage_public(certificate_path, certificate.as_der(), arguments.force)?;
    if key_file.target() == certificate_file.target() {
        let what = "is the name of the key's file and of the certificate's";
        return Err(CliError::new(Exit::Usage, what, "give two names with --out and --cert-out"));
    }
    publish_both(key_file, certificate_file, out, arguments.force)?;
    Ok(certificate)
}

/// Publishes the key, then the certificate. If the certificate fails, removes a key that is new.
fn publish_both(
    key_file: Staged,
    certificate_file: Staged,
    out: &Path,
    replaced: bool,
) -> Result<(), CliError> {
    key_file.publish()?;
    certificate_file.publish().inspect_err(|_| {
        if !replaced {
            // If this fails too, the key's file is complete and usable, and has the certificate.
            let _ = fs::remove_file(out);
        }
    })
}

fn make_key(algorithm: KeyAlgorithm) -> Result<PrivateKey, CliError> {
    PrivateKey::generate(algorithm, &randomness::seed()?).map_err(|error| key_error(&error))
}

fn make_certificate(
    arguments: &Arguments,
    key: &PrivateKey,
    authority: Option<&Authority>,
) -> Result<Certificate, CliError> {
    let template = Template {
        subject: &arguments.subject.or_default()?,
        serial: &arguments.validity.serial()?,
        not_before: arguments.validity.not_before()?,
        days: arguments.validity.days(),
        purpose: &arguments.purpose.purpose()?,
        digest: Digest::Sha512,
    };
    let (issuer, signer) = match authority {
        None => (Issuer::Itself, key),
        Some(by) => (Issuer::Authority(&by.certificate), &by.key),
    };
    let certificate = template.to_be_signed(key.public_key(), issuer);
    let rnd = randomness::rnd()?;
    certificate.and_then(|tbs| tbs.sign(signer, &rnd)).map_err(|error| certificate_error(&error))
}

/// Reads back the bytes before they are written: the key belongs to the certificate, and the certificate verifies.
fn check(pem: &str, der: &[u8], passphrase: Option<&[u8]>) -> Result<(), CliError> {
    let internal = |what: String| {
        CliError::internal(format!("the fresh key cannot be used, nothing was written ({what})"))
    };
    let key = PrivateKey::decrypt_pem_or_der(pem.as_bytes(), passphrase);
    let key = key.map_err(|e| internal(key_error(&e).what))?;
    for bytes in [pem.as_bytes(), der] {
        let certificate =
            Certificate::from_pem_or_der(bytes).map_err(|e| internal(certificate_error(&e).what))?;
        if certificate.claims_self_signature() {
            certificate.check_self_signature().map_err(|e| internal(certificate_error(&e).what))?;
        }
        Signer::new(&key, &certificate, Options::default()).map_err(|e| internal(signer_error(&e).what))?;
    }
    Ok(())
}

impl From<Algorithm> for KeyAlgorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::MlDsa44 => Self::MlDsa(Parameters::MlDsa44),
            Algorithm::MlDsa65 => Self::MlDsa(Parameters::MlDsa65),
            Algorithm::MlDsa87 => Self::MlDsa(Parameters::MlDsa87),
            Algorithm::Rsa2048 => Self::Rsa { bits: 2048 },
            Algorithm::Rsa3072 => Self::Rsa { bits: 3072 },
            Algorithm::Rsa4096 => Self::Rsa { bits: 4096 },
            Algorithm::P256 => Self::Ec(Curve::P256),
            Algorithm::P384 => Self::Ec(Curve::P384),
            Algorithm::P521 => Self::Ec(Curve::P521),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Durability, Place, stage};

    /// Another process creates the certificate's file between staging and publishing: no key is left without it.
    #[test]
    fn a_certificate_that_cannot_be_published_takes_the_new_key_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let [out, certificate] = ["key.pem", "key.x509"].map(|name| folder.path().join(name));
        let place = |path| Place::File { path, mode: 0o600, overwrite: false };
        let staged = |path| stage(b"bytes", place(path), Durability::Synced).unwrap();
        let (key_file, certificate_file) = (staged(&out), staged(&certificate));
        fs::write(&certificate, "another's").unwrap();
        let error = publish_both(key_file, certificate_file, &out, false).unwrap_err();
        assert_eq!((error.exit, error.path), (Exit::Refused, Some(certificate.clone())));
        assert!(!out.exists());
        assert_eq!(fs::read(&certificate).unwrap(), b"another's");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
