//! The C libraries: stock zlib, XZ Embedded, and libzstd in one call.

#![allow(unsafe_code, reason = "calls of C libraries")]

use std::ffi::c_int;
use std::mem::MaybeUninit;

use libz_sys as z;
use xz_embedded_sys as xz;

/// The longest output that is asked for, in bytes.
pub const MOST: usize = 1 << 20;

/// A page, as Linux unpacks into.
const PAGE: usize = 4096;

/// What zlib makes of a file. `window_bits`: 31 for gzip, -15 for raw deflate. The output, how much of the input was read, and
/// the last status (1 is the end of the stream).
pub fn zlib(file: &[u8], window_bits: c_int) -> (Vec<u8>, usize, c_int) {
    let mut output = Vec::new();
    let mut page = [0_u8; PAGE];
    let mut stream = MaybeUninit::<z::z_stream>::zeroed();
    // SAFETY: all-zero is a valid z_stream for inflateInit2 (null allocators mean zlib's own); `input` and `page` outlive the
    // calls, and their lengths are those given.
    unsafe {
        let s = stream.as_mut_ptr();
        let size = c_int::try_from(size_of::<z::z_stream>()).expect("small");
        assert_eq!(z::inflateInit2_(s, window_bits, z::zlibVersion(), size), z::Z_OK);
        (*s).next_in = file.as_ptr().cast_mut();
        (*s).avail_in = u32::try_from(file.len()).expect("short files");
        let status = loop {
            (*s).next_out = page.as_mut_ptr();
            (*s).avail_out = PAGE as u32;
            let status = z::inflate(s, z::Z_NO_FLUSH);
            output.extend_from_slice(&page[..PAGE - (*s).avail_out as usize]);
            if status != z::Z_OK || output.len() > MOST {
                break status;
            }
        };
        let consumed = file.len() - (*s).avail_in as usize;
        z::inflateEnd(s);
        (output, consumed, status)
    }
}

/// What XZ Embedded makes of a file, called as `module_xz_decompress` calls it. It was built with CRC-64 and accepts checks
/// that it does not know, which Linux's is not and does not. The output, how much was read, and the last status.
pub fn xz_embedded(file: &[u8]) -> (Vec<u8>, usize, u32) {
    static TABLES: std::sync::Once = std::sync::Once::new();
    let mut output = Vec::new();
    let mut page = [0_u8; PAGE];
    // SAFETY: the tables are made once, before any decoder; `file` and `page` outlive the calls, and positions and sizes are
    // those of the two.
    unsafe {
        TABLES.call_once(|| {
            xz::xz_crc32_init();
            xz::xz_crc64_init();
        });
        let decoder = xz::xz_dec_init(xz::xz_mode::XZ_DYNALLOC, u32::MAX);
        assert!(!decoder.is_null());
        let mut buffer = xz::xz_buf {
            _in: file.as_ptr(),
            in_pos: 0,
            in_size: file.len() as _,
            out: page.as_mut_ptr(),
            out_pos: 0,
            out_size: PAGE as _,
        };
        let status = loop {
            buffer.out_pos = 0;
            let status = xz::xz_dec_run(decoder, &mut buffer);
            output.extend_from_slice(&page[..buffer.out_pos as usize]);
            // A check that it does not know is reported once, and decoding goes on.
            let unknown_check = matches!(status, xz::xz_ret::XZ_UNSUPPORTED_CHECK);
            let goes_on = matches!(status, xz::xz_ret::XZ_OK) && buffer.out_pos as usize == PAGE;
            if !(unknown_check || goes_on) || output.len() > MOST {
                break status as u32;
            }
        };
        xz::xz_dec_end(decoder);
        (output, buffer.in_pos as usize, status)
    }
}

/// What libzstd makes of the frames of a file in one call; `None` if it rejects them.
pub fn zstd(file: &[u8]) -> Option<Vec<u8>> {
    let mut output = Vec::with_capacity(MOST);
    zstd_safe::decompress(&mut output, file).ok()?;
    Some(output)
}
