//! The rejections of RejNTTPoly and RejBoundedPoly.

use super::pointwise::load_triples;
use super::vector::{LANES, load_bytes_16, load_eight_bytes, store, store_first};
use crate::ct::{Reason, declassify};
use crate::params::{Eta, N, Q};
use crate::poly::{Poly, UNIFORM_LEN};
use core::arch::x86_64::*;

/// Moves the triples below q to the front. One of 1024 triples is rejected. Four of five polynomials have no rejected triple;
/// in the others, all triples between two rejected ones move at once.
#[target_feature(enable = "avx2")]
pub(super) fn vartime_reject_uniform(triples: &mut [u8; UNIFORM_LEN]) -> usize {
    let mut largest = _mm256_setzero_si256();
    for eight in triples.as_chunks().0 {
        largest = _mm256_max_epi32(largest, load_triples(eight));
    }
    if _mm256_movemask_epi8(reach_q(largest)) == 0 {
        return N;
    }
    let mut kept = 0;
    // The first triple after the last rejected one.
    let mut start = 0;
    for i in 0..N / LANES {
        let eight = load_triples(&triples.as_chunks().0[i]);
        let mut rejected = _mm256_movemask_ps(_mm256_castsi256_ps(reach_q(eight)));
        while rejected != 0 {
            let end = LANES * i + rejected.trailing_zeros() as usize;
            triples.copy_within(3 * start..3 * end, 3 * kept);
            kept += end - start;
            start = end + 1;
            rejected &= rejected - 1;
        }
    }
    if start > 0 {
        triples.copy_within(3 * start..3 * N, 3 * kept);
    }
    kept + N - start
}

#[inline]
#[target_feature(enable = "avx2")]
fn reach_q(v: __m256i) -> __m256i {
    _mm256_cmpgt_epi32(v, _mm256_set1_epi32(Q - 1))
}

/// For each set of accepted bytes of eight: where they come from when they move to the front, and how many they are.
static ACCEPTED: [([u8; 8], u8); 256] = {
    let mut table = [([0; 8], 0); 256];
    let mut set = 0;
    while set < 256 {
        let mut from = 0;
        while from < 8 {
            if set >> from & 1 == 1 {
                table[set].0[table[set].1 as usize] = from;
                table[set].1 += 1;
            }
            from += 1;
        }
        set += 1;
    }
    table
};

/// FIPS 204, Algorithm 15 (CoeffFromHalfByte), as a table for `vpshufb`, and how many half-bytes are accepted.
const fn coefficients(eta: Eta) -> ([u8; 16], i8) {
    let mut table = [0; 16];
    let accepted = match eta {
        Eta::Two => 15,
        Eta::Four => 9,
    };
    let mut b = 0;
    while b < accepted {
        let coefficient: i8 = match eta {
            Eta::Two => 2 - b % 5,
            Eta::Four => 4 - b,
        };
        table[b as usize] = coefficient as u8;
        b += 1;
    }
    (table, accepted)
}

/// Appends the coefficients of the accepted half-bytes. Which are accepted is public; no address depends on other data.
#[target_feature(enable = "avx2")]
pub(super) fn reject_bounded(eta: Eta, bytes: &[u8], out: &mut Poly, mut filled: usize) -> usize {
    let (table, accepted) = match eta {
        Eta::Two => const { coefficients(Eta::Two) },
        Eta::Four => const { coefficients(Eta::Four) },
    };
    let (table, accepted) = (load_bytes_16(&table), _mm_set1_epi8(accepted));
    let mut append_16_halves = |eight: &[u8; 8]| {
        let eight = load_eight_bytes(eight);
        let halves = _mm_unpacklo_epi8(eight, _mm_srli_epi16::<4>(eight));
        let halves = _mm_and_si128(halves, _mm_set1_epi8(15));
        let set = _mm_movemask_epi8(_mm_cmpgt_epi8(accepted, halves));
        let set = declassify(set, Reason::RejectedHalfByte) as usize;
        let values = _mm_shuffle_epi8(table, halves);
        filled = append(values, set & 0xff, out, filled);
        filled = append(_mm_srli_si128::<8>(values), set >> 8, out, filled);
        filled < N
    };
    let (eights, rest) = bytes.as_chunks();
    if eights.iter().all(&mut append_16_halves) && !rest.is_empty() {
        // Half-bytes of ones are rejected.
        let mut padded = [0xff; 8];
        padded.iter_mut().zip(rest).for_each(|(padded, &byte)| *padded = byte);
        append_16_halves(&padded);
    }
    filled
}

/// Appends those of the first eight bytes that are in the set, as far as they fit.
#[inline]
#[target_feature(enable = "avx2")]
fn append(values: __m128i, set: usize, out: &mut Poly, filled: usize) -> usize {
    let (order, count) = &ACCEPTED[set];
    let moved = _mm256_cvtepi8_epi32(_mm_shuffle_epi8(values, load_eight_bytes(order)));
    let free = &mut out.0[filled..];
    match free.first_chunk_mut() {
        Some(eight) => {
            store(eight, moved);
            filled + usize::from(*count)
        }
        None => {
            store_first(free, moved);
            (filled + usize::from(*count)).min(N)
        }
    }
}
