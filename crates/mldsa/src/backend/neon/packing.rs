//! Packing at any number of bits up to 20.

use super::vector::{LANES, load, load_bytes, store, store_bytes};
use crate::params::N;
use crate::poly::Poly;
use core::arch::aarch64::*;

/// Packs a vector or more into as many whole bytes as they fill, and stores these over the padding of the previous ones.
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn pack<const BITS: usize>(from: Option<i32>, w: &Poly, out: &mut [u8]) {
    match from {
        None => pack_each::<BITS>(|i| load(&w.0.as_chunks().0[i]), out),
        Some(from) => {
            let from = vdupq_n_s32(from);
            pack_each::<BITS>(|i| vsubq_s32(from, load(&w.0.as_chunks().0[i])), out);
        }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn pack_each<const BITS: usize>(vector: impl Fn(usize) -> int32x4_t, out: &mut [u8]) {
    // Callers slice `out` by the same lengths, so the whole polynomial fits.
    let out = &mut out[..N / 8 * BITS];
    let step = const { vectors_together(BITS) };
    let len = LANES * step * BITS / 8;
    for i in 0..N / LANES / step {
        let packed = match step {
            4 => join_8::<BITS>([vector(4 * i), vector(4 * i + 1), vector(4 * i + 2), vector(4 * i + 3)]),
            2 => join_16::<BITS>([vector(2 * i), vector(2 * i + 1)]),
            _ => join_32::<BITS>(vector(i)),
        };
        match out[len * i..].first_chunk_mut() {
            Some(bytes) => store_bytes(bytes, packed),
            None => {
                let mut bytes = [0; 16];
                store_bytes(&mut bytes, packed);
                out[len * i..].iter_mut().zip(&bytes).for_each(|(out, byte)| *out = *byte);
                crate::poly::wipe(&mut bytes);
            }
        }
    }
}

/// How many vectors are packed into at most 16 bytes.
const fn vectors_together(bits: usize) -> usize {
    match bits {
        0..=8 => 4,
        9..=16 => 2,
        _ => 1,
    }
}

/// 16 coefficients of at most 8 bits.
#[inline]
#[target_feature(enable = "neon")]
fn join_8<const BITS: usize>([a, b, c, d]: [int32x4_t; 4]) -> uint8x16_t {
    // The four coefficients of a vector side by side in 32 bits.
    let shifts = [0, BITS as i32, 2 * BITS as i32, 3 * BITS as i32];
    let shifts = load(&shifts);
    let [a, b, c, d] =
        [vshlq_s32(a, shifts), vshlq_s32(b, shifts), vshlq_s32(c, shifts), vshlq_s32(d, shifts)];
    join_64(vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d)), 4 * BITS)
}

/// Eight coefficients of at most 16 bits.
#[inline]
#[target_feature(enable = "neon")]
fn join_16<const BITS: usize>([a, b]: [int32x4_t; 2]) -> uint8x16_t {
    // The two coefficients of a pair side by side in 32 bits.
    let shifts = load(&[0, BITS as i32, 0, BITS as i32]);
    join_64(vpaddq_s32(vshlq_s32(a, shifts), vshlq_s32(b, shifts)), 2 * BITS)
}

/// Four coefficients of at most 20 bits.
#[inline]
#[target_feature(enable = "neon")]
fn join_32<const BITS: usize>(a: int32x4_t) -> uint8x16_t {
    join_64(a, BITS)
}

/// Joins four lanes of `bits` bits.
#[inline]
#[target_feature(enable = "neon")]
fn join_64(v: int32x4_t, bits: usize) -> uint8x16_t {
    // Shift even lanes up, so that they touch the odd ones; then shift both down.
    let gap = 32 - bits as i32;
    let touching = vshlq_s32(v, load(&[gap, 0, gap, 0]));
    let pairs = vreinterpretq_u64_s32(touching);
    let bits = 2 * bits as i64;
    let pairs = vshlq_u64(pairs, vdupq_n_s64(-i64::from(gap)));
    if bits % 8 == 0 {
        // The bytes of both 64-bit lanes without the gap between them.
        return vqtbl1q_u8(vreinterpretq_u8_u64(pairs), load_bytes(&without_gap(bits as u8 / 8)));
    }
    // The low part of the upper lane joins the lower one, the rest is shifted down.
    let upper = vextq_u64::<1>(pairs, vdupq_n_u64(0));
    let low = vshlq_u64(upper, vdupq_n_s64(bits));
    let rest = vshlq_u64(pairs, vcombine_s64(vdup_n_s64(0), vdup_n_s64(bits - 64)));
    vreinterpretq_u8_u64(vorrq_u64(rest, low))
}

/// For `tbl`: the first `len` bytes of each half, then zeros.
#[inline(always)]
const fn without_gap(len: u8) -> [u8; 16] {
    let mut table = [0xff; 16];
    let mut i = 0;
    while i < len && i < 8 {
        table[i as usize] = i;
        table[(i + len) as usize] = 8 + i;
        i += 1;
    }
    table
}

/// How to extract eight coefficients from `BITS` bytes, four at a time: which bytes a lane needs, and how far to shift them.
struct Fields {
    bytes: [[u8; 16]; 2],
    shift: [[i32; LANES]; 2],
}

impl Fields {
    /// Above 16 bits the second four are extracted from the last 16 of the bytes.
    const fn new(bits: usize) -> Self {
        let mut fields = Self { bytes: [[0xff; 16]; 2], shift: [[0; LANES]; 2] };
        let mut lane = 0;
        while lane < 2 * LANES {
            let first = bits * lane;
            let last = first + bits - 1;
            let base = if bits > 16 && lane >= LANES { bits - 16 } else { 0 };
            let mut byte = first / 8;
            while byte <= last / 8 {
                fields.bytes[lane / LANES][4 * (lane % LANES) + byte - first / 8] = (byte - base) as u8;
                byte += 1;
            }
            // Negative: to the right.
            fields.shift[lane / LANES][lane % LANES] = -((first % 8) as i32);
            lane += 1;
        }
        fields
    }
}

/// Unpacks: each lane selects the bytes that contain its bits, then shifts and masks them.
#[inline(never)]
#[target_feature(enable = "neon")]
pub(super) fn unpack<const BITS: usize>(from: Option<i32>, bytes: &[u8], w: &mut Poly) {
    match from {
        None => unpack_each::<BITS>(bytes, w, |v| v),
        Some(from) => {
            let from = vdupq_n_s32(from);
            unpack_each::<BITS>(bytes, w, |v| vsubq_s32(from, v));
        }
    }
}

#[inline]
#[target_feature(enable = "neon")]
fn unpack_each<const BITS: usize>(bytes: &[u8], w: &mut Poly, finish: impl Fn(int32x4_t) -> int32x4_t) {
    let fields = const { Fields::new(BITS) };
    // Callers slice `bytes` by the same lengths, so they contain the whole polynomial.
    let bytes = &bytes[..N / 8 * BITS];
    let tables = [load_bytes(&fields.bytes[0]), load_bytes(&fields.bytes[1])];
    let shifts = [load(&fields.shift[0]), load(&fields.shift[1])];
    let mask = vdupq_n_u32((1 << BITS) - 1);
    let extract = |bytes: uint8x16_t, table: uint8x16_t, shift: int32x4_t| {
        let spread = vreinterpretq_u32_u8(vqtbl1q_u8(bytes, table));
        finish(vreinterpretq_s32_u32(vandq_u32(vshlq_u32(spread, shift), mask)))
    };
    for (i, w) in w.0.as_chunks_mut::<{ 2 * LANES }>().0.iter_mut().enumerate() {
        let from = &bytes[BITS * i..];
        let vectors = if BITS > 16 {
            let (first, last) = (from.first_chunk(), from[..BITS].last_chunk());
            [first, last].map(|bytes| load_bytes(bytes.unwrap_or(&[0; 16])))
        } else if let Some(first) = from.first_chunk() {
            [load_bytes(first); 2]
        } else {
            // Close to the end: load what is left.
            let mut last = [0; 16];
            last.iter_mut().zip(from).for_each(|(last, byte)| *last = *byte);
            let vector = load_bytes(&last);
            crate::poly::wipe(&mut last);
            [vector; 2]
        };
        let fours = w.as_chunks_mut().0;
        store(&mut fours[0], extract(vectors[0], tables[0], shifts[0]));
        store(&mut fours[1], extract(vectors[1], tables[1], shifts[1]));
    }
}
