//! PEM (RFC 7468): the blocks of a file that may contain a private key and several certificates.
//!
//! This module finds the blocks; `pem-rfc7468` decodes each.

use core::fmt;

use der::pem::{Decoder, LineEnding};
use zeroize::Zeroizing;

/// One block: its label and its contents. Wiped when dropped, because it may be a private key.
pub struct Block {
    /// The label, such as `CERTIFICATE` or `PRIVATE KEY`.
    pub label: String,
    /// The value of `DEK-Info:` if the contents are encrypted as in RFC 1421 (`Proc-Type: 4,ENCRYPTED`): the cipher and
    /// its IV, such as `AES-256-CBC,0123…`.
    pub dek_info: Option<String>,
    /// Offset of the `-----BEGIN` in the file.
    pub offset: usize,
    /// The decoded contents.
    pub contents: Zeroizing<Vec<u8>>,
}

/// The most blocks that are read from one file.
pub const MAX_BLOCKS: usize = 4096;

const BEGIN: &[u8] = b"-----BEGIN ";
const DASHES: &[u8] = b"-----";

/// A PEM block that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PemError {
    /// Offset of the block in the file.
    pub offset: usize,
    /// What is wrong.
    pub problem: PemProblem,
}

/// What is wrong with a PEM block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PemProblem {
    /// The `-----END` line is missing.
    Unterminated,
    /// The lines are not base64, or the boundaries do not match.
    Malformed,
    /// More blocks than [`MAX_BLOCKS`].
    TooManyBlocks,
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PEM block at offset {}: ", self.offset)?;
        match self.problem {
            PemProblem::Unterminated => write!(f, "its -----END line is missing; the file may be truncated"),
            PemProblem::Malformed => {
                write!(f, "its lines are not base64 between matching BEGIN and END; get the file again")
            }
            PemProblem::TooManyBlocks => {
                write!(f, "more than {MAX_BLOCKS} blocks in one file; split it")
            }
        }
    }
}

impl core::error::Error for PemError {}

/// Whether the bytes are PEM rather than DER: a line starts with `-----BEGIN `, and the first bytes are not those of a
/// DER sequence of 128 bytes or more (30 81 … 30 84; `scripts/sign-file` uses the same rule).
pub fn looks_like_pem(bytes: &[u8]) -> bool {
    !matches!(bytes, [0x30, 0x81..=0x84, ..]) && find_begin(bytes, 0).is_some()
}

/// UTF-8's byte order mark, which some editors write before the first line.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The offset of the next `-----BEGIN ` that starts a line, at or after `from`. A byte order mark may precede the first
/// line.
fn find_begin(bytes: &[u8], from: usize) -> Option<usize> {
    let tail = bytes.get(from..)?;
    let starts_line = |at: usize| match bytes.get(..at) {
        Some([] | [.., b'\n' | b'\r']) => true,
        before => before == Some(BYTE_ORDER_MARK),
    };
    tail.windows(BEGIN.len())
        .enumerate()
        .filter(|(_, window)| *window == BEGIN)
        .map(|(at, _)| from + at)
        .find(|&at| starts_line(at))
}

/// Reads all blocks; text between them is ignored.
///
/// # Errors
/// [`PemError`] for the first block that cannot be read.
pub fn blocks(bytes: &[u8]) -> Result<Vec<Block>, PemError> {
    let mut blocks = Vec::new();
    let mut from = 0;
    while let Some(offset) = find_begin(bytes, from) {
        let error = |problem| PemError { offset, problem };
        if blocks.len() == MAX_BLOCKS {
            return Err(error(PemProblem::TooManyBlocks));
        }
        let block = bytes.get(offset..).unwrap_or_default();
        let after_begin = block.get(BEGIN.len()..).unwrap_or_default();
        let label_len = find(after_begin, DASHES).ok_or(error(PemProblem::Malformed))?;
        let label = after_begin.get(..label_len).unwrap_or_default();
        let end = [b"-----END ", label, DASHES].concat();
        let body_len = find(block, &end).ok_or(error(PemProblem::Unterminated))?;
        let (block, _) = block.split_at(body_len + end.len());
        from = offset + block.len();
        let (label, contents, dek_info) = decode(block).ok_or(error(PemProblem::Malformed))?;
        blocks.push(Block { label, dek_info, offset, contents });
    }
    Ok(blocks)
}

/// Decodes one block from its `-----BEGIN` to the end of its `-----END` line: label, contents and DEK-Info.
fn decode(block: &[u8]) -> Option<(String, Zeroizing<Vec<u8>>, Option<String>)> {
    if find(block, b"Proc-Type:").is_some() {
        return decode_encrypted(block);
    }
    let (label, contents) = decode_plain(block)?;
    Some((label, contents, None))
}

fn decode_plain(block: &[u8]) -> Option<(String, Zeroizing<Vec<u8>>)> {
    let mut decoder = Decoder::new_detect_wrap(block).ok()?;
    let mut contents = Zeroizing::new(vec![0; decoder.remaining_len()]);
    decoder.decode(&mut contents).ok()?;
    Some((decoder.type_label().into(), contents))
}

/// Decodes a block with the headers of RFC 1421 §4.6: `Proc-Type: 4,ENCRYPTED`, `DEK-Info: …`, an empty line.
fn decode_encrypted(block: &[u8]) -> Option<(String, Zeroizing<Vec<u8>>, Option<String>)> {
    let text = core::str::from_utf8(block).ok()?;
    let mut lines = text.lines();
    let mut plain = String::with_capacity(text.len());
    plain.push_str(lines.next()?);
    let (mut encrypted, mut dek_info) = (false, None);
    for line in lines.by_ref().take_while(|line| !line.trim().is_empty()) {
        let (name, value) = line.split_once(':')?;
        match name {
            "Proc-Type" => encrypted = value.trim() == "4,ENCRYPTED",
            "DEK-Info" => dek_info = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    for line in lines {
        plain.push('\n');
        plain.push_str(line);
    }
    if !encrypted || dek_info.is_none() {
        return None;
    }
    let (label, contents) = decode_plain(plain.as_bytes())?;
    Some((label, contents, dek_info))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

/// Writes one block, with 64 characters a line and a newline at the end.
pub fn encode(label: &'static str, contents: &[u8]) -> Zeroizing<String> {
    let text = der::pem::encode_string(label, LineEnding::LF, contents);
    // The encoder fails only for labels that are not printable and lengths that overflow; neither is possible here.
    Zeroizing::new(text.unwrap_or_default())
}

/// The labels of blocks, separated by commas, for messages: the first eight, each truncated if it is long.
pub(crate) fn labels(blocks: &[Block]) -> String {
    const MOST: usize = 8;
    const LONGEST: usize = 40;
    let first = blocks.iter().take(MOST);
    let mut labels: Vec<String> = first.map(|block| block.label.chars().take(LONGEST).collect()).collect();
    if let more @ 1.. = blocks.len().saturating_sub(MOST) {
        labels.push(format!("and {more} more"));
    }
    labels.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: only the first block read; CRLF rejected; text before a block read as part of a block.
    #[test]
    fn finds_every_block_and_passes_over_text() {
        let text = "preamble -----BEGIN NOT A LINE-----\n-----BEGIN A-----\r\nAAEC\r\n-----END A-----\r\nbetween\n\
                    -----BEGIN B-----\nAwQF\n-----END B-----";
        let found: Vec<_> =
            blocks(text.as_bytes()).unwrap().into_iter().map(|b| (b.label, b.contents.to_vec())).collect();
        assert_eq!(found, [("A".into(), vec![0, 1, 2]), ("B".into(), vec![3, 4, 5])]);
    }

    /// Kills: a byte order mark that hides the first block; a byte order mark elsewhere read as the end of a line.
    #[test]
    fn a_byte_order_mark_is_passed_over() {
        let block = "-----BEGIN A-----\nAAEC\n-----END A-----\n";
        assert!(looks_like_pem(format!("\u{feff}{block}").as_bytes()));
        assert_eq!(blocks(format!("\u{feff}{block}").as_bytes()).unwrap()[0].offset, 3);
        assert!(!looks_like_pem(format!("x\u{feff}{block}").as_bytes()));
    }

    #[test]
    fn names_what_is_wrong() {
        let problem = |text: &str| blocks(text.as_bytes()).err().map(|error| (error.offset, error.problem));
        assert_eq!(problem("x\n-----BEGIN A-----\nAAEC\n"), Some((2, PemProblem::Unterminated)));
        assert_eq!(problem("-----BEGIN A-----\n!!!!\n-----END A-----\n"), Some((0, PemProblem::Malformed)));
        assert_eq!(
            problem("-----BEGIN A-----\nAAEC\n-----END B-----\n"),
            Some((0, PemProblem::Unterminated))
        );
        assert_eq!(problem("-----BEGIN A"), Some((0, PemProblem::Malformed)));
        assert_eq!(problem("nothing"), None);
    }

    /// Kills: a message of megabytes.
    #[test]
    fn labels_in_messages_are_few_and_short() {
        let long = "A".repeat(5000);
        let text = format!("-----BEGIN {long}-----\nAAEC\n-----END {long}-----\n").repeat(100);
        let labels = labels(&blocks(text.as_bytes()).unwrap());
        assert!(labels.len() < 400 && labels.ends_with("and 92 more"), "{labels}");
        assert_eq!(super::labels(&[]), "");
    }

    /// Kills: headers read as base64; an encrypted block read as a plain one; the IV lost.
    #[test]
    fn reads_the_headers_of_an_encrypted_block() {
        let block = |headers: &str| {
            format!("-----BEGIN RSA PRIVATE KEY-----\n{headers}AAEC\n-----END RSA PRIVATE KEY-----\n")
        };
        let good = block("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011\n\n");
        for text in [good.clone(), good.replace('\n', "\r\n")] {
            let blocks = blocks(text.as_bytes()).unwrap();
            assert_eq!(blocks[0].label, "RSA PRIVATE KEY");
            assert_eq!(blocks[0].dek_info.as_deref(), Some("AES-128-CBC,0011"));
            assert_eq!(*blocks[0].contents, [0, 1, 2]);
        }
        assert_eq!(blocks(block("").as_bytes()).unwrap()[0].dek_info, None);
        for headers in [
            "Proc-Type: 4,ENCRYPTED\n\n",
            "Proc-Type: 4,MIC-CLEAR\nDEK-Info: AES-128-CBC,0011\n\n",
            "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0011\n",
        ] {
            let error = blocks(block(headers).as_bytes()).err().map(|error| error.problem);
            assert_eq!(error, Some(PemProblem::Malformed), "{headers}");
        }
    }
}
