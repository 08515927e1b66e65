//! Where a `vmlinux` with symbols has a list: `NAME` and `NAME_size`.

use std::ops::Range;

use object::elf::{FileHeader32, FileHeader64, SHN_LORESERVE, SHT_NOBITS, SHT_SYMTAB};
use object::read::elf::{FileHeader, SectionHeader as _, SectionTable, Sym as _};
use object::{Endianness, SectionIndex};

use super::{ImageError, Word};

/// The bytes of the list, by the symbols. `None` if the file has no symbol table or no such symbols.
///
/// # Errors
/// [`ImageError::Malformed`] if it has one of the two, or they point outside the file.
pub(super) fn find(file: &[u8], name: &str, word: Word) -> Result<Option<Range<usize>>, ImageError> {
    let found = match word.is_64 {
        true => offsets::<FileHeader64<Endianness>>(file, name),
        false => offsets::<FileHeader32<Endianness>>(file, name),
    };
    let malformed = |offset, what| ImageError::Malformed { offset, what };
    let (list, size) = match found {
        None | Some((None, None)) => return Ok(None),
        Some((Some(Some(list)), Some(Some(size)))) => (list, size),
        Some(_) => return Err(malformed(0, "its symbols name a list of certificates outside the file")),
    };
    let len =
        word.read(file, size).ok_or(malformed(size, "the size of its certificates is outside the file"))?;
    let range =
        list..list.checked_add(len).ok_or(malformed(size, "the size of its certificates is too large"))?;
    match range.end <= file.len() {
        true => Ok(Some(range)),
        false => Err(malformed(size, "its list of certificates is longer than the file")),
    }
}

/// A symbol, if it is there, and its offset in the file, if it is inside.
type Symbol = Option<Option<usize>>;

/// Where the list and its size are. `None` if the file has no symbol table that can be read: stripped, or cut.
fn offsets<H: FileHeader<Endian = Endianness>>(file: &[u8], name: &str) -> Option<(Symbol, Symbol)> {
    let header = H::parse(file).ok()?;
    let endian = header.endian().ok()?;
    let sections = header.sections(endian, file).ok()?;
    let symbols = sections.symbols(endian, file, SHT_SYMTAB).ok()?;
    if symbols.is_empty() {
        return None;
    }
    let names = sections.section(symbols.string_section()).ok()?.data(endian, file).ok()?;
    let size_name = format!("{name}_size");
    let (mut list, mut size) = (None, None);
    for symbol in symbols.iter() {
        let at = usize::try_from(symbol.st_name(endian)).ok()?;
        // No search for the end of a name: a table may be one string that a million symbols share.
        let is = |name: &str| {
            let there = names.get(at..).and_then(|rest| rest.get(..=name.len()));
            there.and_then(|there| there.strip_suffix(&[0])) == Some(name.as_bytes())
        };
        let found = if is(name) {
            &mut list
        } else if is(&size_name) {
            &mut size
        } else {
            continue;
        };
        let offset = file_offset::<H>(
            &sections,
            endian,
            usize::from(symbol.st_shndx(endian).0),
            symbol.st_value(endian).into(),
        );
        // Two symbols of one name: neither counts.
        *found = Some(if found.is_none() { offset } else { None });
    }
    Some((list, size))
}

/// Where the bytes of a symbol of this section and address are in the file.
fn file_offset<H: FileHeader<Endian = Endianness>>(
    sections: &SectionTable<'_, H>,
    endian: Endianness,
    section: usize,
    address: u64,
) -> Option<usize> {
    if section == 0 || section >= usize::from(SHN_LORESERVE) {
        return None;
    }
    let section = sections.section(SectionIndex(section)).ok()?;
    if section.sh_type(endian) == SHT_NOBITS {
        return None;
    }
    let (start, size) = (section.sh_addr(endian).into(), section.sh_size(endian).into());
    let inside = address.checked_sub(start).filter(|&inside| inside <= size)?;
    let offset: u64 = section.sh_offset(endian).into();
    usize::try_from(offset.checked_add(inside)?).ok()
}
