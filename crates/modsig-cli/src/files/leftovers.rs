//! Cleans up after killed runs, in the folders that the program is about to write to.

use super::folder::{folder_of, remove_leftovers};
use crate::terminal::Terminal;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Removes what killed runs left in the folders of these files, and prints a note about it.
pub fn clean_up<'a>(files: impl IntoIterator<Item = &'a Path>, terminal: &mut Terminal) {
    let mut folders = BTreeSet::new();
    for path in files {
        folders.insert(folder_of(path).to_path_buf());
        // The temporary file is in the folder of the real file.
        if let Some(real) = fs::read_link(path).ok().and_then(|_| path.canonicalize().ok()) {
            folders.insert(folder_of(&real).to_path_buf());
        }
    }
    for folder in folders {
        let report = remove_leftovers(&folder);
        if report.removed > 0 {
            let removed = report.removed;
            terminal.note(&folder, format_args!("removed {removed} temporary files of a killed run"));
        }
        if report.left > 0 {
            let left = report.left;
            terminal.note(
                &folder,
                format_args!("has {left} temporary files of another run, which may still be running"),
            );
        }
    }
}
