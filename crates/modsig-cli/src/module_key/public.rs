//! `module-key public`: writes the public key of a private key or a certificate.

use super::output::{Format, stage_public};
use super::show::contents;
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::key_access::KeyAccess;
use crate::spelling::named;
use crate::terminal::Terminal;
use clap::Args;
use modsig::cert::{Certificate, Request};
use modsig::key::PrivateKey;
use modsig::pem;
use modsig::public_key::PublicKey;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  To standard output, in PEM:
    module-key public signing_key.pem

  To a file, in DER:
    module-key public --format der --out signing_key.pub signing_key.x509

The output is a SubjectPublicKeyInfo (RFC 5280). A private key in the file
comes first, then a certificate, a public key, and a certificate request.
";

/// Write the public key of a private key, certificate or request
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// File with a private key, a certificate, a certificate request or a public key; or the pkcs11: URI of a key
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write the public key here [default: standard output, PEM only]
    #[arg(long, value_name = "FILE", required_if_eq("format", "der"))]
    out: Option<PathBuf>,
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
    /// The file that the operation will write, if it is not standard output.
    pub(super) fn output(&self) -> Option<&Path> {
        self.out.as_deref()
    }
}

/// Runs the operation.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), CliError> {
    write(arguments, terminal).in_file(&arguments.file)
}

fn write(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), CliError> {
    let contents = contents(&arguments.file, &arguments.access, terminal)?;
    let public = contents.key.as_ref().map(PrivateKey::public_key);
    let public = public.or_else(|| contents.certificates.first().map(Certificate::public_key));
    let public = public.or_else(|| contents.public_keys.first());
    let public = public.or_else(|| contents.requests.first().map(Request::public_key));
    let Some(public) = public else {
        return Err(CliError::new(Exit::Refused, "holds no key", "give a key or a certificate"));
    };
    if let PublicKey::Other { name, .. } = public {
        let what = format!("its key is {name}, which is not supported");
        let advice = "give a key for ML-DSA, RSA, P-256, P-384 or P-521";
        return Err(CliError::new(Exit::Refused, what, advice));
    }
    let der = public.to_spki_der();
    let text = pem::encode("PUBLIC KEY", &der);
    let Some(out) = &arguments.out else {
        text.lines().for_each(|line| terminal.print(line));
        return Ok(());
    };
    let bytes = match arguments.format {
        Format::Pem => text.as_bytes(),
        Format::Der => &der,
    };
    stage_public(out, bytes, arguments.force)?.publish()?;
    terminal.print_about(out, format_args!("{public} public key"));
    Ok(())
}
