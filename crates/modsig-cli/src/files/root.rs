//! A folder that holds the files of another machine: no name leads out of it.
//!
//! The kernel resolves every name inside the folder (`openat2` with `RESOLVE_IN_ROOT`): an absolute link and `..` mean what they
//! mean to a process whose root it is. So a link can point to another file of the image, and to nothing else.

use crate::error::CliError;
use crate::exit::Exit;
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags, openat2, statat};
use rustix::io::Errno;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The most names that one folder may have: the kernel's own have fewer than a thousand.
const MOST_NAMES: usize = 100_000;

/// An open folder that is the root of all names.
#[derive(Debug)]
pub struct Root {
    folder: OwnedFd,
    path: PathBuf,
}

/// A name in a folder of a [`Root`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The name.
    pub name: OsString,
    /// What it is; a link is a link, whatever it points to.
    pub kind: Kind,
    /// The size in bytes of a regular file, else 0.
    pub size: u64,
}

/// What a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A folder.
    Folder,
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
    /// A FIFO, socket or device.
    Special,
}

impl Root {
    /// Opens a folder. A link to a folder is followed: the user named it.
    ///
    /// # Errors
    /// [`Exit::Io`] if it cannot be opened, is no folder, or this system has no `openat2` (Linux before 5.6).
    pub fn open(path: &Path) -> Result<Self, CliError> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = rustix::fs::open(path, flags, Mode::empty())
            .map_err(|error| CliError::io("cannot open the directory", &error.into()))?;
        let root = Self { folder, path: path.to_path_buf() };
        match root.open_inside(Path::new("."), OFlags::PATH) {
            Err(error) if matches!(Errno::from_io_error(&error), Some(Errno::NOSYS | Errno::PERM)) => {
                let what = "this system cannot keep names inside the directory (openat2 is missing)";
                Err(CliError::new(Exit::Io, what, "use Linux 5.6 or later, without a filter for openat2"))
            }
            Err(error) => Err(CliError::io("cannot open the directory", &error)),
            Ok(_) => Ok(root),
        }
    }

    /// The name of a file inside, for messages.
    #[must_use]
    pub fn path_of(&self, inside: &Path) -> PathBuf {
        self.path.join(inside)
    }

    /// The opposite of [`Self::path_of`]. A path that is not below the root is returned as it is: it, too, is resolved inside.
    #[must_use]
    pub fn inside<'p>(&self, path: &'p Path) -> &'p Path {
        path.strip_prefix(&self.path).unwrap_or(path)
    }

    /// Opens a file for reading, without waiting for the writer of a FIFO. Links are resolved inside the root.
    ///
    /// # Errors
    /// That of the system: a name that does not exist inside, a loop of links.
    pub fn file(&self, inside: &Path) -> io::Result<File> {
        self.open_inside(inside, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY).map(File::from)
    }

    /// The names in a folder, sorted. Links that lead to the folder are resolved inside the root.
    ///
    /// # Errors
    /// That of the system; `InvalidData` if there are more than 100,000 names.
    pub fn list(&self, inside: &Path) -> io::Result<Vec<Entry>> {
        let folder = self.open_inside(inside, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let mut entries = Vec::new();
        for entry in Dir::read_from(&folder)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            if entries.len() == MOST_NAMES {
                let error = format!("more than {MOST_NAMES} names");
                return Err(io::Error::new(io::ErrorKind::InvalidData, error));
            }
            let metadata = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
            let (kind, size) = match FileType::from_raw_mode(metadata.st_mode) {
                FileType::RegularFile => (Kind::File, u64::try_from(metadata.st_size).unwrap_or_default()),
                FileType::Directory => (Kind::Folder, 0),
                FileType::Symlink => (Kind::Link, 0),
                _ => (Kind::Special, 0),
            };
            entries.push(Entry { name: name.to_os_string(), kind, size });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    /// Device and inode of a folder: the same folder under two names is one.
    ///
    /// # Errors
    /// That of the system.
    pub fn identity(&self, inside: &Path) -> io::Result<(u64, u64)> {
        let folder = self.open_inside(inside, OFlags::PATH | OFlags::DIRECTORY)?;
        let metadata = rustix::fs::fstat(&folder)?;
        Ok((metadata.st_dev, metadata.st_ino))
    }

    fn open_inside(&self, inside: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        // No magic links: those of /proc lead anywhere.
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        loop {
            match openat2(&self.folder, inside, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
                // A folder was renamed while `..` was resolved, or a signal came.
                Err(Errno::AGAIN | Errno::INTR) => {}
                opened => return Ok(opened?),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::io::Read as _;
    use std::os::unix::fs::symlink;

    /// Kills: an absolute link, or one with `..`, that leads out of the root.
    #[test]
    fn links_are_resolved_inside() {
        let lab = tempfile::tempdir().unwrap();
        let path = |name: &str| lab.path().join(name);
        fs::create_dir_all(path("root/usr/lib")).unwrap();
        fs::write(path("secret"), "outside").unwrap();
        fs::write(path("root/usr/lib/file"), "inside").unwrap();
        symlink("/usr/lib", path("root/lib")).unwrap();
        symlink(path("secret"), path("root/absolute")).unwrap();
        symlink("../secret", path("root/up")).unwrap();
        symlink("../../../../../../../../usr/lib/file", path("root/stays")).unwrap();
        symlink("loop", path("root/loop")).unwrap();
        let root = Root::open(&path("root")).unwrap();
        let read = |name: &str| {
            let mut text = String::new();
            root.file(Path::new(name))?.read_to_string(&mut text)?;
            Ok::<_, io::Error>(text)
        };
        for name in ["usr/lib/file", "lib/file", "/lib/file", "stays"] {
            assert_eq!(read(name).unwrap(), "inside", "{name}");
        }
        for name in ["absolute", "up", "../secret", "loop", "/proc/self/root/etc"] {
            assert!(read(name).is_err(), "{name}");
        }
        let names = root.list(Path::new("lib")).unwrap();
        assert_eq!(names, [Entry { name: "file".into(), kind: Kind::File, size: 6 }]);
        let identity = |name: &str| root.identity(Path::new(name)).unwrap();
        assert_eq!(identity("lib"), identity("/usr/lib/../lib"));
        assert_ne!(identity("lib"), identity("usr"));
        assert!(root.identity(Path::new("lib/file")).is_err(), "no folder");
    }

    /// Kills: a link that is taken for what it points to; a FIFO that is taken for a file.
    #[test]
    fn names_have_kinds() {
        let lab = tempfile::tempdir().unwrap();
        let path = |name: &str| lab.path().join(name);
        fs::create_dir(path("folder")).unwrap();
        fs::write(path("file"), "text").unwrap();
        symlink("folder", path("link")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, path("pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
        let entries = Root::open(lab.path()).unwrap().list(Path::new(".")).unwrap();
        let kinds: Vec<_> =
            entries.iter().map(|entry| (entry.name.to_str().unwrap(), entry.kind, entry.size)).collect();
        let expected = [
            ("file", Kind::File, 4),
            ("folder", Kind::Folder, 0),
            ("link", Kind::Link, 0),
            ("pipe", Kind::Special, 0),
        ];
        assert_eq!(kinds, expected);
        let error = Root::open(&path("file")).unwrap_err().to_string();
        assert!(error.contains("not a directory"), "{error}");
        let error = Root::open(&path("missing")).unwrap_err().to_string();
        assert!(error.contains("no such file") && !error.contains("openat2"), "{error}");
    }
}
