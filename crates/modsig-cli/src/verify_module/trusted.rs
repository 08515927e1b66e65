//! The certificates of `--trust`: from files, and from directories of files.

use crate::certificate_fate::{about, fate};
use crate::credentials::read_secret;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{KEY_LIMIT, read_file};
use crate::recognise::not_a_certificate;
use crate::terminal::Terminal;
use modsig::cert::{CertError, Certificate};
use modsig::kernel::Config;
use modsig::trust::TrustStore;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// How the names of certificates end. Of a directory, no other file is read: a README or a key is not looked into.
const ENDINGS: [&str; 6] = ["pem", "crt", "cer", "cert", "der", "x509"];

/// A file that may hold certificates.
struct Candidate {
    path: PathBuf,
    /// It was found in a directory: a key among certificates is passed over then.
    found: bool,
}

/// Reads all certificates. What is remarkable about one, and that `linux`, which has the configuration
/// `kernel`, verifies no module with it, is told as a note.
///
/// # Errors
/// The first file that cannot be read whole: a verdict with half the trust would mislead. Also a directory without
/// certificates.
pub(super) fn read(
    paths: &[PathBuf],
    kernel: &Config,
    linux: &str,
    terminal: &mut Terminal,
) -> Result<TrustStore, (PathBuf, Failure)> {
    let mut store = TrustStore::new();
    // Of each certificate that the kernel gets, in that order.
    let mut names = Vec::new();
    for Candidate { path, found } in candidates(paths)? {
        // It may be a key: its bytes are wiped. What was named may be a pipe; a pipe in a directory is not waited for.
        let bytes = match found {
            true => read_file(&path, KEY_LIMIT).map(|source| Zeroizing::new(source.bytes)),
            false => read_secret(&path),
        };
        let bytes = bytes.map_err(|failure| (path.clone(), failure))?;
        let certificates = match Certificate::read_all(&bytes) {
            Err(CertError::NoCertificate { .. }) if found => continue,
            read => read.map_err(|error| (path.clone(), not_a_certificate(&bytes, &error)))?,
        };
        for certificate in certificates {
            let subject = certificate.subject();
            for lint in certificate.lints() {
                terminal.note(&path, format_args!("{subject}: {lint}"));
            }
            let before = store.certificates().len();
            store.add(certificate);
            // The same certificate twice is kept once.
            if store.certificates().len() > before {
                names.push((path.clone(), subject));
            }
        }
    }
    let keyring = store.keyring(kernel);
    for (load, (path, subject)) in keyring.loads().iter().zip(&names) {
        if let Some(failure) = fate(load, linux) {
            terminal.note(path, about(subject, &failure));
        }
    }
    Ok(store)
}

/// The files, and in the place of each directory those in it, sorted.
fn candidates(paths: &[PathBuf]) -> Result<Vec<Candidate>, (PathBuf, Failure)> {
    let mut candidates = Vec::new();
    for path in paths {
        if path.is_dir() {
            let found = files_of(path).map_err(|failure| (path.clone(), failure))?;
            candidates.extend(found.into_iter().map(|path| Candidate { path, found: true }));
        } else {
            candidates.push(Candidate { path: path.clone(), found: false });
        }
    }
    Ok(candidates)
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|error| Failure::io("cannot read the directory", &error))?;
    let is_certificate = |path: &PathBuf| {
        let ending = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
        ending.is_some_and(|ending| ENDINGS.contains(&&*ending))
    };
    let mut files: Vec<_> = entries.iter().map(fs::DirEntry::path).filter(is_certificate).collect();
    if files.is_empty() {
        let endings = ENDINGS.map(|ending| format!(".{ending}")).join(", ");
        let what = format!("is a directory without certificates ({endings})");
        return Err(Failure::new(Exit::Io, what, "give a file, or a directory that holds some"));
    }
    files.sort();
    Ok(files)
}
