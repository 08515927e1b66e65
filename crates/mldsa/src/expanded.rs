//! Keys expanded once, for many operations.

use crate::mu::{Context, MuHasher};
use crate::params::{MU_LEN, ParameterSet};
use crate::{signing, verifying};
use core::fmt;

/// A private key with Â and the NTT forms of s1 and s2: 22, 37 or 61 KiB. Wiped on drop, never printed.
#[derive(Clone)]
pub struct ExpandedSigningKey<P: ParameterSet>(pub(crate) signing::Expanded<P>);

/// A public key with its hash, Â and the NTT form of t1·2^d: 17, 29 or 51 KiB.
#[derive(Clone)]
pub struct ExpandedVerifyingKey<P: ParameterSet>(pub(crate) verifying::Expanded<P>);

impl<P: ParameterSet> ExpandedSigningKey<P> {
    /// Returns tr, the hash of the public key, with which mu starts.
    pub fn tr(&self) -> &[u8; MU_LEN] {
        &self.0.tr
    }

    /// Starts to compute mu of a message that arrives in pieces.
    pub fn mu_hasher(&self, context: Context<'_>) -> MuHasher {
        MuHasher::new(self.tr(), context)
    }
}

impl<P: ParameterSet> ExpandedVerifyingKey<P> {
    /// Returns tr, the hash of the public key, with which mu starts.
    pub fn tr(&self) -> &[u8; MU_LEN] {
        &self.0.tr
    }

    /// Starts to compute mu of a message that arrives in pieces.
    pub fn mu_hasher(&self, context: Context<'_>) -> MuHasher {
        MuHasher::new(self.tr(), context)
    }
}

impl<P: ParameterSet> zeroize::ZeroizeOnDrop for ExpandedSigningKey<P> {}

impl<P: ParameterSet> fmt::Debug for ExpandedSigningKey<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExpandedSigningKey<{}>(..)", P::NAME)
    }
}

impl<P: ParameterSet> fmt::Debug for ExpandedVerifyingKey<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ExpandedVerifyingKey<{}>(tr {:02x?}…)", P::NAME, self.tr().first_chunk::<8>())
    }
}
