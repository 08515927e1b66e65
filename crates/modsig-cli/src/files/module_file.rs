//! A module as a file: read, unpacked if its name says that it is compressed, and packed again for writing.

use super::compression::{Compression, compression_of, pack, unpack};
use super::read::{MODULE_LIMIT, Source, read_file};
use crate::failure::Failure;
use modsig_compress::LinuxDefect;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A module that was read. Its bytes ([`Source::bytes`]) are the unpacked ones: what is signed, and what Linux loads.
#[derive(Debug)]
pub struct ModuleFile {
    /// The file.
    pub source: Source,
    /// How the file is compressed, if it is.
    pub packed: Option<Packed>,
}

/// How a file is compressed.
#[derive(Debug)]
pub struct Packed {
    /// The format.
    pub compression: Compression,
    /// How long the file is, in bytes.
    pub len: usize,
    /// Why Linux itself does not unpack the file, and the file as it is on disk.
    pub defect: Option<(LinuxDefect, Vec<u8>)>,
}

/// A file that could not be read as a module.
#[derive(Debug)]
pub struct NotRead {
    /// Why.
    pub failure: Failure,
    /// The file as it is on disk, if it was read and could not be unpacked.
    pub file: Option<(Compression, Vec<u8>)>,
}

/// Reads a module, and unpacks it if its name ends in `.ko.gz`, `.ko.xz` or `.ko.zst`.
///
/// # Errors
/// Those of [`read_file`] and [`unpack`].
pub fn read_module(path: &Path) -> Result<ModuleFile, Failure> {
    read_module_or_file(path).map_err(|not_read| not_read.failure)
}

/// The same; of a file that cannot be unpacked it returns the bytes as they are on disk.
///
/// # Errors
/// Those of [`read_module`].
pub fn read_module_or_file(path: &Path) -> Result<ModuleFile, NotRead> {
    let mut source = read_file(path, MODULE_LIMIT).map_err(|failure| NotRead { failure, file: None })?;
    let Some(compression) = compression_of(path) else { return Ok(ModuleFile { source, packed: None }) };
    let file = std::mem::take(&mut source.bytes);
    match unpack(compression, &file) {
        Ok(unpacked) => {
            source.bytes = unpacked.bytes;
            let len = file.len();
            let defect = unpacked.defect.map(|defect| (defect, file));
            Ok(ModuleFile { source, packed: Some(Packed { compression, len, defect }) })
        }
        Err(failure) => Err(NotRead { failure, file: Some((compression, file)) }),
    }
}

impl ModuleFile {
    /// Why Linux itself does not unpack the file.
    #[must_use]
    pub fn defect(&self) -> Option<LinuxDefect> {
        self.packed.as_ref()?.defect.as_ref().map(|(defect, _)| *defect)
    }

    /// The bytes as they go into a file of that name, which decides how they are compressed.
    ///
    /// # Errors
    /// Those of [`pack`].
    pub fn packed_for(&self, name: &Path) -> Result<Cow<'_, [u8]>, Failure> {
        match compression_of(name) {
            None => Ok(Cow::Borrowed(&self.source.bytes)),
            Some(compression) => {
                let original = self.packed.as_ref().filter(|packed| packed.compression == compression);
                pack(compression, &self.source.bytes, original.map(|packed| packed.len)).map(Cow::Owned)
            }
        }
    }
}

/// The name of a file that belongs to a module: `dummy.ko` and `dummy.ko.xz` both have `dummy.ko.p7s`, for a signature
/// is over the unpacked module.
#[must_use]
pub fn beside(module: &Path, ending: &str) -> PathBuf {
    let unpacked = match compression_of(module) {
        // Takes off `.gz`: what is left ends in `.ko`.
        Some(_) => module.with_extension(""),
        None => module.to_path_buf(),
    };
    let mut name = unpacked.into_os_string();
    name.push(ending);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_beside_a_module() {
        let of = |module: &str| beside(Path::new(module), ".p7s");
        assert_eq!(of("a/dummy.ko"), Path::new("a/dummy.ko.p7s"));
        assert_eq!(of("a/dummy.ko.xz"), Path::new("a/dummy.ko.p7s"));
        assert_eq!(of("image.gz"), Path::new("image.gz.p7s"));
    }
}
