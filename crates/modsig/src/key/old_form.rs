//! What is old about the file of a private key.

use core::fmt;

/// The form of a key that was read from an old or foreign kind of file: weak encryption, a draft form of ML-DSA, a
/// PKCS#12 file. Its text names the form, such as `PKCS#12, PBES1 (MD5 and DES)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldForm {
    words: String,
    encrypted: bool,
}

impl OldForm {
    pub(super) fn new(words: &str, encrypted: bool) -> Self {
        Self { words: words.into(), encrypted }
    }

    /// The same, inside a file of another old form.
    pub(super) fn inside(&mut self, words: &str, encrypted: bool) {
        self.words = format!("{words}, {}", self.words);
        self.encrypted |= encrypted;
    }

    /// The same, in a file whose encryption is good.
    pub(super) fn encrypted(self) -> Self {
        Self { encrypted: true, ..self }
    }

    /// Whether the file was encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }
}

impl fmt::Display for OldForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}
