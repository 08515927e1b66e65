//! Helpers of several test files.
#![allow(dead_code)]

/// SplitMix64: the same numbers in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.word() % bound as u64) as usize
    }

    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.word() as u8).collect()
    }
}

/// SHAKE128 (rate 168) or SHAKE256 (rate 136) of the concatenated parts, by another implementation.
pub(crate) fn shake(rate: usize, parts: &[&[u8]], len: usize) -> Vec<u8> {
    use shake::{ExtendableOutput, XofReader};
    fn output(mut hash: impl ExtendableOutput, parts: &[&[u8]], len: usize) -> Vec<u8> {
        parts.iter().for_each(|part| hash.update(part));
        let mut out = vec![0; len];
        hash.finalize_xof().read(&mut out);
        out
    }
    match rate {
        168 => output(shake::Shake128::default(), parts, len),
        136 => output(shake::Shake256::default(), parts, len),
        _ => panic!("{rate} is not the rate of SHAKE128 or SHAKE256"),
    }
}
