//! Checks that a file is a kernel module: a relocatable ELF with the sections that every module has.
//!
//! The signature does not need this (the kernel checks it before the ELF). The check prevents signing the wrong file, or a
//! truncated one.

use crate::error::CliError;
use crate::exit::Exit;
use object::elf::{ET_REL, FileHeader32, FileHeader64};
use object::read::elf::{FileHeader, SectionHeader};
use object::{Endianness, FileKind, SectionIndex};

/// The sections that the kernel requires of a module.
const NEEDED: [&str; 2] = [".modinfo", ".gnu.linkonce.this_module"];

/// Checks that `bytes` (a module without its signature) are a relocatable ELF with a module's sections, all
/// of them inside the file.
///
/// # Errors
/// [`Exit::Malformed`] with the reason.
pub fn check_module(bytes: &[u8]) -> Result<(), CliError> {
    match FileKind::parse(bytes) {
        Ok(FileKind::Elf32) => check::<FileHeader32<Endianness>>(bytes),
        Ok(FileKind::Elf64) => check::<FileHeader64<Endianness>>(bytes),
        _ => Err(not_a_module(bytes)),
    }
}

fn check<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Result<(), CliError> {
    let broken = |error: object::Error| {
        let what = format!("is not a complete ELF file: {}", lower_first(&error.to_string()));
        CliError::new(Exit::Malformed, what, "get the file again")
    };
    let header = H::parse(bytes).map_err(broken)?;
    let endian = header.endian().map_err(broken)?;
    if header.e_type(endian) != ET_REL {
        let what = "is an ELF file, but not a relocatable one (a program or library, not a kernel module)";
        return Err(CliError::new(Exit::Malformed, what, "give the name of a .ko file"));
    }
    let sections = header.sections(endian, bytes).map_err(broken)?;
    let names_at = header.shstrndx(endian, bytes).map_err(broken)?;
    let names = match names_at {
        0 => &[],
        // u32 to usize: no target of this program has narrower addresses.
        at => {
            let section = sections.section(SectionIndex(at as usize)).map_err(broken)?;
            section.data(endian, bytes).map_err(broken)?
        }
    };
    let names = Names::new(names);
    let mut found = [false; NEEDED.len()];
    for section in sections.iter() {
        // Also proves that the section is inside the file: a truncated module ends here.
        section.data(endian, bytes).map_err(broken)?;
        let at = section.sh_name(endian) as usize;
        if !names.has_name_at(at) {
            let what = "is not a complete ELF file: the name of a section is outside the string table";
            return Err(CliError::new(Exit::Malformed, what, "get the file again"));
        }
        for (needed, found) in NEEDED.iter().zip(&mut found) {
            *found |= names.is(at, needed);
        }
    }
    match NEEDED.iter().zip(found).find(|(_, found)| !found) {
        None => Ok(()),
        Some((missing, _)) => {
            let what = format!("is an object file without the section {missing}, not a kernel module");
            Err(CliError::new(Exit::Malformed, what, "give the name of a .ko file"))
        }
    }
}

/// What a module says about the kernel that it was built for.
#[derive(Debug, PartialEq, Eq)]
pub struct Modinfo<'m> {
    /// The value of the first `vermagic=` in `.modinfo`.
    pub vermagic: Option<&'m [u8]>,
    /// Whether there is a section `__versions`: CRCs of the symbols that the module uses.
    pub has_versions: bool,
}

/// Reads the sections `.modinfo` and `__versions`. `None` if `bytes` are not an ELF file with complete sections.
#[must_use]
pub fn modinfo(bytes: &[u8]) -> Option<Modinfo<'_>> {
    match FileKind::parse(bytes) {
        Ok(FileKind::Elf32) => modinfo_of::<FileHeader32<Endianness>>(bytes),
        Ok(FileKind::Elf64) => modinfo_of::<FileHeader64<Endianness>>(bytes),
        _ => None,
    }
}

fn modinfo_of<H: FileHeader<Endian = Endianness>>(bytes: &[u8]) -> Option<Modinfo<'_>> {
    let header = H::parse(bytes).ok()?;
    let endian = header.endian().ok()?;
    let sections = header.sections(endian, bytes).ok()?;
    // u32 to usize: no target of this program has narrower addresses.
    let names_at = SectionIndex(header.shstrndx(endian, bytes).ok()? as usize);
    let names = Names::new(sections.section(names_at).ok()?.data(endian, bytes).ok()?);
    let mut found = Modinfo { vermagic: None, has_versions: false };
    let mut read_modinfo = false;
    for section in sections.iter() {
        let at = section.sh_name(endian) as usize;
        found.has_versions |= names.is(at, "__versions");
        // Linux takes the first section of a name. Reading only that one bounds the time.
        if !read_modinfo && names.is(at, ".modinfo") {
            read_modinfo = true;
            let mut pairs = section.data(endian, bytes).ok()?.split(|&byte| byte == 0);
            found.vermagic = pairs.find_map(|pair| pair.strip_prefix(b"vermagic="));
        }
    }
    Some(found)
}

/// The string table with the names of the sections. No function searches for the end of a name: a file may have a hundred
/// thousand sections whose names all start in one string of megabytes.
struct Names<'a> {
    bytes: &'a [u8],
    /// The offset of the last NUL byte: every name that starts there or before it ends in the table.
    last_nul: Option<usize>,
    /// How many bytes were compared.
    #[cfg(test)]
    compared: std::cell::Cell<usize>,
}

impl<'a> Names<'a> {
    /// Reads the table at most once.
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            last_nul: bytes.iter().rposition(|&byte| byte == 0),
            #[cfg(test)]
            compared: std::cell::Cell::new(0),
        }
    }

    /// Whether a complete name starts at this offset.
    fn has_name_at(&self, at: usize) -> bool {
        self.last_nul.is_some_and(|last| at <= last)
    }

    /// Whether the name at this offset is `name`. Compares at most the bytes of `name` and a NUL byte.
    fn is(&self, at: usize, name: &str) -> bool {
        let end = at.saturating_add(name.len());
        let there = self.bytes.get(at..end.saturating_add(1)).unwrap_or_default();
        #[cfg(test)]
        self.compared.set(self.compared.get() + there.len());
        there.strip_suffix(&[0]) == Some(name.as_bytes())
    }
}

/// The error for a file that is not ELF; names the kind that its first bytes show.
fn not_a_module(bytes: &[u8]) -> CliError {
    const OTHER: &str = "give the name of a .ko file";
    const PATTERN: &str = "give the name of a .ko file; if the shell made several names of a pattern (--trust *.x509), give \
                           the folder, or --trust before each";
    const COMPRESSED: &str = "decompress it first, then sign it and compress it again";
    const BEGINNINGS: [(&[u8], &str, &str); 6] = [
        (b"\x1f\x8b", "compressed with gzip", COMPRESSED),
        (b"\xfd7zXZ\0", "compressed with xz", COMPRESSED),
        (b"\x28\xb5\x2f\xfd", "compressed with zstd", COMPRESSED),
        (b"-----BEGIN ", "a PEM file", PATTERN),
        (b"\x30\x82", "a DER file, such as a certificate", PATTERN),
        (b"\x7fELF", "its ELF header is truncated or damaged", "get it again"),
    ];
    let known = BEGINNINGS.iter().find(|(start, ..)| bytes.starts_with(start));
    let (looks_like, advice) = match known {
        Some((_, looks_like, advice)) => (*looks_like, *advice),
        None if bytes.is_empty() => ("the file is empty", OTHER),
        None => ("no ELF header", OTHER),
    };
    CliError::new(Exit::Malformed, format!("is not a kernel module ({looks_like})"), advice)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_in_the_table() {
        let names = Names::new(b"\0.text\0.modinfo\0.cut");
        assert!(names.is(7, ".modinfo") && names.is(9, "odinfo") && names.is(0, ""));
        for (at, name) in
            [(7, ".modinf"), (7, ".modinfo."), (1, ".modinfo"), (16, ".cut"), (17, ""), (99, "")]
        {
            assert!(!names.is(at, name), "{at} {name}");
        }
        assert!(names.has_name_at(0) && names.has_name_at(15));
        assert!(!names.has_name_at(16) && !names.has_name_at(usize::MAX));
        assert!(!Names::new(b"").has_name_at(0) && !Names::new(b".cut").has_name_at(0));
    }

    /// A relocatable ELF of `sections` sections whose names all begin in one long string.
    fn many_sections(sections: u64, names_len: u64) -> Vec<u8> {
        let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x01\0\x3e\0\x01\0\0\0".to_vec();
        let words = |values: &[u64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>();
        file.extend(words(&[0, 0, 64])); // e_entry, e_phoff, e_shoff
        file.extend([0, 0, 0, 0, 64, 0, 0, 0, 0, 0, 64, 0, 0, 0, 0xff, 0xff]); // e_shnum 0, e_shstrndx in sh_link
        let section = |kind: u32, offset: u64, size: u64, link: u32| {
            let mut header = [0_u32, kind].map(u32::to_le_bytes).concat();
            header.extend(words(&[0, 0, offset, size]));
            header.extend([link, 0].map(u32::to_le_bytes).concat());
            header.extend(words(&[1, 0]));
            header
        };
        file.extend(section(0, 0, sections, 1));
        file.extend(section(3, 64 * (sections + 1), names_len, 0));
        for _ in 2..sections {
            file.extend(section(8, 0, 0, 0)); // SHT_NOBITS
        }
        file.extend(vec![b'a'; names_len as usize - 1]);
        file.push(0);
        file
    }

    /// Kills: a search for the end of each name, which compared sections × table bytes (13 s for 16 MiB).
    #[test]
    fn the_names_of_many_sections_are_compared_in_linear_time() {
        let failure = check_module(&many_sections(1000, 100_000)).unwrap_err();
        assert!(failure.what.contains("without the section .modinfo"), "{failure}");
        let table = [&[b'a'; 99_999][..], &[0]].concat();
        let names = Names::new(&table);
        for _ in 0..1000 {
            assert!(names.has_name_at(0) && !NEEDED.iter().any(|needed| names.is(0, needed)));
        }
        assert!(names.compared.get() < 1000 * 50, "{}", names.compared.get());
        // A table without any NUL byte has no name.
        let mut cut = many_sections(10, 1000);
        *cut.last_mut().unwrap() = b'a';
        assert!(check_module(&cut).unwrap_err().what.contains("outside the string table"));
    }
}
