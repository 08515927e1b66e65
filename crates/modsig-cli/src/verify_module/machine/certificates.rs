//! The certificates and revocations in a kernel image.

use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::verify_module::kernel_result::Fact;
use crate::verify_module::origins::sha256;
use modsig::kernel::Origin;
use modsig::trust::TrustStore;
use modsig_trust::kernel_image::{Found, Image, ImageError};
use std::path::Path;

/// What an image gives a kernel.
#[derive(Debug, Default)]
pub(super) struct Given {
    /// DER of the trusted certificates, and of the revoked ones.
    trusted: Vec<Vec<u8>>,
    revoked: Vec<Vec<u8>>,
    /// `tbs:HEX` and `bin:HEX`.
    hashes: Vec<String>,
    /// The built-in configuration.
    pub(super) configuration: Option<Vec<u8>>,
}

/// What follows if an image says nothing.
pub(super) const FOLLOWS: &str = "only the certificates that you give (--trust) count: modules with other signatures are \
                                  predicted as signed by an unknown key";

/// Reads an image, which must be of the kernel `release`. `want_configuration`: none was found elsewhere.
pub(super) fn read(
    path: &Path,
    image: &[u8],
    release: &str,
    want_configuration: bool,
    errors: &mut Vec<CliError>,
) -> (Given, Vec<Fact>) {
    let source = path.display().to_string();
    let missing = |why: String| Fact::missing("built-in certificates", &source, why, FOLLOWS);
    let image = match Image::open(image) {
        Ok(image) => image,
        Err(error) => {
            errors.push(image_error(&error).in_file(path));
            return (Given::default(), vec![missing(error.to_string())]);
        }
    };
    // Another kernel's certificates would say of a module that it loads where it does not.
    if let Some(other) = image.release().filter(|other| *other != release) {
        let what = format!("is the kernel {other}, not {release}");
        errors.push(CliError::new(Exit::Malformed, &what, "check the names in this directory").in_file(path));
        return (Given::default(), vec![missing(what)]);
    }
    let mut given = Given::default();
    let mut facts = Vec::new();
    match image.built_in() {
        Ok(found) => {
            facts.push(Fact::known("built-in certificates", &source, describe(&found)));
            given.trusted = found.certificates().to_vec();
        }
        Err(error) => {
            errors.push(image_error(&error).in_file(path));
            facts.push(missing(error.to_string()));
        }
    }
    match image.revoked() {
        Ok(found) => given.revoked = found.certificates().to_vec(),
        Err(error) => {
            errors.push(image_error(&error).in_file(path));
            let follows = "modules that a revoked key signed may be predicted to load";
            facts.push(Fact::missing("built-in revocations", &source, error.to_string(), follows));
        }
    }
    given.hashes = image.blacklisted_hashes().into_iter().map(str::to_owned).collect();
    if want_configuration {
        match image.configuration() {
            Ok(configuration) => given.configuration = configuration,
            Err(error) => errors.push(image_error(&error).in_file(path)),
        }
    }
    (given, facts)
}

/// How many, and how sure that is.
fn describe(found: &Found) -> String {
    match found {
        Found::List(list) => {
            format!("{} found ({})", list.certificates.len(), list.certainty)
        }
        Found::None(absence) => absence.to_string(),
    }
}

fn image_error(error: &ImageError) -> CliError {
    let failure = CliError::new(Exit::Malformed, error.to_string(), error.remedy());
    match error.offset() {
        // usize to u64: no target of this program has wider addresses.
        Some(offset) => failure.at(offset as u64),
        None => failure,
    }
}

impl Given {
    /// Adds everything to the store. Returns the subjects of the certificates.
    pub(super) fn add_to(&self, trust: &mut TrustStore) -> Vec<(String, Origin)> {
        let origin = Origin::BuiltIn;
        for der in &self.revoked {
            trust.revoke_certificate(der, origin);
        }
        for hash in &self.hashes {
            match hash.split_once(':').and_then(|(kind, digits)| Some((kind, sha256(digits)?))) {
                Some(("tbs", digest)) => trust.revoke_tbs_hash(digest, origin),
                Some(("bin", digest)) => trust.revoke_file_hash(digest, origin),
                // Linux, too, ignores what is neither.
                _ => {}
            }
        }
        self.trusted.iter().map(|der| (add_certificate(trust, der, origin), origin)).collect()
    }
}

/// Adds a certificate. Returns its subject, or why it cannot be read: Linux may take it nevertheless.
pub(super) fn add_certificate(trust: &mut TrustStore, der: &[u8], origin: Origin) -> String {
    trust.add_der_from(der, origin).unwrap_or_else(|error| format!("(cannot be read: {error})"))
}
