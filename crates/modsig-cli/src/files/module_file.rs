//! A module as a file: read, unpacked if its name says that it is compressed, and packed again for writing.

use super::compression::Compression;
use super::read::{MODULE_LIMIT, Source, read_file};
use crate::failure::Failure;
use crate::memory::Share;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A module that was read. Its bytes ([`Source::bytes`]) are the unpacked ones: what is signed, and what Linux loads.
#[derive(Debug)]
pub struct ModuleFile {
    /// The file.
    pub source: Source,
}

/// Reads a module, and unpacks it if its name ends in `.ko.gz`, `.ko.xz` or `.ko.zst`.
///
/// # Errors
/// Those of [`read_file`] and [`Compression::unpack`].
pub fn read_module(path: &Path) -> Result<ModuleFile, Failure> {
    let mut source = read_file(path, MODULE_LIMIT)?;
    if let Some(compression) = Compression::of_name(path) {
        source.bytes = compression.unpack(&source.bytes)?;
    }
    Ok(ModuleFile { source })
}

/// The same within a plan of memory: what a compressed module may become is reserved before it is unpacked. On return
/// `share` holds the length of the bytes that were read, besides what it held before.
///
/// # Errors
/// Those of [`read_module`].
pub fn read_module_within(path: &Path, share: &mut Share<'_>) -> Result<ModuleFile, Failure> {
    let before = share.held();
    let mut read = || {
        let mut source = read_file(path, MODULE_LIMIT)?;
        if let Some(compression) = Compression::of_name(path) {
            share.reserve(may_become(source.bytes.len()));
            source.bytes = compression.unpack(&source.bytes)?;
        }
        Ok(ModuleFile { source })
    };
    let file: Result<ModuleFile, Failure> = read();
    let len = file.as_ref().map_or(0, |file| file.source.bytes.len() as u64);
    // A file that is not compressed is in the plan by its size already.
    let held = if Compression::of_name(path).is_some() { len } else { 0 };
    share.shrink_to(before.saturating_add(held));
    file
}

/// The most bytes that a compressed file of this length is unpacked to ([`Compression::unpack`]), with the file itself.
/// A growing buffer may hold its bytes twice for a moment.
fn may_become(packed: usize) -> u64 {
    const FREE: u64 = 64 << 20;
    const MOST_RATIO: u64 = 200;
    let packed = packed as u64;
    packed.saturating_mul(MOST_RATIO).clamp(FREE, MODULE_LIMIT).saturating_add(packed)
}

impl ModuleFile {
    /// The bytes as they go into a file of that name, which decides how they are compressed.
    ///
    /// # Errors
    /// Those of [`Compression::pack`].
    pub fn packed_for(&self, name: &Path) -> Result<Cow<'_, [u8]>, Failure> {
        match Compression::of_name(name) {
            None => Ok(Cow::Borrowed(&self.source.bytes)),
            Some(compression) => compression.pack(&self.source.bytes).map(Cow::Owned),
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
            let packed = compression.pack(&contents).unwrap();
            std::fs::write(&path, &packed).unwrap();
            let file = read_module_within(&path, &mut share).unwrap();
            assert_eq!(file.source.bytes, contents);
            assert_eq!(share.held(), 5 + (1 << 20));
            share.shrink_to(5);
            assert!(may_become(packed.len()) >= 64 << 20);
            std::fs::write(&path, "damaged").unwrap();
            assert!(read_module_within(&path, &mut share).is_err());
            assert_eq!(share.held(), 5);
        }
        let plain = folder.path().join("file.ko");
        std::fs::write(&plain, &contents).unwrap();
        assert_eq!(read_module_within(&plain, &mut share).unwrap().source.bytes, contents);
        assert_eq!(share.held(), 5, "its size is in the plan of the groups");
        assert!(memory.most_reserved() >= 5 + (64 << 20));
    }

    #[test]
    fn names_beside_a_module() {
        let of = |module: &str| beside(Path::new(module), ".p7s");
        assert_eq!(of("a/dummy.ko"), Path::new("a/dummy.ko.p7s"));
        assert_eq!(of("a/dummy.ko.xz"), Path::new("a/dummy.ko.p7s"));
        assert_eq!(of("image.gz"), Path::new("image.gz.p7s"));
    }
}
