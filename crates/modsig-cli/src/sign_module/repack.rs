//! `--repack`: modules that Linux itself does not unpack, packed again as it reads them.

use super::run::{AboutFile, Done, Module, Output, Verb};
use super::sign::check_kind;
use super::signatures::peel;
use crate::failure::Failure;

/// Packs again what Linux does not unpack. The module and its signature stay as they are.
pub(super) struct Repack {
    /// Not only kernel modules.
    pub(super) any_file: bool,
}

impl Repack {
    fn repack(&self, module: &Module) -> Result<Done, Failure> {
        let peeled = peel(&module.file.source.bytes)?;
        check_kind(peeled.module, self.any_file)?;
        let Some(packed) = &module.file.packed else {
            return Ok(Done::new(Vec::new(), "left alone: not compressed".into()));
        };
        let name = packed.compression.name();
        Ok(match module.file.defect() {
            None => Done::new(Vec::new(), format!("left alone: Linux unpacks this {name} file")),
            Some(defect) => {
                let outputs = vec![Output::Module { to: None }];
                let mut done = Done::new(outputs, format!("packed again with {name}"));
                done.details.push(defect.to_string());
                done
            }
        })
    }
}

impl Verb for Repack {
    fn apply(&self, modules: &mut [Module]) -> Vec<Result<Done, AboutFile>> {
        let one = |module: &mut Module| self.repack(module).map_err(|failure| (module.path.clone(), failure));
        modules.iter_mut().map(one).collect()
    }
}
