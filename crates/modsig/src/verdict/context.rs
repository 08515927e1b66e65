//! The inputs of a verification besides the message.

use core::cell::RefCell;

use super::Policy;
use crate::module_cache::ModuleCache;
use crate::trust::TrustStore;
use crate::work::Work;

/// Everything that a message is verified against.
#[derive(Clone, Copy)]
pub(super) struct VerifyContext<'a> {
    pub(super) cache: &'a ModuleCache<'a>,
    pub(super) trust: &'a TrustStore,
    pub(super) policy: &'a Policy,
    /// The remaining work of the strict verifier.
    pub(super) work: &'a RefCell<Work>,
}
