//! `module-key public`: the public key of a private key or a certificate.

use super::output::{Format, stage_public};
use super::show::contents;
use crate::credentials::{AboutFile, Passphrase};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::Terminal;
use clap::Args;
use modsig::cert::{Certificate, Request};
use modsig::key::PrivateKey;
use modsig::pem;
use modsig::public_key::PublicKey;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  module-key public signing_key.pem
  module-key public --format der --out signing_key.pub signing_key.x509

What is written is a SubjectPublicKeyInfo (RFC 5280); with a private key in the file it is that key's. The key of a certificate
request, or a public key in the other format, is written too.
";

/// Write the public key of a private key, certificate or request
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Arguments {
    /// File with a private key, a certificate, a certificate request or a public key
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write it here [default: standard output, PEM only]
    #[arg(long, value_name = "FILE", required_if_eq("format", "der"))]
    out: Option<PathBuf>,
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
    /// The file that it will write, if it is not standard output.
    pub(super) fn output(&self) -> Option<&Path> {
        self.out.as_deref()
    }
}

/// Runs the verb.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) {
    if let Err((path, failure)) = write(arguments, terminal) {
        terminal.failure(path, &failure);
    }
}

fn write<'a>(arguments: &'a Arguments, terminal: &mut Terminal) -> Result<(), AboutFile<'a>> {
    let contents = contents(&arguments.file, &arguments.passphrase)?;
    let public = contents.key.as_ref().map(PrivateKey::public_key);
    let public = public.or_else(|| contents.certificates.first().map(Certificate::public_key));
    let public = public.or_else(|| contents.public_keys.first());
    let public = public.or_else(|| contents.requests.first().map(Request::public_key));
    let Some(public) = public else {
        return Err((&arguments.file, nothing("holds no key", "give a key or a certificate")));
    };
    if let PublicKey::Other { name, .. } = public {
        let what = format!("its key is {name}, which is not supported");
        return Err((&arguments.file, nothing(&what, "give a key for ML-DSA, RSA, P-256, P-384 or P-521")));
    }
    let der = public.to_spki_der();
    let text = pem::encode("PUBLIC KEY", &der);
    let Some(out) = &arguments.out else {
        text.lines().for_each(|line| terminal.say(line));
        return Ok(());
    };
    let bytes = match arguments.format {
        Format::Pem => text.as_bytes(),
        Format::Der => &der,
    };
    let staged = stage_public(out, bytes, arguments.force)?;
    staged.publish().map_err(|failure| (out.as_path(), failure))?;
    terminal.say_of(out, format_args!("{public} public key"));
    Ok(())
}

fn nothing(what: &str, advice: &str) -> Failure {
    Failure::new(Exit::Refused, what, advice)
}
