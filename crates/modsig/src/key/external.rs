//! Private keys outside this process: in a PKCS#11 token, an HSM or a signing service.

use core::fmt;

use mldsa::Rnd;

use super::ec;
use crate::algorithm::Digest;
use crate::public_key::{PublicKey, digest_info_prefix};

/// A private key that another device or program holds. It signs what it is given; [`super::PrivateKey::external`] makes
/// it a key like any other, which computes the input and verifies every signature.
pub trait ExternalKey: Send + Sync {
    /// Signs, and returns the raw signature. Several threads may call it at once.
    ///
    /// | input | signature |
    /// |---|---|
    /// | [`ToSign::Message`] | ML-DSA (FIPS 204): 2420, 3309 or 4627 bytes |
    /// | [`ToSign::DigestInfo`] | RSA: as long as the modulus |
    /// | [`ToSign::Digest`] | ECDSA: r and s, each as long as a coordinate |
    ///
    /// # Errors
    /// [`ExternalError::Unavailable`], [`ExternalError::Refused`].
    fn sign(&self, input: ToSign<'_>) -> Result<Vec<u8>, ExternalError>;

    /// Whether every further signature will fail: the token was removed. A batch stops then.
    fn is_lost(&self) -> bool {
        false
    }
}

/// What an external key signs.
#[derive(Debug, Clone, Copy)]
pub enum ToSign<'a> {
    /// The whole message: pure ML-DSA with an empty context, not HashML-DSA.
    Message {
        /// The message.
        message: &'a [u8],
        /// Without randomness (FIPS 204, the deterministic variant).
        deterministic: bool,
    },
    /// A DigestInfo in DER (RFC 8017 §9.2, step 2). The key pads it (PKCS#1 v1.5, type 1) and raises it to its power.
    DigestInfo(&'a [u8]),
    /// A digest for ECDSA, already truncated to the length of the curve's order (FIPS 186-5 §6.4).
    Digest {
        /// The digest, at most 32 (P-256), 48 (P-384) or 66 (P-521) bytes.
        hash: &'a [u8],
        /// With the nonce of RFC 6979. A key that draws its nonce itself must refuse.
        deterministic: bool,
    },
}

/// Why an external key did not sign.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExternalError {
    /// The device cannot be used now: removed, broken, out of sessions. What happened and what to do.
    Unavailable(String),
    /// The device refuses this signature, or does not support it. What happened and what to do.
    Refused(String),
    /// The signature that came back does not verify with the public key.
    WrongSignature,
}

impl fmt::Display for ExternalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(message) | Self::Refused(message) => f.write_str(message),
            Self::WrongSignature => write!(
                f,
                "the token returned a signature that does not verify with its public key; check that public key and certificate in the token belong to the key, and the token itself"
            ),
        }
    }
}

impl core::error::Error for ExternalError {}

/// Why a key made no signature.
#[derive(Debug)]
pub(crate) enum NotSigned {
    /// A computation was faulty, or the digest cannot be computed.
    Fault,
    External(ExternalError),
}

/// Signs `message` with an external key and verifies the signature. A deterministic ML-DSA signature is made twice, as
/// in [`super::unfaulted`].
pub(super) fn sign(
    key: &dyn ExternalKey,
    public: &PublicKey,
    message: &[u8],
    digest: Digest,
    rnd: &Rnd,
) -> Result<Vec<u8>, NotSigned> {
    // Not secret: the caller chose deterministic or hedged.
    let deterministic = rnd.as_bytes() == Rnd::DETERMINISTIC.as_bytes();
    let (hash, signature) = match public {
        PublicKey::MlDsa(_) => {
            let input = ToSign::Message { message, deterministic };
            let signature = key.sign(input).map_err(NotSigned::External)?;
            if deterministic && key.sign(input).map_err(NotSigned::External)? != signature {
                return Err(NotSigned::Fault);
            }
            (None, signature)
        }
        PublicKey::Rsa(_) => {
            let hash = digest.hash(message).ok_or(NotSigned::Fault)?;
            let info = [&digest_info_prefix(digest, &hash)[..], &hash[..]].concat();
            let signature = key.sign(ToSign::DigestInfo(&info)).map_err(NotSigned::External)?;
            (Some(hash), signature)
        }
        PublicKey::Ec(ec_key) => {
            let hash = digest.hash(message).ok_or(NotSigned::Fault)?;
            let len = ec_key.curve().coordinate_len();
            let truncated = hash.get(..len).unwrap_or(&hash);
            let input = ToSign::Digest { hash: truncated, deterministic };
            let raw = key.sign(input).map_err(NotSigned::External)?;
            if raw.len() != 2 * len {
                return Err(NotSigned::External(ExternalError::WrongSignature));
            }
            let (r, s) = raw.split_at(len);
            (Some(hash), ec::signature_der(r, s))
        }
        PublicKey::Other { .. } => return Err(NotSigned::Fault),
    };
    let verified = match hash {
        Some(hash) => public.verify_prehash(digest, &hash, &signature),
        None => public.verify(digest, message, &signature),
    };
    verified.map(|()| signature).map_err(|_| NotSigned::External(ExternalError::WrongSignature))
}
