//! Runs jobs on all cores within a memory limit and delivers the results in order.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

/// How much is worked on at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Threads.
    pub threads: NonZeroUsize,
    /// The total weight of all running jobs. A job with a larger weight runs alone.
    pub weight: u64,
    /// How many jobs may start after the last one that was delivered.
    pub ahead: usize,
}

/// The most threads, whatever the user asks for: more only cost memory.
const MOST_THREADS: usize = 256;

/// Calls `work` for each job on several threads, and `deliver` for the results on this thread, in the order of the jobs.
/// `weigh` returns the weight of a job. No job starts after `stop` returned `true`; running jobs finish and are delivered.
/// Returns how many jobs were delivered: fewer than all only after a stop.
///
/// If no thread can be started, the jobs run on this one.
///
/// # Panics
/// If `work`, `weigh` or `deliver` panics.
pub fn run_ordered<J: Send, R: Send>(
    jobs: Vec<J>,
    limits: Limits,
    weigh: impl Fn(&J) -> u64 + Sync,
    stop: impl Fn() -> bool + Sync,
    work: impl Fn(J) -> R + Sync,
    mut deliver: impl FnMut(R),
) -> usize {
    let threads = limits.threads.get().min(jobs.len()).min(MOST_THREADS);
    let queue = Queue {
        limits,
        changed: Condvar::new(),
        state: Mutex::new(State {
            jobs: jobs.into_iter().enumerate(),
            next: None,
            heavy: 0,
            delivered: 0,
            panicked: false,
        }),
    };
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        // Also if `deliver` panics: the threads must not wait for it.
        let _guard = PanicGuard(&queue);
        let mut started = 0;
        for _ in 0..threads {
            let (queue, sender, weigh, stop, work) = (&queue, sender.clone(), &weigh, &stop, &work);
            let thread = thread::Builder::new().spawn_scoped(scope, move || {
                let _guard = PanicGuard(queue);
                while let Some((number, weight, job)) = queue.take(weigh, stop) {
                    let result = work(job);
                    queue.give_back(weight);
                    if sender.send((number, result)).is_err() {
                        return;
                    }
                }
            });
            // A limit of the system: those that run do the work.
            if thread.is_err() {
                break;
            }
            started += 1;
        }
        drop(sender);
        let mut delivered = 0;
        if started == 0 {
            while let Some((_, weight, job)) = queue.take(&weigh, &stop) {
                let result = work(job);
                queue.give_back(weight);
                deliver(result);
                delivered += 1;
                queue.delivered(delivered);
            }
        }
        let mut waiting = BTreeMap::new();
        for (number, result) in receiver {
            waiting.insert(number, result);
            while let Some(result) = waiting.remove(&delivered) {
                deliver(result);
                delivered += 1;
                queue.delivered(delivered);
            }
        }
        delivered
    })
}

struct Queue<J> {
    limits: Limits,
    changed: Condvar,
    state: Mutex<State<J>>,
}

struct State<J> {
    jobs: std::iter::Enumerate<std::vec::IntoIter<J>>,
    /// The next job, taken out to be weighed.
    next: Option<(usize, J)>,
    /// The total weight of the running jobs.
    heavy: u64,
    delivered: usize,
    /// A thread panicked: the others must stop.
    panicked: bool,
}

impl<J> Queue<J> {
    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the next job fits the limits, and returns its number, weight and the job. `None` if there is no other job or
    /// the run stops.
    fn take(&self, weigh: impl Fn(&J) -> u64, stop: impl Fn() -> bool) -> Option<(usize, u64, J)> {
        let mut state = self.state();
        loop {
            if state.panicked || stop() {
                return None;
            }
            let (number, job) = match state.next.take() {
                Some(next) => next,
                None => state.jobs.next()?,
            };
            let weight = weigh(&job);
            let light = state.heavy == 0 || state.heavy.saturating_add(weight) <= self.limits.weight;
            if light && number < state.delivered.saturating_add(self.limits.ahead.max(1)) {
                state.heavy = state.heavy.saturating_add(weight);
                return Some((number, weight, job));
            }
            state.next = Some((number, job));
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn give_back(&self, weight: u64) {
        self.state().heavy -= weight;
        self.changed.notify_all();
    }

    fn delivered(&self, delivered: usize) {
        self.state().delivered = delivered;
        self.changed.notify_all();
    }
}

/// Stops the other threads if its thread panics, so that they do not wait for it.
struct PanicGuard<'a, J>(&'a Queue<J>);

impl<J> Drop for PanicGuard<'_, J> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.state().panicked = true;
            self.0.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};

    fn limits(threads: usize, weight: u64, ahead: usize) -> Limits {
        Limits { threads: NonZeroUsize::new(threads).unwrap(), weight, ahead }
    }

    #[test]
    fn all_results_come_in_order() {
        for threads in [1, 2, 7] {
            let mut results = Vec::new();
            let jobs: Vec<u64> = (0..500).collect();
            let work = |n: u64| (0..(n * 7919) % 1000).fold(n, |n, _| std::hint::black_box(n));
            let delivered =
                run_ordered(jobs, limits(threads, 10, 4), |_| 1, || false, work, |n| results.push(n));
            assert_eq!(delivered, 500);
            assert!(results.into_iter().eq(0..500));
        }
    }

    #[test]
    fn the_running_weight_is_bounded_and_a_large_job_runs_alone() {
        let (at_work, most, large_jobs) = (AtomicU64::new(0), AtomicU64::new(0), AtomicUsize::new(0));
        let jobs: Vec<u64> = (0..200).map(|n| if n % 50 == 7 { 1000 } else { n % 9 + 1 }).collect();
        let work = |weight: u64| {
            let now = at_work.fetch_add(weight, SeqCst) + weight;
            if weight == 1000 {
                assert_eq!(now, 1000, "alone");
                large_jobs.fetch_add(1, SeqCst);
            } else {
                most.fetch_max(now, SeqCst);
            }
            std::thread::yield_now();
            at_work.fetch_sub(weight, SeqCst);
        };
        run_ordered(jobs, limits(4, 20, 50), |&weight| weight, || false, work, |()| {});
        assert_eq!(large_jobs.into_inner(), 4);
        assert!(most.into_inner() <= 20);
    }

    #[test]
    fn no_job_starts_too_far_ahead() {
        let begun = AtomicUsize::new(0);
        let mut delivered = 0;
        run_ordered(
            vec![(); 100],
            limits(4, 100, 3),
            |()| 1,
            || false,
            |()| begun.fetch_add(1, SeqCst),
            |_| {
                assert!(begun.load(SeqCst) <= delivered + 3);
                delivered += 1;
            },
        );
        assert_eq!(delivered, 100);
    }

    #[test]
    fn after_a_stop_running_jobs_finish_and_none_starts() {
        let (stopped, begun) = (AtomicBool::new(false), AtomicUsize::new(0));
        let work = |n: usize| {
            begun.fetch_add(1, SeqCst);
            if n == 20 {
                stopped.store(true, SeqCst);
            }
            n
        };
        let mut results = Vec::new();
        let jobs = (0..1000).collect();
        let delivered =
            run_ordered(jobs, limits(3, 100, 10), |_| 1, || stopped.load(SeqCst), work, |n| results.push(n));
        assert_eq!((delivered, results.len()), (begun.load(SeqCst), begun.load(SeqCst)));
        // Job 20, and at most 10 that other threads started in the meantime.
        assert!((21..=31).contains(&delivered), "{delivered}");
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_stops_the_others() {
        let work = |n: usize| assert!(n != 5);
        run_ordered((0..100).collect(), limits(4, 100, 2), |_| 1, || false, work, |()| {});
    }
}
