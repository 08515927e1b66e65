//! One call of each kernel, as the counting back end names it.

use crate::clock;
use keccak_lanes::{Backend as _, LANES, States};
use mldsa::backend::counting::Call;
use mldsa::backend::{Backend, Eta, Gamma2, HintPoly, NttPoly, Poly, UniformPoly};
use std::hint::black_box;

const N: usize = 256;

/// The group of a kernel in the table.
pub const GROUPS: [&str; 6] = ["Keccak", "transfer", "NTT", "products", "sampling", "rest"];

/// The index in [`GROUPS`].
pub fn group((name, ..): Call) -> usize {
    match name {
        "permute" | "permute_lanes" | "permute_lanes_and_extra" => 0,
        "xor_blocks" | "copy_blocks" => 1,
        "ntt" | "inv_ntt" => 2,
        "dot" | "mul" | "mul_add" | "accumulate" => 3,
        "reject_uniform" | "reject_bounded" => 4,
        _ => 5,
    }
}

/// Small values in a fixed order that no predictor learns.
fn noise(len: usize) -> impl Iterator<Item = u32> {
    let mut x = 0x6d6c_6473_u64;
    (0..len).map(move |_| {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        (x >> 20) as u32
    })
}

fn poly(bits: u32) -> Poly {
    let mut poly = Poly([0; N]);
    poly.0.iter_mut().zip(noise(N)).for_each(|(c, value)| *c = (value & ((1 << bits) - 1)) as i32);
    poly
}

/// Nanoseconds of one call.
///
/// # Errors
/// A kernel that this function does not know, or a core that was never quiet.
pub fn nanoseconds<B: Backend>(backend: B, call: Call) -> Result<f64, String> {
    let (name, a, b) = call;
    let keccak = backend.keccak();
    let mut states = Box::new(States::ZERO);
    let mut extra = [0; 25];
    let time = match name {
        "permute" => clock::nanoseconds(|| keccak.permute(black_box(&mut extra))),
        "permute_lanes" => clock::nanoseconds(|| keccak.permute_lanes(black_box(&mut states), a)),
        "permute_lanes_and_extra" => clock::nanoseconds(|| {
            keccak.permute_lanes_and_extra(black_box(&mut states), a, black_box(&mut extra))
        }),
        "copy_blocks" => {
            let mut out = [[0_u8; 200]; LANES];
            clock::nanoseconds(|| {
                let mut lane = 0;
                let blocks = out.each_mut().map(|out| {
                    lane += 1;
                    if lane <= a { &mut out[..b] } else { &mut [] }
                });
                keccak.copy_blocks(black_box(&states), black_box(blocks));
            })
        }
        _ => of_polynomials(backend, call)?,
    };
    time.ok_or_else(|| format!("{name}: this core was never quiet"))
}

fn of_polynomials<B: Backend>(backend: B, call: Call) -> Result<Option<f64>, String> {
    let (name, a, b) = call;
    let (mut w, mut other) = (poly(18), poly(18));
    let hats = [(); 7].map(|()| NttPoly(poly(22).0));
    let mut hat = NttPoly(poly(22).0);
    let mut uniform = [UniformPoly([0; 3 * N]); 7];
    let bytes = uniform.iter_mut().flat_map(|poly| &mut poly.0);
    bytes.zip(noise(7 * 3 * N)).for_each(|(byte, value)| *byte = (value & 0x7e) as u8);
    let gamma2 = if a == 95_232 { Gamma2::Q88 } else { Gamma2::Q32 };
    Ok(match name {
        "ntt" => clock::nanoseconds(|| backend.ntt(black_box(&w), black_box(&mut hat))),
        "inv_ntt" => clock::nanoseconds(|| backend.inv_ntt(black_box(&hats[0]), black_box(&mut w))),
        "dot" => {
            let minus = (b == 1).then_some((&hats[0], &hats[1]));
            clock::nanoseconds(|| {
                backend.dot(
                    black_box(&uniform[..a]),
                    black_box(&hats[..a]),
                    black_box(minus),
                    black_box(&mut hat),
                );
            })
        }
        "mul" => {
            clock::nanoseconds(|| backend.mul(black_box(&hats[0]), black_box(&hats[1]), black_box(&mut hat)))
        }
        "mul_add" => clock::nanoseconds(|| {
            backend.mul_add(
                black_box(&hats[0]),
                black_box(&hats[1]),
                black_box(&hats[2]),
                black_box(&mut hat),
            );
        }),
        // These add to the same polynomial, whose values must not overflow: zeros.
        "add" => {
            other.0.fill(0);
            clock::nanoseconds(|| backend.add(black_box(&mut w), black_box(&other)))
        }
        "sub" => {
            other.0.fill(0);
            clock::nanoseconds(|| backend.sub(black_box(&mut w), black_box(&other)))
        }
        "reject_uniform" => {
            if a == 0 {
                uniform[0].0[300..303].fill(0xff);
            }
            let full = uniform[0].0;
            // Works in place: without a rejection the polynomial stays, else it is set again.
            clock::nanoseconds(|| {
                if a == 0 {
                    uniform[0].0[300..303].copy_from_slice(&full[300..303]);
                }
                black_box(backend.vartime_reject_uniform(black_box(&mut uniform[0].0)));
            })
        }
        "reject_bounded" => {
            let eta = if a == 2 { Eta::Two } else { Eta::Four };
            let blocks: Vec<[u8; 136]> = {
                let mut values = noise(136 * 64);
                (0..64).map(|_| std::array::from_fn(|_| values.next().unwrap_or(0) as u8)).collect()
            };
            let mut next = 0;
            clock::nanoseconds(|| {
                next = (next + 1) % 64;
                black_box(backend.reject_bounded(
                    eta,
                    black_box(&blocks[next]),
                    black_box(&mut w),
                    b * N / 2,
                ));
            })
        }
        "pack" | "unpack" => match a {
            3 => packing::<B, 3>(backend, name == "pack", (b == 1).then_some(2)),
            4 => packing::<B, 4>(backend, name == "pack", (b == 1).then_some(4)),
            6 => packing::<B, 6>(backend, name == "pack", None),
            10 => packing::<B, 10>(backend, name == "pack", None),
            13 => packing::<B, 13>(backend, name == "pack", Some(1 << 12)),
            18 => packing::<B, 18>(backend, name == "pack", Some(1 << 17)),
            20 => packing::<B, 20>(backend, name == "pack", Some(1 << 19)),
            _ => return Err(format!("{name} of {a} bits")),
        },
        "power2round" => clock::nanoseconds(|| backend.power2round(black_box(&mut w), black_box(&mut other))),
        "decompose" => {
            clock::nanoseconds(|| backend.decompose(gamma2, black_box(&mut w), black_box(&mut other)))
        }
        "make_hint" => clock::nanoseconds(|| {
            black_box(backend.make_hint(gamma2, black_box(&w), black_box(&other)));
        }),
        "use_hint" => {
            let hint = HintPoly([1 << 20, 0, 1 << 3, 1 << 60]);
            clock::nanoseconds(|| backend.use_hint(gamma2, black_box(&hint), black_box(&mut w)))
        }
        "norm_reaches" => clock::nanoseconds(|| {
            black_box(backend.norm_reaches(black_box(&w), 1 << 29));
        }),
        _ => return Err(format!("unknown kernel {call:?}")),
    })
}

fn packing<B: Backend, const BITS: usize>(backend: B, pack: bool, from: Option<i32>) -> Option<f64> {
    let mut bytes = vec![0; 32 * BITS];
    let mut w = poly(BITS as u32);
    if let Some(from) = from {
        w.0.iter_mut().for_each(|c| *c = from - *c);
    }
    if pack {
        clock::nanoseconds(|| backend.pack::<BITS>(from, black_box(&w), black_box(&mut bytes)))
    } else {
        clock::nanoseconds(|| backend.unpack::<BITS>(from, black_box(&bytes), black_box(&mut w)))
    }
}
