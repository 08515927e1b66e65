//! PEM (RFC 7468): the blocks of a file that may hold a private key and several certificates.

use core::fmt;

use zeroize::Zeroizing;

/// One block: its label and what it holds. Wiped when dropped: it may be a private key.
pub struct Block {
    /// The label, such as `CERTIFICATE` or `PRIVATE KEY`.
    pub label: String,
    /// Offset of the `-----BEGIN` in the file.
    pub offset: usize,
    /// The decoded contents.
    pub contents: Zeroizing<Vec<u8>>,
}

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
    /// The lines between are not base64, or the boundaries do not match.
    Malformed,
    /// More blocks than [`MAX_BLOCKS`].
    TooManyBlocks,
}

/// The most blocks that are read from one file.
pub const MAX_BLOCKS: usize = 4096;

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PEM block at offset {}: ", self.offset)?;
        match self.problem {
            PemProblem::Unterminated => write!(f, "its -----END line is missing; the file may be cut off"),
            PemProblem::Malformed => write!(f, "its lines are not base64 between matching BEGIN and END"),
            PemProblem::TooManyBlocks => write!(f, "more than {MAX_BLOCKS} blocks in one file"),
        }
    }
}

impl core::error::Error for PemError {}

/// Whether the bytes look like PEM: a `-----BEGIN ` starts a line somewhere.
pub fn looks_like_pem(bytes: &[u8]) -> bool {
    unimplemented!("{}", bytes.len())
}

/// Reads all blocks; text between them is passed over.
///
/// # Errors
/// [`PemError`] for the first block that cannot be read. A legacy encrypted key (`Proc-Type: 4,ENCRYPTED`) is a
/// block whose label is `ENCRYPTED ` and the label, with empty contents: it is recognised, not read.
pub fn blocks(bytes: &[u8]) -> Result<Vec<Block>, PemError> {
    unimplemented!("{}", bytes.len())
}

/// Writes one block, 64 characters a line.
pub fn encode(label: &'static str, contents: &[u8]) -> Zeroizing<String> {
    unimplemented!("{} {}", label, contents.len())
}
