//! One thing that XZ Embedded does not verify and liblzma does: the first byte of the range coder of an LZMA2 chunk, which
//! is always zero.

use super::{HEADER_LEN, block_header};

/// The stream as XZ Embedded reads it: with those bytes as zero. `None` if they are zero already, as far as the chunks can
/// be followed. The checks of the blocks are over the contents and not changed.
pub(super) fn as_linux_reads(file: &[u8]) -> Option<Vec<u8>> {
    let mut changed: Option<Vec<u8>> = None;
    let check_len = if file.get(7) == Some(&0) { 0 } else { 4 };
    let mut at = HEADER_LEN;
    while let Some(header) = file.get(at..).and_then(block_header) {
        let start = at.checked_add(header.len())?;
        let (end, firsts) = chunks(file, start);
        for first in firsts {
            if file.get(first).is_some_and(|&byte| byte != 0) {
                let bytes = changed.get_or_insert_with(|| file.to_vec());
                *bytes.get_mut(first)? = 0;
            }
        }
        let Some(end) = end else { break };
        // §3.3: padding to a multiple of four bytes, from the start of the block, which is one itself.
        at = end.checked_next_multiple_of(4)?.checked_add(check_len)?;
    }
    changed
}

/// The LZMA2 chunks from `at`: where they end, unless one is malformed or truncated, and where each range coder starts.
fn chunks(file: &[u8], mut at: usize) -> (Option<usize>, Vec<usize>) {
    let mut firsts = Vec::new();
    loop {
        let size =
            |at: usize| Some(usize::from(u16::from_be_bytes(*file.get(at..)?.first_chunk::<2>()?)) + 1);
        let next = match file.get(at) {
            Some(0) => return (Some(at + 1), firsts),
            Some(1 | 2) => size(at + 1).map(|size| at + 3 + size),
            Some(&control) if control >= 0x80 => {
                // The low bits of the control byte and two bytes are the size of the contents; from 0xc0 on there are properties.
                let data = at + if control >= 0xc0 { 6 } else { 5 };
                firsts.push(data);
                size(at + 3).map(|size| data + size)
            }
            _ => None,
        };
        match next.filter(|&next| next <= file.len()) {
            Some(next) => at = next,
            None => return (None, firsts),
        }
    }
}
