//! The compressions of a kernel (`scripts/Makefile.lib`: gzip, xz, zstd, lzma, lz4, lzo).

use modsig_compress::stream::{self, StreamError, unpack_first};

use super::block::append_block;
use super::lzo;

/// A compression that can be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Stream(stream::Format),
    /// The legacy frame of `lz4 -l`.
    Lz4,
    /// The file format of `lzop`.
    Lzo,
}

/// A block of an lz4 legacy frame holds up to 8 MiB.
const LZ4_BLOCK: usize = 8 << 20;

impl Format {
    /// The compression whose magic number these bytes begin with (`lib/decompress.c`).
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        const FORMATS: [(&[u8], Format); 6] = [
            (&[0x1f, 0x8b, 8], Format::Stream(stream::Format::Gzip)),
            (b"\xfd7zXZ\0", Format::Stream(stream::Format::Xz)),
            (&[0x28, 0xb5, 0x2f, 0xfd], Format::Stream(stream::Format::Zstd)),
            (&[0x5d, 0, 0], Format::Stream(stream::Format::Lzma)),
            (&[0x02, 0x21, 0x4c, 0x18], Format::Lz4),
            (lzo::MAGIC, Format::Lzo),
        ];
        FORMATS.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, format)| *format)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Stream(stream::Format::Gzip) => "gzip",
            Self::Stream(stream::Format::Xz) => "xz",
            Self::Stream(stream::Format::Zstd) => "zstd",
            Self::Stream(stream::Format::Lzma) => "lzma",
            Self::Stream(_) => "stream",
            Self::Lz4 => "lz4",
            Self::Lzo => "lzo",
        }
    }
}

/// Unpacks the stream that `packed` begins with, to at most `limit` bytes. What follows the stream, such as the size that
/// the kernel's build appends, is not read.
pub(super) fn unpack(format: Format, packed: &[u8], limit: usize) -> Result<Vec<u8>, StreamError> {
    match format {
        Format::Stream(format) => unpack_first(format, packed, limit).map(|first| first.bytes),
        Format::Lz4 => unpack_lz4(packed, limit),
        Format::Lzo => lzo::unpack(packed, limit),
    }
}

/// The legacy frame has no end: blocks go on until the input ends, but for the four bytes that the build appends.
fn unpack_lz4(packed: &[u8], limit: usize) -> Result<Vec<u8>, StreamError> {
    let mut rest = packed.get(4..).unwrap_or_default();
    let mut out = Vec::new();
    while let Some((size, after)) = rest.split_first_chunk::<4>().filter(|(_, after)| !after.is_empty()) {
        // Another frame may follow.
        if *size == [0x02, 0x21, 0x4c, 0x18] {
            rest = after;
            continue;
        }
        let size = usize::try_from(u32::from_le_bytes(*size)).map_err(|_| StreamError::Damaged)?;
        let (block, after) = after.split_at_checked(size).ok_or(StreamError::Truncated)?;
        if block.is_empty() {
            return Err(StreamError::Damaged);
        }
        append_block(&mut out, limit, LZ4_BLOCK, |piece| {
            lz4_flex::block::decompress_into(block, piece).map_err(|error| match error {
                lz4_flex::block::DecompressError::OutputTooSmall { .. } => StreamError::TooLong { limit },
                _ => StreamError::Damaged,
            })
        })?;
        rest = after;
    }
    if out.is_empty() { Err(StreamError::Truncated) } else { Ok(out) }
}
