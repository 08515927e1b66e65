//! `module-key generate --self-sign`: a self-signed certificate for a key that exists, in a token or a file.

use super::generate::{Arguments, make_certificate};
use super::output::stage_public;
use crate::certificate_fate::fate_alone;
use crate::credentials::read_private_key;
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::{certificate_error, signer_error};
use crate::terminal::Terminal;
use modsig::signer::{Options, Signer};
use std::path::Path;

/// Writes the certificate of `key_path`, DER, to `certificate_path`.
pub(super) fn run(
    arguments: &Arguments,
    key_path: &Path,
    certificate_path: &Path,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let (key, _) = read_private_key(key_path, arguments.passphrase(), terminal)?;
    if !key.algorithm().can_sign() {
        let what = format!("{} is refused: modules are not signed with such a key", key.algorithm());
        return Err(CliError::new(Exit::Refused, what, "make another key").in_file(key_path));
    }
    let certificate = make_certificate(arguments, &key, None).in_file(key_path)?;
    certificate.check_self_signature().map_err(|error| certificate_error(&error)).in_file(key_path)?;
    if let Some(mut error) = fate_alone(&certificate) {
        error.what = format!("nothing was written: {}", error.what);
        return Err(error.in_file(certificate_path));
    }
    Signer::new(&key, &certificate, Options::default())
        .map_err(|error| signer_error(&error))
        .in_file(key_path)?;
    stage_public(certificate_path, certificate.as_der(), arguments.force())?.publish()?;
    let (subject, algorithm) = (certificate.subject(), certificate.public_key());
    terminal.print_about(certificate_path, format_args!("certificate of {subject}, {algorithm}, DER"));
    Ok(())
}
