//! `prepare`: the first of the two steps of signing with a key that never leaves its HSM.
//!
//! What ML-DSA signs is mu, 64 bytes (FIPS 204, Algorithm 7, line 6). It needs the public key only, so a machine with
//! the certificate computes it, an HSM signs it ("external mu"), and `attach` puts the signature on.

use super::operation::{Done, Module, Operation, Output, each};
use super::signatures::{check_kind, difference, peel, signed_by_another, signed_otherwise};
use crate::credentials::SIGN_WITH_CMS;
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::signer_error;
use crate::files::{KEY_LIMIT, companion_path, read_file};
use crate::printable::{hex, printable_json};
use mldsa::dynamic::AnyVerifyingKey;
use mldsa::{Context, Mu};
use modsig::algorithm::Digest;
use modsig::cert::{Certificate, PublicKey};
use modsig::signer::{IdentifierKind, Options, SignerError};
use modsig::trust::TrustStore;
use modsig::verdict::{Policy, verify};
use serde_json::{Value, json};
use std::path::Path;

/// Extension of the file with mu, after the name of the module.
const MU_EXTENSION: &str = ".mu";
/// Extension of the description.
const DESCRIPTION_EXTENSION: &str = ".mu.json";
/// The format of the description: changes when readers must change.
const FORMAT: u64 = 1;

/// Writes mu and a description for each module.
pub(super) struct Prepare<'a> {
    certificate: &'a Certificate,
    key: &'a AnyVerifyingKey,
    own: TrustStore,
    options: Options,
    resign: bool,
    any_file: bool,
}

/// The ML-DSA key of a certificate.
pub(super) fn ml_dsa_key(certificate: &Certificate) -> Result<&AnyVerifyingKey, CliError> {
    match certificate.public_key() {
        PublicKey::MlDsa(key) => Ok(key),
        other => {
            let what = format!("the certificate's key is {}: only ML-DSA signs a mu", other.algorithm_name());
            Err(CliError::new(Exit::Refused, what, SIGN_WITH_CMS))
        }
    }
}

impl<'a> Prepare<'a> {
    /// Signs with the key of this certificate.
    ///
    /// # Errors
    /// What is wrong with the certificate.
    pub(super) fn new(
        certificate: &'a Certificate,
        options: Options,
        resign: bool,
        any_file: bool,
    ) -> Result<Self, CliError> {
        let key = ml_dsa_key(certificate)?;
        if let (Some(digest), Some(weakness)) =
            (certificate.weak_signature(), certificate.weak_signature().and_then(Digest::weakness))
        {
            return Err(signer_error(&SignerError::WeakCertificate { digest, weakness }));
        }
        if options.identifier == IdentifierKind::SubjectKeyId && certificate.subject_key_id().is_none() {
            return Err(signer_error(&SignerError::NoSubjectKeyId));
        }
        let own = TrustStore::from_iter([certificate.clone()]);
        Ok(Self { certificate, key, own, options, resign, any_file })
    }

    /// The length of the module without signatures; `None` if it is signed with this key already.
    fn check(&self, module: &Module) -> Result<Option<usize>, CliError> {
        let file = &module.file.source.bytes;
        let peeled = peel(file)?;
        if let Some((_, cms)) = peeled.outermost.filter(|_| !self.resign) {
            let verdict = verify(file, &self.own, &Policy::default());
            if !verdict.is_good() {
                return Err(signed_by_another(&verdict));
            }
            let difference = difference(cms, self.options);
            return difference
                .map_or(Ok(None), |difference| Err(signed_otherwise(&difference, self.options)));
        }
        check_kind(peeled.module, self.any_file)?;
        Ok(Some(peeled.module.len()))
    }

    fn prepare(&self, module: &Module) -> Result<Done, CliError> {
        let Some(len) = self.check(module)? else {
            let subject = self.certificate.subject();
            return Ok(Done::new(Vec::new(), format!("left alone: signed already by {subject}")));
        };
        let bare = module.file.source.bytes.get(..len).unwrap_or_default();
        let mut hasher = self.key.mu_hasher(Context::EMPTY);
        hasher.update(bare);
        self.done(&module.path, bare, &hasher.finalize())
    }

    fn done(&self, path: &Path, bare: &[u8], mu: &Mu) -> Result<Done, CliError> {
        let description = self.description(path, bare, mu)?;
        let (mu_path, description_path) =
            (companion_path(path, MU_EXTENSION), companion_path(path, DESCRIPTION_EXTENSION));
        let mut done = Done::new(Vec::new(), format!("prepared for {}", self.certificate.subject()));
        done.details.push(format!("mu to {}", mu_path.display()));
        done.details.push(format!("description to {}", description_path.display()));
        done.outputs.push(Output::Companion { path: mu_path, bytes: mu.as_bytes().to_vec() });
        done.outputs.push(Output::Companion { path: description_path, bytes: description.into_bytes() });
        Ok(done)
    }

    fn description(&self, path: &Path, bare: &[u8], mu: &Mu) -> Result<String, CliError> {
        let parameters = self.key.parameters();
        let identifier = match self.options.identifier {
            IdentifierKind::IssuerAndSerial => ISSUER_AND_SERIAL,
            IdentifierKind::SubjectKeyId => SUBJECT_KEY_ID,
        };
        let description = json!({
            "format": FORMAT,
            "module": path.file_name().unwrap_or_default().to_string_lossy(),
            "module_length": bare.len(),
            "module_sha512": hash(Digest::Sha512, bare),
            "algorithm": parameters.name(),
            "mu": hex(mu.as_bytes()),
            "signature_length": parameters.signature_len(),
            "digest_algorithm": self.options.digest.name(),
            "signer_identifier": identifier,
            "certificate": {
                "subject": self.certificate.subject(),
                "issuer": self.certificate.issuer(),
                "serial": hex(self.certificate.serial()),
                "sha256": hash(Digest::Sha256, self.certificate.as_der()),
            },
        });
        let text = serde_json::to_string_pretty(&description).map_err(|error| {
            CliError::new(
                Exit::Internal,
                format!("the description cannot be written: {error}"),
                "report this",
            )
        })?;
        let mut text = printable_json(&text);
        text.push('\n');
        Ok(text)
    }
}

impl Operation for Prepare<'_> {
    fn apply(&self, modules: Vec<Module>) -> Vec<(Module, Result<Done, CliError>)> {
        each(modules, |module| self.prepare(module))
    }
}

const ISSUER_AND_SERIAL: &str = "issuer-and-serial";
const SUBJECT_KEY_ID: &str = "subject-key-id";

/// The parts of a description that `attach` uses. The rest is for people and for the HSM.
pub(super) struct Description {
    pub(super) algorithm: &'static str,
    pub(super) signature_len: usize,
    pub(super) options: Options,
}

impl Description {
    /// Reads the description of a module and checks that it belongs to this module and this certificate.
    ///
    /// # Errors
    /// [`Exit::Io`] and [`Exit::Malformed`], about the description's file.
    pub(super) fn read(
        module_path: &Path,
        module: &[u8],
        certificate: &Certificate,
    ) -> Result<Self, CliError> {
        let path = companion_path(module_path, DESCRIPTION_EXTENSION);
        let read = || {
            let text = read_file(&path, KEY_LIMIT)?.bytes;
            let value: Value =
                serde_json::from_slice(&text).map_err(|error| broken(&format!("is not JSON ({error})")))?;
            Self::check(&value, module, certificate)
        };
        read().in_file(&path)
    }

    fn check(value: &Value, module: &[u8], certificate: &Certificate) -> Result<Self, CliError> {
        if value.get("format").and_then(Value::as_u64) != Some(FORMAT) {
            return Err(broken(&format!("has no \"format\": {FORMAT}")));
        }
        let text = |value: Option<&Value>, name: &str| {
            let text = value.and_then(|value| value.get(name)).and_then(Value::as_str);
            text.map(str::to_owned).ok_or_else(|| broken(&format!("has no \"{name}\"")))
        };
        let whole = Some(value);
        if text(value.get("certificate"), "sha256")? != hash(Digest::Sha256, certificate.as_der()) {
            let what = "was prepared for another certificate";
            let advice = "give that certificate, or prepare the module again";
            return Err(CliError::new(Exit::Malformed, what, advice));
        }
        if text(whole, "module_sha512")? != hash(Digest::Sha512, module) {
            let what = "was prepared for other bytes: the module has changed since";
            return Err(CliError::new(
                Exit::Malformed,
                what,
                "prepare the module again, and sign the new mu",
            ));
        }
        let digest = text(whole, "digest_algorithm")?;
        let digest =
            Digest::from_name(&digest).filter(|digest| Digest::SIGNING.contains(digest)).ok_or_else(
                || broken(&format!("names the digest algorithm {digest}, which signatures cannot name")),
            )?;
        let identifier = match &*text(whole, "signer_identifier")? {
            ISSUER_AND_SERIAL => IdentifierKind::IssuerAndSerial,
            SUBJECT_KEY_ID => IdentifierKind::SubjectKeyId,
            other => return Err(broken(&format!("names the signer by {other}, which is unknown"))),
        };
        let parameters = ml_dsa_key(certificate)?.parameters();
        Ok(Self {
            algorithm: parameters.name(),
            signature_len: parameters.signature_len(),
            options: Options { digest, identifier },
        })
    }
}

fn broken(what: &str) -> CliError {
    let what = format!("is not a description that `sign-module prepare` wrote: it {what}");
    CliError::new(Exit::Malformed, what, "prepare the module again")
}

/// The digest in hexadecimal.
fn hash(digest: Digest, bytes: &[u8]) -> String {
    digest.hash(bytes).map(|hash| hex(&hash)).unwrap_or_default()
}
