//! One core, and which times can be believed.
//!
//! On a shared machine neighbours slow a core 1.3 to 1.8 times, for milliseconds or for seconds, and nothing tells.
//! So a fixed piece of work stands before and after each chunk of measured work: the chunk counts only if both
//! took no more than 5 % longer than the shortest time seen for that work in the last five seconds, and if no other
//! thread was put on the core in between.

use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::sys::resource::{UsageWho, getrusage};
use nix::unistd::Pid;
use std::collections::VecDeque;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Permutations in the fixed work: 50 to 100 µs.
const PERMUTATIONS: usize = 250;
/// By how much it may exceed its best.
const TOLERANCE: f64 = 1.05;
/// For how long the best is remembered: the core's own frequency changes with the load of the others.
const MEMORY: Duration = Duration::from_secs(5);

/// Puts this thread on one core: the given one, or the last that it may use. Returns which.
///
/// # Errors
/// There is no such core, or it may not be used.
pub fn pin(core: Option<usize>) -> Result<usize, String> {
    let this = Pid::from_raw(0);
    let allowed = sched_getaffinity(this).map_err(|error| format!("sched_getaffinity: {error}"))?;
    let core = match core {
        Some(core) => core,
        None => (0..CpuSet::count())
            .rev()
            .find(|core| allowed.is_set(*core).unwrap_or(false))
            .ok_or("no core may be used")?,
    };
    let mut set = CpuSet::new();
    set.set(core).map_err(|error| format!("core {core}: {error}"))?;
    sched_setaffinity(this, &set).map_err(|error| format!("cannot run on core {core} alone: {error}"))?;
    Ok(core)
}

/// Times chunks of work and refuses those that were disturbed.
#[derive(Debug)]
pub struct Clock {
    state: [u64; 25],
    /// Times of the fixed work within the [`MEMORY`], each shorter than those after it: the first is the best.
    best: VecDeque<(Instant, Duration)>,
    last: Duration,
    /// Chunks that were believed.
    pub kept: u64,
    /// Chunks that were not.
    pub refused: u64,
}

impl Clock {
    /// Finds out how long the fixed work takes at best.
    pub fn start() -> Self {
        let mut clock =
            Self { state: [1; 25], best: VecDeque::new(), last: Duration::ZERO, kept: 0, refused: 0 };
        for _ in 0..2_000 {
            clock.calibrate();
        }
        clock
    }

    /// The shortest time that the fixed work took lately.
    pub fn best(&self) -> Duration {
        self.best.front().map_or(Duration::ZERO, |(_, time)| *time)
    }

    /// Does the fixed work.
    fn calibrate(&mut self) {
        let start = Instant::now();
        for _ in 0..PERMUTATIONS {
            keccak::f1600(black_box(&mut self.state));
        }
        let end = Instant::now();
        self.last = end - start;
        while self.best.back().is_some_and(|(_, time)| *time >= self.last) {
            self.best.pop_back();
        }
        self.best.push_back((end, self.last));
        while self.best.front().is_some_and(|(when, _)| end - *when > MEMORY) {
            self.best.pop_front();
        }
    }

    /// Whether the last fixed work ran undisturbed.
    fn quiet(&self) -> bool {
        self.last <= self.best().mul_f64(TOLERANCE)
    }

    /// How long `operate` takes for 0 to `count` − 1, if that can be believed. Does nothing while the core is slow.
    ///
    /// 0 is done once untimed before: code and key have left the caches while others had their turns.
    pub fn time(&mut self, count: usize, mut operate: impl FnMut(usize)) -> Option<Duration> {
        if !self.quiet() {
            self.calibrate();
            if !self.quiet() {
                self.refused += 1;
                return None;
            }
        }
        operate(0);
        self.calibrate();
        let before = self.quiet();
        let switches = involuntary_switches();
        let start = Instant::now();
        (0..count).for_each(operate);
        let time = start.elapsed();
        let alone = involuntary_switches() == switches;
        self.calibrate();
        if before && alone && self.quiet() {
            self.kept += 1;
            Some(time)
        } else {
            self.refused += 1;
            None
        }
    }
}

/// How often another thread was put in the place of this one.
fn involuntary_switches() -> i64 {
    getrusage(UsageWho::RUSAGE_THREAD).map_or(0, |usage| usage.involuntary_context_switches())
}
