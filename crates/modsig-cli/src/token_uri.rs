//! `pkcs11:` URIs in the place of key files, and the PINs in them.

use std::path::Path;

/// The environment variable that names the PKCS#11 library.
pub const LIBRARY_VARIABLE: &str = "PKCS11_MODULE_PATH";

/// Whether a key's name is a PKCS#11 URI (RFC 7512).
#[must_use]
pub fn is_uri(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"pkcs11:"))
}

/// Whether a PIN is on the command line: every user of the machine sees it in the list of processes.
#[must_use]
pub fn pin_is_visible() -> bool {
    let visible = |word: &std::ffi::OsString| {
        let word = word.as_encoded_bytes();
        is_uri_in(word) && find(word, PIN).is_some()
    };
    std::env::args_os().skip(1).any(|word| visible(&word))
}

const PIN: &[u8] = b"pin-value=";

/// Whether a word is a URI, or an option with one (`--key=pkcs11:…`).
fn is_uri_in(word: &[u8]) -> bool {
    word.to_ascii_lowercase().windows(7).any(|window| window == b"pkcs11:")
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

/// The text with the PIN of each URI replaced by dots, to print it. A PIN ends at '&' or white space, as in a URI.
#[must_use]
pub fn without_pin(text: &str) -> String {
    if !is_uri_in(text.as_bytes()) {
        return text.to_owned();
    }
    let mut parts = text.split("pin-value=");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.find(|c: char| c == '&' || c.is_whitespace()).and_then(|end| part.get(end..));
        out.push_str("pin-value=...");
        // Before white space stands the colon of a message: `FILE: WHAT`.
        let colon = rest.is_some_and(|rest| rest.starts_with(' '));
        out.push_str(if colon { ":" } else { "" });
        out.push_str(rest.unwrap_or_default());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_not_printed() {
        for (text, printed) in [
            (
                "pkcs11:object=k?pin-value=12:34: the PIN is wrong",
                "pkcs11:object=k?pin-value=...: the PIN is wrong",
            ),
            ("pkcs11:?pin-value=12&module-path=/x: bad", "pkcs11:?pin-value=...&module-path=/x: bad"),
            ("PKCS11:?pin-value=12", "PKCS11:?pin-value=..."),
            ("pkcs11:?pin-value=1&pin-value=2: twice", "pkcs11:?pin-value=...&pin-value=...: twice"),
            ("pkcs11:?pin-source=/pin: x", "pkcs11:?pin-source=/pin: x"),
            ("pin-value=1.ko: good", "pin-value=1.ko: good"),
        ] {
            assert_eq!(without_pin(text), printed);
        }
    }

    #[test]
    fn a_uri_is_recognised() {
        assert!(is_uri(Path::new("pkcs11:")) && is_uri(Path::new("PKCS11:object=k")));
        assert!(!is_uri(Path::new("./pkcs11:")) && !is_uri(Path::new("pkcs1")));
    }
}
