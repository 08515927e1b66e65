//! PEM (RFC 7468) around the DER.

use super::ReadError;
use ::pkcs8::der::pem;
use alloc::vec;
use zeroize::Zeroizing;

/// Decodes the one block with this label and passes its contents to `read`. Blocks with other labels, and text between
/// blocks, are ignored. The decoded copy is wiped.
pub(super) fn read<T>(
    label: &'static str,
    text: &str,
    read: impl FnOnce(&[u8]) -> Result<T, ReadError>,
) -> Result<T, ReadError> {
    // Without such a block, the decoder reports what is wrong with the text as a whole.
    let block = find_block(label, text)?.unwrap_or(text);
    // Base64 is longer than what it encodes.
    let mut memory = Zeroizing::new(vec![0; block.len()]);
    let (found, contents) = pem::decode(block.as_bytes(), &mut memory).map_err(ReadError::Pem)?;
    if found != label {
        return Err(ReadError::Pem(pem::Error::UnexpectedTypeLabel { expected: label }));
    }
    read(contents)
}

/// The block with this label, from `-----BEGIN` to the end of its last line, or to the end of the text.
fn find_block<'t>(label: &str, text: &'t str) -> Result<Option<&'t str>, ReadError> {
    // UTF-8's byte order mark, which some editors write before the first line.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut begin, mut end, mut offset) = (None, None, 0);
    for line in text.split_inclusive(['\n', '\r']) {
        if is_boundary("BEGIN ", label, line) {
            if begin.is_some() {
                // Two keys: nothing says which one to read.
                return Err(ReadError::Pem(pem::Error::PostEncapsulationBoundary));
            }
            begin = Some(offset);
        }
        offset += line.len();
        if begin.is_some() && end.is_none() && is_boundary("END ", label, line) {
            end = Some(offset);
        }
    }
    Ok(begin.and_then(|begin| text.get(begin..end.unwrap_or(text.len()))))
}

/// Whether a line is `-----BEGIN label-----`, or the same with `END`. Whitespace after it is ignored.
fn is_boundary(kind: &str, label: &str, line: &str) -> bool {
    let inner = line.trim_end().strip_prefix("-----").and_then(|line| line.strip_suffix("-----"));
    inner.and_then(|inner| inner.strip_prefix(kind)) == Some(label)
}
