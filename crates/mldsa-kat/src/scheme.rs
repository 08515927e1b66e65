//! The traits of an implementation of ML-DSA that the runners use, and one parameter set of an implementation.
//!
//! This project's own, on the back end of choice, is in [`implementation`](crate::implementation). Others can be run through the same
//! vectors: the C interface is.

use mldsa::dynamic::Parameters;

use crate::backend::Kernels;
use crate::prehash::HashAlg;

/// The signed message, and the interface of FIPS 204 that signs it.
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

/// An implementation of ML-DSA. Its errors are reasons for the report.
pub trait Implementation: Copy {
    /// The type of private keys.
    type PrivateKey: PrivateKey;
    /// The type of public keys.
    type PublicKey: PublicKey;

    /// ML-DSA.KeyGen_internal (algorithm 6) of a seed xi of any length.
    ///
    /// # Errors
    /// The length is wrong.
    fn private_key_from_seed(self, set: Parameters, seed: &[u8]) -> Result<Self::PrivateKey, String>;

    /// skDecode (algorithm 25) of bytes of any length, with the checks of the implementation.
    ///
    /// # Errors
    /// The implementation rejects the key.
    fn private_key_from_expanded(self, set: Parameters, bytes: &[u8]) -> Result<Self::PrivateKey, String>;

    /// Reads a public key from bytes of any length.
    ///
    /// # Errors
    /// The length is wrong.
    fn public_key(self, set: Parameters, bytes: &[u8]) -> Result<Self::PublicKey, String>;
}

/// A private key of an [`Implementation`].
pub trait PrivateKey {
    /// skEncode (algorithm 24): 2560, 4032 or 4896 bytes.
    fn expanded_bytes(&self) -> Vec<u8>;

    /// The matching public key: 1312, 1952 or 2592 bytes.
    fn public_key_bytes(&self) -> Vec<u8>;

    /// mu, computed outside of a signing function.
    ///
    /// # Errors
    /// The context is too long.
    fn mu(&self, message: &Message) -> Result<[u8; 64], String>;

    /// Signs; `rnd` is 32 zero bytes for the deterministic variant. The signature has 2420, 3309 or 4627 bytes.
    ///
    /// # Errors
    /// The context is too long.
    fn sign(&self, message: &Message, rnd: &[u8; 32]) -> Result<Vec<u8>, String>;
}

/// A public key of an [`Implementation`].
pub trait PublicKey {
    /// Whether `signature`, of any length, is a signature of `message`. With a context over 255 bytes, no signature is valid.
    fn verify(&self, message: &Message, signature: &[u8]) -> bool;
}

/// One parameter set of an implementation; by default, of this project's.
#[derive(Clone, Copy, Debug)]
pub struct Scheme<I = Kernels> {
    set: Parameters,
    implementation: I,
}

impl<I: Implementation> Scheme<I> {
    /// Creates the scheme from an implementation and a set.
    pub const fn new(set: Parameters, implementation: I) -> Self {
        Self { set, implementation }
    }

    /// Returns the parameter set.
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
