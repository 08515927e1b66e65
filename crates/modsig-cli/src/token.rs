//! Keys in PKCS#11 tokens.

use crate::error::CliError;
use crate::exit::Exit;
use crate::key_file::Given;
use modsig::key::PrivateKey;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// The key that a URI names, and the certificates beside it in the token, in PEM. `pin` reads the PIN: from the file of
/// `pin-source`, or for `None` from where passphrases come from.
///
/// # Errors
/// [`Exit::Usage`] for a URI that is wrong or names several keys; [`Exit::Refused`] for a PIN or key that is refused, and
/// if the program was built without the feature `pkcs11`; [`Exit::Io`] if library, token, key or PIN file cannot be read.
#[cfg(feature = "pkcs11")]
pub fn open(
    path: &Path,
    library: Option<PathBuf>,
    pin: impl FnOnce(Option<&Path>) -> Given,
) -> Result<(PrivateKey, Zeroizing<Vec<u8>>), CliError> {
    use modsig_token::{Access, TokenKey, Uri};
    let usage = |what: String| CliError::new(Exit::Usage, what, "RFC 7512 describes these URIs");
    let text = path.to_str().ok_or_else(|| usage("the URI is not UTF-8".into()))?;
    let uri = Uri::parse(text).map_err(|error| usage(error.to_string()))?;
    let pin = match (&uri.pin_source, &uri.pin_value) {
        (Some(file), _) => pin(Some(file.as_ref()))?,
        // In the URI itself: a file that is not needed is not read.
        (None, Some(_)) => None,
        (None, None) => pin(None)?,
    };
    let token = TokenKey::open(&uri, Access { library, pin }).map_err(|error| {
        let exit = match error.kind() {
            modsig_token::Kind::Usage => Exit::Usage,
            modsig_token::Kind::Refused => Exit::Refused,
            _ => Exit::Io,
        };
        CliError::new(exit, error.to_string(), "")
    })?;
    let certificates: String =
        token.certificates().iter().map(|der| modsig::pem::encode("CERTIFICATE", der).to_string()).collect();
    let key = PrivateKey::external(token.public_key().clone(), Box::new(token));
    let key = key.map_err(|error| crate::exit_mapping::key_error(&error))?;
    Ok((key, Zeroizing::new(certificates.into_bytes())))
}

/// The same in a program without this feature.
///
/// # Errors
/// [`Exit::Refused`].
#[cfg(not(feature = "pkcs11"))]
pub fn open(
    _: &Path,
    _: Option<PathBuf>,
    _: impl FnOnce(Option<&Path>) -> Given,
) -> Result<(PrivateKey, Zeroizing<Vec<u8>>), CliError> {
    let what = "this program was built without PKCS#11 (feature pkcs11)";
    Err(CliError::new(
        Exit::Refused,
        what,
        "use one that was built with it, or sign in two steps: prepare and attach (docs/guide/two-steps.md)",
    ))
}
