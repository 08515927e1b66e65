//! The certificates of `--trust`: from files, and from directories of files.

use super::origins::{Added, Origins};
use crate::certificate_fate::{about, fate};
use crate::credentials::read_secret;
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::{KEY_LIMIT, read_file};
use crate::recognise::not_a_certificate;
use crate::terminal::Terminal;
use clap::Args;
use modsig::cert::{CertError, Certificate};
use modsig::kernel::Config;
use modsig::trust::TrustStore;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The certificates that are trusted.
#[derive(Args, Clone, Debug)]
pub(super) struct TrustArguments {
    /// Trust the certificates in this file or directory: PEM, PEM bundle, DER, or several DER certificates in a row (may
    /// be given several times)
    #[arg(id = "trust", long = "trust", value_name = "CERT")]
    paths: Vec<PathBuf>,
    /// Refuse a directory of --trust in which one file cannot be read. Without it, the file is left out with a warning
    #[arg(id = "strict_trust", long = "strict-trust", requires = "trust")]
    strict: bool,
}

impl TrustArguments {
    /// Whether no certificate is named.
    pub(super) const fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }
}

/// The file name extensions of certificates. Other files of a directory, such as a README or a key, are not read.
const ENDINGS: [&str; 6] = ["pem", "crt", "cer", "cert", "der", "x509"];

/// A file that may hold certificates.
struct Candidate {
    path: PathBuf,
    /// Whether it was found in a directory, where a key among certificates is skipped.
    found: bool,
}

/// Reads all certificates. Prints a note for each lint, and for each certificate with which `linux`, which has the
/// configuration `kernel`, verifies no module.
///
/// # Errors
/// The first named file that cannot be read whole, because a verdict with half the certificates would mislead; a directory
/// without certificates, or none of which can be read. Another bad file of a directory is left out with a warning, which can
/// only make a file worse than good, unless `strict` asks for the error.
pub(super) fn read(
    arguments: &TrustArguments,
    origins: &Origins,
    kernel: &Config,
    linux: &str,
    terminal: &mut Terminal,
) -> Result<TrustStore, CliError> {
    let mut store = TrustStore::new();
    // Path and subject of each certificate in the keyring, in its order.
    let mut names = Vec::new();
    let mut left_out = Vec::new();
    for Candidate { path, found } in candidates(&arguments.paths)? {
        // The file may be a key, so its bytes are wiped. A named file may be a pipe; a pipe in a directory is not read.
        let bytes = match found {
            true => read_file(&path, KEY_LIMIT).map(|source| Zeroizing::new(source.bytes)),
            false => read_secret(&path),
        };
        let read = bytes.and_then(|bytes| match Certificate::read_all(&bytes) {
            Err(CertError::NoCertificate { .. }) if found => Ok(Vec::new()),
            read => read.map_err(|error| not_a_certificate(&bytes, &error)),
        });
        let certificates = match read.in_file(&path) {
            Err(error) if found && !arguments.strict => {
                left_out.push((path, error));
                continue;
            }
            read => read?,
        };
        for certificate in certificates {
            let subject = certificate.subject();
            for lint in certificate.lints() {
                terminal.note(&path, format_args!("{subject}: {lint}"));
            }
            let before = store.certificates().len();
            store.add(certificate);
            // The store keeps a certificate that comes twice once.
            if store.certificates().len() > before {
                names.push((path.clone(), subject));
            }
        }
    }
    for (path, error) in left_out {
        if store.certificates().is_empty() {
            return Err(error);
        }
        terminal.warning(&path, format_args!("left out, its certificates are not trusted: {error}"));
    }
    origins.add_to(&mut store, |Added { path, der, subject, is_new, .. }| {
        let subject = subject.unwrap_or_else(|error| {
            let what = format!(
                "a certificate of {} bytes is not used for the verdict, only for the prediction: {error}",
                der.len()
            );
            terminal.note(path, what);
            String::new()
        });
        if is_new {
            names.push((path.to_path_buf(), subject));
        }
    });
    let keyring = store.keyring(kernel);
    for load in keyring.loads() {
        if let (Some(failure), Some((path, subject))) = (fate(load, linux), names.get(load.source)) {
            terminal.note(path, about(subject, &failure));
        }
    }
    // The names have one entry for each origin of a certificate, and for each that only the kernel can read.
    let mut named: HashMap<&[u8], _> = HashMap::new();
    for (der, name) in store.given().zip(&names) {
        named.entry(der).or_insert(name);
    }
    for certificate in store.certificates() {
        if let Some(reason) = store.not_for_modules(certificate, kernel)
            && let Some((path, subject)) = named.get(certificate.as_der())
        {
            let what = format!("{linux} verifies no module with this certificate: {reason}");
            terminal.note(path, about(subject, &CliError::new(Exit::Refused, what, reason.remedy())));
        }
    }
    Ok(store)
}

/// The files; each directory is replaced by its certificates, sorted by name.
fn candidates(paths: &[PathBuf]) -> Result<Vec<Candidate>, CliError> {
    let mut candidates = Vec::new();
    for path in paths {
        if path.is_dir() {
            let found = files_of(path).in_file(path)?;
            candidates.extend(found.into_iter().map(|path| Candidate { path, found: true }));
        } else {
            candidates.push(Candidate { path: path.clone(), found: false });
        }
    }
    Ok(candidates)
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, CliError> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|error| CliError::io("cannot read the directory", &error))?;
    let is_certificate = |path: &PathBuf| {
        let ending = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
        ending.is_some_and(|ending| ENDINGS.contains(&&*ending))
    };
    let mut files: Vec<_> = entries.iter().map(fs::DirEntry::path).filter(is_certificate).collect();
    if files.is_empty() {
        let endings = ENDINGS.map(|ending| format!(".{ending}")).join(", ");
        let what = format!("is a directory without certificates ({endings})");
        return Err(CliError::new(Exit::Io, what, "give a file, or a directory that holds some"));
    }
    files.sort();
    Ok(files)
}
