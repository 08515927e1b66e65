//! What the verbs write: keys that only their owner may read, certificates that everybody may, PEM or DER.

use crate::credentials::{AboutFile, Passphrase};
use crate::decisions::key_failure;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{Place, Staged, stage};
use crate::randomness;
use clap::ValueEnum;
use modsig::cert::Certificate;
use modsig::key::{KeyForm, PrivateKey};
use std::path::Path;
use zeroize::Zeroizing;

/// What `CONFIG_MODULE_SIG_KEY` wants: only the owner may read a private key.
const KEY_MODE: u32 = 0o600;
const PUBLIC_MODE: u32 = 0o644;

/// PEM or DER.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    #[default]
    Pem,
    Der,
}

/// RFC 9881's forms of an ML-DSA key.
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

/// The form to write: what was asked for, else the one that the key has.
///
/// # Errors
/// [`Exit::Usage`] if a form was asked for and the key has only one.
pub(super) fn form_of(key: &PrivateKey, asked: Option<Form>) -> Result<KeyForm, Failure> {
    match (asked, key.form()) {
        (Some(_), None) => {
            let what = format!("--form is for ML-DSA keys; {} has only one form", key.algorithm());
            Err(Failure::new(Exit::Usage, what, "leave it out"))
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
) -> Result<Zeroizing<String>, Failure> {
    let pem = match passphrase {
        None => key.to_pem(form),
        Some(passphrase) => key.to_encrypted_pem(form, passphrase, &*randomness::salt()?),
    };
    pem.map_err(|error| key_failure(&error))
}

/// The same in DER.
pub(super) fn key_der(
    key: &PrivateKey,
    form: KeyForm,
    passphrase: Option<&[u8]>,
) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let der = match passphrase {
        None => key.to_der(form),
        Some(passphrase) => key.to_encrypted_der(form, passphrase, &*randomness::salt()?),
    };
    der.map_err(|error| key_failure(&error))
}

/// A private key and certificates after it, as the kernel's `signing_key.pem` has them.
pub(super) fn bundle(key_pem: &str, certificates: &[Certificate]) -> Zeroizing<String> {
    let certificates: String = certificates.iter().map(Certificate::to_pem).collect();
    // The right capacity from the start: growing would leave copies of the key in freed memory.
    let mut both = Zeroizing::new(String::with_capacity(key_pem.len() + certificates.len()));
    both.push_str(key_pem);
    both.push_str(&certificates);
    both
}

/// The passphrase to encrypt with, if `--encrypt` asks for it.
pub(super) fn passphrase_if(
    encrypt: bool,
    passphrase: &Passphrase,
) -> Result<Option<Zeroizing<Vec<u8>>>, AboutFile<'_>> {
    if encrypt { passphrase.require("to encrypt the key with").map(Some) } else { Ok(None) }
}

/// A file that holds a private key: mode 0600 from its creation on.
pub(super) fn stage_secret<'a>(
    path: &'a Path,
    bytes: &[u8],
    overwrite: bool,
) -> Result<Staged, AboutFile<'a>> {
    stage(bytes, Place::File { path, mode: KEY_MODE, overwrite }).map_err(|failure| (path, failure))
}

/// A file that everybody may read.
pub(super) fn stage_public<'a>(
    path: &'a Path,
    bytes: &[u8],
    overwrite: bool,
) -> Result<Staged, AboutFile<'a>> {
    stage(bytes, Place::File { path, mode: PUBLIC_MODE, overwrite }).map_err(|failure| (path, failure))
}
