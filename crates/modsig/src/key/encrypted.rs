//! Encrypted PKCS#8 (RFC 5958 §3): PBES2 (RFC 8018 §6.2) with the crate `pkcs5`, and the older schemes of [`super::pbe`].

use chacha20::rand_core::Rng as _;
use der::Decode as _;
use der::asn1::ObjectIdentifier;
use pkcs8::pkcs5::pbes2::{
    AES_128_CBC_OID, AES_128_GCM_OID, AES_192_CBC_OID, AES_256_CBC_OID, AES_256_GCM_OID, DES_CBC_OID,
    DES_EDE3_CBC_OID, Kdf, PBES2_OID, PBKDF2_OID, Parameters, Pbkdf2Prf, SCRYPT_OID,
};
use pkcs8::pkcs5::{self, EncryptionScheme};
use zeroize::Zeroizing;

use super::budget::Budget;
use super::pbe::{self, Password};
use super::{KeyError, generator};
use crate::asn1::{AlgorithmIdentifier, DerError, DerProblem, Walk, tag, write};

/// The most memory that a file may require for scrypt, in bytes.
const MAX_SCRYPT_MEMORY: u64 = 256 << 20;

const INFO: &str = "EncryptedPrivateKeyInfo";

/// What was decrypted: one SEQUENCE, or at least its tag.
pub(super) struct Decrypted {
    pub(super) bytes: Zeroizing<Vec<u8>>,
    /// The name of the encryption, if it is old and weak.
    pub(super) old: Option<&'static str>,
}

/// Decrypts EncryptedPrivateKeyInfo; the result should be PKCS#8. A wrong passphrase nearly always breaks the padding,
/// otherwise the DER; both give [`KeyError::WrongPassphrase`].
pub(super) fn decrypt(
    bytes: &[u8],
    password: &Password<'_>,
    budget: &mut Budget,
) -> Result<Decrypted, KeyError> {
    let (algorithm, data) = read_info(bytes).map_err(KeyError::Der)?;
    decrypt_with(&algorithm, data, password, budget)
}

fn read_info(bytes: &[u8]) -> Result<(AlgorithmIdentifier<'_>, &[u8]), DerError> {
    let mut outside = Walk::new(bytes);
    let sequence = outside.expect(tag::SEQUENCE, INFO)?;
    outside.finish(INFO)?;
    let mut walk = sequence.walk();
    let algorithm = AlgorithmIdentifier::read(&mut walk, "EncryptedPrivateKeyInfo.encryptionAlgorithm")?;
    let data = walk.expect(tag::OCTET_STRING, "EncryptedPrivateKeyInfo.encryptedData")?;
    walk.finish(INFO)?;
    Ok((algorithm, data.value))
}

/// Decrypts what an encryption algorithm with its parameters encrypted.
pub(super) fn decrypt_with(
    algorithm: &AlgorithmIdentifier<'_>,
    data: &[u8],
    password: &Password<'_>,
    budget: &mut Budget,
) -> Result<Decrypted, KeyError> {
    let mut bytes = Zeroizing::new(data.to_vec());
    let old = match pbe::find(&algorithm.oid) {
        Some(scheme) => {
            scheme.decrypt(algorithm.parameters.unwrap_or_default(), password, budget, &mut bytes)?;
            Some(scheme.name)
        }
        None => decrypt_pbes2(algorithm, password.bytes, budget, &mut bytes)?,
    };
    // A wrong passphrase passes the padding once in 256 times: then the result is not a SEQUENCE.
    if bytes.first() == Some(&tag::SEQUENCE) {
        Ok(Decrypted { bytes, old })
    } else {
        Err(KeyError::WrongPassphrase)
    }
}

/// Decrypts in place. Returns the name of the cipher or hash, if it is old and weak.
fn decrypt_pbes2(
    algorithm: &AlgorithmIdentifier<'_>,
    passphrase: &[u8],
    budget: &mut Budget,
    buffer: &mut Zeroizing<Vec<u8>>,
) -> Result<Option<&'static str>, KeyError> {
    check_scheme(algorithm)?;
    let scheme = EncryptionScheme::from_der(algorithm.raw)
        .map_err(|error| KeyError::Der(DerError::from_der(INFO, &error).shifted(algorithm.offset)))?;
    let EncryptionScheme::Pbes2(parameters) = &scheme else {
        return Err(unreadable("no PBES2"));
    };
    check_cost(&parameters.kdf, budget)?;
    let length = match parameters.decrypt_in_place(passphrase, buffer) {
        Ok(plain) => plain.len(),
        Err(pkcs5::Error::UnsupportedAlgorithm { oid }) => {
            return Err(KeyError::UnsupportedEncryption { name: oid.to_string() });
        }
        Err(pkcs5::Error::AlgorithmParametersInvalid { oid }) => {
            return Err(KeyError::UnsupportedEncryption { name: format!("{oid} with these parameters") });
        }
        Err(_) => return Err(KeyError::WrongPassphrase),
    };
    buffer.truncate(length);
    let cipher = parameters.encryption.oid();
    let prf = parameters.kdf.pbkdf2().map(|parameters| parameters.prf);
    Ok(match () {
        () if cipher == DES_EDE3_CBC_OID => Some("triple DES"),
        () if cipher == DES_CBC_OID => Some("DES"),
        () if prf == Some(Pbkdf2Prf::HmacWithSha1) => Some("PBKDF2 with HMAC-SHA-1"),
        () => None,
    })
}

/// `pkcs5` reports unknown algorithms as malformed, so this function names them first.
fn check_scheme(scheme: &AlgorithmIdentifier<'_>) -> Result<(), KeyError> {
    let refuse = |oid: &ObjectIdentifier| Err(KeyError::UnsupportedEncryption { name: name_of(oid) });
    if scheme.oid != PBES2_OID {
        return refuse(&scheme.oid);
    }
    // PBES2-params ::= SEQUENCE { keyDerivationFunc, encryptionScheme }
    let parameters = Walk::new(scheme.parameters.unwrap_or_default()).expect(tag::SEQUENCE, INFO);
    let mut walk = parameters.map_err(KeyError::Der)?.walk();
    for known in [&[PBKDF2_OID, SCRYPT_OID][..], &CIPHERS] {
        let algorithm = AlgorithmIdentifier::read(&mut walk, INFO).map_err(KeyError::Der)?;
        if !known.contains(&algorithm.oid) {
            return refuse(&algorithm.oid);
        }
        if algorithm.oid == PBKDF2_OID {
            check_pbkdf2(algorithm.parameters.unwrap_or_default())?;
        }
    }
    Ok(())
}

/// Checks what `pkcs5` reports as malformed: a hash that it does not know, and numbers that are too large for it.
/// Anything else is left to it.
fn check_pbkdf2(parameters: &[u8]) -> Result<(), KeyError> {
    const FIELD: &str = "PBKDF2-params";
    // PBKDF2-params ::= SEQUENCE { salt, iterationCount, keyLength OPTIONAL, prf DEFAULT hmacWithSHA1 }
    let mut walk = Walk::new(parameters).expect(tag::SEQUENCE, FIELD).map_err(KeyError::Der)?.walk();
    let salt = walk.any(FIELD).map_err(KeyError::Der)?;
    if salt.value.len() > pkcs5::pbes2::Salt::MAX_LEN {
        let name = format!("PBKDF2 with a salt of {} bytes", salt.value.len());
        return Err(KeyError::UnsupportedEncryption { name });
    }
    let rounds = walk.expect(tag::INTEGER, FIELD).map_err(KeyError::Der)?;
    pbe::rounds(&rounds).map_err(KeyError::Der)?.ok_or(KeyError::CostlyEncryption)?;
    walk.optional(tag::INTEGER, FIELD).map_err(KeyError::Der)?;
    if walk.is_empty() {
        return Ok(());
    }
    let prf = AlgorithmIdentifier::read(&mut walk, FIELD).map_err(KeyError::Der)?;
    let known = [
        Pbkdf2Prf::HmacWithSha1,
        Pbkdf2Prf::HmacWithSha224,
        Pbkdf2Prf::HmacWithSha256,
        Pbkdf2Prf::HmacWithSha384,
        Pbkdf2Prf::HmacWithSha512,
    ];
    if known.iter().any(|known| known.oid() == prf.oid) {
        return Ok(());
    }
    Err(KeyError::UnsupportedEncryption { name: format!("PBKDF2 with {}", name_of(&prf.oid)) })
}

/// The supported encryption schemes of PBES2.
const CIPHERS: [ObjectIdentifier; 7] = [
    AES_128_CBC_OID,
    AES_192_CBC_OID,
    AES_256_CBC_OID,
    AES_128_GCM_OID,
    AES_256_GCM_OID,
    DES_CBC_OID,
    DES_EDE3_CBC_OID,
];

/// The name of an algorithm that is not supported, or its digits.
pub(super) fn name_of(oid: &ObjectIdentifier) -> String {
    let digits = oid.to_string();
    let name = NAMES.iter().find(|(known, _)| *known == digits);
    name.map_or(digits, |(_, name)| (*name).into())
}

/// Algorithms that are not supported.
const NAMES: [(&str, &str); 14] = [
    ("1.2.840.113549.1.5.1", "PBES1 (MD2 and DES)"),
    ("1.2.840.113549.1.5.4", "PBES1 (MD2 and RC2)"),
    ("1.2.840.113549.1.5.14", "PBMAC1"),
    ("1.2.840.113549.1.12.1.1", "PKCS#12 RC4 with 128 bits"),
    ("1.2.840.113549.1.12.1.2", "PKCS#12 RC4 with 40 bits"),
    ("1.2.840.113549.2.12", "HMAC-SHA-512/224"),
    ("1.2.840.113549.2.13", "HMAC-SHA-512/256"),
    ("1.2.840.113549.3.2", "RC2"),
    ("1.2.840.113549.3.4", "RC4"),
    ("1.2.392.200011.61.1.1.1.2", "Camellia-128"),
    ("1.2.392.200011.61.1.1.1.4", "Camellia-256"),
    ("1.2.410.200004.1.4", "SEED"),
    ("1.2.156.10197.1.104.2", "SM4"),
    ("2.16.840.1.101.3.4.1.26", "AES-192-GCM"),
];

/// Limits time and memory: both depend on numbers in the file.
fn check_cost(kdf: &Kdf, budget: &mut Budget) -> Result<(), KeyError> {
    match kdf {
        Kdf::Pbkdf2(parameters) => budget.spend(parameters.iteration_count.into()),
        Kdf::Scrypt(parameters) => {
            let block = u64::from(parameters.block_size).saturating_mul(128);
            let memory = parameters.cost_parameter.saturating_mul(block);
            let lanes = u64::from(parameters.parallelization);
            let cheap = memory.saturating_mul(lanes.max(1)) <= MAX_SCRYPT_MEMORY;
            // 32 of them make up the budget: as long as ten million rounds.
            if cheap { budget.spend(Budget::ROUNDS / 32) } else { Err(KeyError::CostlyEncryption) }
        }
        _ => Err(KeyError::UnsupportedEncryption { name: kdf.oid().to_string() }),
    }
}

/// Encrypts PKCS#8: PBKDF2 with HMAC-SHA-256 and 600,000 rounds, AES-256-CBC, which OpenSSL reads since 1.1. `seed` is
/// fresh randomness, from which salt and IV are drawn.
pub(super) fn encrypt(
    plain: &[u8],
    passphrase: &[u8],
    seed: &[u8; 32],
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    const ITERATIONS: u32 = 600_000;
    let mut random = generator(seed);
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    random.fill_bytes(&mut salt);
    random.fill_bytes(&mut iv);
    let failed = |_| unreadable("it cannot be encrypted");
    let parameters = Parameters::generate_pbkdf2_sha256_aes256cbc(ITERATIONS, &salt, iv).map_err(failed)?;
    // If `encrypt` failed, it would leave the plain key in a buffer that is not wiped.
    let mut buffer = Zeroizing::new([plain, &[0; 16]].concat());
    let length = parameters.encrypt_in_place(passphrase, &mut buffer, plain.len()).map_err(failed)?.len();
    let cipher = buffer.get(..length).unwrap_or_default();
    let problem = |error: der::Error| KeyError::Der(DerError::from_der(INFO, &error));
    let algorithm = der::Encode::to_der(&EncryptionScheme::from(parameters)).map_err(problem)?;
    Ok(Zeroizing::new(write(tag::SEQUENCE, &[&algorithm, &write(tag::OCTET_STRING, &[cipher])])))
}

fn unreadable(why: &'static str) -> KeyError {
    KeyError::Der(DerError { offset: 0, field: INFO, problem: DerProblem::InvalidValue(why) })
}
