//! The files on the recorded disk: what they are before, and what they may be after a power cut.

use crate::guest::{Failure, doing};
use rustix::fs::{XattrFlags, getxattr, setxattr};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

/// Where the file system is mounted.
pub const ROOT: &str = "/mnt";
/// The folder of the modules on it.
pub const MODULES: &str = "/mnt/modules";
/// Written by another program all the time.
pub const NEIGHBOUR: &str = "/mnt/neighbour";
const XATTR: &str = "user.origin";

/// A file: bytes, mode, owner, group, extended attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// All else that must be kept.
    pub attributes: (u32, u32, u32, Vec<u8>),
}

impl Content {
    fn read(path: &Path) -> Result<Self, Failure> {
        let name = path.to_string_lossy();
        let bytes = doing(&name, fs::read(path))?;
        let metadata = doing(&name, path.symlink_metadata())?;
        let mut value = [0; 64];
        let length = getxattr(path, XATTR, &mut value).unwrap_or(0);
        let attributes = (metadata.mode(), metadata.uid(), metadata.gid(), value[..length].to_vec());
        Ok(Self { bytes, attributes })
    }
}

/// All files by name, but the one of the neighbour.
pub type Files = BTreeMap<PathBuf, Content>;

/// Copies the modules to the mounted file system, with different modes, owners and attributes, and writes files that
/// `sign-module` must not touch.
///
/// # Errors
/// As the system reports them.
pub fn populate() -> Result<Files, Failure> {
    let mut folders = vec![PathBuf::from("/modules")];
    let mut number = 0;
    while let Some(folder) = folders.pop() {
        let target = Path::new(ROOT).join(folder.strip_prefix("/").unwrap_or(&folder));
        doing("a folder", fs::create_dir(&target))?;
        for entry in sorted(&folder)? {
            if entry.is_dir() {
                folders.push(entry);
                continue;
            }
            let path = target.join(entry.file_name().unwrap_or_default());
            doing("a module", fs::copy(&entry, &path))?;
            let owner = [0, 1000, 123][number % 3];
            doing("an owner", chown(&path, Some(owner), Some(owner)))?;
            let mode = [0o644, 0o600, 0o640, 0o444][number % 4];
            doing("a mode", fs::set_permissions(&path, Permissions::from_mode(mode)))?;
            let value = format!("package {number}");
            doing("an attribute", setxattr(&path, XATTR, value.as_bytes(), XattrFlags::empty()))?;
            number += 1;
        }
    }
    for (name, byte) in [("modules/modules.dep", 65), ("initrd", 66), ("modules/empty.txt", 0)] {
        let length = if byte == 0 { 0 } else { 70_000 };
        doing(name, fs::write(Path::new(ROOT).join(name), vec![byte; length]))?;
    }
    doing("the neighbour", fs::write(NEIGHBOUR, b""))?;
    read_all()
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let name = folder.to_string_lossy();
    let mut paths = Vec::new();
    for entry in doing(&name, fs::read_dir(folder))? {
        paths.push(doing(&name, entry)?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Reads all files of the mounted file system.
///
/// # Errors
/// As the system reports them.
pub fn read_all() -> Result<Files, Failure> {
    let (mut files, mut folders) = (Files::new(), vec![PathBuf::from(ROOT)]);
    while let Some(folder) = folders.pop() {
        for path in sorted(&folder)? {
            if path.is_dir() {
                // Made by mkfs.ext4, empty.
                if !path.ends_with("lost+found") {
                    folders.push(path);
                }
            } else if path != Path::new(NEIGHBOUR) {
                let content = Content::read(&path)?;
                files.insert(path, content);
            }
        }
    }
    Ok(files)
}

/// Whether this is a temporary file of `sign-module`.
pub fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(".modsig-") && name.ends_with(".tmp")
}

/// What a power cut left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Modules with the bytes from before.
    pub old: usize,
    /// Completely signed modules.
    pub new: usize,
    /// Modules of which the file is empty.
    pub empty: usize,
    /// Modules with any other bytes, or none at all.
    pub torn: usize,
    /// Temporary files.
    pub temporary: usize,
    /// All else that must not be: other attributes, changed or unknown files.
    pub wrong: Vec<String>,
}

/// Compares files with those before and after a whole run. A file whose bytes the run did not change may not change.
pub fn compare(found: &Files, old: &Files, new: &Files) -> Found {
    let mut result = Found::default();
    for (path, before) in old {
        let name = path.display();
        let signed = new.get(path).filter(|signed| signed.bytes != before.bytes);
        let Some(now) = found.get(path) else {
            result.wrong.push(format!("{name} is missing"));
            result.torn += usize::from(signed.is_some());
            continue;
        };
        if now.attributes != before.attributes {
            result.wrong.push(format!("{name} has {:?}, not {:?}", now.attributes, before.attributes));
        }
        match signed {
            None if now.bytes == before.bytes => {}
            None => result.wrong.push(format!("{name} was changed")),
            Some(signed) if now.bytes == signed.bytes => result.new += 1,
            Some(_) if now.bytes == before.bytes => result.old += 1,
            Some(_) if now.bytes.is_empty() => result.empty += 1,
            Some(_) => result.torn += 1,
        }
    }
    for path in found.keys().filter(|path| !old.contains_key(*path)) {
        if is_temporary(path) {
            result.temporary += 1;
        } else {
            result.wrong.push(format!("{} is new", path.display()));
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(list: &[(&str, &[u8], u32)]) -> Files {
        let content =
            |bytes: &[u8], mode| Content { bytes: bytes.to_vec(), attributes: (mode, 0, 0, Vec::new()) };
        list.iter().map(|&(name, bytes, mode)| (PathBuf::from(name), content(bytes, mode))).collect()
    }

    #[test]
    fn every_kind_of_damage_is_seen() {
        let old = files(&[
            ("a", b"a", 1),
            ("b", b"b", 1),
            ("c", b"c", 1),
            ("d", b"d", 1),
            ("e", b"e", 1),
            ("text", b"x", 1),
        ]);
        let new = files(&[
            ("a", b"A", 1),
            ("b", b"B", 1),
            ("c", b"C", 1),
            ("d", b"D", 1),
            ("e", b"E", 1),
            ("text", b"x", 1),
        ]);
        let found = |list| compare(&files(list), &old, &new);
        let whole: [(&str, &[u8], u32); 7] = [
            ("a", b"a", 1),
            ("b", b"B", 1),
            ("c", b"", 1),
            ("d", b"?", 1),
            ("e", b"e", 1),
            ("text", b"x", 1),
            (".modsig-x.tmp", b"", 9),
        ];
        let seen = Found { old: 2, new: 1, empty: 1, torn: 1, temporary: 1, wrong: Vec::new() };
        assert_eq!(found(&whole), seen);
        let mut list = whole;
        list[0].2 = 2;
        list[5].1 = b"y";
        list[6].0 = "unknown";
        let now = found(&list);
        assert_eq!((now.temporary, now.wrong.len()), (0, 3), "{:?}", now.wrong);
        let now = found(&whole[1..]);
        assert_eq!((now.old, now.torn), (1, 2));
        assert!(now.wrong.iter().any(|what| what == "a is missing"));
    }
}
