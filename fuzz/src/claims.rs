//! Claims: assertions with a name, which can be turned over to see that they are reached.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::sync::OnceLock;

thread_local! {
    static TURNED: Cell<Option<&'static str>> = const { Cell::new(None) };
    static HEARD: RefCell<Option<BTreeSet<&'static str>>> = const { RefCell::new(None) };
}

/// Panics with the claim's name unless it holds.
#[track_caller]
pub fn claim(name: &'static str, holds: bool) {
    HEARD.with_borrow_mut(|heard| {
        if let Some(heard) = heard {
            heard.insert(name);
        }
    });
    if holds == is_turned(name) {
        let message = format!("broken: {name}");
        // What a test expects goes up without a line on stderr.
        if TURNED.get() == Some(name) {
            resume_unwind(Box::new(message));
        }
        panic!("{message}");
    }
}

fn is_turned(name: &str) -> bool {
    static ENVIRONMENT: OnceLock<Option<String>> = OnceLock::new();
    if TURNED.get() == Some(name) {
        return true;
    }
    let turned = ENVIRONMENT.get_or_init(|| std::env::var("MODSIG_FUZZ_SABOTAGE").ok());
    turned.as_deref() == Some(name)
}

/// Runs something with a claim turned over, in this thread.
pub fn with_turned<T>(name: &'static str, run: impl FnOnce() -> T) -> T {
    /// Also after a panic.
    struct Restore;
    impl Drop for Restore {
        fn drop(&mut self) {
            TURNED.set(None);
        }
    }
    let _restore = Restore;
    TURNED.set(Some(name));
    run()
}

/// Runs something and tells which claims were made.
pub fn heard_in(run: impl FnOnce()) -> BTreeSet<&'static str> {
    HEARD.set(Some(BTreeSet::new()));
    run();
    HEARD.take().unwrap_or_default()
}

/// What is shown to people must be short and have no power over a terminal. (`modsig` may pass on a control character
/// that stands in the input: `modsig_cli::terminal` takes it away. Length is everybody's business.)
pub fn claim_short(name: &'static str, text: &impl std::fmt::Display) {
    let len = text.to_string().len();
    claim(name, len > 0 && len <= 2048);
}
