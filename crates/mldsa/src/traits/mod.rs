//! Traits of other crates, each behind the feature that has the crate's name. They call what the types have by
//! themselves and add nothing: the core compiles without them, whatever becomes of those crates.

#[cfg(feature = "serde")]
mod serde;
#[cfg(feature = "signature")]
mod signature;

#[cfg(any(feature = "digest", feature = "std"))]
use crate::mu::MuHasher;

/// Takes the next bytes of the message.
#[cfg(feature = "digest")]
impl digest::Update for MuHasher {
    fn update(&mut self, message: &[u8]) {
        Self::update(self, message);
    }
}

/// Takes the next bytes of the message: for `std::io::copy`. Never fails.
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
