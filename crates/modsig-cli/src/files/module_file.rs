//! A module as a file: read, unpacked if its name says that it is compressed, and packed again for writing.

use super::compression::Compression;
use super::read::{MODULE_LIMIT, Source, read_file};
use crate::failure::Failure;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A module that was read. Its bytes ([`Source::bytes`]) are the unpacked ones: what is signed, and what Linux loads.
#[derive(Debug)]
pub struct ModuleFile {
    /// The file.
    pub source: Source,
    /// How it is compressed.
    pub compression: Option<Compression>,
}

/// Reads a module, and unpacks it if its name ends in `.ko.gz`, `.ko.xz` or `.ko.zst`.
///
/// # Errors
/// Those of [`read_file`] and [`Compression::unpack`].
pub fn read_module(path: &Path) -> Result<ModuleFile, Failure> {
    let mut source = read_file(path, MODULE_LIMIT)?;
    let compression = Compression::of_name(path);
    if let Some(compression) = compression {
        source.bytes = compression.unpack(&source.bytes)?;
    }
    Ok(ModuleFile { source, compression })
}

impl ModuleFile {
    /// `bytes`, compressed as the file was.
    ///
    /// # Errors
    /// Those of [`Compression::pack`].
    pub fn packed<'b>(&self, bytes: &'b [u8]) -> Result<Cow<'b, [u8]>, Failure> {
        match self.compression {
            None => Ok(Cow::Borrowed(bytes)),
            Some(compression) => compression.pack(bytes).map(Cow::Owned),
        }
    }
}

/// The name of a file that belongs to a module: `dummy.ko` and `dummy.ko.xz` both have `dummy.ko.p7s`, for a signature
/// is over the unpacked module.
#[must_use]
pub fn beside(module: &Path, ending: &str) -> PathBuf {
    let unpacked = match Compression::of_name(module) {
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
