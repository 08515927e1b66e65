//! Algorithms 9 to 13 and 16 to 19 of FIPS 204, transcribed literally, bit by bit: the reference for the packing kernels.

use crate::backend::{Backend, Portable};
use crate::params::{N, bitlen};
use crate::poly::Poly;

/// FIPS 204, Algorithm 9 (IntegerToBits).
fn integer_to_bits(mut x: u64, alpha: usize, y: &mut [u8]) {
    for y in &mut y[..alpha] {
        *y = (x % 2) as u8;
        x /= 2;
    }
}

/// FIPS 204, Algorithm 10 (BitsToInteger).
fn bits_to_integer(y: &[u8]) -> u64 {
    y.iter().rev().fold(0, |x, &bit| 2 * x + u64::from(bit))
}

/// FIPS 204, Algorithm 11 (IntegerToBytes).
fn integer_to_bytes(mut x: u64, y: &mut [u8]) {
    for y in y {
        *y = (x % 256) as u8;
        x /= 256;
    }
}

/// FIPS 204, Algorithm 12 (BitsToBytes).
fn bits_to_bytes(y: &[u8], z: &mut [u8]) {
    z.fill(0);
    for (i, &bit) in y.iter().enumerate() {
        z[i / 8] += bit << (i % 8);
    }
}

/// FIPS 204, Algorithm 13 (BytesToBits).
fn bytes_to_bits(z: &[u8], y: &mut [u8]) {
    for (i, &byte) in z.iter().enumerate() {
        let mut byte = byte;
        for j in 0..8 {
            y[8 * i + j] = byte % 2;
            byte /= 2;
        }
    }
}

/// FIPS 204, Algorithms 16 and 17 (SimpleBitPack, BitPack): w or b − w.
fn bit_pack(w: &Poly, from: Option<i32>, bits: usize, out: &mut [u8]) {
    let mut z = [0u8; 32 * 256];
    for (i, &w) in w.0.iter().enumerate() {
        let value = from.map_or(w, |b| b - w);
        integer_to_bits(value as u64, bits, &mut z[i * bits..]);
    }
    bits_to_bytes(&z[..N * bits], out);
}

/// FIPS 204, Algorithms 18 and 19 (SimpleBitUnpack, BitUnpack).
fn bit_unpack(v: &[u8], from: Option<i32>, bits: usize) -> Poly {
    let mut z = [0u8; 32 * 256];
    bytes_to_bits(v, &mut z);
    Poly(core::array::from_fn(|i| {
        let value = bits_to_integer(&z[i * bits..(i + 1) * bits]) as i32;
        from.map_or(value, |b| b - value)
    }))
}

pub(super) fn check<B: Backend, const BITS: usize>(backend: B, from: Option<i32>, seed: u32) {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(1664525).wrapping_add(1013904223);
        (state >> 8) as i32
    };
    let mask = (1 << BITS) - 1;
    let w = Poly(core::array::from_fn(|i| {
        // The edges first, then pseudorandom values.
        let value = [0, mask, 1, mask - 1].get(i).copied().unwrap_or_else(|| next() & mask);
        from.map_or(value, |b| b - value)
    }));
    let mut expected = [0u8; 32 * 32];
    bit_pack(&w, from, BITS, &mut expected[..32 * BITS]);
    let mut packed = [0xa5u8; 32 * 32];
    backend.pack::<BITS>(from, &w, &mut packed[..32 * BITS]);
    assert_eq!(packed[..32 * BITS], expected[..32 * BITS], "pack {BITS} {}", B::NAME);
    let mut unpacked = Poly([-1; N]);
    backend.unpack::<BITS>(from, &packed[..32 * BITS], &mut unpacked);
    assert_eq!(unpacked.0, w.0, "unpack {BITS} {}", B::NAME);
    assert_eq!(unpacked.0, bit_unpack(&packed[..32 * BITS], from, BITS).0);
}

#[test]
fn packing_is_the_standards() {
    for seed in 0..8 {
        check::<_, 3>(Portable, Some(2), seed);
        check::<_, 4>(Portable, Some(4), seed);
        check::<_, 4>(Portable, None, seed);
        check::<_, 6>(Portable, None, seed);
        check::<_, 10>(Portable, None, seed);
        check::<_, 13>(Portable, Some(1 << 12), seed);
        check::<_, 18>(Portable, Some(1 << 17), seed);
        check::<_, 20>(Portable, Some(1 << 19), seed);
    }
}

/// Checks the functions that pack and unpack one kind of polynomial: the bits and the upper end of FIPS 204, in both directions.
fn named(bits: usize, from: Option<i32>, pack: impl Fn(&Poly, &mut [u8]), unpack: impl Fn(&[u8], &mut Poly)) {
    let mask = (1 << bits) - 1;
    let w = Poly(core::array::from_fn(|i| {
        let value = (i as i32).wrapping_mul(7919 * 104729) & mask;
        from.map_or(value, |b| b - value)
    }));
    let len = 32 * bits;
    let mut expected = [0u8; 32 * 32];
    bit_pack(&w, from, bits, &mut expected[..len]);
    let mut packed = [0xa5u8; 32 * 32];
    pack(&w, &mut packed[..len]);
    assert_eq!(packed[..len], expected[..len], "{bits} bits");
    let mut unpacked = Poly([-1; N]);
    unpack(&packed[..len], &mut unpacked);
    assert_eq!(unpacked.0, w.0, "{bits} bits");
}

/// Kills: the bits or the upper end of one set used for another; in particular of w1, which signing unpacks for an edge case of
/// MakeHint that occurs in one signature of a hundred.
#[test]
fn each_thing_is_packed_in_its_own_way() {
    use super::*;
    let b = Portable;
    named(10, None, |w, out| pack_t1(b, w, out), |v, w| unpack_t1(b, v, w));
    named(13, Some(1 << 12), |w, out| pack_t0(b, w, out), |v, w| unpack_t0(b, v, w));
    for (eta, bits, from) in [(Eta::Two, 3, 2), (Eta::Four, 4, 4)] {
        named(bits, Some(from), |w, out| pack_secret(b, eta, w, out), |v, w| unpack_secret(b, eta, v, w));
    }
    for (gamma1, bits, from) in [(Gamma1::Pow17, 18, 1 << 17), (Gamma1::Pow19, 20, 1 << 19)] {
        named(bits, Some(from), |w, out| pack_mask(b, gamma1, w, out), |v, w| unpack_mask(b, gamma1, v, w));
    }
    for (gamma2, bits) in [(Gamma2::Q88, 6), (Gamma2::Q32, 4)] {
        named(bits, None, |w, out| pack_w1(b, gamma2, w, out), |v, w| unpack_w1(b, gamma2, v, w));
    }
}

#[test]
fn integers_and_bitlen() {
    let mut bytes = [0; 2];
    integer_to_bytes(0x1234, &mut bytes);
    assert_eq!(bytes, [0x34, 0x12]);
    assert_eq!([0, 1, 2, 3, 4, 8, 15, 43].map(bitlen), [0, 1, 2, 2, 3, 4, 4, 6]);
}
