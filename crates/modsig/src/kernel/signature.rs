//! How Linux verifies one signature with one key (`public_key.c`, `rsa.c`, `rsassa-pkcs1.c`, `ecdsa.c`, `ecdsa-x962.c`,
//! `mldsa.c`), and the error with which it rejects it.

use mldsa::Context;
use mldsa::dynamic::{AnyVerifyingKey, Parameters};

use super::log::Log;
use super::problem::CertificateProblem;
use super::{Config, ConfigOption, Errno, ecdsa, fips, ml_dsa, rsa};
use crate::algorithm::Digest;
use crate::module_cache::ModuleCache;
use crate::public_key::Curve;
use crate::work::{Operation, cost_of_ml_dsa};

/// The algorithm of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyAlgorithm {
    Rsa,
    /// `None` is P-192, which only the kernel model supports.
    Ec(Option<Curve>),
    /// GOST, which the predicted kernels do not have.
    Ecrdsa,
    /// SM2, which the predicted kernels do not have.
    Sm2,
    MlDsa(Parameters),
}

/// The algorithm that a signature names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SignatureAlgorithm {
    Rsa,
    Ecdsa,
    Ecrdsa,
    Sm2,
    MlDsa(Parameters),
}

impl SignatureAlgorithm {
    /// ML-DSA signs the data itself, not a digest.
    pub(super) fn takes_data(self) -> bool {
        matches!(self, Self::MlDsa(_))
    }

    fn fits(self, key: KeyAlgorithm) -> bool {
        match (self, key) {
            (Self::Rsa, KeyAlgorithm::Rsa)
            | (Self::Ecdsa, KeyAlgorithm::Ec(_))
            | (Self::Ecrdsa, KeyAlgorithm::Ecrdsa)
            | (Self::Sm2, KeyAlgorithm::Sm2) => true,
            (Self::MlDsa(signature), KeyAlgorithm::MlDsa(key)) => signature == key,
            _ => false,
        }
    }
}

/// A key as encoded in a certificate; Linux checks it only when it uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) algorithm: KeyAlgorithm,
    /// The contents of subjectPublicKey.
    pub(super) bytes: Vec<u8>,
}

/// A signature and the data it covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signature<'a> {
    pub(super) algorithm: SignatureAlgorithm,
    /// The digest; `None` if ML-DSA signs the data.
    pub(super) digest: Option<Digest>,
    pub(super) bytes: &'a [u8],
    pub(super) message: Signed<'a>,
}

/// The data that a signature covers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Signed<'a> {
    /// The module, which ML-DSA signs directly.
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
    /// Whether the kernel can compute a digest. MD4, SM3 and Streebog are assumed to be missing.
    pub(super) fn has_digest(&self, digest: Digest) -> bool {
        match digest {
            Digest::Md5 => self.md5 && !self.in_fips_mode(),
            Digest::Sha1 => self.sha1,
            Digest::Sha3_256 | Digest::Sha3_384 | Digest::Sha3_512 => self.sha3,
            Digest::Sha224 | Digest::Sha256 => self.sha256,
            Digest::Sha384 | Digest::Sha512 => self.sha512,
            _ => false,
        }
    }
}

/// Verifies a signature.
///
/// # Errors
/// Linux's: EKEYREJECTED if the algorithms of key and signature differ or it does not verify, ENOENT if the kernel
/// lacks the algorithm, EINVAL and EBADMSG for malformed keys and signatures, ENOMEM for an RSA key over 16,384 bits.
/// EKEYREJECTED also if the question is too expensive: check `log.work`.
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
            if config.in_fips_mode() {
                present(fips::has_rsa_with(digest, config))?;
                fips::check_rsa(&key.bytes, config, log)?;
            }
            rsa::verify(&key.bytes, digest, signature.message.bytes(), signature.bytes, config.version, log)
        }
        KeyAlgorithm::Ec(curve) => {
            // Not MD5: `software_key_determine_akcipher` names the digests for ECDSA.
            if signature.digest.is_none_or(|digest| digest.output_len().is_none()) {
                return Err(Errno::EINVAL);
            }
            present(config.ecdsa && fips::has_curve(curve, config))?;
            let (key, hash) = (&key.bytes, signature.message.bytes());
            ecdsa::verify(curve, key, hash, signature.bytes, config.version, &mut log.work)
        }
        // The predicted kernels have neither; a digest of another family is an earlier error.
        KeyAlgorithm::Ecrdsa => match signature.digest {
            Some(Digest::Streebog256 | Digest::Streebog512) => Err(Errno::ENOENT),
            _ => Err(Errno::EINVAL),
        },
        KeyAlgorithm::Sm2 => match signature.digest {
            Some(Digest::Sm3) => Err(Errno::ENOENT),
            _ => Err(Errno::EINVAL),
        },
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

/// Why [`verify`] rejects every signature by a key; `None` if it does not.
pub(super) fn unusable(key: &Key, config: &Config) -> Option<CertificateProblem> {
    let lacks = |option: ConfigOption| (!option.get(config)).then_some(CertificateProblem::Lacks(option));
    match key.algorithm {
        KeyAlgorithm::Rsa => lacks(ConfigOption::Rsa).or_else(|| {
            let Ok((n, _)) = rsa::read_key(&key.bytes) else { return Some(CertificateProblem::Key) };
            // A signature is as long as its modulus, but Linux requires the length of the modulus in whole words:
            // RSA-2040 counts as 2,048 bits, so Linux rejects its signatures of 255 bytes.
            let len = rsa::without_leading_zeros(n).len();
            let in_fips_mode = || {
                fips::check_rsa(&key.bytes, config, &mut Log::default())
                    .is_err()
                    .then_some(CertificateProblem::FipsMode)
            };
            let len_problem = CertificateProblem::RsaLength { len };
            (!rsa::MODULUS_BITS.contains(&(8 * len))).then_some(len_problem).or_else(in_fips_mode)
        }),
        KeyAlgorithm::Ec(curve) => lacks(ConfigOption::Ecdsa)
            .or_else(|| (!fips::has_curve(curve, config)).then_some(CertificateProblem::FipsMode))
            .or_else(|| {
                let point = ecdsa::read_point(curve, &key.bytes, config.version);
                point.is_err().then_some(CertificateProblem::Key)
            }),
        KeyAlgorithm::Ecrdsa | KeyAlgorithm::Sm2 => Some(CertificateProblem::LacksAlgorithm),
        KeyAlgorithm::MlDsa(parameters) => lacks(ConfigOption::MlDsa).or_else(|| {
            AnyVerifyingKey::from_bytes(parameters, &key.bytes).is_err().then_some(CertificateProblem::Key)
        }),
    }
}

fn present(algorithm: bool) -> Result<(), Errno> {
    if algorithm { Ok(()) } else { Err(Errno::ENOENT) }
}
