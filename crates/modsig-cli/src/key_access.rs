//! What opens a private key: the passphrase or PIN, and the PKCS#11 library of a token.

use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::{KEY_LIMIT, read_stream};
use crate::token_uri::LIBRARY_VARIABLE;
use clap::Args;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Where the passphrase of an encrypted private key comes from. The program never asks for it: builds have no terminal.
#[derive(Args, Clone, Debug, Default)]
pub struct Passphrase {
    /// Passphrase of an encrypted private key: the first line of this file ('-' is standard input) [default: the
    /// environment variable KBUILD_SIGN_PIN]
    #[arg(id = "passphrase_file", long = "passphrase-file", value_name = "FILE")]
    file: Option<PathBuf>,
}

/// The environment variable in which Kbuild passes the passphrase.
pub const PIN_VARIABLE: &str = "KBUILD_SIGN_PIN";

impl Passphrase {
    /// From a file if there is one, else from the environment.
    #[must_use]
    pub const fn from_file(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    /// The passphrase, which must not be missing or empty.
    ///
    /// # Errors
    /// As [`Self::read`]; [`Exit::Usage`] if there is none.
    pub fn require(&self, for_what: &'static str) -> Result<Zeroizing<Vec<u8>>, CliError> {
        match self.read()? {
            Some(passphrase) if !passphrase.is_empty() => Ok(passphrase),
            _ => {
                let file = self.file.as_deref().unwrap_or(Path::new(PIN_VARIABLE));
                let what = format!("no passphrase, or an empty one, {for_what}");
                let advice = format!("give one in a file, or in the environment variable {PIN_VARIABLE}");
                Err(CliError::new(Exit::Usage, what, advice).in_file(file))
            }
        }
    }

    /// The passphrase: the file's first line without its line end, or the variable's value. `None` if there is neither.
    ///
    /// # Errors
    /// The file, if it cannot be read.
    pub fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, CliError> {
        let Some(file) = &self.file else {
            let value = std::env::var_os(PIN_VARIABLE);
            return Ok(value.map(|value| Zeroizing::new(value.into_vec())));
        };
        let mut bytes = read_stream(file, KEY_LIMIT).in_file(file)?;
        let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
        bytes.truncate(end);
        Ok(Some(bytes))
    }
}

/// What opens a private key that is in a file or in a token.
#[derive(Args, Clone, Debug, Default)]
pub struct KeyAccess {
    /// The passphrase of the file, or the token's PIN.
    #[command(flatten)]
    pub passphrase: Passphrase,
    /// PKCS#11 library of a key that is a pkcs11: URI without module-path [default: the environment variable
    /// PKCS11_MODULE_PATH, or p11-kit's proxy]
    #[arg(long = "pkcs11-module", value_name = "LIBRARY", help_heading = "Keys in tokens and services")]
    library: Option<PathBuf>,
}

impl KeyAccess {
    /// From the environment only, as the kernel's `sign-file` reads it.
    #[must_use]
    pub const fn from_environment() -> Self {
        Self { passphrase: Passphrase::from_file(None), library: None }
    }

    /// The same PKCS#11 library, and the passphrase of another key.
    #[must_use]
    pub fn for_another_key(&self, file: Option<PathBuf>) -> Self {
        Self { passphrase: Passphrase::from_file(file), library: self.library.clone() }
    }

    /// The PKCS#11 library.
    #[must_use]
    pub fn library(&self) -> Option<PathBuf> {
        self.library.clone().or_else(|| std::env::var_os(LIBRARY_VARIABLE).map(PathBuf::from))
    }
}
