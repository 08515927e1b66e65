//! ECDSA keys on the NIST curves: SEC 1 (RFC 5915), and signatures with nonces of RFC 6979.
//!
//! `p256`, `p384` and `p521` do the arithmetic, in constant time.

use chacha20::ChaCha20Rng;
use der::asn1::ObjectIdentifier;
use ecdsa::elliptic_curve::{CurveArithmetic, Generate as _};
use ecdsa::{EcdsaCurve, SignatureSize, SigningKey, hazmat};
use mldsa::Rnd;
use p256::NistP256;
use p384::NistP384;
use p521::NistP521;
use sha2::digest::array::ArraySize;
use sha2::digest::block_api::BlockSizeUser;
use zeroize::{Zeroize as _, Zeroizing};

use super::KeyError;

use crate::algorithm::Digest;
use crate::asn1::{DerError, DerProblem, Walk, tag, write};
use crate::public_key::{Curve, EcPublicKey, PublicKey};

/// An EC private key. `ecdsa` wipes it when it is dropped. Each key has a box of its own size: unused memory of an enum
/// would contain what was on the stack before the move.
pub(super) enum EcKey {
    P256(Box<SigningKey<NistP256>>),
    P384(Box<SigningKey<NistP384>>),
    P521(Box<SigningKey<NistP521>>),
}

const KEY: &str = "ECPrivateKey";

impl EcKey {
    pub(super) fn generate(curve: Curve, rng: &mut ChaCha20Rng) -> Self {
        match curve {
            Curve::P256 => Self::P256(Box::new(SigningKey::generate_from_rng(rng))),
            Curve::P384 => Self::P384(Box::new(SigningKey::generate_from_rng(rng))),
            Curve::P521 => Self::P521(Box::new(SigningKey::generate_from_rng(rng))),
        }
    }

    /// Reads ECPrivateKey (RFC 5915 §3); no byte may follow it. `curve` is the curve named by the enclosing PKCS#8;
    /// without it, the key must name its curve itself.
    pub(super) fn from_sec1(curve: Option<Curve>, bytes: &[u8]) -> Result<Self, KeyError> {
        let parts = read_parts(bytes).map_err(KeyError::Der)?;
        let inside = match parts.curve {
            None => None,
            Some(oid) => Some(Curve::from_oid(&oid).ok_or_else(|| unsupported(&oid))?),
        };
        let curve = match (curve, inside) {
            (Some(outside), Some(inside)) if outside != inside => {
                return Err(KeyError::Inconsistent { what: "names of the curve" });
            }
            (Some(curve), _) | (None, Some(curve)) => curve,
            (None, None) => return Err(KeyError::NoCurve),
        };
        let scalar = parts.scalar;
        let wrong = |_| KeyError::Inconsistent { what: "EC scalar and curve" };
        // RFC 5915 §3 requires exactly the curve's length, which `from_slice` does not; `from_slice` requires a scalar
        // in 1..n.
        if scalar.len() != curve.coordinate_len() {
            return Err(wrong(ecdsa::Error::new()));
        }
        let key = match curve {
            Curve::P256 => Self::P256(Box::new(SigningKey::from_slice(scalar).map_err(wrong)?)),
            Curve::P384 => Self::P384(Box::new(SigningKey::from_slice(scalar).map_err(wrong)?)),
            Curve::P521 => Self::P521(Box::new(SigningKey::from_slice(scalar).map_err(wrong)?)),
        };
        match parts.point {
            Some(point) if !key.is_point(point) => Err(KeyError::PublicKeyMismatch),
            _ => Ok(key),
        }
    }

    /// Writes ECPrivateKey with the public key and, for a separate file, the curve.
    pub(super) fn to_sec1(&self, with_curve: bool) -> Zeroizing<Vec<u8>> {
        let scalar = match self {
            Self::P256(key) => wiped(&mut key.to_bytes()),
            Self::P384(key) => wiped(&mut key.to_bytes()),
            Self::P521(key) => wiped(&mut key.to_bytes()),
        };
        let scalar = Zeroizing::new(write(tag::OCTET_STRING, &[&scalar]));
        let curve = write(tag::context_constructed(0), &[&write(tag::OID, &[self.curve().oid().as_bytes()])]);
        let point =
            write(tag::context_constructed(1), &[&write(tag::BIT_STRING, &[&[0], &self.point(false)])]);
        let curve = if with_curve { &curve[..] } else { &[] };
        Zeroizing::new(write(tag::SEQUENCE, &[&write(tag::INTEGER, &[&[1]]), &scalar, curve, &point]))
    }

    pub(super) fn curve(&self) -> Curve {
        match self {
            Self::P256(_) => Curve::P256,
            Self::P384(_) => Curve::P384,
            Self::P521(_) => Curve::P521,
        }
    }

    /// The public point, SEC 1 §2.3.3.
    fn point(&self, compressed: bool) -> Vec<u8> {
        match self {
            Self::P256(key) => key.verifying_key().to_sec1_point(compressed).as_bytes().to_vec(),
            Self::P384(key) => key.verifying_key().to_sec1_point(compressed).as_bytes().to_vec(),
            Self::P521(key) => key.verifying_key().to_sec1_point(compressed).as_bytes().to_vec(),
        }
    }

    fn is_point(&self, bytes: &[u8]) -> bool {
        self.point(false) == bytes || self.point(true) == bytes
    }

    /// The public key.
    pub(super) fn public_key(&self) -> Result<PublicKey, KeyError> {
        // The point was computed from the scalar, so it is on the curve.
        let inconsistent = |_| KeyError::Inconsistent { what: "EC scalar and curve" };
        let key = EcPublicKey::from_sec1(self.curve(), &self.point(false)).map_err(inconsistent)?;
        Ok(PublicKey::Ec(Box::new(key)))
    }

    /// Signs a digest: Ecdsa-Sig-Value (RFC 3279 §2.2.3), DER.
    ///
    /// The nonce is RFC 6979's with `rnd` as additional data (§3.6), so that a fault in one of two equal computations
    /// reveals nothing; with [`Rnd::DETERMINISTIC`] it is exactly RFC 6979's.
    pub(super) fn sign(&self, digest: Digest, hash: &[u8], rnd: &Rnd) -> Option<Vec<u8>> {
        match self {
            Self::P256(key) => sign(key, digest, hash, rnd),
            Self::P384(key) => sign(key, digest, hash, rnd),
            Self::P521(key) => sign(key, digest, hash, rnd),
        }
    }
}

/// Moves the bytes into memory that is wiped, and wipes the original.
fn wiped(bytes: &mut [u8]) -> Zeroizing<Vec<u8>> {
    let copy = Zeroizing::new(bytes.to_vec());
    bytes.zeroize();
    copy
}

/// A curve that Linux does not accept.
pub(super) fn unsupported(curve: &ObjectIdentifier) -> KeyError {
    KeyError::UnsupportedAlgorithm { name: format!("EC on the curve {curve}") }
}

struct Parts<'a> {
    scalar: &'a [u8],
    curve: Option<ObjectIdentifier>,
    point: Option<&'a [u8]>,
}

fn read_parts(bytes: &[u8]) -> Result<Parts<'_>, DerError> {
    let mut outside = Walk::new(bytes);
    let sequence = outside.expect(tag::SEQUENCE, KEY)?;
    outside.finish(KEY)?;
    let mut walk = sequence.walk();
    let version = walk.expect(tag::INTEGER, "ECPrivateKey.version")?;
    if version.value != [1] {
        return Err(version.error("ECPrivateKey.version", DerProblem::InvalidValue("it is not 1")));
    }
    let scalar = walk.expect(tag::OCTET_STRING, "ECPrivateKey.privateKey")?.value;
    let curve = match walk.optional(tag::context_constructed(0), "ECPrivateKey.parameters")? {
        None => None,
        Some(parameters) => {
            const FIELD: &str = "ECPrivateKey.parameters";
            let mut inside = parameters.walk();
            // Explicit parameters (a SEQUENCE) are not read: RFC 5480 forbids them, and Linux knows names only.
            let oid = inside.expect(tag::OID, FIELD)?.oid(FIELD)?;
            inside.finish(FIELD)?;
            Some(oid)
        }
    };
    let point = match walk.optional(tag::context_constructed(1), "ECPrivateKey.publicKey")? {
        None => None,
        Some(public) => {
            const FIELD: &str = "ECPrivateKey.publicKey";
            let mut inside = public.walk();
            let bits = inside.expect(tag::BIT_STRING, FIELD)?;
            inside.finish(FIELD)?;
            let whole = DerProblem::InvalidValue("not a bit string of whole octets");
            Some(bits.value.strip_prefix(&[0]).ok_or(bits.error(FIELD, whole))?)
        }
    };
    walk.finish(KEY)?;
    Ok(Parts { scalar, curve, point })
}

fn sign<C>(key: &SigningKey<C>, digest: Digest, hash: &[u8], rnd: &Rnd) -> Option<Vec<u8>>
where
    C: EcdsaCurve + CurveArithmetic,
    SignatureSize<C>: ArraySize,
{
    Some(match digest {
        Digest::Sha256 => sign_with::<C, sha2::Sha256>(key, hash, rnd),
        Digest::Sha384 => sign_with::<C, sha2::Sha384>(key, hash, rnd),
        Digest::Sha512 => sign_with::<C, sha2::Sha512>(key, hash, rnd),
        Digest::Sha3_256 => sign_with::<C, sha3::Sha3_256>(key, hash, rnd),
        Digest::Sha3_384 => sign_with::<C, sha3::Sha3_384>(key, hash, rnd),
        Digest::Sha3_512 => sign_with::<C, sha3::Sha3_512>(key, hash, rnd),
        _ => return None,
    })
}

/// `D` is the digest, also for the HMAC of RFC 6979.
fn sign_with<C, D>(key: &SigningKey<C>, hash: &[u8], rnd: &Rnd) -> Vec<u8>
where
    C: EcdsaCurve + CurveArithmetic,
    SignatureSize<C>: ArraySize,
    D: sha2::Digest + BlockSizeUser,
{
    // Not secret: the caller chose deterministic or hedged.
    let additional: &[u8] =
        if rnd.as_bytes() == Rnd::DETERMINISTIC.as_bytes() { &[] } else { rnd.as_bytes() };
    let (signature, _) = hazmat::sign_prehashed_rfc6979::<C, D>(key.as_nonzero_scalar(), hash, additional);
    let (r, s) = signature.split_bytes();
    signature_der(&r, &s)
}

/// Ecdsa-Sig-Value (RFC 3279 §2.2.3) in DER, from r and s as unsigned big-endian octets.
pub(super) fn signature_der(r: &[u8], s: &[u8]) -> Vec<u8> {
    write(tag::SEQUENCE, &[&positive(r), &positive(s)])
}

/// A positive INTEGER from its octets; not secret.
fn positive(octets: &[u8]) -> Vec<u8> {
    let start = octets.iter().position(|&octet| octet != 0).unwrap_or_default();
    let octets = octets.get(start..).unwrap_or_default();
    let sign: &[u8] = if octets.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
    write(tag::INTEGER, &[sign, octets])
}
