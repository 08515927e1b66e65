//! Signatures as bytes.
//!
//! ```text
//! c̃: lambda/4 │ z: L × 576 or 640 │ hints: omega positions │ hints: K running counts
//! ```
//!
//! Everything here is public.

use crate::backend::HintPoly;
use crate::params::{N, ParameterSet, packed_len};

/// FIPS 204, Algorithm 27 (sigDecode): where the parts of a signature lie.
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

    /// FIPS 204, Algorithm 21 (HintBitUnpack), one row after the other to `each`; false for ⊥: positions not
    /// strictly rising within a row, counts that fall or pass omega, padding that is not zero.
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

    /// FIPS 204, Algorithm 20 (HintBitPack), row `i`, the rows in order. False, and nothing written, if the
    /// hints are now more than omega.
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
