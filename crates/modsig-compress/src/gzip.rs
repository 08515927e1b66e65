//! gzip (RFC 1952), and deflate (RFC 1951) inside it.
//!
//! Linux finds the deflate data by its own rule (`module_gzip_header_len`): ten bytes of header, and a file name if flag
//! FNAME is set. It knows no other optional field, so the strict reading accepts none. Linux reads neither the CRC-32 nor
//! the length at the end.

use flate2::{Decompress, FlushDecompress, GzBuilder, Status};
use modsig::kernel::Compression;
use std::io::Write as _;

use crate::limit::Output;
use crate::{PAGE, UnpackError, magic, nothing_after};

/// Length of the header without optional fields, in bytes.
const HEADER_LEN: usize = 10;

/// Flag of the header: the text flag, which stands for no field.
const FTEXT: u8 = 1;

/// Flag of the header: a file name follows, up to a zero byte.
const FNAME: u8 = 8;

/// Length of the trailer in bytes: CRC-32 and length of the contents.
const TRAILER_LEN: usize = 8;

/// The strict reading: no optional field but the name, right CRC-32 and length, nothing after them.
///
/// # Errors
/// See [`UnpackError`].
pub fn unpack(file: &[u8]) -> Result<Vec<u8>, UnpackError> {
    let flags = file.get(3).copied().unwrap_or_default();
    if flags & !(FTEXT | FNAME) != 0 {
        return Err(UnpackError::GzipHeader { flags });
    }
    let start = linux_header_len(file).ok_or(damaged("its header is truncated"))?;
    let inflated = inflate(file, start)?;
    let contents = match inflated.end {
        End::Stream => inflated.bytes,
        End::Data => return Err(damaged("the deflate data is damaged")),
        End::Truncated => return Err(damaged("the deflate data is truncated")),
    };
    let rest = file.get(inflated.consumed..).unwrap_or_default();
    let Some(trailer) = rest.first_chunk::<TRAILER_LEN>() else {
        return Err(damaged("its trailer is truncated"));
    };
    let [c0, c1, c2, c3, l0, l1, l2, l3] = *trailer;
    if u32::from_le_bytes([c0, c1, c2, c3]) != crc32fast::hash(&contents) {
        return Err(damaged("its CRC-32 does not match"));
    }
    // Modulo 2^32, RFC 1952 §2.3.1; a module has at most 1 GiB.
    if u32::from_le_bytes([l0, l1, l2, l3]) as usize != contents.len() {
        return Err(damaged("its length does not match"));
    }
    nothing_after(Compression::Gzip, file, inflated.consumed + TRAILER_LEN)?;
    Ok(contents)
}

/// Where Linux's inflate starts to read (`module_gzip_header_len`); `None` if it rejects the header.
pub(crate) fn linux_header_len(file: &[u8]) -> Option<usize> {
    let (header, rest) = file.split_at_checked(HEADER_LEN)?;
    if !header.starts_with(magic(Compression::Gzip)) {
        return None;
    }
    if header.get(3)? & FNAME == 0 {
        return Some(HEADER_LEN);
    }
    Some(HEADER_LEN + rest.iter().position(|&byte| byte == 0)? + 1)
}

/// How a deflate stream ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With its last block.
    Stream,
    /// With data that is not deflate.
    Data,
    /// With the end of the file.
    Truncated,
}

/// What inflate made of a file.
#[derive(Debug)]
pub(crate) struct Inflated {
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: End,
    /// Where the stream ends, in bytes from the start of the file.
    pub(crate) consumed: usize,
}

/// Inflates the raw deflate stream that starts at `start`.
pub(crate) fn inflate(file: &[u8], start: usize) -> Result<Inflated, UnpackError> {
    let mut output = Output::new(file);
    let mut decoder = Decompress::new(false);
    let mut page = [0; PAGE];
    let (mut consumed, mut produced) = (start, 0);
    loop {
        let input = file.get(consumed..).unwrap_or_default();
        let result = decoder.decompress(input, &mut page, FlushDecompress::None);
        let (new_in, new_out) = (decoder.total_in(), decoder.total_out());
        // Both fit: no more than the file was read, and no more than the limit was written.
        let now = start.saturating_add(usize::try_from(new_in).unwrap_or(usize::MAX));
        let written = usize::try_from(new_out - produced).unwrap_or(usize::MAX);
        let progress = now != consumed || written != 0;
        (consumed, produced) = (now, new_out);
        let end = match result {
            Err(_) => Some(End::Data),
            Ok(Status::StreamEnd) => Some(End::Stream),
            Ok(Status::Ok | Status::BufError) if progress => None,
            Ok(_) => Some(End::Truncated),
        };
        output.push(page.get(..written).ok_or(damaged("the decoder failed"))?)?;
        if let Some(end) = end {
            return Ok(Inflated { bytes: output.into_bytes(), end, consumed });
        }
    }
}

/// `gzip -n`: no name, no time.
pub(crate) fn pack(contents: &[u8]) -> Result<Vec<u8>, String> {
    let mut encoder = GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::default());
    encoder.write_all(contents).and_then(|()| encoder.finish()).map_err(|error| error.to_string())
}

const fn damaged(reason: &'static str) -> UnpackError {
    UnpackError::Damaged { compression: Compression::Gzip, reason }
}
