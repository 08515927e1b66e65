//! The random inputs of FIPS 204: xi and rnd.

use crate::params::SEED_LEN;
use core::fmt;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// xi, the 32 bytes from which a key pair is made: the whole private key, in its shortest form.
///
/// Secret: wiped on drop, compared in constant time, never printed.
#[derive(Clone)]
pub struct Seed([u8; SEED_LEN]);

/// rnd, the 32 bytes that hedge a signature against faults and side channels (FIPS 204, section 3.4).
///
/// Wiped on drop, never printed. Use a fresh one for each signature, or [`Rnd::DETERMINISTIC`].
#[derive(Clone)]
pub struct Rnd([u8; 32]);

impl Seed {
    /// Overwrites it, where it lies.
    pub(crate) fn set(&mut self, bytes: &[u8; SEED_LEN]) {
        self.0.copy_from_slice(bytes);
    }

    /// From 32 bytes, drawn by an approved generator of at least the set's strength.
    pub const fn from_bytes(bytes: [u8; SEED_LEN]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; SEED_LEN] {
        &self.0
    }

    /// To be filled in place.
    pub(crate) const fn as_mut_bytes(&mut self) -> &mut [u8; SEED_LEN] {
        &mut self.0
    }

    /// From a cryptographic generator.
    #[cfg(feature = "rand_core")]
    pub fn generate<R: rand_core::CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut seed = Self([0; SEED_LEN]);
        rng.fill_bytes(&mut seed.0);
        seed
    }

    /// From a cryptographic generator that may fail.
    ///
    /// # Errors
    /// The generator's.
    #[cfg(feature = "rand_core")]
    pub fn try_from_rng<R: rand_core::TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut seed = Self([0; SEED_LEN]);
        rng.try_fill_bytes(&mut seed.0)?;
        Ok(seed)
    }

    /// From the operating system's generator.
    ///
    /// # Errors
    /// [`NoRandomness`], if it gives none.
    #[cfg(feature = "getrandom")]
    pub fn try_generate() -> Result<Self, NoRandomness> {
        let mut seed = Self([0; SEED_LEN]);
        getrandom::fill(&mut seed.0).map_err(NoRandomness)?;
        Ok(seed)
    }
}

impl Rnd {
    /// All zero: the deterministic variant of FIPS 204. The same key and message give the same signature;
    /// whoever can disturb the computation may learn the key from two of them, also from two that verify. Make each
    /// twice and compare (`docs/assurance/faults.md`).
    pub const DETERMINISTIC: Self = Self([0; 32]);

    /// From 32 fresh random bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// From a cryptographic generator.
    #[cfg(feature = "rand_core")]
    pub fn generate<R: rand_core::CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut rnd = Self([0; 32]);
        rng.fill_bytes(&mut rnd.0);
        rnd
    }

    /// From a cryptographic generator that may fail.
    ///
    /// # Errors
    /// The generator's.
    #[cfg(feature = "rand_core")]
    pub fn try_from_rng<R: rand_core::TryCryptoRng + ?Sized>(rng: &mut R) -> Result<Self, R::Error> {
        let mut rnd = Self([0; 32]);
        rng.try_fill_bytes(&mut rnd.0)?;
        Ok(rnd)
    }

    /// From the operating system's generator.
    ///
    /// # Errors
    /// [`NoRandomness`], if it gives none.
    #[cfg(feature = "getrandom")]
    pub fn try_generate() -> Result<Self, NoRandomness> {
        let mut rnd = Self([0; 32]);
        getrandom::fill(&mut rnd.0).map_err(NoRandomness)?;
        Ok(rnd)
    }
}

/// The operating system has given no randomness.
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
