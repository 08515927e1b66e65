//! The forms of boot images: what the outermost layer is, and where the next one lies in it.

use std::ops::Range;

use object::FileKind;
use object::endian::LittleEndian as LE;
use object::pe::{ImageDosHeader, ImageNtHeaders32, ImageNtHeaders64};
use object::read::pe::ImageNtHeaders;

use super::payload::Format;
use super::{ImageError, Word};

/// The outermost layer of an image.
#[derive(Debug)]
pub(super) struct Layer {
    /// Its name, for people.
    pub(super) name: &'static str,
    pub(super) inside: Inside,
}

/// What a layer holds.
#[derive(Debug)]
pub(super) enum Inside {
    /// It is the kernel itself.
    Kernel { is_elf: bool, word: Word },
    /// The next layer is a part of it.
    Part(Range<usize>),
    /// The next layer is a part of it, compressed.
    Compressed { format: Format, range: Range<usize> },
}

const LITTLE_64: Word = Word { is_64: true, is_big_endian: false };

/// Recognises the outermost layer. The offsets of all headers are checked against the file.
pub(super) fn recognise(file: &[u8]) -> Result<Layer, ImageError> {
    if file.starts_with(b"\x7fELF") {
        return elf(file);
    }
    if file.starts_with(b"MZ") && file.get(4..8) == Some(b"zimg") {
        return zboot(file);
    }
    let is_bzimage = file.get(0x202..0x206) == Some(b"HdrS") && file.get(0x1fe..0x200) == Some(&[0x55, 0xaa]);
    match (is_bzimage, linux_section(file)?) {
        (true, None) => return bzimage(file),
        (false, Some(range)) => {
            return Ok(Layer { name: "unified kernel image", inside: Inside::Part(range) });
        }
        (true, Some(_)) => {
            let what = "is both a bzImage and a unified kernel image: what starts depends on the boot loader";
            return Err(ImageError::Malformed { offset: 0x202, what });
        }
        (false, None) => {}
    }
    // Documentation/arch/arm64/booting.rst; arch/riscv/include/asm/image.h.
    match file.get(0x38..0x3c) {
        Some(b"ARM\x64") => {
            // Bit 0 of the flags, which are little-endian in any case.
            let is_big_endian = file.get(0x18).is_some_and(|flags| flags & 1 == 1);
            let word = Word { is_64: true, is_big_endian };
            return Ok(Layer { name: "arm64 Image", inside: Inside::Kernel { is_elf: false, word } });
        }
        Some(b"RSC\x05") => {
            let inside = Inside::Kernel { is_elf: false, word: LITTLE_64 };
            return Ok(Layer { name: "RISC-V Image", inside });
        }
        _ => {}
    }
    if let Some(format) = Format::of(file) {
        let inside = Inside::Compressed { format, range: 0..file.len() };
        return Ok(Layer { name: format.name(), inside });
    }
    if file.starts_with(b"BZh") {
        return Err(ImageError::Unsupported("bzip2"));
    }
    if file.get(0x24..0x28) == Some(&[0x18, 0x28, 0x6f, 0x01]) {
        return Err(ImageError::Unsupported("a 32-bit ARM zImage"));
    }
    Err(ImageError::NotAKernel)
}

/// An ELF file: the kernel.
fn elf(file: &[u8]) -> Result<Layer, ImageError> {
    let malformed = |what| ImageError::Malformed { offset: 4, what };
    let word = match (file.get(4), file.get(5)) {
        (Some(class @ (1 | 2)), Some(data @ (1 | 2))) => {
            Word { is_64: *class == 2, is_big_endian: *data == 2 }
        }
        _ => return Err(malformed("has an ELF header of an unknown class")),
    };
    let kind = word.read_short(file, 16).ok_or(malformed("has a truncated ELF header"))?;
    // ET_EXEC, ET_DYN
    if !matches!(kind, 2 | 3) {
        return Err(malformed("is an ELF file, but no kernel: neither executable nor position-independent"));
    }
    Ok(Layer { name: "ELF", inside: Inside::Kernel { is_elf: true, word } })
}

/// An x86 boot image (Documentation/arch/x86/boot.rst): real-mode code, then the 32-bit part with the payload.
fn bzimage(file: &[u8]) -> Result<Layer, ImageError> {
    let malformed = |offset, what| ImageError::Malformed { offset, what };
    let version = LITTLE_64.read_short(file, 0x206).unwrap_or_default();
    if version < 0x208 {
        return Err(malformed(0x206, "is a bzImage older than boot protocol 2.08 (Linux 2.6.26)"));
    }
    let sectors = match file.get(0x1f1) {
        // 0 stands for 4.
        Some(0) | None => 4,
        Some(&sectors) => usize::from(sectors),
    };
    let start = LITTLE_64.read_int(file, 0x248).and_then(|offset| offset.checked_add((sectors + 1) * 512));
    let len = LITTLE_64.read_int(file, 0x24c);
    part(file, start, len, 0x248).and_then(|range| compressed(file, "bzImage", range))
}

/// An EFI zboot image (drivers/firmware/efi/libstub/zboot-header.S).
fn zboot(file: &[u8]) -> Result<Layer, ImageError> {
    let range = part(file, LITTLE_64.read_int(file, 8), LITTLE_64.read_int(file, 12), 8)?;
    compressed(file, "EFI zboot image", range)
}

fn compressed(file: &[u8], name: &'static str, range: Range<usize>) -> Result<Layer, ImageError> {
    let payload = file.get(range.clone()).unwrap_or_default();
    let inside = match Format::of(payload) {
        Some(format) => Inside::Compressed { format, range },
        None if payload.starts_with(b"\x7fELF") => Inside::Part(range),
        None if payload.starts_with(b"BZh") => return Err(ImageError::Unsupported("bzip2")),
        None => {
            let what = "its payload has no known compression";
            return Err(ImageError::Malformed { offset: range.start, what });
        }
    };
    Ok(Layer { name, inside })
}

/// The part of the file that a header, whose fields are at `field`, names.
fn part(
    file: &[u8],
    start: Option<usize>,
    len: Option<usize>,
    field: usize,
) -> Result<Range<usize>, ImageError> {
    let range = start.zip(len).and_then(|(start, len)| Some(start..start.checked_add(len)?));
    range
        .filter(|range| !range.is_empty() && range.end <= file.len())
        .ok_or(ImageError::Malformed { offset: field, what: "is truncated: its payload is outside the file" })
}

/// The `.linux` section of a PE file (unified kernel image, UAPI.5). `None` if the file is no PE, or has none.
fn linux_section(file: &[u8]) -> Result<Option<Range<usize>>, ImageError> {
    match FileKind::parse(file) {
        Ok(FileKind::Pe32) => linux_section_of::<ImageNtHeaders32>(file),
        Ok(FileKind::Pe64) => linux_section_of::<ImageNtHeaders64>(file),
        _ => Ok(None),
    }
}

fn linux_section_of<Pe: ImageNtHeaders>(file: &[u8]) -> Result<Option<Range<usize>>, ImageError> {
    // A broken PE header is that of another form, or of none: the other forms are tried.
    let Ok(dos) = ImageDosHeader::parse(file) else { return Ok(None) };
    let mut offset = u64::from(dos.nt_headers_offset());
    let Ok((headers, _)) = Pe::parse(file, &mut offset) else { return Ok(None) };
    let Ok(sections) = headers.sections(file, offset) else { return Ok(None) };
    let mut found = None;
    for section in sections.iter().filter(|section| section.raw_name() == b".linux") {
        let malformed = |what| ImageError::Malformed { offset: 0, what };
        let start = usize::try_from(section.pointer_to_raw_data.get(LE)).ok();
        // The rest of the last file page is padding.
        let len = section.virtual_size.get(LE).min(section.size_of_raw_data.get(LE));
        let range = part(file, start, usize::try_from(len).ok(), 0)
            .map_err(|_| malformed("its section .linux is outside the file"))?;
        if found.replace(range).is_some() {
            return Err(malformed("has several sections .linux: which one starts depends on the boot menu"));
        }
    }
    Ok(found)
}

impl Word {
    /// Reads the 16-bit number at this offset.
    fn read_short(self, bytes: &[u8], at: usize) -> Option<u16> {
        let two = *bytes.get(at..)?.first_chunk()?;
        Some(if self.is_big_endian { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
    }
}
