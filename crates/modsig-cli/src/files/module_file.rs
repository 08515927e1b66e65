//! Reads a module and unpacks it if its name says that it is compressed; packs it again for writing.

use super::compression::{Compression, compression_of, pack, unpack};
use super::inputs::Input;
use super::read::{Links, MODULE_LIMIT, Source, read_file_with};
use super::trailing::strip_trailing;
use crate::error::CliError;
use crate::memory::Share;
use modsig_compress::LinuxDefect;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A module that was read. Its bytes ([`Source::bytes`]) are the unpacked ones, which are signed and which Linux loads.
#[derive(Debug)]
pub struct ModuleFile {
    /// The file.
    pub source: Source,
    /// How the file is compressed, if it is.
    pub packed: Option<Packed>,
    /// How many signatures after the compressed stream were removed.
    pub trailing_signatures: usize,
}

/// What to do about module signatures after a compressed stream, which Linux never sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrailingSignatures {
    /// Reject the file.
    Reject,
    /// Remove them. Those of a module that is not compressed stay.
    Strip,
}

/// How a file is compressed.
#[derive(Debug)]
pub struct Packed {
    /// The format.
    pub compression: Compression,
    /// Length of the file in bytes.
    pub len: usize,
    /// Why Linux itself does not unpack the file, and the file as it is on disk.
    pub defect: Option<(LinuxDefect, Vec<u8>)>,
}

/// A file that could not be read as a module.
#[derive(Debug)]
pub struct NotRead {
    /// Why.
    pub error: Box<CliError>,
    /// The bytes on disk, if the file was read and could not be unpacked.
    pub file: Option<(Compression, Vec<u8>)>,
}

impl NotRead {
    fn without_bytes(error: CliError) -> Self {
        Self { error: Box::new(error), file: None }
    }
}

/// Reads a module, and unpacks it if its name ends in `.ko.gz`, `.ko.xz` or `.ko.zst`.
///
/// # Errors
/// Those of [`super::read_file`] and [`unpack`].
pub fn read_module(path: &Path) -> Result<ModuleFile, CliError> {
    read_module_or_file(path).map_err(|not_read| *not_read.error)
}

/// As [`read_module`]; the error of a file that cannot be unpacked has the bytes on disk.
///
/// # Errors
/// Those of [`read_module`].
pub fn read_module_or_file(path: &Path) -> Result<ModuleFile, NotRead> {
    read_packed(path, &Links::Follow, TrailingSignatures::Reject, |_| ())
}

/// Reads a module. Calls `before_unpacking` with the length in bytes of a compressed one.
fn read_packed(
    path: &Path,
    links: &Links,
    trailing: TrailingSignatures,
    before_unpacking: impl FnOnce(usize),
) -> Result<ModuleFile, NotRead> {
    let mut source = read_file_with(path, MODULE_LIMIT, links).map_err(NotRead::without_bytes)?;
    let Some(compression) = compression_of(path) else {
        return Ok(ModuleFile { source, packed: None, trailing_signatures: 0 });
    };
    let mut file = std::mem::take(&mut source.bytes);
    let trailing_signatures = match trailing {
        TrailingSignatures::Reject => 0,
        TrailingSignatures::Strip => strip_trailing(&mut file).map_err(NotRead::without_bytes)?,
    };
    before_unpacking(file.len());
    match unpack(compression, &file) {
        Ok(unpacked) => {
            source.bytes = unpacked.bytes;
            let len = file.len();
            let defect = unpacked.defect.map(|defect| (defect, file));
            Ok(ModuleFile { source, packed: Some(Packed { compression, len, defect }), trailing_signatures })
        }
        Err(error) => Err(NotRead { error: Box::new(error), file: Some((compression, file)) }),
    }
}

/// As [`read_module_or_file`], within a memory limit: reserves the largest unpacked length before it unpacks. On return `share`
/// holds the length of the bytes that were read, in addition to what it held before.
///
/// # Errors
/// Those of [`read_module`].
pub fn read_module_within(
    input: &Input,
    share: &mut Share<'_>,
    trailing: TrailingSignatures,
) -> Result<ModuleFile, NotRead> {
    let before = share.held();
    let read = read_packed(&input.path, &input.links, trailing, |len| share.reserve(largest_unpacked(len)));
    let held = match &read {
        // The limit of the batches covers the size of a file that is not compressed.
        Ok(ModuleFile { packed: None, .. }) | Err(NotRead { file: None, .. }) => 0,
        Ok(module) => {
            let on_disk = module.packed.as_ref().and_then(|packed| packed.defect.as_ref());
            module.source.bytes.len() + on_disk.map_or(0, |(_, file)| file.len())
        }
        Err(NotRead { file: Some((_, file)), .. }) => file.len(),
    };
    share.shrink_to(before.saturating_add(held as u64));
    read
}

/// The most bytes that a compressed file of this length unpacks to, plus the file itself. Two decoders read a zstd frame, one
/// after the other, and a growing buffer may hold its bytes twice for a moment.
fn largest_unpacked(packed: usize) -> u64 {
    modsig_compress::limit::of(packed).saturating_add(packed as u64)
}

impl ModuleFile {
    /// Why Linux itself does not unpack the file.
    #[must_use]
    pub fn defect(&self) -> Option<LinuxDefect> {
        self.packed.as_ref()?.defect.as_ref().map(|(defect, _)| *defect)
    }

    /// The bytes for a file of this name, compressed as its extension says.
    ///
    /// # Errors
    /// Those of [`pack`].
    pub fn packed_for(&self, name: &Path) -> Result<Cow<'_, [u8]>, CliError> {
        match compression_of(name) {
            None => Ok(Cow::Borrowed(&self.source.bytes)),
            Some(compression) => {
                let original = self.packed.as_ref().filter(|packed| packed.compression == compression);
                pack(compression, &self.source.bytes, original.map(|packed| packed.len)).map(Cow::Owned)
            }
        }
    }
}

/// The name of a file that belongs to a module: `dummy.ko` and `dummy.ko.xz` both have `dummy.ko.p7s`, because the signature
/// covers the unpacked module.
#[must_use]
pub fn companion_path(module: &Path, ending: &str) -> PathBuf {
    let unpacked = match compression_of(module) {
        // Removes `.gz`: the rest ends in `.ko`.
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

    fn named(path: &Path) -> Input {
        Input { path: path.to_path_buf(), size: 0, links: Links::Follow }
    }

    /// Reserves the largest unpacked length of a compressed module, and keeps the real one. Kills: nothing reserved, nothing
    /// returned.
    #[test]
    fn unpacking_is_within_the_memory_limit() {
        let folder = tempfile::tempdir().unwrap();
        let contents = vec![7; 1 << 20];
        let memory = crate::memory::Memory::new(1);
        let mut share = memory.share();
        share.reserve(5);
        for compression in Compression::ALL {
            let path = folder.path().join(format!("file{}", compression.ending()));
            let packed = pack(compression, &contents, None).unwrap();
            std::fs::write(&path, &packed).unwrap();
            let file = read_module_within(&named(&path), &mut share, TrailingSignatures::Reject).unwrap();
            assert_eq!(file.source.bytes, contents);
            assert_eq!(share.held(), 5 + (1 << 20));
            share.shrink_to(5);
            assert!(largest_unpacked(packed.len()) >= 32 << 20);
            std::fs::write(&path, "damaged").unwrap();
            assert!(read_module_within(&named(&path), &mut share, TrailingSignatures::Reject).is_err());
            assert_eq!(share.held(), 5 + 7, "the bytes on disk");
            share.shrink_to(5);
        }
        let plain = folder.path().join("file.ko");
        std::fs::write(&plain, &contents).unwrap();
        assert_eq!(
            read_module_within(&named(&plain), &mut share, TrailingSignatures::Reject).unwrap().source.bytes,
            contents
        );
        assert_eq!(share.held(), 5, "the limit of the batches covers it");
        assert!(memory.most_reserved() >= 5 + (32 << 20));
    }

    #[test]
    fn names_beside_a_module() {
        let of = |module: &str| companion_path(Path::new(module), ".p7s");
        assert_eq!(of("a/dummy.ko"), Path::new("a/dummy.ko.p7s"));
        assert_eq!(of("a/dummy.ko.xz"), Path::new("a/dummy.ko.p7s"));
        assert_eq!(of("image.gz"), Path::new("image.gz.p7s"));
    }
}
