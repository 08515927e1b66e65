//! Writes keys that only their owner may read, and certificates that everyone may read, in PEM or DER.

use crate::error::CliError;
use crate::exit::Exit;
use crate::exit_mapping::key_error;
use crate::files::{Durability, Place, Staged, stage};
use crate::key_access::Passphrase;
use crate::randomness;
use clap::ValueEnum;
use modsig::cert::Certificate;
use modsig::key::{KeyForm, PrivateKey};
use std::path::Path;
use zeroize::Zeroizing;

/// Only the owner may read a private key, as `CONFIG_MODULE_SIG_KEY` recommends.
const KEY_MODE: u32 = 0o600;
const PUBLIC_MODE: u32 = 0o644;

/// PEM or DER.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    #[default]
    Pem,
    Der,
}

/// The forms of an ML-DSA key in RFC 9881.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    Seed,
    Expanded,
    Both,
}

impl From<Form> for KeyForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Seed => Self::Seed,
            Form::Expanded => Self::Expanded,
            Form::Both => Self::Both,
        }
    }
}

/// The form to write: the requested one, or else that of the key.
///
/// # Errors
/// [`Exit::Usage`] if a form is requested and the key has only one.
pub(super) fn form_of(key: &PrivateKey, requested: Option<Form>) -> Result<KeyForm, CliError> {
    match (requested, key.form()) {
        (Some(_), None) => {
            let what = format!("--form is for ML-DSA keys; {} has only one form", key.algorithm());
            Err(CliError::new(Exit::Usage, what, "remove the option"))
        }
        (Some(form), Some(_)) => Ok(form.into()),
        (None, form) => Ok(form.unwrap_or_default()),
    }
}

/// The private key in PEM, encrypted if there is a passphrase.
pub(super) fn key_pem(
    key: &PrivateKey,
    form: KeyForm,
    passphrase: Option<&[u8]>,
) -> Result<Zeroizing<String>, CliError> {
    let pem = match passphrase {
        None => key.to_pem(form),
        Some(passphrase) => key.to_encrypted_pem(form, passphrase, &*randomness::salt()?),
    };
    pem.map_err(|error| key_error(&error))
}

/// The private key in DER, encrypted if there is a passphrase.
pub(super) fn key_der(
    key: &PrivateKey,
    form: KeyForm,
    passphrase: Option<&[u8]>,
) -> Result<Zeroizing<Vec<u8>>, CliError> {
    let der = match passphrase {
        None => key.to_der(form),
        Some(passphrase) => key.to_encrypted_der(form, passphrase, &*randomness::salt()?),
    };
    der.map_err(|error| key_error(&error))
}

/// A private key followed by certificates, as in the kernel's `signing_key.pem`.
pub(super) fn bundle(key_pem: &str, certificates: &[Certificate]) -> Zeroizing<String> {
    let certificates: String = certificates.iter().map(Certificate::to_pem).collect();
    // Full capacity from the start: growing would leave copies of the key in freed memory.
    let mut both = Zeroizing::new(String::with_capacity(key_pem.len() + certificates.len()));
    both.push_str(key_pem);
    both.push_str(&certificates);
    both
}

/// The passphrase to encrypt with, if `--encrypt` is given.
pub(super) fn passphrase_if(
    encrypt: bool,
    passphrase: &Passphrase,
) -> Result<Option<Zeroizing<Vec<u8>>>, CliError> {
    if encrypt { passphrase.require("to encrypt the key with").map(Some) } else { Ok(None) }
}

/// Stages a file with a private key: mode 0600 from its creation on.
pub(super) fn stage_secret(path: &Path, bytes: &[u8], overwrite: bool) -> Result<Staged, CliError> {
    stage(bytes, Place::File { path, mode: KEY_MODE, overwrite }, Durability::Synced)
}

/// Stages a file that everyone may read.
pub(super) fn stage_public(path: &Path, bytes: &[u8], overwrite: bool) -> Result<Staged, CliError> {
    stage(bytes, Place::File { path, mode: PUBLIC_MODE, overwrite }, Durability::Synced)
}
