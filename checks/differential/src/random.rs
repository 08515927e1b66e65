//! The source of all inputs: SHAKE128 of the seed on the command line, so that a run can be repeated.

use shake::{ExtendableOutput, Shake128, Shake128Reader, Update, XofReader};

/// A stream of bytes.
pub struct Random(Shake128Reader);

impl Random {
    /// That of a seed.
    pub fn new(seed: u64) -> Self {
        let mut hash = Shake128::default();
        hash.update(b"modsig differential");
        hash.update(&seed.to_le_bytes());
        Self(hash.finalize_xof())
    }

    /// The next bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.read(&mut bytes);
        bytes
    }

    /// The next bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.0.read(&mut bytes);
        bytes
    }

    /// A number below `bound`, which is not 0. Its bias does not matter here.
    pub fn below(&mut self, bound: usize) -> usize {
        (u64::from_le_bytes(self.array()) % bound as u64) as usize
    }

    /// One of `items`, which are some.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}
