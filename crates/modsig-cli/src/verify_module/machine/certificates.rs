//! The certificates and revocations in the image of a kernel that was found.

use crate::error::{CliError, InFile as _};
use crate::exit::Exit;
use crate::verify_module::kernel_result::Fact;
use crate::verify_module::origins::image::{self, image_error};
use crate::verify_module::origins::{Added, Origins};
use modsig::kernel::Origin;
use modsig::trust::TrustStore;
use modsig_trust::kernel_image::{Found, Image};
use std::path::Path;

/// What an image gives a kernel.
#[derive(Debug, Default)]
pub(super) struct Given {
    pub(super) origins: Origins,
    /// The built-in configuration.
    pub(super) configuration: Option<Vec<u8>>,
    /// Its banner.
    pub(super) banner: Option<String>,
    /// It has the message of the patch that compares digests of files with the blacklist.
    pub(super) refuses_files: bool,
}

/// What follows if an image says nothing.
pub(super) const FOLLOWS: &str = "only the certificates that you give (--trust) count: modules with other signatures are \
                                  predicted as signed by an unknown key";

/// Reads an image, which must be of the kernel `release`, as `--trust-kernel` does, and goes on after a part that cannot be
/// read. `want_configuration`: none was found elsewhere.
pub(super) fn read(
    path: &Path,
    file: &[u8],
    release: &str,
    want_configuration: bool,
    errors: &mut Vec<CliError>,
) -> (Given, Vec<Fact>) {
    let source = path.display().to_string();
    let missing = |why: String| Fact::missing("built-in certificates", &source, why, FOLLOWS);
    let image = match image::open(file) {
        Ok(image) => image,
        Err(error) => {
            let fact = missing(error.what.clone());
            errors.push(error.in_file(path));
            return (Given::default(), vec![fact]);
        }
    };
    // Another kernel's certificates would say of a module that it loads where it does not.
    if let Some(other) = image.release().filter(|other| *other != release) {
        let what = format!("is the kernel {other}, not {release}");
        errors.push(CliError::new(Exit::Malformed, &what, "check the names in this directory").in_file(path));
        return (Given::default(), vec![missing(what)]);
    }
    let mut given = Given {
        banner: image.banner().map(str::to_owned),
        refuses_files: image.compares_digests_of_modules(),
        ..Given::default()
    };
    let mut facts = Vec::new();
    match given.origins.add_built_in(path, &image) {
        Ok(found) => facts.push(Fact::known("built-in certificates", &source, describe(&found))),
        Err(error) => {
            facts.push(missing(error.what.clone()));
            errors.push(error.in_file(path));
        }
    }
    if let Err(error) = given.origins.add_revoked(&image) {
        let follows = "modules that a revoked key signed may be predicted to load";
        facts.push(Fact::missing("built-in revocations", &source, error.what.clone(), follows));
        errors.push(error.in_file(path));
    }
    let blacklist = given.origins.add_blacklist(&image);
    facts.extend(blacklist.notes().map(|note| Fact::known("built-in blacklist", &source, note.to_string())));
    if want_configuration {
        given.configuration = configuration(&image, path, errors);
    }
    (given, facts)
}

fn configuration(image: &Image<'_>, path: &Path, errors: &mut Vec<CliError>) -> Option<Vec<u8>> {
    image.configuration().unwrap_or_else(|error| {
        errors.push(image_error(&error).in_file(path));
        None
    })
}

/// How many, and how sure that is.
fn describe(found: &Found) -> String {
    match found {
        Found::List(list) if list.rest.is_empty() => {
            format!("{} found ({})", list.certificates.len(), list.certainty)
        }
        Found::List(list) => format!(
            "{} found ({}); Linux does not read the last {} bytes of the list",
            list.certificates.len(),
            list.certainty,
            list.rest.len()
        ),
        Found::None(absence) => absence.to_string(),
    }
}

/// Adds everything to the store. Returns the subjects of the certificates, or why one cannot be read: Linux may take it
/// nevertheless.
pub(super) fn add_to(origins: &Origins, trust: &mut TrustStore) -> Vec<(String, Origin)> {
    let mut known = Vec::new();
    origins.add_to(trust, |Added { origin, subject, .. }| {
        known.push((subject.unwrap_or_else(|error| format!("(cannot be read: {error})")), origin));
    });
    known
}
