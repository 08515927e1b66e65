//! A certificate authority: its private key and certificate, read from files.

use crate::credentials::{read_certificates, read_private_key};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::certificate_error;
use crate::key_access::KeyAccess;
use crate::terminal::Terminal;
use modsig::cert::Certificate;
use modsig::key::PrivateKey;
use std::path::Path;

/// A certificate authority: its key and certificate.
pub(super) struct Authority {
    pub(super) key: PrivateKey,
    pub(super) certificate: Certificate,
}

/// Reads the key, and the certificate from its own file or the key's.
///
/// # Errors
/// What is wrong with which file.
pub(super) fn read_authority(
    key_path: &Path,
    certificate: Option<&Path>,
    access: &KeyAccess,
    terminal: &mut Terminal,
) -> Result<Authority, CliError> {
    let (key, file) = read_private_key(key_path, access, terminal)?;
    let (path, certificates) = match certificate {
        Some(path) => (path, read_certificates(path)),
        // A token without certificates: nothing to read.
        None if file.is_empty() => (key_path, Ok(Vec::new())),
        None => (key_path, Certificate::read_all(&file).map_err(|error| certificate_error(&error))),
    };
    let certificates = certificates.in_file(path)?;
    let own = certificates.into_iter().find(|certificate| certificate.public_key() == key.public_key());
    let certificate = own.ok_or_else(|| {
        let what = "holds no certificate of the CA key";
        CliError::new(Exit::Malformed, what, "give the CA's certificate with --ca-cert").in_file(path)
    })?;
    Ok(Authority { key, certificate })
}
