//! What a message is verified against.

use core::cell::RefCell;

use super::Policy;
use crate::module_cache::ModuleCache;
use crate::trust::TrustStore;
use crate::work::Work;

/// What a message is judged by.
#[derive(Clone, Copy)]
pub(super) struct VerifyContext<'a> {
    pub(super) cache: &'a ModuleCache<'a>,
    pub(super) trust: &'a TrustStore,
    pub(super) policy: &'a Policy,
    /// What this judge may still compute.
    pub(super) work: &'a RefCell<Work>,
}
