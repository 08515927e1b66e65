//! `module-key request`: a certificate request (PKCS#10) for a certificate authority.

use super::output::{Format, stage_public};
use crate::credentials::{AboutFile, Passphrase, read_private_key};
use crate::decisions::certificate_failure;
use crate::randomness;
use crate::terminal::Terminal;
use clap::Args;
use modsig::cert::{SelfSigned, request};
use modsig::pem;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  module-key request --common-name 'Example Corp module key' key.pem --out key.csr

The authority must be able to read the key's algorithm: for ML-DSA that is OpenSSL 3.5 or later.
Subject, key, and a wish for CA:FALSE and digitalSignature are in the request, signed with the key.
";

/// Make a certificate request (PKCS#10) for a private key
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// File with the private key
    #[arg(value_name = "KEY")]
    key: PathBuf,
    /// Write the request here
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Common name of the subject
    #[arg(long, value_name = "NAME", default_value = SelfSigned::DEFAULT_COMMON_NAME)]
    common_name: String,
    /// PEM or DER
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    format: Format,
    #[command(flatten)]
    passphrase: Passphrase,
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
    match write(arguments) {
        Ok(algorithm) => {
            let name = &arguments.common_name;
            terminal.say_of(&arguments.out, format_args!("certificate request of CN={name}, {algorithm}"));
        }
        Err((path, failure)) => terminal.failure(path, &failure),
    }
}

fn write(arguments: &Arguments) -> Result<String, AboutFile<'_>> {
    let (key, _) = read_private_key(&arguments.key, &arguments.passphrase)?;
    let at_out = |failure| (arguments.out.as_path(), failure);
    let rnd = randomness::rnd().map_err(at_out)?;
    let der =
        request(&arguments.common_name, &key, &rnd).map_err(|error| at_out(certificate_failure(&error)))?;
    let bytes = match arguments.format {
        Format::Pem => pem::encode("CERTIFICATE REQUEST", &der).as_bytes().to_vec(),
        Format::Der => der,
    };
    stage_public(&arguments.out, &bytes, arguments.force)?.publish().map_err(at_out)?;
    Ok(key.algorithm().to_string())
}
