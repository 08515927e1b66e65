//! Text for messages: names, hexadecimal digits, long values cut short.

use der::Decode as _;
use x509_cert::name::Name;

/// A Name as text (RFC 4514), or its DER in hexadecimal if it is not one. C0 control characters and DEL are escaped, as
/// RFC 4514 has it; all others are kept as they are, for two names that differ must not look the same. A program that prints
/// them on a terminal escapes those that a terminal obeys.
pub(crate) fn name_text(der: &[u8]) -> String {
    match Name::from_der(der) {
        Ok(name) => name.to_string(),
        Err(_) => format!("#{}", hex(der)),
    }
}

/// What a file says of itself may have 65,000 bytes; a line for people has room for less.
pub(crate) fn shortened(text: String) -> String {
    /// Characters that are told: real names have fewer.
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
