//! Compressed modules as files: the compression by the name, and the messages for the errors of `modsig-compress`.

use super::trailing::{has_trailing_signature, trailing_signature_error};
use crate::error::CliError;
use crate::exit::Exit;
use modsig_compress::{UnpackError, Unpacked};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

pub use modsig::kernel::Compression;

/// The compression of a module, by the extension of its name. No other file counts as compressed.
#[must_use]
pub fn compression_of(path: &Path) -> Option<Compression> {
    Compression::of_name(path.file_name()?.as_bytes())
}

/// Unpacks a complete file that every reader unpacks to the same bytes.
///
/// # Errors
/// [`Exit::Malformed`] if it is not such a file; [`Exit::Io`] if it unpacks to more than
/// [`modsig_compress::limit::of`] allows, or there is no memory for it. Never holds more than that.
pub fn unpack(compression: Compression, file: &[u8]) -> Result<Unpacked, CliError> {
    modsig_compress::unpack(compression, file).map_err(|error| match &error {
        UnpackError::Trailing { offset, len, .. } if has_trailing_signature(file) => {
            // usize to u64: no target of this program has wider addresses.
            trailing_signature_error(compression.name(), *len).at(*offset as u64)
        }
        error => unpack_error(compression, error),
    })
}

fn unpack_error(compression: Compression, error: &UnpackError) -> CliError {
    let name = compression.name();
    let (exit, advice) = match error {
        UnpackError::Magic(_) => (Exit::Malformed, "give the file its right name, or get it again".into()),
        UnpackError::GzipHeader { .. } => {
            (Exit::Malformed, "Linux would unpack another module: pack it again with gzip -n".into())
        }
        UnpackError::Trailing { .. } => (
            Exit::Malformed,
            format!("Linux does not read them: get the file again, or pack it again with {name}"),
        ),
        UnpackError::Dictionary { .. } => {
            (Exit::Malformed, format!("pack it again with {name} and a smaller dictionary or window"))
        }
        UnpackError::TooLong { .. } => (Exit::Io, "do not use this file; get the module again".into()),
        UnpackError::Memory { .. } => (Exit::Io, "free some memory and try again".into()),
        _ => (Exit::Malformed, "get the file again".into()),
    };
    let failure = CliError::new(exit, error.to_string(), advice);
    match error {
        // usize to u64: no target of this program has wider addresses.
        UnpackError::Trailing { offset, .. } => failure.at(*offset as u64),
        _ => failure,
    }
}

/// Packs a module as [`modsig_compress::pack`] does; `original` is the length of the file that it replaces, if it has the same
/// compression.
///
/// # Errors
/// [`Exit::Internal`] if the encoder fails, or its output does not unpack to `contents`.
pub fn pack(compression: Compression, contents: &[u8], original: Option<usize>) -> Result<Vec<u8>, CliError> {
    modsig_compress::pack(compression, contents, original).map_err(|error| {
        let advice = format!("report this; until then, pack it with {}", compression.name());
        CliError::new(Exit::Internal, format!("{error}; nothing was written"), advice)
    })
}
