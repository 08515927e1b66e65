//! Escapes text from files (names, subjects of certificates), so that it cannot control a terminal or mislead a reader.
//!
//! All control characters (C0, DEL, C1), line and paragraph separators, and every character that is invisible or changes how
//! others are shown are escaped: Unicode's general category `Cf` (format) and the property `Default_Ignorable_Code_Point`.
//! Among them are the marks that change the direction of writing, zero-width characters, the soft hyphen, variation selectors
//! and tags.

use std::fmt::Write as _;

/// First and last character of each range of `Cf`, `Zl`, `Zp` and `Default_Ignorable_Code_Point` (Unicode 17), in order.
const HIDDEN: [(char, char); 27] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{2028}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
    // Noncharacters: terminals differ in how they show them.
    ('\u{fffe}', '\u{ffff}'),
    ('\u{10fffe}', '\u{10ffff}'),
];

/// Whether a character must not be written as it is.
fn is_hidden(c: char) -> bool {
    c.is_control() || (!c.is_ascii() && HIDDEN.iter().any(|&(first, last)| (first..=last).contains(&c)))
}

/// `text` on one line, each hidden character as `\n`, `\t`, `\r` or `\u{202e}`.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            // Writing to a String cannot fail.
            let _ = write!(out, "{}", c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// JSON in which each hidden character of a string is written as `\u202e`. The values stay the same: a reader of JSON
/// gets the characters back. `json` is valid JSON; line ends between its elements are kept.
#[must_use]
pub fn printable_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // Inside strings the serializer has escaped C0 already: what is left of it is white space between elements.
        if is_hidden(c) && !matches!(c, '\n' | '\r' | '\t') {
            for unit in c.encode_utf16(&mut [0; 2]) {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{unit:04x}");
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Bytes in hexadecimal, two lower-case digits each, without separators.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sample of each kind: C0, DEL, C1, soft hyphen, Arabic letter mark, Hangul filler, zero-width space and joiner, a mark
    /// of direction, word joiner, line separator, variation selector, byte order mark, tag.
    const SAMPLE: &str = "\n\u{1b}\u{7f}\u{80}\u{9b}\u{ad}\u{61c}\u{115f}\u{200b}\u{200d}\u{202e}\u{2060}\u{2028}\u{fe0f}\u{feff}\u{e0041}";

    #[test]
    fn hidden_characters_are_escaped_in_text() {
        let text = printable(&format!("a{SAMPLE}é漢"));
        assert_eq!(
            text,
            "a\\n\\u{1b}\\u{7f}\\u{80}\\u{9b}\\u{ad}\\u{61c}\\u{115f}\\u{200b}\\u{200d}\\u{202e}\\u{2060}\\u{2028}\\u{fe0f}\\u{feff}\\u{e0041}é漢"
        );
        assert_eq!(printable("plain é 漢字 ü"), "plain é 漢字 ü");
    }

    #[test]
    fn json_keeps_its_values() {
        let value = serde_json::json!({ SAMPLE: [SAMPLE, "é\"\\"] });
        for json in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let escaped = printable_json(&json);
            assert!(!escaped.chars().any(|c| is_hidden(c) && c != '\n'), "{escaped:?}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
        }
        assert_eq!(printable_json("\"\u{e0041}\""), "\"\\udb40\\udc41\"");
    }
}
