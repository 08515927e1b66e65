//! RSA public keys (RFC 8017): reading, and RSASSA-PKCS1-v1_5 verification with the crate `rsa`.

use der::asn1::ObjectIdentifier;
use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, Pkcs1v15Sign};

use super::{BadSignature, MAX_RSA_BITS, PublicKeyError};
use crate::algorithm::Digest;
use crate::asn1::{Walk, tag, write};

/// rsaEncryption, RFC 8017 appendix C.
pub(super) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// An RSA public key with any odd modulus up to [`Self::MAX_BITS`]. Policies decide whether it is strong enough.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RsaPublicKey {
    key: rsa::PublicKey,
}

impl RsaPublicKey {
    /// The longest modulus, in bits; limits the time of one verification.
    pub const MAX_BITS: usize = MAX_RSA_BITS;

    /// Creates a key from modulus and exponent, unsigned, big-endian; leading zeros are ignored.
    ///
    /// # Errors
    /// [`PublicKeyError::RsaNumbers`].
    pub fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, PublicKeyError> {
        let (n, e) = (without_leading_zeros(modulus), without_leading_zeros(exponent));
        let possible = n.last().is_some_and(|last| last % 2 == 1) && !e.is_empty();
        // No real key has an exponent longer than the modulus, and it would cost time.
        if !possible || n.len() * 8 > Self::MAX_BITS || e.len() > n.len() {
            return Err(PublicKeyError::RsaNumbers);
        }
        // `new_unchecked` panics only for an even modulus, which is excluded above. `new` adds limits that Linux does
        // not have (at least 1,024 bits, exponents up to 33 bits).
        let (n, e) = (BoxedUint::from_be_slice_vartime(n), BoxedUint::from_be_slice_vartime(e));
        Ok(Self { key: rsa::PublicKey::new_unchecked(n, e) })
    }

    /// Reads an RSAPublicKey (RFC 8017 appendix A.1.1) in DER.
    ///
    /// # Errors
    /// [`PublicKeyError::Der`], [`PublicKeyError::RsaNumbers`].
    pub fn from_der(der: &[u8]) -> Result<Self, PublicKeyError> {
        Self::from_der_at(der, 0)
    }

    /// The same; offsets in errors count from `base` bytes before `der`.
    pub(super) fn from_der_at(der: &[u8], base: usize) -> Result<Self, PublicKeyError> {
        let (n, e) = read(der).map_err(|error| error.shifted(base))?;
        Self::new(n, e)
    }

    /// The RSAPublicKey in DER.
    pub fn to_der(&self) -> Vec<u8> {
        let integer = |bytes: &[u8]| {
            let pad: &[u8] = if bytes.first().is_none_or(|&first| first >= 0x80) { &[0] } else { &[] };
            write(tag::INTEGER, &[pad, bytes])
        };
        write(tag::SEQUENCE, &[&integer(&self.modulus()), &integer(&self.exponent())])
    }

    /// The modulus n, big-endian, without leading zeros.
    pub fn modulus(&self) -> Vec<u8> {
        self.key.n_bytes().into_vec()
    }

    /// The public exponent e, big-endian, without leading zeros.
    pub fn exponent(&self) -> Vec<u8> {
        self.key.e_bytes().into_vec()
    }

    /// The length of the modulus in bits.
    pub fn bits(&self) -> usize {
        // A number of bits fits in usize, because the modulus was in memory.
        self.key.n().bit_width_vartime() as usize
    }

    /// The length of a signature in bytes: that of the modulus.
    pub fn signature_len(&self) -> usize {
        self.bits().div_ceil(8)
    }

    /// Verifies an RSASSA-PKCS1-v1_5 signature (RFC 8017 §8.2.2) over a message whose digest is `hash`.
    ///
    /// # Errors
    /// [`BadSignature`], also if `hash` does not have the length of `digest`.
    pub fn verify_prehash(&self, digest: Digest, hash: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        let hash_len = Some(digest.output_len().ok_or(BadSignature)?);
        let scheme = Pkcs1v15Sign { hash_len, prefix: digest_info_prefix(digest, hash) };
        self.key.verify(scheme, hash, signature).map_err(|_| BadSignature)
    }
}

/// DigestInfo without the digest at its end (RFC 8017 §9.2, note 1): the AlgorithmIdentifier has NULL parameters.
pub(crate) fn digest_info_prefix(digest: Digest, hash: &[u8]) -> Box<[u8]> {
    let oid = write(tag::OID, &[digest.oid().as_bytes()]);
    let algorithm = write(tag::SEQUENCE, &[&oid, &write(tag::NULL, &[])]);
    let mut info = write(tag::SEQUENCE, &[&algorithm, &write(tag::OCTET_STRING, &[hash])]);
    info.truncate(info.len() - hash.len());
    info.into_boxed_slice()
}

fn read(der: &[u8]) -> Result<(&[u8], &[u8]), crate::asn1::DerError> {
    let mut outside = Walk::new(der);
    let key = outside.expect(tag::SEQUENCE, "RSAPublicKey")?;
    outside.finish("RSAPublicKey")?;
    let mut walk = key.walk();
    let n = walk.expect(tag::INTEGER, "RSAPublicKey.modulus")?;
    n.check_unsigned("RSAPublicKey.modulus")?;
    let e = walk.expect(tag::INTEGER, "RSAPublicKey.publicExponent")?;
    e.check_unsigned("RSAPublicKey.publicExponent")?;
    walk.finish("RSAPublicKey")?;
    Ok((n.value, e.value))
}

/// The same number in the fewest bytes.
fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}
