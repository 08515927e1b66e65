//! Keys and signatures.

use crate::backend::Backend;
use crate::encoding::keys::PrivateKeyParts;
use crate::error::{InvalidSignature, MalformedKey};
use crate::keygen::{self, Inconsistent};
use crate::matrix::MatrixSchedule;
use crate::mu::{Context, MuHasher};
use crate::params::{Array, MU_LEN, ParameterSet, SEED_LEN};
use crate::poly::wipe;
use crate::seed::Seed;
use core::fmt;
use subtle::ConstantTimeEq;

/// A private key with its public key. Wiped on drop, compared in constant time, never printed.
///
/// Created from a seed, or read in the expanded encoding of FIPS 204. A key that was created from a seed stores the seed.
#[derive(Clone)]
pub struct SigningKey<P: ParameterSet> {
    seed: Option<Seed>,
    expanded: P::SigningKeyBytes,
    verifying_key: VerifyingKey<P>,
}

/// A public key: 1312, 1952 or 2592 bytes.
#[derive(Clone)]
pub struct VerifyingKey<P: ParameterSet>(pub(crate) P::VerifyingKeyBytes);

/// A signature: 2420, 3309 or 4627 bytes. Only verification checks its contents.
#[derive(Clone)]
pub struct Signature<P: ParameterSet>(pub(crate) P::SignatureBytes);

impl<P: ParameterSet> SigningKey<P> {
    /// Memory for a key. [`set_seed`](Self::set_seed) or [`set_expanded`](Self::set_expanded) fills it in place: these need
    /// the most stack, and a key that they returned would be on the stack a second time.
    pub(crate) const EMPTY: Self = Self {
        seed: None,
        expanded: P::SigningKeyBytes::ZEROED,
        verifying_key: VerifyingKey(P::VerifyingKeyBytes::ZEROED),
    };

    #[inline(never)]
    pub(crate) fn set_seed<B: Backend, S: MatrixSchedule>(
        &mut self,
        backend: B,
        seed: &[u8; SEED_LEN],
        memory: &mut keygen::Memory<S::Memory>,
    ) {
        let (pk, sk) = (&mut self.verifying_key.0, &mut self.expanded);
        keygen::keygen_internal::<P, B, S>(backend, seed, pk, sk, memory);
        // In place: moving a seed leaves a copy behind.
        self.seed.insert(Seed::from_bytes([0; SEED_LEN])).set(seed);
    }

    #[inline(never)]
    pub(crate) fn set_expanded<B: Backend, S: MatrixSchedule>(
        &mut self,
        backend: B,
        bytes: &[u8],
        memory: &mut keygen::Memory<S::Memory>,
    ) -> Result<(), MalformedKey> {
        copy_exact(&mut self.expanded, bytes)?;
        self.seed = None;
        let (pk, sk) = (&mut self.verifying_key.0, &mut self.expanded);
        keygen::public_key_of::<P, B, S>(backend, sk, pk, memory).map_err(|reason| match reason {
            Inconsistent::SecretRange => MalformedKey::SecretRange,
            Inconsistent::T0 => MalformedKey::T0Mismatch,
            Inconsistent::Tr => MalformedKey::TrMismatch,
        })
    }

    /// Returns the seed, if the key was created from one.
    pub fn seed(&self) -> Option<&Seed> {
        self.seed.as_ref()
    }

    /// Returns the expanded encoding (FIPS 204, Algorithm 24, skEncode), which is secret.
    pub fn as_expanded_bytes(&self) -> &[u8] {
        self.expanded.as_ref()
    }

    pub(crate) fn expanded(&self) -> &P::SigningKeyBytes {
        &self.expanded
    }

    /// Returns the public key.
    pub fn verifying_key(&self) -> &VerifyingKey<P> {
        &self.verifying_key
    }

    /// Returns tr, the hash of the public key, with which mu starts.
    pub fn tr(&self) -> &[u8; MU_LEN] {
        PrivateKeyParts::new::<P>(&self.expanded).tr
    }

    /// Starts to compute mu of a message that arrives in pieces.
    pub fn mu_hasher(&self, context: Context<'_>) -> MuHasher {
        MuHasher::new(self.tr(), context)
    }
}

impl<P: ParameterSet> Drop for SigningKey<P> {
    fn drop(&mut self) {
        wipe(self.expanded.as_mut());
    }
}

impl<P: ParameterSet> zeroize::ZeroizeOnDrop for SigningKey<P> {}

impl<P: ParameterSet> PartialEq for SigningKey<P> {
    fn eq(&self, other: &Self) -> bool {
        self.expanded.as_ref().ct_eq(other.expanded.as_ref()).into()
    }
}

impl<P: ParameterSet> Eq for SigningKey<P> {}

impl<P: ParameterSet> fmt::Debug for SigningKey<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey<{}>(..)", P::NAME)
    }
}

impl<P: ParameterSet> VerifyingKey<P> {
    /// Reads a public key (FIPS 204, Algorithm 23, pkDecode). Every string of the right length is a public key.
    ///
    /// # Errors
    /// [`MalformedKey::Length`] if the length is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MalformedKey> {
        let mut key = Self(P::VerifyingKeyBytes::ZEROED);
        copy_exact(&mut key.0, bytes)?;
        Ok(key)
    }

    /// Returns the encoding (FIPS 204, Algorithm 22, pkEncode).
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl<P: ParameterSet> PartialEq for VerifyingKey<P> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<P: ParameterSet> Eq for VerifyingKey<P> {}

impl<P: ParameterSet> fmt::Debug for VerifyingKey<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey<{}>({:02x?}…)", P::NAME, self.as_bytes().first_chunk::<8>())
    }
}

impl<P: ParameterSet> Signature<P> {
    /// Memory for a signature, filled in place.
    pub(crate) const EMPTY: Self = Self(P::SignatureBytes::ZEROED);

    /// Copies a signature of the right length. Only verification checks its contents.
    ///
    /// # Errors
    /// [`InvalidSignature`] if the length is wrong.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidSignature> {
        let mut signature = Self::EMPTY;
        copy_exact(&mut signature.0, bytes).map_err(|_| InvalidSignature)?;
        Ok(signature)
    }

    /// Returns the encoding (FIPS 204, Algorithm 26, sigEncode).
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_ref()
    }
}

impl<P: ParameterSet> PartialEq for Signature<P> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<P: ParameterSet> Eq for Signature<P> {}

impl<P: ParameterSet> fmt::Debug for Signature<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature<{}>({:02x?}…)", P::NAME, self.as_bytes().first_chunk::<8>())
    }
}

/// Fills an array with a slice of exactly the same length.
fn copy_exact<A: Array<u8>>(array: &mut A, bytes: &[u8]) -> Result<(), MalformedKey> {
    let expected = array.as_ref().len();
    if bytes.len() != expected {
        return Err(MalformedKey::Length { expected, found: bytes.len() });
    }
    array.as_mut().copy_from_slice(bytes);
    Ok(())
}
