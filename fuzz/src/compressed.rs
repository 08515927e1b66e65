//! Compressed modules: unpacked within limits, whole or not at all; packed and unpacked, the same.

use crate::claims::{claim, claim_short};
use crate::question;
use modsig_cli::files::{Compression, pack, unpack};

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

/// The longest input, in bytes.
pub const MAX_LEN: usize = 2048;

/// The limit that the documentation of `unpack` gives: 32 MiB, or 32 times the file.
fn limit(file: &[u8]) -> usize {
    (32 << 20).max(32 * file.len())
}

/// With a byte more, or one less; packed and unpacked, or packed twice.
pub const QUESTIONS: u8 = 2;

/// What begins with so much may be packed. A multiple of 3: what is left over chooses the format.
pub const PACK: u8 = 0xf0;

/// Contents that are packed are short: what is long says no more.
const MAX_CONTENTS: usize = 512;

/// And one in eight of them is: an encoder fills megabytes of tables first, a hundred times as long as it takes to refuse a
/// stream, and a fuzzer that finds new things in there would do little else.
fn is_packed(contents: &[u8]) -> bool {
    let sum = contents.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    contents.len() <= MAX_CONTENTS && sum.is_multiple_of(8)
}

/// The question; a byte that says what the others are: a stream of one of the three formats, or contents to be packed.
pub fn run(data: &[u8]) {
    let Some((question, data)) = question(data, QUESTIONS) else { return };
    let Some((what, data)) = data.split_first() else { return };
    let format = Compression::ALL[usize::from(what % 3)];
    if *what >= PACK {
        if is_packed(data) {
            check_pack(question, format, data);
        }
        return;
    }
    match unpack(format, data).map(|unpacked| unpacked.bytes) {
        Ok(contents) => {
            claim("compressed: what is unpacked is within the limit", contents.len() <= limit(data));
            if question == 0 {
                let longer = unpack(format, &[data, b"\0"].concat());
                claim("compressed: one more byte behind the stream is refused", longer.is_err());
            } else {
                let shorter = unpack(format, &data[..data.len() - 1]);
                claim("compressed: without its last byte a stream is refused", shorter.is_err());
            }
        }
        Err(failure) => {
            claim_short("compressed: an error is told shortly", &failure);
            let inside = failure.offset.is_none_or(|offset| offset <= data.len() as u64);
            claim("compressed: an error's offset is in the file", inside);
        }
    }
}

fn check_pack(question: u8, format: Compression, contents: &[u8]) {
    let packed = pack(format, contents, None);
    if question == 0 {
        let back = packed.and_then(|packed| unpack(format, &packed));
        claim(
            "compressed: packed and unpacked it is the same",
            back.is_ok_and(|back| back.bytes == contents),
        );
    } else {
        let same = packed.as_ref().ok() == pack(format, contents, None).as_ref().ok();
        claim("compressed: the same bytes are packed the same", same);
    }
}
