//! Random contents, files of all three formats that hold them, and changes of these files.

use liblzma::stream::{Action, Filters, LzmaOptions, Status, Stream};
use modsig_compress::Compression;
use std::io::Write as _;
use zstd_safe::{CCtx, CParameter};

/// SplitMix64.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    /// A number below `bound`, which is not zero.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn byte(&mut self) -> u8 {
        self.next() as u8
    }
}

/// Contents of many kinds: text that repeats, runs, noise, and mixtures.
pub fn contents(random: &mut Random) -> Vec<u8> {
    let len = match random.below(8) {
        0 => random.below(4),
        1 => 4096 * (1 + random.below(2)),
        2 => 200 + random.below(20_000),
        _ => random.below(1500),
    };
    let mut out = Vec::with_capacity(len + 300);
    while out.len() < len {
        match random.below(5) {
            0 => out.extend((0..random.below(200)).map(|_| random.byte())),
            1 => out.extend(vec![random.byte(); random.below(300)]),
            2 => out.extend((0..random.below(200)).map(|_| b"abcdefgh .lp="[random.below(13)])),
            _ if out.is_empty() => out.push(random.byte()),
            _ => {
                let (from, n) = (random.below(out.len()), random.below(100));
                for at in from..from + n {
                    out.push(out[at]);
                }
            }
        }
    }
    out.truncate(len);
    out
}

/// Raw deflate data, by zlib-rs at a random level.
fn deflate(random: &mut Random, contents: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::new(random.below(10) as u32);
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), level);
    encoder.write_all(contents).expect("into memory");
    encoder.finish().expect("into memory")
}

/// Raw LZMA2 data and the code of its dictionary.
fn lzma2(random: &mut Random, contents: &[u8]) -> Vec<u8> {
    let mut options = LzmaOptions::new_preset(random.below(2) as u32).expect("a preset");
    let lc = random.below(5) as u32;
    options
        .dict_size(1 << 16)
        .literal_context_bits(lc)
        .literal_position_bits(random.below(5 - lc as usize) as u32);
    options.position_bits(random.below(5) as u32);
    let mut filters = Filters::new();
    filters.lzma2(&options);
    let mut encoder = Stream::new_raw_encoder(&filters).expect("filters");
    let mut out = vec![0; contents.len() + contents.len() / 8 + 1000];
    assert_eq!(encoder.process(contents, &mut out, Action::Finish), Ok(Status::StreamEnd));
    out.truncate(encoder.total_out() as usize);
    out
}

fn zstd(random: &mut Random, contents: &[u8]) -> Vec<u8> {
    let mut encoder = CCtx::create();
    let level = [-3, 1, 3, 6, 13, 19][random.below(6)];
    encoder.set_parameter(CParameter::CompressionLevel(level)).expect("a level");
    encoder.set_parameter(CParameter::WindowLog(10 + random.below(8) as u32)).expect("a window");
    // Most without a checksum, so that what is changed shows.
    encoder.set_parameter(CParameter::ChecksumFlag(random.one_in(8))).expect("a flag");
    encoder.set_parameter(CParameter::ContentSizeFlag(random.one_in(2))).expect("a flag");
    let mut out = Vec::with_capacity(zstd_safe::compress_bound(contents.len()));
    encoder.compress2(&mut out, contents).expect("room");
    out
}

/// Raw blocks, the last of which may be empty, with a length in the header that may be wrong by one.
fn zstd_raw(random: &mut Random, contents: &[u8]) -> Vec<u8> {
    let mut out = vec![0x28, 0xb5, 0x2f, 0xfd, 0x80, 0x38];
    let len = contents.len() as u32;
    out.extend([len, len, len + 1, len.wrapping_sub(1)][random.below(4)].to_le_bytes());
    for block in contents.chunks(1 + random.below(4096)) {
        out.extend(&((block.len() as u32) << 3).to_le_bytes()[..3]);
        out.extend(block);
    }
    out.extend([1, 0, 0]);
    out
}

/// Changes some bytes: bits, values, lengths, pieces moved.
fn change(random: &mut Random, data: &mut Vec<u8>) {
    for _ in 0..[0, 1, 1, 1, 1, 2, 2, 3, 5, 9][random.below(10)] {
        if data.is_empty() {
            return;
        }
        let at = if random.one_in(3) { random.below(data.len().min(40)) } else { random.below(data.len()) };
        match random.below(9) {
            0..=3 => data[at] ^= 1 << random.below(8),
            4 => data[at] = random.byte(),
            5 => data[at] = [0, 1, 0x7f, 0x80, 0xff][random.below(5)],
            6 => data.insert(at, random.byte()),
            7 => drop(data.remove(at)),
            _ => {
                let n = random.below(8).min(data.len() - at);
                let piece = data[at..at + n].to_vec();
                let to = random.below(data.len());
                data.splice(to..to, piece);
            }
        }
    }
    if random.one_in(20) {
        data.truncate(random.below(data.len() + 1));
    }
}

/// A mutated file. Where checksums of the container would hide what a decoder makes of the data inside, they are right again for
/// what the C library makes of it.
pub fn file(random: &mut Random, compression: Compression) -> Vec<u8> {
    let contents = contents(random);
    match compression {
        Compression::Gzip => gzip_file(random, &contents),
        Compression::Xz => xz_file(random, &contents),
        Compression::Zstd => {
            let mut file =
                if random.one_in(10) { zstd_raw(random, &contents) } else { zstd(random, &contents) };
            change(random, &mut file);
            if random.one_in(50) {
                let other = zstd(random, b"more");
                file.extend(other);
            }
            file
        }
    }
}

fn gzip_file(random: &mut Random, contents: &[u8]) -> Vec<u8> {
    let mut data = deflate(random, contents);
    let inside = !random.one_in(4);
    if inside {
        change(random, &mut data);
    }
    let (output, consumed, _) = crate::oracles::zlib(&data, -15);
    if !random.one_in(10) {
        data.truncate(consumed);
    }
    let flags = if random.one_in(6) { random.byte() & 0x3f } else { 0 };
    let mut file = vec![0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3];
    if flags & 4 != 0 {
        let n = random.below(20);
        file.extend((n as u16).to_le_bytes());
        file.extend((0..n).map(|_| random.byte()));
    }
    for flag in [8, 16] {
        if flags & flag != 0 {
            file.extend((0..random.below(10)).map(|_| 1 + random.byte() % 255));
            file.push(0);
        }
    }
    if flags & 2 != 0 {
        let crc = crc32fast::hash(&file) as u16;
        file.extend(crc.to_le_bytes());
    }
    file.extend(&data);
    file.extend(crc32fast::hash(&output).to_le_bytes());
    file.extend((output.len() as u32).to_le_bytes());
    if !inside {
        change(random, &mut file);
    }
    file
}

fn xz_file(random: &mut Random, contents: &[u8]) -> Vec<u8> {
    let mut blocks = Vec::new();
    for part in contents.chunks(1 + random.below(contents.len() + 1)).take(1 + random.below(3)) {
        let mut data = lzma2(random, part);
        if random.one_in(2) {
            change(random, &mut data);
        }
        blocks.push(data);
    }
    let mut file = container(random, &blocks);
    if random.one_in(3) {
        change(random, &mut file);
    }
    file
}

/// What liblzma makes of raw LZMA2 data: the output, and how much of the data it read.
fn raw_lzma2(data: &[u8]) -> (Vec<u8>, usize) {
    let mut filters = Filters::new();
    filters.lzma2(LzmaOptions::new_preset(0).expect("a preset").dict_size(1 << 16));
    let mut decoder = Stream::new_raw_decoder(&filters).expect("filters");
    let mut output = vec![0; 1 << 17];
    let _ = decoder.process(data, &mut output, Action::Run);
    output.truncate(decoder.total_out() as usize);
    (output, decoder.total_in() as usize)
}

/// An xz file of these blocks, with right sizes and checks as far as liblzma can read the data.
fn container(random: &mut Random, blocks: &[Vec<u8>]) -> Vec<u8> {
    let check = if random.one_in(8) { [4, 10, 2, 15][random.below(4)] } else { random.below(2) as u8 };
    let mut file = b"\xfd7zXZ\0".to_vec();
    let flags = [0, check];
    file.extend(flags);
    file.extend(crc32fast::hash(&flags).to_le_bytes());
    let mut index = vec![0];
    number(&mut index, blocks.len());
    for data in blocks {
        let (output, consumed) = raw_lzma2(data);
        let data = if random.one_in(10) { &data[..] } else { &data[..consumed] };
        let sizes = if random.one_in(4) { 0xc0 } else { 0 };
        let mut header = vec![0, sizes];
        if sizes != 0 {
            number(&mut header, data.len());
            number(&mut header, output.len());
        }
        // Code 8 is 64 KiB.
        header.extend([0x21, 1, if random.one_in(8) { random.byte() % 42 } else { 8 }]);
        if random.one_in(20) {
            header[1] |= random.byte();
        }
        header.resize(header.len().next_multiple_of(4), 0);
        if random.one_in(20) {
            let last = header.len() - 1;
            header[last] = random.byte() & 1;
        }
        header[0] = (header.len() / 4) as u8;
        header.extend(crc32fast::hash(&header).to_le_bytes());
        let sum = match check {
            0 => Vec::new(),
            1 => crc32fast::hash(&output).to_le_bytes().to_vec(),
            2 => vec![0; 4],
            4 => crc64(&output).to_le_bytes().to_vec(),
            10 => modsig::algorithm::Digest::Sha256.hash(&output).expect("known"),
            _ => vec![0; 64],
        };
        number(&mut index, header.len() + data.len() + sum.len());
        number(&mut index, output.len());
        file.extend(header);
        file.extend(data);
        file.resize(file.len().next_multiple_of(4), 0);
        file.extend(sum);
    }
    index.resize(index.len().next_multiple_of(4), 0);
    index.extend(crc32fast::hash(&index).to_le_bytes());
    let mut footer = ((index.len() / 4 - 1) as u32).to_le_bytes().to_vec();
    footer.extend(flags);
    file.extend(&index);
    file.extend(crc32fast::hash(&footer).to_le_bytes());
    file.extend(footer);
    file.extend(b"YZ");
    if random.one_in(50) {
        let again = file.clone();
        file.extend([&[0_u8; 4][..], &again, b"x"][random.below(3)]);
    }
    file
}

fn number(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn crc64(data: &[u8]) -> u64 {
    !data.iter().fold(!0_u64, |crc, &byte| {
        (0..8).fold(crc ^ u64::from(byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { 0xc96c_5795_d787_0f42 } else { 0 }
        })
    })
}
