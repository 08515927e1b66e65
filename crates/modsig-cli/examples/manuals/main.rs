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
//! | `write`, `run` | all files; the program |

mod bash;
mod fish;
mod man;
mod model;
mod programs;
mod run;
mod write;
mod zsh;

use std::process::ExitCode;

fn main() -> ExitCode {
    run::run(&programs::all())
}
