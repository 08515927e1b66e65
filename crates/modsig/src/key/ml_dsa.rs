//! ML-DSA keys in the three forms of RFC 9881 §6, which `mldsa` reads and writes, and in older forms, which are only read.

use mldsa::dynamic::{AnySigningKey, Parameters};
use mldsa::pkcs8::{ReadError, WriteError};
use zeroize::Zeroizing;

use super::{KeyError, KeyForm};
use crate::asn1::{DerError, DerProblem, Walk, tag, write};

const CHOICE: &str = "ML-DSA-PrivateKey";

/// An ML-DSA key as it was read.
pub(super) struct Read {
    pub(super) key: Box<AnySigningKey>,
    pub(super) form: KeyForm,
    /// The name of the form if it is not one of RFC 9881.
    pub(super) draft: Option<&'static str>,
}

/// Reads the contents of privateKey: `ML-DSA-44-PrivateKey` (or 65, 87), or a form that programs wrote before RFC 9881.
///
/// ```text
/// 32 bytes                              a bare seed
/// 2560, 4032 or 4896 bytes              a bare expanded key
/// the same and the public key           a bare key pair, as liboqs writes it
/// OCTET STRING { the same }             a key pair, as OpenSSL's oqs-provider writes it
/// ```
///
/// No form of the RFC has one of these lengths: its contents begin with a tag and a length. The set must be that of
/// the identifier.
pub(super) fn read(parameters: Parameters, bytes: &[u8]) -> Result<Read, KeyError> {
    const SEED_LEN: usize = 32;
    let expanded_len = parameters.expanded_key_len();
    let pair_len = expanded_len + parameters.verifying_key_len();
    let octets = octet_string(bytes).unwrap_or_default();
    match bytes.len() {
        SEED_LEN => as_choice(parameters, tag::context(0), bytes, KeyForm::Seed, BARE_SEED),
        len if len == expanded_len => {
            as_choice(parameters, tag::OCTET_STRING, bytes, KeyForm::Expanded, BARE_EXPANDED)
        }
        len if len == pair_len => pair(parameters, bytes, BARE_PAIR),
        found if Parameters::ALL.iter().any(|other| other.expanded_key_len() == found) => {
            Err(KeyError::WrongLength { field: "expandedKey", expected: expanded_len, found })
        }
        _ if octets.len() == pair_len => pair(parameters, octets, PAIR),
        _ => {
            let key = AnySigningKey::boxed_from_private_key_choice(parameters, bytes).map_err(problem)?;
            let form = KeyForm::of_private_key_choice(bytes).map_err(problem)?;
            Ok(Read { key, form, draft: None })
        }
    }
}

const BARE_SEED: &str = "a bare seed of an old ML-DSA draft";
const BARE_EXPANDED: &str = "a bare expanded key of an old ML-DSA draft";
const BARE_PAIR: &str = "a bare private and public key, as liboqs writes them";
const PAIR: &str = "private and public key in one string, as liboqs writes them";

/// The contents of an OCTET STRING that no byte follows.
fn octet_string(bytes: &[u8]) -> Option<&[u8]> {
    let mut walk = Walk::new(bytes);
    let element = walk.expect(tag::OCTET_STRING, CHOICE).ok()?;
    walk.is_empty().then_some(element.value)
}

/// Reads bare bytes as the alternative of RFC 9881 with this tag.
fn as_choice(
    parameters: Parameters,
    tag: u8,
    bytes: &[u8],
    form: KeyForm,
    draft: &'static str,
) -> Result<Read, KeyError> {
    let choice = Zeroizing::new(write(tag, &[bytes]));
    let key = AnySigningKey::boxed_from_private_key_choice(parameters, &choice).map_err(problem)?;
    Ok(Read { key, form, draft: Some(draft) })
}

/// Reads an expanded key with the public key behind it, which must belong to it.
fn pair(parameters: Parameters, bytes: &[u8], draft: &'static str) -> Result<Read, KeyError> {
    let (expanded, public) =
        bytes.split_at_checked(parameters.expanded_key_len()).ok_or(KeyError::Der(invalid()))?;
    let read = as_choice(parameters, tag::OCTET_STRING, expanded, KeyForm::Expanded, draft)?;
    // Not secret: both are public keys.
    if read.key.boxed_verifying_key().as_bytes() == public {
        Ok(read)
    } else {
        Err(KeyError::PublicKeyMismatch)
    }
}

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
