//! Keys and certificates from files: what the programs sign with and trust.

use crate::decisions::{certificate_failure, signer_failure};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{KEY_LIMIT, read_stream};
use crate::recognise::{not_a_certificate, not_a_key};
use clap::Args;
use modsig::cert::{CertError, Certificate};
use modsig::key::{KeyError, PrivateKey};
use modsig::pem;
use modsig::signer::{Options, Signer, SignerError};
use modsig::trust::TrustStore;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A failure and the file that it is about.
pub type AboutFile<'a> = (&'a Path, Failure);

/// How a module is signed with an RSA or ECDSA key that stays in a token.
pub const SIGN_WITH_CMS: &str = "RSA and ECDSA: openssl cms -sign -binary -noattr -nocerts -md sha512 -signer CERT -inkey KEY -in MODULE -outform DER -out MODULE.p7s, then sign-module --attach --cert CERT MODULE (docs/guide/hsm.md)";

/// Reads a file that may hold a private key, or a pipe, or for `-` standard input: its bytes are wiped when dropped.
///
/// # Errors
/// [`Exit::Io`]; [`Exit::Usage`] if standard input is named twice.
pub fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Failure> {
    read_stream(path, KEY_LIMIT)
}

/// Reads a CMS that was made elsewhere: DER, or PEM with one block.
///
/// # Errors
/// [`Exit::Io`]; [`Exit::Malformed`] if it is PEM and holds something else.
pub fn read_cms(path: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = read_secret(path)?;
    if !pem::looks_like_pem(&bytes) {
        return Ok(bytes.to_vec());
    }
    let malformed = |what: String| {
        let advice = "give the CMS alone, in DER or PEM (openssl cms -sign … -outform DER)";
        Failure::new(Exit::Malformed, what, advice)
    };
    let blocks = pem::blocks(&bytes).map_err(|error| malformed(error.to_string()))?;
    match &blocks[..] {
        [block] if CMS_LABELS.contains(&&*block.label) => Ok(block.contents.to_vec()),
        _ => {
            let labels: Vec<_> = blocks.iter().map(|block| &*block.label).collect();
            Err(malformed(format!("is PEM, but holds no single CMS block, only: {}", labels.join(", "))))
        }
    }
}

/// The PEM labels of a CMS.
const CMS_LABELS: [&str; 3] = ["CMS", "PKCS7", "PKCS #7 SIGNED DATA"];

/// All certificates of a file.
///
/// # Errors
/// [`Exit::Io`]; [`Exit::Malformed`] if one cannot be read or there is none.
pub fn read_certificates(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let bytes = read_secret(path)?;
    Certificate::read_all(&bytes).map_err(|error| not_a_certificate(&bytes, &error))
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

/// Where the passphrase of an encrypted private key comes from. Nobody is asked: builds have no terminal.
#[derive(Args, Clone, Debug, Default)]
pub struct Passphrase {
    /// Passphrase of an encrypted private key: the first line of this file, '-' is standard input [default: the
    /// environment variable KBUILD_SIGN_PIN]
    #[arg(id = "passphrase_file", long = "passphrase-file", value_name = "FILE")]
    file: Option<PathBuf>,
}

/// The variable in which Kbuild hands over the passphrase.
pub const PIN_VARIABLE: &str = "KBUILD_SIGN_PIN";

impl Passphrase {
    /// From the environment alone, as the kernel's `sign-file` takes it.
    #[must_use]
    pub const fn from_environment() -> Self {
        Self { file: None }
    }

    /// From a file, if there is one, else from the environment.
    #[must_use]
    pub const fn from_file(file: Option<PathBuf>) -> Self {
        Self { file }
    }

    /// The passphrase, which must be there and not empty.
    ///
    /// # Errors
    /// As [`Self::read`]; [`Exit::Usage`] if there is none.
    pub fn require(&self, for_what: &'static str) -> Result<Zeroizing<Vec<u8>>, AboutFile<'_>> {
        match self.read()? {
            Some(passphrase) if !passphrase.is_empty() => Ok(passphrase),
            _ => {
                let file = self.file.as_deref().unwrap_or(Path::new(PIN_VARIABLE));
                let what = format!("no passphrase, or an empty one, {for_what}");
                let advice = format!("give one in a file, or in the environment variable {PIN_VARIABLE}");
                Err((file, Failure::new(Exit::Usage, what, advice)))
            }
        }
    }

    /// The passphrase: the file's first line without its end, or the variable's value. `None` if there is neither.
    ///
    /// # Errors
    /// The file, if it cannot be read.
    pub fn read(&self) -> Result<Option<Zeroizing<Vec<u8>>>, AboutFile<'_>> {
        let Some(file) = &self.file else {
            let value = std::env::var_os(PIN_VARIABLE);
            return Ok(value.map(|value| Zeroizing::new(value.into_vec())));
        };
        let mut bytes = read_secret(file).map_err(|failure| (file.as_path(), failure))?;
        let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len());
        bytes.truncate(end);
        Ok(Some(bytes))
    }
}

/// A private key and the file's bytes, which may hold certificates too.
///
/// # Errors
/// The file that is at fault, and what is wrong with it; [`Exit::Refused`] for a key in a token (`pkcs11:`).
pub fn read_private_key<'a>(
    path: &'a Path,
    passphrase: &'a Passphrase,
) -> Result<(PrivateKey, Zeroizing<Vec<u8>>), AboutFile<'a>> {
    let here = |failure| (path, failure);
    if path.as_os_str().as_encoded_bytes().starts_with(b"pkcs11:") {
        let what = "keys in PKCS#11 tokens are not read";
        let advice = format!(
            "ML-DSA: sign-module prepare, sign the 64-byte mu in the token, sign-module attach. {SIGN_WITH_CMS}"
        );
        return Err(here(Failure::new(Exit::Refused, what, advice)));
    }
    let file = read_secret(path).map_err(here)?;
    let key = decrypt(&file, passphrase)?;
    Ok((key.map_err(|error| here(not_a_key(&file, &error)))?, file))
}

/// The private key in a file's bytes. The passphrase is looked for only if the key is encrypted.
///
/// # Errors
/// Outside: the passphrase's file cannot be read. Inside: what is wrong with the key.
pub fn decrypt<'a>(
    file: &[u8],
    passphrase: &'a Passphrase,
) -> Result<Result<PrivateKey, KeyError>, AboutFile<'a>> {
    Ok(match PrivateKey::from_pem_or_der(file) {
        Err(KeyError::Encrypted) => match passphrase.read()? {
            Some(passphrase) => PrivateKey::decrypt_pem_or_der(file, Some(&passphrase)),
            None => Err(KeyError::Encrypted),
        },
        other => other,
    })
}

/// The key in `key_path` with its certificate: from `certificate_path`, or else from the key's own file, as the
/// kernel's `signing_key.pem` holds both. Of several certificates the one that belongs to the key is taken.
///
/// # Errors
/// The file that is at fault, and what is wrong with it.
pub fn read_signer<'a>(
    key_path: &'a Path,
    certificate_path: Option<&'a Path>,
    passphrase: &'a Passphrase,
    options: Options,
) -> Result<Signer, AboutFile<'a>> {
    let (key, key_file) = read_private_key(key_path, passphrase)?;
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
