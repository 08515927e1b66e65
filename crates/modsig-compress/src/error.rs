//! Why a compressed file is rejected.

use core::fmt;

use modsig::kernel::Compression;

/// Why a file cannot be unpacked, or must not be: readers would not agree on what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum UnpackError {
    /// The file does not begin as files of this compression do.
    Magic(Compression),
    /// The header of a gzip file has fields that Linux takes for the beginning of the data.
    GzipHeader {
        /// The flags of the header (RFC 1952 §2.3.1).
        flags: u8,
    },
    /// The data is damaged or truncated.
    Damaged {
        /// The format.
        compression: Compression,
        /// What the decoder found.
        reason: &'static str,
    },
    /// The decoder would need more memory than Linux can be relied on to have: a dictionary or window that is too large.
    Dictionary {
        /// The format.
        compression: Compression,
        /// The largest that is accepted, in bytes.
        limit: u64,
    },
    /// Bytes follow the first stream. Linux ignores them, other readers do not.
    Trailing {
        /// The format.
        compression: Compression,
        /// Where they start, in bytes from the start of the file.
        offset: usize,
        /// How many bytes.
        len: usize,
        /// Whether they begin as another stream of the same format.
        stream: bool,
    },
    /// A zstd frame has so many blocks that decoding it would take too long.
    Blocks {
        /// The most blocks for a file of this length.
        limit: usize,
    },
    /// The file unpacks to more than it may.
    TooLong {
        /// The limit, in bytes.
        limit: u64,
    },
    /// There is no memory for the contents.
    Memory {
        /// How many bytes were needed, at least.
        bytes: usize,
    },
}

impl fmt::Display for UnpackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Magic(compression) => {
                write!(
                    f,
                    "is named {} but is not compressed with {}",
                    compression.ending(),
                    compression.name()
                )
            }
            Self::GzipHeader { flags } => {
                write!(f, "the gzip header has fields that Linux does not skip (flags {flags:#04x})")
            }
            Self::Damaged { compression, reason } => {
                write!(f, "cannot be unpacked as {}: {reason}", compression.name())
            }
            Self::Dictionary { compression, limit } => {
                write!(f, "unpacking it as {} needs more memory than {} MiB", compression.name(), limit >> 20)
            }
            Self::Trailing { compression, stream: true, .. } => {
                write!(f, "another {} stream follows the first", compression.name())
            }
            Self::Trailing { compression, len, .. } => {
                write!(f, "{len} bytes follow the {} stream", compression.name())
            }
            Self::Blocks { limit } => {
                write!(f, "the zstd frame has more than {limit} blocks: no encoder does that")
            }
            Self::TooLong { limit } => {
                write!(f, "unpacks to more than {limit} bytes: no kernel module does that")
            }
            Self::Memory { bytes } => write!(f, "no memory for {bytes} bytes"),
        }
    }
}

impl core::error::Error for UnpackError {}

/// Why Linux's own decompressor rejects a file that the usual tools unpack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinuxDefect {
    /// The integrity check of an xz stream is neither none nor CRC-32.
    XzCheck {
        /// The check's ID (The .xz File Format §2.1.1.2): 4 for CRC-64, 10 for SHA-256.
        id: u8,
    },
    /// A block of an xz stream uses filters other than LZMA2, alone or after one BCJ filter without a start offset.
    XzFilters {
        /// Where the block starts, in bytes from the start of the file.
        offset: usize,
    },
}

impl fmt::Display for LinuxDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::XzCheck { id } => {
                let name = match id {
                    4 => "CRC-64".into(),
                    10 => "SHA-256".into(),
                    other => format!("type {other}"),
                };
                write!(f, "the xz stream has a check of {name}; Linux unpacks only CRC-32 or none")
            }
            Self::XzFilters { offset } => write!(
                f,
                "an xz block has filters that Linux does not have (offset {offset}); it unpacks LZMA2, with at most one BCJ filter"
            ),
        }
    }
}

/// A module that could not be packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackError {
    /// The format.
    pub compression: Compression,
    /// What happened.
    pub reason: String,
}

impl fmt::Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot be packed with {}: {}", self.compression.name(), self.reason)
    }
}

impl core::error::Error for PackError {}
