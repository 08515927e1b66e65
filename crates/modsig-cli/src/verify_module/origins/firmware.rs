//! The files of UEFI's variables: the only reader, for `--trust-efi` and for `--running`.

use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::{Links, read_file, read_file_with};
use modsig_trust::efi::{EfiError, Variable, Variables};
use std::io::ErrorKind;
use std::path::Path;

/// The largest file of variables, in bytes: 128 MiB. The variable store of a virtual machine may have 64 MiB.
const LIMIT: u64 = 128 << 20;

/// What was read.
#[derive(Debug, Default)]
pub(in crate::verify_module) struct Firmware {
    /// All variables that could be read. Without one that is an error, a module may be called good although the variable
    /// refuses its key.
    pub(in crate::verify_module) variables: Variables,
    /// One for each file that is there and cannot be read, with its path.
    pub(in crate::verify_module) errors: Vec<CliError>,
}

/// Reads a directory of variables, the file of one variable, or a variable store.
pub(in crate::verify_module) fn read(path: &Path) -> Firmware {
    let mut firmware = Firmware::default();
    match path.is_dir() {
        true => read_folder(&mut firmware, path),
        false => match read_one(path) {
            Ok(variables) => firmware.variables = variables,
            Err(error) => firmware.errors.push(error.in_file(path)),
        },
    }
    firmware
}

/// [`Exit::Io`]: `path` holds no variable at all.
pub(super) fn nothing_found(path: &Path) -> CliError {
    let what = "holds no UEFI variable that Linux reads (db-…, dbx-…, MokListRT-…, MokListXRT-…)";
    let remedy = "give efivarfs or a copy of it; it is empty unless the machine was started by UEFI";
    CliError::new(Exit::Io, what, remedy).in_file(path)
}

/// Reads the file of one variable, or a variable store.
fn read_one(path: &Path) -> Result<Variables, CliError> {
    let file = read_file(path, LIMIT)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut variables = Variables::default();
    variables.add_file(&name, &file.bytes).map_err(|error| efi_error(&error))?;
    Ok(variables)
}

/// Reads efivarfs or a copy of it, or `/sys/firmware/efi`. Only files with the names of variables are looked for, and links
/// are not followed. Of two files of one variable the first counts: the one with the name that efivarfs gives it.
fn read_folder(firmware: &mut Firmware, folder: &Path) {
    let table = match folder.file_name() {
        Some(name) if name == "efivars" => folder.with_file_name("mok-variables"),
        _ => folder.join("mok-variables"),
    };
    // Linux reads these two from shim's table, and MokListTrustedRT only there (`machine_keyring.c`). A copy of efivarfs has
    // no table.
    let has_table = table.is_dir();
    firmware.add(Variable::MokListTable, &table.join(Variable::MokListTable.name()));
    if has_table {
        firmware.add(Variable::MokListTrusted, &table.join(Variable::MokListTrusted.name()));
    }
    for folder in [folder, &folder.join("efivars")] {
        for variable in Variable::ALL {
            if variable == Variable::MokListTrusted && has_table {
                continue;
            }
            for name in variable.file_names() {
                if firmware.variables.get(variable).is_none() {
                    firmware.add(variable, &folder.join(name));
                }
            }
        }
    }
    // A variable that is too large for the firmware is only in the table.
    if firmware.variables.get(Variable::MokListX).is_none() {
        firmware.add(Variable::MokListX, &table.join(Variable::MokListX.name()));
    }
}

impl Firmware {
    /// Adds a variable if its file exists.
    fn add(&mut self, variable: Variable, path: &Path) {
        match path.symlink_metadata() {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return,
            _ => {}
        }
        let added = read_file_with(path, LIMIT, &Links::Reject)
            .and_then(|file| self.variables.add(variable, &file.bytes).map_err(|error| efi_error(&error)));
        self.errors.extend(added.in_file(path).err());
    }
}

fn efi_error(error: &EfiError) -> CliError {
    let failure =
        CliError::new(Exit::Malformed, error.to_string(), "give a copy of /sys/firmware/efi/efivars");
    match error {
        // usize to u64: no target of this program has wider addresses.
        EfiError::Store { offset, .. } => failure.at(*offset as u64),
        _ => failure,
    }
}
