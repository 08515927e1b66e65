//! What `--root` and `--running` find out about one kernel.

use super::grouped::Grouped;
use super::report::Labels;

/// A fact, or what follows because it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// What: `configuration`.
    pub(super) what: &'static str,
    /// Where it was, or was looked for.
    pub(super) source: String,
    pub(super) state: Result<String, Missing>,
}

/// Why a fact is not known, and what follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    pub(super) why: String,
    pub(super) follows: &'static str,
}

impl Fact {
    pub(super) fn known(what: &'static str, source: impl Into<String>, value: impl Into<String>) -> Self {
        Self { what, source: source.into(), state: Ok(value.into()) }
    }

    pub(super) fn missing(
        what: &'static str,
        source: impl Into<String>,
        why: impl Into<String>,
        follows: &'static str,
    ) -> Self {
        Self { what, source: source.into(), state: Err(Missing { why: why.into(), follows }) }
    }
}

/// The result for one kernel, for JSON.
pub(super) struct KernelResult {
    pub(super) labels: Labels,
    pub(super) files: usize,
    pub(super) grouped: Grouped,
}
