//! One plan of memory for all threads: who is about to hold more than a file's size says asks first.
//!
//! [`crate::groups`] plans by the sizes on the disk. A compressed module may unpack to thousands of times its size, which
//! nobody knows before, so each thread reserves what a file may become before it unpacks it, and gives back the rest when
//! it knows the length.
//!
//! There is no deadlock: the thread that began its job first never waits. So the bytes that are held are never more than
//! the limit, and what this one thread needs besides.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What all threads may hold together.
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
    /// The jobs at work, by their numbers: the first has begun first.
    at_work: BTreeSet<u64>,
    next: u64,
    #[cfg(test)]
    most_reserved: u64,
}

impl Memory {
    /// A plan in which no job is at work.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        Self { limit, state: Mutex::default(), changed: Condvar::new() }
    }

    /// Begins a job that holds nothing yet.
    pub fn share(&self) -> Share<'_> {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.at_work.insert(number);
        Share { memory: self, number, held: 0 }
    }

    /// The most bytes that were ever reserved at one time.
    #[cfg(test)]
    pub(crate) fn most_reserved(&self) -> u64 {
        self.state().most_reserved
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one job has reserved. Dropping it gives everything back.
#[derive(Debug)]
pub struct Share<'m> {
    memory: &'m Memory,
    number: u64,
    held: u64,
}

impl Share<'_> {
    /// Reserves so many bytes more. Waits until they are within the limit, or this job is the one that began first.
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

    /// Gives back all but so many bytes.
    pub fn shrink_to(&mut self, bytes: u64) {
        let back = self.held.saturating_sub(bytes);
        self.held -= back;
        let mut state = self.memory.state();
        state.reserved = state.reserved.saturating_sub(back);
        self.memory.changed.notify_all();
    }

    /// Bytes that are reserved.
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

    /// Jobs that all grow at once, to more than the limit together, and even each by itself. Kills: a deadlock of jobs
    /// that hold something and wait for one another, a limit that is not kept.
    #[test]
    fn jobs_grow_within_the_limit_and_all_end() {
        const LIMIT: u64 = 100;
        /// What the first job may hold besides.
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

    /// A job that panics gives back what it held.
    #[test]
    fn a_panic_gives_back() {
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
