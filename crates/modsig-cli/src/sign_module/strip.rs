//! `--strip` and `--extract`: signatures taken off, and taken out.

use super::run::{AboutFile, Done, Module, Output, Verb};
use super::sign::check_kind;
use super::signatures::peel;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::beside;
use modsig::cms;
use std::path::PathBuf;

/// What the user should know of a module that was compressed first and signed then.
pub(super) const SIGNED_BEHIND: &str = "was compressed first and signed then: the signature behind the compressed bytes, which Linux never saw, is off";

/// Takes all signatures off: the file becomes what it was before the first of them, to the byte.
pub(super) struct Strip {
    pub(super) any_file: bool,
    pub(super) output: Option<PathBuf>,
}

impl Strip {
    fn strip(&self, module: &mut Module) -> Result<Done, Failure> {
        let peeled = peel(&module.file.source.bytes)?;
        check_kind(peeled.module, self.any_file)?;
        let (len, count) = (peeled.module.len(), peeled.count + module.file.behind);
        module.file.source.bytes.truncate(len);
        let to = self.output.clone();
        Ok(match (count, to) {
            (0, None) => Done::new(Vec::new(), "left alone: not signed".into()),
            (0, to) => Done::new(vec![Output::Module { to }], "copied: not signed".into()),
            (count, to) => {
                let mut done = Done::new(vec![Output::Module { to }], "stripped of its signature".into());
                if count > 1 {
                    done.notes
                        .push(format!("was signed {count} times, one signature upon the other; all are off"));
                }
                if module.file.behind > 0 {
                    done.notes.push(SIGNED_BEHIND.into());
                }
                done.details.push(format!("{len} bytes of module"));
                done
            }
        })
    }
}

impl Verb for Strip {
    fn apply(&self, modules: &mut [Module]) -> Vec<Result<Done, AboutFile>> {
        let one = |module: &mut Module| self.strip(module).map_err(|failure| (module.path.clone(), failure));
        modules.iter_mut().map(one).collect()
    }

    fn takes_off(&self) -> bool {
        true
    }
}

/// Writes the CMS that Linux looks at to a file of its own, and the certificates inside, if there are any, to another.
pub(super) struct Extract {
    pub(super) output: Option<PathBuf>,
}

impl Extract {
    fn extract(&self, module: &Module) -> Result<Done, Failure> {
        let peeled = peel(&module.file.source.bytes)?;
        let Some((_, signature)) = peeled.outermost else {
            check_kind(peeled.module, false)?;
            return Err(Failure::new(Exit::Unsigned, "is not signed", "there is nothing to extract"));
        };
        let path = self.output.clone().unwrap_or_else(|| beside(&module.path, ".p7s"));
        let mut done = Done::new(Vec::new(), "signature extracted".into());
        done.details.push(format!("{} bytes of CMS to {}", signature.len(), path.display()));
        done.outputs.push(Output::Beside { path, bytes: signature.to_vec() });
        // A CMS that cannot be parsed is extracted all the same: somebody wants to look at it.
        let certificates = cms::parse(signature).map(|parsed| parsed.certificates).unwrap_or_default();
        if !certificates.is_empty() {
            // DER after DER, as in the kernel's signing_key.x509.
            let bytes = certificates.iter().flat_map(|inside| inside.der).copied().collect();
            let path = beside(&module.path, ".x509");
            done.details.push(format!("{} certificates to {}", certificates.len(), path.display()));
            done.outputs.push(Output::Beside { path, bytes });
        }
        if peeled.count > 1 {
            done.notes.push(format!(
                "is signed {} times, one signature upon the other; this is the outermost, which Linux checks",
                peeled.count
            ));
        }
        Ok(done)
    }
}

impl Verb for Extract {
    fn apply(&self, modules: &mut [Module]) -> Vec<Result<Done, AboutFile>> {
        let one = |module: &Module| self.extract(module).map_err(|failure| (module.path.clone(), failure));
        modules.iter().map(one).collect()
    }
}
