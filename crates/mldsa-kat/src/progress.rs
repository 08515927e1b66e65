//! The progress of a long run: one line on standard error, if that is a terminal.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// The time between two lines.
const INTERVAL: Duration = Duration::from_millis(500);

/// A line that is written again and again.
pub(crate) struct Progress {
    name: String,
    /// What an earlier run had done.
    before: u64,
    total: u64,
    start: Instant,
    /// When the line was written; `None` before the first time, and always if there is no terminal.
    shown: Option<Instant>,
    terminal: bool,
}

impl Progress {
    pub(crate) fn new(name: String, before: u64, total: u64) -> Self {
        Self { name, before, total, start: Instant::now(), shown: None, terminal: io::stderr().is_terminal() }
    }

    /// Shows that `done` of the total are done, at most twice a second.
    pub(crate) fn show(&mut self, done: u64) {
        let now = Instant::now();
        let due = now.duration_since(self.shown.unwrap_or(self.start)) >= INTERVAL;
        if self.terminal && due {
            self.shown = Some(now);
            let line = line(&self.name, self.before, done, self.total, now.duration_since(self.start));
            let _ = write!(io::stderr(), "\r{line}\x1b[K");
        }
    }

    /// Removes the line.
    pub(crate) fn end(&self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// The rate is that of the whole run so far, without what was done `before`, and the time left follows from it.
#[allow(clippy::cast_precision_loss)] // shown with few digits
fn line(name: &str, before: u64, done: u64, total: u64, elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    let new = done.saturating_sub(before);
    if new == 0 || seconds <= 0.0 {
        return format!("{name}: {done} of {total}");
    }
    let rate = new as f64 / seconds;
    let left = Duration::try_from_secs_f64(total.saturating_sub(done) as f64 / rate).unwrap_or(Duration::MAX);
    let percent = u128::from(done) * 100 / u128::from(total.max(1));
    format!("{name}: {done} of {total} ({percent} %), {rate:.0}/s, {} left", duration(left))
}

/// The two largest units.
fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kills: a rate or a time left that is not that of the work done, and a division by zero at the start.
    #[test]
    fn the_line_counts_what_is_done() {
        let line = |done, total, seconds| line("ML-DSA-44", 0, done, total, Duration::from_secs(seconds));
        assert_eq!(line(0, 100, 0), "ML-DSA-44: 0 of 100");
        assert_eq!(line(64, 60_000_000, 0), "ML-DSA-44: 64 of 60000000");
        assert_eq!(line(25, 100, 5), "ML-DSA-44: 25 of 100 (25 %), 5/s, 15 s left");
        assert_eq!(
            line(600_000, 60_000_000, 600),
            "ML-DSA-44: 600000 of 60000000 (1 %), 1000/s, 16 h 30 min left"
        );
        assert_eq!(line(99, 100, 990), "ML-DSA-44: 99 of 100 (99 %), 0/s, 10 s left");
        assert_eq!(
            line(1, u64::MAX, 1),
            format!("ML-DSA-44: 1 of {} (0 %), 1/s, 213503982334601 d 7 h left", u64::MAX)
        );
        // 40 were there at the start: 10 in 5 seconds.
        let resumed = super::line("ML-DSA-44", 40, 50, 100, Duration::from_secs(5));
        assert_eq!(resumed, "ML-DSA-44: 50 of 100 (50 %), 2/s, 25 s left");
        assert_eq!(duration(Duration::from_secs(200_000)), "2 d 7 h");
        assert_eq!(duration(Duration::from_secs(61)), "1 min 1 s");
    }
}
