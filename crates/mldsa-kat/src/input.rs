//! Reads a file of test vectors, gzipped or not, into memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::error::{Error, Malformed};

/// The most bytes of text that are read from one file, before and after decompression: 256 MiB.
///
/// Forty times the largest file in `test-vectors/`, and a limit for a gzip file of a few kilobytes
/// that unpacks to terabytes.
pub const MAX_BYTES: u64 = 256 << 20;

/// The first two bytes of every gzip member (RFC 1952, section 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads `path` as UTF-8 text. Content that begins as gzip is decompressed, whatever the name.
///
/// # Errors
/// [`Error::Io`] when the file cannot be read; [`Error::Malformed`] when it is longer than
/// [`MAX_BYTES`], broken gzip, or not UTF-8.
pub fn read(path: &Path) -> Result<String, Error> {
    let file = File::open(path).map_err(Error::io(path))?;
    let bytes = read_limited(file).map_err(Error::io(path))?;
    text(bytes).map_err(Error::malformed(path))
}

/// What [`read`] does once the bytes are there: decompression, limit, UTF-8.
///
/// # Errors
/// As [`read`], without a path.
pub fn text(bytes: Vec<u8>) -> Result<String, Malformed> {
    let bytes = if bytes.starts_with(&GZIP_MAGIC) {
        read_limited(MultiGzDecoder::new(bytes.as_slice()))
            .map_err(|error| Malformed::new("", format!("not a whole gzip file: {error}")))?
    } else {
        bytes
    };
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Malformed::new(
            "",
            format!("longer than the {} MiB that are read of one file", MAX_BYTES >> 20),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        Malformed::new(format!("byte {}", error.utf8_error().valid_up_to()), "not UTF-8 text")
    })
}

/// At most one byte more than [`MAX_BYTES`], so that the caller can tell a file that is too long.
fn read_limited(reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn plain_and_gzipped_text_read_alike() {
        assert_eq!(text(b"{}".to_vec()).unwrap(), "{}");
        assert_eq!(text(gzip(b"{}")).unwrap(), "{}");
    }

    #[test]
    fn a_gzip_bomb_is_refused_at_the_limit() {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        let zeros = vec![0; 1 << 20];
        for _ in 0..=(MAX_BYTES >> 20) {
            encoder.write_all(&zeros).unwrap();
        }
        let error = text(encoder.finish().unwrap()).unwrap_err();
        assert_eq!(error.to_string(), "longer than the 256 MiB that are read of one file");
    }

    #[test]
    fn broken_gzip_and_bad_utf8_are_named() {
        let mut cut = gzip(b"{\"vsId\": 42}");
        cut.truncate(cut.len() - 9);
        assert!(text(cut).unwrap_err().to_string().starts_with("not a whole gzip file"));
        assert_eq!(text(vec![b'a', 0xff]).unwrap_err().to_string(), "byte 1: not UTF-8 text");
    }
}
