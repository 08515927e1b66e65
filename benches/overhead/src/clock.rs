//! Times of calls on a machine under other load.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Chunks tried, for each time.
const CHUNKS: usize = 400;
/// Chunks that must count.
const ENOUGH: usize = 20;
/// How long a chunk takes.
const CHUNK: Duration = Duration::from_micros(150);

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// About 20 microseconds. Not inlined, so that it is the same code everywhere.
#[inline(never)]
fn probe() -> Duration {
    time(|| {
        let mut x = black_box(1_u64);
        for _ in 0..20_000 {
            x = x.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(7);
        }
        black_box(x);
    })
}

/// Nanoseconds per call, or none if the core was never quiet enough.
///
/// A fixed piece of work is timed before and after each chunk. The median is that of the chunks around which it took at most
/// 5 % longer than in the best tenth. (Not than ever: cores lower their frequency while they run vector code.)
pub fn nanoseconds(mut call: impl FnMut()) -> Option<f64> {
    let once = (0..5).map(|_| time(&mut call)).min().unwrap_or_default().max(Duration::from_nanos(1));
    let calls = (CHUNK.as_nanos() / once.as_nanos()).clamp(1, 100_000);
    let mut chunks: Vec<(Duration, f64)> = (0..CHUNKS)
        .map(|_| {
            let before = probe();
            let chunk = time(|| (0..calls).for_each(|_| call()));
            (before.max(probe()), chunk.as_secs_f64() * 1e9 / calls as f64)
        })
        .collect();
    chunks.sort_by_key(|chunk| chunk.0);
    let limit = chunks[CHUNKS / 10].0.mul_f64(1.05);
    let mut kept: Vec<f64> = chunks.iter().filter(|chunk| chunk.0 <= limit).map(|chunk| chunk.1).collect();
    kept.sort_by(f64::total_cmp);
    (kept.len() >= ENOUGH).then(|| kept[kept.len() / 2])
}
