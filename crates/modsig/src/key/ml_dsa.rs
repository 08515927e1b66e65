//! ML-DSA keys in the three forms of RFC 9881 §6.

use mldsa::dynamic::{AnySigningKey, Parameters};
use mldsa::{SEED_LEN, Seed};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{KeyError, KeyForm};
use crate::asn1::{DerProblem, Walk, tag, write};

/// Reads `ML-DSA-44-PrivateKey` and its sisters; tells the form too.
pub(super) fn read(parameters: Parameters, bytes: &[u8]) -> Result<(AnySigningKey, KeyForm), KeyError> {
    const CHOICE: &str = "ML-DSA-PrivateKey";
    let mut walk = Walk::new(bytes);
    let element = walk.any(CHOICE).map_err(KeyError::Der)?;
    walk.finish(CHOICE).map_err(KeyError::Der)?;
    match element.tag() {
        tag::OCTET_STRING => Ok((read_expanded(parameters, element.value)?, KeyForm::Expanded)),
        tag::SEQUENCE => {
            let mut both = element.walk();
            let seed =
                both.expect(tag::OCTET_STRING, "ML-DSA-PrivateKey.both.seed").map_err(KeyError::Der)?;
            let expanded = both
                .expect(tag::OCTET_STRING, "ML-DSA-PrivateKey.both.expandedKey")
                .map_err(KeyError::Der)?;
            both.finish("ML-DSA-PrivateKey.both").map_err(KeyError::Der)?;
            let key = read_seed(parameters, seed.value)?;
            check_length("expandedKey", parameters.expanded_key_len(), expanded.value)?;
            // Both are secret: compared in constant time, and the answer alone is made public.
            if bool::from(key.as_expanded_bytes().ct_eq(expanded.value)) {
                Ok((key, KeyForm::Both))
            } else {
                Err(KeyError::SeedMismatch)
            }
        }
        found if found == tag::context(0) => Ok((read_seed(parameters, element.value)?, KeyForm::Seed)),
        found => {
            let problem = DerProblem::UnexpectedTag { expected: tag::context(0), found };
            Err(KeyError::Der(element.error(CHOICE, problem)))
        }
    }
}

fn read_seed(parameters: Parameters, bytes: &[u8]) -> Result<AnySigningKey, KeyError> {
    let wrong = KeyError::WrongLength { field: "seed", expected: SEED_LEN, found: bytes.len() };
    let seed = Zeroizing::new(<[u8; SEED_LEN]>::try_from(bytes).map_err(|_| wrong)?);
    Ok(AnySigningKey::from_seed(parameters, &Seed::from_bytes(*seed)))
}

fn read_expanded(parameters: Parameters, bytes: &[u8]) -> Result<AnySigningKey, KeyError> {
    check_length("expandedKey", parameters.expanded_key_len(), bytes)?;
    AnySigningKey::from_expanded(parameters, bytes).map_err(KeyError::MalformedExpandedKey)
}

fn check_length(field: &'static str, expected: usize, bytes: &[u8]) -> Result<(), KeyError> {
    if bytes.len() == expected {
        return Ok(());
    }
    Err(KeyError::WrongLength { field, expected, found: bytes.len() })
}

/// Writes the privateKey's contents.
///
/// # Errors
/// [`KeyError::NoSeed`] if `form` needs the seed and the key was read without one.
pub(super) fn write_form(key: &AnySigningKey, form: KeyForm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let seed = || key.seed().map(Seed::as_bytes).ok_or(KeyError::NoSeed);
    let octets = |value: &[u8]| Zeroizing::new(write(tag::OCTET_STRING, &[value]));
    Ok(match form {
        KeyForm::Seed => Zeroizing::new(write(tag::context(0), &[seed()?])),
        KeyForm::Expanded => octets(key.as_expanded_bytes()),
        KeyForm::Both => {
            let (seed, expanded) = (octets(seed()?), octets(key.as_expanded_bytes()));
            Zeroizing::new(write(tag::SEQUENCE, &[&seed, &expanded]))
        }
    })
}
