//! Every form of the permutation on every back end that the CPU supports, and hashing compared with `sha3`.
//!
//! `taskset -c 1 cargo bench -p modsig-keccak`. On a machine under other load, `examples/ratios.rs` gives steadier figures.

#![allow(missing_docs)] // the function that `criterion_group` makes

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use keccak_lanes::backend::{Visitor, with_each};
use keccak_lanes::{Backend, LANES, Lanes, RATE128, RATE256, Shake256, States, best, shake256_many};
use sha3::Digest;
use std::cell::RefCell;
use std::hint::black_box;

/// Nanoseconds per call; "elements" are states.
fn permutations(criterion: &mut Criterion) {
    #[derive(Clone)]
    struct Benches<'a>(&'a RefCell<&'a mut Criterion>);
    impl Visitor for Benches<'_> {
        type Output = ();
        fn visit<B: Backend>(self, backend: B) {
            let mut criterion = self.0.borrow_mut();
            let mut group = criterion.benchmark_group(B::NAME);
            let mut state = [0; 25];
            let mut states = States::ZERO;
            group.throughput(Throughput::Elements(1));
            group.bench_function("one state", |b| b.iter(|| backend.permute(black_box(&mut state))));
            for active in 1..=LANES {
                group.throughput(Throughput::Elements(active as u64));
                group.bench_function(BenchmarkId::new("lanes", active), |b| {
                    b.iter(|| backend.permute_lanes(black_box(&mut states), active));
                });
                group.throughput(Throughput::Elements(active as u64 + 1));
                group.bench_function(BenchmarkId::new("lanes and one extra", active), |b| {
                    b.iter(|| backend.permute_lanes_and_extra(black_box(&mut states), active, &mut state));
                });
            }
            group.throughput(Throughput::Elements(0));
            let mut lanes = Lanes::new(backend);
            let mut out = [[0; RATE128]; LANES];
            for rate in [RATE128, RATE256] {
                group.bench_function(BenchmarkId::new("read a block of all lanes", rate), |b| {
                    b.iter(|| lanes.squeeze_at(black_box(&mut out), 0, rate));
                });
                group.bench_function(BenchmarkId::new("add a block to all lanes", rate), |b| {
                    b.iter(|| lanes.absorb_blocks(black_box(&out).each_ref().map(|block| &block[..rate])));
                });
                group.bench_function(BenchmarkId::new("start all lanes on a seed", rate), |b| {
                    b.iter(|| lanes.start_seeds(rate, black_box(&[7; 32]), [1, 2, 3, 4, 5, 6, 7, 8]));
                });
            }
            group.finish();
        }
    }
    with_each(Benches(&RefCell::new(criterion)));
}

fn messages(criterion: &mut Criterion) {
    const LEN: usize = 20_000;
    let message = vec![0x5a; LEN];
    let mut group = criterion.benchmark_group("messages of 20 kB");
    group.throughput(Throughput::Bytes(LEN as u64));
    group.bench_function("one, sha3 (SHA3-256)", |b| b.iter(|| sha3::Sha3_256::digest(black_box(&message))));
    group.bench_function("one, best (SHAKE256)", |b| {
        b.iter(|| {
            let mut out = [0; 64];
            let mut hash = Shake256::new(best());
            hash.absorb(black_box(&message));
            hash.finalize().read(&mut out);
            out
        });
    });
    group.throughput(Throughput::Bytes((8 * LEN) as u64));
    group.bench_function("eight, best (SHAKE256)", |b| {
        b.iter(|| {
            let mut out = [[0; 64]; 8];
            shake256_many(best(), &[[black_box(&message[..])]; 8], &mut out);
            out
        });
    });
    group.finish();
}

criterion_group!(benches, permutations, messages);
criterion_main!(benches);
