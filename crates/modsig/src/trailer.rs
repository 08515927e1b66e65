//! The appended signature: module ‖ CMS ‖ `struct module_signature` ‖ marker.
//!
//! Source: Linux 7.2 `include/linux/module_signature.h`, `kernel/module_signature.c` (`mod_check_sig`) and
//! `kernel/module/signing.c` (`module_sig_check`). The checks have the kernel's order, so the first error here is the
//! one that Linux returns.

use core::fmt;

use sha2::{Digest as _, Sha256};

/// The 28 bytes that end every signed file.
pub const MARKER: &[u8; 28] = b"~Module signature appended~\n";

/// Length of `struct module_signature` in bytes.
pub const INFO_LEN: usize = 12;

/// `id_type` of a CMS (PKCS#7) message: `MODULE_SIGNATURE_TYPE_PKCS7`.
pub const ID_TYPE_PKCS7: u8 = 2;

/// The longest CMS that Linux reads, in bytes (`asn1_ber_decoder` returns EMSGSIZE above it).
pub const MAX_CMS_LEN: usize = 65_535;

/// The parts of a file, read from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split<'a> {
    /// The file does not end in the marker: Linux treats it as unsigned.
    Unsigned(Unsigned),
    /// The file ends in the marker and a well-formed trailer.
    Signed(Signed<'a>),
}

/// A file without a signature, and what was found instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unsigned {
    /// No trace of a signature.
    NoMarker,
    /// The file is empty, or consists of the marker.
    Empty,
    /// The last marker in the file is followed by other bytes: Linux finds no signature.
    BytesAfterMarker {
        /// Where that marker starts.
        marker: usize,
        /// How many bytes follow it (at most [`MARKER_SEARCH`]).
        extra: usize,
    },
    /// The file ends in the marker's text without the newline.
    MarkerWithoutNewline,
}

/// The number of bytes at the end of an unsigned file in which a misplaced marker is searched.
pub const MARKER_SEARCH: usize = 4096;

/// The parts of a signed file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed<'a> {
    /// The bytes that are signed: everything before the CMS.
    pub module: &'a [u8],
    /// The CMS, `sig_len` bytes. Its offset in the file is `module.len()`.
    pub cms: &'a [u8],
}

impl Signed<'_> {
    /// Offset of the 12-byte `struct module_signature` in the file.
    pub fn info_offset(&self) -> usize {
        self.module.len() + self.cms.len()
    }

    /// Whether the module part itself ends in a marker: the file was signed twice. Linux verifies only the outer
    /// signature.
    pub fn is_doubly_signed(&self) -> bool {
        self.module.ends_with(MARKER)
    }
}

/// An error about a trailer that Linux rejects. Offsets are from the start of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrailerError {
    /// Offset of the wrong field in the file.
    pub offset: usize,
    /// What is wrong with it.
    pub problem: TrailerProblem,
}

/// What is wrong with a trailer, in the order of Linux's checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrailerProblem {
    /// Fewer than 12 bytes are before the marker.
    NoRoomForInfo {
        /// The number of bytes before the marker.
        have: usize,
    },
    /// `sig_len` is not smaller than the number of bytes before it: there is no module left.
    SigLenTooLong {
        /// The field's value.
        sig_len: u32,
        /// The number of bytes before `struct module_signature`.
        available: usize,
        /// The field would fit if read as little-endian.
        little_endian: bool,
    },
    /// `id_type` is not 2 (PKCS#7).
    IdType(u8),
    /// A field that must be 0 is not.
    NonZeroField {
        /// The field's name in `struct module_signature`.
        field: &'static str,
        /// Its value.
        value: u8,
    },
    /// `sig_len` is 0: no CMS.
    NoCms,
    /// `sig_len` is over [`MAX_CMS_LEN`].
    CmsTooLong {
        /// The field's value.
        sig_len: u32,
    },
}

/// Splits a file. Reads the last 40 bytes, and the last [`MARKER_SEARCH`] bytes of an unsigned file to find a misplaced
/// marker. Never panics; allocates nothing.
///
/// # Errors
/// [`TrailerError`] if the file ends in the marker but Linux would reject the trailer.
pub fn split(file: &[u8]) -> Result<Split<'_>, TrailerError> {
    // Linux looks for the marker only in a file longer than it: `info->len > markerlen`.
    let body = match file.strip_suffix(MARKER.as_slice()) {
        Some(body) if !body.is_empty() => body,
        _ => return Ok(Split::Unsigned(looks_like(file))),
    };
    let Some((signed, info)) = body.split_last_chunk::<INFO_LEN>() else {
        return Err(TrailerError { offset: 0, problem: TrailerProblem::NoRoomForInfo { have: body.len() } });
    };
    let at = |field: usize, problem| TrailerError { offset: signed.len() + field, problem };
    let [algo, hash, id_type, signer_len, key_id_len, pad0, pad1, pad2, l0, l1, l2, l3] = *info;
    let sig_len = u32::from_be_bytes([l0, l1, l2, l3]);
    // Linux: `if (be32_to_cpu(ms->sig_len) >= file_len - sizeof(*ms)) return -EBADMSG`, where file_len excludes the
    // marker: at least one byte of module must remain.
    let cms_start = match usize::try_from(sig_len).ok().and_then(|len| signed.len().checked_sub(len)) {
        Some(start) if start > 0 => start,
        _ => {
            let swapped = usize::try_from(sig_len.swap_bytes()).unwrap_or(usize::MAX);
            let problem = TrailerProblem::SigLenTooLong {
                sig_len,
                available: signed.len(),
                little_endian: swapped < signed.len(),
            };
            return Err(at(8, problem));
        }
    };
    if id_type != ID_TYPE_PKCS7 {
        return Err(at(2, TrailerProblem::IdType(id_type)));
    }
    for (position, field, value) in [
        (0, "algo", algo),
        (1, "hash", hash),
        (3, "signer_len", signer_len),
        (4, "key_id_len", key_id_len),
        (5, "pad[0]", pad0),
        (6, "pad[1]", pad1),
        (7, "pad[2]", pad2),
    ] {
        if value != 0 {
            return Err(at(position, TrailerProblem::NonZeroField { field, value }));
        }
    }
    // The two errors of the decoder that depend on the length alone.
    let (module, cms) = signed.split_at(cms_start);
    if cms.is_empty() {
        return Err(at(8, TrailerProblem::NoCms));
    }
    if cms.len() > MAX_CMS_LEN {
        return Err(at(8, TrailerProblem::CmsTooLong { sig_len }));
    }
    Ok(Split::Signed(Signed { module, cms }))
}

/// Finds out why a file has no signature, for a helpful message.
fn looks_like(file: &[u8]) -> Unsigned {
    let bare = MARKER.strip_suffix(b"\n").unwrap_or(MARKER);
    if file.is_empty() || file == MARKER {
        return Unsigned::Empty;
    }
    if file.ends_with(bare) {
        return Unsigned::MarkerWithoutNewline;
    }
    let from = file.len().saturating_sub(MARKER_SEARCH + MARKER.len());
    let tail = file.get(from..).unwrap_or_default();
    match tail.windows(MARKER.len()).rposition(|window| window == MARKER) {
        Some(at) => Unsigned::BytesAfterMarker { marker: from + at, extra: tail.len() - at - MARKER.len() },
        None => Unsigned::NoMarker,
    }
}

/// Returns the bytes to append to a module: CMS ‖ `struct module_signature` ‖ marker.
///
/// # Errors
/// [`CmsTooLong`] if the CMS is longer than [`MAX_CMS_LEN`] bytes, Linux's limit.
pub fn append(cms: &[u8]) -> Result<Vec<u8>, CmsTooLong> {
    let too_long = CmsTooLong { len: cms.len() };
    if cms.len() > MAX_CMS_LEN {
        return Err(too_long);
    }
    let sig_len = u32::try_from(cms.len()).map_err(|_| too_long)?;
    let mut out = Vec::with_capacity(cms.len() + INFO_LEN + MARKER.len());
    out.extend_from_slice(cms);
    out.extend_from_slice(&[0, 0, ID_TYPE_PKCS7, 0, 0, 0, 0, 0]);
    out.extend_from_slice(&sig_len.to_be_bytes());
    out.extend_from_slice(MARKER);
    Ok(out)
}

/// The SHA-256 digest of the file that [`append`] makes: module, CMS, trailer, marker.
pub(crate) fn sha256_of_file(module: &[u8], cms: &[u8]) -> [u8; 32] {
    let hasher = Sha256::new().chain_update(module);
    match append(cms) {
        Ok(appended) => hasher.chain_update(appended).finalize().into(),
        // No file has such a CMS.
        Err(_) => hasher.chain_update(cms).finalize().into(),
    }
}

/// The CMS to append is longer than Linux's limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CmsTooLong {
    /// Its length in bytes.
    pub len: usize,
}

impl fmt::Display for CmsTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the CMS is {} bytes long, but Linux reads at most {MAX_CMS_LEN}: use a certificate with a shorter issuer name",
            self.len
        )
    }
}

impl core::error::Error for CmsTooLong {}

impl TrailerProblem {
    /// What a user can do about it.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NoRoomForInfo { .. } | Self::NoCms => {
                "the file contains no signature: sign the module again"
            }
            Self::SigLenTooLong { little_endian: true, .. } => {
                "sig_len must be big-endian: sign the module again with a tool that does so"
            }
            Self::SigLenTooLong { .. } => {
                "the file is truncated or damaged: get it again, or sign the module again"
            }
            Self::IdType(_) | Self::NonZeroField { .. } => {
                "only PKCS#7 (CMS) module signatures exist today: sign the module again"
            }
            Self::CmsTooLong { .. } => "sign without unsigned attributes and embedded certificates",
        }
    }
}

impl fmt::Display for TrailerProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRoomForInfo { have } => {
                write!(
                    f,
                    "only {have} bytes precede the signature marker; struct module_signature needs {INFO_LEN}"
                )
            }
            Self::SigLenTooLong { sig_len, available, little_endian } => {
                write!(
                    f,
                    "sig_len is {sig_len}, but {available} bytes precede it and at least one must be the module"
                )?;
                if *little_endian {
                    write!(f, " (it looks little-endian)")?;
                }
                Ok(())
            }
            Self::IdType(id_type) => write!(f, "id_type is {id_type}, not {ID_TYPE_PKCS7} (PKCS#7)"),
            Self::NonZeroField { field, value } => write!(f, "{field} is {value}, not 0"),
            Self::NoCms => write!(f, "sig_len is 0: there is no CMS"),
            Self::CmsTooLong { sig_len } => {
                write!(f, "sig_len is {sig_len}, but Linux reads at most {MAX_CMS_LEN} bytes")
            }
        }
    }
}

impl fmt::Display for TrailerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "malformed signature trailer at offset {}: {}; {}",
            self.offset,
            self.problem,
            self.problem.remedy()
        )
    }
}

impl core::error::Error for TrailerError {}

impl fmt::Display for Unsigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoMarker => write!(f, "no signature is appended"),
            Self::Empty => write!(f, "the file contains no module"),
            Self::BytesAfterMarker { marker, extra } => {
                let follow = if *extra == 1 { "byte follows" } else { "bytes follow" };
                write!(
                    f,
                    "{extra} {follow} the signature marker (at offset {marker}): Linux finds no signature"
                )
            }
            Self::MarkerWithoutNewline => {
                write!(f, "the signature marker at the end lacks its newline: Linux finds no signature")
            }
        }
    }
}
