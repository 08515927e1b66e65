//! Keys and certificates from files: what the programs sign with and trust.

use crate::decisions::{certificate_failure, key_failure, signer_failure};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{KEY_LIMIT, read_file};
use modsig::cert::{CertError, Certificate};
use modsig::key::PrivateKey;
use modsig::signer::{Options, Signer, SignerError};
use modsig::trust::TrustStore;
use std::path::Path;
use zeroize::Zeroizing;

/// A failure and the file that it is about.
pub type AboutFile<'a> = (&'a Path, Failure);

/// Reads a file that may hold a private key: its bytes are wiped when dropped.
///
/// # Errors
/// [`Exit::Io`].
pub fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    Ok(Zeroizing::new(read_file(path, KEY_LIMIT)?.bytes))
}

/// All certificates of a file.
///
/// # Errors
/// [`Exit::Io`]; [`Exit::Malformed`] if one cannot be read or there is none.
pub fn read_certificates(path: &Path) -> Result<Vec<Certificate>, Failure> {
    Certificate::read_all(&read_secret(path)?).map_err(|error| certificate_failure(&error))
}

/// The certificates of all `paths`, as a trust store. `seen` is told of each.
///
/// # Errors
/// That of the first file that cannot be read whole: a verdict with half the trust would mislead.
pub fn read_trust(
    paths: &[impl AsRef<Path>],
    mut seen: impl FnMut(&Path, &Certificate),
) -> Result<TrustStore, AboutFile<'_>> {
    let mut store = TrustStore::new();
    for path in paths.iter().map(AsRef::as_ref) {
        for certificate in read_certificates(path).map_err(|failure| (path, failure))? {
            seen(path, &certificate);
            store.add(certificate);
        }
    }
    Ok(store)
}

/// The key in `key_path` with its certificate: from `certificate_path`, or else from the key's own file, as the
/// kernel's `signing_key.pem` holds both. Of several certificates the one that belongs to the key is taken.
///
/// # Errors
/// The file that is at fault, and what is wrong with it.
pub fn read_signer<'a>(
    key_path: &'a Path,
    certificate_path: Option<&'a Path>,
    options: Options,
) -> Result<Signer, AboutFile<'a>> {
    let key_file = read_secret(key_path).map_err(|failure| (key_path, failure))?;
    let key = PrivateKey::from_pem_or_der(&key_file).map_err(|error| (key_path, key_failure(&error)))?;
    let (path, certificates) = match certificate_path {
        Some(path) => (path, read_certificates(path)),
        None => (key_path, certificates_beside(&key_file)),
    };
    let certificates = certificates.map_err(|failure| (path, failure))?;
    let mut first_error = None;
    for certificate in &certificates {
        match Signer::new(&key, certificate, options) {
            Ok(signer) => return Ok(signer),
            // Another certificate of the file may be the key's.
            Err(error @ SignerError::KeyDoesNotMatchCertificate { .. }) => {
                first_error.get_or_insert(error);
            }
            Err(error) => return Err((path, signer_failure(&error))),
        }
    }
    let failure = first_error.map_or_else(no_certificate, |error| signer_failure(&error));
    Err((path, failure))
}

/// The certificates in the key's own file.
fn certificates_beside(key_file: &[u8]) -> Result<Vec<Certificate>, Failure> {
    Certificate::read_all(key_file).map_err(|error| match error {
        CertError::NoCertificate { .. } | CertError::Der(_) => no_certificate(),
        other => certificate_failure(&other),
    })
}

fn no_certificate() -> Failure {
    Failure::new(
        Exit::Malformed,
        "holds a private key but no certificate",
        "give the certificate with --cert",
    )
}
