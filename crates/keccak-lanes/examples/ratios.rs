//! Prints the time of each form of the permutation on each back end that the CPU supports, and the throughput compared
//! with `sha3`.
//!
//! ```text
//! taskset -c 1 cargo run --release -p modsig-keccak --example ratios
//! ```
//!
//! The forms take turns, in chunks of about 0.3 ms. Other load on the machine slows a core for milliseconds to seconds.
//! Therefore a fixed piece of work is timed before and after each chunk, and a chunk counts only if both took at most 5 %
//! more than the shortest ever seen. The program prints the median of the chunks that count.

use keccak_lanes::backend::{Visitor, with_each};
use keccak_lanes::{Backend, LANES, Lanes, RATE128, RATE256, Shake256, States, best, shake256_many};
use sha3::Digest;
use std::cell::RefCell;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// The number of chunks that must count, for each form.
const CHUNKS: usize = 101;
const CHUNK: Duration = Duration::from_micros(300);

/// One form: its name, how many states (or bytes) one call processes, and the call.
struct Form {
    name: String,
    serves: usize,
    call: Box<dyn FnMut()>,
    calls_per_chunk: u32,
    nanoseconds: Vec<f64>,
}

thread_local!(static FORMS: RefCell<Vec<Form>> = const { RefCell::new(Vec::new()) });

fn form(name: String, serves: usize, call: impl FnMut() + 'static) {
    let form = Form { name, serves, call: Box::new(call), calls_per_chunk: 1, nanoseconds: vec![] };
    FORMS.with_borrow_mut(|forms| forms.push(form));
}

#[derive(Clone)]
struct EachForm;

impl Visitor for EachForm {
    type Output = ();

    fn visit<B: Backend>(self, backend: B) {
        let mut state = [0; 25];
        form(format!("{:8} one state", B::NAME), 1, move || backend.permute(black_box(&mut state)));
        for active in [1, 2, 4, 5, 8] {
            let mut states = Box::new(States::ZERO);
            form(format!("{:8} {active} lanes", B::NAME), active, move || {
                backend.permute_lanes(black_box(&mut states), active);
            });
        }
        for active in [1, 3, 4, 7, 8] {
            let mut states = Box::new(States::ZERO);
            form(format!("{:8} {active} lanes and one extra", B::NAME), active + 1, move || {
                backend.permute_lanes_and_extra(black_box(&mut states), active, black_box(&mut state));
            });
        }
        let mut lanes = Box::new(Lanes::new(backend));
        form(format!("{:8} 8 lanes, start on a seed", B::NAME), LANES, move || {
            black_box(&mut lanes).start_seeds(
                RATE128,
                black_box(&[7; 32]),
                black_box([1, 2, 3, 4, 5, 6, 7, 8]),
            );
        });
        for rate in [RATE128, RATE256] {
            let mut lanes = Box::new(Lanes::new(backend));
            let mut out = vec![[0u8; RATE128]; LANES];
            form(format!("{:8} 8 lanes, read a block of {rate}", B::NAME), LANES, move || {
                black_box(&mut lanes).squeeze_at(black_box(&mut out), 0, rate);
            });
            let mut lanes = Box::new(Lanes::new(backend));
            let blocks = vec![[0u8; RATE128]; LANES];
            form(format!("{:8} 8 lanes, add a block of {rate}", B::NAME), LANES, move || {
                lanes.absorb_blocks(core::array::from_fn(|lane| &black_box(&blocks)[lane][..rate]));
            });
        }
        let mut lanes = Box::new(Lanes::new(backend));
        let width = B::WIDTH;
        let mut out = vec![[0u8; 768]; width];
        form(
            format!("{:8} {width} lanes, start, five blocks into 768 bytes", B::NAME),
            width * 5,
            move || {
                lanes.start_seeds(RATE128, black_box(&[7; 32]), [1, 2, 3, 4, 5, 6, 7, 8]);
                lanes.permute_and_squeeze(RATE128, black_box(&mut out[..]));
            },
        );
    }
}

/// Bytes of each message.
const MESSAGE: usize = 20_000;

fn throughput() {
    let message = vec![0x5a; MESSAGE];
    let copy = message.clone();
    form("sha3     SHA3-256, one message".into(), MESSAGE, move || {
        black_box(sha3::Sha3_256::digest(black_box(&copy)));
    });
    let copy = message.clone();
    form(format!("{:8} SHAKE256, one message", best().name()), MESSAGE, move || {
        let mut out = [0; 64];
        let mut hash = Shake256::new(best());
        hash.absorb(black_box(&copy));
        hash.finalize().read(&mut out);
        black_box(out);
    });
    form(format!("{:8} SHAKE256, eight messages", best().name()), 8 * MESSAGE, move || {
        let mut out = [[0; 64]; 8];
        shake256_many(best(), &[[black_box(&message[..])]; 8], &mut out);
        black_box(out);
    });
}

fn time(calls: u32, call: &mut dyn FnMut()) -> f64 {
    let start = Instant::now();
    (0..calls).for_each(|_| call());
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}

fn main() {
    with_each(EachForm);
    throughput();
    let mut forms = FORMS.take();
    let mut state = [0; 25];
    let mut fixed = move || keccak_lanes::Portable.permute(black_box(&mut state));
    let mut shortest = f64::MAX;
    for form in &mut forms {
        let once = (0..5).map(|_| time(20, &mut form.call)).fold(f64::MAX, f64::min);
        form.calls_per_chunk = (CHUNK.as_nanos() as f64 / once).ceil() as u32;
        shortest = shortest.min(time(100, &mut fixed));
    }
    let give_up = Instant::now() + Duration::from_secs(120);
    while forms.iter().any(|form| form.nanoseconds.len() < CHUNKS) && Instant::now() < give_up {
        for form in &mut forms {
            let before = time(100, &mut fixed);
            let nanoseconds = time(form.calls_per_chunk, &mut form.call);
            let after = time(100, &mut fixed);
            shortest = shortest.min(before).min(after);
            if before.max(after) <= 1.05 * shortest {
                form.nanoseconds.push(nanoseconds);
            }
        }
    }
    println!("{:54} {:>10} {:>10}", "", "ns per call", "ns each");
    let mut reference = f64::NAN;
    for form in &mut forms {
        let samples = &mut form.nanoseconds;
        samples.sort_by(f64::total_cmp);
        let Some(median) = samples.get(samples.len() / 2) else {
            println!("{:54} no undisturbed sample", form.name);
            continue;
        };
        let each = median / form.serves as f64;
        if form.serves < MESSAGE {
            println!("{:54} {median:10.0} {each:10.1}", form.name);
            continue;
        }
        if reference.is_nan() {
            reference = each;
        }
        println!(
            "{:54} {median:10.0} {:7.2} GB/s, {:.2} times sha3",
            form.name,
            1.0 / each,
            reference / each
        );
    }
}
