//! Writes the files of all programs.

use crate::model::Program;
use crate::{bash, fish, man, zsh};
use std::fs;
use std::io;
use std::path::Path;

/// Every program with its command line.
fn programs() -> [Program; 4] {
    [
        modsig_cli::sign_module::command(),
        modsig_cli::verify_module::command(),
        modsig_cli::module_key::command(),
        modsig_cli::sign_file::command(),
    ]
    .map(|command| Program::new(&command))
}

/// Writes all files to `folder` and returns their number.
pub fn all(folder: &Path) -> io::Result<usize> {
    let programs = programs();
    let mut files = 0;
    let mut write = |kind: &str, name: &str, text: &str| {
        let folder = folder.join(kind);
        fs::create_dir_all(&folder)?;
        files += 1;
        fs::write(folder.join(name), text)
    };
    for program in &programs {
        let name = &program.name;
        // The shells look for these names.
        write("bash", name, &bash::completion(program))?;
        write("zsh", &format!("_{name}"), &zsh::completion(program))?;
        write("fish", &format!("{name}.fish"), &fish::completion(program))?;
        for level in program.levels() {
            write("man1", &format!("{}.1", level.page_name()), &man::page(program, level))?;
        }
    }
    Ok(files)
}
