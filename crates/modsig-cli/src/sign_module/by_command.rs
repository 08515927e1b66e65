//! `--sign-command`: a command of the user signs what `prepare` would write; what it returns is verified and appended.

use super::operation::{Deed, Done, Module, Operation, Output, each};
use super::phrase::Phrase;
use super::prepare::Prepare;
use super::signatures::peel;
use crate::error::CliError;
use crate::exit::Exit;
use crate::exit_mapping::{check_fresh, signer_error};
use crate::sign_command::SignCommand;
use modsig::key::KeyAlgorithm;
use modsig::signer::wrap_signature;
use modsig::trailer;
use std::path::PathBuf;

/// Signs modules with a command.
pub(super) struct ByCommand<'a> {
    pub(super) prepare: Prepare<'a>,
    pub(super) command: SignCommand,
    pub(super) output: Option<PathBuf>,
}

impl ByCommand<'_> {
    fn sign(&self, module: &mut Module) -> Result<Done, CliError> {
        let Some(len) = self.prepare.check(module)? else {
            return Ok(self.left_alone());
        };
        let certificate = self.prepare.certificate;
        let replaced = signatures_of(module)?;
        let bytes = &mut module.file.source.bytes;
        let prepared = self.prepare.prepared(bytes.get(..len).unwrap_or_default())?;
        let signature = self.command.sign(&prepared, certificate.public_key(), &module.path)?;
        let cms = wrap_signature(certificate, self.prepare.options, &signature)
            .map_err(|error| signer_error(&error))?;
        let appended = trailer::append(&cms).map_err(|error| {
            CliError::new(Exit::Malformed, error.to_string(), "issue the certificate again")
        })?;
        bytes.truncate(len);
        bytes.extend_from_slice(&appended);
        check_fresh(bytes, &self.prepare.own)?;
        let mut done = self.signed(replaced);
        done.details.push(format!("{} bytes of signature", appended.len()));
        Ok(done)
    }

    fn left_alone(&self) -> Done {
        let mut done = self.prepare.left_alone();
        if self.output.is_some() {
            done.deed = Deed::Copied;
            done.outputs.push(Output::Module { to: self.output.clone() });
        }
        done
    }

    fn signed(&self, replaced: usize) -> Done {
        let certificate = self.prepare.certificate;
        let algorithm = KeyAlgorithm::of(certificate.public_key())
            .map_or_else(String::new, |algorithm| format!(" with {algorithm}"));
        let result = Phrase::new("signed", format!(" by {}{algorithm}, by command", certificate.subject()));
        let outputs = vec![Output::Module { to: self.output.clone() }];
        Done::new(Deed::Signed, outputs, result).removing(replaced)
    }
}

/// How many signatures a module has.
fn signatures_of(module: &Module) -> Result<usize, CliError> {
    Ok(peel(&module.file.source.bytes)?.count + module.file.trailing_signatures)
}

impl Operation for ByCommand<'_> {
    fn apply(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        each(modules, |module| self.sign(module))
    }

    fn plan(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        each(modules, |module| match self.prepare.check(module)? {
            None => Ok(self.left_alone()),
            Some(_) => Ok(self.signed(signatures_of(module)?)),
        })
    }

    fn together(&self) -> usize {
        1
    }

    fn strips_signatures(&self) -> bool {
        self.prepare.resigns()
    }
}
