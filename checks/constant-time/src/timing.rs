//! A timing test in the way of dudect (Reparaz, Balasch, Verbauwhede 2017): the same kernel on two classes of secrets, drawn in
//! random order, and Welch's t-test on the cycles. It is the one dynamic check that reaches AVX-512, and it
//! can show a leak only: no difference seen is no proof that there is none.

use mldsa::backend::{Avx2, Avx512, Backend, Gamma2, NttPoly, Poly, Portable};
use std::arch::x86_64::{_mm_lfence, _rdtsc};
use std::fmt;
use std::hint::black_box;

/// |t| above this, [`RUNS`] times in a row and with the same sign, is a difference. dudect's own bound for "definitely not
/// constant time" is 10; on a machine that others use too, a single run may be disturbed.
const LIMIT: f64 = 10.0;
/// A difference is a leak if it is more than this share of the time, which is under one cycle a call of a vector kernel: no
/// instruction more or less is so short. What is shorter is taken for the processor's doing: zeros draw
/// less power, and its clock may follow (docs/assurance/constant-time.md has figures).
const LEAST: f64 = 0.0025;
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

/// What the class of its input makes to a kernel's time.
#[derive(Clone, Copy)]
struct Difference {
    /// Welch's t.
    t: f64,
    /// Of the time on random inputs.
    share: f64,
}

impl Difference {
    const NONE: Self = Self { t: 0.0, share: 0.0 };

    fn is_sure(self) -> bool {
        self.t.abs() > LIMIT
    }

    fn is_leak(self) -> bool {
        self.is_sure() && self.share.abs() > LEAST
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "|t| = {:>7.2}  {:>+9.3} %", self.t.abs(), self.share * 100.0)
    }
}

/// The difference that the class of its input makes to `kernel`: the least sure of the runs, none if their signs differ.
/// `prepare` gives an input of a class.
fn difference(
    samples: usize,
    prepare: &mut dyn FnMut(bool) -> Poly,
    kernel: &mut dyn FnMut(&mut Poly),
) -> Difference {
    let first = one_run(samples, 1, prepare, kernel);
    (1..RUNS as u64).fold(first, |least, run| {
        if !least.is_sure() {
            return least; // no leak, whatever the others say
        }
        let next = one_run(samples, run + 1, prepare, kernel);
        if next.t.signum() != least.t.signum() {
            Difference::NONE
        } else if next.t.abs() < least.t.abs() {
            next
        } else {
            least
        }
    })
}

fn one_run(
    samples: usize,
    seed: u64,
    prepare: &mut dyn FnMut(bool) -> Poly,
    kernel: &mut dyn FnMut(&mut Poly),
) -> Difference {
    let mut order = Xorshift(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
    let inputs: [Vec<Poly>; 2] = [false, true].map(|class| (0..INPUTS).map(|_| prepare(class)).collect());
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
    let (mut special, mut random) = (Moments::default(), Moments::default());
    for (class, cycles) in cycles {
        if cycles <= limit {
            if class { &mut special } else { &mut random }.add(cycles as f64);
        }
    }
    Difference { t: welch(&special, &random), share: (special.mean - random.mean) / random.mean }
}

/// One class of inputs; the other is random polynomials.
#[derive(Clone, Copy)]
enum Special {
    /// What would be a special case for careless code: all zero, but the first coefficient at the bound.
    Zero,
    /// One polynomial that looks random, always the same.
    Fixed,
}

const SPECIAL: [(Special, &str); 2] = [(Special::Zero, "zero"), (Special::Fixed, "fixed")];

/// A polynomial of a class, or a random one; coefficients below `limit`.
fn poly(random: &mut Xorshift, special: Option<Special>, limit: i32) -> Poly {
    match special {
        Some(Special::Zero) => Poly(std::array::from_fn(|i| if i == 0 { limit - 1 } else { 0 })),
        Some(Special::Fixed) => Poly(Xorshift(77).coefficients(limit)),
        None => Poly(random.coefficients(limit)),
    }
}

type Tell<'a> = dyn FnMut(&str, &str, &str, Difference) + 'a;

fn kernels<B: Backend>(backend: Option<B>, samples: usize, tell: &mut Tell<'_>) {
    let Some(backend) = backend else {
        println!("{:<9} skipped: this CPU lacks it", B::NAME);
        return;
    };
    let random = &mut Xorshift(1);
    let mut out = NttPoly([0; N]);
    let mut low = Poly([0; N]);
    let b = NttPoly(random.coefficients(Q));
    let gamma2 = (Q - 1) / 32;
    let high = Poly([1; N]);
    let mut bytes = [0; 32 * 20];
    let mut compare = |name: &str, limit: i32, kernel: &mut dyn FnMut(&mut Poly)| {
        for (special, class) in SPECIAL {
            let mut prepare = |is_special: bool| poly(random, is_special.then_some(special), limit);
            tell(B::NAME, name, class, difference(samples, &mut prepare, kernel));
        }
    };
    compare("ntt", Q, &mut |w| backend.ntt(w, &mut out));
    compare("inv_ntt", Q / 2, &mut |w| backend.inv_ntt(&NttPoly(w.0), &mut low));
    compare("mul", Q, &mut |w| backend.mul(&NttPoly(w.0), &b, &mut out));
    compare("norm_reaches", gamma2, &mut |w| {
        black_box(backend.norm_reaches(black_box(w), gamma2 - 1));
    });
    for (name, set) in [("decompose, 44", Gamma2::Q88), ("decompose, 65 and 87", Gamma2::Q32)] {
        compare(name, Q, &mut |w| {
            let mut parts = Poly(w.0);
            backend.decompose(set, &mut parts, &mut low);
            black_box(&parts);
        });
    }
    compare("power2round", Q, &mut |w| {
        let mut parts = Poly(w.0);
        backend.power2round(&mut parts, &mut low);
        black_box(&parts);
    });
    compare("make_hint", 2 * gamma2, &mut |w| {
        black_box(backend.make_hint(Gamma2::Q32, w, &high));
    });
    compare("pack 20 bits", 1 << 19, &mut |w| {
        backend.pack::<20>(Some(1 << 19), w, &mut bytes);
        black_box(&bytes);
    });
}

/// The norm check that a careless author writes: it stops at the first coefficient that is too large.
#[inline(never)]
fn leaking_norm(w: &Poly, bound: i32) -> bool {
    w.0.iter().any(|w| w.abs() >= bound)
}

/// All kernels on all back ends, and the control. Prints what was found for each.
pub fn check(samples: usize) -> bool {
    let (mut leaks, mut ran) = (0, 0);
    let mut tell = |backend: &str, kernel: &str, class: &str, found: Difference| {
        let verdict = if found.is_leak() {
            "LEAK"
        } else if found.is_sure() {
            "too small for an instruction"
        } else {
            ""
        };
        println!("{backend:<9} {kernel:<22} {class:<6} {found}  {verdict}");
        ran += 1;
        leaks += usize::from(found.is_leak());
    };
    println!(
        "{samples} samples of {CALLS} calls each; a leak is |t| > {LIMIT} in {RUNS} runs out of {RUNS}, and over {} %",
        LEAST * 100.0
    );
    kernels(Portable::detect(), samples, &mut tell);
    kernels(Avx2::detect(), samples, &mut tell);
    kernels(Avx512::detect(), samples, &mut tell);
    let random = &mut Xorshift(2);
    let mut leaking = |w: &mut Poly| {
        black_box(leaking_norm(black_box(w), 1000));
    };
    let mut prepare = |is_special: bool| poly(random, is_special.then_some(Special::Zero), 1001);
    let found = difference(samples, &mut prepare, &mut leaking);
    let noticed = if found.is_leak() { "noticed" } else { "NOT NOTICED" };
    println!("control   leaking norm check     zero   {found}  {noticed}");
    println!("{ran} comparisons, {leaks} leaks");
    leaks == 0 && ran >= 18 && found.is_leak()
}
