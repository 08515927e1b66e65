//! Compressed modules: `.ko.gz`, `.ko.xz`, `.ko.zst`, read within limits and written as the kernel reads them.
//!
//! Source: Linux 7.2 `kernel/module/decompress.c` and `lib/xz`, `scripts/Makefile.modinst`.
//!
//! The kernel decodes one stream and looks at nothing behind it. So a file with several streams, or with bytes after
//! its stream, is refused here: what the kernel would load is not what other programs unpack.

use super::behind::{signature_behind, signed_behind};
use super::read::MODULE_LIMIT;
use crate::exit::Exit;
use crate::failure::Failure;
use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use lzma_rust2::{CheckType, XzOptions, XzReader, XzWriter};
use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::CompressionLevel;
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The compressions that Linux has for modules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// `.ko.gz`
    Gzip,
    /// `.ko.xz`
    Xz,
    /// `.ko.zst`
    Zstd,
}

/// The dictionary that we write: `xz --lzma2=dict=1MiB`, as `scripts/Makefile.modinst` does.
const XZ_DICTIONARY: u32 = 1 << 20;

/// What the decoder of a stream may use, in KiB: room for the dictionary of `xz -9`, 64 MiB.
const XZ_MEMORY_KIB: u32 = 80 << 10;

/// The largest window of a zstd stream: 128 MiB, the kernel's `ZSTD_WINDOWLOG_LIMIT_DEFAULT` (27).
const ZSTD_WINDOW: u64 = 1 << 27;

/// Up to here a stream may expand as it likes, in bytes.
const FREE_EXPANSION: u64 = 64 << 20;

/// Beyond that, to at most so many times its own size. Modules with debug information reach about 10.
const MAX_RATIO: u64 = 200;

impl Compression {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Xz, Self::Zstd];

    /// By a module's name: its end decides, and nothing else is taken for compressed.
    #[must_use]
    pub fn of_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.as_bytes();
        Self::ALL.into_iter().find(|one| name.ends_with(one.ending().as_bytes()))
    }

    /// The end of a module's name: `.ko.xz`.
    #[must_use]
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Gzip => ".ko.gz",
            Self::Xz => ".ko.xz",
            Self::Zstd => ".ko.zst",
        }
    }

    /// The program of that format, which people know it by.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }

    const fn magic(self) -> &'static [u8] {
        match self {
            Self::Gzip => b"\x1f\x8b\x08",
            Self::Xz => b"\xfd7zXZ\0",
            Self::Zstd => b"\x28\xb5\x2f\xfd",
        }
    }

    /// Unpacks a whole file: one stream, checksums verified, nothing behind it.
    ///
    /// # Errors
    /// [`Exit::Malformed`] if it is not that; [`Exit::Io`] if it unpacks to more than [`MODULE_LIMIT`], or to more
    /// than 64 MiB and 200 times its size. Never holds more than that.
    pub fn unpack(self, file: &[u8]) -> Result<Vec<u8>, Failure> {
        if !file.starts_with(self.magic()) {
            let what = format!("is named {} but is not compressed with {}", self.ending(), self.name());
            return Err(Failure::new(Exit::Malformed, what, "give the file its right name, or get it again"));
        }
        let (contents, rest) = match self {
            Self::Gzip => {
                let mut decoder = GzDecoder::new(file);
                (self.drain(&mut decoder, file)?, decoder.into_inner())
            }
            Self::Xz => {
                let mut decoder = XzReader::new_mem_limit(file, false, XZ_MEMORY_KIB);
                (self.drain(&mut decoder, file)?, decoder.into_inner())
            }
            Self::Zstd => self.unpack_zstd(file)?,
        };
        if !rest.is_empty() {
            let name = self.name();
            if signature_behind(rest) {
                return Err(signed_behind(name, rest.len()).at((file.len() - rest.len()) as u64));
            }
            let what = if rest.starts_with(self.magic()) {
                format!("another {name} stream follows the first")
            } else {
                format!("{} bytes follow the {name} stream", rest.len())
            };
            let advice =
                "the kernel would not see them: get the file again, or compress it anew in one piece";
            return Err(Failure::new(Exit::Malformed, what, advice).at((file.len() - rest.len()) as u64));
        }
        Ok(contents)
    }

    /// `ruzstd` neither compares the checksum nor the announced length by itself.
    fn unpack_zstd(self, file: &[u8]) -> Result<(Vec<u8>, &[u8]), Failure> {
        let mut rest = file;
        let mut decoder = StreamingDecoder::new_with_max_window_size(&mut rest, ZSTD_WINDOW)
            .map_err(|error| self.damaged(&error))?;
        let contents = self.drain(&mut decoder, file)?;
        let frame = decoder.into_frame_decoder();
        if frame.get_checksum_from_data().is_some_and(|told| frame.get_calculated_checksum() != Some(told)) {
            return Err(self.damaged(&"its checksum does not match"));
        }
        // 0: not announced.
        if !matches!(frame.content_size(), 0) && frame.content_size() != contents.len() as u64 {
            return Err(self.damaged(&"its length is not the one announced"));
        }
        Ok((contents, rest))
    }

    /// Reads a decoder to its end within the limits.
    fn drain(self, decoder: &mut impl Read, file: &[u8]) -> Result<Vec<u8>, Failure> {
        let may_expand = (file.len() as u64).saturating_mul(MAX_RATIO).max(FREE_EXPANSION);
        let limit = may_expand.min(MODULE_LIMIT);
        let mut contents = Vec::new();
        let mut piece = vec![0; 128 << 10];
        loop {
            let len = decoder.read(&mut piece).map_err(|error| self.damaged(&error))?;
            let Some(read) = piece.get(..len).filter(|read| !read.is_empty()) else { return Ok(contents) };
            if (contents.len() + read.len()) as u64 > limit {
                let what =
                    format!("{} bytes unpack to more than {limit}: no kernel module does that", file.len());
                return Err(Failure::new(Exit::Io, what, "do not use this file; get the module again"));
            }
            contents.try_reserve(read.len()).map_err(|_| {
                let what = format!("no memory for {} bytes and more", contents.len() + read.len());
                Failure::new(Exit::Io, what, "free some memory and run the command again")
            })?;
            contents.extend_from_slice(read);
        }
    }

    fn damaged(self, why: &dyn std::fmt::Display) -> Failure {
        let what = format!("cannot be unpacked as {}: {}", self.name(), why.to_string().to_lowercase());
        Failure::new(Exit::Malformed, what, "the file is cut off or damaged; get it again")
    }

    /// Packs a module as the kernel reads it: gzip without name and time (`gzip -n`), xz with CRC-32 and a dictionary of
    /// 1 MiB, zstd in one frame with a window under 8 MiB. The result is unpacked again and compared before anybody
    /// writes it. The same bytes give the same file.
    ///
    /// # Errors
    /// [`Exit::Internal`] if the encoder fails or does not give back what it got.
    pub fn pack(self, contents: &[u8]) -> Result<Vec<u8>, Failure> {
        let packed = self.encode(contents).map_err(|error| self.encoder_failed(&error.to_string()))?;
        match self.unpack(&packed) {
            Ok(back) if back == contents => Ok(packed),
            Ok(_) => Err(self.encoder_failed("it unpacks to something else")),
            // A gigabyte of nothing, say: packs, and would be refused by the next reader.
            Err(failure) => Err(self.encoder_failed(&failure.what)),
        }
    }

    fn encode(self, contents: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
                encoder.write_all(contents)?;
                encoder.finish()
            }
            Self::Xz => {
                let mut options = XzOptions::with_preset(6);
                options.set_check_sum_type(CheckType::Crc32);
                options.lzma_options.dict_size = XZ_DICTIONARY;
                let mut encoder = XzWriter::new(Vec::new(), options)?;
                encoder.write_all(contents)?;
                encoder.finish()
            }
            Self::Zstd => Ok(ruzstd::encoding::compress_to_vec(contents, CompressionLevel::Fastest)),
        }
    }

    fn encoder_failed(self, why: &str) -> Failure {
        let what = format!("cannot be packed with {}, nothing was written ({why})", self.name());
        Failure::new(
            Exit::Internal,
            what,
            "report this, and meanwhile compress it with the program of that name",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        (0..300_000_u32).flat_map(|n| (n / 7).wrapping_mul(n).to_le_bytes()).collect()
    }

    #[test]
    fn names() {
        let of = |name: &str| Compression::of_name(Path::new(name));
        assert_eq!(of("a/dummy.ko.gz"), Some(Compression::Gzip));
        assert_eq!(of("dummy.ko.xz"), Some(Compression::Xz));
        assert_eq!(of("dummy.ko.zst"), Some(Compression::Zstd));
        for other in ["dummy.ko", "dummy.gz", "ko.gz", "dummy.ko.GZ", "dummy.ko.zst.p7s"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn what_is_packed_is_what_the_kernel_reads() {
        for compression in Compression::ALL {
            for contents in [Vec::new(), b"x".to_vec(), sample(), vec![0; 3 << 20]] {
                let packed = compression.pack(&contents).unwrap();
                assert_eq!(compression.unpack(&packed).unwrap(), contents);
                assert_eq!(compression.pack(&contents).unwrap(), packed, "the same bytes again");
                match compression {
                    // Flags 0: no name, which the kernel skips, and nothing that it does not know. Time 0.
                    Compression::Gzip => assert_eq!(packed[3..8], [0; 5]),
                    // Stream flags: check 1 is CRC-32.
                    Compression::Xz => assert_eq!(packed[6..8], [0, 1]),
                    Compression::Zstd => {
                        // RFC 8878, 3.1.1.1: no dictionary, and a window descriptor (not "single segment").
                        assert_eq!(packed[4] & 0b0010_0011, 0);
                        let (exponent, mantissa) = (packed[5] >> 3, u64::from(packed[5] & 7));
                        let base = 1_u64 << (10 + exponent);
                        assert!(base + base / 8 * mantissa <= 8 << 20);
                    }
                }
            }
        }
    }

    /// Every byte counts: no decoder may pass over a changed checksum, and none may panic.
    #[test]
    fn a_damaged_stream_is_refused() {
        let contents: Vec<u8> = sample()[..20_000].to_vec();
        for compression in Compression::ALL {
            let packed = compression.pack(&contents).unwrap();
            let mut ran = 0;
            for at in (0..packed.len()).step_by(packed.len() / 500 + 1).chain(packed.len() - 30..packed.len())
            {
                let mut bad = packed.clone();
                bad[at] ^= 1 << (at % 8);
                let result = compression.unpack(&bad);
                // A flag that means nothing (gzip's "text" and operating system, say) may change nothing.
                assert!(result.is_err() || result.is_ok_and(|same| same == contents), "{compression:?} {at}");
                assert!(compression.unpack(&packed[..at]).is_err(), "{compression:?} cut at {at}");
                ran += 1;
            }
            assert!(ran > 200, "{compression:?} {ran}");
        }
    }

    #[test]
    fn what_follows_the_stream_is_refused() {
        for compression in Compression::ALL {
            let packed = compression.pack(b"module").unwrap();
            for rest in [&b"\0"[..], b"\0\0\0\0", b"garbage", &packed] {
                let failure = compression.unpack(&[&packed, rest].concat()).unwrap_err();
                assert!(failure.what.contains(" follow"), "{failure}");
                assert_eq!((failure.exit, failure.offset), (Exit::Malformed, Some(packed.len() as u64)));
            }
        }
    }

    #[test]
    fn a_stream_without_end_is_stopped() {
        // What the decoder gives is counted, not what a header says: 65 MiB of zeros, in each format.
        for compression in Compression::ALL {
            let packed = compression.encode(&vec![0; 65 << 20]).unwrap();
            let failure = compression.unpack(&packed).unwrap_err();
            assert_eq!(failure.exit, Exit::Io);
            assert!(failure.what.contains("unpack to more than"), "{failure}");
        }
    }
}
