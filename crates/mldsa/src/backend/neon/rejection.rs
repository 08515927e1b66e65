//! The rejections of RejNTTPoly and RejBoundedPoly.

use super::vector::{LANES, load_bytes, load_eight_bytes, load_triples_by_byte, store};
use crate::backend::portable::{coeff_from_half_byte, coeff_from_three_bytes};
use crate::ct::{Reason, declassify};
use crate::params::{Eta, N, Q};
use crate::poly::{Poly, UNIFORM_LEN};
use core::arch::aarch64::*;

/// Triples that are examined at once.
const GROUP: usize = 16;

/// Moves the triples below q to the front. One of 1024 triples is rejected. Four of five polynomials have no rejected triple;
/// in the others, all triples between two rejected ones move at once.
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn vartime_reject_uniform(triples: &mut [u8; UNIFORM_LEN]) -> usize {
    let mut any = vdupq_n_u8(0);
    for group in triples.as_chunks().0 {
        any = vorrq_u8(any, may_reach_q(group));
    }
    if vmaxvq_u8(any) == 0 {
        return N;
    }
    let mut kept = 0;
    // The first triple after the last rejected one.
    let mut start = 0;
    for i in 0..N / GROUP {
        let group: &[u8; 3 * GROUP] = &triples.as_chunks().0[i];
        if vmaxvq_u8(may_reach_q(group)) == 0 {
            continue;
        }
        for end in GROUP * i..GROUP * (i + 1) {
            let [b0, b1, b2] = triples.as_chunks().0[end];
            if coeff_from_three_bytes(b0, b1, b2) >= Q {
                triples.copy_within(3 * start..3 * end, 3 * kept);
                kept += end - start;
                start = end + 1;
            }
        }
    }
    if start > 0 {
        triples.copy_within(3 * start..3 * N, 3 * kept);
    }
    kept + N - start
}

/// Nonzero where a triple has the upper 11 bits of q = 2^23 − 2^13 + 1, the ignored bit aside: where it reaches q or is q − 1.
#[inline]
#[target_feature(enable = "neon")]
fn may_reach_q(group: &[u8; 3 * GROUP]) -> uint8x16_t {
    const { assert!(Q - 1 == 0x7f_e000) };
    let [_, b1, b2] = load_triples_by_byte(group);
    let top = vceqq_u8(vorrq_u8(b2, vdupq_n_u8(0x80)), vdupq_n_u8(0xff));
    vandq_u8(top, vcgeq_u8(b1, vdupq_n_u8(0xe0)))
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

/// FIPS 204, Algorithm 15 (CoeffFromHalfByte), as a table for `tbl`, and how many half-bytes are accepted.
fn coefficients(eta: Eta) -> ([u8; 16], u8) {
    let table = core::array::from_fn(|b| coeff_from_half_byte(eta, b as i32).1 as u8);
    match eta {
        Eta::Two => (table, 15),
        Eta::Four => (table, 9),
    }
}

/// A bit for each byte of eight, twice.
static BITS: [u8; 16] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

/// Appends the coefficients of the accepted half-bytes. Which are accepted is public; no address depends on other data.
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn reject_bounded(eta: Eta, bytes: &[u8], out: &mut Poly, mut filled: usize) -> usize {
    let (table, accepted) = coefficients(eta);
    let (table, accepted, bits) = (load_bytes(&table), vdupq_n_u8(accepted), load_bytes(&BITS));
    let (eights, rest) = bytes.as_chunks();
    // Half-bytes of ones are rejected.
    let mut padded = [0xff; 8];
    padded.iter_mut().zip(rest).for_each(|(padded, &byte)| *padded = byte);
    for eight in eights.iter().chain([&padded]) {
        if filled == N {
            break;
        }
        let eight = load_eight_bytes(eight);
        let (low, high) = (vand_u8(eight, vdup_n_u8(15)), vshr_n_u8::<4>(eight));
        let halves = vcombine_u8(vzip1_u8(low, high), vzip2_u8(low, high));
        let sets = vandq_u8(vcltq_u8(halves, accepted), bits);
        // Each byte of a half has its own bit, so the sum is the set.
        let first = vaddv_u8(vget_low_u8(sets));
        let second = vaddv_u8(vget_high_u8(sets));
        let [first, second] = declassify([first, second], Reason::RejectedHalfByte);
        // The table is in a register: no address depends on a half-byte.
        let values = vqtbl1q_u8(table, halves);
        filled = append(vget_low_u8(values), first, out, filled);
        filled = append(vget_high_u8(values), second, out, filled);
    }
    filled
}

/// Appends those of the eight bytes that are in the set, as far as they fit.
#[inline]
#[target_feature(enable = "neon")]
fn append(values: uint8x8_t, set: u8, out: &mut Poly, filled: usize) -> usize {
    let (order, count) = &ACCEPTED[usize::from(set)];
    let moved = vmovl_s8(vreinterpret_s8_u8(vtbl1_u8(values, load_eight_bytes(order))));
    let (low, high) = (vmovl_s16(vget_low_s16(moved)), vmovl_high_s16(moved));
    let free = &mut out.0[filled..];
    if let Some(eight) = free.first_chunk_mut::<{ 2 * LANES }>() {
        let fours = eight.as_chunks_mut().0;
        store(&mut fours[0], low);
        store(&mut fours[1], high);
        filled + usize::from(*count)
    } else {
        let mut eight = [0; 2 * LANES];
        let fours = eight.as_chunks_mut().0;
        store(&mut fours[0], low);
        store(&mut fours[1], high);
        free.iter_mut().zip(&eight).for_each(|(free, value)| *free = *value);
        crate::poly::wipe(&mut eight);
        (filled + usize::from(*count)).min(N)
    }
}
