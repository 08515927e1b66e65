//! The kernels and their modules below a root.

use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::{Input, Kind, Links, Root, is_module_name};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the folders of kernels are.
const PLACES: [&str; 2] = ["usr/lib/modules", "lib/modules"];
/// The most kernels of one root.
const MOST_KERNELS: usize = 100;
/// The most modules of one kernel: Debian's have 4,200.
const MOST_MODULES: usize = 200_000;
/// The most folders of one kernel that are read.
const MOST_FOLDERS: usize = 20_000;

/// A kernel that has a folder of modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The release: the name of the folder.
    pub(super) release: String,
    /// Its folders below the root. Two names of one folder are one.
    pub(super) folders: Vec<PathBuf>,
}

/// All kernels below the root, sorted by release. A folder of kernels that cannot be read is an error of its own.
///
/// # Errors
/// [`Exit::Io`] if there is none, or there are too many.
pub(super) fn kernels(root: &Root, errors: &mut Vec<CliError>) -> Result<Vec<Found>, CliError> {
    let mut found: Vec<Found> = Vec::new();
    let mut met = Vec::new();
    for place in PLACES.map(Path::new) {
        let entries = match root.list(place) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                let error = CliError::io("cannot read the directory", &error);
                errors.push(error.in_file(root.path_of(place)));
                continue;
            }
        };
        // A link to a kernel's folder (`lib` itself may be one) is another name of it, or of a folder elsewhere.
        for entry in entries.into_iter().filter(|entry| entry.kind == Kind::Folder) {
            let folder = place.join(&entry.name);
            let release = entry.name.to_string_lossy().into_owned();
            let Ok(identity) = root.identity(&folder) else { continue };
            if met.contains(&identity) {
                continue;
            }
            met.push(identity);
            match found.iter_mut().find(|kernel| kernel.release == release) {
                Some(kernel) => kernel.folders.push(folder),
                None => found.push(Found { release, folders: vec![folder] }),
            }
            if found.len() > MOST_KERNELS {
                let what = format!("has more than {MOST_KERNELS} kernels");
                return Err(CliError::new(Exit::Io, what, "give its directories of modules one by one"));
            }
        }
    }
    if found.is_empty() && errors.is_empty() {
        let what = "has no kernel: no directory below lib/modules or usr/lib/modules";
        return Err(CliError::new(Exit::Io, what, "give the root of an unpacked image, or a chroot"));
    }
    found.sort_by(|a, b| a.release.cmp(&b.release));
    Ok(found)
}

/// All modules below the folders, sorted by path. Links to folders (`build`, `source`) are not followed; a link that is named as a
/// module is resolved inside the root when it is read, as modprobe resolves it.
///
/// # Errors
/// None: folders that cannot be read, and what is left out of too many, are in `errors`.
pub(super) fn modules(root: &Arc<Root>, folders: &[PathBuf], errors: &mut Vec<CliError>) -> Vec<Input> {
    let mut modules = Vec::new();
    let mut waiting = folders.to_vec();
    let mut read = 0;
    while let Some(folder) = waiting.pop() {
        read += 1;
        if read > MOST_FOLDERS || modules.len() > MOST_MODULES {
            let what = format!("has more than {MOST_FOLDERS} directories or {MOST_MODULES} modules");
            let error = CliError::new(Exit::Io, what, "not all modules are judged: check this directory");
            errors.push(error.in_file(root.path_of(&folder)));
            break;
        }
        let entries = match root.list(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                let error = CliError::io("cannot read the directory", &error);
                errors.push(error.in_file(root.path_of(&folder)));
                continue;
            }
        };
        for entry in entries {
            let path = folder.join(&entry.name);
            match entry.kind {
                Kind::Folder => waiting.push(path),
                // A FIFO with a module's name is reported when it is read.
                _ if is_module_name(&path) => {
                    let links = Links::Inside(Arc::clone(root));
                    modules.push(Input { path: root.path_of(&path), size: entry.size, links });
                }
                _ => {}
            }
        }
    }
    modules.sort_by(|a, b| a.path.cmp(&b.path));
    modules
}
