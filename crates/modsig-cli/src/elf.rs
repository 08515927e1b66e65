//! Is this file a kernel module? A relocatable ELF with the sections that every module has.
//!
//! The signature itself does not ask (the kernel checks it before it looks at the ELF); this check keeps a
//! person from signing the wrong file, or one that was cut off on its way.

use crate::exit::Exit;
use crate::failure::Failure;
use object::elf::{ET_REL, FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, SectionHeader};
use object::{Endianness, FileKind};

/// The sections without which the kernel does not take a file for a module.
const NEEDED: [&str; 2] = [".modinfo", ".gnu.linkonce.this_module"];

/// Checks that `bytes` (a module without its signature) are a relocatable ELF with a module's sections, all
/// of them inside the file.
///
/// # Errors
/// [`Exit::Malformed`] with the reason.
pub fn check_module(bytes: &[u8]) -> Result<(), Failure> {
    match FileKind::parse(bytes) {
        Ok(FileKind::Elf32) => check::<FileHeader32<Endianness>>(bytes),
        Ok(FileKind::Elf64) => check::<FileHeader64<Endianness>>(bytes),
        _ => Err(not_a_module(bytes)),
    }
}

fn check<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<(), Failure> {
    let broken = |error: object::Error| {
        let what = format!("is not a whole ELF file: {}", lower_first(&error.to_string()));
        Failure::new(Exit::Malformed, what, "the file is cut off or damaged; get it again")
    };
    let header = H::parse(bytes).map_err(broken)?;
    let endian = header.endian().map_err(broken)?;
    if header.e_type(endian) != ET_REL {
        let what = "is an ELF file, but not a relocatable one (a program or library, not a kernel module)";
        return Err(Failure::new(Exit::Malformed, what, "give the name of a .ko file"));
    }
    let sections = header.sections(endian, bytes).map_err(broken)?;
    let mut found = [false; NEEDED.len()];
    for section in sections.iter() {
        // Also proves that the section lies inside the file: a module that was cut off ends here.
        section.data(endian, bytes).map_err(broken)?;
        let name = sections.section_name(endian, section).map_err(broken)?;
        for (needed, found) in NEEDED.iter().zip(&mut found) {
            *found |= name == needed.as_bytes();
        }
    }
    match NEEDED.iter().zip(found).find(|(_, found)| !found) {
        None => Ok(()),
        Some((missing, _)) => {
            let what = format!("is an object file without the section {missing}, not a kernel module");
            Err(Failure::new(Exit::Malformed, what, "give the name of a .ko file"))
        }
    }
}

/// What a file that is no ELF looks like by its first bytes, for people who took the wrong one.
fn not_a_module(bytes: &[u8]) -> Failure {
    const OTHER: &str = "give the name of a .ko file";
    const COMPRESSED: &str = "decompress it first (sign, then compress: that is what Linux reads)";
    const BEGINNINGS: [(&[u8], &str, &str); 6] = [
        (b"\x1f\x8b", "compressed with gzip", COMPRESSED),
        (b"\xfd7zXZ\0", "compressed with xz", COMPRESSED),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd", COMPRESSED),
        (b"-----BEGIN ", "a PEM file", OTHER),
        (b"\x30\x82", "a DER file, such as a certificate", OTHER),
        (b"\x7fELF", "its ELF header is cut off or damaged", "get it again"),
    ];
    let known = BEGINNINGS.iter().find(|(start, ..)| bytes.starts_with(start));
    let (looks_like, advice) = match known {
        Some((_, looks_like, advice)) => (*looks_like, *advice),
        None if bytes.is_empty() => ("the file is empty", OTHER),
        None => ("no ELF header", OTHER),
    };
    Failure::new(Exit::Malformed, format!("is not a kernel module ({looks_like})"), advice)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}
