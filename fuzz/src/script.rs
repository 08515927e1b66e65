//! Reads a fuzzer's bytes as numbers, pieces and edits. At the end of the bytes all is zero and empty.

/// The bytes that are left.
pub struct Script<'a>(pub &'a [u8]);

impl<'a> Script<'a> {
    /// The next byte.
    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// The next two bytes, big-endian.
    pub fn number(&mut self) -> usize {
        usize::from(self.byte()) << 8 | usize::from(self.byte())
    }

    /// At most `len` bytes.
    pub fn take(&mut self, len: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(len.min(self.0.len()));
        self.0 = rest;
        taken
    }

    /// A piece with its length before it, in two bytes.
    pub fn piece(&mut self) -> &'a [u8] {
        let len = self.number();
        self.take(len)
    }

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Changes `bytes` once, as the next bytes say: 1 for what is done, 2 for where, and what it needs.
    pub fn edit(&mut self, bytes: &mut Vec<u8>) {
        let what = self.byte();
        let at = self.number() % (bytes.len() + 1);
        let rest = bytes.len() - at;
        match what % 9 {
            0 if rest > 0 => bytes[at] ^= 1 << (self.byte() % 8),
            1 if rest > 0 => bytes[at] = self.byte(),
            2 => bytes.insert(at, self.byte()),
            3 if rest > 0 => drop(bytes.remove(at)),
            4 => bytes.truncate(at),
            5 => {
                let len = usize::from(self.byte()).min(rest);
                bytes.drain(at..at + len);
            }
            6 => {
                let piece_len = usize::from(self.byte() % 32);
                let piece = self.take(piece_len);
                bytes.splice(at..at, piece.iter().copied());
            }
            // Moves a piece to the front of where it stands: two neighbours change places.
            7 if rest > 1 => {
                let len = 1 + usize::from(self.byte()) % (rest / 2);
                bytes[at..at + 2 * len].rotate_left(len);
            }
            8 if rest > 0 => bytes[at] = bytes[at].wrapping_add(self.byte()),
            _ => {}
        }
    }
}

/// The bytes repeated or cut to a length. (Bytes alone seldom keep the one length that a parser wants; empty stays empty.)
pub fn fitted(bytes: &[u8], len: usize) -> Vec<u8> {
    bytes.iter().copied().cycle().take(len).collect()
}

/// Writes a piece as [`Script::piece`] reads it. At most 65,535 bytes of it.
pub fn write_piece(out: &mut Vec<u8>, piece: &[u8]) {
    let len = u16::try_from(piece.len()).unwrap_or(u16::MAX);
    out.extend(len.to_be_bytes());
    out.extend(&piece[..usize::from(len)]);
}
