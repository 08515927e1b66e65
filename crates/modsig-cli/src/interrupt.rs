//! Ctrl-C and SIGTERM: a program that writes many files ends between two of them, and leaves nothing behind.

use crate::exit::Exit;
use crate::failure::Failure;
use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// From now on a write beyond the limit on file sizes (`ulimit -f`) fails with EFBIG instead of ending the program by
/// SIGXFSZ: the error is reported, and temporary files are removed.
pub fn survive_file_size_limit() {
    // A handler that does nothing of note. If the system refuses it, the signal ends the program as before.
    let _ = flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

/// Whether somebody asked the program to end.
#[derive(Clone, Debug)]
pub struct Interrupt {
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// From now on the first SIGINT or SIGTERM is only remembered. The second ends the program at once, as if nothing
    /// had been done here: then temporary files may be left, and the next run removes them.
    ///
    /// # Errors
    /// [`Exit::Io`] if the system refuses.
    pub fn catch() -> Result<Self, Failure> {
        let signal = Arc::new(AtomicUsize::new(0));
        let second = Arc::new(AtomicBool::new(false));
        for (number, remembered) in [(SIGINT, 2), (SIGTERM, 15)] {
            // In this order: the first time `second` is not yet set when it is looked at.
            flag::register_conditional_default(number, Arc::clone(&second))
                .and_then(|_| flag::register(number, Arc::clone(&second)))
                .and_then(|_| flag::register_usize(number, Arc::clone(&signal), remembered))
                .map_err(|error| {
                    let what = format!("cannot wait for signals: {error}");
                    Failure::new(Exit::Io, what, "run the command again")
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
