//! `--strip` and `--extract`: remove signatures, and write them to files.

use super::operation::{Deed, Done, Module, Operation, Output, each};
use super::phrase::Phrase;
use super::signatures::{SIGNED_AFTER_COMPRESSION, check_kind, peel};
use crate::error::CliError;
use crate::exit::Exit;
use crate::files::companion_path;
use modsig::cms;
use std::path::PathBuf;

/// Removes all signatures: the file gets the exact bytes that it had before the first of them.
pub(super) struct Strip {
    pub(super) any_file: bool,
    pub(super) output: Option<PathBuf>,
}

impl Strip {
    fn strip(&self, module: &mut Module) -> Result<Done, CliError> {
        let peeled = peel(&module.file.source.bytes)?;
        check_kind(peeled.module, self.any_file)?;
        let (len, count) = (peeled.module.len(), peeled.count + module.file.trailing_signatures);
        module.file.source.bytes.truncate(len);
        let to = self.output.clone();
        Ok(match (count, to) {
            (0, None) => Done::new(Deed::LeftAlone, Vec::new(), Phrase::new("left alone", ": not signed")),
            (0, to) => {
                Done::new(Deed::Copied, vec![Output::Module { to }], Phrase::new("copied", ": not signed"))
            }
            (count, to) => {
                let outputs = vec![Output::Module { to }];
                let mut done =
                    Done::new(Deed::Stripped, outputs, Phrase::new("stripped", " of its signature"))
                        .removing(count);
                if count > 1 {
                    done.notes.push(format!("had {count} nested signatures; all are removed"));
                }
                if module.file.trailing_signatures > 0 {
                    done.notes.push(SIGNED_AFTER_COMPRESSION.into());
                }
                done.details.push(format!("{len} bytes of module"));
                done
            }
        })
    }
}

impl Operation for Strip {
    fn apply(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        each(modules, |module| self.strip(module))
    }

    fn strips_signatures(&self) -> bool {
        true
    }
}

/// Writes the CMS that Linux checks to a file, and the certificates in it, if there are any, to another.
pub(super) struct Extract {
    pub(super) output: Option<PathBuf>,
}

impl Extract {
    fn extract(&self, module: &Module) -> Result<Done, CliError> {
        let peeled = peel(&module.file.source.bytes)?;
        let Some((_, signature)) = peeled.outermost else {
            check_kind(peeled.module, false)?;
            return Err(CliError::new(Exit::Unsigned, "is not signed", "there is nothing to extract"));
        };
        let path = self.output.clone().unwrap_or_else(|| companion_path(&module.path, ".p7s"));
        let mut done = Done::new(Deed::Extracted, Vec::new(), Phrase::about("signature ", "extracted", ""));
        done.details.push(format!("{} bytes of CMS to {}", signature.len(), path.display()));
        done.outputs.push(Output::Companion { path, bytes: signature.to_vec() });
        // A CMS that cannot be parsed is extracted too, for examination.
        let certificates = cms::parse(signature).map(|parsed| parsed.certificates).unwrap_or_default();
        if !certificates.is_empty() {
            // Several DER certificates in a row, as in the kernel's signing_key.x509.
            let bytes = certificates.iter().flat_map(|inside| inside.der).copied().collect();
            let path = companion_path(&module.path, ".x509");
            done.details.push(format!("{} certificates to {}", certificates.len(), path.display()));
            done.outputs.push(Output::Companion { path, bytes });
        }
        if peeled.count > 1 {
            done.notes.push(format!(
                "has {} nested signatures; the outermost, which Linux checks, is extracted",
                peeled.count
            ));
        }
        Ok(done)
    }
}

impl Operation for Extract {
    fn apply(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        each(modules, |module| self.extract(module))
    }
}
