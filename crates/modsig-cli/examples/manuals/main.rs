//! Writes the man pages and the completions for bash, zsh and fish, from the command lines themselves.
//!
//!     cargo run -p modsig-cli --example manuals -- FOLDER
//!
//! makes `FOLDER/man1/*.1`, `FOLDER/bash/*`, `FOLDER/zsh/_*` and `FOLDER/fish/*.fish`. `tools/install.sh` puts them in
//! their places.
//!
//! | module | holds |
//! |---|---|
//! | `model` | a command line as completions and pages need it |
//! | `bash`, `zsh`, `fish` | the completions of a program |
//! | `man` | a page |
//! | `programs` | the command lines of this crate |
//! | `write` | all files |

mod bash;
mod fish;
mod man;
mod model;
mod programs;
mod write;
mod zsh;

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next(), arguments.next()) else {
        eprintln!("manuals: give one folder to write to");
        return ExitCode::from(2);
    };
    let folder = PathBuf::from(folder);
    match write::all(&programs::all(), &folder) {
        Ok(files) => {
            println!("{files} files in {}", folder.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("manuals: {}: {error}", folder.display());
            ExitCode::from(6)
        }
    }
}
