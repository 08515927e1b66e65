//! `--sign-command`: a command of the user signs what `prepare` would write; what it returns is verified and appended.

use super::operation::{Done, Module, Operation, Output, each};
use super::prepare::Prepare;
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
            let mut done = self.prepare.left_alone();
            if self.output.is_some() {
                done.outputs.push(Output::Module { to: self.output.clone() });
            }
            return Ok(done);
        };
        let certificate = self.prepare.certificate;
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
        let algorithm = KeyAlgorithm::of(certificate.public_key())
            .map_or_else(String::new, |algorithm| format!(" with {algorithm}"));
        let result = format!("signed by {}{algorithm}, by command", certificate.subject());
        let mut done = Done::new(vec![Output::Module { to: self.output.clone() }], result);
        done.details.push(format!("{} bytes of signature", appended.len()));
        Ok(done)
    }
}

impl Operation for ByCommand<'_> {
    fn apply(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        each(modules, |module| self.sign(module))
    }

    fn strips_signatures(&self) -> bool {
        self.prepare.resigns()
    }
}
