//! Compressed kernel modules: `.ko.gz`, `.ko.xz`, `.ko.zst`. No I/O.
//!
//! A compressed module has several readers: Linux itself (`CONFIG_MODULE_DECOMPRESS`), kmod, and the programs `gzip`,
//! `xz` and `zstd`. They do not agree on every file. [`unpack`] accepts a file only if all of them read the same bytes;
//! [`linux::unpack`] gives what Linux's own decompressor reads, for the prediction of its answer.
//!
//! | module | holds |
//! |---|---|
//! | `gzip`, `xz`, `zstd` | one format each: the strict reading, Linux's reading, and writing |
//! | [`linux`] | what Linux 7.2 makes of a compressed file, and its answer |
//! | [`limit`] | how much a file may unpack to |
//! | [`stream`] | the first stream of something that is not a module, such as a kernel image |
//! | `error` | why a file is rejected, and why Linux alone rejects it |
//!
//! The decoders are the reference implementations where Linux uses the same source: libzstd, and liblzma beside the rules of
//! XZ Embedded. Inflate is zlib-rs. `checks/containers` compares all of them with the C libraries on mutated files.
//!
//! Source: Linux 7.2 `kernel/module/decompress.c`, `lib/xz`, `lib/zlib_inflate`, `lib/zstd`; RFC 1951, RFC 1952, RFC 8878;
//! The .xz File Format 1.2.1.

mod error;
mod gzip;
pub mod limit;
pub mod linux;
pub mod stream;
mod xz;
mod zstd;

pub use error::{LinuxDefect, PackError, UnpackError};
pub use modsig::kernel::Compression;

/// The size of a page, in bytes. Linux unpacks page by page, and where the decoder stands at the end of a page decides
/// whether a truncated file is noticed.
const PAGE: usize = 4096;

/// A file that was unpacked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unpacked {
    /// The module.
    pub bytes: Vec<u8>,
    /// Why Linux's own decompressor rejects the file, although every other reader unpacks it to [`Self::bytes`].
    pub defect: Option<LinuxDefect>,
}

/// The first bytes of a file of this compression.
#[must_use]
pub const fn magic(compression: Compression) -> &'static [u8] {
    match compression {
        Compression::Gzip => &[0x1f, 0x8b, 8],
        Compression::Xz => b"\xfd7zXZ\0",
        Compression::Zstd => &[0x28, 0xb5, 0x2f, 0xfd],
    }
}

/// Unpacks a whole file: one stream, checksums verified, nothing after it.
///
/// # Errors
/// [`UnpackError`] if a reader could read the file differently or not at all, or if it unpacks to more than
/// [`limit::of`] allows. Never holds more than that.
pub fn unpack(compression: Compression, file: &[u8]) -> Result<Unpacked, UnpackError> {
    if !file.starts_with(magic(compression)) {
        return Err(UnpackError::Magic(compression));
    }
    match compression {
        Compression::Gzip => gzip::unpack(file).map(|bytes| Unpacked { bytes, defect: None }),
        Compression::Xz => xz::unpack(file),
        Compression::Zstd => zstd::unpack(file).map(|bytes| Unpacked { bytes, defect: None }),
    }
}

/// Rejects a file that goes on after its first stream, which ends at `end`, in bytes from the start: Linux ignores the rest, other readers do not.
fn nothing_after(compression: Compression, file: &[u8], end: usize) -> Result<(), UnpackError> {
    match file.get(end..).unwrap_or_default() {
        [] => Ok(()),
        rest => Err(UnpackError::Trailing {
            compression,
            offset: end,
            len: rest.len(),
            stream: rest.starts_with(magic(compression)),
        }),
    }
}

/// Packs a module as the kernel's build does (`scripts/Makefile.modinst`): gzip without name and time, xz with CRC-32 and a
/// dictionary of 1 MiB, zstd with a checksum. The same bytes give the same file. The result is unpacked again and compared.
///
/// `original` is the length in bytes of the compressed file that the result replaces, if there is one: zstd works harder
/// where its usual level would make the file notably longer.
///
/// # Errors
/// [`PackError`] if the encoder fails, or its output does not unpack to `contents`.
pub fn pack(
    compression: Compression,
    contents: &[u8],
    original: Option<usize>,
) -> Result<Vec<u8>, PackError> {
    let packed = match compression {
        Compression::Gzip => gzip::pack(contents),
        Compression::Xz => xz::pack(contents),
        Compression::Zstd => zstd::pack(contents, original),
    }
    .map_err(|reason| PackError { compression, reason })?;
    match unpack(compression, &packed) {
        Ok(Unpacked { bytes, defect: None }) if bytes == contents => Ok(packed),
        Ok(Unpacked { defect: Some(defect), .. }) => {
            Err(PackError { compression, reason: defect.to_string() })
        }
        Ok(_) => Err(PackError { compression, reason: "it unpacks to something else".into() }),
        Err(error) => Err(PackError { compression, reason: error.to_string() }),
    }
}
