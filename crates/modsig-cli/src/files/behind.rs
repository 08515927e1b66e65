//! Module signatures behind a compressed stream: the module was compressed first and signed then.
//!
//! Linux unpacks a module before it looks for the signature, so it never sees such a one. Verifying refuses the file.
//! What takes signatures off (`--strip`, `--resign`) takes these off too.

use super::compression::Compression;
use super::module_file::{ModuleFile, read_module};
use super::read::{MODULE_LIMIT, read_file};
use crate::decisions::trailer_failure;
use crate::exit::Exit;
use crate::failure::Failure;
use modsig::trailer::{MARKER, Split, split};
use std::path::Path;

/// Whether the bytes behind a compressed stream end as a module signature does.
pub(super) fn signature_behind(rest: &[u8]) -> bool {
    rest.ends_with(MARKER)
}

/// The failure that [`signature_behind`] is. `name` is that of the compression, `len` the length of what is behind the
/// stream, in bytes.
pub(super) fn signed_behind(name: &str, len: usize) -> Failure {
    let what = format!(
        "a module signature ({len} bytes) is behind the {name} stream: the module was compressed first and signed then, and Linux looks for the signature inside"
    );
    let advice = "take it off with sign-module --strip FILE, or sign the module inside with sign-module --resign --key KEY FILE";
    Failure::new(Exit::Malformed, what, advice)
}

/// As [`read_module`], but takes off all signatures behind a compressed stream first, and returns how many there were.
/// Of a module that is not compressed none is taken off.
///
/// # Errors
/// Those of [`read_module`]; [`Exit::Malformed`] for a broken trailer behind the stream.
pub fn read_module_without_signatures_behind(path: &Path) -> Result<(ModuleFile, usize), Failure> {
    let Some(compression) = Compression::of_name(path) else { return Ok((read_module(path)?, 0)) };
    let mut source = read_file(path, MODULE_LIMIT)?;
    let mut count = 0;
    while signature_behind(&source.bytes) {
        let len = match split(&source.bytes).map_err(|error| trailer_failure(&error))? {
            Split::Signed(signed) => signed.module.len(),
            Split::Unsigned(_) => break,
        };
        source.bytes.truncate(len);
        count += 1;
    }
    source.bytes = compression.unpack(&source.bytes)?;
    Ok((ModuleFile { source }, count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use modsig::trailer::append;

    #[test]
    fn signatures_behind_the_stream_are_named_and_taken_off() {
        let folder = tempfile::tempdir().unwrap();
        let signature = append(&[0x30; 100]).unwrap();
        for compression in Compression::ALL {
            let packed = compression.pack(b"module").unwrap();
            for count in 1..=2 {
                let signed = [&packed[..], &signature.repeat(count)].concat();
                let failure = compression.unpack(&signed).unwrap_err();
                assert_eq!((failure.exit, failure.offset), (Exit::Malformed, Some(packed.len() as u64)));
                assert!(failure.what.contains("a module signature"), "{failure}");
                let path = folder.path().join(format!("m{}", compression.ending()));
                std::fs::write(&path, &signed).unwrap();
                let (file, taken) = read_module_without_signatures_behind(&path).unwrap();
                assert_eq!((&file.source.bytes[..], taken), (&b"module"[..], count));
            }
            // Other bytes behind the stream are still refused.
            let path = folder.path().join(format!("bad{}", compression.ending()));
            std::fs::write(&path, [&packed[..], b"other", &signature].concat()).unwrap();
            assert_eq!(read_module_without_signatures_behind(&path).unwrap_err().exit, Exit::Malformed);
        }
    }
}
