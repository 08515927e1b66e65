//! Password-based encryption from before PBES2: PBES1 (RFC 8018 §6.1), PKCS#12's own (RFC 7292, appendix C), and
//! OpenSSL's encrypted PEM. All are weak; they are read, and never written.

use der::asn1::ObjectIdentifier;
use md5::Md5;
use sha1::Sha1;
use sha2::Digest;
use sha2::digest::block_api::BlockSizeUser;
use zeroize::{Zeroize as _, Zeroizing};

use super::KeyError;
use super::budget::Budget;
use super::cipher::Cipher;
use crate::asn1::{DerError, DerProblem, Element, Walk, tag};

/// A passphrase, and the form in which PKCS#12 hashes it.
pub(super) struct Password<'a> {
    pub(super) bytes: &'a [u8],
    /// UTF-16, big-endian, ending with a zero character (RFC 7292, appendix B.1).
    pub(super) utf16: Zeroizing<Vec<u8>>,
}

impl<'a> Password<'a> {
    /// A passphrase in UTF-8. Bytes that are not UTF-8 count as Latin-1, as in OpenSSL.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        // Full capacity from the start: growing would leave copies. A UTF-8 string has no more UTF-16 units than bytes.
        let mut utf16 = Zeroizing::new(Vec::with_capacity(2 * bytes.len() + 2));
        match core::str::from_utf8(bytes) {
            Ok(text) => text.encode_utf16().for_each(|unit| utf16.extend(unit.to_be_bytes())),
            Err(_) => bytes.iter().for_each(|&byte| utf16.extend([0, byte])),
        }
        utf16.extend([0, 0]);
        Self { bytes, utf16 }
    }

    /// No passphrase at all, which PKCS#12 distinguishes from an empty one.
    pub(super) fn none() -> Self {
        Self { bytes: &[], utf16: Zeroizing::default() }
    }
}

/// One scheme.
pub(super) struct Scheme {
    oid: ObjectIdentifier,
    /// Its name in messages.
    pub(super) name: &'static str,
    derivation: Derivation,
    cipher: Cipher,
}

/// How key and IV come from the passphrase.
#[derive(Clone, Copy)]
enum Derivation {
    /// PBKDF1 (RFC 8018 §5.1) with MD5 or SHA-1: 8 bytes of key, 8 of IV.
    Pbkdf1Md5,
    Pbkdf1Sha1,
    /// RFC 7292, appendix B, with SHA-1.
    Pkcs12,
}

const fn scheme(oid: &str, name: &'static str, derivation: Derivation, cipher: Cipher) -> Scheme {
    Scheme { oid: ObjectIdentifier::new_unwrap(oid), name, derivation, cipher }
}

/// The schemes that are read.
const SCHEMES: [Scheme; 8] = {
    use Derivation::{Pbkdf1Md5, Pbkdf1Sha1, Pkcs12};
    [
        scheme("1.2.840.113549.1.5.3", "PBES1 (MD5 and DES)", Pbkdf1Md5, Cipher::Des),
        scheme("1.2.840.113549.1.5.6", "PBES1 (MD5 and RC2)", Pbkdf1Md5, Cipher::Rc2(64)),
        scheme("1.2.840.113549.1.5.10", "PBES1 (SHA-1 and DES)", Pbkdf1Sha1, Cipher::Des),
        scheme("1.2.840.113549.1.5.11", "PBES1 (SHA-1 and RC2)", Pbkdf1Sha1, Cipher::Rc2(64)),
        scheme("1.2.840.113549.1.12.1.3", "PKCS#12 triple DES", Pkcs12, Cipher::TripleDes),
        scheme("1.2.840.113549.1.12.1.4", "PKCS#12 triple DES with two keys", Pkcs12, Cipher::TripleDes2),
        scheme("1.2.840.113549.1.12.1.5", "PKCS#12 RC2 with 128 bits", Pkcs12, Cipher::Rc2(128)),
        scheme("1.2.840.113549.1.12.1.6", "PKCS#12 RC2 with 40 bits", Pkcs12, Cipher::Rc2(40)),
    ]
};

/// The scheme with this identifier.
pub(super) fn find(oid: &ObjectIdentifier) -> Option<&'static Scheme> {
    SCHEMES.iter().find(|scheme| scheme.oid == *oid)
}

/// The longest salt that is read, in bytes. Files have 8 to 20.
pub(super) const MAX_SALT: usize = 128;

const PARAMETERS: &str = "PBEParameter";

impl Scheme {
    /// Decrypts in place. `parameters` is the DER of PBEParameter (RFC 8018, appendix A.3): salt and rounds.
    ///
    /// # Errors
    /// [`KeyError::WrongPassphrase`], [`KeyError::CostlyEncryption`], [`KeyError::Der`].
    pub(super) fn decrypt(
        &self,
        parameters: &[u8],
        password: &Password<'_>,
        budget: &mut Budget,
        buffer: &mut Zeroizing<Vec<u8>>,
    ) -> Result<(), KeyError> {
        let (salt, rounds) = read_parameters(parameters).map_err(KeyError::Der)?;
        let rounds = rounds.ok_or(KeyError::CostlyEncryption)?;
        let (key_len, iv_len) = (self.cipher.key_len(), self.cipher.block_len());
        let mut both = Zeroizing::new(vec![0; key_len + iv_len]);
        match self.derivation {
            Derivation::Pbkdf1Md5 => {
                budget.spend(rounds.into())?;
                pbkdf1::<Md5>(password.bytes, salt, rounds, &mut both);
            }
            Derivation::Pbkdf1Sha1 => {
                budget.spend(rounds.into())?;
                pbkdf1::<Sha1>(password.bytes, salt, rounds, &mut both);
            }
            Derivation::Pkcs12 => {
                // Up to 24 bytes of key are two hashes, the IV is one.
                budget.spend(3 * u64::from(rounds))?;
                let (key, iv) = both.split_at_mut(key_len);
                pkcs12_kdf::<Sha1>(Purpose::Key, &password.utf16, salt, rounds, key);
                pkcs12_kdf::<Sha1>(Purpose::Iv, &password.utf16, salt, rounds, iv);
            }
        }
        let (key, iv) = both.split_at(key_len);
        self.cipher.decrypt(key, iv, buffer).ok_or(KeyError::WrongPassphrase)
    }
}

/// Salt and rounds. The rounds are `None` if they exceed 32 bits.
fn read_parameters(parameters: &[u8]) -> Result<(&[u8], Option<u32>), DerError> {
    let mut outside = Walk::new(parameters);
    let sequence = outside.expect(tag::SEQUENCE, PARAMETERS)?;
    outside.finish(PARAMETERS)?;
    let mut walk = sequence.walk();
    let salt = salt(&mut walk, "PBEParameter.salt")?;
    let rounds = rounds(&walk.expect(tag::INTEGER, "PBEParameter.iterationCount")?)?;
    walk.finish(PARAMETERS)?;
    Ok((salt, rounds))
}

/// A salt of at most [`MAX_SALT`] bytes.
pub(super) fn salt<'a>(walk: &mut Walk<'a>, field: &'static str) -> Result<&'a [u8], DerError> {
    let salt = walk.expect(tag::OCTET_STRING, field)?;
    if salt.value.len() > MAX_SALT {
        return Err(salt.error(field, DerProblem::TooLong { limit: MAX_SALT }));
    }
    Ok(salt.value)
}

/// A number of rounds, at least 1; `None` if it exceeds 32 bits.
pub(super) fn rounds(number: &Element<'_>) -> Result<Option<u32>, DerError> {
    const FIELD: &str = "iterationCount";
    number.check_unsigned(FIELD)?;
    let octets = number.value.strip_prefix(&[0]).unwrap_or(number.value);
    if octets.is_empty() {
        return Err(number.error(FIELD, DerProblem::InvalidValue("zero rounds")));
    }
    let wide = octets.len() > size_of::<u32>();
    Ok((!wide).then(|| octets.iter().fold(0, |sum, &octet| (sum << 8) | u32::from(octet))))
}

/// PBKDF1 (RFC 8018 §5.1). `out` is not longer than the hash.
fn pbkdf1<D: Digest>(passphrase: &[u8], salt: &[u8], rounds: u32, out: &mut [u8]) {
    let mut hash = D::new().chain_update(passphrase).chain_update(salt).finalize();
    for _ in 1..rounds {
        hash = D::digest(&hash);
    }
    out.iter_mut().zip(&hash).for_each(|(out, byte)| *out = *byte);
    hash.as_mut_slice().zeroize();
}

/// What the bytes of PKCS#12's derivation are for (RFC 7292, appendix B.3).
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// PKCS#12's key derivation (RFC 7292, appendix B.2). `password` is in UTF-16.
pub(super) fn pkcs12_kdf<D: Digest + BlockSizeUser>(
    purpose: Purpose,
    password: &[u8],
    salt: &[u8],
    rounds: u32,
    out: &mut [u8],
) {
    let block = D::block_size();
    let diversifier = vec![purpose as u8; block];
    // I = S || P, each repeated to whole blocks.
    let whole = |bytes: &[u8]| bytes.len().div_ceil(block) * block;
    let mut input = Zeroizing::new(Vec::with_capacity(whole(salt) + whole(password)));
    input.extend(salt.iter().cycle().take(whole(salt)));
    input.extend(password.iter().cycle().take(whole(password)));
    for part in out.chunks_mut(<D as Digest>::output_size()) {
        let mut hash = D::new().chain_update(&diversifier).chain_update(&*input).finalize();
        for _ in 1..rounds {
            hash = D::digest(&hash);
        }
        part.iter_mut().zip(&hash).for_each(|(out, byte)| *out = *byte);
        // I_j = I_j + B + 1 modulo 2^(8·block), where B is the hash repeated to one block.
        let addend = Zeroizing::new(hash.iter().copied().cycle().take(block).collect::<Vec<u8>>());
        for number in input.chunks_mut(block) {
            let mut carry = 1;
            for (octet, add) in number.iter_mut().zip(&*addend).rev() {
                let sum = u16::from(*octet) + u16::from(*add) + carry;
                let [high, low] = sum.to_be_bytes();
                *octet = low;
                carry = u16::from(high);
            }
        }
        hash.as_mut_slice().zeroize();
    }
}

/// OpenSSL's encrypted PEM: `EVP_BytesToKey` with one round of MD5, the first 8 bytes of the IV as salt.
///
/// # Errors
/// [`KeyError::UnsupportedEncryption`], [`KeyError::WrongPassphrase`].
pub(super) fn decrypt_pem(
    dek_info: &str,
    passphrase: &[u8],
    buffer: &mut Zeroizing<Vec<u8>>,
) -> Result<(), KeyError> {
    let (name, iv) = dek_info.split_once(',').unwrap_or((dek_info, ""));
    let unsupported = || {
        let name: String = dek_info.chars().take(40).collect();
        KeyError::UnsupportedEncryption { name: format!("{name} in an encrypted PEM (Proc-Type)") }
    };
    let cipher = match name.trim() {
        "DES-CBC" => Cipher::Des,
        "DES-EDE-CBC" => Cipher::TripleDes2,
        "DES-EDE3-CBC" => Cipher::TripleDes,
        "RC2-CBC" => Cipher::Rc2(128),
        "RC2-64-CBC" => Cipher::Rc2(64),
        "RC2-40-CBC" => Cipher::Rc2(40),
        "AES-128-CBC" => Cipher::Aes128,
        "AES-192-CBC" => Cipher::Aes192,
        "AES-256-CBC" => Cipher::Aes256,
        _ => return Err(unsupported()),
    };
    let iv = from_hex(iv.trim()).filter(|iv| iv.len() == cipher.block_len()).ok_or_else(unsupported)?;
    let salt = iv.get(..8).ok_or_else(unsupported)?;
    let mut key = Zeroizing::new(vec![0; cipher.key_len()]);
    let mut hash = Zeroizing::new(Vec::with_capacity(16));
    for part in key.chunks_mut(16) {
        let digest = Md5::new().chain_update(&*hash).chain_update(passphrase).chain_update(salt);
        let mut digest = digest.finalize();
        hash.clear();
        hash.extend_from_slice(&digest);
        digest.as_mut_slice().zeroize();
        part.iter_mut().zip(&*hash).for_each(|(out, byte)| *out = *byte);
    }
    cipher.decrypt(&key, &iv, buffer).ok_or(KeyError::WrongPassphrase)
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        digits.chars().map(|digit| digit.to_digit(16).and_then(|value| u8::try_from(value).ok())).collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2))?;
    Some(digits.chunks(2).map(|pair| pair.iter().fold(0, |sum, digit| (sum << 4) | digit)).collect())
}
