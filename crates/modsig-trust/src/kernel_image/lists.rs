//! Lists of certificates in a kernel without symbols, found by their structure.
//!
//! `certs/system_certificates.S` lays out, in this order:
//!
//! ```text
//! the list         system_certificate_list: DER after DER, first the key of modules, aligned to 8 bytes
//! an area          system_extra_cert: certificates that insert-sys-cert added, then zeros; only with
//!                  CONFIG_SYSTEM_EXTRA_CERTIFICATE
//! its use          system_extra_cert_used: an int; only with the area
//! the size word    system_certificate_list_size: an unsigned long, aligned to 8 bytes or more
//! the module word  module_cert_size: how many bytes of the list are the key of modules; aligned alike
//! ```
//!
//! `certs/revocation_certificates.S` has a list and a size word, and no module word. Certificates for self-tests
//! (`crypto/asymmetric_keys/selftest_*.c`), for wireless rules (`net/wireless/certs`) and others have no size word behind
//! them: their length is in the code.

use super::Word;

/// The shortest element, in bytes: DER that begins with 30 82 has 256 bytes or more of contents.
const SHORTEST: usize = 4 + 256;

/// Between two parts: `.align 8` is 2^8 bytes on ARM and others.
const ALIGNMENT: usize = 256;

/// The largest area for certificates to insert, in bytes: 1 MiB. The default is 4 KiB.
const AREA: usize = 1 << 20;

/// A list with a size word that holds its length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
}

/// What the words after a list say about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The module word is the length of its first certificates, or certificates were inserted: only the list of trusted
    /// certificates has that.
    Trusted,
    /// The module word is zero: no key of modules is built in, or it is a list of revoked certificates, with zeros
    /// after it.
    TrustedOrRevoked,
    /// There is no module word: a list of revoked certificates, or another.
    Other,
}

/// What an image has.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    pub(super) lists: Vec<Candidate>,
    /// How many certificates there are outside of `lists`.
    pub(super) certificates: usize,
}

/// Finds all lists in time linear in the image: each run of certificates is walked once, and the zeros after it are read
/// once.
pub(super) fn find(kernel: &[u8], word: Word) -> Candidates {
    let mut found = Candidates::default();
    let mut at = 0;
    while at < kernel.len() {
        if certificate(kernel, at).is_none() {
            // The list is aligned, in the file as in memory: both begin a page alike.
            at += 8;
            continue;
        }
        let bounds = run(kernel, at);
        let end = bounds.last().copied().unwrap_or(at);
        let list = candidate(kernel, word, &bounds);
        let certificates = bounds.len() - 1;
        found.certificates += match list {
            Some(list) => bounds.iter().filter(|&&bound| bound < list.start).count(),
            None => certificates,
        };
        found.lists.extend(list);
        at = end.next_multiple_of(8).max(at + 8);
    }
    found
}

/// The bounds of a run of certificates: where the first starts, and where each ends.
fn run(kernel: &[u8], start: usize) -> Vec<usize> {
    let mut bounds = vec![start];
    let mut at = start;
    while let Some(len) = certificate(kernel, at) {
        at += len;
        bounds.push(at);
    }
    bounds
}

/// The list that ends where a run ends, if a size word says so.
fn candidate(kernel: &[u8], word: Word, bounds: &[usize]) -> Option<Candidate> {
    let (&first, &end) = (bounds.first()?, bounds.last()?);
    // The start of the list of this length. It is aligned as the words are.
    let start_of = |len: usize| {
        let start = end.checked_sub(len).filter(|start| start % 8 == first % 8)?;
        (len != 0 && bounds.binary_search(&start).is_ok()).then_some(start)
    };
    let is_bound = |at: usize| bounds.binary_search(&at).is_ok();
    let next = non_zero(kernel, end.next_multiple_of(4), AREA + 2 * ALIGNMENT)?;
    // Certificates were inserted: their length, and then the size word.
    if let Some(used) = word.read_int(kernel, next) {
        let size_at = non_zero(kernel, next + 4, ALIGNMENT).map(|at| at - at % 8);
        let list = size_at.filter(|&at| at > next).and_then(|at| word.read(kernel, at)).and_then(start_of);
        if let Some(start) = list.filter(|&start| used <= end - start && is_bound(end - used)) {
            return Some(Candidate { start, end, kind: Kind::Trusted });
        }
    }
    let size_at = next - next % 8;
    let start = word.read(kernel, size_at).and_then(start_of)?;
    let kind = match module_word(kernel, word, size_at) {
        Some(0) => Kind::TrustedOrRevoked,
        Some(len) if len <= end - start && is_bound(start + len) => Kind::Trusted,
        _ => Kind::Other,
    };
    Some(Candidate { start, end, kind })
}

/// The module word after a size word: eight bytes on, or 256 where the assembler aligns to that.
fn module_word(kernel: &[u8], word: Word, size_at: usize) -> Option<usize> {
    let near = word.read(kernel, size_at + 8)?;
    if near != 0 || !size_at.is_multiple_of(ALIGNMENT) {
        return Some(near);
    }
    let far = size_at + ALIGNMENT;
    match non_zero(kernel, size_at + 8, ALIGNMENT) {
        Some(at) if at < far => Some(0),
        _ => word.read(kernel, far),
    }
}

/// Where the next four bytes are that are not all zero, from `at` on, in steps of four, not further than `most` bytes.
fn non_zero(kernel: &[u8], at: usize, most: usize) -> Option<usize> {
    let rest = kernel.get(at..)?;
    let rest = rest.get(..most.min(rest.len()))?;
    let step = rest.chunks_exact(4).position(|four| four != [0; 4])?;
    Some(at + 4 * step)
}

/// Splits a list as Linux does (`x509_load_certificate_list`): each element begins with 30 82 and its length. Returns the
/// elements, and what is left where Linux stops.
pub(super) fn split(mut list: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut certificates = Vec::new();
    while let [0x30, 0x82, high, low, ..] = *list {
        let len = 4 + usize::from(u16::from_be_bytes([high, low]));
        let Some((certificate, rest)) = list.split_at_checked(len) else { break };
        certificates.push(certificate);
        list = rest;
    }
    (certificates, list)
}

/// The length of the certificate at this offset: a SEQUENCE of a SEQUENCE, a SEQUENCE and a BIT STRING, in DER, and
/// nothing else. `None` if there is none.
fn certificate(kernel: &[u8], at: usize) -> Option<usize> {
    let rest = kernel.get(at..)?;
    let [0x30, 0x82, high, low, ..] = *rest else { return None };
    let len = 4 + usize::from(u16::from_be_bytes([high, low]));
    let mut inside = rest.get(4..len).filter(|_| len >= SHORTEST)?;
    for tag in [0x30, 0x30, 0x03] {
        inside = inside.get(element(inside, tag)?..)?;
    }
    inside.is_empty().then_some(len)
}

/// The length of the DER element with this tag that `bytes` begins with. It may go beyond their end.
fn element(bytes: &[u8], tag: u8) -> Option<usize> {
    match *bytes {
        [first, len @ 0..=0x7f, ..] if first == tag => Some(2 + usize::from(len)),
        [first, 0x81, len, ..] if first == tag => Some(3 + usize::from(len)),
        [first, 0x82, high, low, ..] if first == tag => {
            Some(4 + usize::from(u16::from_be_bytes([high, low])))
        }
        _ => None,
    }
}
