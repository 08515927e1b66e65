//! Writes a file completely or not at all.
//!
//! [`stage`] writes the bytes to a temporary file in the folder of the target, with everything that can fail: writing, owner,
//! extended attributes, mode, fsync. [`Staged::publish`] then renames it to the target. Dropping a [`Staged`] removes the
//! temporary file, so no error leaves anything, and at every moment the target is either the old file or the complete new
//! one.
//!
//! A batch stages many files with [`Durability::Deferred`]; [`publish_all`] then syncs each file system once and renames them
//! all.

use super::folder::{Folder, TEMPORARY_PREFIX, TEMPORARY_RANDOM, TEMPORARY_SUFFIX, folder_of};
use super::read::{Identity, Source, other_than_regular};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use rustix::fs::{Access, AtFlags, CWD, accessat};
use std::collections::HashMap;
use std::fs::{self, File, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::{Builder, TempPath};
use xattr::FileExt;

/// When written bytes and names must be on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Before the function returns.
    Synced,
    /// Later: [`stage`] leaves it to [`publish_all`], and [`publish_all`] to the operating system.
    Deferred,
}

/// What the staged bytes will become.
#[derive(Clone, Copy, Debug)]
pub enum Place<'a> {
    /// The file that was read, with its mode, owner and extended attributes. A symbolic link to it stays a link. Other hard
    /// links keep the old bytes (as with every replacement by rename).
    InPlaceOf(&'a Source),
    /// A file of its own.
    File {
        /// Its name; an existing symbolic link is followed.
        path: &'a Path,
        /// Its mode, before the process's umask.
        mode: u32,
        /// Whether an existing file of that name may be replaced.
        overwrite: bool,
    },
}

impl<'a> Place<'a> {
    /// The name for error messages.
    fn name(self) -> &'a Path {
        match self {
            Self::InPlaceOf(source) => &source.path,
            Self::File { path, .. } => path,
        }
    }
}

/// Bytes under a temporary name. Dropping it removes them.
#[derive(Debug)]
pub struct Staged {
    temporary: TempPath,
    target: PathBuf,
    /// The target's name for error messages.
    name: PathBuf,
    rule: Rule,
    /// Locked while the temporary file exists.
    folder: Option<Arc<Folder>>,
    durability: Durability,
}

/// What must hold at the moment of the rename.
#[derive(Debug)]
enum Rule {
    /// The target is still this file.
    Unchanged(Identity),
    /// The target may be replaced.
    Overwrite,
    /// There is no target.
    New,
}

/// Writes `bytes` to a temporary file in the folder of their target. With [`Durability::Deferred`] the bytes may not be on the
/// disk yet.
///
/// # Errors
/// About the target's name: [`Exit::Io`] if the system refuses any step, [`Exit::Refused`] if the target exists and may not be
/// replaced. The target is unchanged and the temporary file is removed.
pub fn stage(bytes: &[u8], place: Place<'_>, durability: Durability) -> Result<Staged, CliError> {
    stage_at(bytes, place, durability).in_file(place.name())
}

/// Checks what [`stage`] finds before it writes: the target's name is free or may be replaced, and its folder is there and can
/// be written to. Returns the target's real path. Writes nothing.
///
/// # Errors
/// About the target's name, as [`stage`]. A full disk, and an owner or attribute that cannot be kept, are not found.
pub fn check_place(place: Place<'_>) -> Result<PathBuf, CliError> {
    let target = match place {
        Place::InPlaceOf(source) => Ok(source.real_path.clone()),
        Place::File { path, overwrite, .. } => resolve_new(path, overwrite),
    };
    let target = target.in_file(place.name())?;
    accessat(CWD, folder_of(&target), Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
        .map_err(|error| not_created(&target, &error.into()))
        .in_file(place.name())?;
    Ok(target)
}

fn stage_at(bytes: &[u8], place: Place<'_>, durability: Durability) -> Result<Staged, CliError> {
    let (target, rule, creation_mode) = match place {
        // Only the owner may read the file until it has the mode of the original.
        Place::InPlaceOf(source) => (source.real_path.clone(), Rule::Unchanged(source.identity()), 0o600),
        Place::File { path, mode, overwrite } => {
            let rule = if overwrite { Rule::Overwrite } else { Rule::New };
            (resolve_new(path, overwrite)?, rule, mode)
        }
    };
    // Opened before the first write: its sync reports the errors of every later write.
    let folder = Folder::open(folder_of(&target));
    let mut temporary = Builder::new()
        .prefix(TEMPORARY_PREFIX)
        .rand_bytes(TEMPORARY_RANDOM)
        .suffix(TEMPORARY_SUFFIX)
        .permissions(Permissions::from_mode(creation_mode))
        .tempfile_in(folder_of(&target))
        .map_err(|error| not_created(&target, &error))?;
    temporary.write_all(bytes).map_err(|error| CliError::io("cannot write", &error))?;
    if let Place::InPlaceOf(source) = place {
        keep_attributes(source, temporary.as_file())?;
    }
    // A folder that is writable but not readable cannot be opened to sync its file system.
    let durability = if folder.is_none() { Durability::Synced } else { durability };
    if durability == Durability::Synced {
        temporary.as_file().sync_all().map_err(|error| not_synced(&error))?;
    }
    let (temporary, name) = (temporary.into_temp_path(), place.name().to_path_buf());
    Ok(Staged { temporary, target, name, rule, folder, durability })
}

fn not_created(target: &Path, error: &io::Error) -> CliError {
    let folder = folder_of(target);
    if error.kind() == io::ErrorKind::NotFound && !folder.exists() {
        let what = format!("cannot be written: there is no folder {}", folder.display());
        return CliError::new(Exit::Io, what, "make the folder first (mkdir -p), or choose another name");
    }
    CliError::io("cannot create a temporary file in the same folder", error)
}

fn not_synced(error: &io::Error) -> CliError {
    CliError::io("cannot write to the disk", error)
}

fn folder_not_synced(error: &io::Error) -> CliError {
    CliError::io("was written, but its folder cannot be synced to the disk", error)
}

impl Staged {
    /// The file that will be replaced or created: its real path, with symbolic links resolved.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Renames the staged file to its target and syncs the folder.
    ///
    /// # Errors
    /// About the target's name: [`Exit::Io`] if the target changed since it was read or the system refuses; [`Exit::Refused`]
    /// if it was created in between and may not be replaced. Only a failure to sync the folder comes after the rename, and
    /// says so.
    pub fn publish(self) -> Result<(), CliError> {
        let (folder, name) = (self.folder.clone(), self.name.clone());
        self.rename()?;
        // A folder that cannot be opened cannot be synced. The file is complete; whether it survives a power cut then depends
        // on the file system.
        folder.map_or(Ok(()), |folder| folder.sync()).map_err(|error| folder_not_synced(&error).in_file(name))
    }

    fn rename(self) -> Result<(), CliError> {
        let renamed = match self.rule {
            Rule::Unchanged(identity) => {
                let unchanged = fs::metadata(&self.target).is_ok_and(|now| identity.is_of(&now));
                if unchanged {
                    let replaced = self.temporary.persist(&self.target);
                    replaced.map_err(|e| CliError::io("cannot replace", &e.error))
                } else {
                    let what = "was changed by another process in the meantime";
                    Err(CliError::new(Exit::Io, what, "run the command again"))
                }
            }
            Rule::Overwrite => {
                self.temporary.persist(&self.target).map_err(|e| CliError::io("cannot write", &e.error))
            }
            Rule::New => self.temporary.persist_noclobber(&self.target).map_err(|e| match e.error.kind() {
                io::ErrorKind::AlreadyExists => already_exists(),
                _ => CliError::io("cannot write", &e.error),
            }),
        };
        renamed.in_file(&self.name)
    }
}

/// Publishes the files of many items and returns each item with its result. With [`Durability::Synced`]: one `syncfs` for each
/// file system, then all renames, then `syncfs` again for the names. A file system that cannot be synced keeps all its old
/// files. With [`Durability::Deferred`] a file may be empty after a power cut, as on xfs (`./check power-cut`), but not after
/// `kill -9`.
///
/// # Errors
/// For each item the first error of its files, as [`Staged::publish`].
#[must_use]
pub fn publish_all<T>(
    batch: Vec<(T, Vec<Staged>)>,
    durability: Durability,
) -> Vec<(T, Result<(), CliError>)> {
    let deferred = batch.iter().flat_map(|(_, files)| files).filter(|file| file.is_deferred());
    let mut systems: HashMap<u64, Arc<Folder>> = HashMap::new();
    if durability == Durability::Synced {
        for folder in deferred.filter_map(|staged| staged.folder.as_ref()) {
            systems.entry(folder.device()).or_insert_with(|| Arc::clone(folder));
        }
    }
    let sync_all = |error: fn(&io::Error) -> CliError| -> HashMap<u64, CliError> {
        let synced = systems.iter().map(|(&device, folder)| (device, folder.sync_file_system()));
        synced.filter_map(|(device, result)| Some((device, error(&result.err()?)))).collect()
    };
    let before = sync_all(not_synced);
    let mut renamed = Vec::with_capacity(batch.len());
    for (item, files) in batch {
        let mut result = Ok(());
        let mut names = Vec::new();
        for staged in files {
            let (name, device) = (staged.name.clone(), staged.device_to_sync());
            let published = match device.and_then(|device| before.get(&device)) {
                Some(error) => Err(error.clone().in_file(&name)),
                None if device.is_none() => staged.publish(),
                None => staged.rename(),
            };
            result = result.and(published);
            names.extend(device.map(|device| (device, name)));
        }
        renamed.push((item, result, names));
    }
    let after = sync_all(folder_not_synced);
    let with_sync = |(item, result, names): (T, Result<(), CliError>, Vec<(u64, PathBuf)>)| {
        let unsynced = names.iter().find_map(|(device, name)| Some(after.get(device)?.clone().in_file(name)));
        (item, result.and(unsynced.map_or(Ok(()), Err)))
    };
    renamed.into_iter().map(with_sync).collect()
}

impl Staged {
    /// Whether the bytes may not be on the disk yet.
    fn is_deferred(&self) -> bool {
        self.durability == Durability::Deferred
    }

    /// The file system to sync before the rename; `None` if the bytes are on the disk.
    fn device_to_sync(&self) -> Option<u64> {
        self.folder.as_ref().filter(|_| self.is_deferred()).map(|folder| folder.device())
    }
}

/// The real path of a new file: symbolic links are followed, and only a regular file is replaced.
fn resolve_new(path: &Path, overwrite: bool) -> Result<PathBuf, CliError> {
    match fs::metadata(path) {
        Ok(metadata) => {
            if let Some(kind) = other_than_regular(&metadata) {
                let what = format!("is {kind}, not a regular file");
                return Err(CliError::new(Exit::Io, what, "choose another name for the output"));
            }
            if !overwrite {
                return Err(already_exists());
            }
            path.canonicalize().map_err(|error| CliError::io("cannot find the real path", &error))
        }
        // Missing, or a dangling link. The real path of the folder makes two spellings of one name equal; creating the
        // temporary file reports what is wrong with the folder.
        Err(_) => match (folder_of(path).canonicalize(), path.file_name()) {
            (Ok(folder), Some(name)) => Ok(folder.join(name)),
            _ => Ok(path.to_path_buf()),
        },
    }
}

/// The error for a new file whose name is taken.
#[must_use]
pub fn already_exists() -> CliError {
    CliError::new(Exit::Refused, "exists already", "choose another name, or replace it with --force")
}

/// Owner, extended attributes and mode of `source`, in this order: a change of owner clears set-id bits and
/// capabilities, and an access control list contains the mode.
fn keep_attributes(source: &Source, new: &File) -> Result<(), CliError> {
    let old = &source.metadata;
    let fresh = new
        .metadata()
        .map_err(|error| CliError::io("cannot read the metadata of the temporary file", &error))?;
    let owner = (old.uid() != fresh.uid()).then_some(old.uid());
    let group = (old.gid() != fresh.gid()).then_some(old.gid());
    if owner.is_some() || group.is_some() {
        let doing = format!("cannot keep the owner {}:{}", old.uid(), old.gid());
        fchown(new, owner, group).map_err(|error| CliError::io(&doing, &error))?;
    }
    keep_xattrs(&source.file, new)?;
    let mode = Permissions::from_mode(old.mode() & 0o7777);
    new.set_permissions(mode).map_err(|error| CliError::io("cannot keep the mode", &error))
}

fn keep_xattrs(old: &File, new: &File) -> Result<(), CliError> {
    let names = match old.list_xattr() {
        Ok(names) => names,
        // A file system without extended attributes has none to keep.
        Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(()),
        Err(error) => return Err(CliError::io("cannot read the extended attributes", &error)),
    };
    for name in names {
        let doing = || format!("cannot keep the extended attribute {}", name.to_string_lossy());
        let value = old.get_xattr(&name).map_err(|error| CliError::io(&doing(), &error))?;
        // None: removed since the list was made.
        let Some(value) = value else { continue };
        // The label is often set already (SELinux), and setting it again may not be allowed.
        if new.get_xattr(&name).ok().flatten().as_ref() != Some(&value) {
            new.set_xattr(&name, &value).map_err(|error| CliError::io(&doing(), &error))?;
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
    fn a_file_that_changed_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        let source = read_file(&path, MODULE_LIMIT).unwrap();
        let staged = stage(b"new", Place::InPlaceOf(&source), Durability::Synced).unwrap();
        // Another size, so that the test does not depend on the resolution of the clock.
        fs::write(&path, "another's").unwrap();
        let failure = staged.publish().unwrap_err();
        assert!(failure.to_string().contains("changed by another process"), "{failure}");
        assert_eq!(fs::read(&path).unwrap(), b"another's");
        assert_eq!(names(folder.path()), ["file"]);
    }

    #[test]
    fn a_file_that_was_removed_is_not_created_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        let source = read_file(&path, MODULE_LIMIT).unwrap();
        let staged = stage(b"new", Place::InPlaceOf(&source), Durability::Synced).unwrap();
        fs::remove_file(&path).unwrap();
        assert!(staged.publish().is_err());
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_file_that_was_created_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let staged =
            stage(b"new", Place::File { path: &path, mode: 0o644, overwrite: false }, Durability::Synced)
                .unwrap();
        fs::write(&path, "another's").unwrap();
        assert_eq!(staged.publish().unwrap_err().exit, Exit::Refused);
        assert_eq!(fs::read(&path).unwrap(), b"another's");
        assert_eq!(names(folder.path()), ["file"]);
    }

    /// Kills: two outputs with one name that are taken for two files.
    #[test]
    fn two_spellings_of_a_new_name_are_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("real")).unwrap();
        std::os::unix::fs::symlink("real", path("link")).unwrap();
        let target = |name: &str| {
            check_place(Place::File { path: &path(name), mode: 0o644, overwrite: false }).unwrap()
        };
        assert_eq!(target("real/file"), target("link/../real/./file"));
        assert_eq!(target("real/file"), target("link/file"));
        let failure = check_place(Place::File { path: &path("no/file"), mode: 0o644, overwrite: false });
        assert!(failure.unwrap_err().to_string().contains("there is no folder"));
    }

    #[test]
    fn what_is_not_published_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        drop(
            stage(b"new", Place::File { path: &path, mode: 0o644, overwrite: true }, Durability::Synced)
                .unwrap(),
        );
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_batch_publishes_what_it_can_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let stage = |path: &Path| {
            let place = Place::File { path, mode: 0o644, overwrite: false };
            stage(b"new", place, Durability::Deferred).unwrap()
        };
        let batch = ["one", "two", "three"].map(|name| (name, vec![stage(&path(name))])).into();
        fs::write(path("two"), "another's").unwrap();
        let results = publish_all(batch, Durability::Synced);
        let good: Vec<_> = results.iter().map(|(name, result)| (*name, result.is_ok())).collect();
        assert_eq!(good, [("one", true), ("two", false), ("three", true)]);
        assert_eq!(results[1].1.as_ref().unwrap_err().path, Some(path("two")));
        assert_eq!(fs::read(path("two")).unwrap(), b"another's");
        assert_eq!(fs::read(path("three")).unwrap(), b"new");
        assert_eq!(names(folder.path()).len(), 3);
    }

    /// A private key must not be readable by others for a single moment.
    #[test]
    fn the_temporary_file_has_the_mode_from_its_creation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let staged =
            stage(b"secret", Place::File { path: &path, mode: 0o600, overwrite: false }, Durability::Synced)
                .unwrap();
        let mode = fs::metadata(&staged.temporary).unwrap().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
