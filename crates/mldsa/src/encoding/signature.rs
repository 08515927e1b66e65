//! Signatures as bytes.
//!
//! ```text
//! c̃: lambda/4 │ z: L × 576 or 640 │ hints: omega positions │ hints: K running counts
//! ```
//!
//! Everything here is public.

use crate::backend::HintPoly;
use crate::params::{N, ParameterSet, packed_len};

/// FIPS 204, Algorithm 27 (sigDecode): the parts of a signature.
pub(crate) struct SignatureParts<'a> {
    pub(crate) c_tilde: &'a [u8],
    z_len: usize,
    z: &'a [u8],
    hints: &'a [u8],
}

impl<'a> SignatureParts<'a> {
    pub(crate) fn new<P: ParameterSet>(signature: &'a P::SignatureBytes) -> Self {
        let z_len = packed_len(P::GAMMA1.bits());
        let (c_tilde, rest) = signature.as_ref().split_at(P::C_TILDE_LEN);
        let (z, hints) = rest.split_at(P::L * z_len);
        Self { c_tilde, z_len, z, hints }
    }

    /// The packed z\[j\].
    pub(crate) fn z(&self, j: usize) -> &'a [u8] {
        &self.z[j * self.z_len..(j + 1) * self.z_len]
    }

    /// FIPS 204, Algorithm 21 (HintBitUnpack), into `hints`, one element for each row. Returns false for ⊥: positions that are
    /// not strictly increasing within a row, counts that decrease or exceed omega, or padding that is not zero.
    pub(crate) fn vartime_hint_bit_unpack<P: ParameterSet>(&self, hints: &mut [HintPoly]) -> bool {
        let (positions, counts) = self.hints.split_at(P::OMEGA);
        let mut index = 0;
        for (hint, &count) in hints.iter_mut().zip(counts) {
            let count = usize::from(count);
            if count < index || count > P::OMEGA {
                return false;
            }
            let row = &positions[index..count];
            if row.windows(2).any(|pair| pair[0] >= pair[1]) {
                return false;
            }
            *hint = HintPoly::default();
            for &position in row {
                hint.0[usize::from(position) / 64] |= 1 << (position % 64);
            }
            index = count;
        }
        positions[index..].iter().all(|&padding| padding == 0)
    }
}

/// FIPS 204, Algorithm 26 (sigEncode): where to write the parts of a signature.
pub(crate) struct SignatureWriter<'a> {
    pub(crate) bytes: &'a mut [u8],
    z: usize,
    z_len: usize,
    hints: usize,
    omega: usize,
    /// Positions written so far.
    written: usize,
}

impl<'a> SignatureWriter<'a> {
    pub(crate) fn new<P: ParameterSet>(signature: &'a mut P::SignatureBytes) -> Self {
        let z_len = packed_len(P::GAMMA1.bits());
        let hints = P::C_TILDE_LEN + P::L * z_len;
        Self { bytes: signature.as_mut(), z: P::C_TILDE_LEN, z_len, hints, omega: P::OMEGA, written: 0 }
    }

    pub(crate) fn c_tilde(&mut self) -> &mut [u8] {
        &mut self.bytes[..self.z]
    }

    pub(crate) fn z(&mut self, j: usize) -> &mut [u8] {
        &mut self.bytes[self.z + j * self.z_len..self.z + (j + 1) * self.z_len]
    }

    /// Starts the hints of an attempt: no positions, counts and padding zero.
    pub(crate) fn clear_hints(&mut self) {
        self.bytes[self.hints..].fill(0);
        self.written = 0;
    }

    /// FIPS 204, Algorithm 20 (HintBitPack), row `i`; the caller passes the rows in order. Returns false and writes nothing if
    /// there would be more than omega hints.
    pub(crate) fn vartime_hint_bit_pack(&mut self, i: usize, hint: &HintPoly) -> bool {
        if self.written + hint.weight() > self.omega {
            return false;
        }
        for (word, &bits) in hint.0.iter().enumerate() {
            let mut bits = bits;
            while bits != 0 {
                self.bytes[self.hints + self.written] = (word * 64) as u8 + bits.trailing_zeros() as u8;
                self.written += 1;
                bits &= bits - 1;
            }
        }
        self.bytes[self.hints + self.omega + i] = self.written as u8;
        true
    }
}

const _: () = assert!(N == 4 * 64 && N <= 1 << u8::BITS);

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::params::{Array, MlDsa44, MlDsa65, MlDsa87};
    use std::{vec, vec::Vec};

    /// A row of `count` hints, from position 0 to 255 and on both sides of each word boundary.
    fn row(count: usize) -> HintPoly {
        let edges = [0, 255, 63, 64, 127, 128, 191, 192];
        let mut hint = HintPoly::default();
        for position in edges.into_iter().chain((1..255).filter(|i| matches!(i % 4, 1 | 2))).take(count) {
            hint.0[position / 64] |= 1 << (position % 64);
        }
        assert_eq!(hint.weight(), count);
        hint
    }

    /// The largest permitted number of hints, unevenly distributed: the second row has none, the last row the rest.
    fn most_hints<P: ParameterSet>() -> Vec<HintPoly> {
        let first = [9, 0, 7].into_iter().chain(std::iter::repeat(8)).take(P::K - 1).collect::<Vec<_>>();
        let last = P::OMEGA - first.iter().sum::<usize>();
        first.into_iter().chain([last]).map(row).collect()
    }

    /// Algorithm 20, literally.
    fn literal<P: ParameterSet>(hints: &[HintPoly]) -> Vec<u8> {
        let (mut y, mut index) = (vec![0; P::OMEGA + P::K], 0);
        for (i, hint) in hints.iter().enumerate() {
            for j in (0..N).filter(|j| hint.0[j / 64] >> (j % 64) & 1 == 1) {
                y[index] = j as u8;
                index += 1;
            }
            y[P::OMEGA + i] = index as u8;
        }
        y
    }

    fn unpack<P: ParameterSet>(y: &[u8]) -> Option<Vec<HintPoly>> {
        let mut signature = P::SignatureBytes::ZEROED;
        signature.as_mut()[P::SIGNATURE_LEN - y.len()..].copy_from_slice(y);
        // Old contents must be overwritten.
        let mut hints = vec![HintPoly([u64::MAX; 4]); P::K];
        SignatureParts::new::<P>(&signature).vartime_hint_bit_unpack::<P>(&mut hints).then_some(hints)
    }

    fn exactly_omega<P: ParameterSet>() {
        let hints = most_hints::<P>();
        let mut signature = P::SignatureBytes::ZEROED;
        signature.as_mut().fill(0xaa);
        let mut writer = SignatureWriter::new::<P>(&mut signature);
        // An attempt that was rejected leaves nothing.
        writer.clear_hints();
        assert!(writer.vartime_hint_bit_pack(0, &row(3)));
        writer.clear_hints();
        for (i, hint) in hints.iter().enumerate() {
            assert!(writer.vartime_hint_bit_pack(i, hint), "{} {i}", P::NAME);
        }
        let (before, y) = signature.as_ref().split_at(P::SIGNATURE_LEN - P::OMEGA - P::K);
        assert_eq!(y, literal::<P>(&hints));
        assert!(before.iter().all(|&byte| byte == 0xaa));
        assert_eq!(unpack::<P>(y), Some(hints));
    }

    /// Kills: one hint too few or too many, the count of a row at the index of another, positions off by a word.
    #[test]
    fn omega_hints_are_packed_and_unpacked() {
        exactly_omega::<MlDsa44>();
        exactly_omega::<MlDsa65>();
        exactly_omega::<MlDsa87>();
    }

    fn more_than_omega<P: ParameterSet>() {
        let mut hints = most_hints::<P>();
        let last = hints.pop().expect("K rows");
        let mut signature = P::SignatureBytes::ZEROED;
        let mut writer = SignatureWriter::new::<P>(&mut signature);
        writer.clear_hints();
        for (i, hint) in hints.iter().enumerate() {
            assert!(writer.vartime_hint_bit_pack(i, hint));
        }
        let before = writer.bytes.to_vec();
        for more in [1, 2, 40] {
            assert!(
                !writer.vartime_hint_bit_pack(P::K - 1, &row(last.weight() + more)),
                "{} {more}",
                P::NAME
            );
            assert_eq!(writer.bytes, before);
        }
        assert!(writer.vartime_hint_bit_pack(P::K - 1, &last));
    }

    #[test]
    fn more_hints_than_omega_are_not_packed() {
        more_than_omega::<MlDsa44>();
        more_than_omega::<MlDsa65>();
        more_than_omega::<MlDsa87>();
    }

    fn malformed<P: ParameterSet>() {
        let full = literal::<P>(&most_hints::<P>());
        let some = literal::<P>(&[vec![row(3)], vec![row(0); P::K - 2], vec![row(2)]].concat());
        let none = literal::<P>(&vec![row(0); P::K]);
        assert!([&full, &some, &none].into_iter().all(|y| unpack::<P>(y).is_some()));
        let refused = |y: &[u8], changes: &[(usize, u8)]| {
            let mut y = y.to_vec();
            changes.iter().for_each(|&(at, value)| y[at] = value);
            assert_eq!(unpack::<P>(&y), None, "{} {changes:?}", P::NAME);
        };
        let (count, omega) = (P::OMEGA, P::OMEGA as u8);
        // Positions 0, 63, 255, and 0, 255: equal and falling ones, also at the end of a row.
        refused(&some, &[(1, 0)]);
        refused(&some, &[(1, 255)]);
        refused(&some, &[(2, 62)]);
        refused(&some, &[(4, 0)]);
        // Counts 3, 3, …, 5: decreasing, more than omega, more than all bytes.
        refused(&some, &[(count + 1, 2)]);
        refused(&some, &[(count + P::K - 1, 2)]);
        refused(&full, &[(count + P::K - 1, omega + 1)]);
        refused(&full, &[(count + P::K - 1, 255)]);
        refused(&none, &[(count, omega + 1), (count + 1, omega + 1)]);
        // Padding: its first and its last byte.
        refused(&some, &[(5, 1)]);
        refused(&some, &[(P::OMEGA - 1, 1)]);
        refused(&none, &[(0, 1)]);
        refused(&full, &[(count + P::K - 1, omega - 1)]);
    }

    /// Every form of CVE-2026-24850 and related faults, for each set.
    #[test]
    fn malformed_hints_are_refused() {
        malformed::<MlDsa44>();
        malformed::<MlDsa65>();
        malformed::<MlDsa87>();
    }
}
