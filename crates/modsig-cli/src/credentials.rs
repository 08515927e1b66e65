//! Reads keys and certificates from files.

use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::{certificate_error, signer_error};
use crate::files::{KEY_LIMIT, read_stream};
use crate::key_access::{KeyAccess, Passphrase};
use crate::key_file::{Contents, KeyFile, note_old_form, with_passphrase};
use crate::recognise::{not_a_certificate, not_a_key};
use crate::terminal::Terminal;
use crate::token;
use crate::token_uri::is_uri;
use modsig::cert::{CertError, Certificate};
use modsig::key::{KeyError, PrivateKey};
use modsig::pem;
use modsig::signer::{Options, Signer, SignerError};
use modsig::trust::TrustStore;
use std::path::Path;
use zeroize::Zeroizing;

/// Reads a file or pipe, or standard input for `-`, that may hold a private key. The bytes are wiped when dropped.
///
/// # Errors
/// [`Exit::Io`]; [`Exit::Usage`] if standard input is named twice.
pub fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, CliError> {
    read_stream(path, KEY_LIMIT)
}

/// Reads a CMS that was made elsewhere: DER, or PEM with one block.
///
/// # Errors
/// [`Exit::Io`]; [`Exit::Malformed`] if it is PEM without exactly one CMS.
pub fn read_cms(path: &Path) -> Result<Vec<u8>, CliError> {
    let bytes = read_secret(path)?;
    if !pem::looks_like_pem(&bytes) {
        return Ok(bytes.to_vec());
    }
    let malformed = |what: String| {
        let advice = "give the CMS alone, in DER or PEM (openssl cms -sign … -outform DER)";
        CliError::new(Exit::Malformed, what, advice)
    };
    let blocks = pem::blocks(&bytes).map_err(|error| malformed(error.to_string()))?;
    match &blocks[..] {
        [block] if CMS_LABELS.contains(&&*block.label) => Ok(block.contents.to_vec()),
        _ => {
            let labels: Vec<_> = blocks.iter().map(|block| &*block.label).collect();
            Err(malformed(format!("is PEM without exactly one CMS block; it holds: {}", labels.join(", "))))
        }
    }
}

/// The PEM labels of a CMS.
pub const CMS_LABELS: [&str; 3] = ["CMS", "PKCS7", "PKCS #7 SIGNED DATA"];

/// All certificates of a file.
///
/// # Errors
/// [`Exit::Io`]; [`Exit::Usage`] for a pkcs11: URI; [`Exit::Malformed`] if one cannot be read or there is none.
pub fn read_certificates(path: &Path) -> Result<Vec<Certificate>, CliError> {
    let bytes = read_secret(path).map_err(|error| if is_uri(path) { in_a_token() } else { error })?;
    Certificate::read_all(&bytes).map_err(|error| not_a_certificate(&bytes, &error))
}

fn in_a_token() -> CliError {
    let what = "a pkcs11: URI names a private key, not a certificate";
    let advice = "give its certificate in a file; without --cert, sign-module takes the one in the token";
    CliError::new(Exit::Usage, what, advice)
}

/// The certificates of all `paths`, as a trust store. Calls `seen` for each.
///
/// # Errors
/// The first file that cannot be read completely, because a verdict with half the certificates would mislead.
pub fn read_trust(
    paths: &[impl AsRef<Path>],
    mut seen: impl FnMut(&Path, &Certificate),
) -> Result<TrustStore, CliError> {
    let mut store = TrustStore::new();
    for path in paths.iter().map(AsRef::as_ref) {
        for certificate in read_certificates(path).in_file(path)? {
            seen(path, &certificate);
            store.add(certificate);
        }
    }
    Ok(store)
}

/// Reads a private key, or opens one in a token (`pkcs11:`). Returns what may hold certificates beside it too. Prints a note
/// about an old form, and a warning about a file that others can read.
///
/// # Errors
/// What is wrong with which file; those of [`token::open`].
pub fn read_private_key(
    path: &Path,
    access: &KeyAccess,
    terminal: &mut Terminal,
) -> Result<(PrivateKey, Zeroizing<Vec<u8>>), CliError> {
    if is_uri(path) {
        let pin = |source: Option<&Path>| match source {
            Some(file) => Passphrase::from_file(Some(file.to_owned())).read(),
            None => access.passphrase.read(),
        };
        return token::open(path, access.library(), pin).in_file(path);
    }
    let (key, certificates) = read_key_file(path, &access.passphrase, terminal)?;
    note_old_form(&key, path, terminal);
    Ok((key, certificates))
}

/// As [`read_private_key`], for what needs the key itself: from a file, never a token. Without the note about an old form.
///
/// # Errors
/// What is wrong with which file; [`Exit::Refused`] for a `pkcs11:` URI.
pub fn read_key_file(
    path: &Path,
    passphrase: &Passphrase,
    terminal: &mut Terminal,
) -> Result<(PrivateKey, Zeroizing<Vec<u8>>), CliError> {
    let here = |error: CliError| error.in_file(path);
    if is_uri(path) {
        let what = "the key stays in its token, and this command needs it in a file";
        let advice = "sign-module --key and module-key certify take the token's URI";
        return Err(here(CliError::new(Exit::Refused, what, advice)));
    }
    let file = KeyFile::read(path).map_err(here)?;
    let opened = file.open(|| passphrase.read())?;
    let Contents { key, certificates } = opened.map_err(|error| here(not_a_key(&file.bytes, &error)))?;
    file.warn_if_exposed(path, terminal);
    Ok((key, certificates))
}

/// The private key in a file's bytes. Reads the passphrase only if the key is encrypted.
///
/// # Errors
/// Outside: the passphrase's file cannot be read. Inside: what is wrong with the key.
pub fn decrypt(file: &[u8], passphrase: &Passphrase) -> Result<Result<PrivateKey, KeyError>, CliError> {
    with_passphrase(|| passphrase.read(), |passphrase| PrivateKey::decrypt_pem_or_der(file, passphrase))
}

/// The key in `key_path` with its certificate: from `certificate_path`, or else from the key's own file, as in the kernel's
/// `signing_key.pem`. Of several certificates, uses the one that belongs to the key.
///
/// # Errors
/// What is wrong with which file.
pub fn read_signer(
    key_path: &Path,
    certificate_path: Option<&Path>,
    access: &KeyAccess,
    options: Options,
    terminal: &mut Terminal,
) -> Result<Signer, CliError> {
    let (key, key_file) = read_private_key(key_path, access, terminal)?;
    let (path, certificates) = match certificate_path {
        Some(path) => (path, read_certificates(path)),
        None => (key_path, certificates_beside(&key_file)),
    };
    let certificates = certificates.in_file(path)?;
    let mut first_error = None;
    for certificate in &certificates {
        match Signer::new(&key, certificate, options) {
            Ok(signer) => return Ok(signer),
            // Another certificate of the file may belong to the key.
            Err(error @ SignerError::KeyDoesNotMatchCertificate { .. }) => {
                first_error.get_or_insert(error);
            }
            Err(error) => return Err(signer_error(&error).in_file(path)),
        }
    }
    let failure = first_error.map_or_else(no_certificate, |error| signer_error(&error));
    Err(failure.in_file(path))
}

/// The certificates in the key's own file.
fn certificates_beside(key_file: &[u8]) -> Result<Vec<Certificate>, CliError> {
    Certificate::read_all(key_file).map_err(|error| match error {
        CertError::NoCertificate { .. } | CertError::Der(_) => no_certificate(),
        other => certificate_error(&other),
    })
}

fn no_certificate() -> CliError {
    CliError::new(
        Exit::Malformed,
        "holds a private key but no certificate",
        "give the certificate with --cert",
    )
}
