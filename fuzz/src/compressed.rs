//! Compressed modules: unpacked within limits, whole or not at all; packed and unpacked, the same.

use crate::claims::{claim, claim_short};
use modsig_cli::files::Compression;

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "compressed: what is unpacked is within the limit",
    "compressed: one more byte behind the stream is refused",
    "compressed: without its last byte a stream is refused",
    "compressed: an error is told shortly",
    "compressed: an error's offset is in the file",
    "compressed: packed and unpacked it is the same",
    "compressed: the same bytes are packed the same",
];

/// The limit that the documentation of `unpack` gives: 64 MiB, or 200 times the file.
fn limit(file: &[u8]) -> usize {
    (64 << 20).max(200 * file.len())
}

/// The first byte says what the others are: a stream of one of the three formats, or contents to be packed.
pub fn run(data: &[u8]) {
    let Some((what, data)) = data.split_first() else { return };
    let format = Compression::ALL[usize::from(what % 3)];
    if what & 0x80 != 0 {
        // An encoder takes milliseconds: what is long says no more.
        if data.len() > 4096 {
            return;
        }
        let packed = format.pack(data);
        let again = format.pack(data);
        let same = packed.as_ref().ok() == again.as_ref().ok();
        claim("compressed: the same bytes are packed the same", same);
        let back = packed.and_then(|packed| format.unpack(&packed));
        claim("compressed: packed and unpacked it is the same", back.is_ok_and(|back| back == data));
        return;
    }
    match format.unpack(data) {
        Ok(contents) => {
            claim("compressed: what is unpacked is within the limit", contents.len() <= limit(data));
            let longer = format.unpack(&[data, b"\0"].concat());
            claim("compressed: one more byte behind the stream is refused", longer.is_err());
            let shorter = format.unpack(&data[..data.len() - 1]);
            claim("compressed: without its last byte a stream is refused", shorter.is_err());
        }
        Err(failure) => {
            claim_short("compressed: an error is told shortly", &failure);
            let inside = failure.offset.is_none_or(|offset| offset <= data.len() as u64);
            claim("compressed: an error's offset is in the file", inside);
        }
    }
}
