//! `--attach` and `attach`: append a signature that was made elsewhere, after it verifies.

use super::operation::{Deed, Done, Module, Operation, Output, each};
use super::phrase::Phrase;
use super::prepare::Description;
use super::signatures::{check_kind, peel, signed_by_another};
use crate::credentials::read_cms;
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::{signer_error, verdict_error};
use crate::files::{KEY_LIMIT, companion_path, read_file};
use crate::two_steps::{not_accepted, prepare};
use modsig::cert::{Certificate, PublicKey};
use modsig::prepared::NotAccepted;
use modsig::signer::wrap_signature;
use modsig::trailer;
use modsig::trust::TrustStore;
use modsig::verdict::{Policy, verify, verify_detached};
use std::path::{Path, PathBuf};

/// Appends signatures.
pub(super) struct Attach {
    pub(super) form: Form,
    /// The certificates that the signature must verify with.
    pub(super) trust: TrustStore,
    /// The signature's file [default: beside the module].
    pub(super) signature: Option<PathBuf>,
    pub(super) resign: bool,
    pub(super) any_file: bool,
    pub(super) output: Option<PathBuf>,
}

/// The contents of the signature's file.
pub(super) enum Form {
    /// A CMS, as `--detached` and `sign-file -d` write it.
    Cms,
    /// The bytes that an HSM returned for those of `prepare`, signed with this certificate's key.
    Raw(Box<Certificate>),
}

impl Form {
    /// The extension of the signature's file, after the name of the module.
    const fn extension(&self) -> &'static str {
        match self {
            Self::Cms => ".p7s",
            Self::Raw(_) => ".sig",
        }
    }
}

impl Attach {
    fn attach(&self, module: &mut Module) -> Result<Done, CliError> {
        let file = &module.file.source.bytes;
        let peeled = peel(file)?;
        check_kind(peeled.module, self.any_file)?;
        let beside = || companion_path(&module.path, self.form.extension());
        let signature_path = self.signature.clone().unwrap_or_else(beside);
        let cms = self.read(&signature_path, &module.path, peeled.module)?;
        let to = self.output.clone();
        if peeled.count == 1 && peeled.outermost.is_some_and(|(_, existing)| existing == cms) && to.is_none()
        {
            return Ok(Done::new(
                Deed::LeftAlone,
                Vec::new(),
                Phrase::new("left alone", ": this signature is there already"),
            ));
        }
        if peeled.count > 0 && !self.resign {
            return Err(signed_by_another(&verify(file, &self.trust, &Policy::default())));
        }
        let (len, replaced) = (peeled.module.len(), peeled.count);
        let (signed_file, who) = self.signed(peeled.module, &cms, &signature_path)?;
        let old = if replaced > 0 { ", in place of another" } else { "" };
        let result = Phrase::about(format!("signature of {who} "), "attached", old);
        module.file.source.bytes = signed_file;
        let mut done = Done::new(Deed::Attached, vec![Output::Module { to }], result).removing(replaced);
        done.details.push(format!("signature of {}, {len} bytes of module", signature_path.display()));
        Ok(done)
    }

    /// The module with the CMS appended, after both ways to verify it succeed, and who signed it with what.
    fn signed(&self, module: &[u8], cms: &[u8], signature: &Path) -> Result<(Vec<u8>, String), CliError> {
        let appended = trailer::append(cms)
            .map_err(|error| CliError::new(Exit::Malformed, error.to_string(), "").in_file(signature))?;
        let detached = verify_detached(module, cms, &self.trust, &Policy::default());
        if !detached.is_good() {
            return Err(verdict_error(&detached).in_file(signature));
        }
        let signed_file = [module, &appended].concat();
        let verdict = verify(&signed_file, &self.trust, &Policy::default());
        let (true, Some(signer)) = (verdict.is_good(), verdict.signers.first()) else {
            return Err(verdict_error(&verdict));
        };
        let subject = signer.subject.as_ref().unwrap_or(&signer.identifier);
        let key = signer.key.as_ref().unwrap_or(&signer.algorithm);
        Ok((signed_file, format!("{subject} with {key}")))
    }

    /// The CMS to append.
    fn read(&self, path: &Path, module_path: &Path, module: &[u8]) -> Result<Vec<u8>, CliError> {
        let certificate = match &self.form {
            Form::Cms => return read_cms(path).in_file(path),
            Form::Raw(certificate) => certificate,
        };
        let bytes = read_file(path, KEY_LIMIT).in_file(path)?.bytes;
        let description = Description::read(module_path, module, certificate)?;
        let key = certificate.public_key();
        let prepared = prepare(key, description.options.digest, module)?;
        let signature = match prepared.accept(key, &bytes) {
            Ok(signature) => signature,
            // Verifying the module with it says what Linux answers.
            Err(NotAccepted::BadSignature) if !matches!(key, PublicKey::Ec(_)) => bytes,
            Err(error) => return Err(not_accepted(error, key).in_file(path)),
        };
        wrap_signature(certificate, description.options, &signature)
            .map_err(|error| signer_error(&error).in_file(path))
    }
}

impl Operation for Attach {
    fn apply(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        each(modules, |module| self.attach(module))
    }
}
