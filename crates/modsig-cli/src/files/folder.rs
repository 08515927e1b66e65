//! Temporary files and the folders they are in: how a living run is told from the remains of a killed one.
//!
//! Whoever has a temporary file in a folder holds a shared `flock` on the folder. A killed run holds nothing. So who
//! gets the exclusive lock knows that every temporary file in the folder is a leftover, in whatever container and with
//! whatever process number it was made, and may remove it.

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// How the name of every temporary file begins,
pub(super) const TEMPORARY_PREFIX: &str = ".modsig-";
/// how it ends,
pub(super) const TEMPORARY_SUFFIX: &str = ".tmp";
/// and how many random letters and digits stand between.
pub(super) const TEMPORARY_RANDOM: usize = 12;

/// A folder that is being written to: open, and locked against those who clear up.
#[derive(Debug)]
pub(super) struct Folder {
    file: File,
    device: u64,
}

/// The folders that this process writes to at the moment, by device and inode.
static OPEN: Mutex<Option<OpenFolders>> = Mutex::new(None);

type OpenFolders = HashMap<(u64, u64), Weak<Folder>>;

impl Folder {
    /// Opens a folder for as long as the result lives. `None` if it cannot be opened: one may be writable and not
    /// readable.
    pub(super) fn open(path: &Path) -> Option<Arc<Self>> {
        let key = |metadata: Metadata| (metadata.dev(), metadata.ino());
        let named = key(fs::metadata(path).ok()?);
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let open = open.get_or_insert_default();
        if let Some(folder) = open.get(&named).and_then(Weak::upgrade) {
            return Some(folder);
        }
        let file = File::open(path).ok()?;
        // Of what was opened, whatever the name means by now.
        let key = key(file.metadata().ok()?);
        lock_shared(&file);
        let folder = Arc::new(Self { file, device: key.0 });
        open.retain(|_, folder| folder.strong_count() > 0);
        open.insert(key, Arc::downgrade(&folder));
        Some(folder)
    }

    /// The file system's number.
    pub(super) const fn device(&self) -> u64 {
        self.device
    }

    /// Brings the folder's names to the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self.file.sync_all() {
            // Some file systems cannot sync a folder and say EINVAL; they have no better way.
            Err(error) if error.kind() != io::ErrorKind::InvalidInput => Err(error),
            _ => Ok(()),
        }
    }

    /// Brings everything that was written to the folder's file system to the disk. Tells errors of all writing since
    /// the folder was opened.
    pub(super) fn sync_file_system(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&self.file)?)
    }
}

/// Waits a second at most: clearing up takes less, and whoever else holds the exclusive lock for longer shall not
/// stop us. A temporary file without a lock may be cleared away by another run; then publishing it fails, no more.
fn lock_shared(folder: &File) {
    for _ in 0..100 {
        match flock(folder, FlockOperation::NonBlockingLockShared) {
            Err(Errno::WOULDBLOCK) => std::thread::sleep(Duration::from_millis(10)),
            _ => break,
        }
    }
}

/// What [`sweep_leftovers`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many temporary files of killed runs were removed.
    pub removed: usize,
    /// How many are left: another run is at work in the folder, or they are not ours, or cannot be removed.
    pub left: usize,
}

/// Removes the temporary files that killed runs left in a folder: regular files with such a name, one link, and our
/// owner (root takes everybody's: it made them for the owners of the modules). None while anybody is at work there.
///
/// What cannot be read or locked is left alone: clearing up is a service, never a reason to fail.
#[must_use]
pub fn sweep_leftovers(folder: &Path) -> Swept {
    let found = leftovers(folder);
    let mut swept = Swept { removed: 0, left: found.len() };
    if found.is_empty() {
        return swept;
    }
    let Ok(file) = File::open(folder) else { return swept };
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        return swept;
    }
    let us = rustix::process::geteuid();
    for path in found {
        let ours = fs::symlink_metadata(&path).is_ok_and(|metadata| {
            metadata.is_file() && metadata.nlink() == 1 && (us.is_root() || metadata.uid() == us.as_raw())
        });
        if ours && fs::remove_file(&path).is_ok() {
            swept.removed += 1;
            swept.left -= 1;
        }
    }
    swept
}

fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.flatten().filter(|entry| is_temporary(&entry.file_name()));
    entries.map(|entry| entry.path()).collect()
}

/// Whether a name is one that we give to temporary files.
pub(super) fn is_temporary(name: &OsStr) -> bool {
    let name = name.as_bytes();
    let middle = name
        .strip_prefix(TEMPORARY_PREFIX.as_bytes())
        .and_then(|name| name.strip_suffix(TEMPORARY_SUFFIX.as_bytes()));
    middle.is_some_and(|middle| {
        middle.len() == TEMPORARY_RANDOM && middle.iter().all(u8::is_ascii_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: &str = ".modsig-0123456789aZ.tmp";

    #[test]
    fn leftovers_go_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let names =
            [LEFT, ".modsig-short.tmp", ".modsig-0123456789a/.tmp", "dummy.ko", ".modsig-0123456789aZ.tmp2"];
        for name in names.iter().filter(|name| !name.contains('/')) {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::create_dir(folder.path().join(".modsig-aaaaaaaaaaaa.tmp")).unwrap();
        assert_eq!(sweep_leftovers(folder.path()), Swept { removed: 1, left: 1 });
        assert!(!folder.path().join(LEFT).exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }

    #[test]
    fn a_folder_where_somebody_works_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LEFT), "x").unwrap();
        let at_work = Folder::open(folder.path()).unwrap();
        assert_eq!(sweep_leftovers(folder.path()), Swept { removed: 0, left: 1 });
        drop(at_work);
        assert_eq!(sweep_leftovers(folder.path()), Swept { removed: 1, left: 0 });
    }

    #[test]
    fn one_lock_for_all_files_in_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = [(); 2].map(|()| Folder::open(folder.path()).unwrap());
        assert!(Arc::ptr_eq(&one, &two));
    }
}
