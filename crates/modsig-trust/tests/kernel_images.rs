//! Kernel images made by code: every form, and lists of certificates in every layout.

use modsig_trust::kernel_image::{Absence, Ambiguity, Certainty, Found, Image, ImageError, LIMIT};

const KEYRING: &[u8] = b"Loading compiled-in X.509 certificates\0";
const REVOCATION: &[u8] = b"Loading compiled-in revocation X.509 certificates\0";

/// A certificate by its shape: a SEQUENCE of a SEQUENCE, a SEQUENCE and a BIT STRING.
fn certificate(fill: u8, len: u16) -> Vec<u8> {
    let tbs = len - 4 - 4 - 6;
    let [high, low] = (len - 4).to_be_bytes();
    let [tbs_high, tbs_low] = tbs.to_be_bytes();
    let mut der = vec![0x30, 0x82, high, low, 0x30, 0x82, tbs_high, tbs_low];
    der.resize(8 + usize::from(tbs), fill);
    der.extend([0x30, 0x00, 0x03, 0x02, 0x00, fill]);
    assert_eq!(der.len(), usize::from(len));
    der
}

/// A kernel as raw bytes in ELF: 64 bits, little-endian, without sections.
struct Kernel(Vec<u8>);

impl Kernel {
    fn new() -> Self {
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(16, 0);
        bytes.extend([2, 0]);
        bytes.resize(0x1000, 0);
        bytes.extend(b"Linux version 7.2.13-test (builder@host) #1 SMP\n\0");
        Self(bytes).align(8)
    }

    fn text(mut self, text: &[u8]) -> Self {
        self.0.extend(text);
        self.align(8)
    }

    fn align(mut self, to: usize) -> Self {
        self.0.resize(self.0.len().next_multiple_of(to), 0);
        self
    }

    fn word(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    /// `certs/system_certificates.S`: the list, its size, the length of the key of modules.
    fn trusted(self, list: &[u8], modules: u64) -> Self {
        self.text(list).word(list.len() as u64).word(modules)
    }

    /// Something else, so that nothing but zeros does not follow.
    fn end(self) -> Vec<u8> {
        self.word(0x1122_3344_5566_7788).0
    }
}

fn built_in(kernel: &[u8]) -> Result<Found, ImageError> {
    Image::open(kernel).unwrap().built_in()
}

fn is_list(found: Result<Found, ImageError>, expected: &[&[u8]], certainty: Certainty) {
    match found {
        Ok(Found::List(list)) => {
            assert_eq!(list.certificates, expected);
            assert_eq!(list.certainty, certainty);
            assert!(list.rest.is_empty());
        }
        other => panic!("{other:?}"),
    }
}

/// Kills: taking any certificate in the image, a size word that is not compared, a start that is not found.
#[test]
fn the_size_word_finds_the_list() {
    let (a, b, test) = (certificate(1, 300), certificate(2, 477), certificate(3, 500));
    let list = [&a[..], &b].concat();
    let kernel = |size: u64, modules: u64| {
        // A certificate for self-tests stands before the list, without a size.
        let image = Kernel::new().text(KEYRING).text(&test).word(7).text(&list).word(size).word(modules);
        built_in(&image.end())
    };
    is_list(kernel(777, 300), &[&a, &b], Certainty::SizeMatches);
    is_list(kernel(777, 777), &[&a, &b], Certainty::SizeMatches);
    is_list(kernel(777, 0), &[&a, &b], Certainty::SizeMatches);
    for (size, modules, others) in
        [(776, 300, 3), (778, 300, 3), (300, 300, 3), (777, 299, 1), (777, 1000, 1)]
    {
        assert_eq!(kernel(size, modules), Ok(Found::None(Absence::NotFound { others })));
    }
}

/// Kills: the trust of self-test certificates, wireless rules and everything else without a size word.
#[test]
fn certificates_for_other_purposes_are_not_trusted() {
    let test = certificate(3, 500);
    let kernel = Kernel::new().text(KEYRING).text(&test).word(0).word(9).end();
    assert_eq!(built_in(&kernel), Ok(Found::None(Absence::NotFound { others: 1 })));
}

/// A list of revoked certificates with zeros after it looks like a list of trusted ones without a key of modules. Kills:
/// trusting revoked certificates.
#[test]
fn revoked_certificates_are_never_trusted() {
    let (good, bad) = (certificate(1, 300), certificate(2, 400));
    let with_key =
        Kernel::new().text(KEYRING).text(REVOCATION).trusted(&good, 300).text(&bad).word(400).word(0).end();
    is_list(built_in(&with_key), &[&good], Certainty::SizeMatches);
    is_list(Image::open(&with_key).unwrap().revoked(), &[&bad], Certainty::SizeMatches);
    let without_key = Kernel::new().text(KEYRING).text(REVOCATION).text(&bad).word(400).word(0).end();
    assert_eq!(built_in(&without_key), Err(ImageError::Ambiguous(Ambiguity::TrustedOrRevoked)));
    let nothing = Kernel::new().text(KEYRING).end();
    assert_eq!(Image::open(&nothing).unwrap().revoked(), Ok(Found::None(Absence::NoRevocationList)));
}

/// Kills: choosing one of two lists.
#[test]
fn two_lists_are_an_error() {
    let (a, b) = (certificate(1, 300), certificate(2, 400));
    let kernel = Kernel::new().text(KEYRING).trusted(&a, 300).trusted(&b, 400).end();
    assert_eq!(built_in(&kernel), Err(ImageError::Ambiguous(Ambiguity::Lists { lists: 2 })));
}

/// `insert-sys-cert` writes into an area behind the list, and into its use and the size word. Kills: a list that lacks the
/// inserted certificates, or has only these.
#[test]
fn inserted_certificates_count() {
    let (key, inserted) = (certificate(1, 300), certificate(2, 400));
    for built_in_key in [&key[..], &[]] {
        let mut area = inserted.clone();
        area.resize(4096 - built_in_key.len() % 4, 0);
        let list = [built_in_key, &area].concat();
        let size = built_in_key.len() as u64 + 400;
        let mut kernel = Kernel::new().text(KEYRING);
        kernel.0.extend(&list);
        let kernel =
            kernel.align(4).text(&400_u32.to_le_bytes()).word(size).word(built_in_key.len() as u64).end();
        match built_in_key {
            [] => is_list(built_in(&kernel), &[&inserted], Certainty::SizeMatches),
            _ => is_list(built_in(&kernel), &[&key, &inserted], Certainty::SizeMatches),
        }
    }
}

/// Without messages (`CONFIG_PRINTK=n`) a list without a key of modules is not certain.
#[test]
fn without_messages_the_structure_alone_decides() {
    let a = certificate(1, 300);
    let kernel = Kernel::new().trusted(&a, 0).end();
    is_list(built_in(&kernel), &[&a], Certainty::StructureOnly);
    let no_keyring = Kernel::new().text(b"Kernel command line: %s").end();
    assert_eq!(built_in(&no_keyring), Ok(Found::None(Absence::NoKeyring)));
}

/// On arm64 `.align 8` is 256 bytes. Kills: a module word that is looked for in one place only.
#[test]
fn arm64_aligns_to_256_bytes() {
    let a = certificate(1, 300);
    let mut image = vec![0; 0x38];
    image.extend(b"ARM\x64");
    image.resize(0x1000, 0);
    let kernel = Kernel(image).text(KEYRING).text(REVOCATION).align(256).text(&a).align(256).word(300);
    let kernel = kernel.align(256).word(300).end();
    let image = Image::open(&kernel).unwrap();
    assert_eq!(image.layers(), ["arm64 Image"]);
    is_list(image.built_in(), &[&a], Certainty::SizeMatches);
}

/// Big-endian, 32 bits. Kills: words of one size and order.
#[test]
fn words_have_the_size_and_order_of_the_kernel() {
    let a = certificate(1, 300);
    let mut bytes = b"\x7fELF\x01\x02\x01".to_vec();
    bytes.resize(17, 0);
    bytes.push(2);
    bytes.resize(0x1000, 0);
    bytes.extend(&a);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    for word in [300_u32, 0, 300, 7] {
        bytes.extend(word.to_be_bytes());
    }
    is_list(built_in(&bytes), &[&a], Certainty::SizeMatches);
}

/// A bzImage with this payload.
fn bzimage(payload: &[u8]) -> Vec<u8> {
    let mut file = vec![0; 0x400];
    file[0x1f1] = 1;
    file[0x1fe..0x206].copy_from_slice(b"\x55\xaa\0\0HdrS");
    file[0x206..0x208].copy_from_slice(&0x20f_u16.to_le_bytes());
    file[0x248..0x24c].copy_from_slice(&16_u32.to_le_bytes());
    let len = u32::try_from(payload.len()).unwrap();
    file[0x24c..0x250].copy_from_slice(&len.to_le_bytes());
    file.resize(0x400 + 16, 0);
    file.extend(payload);
    file
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    modsig_compress::pack(modsig_compress::Compression::Gzip, bytes, None).unwrap()
}

/// `lz4 -l`: blocks without an end, and the size that the build appends.
fn lz4(bytes: &[u8]) -> Vec<u8> {
    let block = lz4_flex::block::compress(bytes);
    let mut frame = vec![0x02, 0x21, 0x4c, 0x18];
    frame.extend(u32::try_from(block.len()).unwrap().to_le_bytes());
    frame.extend(block);
    frame.extend(u32::try_from(bytes.len()).unwrap().to_le_bytes());
    frame
}

/// A PE file with a section `.linux`.
fn unified(linux: &[u8]) -> Vec<u8> {
    let mut file = b"MZ".to_vec();
    file.resize(0x3c, 0);
    file.extend(0x40_u32.to_le_bytes());
    file.extend(b"PE\0\0\x64\x86\x01\0");
    file.resize(0x40 + 4 + 16, 0);
    file.extend([112, 0, 0x22, 0]); // SizeOfOptionalHeader, Characteristics
    file.extend([0x0b, 0x02]);
    file.resize(0x40 + 24 + 112, 0);
    file.extend(b".linux\0\0");
    let len = u32::try_from(linux.len()).unwrap();
    for value in [len, 0x1000, len, 0x200, 0, 0, 0, 0x4000_0040] {
        file.extend(value.to_le_bytes());
    }
    file.resize(0x200, 0);
    file.extend(linux);
    file
}

/// Kills: an offset or a form that is read wrongly.
#[test]
fn every_form_is_unwrapped() {
    use modsig_compress::{Compression, pack};
    let a = certificate(1, 300);
    let kernel = Kernel::new().text(KEYRING).trusted(&a, 300).end();
    let xz = pack(Compression::Xz, &kernel, None).unwrap();
    let zstd = pack(Compression::Zstd, &kernel, None).unwrap();
    let mut zboot = b"MZ\0\0zimg".to_vec();
    zboot.extend(0x40_u32.to_le_bytes());
    zboot.extend(u32::try_from(zstd.len()).unwrap().to_le_bytes());
    zboot.resize(0x40, 0);
    zboot.extend(&zstd);
    let forms: [(Vec<u8>, &[&str]); 8] = [
        (kernel.clone(), &["ELF"]),
        (gzip(&kernel), &["gzip", "ELF"]),
        (bzimage(&gzip(&kernel)), &["bzImage", "gzip", "ELF"]),
        (bzimage(&[&xz[..], &[0; 4]].concat()), &["bzImage", "xz", "ELF"]),
        (bzimage(&[&zstd[..], &[0; 4]].concat()), &["bzImage", "zstd", "ELF"]),
        (bzimage(&lz4(&kernel)), &["bzImage", "lz4", "ELF"]),
        (zboot, &["EFI zboot image", "zstd", "ELF"]),
        (unified(&bzimage(&zstd)), &["unified kernel image", "bzImage", "zstd", "ELF"]),
    ];
    for (file, layers) in forms {
        let image = Image::open(&file).unwrap();
        assert_eq!(image.layers(), layers);
        assert_eq!(image.release(), Some("7.2.13-test"));
        is_list(image.built_in(), &[&a], Certainty::SizeMatches);
    }
}

/// A length beyond `base`: 255 for each zero byte, and a byte that is not zero.
fn lzo_length(len: usize, base: usize) -> Vec<u8> {
    let zeros = (len - base - 1) / 255;
    let mut bytes = vec![0; zeros];
    bytes.push(u8::try_from(len - base - 255 * zeros).unwrap());
    bytes
}

/// One block as `lzop` writes it: 24 literals, a match that overlaps itself up to 0x1000, literals, the end
/// (Documentation/staging/lzo.rst).
fn lzo(bytes: &[u8]) -> Vec<u8> {
    let (head, rest) = (&bytes[..24], &bytes[0x1000..]);
    let mut block = vec![17 + 24];
    block.extend(head);
    block.push(0x20);
    block.extend(lzo_length(0x1000 - 24, 33));
    block.extend([0, 0, 0]);
    block.extend(lzo_length(rest.len(), 18));
    block.extend(rest);
    block.extend([0x11, 0, 0]);
    let mut file = b"\x89LZO\0\r\n\x1a\n".to_vec();
    file.extend([0x10, 0x30, 0x20, 0x80, 0x09, 0x40, 1, 9, 0, 0, 0, 1]); // versions, method, level, flags: Adler-32
    file.extend([0; 17]); // mode, time, no name, checksum
    for number in [bytes.len(), block.len(), 0] {
        file.extend(u32::try_from(number).unwrap().to_be_bytes());
    }
    file.extend(block);
    file.extend([0; 4]);
    file
}

/// Kills: a wrong length or distance; a block that is cut, or has another length than announced.
#[test]
fn lzo_is_unpacked() {
    let a = certificate(1, 300);
    let kernel = Kernel::new().text(KEYRING).trusted(&a, 300).end();
    let packed = lzo(&kernel);
    let image = Image::open(&packed).unwrap();
    assert_eq!((image.layers(), image.kernel()), (&["lzo", "ELF"][..], &kernel[..]));
    let length_at = 9 + 12 + 17 + 3;
    let mut other = packed.clone();
    other[length_at] ^= 1;
    for broken in [&other[..], &packed[..packed.len() - 4], &packed[..packed.len() - 9]] {
        assert!(matches!(Image::open(broken), Err(ImageError::NotUnpacked { format: "lzo", .. })));
    }
}

/// Kills: trusting a length of a header, memory for what a file promises, endless nesting.
#[test]
fn hostile_images_are_refused() {
    let kernel = Kernel::new().end();
    for cut in [0, 3, 0x1f0, 0x248, 0x300, 0x40f] {
        let file = bzimage(&gzip(&kernel));
        assert!(Image::open(&file[..cut]).is_err(), "{cut}");
    }
    let mut huge = bzimage(&gzip(&kernel));
    huge[0x24c..0x250].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(Image::open(&huge), Err(ImageError::Malformed { offset: 0x248, .. })));
    let block = lz4_flex::block::compress(&vec![0; 8 << 20]);
    let len = u32::try_from(block.len()).unwrap().to_le_bytes();
    let bomb = bzimage(&[&[0x02, 0x21, 0x4c, 0x18][..], &[&len[..], &block].concat().repeat(5)].concat());
    assert!(matches!(Image::open(&bomb), Err(ImageError::NotUnpacked { .. })));
    let mut nested = kernel;
    for _ in 0..10 {
        nested = gzip(&nested);
    }
    assert_eq!(Image::open(&nested).unwrap_err(), ImageError::TooDeep);
    assert_eq!(Image::open(b"BZh91AY").unwrap_err(), ImageError::Unsupported("bzip2"));
    assert_eq!(Image::open(b"#!/bin/sh").unwrap_err(), ImageError::NotAKernel);
    assert_eq!(LIMIT, 512 << 20);
}

/// Kills: a configuration without its end, hashes that are no hashes.
#[test]
fn configuration_and_blacklist_are_found() {
    let packed = [b"IKCFG_ST", &gzip(b"CONFIG_MODULE_SIG=y\n")[..], b"IKCFG_ED"].concat();
    let hash = format!("tbs:{}", "ab".repeat(32));
    let other = "bin:0102";
    let strings = format!("\0{hash}\0{other}\0bin:xy\0tbs:\0tbs:abc\0");
    let kernel = Kernel::new().text(&packed).text(strings.as_bytes()).end();
    let image = Image::open(&kernel).unwrap();
    assert_eq!(image.configuration().unwrap().as_deref(), Some(&b"CONFIG_MODULE_SIG=y\n"[..]));
    assert_eq!(image.blacklisted_hashes(), [&hash, other]);
    let cut = Kernel::new().text(&packed[..packed.len() - 8]).end();
    assert!(Image::open(&cut).unwrap().configuration().is_err());
}
