//! The program, for any command lines: also for `mldsa-kat`'s.

use crate::write;
use clap::Command;
use std::path::PathBuf;
use std::process::ExitCode;

/// The whole program: writes the files to the folder that the command line names. Exit codes: 0 done, 2 usage, 6 not written.
pub fn run(commands: &[Command]) -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next(), arguments.next()) else {
        eprintln!("manuals: give one folder to write to");
        return ExitCode::from(2);
    };
    let folder = PathBuf::from(folder);
    match write::all(commands, &folder) {
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
