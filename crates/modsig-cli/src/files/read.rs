//! Reads a complete regular file within a limit, without blocking.

use super::root::Root;
use crate::error::CliError;
use crate::exit::Exit;
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::fs::{File, Metadata, OpenOptions};
use std::io::Read;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest module that is read: 1 GiB. Debian's largest has 47 MB.
pub const MODULE_LIMIT: u64 = 1 << 30;

/// The largest file of keys or certificates that is read: 16 MiB, enough for thousands of certificates.
pub const KEY_LIMIT: u64 = 16 << 20;

/// Spare capacity after the bytes of a file: one byte to detect its end, and a signature.
const SPARE: usize = 8 << 10;

/// What to do about a symbolic link.
#[derive(Clone, Debug)]
pub enum Links {
    /// Follow it: the user named it.
    Follow,
    /// Reject it: the path was found in a directory and was a regular file then. Following the link would let whoever can
    /// write to the directory choose a file outside of it.
    Reject,
    /// Resolve it inside this root, below which the path is.
    Inside(Arc<Root>),
}

/// A file that was read completely, and what is needed to replace it.
#[derive(Debug)]
pub struct Source {
    /// The name as it was given.
    pub path: PathBuf,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The real path, with symbolic links resolved, so that replacing the file leaves the links in place.
    pub real_path: PathBuf,
    /// The metadata of the opened file when it was read.
    pub metadata: Metadata,
    /// The file itself, for its extended attributes.
    pub file: File,
}

/// Reads a regular file of at most `limit` bytes.
///
/// A directory, FIFO, socket or device is refused. The file is opened without blocking and checked after it is open, so it
/// cannot be exchanged between the check and the use. A sparse file is refused by its size.
///
/// # Errors
/// [`Exit::Io`] with the reason.
pub fn read_file(path: &Path, limit: u64) -> Result<Source, CliError> {
    read_file_with(path, limit, &Links::Follow)
}

/// As [`read_file`]; `links` says what to do about a symbolic link.
///
/// # Errors
/// Those of [`read_file`]; [`Exit::Io`] for a link that is rejected.
pub fn read_file_with(path: &Path, limit: u64, links: &Links) -> Result<Source, CliError> {
    if let Links::Inside(root) = links {
        let file = root.file(root.inside(path)).map_err(|error| CliError::io("cannot open", &error))?;
        return read_opened(path, path.to_path_buf(), file, limit);
    }
    let open = |flags: OFlags| {
        // NONBLOCK: opening a FIFO does not wait for a writer. NOCTTY: a terminal does not become ours.
        let flags = (flags | OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
        OpenOptions::new().read(true).custom_flags(flags).open(path)
    };
    // Most files are not links: then the given name is the real path.
    let (file, real_path) = match open(OFlags::NOFOLLOW) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::LOOP) => {
            if matches!(links, Links::Reject) {
                let what = "became a symbolic link after the directory was read";
                return Err(CliError::new(
                    Exit::Io,
                    what,
                    "check who can write to this directory, and run the command again",
                ));
            }
            (open(OFlags::empty()), path.canonicalize())
        }
        opened => (opened, Ok(path.to_path_buf())),
    };
    let file = file.map_err(|error| not_opened(path, &error))?;
    let real_path = real_path.map_err(|error| CliError::io("cannot find the real path", &error))?;
    read_opened(path, real_path, file, limit)
}

/// Reads an open file, if it is regular and has at most `limit` bytes.
fn read_opened(path: &Path, real_path: PathBuf, mut file: File, limit: u64) -> Result<Source, CliError> {
    let metadata = file.metadata().map_err(|error| CliError::io("cannot read", &error))?;
    if let Some(kind) = other_than_regular(&metadata) {
        return Err(not_regular(kind));
    }
    let too_large = || {
        let size = metadata.len();
        CliError::new(
            Exit::Io,
            format!("too large: {size} bytes, the limit is {limit}"),
            "check that this is the right file",
        )
    };
    if metadata.len() > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // The size is at most `limit`. A machine with less memory returns an error instead of aborting.
    let size = usize::try_from(metadata.len()).map_err(|_| too_large())?;
    bytes.try_reserve_exact(size.saturating_add(SPARE)).map_err(|_| CliError::no_memory(size))?;
    // One byte over the limit detects a file that grew in the meantime.
    let read = file.by_ref().take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| CliError::io("cannot read", &error))?;
    if bytes.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(Source { path: path.to_path_buf(), bytes, real_path, metadata, file })
}

/// Identifies a state of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Identity {
    inode: (u64, u64),
    size: u64,
    modified: (i64, i64),
    /// Mode and owner.
    access: (u32, u32, u32),
    names: u64,
    /// The time of the last change of anything, also of extended attributes and of the number of names.
    changed: (i64, i64),
}

impl Identity {
    pub(super) fn of(metadata: &Metadata) -> Self {
        Self {
            inode: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            access: (metadata.mode(), metadata.uid(), metadata.gid()),
            names: metadata.nlink(),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// Whether the file is still in this state. A hard link that is made or removed does not count: another name of the same
    /// file may have been replaced by this very run.
    pub(super) fn is_of(&self, now: &Metadata) -> bool {
        let now = Self::of(now);
        let same = (self.inode, self.size, self.modified, self.access)
            == (now.inode, now.size, now.modified, now.access);
        same && (self.changed == now.changed || self.names != now.names)
    }
}

impl Source {
    /// The identity of the file when it was read.
    pub(super) fn identity(&self) -> Identity {
        Identity::of(&self.metadata)
    }
}

fn not_opened(path: &Path, error: &std::io::Error) -> CliError {
    // A socket, or a device without a driver, cannot be opened: name the kind instead of ENXIO.
    match path.metadata().ok().as_ref().and_then(other_than_regular) {
        Some(kind) if error.kind() != std::io::ErrorKind::PermissionDenied => not_regular(kind),
        _ => CliError::io("cannot open", error),
    }
}

fn not_regular(kind: &str) -> CliError {
    CliError::new(Exit::Io, format!("is {kind}, not a regular file"), "give the name of a file")
}

/// The kind of a file that is not regular.
pub(super) fn other_than_regular(metadata: &Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a directory")
    } else if kind.is_fifo() {
        Some("a FIFO")
    } else if kind.is_socket() {
        Some("a socket")
    } else if kind.is_block_device() || kind.is_char_device() {
        Some("a device")
    } else {
        Some("a special file")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file that was found in a directory and became a link is rejected. Kills: following the link, so that whoever can
    /// write to the tree chooses a file outside of it.
    #[test]
    fn a_link_is_followed_only_if_it_was_named() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "victim").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(
            read_file_with(&link, 100, &Links::Follow).unwrap().real_path,
            file.canonicalize().unwrap()
        );
        let error = read_file_with(&link, 100, &Links::Reject).unwrap_err();
        assert_eq!(error.exit, Exit::Io);
        assert!(error.to_string().contains("became a symbolic link"), "{error}");
        assert_eq!(read_file_with(&file, 100, &Links::Reject).unwrap().bytes, b"victim");
        // Nor is a file that is gone a link.
        let error = read_file_with(&folder.path().join("gone"), 100, &Links::Reject).unwrap_err();
        assert!(error.to_string().contains("no such file"), "{error}");
    }

    /// Kills: a change of the mode between reading and renaming that is lost without a word.
    #[test]
    fn a_change_of_mode_is_a_change() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "module").unwrap();
        let before = Identity::of(&path.metadata().unwrap());
        assert!(before.is_of(&path.metadata().unwrap()));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(!before.is_of(&path.metadata().unwrap()));
        // Another name is no change.
        let before = Identity::of(&path.metadata().unwrap());
        std::fs::hard_link(&path, folder.path().join("twin")).unwrap();
        assert!(before.is_of(&path.metadata().unwrap()));
    }

    #[test]
    fn the_limit_is_exact() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, [7; 100]).unwrap();
        assert_eq!(read_file(&path, 100).unwrap().bytes, [7; 100]);
        let failure = read_file(&path, 99).unwrap_err();
        assert_eq!(failure.exit, Exit::Io);
        assert!(failure.to_string().contains("100 bytes, the limit is 99"), "{failure}");
    }

    /// A file in /proc has size 0 and more bytes: the limit holds for what is read.
    #[test]
    fn a_wrong_size_does_not_lift_the_limit() {
        let path = Path::new("/proc/self/status");
        if !path.exists() {
            return;
        }
        assert!(!read_file(path, MODULE_LIMIT).unwrap().bytes.is_empty());
        assert!(read_file(path, 10).is_err());
    }
}
