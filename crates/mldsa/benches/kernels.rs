//! Each kernel on every back end that the CPU supports: `cargo bench -p modsig-mldsa --bench kernels`.
//!
//! A pinned core (`taskset -c 1`) gives steadier figures. A part of a name after `--` selects benchmarks, as in `-- ntt`.

#![allow(missing_docs)] // the function that `criterion_group` makes

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};
use mldsa::backend::{Backend, Eta, Gamma2, HintPoly, NttPoly, Poly, Portable, UniformPoly};
use std::hint::black_box;
use std::time::Duration;

const N: usize = 256;
const Q: i32 = 8_380_417;

/// xorshift64: deterministic pseudorandom values.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn within(&mut self, low: i32, high: i32) -> [i32; N] {
        std::array::from_fn(|_| low + (self.next() % (high - low + 1) as u64) as i32)
    }

    /// All triples below q.
    fn uniform(&mut self) -> UniformPoly {
        let mut poly = UniformPoly([0; 3 * N]);
        for (triple, value) in poly.0.chunks_exact_mut(3).zip(self.within(0, Q - 1)) {
            triple.copy_from_slice(&value.to_le_bytes()[..3]);
        }
        poly
    }
}

/// The kernels in the NTT domain, and into and out of it.
fn arithmetic<B: Backend>(group: &mut BenchmarkGroup<'_, WallTime>, backend: B) {
    let noise = &mut Noise(0x6d6c_6473);
    let w = Poly(noise.within(-Q + 1, Q - 1));
    let product = NttPoly(noise.within(-Q / 2, Q / 2));
    let v: [NttPoly; 7] = std::array::from_fn(|_| NttPoly(noise.within(-9 * Q, 9 * Q)));
    let row: [UniformPoly; 7] = std::array::from_fn(|_| noise.uniform());
    let mut hat = NttPoly([0; N]);
    let mut out = Poly([0; N]);

    group.bench_function("ntt", |b| b.iter(|| backend.ntt(black_box(&w), black_box(&mut hat))));
    group.bench_function("inv_ntt", |b| b.iter(|| backend.inv_ntt(black_box(&product), black_box(&mut out))));
    for l in [4, 5, 7] {
        group.bench_function(format!("dot/{l}"), |b| {
            b.iter(|| backend.dot(black_box(&row[..l]), black_box(&v[..l]), None, black_box(&mut hat)));
        });
    }
    group.bench_function("dot_minus/5", |b| {
        let minus = Some((&v[5], &v[6]));
        b.iter(|| {
            backend.dot(black_box(&row[..5]), black_box(&v[..5]), black_box(minus), black_box(&mut hat))
        });
    });
    group.bench_function("mul", |b| {
        b.iter(|| backend.mul(black_box(&v[0]), black_box(&v[1]), black_box(&mut hat)));
    });
    group.bench_function("mul_add", |b| {
        b.iter(|| backend.mul_add(black_box(&v[0]), black_box(&v[1]), black_box(&v[2]), black_box(&mut hat)));
    });
}

fn rejections<B: Backend>(group: &mut BenchmarkGroup<'_, WallTime>, backend: B) {
    let noise = &mut Noise(0x6d6c_6473);
    let none = noise.uniform().0;
    let mut one = none;
    one[3 * 100..3 * 101].fill(0xff);
    for (name, triples) in [("none", none), ("one", one)] {
        // Includes a copy of 768 bytes, because the kernel works in place.
        group.bench_function(format!("vartime_reject_uniform/{name}"), |b| {
            b.iter(|| {
                let mut triples = *black_box(&triples);
                backend.vartime_reject_uniform(black_box(&mut triples))
            });
        });
    }
    let block: [u8; 136] = std::array::from_fn(|_| noise.next() as u8);
    let mut out = Poly([0; N]);
    for eta in [Eta::Two, Eta::Four] {
        group.bench_function(format!("reject_bounded/{eta:?}"), |b| {
            b.iter(|| backend.reject_bounded(eta, black_box(&block), black_box(&mut out), 0));
        });
    }
}

fn packing<B: Backend, const BITS: usize>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    backend: B,
    from: Option<i32>,
) {
    let noise = &mut Noise(0x6d6c_6473);
    let mask = (1 << BITS) - 1;
    let high = from.unwrap_or(mask);
    let w = Poly(noise.within(high - mask, high));
    let mut bytes = vec![0; 32 * BITS];
    let mut out = Poly([0; N]);
    let name = if from.is_some() { format!("{BITS}_from") } else { format!("{BITS}") };
    group.bench_function(format!("pack/{name}"), |b| {
        b.iter(|| backend.pack::<BITS>(from, black_box(&w), black_box(&mut bytes)));
    });
    group.bench_function(format!("unpack/{name}"), |b| {
        b.iter(|| backend.unpack::<BITS>(from, black_box(&bytes), black_box(&mut out)));
    });
}

fn roundings<B: Backend>(group: &mut BenchmarkGroup<'_, WallTime>, backend: B) {
    let noise = &mut Noise(0x6d6c_6473);
    let (mut low, mut high) = (Poly(noise.within(-Q + 1, Q - 1)), Poly([0; N]));
    // These work in place on their previous results: the time does not depend on the values.
    group.bench_function("power2round", |b| {
        b.iter(|| backend.power2round(black_box(&mut low), black_box(&mut high)));
    });
    let hint = HintPoly(std::array::from_fn(|_| noise.next() & noise.next()));
    for gamma2 in [Gamma2::Q88, Gamma2::Q32] {
        group.bench_function(format!("decompose/{gamma2:?}"), |b| {
            b.iter(|| backend.decompose(gamma2, black_box(&mut low), black_box(&mut high)));
        });
        group.bench_function(format!("make_hint/{gamma2:?}"), |b| {
            b.iter(|| backend.make_hint(gamma2, black_box(&low), black_box(&high)));
        });
        group.bench_function(format!("use_hint/{gamma2:?}"), |b| {
            b.iter(|| backend.use_hint(gamma2, black_box(&hint), black_box(&mut low)));
        });
    }
    group.bench_function("norm_reaches", |b| b.iter(|| backend.norm_reaches(black_box(&low), 1 << 29)));
}

fn all<B: Backend>(criterion: &mut Criterion, backend: B) {
    let group = &mut criterion.benchmark_group(B::NAME);
    arithmetic(group, backend);
    rejections(group, backend);
    packing::<B, 3>(group, backend, Some(2));
    packing::<B, 4>(group, backend, Some(4));
    packing::<B, 4>(group, backend, None);
    packing::<B, 6>(group, backend, None);
    packing::<B, 10>(group, backend, None);
    packing::<B, 13>(group, backend, Some(1 << 12));
    packing::<B, 18>(group, backend, Some(1 << 17));
    packing::<B, 20>(group, backend, Some(1 << 19));
    roundings(group, backend);
}

fn kernels(criterion: &mut Criterion) {
    all(criterion, Portable);
    #[cfg(all(modsig_x86, not(mldsa_backend = "portable")))]
    {
        use mldsa::backend::{Avx2, Avx512};
        if let Some(backend) = Avx2::detect() {
            all(criterion, backend);
        }
        if let Some(backend) = Avx512::detect() {
            all(criterion, backend);
        }
    }
    #[cfg(all(modsig_neon, not(mldsa_backend = "portable")))]
    if let Some(backend) = mldsa::backend::Neon::detect() {
        all(criterion, backend);
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(100))
        .measurement_time(Duration::from_millis(500))
        .without_plots();
    targets = kernels
}
criterion_main!(benches);
