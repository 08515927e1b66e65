//! The random inputs of FIPS 204: xi and rnd.

use crate::params::SEED_LEN;
use core::fmt;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// xi, the 32 bytes that determine a key pair: the private key in its shortest form.
///
/// Secret: wiped on drop, compared in constant time, never printed.
#[derive(Clone)]
pub struct Seed([u8; SEED_LEN]);

/// rnd, the 32 bytes that hedge a signature against faults and side channels (FIPS 204, section 3.4).
///
/// Wiped on drop, never printed. Use a fresh value for each signature, or [`Rnd::DETERMINISTIC`].
#[derive(Clone)]
pub struct Rnd([u8; 32]);

impl Seed {
    /// Overwrites the seed in place.
    pub(crate) fn set(&mut self, bytes: &[u8; SEED_LEN]) {
        self.0.copy_from_slice(bytes);
    }

    /// Creates a seed from 32 bytes of an approved random bit generator with at least the strength of the parameter set.
    pub const fn from_bytes(bytes: [u8; SEED_LEN]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; SEED_LEN] {
        &self.0
    }

    /// Returns the 32 bytes, to be filled in place.
    pub(crate) const fn as_mut_bytes(&mut self) -> &mut [u8; SEED_LEN] {
        &mut self.0
    }

    /// Draws 32 bytes from a cryptographic generator.
    #[cfg(feature = "rand_core")]
    pub fn generate<R: rand_core::CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut seed = Self([0; SEED_LEN]);
        rng.fill_bytes(&mut seed.0);
        seed
    }

    /// Draws 32 bytes from a cryptographic generator that may fail.
    ///
    /// # Errors
    /// The error of the generator.
    #[cfg(feature = "rand_core")]
    pub fn try_from_rng<R: rand_core::TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut seed = Self([0; SEED_LEN]);
        rng.try_fill_bytes(&mut seed.0)?;
        Ok(seed)
    }

    /// Draws 32 bytes from the operating system.
    ///
    /// # Errors
    /// [`NoRandomness`] if the operating system returns none.
    #[cfg(feature = "getrandom")]
    pub fn try_generate() -> Result<Self, NoRandomness> {
        let mut seed = Self([0; SEED_LEN]);
        getrandom::fill(&mut seed.0).map_err(NoRandomness)?;
        Ok(seed)
    }
}

impl Rnd {
    /// All zero: the deterministic variant of FIPS 204. The same key and message give the same signature. An attacker who can
    /// disturb the computation may learn the key from two such signatures, even if both verify. Sign each message twice and
    /// compare the signatures (`docs/assurance/faults.md`).
    pub const DETERMINISTIC: Self = Self([0; 32]);

    /// Creates rnd from 32 fresh random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Draws 32 bytes from a cryptographic generator.
    #[cfg(feature = "rand_core")]
    pub fn generate<R: rand_core::CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut rnd = Self([0; 32]);
        rng.fill_bytes(&mut rnd.0);
        rnd
    }

    /// Draws 32 bytes from a cryptographic generator that may fail.
    ///
    /// # Errors
    /// The error of the generator.
    #[cfg(feature = "rand_core")]
    pub fn try_from_rng<R: rand_core::TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut rnd = Self([0; 32]);
        rng.try_fill_bytes(&mut rnd.0)?;
        Ok(rnd)
    }

    /// Draws 32 bytes from the operating system.
    ///
    /// # Errors
    /// [`NoRandomness`] if the operating system returns none.
    #[cfg(feature = "getrandom")]
    pub fn try_generate() -> Result<Self, NoRandomness> {
        let mut rnd = Self([0; 32]);
        getrandom::fill(&mut rnd.0).map_err(NoRandomness)?;
        Ok(rnd)
    }
}

/// The operating system returned no randomness.
#[cfg(feature = "getrandom")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRandomness(getrandom::Error);

#[cfg(feature = "getrandom")]
impl fmt::Display for NoRandomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no randomness from the operating system: {}", self.0)
    }
}

#[cfg(feature = "getrandom")]
impl core::error::Error for NoRandomness {}

impl Drop for Seed {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Drop for Rnd {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl ZeroizeOnDrop for Seed {}
impl ZeroizeOnDrop for Rnd {}

impl ConstantTimeEq for Seed {
    fn ct_eq(&self, other: &Self) -> subtle::Choice {
        self.0.ct_eq(&other.0)
    }
}

impl PartialEq for Seed {
    fn eq(&self, other: &Self) -> bool {
        self.ct_eq(other).into()
    }
}

impl Eq for Seed {}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

impl fmt::Debug for Rnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rnd(..)")
    }
}
