//! The certificates and revocations in UEFI's variables of the running system.

use super::certificates::add_certificate;
use super::live::Places;
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::{Links, read_file_with};
use crate::verify_module::kernel_result::Fact;
use modsig::kernel::{BootState, Origin};
use modsig::trust::TrustStore;
use modsig_trust::efi::{Trust, Variable, Variables};
use std::io;
use std::path::Path;

/// The longest variable that is read: 16 MiB.
const LIMIT: u64 = 16 << 20;

const WHAT: &str = "firmware certificates";
const FOLLOWS: &str =
    "keys of the firmware and of the machine's owner, and what they revoke (dbx, MokListXRT), do not count";

/// Reads the variables. Adds what they tell about the start to `boot`.
pub(super) fn read(places: &Places, boot: &mut BootState, errors: &mut Vec<CliError>) -> (Trust, Vec<Fact>) {
    let efi = places.sys.join("firmware/efi");
    let source = efi.display().to_string();
    if !efi.exists() {
        return (Trust::default(), vec![Fact::known(WHAT, source, "none: not started by UEFI")]);
    }
    let mut variables = Variables::default();
    let folders = (efi.join("efivars"), efi.join("mok-variables"));
    let mut failed = None;
    for variable in Variable::ALL {
        let paths: Vec<_> = match variable {
            Variable::MokListTable => vec![folders.1.join(variable.name())],
            _ => variable.file_names().iter().map(|name| folders.0.join(name)).collect(),
        };
        for path in paths {
            if let Err(error) = add(&mut variables, variable, &path) {
                failed = Some(error.what.clone());
                errors.push(error.in_file(&path));
            }
        }
    }
    if let Some(why) = failed.or_else(|| variables.is_empty().then(|| "no variable was found".into())) {
        // Half of the variables would say of a module that it loads although dbx refuses its key.
        if variables.is_empty() {
            return (Trust::default(), vec![Fact::missing(WHAT, source, why, FOLLOWS)]);
        }
        let fact =
            Fact::missing(WHAT, &source, why, "what the unread variable adds or revokes does not count");
        return (take(&variables, boot), vec![fact]);
    }
    let trust = take(&variables, boot);
    let value = format!(
        "{} certificates, {} revoked, {} revoked hashes",
        trust.certificates.len(),
        trust.revoked.len(),
        trust.revoked_tbs.len() + trust.revoked_files.len()
    );
    let mut facts = vec![Fact::known(WHAT, &source, value)];
    facts.extend(trust.notes.iter().map(|note| Fact::known("firmware", &source, note.to_string())));
    (trust, facts)
}

fn take(variables: &Variables, boot: &mut BootState) -> Trust {
    let trust = variables.trust();
    boot.secure_boot = trust.secure_boot.unwrap_or(boot.secure_boot);
    boot.mok_list_trusted |= trust.mok_list_trusted;
    trust
}

/// Adds a variable if its file exists.
fn add(variables: &mut Variables, variable: Variable, path: &Path) -> Result<(), CliError> {
    if matches!(path.symlink_metadata(), Err(error) if error.kind() == io::ErrorKind::NotFound) {
        return Ok(());
    }
    let file = read_file_with(path, LIMIT, &Links::Reject)?;
    variables
        .add(variable, &file.bytes)
        .map_err(|error| CliError::new(Exit::Malformed, error.to_string(), "check the file system efivarfs"))
}

/// Adds everything to the store. Returns the subjects of the certificates.
pub(super) fn add_to(trust: &Trust, store: &mut TrustStore) -> Vec<(String, Origin)> {
    for (origin, der) in &trust.revoked {
        store.revoke_certificate(der, *origin);
    }
    for (origin, hash) in &trust.revoked_tbs {
        store.revoke_tbs_hash(*hash, *origin);
    }
    for (origin, hash) in &trust.revoked_files {
        store.revoke_file_hash(*hash, *origin);
    }
    trust.certificates.iter().map(|(origin, der)| (add_certificate(store, der, *origin), *origin)).collect()
}
