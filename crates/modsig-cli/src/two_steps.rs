//! What `sign-module prepare` and `module-key certify --prepare` have in common: the file for the key to sign, and its
//! description.

use crate::error::CliError;
use crate::exit::Exit;
use crate::printable::{hex, printable_json};
use modsig::algorithm::Digest;
use modsig::key::KeyAlgorithm;
use modsig::prepared::{Input, NotAccepted, Prepared};
use modsig::public_key::PublicKey;
use serde_json::{Map, Value, json};

/// The format of a description: changes when readers must change.
pub const FORMAT: u64 = 1;

/// The extension of the file with the bytes to sign.
#[must_use]
pub const fn extension(input: Input) -> &'static str {
    match input {
        Input::Mu => ".mu",
        Input::DigestInfo => ".digest-info",
        Input::Digest => ".digest",
    }
}

/// The extension of its description.
#[must_use]
pub const fn description_extension(input: Input) -> &'static str {
    match input {
        Input::Mu => ".mu.json",
        Input::DigestInfo => ".digest-info.json",
        Input::Digest => ".digest.json",
    }
}

/// Prepares a message for a key.
///
/// # Errors
/// [`Exit::Refused`] if the key is not supported.
pub fn prepare(key: &PublicKey, digest: Digest, message: &[u8]) -> Result<Prepared, CliError> {
    Prepared::new(key, digest, message).ok_or_else(|| {
        let what = format!("{} with {digest} is not supported", key.algorithm_name());
        CliError::new(Exit::Refused, what, "use a key for ML-DSA, RSA, P-256, P-384 or P-521")
    })
}

/// The length of a raw signature, in bytes.
#[must_use]
pub fn signature_len(key: &PublicKey) -> Option<usize> {
    match key {
        PublicKey::MlDsa(key) => Some(key.parameters().signature_len()),
        PublicKey::Rsa(key) => Some(key.signature_len()),
        PublicKey::Ec(key) => Some(2 * key.curve().coordinate_len()),
        _ => None,
    }
}

/// The fields of a description that say what is to be signed, and how.
#[must_use]
pub fn fields(prepared: &Prepared, key: &PublicKey) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut add = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    add("format", json!(FORMAT));
    add("algorithm", json!(KeyAlgorithm::of(key).map(|algorithm| algorithm.to_string())));
    add("input", json!(prepared.input().name()));
    add(prepared.input().name(), json!(hex(prepared.bytes())));
    if let Some(hash) = prepared.hash() {
        add("digest", json!(hex(hash)));
    }
    add("signature_length", json!(signature_len(key)));
    fields
}

/// The text of a description.
///
/// # Errors
/// [`Exit::Internal`], which cannot happen.
pub fn text_of(description: &Map<String, Value>) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(description).map_err(|error| {
        let what = format!("the description cannot be written: {error}");
        CliError::new(Exit::Internal, what, "report this")
    })?;
    let mut text = printable_json(&text);
    text.push('\n');
    Ok(text)
}

/// The error for a signature that is not used.
#[must_use]
pub fn not_accepted(error: NotAccepted, key: &PublicKey) -> CliError {
    match error {
        NotAccepted::Form { expected, found } => {
            let algorithm = KeyAlgorithm::of(key).map_or_else(String::new, |algorithm| algorithm.to_string());
            let der = if matches!(key, PublicKey::Ec(_)) { ", or DER" } else { "" };
            let what = format!("is {found} bytes long, a raw {algorithm} signature is {expected}{der}");
            let advice = "give the bytes from the HSM, without any encoding";
            CliError::new(Exit::Malformed, what, advice)
        }
        NotAccepted::BadSignature => CliError::new(
            Exit::BadSignature,
            "the signature does not verify with this certificate's key",
            "check which key signed, and that it signed the prepared bytes and not a hash of them",
        ),
    }
}
