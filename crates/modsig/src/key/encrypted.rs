//! Encrypted PKCS#8 (RFC 5958 §3): PBES2 (RFC 8018 §6.2), with the crate `pkcs5`.

use chacha20::rand_core::Rng as _;
use der::asn1::ObjectIdentifier;
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::pkcs5::pbes2::{
    AES_128_CBC_OID, AES_128_GCM_OID, AES_192_CBC_OID, AES_256_CBC_OID, AES_256_GCM_OID, Kdf, PBES2_OID,
    PBKDF2_OID, Parameters, SCRYPT_OID,
};
use pkcs8::pkcs5::{self, EncryptionScheme};
use zeroize::Zeroizing;

use super::{KeyError, generator};
use crate::asn1::{AlgorithmIdentifier, DerError, DerProblem, Walk, tag, write};

/// The largest number of PBKDF2 rounds that a file may require: about ten seconds. OpenSSL writes 2,048, this crate
/// 600,000.
const MAX_ITERATIONS: u32 = 10_000_000;

/// The most memory that a file may require for scrypt, in bytes.
const MAX_SCRYPT_MEMORY: u64 = 256 << 20;

const INFO: &str = "EncryptedPrivateKeyInfo";

/// Decrypts; the result should be PKCS#8. A wrong passphrase nearly always breaks the padding, otherwise the DER; both
/// give [`KeyError::WrongPassphrase`].
pub(super) fn decrypt(bytes: &[u8], passphrase: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    check_scheme(bytes)?;
    let info = EncryptedPrivateKeyInfoRef::try_from(bytes).map_err(|error| match error {
        pkcs8::Error::Asn1(error) => KeyError::Der(DerError::from_der(INFO, &error)),
        _ => unreadable("no encrypted PKCS#8"),
    })?;
    let EncryptionScheme::Pbes2(parameters) = &info.encryption_algorithm else {
        return Err(unreadable("no PBES2"));
    };
    check_cost(&parameters.kdf)?;
    let mut buffer = Zeroizing::new(info.encrypted_data.as_bytes().to_vec());
    let length = match parameters.decrypt_in_place(passphrase, &mut buffer) {
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
    // A wrong passphrase passes the padding once in 256 times: then the result is not a SEQUENCE.
    if buffer.first() == Some(&tag::SEQUENCE) { Ok(buffer) } else { Err(KeyError::WrongPassphrase) }
}

/// `pkcs5` reports unknown algorithms as malformed, so this function names them first.
fn check_scheme(bytes: &[u8]) -> Result<(), KeyError> {
    let refuse = |oid: &ObjectIdentifier| {
        let name = NAMES.iter().find(|(digits, _)| *digits == oid.to_string());
        let name = name.map_or_else(|| oid.to_string(), |(_, name)| (*name).into());
        Err(KeyError::UnsupportedEncryption { name })
    };
    let mut walk = Walk::new(bytes).expect(tag::SEQUENCE, INFO).map_err(KeyError::Der)?.walk();
    let scheme = AlgorithmIdentifier::read(&mut walk, INFO).map_err(KeyError::Der)?;
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
    }
    Ok(())
}

/// The supported encryption schemes.
const CIPHERS: [ObjectIdentifier; 5] =
    [AES_128_CBC_OID, AES_192_CBC_OID, AES_256_CBC_OID, AES_128_GCM_OID, AES_256_GCM_OID];

/// Schemes of old files.
const NAMES: [(&str, &str); 6] = [
    ("1.2.840.113549.3.7", "triple DES"),
    ("1.3.14.3.2.7", "DES"),
    ("1.2.840.113549.1.5.3", "PBES1 (MD5 and DES)"),
    ("1.2.840.113549.1.5.10", "PBES1 (SHA-1 and DES)"),
    ("1.2.840.113549.1.12.1.3", "PKCS#12 encryption (SHA-1 and triple DES)"),
    ("1.2.840.113549.1.12.1.6", "PKCS#12 encryption (SHA-1 and RC2)"),
];

/// Limits time and memory: both depend on numbers in the file.
fn check_cost(kdf: &Kdf) -> Result<(), KeyError> {
    let cheap = match kdf {
        Kdf::Pbkdf2(parameters) => parameters.iteration_count <= MAX_ITERATIONS,
        Kdf::Scrypt(parameters) => {
            let block = u64::from(parameters.block_size).saturating_mul(128);
            let memory = parameters.cost_parameter.saturating_mul(block);
            let lanes = u64::from(parameters.parallelization);
            memory.saturating_mul(lanes.max(1)) <= MAX_SCRYPT_MEMORY
        }
        _ => return Err(KeyError::UnsupportedEncryption { name: kdf.oid().to_string() }),
    };
    if cheap { Ok(()) } else { Err(KeyError::CostlyEncryption) }
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
