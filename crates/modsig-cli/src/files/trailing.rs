//! Module signatures after a compressed stream: the module was compressed before it was signed.
//!
//! Linux unpacks a module before it looks for the signature, so it never sees such a signature. Verifying rejects the file.
//! `--strip` and `--resign` remove these signatures too.

use crate::error::CliError;
use crate::exit::Exit;
use crate::exit_mapping::trailer_error;
use modsig::trailer::{MARKER, Split, split};

/// Whether the bytes after a compressed stream end like a module signature.
pub(super) fn has_trailing_signature(rest: &[u8]) -> bool {
    rest.ends_with(MARKER)
}

/// The error for a file with [`has_trailing_signature`]. `name` is the name of the compression, `len` the number of bytes after
/// the stream.
pub(super) fn trailing_signature_error(name: &str, len: usize) -> CliError {
    let what = format!(
        "a module signature ({len} bytes) follows the {name} stream, where Linux does not look for it"
    );
    let advice = "remove it with sign-module --strip, or sign the module inside with sign-module --resign";
    CliError::new(Exit::Malformed, what, advice)
}

/// Removes all signatures after a compressed stream, and returns how many there were.
///
/// # Errors
/// [`Exit::Malformed`] for a malformed trailer after the stream.
pub(super) fn strip_trailing(file: &mut Vec<u8>) -> Result<usize, CliError> {
    let mut count = 0;
    while has_trailing_signature(file) {
        let len = match split(file).map_err(|error| trailer_error(&error))? {
            Split::Signed(signed) => signed.module.len(),
            Split::Unsigned(_) => break,
        };
        file.truncate(len);
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{Compression, Input, Links, TrailingSignatures, pack, read_module_within, unpack};
    use crate::memory::Memory;
    use modsig::trailer::append;

    #[test]
    fn signatures_after_the_stream_are_named_and_removed() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::new(1 << 30);
        let signature = append(&[0x30; 100]).unwrap();
        for compression in Compression::ALL {
            let packed = pack(compression, b"module", None).unwrap();
            for count in 1..=2 {
                let signed = [&packed[..], &signature.repeat(count)].concat();
                let failure = unpack(compression, &signed).unwrap_err();
                assert_eq!((failure.exit, failure.offset), (Exit::Malformed, Some(packed.len() as u64)));
                assert!(failure.what.contains("a module signature"), "{failure}");
                let path = folder.path().join(format!("m{}", compression.ending()));
                std::fs::write(&path, &signed).unwrap();
                let input = Input { path, size: 0, links: Links::Follow };
                let file =
                    read_module_within(&input, &mut memory.share(), TrailingSignatures::Strip).unwrap();
                assert_eq!((&file.source.bytes[..], file.trailing_signatures), (&b"module"[..], count));
                assert!(read_module_within(&input, &mut memory.share(), TrailingSignatures::Reject).is_err());
            }
            // Other bytes after the stream are still rejected.
            let path = folder.path().join(format!("bad{}", compression.ending()));
            std::fs::write(&path, [&packed[..], b"other", &signature].concat()).unwrap();
            let input = Input { path, size: 0, links: Links::Follow };
            let not_read =
                read_module_within(&input, &mut memory.share(), TrailingSignatures::Strip).unwrap_err();
            assert_eq!(not_read.error.exit, Exit::Malformed);
        }
    }
}
