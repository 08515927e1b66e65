//! Private keys: ML-DSA, RSA and ECDSA, in PKCS#8 (RFC 5958), plain or encrypted, PKCS#1 and SEC 1, as DER or PEM.
//!
//! ```text
//! OneAsymmetricKey              version 0 (1 with a public key)
//! ├─ privateKeyAlgorithm        id-ml-dsa-44, -65, -87; parameters absent (RFC 9881)
//! │                             rsaEncryption with NULL, id-ecPublicKey with the curve
//! └─ privateKey OCTET STRING    RSAPrivateKey, ECPrivateKey, or for ML-DSA one of:
//!    ├─ [0] IMPLICIT OCTET STRING (32)           seed
//!    ├─ OCTET STRING (2560, 4032, 4896)          expanded key
//!    └─ SEQUENCE { OCTET STRING, OCTET STRING }  both
//! ```
//!
//! | PEM label | contents |
//! |---|---|
//! | `PRIVATE KEY` | PKCS#8 |
//! | `ENCRYPTED PRIVATE KEY` | PKCS#8 in PBES2; needs a passphrase |
//! | `RSA PRIVATE KEY`, `EC PRIVATE KEY` | PKCS#1, SEC 1; not in OpenSSL's old encryption (`Proc-Type:`), which derives its key with one MD5 |

mod algorithm;
mod ec;
mod encrypted;
mod error;
mod external;
mod ml_dsa;
mod rsa;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng as _;
use std::sync::Arc;

use mldsa::dynamic::{AnySignature, AnySigningKey, Parameters};
use mldsa::{Context, Rnd, Seed};
use pkcs8::PrivateKeyInfoRef;
use zeroize::Zeroizing;

use self::ec::EcKey;
use self::rsa::RsaKey;
use crate::algorithm::{Digest, Signature};
use crate::asn1::{DerError, DerProblem, Walk, tag, write};
use crate::pem;
use crate::public_key::{Curve, PublicKey};

pub use algorithm::KeyAlgorithm;
pub use error::KeyError;
pub(crate) use external::NotSigned;
pub use external::{ExternalError, ExternalKey, ToSign};
/// The form of an ML-DSA private key (RFC 9881 §6).
pub use mldsa::pkcs8::PrivateKeyForm as KeyForm;

/// A private key that can sign. Never printed. The crates that hold the numbers wipe it when it is dropped: ML-DSA
/// completely; RSA and EC the stored key, but `rsa` does not wipe all intermediate values of a computation.
pub struct PrivateKey {
    /// Shared with the signers created from it: the secret is not copied.
    key: Arc<Key>,
    public: PublicKey,
}

/// The key in the type of the crate that computes with it. Boxed: see [`EcKey`].
enum Key {
    MlDsa(Box<AnySigningKey>, KeyForm),
    Rsa(Box<RsaKey>),
    Ec(EcKey),
    External(Box<dyn ExternalKey>, KeyAlgorithm),
}

/// PEM labels of private keys.
const LABEL: &str = "PRIVATE KEY";
const LABEL_ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
const LABEL_RSA: &str = "RSA PRIVATE KEY";
const LABEL_EC: &str = "EC PRIVATE KEY";
const LABEL_DSA: &str = "DSA PRIVATE KEY";
const LABELS: [&str; 6] = [LABEL, LABEL_ENCRYPTED, LABEL_RSA, LABEL_EC, LABEL_DSA, pem::LEGACY_ENCRYPTED];

impl PrivateKey {
    /// Creates an ML-DSA key from a random seed of the caller (FIPS 204, Algorithm 6).
    pub fn from_seed(parameters: Parameters, seed: &Seed) -> Self {
        Self::from_ml_dsa(AnySigningKey::boxed_from_seed(parameters, seed), KeyForm::Seed)
    }

    fn from_ml_dsa(key: Box<AnySigningKey>, form: KeyForm) -> Self {
        let public = PublicKey::MlDsa(key.boxed_verifying_key());
        Self { key: Arc::new(Key::MlDsa(key, form)), public }
    }

    fn from_rsa(key: RsaKey) -> Result<Self, KeyError> {
        Ok(Self { public: key.public_key()?, key: Arc::new(Key::Rsa(Box::new(key))) })
    }

    fn from_ec(key: EcKey) -> Result<Self, KeyError> {
        Ok(Self { public: key.public_key()?, key: Arc::new(Key::Ec(key)) })
    }

    /// Creates a key from one outside this process, whose public key is `public`. Every signature is verified with
    /// `public` before it is used.
    ///
    /// # Errors
    /// [`KeyError::UnsupportedAlgorithm`] for [`PublicKey::Other`].
    pub fn external(public: PublicKey, key: Box<dyn ExternalKey>) -> Result<Self, KeyError> {
        let Some(algorithm) = KeyAlgorithm::of(&public) else {
            return Err(KeyError::UnsupportedAlgorithm { name: public.to_string() });
        };
        Ok(Self { key: Arc::new(Key::External(key, algorithm)), public })
    }

    /// Whether the key is outside this process ([`Self::external`]).
    pub fn is_external(&self) -> bool {
        matches!(&*self.key, Key::External(..))
    }

    /// Creates a key from 32 random bytes, which the caller must then wipe. For ML-DSA they are the seed
    /// ([`Self::from_seed`]); for RSA and EC they seed a ChaCha20 stream, from which the primes or the scalar are
    /// drawn. The resulting key may change with the version of this crate.
    ///
    /// # Errors
    /// [`KeyError::RsaSize`].
    pub fn generate(algorithm: KeyAlgorithm, seed: &Seed) -> Result<Self, KeyError> {
        match algorithm {
            KeyAlgorithm::MlDsa(parameters) => Ok(Self::from_seed(parameters, seed)),
            KeyAlgorithm::Rsa { bits } => {
                Self::from_rsa(RsaKey::generate(bits, &mut generator(seed.as_bytes()))?)
            }
            KeyAlgorithm::Ec(curve) => Self::from_ec(EcKey::generate(curve, &mut generator(seed.as_bytes()))),
        }
    }

    /// Reads an unencrypted key: PEM (the file may also contain certificates, and must contain exactly one private key)
    /// or DER.
    ///
    /// # Errors
    /// [`KeyError`], see its variants. Offsets count from the start of the decoded block for PEM.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::decrypt_pem_or_der(bytes, None)
    }

    /// The same, and also reads encrypted PKCS#8 if there is a passphrase. An unencrypted key needs none.
    ///
    /// # Errors
    /// [`KeyError`], see its variants.
    pub fn decrypt_pem_or_der(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        if !pem::looks_like_pem(bytes) {
            return Self::decrypt_der(bytes, passphrase);
        }
        let blocks = pem::blocks(bytes).map_err(KeyError::Pem)?;
        let mut keys = blocks.iter().filter(|block| LABELS.contains(&block.label.as_str()));
        let Some(key) = keys.next() else {
            return Err(KeyError::NoPrivateKey { found: pem::labels(&blocks) });
        };
        if keys.next().is_some() {
            return Err(KeyError::SeveralKeys);
        }
        match key.label.as_str() {
            pem::LEGACY_ENCRYPTED => Err(KeyError::LegacyEncryption),
            LABEL_DSA => Err(KeyError::UnsupportedAlgorithm { name: "DSA".into() }),
            LABEL_RSA => Self::from_rsa(RsaKey::from_pkcs1(&key.contents)?),
            LABEL_EC => Self::from_ec(EcKey::from_sec1(None, &key.contents)?),
            LABEL_ENCRYPTED => Self::from_encrypted(&key.contents, passphrase),
            _ => Self::from_pkcs8(&key.contents),
        }
    }

    /// Reads unencrypted DER: PKCS#8, PKCS#1 or SEC 1. No byte may follow it.
    ///
    /// # Errors
    /// [`KeyError`], see its variants.
    pub fn from_der(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::decrypt_der(bytes, None)
    }

    fn decrypt_der(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        match Container::of(bytes)? {
            Container::Pkcs8 => Self::from_pkcs8(bytes),
            Container::Pkcs1 => Self::from_rsa(RsaKey::from_pkcs1(bytes)?),
            Container::Sec1 => Self::from_ec(EcKey::from_sec1(None, bytes)?),
            Container::Encrypted => Self::from_encrypted(bytes, passphrase),
        }
    }

    fn from_encrypted(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        let plain = encrypted::decrypt(bytes, passphrase.ok_or(KeyError::Encrypted)?)?;
        Self::from_pkcs8(&plain).map_err(|error| match error {
            // With a wrong passphrase, a SEQUENCE that ends with the bytes occurs once in 2^24 attempts: so the
            // passphrase was right.
            KeyError::Der(error) if is_one_sequence(&plain) => KeyError::DecryptedIsNoKey(error),
            KeyError::Der(_) => KeyError::WrongPassphrase,
            other => other,
        })
    }

    fn from_pkcs8(bytes: &[u8]) -> Result<Self, KeyError> {
        let info = PrivateKeyInfoRef::try_from(bytes).map_err(|error| match error {
            pkcs8::Error::Asn1(error) => KeyError::Der(DerError::from_der(INFO, &error)),
            _ => KeyError::Der(DerError { offset: 0, field: INFO, problem: NOT_PKCS8 }),
        })?;
        let algorithm = Signature::from_oid(&info.algorithm.oid);
        // The contents of privateKey, with their offset in `bytes`.
        let inner = info.private_key.as_bytes();
        let shifted = |error| match error {
            KeyError::Der(error) => KeyError::Der(error.shifted(offset_of(inner, bytes))),
            other => other,
        };
        let key = match algorithm {
            Some(Signature::MlDsa(parameters)) => {
                if info.algorithm.parameters.is_some() {
                    return Err(KeyError::ParametersPresent);
                }
                if let Some(form) = ml_dsa::draft_form(parameters, inner) {
                    return Err(KeyError::DraftForm { form });
                }
                let (key, form) = ml_dsa::read(parameters, inner).map_err(shifted)?;
                Self::from_ml_dsa(key, form)
            }
            Some(Signature::RsaEncryption) => Self::from_rsa(RsaKey::from_pkcs1(inner).map_err(shifted)?)?,
            Some(Signature::EcPublicKey) => {
                let oid = info.algorithm.parameters_oid().map_err(|_| KeyError::NoCurve)?;
                let curve = Curve::from_oid(&oid).ok_or_else(|| ec::unsupported(&oid))?;
                Self::from_ec(EcKey::from_sec1(Some(curve), inner).map_err(shifted)?)?
            }
            _ => {
                let name = Signature::name_of_oid(&info.algorithm.oid);
                return Err(KeyError::UnsupportedAlgorithm { name });
            }
        };
        match info.public_key {
            Some(public) if public.as_bytes() != Some(&key.public.subject_public_key()) => {
                Err(KeyError::PublicKeyMismatch)
            }
            _ => Ok(key),
        }
    }

    /// The algorithm, with the size.
    pub fn algorithm(&self) -> KeyAlgorithm {
        match &*self.key {
            Key::MlDsa(key, _) => KeyAlgorithm::MlDsa(key.parameters()),
            Key::Rsa(key) => KeyAlgorithm::Rsa { bits: key.bits() },
            Key::Ec(key) => KeyAlgorithm::Ec(key.curve()),
            Key::External(_, algorithm) => *algorithm,
        }
    }

    /// The form in which an ML-DSA key was read or created; `None` for other keys, which have only one form.
    pub fn form(&self) -> Option<KeyForm> {
        match &*self.key {
            Key::MlDsa(_, form) => Some(*form),
            Key::Rsa(_) | Key::Ec(_) | Key::External(..) => None,
        }
    }

    /// The public key.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// The ML-DSA key itself, for [`crate::signer`].
    pub(crate) fn ml_dsa(&self) -> Option<&AnySigningKey> {
        match &*self.key {
            Key::MlDsa(key, _) => Some(key),
            Key::Rsa(_) | Key::Ec(_) | Key::External(..) => None,
        }
    }

    /// A second handle to the key; the secret is shared, not copied.
    pub(crate) fn share(&self) -> Self {
        Self { key: Arc::clone(&self.key), public: self.public.clone() }
    }

    /// Writes PKCS#8 DER, version 0. `form` applies to ML-DSA; other keys have only one form.
    ///
    /// # Errors
    /// [`KeyError::NoSeed`] if `form` needs the seed and the key was read without one.
    pub fn to_der(&self, form: KeyForm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let contents = match &*self.key {
            Key::MlDsa(key, _) => ml_dsa::write_form(key, form)?,
            Key::Rsa(key) => key.to_pkcs1()?,
            Key::Ec(key) => key.to_sec1(false),
            Key::External(..) => return Err(KeyError::NotExportable),
        };
        // `write` allocates the exact length at once: no copy remains in a smaller buffer.
        let contents = Zeroizing::new(write(tag::OCTET_STRING, &[&contents]));
        let version = write(tag::INTEGER, &[&[0]]);
        let algorithm = self.public.algorithm_identifier_der();
        Ok(Zeroizing::new(write(tag::SEQUENCE, &[&version, &algorithm, &contents])))
    }

    /// Writes PKCS#8 PEM (`PRIVATE KEY`).
    ///
    /// # Errors
    /// As [`Self::to_der`].
    pub fn to_pem(&self, form: KeyForm) -> Result<Zeroizing<String>, KeyError> {
        Ok(pem::encode(LABEL, &self.to_der(form)?))
    }

    /// Writes encrypted PKCS#8 DER: PBES2 with PBKDF2 (HMAC-SHA-256, 600,000 rounds) and AES-256-CBC. `seed` is 32
    /// random bytes, never used before, for salt and IV.
    ///
    /// # Errors
    /// As [`Self::to_der`].
    pub fn to_encrypted_der(
        &self,
        form: KeyForm,
        passphrase: &[u8],
        seed: &[u8; 32],
    ) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        encrypted::encrypt(&self.to_der(form)?, passphrase, seed)
    }

    /// The same in PEM (`ENCRYPTED PRIVATE KEY`).
    ///
    /// # Errors
    /// As [`Self::to_der`].
    pub fn to_encrypted_pem(
        &self,
        form: KeyForm,
        passphrase: &[u8],
        seed: &[u8; 32],
    ) -> Result<Zeroizing<String>, KeyError> {
        Ok(pem::encode(LABEL_ENCRYPTED, &self.to_encrypted_der(form, passphrase, seed)?))
    }

    /// Writes the key in the format of its own standard: PKCS#1 for RSA, SEC 1 for EC, with the PEM label.
    ///
    /// # Errors
    /// [`KeyError::NoTraditionalForm`] for ML-DSA.
    pub fn to_traditional(&self) -> Result<(&'static str, Zeroizing<Vec<u8>>), KeyError> {
        match &*self.key {
            Key::MlDsa(..) => Err(KeyError::NoTraditionalForm),
            Key::Rsa(key) => Ok((LABEL_RSA, key.to_pkcs1()?)),
            Key::Ec(key) => Ok((LABEL_EC, key.to_sec1(true))),
            Key::External(..) => Err(KeyError::NotExportable),
        }
    }

    /// Signs a whole message: ML-DSA pure with an empty context; RSA and ECDSA sign its digest.
    ///
    /// [`NotSigned::Fault`] if `digest` cannot be computed or if a computation was faulty: an RSA signature is verified
    /// with the public key before it is returned, so is every signature of an external key; a deterministic ML-DSA
    /// signature is computed twice ([`unfaulted`]).
    pub(crate) fn sign(&self, message: &[u8], digest: Digest, rnd: &Rnd) -> Result<Vec<u8>, NotSigned> {
        let hash = || digest.hash(message);
        match &*self.key {
            Key::MlDsa(key, _) => {
                let signature = unfaulted(rnd, || key.sign(message, Context::EMPTY, rnd));
                signature.map(|signature| signature.as_bytes().to_vec())
            }
            Key::Rsa(key) => hash().and_then(|hash| key.sign(digest, &hash, rnd)),
            Key::Ec(key) => hash().and_then(|hash| key.sign(digest, &hash, rnd)),
            Key::External(key, _) => return external::sign(&**key, &self.public, message, digest, rnd),
        }
        .ok_or(NotSigned::Fault)
    }

    /// Whether every further signature will fail, because the key is outside and lost ([`ExternalKey::is_lost`]).
    pub fn is_lost(&self) -> bool {
        matches!(&*self.key, Key::External(key, _) if key.is_lost())
    }
}

impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PrivateKey").field("algorithm", &self.algorithm()).finish_non_exhaustive()
    }
}

/// The ML-DSA signature that `sign` computes with `rnd`; `None` if a second computation gives another one.
///
/// Computes it twice only without fresh randomness. Then a fault in w can leave a signature with the same y and another
/// c, which verifies. Together with the correct signature it reveals s1: z − z' = (c − c')·s1. See `docs/assurance/faults.md`.
pub(crate) fn unfaulted(rnd: &Rnd, sign: impl Fn() -> AnySignature) -> Option<AnySignature> {
    let signature = sign();
    #[cfg(mldsa_fault)]
    if std::env::var_os("MLDSA_FAULT_UNCHECKED").is_some() {
        return Some(signature); // checks/faults.sh shows what would leave
    }
    // Not secret: the caller chose deterministic or hedged.
    let deterministic = rnd.as_bytes() == Rnd::DETERMINISTIC.as_bytes();
    (!deterministic || sign().as_bytes() == signature.as_bytes()).then_some(signature)
}

/// A ChaCha20 stream from a seed, for keys, blinding and salts. Wiped when dropped.
fn generator(seed: &[u8; 32]) -> ChaCha20Rng {
    ChaCha20Rng::from_seed(*seed)
}

const INFO: &str = "OneAsymmetricKey";
const NOT_PKCS8: DerProblem = DerProblem::InvalidValue("not a PKCS#8 private key");

/// Offset of `part` in `whole`; `part` was borrowed from it.
fn offset_of(part: &[u8], whole: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// Whether the bytes are one SEQUENCE and nothing else, whatever its contents.
fn is_one_sequence(bytes: &[u8]) -> bool {
    let mut walk = Walk::new(bytes);
    walk.expect(tag::SEQUENCE, INFO).is_ok() && walk.is_empty()
}

/// The format of a private key in DER.
enum Container {
    Pkcs8,
    Encrypted,
    Pkcs1,
    Sec1,
}

impl Container {
    /// Distinguishes the formats by the tags of their first elements.
    fn of(bytes: &[u8]) -> Result<Self, KeyError> {
        let first_two = || {
            let mut outside = Walk::new(bytes);
            let sequence = outside.expect(tag::SEQUENCE, INFO)?;
            outside.finish(INFO)?;
            let mut inside = sequence.walk();
            Ok([inside.any(INFO)?.tag(), inside.any(INFO)?.tag()])
        };
        Ok(match first_two().map_err(KeyError::Der)? {
            // EncryptedPrivateKeyInfo ::= SEQUENCE { AlgorithmIdentifier, OCTET STRING }
            [tag::SEQUENCE, tag::OCTET_STRING] => Self::Encrypted,
            // RSAPrivateKey ::= SEQUENCE { version, modulus, … }
            [tag::INTEGER, tag::INTEGER] => Self::Pkcs1,
            // ECPrivateKey ::= SEQUENCE { version, OCTET STRING, … }
            [tag::INTEGER, tag::OCTET_STRING] => Self::Sec1,
            _ => Self::Pkcs8,
        })
    }
}
