//! `pkcs11:` URIs that name a key instead of a file, and the PINs in them.

use std::path::Path;
use std::sync::OnceLock;

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
    !visible_pins().is_empty()
}

/// The PINs on the command line, as they are written there.
fn visible_pins() -> &'static [String] {
    static PINS: OnceLock<Vec<String>> = OnceLock::new();
    PINS.get_or_init(|| {
        let words = std::env::args_os().skip(1);
        words
            .flat_map(|word| pins_in(&word.to_string_lossy()).map(str::to_owned).collect::<Vec<_>>())
            .collect()
    })
}

/// The PINs in a word that is a URI, or an option with one (`--key=pkcs11:…`): the values of `pin-value`, and of what may be
/// meant as it (`PIN-VALUE`, `pin`, in the path or the query). A value ends at '&'; white space is a part of it.
fn pins_in(word: &str) -> impl Iterator<Item = &str> {
    let attributes = if is_uri_in(word) { word } else { "" };
    attributes.match_indices(['?', '&', ';']).filter_map(move |(at, _)| {
        let (name, value) = word.get(at + 1..)?.split_once('=')?;
        let name = name.trim().to_ascii_lowercase();
        let value = value.split('&').next().unwrap_or_default();
        (name.starts_with("pin") && name != "pin-source" && !value.is_empty()).then_some(value)
    })
}

fn is_uri_in(word: &str) -> bool {
    word.to_ascii_lowercase().contains("pkcs11:")
}

/// The text with each PIN of the command line, and the one of each URI in it, replaced by dots, to print it.
#[must_use]
pub fn without_pin(text: &str) -> String {
    without(text, visible_pins())
}

/// The same for these PINs. Beyond them, a PIN ends at '&' or white space, as in a URI.
fn without(text: &str, pins: &[String]) -> String {
    if !is_uri_in(text) {
        return text.to_owned();
    }
    let known = pins.iter().fold(text.to_owned(), |text, pin| text.replace(&format!("={pin}"), "=..."));
    let mut parts = known.split("pin-value=");
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
            assert_eq!(without(text, &[]), printed);
        }
    }

    /// Kills: a PIN with a blank of which the second half is printed; one whose attribute is misspelt.
    #[test]
    fn pins_of_the_command_line_are_not_printed() {
        for word in [
            "pkcs11:object=k?pin-value=S3 cret",
            "--key=pkcs11:object=k?module-path=/x&pin-value=S3 cret&x=1",
            "pkcs11:object=k?PIN-VALUE=S3 cret",
            "pkcs11:object=k?pin=S3 cret",
            "pkcs11:object=k;pin-value=S3 cret",
            "pkcs11:object=k? pinvalue =S3 cret",
            "pkcs11:object=k?pin-value=S3 cret;pin-value=S3 cret",
        ] {
            let pins: Vec<_> = pins_in(word).map(str::to_owned).collect();
            let printed = without(&format!("{word}: cannot open: check the name"), &pins);
            assert!(!printed.contains("cret") && printed.ends_with("check the name"), "{printed}");
        }
        for word in ["pkcs11:object=pin?pin-source=/pin", "a?pin-value=1", "pkcs11:?pin-value=", "pkcs11:pin"]
        {
            assert_eq!(pins_in(word).count(), 0, "{word}");
        }
    }

    #[test]
    fn a_uri_is_recognised() {
        assert!(is_uri(Path::new("pkcs11:")) && is_uri(Path::new("PKCS11:object=k")));
        assert!(!is_uri(Path::new("./pkcs11:")) && !is_uri(Path::new("pkcs1")));
    }
}
