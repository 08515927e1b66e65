//! LZO1X in the file format of `lzop`, as far as `lib/decompress_unlzo.c` reads it.
//!
//! No crate that decodes LZO is both maintained and safe against any input; the format is small
//! (Documentation/staging/lzo.rst).

use modsig_compress::stream::StreamError;

use super::block::append_block;

pub(super) const MAGIC: &[u8] = b"\x89LZO\0\r\n\x1a\n";

/// The largest block that Linux reads, in bytes.
const BLOCK: usize = 256 << 10;

/// Flags of the header: checksums of the contents, checksums of the compressed bytes, an extra field, a filter.
mod flag {
    pub(super) const CONTENTS: u32 = 0x101;
    pub(super) const COMPRESSED: u32 = 0x202;
    pub(super) const EXTRA: u32 = 0x40;
    pub(super) const FILTER: u32 = 0x800;
}

/// Reads numbers, the highest byte first.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8], StreamError> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(StreamError::Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    fn number(&mut self, len: usize) -> Result<u32, StreamError> {
        Ok(self.take(len)?.iter().fold(0, |number, &byte| number << 8 | u32::from(byte)))
    }

    fn size(&mut self) -> Result<usize, StreamError> {
        usize::try_from(self.number(4)?).map_err(|_| StreamError::Damaged)
    }
}

/// Unpacks a file that begins with [`MAGIC`]. Checksums are not compared.
pub(super) fn unpack(file: &[u8], limit: usize) -> Result<Vec<u8>, StreamError> {
    let mut reader = Reader(file);
    let flags = header(&mut reader)?;
    let mut out = Vec::new();
    loop {
        let len = reader.size()?;
        if len == 0 {
            return Ok(out);
        }
        let packed_len = reader.size()?;
        if len > BLOCK || packed_len == 0 || packed_len > len {
            return Err(StreamError::Damaged);
        }
        for (flags_of_one, is_there) in [(flag::CONTENTS, true), (flag::COMPRESSED, packed_len < len)] {
            for bit in [flags_of_one & 0xff, flags_of_one & 0xff00] {
                if flags & bit != 0 && is_there {
                    reader.take(4)?;
                }
            }
        }
        let packed = reader.take(packed_len)?;
        if out.len().saturating_add(len) > limit {
            return Err(StreamError::TooLong { limit });
        }
        append_block(&mut out, limit, len, |piece| {
            if packed_len == len {
                piece.copy_from_slice(packed);
                return Ok(len);
            }
            let written = decode(packed, piece).ok_or(StreamError::Damaged)?;
            if written == len { Ok(len) } else { Err(StreamError::Damaged) }
        })?;
    }
}

/// Reads the header and returns its flags.
fn header(reader: &mut Reader<'_>) -> Result<u32, StreamError> {
    reader.take(MAGIC.len())?;
    let version = reader.number(2)?;
    reader.take(2)?; // version of the library
    if version >= 0x940 {
        reader.take(2)?; // version needed
    }
    reader.take(1)?; // method
    if version >= 0x940 {
        reader.take(1)?; // level
    }
    let flags = reader.number(4)?;
    if flags & flag::FILTER != 0 {
        return Err(StreamError::Damaged);
    }
    reader.take(8)?; // mode, time
    if version >= 0x940 {
        reader.take(4)?; // time, high half
    }
    let name_len = reader.number(1)?;
    reader.take(usize::try_from(name_len).map_err(|_| StreamError::Damaged)?)?;
    reader.take(4)?; // checksum
    if flags & flag::EXTRA != 0 {
        let len = reader.size()?;
        reader.take(len)?;
        reader.take(4)?;
    }
    Ok(flags)
}

/// The output of a block.
struct Output<'a> {
    bytes: &'a mut [u8],
    len: usize,
}

impl Output<'_> {
    fn literals(&mut self, from: &[u8]) -> Option<()> {
        let end = self.len.checked_add(from.len())?;
        self.bytes.get_mut(self.len..end)?.copy_from_slice(from);
        self.len = end;
        Some(())
    }

    /// Copies `len` bytes from `distance` bytes back; the two may overlap.
    fn copy(&mut self, distance: usize, len: usize) -> Option<()> {
        let mut from = self.len.checked_sub(distance)?;
        for _ in 0..len {
            let byte = *self.bytes.get(from)?;
            *self.bytes.get_mut(self.len)? = byte;
            (from, self.len) = (from + 1, self.len + 1);
        }
        Some(())
    }
}

/// Decodes one block of LZO1X and returns the length of its contents. `None` if it is damaged, does not fit, or does not end
/// where `packed` ends.
fn decode(packed: &[u8], bytes: &mut [u8]) -> Option<usize> {
    let mut reader = Reader(packed);
    let mut out = Output { bytes, len: 0 };
    // How many literals the last instruction copied: 0, 1 to 3, or 4 for more.
    let mut state = 0;
    if let Some(&first) = packed.first().filter(|&&first| first > 17) {
        reader.take(1).ok()?;
        let len = usize::from(first) - 17;
        out.literals(reader.take(len).ok()?)?;
        state = len.min(4);
    }
    loop {
        let byte = usize::from(*reader.take(1).ok()?.first()?);
        let (distance, len, literals) = match byte {
            0x40.. => {
                let high = usize::from(*reader.take(1).ok()?.first()?);
                ((high << 3) + (byte >> 2 & 7) + 1, (byte >> 5) + 1, byte & 3)
            }
            0x20.. => {
                let len = long(byte & 31, 31, &mut reader)? + 2;
                let low = little(&mut reader)?;
                ((low >> 2) + 1, len, low & 3)
            }
            0x10.. => {
                let len = long(byte & 7, 7, &mut reader)? + 2;
                let low = little(&mut reader)?;
                let distance = ((byte & 8) << 11) + (low >> 2);
                if distance == 0 {
                    return (len == 3 && reader.0.is_empty()).then_some(out.len);
                }
                (distance + 0x4000, len, low & 3)
            }
            _ if state == 0 => {
                let len = long(byte, 15, &mut reader)? + 3;
                out.literals(reader.take(len).ok()?)?;
                state = 4;
                continue;
            }
            _ => {
                let high = usize::from(*reader.take(1).ok()?.first()?);
                let (base, len) = if state == 4 { (2049, 3) } else { (1, 2) };
                ((high << 2) + (byte >> 2) + base, len, byte & 3)
            }
        };
        out.copy(distance, len)?;
        out.literals(reader.take(literals).ok()?)?;
        state = literals;
    }
}

/// A length that goes on if its bits are 0: 255 for each zero byte, and the first other byte, on top of `base`.
fn long(bits: usize, base: usize, reader: &mut Reader<'_>) -> Option<usize> {
    if bits != 0 {
        return Some(bits);
    }
    let mut len = base;
    loop {
        match *reader.take(1).ok()?.first()? {
            0 => len = len.checked_add(255)?,
            byte => return len.checked_add(usize::from(byte)),
        }
    }
}

fn little(reader: &mut Reader<'_>) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(*reader.take(2).ok()?.first_chunk()?)))
}
