//! What in a certificate prevents a kernel from verifying modules with it.

use core::fmt;

use super::ConfigOption;

/// What in a certificate prevents a kernel from verifying modules with it. Its text says what is wrong, and
/// [`Self::remedy`] what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateProblem {
    /// It does not start with the octets 30 82, as every certificate of the built-in list must: it is shorter than
    /// [`crate::cert::MIN_BUILT_IN_LEN`], longer than 65,539 bytes, truncated, or not DER.
    NotForBuiltInList {
        /// Its length in bytes.
        len: usize,
    },
    /// It is longer than the limit of the kernel's ASN.1 decoder: 65,535 bytes.
    TooLong {
        /// Its length in bytes.
        len: usize,
    },
    /// A part does not match the kernel's grammar.
    Malformed(CertificatePart),
    /// The kernel does not know the algorithm of the certificate's own signature.
    SignatureAlgorithm {
        /// Its name, or the digits of its OID.
        name: String,
    },
    /// The kernel does not know the algorithm or the curve of the key.
    KeyAlgorithm {
        /// Its name, or the digits of its OID.
        name: String,
    },
    /// The kernel does not accept the value of this extension.
    Extension {
        /// Its name in RFC 5280: `basicConstraints`, `keyUsage`, `subjectKeyIdentifier` or `authorityKeyIdentifier`.
        name: &'static str,
    },
    /// The two fields for the signature algorithm differ.
    AlgorithmsDiffer,
    /// It claims to be self-signed, but its own key does not verify its signature.
    OwnSignature,
    /// The kernel accepts no signatures with an RSA modulus of this length.
    RsaLength {
        /// Its length in bytes.
        len: usize,
    },
    /// The public key is invalid: not an uncompressed point of the curve, a wrong length, or not two numbers.
    Key,
    /// The kernel is built without an algorithm that the certificate needs.
    Lacks(ConfigOption),
    /// It needs an algorithm that is a module (`=m`): modules are loaded on demand, but not before the kernel has read
    /// its certificates.
    Modular(ConfigOption),
    /// It needs an algorithm that the predicted kernels do not have, such as GOST's.
    LacksAlgorithm,
    /// The kernel does not use its key in FIPS mode: RSA below 2,048 bits or with a small exponent, P-192, in 6.1 all of
    /// ECDSA.
    FipsMode,
    /// The certificate is in the kernel's blacklist.
    Blacklisted,
}

/// A part of a certificate, in the order of the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificatePart {
    /// Version, serial number, and the first of the two fields for the signature algorithm.
    Start,
    /// The issuer's name; it needs at least one attribute.
    Issuer,
    /// The validity.
    Validity,
    /// The subject's name; it needs at least one attribute.
    Subject,
    /// The public key and its algorithm.
    PublicKey,
    /// The extensions; if the field is present, it needs at least one.
    Extensions,
    /// The signature and the second field for its algorithm.
    Signature,
}

impl CertificateProblem {
    /// What a user can do about it, in one sentence without a full stop.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotForBuiltInList { .. } => {
                "issue the certificate with a longer name and the usual extensions"
            }
            Self::TooLong { .. } => "issue a shorter certificate",
            Self::Malformed(CertificatePart::Issuer | CertificatePart::Subject) => {
                "issue the certificate with a common name in its subject and in its issuer"
            }
            Self::Malformed(CertificatePart::Extensions) => {
                "issue the certificate with the usual extensions, or without the field"
            }
            Self::Malformed(_) | Self::AlgorithmsDiffer => {
                "issue the certificate again, with module-key generate or OpenSSL"
            }
            // What the others have, Linux before 7.0 has not.
            Self::SignatureAlgorithm { name } | Self::KeyAlgorithm { name } if name.starts_with("ML-DSA") => {
                "this kernel has no ML-DSA: use a key and an issuer with RSA or ECDSA"
            }
            Self::SignatureAlgorithm { .. } => {
                "have the certificate signed with ML-DSA, RSA (PKCS#1 v1.5) or ECDSA"
            }
            Self::KeyAlgorithm { .. } => {
                "make a key for ML-DSA, RSA, P-256, P-384 or P-521: module-key generate"
            }
            Self::Extension { .. } => {
                "issue the certificate with this extension as RFC 5280 writes it, or without it"
            }
            Self::OwnSignature => "issue the certificate again with its own key",
            Self::RsaLength { .. } => "make an RSA key of 2048, 3072 or 4096 bits: module-key generate",
            Self::Key => "make another key: module-key generate",
            Self::Lacks(_) | Self::LacksAlgorithm | Self::Modular(_) => {
                "use a key and an issuer of another algorithm, or build the kernel with it"
            }
            Self::FipsMode => "make an RSA key of 3072 bits, or a key for P-384: module-key generate",
            Self::Blacklisted => "use another key",
        }
    }
}

impl fmt::Display for CertificateProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotForBuiltInList { len } => write!(
                f,
                "it is {len} bytes long, but a built-in certificate must start with 30 82 and have {} to 65539 bytes",
                crate::cert::MIN_BUILT_IN_LEN
            ),
            Self::TooLong { len } => write!(f, "it is {len} bytes long; the limit is 65535"),
            Self::Malformed(part) => write!(f, "{part}"),
            Self::SignatureAlgorithm { name } => write!(f, "it is signed with {name}"),
            Self::KeyAlgorithm { name } => write!(f, "the algorithm of its key is {name}"),
            Self::Extension { name } => {
                write!(f, "the extension {name} has a value that the kernel does not accept")
            }
            Self::AlgorithmsDiffer => f.write_str("its two signature algorithms differ"),
            Self::OwnSignature => f.write_str("its own signature does not verify with its own key"),
            Self::RsaLength { len } => write!(
                f,
                "its RSA modulus has {len} bytes; the kernel accepts only 64, 128, 192, 256, 384 and 512"
            ),
            Self::Key => f.write_str("its public key is malformed, or a compressed point"),
            Self::Lacks(option) => write!(f, "the kernel is built without {}", option.name()),
            Self::Modular(option) => write!(
                f,
                "{} is a module, which is loaded on demand, but not before the kernel has read its certificates",
                option.name()
            ),
            Self::LacksAlgorithm => f.write_str("the kernel is built without its algorithm"),
            Self::FipsMode => f.write_str("the kernel does not use its key in FIPS mode"),
            Self::Blacklisted => f.write_str("it is in the kernel's blacklist"),
        }
    }
}

impl fmt::Display for CertificatePart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "its first fields are malformed",
            Self::Issuer => "the issuer's name is empty or malformed",
            Self::Validity => "its validity is malformed",
            Self::Subject => "the subject's name is empty or malformed",
            Self::PublicKey => "its public key is malformed",
            Self::Extensions => "its extensions are empty or malformed",
            Self::Signature => "its signature is malformed",
        })
    }
}
