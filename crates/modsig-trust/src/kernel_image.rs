//! Kernel images: unwraps them down to the kernel and reads what it trusts.
//!
//! | module | holds |
//! |---|---|
//! | `container` | the forms of boot images, one layer at a time |
//! | `payload` | the compressions of a kernel |
//! | `block` | output that grows block by block |
//! | `lzo` | the decoder of LZO1X |
//! | `symbols` | where a `vmlinux` with symbols has its lists |
//! | `lists` | lists of certificates found by their structure |
//! | `strings` | release, configuration, messages, blacklisted hashes |
//! | `error` | why an image is rejected |

mod block;
mod container;
mod error;
mod lists;
mod lzo;
mod payload;
mod strings;
mod symbols;

use std::borrow::Cow;
use std::fmt;

pub use error::{Ambiguity, ImageError};
use lists::{Candidate, Kind};
use strings::Messages;

/// The most that an image may unpack to, in bytes: 512 MiB. Debian's kernels have 66 MB.
pub const LIMIT: usize = 512 << 20;

/// Up to here an image may expand by any ratio, in bytes: 32 MiB.
pub const FREE: usize = 32 << 20;

/// Beyond [`FREE`], an image may unpack to this multiple of its own size. Kernels reach about 8.
pub const RATIO: usize = 32;

/// How many layers an image may have. A compressed unified image has four: zstd, PE, bzImage, ELF.
const DEPTH: usize = 6;

/// How the kernel stores an `unsigned long`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) is_64: bool,
    pub(crate) is_big_endian: bool,
}

impl Word {
    /// Reads the `unsigned long` at this offset. `None` if it is outside, or too large for an offset.
    fn read(self, bytes: &[u8], at: usize) -> Option<usize> {
        let rest = bytes.get(at..)?;
        let number = match (self.is_64, self.is_big_endian) {
            (true, false) => u64::from_le_bytes(*rest.first_chunk()?),
            (true, true) => u64::from_be_bytes(*rest.first_chunk()?),
            (false, false) => u64::from(u32::from_le_bytes(*rest.first_chunk()?)),
            (false, true) => u64::from(u32::from_be_bytes(*rest.first_chunk()?)),
        };
        usize::try_from(number).ok()
    }

    /// Reads the `int` at this offset.
    fn read_int(self, bytes: &[u8], at: usize) -> Option<usize> {
        Self { is_64: false, ..self }.read(bytes, at)
    }
}

/// A kernel, unwrapped from its image.
#[derive(Debug)]
pub struct Image<'a> {
    kernel: Cow<'a, [u8]>,
    is_elf: bool,
    word: Word,
    layers: Vec<&'static str>,
}

/// How sure it is that a list of certificates is the one that the kernel trusts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// The image has symbols, and they name it.
    Symbols,
    /// The words after the list hold its length, and what else follows only in this list.
    SizeMatches,
    /// The word after the list holds its length. No message of the kernel tells it from a list of revoked
    /// certificates.
    StructureOnly,
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Symbols => "by its symbols",
            Self::SizeMatches => "by the size word",
            Self::StructureOnly => "by its structure only",
        })
    }
}

/// A list of certificates in a kernel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateList {
    /// Each element in DER, split as Linux splits the list (`x509_load_certificate_list`): each starts with 30 82.
    /// Linux may still reject one.
    pub certificates: Vec<Vec<u8>>,
    /// The bytes after the last element: Linux stops there. Empty in a proper list.
    pub rest: Vec<u8>,
    /// Where the list is, in bytes from the start of the unpacked kernel.
    pub offset: usize,
    /// How it was found.
    pub certainty: Certainty,
}

/// Why a kernel has no certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Absence {
    /// Its symbols say that the list is empty.
    Empty,
    /// It has no keyring for them (`CONFIG_SYSTEM_TRUSTED_KEYRING`).
    NoKeyring,
    /// It has no list of revoked certificates (`CONFIG_SYSTEM_REVOCATION_LIST`).
    NoRevocationList,
    /// It has no list with a size word.
    NotFound {
        /// How many certificates it has elsewhere: for self-tests, wireless rules, or revoked ones. They are not
        /// trusted for modules.
        others: usize,
    },
}

impl fmt::Display for Absence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("an empty list of certificates (its symbols say so)"),
            Self::NoKeyring => {
                f.write_str("no certificate built in: the kernel has no CONFIG_SYSTEM_TRUSTED_KEYRING")
            }
            Self::NoRevocationList => {
                f.write_str("no certificate revoked: the kernel has no CONFIG_SYSTEM_REVOCATION_LIST")
            }
            Self::NotFound { others: 0 } => f.write_str("no certificate built in"),
            Self::NotFound { others } => {
                let certificates = if *others == 1 { "certificate" } else { "certificates" };
                write!(f, "no certificate built in for modules ({others} {certificates} for other purposes)")
            }
        }
    }
}

/// The certificates of one kind that a kernel has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// It has a list.
    List(CertificateList),
    /// It has none.
    None(Absence),
}

impl Found {
    /// The certificates in DER; none if there is no list.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        match self {
            Self::List(list) => &list.certificates,
            Self::None(_) => &[],
        }
    }
}

impl<'a> Image<'a> {
    /// Unwraps an image down to the kernel: ELF (`vmlinux`), bzImage (`vmlinuz`), EFI zboot image, arm64 or RISC-V
    /// `Image`, the `.linux` section of a unified kernel image, and each of them compressed.
    ///
    /// # Errors
    /// See [`ImageError`].
    pub fn open(file: &'a [u8]) -> Result<Self, ImageError> {
        let limit = file.len().saturating_mul(RATIO).clamp(FREE, LIMIT);
        let mut bytes = Cow::Borrowed(file);
        let mut layers = Vec::new();
        for _ in 0..DEPTH {
            let layer = container::recognise(&bytes)?;
            layers.push(layer.name);
            if let container::Inside::Compressed { format, .. } = &layer.inside
                && format.name() != layer.name
            {
                layers.push(format.name());
            }
            bytes = match layer.inside {
                container::Inside::Kernel { is_elf, word } => {
                    return Ok(Self { kernel: bytes, is_elf, word, layers });
                }
                container::Inside::Part(range) => match bytes {
                    Cow::Borrowed(all) => Cow::Borrowed(all.get(range).unwrap_or_default()),
                    Cow::Owned(mut all) => {
                        all.truncate(range.end);
                        Cow::Owned(all.split_off(range.start.min(all.len())))
                    }
                },
                container::Inside::Compressed { format, range } => {
                    let packed = bytes.get(range.clone()).unwrap_or_default();
                    Cow::Owned(payload::unpack(format, packed, limit).map_err(|reason| {
                        ImageError::NotUnpacked { format: format.name(), offset: range.start, reason }
                    })?)
                }
            };
        }
        Err(ImageError::TooDeep)
    }

    /// The layers that were unwrapped, from the outside: `bzImage`, `zstd`, `ELF`.
    #[must_use]
    pub fn layers(&self) -> &[&'static str] {
        &self.layers
    }

    /// The bytes of the unpacked kernel.
    #[must_use]
    pub fn kernel(&self) -> &[u8] {
        &self.kernel
    }

    /// The kernel's release, as `uname -r` prints it. `None` if the kernel does not hold its banner.
    #[must_use]
    pub fn release(&self) -> Option<&str> {
        strings::release(&self.kernel)
    }

    /// The first line of the kernel's log, as in `/proc/version`, at most 1,024 bytes: release, who compiled it and with
    /// what, version. `None` if the kernel does not hold it as text.
    #[must_use]
    pub fn banner(&self) -> Option<&str> {
        strings::banner(&self.kernel)
    }

    /// Whether the kernel has the message of a patch of distributions (Debian up to 6.12) that refuses a signed module if
    /// the digest of its file is blacklisted.
    #[must_use]
    pub fn compares_digests_of_modules(&self) -> bool {
        strings::compares_digests_of_modules(&self.kernel)
    }

    /// The configuration that is built in (`CONFIG_IKCONFIG`), unpacked, at most 16 MiB. `None` if there is none.
    ///
    /// # Errors
    /// [`ImageError::NotUnpacked`] if it cannot be unpacked.
    pub fn configuration(&self) -> Result<Option<Vec<u8>>, ImageError> {
        strings::configuration(&self.kernel)
    }

    /// The certificates that enter `.builtin_trusted_keys` when the kernel starts.
    ///
    /// # Errors
    /// [`ImageError::Ambiguous`] if several lists could be the one, [`ImageError::Malformed`] if the symbols point
    /// outside the image.
    pub fn built_in(&self) -> Result<Found, ImageError> {
        if let Some(range) = self.by_symbols("system_certificate_list")? {
            return Ok(self.list_or(range, Certainty::Symbols, Absence::Empty));
        }
        let messages = Messages::of(&self.kernel);
        let candidates = lists::find(&self.kernel, self.word);
        Ok(match choose(&candidates.lists, messages)? {
            Some((list, certainty)) => {
                let absent = Absence::NotFound { others: candidates.certificates };
                self.list_or(list.start..list.end, certainty, absent)
            }
            None if messages.printk && !messages.keyring => Found::None(Absence::NoKeyring),
            None => Found::None(Absence::NotFound { others: candidates.certificates }),
        })
    }

    /// The certificates that enter `.blacklist` when the kernel starts (`CONFIG_SYSTEM_REVOCATION_KEYS`).
    ///
    /// # Errors
    /// As [`Self::built_in`].
    pub fn revoked(&self) -> Result<Found, ImageError> {
        if let Some(range) = self.by_symbols("revocation_certificate_list")? {
            return Ok(self.list_or(range, Certainty::Symbols, Absence::Empty));
        }
        let messages = Messages::of(&self.kernel);
        let candidates = lists::find(&self.kernel, self.word);
        // A kernel with symbols names the list if it has one.
        let has_symbols = self.by_symbols("system_certificate_list")?.is_some();
        if has_symbols || (messages.printk && !messages.revocation) {
            return Ok(Found::None(Absence::NoRevocationList));
        }
        let trusted = choose(&candidates.lists, messages)?.map(|(list, _)| list);
        let others: Vec<_> = candidates
            .lists
            .iter()
            .filter(|list| Some(*list) != trusted && list.kind != Kind::Trusted)
            .collect();
        match *others {
            [] => Ok(Found::None(Absence::NotFound { others: 0 })),
            [list] => {
                let certainty = match messages.revocation {
                    true => Certainty::SizeMatches,
                    false => Certainty::StructureOnly,
                };
                Ok(self.list_or(list.start..list.end, certainty, Absence::Empty))
            }
            _ => Err(ImageError::Ambiguous(Ambiguity::Revocations { lists: others.len() })),
        }
    }

    /// The hashes that the kernel blacklists when it starts (`CONFIG_SYSTEM_BLACKLIST_HASH_LIST`): `tbs:` and
    /// hexadecimal digits for a certificate, `bin:` for a binary, in the order of the image.
    #[must_use]
    pub fn blacklisted_hashes(&self) -> Vec<&str> {
        strings::blacklisted_hashes(&self.kernel)
    }

    /// The list of this name, by the symbols. `None` if the image has no symbols, or not these.
    fn by_symbols(&self, name: &str) -> Result<Option<std::ops::Range<usize>>, ImageError> {
        if self.is_elf { symbols::find(&self.kernel, name, self.word) } else { Ok(None) }
    }

    fn list_or(&self, range: std::ops::Range<usize>, certainty: Certainty, absence: Absence) -> Found {
        let offset = range.start;
        let bytes = self.kernel.get(range).unwrap_or_default();
        if bytes.is_empty() {
            return Found::None(absence);
        }
        let (certificates, rest) = lists::split(bytes);
        Found::List(CertificateList {
            certificates: certificates.iter().map(|one| one.to_vec()).collect(),
            rest: rest.to_vec(),
            offset,
            certainty,
        })
    }
}

/// Which of the lists with a size word is the one that the kernel trusts.
fn choose(lists: &[Candidate], messages: Messages) -> Result<Option<(&Candidate, Certainty)>, ImageError> {
    let strong: Vec<_> = lists.iter().filter(|list| list.kind == Kind::Trusted).collect();
    match *strong {
        [] => {}
        [list] => return Ok(Some((list, Certainty::SizeMatches))),
        _ => return Err(ImageError::Ambiguous(Ambiguity::Lists { lists: strong.len() })),
    }
    let possible: Vec<_> = lists.iter().filter(|list| list.kind == Kind::TrustedOrRevoked).collect();
    match *possible {
        [] => Ok(None),
        // The kernel prints messages, and not those of this keyring.
        _ if messages.printk && !messages.keyring => Ok(None),
        _ if messages.revocation => Err(ImageError::Ambiguous(Ambiguity::TrustedOrRevoked)),
        [list] if messages.keyring => Ok(Some((list, Certainty::SizeMatches))),
        [list] => Ok(Some((list, Certainty::StructureOnly))),
        _ => Err(ImageError::Ambiguous(Ambiguity::Lists { lists: possible.len() })),
    }
}
