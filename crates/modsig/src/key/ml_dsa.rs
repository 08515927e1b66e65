//! ML-DSA keys in the three forms of RFC 9881 §6. `mldsa` reads and writes them; this module converts its errors.

use mldsa::dynamic::{AnySigningKey, Parameters};
use mldsa::pkcs8::{ReadError, WriteError};
use zeroize::Zeroizing;

use super::{KeyError, KeyForm};
use crate::asn1::{DerError, DerProblem};

const CHOICE: &str = "ML-DSA-PrivateKey";

/// Reads `ML-DSA-44-PrivateKey`, `-65-` or `-87-`; also returns its form.
pub(super) fn read(parameters: Parameters, bytes: &[u8]) -> Result<(Box<AnySigningKey>, KeyForm), KeyError> {
    let key = AnySigningKey::boxed_from_private_key_choice(parameters, bytes).map_err(problem)?;
    Ok((key, KeyForm::of_private_key_choice(bytes).map_err(problem)?))
}

/// The name of a form from drafts of RFC 9881, which some programs wrote: bare bytes instead of the choice. None of the
/// three forms of the RFC has the same length.
pub(super) fn draft_form(parameters: Parameters, bytes: &[u8]) -> Option<&'static str> {
    match bytes.len() {
        SEED_LEN => Some("a bare 32-byte seed"),
        len if len == parameters.expanded_key_len() => Some("a bare expanded key"),
        _ => None,
    }
}

/// Length of a seed (xi) in bytes.
const SEED_LEN: usize = 32;

/// Writes the contents of privateKey.
///
/// # Errors
/// [`KeyError::NoSeed`] if `form` needs the seed and the key was read without one.
pub(super) fn write_form(key: &AnySigningKey, form: KeyForm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    key.to_private_key_choice_as(form).map_err(|error| match error {
        WriteError::NoSeed => KeyError::NoSeed,
        // The buffer is large enough, and a key's lengths are far below the encoder's limits.
        _ => KeyError::Der(invalid()),
    })
}

fn problem(error: ReadError) -> KeyError {
    match error {
        ReadError::Der { field, offset, kind } => {
            // The bytes that were read are fewer than 2^28, otherwise reading would have failed.
            let error = der::Error::new(kind, der::Length::try_from(offset).unwrap_or(der::Length::ZERO));
            KeyError::Der(DerError::from_der(field, &error))
        }
        ReadError::Length { field, expected, found, .. } => KeyError::WrongLength { field, expected, found },
        ReadError::MalformedExpandedKey(reason) => KeyError::MalformedExpandedKey(reason),
        ReadError::SeedMismatch => KeyError::SeedMismatch,
        // The other errors concern what encloses the choice.
        _ => KeyError::Der(invalid()),
    }
}

fn invalid() -> DerError {
    DerError { offset: 0, field: CHOICE, problem: DerProblem::InvalidValue("not a private key of RFC 9881") }
}
