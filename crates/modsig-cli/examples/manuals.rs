//! Writes the man pages and the completions for bash, zsh and fish, from the command lines themselves.
//!
//!     cargo run -p modsig-cli --example manuals -- FOLDER
//!
//! makes `FOLDER/man1/*.1`, `FOLDER/bash/*`, `FOLDER/zsh/_*` and `FOLDER/fish/*.fish`. `tools/install.sh` puts them in
//! their places.

use clap::Command;
use clap_complete::{Shell, generate_to};
use clap_mangen::Man;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next(), arguments.next()) else {
        eprintln!("manuals: give one folder to write to");
        return ExitCode::from(2);
    };
    match write_all(&PathBuf::from(&folder)) {
        Ok(files) => {
            println!("{files} files in {}", PathBuf::from(folder).display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("manuals: {}: {error}", PathBuf::from(folder).display());
            ExitCode::from(6)
        }
    }
}

/// Every program with its command line.
fn programs() -> [Command; 4] {
    [
        modsig_cli::sign_module::command(),
        modsig_cli::verify_module::command(),
        modsig_cli::module_key::command(),
        modsig_cli::sign_file::command(),
    ]
}

fn write_all(folder: &Path) -> io::Result<usize> {
    let mut files = 0;
    for program in programs() {
        files += write_pages(&folder.join("man1"), &program)?;
        for (shell, name) in [(Shell::Bash, "bash"), (Shell::Zsh, "zsh"), (Shell::Fish, "fish")] {
            let folder = folder.join(name);
            fs::create_dir_all(&folder)?;
            let name = program.get_name().to_owned();
            let written = generate_to(shell, &mut program.clone(), &name, &folder)?;
            if shell == Shell::Bash {
                // bash-completion looks for a file of the program's own name.
                fs::rename(written, folder.join(name))?;
            }
            files += 1;
        }
    }
    Ok(files)
}

/// A page for the program, and one for each of its operations: `module-key-generate.1`.
fn write_pages(folder: &Path, program: &Command) -> io::Result<usize> {
    fs::create_dir_all(folder)?;
    let name = program.get_name().to_owned();
    write_page(folder, &name, program.clone())?;
    let mut files = 1;
    for operation in program
        .get_subcommands()
        .filter(|operation| operation.get_name() != "help" && !operation.is_hide_set())
    {
        let name = format!("{name}-{}", operation.get_name());
        write_page(folder, &name, operation.clone().version(env!("CARGO_PKG_VERSION")))?;
        files += 1;
    }
    Ok(files)
}

fn write_page(folder: &Path, name: &str, command: Command) -> io::Result<()> {
    let mut page = Vec::new();
    // `Man` wants names that live as long as the program.
    let title: &'static str = Box::leak(name.to_owned().into_boxed_str());
    let command = command.name(title).bin_name(title);
    // The version of a package, not the day of the build: the same bytes at every build.
    Man::new(command).title(title).section("1").date("").render(&mut page)?;
    let mut file: OsString = name.into();
    file.push(".1");
    fs::write(folder.join(file), page)
}
