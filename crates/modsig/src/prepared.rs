//! Signing in two steps: the bytes that a key outside of this process signs, and what comes back.
//!
//! | key | [`Input`] | bytes | signature that comes back |
//! |---|---|---|---|
//! | ML-DSA | `mu` | the message representative, 64 bytes (FIPS 204, Algorithm 7, line 6): "external mu" | raw: 2420, 3309 or 4627 bytes |
//! | RSA | `digest_info` | DigestInfo in DER (RFC 8017 §9.2): what PKCS#1 v1.5 pads and signs; the digest is its end | as long as the modulus |
//! | ECDSA | `digest` | the digest of the message | DER (RFC 3279 §2.2.3), or r and s of the length of the curve |

use core::fmt;

use mldsa::{Context, Mu, Rnd};

use crate::algorithm::Digest;
use crate::asn1::{tag, write};
use crate::key::PrivateKey;
use crate::public_key::{PublicKey, digest_info_prefix};

/// What the bytes are that a key shall sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The 64-byte message representative of ML-DSA.
    Mu,
    /// A DigestInfo, for PKCS#1 v1.5.
    DigestInfo,
    /// A digest, for ECDSA.
    Digest,
}

impl Input {
    /// What a key of this kind signs; `None` for [`PublicKey::Other`].
    pub fn of(key: &PublicKey) -> Option<Self> {
        match key {
            PublicKey::MlDsa(_) => Some(Self::Mu),
            PublicKey::Rsa(_) => Some(Self::DigestInfo),
            PublicKey::Ec(_) => Some(Self::Digest),
            PublicKey::Other { .. } => None,
        }
    }

    /// `mu`, `digest_info`, `digest`. It never changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Mu => "mu",
            Self::DigestInfo => "digest_info",
            Self::Digest => "digest",
        }
    }
}

/// The bytes for a key to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    input: Input,
    bytes: Vec<u8>,
    digest: Digest,
}

/// Why a signature that was made elsewhere is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAccepted {
    /// It is not a signature of this key's algorithm: its length is wrong (and, for ECDSA, it is not DER).
    Form {
        /// The length of a raw signature, in bytes.
        expected: usize,
        /// The length that was found.
        found: usize,
    },
    /// It does not verify.
    BadSignature,
}

impl fmt::Display for NotAccepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Form { expected, found } => {
                write!(f, "{found} bytes are no signature of this key: a raw one has {expected} bytes")
            }
            Self::BadSignature => f.write_str("the signature does not verify with this key"),
        }
    }
}

impl core::error::Error for NotAccepted {}

impl Prepared {
    /// Prepares a message: a module, or a TBSCertificate. ML-DSA is pure with the empty context and does not use
    /// `digest`.
    ///
    /// `None` if the key is [`PublicKey::Other`] or `digest` is not one of [`Digest::SIGNING`].
    pub fn new(key: &PublicKey, digest: Digest, message: &[u8]) -> Option<Self> {
        let input = Input::of(key)?;
        if !Digest::SIGNING.contains(&digest) {
            return None;
        }
        let bytes = match key {
            PublicKey::MlDsa(key) => {
                let mut hasher = key.mu_hasher(Context::EMPTY);
                hasher.update(message);
                hasher.finalize().as_bytes().to_vec()
            }
            PublicKey::Rsa(_) => digest_info(digest, &digest.hash(message)?),
            _ => digest.hash(message)?,
        };
        Some(Self { input, bytes, digest })
    }

    /// What the bytes are.
    pub fn input(&self) -> Input {
        self.input
    }

    /// The bytes to sign.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The digest that was computed. ML-DSA did not use it.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The digest of the message; `None` for ML-DSA.
    pub fn hash(&self) -> Option<&[u8]> {
        match self.input {
            Input::Mu => None,
            // The digest is the end of the DigestInfo.
            _ => self.bytes.len().checked_sub(self.digest.output_len()?).and_then(|at| self.bytes.get(at..)),
        }
    }

    /// Verifies a signature by `key` over these bytes, and returns it as CMS and X.509 write it: raw for ML-DSA and RSA,
    /// DER for ECDSA.
    ///
    /// An ECDSA signature may be DER, or r and s of the curve's length each, as PKCS#11 returns them. Bytes that could
    /// be either are what verifies.
    ///
    /// # Errors
    /// [`NotAccepted`].
    pub fn accept(&self, key: &PublicKey, signature: &[u8]) -> Result<Vec<u8>, NotAccepted> {
        let form = |expected: usize| NotAccepted::Form { expected, found: signature.len() };
        match key {
            PublicKey::MlDsa(key) => {
                let expected = key.parameters().signature_len();
                if signature.len() != expected {
                    return Err(form(expected));
                }
                let mu = <[u8; 64]>::try_from(&self.bytes[..]).map_err(|_| NotAccepted::BadSignature)?;
                let verified =
                    self.input == Input::Mu && key.verify_mu(&Mu::from_bytes(mu), signature).is_ok();
                verified.then(|| signature.to_vec()).ok_or(NotAccepted::BadSignature)
            }
            PublicKey::Rsa(rsa) => {
                if signature.len() != rsa.signature_len() {
                    return Err(form(rsa.signature_len()));
                }
                let verified = self.input == Input::DigestInfo && self.verifies(key, signature);
                verified.then(|| signature.to_vec()).ok_or(NotAccepted::BadSignature)
            }
            PublicKey::Ec(ec) => {
                let len = ec.curve().coordinate_len();
                let raw = (signature.len() == 2 * len).then(|| ecdsa_der(signature.split_at(len)));
                if raw.is_none() && signature.first() != Some(&tag::SEQUENCE) {
                    return Err(form(2 * len));
                }
                let both = [Some(signature.to_vec()), raw];
                let verified = both.into_iter().flatten().find(|der| self.verifies(key, der));
                verified.filter(|_| self.input == Input::Digest).ok_or(NotAccepted::BadSignature)
            }
            PublicKey::Other { .. } => Err(NotAccepted::BadSignature),
        }
    }

    fn verifies(&self, key: &PublicKey, signature: &[u8]) -> bool {
        self.hash().is_some_and(|hash| key.verify_prehash(self.digest, hash, signature).is_ok())
    }
}

/// Why bytes cannot be signed as prepared ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPrepared {
    /// They are not what a key of this kind signs: 64 bytes of mu, a DigestInfo with a digest of [`Digest::SIGNING`], or
    /// a digest of 32, 48 or 64 bytes.
    WrongInput(Input),
    /// The computation was faulty; the signature is not returned.
    Fault,
}

impl fmt::Display for NotPrepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongInput(Input::Mu) => f.write_str("not a mu: an ML-DSA key signs 64 bytes"),
            Self::WrongInput(Input::DigestInfo) => {
                f.write_str("not a DigestInfo of SHA-2 or SHA-3, which an RSA key signs")
            }
            Self::WrongInput(Input::Digest) => {
                f.write_str("not a digest: an ECDSA key signs 32, 48 or 64 bytes")
            }
            Self::Fault => f.write_str("a computation of the signature was faulty"),
        }
    }
}

impl core::error::Error for NotPrepared {}

impl PrivateKey {
    /// Signs prepared bytes, as an HSM does: for rehearsals. ECDSA returns DER. What the bytes are follows from the key.
    ///
    /// # Errors
    /// [`NotPrepared`].
    pub fn sign_prepared(&self, bytes: &[u8], rnd: &Rnd) -> Result<Vec<u8>, NotPrepared> {
        // A private key is for one of the three algorithms.
        let input = Input::of(self.public_key()).ok_or(NotPrepared::Fault)?;
        let wrong = NotPrepared::WrongInput(input);
        match input {
            Input::Mu => {
                let mu = <[u8; 64]>::try_from(bytes).map_err(|_| wrong)?;
                self.sign_mu(&Mu::from_bytes(mu), rnd).ok_or(NotPrepared::Fault)
            }
            Input::DigestInfo => {
                let (digest, hash) = read_digest_info(bytes).ok_or(wrong)?;
                self.sign_digest(digest, hash, rnd).ok_or(NotPrepared::Fault)
            }
            Input::Digest => {
                let digest = match bytes.len() {
                    32 => Digest::Sha256,
                    48 => Digest::Sha384,
                    64 => Digest::Sha512,
                    _ => return Err(wrong),
                };
                // The name of the digest only chooses the hash function that derives the nonce.
                self.sign_digest(digest, bytes, rnd).ok_or(NotPrepared::Fault)
            }
        }
    }
}

fn digest_info(digest: Digest, hash: &[u8]) -> Vec<u8> {
    let mut info = digest_info_prefix(digest, hash).into_vec();
    info.extend_from_slice(hash);
    info
}

/// The digest and its value in a DigestInfo: exactly one of those that [`digest_info`] writes.
fn read_digest_info(bytes: &[u8]) -> Option<(Digest, &[u8])> {
    Digest::SIGNING.into_iter().find_map(|digest| {
        let hash = bytes.get(bytes.len().checked_sub(digest.output_len()?)?..)?;
        (digest_info(digest, hash) == bytes).then_some((digest, hash))
    })
}

/// Ecdsa-Sig-Value of r and s, unsigned and big-endian.
fn ecdsa_der((r, s): (&[u8], &[u8])) -> Vec<u8> {
    let integer = |octets: &[u8]| {
        let start = octets.iter().position(|&octet| octet != 0).unwrap_or(octets.len());
        let octets = octets.get(start..).unwrap_or_default();
        let pad: &[u8] = if octets.first().is_none_or(|&first| first >= 0x80) { &[0] } else { &[] };
        write(tag::INTEGER, &[pad, octets])
    };
    write(tag::SEQUENCE, &[&integer(r), &integer(s)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KeyAlgorithm;
    use crate::public_key::Curve;
    use mldsa::Seed;
    use mldsa::dynamic::Parameters;

    const MESSAGE: &[u8] = b"a module";

    fn key(algorithm: KeyAlgorithm) -> PrivateKey {
        PrivateKey::generate(algorithm, &Seed::from_bytes([9; 32])).unwrap()
    }

    /// The signature over the prepared bytes is one over the message. Kills: a DigestInfo with another digest's name,
    /// mu with a context, a changed bit that is accepted.
    #[test]
    fn what_is_prepared_is_what_is_signed() {
        for algorithm in [
            KeyAlgorithm::MlDsa(Parameters::MlDsa44),
            KeyAlgorithm::Rsa { bits: 2048 },
            KeyAlgorithm::Ec(Curve::P256),
            KeyAlgorithm::Ec(Curve::P521),
        ] {
            let key = key(algorithm);
            let public = key.public_key();
            for digest in Digest::SIGNING {
                let prepared = Prepared::new(public, digest, MESSAGE).unwrap();
                assert_eq!(Some(prepared.input()), Input::of(public));
                if let Some(hash) = prepared.hash() {
                    assert_eq!(hash, digest.hash(MESSAGE).unwrap(), "{algorithm} {digest}");
                }
                let signature = key.sign_prepared(prepared.bytes(), &Rnd::DETERMINISTIC).unwrap();
                let accepted = prepared.accept(public, &signature).unwrap();
                assert_eq!(accepted, signature);
                assert!(public.verify(digest, MESSAGE, &accepted).is_ok(), "{algorithm} {digest}");
                let other = Prepared::new(public, digest, b"another").unwrap();
                assert_eq!(other.accept(public, &signature), Err(NotAccepted::BadSignature));
                let mut bad = signature.clone();
                *bad.last_mut().unwrap() ^= 1;
                assert_eq!(prepared.accept(public, &bad), Err(NotAccepted::BadSignature));
                assert!(prepared.accept(public, &signature[1..]).is_err());
                assert!(prepared.accept(public, &[]).is_err());
            }
            assert!(Prepared::new(public, Digest::Sha1, MESSAGE).is_none());
        }
    }

    /// r and s as PKCS#11 returns them, with and without leading zeros in the numbers.
    #[test]
    fn raw_ecdsa_signatures_become_der() {
        for curve in Curve::ALL {
            let key = key(KeyAlgorithm::Ec(curve));
            let len = curve.coordinate_len();
            let mut short = 0;
            for number in 0_u32..200 {
                let message = number.to_be_bytes();
                let prepared = Prepared::new(key.public_key(), Digest::Sha256, &message).unwrap();
                let der = key.sign_prepared(prepared.bytes(), &Rnd::DETERMINISTIC).unwrap();
                let mut walk = crate::asn1::Walk::new(&der).expect(tag::SEQUENCE, "").unwrap().walk();
                let mut scalar = || {
                    let value = walk.expect(tag::INTEGER, "").unwrap().value;
                    crate::public_key::fixed_len(value, len).unwrap()
                };
                let raw = [scalar(), scalar()].concat();
                short += usize::from(raw[0] == 0 || raw[len] == 0);
                assert_eq!(prepared.accept(key.public_key(), &raw), Ok(der), "{number}");
                let (r, s) = raw.split_at(len);
                let swapped = [s, r].concat();
                assert_eq!(prepared.accept(key.public_key(), &swapped), Err(NotAccepted::BadSignature));
                if number > 3 && short > 0 {
                    break;
                }
            }
            assert!(short > 0, "a number with a leading zero");
            let zeros = vec![0; 2 * len];
            let prepared = Prepared::new(key.public_key(), Digest::Sha256, MESSAGE).unwrap();
            assert_eq!(prepared.accept(key.public_key(), &zeros), Err(NotAccepted::BadSignature));
        }
    }

    /// Kills: a key that signs whatever it gets, such as a DigestInfo with bytes behind it.
    #[test]
    fn only_prepared_bytes_are_signed() {
        let (ml, rsa) =
            (key(KeyAlgorithm::MlDsa(Parameters::MlDsa44)), key(KeyAlgorithm::Rsa { bits: 2048 }));
        let ec = key(KeyAlgorithm::Ec(Curve::P256));
        let sign = |key: &PrivateKey, bytes: &[u8]| key.sign_prepared(bytes, &Rnd::DETERMINISTIC);
        for len in [0, 32, 63, 65, 128] {
            assert_eq!(sign(&ml, &vec![1; len]), Err(NotPrepared::WrongInput(Input::Mu)));
        }
        for len in [0, 31, 33, 65, 2000] {
            assert_eq!(sign(&ec, &vec![1; len]), Err(NotPrepared::WrongInput(Input::Digest)));
        }
        let info = digest_info(Digest::Sha256, &[7; 32]);
        assert!(sign(&rsa, &info).is_ok());
        let sha1 = digest_info(Digest::Sha1, &[7; 20]);
        for bytes in [&info[1..], &[&info[..], &[0]].concat(), &[0; 32], &sha1, &[]] {
            assert_eq!(sign(&rsa, bytes), Err(NotPrepared::WrongInput(Input::DigestInfo)));
        }
    }
}
