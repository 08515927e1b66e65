//! `module-key generate --self-sign`: a self-signed certificate for a key that exists, in a token or a file.

use super::output::stage_public;
use crate::certificate_fate::fate_alone;
use crate::credentials::read_private_key;
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::{certificate_error, signer_error};
use crate::key_access::KeyAccess;
use crate::terminal::Terminal;
use modsig::cert::Certificate;
use modsig::key::PrivateKey;
use modsig::signer::{Options, Signer};
use std::path::Path;

/// Where the key is and the certificate goes.
pub(super) struct Place<'a> {
    pub(super) key: &'a Path,
    pub(super) access: &'a KeyAccess,
    pub(super) certificate: &'a Path,
    /// Replace an existing file.
    pub(super) force: bool,
}

/// Writes the certificate that `make` makes of the key, in DER.
pub(super) fn run(
    place: &Place<'_>,
    make: impl FnOnce(&PrivateKey) -> Result<Certificate, CliError>,
    terminal: &mut Terminal,
) -> Result<(), CliError> {
    let Place { key: key_path, access, certificate: certificate_path, force } = *place;
    let (key, _) = read_private_key(key_path, access, terminal)?;
    if !key.algorithm().can_sign() {
        let what = format!("{} is refused: modules are not signed with such a key", key.algorithm());
        return Err(CliError::new(Exit::Refused, what, "make another key").in_file(key_path));
    }
    let certificate = make(&key).in_file(key_path)?;
    certificate.check_self_signature().map_err(|error| certificate_error(&error)).in_file(key_path)?;
    if let Some(mut error) = fate_alone(&certificate) {
        error.what = format!("nothing was written: {}", error.what);
        return Err(error.in_file(certificate_path));
    }
    Signer::new(&key, &certificate, Options::default())
        .map_err(|error| signer_error(&error))
        .in_file(key_path)?;
    stage_public(certificate_path, certificate.as_der(), force)?.publish()?;
    let (subject, algorithm) = (certificate.subject(), certificate.public_key());
    terminal.print_about(certificate_path, format_args!("certificate of {subject}, {algorithm}, DER"));
    Ok(())
}
