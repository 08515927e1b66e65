//! Reads a file of test vectors into memory, compressed with gzip or not.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::error::{Error, Malformed};
use crate::prehash::HashAlg;

/// The largest size of a file, before and after decompression: 256 MiB.
///
/// Forty times the largest file in `test-vectors/`. The limit stops a gzip file of a few kilobytes that expands to terabytes.
pub const MAX_BYTES: u64 = 256 << 20;

/// The first two bytes of every gzip member (RFC 1952, section 2.3.1).
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Reads `path` as UTF-8 text. Contents that start with the magic number of gzip are decompressed, whatever the name.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read; [`Error::Malformed`] if it is longer than [`MAX_BYTES`], damaged gzip, or not
/// UTF-8.
pub fn read(path: &Path) -> Result<String, Error> {
    read_hashed(path).map(|(text, _)| text)
}

/// What identifies a file in a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The length of the file, in bytes.
    pub length: u64,
    /// The SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The SHA-256 of the text in it, if the file is compressed.
    pub sha256_unpacked: Option<String>,
}

/// Reads `path` as [`read`] does, and hashes the file.
///
/// # Errors
/// As [`read`].
pub fn read_hashed(path: &Path) -> Result<(String, Origin), Error> {
    let file = File::open(path).map_err(Error::io(path))?;
    let bytes = read_limited(file).map_err(Error::io(path))?;
    let (length, sha256) = (bytes.len() as u64, sha256(&bytes));
    let packed = bytes.starts_with(&GZIP_MAGIC);
    let text = text(bytes).map_err(Error::malformed(path))?;
    let sha256_unpacked = if packed { Some(self::sha256(text.as_bytes())) } else { None };
    Ok((text, Origin { length, sha256, sha256_unpacked }))
}

fn sha256(bytes: &[u8]) -> String {
    hex::encode(HashAlg::Sha2_256.digest(bytes))
}

/// Converts the bytes of a file to text, as [`read`] does: decompresses, checks the limit and UTF-8.
///
/// # Errors
/// As [`read`], without a path.
pub fn text(bytes: Vec<u8>) -> Result<String, Malformed> {
    let bytes = if bytes.starts_with(&GZIP_MAGIC) {
        read_limited(MultiGzDecoder::new(bytes.as_slice()))
            .map_err(|error| Malformed::new("", format!("damaged gzip file: {error}")))?
    } else {
        bytes
    };
    if bytes.len() as u64 > MAX_BYTES {
        return Err(Malformed::new(
            "",
            format!("longer than {} MiB, the limit for one file", MAX_BYTES >> 20),
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        Malformed::new(format!("byte {}", error.utf8_error().valid_up_to()), "not UTF-8 text")
    })
}

/// Reads at most one byte more than [`MAX_BYTES`], so that the caller can detect a file that is too long.
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
        assert_eq!(error.to_string(), "longer than 256 MiB, the limit for one file");
    }

    #[test]
    fn broken_gzip_and_bad_utf8_are_named() {
        let mut cut = gzip(b"{\"vsId\": 42}");
        cut.truncate(cut.len() - 9);
        assert!(text(cut).unwrap_err().to_string().starts_with("damaged gzip file"));
        assert_eq!(text(vec![b'a', 0xff]).unwrap_err().to_string(), "byte 1: not UTF-8 text");
    }
}
