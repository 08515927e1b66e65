//! EFI signature lists and variable stores.

use crate::claims::{claim, claim_short};
use modsig_trust::efi::{Variables, signatures};

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "efi_variables: nothing follows a malformed list",
    "efi_variables: every certificate is in the file",
    "efi_variables: an error is one short line",
];

/// Which variable the input is: `db`, `dbx`, `MokListXRT`, or a store.
pub const QUESTIONS: u8 = 4;

/// The longest input, in bytes.
pub const MAX_LEN: usize = 20000;

/// The input is a file of the variable that its first byte chooses.
pub fn run(data: &[u8]) {
    let Some((question, file)) = crate::question(data, QUESTIONS) else { return };
    let mut errors = signatures(file).skip_while(Result::is_ok);
    if errors.next().is_some() {
        claim("efi_variables: nothing follows a malformed list", errors.next().is_none());
    }
    let name = match question {
        0 => "db",
        1 => "dbx",
        2 => "MokListXRT",
        _ => "OVMF_VARS.fd",
    };
    let mut variables = Variables::default();
    if let Err(failure) = variables.add_file(name, file) {
        return claim_short("efi_variables: an error is one short line", &failure);
    }
    let trust = variables.trust();
    for (_, der) in trust.certificates.iter().chain(&trust.revoked) {
        let there = der.is_empty() || file.windows(der.len()).any(|window| window == der);
        claim("efi_variables: every certificate is in the file", there);
    }
}
