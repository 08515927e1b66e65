//! `--repack`: compresses modules again that Linux itself cannot unpack.

use super::operation::{Deed, Done, Module, Operation, Output, each};
use super::phrase::Phrase;
use super::signatures::{check_kind, peel};
use crate::error::CliError;

/// Compresses modules again that Linux does not unpack. The module and its signature stay unchanged.
pub(super) struct Repack {
    /// Accept files other than kernel modules.
    pub(super) any_file: bool,
}

impl Repack {
    fn repack(&self, module: &Module) -> Result<Done, CliError> {
        let peeled = peel(&module.file.source.bytes)?;
        check_kind(peeled.module, self.any_file)?;
        let Some(packed) = &module.file.packed else {
            return Ok(Done::new(Deed::LeftAlone, Vec::new(), Phrase::new("left alone", ": not compressed")));
        };
        let name = packed.compression.name();
        Ok(match module.file.defect() {
            None => Done::new(
                Deed::LeftAlone,
                Vec::new(),
                Phrase::new("left alone", format!(": Linux unpacks this {name} file")),
            ),
            Some(defect) => {
                let outputs = vec![Output::Module { to: None }];
                let mut done =
                    Done::new(Deed::Repacked, outputs, Phrase::new("packed again", format!(" with {name}")));
                done.details.push(defect.to_string());
                done
            }
        })
    }
}

impl Operation for Repack {
    fn apply(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        each(modules, |module| self.repack(module))
    }
}
