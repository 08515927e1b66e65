//! The command line of `sign-module`, resolved: which operation on which modules. Reads keys and certificates and runs it.

use super::operation::Operation;
use super::{PROGRAM, add, attach, by_command, prepare, repack, run, sign, strip};
use crate::certificate_fate::warn;
use crate::credentials::{read_certificates, read_signer, read_trust};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::files::{Input, Inputs};
use crate::key_access::KeyAccess;
use crate::sign_command::SignCommand;
use crate::terminal::Terminal;
use crate::usage::usage_error;
use modsig::cert::Certificate;
use modsig::signer::Options;
use std::path::{Path, PathBuf};

/// What one run does.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) action: Action,
    /// Replace existing signatures.
    pub(super) resign: bool,
    /// Accept files other than kernel modules.
    pub(super) any_file: bool,
    pub(super) inputs: Inputs,
    pub(super) run: run::Options,
}

/// The operation, with what it needs.
#[derive(Debug)]
pub(super) enum Action {
    Sign {
        form: Options,
        key: PathBuf,
        cert: Option<PathBuf>,
        access: KeyAccess,
        deterministic: bool,
        detached: bool,
        repack: bool,
    },
    /// Add a signature to the CMS that is there.
    Add {
        form: Options,
        key: PathBuf,
        cert: Option<PathBuf>,
        access: KeyAccess,
        deterministic: bool,
        trust: Vec<PathBuf>,
    },
    /// Have a command sign.
    ByCommand {
        form: Options,
        cert: PathBuf,
        command: SignCommand,
    },
    Strip,
    Extract,
    Repack,
    /// Attach a CMS.
    Attach {
        cert: PathBuf,
        signature: Option<PathBuf>,
    },
    Prepare {
        cert: PathBuf,
        form: Options,
    },
    /// Attach the raw signature of an HSM.
    AttachRaw {
        cert: PathBuf,
        signature: Option<PathBuf>,
    },
}

impl Plan {
    /// Runs the operation and prints the results.
    ///
    /// # Errors
    /// What ends the run before the first module: a key, certificate or list that cannot be used.
    pub(super) fn run(&self, terminal: &mut Terminal) -> Result<(), CliError> {
        let (any_file, resign, output) = (self.any_file, self.resign, self.run.output.clone());
        match &self.action {
            Action::Strip => self.apply(&strip::Strip { any_file, output }, terminal),
            Action::Extract => self.apply(&strip::Extract { output }, terminal),
            Action::Repack => self.apply(&repack::Repack { any_file }, terminal),
            Action::Sign { form, key, cert, access, deterministic, detached, repack } => {
                let signer = read_signer(key, cert.as_deref(), access, *form, terminal)?;
                warn(signer.certificate(), cert.as_ref().unwrap_or(key), terminal);
                let (deterministic, detached, repack) = (*deterministic, *detached, *repack);
                let options = sign::Options { deterministic, resign, repack, any_file, detached, output };
                self.apply(&sign::Sign::new(&signer, options), terminal)
            }
            Action::Add { form, key, cert, access, deterministic, trust } => {
                let signer = read_signer(key, cert.as_deref(), access, *form, terminal)?;
                warn(signer.certificate(), cert.as_ref().unwrap_or(key), terminal);
                let mut trust = read_trust(trust, |path, certificate| warn(certificate, path, terminal))?;
                trust.add(signer.certificate().clone());
                let deterministic = *deterministic;
                self.apply(&add::Add { signer: &signer, trust, deterministic, output }, terminal)
            }
            Action::ByCommand { form, cert, command } => {
                let certificate = single_certificate(cert)?;
                warn(&certificate, cert, terminal);
                let prepare = prepare::Prepare::new(&certificate, *form, resign, any_file).in_file(cert)?;
                let command = command.clone();
                self.apply(&by_command::ByCommand { prepare, command, output }, terminal)
            }
            Action::Attach { cert, signature } => {
                let trust = read_trust(std::slice::from_ref(cert), |path, certificate| {
                    warn(certificate, path, terminal);
                })?;
                let (form, signature) = (attach::Form::Cms, signature.clone());
                self.apply(&attach::Attach { form, trust, signature, resign, any_file, output }, terminal)
            }
            Action::Prepare { cert, form } => {
                let certificate = single_certificate(cert)?;
                warn(&certificate, cert, terminal);
                let prepare = prepare::Prepare::new(&certificate, *form, resign, any_file).in_file(cert)?;
                self.apply(&prepare, terminal)
            }
            Action::AttachRaw { cert, signature } => {
                let certificate = single_certificate(cert)?;
                prepare::signing_key(&certificate).in_file(cert)?;
                warn(&certificate, cert, terminal);
                let trust = [certificate.clone()].into_iter().collect();
                let (form, signature) = (attach::Form::Raw(Box::new(certificate)), signature.clone());
                self.apply(&attach::Attach { form, trust, signature, resign, any_file, output }, terminal)
            }
        }
    }

    fn apply(&self, operation: &dyn Operation, terminal: &mut Terminal) -> Result<(), CliError> {
        let inputs: Vec<Input> = self.inputs.find(terminal)?;
        if self.names_one_file() && inputs.len() > 1 {
            let what = format!("one file is named for the result, and there are {} modules", inputs.len());
            return Err(usage_error(PROGRAM, what));
        }
        run::run(operation, inputs, &self.run, terminal)
    }

    /// Whether an option names one file, so that there must be one module.
    fn names_one_file(&self) -> bool {
        let signature = match &self.action {
            Action::Attach { signature, .. } | Action::AttachRaw { signature, .. } => signature.is_some(),
            _ => false,
        };
        signature || self.run.output.is_some()
    }
}

/// The certificate of a file that holds exactly one.
fn single_certificate(path: &Path) -> Result<Certificate, CliError> {
    let certificates = read_certificates(path).in_file(path)?;
    <[Certificate; 1]>::try_from(certificates).map(|[certificate]| certificate).map_err(|several| {
        let what = format!("holds {} certificates", several.len());
        let advice = "give a file with only the certificate of the signing key";
        CliError::new(Exit::Malformed, what, advice).in_file(path)
    })
}
