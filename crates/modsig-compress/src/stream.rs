//! The first compressed stream of any bytes, within a limit that the caller sets: for what is not a module, such as the
//! kernel inside a boot image.
//!
//! The strict reading of this crate ([`crate::unpack`]) is for modules, which several programs read. A kernel image has
//! one reader, and bytes of no importance follow its stream.

use core::fmt;

use flate2::{Decompress, FlushDecompress, Status as Flate};
use liblzma::stream::{Action, Error as Lzma, Status as LzmaStatus, Stream};
use zstd_safe::{DCtx, InBuffer, OutBuffer};

use crate::zstd;

/// The piece that a decoder fills at once, in bytes.
const PIECE: usize = 64 << 10;

/// What an xz or lzma decoder may use, in bytes: the kernel's build asks xz for a dictionary of 128 MiB
/// (`scripts/xz_wrap.sh`).
const MEMORY: u64 = 160 << 20;

/// A format of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// gzip (RFC 1952), with any optional field.
    Gzip,
    /// xz, with every filter and check of liblzma.
    Xz,
    /// zstd (RFC 8878), with a window of at most 128 MiB.
    Zstd,
    /// The older format of LZMA, `.lzma`.
    Lzma,
}

/// The contents of the first stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// The contents.
    pub bytes: Vec<u8>,
    /// The length of the stream in bytes; what follows was not read.
    pub consumed: usize,
}

/// Why the first stream cannot be unpacked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamError {
    /// The data is damaged.
    Damaged,
    /// The data ends inside the stream.
    Truncated,
    /// The decoder would need more memory than it may use.
    Dictionary,
    /// A zstd frame has too many blocks: decoding it would take too long.
    Blocks,
    /// The stream unpacks to more than the limit.
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
    /// There is no memory for the contents.
    Memory {
        /// How many bytes were needed, at least.
        bytes: usize,
    },
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => f.write_str("the compressed data is damaged"),
            Self::Truncated => f.write_str("the compressed data is truncated"),
            Self::Dictionary => f.write_str("unpacking it needs a larger dictionary than any kernel has"),
            Self::Blocks => f.write_str("the zstd frame has too many blocks: no encoder does that"),
            Self::TooLong { limit } => write!(f, "it unpacks to more than {limit} bytes"),
            Self::Memory { bytes } => write!(f, "no memory for {bytes} bytes"),
        }
    }
}

impl core::error::Error for StreamError {}

/// Unpacks the first stream of `input`, which must begin with it, to at most `limit` bytes. Never holds more than that,
/// and what the decoder needs: at most 160 MiB.
///
/// # Errors
/// See [`StreamError`].
pub fn unpack_first(format: Format, input: &[u8], limit: usize) -> Result<First, StreamError> {
    match format {
        Format::Gzip => {
            let mut decoder = Decompress::new_gzip(15);
            drive(input, limit, |rest, piece| {
                let (before_in, before_out) = (decoder.total_in(), decoder.total_out());
                let result = decoder.decompress(rest, piece, FlushDecompress::None);
                let step = match result {
                    Ok(Flate::StreamEnd) => Step::End,
                    Ok(Flate::Ok | Flate::BufError) => Step::More,
                    Err(_) => Step::Failed(StreamError::Damaged),
                };
                (decoder.total_in() - before_in, decoder.total_out() - before_out, step)
            })
        }
        Format::Xz => lzma(Stream::new_stream_decoder(MEMORY, 0), input, limit),
        Format::Lzma => lzma(Stream::new_lzma_decoder(MEMORY), input, limit),
        Format::Zstd => {
            if zstd::has_too_many_blocks(input) {
                return Err(StreamError::Blocks);
            }
            let mut decoder = DCtx::try_create().ok_or(StreamError::Memory { bytes: PIECE })?;
            drive(input, limit, |rest, piece| {
                let mut out = OutBuffer::around(piece);
                let mut source = InBuffer::around(rest);
                let step = match decoder.decompress_stream(&mut out, &mut source) {
                    Ok(0) => Step::End,
                    Ok(_) => Step::More,
                    Err(code) if code == zstd::window_too_large() => Step::Failed(StreamError::Dictionary),
                    Err(_) => Step::Failed(StreamError::Damaged),
                };
                (source.pos as u64, out.pos() as u64, step)
            })
        }
    }
}

fn lzma(decoder: Result<Stream, Lzma>, input: &[u8], limit: usize) -> Result<First, StreamError> {
    let mut decoder = decoder.map_err(|_| StreamError::Memory { bytes: PIECE })?;
    drive(input, limit, |rest, piece| {
        let (before_in, before_out) = (decoder.total_in(), decoder.total_out());
        let result = decoder.process(rest, piece, Action::Run);
        let step = match result {
            Ok(LzmaStatus::StreamEnd) => Step::End,
            Ok(_) => Step::More,
            Err(Lzma::MemLimit | Lzma::Mem) => Step::Failed(StreamError::Dictionary),
            Err(_) => Step::Failed(StreamError::Damaged),
        };
        (decoder.total_in() - before_in, decoder.total_out() - before_out, step)
    })
}

/// What a decoder says after a call.
enum Step {
    More,
    End,
    Failed(StreamError),
}

/// Calls a decoder with the rest of the input and an empty piece until it ends. It returns how many bytes it read and
/// wrote; a decoder that does neither has not got enough.
fn drive(
    input: &[u8],
    limit: usize,
    mut decode: impl FnMut(&[u8], &mut [u8]) -> (u64, u64, Step),
) -> Result<First, StreamError> {
    let mut bytes = Vec::new();
    let mut piece = vec![0; PIECE];
    let mut consumed = 0_usize;
    loop {
        let rest = input.get(consumed..).unwrap_or_default();
        let (read, written, step) = decode(rest, &mut piece);
        let read = usize::try_from(read).unwrap_or(usize::MAX);
        let written = usize::try_from(written).unwrap_or(usize::MAX);
        if let Step::Failed(error) = step {
            return Err(error);
        }
        consumed = consumed.saturating_add(read);
        push(&mut bytes, piece.get(..written).ok_or(StreamError::Damaged)?, limit)?;
        match step {
            Step::End => return Ok(First { bytes, consumed }),
            _ if read == 0 && written == 0 => return Err(StreamError::Truncated),
            _ => {}
        }
    }
}

/// Appends a piece within the limit. The capacity grows by doubling, and not beyond the limit.
fn push(bytes: &mut Vec<u8>, piece: &[u8], limit: usize) -> Result<(), StreamError> {
    let len = bytes.len().saturating_add(piece.len());
    if len > limit {
        return Err(StreamError::TooLong { limit });
    }
    if len > bytes.capacity() {
        let capacity = bytes.capacity().saturating_mul(2).clamp(len, limit);
        bytes
            .try_reserve_exact(capacity - bytes.len())
            .map_err(|_| StreamError::Memory { bytes: capacity })?;
    }
    bytes.extend_from_slice(piece);
    Ok(())
}
