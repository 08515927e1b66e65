//! Writes the files of all programs.

use crate::model::Program;
use crate::{bash, fish, man, zsh};
use clap::Command;
use std::fs;
use std::io;
use std::path::Path;

/// Writes the files of the programs with these command lines to `folder`, and returns their number.
pub fn all(commands: &[Command], folder: &Path) -> io::Result<usize> {
    let programs: Vec<Program> = commands.iter().map(Program::new).collect();
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
