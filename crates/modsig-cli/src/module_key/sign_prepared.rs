//! `module-key sign-prepared`: signs prepared bytes with a key file, as an HSM does, to rehearse the two steps.

use super::output::stage_public;
use crate::credentials::{read_key_file, read_secret};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::key_access::Passphrase;
use crate::key_file::note_old_form;
use crate::randomness;
use crate::terminal::Terminal;
use clap::Args;
use modsig::prepared::NotPrepared;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  Between sign-module prepare and sign-module attach:
    module-key sign-prepared --key key.pem dummy.ko.mu --out dummy.ko.sig

  For sign-module --sign-command (SIG goes to standard output):
    sign-module --cert key.x509 dummy.ko \\
        --sign-command 'module-key -q sign-prepared --key key.pem - --out -'

An ML-DSA key signs a mu of 64 bytes, an RSA key a DigestInfo, an ECDSA key a
digest of 32, 48 or 64 bytes.
";

/// Sign prepared bytes with a key file, as an HSM does (for rehearsals)
#[derive(Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct Arguments {
    /// The bytes to sign: MODULE.mu, MODULE.digest-info or MODULE.digest ('-' is standard input)
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// File with the private key
    #[arg(long, value_name = "KEY")]
    key: PathBuf,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Write the signature here ('-' is standard output) [default: FILE without its last extension, with .sig]
    #[arg(long, value_name = "SIG")]
    out: Option<PathBuf>,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

impl Arguments {
    /// The file that the operation will write, if it is named.
    pub(super) fn output(&self) -> Option<&Path> {
        self.out.as_deref().filter(|out| *out != Path::new("-"))
    }
}

/// Runs the operation.
pub(super) fn run(arguments: &Arguments, terminal: &mut Terminal) -> Result<(), CliError> {
    let bytes = read_secret(&arguments.file).in_file(&arguments.file)?;
    let (key, _) = read_key_file(&arguments.key, &arguments.passphrase, terminal)?;
    note_old_form(&key, &arguments.key, terminal);
    let signature = key.sign_prepared(&bytes, &randomness::rnd()?).map_err(|error| {
        let (exit, advice) = match error {
            NotPrepared::WrongInput(_) => (Exit::Malformed, "give the file that prepare wrote for this key"),
            NotPrepared::External => {
                (Exit::Refused, "sign-module --key and module-key certify take the token's URI")
            }
            NotPrepared::Fault => (Exit::Internal, "check this machine's memory and report this"),
        };
        CliError::new(exit, error.to_string(), advice).in_file(&arguments.file)
    })?;
    let out = arguments.out.clone().unwrap_or_else(|| arguments.file.with_extension("sig"));
    if out == Path::new("-") {
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(&signature).and_then(|()| stdout.flush());
        return written.map_err(|error| CliError::io("cannot write to standard output", &error));
    }
    stage_public(&out, &signature, arguments.force)?.publish()?;
    terminal.print_about(&out, format_args!("{} signature, {} bytes", key.algorithm(), signature.len()));
    Ok(())
}
