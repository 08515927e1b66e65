//! `prepare`: the first of the two steps of signing with a key that never leaves its HSM.
//!
//! What a key signs ([`modsig::prepared`]) needs the public key only: a machine with the certificate computes it, an
//! HSM signs it, and `attach` puts the signature on.

use super::operation::{Deed, Done, Module, Operation, Output, each};
use super::phrase::Phrase;
use super::signatures::{check_kind, difference, peel, signed_by_another, signed_otherwise};
use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::exit_mapping::signer_error;
use crate::files::{KEY_LIMIT, companion_path, read_file};
use crate::printable::hex;
use crate::two_steps::{FORMAT, description_extension, extension, fields, prepare, text_of};
use modsig::algorithm::Digest;
use modsig::cert::{Certificate, PublicKey};
use modsig::key::KeyAlgorithm;
use modsig::prepared::{Input, Prepared};
use modsig::signer::{IdentifierKind, Options, SignerError};
use modsig::trust::TrustStore;
use modsig::verdict::{Policy, verify};
use serde_json::{Value, json};
use std::path::Path;

/// Writes the bytes to sign and a description for each module.
pub(super) struct Prepare<'a> {
    pub(super) certificate: &'a Certificate,
    /// Its certificate, which a signature must verify with.
    pub(super) own: TrustStore,
    pub(super) options: Options,
    resign: bool,
    any_file: bool,
}

/// The key of a certificate, if modules are signed with it.
///
/// # Errors
/// [`Exit::Refused`] for another algorithm, or an RSA key of another length.
pub(super) fn signing_key(certificate: &Certificate) -> Result<&PublicKey, CliError> {
    let key = certificate.public_key();
    match KeyAlgorithm::of(key) {
        Some(algorithm) if algorithm.can_sign() => Ok(key),
        Some(algorithm) => Err(signer_error(&SignerError::UnfitKey(algorithm))),
        None => Err(signer_error(&SignerError::UnsupportedCertificate { name: key.to_string() })),
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
        signing_key(certificate)?;
        if let (Some(digest), Some(weakness)) =
            (certificate.weak_signature(), certificate.weak_signature().and_then(Digest::weakness))
        {
            return Err(signer_error(&SignerError::WeakCertificate { digest, weakness }));
        }
        if options.identifier == IdentifierKind::SubjectKeyId && certificate.subject_key_id().is_none() {
            return Err(signer_error(&SignerError::NoSubjectKeyId));
        }
        let own = TrustStore::from_iter([certificate.clone()]);
        Ok(Self { certificate, own, options, resign, any_file })
    }

    /// The length of the module without signatures; `None` if it is signed with this key already.
    pub(super) fn check(&self, module: &Module) -> Result<Option<usize>, CliError> {
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
            return Ok(self.left_alone());
        };
        let bare = module.file.source.bytes.get(..len).unwrap_or_default();
        self.done(&module.path, bare, &self.prepared(bare)?)
    }

    /// Whether existing signatures are replaced.
    pub(super) const fn resigns(&self) -> bool {
        self.resign
    }

    /// The result for a module that is signed already.
    pub(super) fn left_alone(&self) -> Done {
        let subject = self.certificate.subject();
        Done::new(
            Deed::LeftAlone,
            Vec::new(),
            Phrase::new("left alone", format!(": signed already by {subject}")),
        )
    }

    /// What the key shall sign for a module without signatures.
    pub(super) fn prepared(&self, bare: &[u8]) -> Result<Prepared, CliError> {
        prepare(self.certificate.public_key(), self.options.digest, bare)
    }

    fn done(&self, path: &Path, bare: &[u8], prepared: &Prepared) -> Result<Done, CliError> {
        let description = self.description(path, bare, prepared)?;
        let input = prepared.input();
        let input_path = companion_path(path, extension(input));
        let description_path = companion_path(path, description_extension(input));
        let mut done = Done::new(
            Deed::Prepared,
            Vec::new(),
            Phrase::new("prepared", format!(" for {}", self.certificate.subject())),
        );
        done.details.push(format!("{} to {}", input.name(), input_path.display()));
        done.details.push(format!("description to {}", description_path.display()));
        done.outputs.push(Output::Companion { path: input_path, bytes: prepared.bytes().to_vec() });
        done.outputs.push(Output::Companion { path: description_path, bytes: description.into_bytes() });
        Ok(done)
    }

    fn description(&self, path: &Path, bare: &[u8], prepared: &Prepared) -> Result<String, CliError> {
        let identifier = match self.options.identifier {
            IdentifierKind::IssuerAndSerial => ISSUER_AND_SERIAL,
            IdentifierKind::SubjectKeyId => SUBJECT_KEY_ID,
        };
        let mut description = fields(prepared, self.certificate.public_key());
        let mut add = |name: &str, value: Value| description.insert(name.to_owned(), value);
        add("module", json!(path.file_name().unwrap_or_default().to_string_lossy()));
        add("module_length", json!(bare.len()));
        add("module_sha512", json!(hash(Digest::Sha512, bare)));
        add("digest_algorithm", json!(self.options.digest.name()));
        add("signer_identifier", json!(identifier));
        let certificate = json!({
            "subject": self.certificate.subject(),
            "issuer": self.certificate.issuer(),
            "serial": hex(self.certificate.serial()),
            "sha256": hash(Digest::Sha256, self.certificate.as_der()),
        });
        add("certificate", certificate);
        text_of(&description)
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
        // The callers have a key that signs.
        let input = Input::of(certificate.public_key()).unwrap_or(Input::Mu);
        let path = companion_path(module_path, description_extension(input));
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
                "prepare the module again, and have it signed again",
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
        Ok(Self { options: Options { digest, identifier } })
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
