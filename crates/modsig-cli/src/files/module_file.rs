//! A module as a file: read, unpacked if its name says that it is compressed, and packed again for writing.

use super::behind::take_off;
use super::compression::{Compression, compression_of, pack, unpack};
use super::read::{MODULE_LIMIT, Source, read_file};
use crate::failure::Failure;
use crate::memory::Share;
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
    /// How many signatures were behind the compressed stream, and are taken off.
    pub behind: usize,
}

/// What to do about module signatures behind a compressed stream, which Linux never sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind {
    /// The file is rejected.
    Reject,
    /// They are taken off. Of a module that is not compressed none is.
    TakeOff,
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
    read_packed(path, Behind::Reject, |_| ())
}

/// Reads a module; of a compressed one, `before_unpacking` is told the length in bytes.
fn read_packed(
    path: &Path,
    behind: Behind,
    before_unpacking: impl FnOnce(usize),
) -> Result<ModuleFile, NotRead> {
    let mut source = read_file(path, MODULE_LIMIT).map_err(|failure| NotRead { failure, file: None })?;
    let Some(compression) = compression_of(path) else {
        return Ok(ModuleFile { source, packed: None, behind: 0 });
    };
    let mut file = std::mem::take(&mut source.bytes);
    let behind = match behind {
        Behind::Reject => 0,
        Behind::TakeOff => take_off(&mut file).map_err(|failure| NotRead { failure, file: None })?,
    };
    before_unpacking(file.len());
    match unpack(compression, &file) {
        Ok(unpacked) => {
            source.bytes = unpacked.bytes;
            let len = file.len();
            let defect = unpacked.defect.map(|defect| (defect, file));
            Ok(ModuleFile { source, packed: Some(Packed { compression, len, defect }), behind })
        }
        Err(failure) => Err(NotRead { failure, file: Some((compression, file)) }),
    }
}

/// The same within a plan of memory: what a compressed module may become is reserved before it is unpacked. On return
/// `share` holds the length of the bytes that were read, besides what it held before.
///
/// # Errors
/// Those of [`read_module`].
pub fn read_module_within(path: &Path, share: &mut Share<'_>, behind: Behind) -> Result<ModuleFile, NotRead> {
    let before = share.held();
    let read = read_packed(path, behind, |len| share.reserve(may_become(len)));
    let held = match &read {
        // A file that is not compressed is in the plan by its size already.
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

/// The most bytes that a compressed file of this length is unpacked to, with the file itself. Two decoders read a zstd frame, one
/// after the other, and a growing buffer may hold its bytes twice for a moment.
fn may_become(packed: usize) -> u64 {
    modsig_compress::limit::of(packed).saturating_add(packed as u64)
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

    /// What is reserved for a compressed module is what it may become, and afterwards what it is. Kills: nothing reserved,
    /// nothing given back.
    #[test]
    fn unpacking_is_in_the_plan() {
        let folder = tempfile::tempdir().unwrap();
        let contents = vec![7; 1 << 20];
        let memory = crate::memory::Memory::new(1);
        let mut share = memory.share();
        share.reserve(5);
        for compression in Compression::ALL {
            let path = folder.path().join(format!("file{}", compression.ending()));
            let packed = pack(compression, &contents, None).unwrap();
            std::fs::write(&path, &packed).unwrap();
            let file = read_module_within(&path, &mut share, Behind::Reject).unwrap();
            assert_eq!(file.source.bytes, contents);
            assert_eq!(share.held(), 5 + (1 << 20));
            share.shrink_to(5);
            assert!(may_become(packed.len()) >= 32 << 20);
            std::fs::write(&path, "damaged").unwrap();
            assert!(read_module_within(&path, &mut share, Behind::Reject).is_err());
            assert_eq!(share.held(), 5 + 7, "the file as it is on disk");
            share.shrink_to(5);
        }
        let plain = folder.path().join("file.ko");
        std::fs::write(&plain, &contents).unwrap();
        assert_eq!(read_module_within(&plain, &mut share, Behind::Reject).unwrap().source.bytes, contents);
        assert_eq!(share.held(), 5, "its size is in the plan of the groups");
        assert!(memory.most_reserved() >= 5 + (32 << 20));
    }

    #[test]
    fn names_beside_a_module() {
        let of = |module: &str| beside(Path::new(module), ".p7s");
        assert_eq!(of("a/dummy.ko"), Path::new("a/dummy.ko.p7s"));
        assert_eq!(of("a/dummy.ko.xz"), Path::new("a/dummy.ko.p7s"));
        assert_eq!(of("image.gz"), Path::new("image.gz.p7s"));
    }
}
