//! The variable store of edk2: a flash volume, such as `OVMF_VARS.fd` (edk2 `VariableFormat.h`).
//!
//! ```text
//! EFI_FIRMWARE_VOLUME_HEADER        GUID at 16, "_FVH" at 40, its length at 48
//! VARIABLE_STORE_HEADER             GUID 16 | size 4 | format 1 | state 1 | reserved 6
//! AUTHENTICATED_VARIABLE_HEADER     0x55aa 2 | state 1 | reserved 1 | attributes 4 | count 8 | time 16 | key 4 |
//!                                   name size 4 | data size 4 | vendor GUID 16 | name in UTF-16 | data
//! ```

use super::Guid;

/// Why a store cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broken {
    /// Where, in bytes from the start of the file.
    pub(super) offset: usize,
    /// What is wrong.
    pub(super) what: &'static str,
}

/// A flash volume begins at a multiple of this, in bytes.
const BLOCK: usize = 4096;

/// Length of the header of a store, in bytes.
const STORE: usize = 28;

/// Length of the header of a variable, in bytes.
const VARIABLE: usize = 60;

/// `VAR_ADDED`: the variable is complete and not deleted.
const ADDED: u8 = 0x3f;

/// `VAR_ADDED & VAR_IN_DELETED_TRANSITION`: a newer value was being written. It counts if that one is not complete.
const IN_TRANSITION: u8 = 0x3e;

/// One variable of a store.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stored<'a> {
    /// UTF-16, little-endian, with the NUL at its end.
    pub(super) name: &'a [u8],
    pub(super) vendor: Guid,
    pub(super) data: &'a [u8],
}

impl Stored<'_> {
    /// Whether this is its name.
    pub(super) fn is_named(&self, name: &str) -> bool {
        let wide = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes);
        self.name.iter().copied().eq(wide)
    }
}

/// Whether a file is a flash image with a volume of variables, and where that volume begins.
pub(super) fn find(file: &[u8]) -> Option<usize> {
    let is_volume = |&at: &usize| {
        let header = file.get(at..).unwrap_or_default();
        header.get(16..32) == Some(&Guid::NV_DATA.0) && header.get(40..44) == Some(b"_FVH")
    };
    (0..file.len()).step_by(BLOCK).find(is_volume)
}

/// The variables of the volume at `start`: first those that are current, then those that were being replaced.
///
/// # Errors
/// [`Broken`] with the offset in bytes from the start of the file.
pub(super) fn read(file: &[u8], start: usize) -> Result<Vec<Stored<'_>>, Broken> {
    let broken = |offset, what| Broken { offset, what };
    let volume = file.get(start..).unwrap_or_default();
    let header_len = volume.get(48..50).map_or(0, |two| usize::from(u16::from_le_bytes([two[0], two[1]])));
    let store = volume.get(header_len..).unwrap_or_default();
    if !store.starts_with(&Guid::AUTHENTICATED.0) {
        return Err(broken(start + header_len, "is not a store of authenticated variables"));
    }
    let size = number(store, 16).unwrap_or_default();
    let store = store.get(..size).ok_or(broken(start + header_len, "is truncated"))?;
    let (mut current, mut replaced) = (Vec::new(), Vec::new());
    let mut at = STORE;
    while let Some(header) = store.get(at..).filter(|rest| rest.starts_with(&[0xaa, 0x55])) {
        let offset = start + header_len + at;
        let variable = variable(header).ok_or(broken(offset, "has a variable that goes beyond its end"))?;
        match header.get(2) {
            Some(&ADDED) => current.push(variable),
            Some(&IN_TRANSITION) => replaced.push(variable),
            _ => {}
        }
        at = (at + VARIABLE + variable.name.len() + variable.data.len()).next_multiple_of(4);
    }
    current.append(&mut replaced);
    Ok(current)
}

fn variable(header: &[u8]) -> Option<Stored<'_>> {
    let (name_len, data_len) = (number(header, 36)?, number(header, 40)?);
    let vendor = Guid(*header.get(44..)?.first_chunk()?);
    let (name, rest) = header.get(VARIABLE..)?.split_at_checked(name_len)?;
    Some(Stored { name, vendor, data: rest.get(..data_len)? })
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}
