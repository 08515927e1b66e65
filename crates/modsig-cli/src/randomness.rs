//! Randomness from the operating system. The libraries take it as bytes and have no generator of their own.

use crate::exit::Exit;
use crate::failure::Failure;
use mldsa::{Rnd, Seed};
use zeroize::Zeroizing;

fn fill<const N: usize>() -> Result<Zeroizing<[u8; N]>, Failure> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).map_err(|error| {
        let what = format!("no randomness from the operating system: {error}");
        Failure::new(Exit::Io, what, "check that getrandom(2) or /dev/urandom is allowed here")
    })?;
    Ok(bytes)
}

/// A fresh seed for a key (FIPS 204's xi).
///
/// # Errors
/// [`Exit::Io`] if the operating system gives no randomness.
pub fn seed() -> Result<Seed, Failure> {
    Ok(Seed::from_bytes(*fill()?))
}

/// Fresh randomness for one hedged signature (FIPS 204's rnd).
///
/// # Errors
/// As [`seed`].
pub fn rnd() -> Result<Rnd, Failure> {
    Ok(Rnd::from_bytes(*fill()?))
}

/// Twenty bytes for a certificate's serial number.
///
/// # Errors
/// As [`seed`].
pub fn serial() -> Result<[u8; 20], Failure> {
    Ok(*fill()?)
}

/// Fresh bytes from which a salt and an initialisation vector come.
///
/// # Errors
/// As [`seed`].
pub fn salt() -> Result<Zeroizing<[u8; 32]>, Failure> {
    fill()
}
