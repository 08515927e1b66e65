//! What an operation does to modules (sign, strip, …), without reading and writing files.

use super::phrase::Phrase;
use crate::error::CliError;
use crate::files::ModuleFile;
use crate::ink::Ink;
use std::path::PathBuf;

/// An operation on modules: sign, strip, …
pub(super) trait Operation: Sync {
    /// Decides on each module of a batch and changes [`ModuleFile`]'s bytes to those that shall be written. Returns every
    /// module with its result. An error without a path is about the module.
    fn apply(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)>;

    /// As [`Operation::apply`], without the key: what would be done (`--dry-run`). The bytes of the modules are not used
    /// after it. An operation that signs nothing decides as it does otherwise.
    fn plan(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        self.apply(modules)
    }

    /// The most modules that are worked on together: 1 if each of them takes long.
    fn together(&self) -> usize {
        usize::MAX
    }

    /// Whether every further module will fail, because the key's token is gone.
    fn is_lost(&self) -> bool {
        false
    }

    /// Whether it removes existing signatures, also those after a compressed stream.
    fn strips_signatures(&self) -> bool {
        false
    }
}

/// Applies a function to each module of a batch.
pub(super) fn each(
    modules: Vec<Module>,
    apply: impl Fn(&mut Module) -> Result<Done, CliError>,
) -> Vec<(Module, Result<Done, CliError>)> {
    let one = |mut module: Module| {
        let result = apply(&mut module);
        (module, result)
    };
    modules.into_iter().map(one).collect()
}

/// A module that was read.
pub(super) struct Module {
    /// Its place in the batch.
    pub(super) place: usize,
    /// Its name as the user gave it.
    pub(super) path: PathBuf,
    /// The file, unpacked.
    pub(super) file: ModuleFile,
}

/// What was done with a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Signed,
    LeftAlone,
    /// Left alone, and written to another file.
    Copied,
    Repacked,
    Stripped,
    Extracted,
    Attached,
    SignerAdded,
    Prepared,
}

impl Deed {
    /// The word for JSON. It never changes.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::LeftAlone => "left-alone",
            Self::Copied => "copied",
            Self::Repacked => "repacked",
            Self::Stripped => "stripped",
            Self::Extracted => "extracted",
            Self::Attached => "attached",
            Self::SignerAdded => "signer-added",
            Self::Prepared => "prepared",
        }
    }

    /// The colour of the verb.
    pub(super) const fn ink(self) -> Ink {
        match self {
            Self::LeftAlone => Ink::Faint,
            _ => Ink::Good,
        }
    }
}

/// What an operation decided on a module.
pub(super) struct Done {
    /// What it is.
    pub(super) deed: Deed,
    /// How many signatures are removed from the module.
    pub(super) removed: usize,
    /// The files to write.
    pub(super) outputs: Vec<Output>,
    /// The result in a few words: printed about the file, and counted in the summary.
    pub(super) result: Phrase,
    /// Details for `-v`.
    pub(super) details: Vec<String>,
    /// What the user should know although nothing failed.
    pub(super) notes: Vec<String>,
}

impl Done {
    pub(super) const fn new(deed: Deed, outputs: Vec<Output>, result: Phrase) -> Self {
        Self { deed, removed: 0, outputs, result, details: Vec::new(), notes: Vec::new() }
    }

    /// The same, with the number of signatures that are removed.
    pub(super) const fn removing(mut self, signatures: usize) -> Self {
        self.removed = signatures;
        self
    }

    /// The result as it is printed: with `dry_run` as a plan. What is left alone stays left alone.
    pub(super) fn phrase(&self, dry_run: bool) -> Phrase {
        if dry_run && self.deed != Deed::LeftAlone { self.result.planned() } else { self.result.clone() }
    }
}

/// A file to write.
pub(super) enum Output {
    /// The module, compressed as its new name says: in its place, or to another file.
    Module {
        /// The other file.
        to: Option<PathBuf>,
    },
    /// A file of its own.
    Companion {
        /// Its name.
        path: PathBuf,
        /// Its contents.
        bytes: Vec<u8>,
    },
}

impl Output {
    /// A detail line, if the output is not the module's own file.
    pub(super) fn written_to(&self) -> Option<String> {
        match self {
            Self::Module { to } => Some(format!("written to {}", to.as_ref()?.display())),
            Self::Companion { path, .. } => Some(format!("written to {}", path.display())),
        }
    }
}
