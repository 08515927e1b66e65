//! Public keys on the curves P-256, P-384 and P-521, and ECDSA verification with the crates of the same names.

use der::asn1::ObjectIdentifier;
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;

use super::{BadSignature, PublicKey, PublicKeyError};
use crate::asn1::{AlgorithmIdentifier, DerError, DerProblem, Walk, tag};

/// id-ecPublicKey, RFC 5480 §2.1.1.
pub(super) const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// A curve of FIPS 186-5 / SP 800-186.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Curve {
    P256,
    P384,
    P521,
}

impl Curve {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::P256, Self::P384, Self::P521];

    /// `P-256`, `P-384`, `P-521`.
    pub fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    pub(super) fn algorithm_name(self) -> &'static str {
        match self {
            Self::P256 => "ECDSA P-256",
            Self::P384 => "ECDSA P-384",
            Self::P521 => "ECDSA P-521",
        }
    }

    /// The OID of the named curve, RFC 5480 §2.1.1.1.
    pub fn oid(self) -> ObjectIdentifier {
        match self {
            Self::P256 => const { ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7") },
            Self::P384 => const { ObjectIdentifier::new_unwrap("1.3.132.0.34") },
            Self::P521 => const { ObjectIdentifier::new_unwrap("1.3.132.0.35") },
        }
    }

    /// Finds a curve by its OID.
    pub fn from_oid(oid: &ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|curve| curve.oid() == *oid)
    }

    /// The length of a coordinate, and of r and of s, in bytes.
    pub fn coordinate_len(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// A public key on one of the curves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcPublicKey {
    curve: Curve,
    /// Uncompressed, SEC 1 §2.3.3: 04, x, y.
    point: Vec<u8>,
    key: Key,
}

/// The key in the type of its crate. Each has a box of its own size: unused memory of an enum would contain what was on the
/// stack before the move, for example the private key from which this one was computed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    P256(Box<p256::ecdsa::VerifyingKey>),
    P384(Box<p384::ecdsa::VerifyingKey>),
    P521(Box<p521::ecdsa::VerifyingKey>),
}

impl EcPublicKey {
    /// Creates a key from its point as in SEC 1 §2.3.3, compressed or uncompressed.
    ///
    /// # Errors
    /// [`PublicKeyError::Point`] if it is not on the curve or is the point at infinity.
    pub fn from_sec1(curve: Curve, point: &[u8]) -> Result<Self, PublicKeyError> {
        let bad = PublicKeyError::Point { curve: curve.name() };
        let (key, point) = match curve {
            Curve::P256 => {
                let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| bad)?;
                let point = key.to_sec1_point(false).as_bytes().to_vec();
                (Key::P256(Box::new(key)), point)
            }
            Curve::P384 => {
                let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| bad)?;
                let point = key.to_sec1_point(false).as_bytes().to_vec();
                (Key::P384(Box::new(key)), point)
            }
            Curve::P521 => {
                let key = p521::ecdsa::VerifyingKey::from_sec1_bytes(point).map_err(|_| bad)?;
                let point = key.to_sec1_point(false).as_bytes().to_vec();
                (Key::P521(Box::new(key)), point)
            }
        };
        Ok(Self { curve, point, key })
    }

    /// The curve.
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The point, uncompressed: 04, x, y (SEC 1 §2.3.3); 65, 97 or 133 bytes.
    pub fn point(&self) -> &[u8] {
        &self.point
    }

    /// Verifies an ECDSA signature, in DER (RFC 3279 §2.2.3), over a message with the digest `hash`. A digest longer
    /// than the curve's order is truncated on the right (FIPS 186-5 §6.4).
    ///
    /// # Errors
    /// [`BadSignature`], also if the signature is not DER.
    pub fn verify_prehash(&self, hash: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let (r, s) = read_signature(signature).map_err(|_| BadSignature)?;
        self.verify_scalars(hash, r, s)
    }

    /// The same with r and s as unsigned big-endian numbers; leading zeros are ignored.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify_scalars(&self, hash: &[u8], r: &[u8], s: &[u8]) -> Result<(), BadSignature> {
        let both = scalars(self.curve, r, s).ok_or(BadSignature)?;
        match &self.key {
            Key::P256(key) => {
                p256::ecdsa::Signature::from_slice(&both).and_then(|both| key.verify_prehash(hash, &both))
            }
            Key::P384(key) => {
                p384::ecdsa::Signature::from_slice(&both).and_then(|both| key.verify_prehash(hash, &both))
            }
            Key::P521(key) => {
                p521::ecdsa::Signature::from_slice(&both).and_then(|both| key.verify_prehash(hash, &both))
            }
        }
        .map_err(|_| BadSignature)
    }
}

/// Whether r and s are in range: greater than zero and less than the order of the curve.
pub(crate) fn are_scalars(curve: Curve, r: &[u8], s: &[u8]) -> bool {
    scalars(curve, r, s).is_some_and(|both| match curve {
        Curve::P256 => p256::ecdsa::Signature::from_slice(&both).is_ok(),
        Curve::P384 => p384::ecdsa::Signature::from_slice(&both).is_ok(),
        Curve::P521 => p521::ecdsa::Signature::from_slice(&both).is_ok(),
    })
}

/// r followed by s, each as long as a coordinate.
fn scalars(curve: Curve, r: &[u8], s: &[u8]) -> Option<Vec<u8>> {
    let len = curve.coordinate_len();
    let mut both = fixed_len(r, len)?;
    both.extend(fixed_len(s, len)?);
    Some(both)
}

/// The number in exactly `len` bytes, if it fits.
pub(crate) fn fixed_len(number: &[u8], len: usize) -> Option<Vec<u8>> {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    let number = number.get(zeros..)?;
    let mut out = vec![0; len.checked_sub(number.len())?];
    out.extend_from_slice(number);
    Some(out)
}

/// Reads a key of id-ecPublicKey: the parameters name the curve (RFC 5480 §2.1.1).
pub(super) fn read(algorithm: &AlgorithmIdentifier<'_>, bits: &[u8]) -> Result<PublicKey, PublicKeyError> {
    const FIELD: &str = "SubjectPublicKeyInfo.algorithm.parameters";
    let missing = DerError { offset: algorithm.offset, field: FIELD, problem: DerProblem::Missing };
    let parameters = algorithm.parameters.ok_or(missing)?;
    let Ok(oid) = Walk::new(parameters).expect(tag::OID, FIELD).and_then(|element| element.oid(FIELD)) else {
        // Explicit or inherited parameters: not a named curve.
        return Ok(PublicKey::Other { oid: algorithm.oid, name: "EC key without a named curve".into() });
    };
    match Curve::from_oid(&oid) {
        Some(curve) => EcPublicKey::from_sec1(curve, bits).map(|key| PublicKey::Ec(Box::new(key))),
        None => Ok(PublicKey::Other { oid, name: format!("EC key on {}", name_of_curve(&oid)) }),
    }
}

/// Curves that are recognised but not supported.
static OTHER_CURVES: [(&str, &str); 7] = [
    ("1.2.840.10045.3.1.1", "P-192"),
    ("1.3.132.0.33", "P-224"),
    ("1.3.132.0.10", "secp256k1"),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
    ("1.2.156.10197.1.301", "SM2"),
];

/// The curve's name, or the digits of its OID.
pub(crate) fn name_of_curve(oid: &ObjectIdentifier) -> String {
    let digits = oid.to_string();
    match OTHER_CURVES.iter().find(|(other, _)| *other == digits) {
        Some((_, name)) => (*name).into(),
        None => digits,
    }
}

/// Reads Ecdsa-Sig-Value (RFC 3279 §2.2.3), DER.
fn read_signature(der: &[u8]) -> Result<(&[u8], &[u8]), DerError> {
    let mut outside = Walk::new(der);
    let value = outside.expect(tag::SEQUENCE, "Ecdsa-Sig-Value")?;
    outside.finish("Ecdsa-Sig-Value")?;
    let mut walk = value.walk();
    let r = walk.expect(tag::INTEGER, "Ecdsa-Sig-Value.r")?;
    r.check_unsigned("Ecdsa-Sig-Value.r")?;
    let s = walk.expect(tag::INTEGER, "Ecdsa-Sig-Value.s")?;
    s.check_unsigned("Ecdsa-Sig-Value.s")?;
    walk.finish("Ecdsa-Sig-Value")?;
    Ok((r.value, s.value))
}
