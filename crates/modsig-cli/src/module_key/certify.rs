//! `module-key certify`: a certificate for a key that exists: of a request, a bare public key or a private key; signed by
//! a CA key, by the key itself, by a command, or in two steps by a key in an HSM.

use super::authority::read_authority;
use super::output::{Format, stage_public};
use super::recipe::{DigestOption, PurposeOptions, SubjectOptions, ValidityOptions};
use super::show::{Contents, contents};
use crate::certificate_fate::fate_alone;
use crate::credentials::{read_certificates, read_secret};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::certificate_error;
use crate::key_access::KeyAccess;
use crate::printable::hex;
use crate::randomness;
use crate::sign_command::SignCommandOptions;
use crate::spelling::named;
use crate::terminal::Terminal;
use crate::two_steps::{description_extension, extension, fields, not_accepted, prepare, text_of};
use crate::usage::usage_error;
use clap::Args;
use modsig::algorithm::Digest;
use modsig::cert::{CertError, Certificate, Issuer, Subject, Template, ToBeSigned};
use modsig::key::PrivateKey;
use modsig::public_key::PublicKey;
use serde_json::json;
use std::path::{Path, PathBuf};

/// The call, whose help has the options that the errors name.
const CALL: &str = "module-key certify";

const EXAMPLES: &str = "\
Examples:
  A certificate for a request, by a CA key (the file has key and certificate):
    module-key certify --ca-key ca.pem key.csr --out key.x509

  For a bare public key, as an HSM or a KMS gives it:
    module-key certify --ca-key ca.pem hsm.pub --out hsm.x509 \\
        --subject 'CN=Module key,O=Example Corp,C=DE'

  Self-signed, for a private key that exists:
    module-key certify --profile mok --common-name 'Module key' key.pem \\
        --out key.x509

  Self-signed by a key in an HSM, which signs hsm.x509.mu (RSA: .digest-info;
  ECDSA: .digest):
    module-key certify --prepare --common-name 'Key' hsm.pub --out hsm.x509
    module-key certify --attach hsm.x509.sig --out hsm.x509

  By a CA whose key is in an HSM: the same, both with --ca-cert ca.x509.

The signature of a request is verified first. Its subject is kept unless
options give another; the extensions that it asks for are not: they come from
the options here. Nothing is written that does not verify or that Linux 7.2
would not load.
";

/// Create a certificate for a request or a key that exists
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// Certificate request, public key (SubjectPublicKeyInfo), or private key; PEM or DER; or the pkcs11: URI of a key
    #[arg(value_name = "FILE", required_unless_present = "attach", conflicts_with = "attach")]
    file: Option<PathBuf>,
    /// Write the certificate here
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// PEM or DER
    #[arg(long, value_parser = named::<Format>(), default_value = "der")]
    format: Format,
    #[command(flatten)]
    subject: SubjectOptions,
    #[command(flatten)]
    purpose: PurposeOptions,
    #[command(flatten)]
    validity: ValidityOptions,
    #[command(flatten)]
    digest: DigestOption,
    /// Private key of the certificate authority that signs, or its pkcs11: URI
    #[arg(long, value_name = "KEY", help_heading = "Certificate authority")]
    ca_key: Option<PathBuf>,
    /// Certificate of that authority [default: the certificate in the file of --ca-key]
    #[arg(long, value_name = "CERT", help_heading = "Certificate authority")]
    ca_cert: Option<PathBuf>,
    /// Passphrase of --ca-key: the first line of this file [default: KBUILD_SIGN_PIN]
    #[arg(long, value_name = "FILE", requires = "ca_key", help_heading = "Certificate authority")]
    ca_passphrase_file: Option<PathBuf>,
    /// First of two steps: write the TBSCertificate (OUT.tbs), the bytes to sign and their description (JSON)
    #[arg(long, conflicts_with_all = ["ca_key", "attach", "sign_command"], help_heading = "Key in an HSM")]
    prepare: bool,
    /// Second step: make the certificate of OUT.tbs and this signature, if it verifies
    #[arg(long, value_name = "SIG", conflicts_with_all = ["ca_key", "sign_command"], help_heading = "Key in an HSM")]
    attach: Option<PathBuf>,
    #[command(flatten)]
    command: SignCommandOptions,
    #[command(flatten)]
    access: KeyAccess,
    /// Replace existing files
    #[arg(long)]
    force: bool,
}

impl Arguments {
    /// The file that the operation will write.
    pub(super) fn output(&self) -> &Path {
        &self.out
    }

    /// OUT with this extension after its name.
    fn beside(&self, extension: &str) -> PathBuf {
        let mut name = self.out.clone().into_os_string();
        name.push(extension);
        name.into()
    }
}

/// Runs the operation.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), CliError> {
    // clap does not require an option beside one that excludes it.
    if arguments.command.limits_nothing() {
        return Err(usage_error(CALL, "--sign-timeout is for --sign-command"));
    }
    if arguments.ca_passphrase_file.is_some() && arguments.ca_key.is_none() {
        return Err(usage_error(CALL, "--ca-passphrase-file is for --ca-key"));
    }
    let authority = arguments.ca_cert.as_ref().filter(|_| arguments.ca_key.is_none());
    let authority = authority.map(|path| single(path)).transpose()?;
    if let Some(signature) = &arguments.attach {
        return attach(arguments, signature, authority.as_ref(), terminal);
    }
    let Some(file) = &arguments.file else { return Err(usage_error(CALL, "FILE is missing")) };
    let certified = Certified::read(file, arguments, terminal)?;
    let subject = match (arguments.subject.given()?, &certified.subject) {
        (Some(subject), _) => subject,
        (None, Some(subject)) => subject.clone(),
        (None, None) => {
            return Err(usage_error(CALL, "a key has no subject: give it with --subject or --common-name"));
        }
    };
    let signer = Signer::of(arguments, certified.key.as_ref(), authority, terminal)?;
    let template = Template {
        subject: &subject,
        serial: &arguments.validity.serial()?,
        not_before: arguments.validity.not_before()?,
        days: arguments.validity.days(),
        purpose: &arguments.purpose.purpose()?,
        digest: arguments.digest.digest()?,
    };
    let tbs = template.to_be_signed(&certified.public_key, signer.issuer());
    let tbs = tbs.map_err(|error| certificate_error(&error).in_file(file))?;
    let elsewhere = |authority: &Option<Certificate>| match authority {
        Some(authority) => authority.public_key().clone(),
        None => certified.public_key.clone(),
    };
    let certificate = match &signer {
        Signer::Authority(key, _) => tbs.sign(key, &randomness::rnd()?),
        Signer::Itself(key) => tbs.sign(key, &randomness::rnd()?),
        Signer::Elsewhere(authority) if arguments.prepare => {
            return write_prepared(arguments, &tbs, &elsewhere(authority), &subject, terminal);
        }
        Signer::Elsewhere(authority) => {
            let key = elsewhere(authority);
            let Some(command) = arguments.command.get() else {
                return Err(usage_error(CALL, "--sign-command is missing"));
            };
            let prepared = prepare(&key, tbs.digest(), tbs.as_der())?;
            let signature = command.sign(&prepared, &key, &arguments.out).in_file(&arguments.out)?;
            tbs.attach(&signature, &key)
        }
    };
    write(arguments, &certificate.map_err(|error| certificate_error(&error).in_file(file))?, terminal)
}

/// What is certified.
struct Certified {
    public_key: PublicKey,
    /// The private key, if the file holds it.
    key: Option<PrivateKey>,
    /// The subject of a request.
    subject: Option<Subject>,
}

impl Certified {
    /// # Errors
    /// What is wrong with the file; [`Exit::BadSignature`] for a request whose own signature does not verify.
    fn read(path: &Path, arguments: &Arguments, terminal: &mut Terminal) -> Result<Self, CliError> {
        let Contents { key, requests, public_keys, .. } = contents(path, &arguments.access, terminal)?;
        let mut found = Vec::new();
        for request in &requests {
            request.own_signature().map_err(|error| not_possessed(&error).in_file(path))?;
            let subject = Subject::from_der(request.subject_der()).ok();
            found.push(Self { public_key: request.public_key().clone(), key: None, subject });
        }
        found.extend(public_keys.into_iter().map(|public_key| Self { public_key, key: None, subject: None }));
        found.extend(key.map(|key| {
            let public_key = key.public_key().clone();
            Self { public_key, key: Some(key), subject: None }
        }));
        match <[Self; 1]>::try_from(found) {
            Ok([one]) => Ok(one),
            Err(several) => {
                let what = format!("holds {} requests and keys, not exactly one", several.len());
                let advice = "give a file with one certificate request, public key or private key";
                Err(CliError::new(Exit::Malformed, what, advice).in_file(path))
            }
        }
    }
}

/// A request proves that its sender has the private key; one that does not is refused.
fn not_possessed(error: &CertError) -> CliError {
    match error {
        CertError::SelfSignature => {
            let what =
                "the request's signature does not verify: it is damaged, or its sender does not have the key";
            CliError::new(Exit::BadSignature, what, "get the request again from its sender")
        }
        CertError::SignatureParameters { .. } => {
            let what = "the request's signature algorithm has parameters, which RFC 9881 forbids";
            CliError::new(Exit::Malformed, what, "make the request again: module-key request")
        }
        other => CliError::new(
            Exit::Refused,
            format!("the request's signature cannot be verified: {other}"),
            "make the request again: module-key request",
        ),
    }
}

/// Who signs the certificate.
enum Signer<'a> {
    Authority(PrivateKey, Certificate),
    Itself(&'a PrivateKey),
    /// A key that is not here: that of the certificate, or the certified one.
    Elsewhere(Option<Certificate>),
}

impl<'a> Signer<'a> {
    fn of(
        arguments: &Arguments,
        own: Option<&'a PrivateKey>,
        authority: Option<Certificate>,
        terminal: &mut Terminal,
    ) -> Result<Self, CliError> {
        let elsewhere = arguments.prepare || arguments.command.get().is_some();
        match (&arguments.ca_key, own) {
            (Some(_), _) if elsewhere => {
                Err(usage_error(CALL, "--ca-key signs here; --prepare and --sign-command sign elsewhere"))
            }
            (Some(path), _) => {
                let access = arguments.access.for_another_key(arguments.ca_passphrase_file.clone());
                let by = read_authority(path, arguments.ca_cert.as_deref(), &access, terminal)?;
                Ok(Self::Authority(by.key, by.certificate))
            }
            (None, _) if elsewhere => Ok(Self::Elsewhere(authority)),
            (None, Some(own)) if authority.is_none() => Ok(Self::Itself(own)),
            (None, _) => Err(usage_error(
                CALL,
                "who signs? give --ca-key, or a private key to be self-signed, or --prepare or --sign-command",
            )),
        }
    }

    fn issuer(&self) -> Issuer<'_> {
        match self {
            Self::Authority(_, certificate) | Self::Elsewhere(Some(certificate)) => {
                Issuer::Authority(certificate)
            }
            Self::Itself(_) | Self::Elsewhere(None) => Issuer::Itself,
        }
    }
}

/// The only certificate of a file.
fn single(path: &Path) -> Result<Certificate, CliError> {
    let certificates = read_certificates(path).in_file(path)?;
    <[Certificate; 1]>::try_from(certificates).map(|[certificate]| certificate).map_err(|several| {
        let what = format!("holds {} certificates", several.len());
        let advice = "give a file with only the certificate of the authority";
        CliError::new(Exit::Malformed, what, advice).in_file(path)
    })
}

/// `--prepare`: writes OUT.tbs, the bytes to sign, and what they are.
fn write_prepared(
    arguments: &Arguments,
    tbs: &ToBeSigned,
    key: &PublicKey,
    subject: &Subject,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let prepared = prepare(key, tbs.digest(), tbs.as_der())?;
    let sha512 = Digest::Sha512.hash(tbs.as_der()).unwrap_or_default();
    let mut description = fields(&prepared, key);
    description.insert("subject".into(), json!(subject.to_string()));
    description.insert("to_be_signed_length".into(), json!(tbs.as_der().len()));
    description.insert("to_be_signed_sha512".into(), json!(hex(&sha512)));
    description.insert("digest_algorithm".into(), json!(tbs.digest().name()));
    let text = text_of(&description)?;
    let input = prepared.input();
    let files = [
        (arguments.beside(".tbs"), tbs.as_der()),
        (arguments.beside(extension(input)), prepared.bytes()),
        (arguments.beside(description_extension(input)), text.as_bytes()),
    ];
    // All are on the disk before the first gets its name.
    let mut staged = Vec::new();
    for (path, bytes) in &files {
        staged.push(stage_public(path, bytes, arguments.force).in_file(path)?);
    }
    for one in staged {
        one.publish()?;
    }
    for ((path, _), what) in files.iter().zip(["TBSCertificate, DER", "to be signed", "description"]) {
        terminal.print_about(path, what);
    }
    Ok(())
}

/// `--attach`: makes the certificate of OUT.tbs.
fn attach(
    arguments: &Arguments,
    signature_path: &Path,
    authority: Option<&Certificate>,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let tbs_path = arguments.beside(".tbs");
    let in_tbs = |error: CertError| certificate_error(&error).in_file(&tbs_path);
    let tbs = ToBeSigned::from_der(read_secret(&tbs_path).in_file(&tbs_path)?.to_vec()).map_err(in_tbs)?;
    let key = match authority {
        Some(authority) => authority.public_key().clone(),
        None if tbs.is_self_issued().map_err(in_tbs)? => tbs.public_key().map_err(in_tbs)?,
        None => {
            let what = "was prepared for a certificate authority";
            let error = CliError::new(Exit::Usage, what, "give its certificate with --ca-cert");
            return Err(error.in_file(&tbs_path));
        }
    };
    let signature = read_secret(signature_path).in_file(signature_path)?;
    let prepared = prepare(&key, tbs.digest(), tbs.as_der()).in_file(&tbs_path)?;
    let signature = prepared
        .accept(&key, &signature)
        .map_err(|error| not_accepted(error, &key).in_file(signature_path))?;
    let certificate = tbs.attach(&signature, &key).map_err(in_tbs)?;
    if let Some(authority) = authority
        && authority.subject_der() != certificate.issuer_der()
    {
        let what = format!("was prepared for the authority {}", certificate.issuer());
        let error = CliError::new(Exit::Malformed, what, "give the certificate of that authority");
        return Err(error.in_file(&tbs_path));
    }
    write(arguments, &certificate, terminal)
}

/// Writes the certificate, if Linux would load it.
fn write(arguments: &Arguments, certificate: &Certificate, terminal: &mut Terminal) -> Result<(), CliError> {
    let out = &arguments.out;
    if let Some(mut error) = fate_alone(certificate) {
        error.what = format!("nothing was written: {}", error.what);
        return Err(error.in_file(out));
    }
    let pem = certificate.to_pem();
    let bytes = match arguments.format {
        Format::Pem => pem.as_bytes(),
        Format::Der => certificate.as_der(),
    };
    stage_public(out, bytes, arguments.force).and_then(crate::files::Staged::publish).in_file(out)?;
    let issuer = match certificate.claims_self_signature() {
        true => ", self-signed".to_owned(),
        false => format!(" issued by {}", certificate.issuer()),
    };
    let (key, subject) = (certificate.public_key(), certificate.subject());
    terminal.print_about(out, format_args!("{key} certificate of {subject}{issuer}"));
    for lint in certificate.lints() {
        terminal.note(out, lint);
    }
    Ok(())
}
