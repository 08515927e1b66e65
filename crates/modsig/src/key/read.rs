//! Reads private keys: finds the form of a file and hands its parts to the readers of each form.

use pkcs8::PrivateKeyInfoRef;
use zeroize::Zeroizing;

use super::budget::Budget;
use super::ec::{self, EcKey};
use super::encrypted::{self, Decrypted};
use super::pbe::{self, Password};
use super::pkcs12::{Pkcs12, looks_like_pkcs12};
use super::rsa::RsaKey;
use super::{KeyError, LABEL, LABEL_EC, LABEL_ENCRYPTED, LABEL_RSA, OldForm, PrivateKey, ml_dsa};
use crate::algorithm::Signature;
use crate::asn1::{DerError, DerProblem, Walk, tag};
use crate::pem;
use crate::public_key::Curve;

const LABEL_DSA: &str = "DSA PRIVATE KEY";
const LABELS: [&str; 5] = [LABEL, LABEL_ENCRYPTED, LABEL_RSA, LABEL_EC, LABEL_DSA];

impl PrivateKey {
    /// Reads an unencrypted key: PEM (the file may also contain certificates, and must contain exactly one private key)
    /// or DER.
    ///
    /// # Errors
    /// [`KeyError`], see its variants. Offsets count from the start of the decoded block for PEM.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::decrypt_pem_or_der(bytes, None)
    }

    /// The same, and also reads encrypted keys and PKCS#12 if there is a passphrase. An unencrypted key needs none.
    /// [`Self::old_form`] tells whether the form is one to convert.
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
        if let Some(dek_info) = &key.dek_info {
            let passphrase = passphrase.ok_or(KeyError::Encrypted)?;
            let mut bytes = Zeroizing::new(key.contents.to_vec());
            pbe::decrypt_pem(dek_info, passphrase, &mut bytes)?;
            let read = Self::from_label(&key.label, &bytes, None).map_err(|error| blame(error, &bytes))?;
            return Ok(read.in_old_form("OpenSSL's encrypted PEM (Proc-Type)", true));
        }
        Self::from_label(&key.label, &key.contents, passphrase)
    }

    /// Reads the contents of a PEM block.
    fn from_label(label: &str, contents: &[u8], passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        match label {
            LABEL_DSA => Err(KeyError::UnsupportedAlgorithm { name: "DSA".into() }),
            LABEL_RSA => Self::from_rsa(RsaKey::from_pkcs1(contents)?),
            LABEL_EC => Self::from_ec(EcKey::from_sec1(None, contents)?),
            LABEL_ENCRYPTED => Self::from_encrypted(contents, passphrase),
            _ => Self::from_pkcs8(contents),
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
        if looks_like_pkcs12(bytes) {
            return Pkcs12::open(bytes, passphrase)?.key.ok_or(KeyError::NoKeyInPkcs12);
        }
        match Container::of(bytes)? {
            Container::Pkcs8 => Self::from_pkcs8(bytes),
            Container::Pkcs1 => Self::from_rsa(RsaKey::from_pkcs1(bytes)?),
            Container::Sec1 => Self::from_ec(EcKey::from_sec1(None, bytes)?),
            Container::Encrypted => Self::from_encrypted(bytes, passphrase),
        }
    }

    fn from_encrypted(bytes: &[u8], passphrase: Option<&[u8]>) -> Result<Self, KeyError> {
        let password = Password::new(passphrase.ok_or(KeyError::Encrypted)?);
        Self::from_decrypted(encrypted::decrypt(bytes, &password, &mut Budget::new())?)
    }

    pub(super) fn from_decrypted(plain: Decrypted) -> Result<Self, KeyError> {
        let key = Self::from_pkcs8(&plain.bytes).map_err(|error| blame(error, &plain.bytes))?;
        Ok(match plain.old {
            Some(name) => key.in_old_form(name, true),
            None => Self { old_form: key.old_form.clone().map(OldForm::encrypted), ..key },
        })
    }

    /// The same key, read from a file of this form.
    pub(super) fn in_old_form(mut self, words: &str, encrypted: bool) -> Self {
        match &mut self.old_form {
            Some(form) => form.inside(words, encrypted),
            None => self.old_form = Some(OldForm::new(words, encrypted)),
        }
        self
    }

    /// Reads PKCS#8; no byte may follow it.
    pub(super) fn from_pkcs8(bytes: &[u8]) -> Result<Self, KeyError> {
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
                let read = ml_dsa::read(parameters, inner).map_err(shifted)?;
                let key = Self::from_ml_dsa(read.key, read.form);
                match read.draft {
                    Some(name) => key.in_old_form(name, false),
                    None => key,
                }
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
}

const INFO: &str = "OneAsymmetricKey";
const NOT_PKCS8: DerProblem = DerProblem::InvalidValue("not a PKCS#8 private key");

/// Offset of `part` in `whole`; `part` was borrowed from it.
fn offset_of(part: &[u8], whole: &[u8]) -> usize {
    (part.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize)
}

/// The error for decrypted bytes that are no key. With a wrong passphrase, a SEQUENCE that ends with the bytes occurs
/// once in 2^24 attempts: such bytes mean that the passphrase was right.
fn blame(error: KeyError, plain: &[u8]) -> KeyError {
    match error {
        KeyError::Der(error) if is_one_sequence(plain) => KeyError::DecryptedIsNoKey(error),
        KeyError::Der(_) => KeyError::WrongPassphrase,
        other => other,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: a wrong passphrase called a damaged key, or the reverse.
    #[test]
    fn decrypted_bytes_that_are_no_key() {
        let error = || PrivateKey::from_der(&[0x30, 0]).err().unwrap();
        assert!(matches!(error(), KeyError::Der(_)));
        for sequence in [&[0x30, 0][..], &[0x30, 2, 5, 0]] {
            assert!(matches!(blame(error(), sequence), KeyError::DecryptedIsNoKey(_)), "{sequence:x?}");
        }
        for other in [&[][..], &[0x30], &[0x30, 0, 0], &[4, 0], &[0x30, 3, 5, 0]] {
            assert_eq!(blame(error(), other), KeyError::WrongPassphrase, "{other:x?}");
        }
        assert_eq!(blame(KeyError::Encrypted, &[]), KeyError::Encrypted);
    }
}
