//! PEM (RFC 7468) around the DER.

use super::ReadError;
use ::pkcs8::der::pem;
use alloc::vec;
use zeroize::Zeroizing;

/// Decodes one block with this label and hands its contents to `read`. The copy is wiped, whatever happens.
pub(super) fn read<T>(
    label: &'static str,
    text: &str,
    read: impl FnOnce(&[u8]) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    // Base64 is longer than what it encodes.
    let mut memory = Zeroizing::new(vec![0; text.len()]);
    let (found, contents) = pem::decode(text.as_bytes(), &mut memory).map_err(ReadError::Pem)?;
    if found != label {
        return Err(ReadError::Pem(pem::Error::UnexpectedTypeLabel { expected: label }));
    }
    read(contents)
}
