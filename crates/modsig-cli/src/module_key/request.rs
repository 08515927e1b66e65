//! `module-key request`: writes a certificate request (PKCS#10) for a certificate authority.

use super::output::{Format, stage_public};
use super::recipe::{PurposeOptions, SubjectOptions};
use crate::credentials::read_private_key;
use crate::error::{CliError, InFile as _};
use crate::exit_mapping::certificate_error;
use crate::key_access::KeyAccess;
use crate::randomness;
use crate::spelling::named;
use crate::terminal::Terminal;
use clap::Args;
use modsig::cert::{Subject, request};
use modsig::key::KeyAlgorithm;
use modsig::pem;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  For a key in a file:
    module-key request --common-name 'Module key' key.pem --out key.csr

  With more in it:
    module-key request --subject 'CN=Module key,O=Example Corp,C=DE' \\
        --eku code-signing key.pem --out key.csr

  For a key in a PKCS#11 token:
    module-key request 'pkcs11:token=build;object=modules' \\
        --passphrase-file pin --out key.csr

The authority must support the key's algorithm: for ML-DSA, OpenSSL 3.5 or
later. The request has the subject, the key, and the requested extensions
(CA:FALSE and digitalSignature unless options say otherwise), and is signed
with the key.
";

/// Create a certificate request (PKCS#10) for a private key
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// File with the private key, or its pkcs11: URI
    #[arg(value_name = "KEY")]
    key: PathBuf,
    /// Write the request here
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    subject: SubjectOptions,
    #[command(flatten)]
    purpose: PurposeOptions,
    /// PEM or DER
    #[arg(long, value_parser = named::<Format>(), default_value = "pem")]
    format: Format,
    #[command(flatten)]
    access: KeyAccess,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

impl Arguments {
    /// The file that the operation will write.
    pub(super) fn output(&self) -> &Path {
        &self.out
    }
}

/// Runs the operation.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), CliError> {
    let (subject, algorithm) = write(arguments, terminal).in_file(&arguments.out)?;
    terminal.print_about(&arguments.out, format_args!("certificate request of {subject}, {algorithm}"));
    Ok(())
}

fn write(arguments: &Arguments, terminal: &mut Terminal) -> Result<(Subject, KeyAlgorithm), CliError> {
    let (subject, purpose) = (arguments.subject.or_default()?, arguments.purpose.purpose()?);
    let (key, _) = read_private_key(&arguments.key, &arguments.access, terminal)?;
    let rnd = randomness::rnd()?;
    let der = request(&subject, &purpose, &key, &rnd).map_err(|error| certificate_error(&error))?;
    let bytes = match arguments.format {
        Format::Pem => pem::encode("CERTIFICATE REQUEST", &der).as_bytes().to_vec(),
        Format::Der => der,
    };
    stage_public(&arguments.out, &bytes, arguments.force)?.publish()?;
    Ok((subject, key.algorithm()))
}
