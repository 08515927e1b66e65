//! Clearing up after runs that were killed, in the folders that are about to be written to.

use super::folder::sweep_leftovers;
use crate::terminal::Terminal;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Removes what killed runs left in the folders of these files, and says so.
pub fn clear_up<'a>(files: impl IntoIterator<Item = &'a Path>, terminal: &mut Terminal) {
    let mut folders = BTreeSet::new();
    for path in files {
        folders.insert(folder_of(path).to_path_buf());
        // The temporary file stands beside the file itself.
        if let Some(real) = fs::read_link(path).ok().and_then(|_| path.canonicalize().ok()) {
            folders.insert(folder_of(&real).to_path_buf());
        }
    }
    for folder in folders {
        let swept = sweep_leftovers(&folder);
        if swept.removed > 0 {
            let removed = swept.removed;
            terminal
                .note(&folder, format_args!("removed {removed} temporary files of a run that was killed"));
        }
        if swept.left > 0 {
            let left = swept.left;
            terminal.note(
                &folder,
                format_args!("holds {left} temporary files of others; is another run at work here?"),
            );
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
