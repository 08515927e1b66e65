//! Variables by name, and the files that hold them.

use std::collections::BTreeMap;
use std::fmt;

use super::{Guid, signatures, store};

/// A variable that decides what Linux trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Variable {
    /// `db`: what the firmware trusts.
    Db,
    /// `dbx`: what the firmware refuses.
    Dbx,
    /// `MokListRT`, the variable: the machine owner's keys.
    MokList,
    /// `MokListRT` in shim's configuration table, `/sys/firmware/efi/mok-variables`. Linux prefers it.
    MokListTable,
    /// `MokListXRT`: what the machine's owner refuses.
    MokListX,
    /// `MokListTrustedRT`: the machine owner's keys can enter `.machine`.
    MokListTrusted,
    /// `MokIgnoreDB`: `db` is not read.
    MokIgnoreDb,
    /// `SecureBoot`: 1 if Secure Boot is on.
    SecureBoot,
    /// `SetupMode`: 1 if no key of the platform is set; then Secure Boot is off.
    SetupMode,
}

impl Variable {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Db,
        Self::Dbx,
        Self::MokList,
        Self::MokListTable,
        Self::MokListX,
        Self::MokListTrusted,
        Self::MokIgnoreDb,
        Self::SecureBoot,
        Self::SetupMode,
    ];

    /// The name that Linux reads.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Db => "db",
            Self::Dbx => "dbx",
            Self::MokList | Self::MokListTable => "MokListRT",
            Self::MokListX => "MokListXRT",
            Self::MokListTrusted => "MokListTrustedRT",
            Self::MokIgnoreDb => "MokIgnoreDB",
            Self::SecureBoot => "SecureBoot",
            Self::SetupMode => "SetupMode",
        }
    }

    /// Who defines the variable.
    #[must_use]
    pub const fn vendor(self) -> Guid {
        match self {
            Self::Db | Self::Dbx => Guid::SECURITY_DATABASE,
            Self::SecureBoot | Self::SetupMode => Guid::GLOBAL,
            _ => Guid::SHIM,
        }
    }

    /// The names that its file may have: that of efivarfs, which begins with the attributes; the plain name, as in
    /// `mok-variables`; and `.esl`.
    #[must_use]
    pub fn file_names(self) -> Vec<String> {
        let name = self.name();
        match self {
            // In the folder of shim's table.
            Self::MokListTable => Vec::new(),
            _ => vec![format!("{name}-{}", self.vendor().text()), name.into(), format!("{name}.esl")],
        }
    }

    /// The variable of a file of this name.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|variable| variable.file_names().iter().any(|one| one == name))
    }

    /// Whether its value is a row of signature lists.
    const fn is_list(self) -> bool {
        matches!(self, Self::Db | Self::Dbx | Self::MokList | Self::MokListTable | Self::MokListX)
    }
}

impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a file holds no variables that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EfiError {
    /// Neither its name nor its contents tell which variable it is.
    UnknownVariable,
    /// It is neither a value with attributes nor one without.
    NotAValue(Variable),
    /// It is a variable store that cannot be read.
    Store {
        /// Where, in bytes from the start of the file.
        offset: usize,
        /// What is wrong.
        what: &'static str,
    },
}

impl fmt::Display for EfiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVariable => f.write_str(
                "is not a UEFI variable: neither named db, dbx, MokListRT or MokListXRT (-GUID, .esl) nor a variable store of \
                 edk2",
            ),
            Self::NotAValue(variable) => write!(f, "is not a value of {variable}: it has no EFI signature list"),
            Self::Store { what, .. } => write!(f, "the variable store {what}"),
        }
    }
}

impl std::error::Error for EfiError {}

/// UEFI variables.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables {
    values: BTreeMap<Variable, Vec<u8>>,
    /// Whether the firmware of a store would turn Secure Boot on.
    store: Option<bool>,
}

impl Variables {
    /// Adds the variables of a file: of efivarfs, of `mok-variables`, `.esl`, or a variable store of edk2. `name` is its
    /// name without folders. Returns whether it has any.
    ///
    /// # Errors
    /// See [`EfiError`].
    pub fn add_file(&mut self, name: &str, bytes: &[u8]) -> Result<(), EfiError> {
        if let Some(start) = store::find(bytes) {
            return self.add_store(bytes, start);
        }
        self.add(Variable::of_file(name).ok_or(EfiError::UnknownVariable)?, bytes)
    }

    /// Adds one variable from its file, with attributes or without.
    ///
    /// # Errors
    /// [`EfiError::NotAValue`] if it should have signature lists and does not begin with one.
    pub fn add(&mut self, variable: Variable, file: &[u8]) -> Result<(), EfiError> {
        let value = without_attributes(file);
        // A list that is malformed later on is Linux's concern; one that never begins is the wrong file.
        let is_wrong = variable.is_list() && matches!(signatures(value).next(), Some(Err(_)));
        if is_wrong {
            return Err(EfiError::NotAValue(variable));
        }
        self.values.insert(variable, value.to_vec());
        Ok(())
    }

    fn add_store(&mut self, file: &[u8], start: usize) -> Result<(), EfiError> {
        let stored = store::read(file, start)
            .map_err(|store::Broken { offset, what }| EfiError::Store { offset, what })?;
        let find = |name: &str, vendor: Guid| {
            let found = stored.iter().find(|one| one.vendor == vendor && one.is_named(name));
            found.map(|one| one.data)
        };
        // shim copies its own variables, which only boot services see, into those with RT.
        let names = [
            (Variable::Db, "db"),
            (Variable::Dbx, "dbx"),
            (Variable::MokList, "MokList"),
            (Variable::MokListX, "MokListX"),
            (Variable::MokListTrusted, "MokListTrusted"),
        ];
        for (variable, name) in names {
            if let Some(value) = find(name, variable.vendor()) {
                self.values.insert(variable, value.to_vec());
            }
        }
        let has_platform_key = find("PK", Guid::GLOBAL).is_some_and(|key| !key.is_empty());
        let is_disabled = find("SecureBootEnable", Guid::SECURE_BOOT_ENABLE) == Some(&[0]);
        self.store = Some(has_platform_key && !is_disabled);
        // MokIgnoreDB is shim's copy of MokDBState.
        if find("MokDBState", Guid::SHIM).is_some() {
            self.values.insert(Variable::MokIgnoreDb, Vec::new());
        }
        Ok(())
    }

    /// The value of a variable, without attributes.
    #[must_use]
    pub fn get(&self, variable: Variable) -> Option<&[u8]> {
        self.values.get(&variable).map(Vec::as_slice)
    }

    /// Whether there is no variable.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.store.is_none()
    }

    /// Whether a variable store was added.
    pub(super) fn is_store(&self) -> bool {
        self.store.is_some()
    }

    /// `efi_get_secureboot_mode`. `None` if `SecureBoot` is missing: the folder may be a partial copy.
    pub(super) fn secure_boot(&self) -> Option<bool> {
        match (self.get(Variable::SecureBoot), self.get(Variable::SetupMode)) {
            (Some(secure_boot), setup) => {
                let in_setup = setup.is_some_and(|value| value.first() == Some(&1));
                Some(secure_boot.first().is_some_and(|&value| value != 0) && !in_setup)
            }
            (None, _) => self.store,
        }
    }

    pub(super) fn has_mok_list_trusted(&self) -> bool {
        self.get(Variable::MokListTrusted).is_some()
    }
}

/// A value without the four bytes of attributes that efivarfs puts in front. All attributes are in the lowest byte, and no
/// type of a signature list is so small a number; a value of one byte has none.
fn without_attributes(file: &[u8]) -> &[u8] {
    match *file {
        [_, 0, 0, 0, ref value @ ..] => value,
        _ => file,
    }
}
