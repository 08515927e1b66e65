//! Conversions between the types and arrays or slices of bytes, by the standard traits. Conversions from slices check the
//! length; conversions from arrays cannot fail.

use crate::error::{InvalidSignature, MalformedKey};
use crate::key::{Signature, SigningKey, VerifyingKey};
use crate::mu::Mu;
use crate::params::{MU_LEN, MlDsa44, MlDsa65, MlDsa87, ParameterSet, SEED_LEN};
use crate::seed::Seed;

impl<P: ParameterSet> VerifyingKey<P> {
    /// Creates a key from an array of [`ParameterSet::VERIFYING_KEY_LEN`] bytes. Every such array is a key.
    pub const fn from_array(bytes: P::VerifyingKeyBytes) -> Self {
        Self(bytes)
    }

    /// Returns the encoding as an array: `[u8; 1312]`, `[u8; 1952]` or `[u8; 2592]`.
    pub const fn as_array(&self) -> &P::VerifyingKeyBytes {
        &self.0
    }
}

impl<P: ParameterSet> Signature<P> {
    /// Creates a signature from an array of [`ParameterSet::SIGNATURE_LEN`] bytes.
    pub const fn from_array(bytes: P::SignatureBytes) -> Self {
        Self(bytes)
    }

    /// Returns the encoding as an array: `[u8; 2420]`, `[u8; 3309]` or `[u8; 4627]`.
    pub const fn as_array(&self) -> &P::SignatureBytes {
        &self.0
    }
}

impl<P: ParameterSet> AsRef<[u8]> for VerifyingKey<P> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl<P: ParameterSet> AsRef<[u8]> for Signature<P> {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Returns the public key that a private key contains.
impl<P: ParameterSet> AsRef<VerifyingKey<P>> for SigningKey<P> {
    fn as_ref(&self) -> &VerifyingKey<P> {
        self.verifying_key()
    }
}

/// [`VerifyingKey::from_bytes`].
impl<P: ParameterSet> TryFrom<&[u8]> for VerifyingKey<P> {
    type Error = MalformedKey;

    fn try_from(bytes: &[u8]) -> Result<Self, MalformedKey> {
        Self::from_bytes(bytes)
    }
}

/// [`Signature::from_bytes`].
impl<P: ParameterSet> TryFrom<&[u8]> for Signature<P> {
    type Error = InvalidSignature;

    fn try_from(bytes: &[u8]) -> Result<Self, InvalidSignature> {
        Self::from_bytes(bytes)
    }
}

/// Reads a seed of exactly 32 bytes; otherwise [`MalformedKey::Length`].
impl TryFrom<&[u8]> for Seed {
    type Error = MalformedKey;

    fn try_from(bytes: &[u8]) -> Result<Self, MalformedKey> {
        // Filled in place, so that no copy of the secret stays on the stack.
        let mut seed = Self::from_bytes([0; SEED_LEN]);
        if bytes.len() != SEED_LEN {
            return Err(MalformedKey::Length { expected: SEED_LEN, found: bytes.len() });
        }
        seed.as_mut_bytes().copy_from_slice(bytes);
        Ok(seed)
    }
}

impl From<[u8; MU_LEN]> for Mu {
    fn from(bytes: [u8; MU_LEN]) -> Self {
        Self::from_bytes(bytes)
    }
}

/// The conversions of one set. Coherence allows these implementations for concrete types only.
macro_rules! arrays {
    ($($P:ident: $key:literal, $signature:literal;)*) => {$(
        impl From<[u8; $key]> for VerifyingKey<$P> {
            fn from(bytes: [u8; $key]) -> Self {
                Self(bytes)
            }
        }

        impl From<VerifyingKey<$P>> for [u8; $key] {
            fn from(key: VerifyingKey<$P>) -> Self {
                key.0
            }
        }

        impl From<[u8; $signature]> for Signature<$P> {
            fn from(bytes: [u8; $signature]) -> Self {
                Self(bytes)
            }
        }

        impl From<Signature<$P>> for [u8; $signature] {
            fn from(signature: Signature<$P>) -> Self {
                signature.0
            }
        }
    )*};
}

arrays! {
    MlDsa44: 1312, 2420;
    MlDsa65: 1952, 3309;
    MlDsa87: 2592, 4627;
}
