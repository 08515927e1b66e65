//! Work on all cores, delivered in order, within a bound of memory.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;

/// How much is worked on at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Threads.
    pub threads: NonZeroUsize,
    /// The weight of all jobs that are being worked on. A job that weighs more is worked on alone.
    pub weight: u64,
    /// How many jobs may be begun beyond the last one that was delivered.
    pub ahead: usize,
}

/// Does `work` on each job, on several threads, and hands the results to `deliver` on this one, in the order of the jobs.
/// `weigh` says how heavy a job is. No job is begun after `stop` has said `true`; those begun are ended and delivered.
/// Returns how many jobs were delivered: fewer than all only after a stop.
pub fn in_order<J: Send, R: Send>(
    jobs: Vec<J>,
    limits: Limits,
    weigh: impl Fn(&J) -> u64 + Sync,
    stop: impl Fn() -> bool + Sync,
    work: impl Fn(J) -> R + Sync,
    mut deliver: impl FnMut(R),
) -> usize {
    let queue = Queue {
        limits,
        changed: Condvar::new(),
        state: Mutex::new(State {
            jobs: jobs.into_iter().enumerate(),
            next: None,
            heavy: 0,
            delivered: 0,
            over: false,
        }),
    };
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..limits.threads.get() {
            let (queue, sender, weigh, stop, work) = (&queue, sender.clone(), &weigh, &stop, &work);
            scope.spawn(move || {
                let _ending = EndsAll(queue);
                while let Some((number, weight, job)) = queue.take(weigh, stop) {
                    let result = work(job);
                    queue.give_back(weight);
                    if sender.send((number, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        let mut waiting = BTreeMap::new();
        let mut delivered = 0;
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
    /// The weight of the jobs that are being worked on.
    heavy: u64,
    delivered: usize,
    /// A thread panicked: the others must not wait for it.
    over: bool,
}

impl<J> Queue<J> {
    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job with its number and weight, as soon as it fits. `None`: there is none, or no more shall be begun.
    fn take(&self, weigh: impl Fn(&J) -> u64, stop: impl Fn() -> bool) -> Option<(usize, u64, J)> {
        let mut state = self.state();
        loop {
            if state.over || stop() {
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

/// Wakes the others if its thread panics, so that the panic is seen and not waited for.
struct EndsAll<'a, J>(&'a Queue<J>);

impl<J> Drop for EndsAll<'_, J> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.state().over = true;
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
                in_order(jobs, limits(threads, 10, 4), |_| 1, || false, work, |n| results.push(n));
            assert_eq!(delivered, 500);
            assert!(results.into_iter().eq(0..500));
        }
    }

    #[test]
    fn the_weight_at_work_is_bounded_and_a_giant_goes_alone() {
        let (at_work, most, giants) = (AtomicU64::new(0), AtomicU64::new(0), AtomicUsize::new(0));
        let jobs: Vec<u64> = (0..200).map(|n| if n % 50 == 7 { 1000 } else { n % 9 + 1 }).collect();
        let work = |weight: u64| {
            let now = at_work.fetch_add(weight, SeqCst) + weight;
            if weight == 1000 {
                assert_eq!(now, 1000, "alone");
                giants.fetch_add(1, SeqCst);
            } else {
                most.fetch_max(now, SeqCst);
            }
            std::thread::yield_now();
            at_work.fetch_sub(weight, SeqCst);
        };
        in_order(jobs, limits(4, 20, 50), |&weight| weight, || false, work, |()| {});
        assert_eq!(giants.into_inner(), 4);
        assert!(most.into_inner() <= 20);
    }

    #[test]
    fn nothing_is_begun_too_far_ahead() {
        let begun = AtomicUsize::new(0);
        let mut delivered = 0;
        in_order(
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
    fn a_stop_ends_what_was_begun_and_begins_no_more() {
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
            in_order(jobs, limits(3, 100, 10), |_| 1, || stopped.load(SeqCst), work, |n| results.push(n));
        assert_eq!((delivered, results.len()), (begun.load(SeqCst), begun.load(SeqCst)));
        // 20 itself, and what the others began meanwhile: not more than 10 ahead.
        assert!((21..=31).contains(&delivered), "{delivered}");
    }

    #[test]
    #[should_panic(expected = "a scoped thread panicked")]
    fn a_panic_is_not_waited_for() {
        let work = |n: usize| assert!(n != 5);
        in_order((0..100).collect(), limits(4, 100, 2), |_| 1, || false, work, |()| {});
    }
}
