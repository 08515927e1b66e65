//! What a kernel image holds: the only reader, for `--trust-kernel`, `--root` and `--running`.

use super::Origins;
use crate::error::CliError;
use crate::exit::Exit;
use modsig::kernel::Origin;
use modsig_trust::kernel_image::{Found, Image, ImageError};
use std::fmt;
use std::path::Path;

/// Opens an image.
///
/// # Errors
/// [`Exit::Malformed`] if it is no kernel image or is broken, [`Exit::Refused`] if its form is not supported.
pub(in crate::verify_module) fn open(file: &[u8]) -> Result<Image<'_>, CliError> {
    Image::open(file).map_err(|error| image_error(&error))
}

/// What the image error means for a user. [`Exit::Refused`]: the image may be fine, and cannot be judged.
pub(in crate::verify_module) fn image_error(error: &ImageError) -> CliError {
    let exit = match error {
        ImageError::Unsupported(_) | ImageError::Ambiguous(_) => Exit::Refused,
        _ => Exit::Malformed,
    };
    let failure = CliError::new(exit, error.to_string(), error.remedy());
    match error.offset() {
        // usize to u64: no target of this program has wider addresses.
        Some(offset) => failure.at(offset as u64),
        None => failure,
    }
}

/// The entries of a built-in blacklist (`CONFIG_SYSTEM_BLACKLIST_HASH_LIST`), counted.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(in crate::verify_module) struct Blacklist {
    /// All entries.
    pub(in crate::verify_module) entries: usize,
    /// Digests of certificates that are not of SHA-256.
    other_certificates: usize,
    /// Digests of files that are not of SHA-256.
    other_files: usize,
}

impl Blacklist {
    /// What a user should know of entries with an unusual length.
    pub(in crate::verify_module) fn notes(self) -> impl Iterator<Item = Note> {
        let notes = [
            (self.other_certificates > 0).then_some(Note::Certificates(self.other_certificates)),
            (self.other_files > 0).then_some(Note::Files(self.other_files)),
        ];
        notes.into_iter().flatten()
    }
}

/// A number of entries with an unusual length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::verify_module) enum Note {
    Certificates(usize),
    Files(usize),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificates(entries) => write!(
                f,
                "{entries} of the blacklisted hashes (tbs:) do not have the length of SHA-256: Linux 7.0 and later ignore \
                 them, earlier versions compare them with the digest that the certificate's signature uses"
            ),
            Self::Files(entries) => write!(
                f,
                "{entries} of the blacklisted hashes (bin:) do not have the length of SHA-256: no module is refused by them"
            ),
        }
    }
}

impl Origins {
    /// Adds the certificates that the image trusts.
    ///
    /// # Errors
    /// [`Exit::Refused`] if several lists could be the one, [`Exit::Malformed`] if the image is broken.
    pub(in crate::verify_module) fn add_built_in(
        &mut self,
        path: &Path,
        image: &Image<'_>,
    ) -> Result<Found, CliError> {
        let found = image.built_in().map_err(|error| image_error(&error))?;
        let from_here = |der: &Vec<u8>| (Origin::BuiltIn, der.clone(), path.to_path_buf());
        self.certificates.extend(found.certificates().iter().map(from_here));
        Ok(found)
    }

    /// Adds the certificates that the image revokes, and returns how many there are.
    ///
    /// # Errors
    /// As [`Self::add_built_in`].
    pub(in crate::verify_module) fn add_revoked(&mut self, image: &Image<'_>) -> Result<usize, CliError> {
        let found = image.revoked().map_err(|error| image_error(&error))?;
        self.revoked.extend(found.certificates().iter().map(|der| (Origin::BuiltIn, der.clone())));
        Ok(found.certificates().len())
    }

    /// Adds the hashes that the image blacklists. Certificates' are compared as Linux compares them, whatever their length;
    /// of files Linux compares SHA-256 only.
    pub(in crate::verify_module) fn add_blacklist(&mut self, image: &Image<'_>) -> Blacklist {
        let mut counts = Blacklist::default();
        for hash in image.blacklisted_hashes() {
            counts.entries += 1;
            let (kind, digits) = hash.split_at_checked(4).unwrap_or_default();
            match (kind, bytes_of(digits)) {
                ("tbs:", Some(digest)) => {
                    counts.other_certificates += usize::from(digest.len() != 32);
                    self.revoked_tbs.push((Origin::BuiltIn, digest));
                }
                ("bin:", Some(digest)) => match digest.try_into() {
                    Ok(sha256) => self.revoked_files.push((Origin::BuiltIn, sha256)),
                    Err(_) => counts.other_files += 1,
                },
                // Cannot occur; Linux, too, takes neither another prefix nor other digits.
                _ => counts.other_files += 1,
            }
        }
        counts
    }
}

/// The bytes of an even number of hexadecimal digits.
fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pair = |at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    (0..digits.len()).step_by(2).map(pair).collect()
}
