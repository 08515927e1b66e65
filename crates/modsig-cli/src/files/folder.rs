//! Temporary files and their folders: how to distinguish those of a running program from those of a killed one.
//!
//! A program that has a temporary file in a folder holds a shared `flock` on the folder. A killed program holds none. So a
//! program that gets the exclusive lock knows that every temporary file in the folder is a leftover, from any container and
//! any process number, and may remove it.

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

/// Prefix of the name of every temporary file,
pub(super) const TEMPORARY_PREFIX: &str = ".modsig-";
/// suffix,
pub(super) const TEMPORARY_SUFFIX: &str = ".tmp";
/// and number of random letters and digits between the two.
pub(super) const TEMPORARY_RANDOM: usize = 12;

/// A folder that the program writes to: open, and locked against removal of its temporary files.
#[derive(Debug)]
pub(super) struct Folder {
    file: File,
    device: u64,
}

/// The folders that this process is writing to, by device and inode.
static OPEN: Mutex<Option<OpenFolders>> = Mutex::new(None);

type OpenFolders = HashMap<(u64, u64), Weak<Folder>>;

impl Folder {
    /// Opens a folder for as long as the result lives. `None` if it cannot be opened: a folder may be writable but not
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
        // Of the opened folder, not of what the name means now.
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

    /// Writes the folder's names to the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        match self.file.sync_all() {
            // Some file systems cannot sync a folder and return EINVAL.
            Err(error) if error.kind() != io::ErrorKind::InvalidInput => Err(error),
            _ => Ok(()),
        }
    }

    /// Writes everything that was written to the folder's file system to the disk. Reports the errors of all writes since
    /// the folder was opened.
    pub(super) fn sync_file_system(&self) -> io::Result<()> {
        Ok(rustix::fs::syncfs(&self.file)?)
    }
}

/// Waits one second at most: a cleanup takes less, and a process that holds the exclusive lock for longer must not stop this
/// one. Another run may remove a temporary file without a lock; then publishing the file fails.
fn lock_shared(folder: &File) {
    for _ in 0..100 {
        match flock(folder, FlockOperation::NonBlockingLockShared) {
            Err(Errno::WOULDBLOCK) => std::thread::sleep(Duration::from_millis(10)),
            _ => break,
        }
    }
}

/// What [`remove_leftovers`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CleanupReport {
    /// How many temporary files of killed runs were removed.
    pub removed: usize,
    /// How many are left: another run is using the folder, or they belong to another user, or cannot be removed.
    pub left: usize,
}

/// Removes the temporary files that killed runs left in a folder: regular files with such a name, one link, and this user as
/// their owner (root removes those of all users, because it created them for the owners of the modules). Removes none while
/// another run uses the folder.
///
/// A folder that cannot be read or locked is left alone: a cleanup never makes a run fail.
#[must_use]
pub fn remove_leftovers(folder: &Path) -> CleanupReport {
    let found = leftovers(folder);
    let mut report = CleanupReport { removed: 0, left: found.len() };
    if found.is_empty() {
        return report;
    }
    let Ok(file) = File::open(folder) else { return report };
    if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
        return report;
    }
    let us = rustix::process::geteuid();
    for path in found {
        let ours = fs::symlink_metadata(&path).is_ok_and(|metadata| {
            metadata.is_file() && metadata.nlink() == 1 && (us.is_root() || metadata.uid() == us.as_raw())
        });
        if ours && fs::remove_file(&path).is_ok() {
            report.removed += 1;
            report.left -= 1;
        }
    }
    report
}

/// The folder of a file; `.` for a bare name.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.flatten().filter(|entry| is_temporary(&entry.file_name()));
    entries.map(|entry| entry.path()).collect()
}

/// Whether this is the name of a temporary file of these programs.
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
        assert_eq!(remove_leftovers(folder.path()), CleanupReport { removed: 1, left: 1 });
        assert!(!folder.path().join(LEFT).exists());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
    }

    /// Kills: removing another file's second name, or a link, that only has such a name.
    #[test]
    fn links_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("dummy.ko"), "x").unwrap();
        fs::hard_link(path("dummy.ko"), path(LEFT)).unwrap();
        std::os::unix::fs::symlink("dummy.ko", path(".modsig-aaaaaaaaaaaa.tmp")).unwrap();
        assert_eq!(remove_leftovers(folder.path()), CleanupReport { removed: 0, left: 2 });
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn a_folder_in_use_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(LEFT), "x").unwrap();
        let at_work = Folder::open(folder.path()).unwrap();
        assert_eq!(remove_leftovers(folder.path()), CleanupReport { removed: 0, left: 1 });
        drop(at_work);
        assert_eq!(remove_leftovers(folder.path()), CleanupReport { removed: 1, left: 0 });
    }

    #[test]
    fn one_lock_for_all_files_in_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let [one, two] = [(); 2].map(|()| Folder::open(folder.path()).unwrap());
        assert!(Arc::ptr_eq(&one, &two));
    }
}
