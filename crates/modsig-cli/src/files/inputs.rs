//! The modules on a command line: names, directories, and lists of names.
//!
//! * A name is used as it is, and a symbolic link to a file is followed.
//! * A directory stands for all `.ko`, `.ko.gz`, `.ko.xz` and `.ko.zst` files in it and below, sorted by path. Symbolic links
//!   inside are not followed (`build` and `source` of `/lib/modules/VERSION`), because their targets are outside.
//! * A list (`--files-from`) has one name a line, or with `-0` one before each NUL byte; each may be a directory.
//!
//! A file that is found twice is used once. Two hard links are two files: each name gets its own signed file.

use super::compression::compression_of;
use super::read::Links;
use super::stream::read_stream;
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::terminal::Terminal;
use clap::Args;
use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The longest list of names that is read: 64 MiB, enough for half a million long paths.
const LIST_LIMIT: u64 = 64 << 20;

/// The modules on a command line.
#[derive(Args, Clone, Debug)]
pub struct Inputs {
    /// Also read names from this file, one a line ('-' is standard input); an empty list is an error
    #[arg(long, value_name = "FILE", help_heading = "Which modules")]
    files_from: Option<PathBuf>,
    /// The names of --files-from end in NUL bytes (find -print0), not in newlines
    #[arg(short = '0', long, requires = "files_from", help_heading = "Which modules")]
    null: bool,
    /// Modules, or directories with modules: .ko, .ko.gz, .ko.xz, .ko.zst
    #[arg(required_unless_present = "files_from", value_name = "MODULE")]
    modules: Vec<PathBuf>,
}

/// One module to work on.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its name as it was given, or its path below a given directory.
    pub path: PathBuf,
    /// Size of the file in bytes, or 0 if it is not known: for planning only.
    pub size: u64,
    /// What to do if the path is a symbolic link when the file is read.
    pub links: Links,
}

impl Inputs {
    /// Whether the command line names no file and no directory.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// Finds all modules, in the order of the command line. Reports an error for a directory that cannot be read or holds no
    /// module, and continues.
    ///
    /// # Errors
    /// [`Exit::Io`] if the list cannot be read completely. [`Exit::Usage`] if the list and the command line have no name.
    pub fn find(&self, terminal: &mut Terminal) -> Result<Vec<Input>, CliError> {
        let mut search = Search { found: Vec::new(), met: HashSet::new(), terminal };
        for path in &self.modules {
            search.take(path);
        }
        if let Some(list) = &self.files_from {
            let (name, bytes) = read_list(list);
            let bytes = bytes.in_file(&name)?;
            let separator = if self.null { 0 } else { b'\n' };
            let names = || bytes.split(|&byte| byte == separator).filter(|name| !name.is_empty());
            if names().next().is_none() && self.modules.is_empty() {
                let what = "the list is empty: it names no file";
                return Err(
                    CliError::new(Exit::Usage, what, "check the command that makes the list").in_file(&name)
                );
            }
            for name in names() {
                search.take(Path::new(OsStr::from_bytes(name)));
            }
        }
        Ok(search.found)
    }

    /// Rejects a name that is the word of a command and no file, before anything is done with the other names. `commands` are
    /// the words, each with what to write.
    ///
    /// # Errors
    /// [`Exit::Usage`].
    pub fn reject_commands(&self, program: &str, commands: &[(&str, &str)]) -> Result<(), CliError> {
        for path in &self.modules {
            let command = commands.iter().find(|(word, _)| path.as_os_str() == *word);
            if let Some((word, advice)) = command
                && fs::symlink_metadata(path).is_err()
            {
                let what = format!("'{word}' is no file, and no command of {program}");
                return Err(CliError::new(Exit::Usage, what, *advice));
            }
        }
        Ok(())
    }

    /// Whether there can be more than one module: several names, or a list. (A single directory may still hold several.)
    #[must_use]
    pub fn are_several(&self) -> bool {
        self.modules.len() != 1 || self.files_from.is_some()
    }
}

/// The list's name for messages, and its bytes.
fn read_list(list: &Path) -> (PathBuf, Result<Zeroizing<Vec<u8>>, CliError>) {
    let name = if list == Path::new("-") { "standard input".into() } else { list.to_path_buf() };
    (name, read_stream(list, LIST_LIMIT))
}

struct Search<'a> {
    found: Vec<Input>,
    /// Device, inode and, for a file with several names, the name.
    met: HashSet<(u64, u64, Option<PathBuf>)>,
    terminal: &'a mut Terminal,
}

impl Search<'_> {
    fn take(&mut self, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => self.take_folder(path),
            Ok(metadata) => {
                if !self.add(path, &metadata, Links::Follow) {
                    self.terminal.note(path, "was given before; it is used once");
                }
            }
            // Opening the file reports the error.
            Err(_) => self.found.push(Input { path: path.to_path_buf(), size: 0, links: Links::Follow }),
        }
    }

    /// Adds a file. Returns whether it is new.
    fn add(&mut self, path: &Path, metadata: &Metadata, links: Links) -> bool {
        let name = if metadata.nlink() > 1 { path.canonicalize().ok() } else { None };
        let new = self.met.insert((metadata.dev(), metadata.ino(), name));
        if new {
            self.found.push(Input { path: path.to_path_buf(), size: metadata.len(), links });
        }
        new
    }

    fn take_folder(&mut self, top: &Path) {
        let mut modules = Vec::new();
        let mut folders = vec![top.to_path_buf()];
        while let Some(folder) = folders.pop() {
            if let Err(error) = list_folder(&folder, &mut folders, &mut modules) {
                self.terminal.error(&CliError::io("cannot read the directory", &error).in_file(&folder));
            }
        }
        if modules.is_empty() {
            let what = "is a directory without modules (.ko, .ko.gz, .ko.xz, .ko.zst)";
            let advice = "give the name of a file or directory";
            self.terminal.error(&CliError::new(Exit::Io, what, advice).in_file(top));
        }
        modules.sort_by(|(a, _), (b, _)| a.cmp(b));
        let before = self.found.len();
        let total = modules.len();
        for (path, metadata) in modules {
            self.add(&path, &metadata, Links::Reject);
        }
        let again = total - (self.found.len() - before);
        if again > 0 {
            self.terminal
                .note(top, format_args!("{again} of {total} modules were given before; they are used once"));
        }
    }
}

fn list_folder(
    folder: &Path,
    folders: &mut Vec<PathBuf>,
    modules: &mut Vec<(PathBuf, Metadata)>,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        // Neither call follows links.
        let kind = entry.file_type()?;
        let path = entry.path();
        if kind.is_dir() {
            folders.push(path);
        } else if kind.is_file() && is_module_name(&path) {
            modules.push((path, entry.metadata()?));
        }
    }
    Ok(())
}

/// Whether a file of this name is a module.
#[must_use]
pub fn is_module_name(path: &Path) -> bool {
    path.extension() == Some(OsStr::new("ko")) || compression_of(path).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::Verbosity;
    use std::os::unix::fs::symlink;

    fn find(modules: &[&Path]) -> Vec<PathBuf> {
        let inputs =
            Inputs { files_from: None, null: false, modules: modules.iter().map(Into::into).collect() };
        let mut terminal = Terminal::new("test", Verbosity::Quiet);
        inputs.find(&mut terminal).unwrap().into_iter().map(|input| input.path).collect()
    }

    #[test]
    fn a_tree_is_walked_in_order_and_links_are_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for sub in ["tree", "tree/b", "tree/a", "elsewhere"] {
            fs::create_dir(path(sub)).unwrap();
        }
        let files = ["tree/a/2.ko.xz", "tree/a/1.ko", "tree/b/3.ko.gz", "tree/0.ko", "tree/b/4.ko.zst"];
        for name in files.iter().chain(&["tree/modules.dep", "tree/a/x.ko.debug", "elsewhere/5.ko"]) {
            fs::write(path(name), "x").unwrap();
        }
        symlink(path("elsewhere"), path("tree/build")).unwrap();
        symlink(path("tree"), path("tree/loop")).unwrap();
        symlink(path("elsewhere/5.ko"), path("tree/5.ko")).unwrap();
        let found = find(&[&path("tree")]);
        let mut expected = files.map(path).to_vec();
        expected.sort();
        assert_eq!(found, expected);
        // A link that was named is followed.
        assert_eq!(find(&[&path("tree/5.ko")]), [path("tree/5.ko")]);
    }

    #[test]
    fn one_file_is_used_once_and_hard_links_are_two_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("a.ko"), "x").unwrap();
        symlink("a.ko", path("link.ko")).unwrap();
        assert_eq!(find(&[&path("a.ko"), &path("link.ko"), folder.path()]), [path("a.ko")]);
        fs::hard_link(path("a.ko"), path("b.ko")).unwrap();
        assert_eq!(find(&[&path("a.ko"), &path("a.ko"), folder.path()]), [path("a.ko"), path("b.ko")]);
    }
}
