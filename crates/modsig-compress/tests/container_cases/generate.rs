//! Compressed modules that are unusual or wrong, each with a name. The same at every run.

use modsig_compress::Compression;

use super::build::{Xz, gzip, stored, zstd_block, zstd_header, zstd_raw};

/// A file, and its name with the suffix of its compression.
pub struct ContainerCase {
    pub name: String,
    pub compression: Compression,
    pub file: Vec<u8>,
}

/// A signed module, and an unsigned one.
pub struct Material {
    pub signed: Vec<u8>,
    pub unsigned: Vec<u8>,
    /// A signed module whose length is a multiple of a page.
    pub pages: Vec<u8>,
}

/// All cases.
pub fn all(material: &Material) -> Vec<ContainerCase> {
    let mut all = Vec::new();
    for compression in Compression::ALL {
        let named = match compression {
            Compression::Gzip => of_gzip(material),
            Compression::Xz => of_xz(material),
            Compression::Zstd => of_zstd(material),
        };
        let plain = named.first().map(|(_, file)| file.clone()).unwrap_or_default();
        for (name, file) in named.into_iter().chain(of_any(compression, &plain)) {
            let name = format!("{name}{}", compression.ending());
            all.push(ContainerCase { name, compression, file });
        }
    }
    all
}

type Named = Vec<(String, Vec<u8>)>;

fn push(named: &mut Named, name: &str, file: Vec<u8>) {
    named.push((name.to_owned(), file));
}

/// Changes that apply to a file of any format.
fn of_any(compression: Compression, plain: &[u8]) -> Named {
    let mut named = Named::new();
    let len = plain.len();
    for keep in [0, 1, 3, 4, 6, 9, 10, 11, 12, 13, 16, 20, 24, 28, 32, 100, 4096, 5000, 8192, 12288, len / 2]
    {
        push(&mut named, &format!("truncated-{keep}"), plain[..keep].to_vec());
    }
    for less in [1, 2, 4, 5, 8, 9, 12, 13, 20, 24, 28, 40] {
        push(&mut named, &format!("truncated-by-{less}"), plain[..len - less].to_vec());
    }
    for (name, tail) in [("zero", &[0][..]), ("zeros", &[0; 4]), ("text", b"text"), ("twice", plain)] {
        push(&mut named, &format!("followed-by-{name}"), [plain, tail].concat());
    }
    // The headers bit by bit, the data here and there.
    for at in (0..14).chain((14..len).step_by(len / 24)).chain(len - 12..len) {
        let mut file = plain.to_vec();
        file[at] ^= 1 << (at % 8);
        push(&mut named, &format!("flipped-{}-{at}", compression.name()), file);
    }
    named
}

fn of_gzip(material: &Material) -> Named {
    let module = &material.signed[..];
    let data = stored(module);
    let mut named = Named::new();
    push(&mut named, "plain", gzip(0, &[], &data, module));
    push(&mut named, "packed", modsig_compress::pack(Compression::Gzip, module, None).unwrap());
    push(&mut named, "name", gzip(8, b"dummy.ko\0", &data, module));
    push(&mut named, "name-empty", gzip(8, b"\0", &data, module));
    push(&mut named, "text-flag", gzip(1, &[], &data, module));
    push(&mut named, "header-crc", gzip(2, &[0x12, 0x34], &data, module));
    push(&mut named, "extra", gzip(4, &[4, 0, b'A', b'B', 0, 0], &data, module));
    push(&mut named, "extra-and-name", gzip(12, &[4, 0, b'A', b'B', 0, 0, b'n', 0], &data, module));
    push(&mut named, "comment", gzip(16, b"comment\0", &data, module));
    for bit in [32, 64, 128] {
        push(&mut named, &format!("reserved-{bit}"), gzip(bit, &[], &data, module));
    }
    push(&mut named, "extra-is-another-stream", two_readings(module, &material.unsigned));
    push(&mut named, "extra-is-another-signed", two_readings(&material.unsigned, module));
    push(&mut named, "crc", gzip(0, &[], &data, b"other"));
    let mut wrong = gzip(0, &[], &data, module);
    let at = wrong.len() - 4;
    wrong[at] ^= 1;
    push(&mut named, "length", wrong);
    push(&mut named, "no-trailer", [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3], &data[..]].concat());
    push(&mut named, "method-7", [&[0x1f, 0x8b, 7], &gzip(0, &[], &data, module)[3..]].concat());
    push(&mut named, "empty", gzip(0, &[], &stored(&[]), &[]));
    push(&mut named, "unsigned", gzip(0, &[], &stored(&material.unsigned), &material.unsigned));
    push(&mut named, "pages", gzip(0, &[], &stored(&material.pages), &material.pages));
    push(&mut named, "block-type-3", gzip(0, &[], &[7, 0, 0], module));
    push(&mut named, "stored-length", gzip(0, &[], &[1, 5, 0, 5, 0, 1, 2, 3, 4, 5], module));
    // A fixed block whose first symbol is a match: three bytes from before the start.
    push(&mut named, "distance-before-start", gzip(0, &[], &[0x03 | 0x02 << 3, 0x02, 0], module));
    named
}

/// A file whose FEXTRA field is, to Linux, a deflate stream of `linux`; to gzip the contents are `others`.
fn two_readings(others: &[u8], linux: &[u8]) -> Vec<u8> {
    // Linux reads XLEN as the beginning of a stored block: 00, then the low byte of LEN.
    let first = &linux[..0x77];
    let mut field = vec![0];
    field.extend((!0x77_u16).to_le_bytes());
    field.extend(first);
    field.extend(stored(&linux[0x77..]));
    field.resize(0x7700, 0);
    let mut fields = 0x7700_u16.to_le_bytes().to_vec();
    fields.extend(field);
    gzip(4, &fields, &stored(others), others)
}

fn of_xz(material: &Material) -> Named {
    let module = &material.signed[..];
    let plain = || Xz::new(module);
    let mut named = Named::new();
    push(&mut named, "plain", plain().build());
    push(&mut named, "packed", modsig_compress::pack(Compression::Xz, module, None).unwrap());
    // XZ Embedded ignores the first byte of a range coder, which liblzma requires to be zero: stream header (12), block
    // header (12), control byte, two sizes and the properties (6).
    let mut first = modsig_compress::pack(Compression::Xz, module, None).unwrap();
    assert!(first[24] >= 0xe0 && first[30] == 0);
    first[30] = 0x55;
    push(&mut named, "range-coder-first-byte", first);
    for check in [0, 2, 3, 4, 5, 7, 10, 11, 15, 16] {
        push(&mut named, &format!("check-{check}"), Xz { check, ..plain() }.build());
    }
    let filters = |filters: &[(u8, &[u8])]| {
        let lzma2: [(u8, &[u8]); 1] = [(0x21, &[16])];
        let all = filters.iter().chain(&lzma2).map(|(id, properties)| (*id, properties.to_vec()));
        Xz { filters: all.collect(), ..plain() }.build()
    };
    push(&mut named, "filter-delta", filters(&[(3, &[0])]));
    for id in [4, 5, 6, 7, 8, 9, 10, 11, 12] {
        push(&mut named, &format!("filter-{id}"), filters(&[(id, &[])]));
    }
    push(&mut named, "filter-with-offset", filters(&[(4, &[0, 0, 0, 0])]));
    push(&mut named, "three-filters", filters(&[(3, &[0]), (4, &[])]));
    push(&mut named, "two-bcj", filters(&[(4, &[]), (7, &[])]));
    let dictionary = |code| Xz { filters: vec![(0x21, vec![code])], ..plain() }.build();
    for code in [0, 1, 18, 28, 41, 63, 64, 255] {
        push(&mut named, &format!("dictionary-{code}"), dictionary(code));
    }
    push(&mut named, "lzma2-without-properties", Xz { filters: vec![(0x21, vec![])], ..plain() }.build());
    push(&mut named, "lzma2-two-properties", Xz { filters: vec![(0x21, vec![16, 0])], ..plain() }.build());
    push(&mut named, "sizes", Xz { sizes: true, ..plain() }.build());
    for flags in [4, 8, 16, 32] {
        push(&mut named, &format!("flags-{flags}"), Xz { flags, ..plain() }.build());
    }
    let (front, back) = module.split_at(5000);
    push(&mut named, "two-blocks", Xz { blocks: vec![front, back], ..plain() }.build());
    push(
        &mut named,
        "three-blocks-sizes",
        Xz { blocks: vec![front, &[], back], sizes: true, ..plain() }.build(),
    );
    push(&mut named, "no-blocks", Xz { blocks: vec![], ..plain() }.build());
    push(&mut named, "empty-block", Xz::new(&[]).build());
    push(&mut named, "unsigned", Xz::new(&material.unsigned).build());
    push(&mut named, "pages", Xz::new(&material.pages).build());
    let pages = Xz::new(&material.pages).build();
    push(&mut named, "pages-without-index", pages[..pages.len() - 30].to_vec());
    named
}

fn of_zstd(material: &Material) -> Named {
    let module = &material.signed[..];
    let raw = zstd_raw(module, 4000, true);
    let frame =
        |descriptor, fields: &[u8], blocks: &[u8]| [&zstd_header(descriptor, fields), blocks].concat();
    let mut named = Named::new();
    // A window of 1 MiB.
    push(&mut named, "plain", frame(0, &[0x50], &raw));
    push(&mut named, "packed", modsig_compress::pack(Compression::Zstd, module, None).unwrap());
    let len = u32::try_from(module.len()).unwrap();
    let size = |len: u32| frame(0xa0, &len.to_le_bytes(), &raw);
    for (name, len) in [("size", len), ("size-less", len - 1), ("size-more", len + 1), ("size-zero", 0)] {
        push(&mut named, name, size(len));
    }
    // libzstd does not notice a wrong length if the last block is empty and the frame is decoded in pieces, as Linux does.
    let unfinished = [zstd_raw(module, 4000, false), zstd_block(true, 0, 0, &[])].concat();
    let with_window = |len: u32| frame(0x80, &[&[0x38], &len.to_le_bytes()[..]].concat(), &unfinished);
    push(&mut named, "size-more-last-block-empty", with_window(len + 1));
    push(&mut named, "size-last-block-empty", with_window(len));
    push(&mut named, "window-and-size", frame(0x80, &[&[0x50], &len.to_le_bytes()[..]].concat(), &raw));
    push(&mut named, "size-8", frame(0xe0, &u64::from(len).to_le_bytes(), &raw));
    push(&mut named, "size-8-max", frame(0xe0, &[0xff; 8], &raw));
    push(&mut named, "size-8-31-bits", frame(0xe0, &0x7fff_ffff_u64.to_le_bytes(), &raw));
    push(&mut named, "size-8-40-bits", frame(0xe0, &(1_u64 << 40).to_le_bytes(), &raw));
    for window in [0x00, 0x07, 0x08, 0x58, 0x88, 0x89, 0x90, 0xa8, 0xb0, 0xff] {
        push(&mut named, &format!("window-{window:02x}"), frame(0, &[window], &raw));
    }
    push(&mut named, "reserved-bit", frame(8, &[0x50], &raw));
    push(&mut named, "unused-bit", frame(16, &[0x50], &raw));
    push(&mut named, "dictionary-0", frame(3, &[0x50, 0, 0, 0, 0], &raw));
    push(&mut named, "dictionary-1", frame(1, &[0x50, 1], &raw));
    let checksum = |sum: [u8; 4]| [&frame(4, &[0x50], &raw), &sum[..]].concat();
    push(&mut named, "checksum-wrong", checksum([1, 2, 3, 4]));
    push(&mut named, "checksum-missing", frame(4, &[0x50], &raw));
    push(&mut named, "checksum-half", [&frame(4, &[0x50], &raw), &[1, 2][..]].concat());
    push(&mut named, "no-last-block", frame(0, &[0x50], &zstd_raw(module, 4000, false)));
    let pages = zstd_raw(&material.pages, 4096, false);
    push(&mut named, "pages", frame(0, &[0x50], &zstd_raw(&material.pages, 4096, true)));
    push(&mut named, "pages-no-last-block", frame(0, &[0x50], &pages));
    push(
        &mut named,
        "last-block-empty",
        frame(0, &[0x50], &[&pages, &zstd_block(true, 0, 0, &[])[..]].concat()),
    );
    push(&mut named, "block-type-3", frame(0, &[0x50], &zstd_block(true, 3, 1, &[0])));
    push(
        &mut named,
        "block-type-3-after",
        frame(0, &[0x50], &[&pages, &zstd_block(true, 3, 1, &[0])[..]].concat()),
    );
    push(
        &mut named,
        "run-length",
        frame(0, &[0x50], &[&zstd_block(true, 1, 70_000, b"A")[..], &[]].concat()),
    );
    push(&mut named, "block-over-window", frame(0, &[0], &zstd_raw(module, 4000, true)));
    push(&mut named, "block-too-large", frame(0, &[0x50], &zstd_block(true, 0, 131_073, &vec![0; 131_073])));
    push(&mut named, "block-within-window", frame(0, &[0], &zstd_raw(module, 1000, true)));
    push(&mut named, "empty", frame(0, &[0x50], &zstd_raw(&[], 1, true)));
    push(&mut named, "unsigned", frame(0, &[0x50], &zstd_raw(&material.unsigned, 4000, true)));
    let skippable = [0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4];
    push(&mut named, "skippable-first", [&skippable, &frame(0, &[0x50], &raw)[..]].concat());
    push(&mut named, "skippable-last", [&frame(0, &[0x50], &raw)[..], &skippable].concat());
    for share in [98, 99, 100, 101, 102, 103, 104] {
        let at = first_ascii_run(module, 400);
        let blocks = [
            zstd_raw(&module[..at], 4000, false),
            four_streams(&module[at..at + 400], share),
            zstd_raw(&module[at + 400..], 4000, true),
        ];
        push(&mut named, &format!("huffman-{share}"), frame(0, &[0x50], &blocks.concat()));
    }
    named
}

/// Where `len` bytes below 128 start.
fn first_ascii_run(module: &[u8], len: usize) -> usize {
    module.windows(len).position(|bytes| bytes.is_ascii()).unwrap()
}

/// A compressed block of 400 literals in four Huffman streams, the third of which holds `share` symbols: it should be 100.
/// Every symbol below 128 has a code of seven bits.
fn four_streams(literals: &[u8], share: usize) -> Vec<u8> {
    let counts = [100, 100, share, 200 - share];
    let mut streams = Vec::new();
    let mut rest = literals;
    for count in counts {
        let (symbols, after) = rest.split_at(count);
        rest = after;
        streams.push(huffman_stream(symbols));
    }
    // RFC 8878 §4.2.1.1: 127 weights, directly, of four bits each; the last one follows from them.
    let mut body = vec![127 + 127];
    body.extend([0x11; 63]);
    body.push(0x10);
    for stream in &streams[..3] {
        body.extend(u16::try_from(stream.len()).unwrap().to_le_bytes());
    }
    body.extend(streams.concat());
    // §3.1.1.3.1.1: compressed literals, four streams, sizes of ten bits.
    let header = 2 | 1 << 2 | literals.len() << 4 | body.len() << 14;
    let mut block = u32::try_from(header).unwrap().to_le_bytes()[..3].to_vec();
    block.extend(body);
    block.push(0); // no sequences
    zstd_block(false, 2, block.len(), &block)
}

/// Symbols as codes of seven bits, the last one first, after a bit that marks the end.
fn huffman_stream(symbols: &[u8]) -> Vec<u8> {
    let bits = 1 + 7 * symbols.len();
    let mut bytes = vec![0_u8; bits.div_ceil(8)];
    let mut set = |at: usize| bytes[at / 8] |= 1 << (at % 8);
    set(bits - 1);
    for (number, symbol) in symbols.iter().enumerate() {
        let base = bits - 1 - 7 * (number + 1);
        (0..7).filter(|bit| symbol >> bit & 1 == 1).for_each(|bit| set(base + bit));
    }
    bytes
}
