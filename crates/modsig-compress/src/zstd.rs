//! zstd (RFC 8878), by libzstd: Linux has the same source in `lib/zstd`.
//!
//! libzstd does not read every malformed frame the same way in all its versions and on all processors: its fast loop for four
//! Huffman streams does not notice when a stream holds more or fewer symbols than its share, the plain loop does. So the strict
//! reading decodes a frame a second time, with ruzstd, which is written independently, and accepts it only if both agree.

use modsig::kernel::Compression;
use ruzstd::decoding::StreamingDecoder;
use std::io::Read as _;
use zstd_safe::{CCtx, CParameter, DCtx, InBuffer, OutBuffer};

use crate::limit::Output;
use crate::{PAGE, UnpackError, magic, nothing_after};

/// The largest window that libzstd's streaming decoder accepts, in bytes: 128 MiB, `ZSTD_WINDOWLOG_LIMIT_DEFAULT` (27).
pub const WINDOW: u64 = 1 << 27;

/// The level of `zstd` without options, which the kernel's build uses.
const LEVEL: i32 = 3;

/// The highest level of `zstd` without `--ultra`.
const HIGH_LEVEL: i32 = 19;

/// The strict reading: one frame that ends where the file ends.
///
/// # Errors
/// See [`UnpackError`].
pub fn unpack(file: &[u8]) -> Result<Vec<u8>, UnpackError> {
    let frame = decode(file)?;
    match frame.end {
        End::Frame => {}
        End::Truncated => return Err(damaged("its data is truncated")),
        End::Error(code) if code == window_too_large() => {
            return Err(UnpackError::Dictionary { compression: Compression::Zstd, limit: WINDOW });
        }
        End::Error(code) => return Err(damaged(zstd_safe::get_error_name(code))),
    }
    nothing_after(Compression::Zstd, file, frame.consumed)?;
    // libzstd compares the two only if it decodes the frame in one call, or if the last block is not empty.
    let announced = frame_header(file).and_then(|header| header.content_len);
    if announced.is_some_and(|len| len != frame.bytes.len() as u64) {
        return Err(damaged("its length is not the one in its header"));
    }
    if !ruzstd_agrees(file, &frame.bytes) {
        return Err(damaged("two decoders do not agree on its contents"));
    }
    Ok(frame.bytes)
}

/// Whether ruzstd reads the frame as the same bytes. It compares neither checksum nor length; libzstd has.
pub(crate) fn ruzstd_agrees(file: &[u8], contents: &[u8]) -> bool {
    let mut rest = file;
    let Ok(mut decoder) = StreamingDecoder::new_with_max_window_size(&mut rest, WINDOW) else { return false };
    let mut piece = vec![0; 16 * PAGE];
    let mut expected = contents;
    loop {
        let Ok(len) = decoder.read(&mut piece) else { return false };
        let Some(read) = piece.get(..len).filter(|read| !read.is_empty()) else { break };
        let Some(after) = expected.strip_prefix(read) else { return false };
        expected = after;
    }
    drop(decoder);
    expected.is_empty() && rest.is_empty()
}

/// The most blocks that a frame may have. A module of 1 GiB has 8,192 of the full 128 KiB; an encoder makes smaller ones only for data
/// that takes some hundred bytes each. Every block may bring tables of its own, which cost a decoder microseconds.
const fn most_blocks(file_len: usize) -> usize {
    8192 + file_len / 512
}

/// Whether the first frame has more blocks than [`most_blocks`] (RFC 8878 §3.1.1.2).
pub(crate) fn has_too_many_blocks(file: &[u8]) -> bool {
    let Some(header) = frame_header(file) else { return false };
    let mut rest = file.get(header.len..).unwrap_or_default();
    for _ in 0..most_blocks(file.len()) {
        let Some((&[b0, b1, b2], after)) = rest.split_first_chunk::<3>() else { return false };
        let field = u32::from_le_bytes([b0, b1, b2, 0]);
        // A run-length block holds one byte, whatever its size.
        let size = if field >> 1 & 3 == 1 { 1 } else { (field >> 3) as usize };
        if field & 1 == 1 {
            return false;
        }
        rest = after.get(size..).unwrap_or_default();
    }
    true
}

/// How a frame ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// With its last block and checksum.
    Frame,
    /// With the end of the file, or with a page that the decoder did not fill.
    Truncated,
    /// With an error of libzstd: its number, negative as libzstd returns it.
    Error(usize),
}

/// What libzstd made of a file.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: End,
    /// Where the decoder stopped reading, in bytes from the start of the file.
    pub(crate) consumed: usize,
}

/// Decodes the first frame as `module_zstd_decompress` does, page by page: until the frame ends, or a page is not filled.
pub(crate) fn decode(file: &[u8]) -> Result<Frame, UnpackError> {
    if has_too_many_blocks(file) {
        return Err(UnpackError::Blocks { limit: most_blocks(file.len()) });
    }
    let mut output = Output::new(file);
    let mut decoder = DCtx::try_create().ok_or(UnpackError::Memory { bytes: PAGE })?;
    let mut page = [0_u8; PAGE];
    let mut input = InBuffer::around(file);
    loop {
        let mut out = OutBuffer::around(&mut page[..]);
        let result = decoder.decompress_stream(&mut out, &mut input);
        let written = out.pos();
        let (consumed, full) = (input.pos, written == PAGE);
        let end = match result {
            Err(code) => Some(End::Error(code)),
            Ok(0) => Some(End::Frame),
            Ok(_) if full => None,
            Ok(_) => Some(End::Truncated),
        };
        if !matches!(end, Some(End::Error(_))) {
            output.push(page.get(..written).unwrap_or_default())?;
        }
        if let Some(end) = end {
            return Ok(Frame { bytes: output.into_bytes(), end, consumed });
        }
    }
}

/// The number of an error, as `zstd_get_error_code` gives it.
pub(crate) const fn error_number(code: usize) -> usize {
    code.wrapping_neg()
}

/// `ZSTD_error_frameParameter_windowTooLarge`, as libzstd returns it.
pub(crate) const fn window_too_large() -> usize {
    16_usize.wrapping_neg()
}

/// What a frame's header says (RFC 8878 §3.1.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// The length of the header in bytes.
    pub(crate) len: usize,
    /// The window that the frame asks for, in bytes.
    pub(crate) window: u64,
    /// The length of the contents in bytes, if the header has it.
    pub(crate) content_len: Option<u64>,
}

/// Reads a frame's header. `None` if libzstd cannot read it (`zstd_get_frame_header`): it is truncated, its reserved bit is set,
/// or the window is beyond all limits.
pub(crate) fn frame_header(file: &[u8]) -> Option<FrameHeader> {
    let rest = file.strip_prefix(magic(Compression::Zstd))?;
    let (&descriptor, rest) = rest.split_first()?;
    let single_segment = descriptor & 0x20 != 0;
    if descriptor & 8 != 0 {
        return None;
    }
    let dictionary_len = [0, 1, 2, 4].get(usize::from(descriptor & 3)).copied()?;
    let content_len = match (descriptor >> 6, single_segment) {
        (0, false) => 0,
        (0, true) => 1,
        (1, _) => 2,
        (2, _) => 4,
        _ => 8,
    };
    let (window, rest) = match rest.split_first() {
        _ if single_segment => (None, rest),
        Some((&byte, rest)) => (Some(byte), rest),
        None => return None,
    };
    let content = rest.get(dictionary_len..)?.get(..content_len)?;
    let len = file.len() - rest.len() + dictionary_len + content_len;
    let number = content.iter().rev().fold(0_u64, |number, &byte| number << 8 | u64::from(byte));
    // RFC 8878 §3.1.1.1.4: two bytes count from 256.
    let number = if content_len == 2 { number + 256 } else { number };
    let window = match window {
        Some(byte) => {
            // `ZSTD_WINDOWLOG_MAX` is 31.
            let base = 1_u64 << Some(10 + (byte >> 3)).filter(|&log| log <= 31)?;
            base + base / 8 * u64::from(byte & 7)
        }
        None => number,
    };
    Some(FrameHeader { len, window, content_len: (content_len > 0).then_some(number) })
}

/// One frame with a checksum and the length of its contents, as `zstd` writes it. `original` as in [`crate::pack`].
pub(crate) fn pack(contents: &[u8], original: Option<usize>) -> Result<Vec<u8>, String> {
    let packed = compress(contents, LEVEL)?;
    // A signature adds at most some 5 KB that do not compress; 1 in 16 is for what else changed.
    match original {
        Some(len) if packed.len() > len + len / 16 + (5 << 10) => {
            let harder = compress(contents, HIGH_LEVEL)?;
            Ok(if harder.len() < packed.len() { harder } else { packed })
        }
        _ => Ok(packed),
    }
}

fn compress(contents: &[u8], level: i32) -> Result<Vec<u8>, String> {
    let name = |code| zstd_safe::get_error_name(code).to_owned();
    let mut encoder = CCtx::try_create().ok_or("no memory for the encoder")?;
    encoder.set_parameter(CParameter::CompressionLevel(level)).map_err(name)?;
    encoder.set_parameter(CParameter::ChecksumFlag(true)).map_err(name)?;
    let mut packed = Vec::new();
    let bound = zstd_safe::compress_bound(contents.len());
    packed.try_reserve_exact(bound).map_err(|_| format!("no memory for {bound} bytes"))?;
    encoder.compress2(&mut packed, contents).map_err(name)?;
    Ok(packed)
}

const fn damaged(reason: &'static str) -> UnpackError {
    UnpackError::Damaged { compression: Compression::Zstd, reason }
}
