//! Builders of compressed files, part by part, so that each part can be wrong.

use modsig::algorithm::Digest;

/// Deflate without compression (RFC 1951 §3.2.4).
pub fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut chunks = data.chunks(0xffff).peekable();
    while let Some(chunk) = chunks.next() {
        let len = u16::try_from(chunk.len()).unwrap();
        out.push(u8::from(chunks.peek().is_none()));
        out.extend(len.to_le_bytes());
        out.extend((!len).to_le_bytes());
        out.extend(chunk);
    }
    if data.is_empty() {
        out.extend([1, 0, 0, 0xff, 0xff]);
    }
    out
}

/// A gzip file (RFC 1952): header with these flags and optional fields, data, and the trailer of `contents`.
pub fn gzip(flags: u8, fields: &[u8], data: &[u8], contents: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3];
    out.extend(fields);
    out.extend(data);
    out.extend(crc32fast::hash(contents).to_le_bytes());
    out.extend(u32::try_from(contents.len()).unwrap().to_le_bytes());
    out
}

/// A zstd frame's header (RFC 8878 §3.1.1.1): the descriptor, and the fields that it announces.
pub fn zstd_header(descriptor: u8, fields: &[u8]) -> Vec<u8> {
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, descriptor];
    out.extend(fields);
    out
}

/// A zstd block (RFC 8878 §3.1.1.2) of this type and size.
pub fn zstd_block(last: bool, kind: u32, size: usize, data: &[u8]) -> Vec<u8> {
    let header = u32::from(last) | kind << 1 | u32::try_from(size).unwrap() << 3;
    let mut out = header.to_le_bytes()[..3].to_vec();
    out.extend(data);
    out
}

/// The contents as raw blocks of at most `size` bytes.
pub fn zstd_raw(contents: &[u8], size: usize, last: bool) -> Vec<u8> {
    let mut out = Vec::new();
    let mut chunks = contents.chunks(size).peekable();
    while let Some(chunk) = chunks.next() {
        out.extend(zstd_block(last && chunks.peek().is_none(), 0, chunk.len(), chunk));
    }
    if contents.is_empty() {
        out.extend(zstd_block(last, 0, 0, &[]));
    }
    out
}

/// An xz file (The .xz File Format 1.2.1).
pub struct Xz<'a> {
    /// The ID of the check.
    pub check: u8,
    /// The contents of each block.
    pub blocks: Vec<&'a [u8]>,
    /// Each block's filters: ID and properties.
    pub filters: Vec<(u8, Vec<u8>)>,
    /// Block flags that are set besides the number of filters.
    pub flags: u8,
    /// Whether block headers say the sizes.
    pub sizes: bool,
}

impl<'a> Xz<'a> {
    /// CRC-32, LZMA2 with a dictionary of 1 MiB, one block.
    pub fn new(contents: &'a [u8]) -> Self {
        Self { check: 1, blocks: vec![contents], filters: vec![(0x21, vec![16])], flags: 0, sizes: false }
    }

    pub fn build(&self) -> Vec<u8> {
        let mut out = b"\xfd7zXZ\0".to_vec();
        let stream_flags = [0, self.check];
        out.extend(stream_flags);
        out.extend(crc32fast::hash(&stream_flags).to_le_bytes());
        let mut index = vec![0];
        index.extend(number(self.blocks.len()));
        for contents in &self.blocks {
            let data = lzma2(contents);
            let header = self.block_header(&data, contents);
            let check = check_of(self.check, contents);
            index.extend(number(header.len() + data.len() + check.len()));
            index.extend(number(contents.len()));
            out.extend(&header);
            out.extend(&data);
            out.resize(out.len().next_multiple_of(4), 0);
            out.extend(&check);
        }
        index.resize(index.len().next_multiple_of(4), 0);
        index.extend(crc32fast::hash(&index).to_le_bytes());
        let mut footer = u32::try_from(index.len() / 4 - 1).unwrap().to_le_bytes().to_vec();
        footer.extend(stream_flags);
        out.extend(&index);
        out.extend(crc32fast::hash(&footer).to_le_bytes());
        out.extend(footer);
        out.extend(b"YZ");
        out
    }

    fn block_header(&self, data: &[u8], contents: &[u8]) -> Vec<u8> {
        let count = u8::try_from(self.filters.len() - 1).unwrap();
        let sizes = if self.sizes { 0xc0 } else { 0 };
        let mut header = vec![0, count | sizes | self.flags];
        if self.sizes {
            header.extend(number(data.len()));
            header.extend(number(contents.len()));
        }
        for (id, properties) in &self.filters {
            header.push(*id);
            header.extend(number(properties.len()));
            header.extend(properties);
        }
        header.resize(header.len().next_multiple_of(4), 0);
        header[0] = u8::try_from(header.len() / 4).unwrap();
        header.extend(crc32fast::hash(&header).to_le_bytes());
        header
    }
}

/// LZMA2 without compression: the first chunk resets the dictionary.
fn lzma2(contents: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, chunk) in contents.chunks(1 << 16).enumerate() {
        out.push(if at == 0 { 1 } else { 2 });
        out.extend(u16::try_from(chunk.len() - 1).unwrap().to_be_bytes());
        out.extend(chunk);
    }
    out.push(0);
    out
}

fn number(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = u8::try_from(value & 0x7f).unwrap();
        value >>= 7;
        out.push(if value > 0 { byte | 0x80 } else { byte });
        if value == 0 {
            return out;
        }
    }
}

fn check_of(id: u8, contents: &[u8]) -> Vec<u8> {
    match id {
        0 => Vec::new(),
        1 => crc32fast::hash(contents).to_le_bytes().to_vec(),
        4 => crc64(contents).to_le_bytes().to_vec(),
        10 => Digest::Sha256.hash(contents).unwrap(),
        // §2.1.1.2: the sizes of the others.
        2..=3 => vec![0; 4],
        5..=6 => vec![0; 8],
        7..=9 => vec![0; 16],
        11..=12 => vec![0; 32],
        _ => vec![0; 64],
    }
}

/// CRC-64 of ECMA-182, as xz has it.
fn crc64(data: &[u8]) -> u64 {
    !data.iter().fold(!0_u64, |crc, &byte| {
        (0..8).fold(crc ^ u64::from(byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { 0xc96c_5795_d787_0f42 } else { 0 }
        })
    })
}
