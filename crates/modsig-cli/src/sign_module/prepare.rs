//! `prepare`: the first of the two steps of signing with a key that never leaves its HSM.
//!
//! What ML-DSA signs is mu, 64 bytes (FIPS 204, Algorithm 7, line 6). It needs the public key only, so a machine with
//! the certificate computes it, an HSM signs it ("external mu"), and `attach` puts the signature on.

use super::run::{AboutFile, Done, Module, Output, Verb};
use super::sign::{check_kind, signed_by_another};
use super::signatures::{difference, peel, signed_otherwise};
use crate::credentials::SIGN_WITH_CMS;
use crate::decisions::signer_failure;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::{KEY_LIMIT, beside, read_file};
use crate::printable::printable_json;
use mldsa::dynamic::AnyVerifyingKey;
use mldsa::{Context, Mu};
use modsig::algorithm::Digest;
use modsig::cert::{Certificate, PublicKey};
use modsig::signer::{IdentifierKind, Options, SignerError};
use modsig::trust::TrustStore;
use modsig::verdict::{Policy, verify};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;

/// What the name of the file with mu ends in, after that of the module.
const MU_ENDING: &str = ".mu";
/// And that of the description.
const DESCRIPTION_ENDING: &str = ".mu.json";
/// The description's form: this number changes when a reader must know.
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
pub(super) fn ml_dsa_key(certificate: &Certificate) -> Result<&AnyVerifyingKey, Failure> {
    match certificate.public_key() {
        PublicKey::MlDsa(key) => Ok(key),
        other => {
            let what = format!("the certificate's key is {}: only ML-DSA signs a mu", other.algorithm_name());
            Err(Failure::new(Exit::Refused, what, SIGN_WITH_CMS))
        }
    }
}

impl<'a> Prepare<'a> {
    /// # Errors
    /// What is wrong with the certificate.
    pub(super) fn new(
        certificate: &'a Certificate,
        options: Options,
        resign: bool,
        any_file: bool,
    ) -> Result<Self, Failure> {
        let key = ml_dsa_key(certificate)?;
        if let (Some(digest), Some(weakness)) =
            (certificate.weak_signature(), certificate.weak_signature().and_then(Digest::weakness))
        {
            return Err(signer_failure(&SignerError::WeakCertificate { digest, weakness }));
        }
        if options.identifier == IdentifierKind::SubjectKeyId && certificate.subject_key_id().is_none() {
            return Err(signer_failure(&SignerError::NoSubjectKeyId));
        }
        let own = TrustStore::from_iter([certificate.clone()]);
        Ok(Self { certificate, key, own, options, resign, any_file })
    }

    /// The length of the bare module; `None`: it is signed with this key already.
    fn check(&self, module: &Module) -> Result<Option<usize>, Failure> {
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

    fn done(&self, path: &Path, bare: &[u8], mu: &Mu) -> Result<Done, Failure> {
        let description = self.description(path, bare, mu)?;
        let (mu_path, description_path) = (beside(path, MU_ENDING), beside(path, DESCRIPTION_ENDING));
        let mut done = Done::new(Vec::new(), format!("prepared for {}", self.certificate.subject()));
        done.details.push(format!("mu to {}", mu_path.display()));
        done.details.push(format!("description to {}", description_path.display()));
        done.outputs.push(Output::Beside { path: mu_path, bytes: mu.as_bytes().to_vec() });
        done.outputs.push(Output::Beside { path: description_path, bytes: description.into_bytes() });
        Ok(done)
    }

    fn description(&self, path: &Path, bare: &[u8], mu: &Mu) -> Result<String, Failure> {
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
            Failure::new(Exit::Internal, format!("the description cannot be written: {error}"), "report this")
        })?;
        let mut text = printable_json(&text);
        text.push('\n');
        Ok(text)
    }
}

impl Verb for Prepare<'_> {
    fn apply(&self, modules: &mut [Module]) -> Vec<Result<Done, AboutFile>> {
        let checked: Vec<_> = modules.iter().map(|module| self.check(module)).collect();
        let one = |(module, checked): (&Module, Result<Option<usize>, Failure>)| {
            let result = checked.and_then(|len| match len {
                None => {
                    let subject = self.certificate.subject();
                    Ok(Done::new(Vec::new(), format!("left alone: signed already by {subject}")))
                }
                Some(len) => {
                    let bare = module.file.source.bytes.get(..len).unwrap_or_default();
                    let mut hasher = self.key.mu_hasher(Context::EMPTY);
                    hasher.update(bare);
                    self.done(&module.path, bare, &hasher.finalize())
                }
            });
            result.map_err(|failure| (module.path.clone(), failure))
        };
        modules.iter().zip(checked).map(one).collect()
    }
}

const ISSUER_AND_SERIAL: &str = "issuer-and-serial";
const SUBJECT_KEY_ID: &str = "subject-key-id";

/// What `attach` takes from a description. All else in it is for people and for the HSM's side.
pub(super) struct Description {
    pub(super) algorithm: &'static str,
    pub(super) signature_len: usize,
    pub(super) options: Options,
}

impl Description {
    /// Reads the description of a module and checks that it is of this module and this certificate.
    ///
    /// # Errors
    /// The file that is at fault, and why.
    pub(super) fn read(
        module_path: &Path,
        module: &[u8],
        certificate: &Certificate,
    ) -> Result<Self, AboutFile> {
        let path = beside(module_path, DESCRIPTION_ENDING);
        let read = || {
            let text = read_file(&path, KEY_LIMIT)?.bytes;
            let value: Value =
                serde_json::from_slice(&text).map_err(|error| broken(&format!("is not JSON ({error})")))?;
            Self::check(&value, module, certificate)
        };
        read().map_err(|failure| (path.clone(), failure))
    }

    fn check(value: &Value, module: &[u8], certificate: &Certificate) -> Result<Self, Failure> {
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
            return Err(Failure::new(Exit::Malformed, what, advice));
        }
        if text(whole, "module_sha512")? != hash(Digest::Sha512, module) {
            let what = "was prepared for other bytes: the module has changed since";
            return Err(Failure::new(Exit::Malformed, what, "prepare the module again, and sign the new mu"));
        }
        let digest = text(whole, "digest_algorithm")?;
        let digest =
            Digest::from_name(&digest).filter(|digest| Digest::SIGNING.contains(digest)).ok_or_else(
                || broken(&format!("names the digest algorithm {digest}, which cannot be written")),
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

fn broken(what: &str) -> Failure {
    let what = format!("is not a description that `sign-module prepare` wrote: it {what}");
    Failure::new(Exit::Malformed, what, "prepare the module again")
}

/// The digest in hexadecimal.
fn hash(digest: Digest, bytes: &[u8]) -> String {
    digest.hash(bytes).map(|hash| hex(&hash)).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
