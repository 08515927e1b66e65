//! Text for messages: names, hexadecimal digits, truncation of long values.

use der::Decode as _;
use x509_cert::name::Name;

/// A Name as text (RFC 4514), or its DER in hexadecimal if it is not a Name. C0 control characters and DEL are escaped,
/// as in RFC 4514; all others are kept, so that different names look different. A program that prints the text on a
/// terminal must escape the characters that a terminal interprets.
pub(crate) fn name_text(der: &[u8]) -> String {
    match Name::from_der(der) {
        Ok(name) => name.to_string(),
        Err(_) => format!("#{}", hex(der)),
    }
}

/// Truncates a value from a file for a message: it may have up to 65,000 bytes.
pub(crate) fn shortened(text: String) -> String {
    /// The number of characters that are kept: real names are shorter.
    const MOST: usize = 240;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}… ({} bytes in all)", text.get(..end).unwrap_or_default(), text.len()),
        None => text,
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use core::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
