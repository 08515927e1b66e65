//! Private keys: PKCS#8 (RFC 5958) in the three forms of RFC 9881, DER and PEM.
//!
//! ```text
//! OneAsymmetricKey              version 0 (1 with a public key)
//! ├─ privateKeyAlgorithm        id-ml-dsa-44, -65, -87; parameters absent
//! └─ privateKey OCTET STRING    one of:
//!    ├─ [0] IMPLICIT OCTET STRING (32)           seed
//!    ├─ OCTET STRING (2560, 4032, 4896)          expanded key
//!    └─ SEQUENCE { OCTET STRING, OCTET STRING }  both
//! ```

mod error;

use der::Encode as _;
use der::asn1::OctetStringRef;
use mldsa::dynamic::{AnySigningKey, AnyVerifyingKey, Parameters};
use mldsa::{Context, Rnd, SEED_LEN, Seed};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::spki::AlgorithmIdentifierRef;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::algorithm::Signature;
use crate::asn1::{DerError, Walk, tag, write};
use crate::pem;

pub use error::KeyError;

/// A private key that can sign. Never printed; wiped when dropped (by `mldsa`).
#[non_exhaustive]
pub enum PrivateKey {
    /// An ML-DSA key.
    MlDsa(Box<AnySigningKey>),
}

/// The form of an ML-DSA private key (RFC 9881 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum KeyForm {
    /// `seed [0] OCTET STRING (SIZE (32))`: short, and all that is needed.
    #[default]
    Seed,
    /// `expandedKey OCTET STRING`: FIPS 204's private key.
    Expanded,
    /// `both SEQUENCE { seed, expandedKey }`: what OpenSSL writes.
    Both,
}

/// PEM labels of private keys: the one that is read, and those that are recognised.
const LABEL: &str = "PRIVATE KEY";
const LABELS_OF_KEYS: [(&str, Option<&str>); 6] = [
    (LABEL, None),
    ("ENCRYPTED PRIVATE KEY", None),
    (pem::LEGACY_ENCRYPTED, None),
    ("RSA PRIVATE KEY", Some("RSA (PKCS#1)")),
    ("EC PRIVATE KEY", Some("EC (SEC 1)")),
    ("DSA PRIVATE KEY", Some("DSA")),
];

impl PrivateKey {
    /// Makes a key from a seed, which the caller drew at random (FIPS 204, Algorithm 6).
    pub fn from_seed(parameters: Parameters, seed: &Seed) -> Self {
        Self::MlDsa(Box::new(AnySigningKey::from_seed(parameters, seed)))
    }

    /// Reads PEM (the file may hold certificates too, and must hold exactly one private key) or DER.
    ///
    /// # Errors
    /// [`KeyError`], see its variants; offsets in PEM are those in the decoded block.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, KeyError> {
        if !pem::looks_like_pem(bytes) {
            return Self::from_der(bytes);
        }
        let blocks = pem::blocks(bytes).map_err(KeyError::Pem)?;
        let mut keys = blocks.iter().filter_map(|block| {
            let (_, unsupported) = LABELS_OF_KEYS.iter().find(|(label, _)| *label == block.label)?;
            Some((block, *unsupported))
        });
        let Some((key, unsupported)) = keys.next() else {
            return Err(KeyError::NoPrivateKey { found: pem::labels(&blocks) });
        };
        if keys.next().is_some() {
            return Err(KeyError::SeveralKeys);
        }
        match unsupported {
            Some(name) => Err(KeyError::UnsupportedAlgorithm { name: name.into() }),
            None if key.label != LABEL => Err(KeyError::Encrypted),
            None => Self::from_der(&key.contents),
        }
    }

    /// Reads PKCS#8 DER: no byte may follow it.
    ///
    /// # Errors
    /// [`KeyError`], see its variants.
    pub fn from_der(bytes: &[u8]) -> Result<Self, KeyError> {
        recognise_other_forms(bytes)?;
        let info = PrivateKeyInfoRef::try_from(bytes).map_err(|error| match error {
            pkcs8::Error::Asn1(error) => KeyError::Der(DerError::from_der(INFO, &error)),
            _ => KeyError::Der(DerError { offset: 0, field: INFO, problem: NOT_PKCS8 }),
        })?;
        let Some(Signature::MlDsa(parameters)) = Signature::from_oid(&info.algorithm.oid) else {
            let name = Signature::name_of_oid(&info.algorithm.oid);
            return Err(KeyError::UnsupportedAlgorithm { name });
        };
        if info.algorithm.parameters.is_some() {
            return Err(KeyError::ParametersPresent);
        }
        // privateKey's contents, with the offset that they have in `bytes`.
        let inner = info.private_key.as_bytes();
        let key = read_choice(parameters, inner).map_err(|error| match error {
            KeyError::Der(error) => KeyError::Der(error.shifted(offset_of(inner, bytes))),
            other => other,
        })?;
        match info.public_key {
            Some(public) if public.as_bytes() != Some(key.verifying_key().as_bytes()) => {
                Err(KeyError::PublicKeyMismatch)
            }
            _ => Ok(Self::MlDsa(Box::new(key))),
        }
    }

    fn ml_dsa(&self) -> &AnySigningKey {
        let Self::MlDsa(key) = self;
        key
    }

    /// The parameter set.
    pub fn parameters(&self) -> Parameters {
        self.ml_dsa().parameters()
    }

    /// Whether the seed is known; without it only [`KeyForm::Expanded`] can be written.
    pub fn has_seed(&self) -> bool {
        self.ml_dsa().seed().is_some()
    }

    /// The public key that belongs to it.
    pub fn verifying_key(&self) -> AnyVerifyingKey {
        self.ml_dsa().verifying_key()
    }

    /// The key itself, for [`crate::signer`].
    pub(crate) fn signing_key(&self) -> &AnySigningKey {
        self.ml_dsa()
    }

    /// Writes PKCS#8 DER, version 0.
    ///
    /// # Errors
    /// [`KeyError::NoSeed`] if `form` needs the seed and the key was read without one.
    pub fn to_der(&self, form: KeyForm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let key = self.ml_dsa();
        let seed = || key.seed().map(Seed::as_bytes).ok_or(KeyError::NoSeed);
        let octets = |value: &[u8]| Zeroizing::new(write(tag::OCTET_STRING, &[value]));
        let choice = match form {
            KeyForm::Seed => Zeroizing::new(write(tag::context(0), &[seed()?])),
            KeyForm::Expanded => octets(key.as_expanded_bytes()),
            KeyForm::Both => {
                let (seed, expanded) = (octets(seed()?), octets(key.as_expanded_bytes()));
                Zeroizing::new(write(tag::SEQUENCE, &[&seed, &expanded]))
            }
        };
        let problem = |error: der::Error| KeyError::Der(DerError::from_der(INFO, &error));
        let algorithm =
            AlgorithmIdentifierRef { oid: Signature::ml_dsa_oid(key.parameters()), parameters: None };
        let choice = OctetStringRef::new(&choice).map_err(problem)?;
        // `to_der` allocates the exact length at once: no copy is left behind in a smaller buffer.
        Ok(Zeroizing::new(PrivateKeyInfoRef::new(algorithm, choice).to_der().map_err(problem)?))
    }

    /// Writes PKCS#8 PEM (`PRIVATE KEY`).
    ///
    /// # Errors
    /// As [`Self::to_der`].
    pub fn to_pem(&self, form: KeyForm) -> Result<Zeroizing<String>, KeyError> {
        Ok(pem::encode(LABEL, &self.to_der(form)?))
    }

    /// Signs a whole message with an empty context.
    pub(crate) fn sign(&self, message: &[u8], rnd: &Rnd) -> Vec<u8> {
        self.ml_dsa().sign(message, Context::EMPTY, rnd).as_bytes().to_vec()
    }
}

impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PrivateKey").field("parameters", &self.parameters()).finish_non_exhaustive()
    }
}

const INFO: &str = "OneAsymmetricKey";
const NOT_PKCS8: crate::asn1::DerProblem = crate::asn1::DerProblem::InvalidValue("not a PKCS#8 private key");

/// Where a part of `whole` starts in it; `part` was borrowed from it.
fn offset_of(part: &[u8], whole: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// Names the files that are private keys, but not PKCS#8: by the tags of their first elements.
fn recognise_other_forms(bytes: &[u8]) -> Result<(), KeyError> {
    let mut outside = Walk::new(bytes);
    let sequence = outside.expect(tag::SEQUENCE, INFO).map_err(KeyError::Der)?;
    outside.finish(INFO).map_err(KeyError::Der)?;
    let mut inside = sequence.walk();
    let tags =
        [inside.any(INFO).map_err(KeyError::Der)?.tag(), inside.any(INFO).map_err(KeyError::Der)?.tag()];
    match tags {
        // EncryptedPrivateKeyInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING }
        [tag::SEQUENCE, tag::OCTET_STRING] => Err(KeyError::Encrypted),
        // RSAPrivateKey ::= SEQUENCE { version, modulus, … }
        [tag::INTEGER, tag::INTEGER] => Err(KeyError::UnsupportedAlgorithm { name: "RSA (PKCS#1)".into() }),
        // ECPrivateKey ::= SEQUENCE { version, OCTET STRING, … }
        [tag::INTEGER, tag::OCTET_STRING] => {
            Err(KeyError::UnsupportedAlgorithm { name: "EC (SEC 1)".into() })
        }
        _ => Ok(()),
    }
}

/// Reads `ML-DSA-44-PrivateKey` and its sisters (RFC 9881 §6).
fn read_choice(parameters: Parameters, bytes: &[u8]) -> Result<AnySigningKey, KeyError> {
    const CHOICE: &str = "ML-DSA-PrivateKey";
    let mut walk = Walk::new(bytes);
    let element = walk.any(CHOICE).map_err(KeyError::Der)?;
    walk.finish(CHOICE).map_err(KeyError::Der)?;
    match element.tag() {
        tag::OCTET_STRING => read_expanded(parameters, element.value),
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
                Ok(key)
            } else {
                Err(KeyError::SeedMismatch)
            }
        }
        found if found == tag::context(0) => read_seed(parameters, element.value),
        found => {
            let problem = crate::asn1::DerProblem::UnexpectedTag { expected: tag::context(0), found };
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
