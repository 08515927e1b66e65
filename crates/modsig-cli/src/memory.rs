//! One memory limit for all threads.
//!
//! [`crate::batching`] plans by the sizes on the disk. A compressed module may unpack to thousands of times its size, so each
//! thread reserves the largest possible length before it unpacks a file, and returns the rest when it knows the length.
//!
//! There is no deadlock, because the job that started first never waits. So the reserved bytes are at most the limit plus what
//! this one job needs.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// The bytes that all threads together may hold.
#[derive(Debug)]
pub struct Memory {
    /// In bytes.
    limit: u64,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Bytes that are reserved.
    reserved: u64,
    /// The numbers of the running jobs; the lowest started first.
    at_work: BTreeSet<u64>,
    next: u64,
    #[cfg(test)]
    most_reserved: u64,
}

impl Memory {
    /// A limit in bytes, without jobs.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self { limit, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Starts a job that holds nothing yet.
    pub fn share(&self) -> Share<'_> {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.at_work.insert(number);
        Share { memory: self, number, held: 0 }
    }

    /// The most bytes that were reserved at one time.
    #[cfg(test)]
    pub(crate) fn most_reserved(&self) -> u64 {
        self.state().most_reserved
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes that one job has reserved. Dropping it returns all.
#[derive(Debug)]
pub struct Share<'m> {
    memory: &'m Memory,
    number: u64,
    held: u64,
}

impl Share<'_> {
    /// Reserves more bytes. Waits until they are within the limit, or until this job is the one that started first.
    pub fn reserve(&mut self, bytes: u64) {
        let mut state = self.memory.state();
        while state.reserved.saturating_add(bytes) > self.memory.limit
            && state.at_work.first() != Some(&self.number)
        {
            state = self.memory.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.reserved = state.reserved.saturating_add(bytes);
        #[cfg(test)]
        {
            state.most_reserved = state.most_reserved.max(state.reserved);
        }
        self.held = self.held.saturating_add(bytes);
    }

    /// Returns all but `bytes` bytes.
    pub fn shrink_to(&mut self, bytes: u64) {
        let back = self.held.saturating_sub(bytes);
        self.held -= back;
        let mut state = self.memory.state();
        state.reserved = state.reserved.saturating_sub(back);
        self.memory.changed.notify_all();
    }

    /// The bytes that this job has reserved.
    #[must_use]
    pub const fn held(&self) -> u64 {
        self.held
    }
}

impl Drop for Share<'_> {
    fn drop(&mut self) {
        self.shrink_to(0);
        self.memory.state().at_work.remove(&self.number);
        self.memory.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;
    use std::thread;

    fn is_empty(memory: &Memory) -> bool {
        let state = memory.state();
        state.reserved == 0 && state.at_work.is_empty()
    }

    /// Jobs that all grow at once, each of them beyond the limit. Kills: a deadlock of jobs that hold bytes and wait for each
    /// other, a limit that is not kept.
    #[test]
    fn jobs_grow_within_the_limit_and_all_end() {
        const LIMIT: u64 = 100;
        /// What the first job may hold in addition.
        const MOST: u64 = 120;
        let memory = Memory::new(LIMIT);
        let begun = Barrier::new(8);
        let job = || {
            let mut share = memory.share();
            begun.wait();
            for step in [40, 40, 40] {
                share.reserve(step);
                thread::yield_now();
            }
            assert_eq!(share.held(), 120);
            share.shrink_to(5);
            share.reserve(90);
        };
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(job);
            }
        });
        assert!(memory.most_reserved() <= LIMIT + MOST, "{}", memory.most_reserved());
        assert!(is_empty(&memory));
    }

    #[test]
    fn a_job_that_is_alone_may_have_everything() {
        let memory = Memory::new(10);
        let mut share = memory.share();
        share.reserve(u64::MAX);
        assert_eq!(share.held(), u64::MAX);
        drop(share);
        assert_eq!(memory.state().reserved, 0);
    }

    /// A job that panics returns what it held.
    #[test]
    fn a_panic_returns_the_bytes() {
        let memory = Memory::new(10);
        let panicked = thread::scope(|scope| {
            let job = || {
                let mut share = memory.share();
                share.reserve(7);
                panic!("a job fails");
            };
            scope.spawn(job).join().is_err()
        });
        assert!(panicked);
        assert!(is_empty(&memory));
    }
}
