//! PKCS#11 URIs (RFC 7512): `pkcs11:token=T;object=K?module-path=/usr/lib/…`.
//!
//! Path attributes name the key and must all match. An unknown one is refused, because it could narrow the choice. Query
//! attributes say how to reach the token. An unknown one is ignored (both: §2.5).

use core::fmt;

use zeroize::Zeroizing;

/// The scheme, with its colon.
pub const SCHEME: &str = "pkcs11:";

/// The longest URI that is read, in bytes.
const MAX_LEN: usize = 16 << 10;

/// What a URI names, with the percent encoding removed. Text is UTF-8. `None` matches everything.
#[derive(Default)]
pub struct Uri {
    /// Label of the token (CKA `label` of `CK_TOKEN_INFO`).
    pub token: Option<String>,
    /// Manufacturer of the token.
    pub manufacturer: Option<String>,
    /// Serial number of the token.
    pub serial: Option<String>,
    /// Model of the token.
    pub model: Option<String>,
    /// Manufacturer of the library.
    pub library_manufacturer: Option<String>,
    /// Description of the library.
    pub library_description: Option<String>,
    /// Version of the library: major and minor number.
    pub library_version: Option<(u8, u8)>,
    /// Manufacturer of the slot.
    pub slot_manufacturer: Option<String>,
    /// Description of the slot.
    pub slot_description: Option<String>,
    /// Number of the slot.
    pub slot_id: Option<u64>,
    /// Label of the key (`CKA_LABEL`).
    pub object: Option<String>,
    /// Identifier of the key (`CKA_ID`).
    pub id: Option<Vec<u8>>,
    /// Path of the library.
    pub module_path: Option<String>,
    /// Name of the library, without folder and extension.
    pub module_name: Option<String>,
    /// Where the PIN is: a path, or a URI of the scheme `file`, turned into a path.
    pub pin_source: Option<String>,
    /// The PIN.
    pub pin_value: Option<Zeroizing<Vec<u8>>>,
}

impl Uri {
    /// Whether a text is meant as a PKCS#11 URI: it begins with [`SCHEME`], in any case of letters (RFC 3986 §3.1).
    pub fn is_one(text: &[u8]) -> bool {
        text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME.as_bytes()))
    }

    /// Reads a URI that names a private key.
    ///
    /// # Errors
    /// [`UriError`], see its variants. None contains the PIN.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        if text.len() > MAX_LEN {
            return Err(UriError::TooLong);
        }
        let rest =
            text.get(SCHEME.len()..).filter(|_| Self::is_one(text.as_bytes())).ok_or(UriError::Scheme)?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Self::default();
        for (name, value) in attributes(path, ';')? {
            uri.set_path(name, value)?;
        }
        for (name, value) in attributes(query, '&')? {
            uri.set_query(name, value)?;
        }
        if uri.pin_source.is_some() && uri.pin_value.is_some() {
            return Err(UriError::TwoPins);
        }
        Ok(uri)
    }

    fn set_path(&mut self, name: &str, value: &str) -> Result<(), UriError> {
        let slot = match name {
            "token" => &mut self.token,
            "manufacturer" => &mut self.manufacturer,
            "serial" => &mut self.serial,
            "model" => &mut self.model,
            "library-manufacturer" => &mut self.library_manufacturer,
            "library-description" => &mut self.library_description,
            "slot-manufacturer" => &mut self.slot_manufacturer,
            "slot-description" => &mut self.slot_description,
            "object" => &mut self.object,
            "id" => return once(&mut self.id, name, decode(name, value)?.to_vec()),
            "slot-id" => return once(&mut self.slot_id, name, number(name, value)?),
            "library-version" => {
                let (major, minor) = value.split_once('.').unwrap_or((value, "0"));
                let version = (number(name, major)?, number(name, minor)?);
                return once(&mut self.library_version, name, version);
            }
            "type" if text(name, value)? == "private" => return Ok(()),
            "type" => return Err(UriError::Type(text(name, value)?)),
            _ => return Err(UriError::Unknown(name.into())),
        };
        once(slot, name, text(name, value)?)
    }

    fn set_query(&mut self, name: &str, value: &str) -> Result<(), UriError> {
        match name {
            "module-path" => once(&mut self.module_path, name, absolute(text(name, value)?)?),
            "module-name" => once(&mut self.module_name, name, text(name, value)?),
            "pin-source" => once(&mut self.pin_source, name, pin_file(&text(name, value)?)?),
            "pin-value" => once(&mut self.pin_value, name, decode(name, value)?),
            _ => Ok(()),
        }
    }

    /// The path attributes that name a token, for messages.
    pub(crate) fn names_a_token(&self) -> bool {
        [&self.token, &self.serial].into_iter().any(Option::is_some) || self.slot_id.is_some()
    }
}

/// Names and values between separators. White space around an attribute, such as that of a broken line, is removed
/// (RFC 7512 §3: it is not a part of the URI).
fn attributes(text: &str, separator: char) -> Result<Vec<(&str, &str)>, UriError> {
    let parts = text.split(separator).map(str::trim).filter(|part| !part.is_empty());
    // In a query it may be a part of a PIN with an unencoded '&': not shown.
    let shown = |part: &str| if separator == '&' { String::new() } else { part.into() };
    parts.map(|part| part.split_once('=').ok_or_else(|| UriError::NoValue(shown(part)))).collect()
}

fn once<T>(slot: &mut Option<T>, name: &str, value: T) -> Result<(), UriError> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(UriError::Twice(name.into())),
    }
}

/// Removes the percent encoding (RFC 3986 §2.1). Allocates once, so that no copy of a PIN stays behind.
fn decode(name: &str, value: &str) -> Result<Zeroizing<Vec<u8>>, UriError> {
    let bad = || UriError::Encoding(name.into());
    let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16)).ok_or_else(bad);
    let mut out = Zeroizing::new(Vec::with_capacity(value.len()));
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        let byte = match byte {
            b'%' => {
                let both = digit(bytes.next())? * 16 + digit(bytes.next())?;
                u8::try_from(both).map_err(|_| bad())?
            }
            other => other,
        };
        out.push(byte);
    }
    Ok(out)
}

fn text(name: &str, value: &str) -> Result<String, UriError> {
    let bytes = decode(name, value)?;
    core::str::from_utf8(&bytes).map(str::to_owned).map_err(|_| UriError::Encoding(name.into()))
}

fn number<T: core::str::FromStr>(name: &str, value: &str) -> Result<T, UriError> {
    let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
    value.parse().ok().filter(|_| digits).ok_or_else(|| UriError::Number(name.into()))
}

/// A relative path would load another library in another folder (RFC 7512 §2.4 refuses it).
fn absolute(path: String) -> Result<String, UriError> {
    if path.starts_with('/') { Ok(path) } else { Err(UriError::ModulePath) }
}

/// A path, or the path of `file:/path`, `file:///path` or `file://localhost/path` (RFC 8089).
fn pin_file(source: &str) -> Result<String, UriError> {
    let Some(rest) = source.strip_prefix("file:") else {
        return if source.starts_with('/') { Ok(source.into()) } else { Err(UriError::PinSource) };
    };
    let path = match rest.strip_prefix("//") {
        Some(with_host) => with_host.strip_prefix("localhost").unwrap_or(with_host),
        None => rest,
    };
    // The value was decoded once; the file URI in it has an encoding of its own.
    if path.starts_with('/') { text("pin-source", path) } else { Err(UriError::PinSource) }
}

/// What is wrong with a URI.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UriError {
    /// It does not begin with `pkcs11:`.
    Scheme,
    /// It is longer than 16 KiB.
    TooLong,
    /// An attribute without `=`; its name, or nothing if it could be a part of a PIN.
    NoValue(String),
    /// A path attribute that RFC 7512 does not define; its name.
    Unknown(String),
    /// An attribute occurs twice; its name.
    Twice(String),
    /// The percent encoding is broken, or the text is not UTF-8; the name of the attribute.
    Encoding(String),
    /// Not a decimal number in range; the name of the attribute.
    Number(String),
    /// `type` names something other than a private key.
    Type(String),
    /// Both `pin-source` and `pin-value` (RFC 7512 §2.4 refuses them).
    TwoPins,
    /// `pin-source` is neither an absolute path nor a URI of the scheme `file`.
    PinSource,
    /// `module-path` is not an absolute path.
    ModulePath,
}

impl fmt::Display for UriError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scheme => write!(f, "the URI does not begin with {SCHEME}"),
            Self::TooLong => write!(f, "the URI is longer than {MAX_LEN} bytes"),
            Self::NoValue(name) => write!(
                f,
                "an attribute of the URI has no '=': '{name}'; write ';' and '&' in a value as %3B and %26"
            ),
            Self::Unknown(name) => write!(
                f,
                "the URI has the unknown attribute '{name}'; module-path, module-name, pin-source and pin-value follow a '?'"
            ),
            Self::Twice(name) => write!(f, "the URI has the attribute '{name}' twice"),
            Self::Encoding(name) => write!(
                f,
                "the value of '{name}' in the URI is not UTF-8 or has a '%' without two hexadecimal digits; write '%' as %25"
            ),
            Self::Number(name) => write!(f, "the value of '{name}' in the URI is not a number in range"),
            Self::Type(found) => {
                write!(
                    f,
                    "the URI names an object of type '{found}', not a private key; remove type= from it"
                )
            }
            Self::TwoPins => write!(f, "the URI has both pin-source and pin-value; remove pin-value"),
            Self::ModulePath => {
                write!(
                    f,
                    "module-path in the URI is not an absolute path; write it from the root: /usr/lib/…"
                )
            }
            Self::PinSource => {
                write!(
                    f,
                    "pin-source in the URI is not an absolute path or file: URI; give the PIN in a file"
                )
            }
        }
    }
}

impl core::error::Error for UriError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Uri {
        Uri::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// The examples of RFC 7512 §3 that name a private key, and each attribute.
    #[test]
    fn attributes_are_read_and_decoded() {
        let uri = parse(
            "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;\n  \
             object=my-key;type=private;id=%69%95%3E%5C%F4%BD%EC%91;serial=0042;slot-id=327;\
             slot-description=Sun%20Metaslot;slot-manufacturer=M;library-manufacturer=L;library-description=D;\
             library-version=3.12?module-path=/usr/lib/x.so&module-name=x&pin-source=file:/etc/token%2520pin&x-other=1",
        );
        assert_eq!(uri.token.as_deref(), Some("The Software PKCS#11 Softtoken"));
        assert_eq!(uri.manufacturer.as_deref(), Some("Snake Oil, Inc."));
        assert_eq!(uri.id.as_deref(), Some(&b"\x69\x95\x3e\x5c\xf4\xbd\xec\x91"[..]));
        assert_eq!((uri.model.as_deref(), uri.serial.as_deref()), (Some("1.0"), Some("0042")));
        assert_eq!((uri.slot_id, uri.library_version), (Some(327), Some((3, 12))));
        assert_eq!(uri.object.as_deref(), Some("my-key"));
        assert_eq!(uri.slot_description.as_deref(), Some("Sun Metaslot"));
        assert_eq!(uri.module_path.as_deref(), Some("/usr/lib/x.so"));
        assert_eq!(uri.pin_source.as_deref(), Some("/etc/token pin"));
        assert_eq!(parse("PKCS11:?pin-value=a%26%00b").pin_value.unwrap().as_slice(), b"a&\0b");
        assert_eq!(parse("pkcs11:library-version=2").library_version, Some((2, 0)));
        for source in ["/pin", "file:/pin", "file:///pin", "file://localhost/pin"] {
            let uri = parse(&format!("pkcs11:?pin-source={source}"));
            assert_eq!(uri.pin_source.as_deref(), Some("/pin"), "{source}");
        }
    }

    /// Kills: an unknown attribute that is skipped, so that the URI names more keys than its author meant.
    #[test]
    fn what_is_not_understood_is_refused() {
        let name = String::from;
        for (text, error) in [
            ("file:x", UriError::Scheme),
            ("pkcs1", UriError::Scheme),
            ("pkcs11:x-color=red", UriError::Unknown(name("x-color"))),
            ("pkcs11:module-path=/x", UriError::Unknown(name("module-path"))),
            ("pkcs11:object=a;object=b", UriError::Twice(name("object"))),
            ("pkcs11:?pin-value=1&pin-value=1", UriError::Twice(name("pin-value"))),
            ("pkcs11:object=%2", UriError::Encoding(name("object"))),
            ("pkcs11:object=%+1", UriError::Encoding(name("object"))),
            ("pkcs11:object=%ff", UriError::Encoding(name("object"))),
            ("pkcs11:slot-id=+1", UriError::Number(name("slot-id"))),
            ("pkcs11:slot-id=99999999999999999999", UriError::Number(name("slot-id"))),
            ("pkcs11:library-version=2.256", UriError::Number(name("library-version"))),
            ("pkcs11:type=cert", UriError::Type(name("cert"))),
            ("pkcs11:object", UriError::NoValue(name("object"))),
            ("pkcs11:?pin-value=1&pin-source=/a", UriError::TwoPins),
            ("pkcs11:?module-path=softhsm2.so", UriError::ModulePath),
            ("pkcs11:?module-path=./softhsm2.so", UriError::ModulePath),
            ("pkcs11:?pin-source=pin", UriError::PinSource),
            ("pkcs11:?pin-source=%7C/bin/pin", UriError::PinSource),
            ("pkcs11:?pin-source=file:pin", UriError::PinSource),
        ] {
            assert_eq!(Uri::parse(text).err(), Some(error), "{text}");
        }
        assert_eq!(
            Uri::parse(&format!("pkcs11:object={}", "a".repeat(MAX_LEN))).err(),
            Some(UriError::TooLong)
        );
    }

    /// A PIN with an unencoded '&' must not reach a message.
    #[test]
    fn no_error_shows_a_pin() {
        for text in
            ["pkcs11:?pin-value=12&S3cret", "pkcs11:?pin-value=S3cret%", "pkcs11:?pin-value=S3cret&S3cret"]
        {
            let error = Uri::parse(text).err().unwrap().to_string();
            assert!(!error.contains("S3cret"), "{error}");
        }
    }
}
