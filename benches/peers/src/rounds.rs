//! The jobs of one operation in alternation, chunk by chunk.

use crate::agreement::output_len;
use crate::clock::Clock;
use crate::inputs::Inputs;
use crate::libraries::{Job, Operation};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long a chunk should take: long beside the clock's own cost, short beside the neighbours' visits.
const CHUNK: Duration = Duration::from_micros(700);

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Rounds. Each gives one figure per job.
    pub rounds: usize,
    /// Chunks in a round, for key generation and verification.
    pub chunks: usize,
    /// How often a round signs each message deterministically.
    pub laps: usize,
    /// How often, where the library draws its own randomness: the number of attempts differs from time to time.
    pub random_laps: usize,
}

impl Effort {
    /// For figures to be published.
    pub const FULL: Self = Self { rounds: 5, chunks: 30, laps: 3, random_laps: 8 };
    /// For a look.
    pub const QUICK: Self = Self { rounds: 2, chunks: 6, laps: 1, random_laps: 2 };
}

/// One job under way through one round.
struct Course<'a> {
    job: &'a mut Job,
    out: Vec<u8>,
    /// How many inputs there are.
    inputs: usize,
    /// How many of them make a chunk.
    per_chunk: usize,
    /// Distinct chunks. Key generation and verification have one kind, and signing as many as cover the messages.
    slices: usize,
    /// Chunks to do.
    total: usize,
    /// Chunks done.
    done: usize,
    /// The next input, where the kinds are all one.
    next: usize,
    /// Microseconds an operation, of each kind of chunk.
    samples: Vec<Vec<f64>>,
}

impl<'a> Course<'a> {
    fn new(job: &'a mut Job, inputs: &Inputs, effort: &Effort) -> Self {
        let count = match job.operation {
            Operation::Keygen => inputs.seeds.len(),
            Operation::Sign | Operation::Verify => inputs.signed(),
        };
        let mut out = vec![0; output_len(job.operation, inputs)];
        // How long one takes: from all inputs, or as many as 30 ms allow.
        let start = Instant::now();
        let mut ran = 0;
        while ran < count && start.elapsed() < Duration::from_millis(30) {
            (job.run)(ran, &mut out);
            ran += 1;
        }
        let one = start.elapsed().as_secs_f64() / ran as f64;
        let per_chunk = ((CHUNK.as_secs_f64() / one).round() as usize).clamp(1, count);
        let (slices, total) = match job.operation {
            Operation::Sign => {
                let slices = count.div_ceil(per_chunk);
                (slices, slices * if job.random { effort.random_laps } else { effort.laps })
            }
            Operation::Keygen | Operation::Verify => (1, effort.chunks),
        };
        let samples = vec![Vec::new(); slices];
        Self { job, out, inputs: count, per_chunk, slices, total, done: 0, next: 0, samples }
    }

    /// The share of the round that is done.
    fn progress(&self) -> f64 {
        self.done as f64 / self.total as f64
    }

    /// Does the next chunk, and counts it if its time can be believed.
    fn step(&mut self, clock: &mut Clock) {
        let slice = self.done % self.slices;
        let (first, count) = if self.job.operation == Operation::Sign {
            let first = slice * self.per_chunk;
            (first, self.per_chunk.min(self.inputs - first))
        } else {
            (self.next, self.per_chunk)
        };
        let (run, out) = (&mut self.job.run, &mut self.out);
        let time = clock.time(count, |i| run(black_box((first + i) % self.inputs), black_box(out)));
        if let Some(time) = time {
            self.samples[slice].push(time.as_secs_f64() * 1e6 / count as f64);
            self.next = (self.next + count) % self.inputs;
            self.done += 1;
        }
    }

    /// The figure of the round, in microseconds: of key generation and verification the median chunk, of signing
    /// the mean over the messages. Where a chunk of messages was signed more than once in the same way, it counts
    /// with its median; where randomness differed, with its mean, as there a long time is no disturbance.
    fn figure(&mut self) -> f64 {
        if self.job.operation != Operation::Sign {
            return median(&mut self.samples[0]);
        }
        let mut sum = 0.0;
        for (slice, samples) in self.samples.iter_mut().enumerate() {
            let count = self.per_chunk.min(self.inputs - slice * self.per_chunk) as f64;
            let one = if self.job.random {
                samples.iter().sum::<f64>() / samples.len() as f64
            } else {
                median(samples)
            };
            sum += one * count;
        }
        sum / self.inputs as f64
    }
}

/// The middle of `values`, or the mean of the two in the middle. There is at least one.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
}

/// One round of jobs of the same operation: at each moment the one that is furthest behind does a chunk. Returns
/// the figure of each, in microseconds.
pub fn round(jobs: &mut [Job], inputs: &Inputs, effort: &Effort, clock: &mut Clock) -> Vec<f64> {
    let mut courses: Vec<Course<'_>> = jobs.iter_mut().map(|job| Course::new(job, inputs, effort)).collect();
    while let Some(behind) = courses
        .iter_mut()
        .filter(|course| course.done < course.total)
        .min_by(|a, b| a.progress().total_cmp(&b.progress()))
    {
        behind.step(clock);
    }
    courses.iter_mut().map(Course::figure).collect()
}
