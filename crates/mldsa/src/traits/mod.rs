//! Traits of other crates, each behind the feature with the name of the crate. They only call methods of the types: the core
//! does not depend on those crates.

#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "signature")]
mod signature;

#[cfg(any(feature = "digest", feature = "std"))]
use crate::mu::MuHasher;

/// Absorbs the next bytes of the message.
#[cfg(feature = "digest")]
impl digest::Update for MuHasher {
    fn update(&mut self, message: &[u8]) {
        Self::update(self, message);
    }
}

/// Absorbs the next bytes of the message, for example from `std::io::copy`. Never fails.
#[cfg(feature = "std")]
impl std::io::Write for MuHasher {
    fn write(&mut self, message: &[u8]) -> std::io::Result<usize> {
        self.update(message);
        Ok(message.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
