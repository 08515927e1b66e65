//! Files of private keys: read from anywhere, decrypted, and what the user should know about them.

use crate::error::CliError;
use crate::files::{KEY_LIMIT, read_stream_with_mode};
use crate::terminal::Terminal;
use modsig::key::{KeyError, Pkcs12, PrivateKey, looks_like_pkcs12};
use modsig::pem;
use std::path::Path;
use zeroize::Zeroizing;

/// The bytes of a file that may hold a private key. Wiped when dropped.
pub struct KeyFile {
    /// All of it.
    pub bytes: Zeroizing<Vec<u8>>,
    /// The permissions of a regular file.
    mode: Option<u32>,
}

/// What a file holds.
pub struct Contents {
    /// The private key.
    pub key: PrivateKey,
    /// What may hold certificates beside the key: the file itself, or the certificates of a PKCS#12 file in PEM.
    pub certificates: Zeroizing<Vec<u8>>,
}

/// A passphrase, if there is one.
pub type Given = Result<Option<Zeroizing<Vec<u8>>>, CliError>;

/// Group and others may read.
const READABLE_BY_OTHERS: u32 = 0o044;

impl KeyFile {
    /// Reads a file or a pipe.
    ///
    /// # Errors
    /// As [`read_stream_with_mode`].
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let (bytes, mode) = read_stream_with_mode(path, KEY_LIMIT)?;
        Ok(Self { bytes, mode })
    }

    /// The private key in the file. Asks for the passphrase only if the key is encrypted.
    ///
    /// # Errors
    /// Outside: that of `passphrase`. Inside: what is wrong with the key.
    pub fn open(&self, passphrase: impl FnOnce() -> Given) -> Result<Result<Contents, KeyError>, CliError> {
        if looks_like_pkcs12(&self.bytes) {
            let opened = open_pkcs12(&self.bytes, passphrase)?;
            return Ok(opened.and_then(|Pkcs12 { key, certificates }| {
                let key = key.ok_or(KeyError::NoKeyInPkcs12)?;
                Ok(Contents { key, certificates: Zeroizing::new(in_pem(&certificates)) })
            }));
        }
        let key = with_passphrase(passphrase, |passphrase| {
            PrivateKey::decrypt_pem_or_der(&self.bytes, passphrase)
        })?;
        Ok(key.map(|key| Contents { key, certificates: self.bytes.clone() }))
    }

    /// Prints a warning if the file with a private key is open to others.
    pub fn warn_if_exposed(&self, path: &Path, terminal: &mut Terminal) {
        if let Some(mode) = self.mode.filter(|mode| mode & READABLE_BY_OTHERS != 0) {
            let mode = mode & 0o777;
            terminal.warning(
                path,
                format_args!("other users can read this private key (mode {mode:04o}): chmod 600 FILE"),
            );
        }
    }
}

/// Prints a note if the key comes from an old form, with the command that converts it.
pub fn note_old_form(key: &PrivateKey, path: &Path, terminal: &mut Terminal) {
    if let Some(form) = key.old_form() {
        let encrypt = if form.is_encrypted() { " --encrypt" } else { "" };
        terminal.note(
            path,
            format_args!(
                "an old or foreign form of private key ({form}); convert it: module-key convert{encrypt} FILE --out NEW.pem"
            ),
        );
    }
}

/// Opens a PKCS#12 file. Asks for the passphrase only if the empty one is wrong.
///
/// # Errors
/// As [`KeyFile::open`].
pub fn open_pkcs12(
    bytes: &[u8],
    passphrase: impl FnOnce() -> Given,
) -> Result<Result<Pkcs12, KeyError>, CliError> {
    with_passphrase(passphrase, |passphrase| Pkcs12::open(bytes, passphrase))
}

/// Reads without a passphrase, and then with one if the key is encrypted and there is one.
///
/// # Errors
/// As [`KeyFile::open`].
pub fn with_passphrase<T>(
    passphrase: impl FnOnce() -> Given,
    read: impl Fn(Option<&[u8]>) -> Result<T, KeyError>,
) -> Result<Result<T, KeyError>, CliError> {
    Ok(match read(None) {
        Err(KeyError::Encrypted) => match passphrase()? {
            Some(passphrase) => read(Some(&passphrase)),
            None => Err(KeyError::Encrypted),
        },
        other => other,
    })
}

/// Certificates in DER as one PEM file.
fn in_pem(certificates: &[Vec<u8>]) -> Vec<u8> {
    certificates.iter().flat_map(|der| pem::encode("CERTIFICATE", der).as_bytes().to_vec()).collect()
}
