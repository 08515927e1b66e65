//! Test keys, made from fixed numbers, and raw signatures with them, including invalid ones.

use crypto_bigint::{BoxedUint, ConcatenatingMul as _, NonZero};
use mldsa::dynamic::{AnySigningKey, Parameters};
use mldsa::{Context, Rnd, Seed};
use modsig::algorithm::Digest;
use modsig::public_key::Curve;

use super::tree::{Node, algorithm, null, oid, prim, seq};

/// A private key.
#[derive(Clone)]
pub enum Key {
    MlDsa(Box<AnySigningKey>),
    Rsa(Rsa),
    Ec(Curve, Vec<u8>),
}

/// An RSA key; numbers are big-endian.
#[derive(Clone)]
pub struct Rsa {
    pub n: Vec<u8>,
    pub e: Vec<u8>,
    pub d: Vec<u8>,
}

pub fn ml_dsa(parameters: Parameters, number: u8) -> Key {
    let seed = Seed::from_bytes([number; 32]);
    Key::MlDsa(Box::new(AnySigningKey::from_seed(parameters, &seed)))
}

pub fn ec(curve: Curve, number: u8) -> Key {
    let mut scalar = vec![number; curve.coordinate_len()];
    scalar[0] = 0;
    Key::Ec(curve, scalar)
}

/// The key of a PKCS#8 or PKCS#1 PEM file.
pub fn rsa(pem: &[u8]) -> Key {
    let blocks = modsig::pem::blocks(pem).unwrap();
    let block = blocks.iter().find(|block| block.label.ends_with("PRIVATE KEY")).unwrap();
    let mut tree = Node::parse(&block.contents);
    if block.label == "PRIVATE KEY" {
        tree = Node::parse(tree.at(&[2]).bytes());
    }
    let mut number = |index: usize| tree.at(&[index]).bytes().clone();
    Key::Rsa(Rsa { n: trimmed(&number(1)), e: trimmed(&number(2)), d: trimmed(&number(3)) })
}

pub fn trimmed(number: &[u8]) -> Vec<u8> {
    number.iter().copied().skip_while(|&byte| byte == 0).collect()
}

/// An INTEGER that is not negative.
pub fn integer(number: &[u8]) -> Node {
    let mut bytes = trimmed(number);
    if bytes.first().is_none_or(|&first| first >= 0x80) {
        bytes.insert(0, 0);
    }
    prim(2, bytes)
}

/// base^exponent mod modulus.
pub fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let n = BoxedUint::from_be_slice_vartime(&trimmed(modulus));
    let n: NonZero<BoxedUint> = Option::from(NonZero::new(n)).unwrap();
    let base = BoxedUint::from_be_slice_vartime(base).rem_vartime(&n);
    let mut result = BoxedUint::one_with_precision(n.bits_precision());
    for byte in exponent {
        for bit in (0..8).rev() {
            result = result.concatenating_mul(&result).rem_vartime(&n);
            if byte >> bit & 1 == 1 {
                result = result.concatenating_mul(&base).rem_vartime(&n);
            }
        }
    }
    result.to_be_bytes_trimmed_vartime().into_vec()
}

/// A number in exactly this many bytes.
pub fn padded(number: &[u8], len: usize) -> Vec<u8> {
    let number = trimmed(number);
    [vec![0; len - number.len()], number].concat()
}

impl Rsa {
    /// EMSA-PKCS1-v1_5 of a digest, `len` bytes.
    pub fn encoded(digest: Digest, hash: &[u8], len: usize) -> Vec<u8> {
        let info = seq(vec![seq(vec![prim(6, digest.oid().as_bytes()), null()]), prim(4, hash)]).ber();
        let ones = vec![0xff; len - info.len() - 3];
        [&[0, 1][..], &ones, &[0], &info].concat()
    }

    /// The signature whose number is `encoded`.
    pub fn sign_encoded(&self, encoded: &[u8]) -> Vec<u8> {
        padded(&power(encoded, &self.d, &self.n), self.n.len())
    }
}

impl Key {
    /// Signs `message`, hashed with `digest` except for ML-DSA.
    pub fn sign(&self, digest: Digest, message: &[u8]) -> Vec<u8> {
        match self {
            Self::MlDsa(key) => key.sign(message, Context::EMPTY, &Rnd::DETERMINISTIC).as_bytes().to_vec(),
            Self::Rsa(key) => {
                let hash = digest.hash(message).unwrap();
                key.sign_encoded(&Rsa::encoded(digest, &hash, key.n.len()))
            }
            Self::Ec(..) => {
                let (r, s) = self.ecdsa(digest, message);
                seq(vec![integer(&r), integer(&s)]).ber()
            }
        }
    }

    /// r and s.
    pub fn ecdsa(&self, digest: Digest, message: &[u8]) -> (Vec<u8>, Vec<u8>) {
        use p256::ecdsa::signature::hazmat::PrehashSigner as _;
        let hash = digest.hash(message).unwrap();
        let Self::Ec(curve, scalar) = self else { panic!("not an EC key") };
        let both = match curve {
            Curve::P256 => {
                let key = p256::ecdsa::SigningKey::from_slice(scalar).unwrap();
                let signature: p256::ecdsa::Signature = key.sign_prehash(&hash).unwrap();
                signature.to_bytes().to_vec()
            }
            Curve::P384 => {
                let key = p384::ecdsa::SigningKey::from_slice(scalar).unwrap();
                let signature: p384::ecdsa::Signature = key.sign_prehash(&hash).unwrap();
                signature.to_bytes().to_vec()
            }
            _ => {
                let key = p521::ecdsa::SigningKey::from_slice(scalar).unwrap();
                let signature: p521::ecdsa::Signature = key.sign_prehash(&hash).unwrap();
                signature.to_bytes().to_vec()
            }
        };
        let (r, s) = both.split_at(both.len() / 2);
        (r.to_vec(), s.to_vec())
    }

    /// The contents of subjectPublicKey.
    pub fn public(&self) -> Vec<u8> {
        match self {
            Self::MlDsa(key) => key.verifying_key().as_bytes().to_vec(),
            Self::Rsa(key) => seq(vec![integer(&key.n), integer(&key.e)]).ber(),
            Self::Ec(Curve::P256, scalar) => {
                let key = p256::ecdsa::SigningKey::from_slice(scalar).unwrap();
                key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
            }
            Self::Ec(Curve::P384, scalar) => {
                let key = p384::ecdsa::SigningKey::from_slice(scalar).unwrap();
                key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
            }
            Self::Ec(_, scalar) => {
                let key = p521::ecdsa::SigningKey::from_slice(scalar).unwrap();
                key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
            }
        }
    }

    /// The AlgorithmIdentifier of the public key.
    pub fn key_algorithm(&self) -> Node {
        match self {
            Self::MlDsa(key) => algorithm(ml_dsa_oid(key.parameters())),
            Self::Rsa(_) => seq(vec![oid("1.2.840.113549.1.1.1"), null()]),
            Self::Ec(curve, _) => seq(vec![oid("1.2.840.10045.2.1"), prim(6, curve.oid().as_bytes())]),
        }
    }

    /// The AlgorithmIdentifier of a SignerInfo.
    pub fn signer_algorithm(&self, digest: Digest) -> Node {
        match self {
            Self::Rsa(_) => seq(vec![oid("1.2.840.113549.1.1.1"), null()]),
            other => other.certificate_algorithm(digest),
        }
    }

    /// The AlgorithmIdentifier of a certificate's signature.
    pub fn certificate_algorithm(&self, digest: Digest) -> Node {
        match self {
            Self::MlDsa(key) => algorithm(ml_dsa_oid(key.parameters())),
            Self::Rsa(_) => {
                let oid_digits = match digest {
                    Digest::Sha1 => "1.2.840.113549.1.1.5",
                    Digest::Sha224 => "1.2.840.113549.1.1.14",
                    Digest::Sha256 => "1.2.840.113549.1.1.11",
                    Digest::Sha384 => "1.2.840.113549.1.1.12",
                    Digest::Sha512 => "1.2.840.113549.1.1.13",
                    Digest::Sha3_256 => "2.16.840.1.101.3.4.3.14",
                    Digest::Sha3_384 => "2.16.840.1.101.3.4.3.15",
                    _ => "2.16.840.1.101.3.4.3.16",
                };
                seq(vec![oid(oid_digits), null()])
            }
            Self::Ec(..) => algorithm(match digest {
                Digest::Sha1 => "1.2.840.10045.4.1",
                Digest::Sha224 => "1.2.840.10045.4.3.1",
                Digest::Sha256 => "1.2.840.10045.4.3.2",
                Digest::Sha384 => "1.2.840.10045.4.3.3",
                Digest::Sha512 => "1.2.840.10045.4.3.4",
                Digest::Sha3_256 => "2.16.840.1.101.3.4.3.10",
                Digest::Sha3_384 => "2.16.840.1.101.3.4.3.11",
                _ => "2.16.840.1.101.3.4.3.12",
            }),
        }
    }
}

pub fn ml_dsa_oid(parameters: Parameters) -> &'static str {
    match parameters {
        Parameters::MlDsa44 => "2.16.840.1.101.3.4.3.17",
        Parameters::MlDsa65 => "2.16.840.1.101.3.4.3.18",
        Parameters::MlDsa87 => "2.16.840.1.101.3.4.3.19",
    }
}
