//! A timing test in the way of dudect (Reparaz, Balasch, Verbauwhede 2017): the same kernel on two classes of secrets, drawn in
//! random order, and Welch's t-test on the cycles. It is the one dynamic check that reaches AVX-512, and it
//! can show a leak only: no difference seen is no proof that there is none.

use mldsa::backend::{Avx2, Avx512, Backend, Gamma2, NttPoly, Poly, Portable};
use std::arch::x86_64::{_mm_lfence, _rdtsc};
use std::hint::black_box;

/// |t| above this, [`RUNS`] times in a row and with the same sign, is a leak. dudect's own bound for "definitely not
/// constant time" is 10; on a machine that others use too, a single run may be disturbed.
const LIMIT: f64 = 10.0;
const RUNS: usize = 3;
/// Calls in one measurement, so that it is long beside the cost of reading the counter.
const CALLS: usize = 16;
/// Measurements slower than this share of all are taken for interruptions and dropped, in both classes alike.
const KEPT: f64 = 0.90;
const N: usize = 256;
const Q: i32 = 8_380_417;

/// A small generator for orders and inputs; nothing secret hangs on it.
struct Xorshift(u64);

impl Xorshift {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Coefficients in −limit < c < limit.
    fn coefficients(&mut self, limit: i32) -> [i32; N] {
        std::array::from_fn(|_| (self.next() % (2 * limit as u64 - 1)) as i32 - limit + 1)
    }
}

/// Mean and variance, updated one by one (Welford).
#[derive(Default)]
struct Moments {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, x: f64) {
        self.n += 1.0;
        let delta = x - self.mean;
        self.mean += delta / self.n;
        self.squares += delta * (x - self.mean);
    }
}

fn welch(a: &Moments, b: &Moments) -> f64 {
    let variance = |m: &Moments| m.squares / (m.n - 1.0) / m.n;
    (a.mean - b.mean) / (variance(a) + variance(b)).sqrt().max(f64::EPSILON)
}

/// Inputs of each class, made beforehand: to make one takes time that depends on its class, and leaves traces of it in the
/// processor, which the kernel would then feel.
const INPUTS: usize = 64;

/// t of the difference that the class of its input makes to `kernel`: the smallest of the runs, 0 if their signs differ.
/// `prepare` gives an input of a class.
fn t_of<T: Clone>(samples: usize, mut prepare: impl FnMut(bool) -> T, mut kernel: impl FnMut(&mut T)) -> f64 {
    let first = one_run(samples, 1, &mut prepare, &mut kernel);
    (1..RUNS as u64).fold(first, |least, run| {
        if least.abs() <= LIMIT {
            return least; // no leak, whatever the others say
        }
        let t = one_run(samples, run + 1, &mut prepare, &mut kernel);
        if t.signum() != least.signum() {
            0.0
        } else if t.abs() < least.abs() {
            t
        } else {
            least
        }
    })
}

fn one_run<T: Clone>(
    samples: usize,
    seed: u64,
    prepare: &mut impl FnMut(bool) -> T,
    kernel: &mut impl FnMut(&mut T),
) -> f64 {
    let mut order = Xorshift(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
    let inputs: [Vec<T>; 2] = [false, true].map(|class| (0..INPUTS).map(|_| prepare(class)).collect());
    let mut cycles: Vec<(bool, u64)> = Vec::with_capacity(samples);
    let mut input = inputs[0][0].clone();
    for _ in 0..samples {
        let draw = order.next() as usize;
        let class = draw & 1 == 1;
        input.clone_from(&inputs[usize::from(class)][(draw >> 1) % INPUTS]);
        kernel(&mut input); // into the caches
        // SAFETY: every x86-64 has rdtsc and lfence.
        let start = unsafe {
            _mm_lfence();
            _rdtsc()
        };
        for _ in 0..CALLS {
            kernel(black_box(&mut input));
        }
        // SAFETY: as above.
        let end = unsafe {
            _mm_lfence();
            _rdtsc()
        };
        cycles.push((class, end - start));
    }
    let mut sorted: Vec<u64> = cycles.iter().map(|&(_, cycles)| cycles).collect();
    sorted.sort_unstable();
    let limit = sorted[((samples as f64 * KEPT) as usize).min(samples - 1)];
    let (mut fixed, mut random) = (Moments::default(), Moments::default());
    for (class, cycles) in cycles {
        if cycles <= limit {
            if class { &mut fixed } else { &mut random }.add(cycles as f64);
        }
    }
    welch(&fixed, &random)
}

/// The class `true` is a polynomial that would be a special case for careless code: all zero, but the first coefficient at
/// the bound. The class `false` is random, below it.
fn poly(random: &mut Xorshift, special: bool, limit: i32) -> Poly {
    let mut w = if special { [0; N] } else { random.coefficients(limit) };
    w[0] = if special { limit - 1 } else { w[0] };
    Poly(w)
}

fn kernels<B: Backend>(backend: Option<B>, samples: usize, tell: &mut impl FnMut(&str, &str, f64)) {
    let Some(backend) = backend else {
        println!("{:<9} skipped: this CPU lacks it", B::NAME);
        return;
    };
    let random = &mut Xorshift(1);
    let mut out = NttPoly([0; N]);
    let mut low = Poly([0; N]);
    let mut tell = |kernel: &str, t: f64| tell(B::NAME, kernel, t);
    tell("ntt", t_of(samples, |class| poly(random, class, Q), |w| backend.ntt(w, &mut out)));
    let inverse = |w: &mut Poly| backend.inv_ntt(&NttPoly(w.0), &mut low);
    tell("inv_ntt", t_of(samples, |class| poly(random, class, Q / 2), inverse));
    let b = NttPoly(random.coefficients(Q));
    let multiply = |w: &mut Poly| backend.mul(&NttPoly(w.0), &b, &mut out);
    tell("mul", t_of(samples, |class| poly(random, class, Q), multiply));
    let gamma2 = (Q - 1) / 32;
    let norm = |w: &mut Poly| {
        black_box(backend.norm_reaches(black_box(w), gamma2 - 1));
    };
    tell("norm_reaches", t_of(samples, |class| poly(random, class, gamma2), norm));
    for (name, set) in [("decompose, 44", Gamma2::Q88), ("decompose, 65 and 87", Gamma2::Q32)] {
        let decompose = |w: &mut Poly| {
            let mut parts = Poly(w.0);
            backend.decompose(set, &mut parts, &mut low);
            black_box(&parts);
        };
        tell(name, t_of(samples, |class| poly(random, class, Q), decompose));
    }
    let round = |w: &mut Poly| {
        let mut parts = Poly(w.0);
        backend.power2round(&mut parts, &mut low);
        black_box(&parts);
    };
    tell("power2round", t_of(samples, |class| poly(random, class, Q), round));
    let high = Poly([1; N]);
    let hint = |w: &mut Poly| {
        black_box(backend.make_hint(Gamma2::Q32, w, &high));
    };
    tell("make_hint", t_of(samples, |class| poly(random, class, 2 * gamma2), hint));
    let mut bytes = [0; 32 * 20];
    let pack = |w: &mut Poly| {
        backend.pack::<20>(Some(1 << 19), w, &mut bytes);
        black_box(&bytes);
    };
    tell("pack 20 bits", t_of(samples, |class| poly(random, class, 1 << 19), pack));
}

/// The norm check that a careless author writes: it stops at the first coefficient that is too large.
#[inline(never)]
fn leaking_norm(w: &Poly, bound: i32) -> bool {
    w.0.iter().any(|w| w.abs() >= bound)
}

/// All kernels on all back ends, and the control. Prints |t| of each.
pub fn check(samples: usize) -> bool {
    let mut leaks = 0;
    let mut ran = 0;
    let mut tell = |backend: &str, kernel: &str, t: f64| {
        let leak = t.abs() > LIMIT;
        println!("{backend:<9} {kernel:<22} |t| = {:>7.2}{}", t.abs(), if leak { "  LEAK" } else { "" });
        ran += 1;
        leaks += usize::from(leak);
    };
    println!("{samples} samples of {CALLS} calls each; a leak is |t| > {LIMIT} in {RUNS} runs out of {RUNS}");
    kernels(Portable::detect(), samples, &mut tell);
    kernels(Avx2::detect(), samples, &mut tell);
    kernels(Avx512::detect(), samples, &mut tell);
    let random = &mut Xorshift(2);
    let leak = |w: &mut Poly| {
        black_box(leaking_norm(black_box(w), 1000));
    };
    let t = t_of(samples, |class| poly(random, class, 1001), leak).abs();
    println!(
        "control   leaking norm check     |t| = {t:>7.2}  {}",
        if t > LIMIT { "noticed" } else { "NOT NOTICED" }
    );
    println!("{ran} kernels, {leaks} leaks");
    leaks == 0 && ran >= 9 && t > LIMIT
}
