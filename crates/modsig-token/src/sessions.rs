//! The sessions with a token, which the threads of a batch share: one for each thread, or fewer if the token has fewer.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use cryptoki::error::{Error, RvError};
use cryptoki::session::Session;
use cryptoki::slot::Slot;

use crate::error::TokenError;
use crate::library::Library;

/// Open sessions. The login holds for all of them, as long as one is open.
pub(crate) struct Sessions {
    state: Mutex<State>,
    returned: Condvar,
    slot: Slot,
    /// Dropped after the sessions.
    library: Library,
}

struct State {
    idle: Vec<Session>,
    open: usize,
    /// No more than this are opened.
    most: usize,
}

impl Sessions {
    /// Begins with a session that is logged in.
    pub(crate) fn new(library: Library, slot: Slot, first: Session) -> Self {
        let most = if library.threads { usize::MAX } else { 1 };
        let state = Mutex::new(State { idle: vec![first], open: 1, most });
        Self { state, returned: Condvar::new(), slot, library }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in a session that no other thread uses. Waits for one if the token has no more.
    ///
    /// # Errors
    /// Those of `work`; the token's, if it opens no session for another reason than their number.
    pub(crate) fn with<R>(
        &self,
        work: impl FnOnce(&Session) -> Result<R, TokenError>,
    ) -> Result<R, TokenError> {
        let session = self.take()?;
        let result = work(&session);
        let mut state = self.state();
        // After an error an operation may still be active in the session. The last one stays: without it the login ends.
        if result.is_ok() || state.open == 1 {
            state.idle.push(session);
        } else {
            state.open -= 1;
            drop(session);
        }
        drop(state);
        self.returned.notify_one();
        result
    }

    fn take(&self) -> Result<Session, TokenError> {
        let mut state = self.state();
        loop {
            if let Some(session) = state.idle.pop() {
                return Ok(session);
            }
            if state.open < state.most {
                match self.library.functions.open_ro_session(self.slot) {
                    Ok(session) => {
                        state.open += 1;
                        return Ok(session);
                    }
                    Err(Error::Pkcs11(
                        RvError::SessionCount | RvError::HostMemory | RvError::DeviceMemory,
                        _,
                    )) if state.open > 0 => state.most = state.open,
                    Err(error) => return Err(TokenError::from_library("open a session", &error)),
                }
                continue;
            }
            state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
