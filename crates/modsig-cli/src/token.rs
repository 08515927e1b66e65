//! Keys in PKCS#11 tokens: `pkcs11:` URIs in the place of key files.

use crate::credentials::Passphrase;
use crate::error::CliError;
use crate::exit::Exit;
use crate::terminal::Terminal;
use modsig::key::PrivateKey;
use std::path::Path;
use zeroize::Zeroizing;

/// The environment variable that names the PKCS#11 library.
pub const LIBRARY_VARIABLE: &str = "PKCS11_MODULE_PATH";

/// Whether a key's name is a PKCS#11 URI (RFC 7512).
#[must_use]
pub fn is_uri(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    bytes.get(..7).is_some_and(|start| start.eq_ignore_ascii_case(b"pkcs11:"))
}

/// The key that a URI names, and the certificates beside it in the token, in PEM.
///
/// # Errors
/// [`Exit::Usage`] for a URI that is wrong or names several keys; [`Exit::Refused`] for a PIN or key that is refused, and
/// if the program was built without the feature `pkcs11`; [`Exit::Io`] if library, token, key or PIN file cannot be read.
#[cfg(feature = "pkcs11")]
pub fn open(path: &Path, passphrase: &Passphrase) -> Result<(PrivateKey, Zeroizing<Vec<u8>>), CliError> {
    use modsig_token::{Access, TokenKey, Uri};
    let usage = |what: String| CliError::new(Exit::Usage, what, "RFC 7512 describes these URIs");
    let text = path.to_str().ok_or_else(|| usage("the URI is not UTF-8".into()))?;
    let uri = Uri::parse(text).map_err(|error| usage(error.to_string()))?;
    let pin = match (&uri.pin_source, &uri.pin_value) {
        (Some(file), _) => Passphrase::from_file(Some(file.into())).read()?,
        // In the URI itself: a file that is not needed is not read.
        (None, Some(_)) => None,
        (None, None) => passphrase.read()?,
    };
    let token = TokenKey::open(&uri, Access { library: passphrase.library(), pin }).map_err(|error| {
        let exit = match error.kind() {
            modsig_token::Kind::Usage => Exit::Usage,
            modsig_token::Kind::Refused => Exit::Refused,
            _ => Exit::Io,
        };
        CliError::new(exit, error.to_string(), "")
    })?;
    let certificates: String =
        token.certificates().iter().map(|der| modsig::pem::encode("CERTIFICATE", der).to_string()).collect();
    let key = PrivateKey::external(token.public_key().clone(), Box::new(token));
    let key = key.map_err(|error| crate::exit_mapping::key_error(&error))?;
    Ok((key, Zeroizing::new(certificates.into_bytes())))
}

/// The same in a program without this feature.
///
/// # Errors
/// [`Exit::Refused`].
#[cfg(not(feature = "pkcs11"))]
pub fn open(_: &Path, _: &Passphrase) -> Result<(PrivateKey, Zeroizing<Vec<u8>>), CliError> {
    let what = "this program was built without PKCS#11 (feature pkcs11)";
    Err(CliError::new(
        Exit::Refused,
        what,
        "use one that was built with it, or sign in two steps: prepare and attach (docs/guide/two-steps.md)",
    ))
}

/// Prints a note if a PIN is on the command line: every user of the machine sees it in the list of processes.
pub fn note_visible_pin(terminal: &mut Terminal) {
    let visible = |word: &std::ffi::OsString| {
        let word = word.as_encoded_bytes();
        is_uri_in(word) && find(word, PIN).is_some()
    };
    if std::env::args_os().skip(1).any(|word| visible(&word)) {
        terminal.note(
            Path::new("pin-value"),
            "all users of this machine see the PIN in the list of processes; give it with pin-source, --passphrase-file or KBUILD_SIGN_PIN",
        );
    }
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
