//! How much a file may unpack to, so that memory is bounded by the size of the file.

use crate::UnpackError;

/// The longest module, in bytes: 1 GiB. Debian's longest has 47 MB.
pub const MODULE: u64 = 1 << 30;

/// Up to here a file may expand by any ratio, in bytes: 32 MiB.
pub const FREE: u64 = 32 << 20;

/// Beyond [`FREE`], a file may expand to this multiple of its own size. Modules with debug information reach about 10. A file of
/// 1 MiB so unpacks to what can be hashed several times within a second.
pub const RATIO: u64 = 32;

/// The most that a file of `len` bytes may unpack to, in bytes.
#[must_use]
pub const fn of(len: usize) -> u64 {
    let expanded = (len as u64).saturating_mul(RATIO);
    let allowed = if expanded > FREE { expanded } else { FREE };
    if allowed < MODULE { allowed } else { MODULE }
}

/// The output of a decoder, within the limit of its file.
#[derive(Debug)]
pub(crate) struct Output {
    bytes: Vec<u8>,
    file_len: usize,
}

impl Output {
    pub(crate) fn new(file: &[u8]) -> Self {
        Self { bytes: Vec::new(), file_len: file.len() }
    }

    /// Appends what a decoder produced.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), UnpackError> {
        let len = self.bytes.len().saturating_add(piece.len());
        let limit = of(self.file_len);
        if len as u64 > limit {
            return Err(UnpackError::TooLong { limit });
        }
        self.bytes.try_reserve(piece.len()).map_err(|_| UnpackError::Memory { bytes: len })?;
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_grows_with_the_file_up_to_a_gibibyte() {
        assert_eq!(of(0), FREE);
        assert_eq!(of(FREE as usize / 32), FREE);
        assert_eq!(of(2 << 20), 64 << 20);
        assert_eq!(of(usize::MAX), MODULE);
    }
}
