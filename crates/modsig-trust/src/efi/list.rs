//! EFI signature lists (UEFI 2.10 §32.4.1), as Linux reads them (`efi_parser.c`).
//!
//! A variable is a row of lists; each has a type, and entries of one size:
//!
//! ```text
//! EFI_SIGNATURE_LIST  type GUID 16 | list size 4 | header size 4 | entry size 4 | header | entries
//! EFI_SIGNATURE_DATA  owner GUID 16 | data
//! ```

use super::Guid;

/// Length of the header of a list, in bytes.
const LIST: usize = 28;

/// Length of an owner's GUID, in bytes.
const OWNER: usize = 16;

/// One entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature<'a> {
    /// The type of the list.
    pub kind: Guid,
    /// Who added the entry.
    pub owner: Guid,
    /// The entry: a certificate, or a hash.
    pub data: &'a [u8],
}

/// The entries of a variable, without its attributes, in order. A malformed list ends them, with its offset in bytes: Linux
/// takes the lists before it, and nothing of it or after it.
pub fn signatures(variable: &[u8]) -> impl Iterator<Item = Result<Signature<'_>, usize>> {
    let mut rest = variable;
    let mut entries = Entries::default();
    std::iter::from_fn(move || {
        loop {
            if let Some(signature) = entries.next() {
                return Some(Ok(signature));
            }
            if rest.is_empty() {
                return None;
            }
            let offset = variable.len() - rest.len();
            match list(rest) {
                Some((found, after)) => (entries, rest) = (found, after),
                None => {
                    rest = &[];
                    return Some(Err(offset));
                }
            }
        }
    })
}

/// The entries of one list.
#[derive(Default)]
struct Entries<'a> {
    kind: Option<Guid>,
    size: usize,
    rest: &'a [u8],
}

impl<'a> Iterator for Entries<'a> {
    type Item = Signature<'a>;

    fn next(&mut self) -> Option<Signature<'a>> {
        let kind = self.kind?;
        let (entry, rest) = self.rest.split_at_checked(self.size)?;
        let (owner, data) = entry.split_first_chunk::<OWNER>()?;
        self.rest = rest;
        Some(Signature { kind, owner: Guid(*owner), data })
    }
}

/// The first list, and what follows it. `None` if Linux rejects it.
fn list(bytes: &[u8]) -> Option<(Entries<'_>, &[u8])> {
    let (kind, rest) = bytes.split_first_chunk::<16>()?;
    let (sizes, _) = rest.split_first_chunk::<12>()?;
    let [l0, l1, l2, l3, h0, h1, h2, h3, e0, e1, e2, e3] = *sizes;
    let number = |bytes| usize::try_from(u32::from_le_bytes(bytes)).ok();
    let list_size = number([l0, l1, l2, l3])?;
    let header_size = number([h0, h1, h2, h3])?;
    let size = number([e0, e1, e2, e3])?;
    let (list, after) = bytes.split_at_checked(list_size)?;
    let entries = list.get(LIST..)?.get(header_size..)?;
    let is_whole = size >= OWNER && entries.len() >= size && entries.len() % size == 0;
    is_whole.then_some((Entries { kind: Some(Guid(*kind)), size, rest: entries }, after))
}
