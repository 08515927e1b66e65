//! Digest and signature algorithms: one table each, with OIDs and names, and which are refused.
//!
//! Sources: NIST CSOR (2.16.840.1.101.3.4), RFC 8017, RFC 5758, RFC 9881. Linux 7.2 `include/linux/oid_registry.h` and
//! `crypto/asymmetric_keys/pkcs7_parser.c` for what the kernel accepts.

use core::fmt;

use der::asn1::ObjectIdentifier;
use mldsa::dynamic::Parameters;
use sha3::Digest as _;

/// A digest algorithm. [`Digest::weakness`] names those that are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Digest {
    Md4,
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512_224,
    Sha512_256,
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
    Shake128,
    Shake256,
    Sm3,
    Streebog256,
    Streebog512,
}

/// One row of the digest table.
struct DigestLine {
    digest: Digest,
    oid: ObjectIdentifier,
    name: &'static str,
    /// `pkcs7_sig_note_digest_algo` has a case for it; Linux returns ENOPKG for any other.
    linux: bool,
}

const fn digest_line(digest: Digest, name: &'static str, linux: bool, oid: &str) -> DigestLine {
    DigestLine { digest, oid: ObjectIdentifier::new_unwrap(oid), name, linux }
}

/// Every digest algorithm this crate can name.
static DIGESTS: &[DigestLine] = &[
    digest_line(Digest::Md4, "md4", false, "1.2.840.113549.2.4"),
    digest_line(Digest::Md5, "md5", false, "1.2.840.113549.2.5"),
    digest_line(Digest::Sha1, "sha1", true, "1.3.14.3.2.26"),
    digest_line(Digest::Sha224, "sha224", true, "2.16.840.1.101.3.4.2.4"),
    digest_line(Digest::Sha256, "sha256", true, "2.16.840.1.101.3.4.2.1"),
    digest_line(Digest::Sha384, "sha384", true, "2.16.840.1.101.3.4.2.2"),
    digest_line(Digest::Sha512, "sha512", true, "2.16.840.1.101.3.4.2.3"),
    digest_line(Digest::Sha512_224, "sha512-224", false, "2.16.840.1.101.3.4.2.5"),
    digest_line(Digest::Sha512_256, "sha512-256", false, "2.16.840.1.101.3.4.2.6"),
    digest_line(Digest::Sha3_224, "sha3-224", false, "2.16.840.1.101.3.4.2.7"),
    digest_line(Digest::Sha3_256, "sha3-256", true, "2.16.840.1.101.3.4.2.8"),
    digest_line(Digest::Sha3_384, "sha3-384", true, "2.16.840.1.101.3.4.2.9"),
    digest_line(Digest::Sha3_512, "sha3-512", true, "2.16.840.1.101.3.4.2.10"),
    digest_line(Digest::Shake128, "shake128", false, "2.16.840.1.101.3.4.2.11"),
    digest_line(Digest::Shake256, "shake256", false, "2.16.840.1.101.3.4.2.12"),
    digest_line(Digest::Sm3, "sm3", true, "1.2.156.10197.1.401"),
    digest_line(Digest::Streebog256, "streebog256", true, "1.2.643.7.1.1.2.2"),
    digest_line(Digest::Streebog512, "streebog512", true, "1.2.643.7.1.1.2.3"),
];

/// Why an algorithm is refused, even if a signature with it verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Weakness {
    /// Collisions are public: anyone can prepare two modules with one signature.
    CollisionsPublished,
    /// 112 bits of collision resistance, less than a signature of 2026 needs.
    TooShort,
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CollisionsPublished => "collisions are public, so a signature with it proves nothing",
            Self::TooShort => "a 224-bit digest has only 112 bits of collision resistance",
        })
    }
}

impl Digest {
    /// The digests that [`crate::signer`] writes into `digestAlgorithm`.
    pub const SIGNING: [Self; 6] =
        [Self::Sha256, Self::Sha384, Self::Sha512, Self::Sha3_256, Self::Sha3_384, Self::Sha3_512];

    fn line(self) -> Option<&'static DigestLine> {
        DIGESTS.iter().find(|line| line.digest == self)
    }

    /// The name as the kernel's `CONFIG_MODULE_SIG_HASH` and OpenSSL write it: `sha512`, `sha3-256`.
    pub fn name(self) -> &'static str {
        self.line().map_or("?", |line| line.name)
    }

    /// Finds a digest by name, ignoring case; also accepts `sha-512` and `sha3_512`.
    pub fn from_name(name: &str) -> Option<Self> {
        let plain = |name: &str| name.to_ascii_lowercase().replace(['-', '_'], "");
        DIGESTS.iter().find(|line| plain(line.name) == plain(name)).map(|line| line.digest)
    }

    /// Finds a digest by its OID.
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        DIGESTS.iter().find(|line| line.oid == *oid).map(|line| line.digest)
    }

    /// The object identifier.
    pub fn oid(self) -> ObjectIdentifier {
        // Every digest has a row (a test counts them).
        self.line().map_or(DIGESTS[0].oid, |line| line.oid)
    }

    /// Why signing and verifying refuse this digest; `None` if they do not.
    pub fn weakness(self) -> Option<Weakness> {
        match self {
            Self::Md4 | Self::Md5 | Self::Sha1 => Some(Weakness::CollisionsPublished),
            Self::Sha224 | Self::Sha512_224 | Self::Sha3_224 => Some(Weakness::TooShort),
            _ => None,
        }
    }

    /// Whether Linux 7.2 accepts it as a `digestAlgorithm`. For any other, Linux returns ENOPKG.
    pub fn is_known_to_linux(self) -> bool {
        self.line().is_some_and(|line| line.linux)
    }

    /// The digest of `data`, for the digests in [`Self::SIGNING`], SHA-1 and SHA-224; `None` for the others.
    ///
    /// The last two are here because Linux accepts them: predicting its answer needs them. The strict verifier refuses
    /// them ([`Self::weakness`]).
    pub fn hash(self, data: &[u8]) -> Option<Vec<u8>> {
        Some(match self {
            Self::Sha1 => sha1::Sha1::digest(data).to_vec(),
            Self::Sha224 => sha2::Sha224::digest(data).to_vec(),
            Self::Sha256 => sha2::Sha256::digest(data).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(data).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(data).to_vec(),
            Self::Sha3_256 => sha3::Sha3_256::digest(data).to_vec(),
            Self::Sha3_384 => sha3::Sha3_384::digest(data).to_vec(),
            Self::Sha3_512 => sha3::Sha3_512::digest(data).to_vec(),
            _ => return None,
        })
    }
}

impl Digest {
    /// The digest's length in bytes, for the digests that [`Self::hash`] computes.
    pub fn output_len(self) -> Option<usize> {
        Some(match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 | Self::Sha3_256 => 32,
            Self::Sha384 | Self::Sha3_384 => 48,
            Self::Sha512 | Self::Sha3_512 => 64,
            _ => return None,
        })
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A signature or public-key algorithm, known by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Signature {
    /// Pure ML-DSA (FIPS 204, RFC 9881).
    MlDsa(Parameters),
    /// HashML-DSA; Linux has no implementation.
    HashMlDsa,
    /// SLH-DSA (FIPS 205); Linux has no implementation.
    SlhDsa,
    /// `rsaEncryption`: PKCS#1 v1.5, with the digest named elsewhere.
    RsaEncryption,
    /// `sha256WithRSAEncryption` and similar.
    RsaWith(Digest),
    /// RSASSA-PSS, with the digest in the parameters.
    RsaPss,
    /// `id-ecPublicKey`: the algorithm of a key, not of a signature.
    EcPublicKey,
    /// `ecdsa-with-SHA384` and similar.
    EcdsaWith(Digest),
    /// Ed25519.
    Ed25519,
    /// Ed448.
    Ed448,
    /// DSA with a digest.
    DsaWith(Digest),
}

/// One row of the signature table.
struct SignatureLine {
    algorithm: Signature,
    oid: ObjectIdentifier,
    name: &'static str,
}

const fn sig_line(algorithm: Signature, name: &'static str, oid: &str) -> SignatureLine {
    SignatureLine { algorithm, oid: ObjectIdentifier::new_unwrap(oid), name }
}

/// SLH-DSA has the OIDs …3.20 to …3.31; HashSLH-DSA, …3.35 to …3.46, has no row. This crate only names them.
static SIGNATURES: &[SignatureLine] = &[
    sig_line(Signature::MlDsa(Parameters::MlDsa44), "ML-DSA-44", "2.16.840.1.101.3.4.3.17"),
    sig_line(Signature::MlDsa(Parameters::MlDsa65), "ML-DSA-65", "2.16.840.1.101.3.4.3.18"),
    sig_line(Signature::MlDsa(Parameters::MlDsa87), "ML-DSA-87", "2.16.840.1.101.3.4.3.19"),
    sig_line(Signature::HashMlDsa, "HashML-DSA-44 with SHA-512", "2.16.840.1.101.3.4.3.32"),
    sig_line(Signature::HashMlDsa, "HashML-DSA-65 with SHA-512", "2.16.840.1.101.3.4.3.33"),
    sig_line(Signature::HashMlDsa, "HashML-DSA-87 with SHA-512", "2.16.840.1.101.3.4.3.34"),
    sig_line(Signature::SlhDsa, "SLH-DSA-SHA2-128s", "2.16.840.1.101.3.4.3.20"),
    sig_line(Signature::SlhDsa, "SLH-DSA-SHA2-128f", "2.16.840.1.101.3.4.3.21"),
    sig_line(Signature::SlhDsa, "SLH-DSA-SHA2-192s", "2.16.840.1.101.3.4.3.22"),
    sig_line(Signature::SlhDsa, "SLH-DSA-SHA2-192f", "2.16.840.1.101.3.4.3.23"),
    sig_line(Signature::SlhDsa, "SLH-DSA-SHA2-256s", "2.16.840.1.101.3.4.3.24"),
    sig_line(Signature::SlhDsa, "SLH-DSA-SHA2-256f", "2.16.840.1.101.3.4.3.25"),
    sig_line(Signature::SlhDsa, "SLH-DSA-SHAKE-128s", "2.16.840.1.101.3.4.3.26"),
    sig_line(Signature::SlhDsa, "SLH-DSA-SHAKE-128f", "2.16.840.1.101.3.4.3.27"),
    sig_line(Signature::SlhDsa, "SLH-DSA-SHAKE-192s", "2.16.840.1.101.3.4.3.28"),
    sig_line(Signature::SlhDsa, "SLH-DSA-SHAKE-192f", "2.16.840.1.101.3.4.3.29"),
    sig_line(Signature::SlhDsa, "SLH-DSA-SHAKE-256s", "2.16.840.1.101.3.4.3.30"),
    sig_line(Signature::SlhDsa, "SLH-DSA-SHAKE-256f", "2.16.840.1.101.3.4.3.31"),
    sig_line(Signature::RsaEncryption, "RSA", "1.2.840.113549.1.1.1"),
    sig_line(Signature::RsaWith(Digest::Md5), "RSA with MD5", "1.2.840.113549.1.1.4"),
    sig_line(Signature::RsaWith(Digest::Sha1), "RSA with SHA-1", "1.2.840.113549.1.1.5"),
    sig_line(Signature::RsaWith(Digest::Sha1), "RSA with SHA-1", "1.3.14.3.2.29"),
    sig_line(Signature::RsaPss, "RSASSA-PSS", "1.2.840.113549.1.1.10"),
    sig_line(Signature::RsaWith(Digest::Sha256), "RSA with SHA-256", "1.2.840.113549.1.1.11"),
    sig_line(Signature::RsaWith(Digest::Sha384), "RSA with SHA-384", "1.2.840.113549.1.1.12"),
    sig_line(Signature::RsaWith(Digest::Sha512), "RSA with SHA-512", "1.2.840.113549.1.1.13"),
    sig_line(Signature::RsaWith(Digest::Sha224), "RSA with SHA-224", "1.2.840.113549.1.1.14"),
    sig_line(Signature::RsaWith(Digest::Sha3_256), "RSA with SHA3-256", "2.16.840.1.101.3.4.3.14"),
    sig_line(Signature::RsaWith(Digest::Sha3_384), "RSA with SHA3-384", "2.16.840.1.101.3.4.3.15"),
    sig_line(Signature::RsaWith(Digest::Sha3_512), "RSA with SHA3-512", "2.16.840.1.101.3.4.3.16"),
    sig_line(Signature::EcPublicKey, "EC public key", "1.2.840.10045.2.1"),
    sig_line(Signature::EcdsaWith(Digest::Sha1), "ECDSA with SHA-1", "1.2.840.10045.4.1"),
    sig_line(Signature::EcdsaWith(Digest::Sha224), "ECDSA with SHA-224", "1.2.840.10045.4.3.1"),
    sig_line(Signature::EcdsaWith(Digest::Sha256), "ECDSA with SHA-256", "1.2.840.10045.4.3.2"),
    sig_line(Signature::EcdsaWith(Digest::Sha384), "ECDSA with SHA-384", "1.2.840.10045.4.3.3"),
    sig_line(Signature::EcdsaWith(Digest::Sha512), "ECDSA with SHA-512", "1.2.840.10045.4.3.4"),
    sig_line(Signature::EcdsaWith(Digest::Sha3_256), "ECDSA with SHA3-256", "2.16.840.1.101.3.4.3.10"),
    sig_line(Signature::EcdsaWith(Digest::Sha3_384), "ECDSA with SHA3-384", "2.16.840.1.101.3.4.3.11"),
    sig_line(Signature::EcdsaWith(Digest::Sha3_512), "ECDSA with SHA3-512", "2.16.840.1.101.3.4.3.12"),
    sig_line(Signature::Ed25519, "Ed25519", "1.3.101.112"),
    sig_line(Signature::Ed448, "Ed448", "1.3.101.113"),
    sig_line(Signature::DsaWith(Digest::Sha1), "DSA with SHA-1", "1.2.840.10040.4.3"),
];

impl Signature {
    /// Finds an algorithm by its OID.
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        SIGNATURES.iter().find(|line| line.oid == *oid).map(|line| line.algorithm)
    }

    /// The name of an OID in either table, or its digits.
    pub fn name_of_oid(oid: &ObjectIdentifier) -> String {
        match SIGNATURES.iter().find(|line| line.oid == *oid) {
            Some(line) => line.name.into(),
            None => match Digest::from_oid(oid) {
                Some(digest) => digest.name().into(),
                None => oid.to_string(),
            },
        }
    }

    /// The OID of a parameter set: `id-ml-dsa-44`, `-65`, `-87` (RFC 9881).
    pub fn ml_dsa_oid(parameters: Parameters) -> ObjectIdentifier {
        const ARC: [ObjectIdentifier; 3] = [
            ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.17"),
            ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.18"),
            ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.3.19"),
        ];
        let [ml_dsa_44, ml_dsa_65, ml_dsa_87] = ARC;
        match parameters {
            Parameters::MlDsa44 => ml_dsa_44,
            Parameters::MlDsa65 => ml_dsa_65,
            Parameters::MlDsa87 => ml_dsa_87,
        }
    }

    /// The family: `ML-DSA`, `RSA`, `ECDSA`, …
    pub(crate) fn family(self) -> &'static str {
        match self {
            Self::MlDsa(_) | Self::HashMlDsa => "ML-DSA",
            Self::SlhDsa => "SLH-DSA",
            Self::RsaEncryption | Self::RsaWith(_) | Self::RsaPss => "RSA",
            Self::EcPublicKey | Self::EcdsaWith(_) => "ECDSA",
            Self::Ed25519 | Self::Ed448 => "EdDSA",
            Self::DsaWith(_) => "DSA",
        }
    }

    /// The object identifier: the first in the table if an algorithm has two.
    pub fn oid(self) -> ObjectIdentifier {
        let line = SIGNATURES.iter().find(|line| line.algorithm == self);
        // A digest that no signature algorithm uses has no row; the signer refuses it earlier.
        line.map_or(SIGNATURES[0].oid, |line| line.oid)
    }

    /// The digest that is part of the algorithm's name, such as SHA-1 in `sha1WithRSAEncryption`.
    pub fn digest(self) -> Option<Digest> {
        match self {
            Self::RsaWith(digest) | Self::EcdsaWith(digest) | Self::DsaWith(digest) => Some(digest),
            _ => None,
        }
    }

    /// Whether Linux 7.2 accepts it as the `signatureAlgorithm` of a SignerInfo (`pkcs7_sig_note_pkey_algo`). For any
    /// other, Linux returns ENOPKG.
    pub fn is_known_to_linux(self) -> bool {
        match self {
            Self::MlDsa(_) | Self::RsaEncryption => true,
            Self::EcdsaWith(digest) => digest.is_known_to_linux(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: a duplicate OID, a missing row, a name that cannot be found.
    #[test]
    fn the_tables_are_one_to_one() {
        for (number, line) in DIGESTS.iter().enumerate() {
            assert_eq!(DIGESTS.iter().position(|other| other.oid == line.oid), Some(number));
            assert_eq!(Digest::from_name(&line.name.to_uppercase()), Some(line.digest));
            assert_eq!(Digest::from_oid(&line.digest.oid()), Some(line.digest));
            assert_eq!(line.digest.name(), line.name);
        }
        // The number of the last variant is the count minus one: every variant has a row.
        assert_eq!(DIGESTS.len(), Digest::Streebog512 as usize + 1);
        for (number, line) in SIGNATURES.iter().enumerate() {
            assert_eq!(SIGNATURES.iter().position(|other| other.oid == line.oid), Some(number));
        }
        for parameters in Parameters::ALL {
            let oid = Signature::ml_dsa_oid(parameters);
            assert_eq!(Signature::from_oid(&oid), Some(Signature::MlDsa(parameters)));
            assert_eq!(Signature::name_of_oid(&oid), parameters.name());
        }
    }

    /// Names as people write them, and names of other algorithms.
    #[test]
    fn names() {
        for (name, digest) in
            [("SHA-512", Digest::Sha512), ("sha3_256", Digest::Sha3_256), ("Sha512-256", Digest::Sha512_256)]
        {
            assert_eq!(Digest::from_name(name), Some(digest));
        }
        for name in ["", "sha", "sha-3", "none", "sha512 "] {
            assert_eq!(Digest::from_name(name), None);
        }
    }

    /// Known answers (FIPS 180-4 and FIPS 202, the empty message): each name belongs to its function.
    #[test]
    fn digests_of_nothing() {
        let starts = [
            (Digest::Sha256, 32, 0xe3b0_c442),
            (Digest::Sha384, 48, 0x38b0_60a7),
            (Digest::Sha512, 64, 0xcf83_e135),
            (Digest::Sha3_256, 32, 0xa7ff_c6f8),
            (Digest::Sha3_384, 48, 0x0c63_a75b),
            (Digest::Sha3_512, 64, 0xa69f_73cc_u32),
        ];
        assert_eq!(starts.map(|(digest, ..)| digest), Digest::SIGNING);
        for (digest, length, start) in starts {
            let hash = digest.hash(b"").unwrap();
            assert_eq!((hash.len(), &hash[..4]), (length, &start.to_be_bytes()[..]));
            assert!(digest.weakness().is_none() && digest.is_known_to_linux());
        }
        for (digest, length, start) in
            [(Digest::Sha1, 20, 0xda39_a3ee), (Digest::Sha224, 28, 0xd14a_028c_u32)]
        {
            let hash = digest.hash(b"").unwrap();
            assert_eq!((hash.len(), &hash[..4]), (length, &start.to_be_bytes()[..]));
            assert!(digest.weakness().is_some());
        }
        for line in DIGESTS {
            assert_eq!(line.digest.hash(b"").map(|hash| hash.len()), line.digest.output_len());
        }
        assert_eq!(Digest::Md5.hash(b""), None);
    }
}
