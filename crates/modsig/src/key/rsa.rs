//! RSA keys: PKCS#1 (RFC 8017) and PKCS#1 v1.5 signatures.
//!
//! The crate `rsa` does the arithmetic: exponentiation in constant time with blinded base, exponent and moduli, and the
//! result verified with the public key, so that a fault in the CRT does not reveal the factors. Older releases leaked
//! by timing (RUSTSEC-2023-0071); its authors are working on the remainder, so an attacker who times signatures on the
//! same machine is not fully excluded. Sign on a machine that runs no untrusted code, or with ML-DSA.

use chacha20::ChaCha20Rng;
use mldsa::Rnd;
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use rsa::{BoxedUint, Pkcs1v15Sign};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{KeyError, generator};
use crate::algorithm::Digest;
use crate::asn1::{Element, Walk, tag, write};
use crate::public_key::{PublicKey, RsaPublicKey, digest_info_prefix};

/// The moduli that are read, in bits: Linux's sizes from 1024. [`super::KeyAlgorithm::can_sign`] decides which may
/// sign.
const READABLE_BITS: core::ops::RangeInclusive<u32> = 1024..=4096;

/// An RSA private key with two primes. `rsa` wipes it when it is dropped.
pub(super) struct RsaKey(rsa::PrivateKey);

const KEY: &str = "RSAPrivateKey";

impl RsaKey {
    /// Draws the primes from a stream seeded with `seed`.
    pub(super) fn generate(bits: u32, rng: &mut ChaCha20Rng) -> Result<Self, KeyError> {
        check_size(bits)?;
        let failed = |_| KeyError::Inconsistent { what: "generated primes" };
        // u32 to usize: 4096 at most.
        Ok(Self(rsa::PrivateKey::new(rng, bits as usize).map_err(failed)?))
    }

    /// Reads RSAPrivateKey (RFC 8017, appendix A.1.2); no byte may follow it.
    pub(super) fn from_pkcs1(bytes: &[u8]) -> Result<Self, KeyError> {
        let numbers = read_numbers(bytes)?;
        let [n, e, d, p, q] = numbers.map(|number| number.value);
        // The modulus is public, so its length is not secret.
        let n = BoxedUint::from_be_slice_vartime(n.strip_prefix(&[0]).unwrap_or(n));
        let bits = n.bit_width_vartime();
        check_size(bits)?;
        let number = |bytes: &[u8]| {
            let bytes = bytes.strip_prefix(&[0]).unwrap_or(bytes);
            BoxedUint::from_be_slice(bytes, n.bits_precision())
                .map_err(|_| KeyError::Inconsistent { what: "RSA numbers" })
        };
        let e = BoxedUint::from_be_slice_vartime(e);
        let key = rsa::PrivateKey::from_components(n.clone(), e, number(d)?, vec![number(p)?, number(q)?])
            .map_err(|_| KeyError::Inconsistent { what: "RSA numbers" })?;
        let key = Self(key);
        // The derived values must equal those in the file, because another program would compute with them.
        if !bool::from(key.to_pkcs1()?.ct_eq(bytes)) {
            return Err(KeyError::Inconsistent { what: "RSA numbers" });
        }
        Ok(key)
    }

    /// Writes RSAPrivateKey, version 0.
    pub(super) fn to_pkcs1(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let inconsistent = KeyError::Inconsistent { what: "RSA numbers" };
        let [p, q] = self.0.primes() else { return Err(inconsistent) };
        let (Some(dp), Some(dq), Some(q_inverse)) = (self.0.dp(), self.0.dq(), self.0.crt_coefficient())
        else {
            return Err(inconsistent);
        };
        let q_inverse = Zeroizing::new(q_inverse);
        let numbers = [
            integer(&[0]),
            integer(&self.0.n().to_be_bytes()),
            integer(&self.0.e().to_be_bytes()),
            secret_integer(self.0.d()),
            secret_integer(p.as_ref()),
            secret_integer(q.as_ref()),
            secret_integer(dp),
            secret_integer(dq),
            secret_integer(&q_inverse),
        ];
        let numbers = numbers.each_ref().map(|number| number.as_slice());
        Ok(Zeroizing::new(write(tag::SEQUENCE, &numbers)))
    }

    /// The modulus's length in bits.
    pub(super) fn bits(&self) -> u32 {
        self.0.n().bit_width_vartime()
    }

    /// The public key.
    pub(super) fn public_key(&self) -> Result<PublicKey, KeyError> {
        // `rsa` accepted the modulus, so it is odd and within the limit.
        let inconsistent = |_| KeyError::Inconsistent { what: "RSA numbers" };
        let key = RsaPublicKey::new(&self.0.n_bytes(), &self.0.e_bytes()).map_err(inconsistent)?;
        Ok(PublicKey::Rsa(Box::new(key)))
    }

    /// Signs a digest: RSASSA-PKCS1-v1_5 (RFC 8017 §8.2.1), as long as the modulus. The signature is always the same:
    /// `rnd` is used only for blinding, together with the private exponent, so that the blinding is unpredictable even
    /// if `rnd` is known.
    pub(super) fn sign(&self, digest: Digest, hash: &[u8], rnd: &Rnd) -> Option<Vec<u8>> {
        let mut seed = Sha256::new();
        seed.update(b"modsig: blinding of an RSA signature");
        seed.update(rnd.as_bytes());
        seed.update(Zeroizing::new(self.0.d().to_be_bytes()));
        seed.update(hash);
        let mut rng = generator(&Zeroizing::new(seed.finalize().into()));
        let scheme = Pkcs1v15Sign { hash_len: digest.output_len(), prefix: digest_info_prefix(digest, hash) };
        self.0.sign_with_rng(&mut rng, scheme, hash).ok()
    }
}

fn check_size(bits: u32) -> Result<(), KeyError> {
    if READABLE_BITS.contains(&bits) { Ok(()) } else { Err(KeyError::RsaSize { bits }) }
}

/// n, e, d, p, q; the three derived values are only skipped.
fn read_numbers(bytes: &[u8]) -> Result<[Element<'_>; 5], KeyError> {
    let mut outside = Walk::new(bytes);
    let sequence = outside.expect(tag::SEQUENCE, KEY).map_err(KeyError::Der)?;
    outside.finish(KEY).map_err(KeyError::Der)?;
    let mut walk = sequence.walk();
    let mut number = |field| {
        let element = walk.expect(tag::INTEGER, field)?;
        element.check_unsigned(field)?;
        Ok(element)
    };
    let version = number("RSAPrivateKey.version").map_err(KeyError::Der)?;
    if version.value != [0] {
        let name = "RSA with more than two primes".into();
        return Err(KeyError::UnsupportedAlgorithm { name });
    }
    let mut read = || {
        let five = [
            number("RSAPrivateKey.modulus")?,
            number("RSAPrivateKey.publicExponent")?,
            number("RSAPrivateKey.privateExponent")?,
            number("RSAPrivateKey.prime1")?,
            number("RSAPrivateKey.prime2")?,
        ];
        for field in ["RSAPrivateKey.exponent1", "RSAPrivateKey.exponent2", "RSAPrivateKey.coefficient"] {
            number(field)?;
        }
        Ok(five)
    };
    let five = read().map_err(KeyError::Der)?;
    walk.finish(KEY).map_err(KeyError::Der)?;
    Ok(five)
}

/// An INTEGER from big-endian octets: leading zeros are removed, and one is added if the top bit is set (X.690 §8.3).
fn integer(octets: &[u8]) -> Zeroizing<Vec<u8>> {
    let start = octets.iter().position(|&octet| octet != 0).unwrap_or(octets.len().saturating_sub(1));
    let octets = octets.get(start..).unwrap_or_default();
    let sign: &[u8] = if octets.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
    Zeroizing::new(write(tag::INTEGER, &[sign, octets]))
}

/// An INTEGER of a secret number. Its length is visible in the file's length, which is not secret.
fn secret_integer(number: &BoxedUint) -> Zeroizing<Vec<u8>> {
    integer(&Zeroizing::new(number.to_be_bytes()))
}
