//! What can be wrong with a private key.

use core::fmt;

use mldsa::MalformedKey;

use crate::asn1::DerError;
use crate::pem::PemError;

/// An error from reading or writing a private key. No variant contains a byte of the key.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The PEM is broken.
    Pem(PemError),
    /// The DER is broken.
    Der(DerError),
    /// The PEM file has no `PRIVATE KEY` block.
    NoPrivateKey {
        /// The labels that were found, separated by commas.
        found: String,
    },
    /// More than one private key in the file.
    SeveralKeys,
    /// The file is encrypted, and no passphrase was given.
    Encrypted,
    /// The passphrase does not decrypt the file, or the file is damaged: both look the same.
    WrongPassphrase,
    /// The passphrase is right, but the decrypted bytes are not a private key.
    DecryptedIsNoKey(DerError),
    /// A PKCS#12 file without a private key.
    NoKeyInPkcs12,
    /// The encryption is none that this crate reads.
    UnsupportedEncryption {
        /// Its name, or the digits of its OID.
        name: String,
    },
    /// Decrypting the file requires more time or memory than a real file does.
    CostlyEncryption,
    /// Linux does not accept the key's algorithm or curve in a module signature.
    UnsupportedAlgorithm {
        /// Its name, or the digits of its OID.
        name: String,
    },
    /// The AlgorithmIdentifier has parameters; RFC 9881 §2 requires them absent.
    ParametersPresent,
    /// The seed or the expanded key has the wrong length.
    WrongLength {
        /// `seed` or `expandedKey`.
        field: &'static str,
        /// What the parameter set requires, in bytes.
        expected: usize,
        /// What was found, in bytes.
        found: usize,
    },
    /// Key generation cannot have created the expanded key; the reason.
    MalformedExpandedKey(MalformedKey),
    /// Seed and expanded key belong to different keys.
    SeedMismatch,
    /// This form needs the seed, but the key was read from its expanded form.
    NoSeed,
    /// The public key in the file does not belong to the private key.
    PublicKeyMismatch,
    /// An RSA modulus of a length that is not read.
    RsaSize {
        /// Its length in bits.
        bits: u32,
    },
    /// The parts of the key contradict each other.
    Inconsistent {
        /// Which parts.
        what: &'static str,
    },
    /// An EC key without the name of its curve.
    NoCurve,
    /// An ML-DSA key has no form other than PKCS#8.
    NoTraditionalForm,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem(error) => write!(f, "{error}"),
            Self::Der(error) => write!(
                f,
                "{error}; the file must hold one PKCS#8 private key, PEM or DER, and nothing else in DER"
            ),
            Self::NoPrivateKey { found } => {
                write!(f, "no PRIVATE KEY block, only: {found}; give the file that holds the private key")
            }
            Self::SeveralKeys => {
                write!(f, "more than one private key in the file; keep the one to sign with")
            }
            Self::Encrypted => write!(
                f,
                "the private key is encrypted; give its passphrase in KBUILD_SIGN_PIN or with --passphrase-file"
            ),
            Self::WrongPassphrase => {
                write!(
                    f,
                    "the passphrase does not decrypt the private key: it is wrong, or the file is damaged; check the passphrase"
                )
            }
            Self::DecryptedIsNoKey(error) => write!(
                f,
                "the passphrase is right, but the decrypted bytes are not a PKCS#8 private key ({error}, offset in the decrypted bytes); write the key again with the program that made it"
            ),
            Self::NoKeyInPkcs12 => write!(
                f,
                "the PKCS#12 file holds certificates but no private key; export it again with the private key"
            ),
            Self::UnsupportedEncryption { name } => write!(
                f,
                "the private key is encrypted with {name}, which is not supported; convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out NEW (a PKCS#12 file: openssl pkcs12 -in KEY -out NEW, with -legacy for old ciphers)"
            ),
            Self::CostlyEncryption => write!(
                f,
                "decrypting the private key requires too much work (over 10,000,000 rounds or 256 MiB); convert it: openssl pkcs8 -topk8 -in KEY -out NEW"
            ),
            Self::UnsupportedAlgorithm { name } => write!(
                f,
                "the private key's algorithm is {name}, which is not supported: Linux accepts ML-DSA, RSA, and ECDSA on P-256, P-384 and P-521; make such a key: module-key generate"
            ),
            Self::ParametersPresent => write!(
                f,
                "privateKeyAlgorithm has parameters, which RFC 9881 forbids; write the key again with a tool that follows it"
            ),
            Self::WrongLength { field, expected, found } => write!(
                f,
                "the {field} is {found} bytes long, not {expected}: the file is damaged or names another parameter set"
            ),
            Self::MalformedExpandedKey(reason) => {
                write!(f, "the expanded key is damaged: {reason}; take a copy of the file, or the seed")
            }
            Self::SeedMismatch => write!(
                f,
                "seed and expanded key belong to different keys: the file is damaged or forged, do not sign with it"
            ),
            Self::NoSeed => write!(
                f,
                "the key was read from its expanded form, which does not contain the seed; write the expanded form"
            ),
            Self::PublicKeyMismatch => {
                write!(
                    f,
                    "the public key in the file does not belong to the private key: the file is damaged or forged"
                )
            }
            Self::RsaSize { bits } => {
                write!(f, "RSA keys of {bits} bits are not supported, only 1024 to 4096; make another key")
            }
            Self::Inconsistent { what } => write!(
                f,
                "the {what} contradict each other: the file is damaged or forged, do not sign with it"
            ),
            Self::NoCurve => {
                write!(
                    f,
                    "the EC key does not name its curve; write it as PKCS#8: openssl pkcs8 -topk8 -nocrypt"
                )
            }
            Self::NoTraditionalForm => {
                write!(f, "ML-DSA keys have no traditional form; write PKCS#8")
            }
        }
    }
}

impl core::error::Error for KeyError {}
