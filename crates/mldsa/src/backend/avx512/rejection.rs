//! Rejection sampling. Accepted values are compressed in registers and stored as whole vectors: `vpcompressd` to memory is
//! very slow on Zen 4.

use super::pointwise::{GROUP, TRIPLES, coeff_from_three_bytes, spread};
use super::vector::{
    LANES, first_bytes, load_bytes, load_up_to_32_bytes, store, store_triples, store_up_to_16,
};
use crate::ct::{Reason, declassify};
use crate::params::{Eta, N, Q};
use crate::poly::{Poly, UNIFORM_LEN};
use core::arch::x86_64::*;

/// For `vpermb`: the three lower bytes of each 32-bit lane, without gaps.
static JOIN: [u8; 64] = {
    let mut bytes = [0; 64];
    let mut i = 0;
    while i < TRIPLES {
        bytes[i] = (i / 3 * 4 + i % 3) as u8;
        i += 1;
    }
    bytes
};

#[target_feature(enable = "avx512bw,avx512vbmi")]
pub(super) fn vartime_reject_uniform(triples: &mut [u8; UNIFORM_LEN]) -> usize {
    let mut largest = [_mm512_setzero_si512(); GROUP];
    for group in triples.as_chunks().0 {
        for (largest, vector) in largest.iter_mut().zip(spread(group)) {
            *largest = _mm512_max_epu32(*largest, coeff_from_three_bytes(vector));
        }
    }
    let [a, b, c, d] = largest;
    let largest = _mm512_max_epu32(_mm512_max_epu32(a, b), _mm512_max_epu32(c, d));
    let q = _mm512_set1_epi32(Q);
    // Four polynomials of five have no rejection.
    if _mm512_cmpge_epu32_mask(largest, q) == 0 {
        return N;
    }
    let mut kept = 0;
    for group in 0..N / LANES / GROUP {
        for (i, vector) in spread(&triples.as_chunks().0[group]).into_iter().enumerate() {
            let below_q = _mm512_cmplt_epu32_mask(coeff_from_three_bytes(vector), q);
            let none = below_q == !0;
            // Nothing moves before the first rejection. Later triples move down, never onto a later group.
            if !none || kept < LANES * (GROUP * group + i) {
                // With the ignored bit: the bytes do not change.
                let compressed = _mm512_maskz_compress_epi32(below_q, vector);
                if let Some(to) = triples[3 * kept..].first_chunk_mut() {
                    store_triples(to, _mm512_permutexvar_epi8(load_bytes(&JOIN), compressed));
                }
            }
            kept += if none { LANES } else { below_q.count_ones() as usize };
        }
    }
    kept
}

/// [`coeff_from_half_byte`](crate::backend::portable::coeff_from_half_byte) of all half-bytes, four times for `vpshufb`.
const fn half_byte_table(eta: Eta) -> [u8; 64] {
    let mut table = [0; 64];
    let mut i = 0;
    while i < 64 {
        let half = (i % 16) as i32;
        table[i] = match eta {
            Eta::Two => 2 - half % 5,
            Eta::Four => 4 - half,
        } as u8;
        i += 1;
    }
    table
}

static TABLE_TWO: [u8; 64] = half_byte_table(Eta::Two);
static TABLE_FOUR: [u8; 64] = half_byte_table(Eta::Four);

#[target_feature(enable = "avx512bw,avx512vl,avx512vbmi2")]
pub(super) fn reject_bounded(eta: Eta, bytes: &[u8], out: &mut Poly, mut filled: usize) -> usize {
    let (table, accepted_below) = match eta {
        Eta::Two => (load_bytes(&TABLE_TWO), 15),
        Eta::Four => (load_bytes(&TABLE_FOUR), 9),
    };
    let accepted_below = _mm512_set1_epi8(accepted_below);
    for bytes in bytes.chunks(32) {
        // Extend a byte to 16 bits, with its upper half in the upper byte: the half-bytes in order.
        let words = _mm512_cvtepu8_epi16(load_up_to_32_bytes(bytes));
        let halves = _mm512_or_si512(words, _mm512_slli_epi16::<4>(words));
        let halves = _mm512_and_si512(halves, _mm512_set1_epi8(15));
        let present = first_bytes(2 * bytes.len());
        let accepted = _mm512_mask_cmplt_epu8_mask(present, halves, accepted_below);
        let accepted = declassify(accepted, Reason::RejectedHalfByte);
        // The table is in a register: no address depends on a half-byte.
        let coefficients = _mm512_shuffle_epi8(table, halves);
        let kept = _mm512_maskz_compress_epi8(accepted, coefficients);

        let count = accepted.count_ones() as usize;
        let quarters = [
            _mm512_castsi512_si128(kept),
            _mm512_extracti32x4_epi32::<1>(kept),
            _mm512_extracti32x4_epi32::<2>(kept),
            _mm512_extracti32x4_epi32::<3>(kept),
        ];
        let rest = &mut out.0[filled.min(N)..];
        if let Some(free) = rest.first_chunk_mut::<64>() {
            for (free, quarter) in free.as_chunks_mut().0.iter_mut().zip(quarters) {
                store(free, _mm512_cvtepi8_epi32(quarter));
            }
        } else {
            for (free, quarter) in rest.chunks_mut(LANES).zip(quarters) {
                store_up_to_16(free, _mm512_cvtepi8_epi32(quarter));
            }
        }
        filled = (filled + count).min(N);
    }
    filled
}
