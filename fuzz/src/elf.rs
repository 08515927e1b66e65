//! Is it a module? The answer does not depend on what follows the file, and does on every byte that a section needs.

use crate::claims::{claim, claim_short};
use modsig_cli::elf::check_module;

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "elf: a module starts as an ELF file",
    "elf: a module with something appended is one",
    "elf: the first bytes of a module are none",
    "elf: an error is one short line",
];

/// Every input asks all.
pub const QUESTIONS: u8 = 1;

/// The longest input, in bytes.
pub const MAX_LEN: usize = 20000;

/// The input is a file.
pub fn run(data: &[u8]) {
    match check_module(data) {
        Ok(()) => {
            claim("elf: a module starts as an ELF file", data.starts_with(b"\x7fELF"));
            let appended = [data, b"~Module signature appended~\n"].concat();
            claim("elf: a module with something appended is one", check_module(&appended).is_ok());
            // Its header alone, without which no section can be in the file.
            let cut = data.get(..51.min(data.len() / 2)).unwrap_or_default();
            claim("elf: the first bytes of a module are none", check_module(cut).is_err());
        }
        Err(failure) => claim_short("elf: an error is one short line", &failure),
    }
}
