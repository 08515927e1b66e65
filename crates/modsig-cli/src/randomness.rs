//! Randomness from the operating system. The libraries take it as bytes and have no generator.

use crate::error::CliError;
use crate::exit::Exit;
use mldsa::{Rnd, Seed};
use zeroize::Zeroizing;

fn fill<const N: usize>() -> Result<Zeroizing<[u8; N]>, CliError> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|error| {
        let what = format!("no randomness from the operating system: {error}");
        CliError::new(Exit::Io, what, "check that getrandom(2) or /dev/urandom is allowed here")
    })?;
    Ok(bytes)
}

/// A fresh seed for a key (FIPS 204's xi).
///
/// # Errors
/// [`Exit::Io`] if the operating system returns no randomness.
pub fn seed() -> Result<Seed, CliError> {
    Ok(Seed::from_bytes(*fill()?))
}

/// Fresh randomness for one hedged signature (FIPS 204's rnd).
///
/// # Errors
/// As [`seed`].
pub fn rnd() -> Result<Rnd, CliError> {
    Ok(Rnd::from_bytes(*fill()?))
}

/// Twenty bytes for a certificate's serial number.
///
/// # Errors
/// As [`seed`].
pub fn serial() -> Result<[u8; 20], CliError> {
    Ok(*fill()?)
}

/// Fresh bytes for a salt and an initialisation vector.
///
/// # Errors
/// As [`seed`].
pub fn salt() -> Result<Zeroizing<[u8; 32]>, CliError> {
    fill()
}
