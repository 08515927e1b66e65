//! Ctrl-C and SIGTERM: a program that writes many files stops between two of them and leaves no temporary files.

use crate::error::CliError;
use crate::exit::Exit;
use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Makes a write beyond the limit on file sizes (`ulimit -f`) fail with EFBIG instead of killing the program with SIGXFSZ, so
/// that it reports the error and removes temporary files.
pub fn survive_file_size_limit() {
    // The handler has no effect. If the system refuses it, the signal kills the program as before.
    let _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

/// Whether a signal asked the program to stop.
#[derive(Clone, Debug)]
pub struct Interrupt {
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// Records the first SIGINT or SIGTERM. The second kills the program at once: then temporary files may be left, and the
    /// next run removes them.
    ///
    /// # Errors
    /// [`Exit::Io`] if the system refuses.
    pub fn catch() -> Result<Self, CliError> {
        let signal = Arc::new(AtomicUsize::new(0));
        let second = Arc::new(AtomicBool::new(false));
        for (number, remembered) in [(SIGINT, 2), (SIGTERM, 15)] {
            // The order matters: at the first signal, `second` is not set yet when it is read.
            flag::register_conditional_default(number, Arc::clone(&second))
                .and_then(|_| flag::register(number, Arc::clone(&second)))
                .and_then(|_| flag::register_usize(number, Arc::clone(&signal), remembered))
                .map_err(|error| {
                    let what = format!("cannot catch signals: {error}");
                    CliError::new(Exit::Io, what, "run the command again")
                })?;
        }
        Ok(Self { signal })
    }

    /// The signal's number.
    #[must_use]
    pub fn signal(&self) -> Option<u8> {
        u8::try_from(self.signal.load(Ordering::Relaxed)).ok().filter(|&signal| signal != 0)
    }
}
