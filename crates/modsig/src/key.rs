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
//! | `ENCRYPTED PRIVATE KEY` | PKCS#8 in PBES2 or an older scheme; needs a passphrase |
//! | `RSA PRIVATE KEY`, `EC PRIVATE KEY` | PKCS#1, SEC 1; also in OpenSSL's old encryption (`Proc-Type: 4,ENCRYPTED`) |
//!
//! [`Pkcs12`] reads keys with their certificates. Weak encryption and draft forms of ML-DSA are read
//! ([`PrivateKey::old_form`]), and never written.

mod algorithm;
mod budget;
mod cipher;
mod ec;
mod encrypted;
mod error;
mod external;
mod ml_dsa;
mod old_form;
mod pbe;
mod pkcs12;
mod read;
mod rsa;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng as _;
use std::sync::Arc;

use mldsa::dynamic::{AnySignature, AnySigningKey, Parameters};
use mldsa::{Context, Mu, Rnd, Seed};
use zeroize::Zeroizing;

use self::ec::EcKey;
use self::rsa::RsaKey;
use crate::algorithm::Digest;
use crate::asn1::{tag, write};
use crate::pem;
use crate::public_key::PublicKey;

pub use algorithm::KeyAlgorithm;
pub use error::KeyError;
pub(crate) use external::NotSigned;
pub use external::{ExternalError, ExternalKey, ToSign};
/// The form of an ML-DSA private key (RFC 9881 §6).
pub use mldsa::pkcs8::PrivateKeyForm as KeyForm;
pub use old_form::OldForm;
pub use pkcs12::{Pkcs12, looks_like_pkcs12};

/// A private key that can sign. Never printed. The crates that hold the numbers wipe it when it is dropped: ML-DSA
/// completely; RSA and EC the stored key, but `rsa` does not wipe all intermediate values of a computation.
pub struct PrivateKey {
    /// Shared with the signers created from it: the secret is not copied.
    key: Arc<Key>,
    public: PublicKey,
    old_form: Option<OldForm>,
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

impl PrivateKey {
    /// Creates an ML-DSA key from a random seed of the caller (FIPS 204, Algorithm 6).
    pub fn from_seed(parameters: Parameters, seed: &Seed) -> Self {
        Self::from_ml_dsa(AnySigningKey::boxed_from_seed(parameters, seed), KeyForm::Seed)
    }

    fn from_ml_dsa(key: Box<AnySigningKey>, form: KeyForm) -> Self {
        let public = PublicKey::MlDsa(key.boxed_verifying_key());
        Self { key: Arc::new(Key::MlDsa(key, form)), public, old_form: None }
    }

    fn from_rsa(key: RsaKey) -> Result<Self, KeyError> {
        let public = key.public_key()?;
        Ok(Self { key: Arc::new(Key::Rsa(Box::new(key))), public, old_form: None })
    }

    fn from_ec(key: EcKey) -> Result<Self, KeyError> {
        let public = key.public_key()?;
        Ok(Self { key: Arc::new(Key::Ec(key)), public, old_form: None })
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
        Ok(Self { key: Arc::new(Key::External(key, algorithm)), public, old_form: None })
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

    /// What is old about the file that the key was read from; `None` for PKCS#8 in PBES2 with AES and SHA-2, PKCS#1 and
    /// SEC 1. Convert such a file: the functions here write none of these forms.
    pub fn old_form(&self) -> Option<&OldForm> {
        self.old_form.as_ref()
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
        Self { key: Arc::clone(&self.key), public: self.public.clone(), old_form: self.old_form.clone() }
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

    /// Signs a digest with RSA or ECDSA; `None` for ML-DSA and external keys, and as [`Self::sign`].
    pub(crate) fn sign_digest(&self, digest: Digest, hash: &[u8], rnd: &Rnd) -> Option<Vec<u8>> {
        match &*self.key {
            Key::MlDsa(..) | Key::External(..) => None,
            Key::Rsa(key) => key.sign(digest, hash, rnd),
            Key::Ec(key) => key.sign(digest, hash, rnd),
        }
    }

    /// Signs a message representative; `None` for RSA, ECDSA and external keys, and as [`Self::sign`].
    pub(crate) fn sign_mu(&self, mu: &Mu, rnd: &Rnd) -> Option<Vec<u8>> {
        let key = self.ml_dsa()?;
        Some(unfaulted(rnd, || key.sign_mu(mu, rnd))?.as_bytes().to_vec())
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    /// Kills: a deterministic signature that is computed once, or not compared; a hedged one that is refused.
    #[test]
    fn a_deterministic_signature_is_computed_twice() {
        let signature = |byte| AnySignature::from_bytes(Parameters::MlDsa44, &[byte; 2420]).unwrap();
        let calls = Cell::new(0);
        let other_each_time = || {
            calls.set(calls.get() + 1);
            signature(calls.get())
        };
        assert!(unfaulted(&Rnd::DETERMINISTIC, other_each_time).is_none());
        assert_eq!(calls.replace(0), 2);
        assert!(unfaulted(&Rnd::DETERMINISTIC, || signature(1)).is_some());
        assert!(unfaulted(&Rnd::from_bytes([1; 32]), other_each_time).is_some());
        assert_eq!(calls.get(), 1);
    }
}
