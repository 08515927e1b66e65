//! What Linux's own decompressor makes of a compressed module (`kernel/module/decompress.c`).
//!
//! Linux unpacks one stream, page by page, and ignores what follows. It does not verify gzip's checksum and length, and of a
//! truncated zstd frame it takes what it got. So it loads files that [`crate::unpack`] rejects, and the other way round.

use modsig::kernel::{Answer, Compression, Errno, Keyring, Rule, Unpacker, Version};

use crate::{UnpackError, gzip, magic, xz, zstd};

/// Why Linux does not unpack a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// It rejects the file.
    Rejected {
        /// The error that `finit_module` returns.
        errno: Errno,
        /// The line that it logs, if any.
        log: Option<String>,
    },
    /// Its answer depends on the memory of the machine, or the file is beyond the limits of this library.
    Unknown(UnpackError),
}

impl From<UnpackError> for Rejection {
    fn from(error: UnpackError) -> Self {
        Self::Unknown(error)
    }
}

/// The bytes that a version of Linux unpacks a file to, if it is built for this compression.
///
/// # Errors
/// See [`Rejection`].
pub fn unpack(compression: Compression, file: &[u8], version: Version) -> Result<Vec<u8>, Rejection> {
    if file.is_empty() {
        // `kernel_read_file` comes first.
        return Err(Rejection::Rejected { errno: Errno::EINVAL, log: None });
    }
    if !file.starts_with(magic(compression)) {
        return Err(not_compressed(compression));
    }
    match compression {
        Compression::Gzip => unpack_gzip(file),
        Compression::Xz => unpack_xz(file, version),
        Compression::Zstd => unpack_zstd(file, version),
    }
}

/// Linux's answer to a compressed file that it unpacks itself. `None`: kmod unpacks it on this kernel, or the answer
/// cannot be predicted.
#[must_use]
pub fn answer(compression: Compression, file: &[u8], keyring: &Keyring) -> Option<Answer> {
    match keyring.config().unpacker(compression) {
        Unpacker::Kmod => None,
        Unpacker::Linux => match unpack(compression, file, keyring.config().version) {
            Ok(module) => Some(modsig::kernel::answer_unpacked(&module, keyring)),
            Err(Rejection::Rejected { errno, log }) => {
                Some(Answer::not_unpacked(errno, log, keyring.config()))
            }
            Err(Rejection::Unknown(_)) => None,
        },
    }
}

fn unpack_gzip(file: &[u8]) -> Result<Vec<u8>, Rejection> {
    let start = gzip::linux_header_len(file).ok_or_else(|| not_compressed(Compression::Gzip))?;
    let inflated = gzip::inflate(file, start)?;
    match inflated.end {
        gzip::End::Stream => Ok(inflated.bytes),
        // Z_DATA_ERROR and Z_BUF_ERROR.
        gzip::End::Data => Err(failed("decompression failed with status -3")),
        gzip::End::Truncated => Err(failed("decompression failed with status -5")),
    }
}

fn unpack_xz(file: &[u8], version: Version) -> Result<Vec<u8>, Rejection> {
    if let Some(status) = xz::linux_header_status(file, version) {
        return Err(xz_failed(status));
    }
    let decoded = xz::decode_as_linux(file)?;
    match decoded.end {
        xz::End::Stream => {}
        xz::End::Truncated => return Err(xz_failed(xz::status::OK)),
        xz::End::Error(error) => {
            return Err(match xz::linux_status(&error) {
                Some(status) => xz_failed(status),
                None => UnpackError::Dictionary { compression: Compression::Xz, limit: xz::MEMORY }.into(),
            });
        }
    }
    let stream = file.get(..decoded.consumed).unwrap_or_default();
    match xz::defect(stream, version)? {
        None => Ok(decoded.bytes),
        Some(_) => Err(xz_failed(xz::status::OPTIONS_ERROR)),
    }
}

fn unpack_zstd(file: &[u8], version: Version) -> Result<Vec<u8>, Rejection> {
    /// `1 << ZSTD_WINDOWLOG_MAX` is the smallest `int`, and compared as an unsigned 64-bit number.
    const LARGEST_WINDOW: u64 = i32::MIN as u64;
    /// What `kvmalloc` gives at most, in bytes: `INT_MAX`.
    const LARGEST_ALLOCATION: u64 = i32::MAX as u64;
    /// What libzstd's workspace takes besides the window, in bytes (seen with Linux 7.3.4).
    const WORKSPACE: u64 = 0x7_7718;
    let window = zstd::frame_header(file)
        .ok_or_else(|| failed("ZSTD-compressed data has an incomplete frame header"))?
        .window;
    if window > LARGEST_WINDOW {
        return Err(failed("ZSTD-compressed data has too large a window size"));
    }
    if window > LARGEST_ALLOCATION - WORKSPACE {
        return Err(Rejection::Rejected { errno: Errno::ENOMEM, log: None });
    }
    let frame = zstd::decode(file)?;
    if frame.end == zstd::End::Frame && !version.has(Rule::ZstdFastLoop) {
        // libzstd 1.5.2 reads Huffman streams as ruzstd does: it notices when one holds more or fewer symbols than its share.
        let end = file.get(..frame.consumed).unwrap_or_default();
        if !zstd::ruzstd_agrees(end, &frame.bytes) {
            return Err(failed("ZSTD-decompression failed with status 20"));
        }
    }
    match frame.end {
        // Of a frame that ends too early, Linux takes what it got.
        zstd::End::Frame | zstd::End::Truncated => Ok(frame.bytes),
        zstd::End::Error(code) => {
            let number = zstd::error_number(code);
            Err(failed(format!("ZSTD-decompression failed with status {number}")))
        }
    }
}

fn xz_failed(status: u8) -> Rejection {
    failed(format!("decompression failed with status {status}"))
}

fn not_compressed(compression: Compression) -> Rejection {
    failed(match compression {
        Compression::Gzip => "not a gzip compressed module",
        Compression::Xz => "not an xz compressed module",
        Compression::Zstd => "not a zstd compressed module",
    })
}

fn failed(log: impl Into<String>) -> Rejection {
    Rejection::Rejected { errno: Errno::EINVAL, log: Some(log.into()) }
}
