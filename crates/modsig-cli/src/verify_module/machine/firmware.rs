//! What UEFI's variables of the running system give its kernel.

use super::live::Places;
use crate::error::CliError;
use crate::verify_module::kernel_result::Fact;
use crate::verify_module::origins::{Origins, firmware};

const WHAT: &str = "firmware certificates";
const FOLLOWS: &str =
    "keys of the firmware and of the machine's owner, and what they revoke (dbx, MokListXRT), do not count";
const SOME_FOLLOWS: &str = "what the unread variable adds or revokes does not count";

/// Reads the variables as `--trust-efi` does, and goes on after one that cannot be read.
pub(super) fn read(places: &Places, errors: &mut Vec<CliError>) -> (Origins, Vec<Fact>) {
    let mut origins = Origins::default();
    let efi = places.sys.join("firmware/efi");
    let source = efi.display().to_string();
    if !efi.exists() {
        return (origins, vec![Fact::known(WHAT, source, "none: not started by UEFI")]);
    }
    let found = firmware::read(&efi);
    let failure = found.errors.first().map(|error| error.what.clone());
    errors.extend(found.errors);
    if found.variables.is_empty() {
        let why = failure.unwrap_or_else(|| "no variable was found".into());
        return (origins, vec![Fact::missing(WHAT, source, why, FOLLOWS)]);
    }
    let (value, notes) = origins.add_efi(&efi, &found.variables);
    let mut facts = vec![match failure {
        // Half of the variables would say of a module that it loads although dbx refuses its key.
        Some(why) => Fact::missing(WHAT, &source, why, SOME_FOLLOWS),
        None => Fact::known(WHAT, &source, value),
    }];
    facts.extend(notes.iter().map(|note| Fact::known("firmware", &source, note.to_string())));
    (origins, facts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::terminal::{Terminal, Verbosity};
    use crate::verify_module::origins::OriginArguments;
    use std::fs;
    use std::path::{Path, PathBuf};

    /// A signature list of the type X.509 with one entry.
    fn list(entry: &[u8]) -> Vec<u8> {
        let mut list = modsig_trust::efi::Guid::X509.0.to_vec();
        let len = u32::try_from(entry.len()).unwrap();
        for number in [28 + 16 + len, 0, 16 + len] {
            list.extend(number.to_le_bytes());
        }
        list.extend([0; 16]);
        list.extend(entry);
        list
    }

    /// Names and contents.
    type Files = Vec<(String, Vec<u8>)>;

    /// What `--trust-efi` makes of a folder, and its error.
    fn by_option(folder: &Path) -> Result<Origins, CliError> {
        let arguments = OriginArguments::of_efi(PathBuf::from(folder));
        arguments.read(&mut Terminal::new("test", Verbosity::Quiet))
    }

    /// The same variables have one meaning for `--running` and for `--trust-efi`. Kills: a second reader, with another
    /// precedence of names or places, another limit, another exit code.
    #[test]
    fn running_and_trust_efi_read_the_same() {
        let guid = |variable: modsig_trust::efi::Variable| variable.file_names()[0].clone();
        let db = guid(modsig_trust::efi::Variable::Db);
        let with_attributes = |value: &[u8]| [&[7, 0, 0, 0], value].concat();
        let rows: [(&str, Files); 7] = [
            ("efivars", vec![(format!("efivars/{db}"), with_attributes(&list(b"one")))]),
            (
                "two names",
                vec![
                    (format!("efivars/{db}"), list(b"one")),
                    ("efivars/db".into(), list(b"two")),
                    ("efivars/db.esl".into(), list(b"three")),
                ],
            ),
            ("no efivars", vec![("db".into(), list(b"one")), ("efivars/db".into(), list(b"two"))]),
            (
                "the table",
                vec![
                    ("mok-variables/MokListRT".into(), list(b"one")),
                    ("mok-variables/MokListXRT".into(), list(b"two")),
                    ("efivars/MokListRT".into(), list(b"three")),
                ],
            ),
            (
                "trusted by the table",
                vec![
                    ("mok-variables/MokListTrustedRT".into(), vec![1]),
                    ("efivars/MokListRT".into(), list(b"one")),
                ],
            ),
            (
                "trusted, but not by the table",
                vec![
                    ("mok-variables/MokListRT".into(), list(b"one")),
                    ("efivars/MokListTrustedRT".into(), vec![1]),
                ],
            ),
            ("no list", vec![("efivars/dbx".into(), b"hello".to_vec()), ("efivars/db".into(), list(b"one"))]),
        ];
        for (what, files) in rows {
            let folder = tempfile::tempdir().unwrap();
            let efi = folder.path().join("sys/firmware/efi");
            for (name, value) in files {
                let path = efi.join(name);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, value).unwrap();
            }
            let mut errors = Vec::new();
            let places = Places { proc: folder.path().join("proc"), sys: folder.path().join("sys") };
            let (running, facts) = read(&places, &mut errors);
            match by_option(&efi) {
                Ok(origins) => assert_eq!((origins, errors.len()), (running, 0), "{what}"),
                Err(error) => {
                    assert_eq!(what, "no list");
                    assert_eq!(error.to_string(), errors[0].to_string());
                    assert_eq!(error.exit, errors[0].exit);
                    assert!(facts[0].state.is_err());
                }
            }
        }
    }
}
