//! What the runners ask of an implementation of ML-DSA, and one parameter set of one.
//!
//! This project's own, on the back end of choice, is in [`ours`](crate::ours). Others can be run through the same
//! vectors: the C interface is.

use mldsa::dynamic::Parameters;

use crate::backend::Kernels;
use crate::prehash::HashAlg;

/// What is signed, through which interface of FIPS 204.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// ML-DSA.Sign and ML-DSA.Verify (algorithms 2 and 3).
    Pure {
        /// M, of any length.
        message: Vec<u8>,
        /// ctx, 0 to 255 bytes.
        context: Vec<u8>,
    },
    /// HashML-DSA.Sign and HashML-DSA.Verify (algorithms 4 and 5).
    PreHash {
        /// PH.
        hash: HashAlg,
        /// M, of any length, before the hash.
        message: Vec<u8>,
        /// ctx, 0 to 255 bytes.
        context: Vec<u8>,
    },
    /// ML-DSA.Sign_internal and ML-DSA.Verify_internal (algorithms 7 and 8) on M′.
    Internal(Vec<u8>),
    /// The same, from the 64 bytes of mu on ("external mu").
    Mu([u8; 64]),
}

/// An implementation of ML-DSA. What it refuses, it gives a reason for, which goes into the report.
pub trait Implementation: Copy {
    /// Its private keys.
    type PrivateKey: PrivateKey;
    /// Its public keys.
    type PublicKey: PublicKey;

    /// ML-DSA.KeyGen_internal (algorithm 6) of a seed xi, which should be 32 bytes and may be more or fewer.
    ///
    /// # Errors
    /// The length.
    fn private_key_from_seed(self, set: Parameters, seed: &[u8]) -> Result<Self::PrivateKey, String>;

    /// skDecode (algorithm 25) of bytes of any length, with what checks the implementation has.
    ///
    /// # Errors
    /// Whatever is refused.
    fn private_key_from_expanded(self, set: Parameters, bytes: &[u8]) -> Result<Self::PrivateKey, String>;

    /// A public key from its encoding, of any length.
    ///
    /// # Errors
    /// The length.
    fn public_key(self, set: Parameters, bytes: &[u8]) -> Result<Self::PublicKey, String>;
}

/// A private key of an [`Implementation`].
pub trait PrivateKey {
    /// skEncode (algorithm 24): 2560, 4032 or 4896 bytes.
    fn expanded_bytes(&self) -> Vec<u8>;

    /// The public key that belongs to it: 1312, 1952 or 2592 bytes.
    fn public_key_bytes(&self) -> Vec<u8>;

    /// mu, computed by itself and not inside of a signing function.
    ///
    /// # Errors
    /// A context that is too long.
    fn mu(&self, message: &Message) -> Result<[u8; 64], String>;

    /// Signs; `rnd` is 32 zero bytes for the deterministic variant. The signature has 2420, 3309 or 4627 bytes.
    ///
    /// # Errors
    /// A context that is too long.
    fn sign(&self, message: &Message, rnd: &[u8; 32]) -> Result<Vec<u8>, String>;
}

/// A public key of an [`Implementation`].
pub trait PublicKey {
    /// Whether `signature`, of any length, is one of `message`. A context over 255 bytes has none.
    fn verify(&self, message: &Message, signature: &[u8]) -> bool;
}

/// One parameter set of an implementation: this project's, where nothing else is said.
#[derive(Clone, Copy, Debug)]
pub struct Scheme<I = Kernels> {
    set: Parameters,
    implementation: I,
}

impl<I: Implementation> Scheme<I> {
    /// `set` of `implementation`.
    pub const fn new(set: Parameters, implementation: I) -> Self {
        Self { set, implementation }
    }

    /// The parameter set.
    pub const fn set(self) -> Parameters {
        self.set
    }

    /// [`Implementation::private_key_from_seed`].
    ///
    /// # Errors
    /// The same.
    pub fn private_key_from_seed(self, seed: &[u8]) -> Result<I::PrivateKey, String> {
        self.implementation.private_key_from_seed(self.set, seed)
    }

    /// [`Implementation::private_key_from_expanded`].
    ///
    /// # Errors
    /// The same.
    pub fn private_key_from_expanded(self, bytes: &[u8]) -> Result<I::PrivateKey, String> {
        self.implementation.private_key_from_expanded(self.set, bytes)
    }

    /// [`Implementation::public_key`].
    ///
    /// # Errors
    /// The same.
    pub fn public_key(self, bytes: &[u8]) -> Result<I::PublicKey, String> {
        self.implementation.public_key(self.set, bytes)
    }
}
