//! Module signatures behind a compressed stream: the module was compressed first and signed then.
//!
//! Linux unpacks a module before it looks for the signature, so it never sees such a one. Verifying refuses the file.
//! What takes signatures off (`--strip`, `--resign`) takes these off too.

use crate::decisions::trailer_failure;
use crate::exit::Exit;
use crate::failure::Failure;
use modsig::trailer::{MARKER, Split, split};

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

/// Takes all signatures behind a compressed stream off, and returns how many there were.
///
/// # Errors
/// [`Exit::Malformed`] for a broken trailer behind the stream.
pub(super) fn take_off(file: &mut Vec<u8>) -> Result<usize, Failure> {
    let mut count = 0;
    while signature_behind(file) {
        let len = match split(file).map_err(|error| trailer_failure(&error))? {
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
    use crate::files::{Behind, Compression, pack, read_module_within, unpack};
    use crate::memory::Memory;
    use modsig::trailer::append;

    #[test]
    fn signatures_behind_the_stream_are_named_and_taken_off() {
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
                let file = read_module_within(&path, &mut memory.share(), Behind::TakeOff).unwrap();
                assert_eq!((&file.source.bytes[..], file.behind), (&b"module"[..], count));
                assert!(read_module_within(&path, &mut memory.share(), Behind::Reject).is_err());
            }
            // Other bytes behind the stream are still refused.
            let path = folder.path().join(format!("bad{}", compression.ending()));
            std::fs::write(&path, [&packed[..], b"other", &signature].concat()).unwrap();
            let not_read = read_module_within(&path, &mut memory.share(), Behind::TakeOff).unwrap_err();
            assert_eq!(not_read.failure.exit, Exit::Malformed);
        }
    }
}
