//! How Linux checks one signature with one key (`public_key.c`, `rsa.c`, `rsassa-pkcs1.c`, `ecdsa.c`, `ecdsa-x962.c`,
//! `mldsa.c`), and with which error it refuses.

use mldsa::Context;
use mldsa::dynamic::{AnyVerifyingKey, Parameters};

use super::ber::{self, Reader, Seen};
use super::grammar::{Number, TWO_NUMBERS};
use super::log::Log;
use super::problem::CertificateProblem;
use super::{Config, ConfigOption, Errno, ml_dsa, p192, rsa};
use crate::algorithm::Digest;
use crate::module_cache::ModuleCache;
use crate::public_key::{Curve, EcPublicKey, are_scalars, fixed_len};
use crate::work::{Operation, Work, cost_of_ecdsa, cost_of_ml_dsa};

/// The algorithm of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyAlgorithm {
    Rsa,
    /// `None` is P-192, which only the prediction knows.
    Ec(Option<Curve>),
    /// GOST's, which the kernels that are predicted do not have.
    Ecrdsa,
    MlDsa(Parameters),
}

/// The algorithm that a signature says it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignatureAlgorithm {
    Rsa,
    Ecdsa,
    Ecrdsa,
    MlDsa(Parameters),
}

impl SignatureAlgorithm {
    /// ML-DSA hashes by itself.
    pub(super) fn takes_data(self) -> bool {
        matches!(self, Self::MlDsa(_))
    }

    fn fits(self, key: KeyAlgorithm) -> bool {
        match (self, key) {
            (Self::Rsa, KeyAlgorithm::Rsa)
            | (Self::Ecdsa, KeyAlgorithm::Ec(_))
            | (Self::Ecrdsa, KeyAlgorithm::Ecrdsa) => true,
            (Self::MlDsa(signature), KeyAlgorithm::MlDsa(key)) => signature == key,
            _ => false,
        }
    }
}

/// A key as it stands in a certificate: nothing of it is checked before it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) algorithm: KeyAlgorithm,
    /// The contents of subjectPublicKey.
    pub(super) bytes: Vec<u8>,
}

/// A signature and what it is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature<'a> {
    pub(super) algorithm: SignatureAlgorithm,
    /// The digest; `None` where ML-DSA signs the data.
    pub(super) digest: Option<Digest>,
    pub(super) bytes: &'a [u8],
    pub(super) message: Signed<'a>,
}

/// What a signature is over.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signed<'a> {
    /// The module, which ML-DSA signs as it is.
    Module(&'a ModuleCache<'a>),
    /// A digest, or other data that ML-DSA signs.
    Bytes(&'a [u8]),
}

impl<'a> Signed<'a> {
    fn bytes(self) -> &'a [u8] {
        match self {
            Self::Module(cache) => cache.module(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

impl Config {
    /// Whether the kernel can compute a digest. SM3 and Streebog are taken to be missing.
    pub(super) fn has_digest(&self, digest: Digest) -> bool {
        match digest {
            Digest::Sha1 => self.sha1,
            Digest::Sha3_256 | Digest::Sha3_384 | Digest::Sha3_512 => self.sha3,
            Digest::Sha224 | Digest::Sha256 => self.sha256,
            Digest::Sha384 | Digest::Sha512 => self.sha512,
            _ => false,
        }
    }
}

/// Checks a signature.
///
/// # Errors
/// Linux's: EKEYREJECTED if it is another algorithm's or does not verify, ENOENT if the kernel lacks the algorithm,
/// EINVAL and EBADMSG for keys and signatures that are none, ENOMEM for an RSA key over 16,384 bits. EKEYREJECTED also if
/// the question is too expensive: `log.work` knows.
pub(super) fn verify(
    key: &Key,
    signature: &Signature<'_>,
    config: &Config,
    log: &mut Log,
) -> Result<(), Errno> {
    if !signature.algorithm.fits(key.algorithm) {
        return Err(Errno::EKEYREJECTED);
    }
    match key.algorithm {
        KeyAlgorithm::Rsa => {
            present(config.rsa)?;
            let digest = signature.digest.ok_or(Errno::EINVAL)?;
            rsa::verify(&key.bytes, digest, signature.message.bytes(), signature.bytes, log)
        }
        KeyAlgorithm::Ec(curve) => {
            if signature.digest.is_none_or(|digest| digest.output_len().is_none()) {
                return Err(Errno::EINVAL);
            }
            present(config.ecdsa)?;
            verify_ecdsa(curve, &key.bytes, signature.message.bytes(), signature.bytes, &mut log.work)
        }
        // Not in the kernels that are predicted.
        KeyAlgorithm::Ecrdsa => Err(Errno::ENOENT),
        KeyAlgorithm::MlDsa(parameters) => {
            if !matches!(signature.digest, None | Some(Digest::Sha512)) {
                return Err(Errno::EINVAL);
            }
            present(config.mldsa)?;
            let key = AnyVerifyingKey::from_bytes(parameters, &key.bytes).map_err(|_| Errno::EINVAL)?;
            if ml_dsa::is_malformed(parameters, signature.bytes) {
                return Err(Errno::EBADMSG);
            }
            let verifies = match signature.message {
                Signed::Module(cache) => cache.ml_dsa_verifies(&key, signature.bytes, &mut log.work)?,
                Signed::Bytes(bytes) => {
                    let inputs = [parameters.name().as_bytes(), key.as_bytes(), bytes, signature.bytes];
                    let cost = cost_of_ml_dsa(parameters, bytes.len());
                    let operation = Operation::new("ML-DSA", &inputs, cost);
                    let verify = || key.verify(bytes, Context::EMPTY, signature.bytes).is_ok();
                    log.work.verifies(&operation, verify)?
                }
            };
            if verifies { Ok(()) } else { Err(Errno::EKEYREJECTED) }
        }
    }
}

/// Why [`verify`] refuses every signature by a key; `None` if it does not.
pub(super) fn unusable(key: &Key, config: &Config) -> Option<CertificateProblem> {
    let lacks = |option: ConfigOption| (!option.get(config)).then_some(CertificateProblem::Lacks(option));
    match key.algorithm {
        KeyAlgorithm::Rsa => lacks(ConfigOption::Rsa).or_else(|| {
            let numbers = TwoNumbers::read(&key.bytes, |number, modulus| match modulus {
                _ if number.is_empty() => Err(Errno::EINVAL),
                Some(modulus) if number.len() > modulus.len() => Err(Errno::EINVAL),
                _ => Ok(number),
            });
            let Ok((n, _)) = numbers else { return Some(CertificateProblem::Key) };
            // A signature is as long as its modulus, and Linux wants it as long as the modulus in whole words: RSA-2040
            // counts as 2,048 bits, and its signatures of 255 bytes are refused.
            let len = rsa::without_leading_zeros(n).len();
            (!rsa::MODULUS_BITS.contains(&(8 * len))).then_some(CertificateProblem::RsaLength { len })
        }),
        KeyAlgorithm::Ec(curve) => lacks(ConfigOption::Ecdsa)
            .or_else(|| read_point(curve, &key.bytes).is_err().then_some(CertificateProblem::Key)),
        KeyAlgorithm::Ecrdsa => Some(CertificateProblem::LacksAlgorithm),
        KeyAlgorithm::MlDsa(parameters) => lacks(ConfigOption::MlDsa).or_else(|| {
            AnyVerifyingKey::from_bytes(parameters, &key.bytes).is_err().then_some(CertificateProblem::Key)
        }),
    }
}

fn present(algorithm: bool) -> Result<(), Errno> {
    if algorithm { Ok(()) } else { Err(Errno::ENOENT) }
}

/// A SEQUENCE of two INTEGERs, with what Linux asks of each.
pub(super) struct TwoNumbers<'a, F> {
    pub(super) data: &'a [u8],
    /// Gives the number as it is taken; the first one is `None` while it is read.
    pub(super) check: F,
    pub(super) first: Option<&'a [u8]>,
    pub(super) second: Option<&'a [u8]>,
}

impl<'a, F> TwoNumbers<'a, F>
where
    F: Fn(&'a [u8], Option<&'a [u8]>) -> Result<&'a [u8], Errno>,
{
    /// Reads them; bytes may follow.
    pub(super) fn read(data: &'a [u8], check: F) -> Result<(&'a [u8], &'a [u8]), Errno> {
        let mut numbers = Self { data, check, first: None, second: None };
        ber::walk(data, &TWO_NUMBERS, &mut numbers)?;
        // The grammar has both, so that a walk to its end has seen them.
        numbers.first.zip(numbers.second).ok_or(Errno::EBADMSG)
    }
}

impl<'a, F> Reader for TwoNumbers<'a, F>
where
    F: Fn(&'a [u8], Option<&'a [u8]>) -> Result<&'a [u8], Errno>,
{
    type Action = Number;

    fn act(&mut self, action: Number, seen: Seen) -> Result<(), Errno> {
        let number = (self.check)(seen.value(self.data), self.first)?;
        match action {
            Number::First => self.first = Some(number),
            Number::Second => self.second = Some(number),
        }
        Ok(())
    }
}

fn verify_ecdsa(
    curve: Option<Curve>,
    key: &[u8],
    hash: &[u8],
    signature: &[u8],
    work: &mut Work,
) -> Result<(), Errno> {
    // Linux counts in digits of eight bytes, in r and s as well as in coordinates.
    let room = coordinate_len(curve).next_multiple_of(8);
    let point_bytes = key;
    let key = read_point(curve, point_bytes)?;
    let (r, s) = TwoNumbers::read(signature, |number, _| match number {
        [] => Err(Errno::EINVAL),
        [0, rest @ ..] if rest.len() == room => Ok(rest),
        number if number.len() > room => Err(Errno::EINVAL),
        number => Ok(number),
    })?;
    let verifies = match (&key, curve) {
        (EcPoint::Other(key), Some(curve)) => {
            if !are_scalars(curve, r, s) {
                return Err(Errno::EBADMSG);
            }
            // The length of the point says which curve it is.
            let operation = Operation::new("ECDSA", &[key.point(), hash, r, s], cost_of_ecdsa(curve));
            work.verifies(&operation, || key.verify_scalars(hash, r, s).is_ok())?
        }
        (EcPoint::P192(point), _) => match (in_bytes(r), in_bytes(s)) {
            (Some(r), Some(s)) if p192::are_scalars(&r, &s) => {
                let operation = Operation::new("ECDSA P-192", &[point_bytes, hash, &r, &s], COST_OF_P192);
                work.verifies(&operation, || point.vartime_verify(hash, &r, &s))?
            }
            _ => return Err(Errno::EBADMSG),
        },
        (EcPoint::Other(_), None) => return Err(Errno::EINVAL),
    };
    if verifies { Ok(()) } else { Err(Errno::EKEYREJECTED) }
}

/// The price of a verification by `p192`, which is not written for speed, in the units of [`Work::LIMIT`].
const COST_OF_P192: u64 = 4_000_000;

/// A point on a curve that Linux knows.
enum EcPoint {
    P192(p192::Point),
    Other(EcPublicKey),
}

fn coordinate_len(curve: Option<Curve>) -> usize {
    curve.map_or(p192::LEN, Curve::coordinate_len)
}

/// A number in as many bytes as P-192 has, if it fits.
fn in_bytes(number: &[u8]) -> Option<[u8; p192::LEN]> {
    fixed_len(number, p192::LEN)?.try_into().ok()
}

/// An uncompressed point; its coordinates may lack leading zeros or have some more, as long as they have the same
/// number of digits of eight bytes.
fn read_point(curve: Option<Curve>, point: &[u8]) -> Result<EcPoint, Errno> {
    let len = coordinate_len(curve);
    let Some((4, coordinates)) = point.split_first() else { return Err(Errno::EINVAL) };
    let half = coordinates.len() / 2;
    if !coordinates.len().is_multiple_of(2) || half.next_multiple_of(8) != len.next_multiple_of(8) {
        return Err(Errno::EINVAL);
    }
    let (x, y) = coordinates.split_at(half);
    let Some(curve) = curve else {
        let both = in_bytes(x).zip(in_bytes(y)).ok_or(Errno::EINVAL)?;
        return p192::Point::new(&both.0, &both.1).map(EcPoint::P192).ok_or(Errno::EINVAL);
    };
    let mut plain = vec![4];
    for coordinate in [x, y] {
        plain.extend(fixed_len(coordinate, len).ok_or(Errno::EINVAL)?);
    }
    EcPublicKey::from_sec1(curve, &plain).map(EcPoint::Other).map_err(|_| Errno::EINVAL)
}
