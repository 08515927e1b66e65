//! `--attach` and `attach`: a signature that was made elsewhere is put on, after it has verified.

use super::prepare::Description;
use super::run::{AboutFile, Done, Module, Output, Verb};
use super::sign::{check_kind, signed_by_another};
use super::signatures::peel;
use crate::credentials::read_cms;
use crate::decisions::{signer_failure, verdict_failure};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{KEY_LIMIT, beside, read_file};
use modsig::cert::Certificate;
use modsig::signer::wrap_signature;
use modsig::trailer;
use modsig::trust::TrustStore;
use modsig::verdict::{Policy, verify, verify_detached};
use std::path::{Path, PathBuf};

/// Puts signatures on.
pub(super) struct Attach {
    pub(super) form: Form,
    /// What the signature must verify with.
    pub(super) trust: TrustStore,
    /// The signature's file, if it is not beside the module.
    pub(super) signature: Option<PathBuf>,
    pub(super) resign: bool,
    pub(super) any_file: bool,
    pub(super) output: Option<PathBuf>,
}

/// What the signature's file holds.
pub(super) enum Form {
    /// A CMS, as `--detached` and `sign-file -d` write it.
    Cms,
    /// The bytes that an HSM gave for the mu of `prepare`, under this certificate's key.
    Raw(Box<Certificate>),
}

impl Form {
    /// What `MODULE` is followed by in the name of the signature's file.
    const fn ending(&self) -> &'static str {
        match self {
            Self::Cms => ".p7s",
            Self::Raw(_) => ".sig",
        }
    }
}

impl Attach {
    fn attach(&self, module: &mut Module) -> Result<Done, AboutFile> {
        let about_module = |failure| (module.path.clone(), failure);
        let file = &module.file.source.bytes;
        let peeled = peel(file).map_err(about_module)?;
        check_kind(peeled.module, self.any_file).map_err(about_module)?;
        let signature_path =
            self.signature.clone().unwrap_or_else(|| beside(&module.path, self.form.ending()));
        let cms = self.read(&signature_path, &module.path, peeled.module)?;
        let to = self.output.clone();
        if peeled.count == 1 && peeled.outermost.is_some_and(|(_, there)| there == cms) && to.is_none() {
            return Ok(Done::new(Vec::new(), "left alone: this signature is there already".into()));
        }
        if peeled.count > 0 && !self.resign {
            return Err(about_module(signed_by_another(&verify(file, &self.trust, &Policy::default()))));
        }
        let appended = trailer::append(&cms).map_err(|error| {
            (signature_path.clone(), Failure::new(Exit::Malformed, error.to_string(), ""))
        })?;
        let (len, replaced) = (peeled.module.len(), peeled.count);
        let detached = verify_detached(peeled.module, &cms, &self.trust, &Policy::default());
        if !detached.is_good() {
            return Err((signature_path, verdict_failure(&detached)));
        }
        let signed_file = [peeled.module, &appended].concat();
        let verdict = verify(&signed_file, &self.trust, &Policy::default());
        let (true, Some(signer)) = (verdict.is_good(), verdict.signers.first()) else {
            return Err(about_module(verdict_failure(&verdict)));
        };
        let who =
            format!("{} with {}", signer.subject.as_ref().unwrap_or(&signer.identifier), signer.algorithm);
        let old = if replaced > 0 { ", in place of another" } else { "" };
        let result = format!("signature of {who} attached{old}");
        module.file.source.bytes = signed_file;
        let mut done = Done::new(vec![Output::Module { to }], result);
        done.details.push(format!("signature of {}, {len} bytes of module", signature_path.display()));
        Ok(done)
    }

    /// The CMS to append.
    fn read(&self, path: &Path, module_path: &Path, module: &[u8]) -> Result<Vec<u8>, AboutFile> {
        let about_signature = |failure| (path.to_path_buf(), failure);
        let certificate = match &self.form {
            Form::Cms => return read_cms(path).map_err(about_signature),
            Form::Raw(certificate) => certificate,
        };
        let bytes = read_file(path, KEY_LIMIT).map_err(about_signature)?.bytes;
        let description = Description::read(module_path, module, certificate)?;
        if bytes.len() != description.signature_len {
            let (expected, found) = (description.signature_len, bytes.len());
            let what =
                format!("is {found} bytes long, a raw {} signature is {expected}", description.algorithm);
            let advice = "give the bytes that the HSM gave, without any encoding";
            return Err(about_signature(Failure::new(Exit::Malformed, what, advice)));
        }
        wrap_signature(certificate, description.options, &bytes)
            .map_err(|error| about_signature(signer_failure(&error)))
    }
}

impl Verb for Attach {
    fn apply(&self, modules: &mut [Module]) -> Vec<Result<Done, AboutFile>> {
        modules.iter_mut().map(|module| self.attach(module)).collect()
    }
}
