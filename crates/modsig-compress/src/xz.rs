//! xz (The .xz File Format 1.2.1), by liblzma, and the rules of XZ Embedded, which Linux has in `lib/xz`.
//!
//! XZ Embedded reads less than liblzma: checks of no kind but CRC-32 or none, and blocks with LZMA2 alone or after one
//! BCJ filter. [`unpack`] first lets liblzma verify the whole stream, and then looks at each block's header.

mod range_coder;

use core::ops::ControlFlow;

use liblzma::stream::{Action, Check, Error, Filters, LzmaOptions, Status, Stream};
use modsig::kernel::{Compression, Rule, Version};

use crate::limit::Output;
use crate::{LinuxDefect, PAGE, UnpackError, Unpacked, nothing_after};

/// What the decoder may use, in bytes: enough for the dictionary of `xz -9`, 64 MiB.
pub const MEMORY: u64 = 80 << 20;

/// The dictionary that is written, in bytes: `xz --lzma2=dict=1MiB`, as `scripts/Makefile.modinst` says.
const DICTIONARY: u32 = 1 << 20;

/// Length of the stream header and of the stream footer, in bytes.
const HEADER_LEN: usize = 12;

/// The ID of the check CRC-32.
const CHECK_CRC32: u8 = 1;

/// Whether Linux has the BCJ filter with this ID, if it is not configured otherwise.
fn linux_has_bcj(id: u8, version: Version) -> bool {
    match id {
        // x86, PowerPC, ARM, ARM-Thumb, SPARC.
        0x04 | 0x05 | 0x07 | 0x08 | 0x09 => true,
        0x06 => version.has(Rule::XzIa64),
        0x0a | 0x0b => version.has(Rule::XzArm64AndRiscV),
        _ => false,
    }
}

/// The largest code of a dictionary that Linux reads (`xz_dec_lzma2_reset`): 3 GiB.
const MAX_DICTIONARY: u8 = 39;

/// The filter ID of LZMA2.
const LZMA2: u8 = 0x21;

/// The strict reading: one stream that ends where the file ends, and what in it Linux does not read.
///
/// # Errors
/// See [`UnpackError`].
pub fn unpack(file: &[u8]) -> Result<Unpacked, UnpackError> {
    let decoded = decode(file)?;
    match decoded.end {
        End::Stream => {}
        End::Error(Error::MemLimit) => {
            return Err(UnpackError::Dictionary { compression: Compression::Xz, limit: MEMORY });
        }
        End::Error(Error::Options) => return Err(damaged("it has options that liblzma does not know")),
        End::Error(_) => return Err(damaged("its data is damaged")),
        End::Truncated => return Err(damaged("its data is truncated")),
    }
    nothing_after(Compression::Xz, file, decoded.consumed)?;
    Ok(Unpacked { bytes: decoded.bytes, defect: defect(file, Version::V7_2)? })
}

/// How a stream ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// With its footer.
    Stream,
    /// With the end of the file.
    Truncated,
    /// With an error.
    Error(Error),
}

/// What liblzma made of a file.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) bytes: Vec<u8>,
    pub(crate) end: End,
    /// Where the decoder stopped reading, in bytes from the start of the file.
    pub(crate) consumed: usize,
}

/// Decodes the first stream.
pub(crate) fn decode(file: &[u8]) -> Result<Decoded, UnpackError> {
    let mut output = Output::new(file);
    let mut decoder =
        Stream::new_stream_decoder(MEMORY, 0).map_err(|_| UnpackError::Memory { bytes: PAGE })?;
    let mut page = [0; PAGE];
    let (mut consumed, mut produced) = (0, 0);
    loop {
        let input = file.get(consumed..).unwrap_or_default();
        let result = decoder.process(input, &mut page, Action::Run);
        let (now, new_out) = (usize::try_from(decoder.total_in()).unwrap_or(usize::MAX), decoder.total_out());
        let written = usize::try_from(new_out - produced).unwrap_or(usize::MAX);
        let progress = now != consumed || written != 0;
        (consumed, produced) = (now, new_out);
        let next = match result {
            Ok(Status::StreamEnd) => ControlFlow::Break(End::Stream),
            Ok(_) if progress => ControlFlow::Continue(()),
            Ok(_) => ControlFlow::Break(End::Truncated),
            Err(error) => ControlFlow::Break(End::Error(error)),
        };
        output.push(page.get(..written).ok_or(damaged("the decoder failed"))?)?;
        if let ControlFlow::Break(end) = next {
            return Ok(Decoded { bytes: output.into_bytes(), end, consumed });
        }
    }
}

/// Decodes the first stream as XZ Embedded does, after [`linux_header_status`].
pub(crate) fn decode_as_linux(file: &[u8]) -> Result<Decoded, UnpackError> {
    let decoded = decode(file)?;
    if decoded.end != End::Error(Error::Data) {
        return Ok(decoded);
    }
    range_coder::as_linux_reads(file).map_or(Ok(decoded), |file| decode(&file))
}

/// The first thing in a well-formed stream, which is all of `file`, that XZ Embedded does not read.
///
/// # Errors
/// [`UnpackError::Damaged`] if the index is not that of the stream: liblzma has compared the two, so this cannot happen.
pub(crate) fn defect(file: &[u8], version: Version) -> Result<Option<LinuxDefect>, UnpackError> {
    const INDEX: UnpackError = damaged("its index does not match");
    if let Some(id) = unread_check(file) {
        return Ok(Some(LinuxDefect::XzCheck { id }));
    }
    let (body, footer) = file.split_last_chunk::<HEADER_LEN>().ok_or(INDEX)?;
    let &[_, _, _, _, b0, b1, b2, b3, ..] = footer;
    // §2.1.2.2: stored as (size / 4) - 1.
    let index_len = (u32::from_le_bytes([b0, b1, b2, b3]) as usize + 1).checked_mul(4).ok_or(INDEX)?;
    let index_at = body.len().checked_sub(index_len).ok_or(INDEX)?;
    let mut index = body.get(index_at..).and_then(|index| index.strip_prefix(&[0])).ok_or(INDEX)?;
    let mut at = HEADER_LEN;
    for _ in 0..number(&mut index).ok_or(INDEX)? {
        let unpadded = number(&mut index).ok_or(INDEX)?;
        number(&mut index).ok_or(INDEX)?;
        let header = file.get(at..index_at).and_then(block_header).ok_or(INDEX)?;
        let (fields, _) = header.split_last_chunk::<4>().ok_or(INDEX)?;
        if linux_block_status(fields, version).is_some() {
            return Ok(Some(LinuxDefect::XzFilters { offset: at }));
        }
        let unpadded = usize::try_from(unpadded).map_err(|_| INDEX)?;
        at = at.checked_add(unpadded.next_multiple_of(4)).ok_or(INDEX)?;
    }
    if at == index_at { Ok(None) } else { Err(INDEX) }
}

/// The ID of the stream's check, if Linux does not read it.
fn unread_check(file: &[u8]) -> Option<u8> {
    // §2.1.1.2, stream flags: a zero byte, and the ID.
    file.get(7).copied().filter(|&id| id > CHECK_CRC32)
}

/// The header of the block at the start of `rest`, with its CRC-32. `None`: the index starts there, or it is truncated.
fn block_header(rest: &[u8]) -> Option<&[u8]> {
    // §3.1.1: stored as (size / 4) - 1, and zero is the indicator of the index.
    let &stored = rest.first().filter(|&&stored| stored != 0)?;
    rest.get(..(usize::from(stored) + 1) * 4)
}

/// `enum xz_ret` (`include/linux/xz.h`), as far as Linux logs it.
pub(crate) mod status {
    pub(crate) const OK: u8 = 0;
    pub(crate) const OPTIONS_ERROR: u8 = 6;
    pub(crate) const DATA_ERROR: u8 = 7;
}

/// The status with which XZ Embedded rejects the stream header or the header of the first block. `None`: it reads on.
pub(crate) fn linux_header_status(file: &[u8], version: Version) -> Option<u8> {
    let Some((header, rest)) = file.split_first_chunk::<HEADER_LEN>() else { return Some(status::OK) };
    let &[.., reserved, check, c0, c1, c2, c3] = header;
    if crc32fast::hash(&[reserved, check]) != u32::from_le_bytes([c0, c1, c2, c3]) {
        return Some(status::DATA_ERROR);
    }
    if reserved != 0 || check > CHECK_CRC32 {
        return Some(status::OPTIONS_ERROR);
    }
    let (fields, crc) = block_header(rest)?.split_last_chunk::<4>()?;
    if crc32fast::hash(fields) != u32::from_le_bytes(*crc) {
        return Some(status::DATA_ERROR);
    }
    linux_block_status(fields, version)
}

/// The status with which XZ Embedded rejects a block header without its CRC-32 (`dec_block_header`).
fn linux_block_status(fields: &[u8], version: Version) -> Option<u8> {
    let Some((&[_, flags], mut rest)) = fields.split_first_chunk::<2>() else {
        return Some(status::DATA_ERROR);
    };
    // §3.1.2: two bits count the filters, four are reserved.
    if flags & 0x3e != 0 {
        return Some(status::OPTIONS_ERROR);
    }
    for size_is_there in [flags & 0x40 != 0, flags & 0x80 != 0] {
        if size_is_there && number(&mut rest).is_none() {
            return Some(status::DATA_ERROR);
        }
    }
    if flags & 1 != 0 {
        // A BCJ filter with properties has a start offset.
        match rest.split_first_chunk::<2>() {
            Some((&[id, 0], after)) if linux_has_bcj(id, version) => rest = after,
            _ => return Some(status::OPTIONS_ERROR),
        }
    }
    match *rest {
        [LZMA2, 1, dictionary, ref padding @ ..]
            if dictionary <= MAX_DICTIONARY && padding.iter().all(|&byte| byte == 0) =>
        {
            None
        }
        [] | [_] | [LZMA2, 1] => Some(status::DATA_ERROR),
        _ => Some(status::OPTIONS_ERROR),
    }
}

/// The status for an error of liblzma in the data; `None` if XZ Embedded has no such limit.
pub(crate) fn linux_status(error: &Error) -> Option<u8> {
    match error {
        Error::MemLimit | Error::Mem => None,
        Error::Options => Some(status::OPTIONS_ERROR),
        _ => Some(status::DATA_ERROR),
    }
}

/// A multibyte integer (§1.2): seven bits a byte, the lowest first, at most nine bytes.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// `xz --check=crc32 --lzma2=dict=1MiB`.
pub(crate) fn pack(contents: &[u8]) -> Result<Vec<u8>, String> {
    let text = |error: Error| error.to_string();
    let mut options = LzmaOptions::new_preset(6).map_err(text)?;
    options.dict_size(DICTIONARY);
    let mut filters = Filters::new();
    filters.lzma2(&options);
    let mut encoder = Stream::new_stream_encoder(&filters, Check::Crc32).map_err(text)?;
    let mut packed = Vec::new();
    let mut page = vec![0; 16 * PAGE];
    loop {
        let consumed = usize::try_from(encoder.total_in()).unwrap_or(usize::MAX);
        let produced = encoder.total_out();
        let input = contents.get(consumed..).unwrap_or_default();
        let status = encoder.process(input, &mut page, Action::Finish).map_err(text)?;
        let written = usize::try_from(encoder.total_out() - produced).unwrap_or(usize::MAX);
        packed.extend_from_slice(page.get(..written).ok_or("the encoder failed")?);
        match status {
            Status::StreamEnd => return Ok(packed),
            _ if written == 0 && encoder.total_in() as usize == consumed => {
                return Err("the encoder does not go on".into());
            }
            _ => {}
        }
    }
}

const fn damaged(reason: &'static str) -> UnpackError {
    UnpackError::Damaged { compression: Compression::Xz, reason }
}
