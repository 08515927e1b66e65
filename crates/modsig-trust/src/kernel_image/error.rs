//! Why a kernel image is rejected.

use std::fmt;

use modsig_compress::stream::StreamError;

/// Why no certificates can be read from an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImageError {
    /// It is none of the known forms.
    NotAKernel,
    /// It is a known form that this crate does not read.
    Unsupported(&'static str),
    /// A header contradicts the file.
    Malformed {
        /// Where, in bytes from the start of the layer.
        offset: usize,
        /// What is wrong.
        what: &'static str,
    },
    /// The kernel inside, or its configuration, cannot be unpacked.
    NotUnpacked {
        /// The compression.
        format: &'static str,
        /// Where it starts, in bytes from the start of the layer.
        offset: usize,
        /// Why.
        reason: StreamError,
    },
    /// Images are nested in images.
    TooDeep,
    /// Several lists could be the one.
    Ambiguous(Ambiguity),
}

/// Lists that cannot be distinguished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ambiguity {
    /// Several lists could be the trusted one.
    Lists {
        /// How many.
        lists: usize,
    },
    /// A list may be of trusted or of revoked certificates.
    TrustedOrRevoked,
    /// Several lists could be the one of revoked certificates.
    Revocations {
        /// How many.
        lists: usize,
    },
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAKernel => f.write_str(
                "is not a kernel image (ELF, bzImage, EFI zboot, arm64 or RISC-V Image, unified kernel image)",
            ),
            Self::Unsupported(what) => write!(f, "{what} is not supported"),
            Self::Malformed { what, .. } => f.write_str(what),
            Self::NotUnpacked { format, reason, .. } => write!(f, "cannot be unpacked as {format}: {reason}"),
            Self::TooDeep => f.write_str("has kernel images nested in kernel images"),
            Self::Ambiguous(Ambiguity::Lists { lists }) => {
                write!(f, "has {lists} lists that could be its trusted certificates, and no symbols")
            }
            Self::Ambiguous(Ambiguity::TrustedOrRevoked) => f.write_str(
                "has no symbols, and a list of certificates that may be its trusted or its revoked ones",
            ),
            Self::Ambiguous(Ambiguity::Revocations { lists }) => {
                write!(f, "has {lists} lists that could be its revoked certificates, and no symbols")
            }
        }
    }
}

impl std::error::Error for ImageError {}

impl ImageError {
    /// What the reader can do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NotAKernel => "give a file such as /boot/vmlinuz-VERSION",
            Self::Unsupported(_) => "unpack the kernel, and give the vmlinux",
            Self::Malformed { .. } | Self::NotUnpacked { .. } | Self::TooDeep => "get the image again",
            Self::Ambiguous(_) => "give the vmlinux with symbols, or the certificates with --trust",
        }
    }

    /// The offset that belongs to the message, in bytes from the start of the layer.
    #[must_use]
    pub const fn offset(&self) -> Option<usize> {
        match self {
            Self::Malformed { offset, .. } | Self::NotUnpacked { offset, .. } => Some(*offset),
            _ => None,
        }
    }
}
