//! Writes the man pages and the completions of `mldsa-kat`, as `modsig-cli`'s example of the same name does for its programs:
//!
//!     cargo run -p mldsa-kat --example manuals -- FOLDER

#[path = "../../../modsig-cli/examples/manuals/bash.rs"]
mod bash;
#[path = "../../src/cli.rs"]
#[allow(dead_code, reason = "the fields are the program's")]
mod cli;
#[path = "../../../modsig-cli/examples/manuals/fish.rs"]
mod fish;
#[path = "../../../modsig-cli/examples/manuals/man.rs"]
mod man;
#[path = "../../../modsig-cli/examples/manuals/model.rs"]
mod model;
#[path = "../../../modsig-cli/examples/manuals/run.rs"]
mod run;
#[path = "../../../modsig-cli/examples/manuals/write.rs"]
mod write;
#[path = "../../../modsig-cli/examples/manuals/zsh.rs"]
mod zsh;

use clap::CommandFactory as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    run::run(&[cli::Cli::command()])
}
