//! Writing a file whole or not at all.
//!
//! The bytes go to a temporary file in the folder of the target ([`stage`]), with everything that can fail:
//! writing, owner, extended attributes, mode, fsync. Only then a rename makes it the target
//! ([`Staged::publish`]). Whoever drops a [`Staged`] takes the temporary file away, so no error leaves
//! anything behind, and at every moment the target is either the old file or the whole new one.
//!
//! The two steps are apart so that a batch can stage many files ([`stage_unsynced`]), sync each file system once, and
//! rename them all ([`publish_all`]).

use super::folder::{Folder, TEMPORARY_PREFIX, TEMPORARY_RANDOM, TEMPORARY_SUFFIX};
use super::read::{Identity, Source, other_than_regular};
use crate::exit::Exit;
use crate::failure::Failure;
use std::collections::HashMap;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::{Builder, TempPath};
use xattr::FileExt;

/// What the staged bytes will become.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// The file that was read, with its mode, owner and extended attributes. A symbolic link on the way to it
    /// stays a link. Other hard links keep the old bytes (as with every replacement by rename).
    InPlaceOf(&'a Source),
    /// A file of its own.
    File {
        /// Its name; an existing symbolic link is followed.
        path: &'a Path,
        /// Its mode, before the process's umask.
        mode: u32,
        /// Whether a file of that name may be replaced.
        overwrite: bool,
    },
}

/// Bytes under a temporary name. Dropping it removes them.
#[derive(Debug)]
pub struct Staged {
    temporary: TempPath,
    target: PathBuf,
    rule: Rule,
    /// Held while the temporary file is there.
    folder: Option<Arc<Folder>>,
    synced: bool,
}

/// What must be so at the moment of the rename.
#[derive(Debug)]
enum Rule {
    /// The target is still this file.
    Unchanged(Identity),
    /// The target may be replaced.
    Overwrite,
    /// There is no target.
    New,
}

/// Writes `bytes` beside their target, complete and synced.
///
/// # Errors
/// [`Exit::Io`] if the system refuses any step, [`Exit::Refused`] if the target exists and may not be
/// replaced. The target is untouched and the temporary file is gone.
pub fn stage(bytes: &[u8], place: Place<'_>) -> Result<Staged, Failure> {
    stage_maybe_synced(bytes, place, true)
}

/// As [`stage`], but the bytes are not on the disk before [`publish_all`] syncs the file system.
///
/// # Errors
/// As [`stage`].
pub fn stage_unsynced(bytes: &[u8], place: Place<'_>) -> Result<Staged, Failure> {
    stage_maybe_synced(bytes, place, false)
}

fn stage_maybe_synced(bytes: &[u8], place: Place<'_>, synced: bool) -> Result<Staged, Failure> {
    let (target, rule, creation_mode) = match place {
        // Nobody else may look while the mode is not yet the original's.
        Place::InPlaceOf(source) => (source.real_path.clone(), Rule::Unchanged(source.identity()), 0o600),
        Place::File { path, mode, overwrite } => {
            let rule = if overwrite { Rule::Overwrite } else { Rule::New };
            (resolve_new(path, overwrite)?, rule, mode)
        }
    };
    // Opened before the first write: its sync tells errors from then on.
    let folder = Folder::open(folder_of(&target));
    let mut temporary = Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .rand_bytes(TEMPORARY_RANDOM)
        .suffix(TEMPORARY_SUFFIX)
        .permissions(Permissions::from_mode(creation_mode))
        .tempfile_in(folder_of(&target))
        .map_err(|error| not_created(&target, &error))?;
    temporary.write_all(bytes).map_err(|error| Failure::io("cannot write", &error))?;
    if let Place::InPlaceOf(source) = place {
        keep_attributes(source, temporary.as_file())?;
    }
    // A folder that may be written but not read has no handle to sync its file system by.
    let synced = synced || folder.is_none();
    if synced {
        temporary.as_file().sync_all().map_err(|error| not_synced(&error))?;
    }
    Ok(Staged { temporary: temporary.into_temp_path(), target, rule, folder, synced })
}

fn not_created(target: &Path, error: &io::Error) -> Failure {
    let folder = folder_of(target);
    if error.kind() == io::ErrorKind::NotFound && !folder.exists() {
        let what = format!("cannot be written: there is no folder {}", folder.display());
        return Failure::new(Exit::Io, what, "make the folder first (mkdir -p), or choose another name");
    }
    Failure::io("cannot create a temporary file in the same folder", error)
}

fn not_synced(error: &io::Error) -> Failure {
    Failure::io("cannot write to the disk", error)
}

fn folder_not_synced(error: &io::Error) -> Failure {
    Failure::io("was written, but its folder cannot be synced to the disk", error)
}

impl Staged {
    /// The file that will be replaced or made: its real path, behind symbolic links.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Makes the staged bytes the target, by one rename, and syncs the folder.
    ///
    /// # Errors
    /// [`Exit::Io`] if the target changed since it was read or the system refuses; [`Exit::Refused`] if it
    /// came into being meanwhile and may not be replaced. Only a failure to sync the folder comes after the
    /// rename, and says so.
    pub fn publish(self) -> Result<(), Failure> {
        let folder = self.folder.clone();
        self.rename()?;
        // A folder that cannot be read cannot be synced: the file is whole all the same, only its survival of a
        // power cut is then up to the file system.
        folder.map_or(Ok(()), |folder| folder.sync()).map_err(|error| folder_not_synced(&error))
    }

    fn rename(self) -> Result<(), Failure> {
        match self.rule {
            Rule::Unchanged(identity) => {
                let unchanged = fs::metadata(&self.target).is_ok_and(|now| identity == Identity::of(&now));
                if !unchanged {
                    let what = "was changed by somebody else meanwhile";
                    return Err(Failure::new(Exit::Io, what, "run the command again"));
                }
                self.temporary.persist(&self.target).map_err(|e| Failure::io("cannot replace", &e.error))
            }
            Rule::Overwrite => {
                self.temporary.persist(&self.target).map_err(|e| Failure::io("cannot write", &e.error))
            }
            Rule::New => self.temporary.persist_noclobber(&self.target).map_err(|e| match e.error.kind() {
                io::ErrorKind::AlreadyExists => already_exists(),
                _ => Failure::io("cannot write", &e.error),
            }),
        }
    }
}

/// Publishes a batch: one `syncfs` for each file system, then all renames, then `syncfs` again for the names. The results
/// stand in the order of the files. A file system that cannot be synced keeps all its old files.
///
/// # Errors
/// For each file those of [`Staged::publish`].
#[must_use]
pub fn publish_all(batch: Vec<Staged>) -> Vec<Result<(), Failure>> {
    publish_batch(batch, true)
}

/// As [`publish_all`], but when the bytes and names reach the disk is left to the operating system: after a power cut (not
/// after `kill -9`) a file may have neither its old nor its new bytes.
///
/// # Errors
/// For each file those of [`Staged::publish`], but for the disk's.
#[must_use]
pub fn publish_all_unsynced(batch: Vec<Staged>) -> Vec<Result<(), Failure>> {
    publish_batch(batch, false)
}

fn publish_batch(batch: Vec<Staged>, sync: bool) -> Vec<Result<(), Failure>> {
    let unsynced = batch.iter().filter(|staged| !staged.synced);
    let mut systems: HashMap<u64, Arc<Folder>> = HashMap::new();
    for folder in unsynced.filter_map(|staged| staged.folder.as_ref()) {
        systems.entry(folder.device()).or_insert_with(|| Arc::clone(folder));
    }
    let sync_all = |failure: fn(&io::Error) -> Failure| -> HashMap<u64, Failure> {
        let systems = systems.iter().filter(|_| sync);
        let synced = systems.map(|(&device, folder)| (device, folder.sync_file_system()));
        synced.filter_map(|(device, result)| Some((device, failure(&result.err()?)))).collect()
    };
    let before = sync_all(not_synced);
    let mut results = Vec::with_capacity(batch.len());
    let mut renamed = Vec::with_capacity(batch.len());
    for staged in batch {
        let device = staged.folder.as_ref().filter(|_| !staged.synced).map(|folder| folder.device());
        let (result, on) = match device {
            None => (staged.publish(), None),
            Some(device) => match before.get(&device) {
                Some(failure) => (Err(failure.clone()), None),
                None => (staged.rename(), Some(device)),
            },
        };
        results.push(result);
        renamed.push(on);
    }
    let after = sync_all(folder_not_synced);
    for (result, device) in results.iter_mut().zip(renamed) {
        if let (Ok(()), Some(failure)) = (&result, device.and_then(|device| after.get(&device))) {
            *result = Err(failure.clone());
        }
    }
    results
}

/// Where a new file will stand: behind existing links, never over something that is not a regular file.
fn resolve_new(path: &Path, overwrite: bool) -> Result<PathBuf, Failure> {
    match fs::metadata(path) {
        Ok(metadata) => {
            if let Some(kind) = other_than_regular(&metadata) {
                let what = format!("is {kind}, not a regular file");
                return Err(Failure::new(Exit::Io, what, "choose another name for the output"));
            }
            if !overwrite {
                return Err(already_exists());
            }
            path.canonicalize().map_err(|error| Failure::io("cannot find the real path", &error))
        }
        // Not there, or a link to nothing. The folder's real path makes two spellings of one name equal; whatever
        // is wrong with the folder, the creation of the temporary file tells.
        Err(_) => match (folder_of(path).canonicalize(), path.file_name()) {
            (Ok(folder), Some(name)) => Ok(folder.join(name)),
            _ => Ok(path.to_path_buf()),
        },
    }
}

fn already_exists() -> Failure {
    Failure::new(Exit::Refused, "exists already", "choose another name, or replace it with --force")
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Owner, extended attributes and mode of `source`, in this order: a change of owner clears set-id bits and
/// capabilities, and an access control list contains the mode.
fn keep_attributes(source: &Source, new: &File) -> Result<(), Failure> {
    let old = &source.metadata;
    let fresh = new.metadata().map_err(|error| Failure::io("cannot look at the temporary file", &error))?;
    let owner = (old.uid() != fresh.uid()).then_some(old.uid());
    let group = (old.gid() != fresh.gid()).then_some(old.gid());
    if owner.is_some() || group.is_some() {
        let doing = format!("cannot keep the owner {}:{}", old.uid(), old.gid());
        fchown(new, owner, group).map_err(|error| Failure::io(&doing, &error))?;
    }
    keep_xattrs(&source.file, new)?;
    let mode = Permissions::from_mode(old.mode() & 0o7777);
    new.set_permissions(mode).map_err(|error| Failure::io("cannot keep the mode", &error))
}

fn keep_xattrs(old: &File, new: &File) -> Result<(), Failure> {
    let names = match old.list_xattr() {
        Ok(names) => names,
        // A file system without extended attributes has none to keep.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(()),
        Err(error) => return Err(Failure::io("cannot read the extended attributes", &error)),
    };
    for name in names {
        let doing = || format!("cannot keep the extended attribute {}", name.to_string_lossy());
        let value = old.get_xattr(&name).map_err(|error| Failure::io(&doing(), &error))?;
        // None: taken away since the list was made.
        let Some(value) = value else { continue };
        // The same label is often there already (SELinux), and setting it again may not be allowed.
        if new.get_xattr(&name).ok().flatten().as_ref() != Some(&value) {
            new.set_xattr(&name, &value).map_err(|error| Failure::io(&doing(), &error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{MODULE_LIMIT, read_file};

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn a_file_that_changed_meanwhile_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        let source = read_file(&path, MODULE_LIMIT).unwrap();
        let staged = stage(b"new", Place::InPlaceOf(&source)).unwrap();
        // Another size, so that the test does not hang on the resolution of the clock.
        fs::write(&path, "somebody else's").unwrap();
        let failure = staged.publish().unwrap_err();
        assert!(failure.to_string().contains("changed by somebody else"), "{failure}");
        assert_eq!(fs::read(&path).unwrap(), b"somebody else's");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn a_file_that_vanished_meanwhile_is_not_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        let source = read_file(&path, MODULE_LIMIT).unwrap();
        let staged = stage(b"new", Place::InPlaceOf(&source)).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(staged.publish().is_err());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_file_that_came_meanwhile_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let staged = stage(b"new", Place::File { path: &path, mode: 0o644, overwrite: false }).unwrap();
        fs::write(&path, "somebody else's").unwrap();
        assert_eq!(staged.publish().unwrap_err().exit, Exit::Refused);
        assert_eq!(fs::read(&path).unwrap(), b"somebody else's");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn what_is_not_published_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        drop(stage(b"new", Place::File { path: &path, mode: 0o644, overwrite: true }).unwrap());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_batch_publishes_what_it_can_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let stage = |path: &Path| {
            stage_unsynced(b"new", Place::File { path, mode: 0o644, overwrite: false }).unwrap()
        };
        let batch = ["one", "two", "three"].map(|name| stage(&path(name))).into();
        fs::write(path("two"), "somebody else's").unwrap();
        let results = publish_all(batch);
        assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(fs::read(path("two")).unwrap(), b"somebody else's");
        assert_eq!(fs::read(path("three")).unwrap(), b"new");
        assert_eq!(names(folder.path()).len(), 3);
    }

    /// A private key must not be readable by others for a single moment.
    #[test]
    fn the_temporary_file_has_the_mode_from_its_creation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let staged = stage(b"secret", Place::File { path: &path, mode: 0o600, overwrite: false }).unwrap();
        let mode = fs::metadata(&staged.temporary).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
