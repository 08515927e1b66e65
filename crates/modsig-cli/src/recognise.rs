//! Recognises files that are not the expected private key or certificate, for better error messages.
//!
//! Users give PKCS#12 files, bundles, keys instead of certificates. The kind of the file helps them more than a parser's error
//! about a tag at an offset. This file only chooses the message of an error.

use crate::error::CliError;
use crate::exit::Exit;
use crate::exit_mapping::{certificate_error, key_error};
use modsig::cert::{CertError, Certificate, Request};
use modsig::cms;
use modsig::key::{KeyError, PrivateKey, looks_like_pkcs12};
use modsig::pem::looks_like_pem;
use modsig::public_key::PublicKey;

/// The error for a file that is not a usable private key.
#[must_use]
pub fn not_a_key(bytes: &[u8], error: &KeyError) -> CliError {
    let structural = matches!(error, KeyError::Der(_) | KeyError::NoPrivateKey { .. });
    if let KeyError::NoPrivateKey { found } = error
        && found.split(", ").all(|label| CERTIFICATE_LABELS.contains(&label))
    {
        return swapped(&format!(
            "is a certificate, not a private key (no PRIVATE KEY block, only: {found})"
        ));
    }
    match Kind::of(bytes).filter(|_| structural) {
        None | Some(Kind::PrivateKey) => key_error(error),
        Some(Kind::Pkcs12) => malformed(
            &format!("is a PKCS#12 file that cannot be read ({})", reason(error)),
            "get the file again, or convert it: openssl pkcs12 -in FILE -out NEW.pem",
        ),
        Some(Kind::Certificate) => swapped("is a certificate, not a private key"),
        Some(Kind::Pkcs7) => malformed(
            "is a PKCS#7 bundle of certificates, and holds no private key",
            "give the file that holds the private key",
        ),
        Some(kind) => kind.error(),
    }
}

/// The error for a file that is not a usable certificate.
#[must_use]
pub fn not_a_certificate(bytes: &[u8], error: &CertError) -> CliError {
    let structural = matches!(error, CertError::Der(_) | CertError::NoCertificate { .. });
    if let CertError::NoCertificate { found } = error
        && found.split(", ").any(|label| label.ends_with("PRIVATE KEY") && !label.starts_with("OPENSSH"))
    {
        return swapped(&format!(
            "is a private key, not a certificate (no CERTIFICATE block, only: {found})"
        ));
    }
    match Kind::of(bytes).filter(|_| structural) {
        None | Some(Kind::Certificate) => certificate_error(error),
        Some(Kind::PrivateKey) => swapped("is a private key, not a certificate"),
        Some(kind) => kind.error(),
    }
}

/// The error for a file that is neither key nor certificate, public key or request. `as_key` and `as_certificate` are its errors
/// as the first two.
#[must_use]
pub fn not_anything(bytes: &[u8], as_key: &KeyError, as_certificate: &CertError) -> CliError {
    let structural = matches!(as_certificate, CertError::Der(_) | CertError::NoCertificate { .. });
    match Kind::of(bytes).filter(|_| structural) {
        Some(Kind::Certificate | Kind::PrivateKey | Kind::PublicKey | Kind::Request) | None => {
            // PKCS#8, PKCS#1 and SEC 1 begin with a version, certificates do not.
            let begins_as_key = contents_of_sequence(bytes).is_some_and(|inside| inside.starts_with(b"\x02"));
            if begins_as_key { key_error(as_key) } else { certificate_error(as_certificate) }
        }
        Some(kind) => kind.error(),
    }
}

/// The reason alone, without advice for other files.
fn reason(error: &KeyError) -> String {
    match error {
        KeyError::Der(error) => error.to_string(),
        other => other.to_string(),
    }
}

fn malformed(what: &str, advice: &str) -> CliError {
    CliError::new(Exit::Malformed, what, advice)
}

/// The PEM labels of certificates.
const CERTIFICATE_LABELS: [&str; 3] = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"];

fn swapped(what: &str) -> CliError {
    malformed(what, "give the private key here, a certificate with --cert (sign-file: HASH KEY X509 MODULE)")
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Certificate,
    PrivateKey,
    PublicKey,
    Request,
    Pkcs12,
    Pkcs7,
    /// A CMS that signs something.
    Signature,
    /// gzip, xz or zstd.
    Compressed,
    JavaKeyStore,
    Ssh,
    Utf16,
    Elf,
}

/// id-signedData (RFC 5652 §5.1) with tag and length.
const SIGNED_DATA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";

impl Kind {
    fn of(bytes: &[u8]) -> Option<Self> {
        let plain_start: &[(&[u8], Self)] = &[
            (b"\x7fELF", Self::Elf),
            (b"\x1f\x8b", Self::Compressed),
            (b"\xfd7zXZ", Self::Compressed),
            (b"\x28\xb5\x2f\xfd", Self::Compressed),
            (b"\xfe\xff", Self::Utf16),
            (b"\xff\xfe", Self::Utf16),
            (b"\xfe\xed\xfe\xed", Self::JavaKeyStore),
            (b"\xce\xce\xce\xce", Self::JavaKeyStore),
            (b"PuTTY-User-Key-File", Self::Ssh),
            (b"ssh-", Self::Ssh),
            (b"ecdsa-sha2-", Self::Ssh),
        ];
        if let Some((_, kind)) = plain_start.iter().find(|(start, _)| bytes.starts_with(start)) {
            return Some(*kind);
        }
        if looks_like_pem(bytes) {
            let begins = |label: &str| {
                let begin = format!("-----BEGIN {label}-----");
                bytes.windows(begin.len()).any(|window| window == begin.as_bytes())
            };
            return match () {
                () if begins("OPENSSH PRIVATE KEY") => Some(Self::Ssh),
                () if begins("PKCS7") || begins("CMS") => Some(Self::Pkcs7),
                () => None,
            };
        }
        let inside = contents_of_sequence(bytes)?;
        if looks_like_pkcs12(bytes) {
            return Some(Self::Pkcs12);
        }
        if inside.starts_with(SIGNED_DATA) {
            // A bundle of certificates has no SignerInfo, which the parser requires.
            return Some(if cms::parse(bytes).is_ok_and(|cms| !cms.signers.is_empty()) {
                Self::Signature
            } else {
                Self::Pkcs7
            });
        }
        if Certificate::read_all(bytes).is_ok() {
            return Some(Self::Certificate);
        }
        if PublicKey::from_spki_der(bytes).is_ok() {
            return Some(Self::PublicKey);
        }
        if Request::from_der(bytes).is_ok() {
            return Some(Self::Request);
        }
        let is_key = !matches!(PrivateKey::from_der(bytes), Err(KeyError::Der(_)));
        is_key.then_some(Self::PrivateKey)
    }

    /// The error for a file of this kind, for every expected kind.
    fn error(self) -> CliError {
        let (what, advice) = match self {
            Self::Certificate => ("is a certificate", "give the file that holds the requested object"),
            Self::PrivateKey => ("is a private key", "give the file that holds the requested object"),
            Self::PublicKey => ("is only a public key", "give the private key's file, or a certificate"),
            Self::Request => (
                "is a certificate request (PKCS#10), which the authority has not signed yet",
                "give the certificate that the authority made from it",
            ),
            Self::Pkcs12 => (
                "is a PKCS#12 file (.p12, .pfx), which holds a private key",
                "give it as the key, or take the certificate out: module-key convert --encrypt FILE --out KEY.pem --cert-out CERT.x509",
            ),
            Self::Signature => (
                "is a detached signature (CMS)",
                "attach it: sign-module --attach --cert CERT MODULE, or sign-file -s",
            ),
            Self::Compressed => (
                "is a compressed file, such as a module",
                "check the order of the arguments: is it the module?",
            ),
            Self::Pkcs7 => (
                "is PKCS#7 (CMS): a bundle of certificates, or a signature",
                "take the certificates out: openssl pkcs7 -inform DER -in FILE -print_certs -out NEW.pem (-inform PEM if it is PEM)",
            ),
            Self::JavaKeyStore => (
                "is a Java key store, which is not supported",
                "convert it: keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 -deststoretype pkcs12, then openssl pkcs12 -in NEW.p12 -nodes -out NEW.pem",
            ),
            Self::Ssh => (
                "is an SSH key, which is not supported",
                "convert a private key: ssh-keygen -p -m PKCS8 -f COPY, or make a key: module-key generate",
            ),
            Self::Utf16 => (
                "is text in UTF-16, as some Windows programs write it",
                "convert it: iconv -f UTF-16 -t UTF-8 FILE > NEW",
            ),
            Self::Elf => (
                "is an ELF file, such as a module or a program",
                "check the order of the arguments: is it the module?",
            ),
        };
        malformed(what, advice)
    }
}

/// The contents of the first SEQUENCE, to the end of the file. Its length is not checked, and may be BER's indefinite one, which
/// some programs write in PKCS#12 and PKCS#7.
fn contents_of_sequence(bytes: &[u8]) -> Option<&[u8]> {
    let [0x30, first, rest @ ..] = bytes else { return None };
    match first {
        0..=0x80 => Some(rest),
        0x81..=0x84 => rest.get(usize::from(first & 0x7f)..),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_recognised_by_their_first_bytes() {
        let pfx = b"\x02\x01\x03\x30\x82\x01\x00";
        let pkcs7 = [SIGNED_DATA, b"\xa0\x80"].concat();
        for (bytes, kind) in [
            ([&b"\x30\x82\x01\x07"[..], pfx].concat(), Some(Kind::Pkcs12)),
            ([&b"\x30\x80"[..], pfx].concat(), Some(Kind::Pkcs12)),
            ([&b"\x30\x81\x90"[..], &pkcs7].concat(), Some(Kind::Pkcs7)),
            ([&b"\x30\x80"[..], &pkcs7].concat(), Some(Kind::Pkcs7)),
            (b"\x7fELF\x02".to_vec(), Some(Kind::Elf)),
            (b"\xff\xfe-\0-\0".to_vec(), Some(Kind::Utf16)),
            (b"-----BEGIN OPENSSH PRIVATE KEY-----\n".to_vec(), Some(Kind::Ssh)),
            (b"-----BEGIN PKCS7-----\n".to_vec(), Some(Kind::Pkcs7)),
            (b"\x30\x82".to_vec(), None),
            (b"\x30\x03\x02\x01\x00".to_vec(), None),
            (Vec::new(), None),
        ] {
            assert_eq!(Kind::of(&bytes), kind, "{bytes:x?}");
        }
    }
}
