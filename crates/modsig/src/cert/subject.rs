//! The subject of a new certificate or request, read from text.

use core::fmt;

use der::Decode as _;
use x509_cert::name::Name;

use super::CertError;
use crate::asn1::{tag, write};
use crate::text::name_text;

/// A distinguished name, encoded: the subject of a new certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(Vec<u8>);

/// An attribute that a subject may have: its name in RFC 4514 or OpenSSL, the contents of its OID, the tag of its
/// string, and its longest value in characters (RFC 5280, appendix A.1; `UID` and `DC`: RFC 4519 sets no limit, so
/// that of Linux, 255 bytes, and that of a DNS label).
struct Attribute {
    name: &'static str,
    oid: &'static str,
    tag: u8,
    most: usize,
}

const fn attribute(name: &'static str, oid: &'static str, tag: u8, most: usize) -> Attribute {
    Attribute { name, oid, tag, most }
}

static ATTRIBUTES: [Attribute; 12] = [
    attribute("CN", "2.5.4.3", tag::UTF8_STRING, 64),
    attribute("O", "2.5.4.10", tag::UTF8_STRING, 64),
    attribute("OU", "2.5.4.11", tag::UTF8_STRING, 64),
    attribute("C", "2.5.4.6", tag::PRINTABLE_STRING, 2),
    attribute("ST", "2.5.4.8", tag::UTF8_STRING, 128),
    attribute("L", "2.5.4.7", tag::UTF8_STRING, 128),
    attribute("STREET", "2.5.4.9", tag::UTF8_STRING, 128),
    attribute("serialNumber", "2.5.4.5", tag::PRINTABLE_STRING, 64),
    attribute("emailAddress", "1.2.840.113549.1.9.1", tag::IA5_STRING, 255),
    // As `x509-cert` shows it.
    attribute("EMAIL", "1.2.840.113549.1.9.1", tag::IA5_STRING, 255),
    attribute("UID", "0.9.2342.19200300.100.1.1", tag::UTF8_STRING, 255),
    attribute("DC", "0.9.2342.19200300.100.1.25", tag::IA5_STRING, 63),
];

impl Subject {
    /// `CN=…`, one attribute, written as UTF8String: 1 to 64 characters, no control character.
    ///
    /// # Errors
    /// [`CertError::CommonName`].
    pub fn common_name(name: &str) -> Result<Self, CertError> {
        if !(1..=64).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(CertError::CommonName);
        }
        let [common_name, ..] = &ATTRIBUTES;
        Ok(Self(write(tag::SEQUENCE, &[&encode(common_name, name)?])))
    }

    /// Reads a name as RFC 4514 writes it: `CN=Example Corp module key,O=Example Corp,C=DE`. The most specific
    /// attribute comes first; the encoding has the reverse order, as OpenSSL's `-subj /C=…/O=…/CN=…`.
    ///
    /// Attributes: `CN`, `O`, `OU`, `C`, `ST`, `L`, `STREET`, `serialNumber`, `emailAddress`, `UID`, `DC`; upper and
    /// lower case are the same. A backslash escapes the next character (`\,` `\+` `\\` …) or is followed by two
    /// hexadecimal digits for one byte of UTF-8. White space around attributes and values is ignored unless it is
    /// escaped. Values with `#`, and several attributes in one RDN (`+`), are refused.
    ///
    /// # Errors
    /// [`CertError::Subject`].
    pub fn parse(text: &str) -> Result<Self, CertError> {
        let mut rdns = split(text)?.into_iter().map(read_attribute).collect::<Result<Vec<_>, _>>()?;
        rdns.reverse();
        let parts: Vec<&[u8]> = rdns.iter().map(Vec::as_slice).collect();
        Ok(Self(write(tag::SEQUENCE, &parts)))
    }

    /// A Name in DER, such as the subject of a request ([`super::Request::subject_der`]).
    ///
    /// # Errors
    /// [`CertError::Subject`] if it is not a Name or has no attribute: Linux refuses an empty name.
    pub fn from_der(der: &[u8]) -> Result<Self, CertError> {
        match Name::from_der(der) {
            Ok(name) if !name.is_empty() => Ok(Self(der.to_vec())),
            Ok(_) => Err(wrong("it is empty")),
            Err(_) => Err(wrong("it is not a name in DER")),
        }
    }

    /// The Name in DER.
    pub fn as_der(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Subject {
    /// As [`super::Certificate::subject`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&name_text(&self.0))
    }
}

fn wrong(what: impl Into<String>) -> CertError {
    CertError::Subject { what: what.into() }
}

/// A character of the text, and whether a backslash stood before it. Bytes in hexadecimal are joined to characters.
type Characters = Vec<(char, bool)>;

/// Splits the text at its commas and resolves the escapes.
fn split(text: &str) -> Result<Vec<Characters>, CertError> {
    let mut parts = vec![Characters::new()];
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let current = match c {
            ',' => {
                parts.push(Characters::new());
                continue;
            }
            '+' | '"' | ';' | '<' | '>' => return Err(wrong(format!("escape {c:?} with a backslash"))),
            '\\' if rest.peek().is_some_and(char::is_ascii_hexdigit) => unescape_bytes(&mut rest)?,
            '\\' => vec![(rest.next().ok_or_else(|| wrong("it ends with a backslash"))?, true)],
            c => vec![(c, false)],
        };
        // There is always a last part.
        if let Some(part) = parts.last_mut() {
            part.extend(current);
        }
    }
    Ok(parts)
}

/// Reads `XX`, and all further `\XX` that follow at once: together they must be UTF-8.
fn unescape_bytes(rest: &mut core::iter::Peekable<core::str::Chars<'_>>) -> Result<Characters, CertError> {
    let mut bytes = Vec::new();
    loop {
        let mut digit =
            || rest.next().and_then(|c| c.to_digit(16)).and_then(|digit| u8::try_from(digit).ok());
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(wrong("a backslash and a hexadecimal digit need a second digit"));
        };
        bytes.push(high << 4 | low);
        let mut ahead = rest.clone();
        let more = ahead.next() == Some('\\') && ahead.next().is_some_and(|c| c.is_ascii_hexdigit());
        if !more {
            break;
        }
        rest.next();
    }
    let text = String::from_utf8(bytes).map_err(|_| wrong("the bytes in hexadecimal are not UTF-8"))?;
    Ok(text.chars().map(|c| (c, true)).collect())
}

/// One `NAME=value`, as an RDN in DER.
fn read_attribute(part: Characters) -> Result<Vec<u8>, CertError> {
    let Some(at) = part.iter().position(|&character| character == ('=', false)) else {
        return Err(wrong("write each attribute as NAME=value, separated by commas"));
    };
    let (name, value) = part.split_at(at);
    let name: String = name.iter().map(|(c, _)| c).collect();
    let name = name.trim();
    let known = ATTRIBUTES.iter().find(|attribute| attribute.name.eq_ignore_ascii_case(name));
    let Some(attribute) = known else {
        let names = ATTRIBUTES.each_ref().map(|attribute| attribute.name).join(", ");
        return Err(wrong(format!("{name:?} is not one of {names}")));
    };
    let value = trimmed(value.get(1..).unwrap_or_default());
    if value.first() == Some(&('#', false)) {
        return Err(wrong("values in hexadecimal (#…) are not read; escape '#' with a backslash"));
    }
    encode(attribute, &value.iter().map(|(c, _)| c).collect::<String>())
}

/// Without the white space at both ends that is not escaped.
fn trimmed(mut value: &[(char, bool)]) -> &[(char, bool)] {
    while let [(' ' | '\t', false), rest @ ..] | [rest @ .., (' ' | '\t', false)] = value {
        value = rest;
    }
    value
}

/// SET { SEQUENCE { type, value } }
fn encode(attribute: &Attribute, value: &str) -> Result<Vec<u8>, CertError> {
    let Attribute { name, oid, tag: string, most } = attribute;
    if !(1..=*most).contains(&value.chars().count()) || value.chars().any(char::is_control) {
        return Err(wrong(format!("{name} must have 1 to {most} characters and no control characters")));
    }
    let fits = match *string {
        tag::IA5_STRING => value.is_ascii(),
        // RFC 5280, appendix A.1: X520countryName has two characters. ISO 3166 writes them as capital letters.
        tag::PRINTABLE_STRING if *name == "C" => {
            value.len() == 2 && value.bytes().all(|byte| byte.is_ascii_uppercase())
        }
        tag::PRINTABLE_STRING => {
            value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte))
        }
        _ => true,
    };
    if !fits {
        let form = match *name {
            "C" => "must be two capital letters (ISO 3166)",
            "serialNumber" => "may hold letters, digits, spaces and '()+,-./:=? only",
            _ => "may hold ASCII characters only",
        };
        return Err(wrong(format!("{name} {form}")));
    }
    let oid = der::asn1::ObjectIdentifier::new(oid).map_err(|_| wrong(*name))?;
    let value = write(*string, &[value.as_bytes()]);
    let pair = write(tag::SEQUENCE, &[&write(tag::OID, &[oid.as_bytes()]), &value]);
    Ok(write(tag::SET, &[&pair]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is read is what is shown, in the same order and with the same escapes. Kills: a lost escape, attributes in
    /// the order of the text, a comma inside a value that starts an attribute.
    #[test]
    fn names_are_read_as_they_are_shown() {
        for (text, shown) in [
            ("CN=Example", "CN=Example"),
            (
                "CN=Example Corp module key,O=Example Corp,C=DE",
                "CN=Example Corp module key,O=Example Corp,C=DE",
            ),
            (" cn = a b , o=c ", "CN=a b,O=c"),
            (r"CN=a\, b\+c\\d,O=\ e\ ", r"CN=a\, b\+c\\d,O=\ e\ "),
            (r"CN=\c3\a4\20x,O=y", "CN=ä x,O=y"),
            (r"CN=x\20bcd,O=y", "CN=x bcd,O=y"),
            (r"CN=\#1,OU=a=b", r"CN=\#1,OU=a=b"),
            ("emailAddress=a@example.org,serialNumber=12-3", "EMAIL=a@example.org,SERIALNUMBER=12-3"),
            ("EMAIL=a@example.org", "EMAIL=a@example.org"),
            ("UID=u,DC=example,DC=org", "UID=u,DC=example,DC=org"),
            ("CN=a,STREET=s,L=l,ST=t", "CN=a,STREET=s,L=l,ST=t"),
        ] {
            let subject = Subject::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(subject.to_string(), shown, "{text}");
            assert_eq!(Subject::from_der(subject.as_der()).as_ref(), Ok(&subject), "{text}");
        }
        assert_eq!(Subject::parse("CN=me"), Subject::common_name("me"));
        // C before O before CN in the encoding.
        let der = Subject::parse("CN=nnn,O=ooo,C=DE").unwrap().0;
        let at = |part: &[u8]| der.windows(part.len()).position(|window| window == part).unwrap();
        assert!(at(b"DE") < at(b"ooo") && at(b"ooo") < at(b"nnn"));
    }

    /// Kills: the form of another attribute in the message.
    #[test]
    fn the_form_is_named() {
        for (text, form) in
            [("C=de", "two capital letters"), ("serialNumber=a_b", "letters, digits"), ("DC=\u{e4}", "ASCII")]
        {
            let error = Subject::parse(text).unwrap_err().to_string();
            assert!(error.contains(form), "{text}: {error}");
        }
    }

    #[test]
    fn what_is_not_a_name_is_refused() {
        let long = format!("CN={}", "x".repeat(65));
        for text in [
            "",
            ",",
            "CN",
            "CN=",
            "CN=a,",
            "=a",
            "X=a",
            "2.5.4.3=a",
            "CN=a+O=b",
            "CN=a;O=b",
            "CN=\"a\"",
            r"CN=a\",
            r"CN=\c3",
            r"CN=\c",
            r"CN=\cx",
            r"CN=\00",
            "CN=a\n",
            "CN=#0401",
            "C=D",
            "C=DEU",
            "C=de",
            "C=ä1",
            "DC=ä",
            "serialNumber=*",
            &long,
        ] {
            let error = Subject::parse(text).expect_err(text);
            assert!(matches!(error, CertError::Subject { .. }), "{text}: {error}");
        }
        assert!(Subject::from_der(&[0x30, 0]).is_err() && Subject::from_der(b"x").is_err());
    }
}
