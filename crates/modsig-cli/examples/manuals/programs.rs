//! The programs of this crate.

use clap::Command;

/// Their command lines.
pub fn all() -> [Command; 4] {
    [
        modsig_cli::sign_module::command(),
        modsig_cli::verify_module::command(),
        modsig_cli::module_key::command(),
        modsig_cli::sign_file::command(),
    ]
}
