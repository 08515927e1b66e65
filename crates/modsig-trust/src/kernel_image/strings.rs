//! What a kernel says in plain text: its release, its configuration, its messages, its blacklist.

use memchr::memmem;
use modsig_compress::stream::{Format, unpack_first};

use super::ImageError;

/// The longest release that is read, in bytes: `__NEW_UTS_LEN`.
const RELEASE_LEN: usize = 64;

/// The longest configuration, in bytes: 16 MiB. A distribution's has 0.3 MiB.
const CONFIGURATION: usize = 16 << 20;

/// `MAX_HASH_LEN` of `certs/blacklist.c`: the longest hash in hexadecimal digits.
const HASH_DIGITS: usize = 128;

/// Which code a kernel has, as its messages show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Messages {
    /// The kernel has messages at all (`CONFIG_PRINTK`).
    pub(super) printk: bool,
    /// `load_system_certificate_list` of `certs/system_keyring.c`.
    pub(super) keyring: bool,
    /// `load_revocation_certificate_list` of `certs/blacklist.c`: `CONFIG_SYSTEM_REVOCATION_LIST`.
    pub(super) revocation: bool,
}

impl Messages {
    pub(super) fn of(kernel: &[u8]) -> Self {
        let has = |text: &str| memmem::find(kernel, text.as_bytes()).is_some();
        Self {
            // `kernel/printk/printk.c`, `init/main.c`.
            printk: has("Kernel command line: %s") || has("Loading compiled-in"),
            keyring: has("Loading compiled-in X.509 certificates"),
            revocation: has("Loading compiled-in revocation X.509 certificates"),
        }
    }
}

/// What the kernel's banner begins with, `linux_banner` of `init/version.c`.
const BANNER: &[u8] = b"Linux version ";

/// The longest banner that is read, in bytes. Distributions' have 250.
const BANNER_LEN: usize = 1024;

/// The release in the kernel's banner.
pub(super) fn release(kernel: &[u8]) -> Option<&str> {
    find_banner(kernel).map(|(_, release)| release)
}

/// The kernel's banner, without the end of its line.
pub(super) fn banner(kernel: &[u8]) -> Option<&str> {
    let rest = kernel.get(find_banner(kernel)?.0..)?;
    let text = rest.get(..BANNER_LEN.min(rest.len()))?;
    let end = text.iter().position(|&byte| byte == 0 || byte == b'\n')?;
    str::from_utf8(text.get(..end)?).ok()
}

/// Where the banner begins, and its release.
fn find_banner(kernel: &[u8]) -> Option<(usize, &str)> {
    memmem::find_iter(kernel, BANNER).find_map(|at| {
        let rest = kernel.get(at + BANNER.len()..)?;
        let text = rest.get(..RELEASE_LEN.min(rest.len()))?;
        let text = text.get(..text.iter().position(|&byte| byte == b' ')?)?;
        let is_release =
            text.first().is_some_and(u8::is_ascii_digit) && text.iter().all(u8::is_ascii_graphic);
        is_release.then_some(text).and_then(|text| Some((at, str::from_utf8(text).ok()?)))
    })
}

/// Whether the kernel has the message of `mod_is_hash_blacklisted`, a patch to `kernel/module/signing.c`.
pub(super) fn compares_digests_of_modules(kernel: &[u8]) -> bool {
    memmem::find(kernel, b"Module hash %*phN is blacklisted").is_some()
}

/// The configuration of `kernel/configs.c`: gzip between two marks.
pub(super) fn configuration(kernel: &[u8]) -> Result<Option<Vec<u8>>, ImageError> {
    const MARK: &[u8] = b"IKCFG_ST\x1f\x8b\x08";
    let Some(at) = memmem::find(kernel, MARK) else { return Ok(None) };
    let offset = at + 8;
    let packed = kernel.get(offset..).unwrap_or_default();
    let first = unpack_first(Format::Gzip, packed, CONFIGURATION);
    let first =
        first.map_err(|reason| ImageError::NotUnpacked { format: "gzip (IKCONFIG)", offset, reason })?;
    if !packed.get(first.consumed..).unwrap_or_default().starts_with(b"IKCFG_ED") {
        let what = "its built-in configuration does not end in IKCFG_ED";
        return Err(ImageError::Malformed { offset, what });
    }
    Ok(Some(first.bytes))
}

/// The strings of `certs/blacklist_hashes.c`. Each is an even number of lower-case digits after its prefix, between NUL
/// bytes, as `blacklist_vet_description` requires.
pub(super) fn blacklisted_hashes(kernel: &[u8]) -> Vec<&str> {
    let of = |prefix: &'static [u8]| {
        memmem::find_iter(kernel, prefix).filter_map(move |at| {
            let start = at + 1;
            let rest = kernel.get(start..)?;
            let text = rest.get(..rest.len().min(4 + HASH_DIGITS + 1))?;
            let text = text.get(..text.iter().position(|&byte| byte == 0)?)?;
            let digits = text.get(4..)?;
            let is_hash = !digits.is_empty()
                && digits.len() % 2 == 0
                && digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
            is_hash.then(|| str::from_utf8(text).ok().map(|text| (start, text))).flatten()
        })
    };
    let mut hashes: Vec<_> = of(b"\0tbs:").chain(of(b"\0bin:")).collect();
    hashes.sort_unstable();
    hashes.into_iter().map(|(_, text)| text).collect()
}
