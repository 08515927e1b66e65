//! The appended signature: what is split and put together again is the same file.

use crate::claims::{claim, claim_short};
use crate::script::Script;
use modsig::trailer::{INFO_LEN, MARKER, Split, Unsigned, append, split};

/// What is claimed.
pub const CLAIMS: &[&str] = &[
    "trailer: split and appended again, the file is the same",
    "trailer: module and CMS are never empty",
    "trailer: an error's offset is in the file",
    "trailer: an error is told shortly",
    "trailer: a misplaced marker is where it is said to be",
    "trailer: what was appended is found",
];

/// Every input asks all.
pub const QUESTIONS: u8 = 1;

/// The longest input, in bytes.
pub const MAX_LEN: usize = 20000;

/// The input is a file; then a module of a length that its first two bytes say, and a CMS.
pub fn run(data: &[u8]) {
    match split(data) {
        Ok(Split::Signed(signed)) => {
            let appended = append(signed.cms).map(|tail| [signed.module, &tail].concat());
            claim(
                "trailer: split and appended again, the file is the same",
                appended.is_ok_and(|file| file == data),
            );
            let both = !signed.module.is_empty() && !signed.cms.is_empty();
            claim("trailer: module and CMS are never empty", both);
            assert_eq!(signed.info_offset() + INFO_LEN + MARKER.len(), data.len());
        }
        Ok(Split::Unsigned(Unsigned::BytesAfterMarker { marker, extra })) => {
            let found = data.get(marker..data.len() - extra);
            let right = extra > 0 && found == Some(MARKER.as_slice());
            claim("trailer: a misplaced marker is where it is said to be", right);
        }
        Ok(Split::Unsigned(_)) => {}
        Err(error) => {
            claim("trailer: an error's offset is in the file", error.offset < data.len());
            claim_short("trailer: an error is told shortly", &error);
        }
    }
    let mut script = Script(data);
    let module = script.piece();
    let cms = script.0;
    let Ok(tail) = append(cms) else { return };
    let file = [module, &tail].concat();
    if !module.is_empty() && !cms.is_empty() {
        let found = matches!(split(&file), Ok(Split::Signed(it)) if it.module == module && it.cms == cms);
        claim("trailer: what was appended is found", found);
    }
}
