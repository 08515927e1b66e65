//! The progress of work on many files: what is done, at which rate, and how long the rest takes.
//!
//! The threads that work count in [`Counter`]; a thread of its own draws ten times a second, so that the clock goes on while a
//! large file is in work. What remains is estimated by weight (bytes), not by the number of files.

use indicatif::{ProgressBar, ProgressStyle};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often the bar is drawn.
const TICK: Duration = Duration::from_millis(100);
/// The rate is that of the last seconds: files that are left alone are quicker than others.
const WINDOW: Duration = Duration::from_secs(10);
/// Before this time, in milliseconds, a rate is chance.
const FIRST: u128 = 200;
/// The steps of length `WINDOW / SAMPLES` in which the window moves.
const SAMPLES: u32 = 20;

/// Counts the files that are done, in all threads.
#[derive(Clone, Debug, Default)]
pub struct Counter(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    files: AtomicU64,
    weight: AtomicU64,
}

impl Counter {
    /// One more file is done.
    pub fn done(&self, weight: u64) {
        self.0.files.fetch_add(1, Ordering::Relaxed);
        self.0.weight.fetch_add(weight, Ordering::Relaxed);
    }

    fn now(&self) -> Amount {
        Amount { files: self.0.files.load(Ordering::Relaxed), weight: self.0.weight.load(Ordering::Relaxed) }
    }
}

/// An amount of work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// The number of files.
    pub files: u64,
    /// About as many bytes.
    pub weight: u64,
}

/// A bar on standard error. Dropping it removes it.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    ended: Arc<AtomicBool>,
    ticker: Option<JoinHandle<()>>,
}

impl Progress {
    /// Shows a bar for this amount of work; `last_step` is what follows when all is done.
    #[must_use]
    pub fn show(total: Amount, counter: Counter, last_step: &'static str) -> Self {
        let bar = ProgressBar::new(total.weight);
        // A template that is wrong is indicatif's plain bar.
        if let Ok(style) = ProgressStyle::with_template("{wide_bar} {msg}") {
            bar.set_style(style);
        }
        let ended = Arc::new(AtomicBool::new(false));
        let mut pace = Pace::new(total);
        let (drawn, stop, start) = (bar.clone(), Arc::clone(&ended), Instant::now());
        let mut draw = move || {
            let done = counter.now();
            let text = pace.line(start.elapsed(), done);
            drawn.set_position(done.weight);
            drawn.set_message(if done == total { format!("{text}{last_step}") } else { text });
            drawn.tick();
        };
        draw();
        let tick = move || {
            while !stop.load(Ordering::Relaxed) {
                draw();
                thread::park_timeout(TICK);
            }
        };
        // If no thread can be started, the bar stays as it is, and the work goes on.
        let ticker = thread::Builder::new().spawn(tick).ok();
        Self { bar, ended, ticker }
    }

    /// Writes something to the terminal, without the bar.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        if let Some(ticker) = self.ticker.take() {
            ticker.thread().unpark();
            // It does not panic; if it did, the work is not concerned.
            let _ = ticker.join();
        }
        self.bar.finish_and_clear();
    }
}

/// What was done when.
#[derive(Debug)]
struct Pace {
    total: Amount,
    /// The oldest is at most [`WINDOW`] and one step old.
    samples: VecDeque<(Duration, Amount)>,
}

impl Pace {
    fn new(total: Amount) -> Self {
        Self { total, samples: VecDeque::from([(Duration::ZERO, Amount::default())]) }
    }

    /// `12/252 files, 4.1/s, 1 min 5 s left`. Without a rate while nothing is done, and without a time while it is not known.
    fn line(&mut self, now: Duration, done: Amount) -> String {
        if self.samples.back().is_none_or(|(at, _)| now.saturating_sub(*at) >= WINDOW / SAMPLES) {
            self.samples.push_back((now, done));
        }
        // One sample that is older than the window stays.
        while self.samples.get(1).is_some_and(|(at, _)| now.saturating_sub(*at) >= WINDOW) {
            self.samples.pop_front();
        }
        let mut text = format!("{}/{} files", done.files, self.total.files);
        let Some((since, before)) = self.samples.front() else { return text };
        let millis = now.saturating_sub(*since).as_millis().max(1);
        let files = u128::from(done.files.saturating_sub(before.files));
        let weight = u128::from(done.weight.saturating_sub(before.weight));
        if files == 0 || millis < FIRST {
            return text;
        }
        let tenths = files * 10_000 / millis;
        text.push_str(&match tenths {
            0 => format!(", {}/min", files * 60_000 / millis),
            1..100 => format!(", {}.{}/s", tenths / 10, tenths % 10),
            _ => format!(", {}/s", tenths / 10),
        });
        let rest = u128::from(self.total.weight.saturating_sub(done.weight));
        if rest > 0 && weight > 0 {
            text.push_str(&format!(", {} left", duration((rest * millis).div_ceil(weight * 1000))));
        }
        text
    }
}

/// A time in seconds, in its two largest units.
fn duration(seconds: u128) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOTAL: Amount = Amount { files: 100, weight: 1000 };

    fn line(pace: &mut Pace, millis: u64, files: u64, weight: u64) -> String {
        pace.line(Duration::from_millis(millis), Amount { files, weight })
    }

    /// Kills: a rate before anything is done, a time by files instead of weight, a division by zero.
    #[test]
    fn rate_and_time_are_those_of_the_work() {
        let mut pace = Pace::new(TOTAL);
        assert_eq!(line(&mut pace, 0, 0, 0), "0/100 files");
        assert_eq!(line(&mut pace, 3000, 0, 0), "0/100 files");
        // Half of the files, a tenth of the bytes: 4 s are a tenth of the time.
        assert_eq!(line(&mut pace, 4000, 50, 100), "50/100 files, 12/s, 36 s left");
        assert_eq!(line(&mut pace, 4000, 100, 1000), "100/100 files, 25/s");
        assert_eq!(line(&mut Pace::new(TOTAL), 0, 1, 10), "1/100 files");
        assert_eq!(line(&mut Pace::new(TOTAL), 200, 1, 10), "1/100 files, 5.0/s, 20 s left");
        let mut slow = Pace::new(TOTAL);
        assert_eq!(line(&mut slow, 4000, 1, 10), "1/100 files, 0.2/s, 6 min 36 s left");
        let mut slower = Pace::new(TOTAL);
        assert_eq!(line(&mut slower, 60_000, 1, 10), "1/100 files, 1/min, 1 h 39 min left");
        let mut empty = Pace::new(Amount::default());
        assert_eq!(line(&mut empty, 1000, 0, 0), "0/0 files");
    }

    /// Kills: a rate of the whole run after the speed changed; a window that grows.
    #[test]
    fn the_rate_is_that_of_the_last_seconds() {
        let mut pace = Pace::new(TOTAL);
        // 50 files in the first second, then one a second.
        for tick in 0..=300_u64 {
            let seconds = tick / 10;
            let done = if seconds == 0 { 0 } else { 49 + seconds };
            line(&mut pace, tick * 100, done, 10 * done);
        }
        assert!(pace.samples.len() <= 24, "{}", pace.samples.len());
        assert_eq!(line(&mut pace, 30_000, 79, 790), "79/100 files, 1.0/s, 21 s left");
    }

    #[test]
    fn times_have_two_units() {
        let texts = [0, 59, 60, 3599, 3600, 90_061].map(duration);
        assert_eq!(texts, ["0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "25 h 1 min"]);
    }
}
